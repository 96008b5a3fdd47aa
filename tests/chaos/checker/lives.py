"""The life of each match: only steps that are possible, each with who, when and why, and every word once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.chaos.checker.breach import Breach, breach
from tests.chaos.checker.state import Row, State, moment

_TAKES_PLACE = {"delivered", "not_held"}
_STEPS = {
    None: {"proposed", "dropped"},
    "proposed": {
        *("accepted", "declined", "lapsed", "undeliverable", "withdrawn", "terms_changed", "cancelled", "refused"),
        *_TAKES_PLACE,
    },
    "accepted": {
        *("confirmed", "refused", "lapsed", "undeliverable", "cancelled", "withdrawn", "terms_changed"),
        *_TAKES_PLACE,
    },
    "confirmed": {"cancelled", "withdrawn", "terms_changed", *_TAKES_PLACE},
    "delivered": {"delivered", "not_held"},
    "not_held": {"delivered"},
    "dropped": set(),
}
"""From which state to which. Whatever has ended may still turn out to have taken place."""
_ENDED = {"declined", "lapsed", "undeliverable", "withdrawn", "terms_changed", "cancelled", "refused"}
_PARTIES = {"matcher", "registry", "school", "employer", "hub"}


def lives_are_legal(state: State) -> Iterator[Breach]:
    for match in state.rows("matcher", "matches"):
        before: str | None = None
        for change in match["history"]:
            if not _is_possible(before, change):
                yield breach(match["id"], f"from {before} to {change['state']}")
            before = change["state"]
        if match["history"] and before != match["state"]:
            yield breach(match["id"], f"is {match['state']}, its history ends with {before}")


def _is_possible(before: str | None, change: Row) -> bool:
    if change["reason"] == "contradicted":
        return bool(before == change["state"])
    return change["state"] in _STEPS.get(before, {"delivered"} if before in _ENDED else set())


def endings_say_who_and_why(state: State) -> Iterator[Breach]:
    for match in state.rows("matcher", "matches"):
        for change in match["history"]:
            if change["by"] not in _PARTIES or not change["at"]:
                yield breach(match["id"], f"{change['state']} by {change['by']!r} at {change['at']!r}")
            if change["state"] in {*_ENDED, "not_held", "dropped"} and not change["reason"]:
                yield breach(match["id"], f"{change['state']} without a reason")
        if match["state"] in {*_ENDED, "not_held"} and not (match["reason"] and match["ended_by"]):
            yield breach(match["id"], f"{match['state']} by {match['ended_by']} because of {match['reason']}")


def stories_are_continued(state: State) -> Iterator[Breach]:
    """Each version on the topic goes on where the one before it ended."""
    told: defaultdict[str, dict[int, Row]] = defaultdict(dict)
    for record in state.topics["matches"]:
        told[record["key"]][record["version"]] = record
    for match_id, records in told.items():
        before: list[Row] = []
        for version in sorted(records):
            history = records[version]["data"]["history"]
            if history[: len(before)] != before:
                yield breach(match_id, f"version {version} tells another story than the one before")
            before = history


def words_count_once(state: State) -> Iterator[Breach]:
    """What registry recorded is in the match's history, by whom and when, and not twice."""
    histories = {match["id"]: match["history"] for match in state.rows("matcher", "matches")}
    for match_id, at, by, what in _words(state):
        found = [one for one in histories.get(match_id, []) if (moment(one["at"]), one["by"]) == (moment(at), by)]
        if not found:
            yield breach(match_id, f"{what} at {at} had no effect and is not in the history")
    for match_id, history in histories.items():
        said = Counter((change["at"], change["by"]) for change in history if change["by"] != "matcher")
        for (at, by), times in said.items():
            if times > 1:
                yield breach(match_id, f"what {by} said at {at} had its effect {times} times")


def _words(state: State) -> Iterator[tuple[str, str, str, str]]:
    """Match, when, by whom, and what."""
    for row in state.rows("registry", "said"):
        by = "registry" if row["verdict"] == "lapsed" else row["audience"]
        yield row["id"], row["at"], by, f"{row['audience']} {row['verdict']}"
    for row in state.rows("registry", "cancellations"):
        yield row["id"], row["at"], row["by"], f"cancelled by {row['by']}"
    last = {row["id"]: row for row in state.rows("registry", "deliveries")}
    for row in last.values():
        # That it was not held can be corrected in its reason alone: nothing follows from that.
        if row["held"] or row["number"] == 1:
            yield row["id"], row["at"], row["by"], "delivered" if row["held"] else "not held"
