"""The main job, end to end: an offer posted through the API becomes an email that a school answers."""

import pytest

from tests.journeys.town import Town

pytestmark = pytest.mark.delivery


async def test_an_offer_becomes_a_delivered_encounter(town: Town) -> None:
    school, employer = await town.add_school("Hill School"), await town.add_employer()
    request = await town.request(school)
    await town.offer(employer, days=("2025-11-04",), employer_confirms=True)

    match = await town.match_of(request, "proposed")
    page = await town.link(match, "school")
    assert (await town.pages.get(page)).status_code == 200
    assert (await town.press(page, "accept")).is_success
    await town.match_of(request, "accepted")
    asked = await town.link(match, "employer")
    assert (await town.press(asked, "accept")).is_success
    await town.match_of(request, "confirmed")
    invitation = await town.email_to("Hill School", "confirmed")
    await town.email_to("Works", "confirmed")
    assert (await town.press(page, "delivery", held="yes", pupils="58")).is_success
    delivered = await town.match_of(request, "delivered")

    assert delivered["pupils"] == 58
    assert [step["state"] for step in delivered["history"]] == ["proposed", "accepted", "confirmed", "delivered"]
    assert "text/calendar" in await town.mails.types_in(invitation)
    progress = await town.api.get(f"/v1/schools/{school['school_id']}/progress")
    (gb5,) = [row for row in progress["items"] if row["benchmark"] == "gb5"]
    assert (gb5["credits"], gb5["target"]) == (58, 60)


async def test_a_declined_place_goes_to_the_next_school(town: Town) -> None:
    behind, ahead = await town.add_school("Low School"), await town.add_school("High School", met=30)
    employer = await town.add_employer()
    first, second = await town.request(behind), await town.request(ahead)
    await town.offer(employer)
    match = await town.match_of(first, "proposed")
    assert await town.emails_to("High School") == []

    await town.press(await town.link(match, "school"), "decline", reason="date_unsuitable", comment="Mock exams.")

    other = await town.match_of(second, "proposed")
    assert other["session_id"] == match["session_id"]
    await town.link(other, "school")
    declined = await town.match_of(first, "declined")
    assert (declined["reason"], declined["ended_by"]) == ("date_unsuitable", "school")


async def test_looking_at_a_link_changes_nothing(town: Town) -> None:
    school, employer = await town.add_school("Hill School"), await town.add_employer()
    request = await town.request(school)
    await town.offer(employer)
    match = await town.match_of(request, "proposed")
    page = await town.link(match, "school")

    for method in ("GET", "HEAD", "GET", "HEAD", "GET"):
        assert (await town.pages.request(method, page)).status_code == 200

    assert (await town.api.get(f"/v1/matches/{match['match_id']}"))["state"] == "proposed"
    assert (await town.press(page, "accept")).is_success
    assert (await town.press(page, "accept")).is_success
    confirmed = await town.match_of(request, "confirmed")
    assert [step["state"] for step in confirmed["history"]].count("accepted") == 1


async def test_a_withdrawn_offer_tells_the_school_that_accepted(town: Town) -> None:
    school, employer = await town.add_school("Hill School"), await town.add_employer()
    request = await town.request(school)
    offer = await town.offer(employer)
    match = await town.match_of(request, "proposed")
    await town.press(await town.link(match, "school"), "accept")
    await town.email_to("Hill School", "confirmed")

    await town.api.post(f"/v1/offers/{offer['offer_id']}/withdraw", {"reason": "site_closed"}, version=1)

    ended = await town.match_of(request, "withdrawn")
    assert ended["ended_by"] == "employer"
    await town.email_to("Hill School", "withdrawn")
