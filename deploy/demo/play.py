"""The story: a hub is set up, offers meet requests, schools answer by links in emails, one encounter takes place.

Each step waits for a state of the system, never for a time, and says what it saw.
"""

from __future__ import annotations

import asyncio
import random
import time

from deploy.demo import hub, organisations
from deploy.demo.mails import Mail
from deploy.demo.stage import NotSeen, Stage, Thing, open_page, press, until

OPEN = ("proposed", "accepted", "confirmed")
NOBODY: Thing = {"nobody": "wanted the place"}


async def set_up(stage: Stage, window_seconds: int = 0) -> None:
    """The area, the hub with its clusters, its schools with their year groups, its employers."""
    chance = random.Random(hub.SEED)
    post = stage.operator.post
    stage.area = await post("/v1/areas", {"name": "Hertfordshire"})
    stage.hub = await post("/v1/hubs", organisations.the_hub(stage.area["area_id"], window_seconds))
    clusters = {}
    for key, name in hub.CLUSTERS.items():
        body = {"name": name, "since": "2025-09-01"}
        clusters[key] = (await post(f"/v1/hubs/{stage.hub['hub_id']}/clusters", body))["cluster_id"]
    drawn = [(row, hub.cohorts(row, chance)) for row in hub.read("schools")]
    await asyncio.gather(*(_set_up_school(stage, row, clusters, years) for row, years in drawn))
    await asyncio.gather(*(_set_up_employer(stage, row) for row in hub.read("employers")))
    pupils = sum(cohort["pupils"] for cohort in stage.cohorts.values())
    stage.say(f"The hub has {len(stage.schools)} schools with {pupils:,} pupils, and {len(stage.employers)} employers.")


async def _set_up_school(stage: Stage, row: hub.Row, clusters: dict[str, str], years: list[Thing]) -> None:
    school = await stage.operator.post("/v1/schools", organisations.school(row))
    path = f"/v1/schools/{school['school_id']}"
    place = {"hub_id": stage.hub["hub_id"], "cluster_id": clusters[row["cluster"]], "since": "2025-09-01"}
    await stage.operator.post(f"{path}/memberships", place)
    for contact in organisations.school_contacts(row):
        await stage.operator.post(f"{path}/contacts", contact)
    for cohort in years:
        stage.cohorts[row["urn"], cohort["year"]] = await stage.operator.post(f"{path}/cohorts", cohort)
    stage.schools[row["urn"]] = school


async def _set_up_employer(stage: Stage, row: hub.Row) -> None:
    employer = await stage.operator.post("/v1/employers", organisations.employer(row, stage.area, stage.hub))
    contacts = f"/v1/employers/{employer['employer_id']}/contacts"
    await stage.operator.post(contacts, organisations.employer_contact(row))
    key = await stage.operator.post(
        "/v1/keys", {"role": "employer", "organisation_id": employer["employer_id"], "label": "demonstration"}
    )
    stage.employers[row["employer_id"]] = {**employer, "key": key["key"]}


async def post_everything(stage: Stage, asks: list[hub.Ask], promises: list[hub.Promise]) -> None:
    """Schools ask first, then every employer posts with its own key; the matcher plans meanwhile."""
    stage.requests = list(await asyncio.gather(*(_ask(stage, ask) for ask in asks)))
    stage.say(f"Schools have posted {len(stage.requests)} requests, each for one year group.")
    stage.offers = list(await asyncio.gather(*(_promise(stage, promise) for promise in promises)))
    sessions = sum(len(offer["sessions"]) for offer in stage.offers)
    stage.say(f"Employers have posted {len(stage.offers)} offers with {sessions} possible sessions.")


async def _ask(stage: Stage, ask: hub.Ask) -> Thing:
    cohort = stage.cohorts[ask.urn, ask.year]
    whose = {"school_id": stage.schools[ask.urn]["school_id"], "cohort_id": cohort["cohort_id"]}
    return await stage.operator.post("/v1/requests", {**whose, **ask.body})


async def _promise(stage: Stage, promise: hub.Promise) -> Thing:
    employer = stage.employers[promise.employer]
    body = {"employer_id": employer["employer_id"], **promise.body}
    return await stage.operator.with_key(employer["key"]).post("/v1/offers", body)


async def first_email(stage: Stage) -> Mail:
    """The first match email in the catcher."""

    async def look() -> Mail | None:
        found = await stage.mails.all()
        return found[0] if found else None

    return await until("the first email", look)


async def last_round(stage: Stage) -> Thing:
    """The first round that knew every offer and every request."""

    async def look() -> Thing | None:
        rounds = await stage.operator.all(f"/v1/areas/{stage.area['area_id']}/rounds")
        wanted = (len(stage.offers), len(stage.requests))
        whole = [r for r in rounds if (r["counts"]["offers"], r["counts"]["requests"]) == wanted]
        return min(whole, key=lambda r: r["started_at"], default=None)

    return await until("a round over all offers and requests", look)


async def everybody_written_to(stage: Stage) -> list[Thing]:
    """The proposed matches, once an email with a link to each lies in the catcher."""

    async def look() -> list[Thing] | None:
        proposed = await stage.matches("proposed")
        letters = await stage.mails.links_by_school()
        return proposed if proposed and len(letters) >= len(proposed) else None

    return await until("an email for every proposed match", look)


async def decline_and_rematch(stage: Stage) -> tuple[Thing, Thing, float]:
    """A school declines by the link in its email, the place goes to another: both matches, and the seconds."""
    for match in await _scarce(stage):
        before = {m["match_id"] for m in await stage.matches()}
        page = await open_page(stage, match)
        await press(stage, page, "decline", {"reason": "date_unsuitable", "comment": ""})
        began = time.monotonic()

        async def look(match: Thing = match, before: set[str] = before) -> Thing | None:
            found = [m for m in await stage.matches(*OPEN) if m["match_id"] not in before]
            again = next((m for m in found if m["offer_id"] == match["offer_id"]), None)
            return again or (NOBODY if await _planned_since(stage, match) else None)

        again = await until("a new match after the decline", look)
        if again is not NOBODY:
            return match, again, time.monotonic() - began
    raise NotSeen("No declined place went to another school.")


async def _scarce(stage: Stage) -> list[Thing]:
    """Proposed matches, those with the most competitors first: requests for the same activity that have nothing."""
    proposed = await stage.matches("proposed")
    served = {match["request_id"] for match in proposed}
    waiting = [request for request in stage.requests if request["request_id"] not in served]

    def competitors(match: Thing) -> int:
        return sum(match["terms"]["activity"] in request["activities"] for request in waiting)

    visits = [match for match in proposed if match["terms"]["activity"] == "workplace_visit"]
    return sorted(visits, key=competitors, reverse=True)[:6]


async def _planned_since(stage: Stage, match: Thing) -> bool:
    """Whether a round has run after the match was declined."""
    declined = await stage.match(match["match_id"])
    if declined["state"] != "declined":
        return False
    rounds = await stage.operator.all(f"/v1/areas/{stage.area['area_id']}/rounds")
    return any(r["started_at"] > declined["history"][-1]["at"] for r in rounds)


async def accept_and_confirm(stage: Stage) -> Thing:
    """A school accepts a visit, the employer is asked and confirms: both by the links in their emails."""
    visits = [m for m in await stage.matches("proposed") if m["terms"]["activity"] == "workplace_visit"]
    match = visits[0]
    await press(stage, await open_page(stage, match), "accept", {})
    asked = await stage.mails.link_of(match, "employer", until)
    await press(stage, asked, "accept", {})
    return await _reaches(stage, match, "confirmed")


async def deliver(stage: Stage) -> tuple[Thing, Thing, Thing]:
    """A talk this afternoon: posted, matched, accepted, held; the match, and the progress before and after."""
    row = next(school for school in hub.read("schools") if school["phase"] == "secondary" and int(school["y9"]))
    ask = hub.asks_for_this_afternoon(row, await _free_year(stage, row))
    request = await _ask(stage, ask)
    stage.requests.append(request)
    offer = await _promise(stage, hub.this_afternoon(hub.read("employers")[0]))
    stage.offers.append(offer)

    async def look() -> Thing | None:
        return next((m for m in await stage.matches("proposed") if m["offer_id"] == offer["offer_id"]), None)

    match = await until("a match for this afternoon", look)
    before = await _progress(stage, match)
    await press(stage, await open_page(stage, match), "accept", {})
    await _reaches(stage, match, "confirmed")
    await press(stage, await open_page(stage, match), "delivery", {"held": "yes", "pupils": str(match["pupils"] - 2)})
    delivered = await _reaches(stage, match, "delivered")

    async def look_again() -> Thing | None:
        after = await _progress(stage, match)
        return after if after != before else None

    return delivered, before, await until("the year group's new progress", look_again)


async def _free_year(stage: Stage, row: hub.Row) -> int:
    asked = {request["cohort_id"] for request in stage.requests}
    return next(
        year
        for (urn, year), cohort in sorted(stage.cohorts.items())
        if urn == row["urn"] and cohort["cohort_id"] not in asked
    )


async def _progress(stage: Stage, match: Thing) -> Thing:
    found = await stage.operator.get(f"/v1/schools/{match['school_id']}/progress")
    return next(row for row in found["items"] if row["cohort_id"] == match["cohort_id"] and row["benchmark"] == "gb5")


async def _reaches(stage: Stage, match: Thing, state: str) -> Thing:
    async def look() -> Thing | None:
        found = await stage.match(match["match_id"])
        return found if found["state"] == state else None

    return await until(f"a match that is {state}", look)
