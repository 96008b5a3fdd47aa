import importlib

import pytest

from contracts.topics import TOPICS
from services.plumbing.handlers import Handlers

SERVICES = ("registry", "matcher", "notifier")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_the_topics_that_name_it_as_a_reader(service: str):
    handlers: Handlers = importlib.import_module(f"services.{service}.consumer").handlers

    assert set(handlers.topics) == {topic.name for topic in TOPICS if service in topic.readers}


def test_people_travel_on_one_topic_which_one_service_reads():
    (contacts,) = [topic for topic in TOPICS if topic.name == "contacts"]

    assert (contacts.writer, contacts.readers) == ("registry", ("notifier",))
