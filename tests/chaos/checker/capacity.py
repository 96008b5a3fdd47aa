"""Places: added up from the matches themselves, held against what was promised and against the counters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.chaos.checker.breach import Breach, breach
from tests.chaos.checker.state import Row, State

_HOLDING = {"planned", "proposed", "accepted", "confirmed", "delivered"}


@dataclass
class Taken:
    """What matches take of one thing: pupils, groups, sessions, and which matches they are."""

    places: int = 0
    groups: int = 0
    sessions: set[str] = field(default_factory=set)
    matches: list[Row] = field(default_factory=list)

    def add(self, match: Row) -> None:
        self.places += match["places"]
        self.groups += 1
        self.sessions.add(match["session_id"])
        self.matches.append(match)

    @property
    def is_done(self) -> bool:
        """Whether all of it has taken place: what has, has, also where the places were reduced afterwards."""
        return all(match["state"] == "delivered" for match in self.matches)

    @property
    def sessions_are_done(self) -> bool:
        """Whether each session has taken place for somebody: taking it from whoever else is on it would free none."""
        return self.sessions == {match["session_id"] for match in self.matches if match["state"] == "delivered"}

    @property
    def stories(self) -> str:
        """What became of each match, for whoever reads of a breach."""
        return ", ".join("-".join(one["state"] for one in match["history"]) or "planned" for match in self.matches)


def _taken_by(state: State, column: str, *, given: bool = False) -> defaultdict[str, Taken]:
    """What matches take; or only what was `given`, without those that had ended and took place after all."""
    taken: defaultdict[str, Taken] = defaultdict(Taken)
    for match in state.rows("matcher", "matches"):
        if match["state"] in _HOLDING and match["places"] > 0 and not (given and _came_back(match)):
            taken[match[column]].add(match)
    return taken


def _came_back(match: Row) -> bool:
    return any(change["state"] not in _HOLDING for change in match["history"])


def no_place_is_given_twice(state: State) -> Iterator[Breach]:
    offers = {row["id"]: row["entity"] for row in state.rows("registry", "offers")}
    by_session = _taken_by(state, "session_id", given=True)
    for session_id, taken in by_session.items():
        offer = offers[taken.matches[0]["offer_id"]]
        yield from _over(session_id, taken, "pupils", taken.places, offer["max_pupils"])
        yield from _over(session_id, taken, "groups", taken.groups, offer["max_groups"])
    for offer_id, taken in _taken_by(state, "offer_id", given=True).items():
        yield from _too_many(offer_id, taken, offers[offer_id]["max_sessions"])
    caps = {row["id"]: row["max_sessions"] for row in state.rows("registry", "employers")}
    for employer_id, taken in _taken_by(state, "employer_id", given=True).items():
        yield from _too_many(employer_id, taken, caps[employer_id])
    requests = {row["id"]: row["entity"] for row in state.rows("registry", "requests")}
    for request_id, taken in _taken_by(state, "request_id", given=True).items():
        yield from _over(request_id, taken, "pupils", taken.places, requests[request_id]["max_places"])


def _too_many(entity_id: str, taken: Taken, most: int | None) -> Iterator[Breach]:
    if not taken.sessions_are_done:
        yield from _over(entity_id, taken, "sessions", len(taken.sessions), most)


def _over(entity_id: str, taken: Taken, what: str, number: int, most: int | None) -> Iterator[Breach]:
    if most is not None and number > most and not taken.is_done:
        yield breach(entity_id, f"{number} {what} where {most} are promised: {taken.stories}")


def counters_are_right(state: State) -> Iterator[Breach]:
    columns = {
        "session_places": "session_id",
        "session_groups": "session_id",
        "offer_sessions": "offer_id",
        "employer_sessions": "employer_id",
        "request_places": "request_id",
    }
    taken = {kind: _taken_by(state, column) for kind, column in columns.items()}
    for counter in state.rows("matcher", "capacity"):
        found = taken[counter["kind"]][counter["id"]]
        expected = {"places": found.places, "groups": found.groups, "sessions": len(found.sessions)}
        number = expected[counter["kind"].partition("_")[2]]
        if counter["taken"] != number:
            yield breach(counter["id"], f"{counter['kind']} counts {counter['taken']}, its matches take {number}")
        if counter["places"] is not None and counter["taken"] > counter["places"]:
            yield breach(counter["id"], f"{counter['kind']}: {counter['taken']} of {counter['places']} are taken")


def never_was_over(state: State) -> Iterator[Breach]:
    """What was seen while all of it went on."""
    for session_id, text in state.meta.get("overbooked", {}).items():
        yield breach(session_id, text)
