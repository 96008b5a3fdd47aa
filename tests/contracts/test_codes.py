"""Readers are upgraded before writers, but codes may come sooner: no record is refused for one that is not known."""

import json
from typing import Any

import pytest

from contracts.asyncapi import newest_example
from contracts.event import fact_of
from contracts.topics import TOPICS, Topic

CODES = [
    ("answer.accepted.v1", ("school", "verdict")),
    ("answer.cancelled.v1", ("cancelled", "by")),
    ("answer.delivered.v1", ("delivery", "by")),
    ("offer.published.v1", ("state",)),
    ("offer.published.v1", ("mode",)),
    ("offer.published.v1", ("sessions", 0, "part")),
    ("offer.published.v1", ("sessions", 0, "state")),
    ("request.posted.v1", ("state",)),
    ("contact.added.v1", ("organisation",)),
    ("contact.added.v1", ("state",)),
]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_no_entity_lists_the_codes_that_it_takes(topic: Topic) -> None:
    assert '"enum"' not in json.dumps(topic.entity.model_json_schema())


@pytest.mark.parametrize("type_, path", CODES, ids=lambda part: part if isinstance(part, str) else part[-1])
def test_a_code_from_a_newer_writer_is_read_and_kept(type_: str, path: tuple[str | int, ...]) -> None:
    example = newest_example(type_)
    place: Any = example["data"]
    for step in path[:-1]:
        place = place[step]
    assert path[-1] in place
    place[path[-1]] = "newer"
    entity = next(topic.entity for topic in TOPICS if type_ in topic.entity.types)

    fact = fact_of(entity).model_validate_json(json.dumps(example))

    assert json.loads(fact.to_bytes())["data"] == example["data"]
