"""What the live matcher's tests start from: one hub near Hertford, told in facts, and a matcher that hears them."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from contracts.answers import Answer, Cancelled, Delivery, Said
from contracts.employers import Employer
from contracts.event import Entity, Fact, new_fact
from contracts.hubs import Calendar, Hub, LetterPolicy, MatchingPolicy
from contracts.letters import Letter
from contracts.matches import Change, Match, Terms
from contracts.offers import Offer, Place, Session
from contracts.requests import SchoolRequest
from contracts.rounds import Round
from contracts.schools import Cohort, Days, Membership, School
from services.matcher.consumer import handlers
from services.matcher.domain import HOLDING, LiveMatch
from services.matcher.instance import Instance
from services.matcher.releasing import release_due
from services.matcher.rounds import Rules, run_one
from services.matcher.store.areas import Patience
from services.matcher.terms import Sides, Worked, tell
from services.matcher.thinking import PLAIN, Limits, Task, Thought, think
from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool
from services.plumbing.uuids import uuid7

TUESDAY = datetime(2026, 9, 8, 8, 0, tzinfo=UTC)
"""A Tuesday morning in term, nine o'clock in London."""
VISIT_DAY = date(2026, 11, 10)
ONCE = timedelta(0)
RULES = Rules(Patience(ONCE, ONCE, timedelta(seconds=15)), Limits(seed=1, steps=2000, seconds=30))

WRONG_COUNTERS = """
    WITH held AS (SELECT * FROM own.matches WHERE places > 0),
    due AS (
        SELECT 'session_places' AS kind, session_id AS id, sum(places) AS taken FROM held GROUP BY 2
        UNION ALL SELECT 'session_groups', session_id, count(*) FROM held GROUP BY 2
        UNION ALL SELECT 'offer_sessions', offer_id, count(DISTINCT session_id) FROM held GROUP BY 2
        UNION ALL SELECT 'employer_sessions', employer_id, count(DISTINCT session_id) FROM held GROUP BY 2
        UNION ALL SELECT 'request_places', request_id, sum(places) FROM held GROUP BY 2)
    SELECT kind, id, capacity.taken, due.taken AS due
      FROM own.capacity LEFT JOIN due USING (kind, id)
     WHERE capacity.taken <> coalesce(due.taken, 0)
"""
"""Counters that are not what the matches take."""


def id_(name: str) -> UUID:
    """The same id for the same name, so that tests speak of "school A"."""
    return uuid5(UUID("0199c000-0000-7000-8000-000000000000"), name)


AREA, HUB = id_("area"), id_("hub")


def a_hub(name: str = "hub", *, area: str = "area", policy: MatchingPolicy | None = None, **more: Any) -> Hub:
    """A hub that tells at once, at any hour."""
    told: dict[str, Any] = {
        "hub_id": id_(name),
        "area_id": id_(area),
        "area_name": area,
        "name": name,
        "policy": policy or MatchingPolicy(window_seconds=0),
        "letters": LetterPolicy(quiet=False),
        "calendar": Calendar(),
    }
    return Hub(**(told | more))


def a_school(name: str = "school A", *, hub: str = "hub", pupils: int = 30, year: int = 10, **more: Any) -> School:
    """A school with one cohort, a kilometre or so from everybody."""
    told: dict[str, Any] = {
        "school_id": id_(name),
        "urn": 100000 + int(id_(name)) % 50000,
        "name": name,
        "phase": "secondary",
        "postcode": "SG13 8AB",
        "lat": 51.79,
        "lon": -0.08,
        "memberships": (Membership(hub_id=id_(hub), since=date(2026, 1, 1)),),
        "cohorts": (a_cohort(name, pupils=pupils, year=year, label=f"Year {year}"),),
    }
    return School(**(told | more))


def a_cohort(school: str = "school A", **more: Any) -> Cohort:
    """Thirty pupils in Year 10."""
    told: dict[str, Any] = {
        "cohort_id": id_(f"cohort of {school}"),
        "label": "Year 10",
        "year": 10,
        "academic_year": "2026/27",
        "pupils": 30,
    }
    return Cohort(**(told | more))


def an_employer(name: str = "employer", **more: Any) -> Employer:
    """An employer without a cap."""
    told: dict[str, Any] = {"employer_id": id_(name), "name": name, "home_area_id": AREA}
    return Employer(**(told | more))


def a_session(name: str = "session 1", day: date = VISIT_DAY, **more: Any) -> Session:
    """A morning."""
    told: dict[str, Any] = {
        "session_id": id_(name),
        "date": day,
        "part": "am",
        "starts": time(9, 30),
        "ends": time(12, 0),
    }
    return Session(**(told | more))


def an_offer(name: str = "offer", *sessions: Session, **more: Any) -> Offer:
    """A visit for thirty, one group a day."""
    told: dict[str, Any] = {
        "offer_id": id_(name),
        "employer_id": id_("employer"),
        "state": "open",
        "terms_version": 1,
        "areas": (AREA,),
        "activity": "workplace_visit",
        "title": "A morning on the production line",
        "purpose": "To see how a part is made.",
        "what_pupils_do": "Measure a part and present what they would change.",
        "counts_to": {"gb5": 1, "gb6": 1},
        "sectors": ("engineering",),
        "mode": "at_workplace",
        "place": Place(address="1 Mill Road", postcode="SG14 1AA", lat=51.8, lon=-0.08),
        "sessions": sessions or (a_session(),),
        "min_pupils": 1,
        "max_pupils": 30,
        "max_sessions": len(sessions) or 1,
        "years": (10,),
        "phases": ("secondary",),
        "notice_days": 14,
    }
    return Offer(**(told | more))


def a_request(name: str = "request A", *, school: str = "school A", **more: Any) -> SchoolRequest:
    """What a cohort asks for: any visit from now to Easter."""
    told: dict[str, Any] = {
        "request_id": id_(name),
        "school_id": id_(school),
        "cohort_id": id_(f"cohort of {school}"),
        "state": "open",
        "terms_version": 1,
        "posted_at": TUESDAY,
        "benchmarks": ("gb5", "gb6"),
        "activities": ("workplace_visit", "talk"),
        "possible": (Days(first=date(2026, 9, 1), last=date(2027, 3, 31)),),
        "max_places": 1000,
    }
    return SchoolRequest(**(told | more))


_FIRST = {
    Hub: "hub.added.v1",
    School: "school.added.v1",
    Employer: "employer.added.v1",
    Offer: "offer.published.v1",
    SchoolRequest: "request.posted.v1",
    Answer: "answer.accepted.v1",
    Letter: "letter.sent.v1",
}


def a_fact(entity: Entity, version: int = 1, at: datetime = TUESDAY) -> Fact[Any]:
    """The entity in an envelope; what happened last does not matter to readers."""
    return new_fact(
        entity,
        _FIRST[type(entity)],
        id=uuid7(),
        version=version,
        source="registry",
        time=at,
        correlation_id=uuid7(),
    )


async def think_here(instance: Instance, task: Task = PLAIN) -> Thought:
    """Think without a process of its own: the same code, seen by the debugger."""
    return think(instance, RULES.limits, task)


@dataclass
class Matcher:
    """A matcher with a database of its own, hearing one fact at a time."""

    pool: Pool
    clock: Clock = field(default_factory=lambda: Clock.stopped(TUESDAY))
    versions: Counter[UUID] = field(default_factory=Counter)

    async def hear(self, *entities: Entity) -> None:
        """Take facts about these, each with the next version of its entity."""
        for entity in entities:
            self.versions[entity.entity_id] += 1
            await self.hear_fact(a_fact(entity, self.versions[entity.entity_id], self.clock.now()))

    async def hear_fact(self, fact: Fact[Any]) -> str:
        return await handlers.take_fact(self.pool, fact, self.clock)

    async def plan(self, rules: Rules = RULES) -> Round | None:
        """One round, if an area has news."""
        return await run_one(self.pool, think_here, self.clock, rules)

    async def plan_all(self) -> int:
        """Rounds until no area has news."""
        count = 0
        while await self.plan():
            count += 1
        return count

    async def release(self) -> int:
        return await release_due(self.pool, self.clock)

    async def matches(self) -> list[Any]:
        """Every match, oldest first."""
        return await self.pool.fetch("SELECT * FROM own.matches ORDER BY id")

    async def the_match(self) -> Any:
        """The one open match."""
        (match,) = await self.pool.fetch(
            "SELECT * FROM own.matches WHERE state IN ('planned', 'proposed', 'accepted', 'confirmed')"
        )
        return match

    async def states(self) -> list[str]:
        """The matches' states, oldest first."""
        return [match["state"] for match in await self.matches()]

    async def told(self, topic: str = "matches") -> list[Any]:
        """The facts recorded for a topic, oldest first."""
        rows = await self.pool.fetch("SELECT body FROM own.outbox WHERE topic = $1 ORDER BY id", topic)
        return [json.loads(row["body"]) for row in rows]

    async def told_matches(self) -> list[tuple[str, Match]]:
        """What was told about matches, oldest first: the type, and the whole match."""
        return [(fact["type"], Match.model_validate(fact["data"])) for fact in await self.told()]

    async def taken(self, kind: str, name: str) -> tuple[int | None, int]:
        """A counter: how much there is, and how much of it is taken."""
        row = await self.pool.fetchrow(
            "SELECT places, taken FROM own.capacity WHERE kind = $1 AND id = $2", kind, id_(name)
        )
        assert row is not None
        return row["places"], row["taken"]

    async def answer(self, match_id: UUID, **said: Any) -> None:
        """What registry says about a match."""
        await self.hear(Answer(match_id=match_id, **said))

    @contextmanager
    def later(self, **by: float) -> Iterator[None]:
        """Within the block it is so much later."""
        before = self.clock
        self.clock = Clock.stopped(before.now() + timedelta(**by))
        try:
            yield
        finally:
            self.clock = before


def said(verdict: str, reason: str | None = None, at: datetime = TUESDAY) -> Said:
    return Said.model_validate({"verdict": verdict, "reason": reason, "at": at, "terms_version": 1})


def cancelled(by: str = "school", at: datetime = TUESDAY) -> Cancelled:
    return Cancelled.model_validate({"by": by, "reason": "illness", "at": at})


def delivered(pupils: int, at: datetime = TUESDAY, *, held: bool = True) -> Delivery:
    return Delivery.model_validate({"held": held, "pupils": pupils, "by": "school", "at": at})


async def a_small_hub(matcher: Matcher) -> None:
    """One hub, one employer, one offer for thirty, one school that asks."""
    await matcher.hear(a_hub(), an_employer(), an_offer(), a_school(), a_request())


def a_live_match(state: str = "proposed", name: str = "match", **more: Any) -> LiveMatch:
    """A match of thirty pupils between offer and request A, in any state."""
    told = state not in {"planned", "dropped"}
    holds = state in HOLDING
    row: dict[str, Any] = {
        "id": id_(name),
        "area_id": AREA,
        "hub_id": HUB,
        "offer_id": id_("offer"),
        "session_id": id_("session 1"),
        "employer_id": id_("employer"),
        "request_id": id_("request A"),
        "school_id": id_("school A"),
        "cohort_id": id_("cohort of school A"),
        "round_id": id_("round"),
        "state": state,
        "pupils": 30,
        "places": 30 if holds else 0,
        "first_day": VISIT_DAY,
        "last_day": VISIT_DAY,
        "counts_to": {"gb5": 1, "gb6": 1},
        "offer_terms_version": 1,
        "request_terms_version": 1,
        "planned_at": TUESDAY,
        "release_at": TUESDAY,
        "correlation_id": id_("correlation"),
        "version": 1 if told else 0,
        "terms": told_terms() if told else None,
        "answer_by": TUESDAY + timedelta(days=7) if told else None,
        "history": (Change(state=state, at=more.get("planned_at", TUESDAY), by="matcher"),) if told else (),
    }
    match = LiveMatch(**(row | more))
    return replace(match, places=match.pupils) if holds and "places" not in more else match


def told_terms(**more: Any) -> Terms:
    """What was told about the offer's first session."""
    offer, school, request = an_offer(**more), a_school(), a_request()
    sides = Sides(offer, offer.sessions[0], an_employer(), request, school, school.cohorts[0])
    return tell(sides, Worked(pupils=30, distance_km=1, why=(), gained={}))
