"""The shortest story of one entity: everything that is written down about it, in order of time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.chaos.checker.state import SERVICES, Row, State


def history(state: State, entity_id: str) -> list[str]:
    """Lines about the entity, oldest first where they have a time."""
    timed = sorted(set(_timed(state, entity_id)), key=lambda line: (line[0] or "9", line[1]))
    return [f"{at or 'now':>32}  {text}" for at, text in timed]


def _timed(state: State, entity_id: str) -> Iterator[tuple[str, str]]:
    for entry in state.journal:
        if entry["entity_id"] == entity_id:
            yield entry["at"], f"2xx    {entry['act']} version {entry['version']} {entry['claims']}"
    for record in (record for records in state.topics.values() for record in records):
        if record["key"] == entity_id:
            again = " (put there again)" if record["again"] else ""
            where = f"{record['topic']}/{record['partition']}/{record['offset']}"
            yield record["time"], f"topic  {record['type']} version {record['version']} at {where}{again}"
    for service in SERVICES:
        yield from _of_tables(service, state.tables[service], entity_id)


def _of_tables(service: str, tables: dict[str, list[Row]], entity_id: str) -> Iterator[tuple[str, str]]:
    for table, rows in tables.items():
        for row in rows:
            if table != "inbox" and _is_about(row, entity_id):
                yield from _of_row(f"{service} {table}", row)


def _is_about(row: Row, entity_id: str) -> bool:
    return entity_id in {row.get("id"), row.get("match_id"), row.get("session_id"), row.get("email_id"), row.get("key")}


def _of_row(where: str, row: Row) -> Iterator[tuple[str, str]]:
    for change in row.get("history", ()):
        yield change["at"], f"match  {change['state']} by {change['by']} because of {change['reason']}"
    shown: dict[str, Any] = {k: v for k, v in row.items() if k not in {"history", "data", "entity", "counts_to"}}
    yield row.get("at") or row.get("ended_at") or "", f"{where}: {shown}"
