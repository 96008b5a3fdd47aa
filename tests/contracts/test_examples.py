"""Every example ever released still parses, and the newest of each type round-trips exactly."""

import json
from pathlib import Path

import pytest

from contracts.asyncapi import EXAMPLES, newest_example
from contracts.event import Entity, Fact, fact_of
from contracts.topics import TOPICS

ENTITY_OF: dict[str, type[Entity]] = {type_: topic.entity for topic in TOPICS for type_ in topic.entity.types}


def parse(type_: str, text: str) -> Fact[Entity]:
    return fact_of(ENTITY_OF[type_]).model_validate_json(text)


def type_in(path: Path) -> str:
    return ".".join(path.name.split(".")[:3])


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_an_example_once_released_parses_for_ever(path: Path) -> None:
    fact = parse(type_in(path), path.read_text())

    assert fact.type == type_in(path)
    assert fact.subject == fact.data.entity_id


@pytest.mark.parametrize("type_", sorted(ENTITY_OF))
def test_the_newest_example_of_each_type_comes_back_exactly(type_: str) -> None:
    example = newest_example(type_)

    fact = parse(type_, json.dumps(example))

    assert json.loads(fact.to_bytes()) == example


@pytest.mark.parametrize("type_", sorted(ENTITY_OF))
def test_a_field_from_a_newer_writer_is_passed_over(type_: str) -> None:
    example = newest_example(type_)

    with_more = example | {"later": 1, "data": example["data"] | {"later": {"even": "more"}}}

    assert parse(type_, json.dumps(with_more)) == parse(type_, json.dumps(example))


def test_no_example_but_contacts_holds_an_address() -> None:
    for path in EXAMPLES.glob("*.json"):
        if not path.name.startswith(("contact.", "hub.")):
            assert "@" not in path.read_text(), path.name
