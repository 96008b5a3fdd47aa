"""Facts on their way: recorded, published in order, heard by everybody, and nothing left lying about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from tests.chaos.checker.breach import Breach, breach
from tests.chaos.checker.state import READERS, SERVICES, Row, State, moment

_REDACTED = {"answers": "answer.restated.v1", "contacts": "contact.erased.v1"}
"""Topics whose older facts are removed when a person is erased, and the fact that says so."""
_OVERDUE = timedelta(minutes=5)


def outboxes_are_empty(state: State) -> Iterator[Breach]:
    for service in SERVICES:
        for row in state.rows(service, "outbox"):
            if not row["published"]:
                yield breach(row["key"], f"{service} never published {row['type']} version {row['version']}")


def published_is_on_its_topic(state: State) -> Iterator[Breach]:
    there = {topic: {record["event"] for record in records} for topic, records in state.topics.items()}
    for service in SERVICES:
        for row in state.rows(service, "outbox"):
            if row["published"] and row["event"] not in there[row["topic"]]:
                yield breach(row["key"], f"{row['type']} version {row['version']} is not on {row['topic']}")


def every_event_is_consumed(state: State) -> Iterator[Breach]:
    heard = {service: {row["id"] for row in state.rows(service, "inbox")} for service in SERVICES}
    for topic, records in state.topics.items():
        for record in records:
            for reader in READERS[topic]:
                if record["event"] not in heard[reader]:
                    yield breach(
                        record["key"], f"{reader} never took {record['type']} version {record['version']} of {topic}"
                    )


def versions_rise_without_gaps(state: State) -> Iterator[Breach]:
    for service in SERVICES:
        by_entity: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in state.rows(service, "outbox"):
            by_entity[row["topic"], row["key"]].append(row)
        for (topic, key), rows in by_entity.items():
            yield from _gaps(topic, key, rows)


def _gaps(topic: str, key: str, rows: list[Row]) -> Iterator[Breach]:
    expected = 1
    for row in rows:
        is_redacted = row["type"] == _REDACTED.get(topic) and row["version"] > expected
        if row["version"] != expected and not is_redacted:
            yield breach(key, f"{topic}: version {row['version']} ({row['type']}) where {expected} was due")
        expected = row["version"] + 1


def the_newest_comes_last(state: State) -> Iterator[Breach]:
    """Compaction keeps the last record. An older one may only come again before the newest does."""
    for topic in state.topics:
        seen: dict[str, int] = {}
        last: dict[str, Row] = {}
        for record in state.first_records(topic):
            key, version = record["key"], record["version"]
            seen[key] = max(seen.get(key, 0), version)
            last[key] = record
        for key, record in last.items():
            if record["version"] != seen[key]:
                yield breach(key, f"{topic}: version {record['version']} is the last, after {seen[key]}")


def nothing_is_parked(state: State) -> Iterator[Breach]:
    for service in SERVICES:
        for row in state.rows(service, "parked"):
            yield breach(str(row["id"]), f"{service} parked {row['topic']}/{row['partition']}: {row['error']}")
        for row in state.rows(service, "poison"):
            if row["stands_still"]:
                yield breach(row["id"], f"{service} stands still")


def nothing_is_stuck(state: State) -> Iterator[Breach]:
    for what, seconds in state.meta.get("late", {}).items():
        yield breach("-", f"{what}: something has waited for {seconds:.0f} s")
    for area in state.rows("matcher", "areas"):
        # Who plans was stopped when all was planned; what came after is not theirs.
        if area["planned"] == 0 and area["news"] > 0:
            yield breach(area["id"], "the area was never planned")
    yield from _stuck_letters(state)
    yield from _missed_deadlines(state)
    for match in state.rows("matcher", "matches"):
        if match["state"] == "planned" and moment(match["release_at"]) + _OVERDUE < moment(state.meta["quiet_at"]):
            yield breach(match["id"], f"planned although it was to be told at {match['release_at']}")


def _missed_deadlines(state: State) -> Iterator[Breach]:
    """A deadline counts from when its letter was sent; the timers were stopped before the books were read."""
    told = {
        (row["match_id"], row["kind"]): moment(row["ended_at"])
        for row in state.rows("notifier", "letters")
        if row["state"] in {"sent", "unknown"}
    }
    for match in state.rows("matcher", "matches"):
        due, kind = _waits_until(match)
        sent = told.get((match["id"], kind))
        if due and sent and max(moment(due), sent) + _OVERDUE < moment(state.meta["timers_until"]):
            yield breach(match["id"], f"{match['state']} although its deadline was {due}")


def _waits_until(match: Row) -> tuple[str | None, str]:
    if match["state"] == "proposed":
        return match["answer_by"], "school_match_proposed"
    if match["state"] == "accepted" and match["employer_confirms"]:
        return match["confirm_by"], "employer_asked_to_confirm"
    return None, ""


def _stuck_letters(state: State) -> Iterator[Breach]:
    quiet_at = moment(state.meta["quiet_at"])
    for letter in state.rows("notifier", "letters"):
        held = letter["hold_until"] and moment(letter["hold_until"]) > quiet_at
        if letter["state"] in {"waiting", "sending"} and moment(letter["due_at"]) + _OVERDUE < quiet_at and not held:
            yield breach(letter["id"], f"{letter['kind']} of match {letter['match_id']} is still {letter['state']}")
