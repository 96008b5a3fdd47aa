"""Three services, one truth: whoever heard of a thing knows its newest version, and the figures follow from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.chaos.checker.breach import Breach, breach
from tests.chaos.checker.state import Row, State

_OWNED = {
    "hubs": ("registry", ("matcher", "notifier")),
    "schools": ("registry", ("matcher",)),
    "employers": ("registry", ("matcher",)),
    "offers": ("registry", ("matcher",)),
    "requests": ("registry", ("matcher",)),
    "contacts": ("registry", ("notifier",)),
    "answers": ("registry", ("matcher", "notifier")),
    "matches": ("matcher", ("registry", "notifier")),
    "outlooks": ("matcher", ("registry",)),
    "rounds": ("matcher", ("registry",)),
    "letters": ("notifier", ("matcher", "registry")),
}


def services_agree(state: State) -> Iterator[Breach]:
    for what, (owner, readers) in _OWNED.items():
        own = {row["id"]: row for row in state.rows(owner, what) if row["version"] > 0}
        for reader in readers:
            heard = {row["id"]: row for row in state.rows(reader, f"heard {what}")}
            for id_ in own.keys() | heard.keys():
                yield from _differ(id_, what, (owner, own.get(id_)), (reader, heard.get(id_)))


def _differ(id_: str, what: str, own: tuple[str, Row | None], heard: tuple[str, Row | None]) -> Iterator[Breach]:
    said, known = _shown(own[1]), _shown(heard[1])
    if (
        said is None
        or known is None
        or said["version"] != known["version"]
        or ("state" in said and "state" in known and said["state"] != known["state"])
    ):
        yield breach(id_, f"{what}: {own[0]} has {said}, {heard[0]} has {known}")


def _shown(row: Row | None) -> Row | None:
    return {name: row[name] for name in ("version", "state") if name in row} if row else None


def the_erased_are_forgotten(state: State) -> Iterator[Breach]:
    """Nothing that somebody said who was erased is kept under their name, nor in their words."""
    erased = {row["id"] for row in state.rows("registry", "contacts") if row["state"] == "erased"}
    for table in ("said", "cancellations"):
        for row in state.rows("registry", table):
            if row["contact_id"] in erased:
                yield breach(row["id"], f"{table} still names the erased contact {row['contact_id']}")
    for row in state.rows("notifier", "heard contacts"):
        if row["id"] in erased and row["state"] != "erased":
            yield breach(row["id"], "the notifier still knows an erased contact")


def progress_is_what_was_delivered(state: State) -> Iterator[Breach]:
    matches = {match["id"]: match for match in state.rows("matcher", "matches")}
    held = [row for row in _last_word(state) if row["held"]]
    expected: Counter[tuple[str, str]] = Counter()
    for row in held:
        match = matches[row["id"]]
        if (match["state"], match["pupils"]) != ("delivered", row["pupils"]):
            yield breach(row["id"], f"{row['pupils']} took part; it is {match['state']} with {match['pupils']}")
        for benchmark, each in match["counts_to"].items():
            expected[match["cohort_id"], benchmark] += each * row["pupils"]
    for row in (row for rows in state.progress.values() for row in rows):
        due = expected[row["cohort_id"], row["benchmark"]]
        if row["delivered"] != due:
            yield breach(row["cohort_id"], f"{row['benchmark']}: {row['delivered']} credits shown, {due} delivered")


def _last_word(state: State) -> list[Row]:
    """What was recorded last about each match that took place or did not."""
    return list({row["id"]: row for row in state.rows("registry", "deliveries")}.values())
