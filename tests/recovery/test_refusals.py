"""What the commands refuse, and what does not stop them."""

import pytest
from aiokafka import AIOKafkaProducer

from services.notifier.recovery import recovery as of_notifier
from services.plumbing import recovering
from services.plumbing.rebuilding import rebuild
from services.registry.recovery import recovery as of_registry
from tests.journeys.town import Town
from tests.recovery.installation import Installation

pytestmark = pytest.mark.delivery


async def test_nobody_recovers_a_service_that_is_at_work(town: Town, installation: Installation) -> None:
    before = await installation.told("registry")

    async with installation.patient_pool("registry", "recover") as pool:
        with pytest.raises(recovering.StillRuns, match="registry-api, registry-consumer"):
            await recovering.recover(pool, of_registry, installation.settings("registry"))

    assert await installation.told("registry") == before


async def test_a_record_that_holds_no_fact_is_counted_and_passed_over(town: Town, installation: Installation) -> None:
    await installation.quiet()
    before, settings = await installation.memory("notifier"), installation.settings("notifier")
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka_bootstrap) as producer:
        await producer.send_and_wait(f"{settings.topic_prefix}answers", b"{", key=b"nobody")

    async with installation.patient_pool("notifier", "rebuild") as pool:
        rebuilt = await rebuild(pool, of_notifier, settings)

    assert rebuilt.unreadable == 1
    assert await installation.memory("notifier") == before
