"""The sample hub of the `demo` profile: `python -m deploy.compose.sample` posts it, then shows where to look.

Everything in it is invented. Its dates lie around the system's own today, so that it works on any day; it is posted
once, however often this runs. It speaks to the API as any program would, with a key that it makes for itself first.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from services.plumbing import settings
from services.plumbing.clock import Clock
from services.plumbing.health import Health
from services.plumbing.http import answering_health
from services.registry.operator_key import add_operator_key
from services.registry.settings import RegistrySettings

Thing = dict[str, Any]
AREA = "Sample Vale"
IDS = uuid.UUID("0199c000-0000-7000-8000-00000000c0de")
KEY_FILE = Path("/tmp/operator-key")  # noqa: S108 - the container's own, gone with it


class Refused(Exception):
    """The API answered with a problem."""


class Api:
    """The registry's API with one key. What was posted before is not posted twice."""

    def __init__(self, address: str, key: str) -> None:
        self._address = address
        self._key = key

    def post(self, path: str, body: Thing) -> Thing:
        """Create something, and answer it."""
        once = str(uuid.uuid5(IDS, f"{path} {json.dumps(body, sort_keys=True)}"))
        return self._ask("POST", path, json.dumps(body).encode(), {"Idempotency-Key": once})

    def get(self, path: str) -> Thing:
        """Read something."""
        return self._ask("GET", path, None, {})

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Thing:
        headers |= {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        request = urllib.request.Request(self._address + path, body, headers, method=method)  # noqa: S310 - ours
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
                found: Thing = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            raise Refused(f"{method} {path} answered {error.code}: {error.read().decode()}") from None


def post_sample(api: Api, today: date, name: str = AREA, first: int = 1) -> str:
    """Post a hub, two schools, two employers, their offers and requests; say what was done.

    Names and numbers of schools and employers count from `first`, so that there can be several such hubs.
    """
    if any(area["name"] == name for area in api.get("/v1/areas?limit=200")["items"]):
        return f"{name} is there."
    area = api.post("/v1/areas", {"name": name})["area_id"]
    hub = api.post("/v1/hubs", _hub(area, name))["hub_id"]
    schools = [_post_school(api, hub, number, today) for number in (first, first + 1)]
    for school, cohort in schools:
        api.post("/v1/requests", {"school_id": school, "cohort_id": cohort, **_request(today)})
    for number, offer in enumerate(_offers(today), first):
        api.post("/v1/offers", {"employer_id": _post_employer(api, area, number), **offer})
    return f"{name} is posted: area {area}, hub {hub}; its first matches are on their way."


def _hub(area: str, name: str) -> Thing:
    letters = {"quiet": False, "digest_minutes": 0, "emails_per_day": 200, "minimum_answer_hours": 0}
    policy = {"window_seconds": 0}
    return {
        "area_id": area,
        "name": f"{name} Careers Hub",
        "kind": "school",
        "host": f"{name} Council",
        "policy": policy,
        "letters": letters,
    }


def _post_school(api: Api, hub: str, number: int, today: date) -> tuple[str, str]:
    place = {"postcode": "SG1 1AA", "lat": 51.9 + number / 1000, "lon": -0.2}
    facts = {"urn": 900_000 + number, "name": f"Sample School {number}", "phase": "secondary", "fsm_pct": 10.0 + number}
    school: str = api.post("/v1/schools", facts | place)["school_id"]
    since = str(today - timedelta(days=30))
    api.post(f"/v1/schools/{school}/memberships", {"hub_id": hub, "since": since})
    leader = {"name": "Careers Leader", "email": f"careers@school-{number}.example", "roles": ["careers_leader"]}
    api.post(f"/v1/schools/{school}/contacts", leader | {"order": 1})
    first = today.year if today.month >= 9 else today.year - 1  # noqa: PLR2004 - September
    cohort = {"kind": "year_group", "label": "Year 10", "year": 10, "pupils": 90, "met_elsewhere": {"gb5": 20}}
    cohort["academic_year"] = f"{first}/{(first + 1) % 100:02}"
    made: str = api.post(f"/v1/schools/{school}/cohorts", cohort)["cohort_id"]
    return school, made


def _post_employer(api: Api, area: str, number: int) -> str:
    facts = {"name": f"Sample Works {number}", "sectors": ["engineering"], "home_area_id": area, "max_sessions": 4}
    employer: str = api.post("/v1/employers", facts | {"size_band": "50-249"})["employer_id"]
    contact = {"name": "Schools Outreach", "email": f"outreach@works-{number}.example", "roles": ["outreach"]}
    api.post(f"/v1/employers/{employer}/contacts", contact)
    return employer


def _request(today: date) -> Thing:
    return {
        "benchmarks": ["gb5", "gb6"],
        "activities": ["talk", "virtual_talk", "workplace_visit"],
        "sectors": {"engineering": 90, "*": 40},
        "possible": [{"first": str(today + timedelta(days=14)), "last": str(today + timedelta(days=120))}],
        "notice_days": 14,
        "max_travel_km": 30,
        "min_group": 10,
    }


def _offers(today: date) -> Iterator[Thing]:
    days = [day for n in range(35, 70) if (day := today + timedelta(days=n)).weekday() == 2]  # noqa: PLR2004 - Wednesdays
    terms = {
        "purpose": "Pupils meet people at work and hear how they got there.",
        "what_pupils_do": "They prepare questions in groups and ask them.",
        "sectors": ["engineering"],
        "place": {"postcode": "SG1 2AA", "lat": 51.9, "lon": -0.21},
        "radius_km": 30,
        "years": [9, 10, 11],
        "phases": ["secondary"],
        "min_pupils": 10,
        "max_pupils": 60,
        "max_groups": 1,
        "max_sessions": 1,
        "notice_days": 14,
    }
    talk = {"activity": "talk", "mode": "at_school", "title": "Careers talk: starting out in engineering"}
    yield {**terms, **talk, "sessions": [_morning(days[0]), _morning(days[1])]}
    visit = {"activity": "workplace_visit", "mode": "at_workplace", "title": "Visit: behind the scenes at the works"}
    yield {**terms, **visit, "employer_confirms": True, "max_pupils": 30, "sessions": [_morning(days[2])]}


def _morning(day: date) -> Thing:
    return {"date": str(day), "part": "am", "starts": "09:30", "ends": "11:30"}


def _keep(key: str) -> None:
    """For whoever wants to look around: `docker compose exec sample-hub cat /tmp/operator-key`."""
    KEY_FILE.touch(mode=0o600)
    KEY_FILE.write_text(key)


async def main() -> None:
    """Post the sample, then stay: ready once it is posted, so that whoever waits for the system waits for it, too."""
    loaded = settings.load(RegistrySettings)
    stopping, health = asyncio.Event(), Health(starting=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with answering_health(health, loaded.health_host, loaded.health_port):
        key = (await add_operator_key(loaded, "sample hub")).text
        await asyncio.to_thread(_keep, key)
        api = Api(os.environ["ENCOUNTERS_API"], key)
        print(await asyncio.to_thread(post_sample, api, Clock.from_setting(loaded.clock).today()), flush=True)
        health.add("sample", lambda: None)
        await stopping.wait()


if __name__ == "__main__":
    asyncio.run(main())
