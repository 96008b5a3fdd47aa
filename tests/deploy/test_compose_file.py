import importlib
import re

import pytest

from contracts.topics import TOPICS
from deploy.embedded.system import PROCESSES
from tests.house.tracked import PROJECT
from tests.stack import KAFKA_IMAGE, POSTGRES_IMAGE

COMPOSE = (PROJECT / "docker-compose.yml").read_text()
RULES = (PROJECT / "deploy/compose/prometheus/rules.yml").read_text()
SCRIPT = (PROJECT / "deploy/compose/kafka-access").read_text()


def rights(service: str, what: str) -> set[str]:
    found = re.search(rf"^{service} {what} (.+)$", SCRIPT, re.MULTILINE)
    assert found
    return set(found[1].split())


@pytest.mark.parametrize("service", ["registry", "matcher", "notifier"])
def test_a_service_may_write_what_the_contracts_say_and_read_what_it_listens_to(service: str):
    listens = importlib.import_module(f"services.{service}.consumer").handlers.topics

    assert rights(service, "writes") == {topic.name for topic in TOPICS if topic.writer == service}
    assert rights(service, "reads") == set(listens)


def test_tests_run_on_the_images_that_operators_run():
    images = set(re.findall(r"^ +image: (\S+)$", COMPOSE, re.MULTILINE))

    assert {KAFKA_IMAGE, POSTGRES_IMAGE} <= images


def test_every_alert_leads_to_an_entry_in_the_runbook():
    alerts = re.findall(r"alert: (\w+)", RULES)
    links = re.findall(r"runbook: (\S+)#(\S+)", RULES)

    assert [anchor for _, anchor in links] == [alert.lower() for alert in alerts]
    for page, anchor in links:
        headings = re.findall(r"^#+ (.+)$", (PROJECT / page).read_text(), re.MULTILINE)
        assert anchor in [heading.lower() for heading in headings]


def test_every_process_of_the_embedded_system_runs_in_containers_too():
    for service, processes in PROCESSES.items():
        for process in processes:
            assert f"command: [services.{service}, {process}]" in COMPOSE
