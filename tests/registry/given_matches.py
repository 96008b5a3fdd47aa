"""A school and an employer with a match between them, as the matcher tells it, and the links in its emails."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from contracts.answers import Cancelled, Delivery, Said
from contracts.event import Entity, new_fact
from contracts.letters import Letter
from contracts.links import Audience, Link, LinkKey, sign
from contracts.matches import Change, Match, Progress, Terms, Why
from contracts.rounds import Round
from services.plumbing.clock import Clock
from services.plumbing.postgres import Transaction, transaction
from services.plumbing.uuids import uuid7
from services.registry.consumer import handlers
from services.registry.store import answers as store
from services.registry.store.offers import add_offer
from services.registry.store.requests import add_request
from tests.registry.given import Registry
from tests.registry.given_offers import a_request, a_request_said, an_offer, an_offer_said

NOW = dt.datetime(2026, 10, 6, 9, tzinfo=dt.UTC)
ANSWER_BY = dt.datetime(2026, 10, 13, 16, tzinfo=dt.UTC)
CONFIRM_BY = dt.datetime(2026, 10, 16, 16, tzinfo=dt.UTC)
SESSION = dt.date(2026, 11, 10)
ON_THE_DAY = dt.datetime(2026, 11, 10, 14, tzinfo=dt.UTC)
STEPS: dict[str, tuple[str, ...]] = {
    "proposed": ("proposed",),
    "accepted": ("proposed", "accepted"),
    "confirmed": ("proposed", "accepted", "confirmed"),
    "delivered": ("proposed", "accepted", "confirmed", "delivered"),
    "not_held": ("proposed", "accepted", "confirmed", "not_held"),
    "cancelled": ("proposed", "accepted", "confirmed", "cancelled"),
    "refused": ("proposed", "accepted", "refused"),
    "unconfirmed": ("proposed", "accepted", "lapsed"),
}
TERMS = Terms(
    activity="workplace_visit",
    title="A morning at the waterworks",
    purpose="Pupils see which people it takes to bring water to a town, and how they came to their work.",
    learning_outcomes=("Name five jobs in a utility", "Explain one route into engineering"),
    what_pupils_do="They follow the water through the works in small groups, test a sample and present the result.",
    requirements="Sturdy shoes. One member of staff for each fifteen pupils. Packed lunches are not needed.",
    accessibility="The tour is step-free except for the filter gallery, which can be seen on a screen.",
    send_support=("quiet_room", "step_free"),
    mode="at_workplace",
    address="Whitewell Works, Mill Lane, Ware",
    postcode="SG12 9AB",
    date=SESSION,
    part="am",
    starts=dt.time(9, 30),
    ends=dt.time(12, 0),
    pupils=30,
    employer_name="Lea Valley Water",
    school_name="Hill School",
    school_urn=117001,
    school_postcode="SG13 8AE",
    cohort_label="Year 10",
    distance_km=6,
    counts_to={"gb5": 1, "gb6": 1},
    progress=(
        Progress(benchmark="gb5", target=120, before=74, after=104),
        Progress(benchmark="gb6", target=1200, before=744, after=774),
    ),
    why=(
        Why(
            code="need", text="Year 10 has the largest gap in the area: 46 of 120 pupils have not met an employer yet."
        ),
        Why(code="sector", text="Engineering is the sector your school asked for first."),
        Why(code="distance", text="The works are 6 km from your school, within the 15 km you set."),
    ),
)


@dataclass
class World:
    """One school, one employer, an offer and a request, and matches between them."""

    registry: Registry
    ids: dict[str, UUID] = field(default_factory=dict)

    @classmethod
    async def made(cls, registry: Registry) -> "World":
        world = cls(registry)
        async with transaction(registry.pool) as tx:
            await _organisations(tx, world.ids)
            await _offer_and_request(tx, world.ids)
        return world

    def match(self, state: str = "proposed", **changes: Any) -> Match:
        """A match in this state. `unconfirmed` is one that lapsed because the employer did not confirm."""
        steps = STEPS.get(state, ("proposed", state))
        reason = {"lapsed": "no_answer", "unconfirmed": "no_confirmation"}.get(state)
        usual: dict[str, Any] = {
            **{name: self.ids[name] for name in MATCH_IDS},
            "match_id": uuid7(),
            "session_id": uuid7(),
            "round_id": uuid7(),
            "state": steps[-1],
            "reason": reason,
            "pupils": TERMS.pupils,
            "terms_version": 1,
            "offer_terms_version": 1,
            "request_terms_version": 1,
            "terms": TERMS,
            "employer_confirms": True,
            "answer_by": ANSWER_BY,
            "confirm_by": CONFIRM_BY,
            "history": tuple(Change(state=step, at=NOW, by="matcher") for step in steps),
        }
        return Match(**{**usual, **changes})

    async def heard(self, entity: Entity, type_: str, version: int = 1) -> str:
        """Let the registry hear a fact of another service."""
        fact = new_fact(
            entity, type_, id=uuid7(), version=version, source="tests", time=self.clock.now(), correlation_id=uuid7()
        )
        return await handlers.take_fact(self.registry.pool, fact, self.clock)

    async def a_match(self, state: str = "proposed", said: "Entries | None" = None, **changes: Any) -> Match:
        """A match that was heard of, with what was said about it before."""
        match = self.match(state, **changes)
        await self.heard(match, "match.proposed.v1")
        async with transaction(self.registry.pool) as tx:
            await _say(tx, match, said or Entries(), self.ids)
        return match

    async def a_letter(self, match: Match, kind: str = "school_match_proposed", state: str = "sent") -> None:
        letter = Letter(
            letter_id=uuid7(),
            match_id=match.match_id,
            kind=kind,
            audience=kind.partition("_")[0],
            contact_id=self.ids["teacher"],
            terms_version=1,
            state=state,
            at=NOW,
        )
        await self.heard(letter, f"letter.{state}.v1")

    async def heard_round(self, **said: Any) -> None:
        await self.heard(Round(started_at=NOW, **said), "round.finished.v1")

    @property
    def clock(self) -> Clock:
        return self.registry.clock

    def link(self, match: Match, audience: Audience = "school", **changes: Any) -> str:
        """The page's address in an email to the teacher, or to the employer's contact."""
        usual: dict[str, Any] = {
            "audience": audience,
            "match_id": match.match_id,
            "contact_id": self.ids["outreach" if audience == "employer" else "teacher"],
            "terms_version": 1,
            "expires": dt.datetime(2027, 3, 1, tzinfo=dt.UTC),
        }
        keys = LinkKey.parse(self.registry.app.state.settings.link_keys.get_secret_value())
        folder = "u" if audience == "unsubscribe" else "m"
        return f"/{folder}/{sign(Link(**{**usual, **changes}), keys)}"

    async def press(self, link: str, act: str, **fields: str) -> httpx.Response:
        """Send one of the page's forms."""
        return await self.registry.http.post(f"{link}/{act}", data=fields)

    async def everything(self) -> dict[str, list[Any]]:
        """All that the registry holds about matches, and all it has told: to see that nothing changed."""
        tables = ("own.answers", "own.said", "own.cancellations", "own.deliveries", "own.outbox", "own.contacts")
        pool = self.registry.pool
        return {table: [tuple(row) for row in await pool.fetch(f"TABLE {table}")] for table in tables}

    async def change(self, statement: str) -> None:
        """Change what the test is not about, straight in the database."""
        await self.registry.pool.execute(statement)


@dataclass(frozen=True)
class Entries:
    """What was said before, by whom, in words that the tests know."""

    school: str | None = None
    employer: str | None = None
    cancelled_by: str | None = None
    delivered: int | None = None
    not_held: bool = False
    by: str = "teacher"


MATCH_IDS = ("area_id", "hub_id", "offer_id", "employer_id", "request_id", "school_id", "cohort_id")
_REASONS = {"declined": "date_unsuitable", "lapsed": "no_answer"}


async def _say(tx: Transaction, match: Match, entries: Entries, ids: dict[str, UUID]) -> None:
    await store.lock_answer(tx, match.match_id)
    for audience, verdict in (("school", entries.school), ("employer", entries.employer)):
        if verdict:
            said = Said(
                verdict=verdict,
                reason=_REASONS.get(verdict),
                comment="Mock exams" if verdict == "declined" else "",
                at=NOW,
                contact_id=None if verdict == "lapsed" else ids[entries.by if audience == "school" else "outreach"],
                terms_version=1,
            )
            await store.add_said(tx, match.match_id, audience, said)  # type: ignore[arg-type]
    if entries.cancelled_by:
        cancelled = Cancelled(by=entries.cancelled_by, reason="illness", at=NOW)
        await store.add_cancellation(tx, match.match_id, cancelled)
    if entries.delivered is not None or entries.not_held:
        reason = "postponed" if entries.not_held else None
        delivery = Delivery(
            held=not entries.not_held, pupils=entries.delivered or 0, reason=reason, by="school", at=ON_THE_DAY
        )
        await store.add_delivery(tx, match.match_id, delivery)


async def insert(tx: Transaction, table: str, **values: Any) -> None:
    """Put a row straight into a table that the test is not about."""
    columns = ", ".join(f'"{name}"' for name in values)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await tx.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", *values.values())  # noqa: S608


async def _organisations(tx: Transaction, ids: dict[str, UUID]) -> None:
    ids.update({name: uuid7() for name in (*MATCH_IDS, "teacher", "colleague", "outreach")})
    await insert(tx, "own.areas", area_id=ids["area_id"], name="Lea Valley", created_at=NOW)
    letters = {"reply_to": "careers@hub.example"}
    texts = {"name": "Lea Valley Careers Hub", "kind": "school", "host": ""}
    rules = {"policy": {}, "letters": letters, "calendar": {}}
    await insert(tx, "own.hubs", hub_id=ids["hub_id"], version=1, area_id=ids["area_id"], **texts, **rules)
    where = {"postcode": "SG13 8AE", "lat": 51.8, "lon": -0.08}
    figures = {"urn": 117001, "fsm_pct": 21.0, "max_parallel": 2, "closures": []}
    names = {"name": "Hill School", "phase": "secondary", "state": "open"}
    await insert(tx, "own.schools", school_id=ids["school_id"], version=1, **names, **where, **figures)
    membership = {"membership_id": uuid7(), "school_id": ids["school_id"], "hub_id": ids["hub_id"]}
    await insert(tx, "own.memberships", **membership, since=dt.date(2025, 9, 1))
    await add_cohort(tx, ids["school_id"], cohort_id=ids["cohort_id"])
    employer = {"employer_id": ids["employer_id"], "name": "Lea Valley Water", "home_area_id": ids["area_id"]}
    await insert(tx, "own.employers", **employer, version=1, sectors=["engineering"])
    for name, organisation in (("teacher", "school"), ("colleague", "school"), ("outreach", "employer")):
        person = {"name": name.title(), "email": f"{name}@example.org", "roles": [], "order": 1, "unsubscribed": False}
        of = {"organisation": organisation, "organisation_id": ids[f"{organisation}_id"], "state": "active"}
        await insert(tx, "own.contacts", contact_id=ids[name], version=1, **of, **person)


async def add_cohort(tx: Transaction, school_id: UUID, **said: Any) -> UUID:
    """A Year 10 of 120 pupils, unless `said` otherwise."""
    usual: dict[str, Any] = {
        "cohort_id": uuid7(),
        "version": 1,
        "school_id": school_id,
        "kind": "year_group",
        "label": "Year 10",
        "year": 10,
        "academic_year": "2026/27",
        "pupils": 120,
        "met_elsewhere": {},
    }
    cohort = {**usual, **said}
    await insert(tx, "own.cohorts", **cohort)
    return UUID(str(cohort["cohort_id"]))


async def _offer_and_request(tx: Transaction, ids: dict[str, UUID]) -> None:
    of_offer = {"offer_id": ids["offer_id"], "employer_id": ids["employer_id"], "areas": (ids["area_id"],)}
    await add_offer(tx, an_offer().model_copy(update=of_offer), an_offer_said())
    of_request = {name: ids[name] for name in ("request_id", "school_id", "cohort_id")}
    await add_request(tx, a_request().model_copy(update=of_request), a_request_said())
