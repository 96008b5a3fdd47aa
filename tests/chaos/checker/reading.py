"""Reads everything that is written down: tables by SQL, topics by a plain consumer, mails from a folder."""

from __future__ import annotations

import email
import email.policy
import json
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer

from tests.chaos.checker.state import READERS, Row, State

_EVERYWHERE = {
    "outbox": """
        SELECT id, topic, convert_from(key, 'UTF8') AS key, type, headers ->> 'ce_id' AS event,
               (convert_from(body, 'UTF8')::jsonb ->> 'aggregate_version')::int AS version,
               CASE WHEN topic IN ('employers', 'schools', 'contacts', 'offers', 'requests')
                    THEN convert_from(body, 'UTF8')::jsonb -> 'data' END AS data,
               published_at IS NOT NULL AS published
          FROM own.outbox ORDER BY id
    """,
    "inbox": "SELECT event_id AS id, topic FROM memory.inbox",
    "parked": 'SELECT id, topic, partition, "offset", error, state FROM own.parked',
    "poison": "SELECT topic AS id, stopped_at IS NOT NULL AS stands_still FROM own.poison",
}
_OF = {
    "registry": {
        "hubs": "SELECT hub_id AS id, version FROM own.hubs",
        "schools": "SELECT school_id AS id, version FROM own.schools",
        "employers": "SELECT employer_id AS id, version, max_sessions FROM own.employers",
        "contacts": "SELECT contact_id AS id, version, state FROM own.contacts",
        "offers": "SELECT offer_id AS id, version, state, entity FROM own.offers",
        "requests": "SELECT request_id AS id, version, state, entity FROM own.requests",
        "answers": "SELECT match_id AS id, version FROM own.answers",
        "said": "SELECT match_id AS id, audience, verdict, reason, comment, at, contact_id FROM own.said",
        "cancellations": "SELECT match_id AS id, by, reason, at, contact_id FROM own.cancellations",
        "deliveries": "SELECT match_id AS id, number, held, pupils, by, at FROM own.deliveries ORDER BY 1, 2",
        "heard matches": "SELECT match_id AS id, version, state FROM memory.matches",
        "heard outlooks": "SELECT request_id AS id, version FROM memory.outlooks",
        "heard rounds": "SELECT round_id AS id, version FROM memory.rounds",
        "heard letters": "SELECT letter_id AS id, version, state FROM memory.letters",
    },
    "matcher": {
        **{
            f"heard {topic}": f"SELECT id, version FROM memory.{topic}"  # noqa: S608 - names of our own
            for topic in ("hubs", "schools", "employers", "offers", "requests", "answers", "letters")
        },
        "matches": """
            SELECT id, version, state, reason, ended_by, offer_id, session_id, employer_id, request_id, cohort_id,
                   pupils, places, counts_to, history, answer_by, confirm_by, employer_confirms, release_at,
                   first_day, terms ->> 'starts' AS starts
              FROM own.matches
        """,
        "capacity": "SELECT id, kind, places, taken FROM own.capacity",
        "outlooks": "SELECT request_id AS id, version FROM own.outlooks",
        "rounds": "SELECT id, version FROM own.rounds",
        "areas": "SELECT id, planned, coalesce((SELECT news FROM own.news WHERE area_id = areas.id), 0) AS news"
        " FROM own.areas",
    },
    "notifier": {
        "heard hubs": "SELECT hub_id AS id, version FROM memory.hubs",
        "heard contacts": "SELECT contact_id AS id, version, contact ->> 'state' AS state FROM memory.contacts",
        "heard matches": "SELECT match_id AS id, version, match ->> 'state' AS state, settled FROM memory.matches",
        "heard answers": "SELECT match_id AS id, version FROM memory.answers",
        "letters": """
            SELECT letter_id AS id, version, match_id, kind, audience, terms_version, contact_id, state, due_at,
                   hold_until, email_id, ended_at, detail
              FROM own.letters
        """,
        "emails": "SELECT email_id AS id, contact_id, state, due_at, ended_at, detail FROM own.emails",
    },
}


@dataclass(frozen=True)
class Places:
    """Where everything is written down."""

    kafka: str
    databases: dict[str, str]
    mail_folder: Path


async def read_state(places: Places, journal: list[Row], progress: dict[str, list[Row]]) -> State:
    """All of it."""
    tables = {service: await _tables(service, url) for service, url in places.databases.items()}
    topics = {topic: await _records(places.kafka, topic) for topic in READERS}
    return State(tables, topics, _mails(places.mail_folder), journal, progress)


async def _tables(service: str, url: str) -> dict[str, list[Row]]:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        await connection.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            asked = {**_EVERYWHERE, **_OF[service]}
            return {table: [_plain(row) for row in await connection.fetch(sql)] for table, sql in asked.items()}
    finally:
        await connection.close()


def _plain(row: Any) -> Row:
    return {name: _value(value) for name, value in row.items()}


def _value(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, datetime | date | time) else value


async def _records(bootstrap: str, topic: str) -> list[Row]:
    """Every committed record of the topic, in the order of each partition."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        partitions = list(consumer.assignment())
        ends = await consumer.end_offsets(partitions)
        found = []
        while any([await consumer.position(each) < ends[each] for each in partitions]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += [_record(record) for record in records]
        return sorted(found, key=lambda record: (record["partition"], record["offset"]))
    finally:
        await consumer.stop()


def _record(record: Any) -> Row:
    headers, body = dict(record.headers), json.loads(record.value)
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "key": record.key.decode(),
        "event": headers["ce_id"].decode(),
        "type": body["type"],
        "version": body["aggregate_version"],
        "time": body["time"],
        "again": "chaos" in headers,
        "data": _data(record.topic, body["data"]),
    }


def _data(topic: str, data: Row) -> Row:
    """Of most entities the tables tell enough."""
    kept = {"matches": ("state", "history"), "letters": ("state", "kind", "match_id")}.get(topic, ())
    return {name: data[name] for name in kept}


def _mails(folder: Path) -> list[Row]:
    return [_mail(path) for path in sorted(folder.glob("*.eml"))]


def _mail(path: Path) -> Row:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    message_id = str(message["Message-ID"] or "")
    return {
        "file": path.name,
        "email_id": message_id.strip("<>").partition("@")[0],
        "to": str(message["To"] or ""),
        "subject": str(message["Subject"] or ""),
    }
