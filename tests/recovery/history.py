"""A little history in a town, with something of everything: agreed, declined, asked, withdrawn, delivered, erased."""

from __future__ import annotations

from dataclasses import dataclass

from tests.journeys.town import Thing, Town


@dataclass(frozen=True)
class Asked:
    """A school that was asked whether a match suits it."""

    request: Thing
    match: Thing
    page: str


async def ask(town: Town, school: str, title: str = "A morning in the laboratory") -> Asked:
    """A school asks, an employer of its own offers, and the school is written to."""
    request = await town.request(await town.add_school(f"{school} School"))
    await town.offer(await town.add_employer(f"{school} Works"), title=title)
    match = await town.match_of(request, "proposed")
    return Asked(request, match, await town.link(match, "school"))


async def live(town: Town) -> None:
    """One match confirmed, one delivered, one declined, one asked; one person erased."""
    agreed = await ask(town, "Hill")
    await town.press(agreed.page, "accept")
    await town.match_of(agreed.request, "confirmed")
    declined = await ask(town, "Bank")
    await town.press(declined.page, "decline", reason="date_unsuitable", comment="Mock exams.")
    await town.match_of(declined.request, "declined")
    asked = await ask(town, "Brook")
    await erase_somebody(town, asked.match["employer_id"])

    request, mill = await town.request(await town.add_school("Dale School")), await town.add_employer("Mill")
    await town.offer(mill, days=("2025-11-04",), title="A day at the mill")
    page = await town.link(await town.match_of(request, "proposed"), "school")
    await town.press(page, "accept")
    await town.match_of(request, "confirmed")
    await town.press(page, "delivery", held="yes", pupils="51")
    await town.match_of(request, "delivered")


async def erase_somebody(town: Town, employer_id: str) -> None:
    """Somebody joins the employer and is erased again."""
    person = {"name": "Robin Leaver", "email": town.address("Leaver"), "roles": ["outreach"], "order": 2}
    contact = await town.api.post(f"/v1/employers/{employer_id}/contacts", person)
    await town.api.delete(f"/v1/contacts/{contact['contact_id']}")
