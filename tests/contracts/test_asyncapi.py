"""The AsyncAPI document is current and complete."""

import json

from contracts.asyncapi import DOCUMENT, document, main
from contracts.topics import TOPICS


def test_the_document_in_the_repository_is_current() -> None:
    assert main(["--check"]) == 0, "run: python -m contracts.asyncapi"


def test_every_topic_and_type_is_described_with_an_example() -> None:
    channels = json.loads(DOCUMENT.read_text())["channels"]

    assert set(channels) == {topic.name for topic in TOPICS}
    for topic in TOPICS:
        messages = channels[topic.name]["messages"]
        assert set(messages) == set(topic.entity.types)
        assert all(message["examples"] for message in messages.values())


def test_references_point_to_something() -> None:
    text = json.dumps(document())
    whole = json.loads(text)

    for part in text.split('"$ref": "')[1:]:
        found = whole
        for step in part.split('"')[0].removeprefix("#/").split("/"):
            found = found[step]
