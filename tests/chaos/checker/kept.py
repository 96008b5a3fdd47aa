"""Every act that was answered with 2xx: recorded, told, and heard by everybody whom it concerns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.chaos.checker.breach import Breach, breach
from tests.chaos.checker.state import READERS, Row, State

_VERDICTS = {"accept": "accepted", "decline": "declined"}


def every_2xx_is_kept(state: State) -> Iterator[Breach]:
    registry = {topic: state.versions("registry", topic) for topic in _ENTITIES}
    told = {(row["topic"], row["key"], row["version"]): row for row in state.rows("registry", "outbox")}
    heard = {
        (reader, topic): state.versions(reader, f"heard {topic}") for topic in _ENTITIES for reader in READERS[topic]
    }
    erased = {row["id"] for row in state.rows("registry", "contacts") if row["state"] == "erased"}
    recorded = _recorded(state)
    for entry in state.journal:
        if entry["topic"] == "answers":
            yield from _answer(state, entry, recorded)
            continue
        topic, id_, version = entry["topic"], entry["entity_id"], entry["version"] or 1
        for place, versions in {"registry": registry[topic], **{r: heard[r, topic] for r in READERS[topic]}}.items():
            if versions.get(id_, 0) < version:
                yield breach(id_, f"{entry['act']} was answered with 2xx, and {place} has {versions.get(id_)}")
        row = told.get((topic, id_, version))
        if row is None and id_ not in erased:
            yield breach(id_, f"{entry['act']} was answered with 2xx, and version {version} was never recorded")
        elif row is not None and row["type"] != "contact.erased.v1":
            yield from _says_otherwise(entry, row)


_ENTITIES = ("employers", "schools", "contacts", "offers", "requests")


def _says_otherwise(entry: Row, row: Row) -> Iterator[Breach]:
    for name, claimed in entry["claims"].items():
        if name in row["data"] and row["data"][name] != claimed:
            yield breach(
                row["key"], f"{entry['act']}: {name} was answered as {claimed!r}, recorded as {row['data'][name]!r}"
            )


def _answer(state: State, entry: Row, recorded: dict[str, set[Any]]) -> Iterator[Breach]:
    id_, claims = entry["entity_id"], entry["claims"]
    if not _is_recorded(recorded, id_, claims):
        yield breach(id_, f"{entry['act']} {claims} was answered with 2xx, and is not recorded")
    version = state.versions("registry", "answers").get(id_, 0)
    for reader in READERS["answers"]:
        known = state.versions(reader, "heard answers").get(id_, 0)
        if known < version:
            yield breach(id_, f"{entry['act']} was answered with 2xx, and {reader} has {known} of {version}")


def _recorded(state: State) -> dict[str, set[Any]]:
    return {
        "said": {(row["id"], row["audience"], row["verdict"]) for row in state.rows("registry", "said")},
        "cancelled": {row["id"] for row in state.rows("registry", "cancellations")},
        "delivered": {(row["id"], row["held"], row["pupils"]) for row in state.rows("registry", "deliveries")},
    }


def _is_recorded(recorded: dict[str, set[Any]], match_id: str, claims: dict[str, Any]) -> bool:
    if claims["said"] in _VERDICTS:
        return (match_id, claims["audience"], _VERDICTS[claims["said"]]) in recorded["said"]
    if claims["said"] == "cancel":
        return match_id in recorded["cancelled"]
    held = claims["held"] == "yes"
    return (match_id, held, int(claims["pupils"]) if held else 0) in recorded["delivered"]
