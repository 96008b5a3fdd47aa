"""The one subscriber that a service has, made so that it loses nothing, and the check that says so.

FastStream's own defaults commit before a message is handled, skip what is older than the group, and answer to any
topic that a message names.
"""

import dataclasses
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from services.plumbing import kafka
from services.plumbing.assignment import Assignment
from services.plumbing.handlers import Handlers
from services.plumbing.processes import Process
from services.plumbing.reading import Record


def new_broker(
    process: Process[Any],
    handlers: Handlers,
    receive: Callable[[KafkaMessage], Awaitable[None]],
    assignment: Assignment,
) -> KafkaBroker:
    """A broker with one subscriber that loses nothing. Raises UnsafeSubscriber if it is not what it should be."""
    settings = process.settings
    broker = KafkaBroker(
        settings.kafka_bootstrap.split(","),
        security=kafka.security(settings),
        client_id=f"{settings.topic_prefix}{process.service}-{process.name}",
        request_timeout_ms=int(settings.kafka_request_timeout.total_seconds() * 1000),
        metadata_max_age_ms=kafka.METADATA_AGE_MS,
        consumer_only=True,
        allow_auto_create_topics=False,
        apply_types=False,
        graceful_timeout=max(settings.graceful_timeout.total_seconds() - 3, 1),
        logger=logging.getLogger("services.plumbing.faststream"),
        log_level=logging.DEBUG,
    )
    session_ms = int(settings.kafka_session_timeout.total_seconds() * 1000)
    subscriber = broker.subscriber(
        *[settings.topic_prefix + topic for topic in handlers.topics],
        group_id=settings.topic_prefix + process.service,
        ack_policy=AckPolicy.NACK_ON_ERROR,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        no_reply=True,
        session_timeout_ms=session_ms,
        heartbeat_interval_ms=session_ms // 4,
        listener=assignment,
        parser=_without_headers,
        decoder=_undecoded,
    )
    subscriber(receive)
    check_subscribers(broker)
    return broker


class UnsafeSubscriber(Exception):
    """A subscriber that could lose a message, or answer to a topic of the sender's choice."""


def check_subscribers(broker: KafkaBroker) -> None:
    """Read every subscriber's settings. Raises UnsafeSubscriber with what is wrong."""
    for subscriber in broker.subscribers:
        options: dict[str, Any] = subscriber._connection_args  # type: ignore[attr-defined]  # noqa: SLF001 - no other way
        wrong = {
            "ack_policy": subscriber.ack_policy is not AckPolicy.NACK_ON_ERROR,
            "group_id": not getattr(subscriber, "group_id", None),
            "auto_offset_reset": options.get("auto_offset_reset") != "earliest",
            "isolation_level": options.get("isolation_level") != "read_committed",
            "enable_auto_commit": options.get("enable_auto_commit") is not False,
            "no_reply": not subscriber._no_reply,  # noqa: SLF001 - no other way
        }
        if any(wrong.values()):
            raise UnsafeSubscriber(", ".join(name for name, is_wrong in wrong.items() if is_wrong))


async def _without_headers(record: Record, original: Callable[[Record], Awaitable[KafkaMessage]]) -> KafkaMessage:
    """Parse the record without its headers.

    FastStream's parser fails on a header that is null or not UTF-8, before anything could acknowledge the message;
    and a `reply_to` is nobody's to give.
    """
    message = await original(dataclasses.replace(record, headers=()))
    message.raw_message = record
    return message


async def _undecoded(message: KafkaMessage) -> KafkaMessage:
    """Hand over the message itself: what its bytes say is read where a failure can park them."""
    return message
