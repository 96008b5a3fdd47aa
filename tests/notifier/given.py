"""What tests of the notifier take for granted: facts as the others would say them, and an office that acts on them."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from contracts.answers import Answer, Said
from contracts.contacts import Contact
from contracts.event import Entity, new_fact
from contracts.hubs import Calendar, Hub, LetterPolicy
from contracts.matches import Change, Match, Progress, Terms, Why
from services.notifier import sending
from services.notifier.composing import compose_due
from services.notifier.consumer import handlers
from services.notifier.desk import Desk
from services.notifier.smtp import Courier, Outcome
from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool
from services.plumbing.uuids import uuid7

TUESDAY = datetime(2026, 10, 6, 9, 0, tzinfo=UTC)
"""A Tuesday in term, ten in the morning in London."""

HUB = UUID("01990000-0000-7000-8000-00000000000a")
AREA = UUID("01990000-0000-7000-8000-00000000000b")
SCHOOL = UUID("01990000-0000-7000-8000-00000000000c")
EMPLOYER = UUID("01990000-0000-7000-8000-00000000000d")
PRIYA = UUID("01990000-0000-7000-8000-0000000000a1")
SAM = UUID("01990000-0000-7000-8000-0000000000a2")
TOM = UUID("01990000-0000-7000-8000-0000000000b1")

AT_ONCE = LetterPolicy(quiet=False, digest_minutes=0, emails_per_day=100, reply_to="hub@example.org")
"""Letters go when they are due: what most tests want."""


def a_hub(policy: LetterPolicy = AT_ONCE, calendar: Calendar | None = None) -> Hub:
    return Hub(
        hub_id=HUB,
        area_id=AREA,
        area_name="Hertfordshire",
        name="Hertfordshire Careers Hub",
        letters=policy,
        calendar=calendar or Calendar(),
    )


def a_contact(contact_id: UUID = PRIYA, **said: Any) -> Contact:
    """Priya, first contact of the school; Sam, its second; Tom, the employer's."""
    names = {PRIYA: ("Priya Shah", "priya@school.example"), SAM: ("Sam Reed", "sam@school.example")}
    name, email = names.get(contact_id, ("Tom Okafor", "tom@employer.example"))
    at_employer = contact_id == TOM
    return Contact(
        **{
            "contact_id": contact_id,
            "organisation": "employer" if at_employer else "school",
            "organisation_id": EMPLOYER if at_employer else SCHOOL,
            "name": name,
            "email": email,
            "order": 2 if contact_id == SAM else 1,
            **said,
        }
    )


def terms(**said: Any) -> Terms:
    return Terms(
        **{
            "activity": "workplace_visit",
            "title": "A morning on site",
            "purpose": "To see how a street is built.",
            "learning_outcomes": ("Name four trades",),
            "what_pupils_do": "They walk the site in groups and lay a row of bricks.",
            "requirements": "Sturdy shoes.",
            "mode": "at_workplace",
            "address": "11 Tower Way, Hatfield",
            "postcode": "AL10 9XX",
            "date": date(2026, 11, 17),
            "part": "am",
            "starts": time(9, 30),
            "ends": time(12, 30),
            "pupils": 24,
            "employer_name": "Vistry Group",
            "school_name": "Simon Balle School",
            "school_urn": 137938,
            "school_postcode": "SG13 8AJ",
            "cohort_label": "Year 10",
            "distance_km": 9,
            "counts_to": {"gb5": 1, "gb6": 1},
            "progress": (Progress(benchmark="gb6", target=1800, before=1116, after=1404),),
            "why": (Why(code="adds", text="24 pupils who have not seen a workplace yet would see one."),),
            "employer_contact_id": TOM,
            "school_contact_id": PRIYA,
            **said,
        }
    )


def a_match(match_id: UUID | None = None, state: str = "proposed", **said: Any) -> Match:
    said.setdefault("terms", terms())
    return Match(
        **{
            "match_id": match_id or uuid7(),
            "area_id": AREA,
            "hub_id": HUB,
            "offer_id": uuid7(),
            "session_id": uuid7(),
            "employer_id": EMPLOYER,
            "request_id": uuid7(),
            "school_id": SCHOOL,
            "cohort_id": uuid7(),
            "round_id": uuid7(),
            "state": state,
            "pupils": 24,
            "terms_version": 1,
            "answer_by": datetime(2026, 10, 13, 16, 0, tzinfo=UTC),
            "history": (Change(state="proposed", at=TUESDAY, by="matcher"),),
            **said,
        }
    )


def an_answer(match: Match, verdict: str = "accepted", **said: Any) -> Answer:
    school = Said(verdict=verdict, at=TUESDAY, terms_version=match.terms_version)
    return Answer(match_id=match.match_id, **{"school": school, **said})


@dataclass
class Office:
    """A notifier: hears facts, and works when told to."""

    pool: Pool
    desk: Desk
    courier: Courier
    versions: dict[UUID, int] = field(default_factory=dict)

    async def hears(self, entity: Entity, type_: str = "", version: int | None = None) -> None:
        """Take the entity as a new fact about it, in the version after the last one unless told otherwise."""
        known = version or self.versions.get(entity.entity_id, 0) + 1
        self.versions[entity.entity_id] = known
        fact = new_fact(
            entity,
            type_ or min(t for t in entity.types if t.endswith("restated.v1")),
            id=uuid7(),
            version=known,
            source="tests",
            time=self.desk.clock.now(),
            correlation_id=uuid7(),
        )
        await handlers.take_fact(self.pool, fact, self.desk.clock)

    async def knows_everybody(self, policy: LetterPolicy = AT_ONCE) -> None:
        """Hear of the hub and of all three contacts."""
        for entity in (a_hub(policy), a_contact(PRIYA), a_contact(SAM), a_contact(TOM)):
            await self.hears(entity)

    def at(self, moment: datetime) -> None:
        """Let it be that moment."""
        object.__setattr__(self.desk, "clock", Clock.stopped(moment))

    def later(self, **length: float) -> None:
        """Let time pass."""
        self.at(self.desk.clock.now() + timedelta(**length))

    async def works(self) -> list[Outcome]:
        """Compose and send until there is nothing to do at this moment; what became of each email."""
        outcomes: list[Outcome] = []
        idle_turns = 0
        # An email dissolved in one turn is composed anew in the next.
        while idle_turns < 2:
            done = await sending.recover(self.pool, self.desk) + await compose_due(self.pool, self.desk)
            outcome = await self.sends_one()
            outcomes += [outcome] if outcome else []
            idle_turns = 0 if done or outcome else idle_turns + 1
        return outcomes

    async def sends_one(self) -> Outcome | None:
        """Send one email, if one is ready."""
        return await sending.send_one(self.pool, self.desk, self.courier, asyncio.Event())

    async def letters(self, kind: str = "%") -> list[tuple[str, str]]:
        """Every letter of the kind as (kind, state), in the order of writing."""
        rows = await self.pool.fetch(
            "SELECT kind, state FROM own.letters WHERE kind LIKE $1 ORDER BY written_at, kind, state", kind
        )
        return [(row["kind"], row["state"]) for row in rows]

    async def told(self) -> list[tuple[str, str]]:
        """What the others were told, in order: the fact's type, the letter's kind."""
        rows = await self.pool.fetch(
            "SELECT type, convert_from(body, 'UTF8')::jsonb AS fact FROM own.outbox ORDER BY id"
        )
        return [(row["type"], row["fact"]["data"]["kind"]) for row in rows]

    async def emails(self) -> list[str]:
        """The state of every email, in the order of composing."""
        return [row["state"] for row in await self.pool.fetch("SELECT state FROM own.emails ORDER BY email_id")]
