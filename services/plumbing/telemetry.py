"""What operators see: JSON log lines that carry the correlation id, and Prometheus metrics."""

import logging
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

import structlog
from prometheus_client import Counter, Gauge
from structlog.typing import EventDict, WrappedLogger

from services.plumbing import errors
from services.plumbing.uuids import uuid7

FACTS = Counter("facts_handled_total", "Messages taken from Kafka, by what came of them", ["topic", "outcome"])
PARKED = Counter("parked_total", "Messages set aside for a human", ["topic"])
PARKED_WAITING = Gauge("parked_waiting", "Parked messages that nobody has dealt with")
STANDS_STILL = Gauge("consumer_stands_still", "1 while too many messages in a row were parked")
LAG = Gauge("consumer_lag_records", "Records in the topic that this process has yet to take", ["topic"])
TROUBLES = Counter("troubles_total", "Failed attempts that were or will be made again", ["what"])
OUTBOX_UNPUBLISHED = Gauge("outbox_unpublished", "Facts recorded and not yet published")
OUTBOX_AGE = Gauge("outbox_oldest_age_seconds", "Age of the oldest fact not yet published")
PUBLISHED = Counter("outbox_published_total", "Facts carried from the outbox to Kafka", ["topic"])
RELAY_LEADS = Gauge("relay_leads", "1 in the one relay that publishes")


@dataclass(frozen=True)
class Cause:
    """Why something is being done: the request that set everything off, and the fact before this one, if any."""

    correlation_id: UUID
    causation_id: UUID | None = None


_LIBRARIES = {
    "aiokafka": logging.WARNING,
    # Says with a long stack, every few seconds, that the database is away, which we say ourselves.
    "asyncpg.pool": logging.ERROR,
    "uvicorn": logging.WARNING,
    # Warns at every start that topics are not made by consumers, which is what we want.
    "services.plumbing.faststream": logging.ERROR,
}
_cause: ContextVar[Cause | None] = ContextVar("cause", default=None)


def causes() -> tuple[UUID, UUID | None]:
    """Correlation id and causation id for a fact that is recorded now. Outside any cause: a correlation of its own."""
    cause = _cause.get() or Cause(uuid7())
    return cause.correlation_id, cause.causation_id


@contextmanager
def caused_by(correlation_id: UUID | None = None, causation_id: UUID | None = None) -> Iterator[Cause]:
    """Within the block, logs and facts carry these ids. Without an id, a turn of a loop starts a correlation anew."""
    cause = Cause(correlation_id or uuid7(), causation_id)
    token = _cause.set(cause)
    try:
        yield cause
    finally:
        _cause.reset(token)


def configure_logging(service: str, process: str, level: str) -> None:
    """One JSON object a line on standard error, for our own lines and for those of every library."""
    shared: list[structlog.typing.Processor] = [
        _name_cause,
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                _name_process(service, process),
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.ExceptionRenderer(_stack),
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    lines.addFilter(Seldom(["aiokafka"], every_seconds=10))
    logging.basicConfig(handlers=[lines], level=level, force=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    for name, least in _LIBRARIES.items():
        logging.getLogger(name).setLevel(least)


class Seldom(logging.Filter):
    """Lets a library's line pass once in a while: with Kafka away aiokafka writes hundreds in ten seconds."""

    def __init__(self, loggers: list[str], every_seconds: float) -> None:
        super().__init__()
        self._loggers = tuple(loggers)
        self._every_seconds = every_seconds
        self._passed: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the line passes: the same text of the same logger waits its time."""
        if not record.name.startswith(self._loggers):
            return True
        line, now = (record.name, str(record.msg)), time.monotonic()
        if now - self._passed.get(line, -self._every_seconds) < self._every_seconds:
            return False
        self._passed[line] = now
        return True


def _name_cause(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if cause := _cause.get():
        event["correlation_id"] = str(cause.correlation_id)
        if cause.causation_id:
            event["causation_id"] = str(cause.causation_id)
    return event


def _name_process(service: str, process: str) -> structlog.typing.Processor:
    def name(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {"service": service, "process": process, **event}

    return name


def _stack(exc_info: structlog.typing.ExcInfo) -> str:
    """Where an error came from, and its causes. What they say about the data at hand stays out of the log."""
    parts: list[str] = []
    error: BaseException | None = exc_info[1]
    while error is not None:
        parts.append("".join(traceback.format_tb(error.__traceback__)) + errors.describe(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\nafter\n".join(parts)
