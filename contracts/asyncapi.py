"""The AsyncAPI 3 document of every topic.

`python -m contracts.asyncapi` writes it, `--check` says whether it is current.

Made from the models and the newest golden examples, so it cannot say what the code does not. Static on purpose: a page
that can publish to the real broker has no place in a running system.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from contracts.event import fact_of
from contracts.topics import PARTITIONS, TOPICS, Topic

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "asyncapi.json"
EXAMPLES = Path(__file__).resolve().parent / "examples"


def document() -> dict[str, Any]:
    """The whole document, keys in a stable order."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Encounters: the facts its services exchange",
            "version": "1",
            "description": "Every record is one fact in a CloudEvents envelope (structured mode), keyed by its entity.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": dict(_operation(topic, *doer) for topic in TOPICS for doer in _doers(topic)),
        "components": {"schemas": {topic.name: _schema(topic) for topic in TOPICS}},
    }


def newest_example(type_: str) -> dict[str, Any]:
    """The latest released example of a type, `<type>.json`, then `<type>.2.json` and so on."""
    numbered = sorted(EXAMPLES.glob(f"{type_}.*.json"), key=lambda path: int(path.name.split(".")[-2]))
    path = numbered[-1] if numbered else EXAMPLES / f"{type_}.json"
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def _channel(topic: Topic) -> dict[str, Any]:
    return {
        "address": topic.name,
        "description": (sys.modules[topic.entity.__module__].__doc__ or "").strip(),
        "messages": {type_: _message(topic, type_) for type_ in sorted(topic.entity.types)},
        "bindings": {"kafka": {"topic": topic.name, "partitions": PARTITIONS, "topicConfiguration": topic.config}},
    }


def _message(topic: Topic, type_: str) -> dict[str, Any]:
    return {
        "name": type_,
        "payload": {"$ref": f"#/components/schemas/{topic.name}"},
        "correlationId": {"location": "$message.payload#/correlation_id"},
        "bindings": {"kafka": {"key": {"type": "string", "format": "uuid"}}},
        "examples": [{"name": type_, "payload": newest_example(type_)}],
    }


def _doers(topic: Topic) -> list[tuple[str, str]]:
    return [(topic.writer, "send"), *((reader, "receive") for reader in topic.readers)]


def _operation(topic: Topic, service: str, action: str) -> tuple[str, dict[str, Any]]:
    return f"{service}.{action}.{topic.name}", {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "tags": [{"name": service}],
    }


def _schema(topic: Topic) -> dict[str, Any]:
    prefix = f"#/components/schemas/{topic.name}/$defs/{{model}}"
    return fact_of(topic.entity).model_json_schema(ref_template=prefix)


def main(arguments: list[str]) -> int:
    """Write the document, or with --check say whether it is current; the exit code is 1 when it is not."""
    text = json.dumps(document(), indent=1, ensure_ascii=False) + "\n"
    if "--check" in arguments:
        current = DOCUMENT.exists() and DOCUMENT.read_text() == text
        sys.stdout.write("current\n" if current else "out of date: run python -m contracts.asyncapi\n")
        return 0 if current else 1
    DOCUMENT.write_text(text)
    sys.stdout.write(f"written: {DOCUMENT.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
