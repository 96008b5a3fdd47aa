"""Links: who gets in, what leaks, and what a link that leads nowhere shows."""

import datetime as dt
import itertools
import re
from uuid import uuid4

import pytest

from services.plumbing.uuids import uuid7
from services.registry.api.rates import Rates
from tests.registry.given_matches import NOW, World

ERASED = "UPDATE own.contacts SET state = 'erased', name = '', email = '' WHERE contact_id = '{}'"


async def test_a_page_leaks_nothing_and_needs_no_script(world: World) -> None:
    page = await world.registry.http.get(world.link(await world.a_match()))

    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert "noindex" in page.headers["x-robots-tag"]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert "style=" not in page.text
    assert re.findall(r'(?:src|href|action)="(?!/|#|mailto:)', page.text) == []


async def test_every_file_that_a_page_links_to_is_served(world: World) -> None:
    page = (await world.registry.http.get(world.link(await world.a_match()))).text

    files = {path: await world.registry.http.get(path) for path in re.findall(r'"(/pages/[^"]+)"', page)}

    assert {answer.status_code for answer in files.values()} == {200}
    assert {answer.headers["content-type"] for answer in files.values()} == {"text/css; charset=utf-8", "image/svg+xml"}
    assert (await world.registry.http.get("/pages/match.html")).status_code == 404


async def test_a_match_not_heard_of_yet_shows_one_moment(world: World) -> None:
    link = world.link(world.match())

    for answer in (await world.registry.http.get(link), await world.press(link, "accept")):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
        assert "One moment" in answer.text


async def test_a_link_that_is_not_ours_shows_a_page_and_nothing_else(world: World) -> None:
    match = await world.a_match()
    good, before = world.link(match), await world.everything()
    changed = good[:-1] + ("A" if good[-1] != "A" else "B")
    links = ("/m/x", "/m/" + "A" * 110, "/m/%00", changed, world.link(match, "unsubscribe").replace("/u/", "/m/"))

    for link, (method, act) in itertools.product(links, (("GET", ""), ("HEAD", ""), ("POST", "/accept"))):
        answer = await world.registry.http.request(method, link + act)
        assert answer.status_code == 404
        assert "text/html" in answer.headers["content-type"]
        assert "Lea Valley" not in answer.text
    assert await world.everything() == before


async def test_a_link_that_is_opened_over_and_over_is_asked_to_wait(world: World) -> None:
    one, other = world.link(await world.a_match()), world.link(await world.a_match())
    world.registry.app.state.link_rates = Rates(per_second=0.001, burst=2)

    answers = [await world.registry.http.get(one) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["retry-after"] == "10"
    assert "One moment" in answers[2].text
    assert (await world.registry.http.get(other)).status_code == 200


async def test_a_link_that_has_run_out_says_so_and_does_nothing(world: World) -> None:
    match = await world.a_match()
    link, before = world.link(match, expires=NOW), await world.everything()

    for answer in (await world.registry.http.get(link), await world.press(link, "accept")):
        assert answer.status_code == 410
        assert "run out" in answer.text
    assert await world.everything() == before


async def test_a_link_of_somebody_erased_is_no_longer_in_use(world: World) -> None:
    match = await world.a_match()
    await world.change(ERASED.format(world.ids["teacher"]))

    for answer in (
        await world.registry.http.get(world.link(match)),
        await world.press(world.link(match), "accept"),
        await world.registry.http.get(world.link(match, contact_id=uuid4())),
        await world.registry.http.post(world.link(match, "unsubscribe")),
    ):
        assert answer.status_code == 410
        assert "no longer in use" in answer.text


async def test_the_address_of_an_act_leads_back_to_the_page(world: World) -> None:
    link = world.link(await world.a_match())

    back = await world.registry.http.get(f"{link}/accept")
    unknown = await world.press(link, "explode")

    assert (back.status_code, back.headers["location"]) == (303, link)
    assert unknown.status_code == 404


async def test_the_calendar_file_is_there_once_the_match_is_confirmed(world: World) -> None:
    proposed, confirmed = await world.a_match(), await world.a_match("confirmed")
    await world.heard(confirmed, "match.noted.v1", version=4)

    early = await world.registry.http.get(f"{world.link(proposed)}/calendar.ics")
    file = await world.registry.http.get(f"{world.link(confirmed)}/calendar.ics")

    assert early.status_code == 303
    assert file.headers["content-type"].startswith("text/calendar")
    lines = file.text.replace("\r\n ", "").splitlines()
    assert f"UID:{confirmed.match_id}@encounters" in lines
    assert "SEQUENCE:4" in lines
    assert "DTSTART;TZID=Europe/London:20261110T093000" in lines
    assert "BEGIN:VTIMEZONE" in lines
    assert "SUMMARY:A morning at the waterworks (Lea Valley Water)" in lines


async def test_a_week_is_one_entry_that_repeats_on_weekdays(world: World) -> None:
    terms = world.match().terms.model_copy(update={"end_date": dt.date(2026, 11, 13)})
    match = await world.a_match("confirmed", terms=terms)

    file = await world.registry.http.get(f"{world.link(match)}/calendar.ics")
    page = await world.registry.http.get(world.link(match))

    assert "RRULE:FREQ=DAILY;UNTIL=20261113T120000Z;BYDAY=MO,TU,WE,TH,FR" in file.text.replace("\r\n ", "")
    assert "Tuesday 10 November 2026 to Friday 13 November 2026" in page.text


async def test_one_click_stops_emails_without_a_page_in_between(world: World) -> None:
    link = world.link(world.match(), "unsubscribe")

    looked = await world.registry.http.get(link)
    assert await world.registry.said("contacts") == []
    first = await world.registry.http.post(link, data={"List-Unsubscribe": "One-Click"})
    again = await world.registry.http.post(link, data={"List-Unsubscribe": "One-Click"})
    shown = await world.registry.http.get(link)

    assert "Stop all emails to you?" in looked.text
    assert [first.status_code, again.status_code] == [200, 200]
    assert "You get no more emails from us" in shown.text
    ((_, contact),) = await world.registry.said("contacts")
    assert (contact["contact_id"], contact["unsubscribed"]) == (str(world.ids["teacher"]), True)


async def test_a_link_to_a_match_stops_no_emails(world: World) -> None:
    match = await world.a_match()

    answer = await world.registry.http.post(world.link(match).replace("/m/", "/u/"))

    assert answer.status_code == 404
    assert await world.registry.said("contacts") == []


async def test_an_address_that_nobody_could_guess_is_not_logged(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    link = world.link(await world.a_match(match_id=uuid7()))

    await world.registry.http.get(link)
    await world.press(link, "accept")

    out, err = capfd.readouterr()
    assert link.removeprefix("/m/") not in out + err
