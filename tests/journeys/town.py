"""A small hub to play a journey in, set up over HTTP as an operator would."""

from __future__ import annotations

import asyncio
import subprocess
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from contracts.links import LinkKey
from deploy.demo.client import Client
from deploy.demo.mails import Mail, Mails
from deploy.demo.stage import until
from deploy.embedded.system import System
from services.plumbing.clock import Clock

Thing = dict[str, Any]
STEVENAGE = {"postcode": "SG1 3BE", "lat": 51.91, "lon": -0.2}


@dataclass
class Town:
    """One hub, its schools and employers by name, and how to look at what becomes of them."""

    system: System
    api: Client
    mails: Mails
    pages: httpx.AsyncClient
    name: str
    area: Thing = field(default_factory=dict)
    hub: Thing = field(default_factory=dict)
    _urn: int = field(default_factory=lambda: 100_000 + uuid.uuid4().int % 800_000)

    async def add_school(self, name: str, *, pupils: int = 60, met: int = 0) -> Thing:
        """A school near the employer with one Year 10 cohort; `met` of its pupils met an employer elsewhere."""
        self._urn += 1
        body = {"urn": self._urn, "name": name, "phase": "secondary", "fsm_pct": 20.0, "max_parallel": 2, **STEVENAGE}
        school = await self.api.post("/v1/schools", body)
        path = f"/v1/schools/{school['school_id']}"
        await self.api.post(f"{path}/memberships", {"hub_id": self.hub["hub_id"], "since": "2025-09-01"})
        person = {"name": "Careers Leader", "email": self.address(name), "roles": ["careers_leader"], "order": 1}
        await self.api.post(f"{path}/contacts", person)
        year_10 = {"kind": "year_group", "label": "Year 10", "year": 10, "academic_year": "2025/26"}
        cohort = await self.api.post(
            f"{path}/cohorts", {**year_10, "pupils": pupils, "met_elsewhere": {"gb5": met, "gb6": 0}}
        )
        return {**school, "cohort_id": cohort["cohort_id"]}

    def address(self, name: str) -> str:
        """Where a school or employer of this town reads its emails."""
        return f"{name.lower().replace(' ', '-')}@{self.name}.example"

    async def add_employer(self, name: str = "Works") -> Thing:
        """An employer with one contact."""
        body = {"name": f"{name} of {self.name}", "sectors": ["engineering"], "home_area_id": self.area["area_id"]}
        employer = await self.api.post("/v1/employers", body)
        person = {"name": "Outreach", "email": self.address(name), "roles": ["outreach"], "order": 1}
        await self.api.post(f"/v1/employers/{employer['employer_id']}/contacts", person)
        return employer

    async def request(self, school: Thing, **more: Any) -> Thing:
        """The school asks for a talk for its Year 10."""
        body = {
            "school_id": school["school_id"],
            "cohort_id": school["cohort_id"],
            "benchmarks": ["gb5"],
            "activities": ["talk", "workplace_visit"],
            "sectors": {"*": 100},
            "possible": [{"first": "2025-11-04", "last": "2026-03-27"}],
            "notice_days": 0,
            "max_travel_km": 20,
            "min_group": 5,
            **more,
        }
        return await self.api.post("/v1/requests", body)

    async def offer(self, employer: Thing, *, days: tuple[str, ...] = ("2025-12-09",), **more: Any) -> Thing:
        """The employer offers a talk for one group of up to 60, once, unless told otherwise."""
        slots = [{"date": day, "part": "pm", "starts": "13:30", "ends": "14:30"} for day in days]
        body = {
            "employer_id": employer["employer_id"],
            "activity": "talk",
            "title": "How people start out in engineering",
            "purpose": "Pupils hear how people got into their work.",
            "what_pupils_do": "They prepare questions and ask them.",
            "mode": "at_school",
            "place": STEVENAGE,
            "radius_km": 30,
            "sessions": slots,
            "min_pupils": 5,
            "max_pupils": 60,
            "max_sessions": len(slots),
            "years": [9, 10],
            "phases": ["secondary"],
            "notice_days": 0,
            **more,
        }
        return await self.api.post("/v1/offers", body)

    async def match_of(self, request: Thing, *states: str) -> Thing:
        """The request's match in one of these states, waited for."""

        async def look() -> Thing | None:
            found = await self.api.all(f"/v1/matches?request_id={request['request_id']}")
            return next((match for match in found if match["state"] in states), None)

        return await until(f"a match that is {' or '.join(states)}", look)

    async def emails_to(self, name: str) -> list[Mail]:
        """What a school or employer of this town has got, oldest first."""
        return [mail for mail in await self.mails.all() if self.address(name) in mail.to]

    async def email_to(self, name: str, words: str) -> Mail:
        """The email whose subject holds `words`, waited for."""

        async def look() -> Mail | None:
            return next((mail for mail in await self.emails_to(name) if words in mail.subject.lower()), None)

        return await until(f"an email to {name} about {words!r}", look)

    async def link(self, match: Thing, audience: str) -> str:
        """The link to the match's page in the email of one side, waited for."""
        return await self.mails.link_of(match, audience, until)

    async def press(self, page: str, act: str, **fields: str) -> httpx.Response:
        """Send one of the page's forms, as a browser does."""
        return await self.pages.post(f"{page}/{act}", data=fields, follow_redirects=True)


@asynccontextmanager
async def open_town(system: System) -> AsyncIterator[Town]:
    """A new area with one hub whose letters go out at once."""
    name = f"town{uuid.uuid4().hex[:8]}"
    async with (
        httpx.AsyncClient(base_url=system.api_url, timeout=30) as api,
        httpx.AsyncClient(base_url=system.mail_url, timeout=30) as catcher,
        httpx.AsyncClient(timeout=30) as pages,
    ):
        mails = Mails(catcher, LinkKey.parse(system.link_keys), Clock.from_setting(system.wanted.clock).now)
        town = Town(system, Client(api, await asyncio.to_thread(_operator_key, system)), mails, pages, name)
        town.area = await town.api.post("/v1/areas", {"name": name})
        letters = {"quiet": False, "digest_minutes": 0, "emails_per_day": 50, "minimum_answer_hours": 0}
        body = {"area_id": town.area["area_id"], "name": f"Hub of {name}", "policy": {"window_seconds": 0}}
        town.hub = await town.api.post("/v1/hubs", {**body, "letters": letters})
        yield town


def _operator_key(system: System) -> str:
    argv, environment = system.command("registry", "operator-key")
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]
