"""Every subscriber is one that loses nothing, and there is one place that makes them."""

import re
from pathlib import Path
from typing import Any

import pytest
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaRouter

from services.plumbing.assignment import Assignment
from services.plumbing.clock import Clock
from services.plumbing.processes import Process
from services.plumbing.subscriber import UnsafeSubscriber, check_subscribers, new_broker
from tests.plumbing.specimen import SpecimenSettings, handlers

SAFE: dict[str, Any] = {
    "group_id": "readers",
    "ack_policy": AckPolicy.NACK_ON_ERROR,
    "auto_offset_reset": "earliest",
    "isolation_level": "read_committed",
    "no_reply": True,
}


async def receive(message: object) -> None: ...


def a_process() -> Process[SpecimenSettings]:
    settings = SpecimenSettings.model_validate({"database_url": "postgresql://nowhere", "topic_prefix": "p-"})
    return Process("specimen", "consumer", settings, Clock())


def test_the_consumers_subscriber_is_safe() -> None:
    broker = new_broker(a_process(), handlers, receive, Assignment())

    check_subscribers(broker)
    (subscriber,) = broker.subscribers
    assert subscriber.group_id == "p-specimen"  # type: ignore[attr-defined]
    assert subscriber.topic_names == ["p-echoes", "p-things"]  # type: ignore[attr-defined]


def test_a_safe_subscriber_passes() -> None:
    broker = KafkaBroker()
    broker.subscriber("things", **SAFE)

    check_subscribers(broker)


@pytest.mark.parametrize(
    "option, value",
    [
        ("group_id", None),
        ("ack_policy", AckPolicy.ACK),
        ("ack_policy", AckPolicy.ACK_FIRST),
        ("ack_policy", AckPolicy.MANUAL),
        ("auto_offset_reset", "latest"),
        ("isolation_level", "read_uncommitted"),
        ("no_reply", False),
    ],
)
def test_an_unsafe_subscriber_is_refused_by_name(option: str, value: object) -> None:
    broker = KafkaBroker()
    broker.subscriber("things", **{**SAFE, option: value})

    with pytest.raises(UnsafeSubscriber, match=option):
        check_subscribers(broker)


def test_a_brokers_own_policy_does_not_reach_a_routers_subscriber() -> None:
    router = KafkaRouter()
    router.subscriber("things", **{name: value for name, value in SAFE.items() if name != "ack_policy"})
    broker = KafkaBroker(ack_policy=AckPolicy.NACK_ON_ERROR, routers=[router])

    with pytest.raises(UnsafeSubscriber, match="ack_policy"):
        check_subscribers(broker)


def test_subscribers_are_made_in_one_place_alone() -> None:
    services = Path(__file__).parents[2] / "services"

    makers = {path.relative_to(services) for path in services.rglob("*.py") if _makes_subscribers(path)}

    # Rereading reads whole topics outside any group, and commits nothing.
    assert makers == {Path("plumbing/subscriber.py"), Path("plumbing/rereading.py")}


def _makes_subscribers(path: Path) -> bool:
    return bool(re.search(r"\b(subscriber|KafkaBroker|KafkaRouter|AIOKafkaConsumer)\(", path.read_text()))
