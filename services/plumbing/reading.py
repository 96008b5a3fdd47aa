"""What a record says: the fact in it, or why it cannot be one."""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

from aiokafka import ConsumerRecord
from pydantic import BaseModel, ValidationError

from contracts.event import Entity, Fact

_SENT_AT_MAX = datetime(2999, 1, 1, tzinfo=UTC).timestamp()
Record: TypeAlias = "ConsumerRecord[bytes, bytes]"

BODY_BYTES_MAX = 1024 * 1024
"""Twice what an outbox lets through: anything longer is not ours."""


class Unreadable(Exception):
    """The record holds no fact, and never will."""


class _Heading(BaseModel):
    type: str


@dataclass(frozen=True)
class Message:
    """One Kafka record, whole: all that is needed to read it, park it and replay it."""

    topic: str
    partition: int
    offset: int
    sent_at: datetime
    key: bytes | None
    headers: list[tuple[str, bytes | None]] = field(default_factory=list)
    body: bytes | None = None

    @classmethod
    def of(cls, record: Record, prefix: str) -> "Message":
        """The record, under its topic's name without the installation's prefix."""
        return cls(
            topic=record.topic.removeprefix(prefix),
            partition=record.partition,
            offset=record.offset,
            # Whoever wrote the record chose its time; the database knows no year 30000.
            sent_at=datetime.fromtimestamp(min(max(record.timestamp / 1000, 0), _SENT_AT_MAX), UTC),
            key=record.key,
            headers=list(record.headers),
            body=record.value,
        )

    def headers_as_json(self) -> list[list[str | None]]:
        """The headers, whatever bytes they hold, as JSON can hold them."""
        return [
            [storable(name), None if value is None else base64.b64encode(value).decode()]
            for name, value in self.headers
        ]


def read_fact(message: Message, entity: type[Entity]) -> Fact[Any] | None:
    """The fact in `message`, or None where its type is one that this code does not know yet.

    Raises Unreadable with a sentence that says why.
    """
    body = _whole_body(message)
    try:
        if _Heading.model_validate_json(body).type not in entity.types:
            return None
        return Fact[entity].model_validate_json(body)  # type: ignore[valid-type]
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False, include_context=False)
        places = [f"{'.'.join(map(str, part['loc'])) or 'body'}: {part['msg']}" for part in wrong[:5]]
        # Without its cause: that would put into the log what the record said.
        raise Unreadable("; ".join(places)) from None


def _whole_body(message: Message) -> bytes:
    for name, value in message.headers:
        if value is None:
            raise Unreadable(f"header {name} is null")
        try:
            value.decode()
        except UnicodeDecodeError:
            raise Unreadable(f"header {name} is not UTF-8") from None
    if message.body is None:
        raise Unreadable("the body is null")
    if len(message.body) > BODY_BYTES_MAX:
        raise Unreadable(f"the body has {len(message.body)} bytes, more than {BODY_BYTES_MAX}")
    return message.body


def storable(text: str) -> str:
    """The text without what PostgreSQL cannot store: NUL and halves of surrogate pairs."""
    return text.encode(errors="backslashreplace").decode().replace("\0", "\\0")
