import importlib
import re

import pytest

from contracts.topics import TOPICS
from tests.house.tracked import PROJECT

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
