import asyncio
from typing import Any
from uuid import UUID

import pytest

from contracts.answers import Said
from contracts.matches import Match
from contracts.offers import Offer
from contracts.requests import SchoolRequest
from services.plumbing.postgres import transaction
from services.registry import answering
from services.registry.domain.answers import TermsMoved
from services.registry.store.matches import remember_match
from services.registry.store.offers import KeptOffer, keep_offer, lock_offer
from tests.registry.given import Registry
from tests.registry.given_offers import NOW, a_match, a_request_said, a_session, an_offer_said
from tests.registry.given_seeds import Town, a_town, someone_waits_for_a_lock

YES = Said(verdict="accepted", at=NOW, terms_version=1)


@pytest.fixture
async def town(registry: Registry) -> Town:
    return await a_town(registry)


async def published(town: Town, **changes: Any) -> dict[str, Any]:
    return await town.registry.made("/v1/offers", an_offer_said(**changes), key=town.employer_key)


async def heard(town: Town, offer: dict[str, Any], **changes: Any) -> Match:
    """A match of `offer` with a request of the town's school, as the matcher would tell it."""
    asked = await town.registry.made("/v1/requests", a_request_said(cohort_id=town.cohort), key=town.school_key)
    match = a_match(Offer.model_validate(offer), SchoolRequest.model_validate(asked), **changes)
    async with transaction(town.registry.pool) as tx:
        await remember_match(tx, match, 1)
    return match


async def test_an_offer_is_published_and_read_as_it_was_told(town: Town):
    answer = await town.registry.post("/v1/offers", an_offer_said(reference="R-1"), key=town.employer_key)

    offer = answer.json()
    path = f"/v1/offers/{offer['offer_id']}"
    assert (answer.status_code, answer.headers["location"], answer.headers["etag"]) == (201, path, '"1"')
    assert offer.pop("warnings") == []
    assert (offer["employer_id"], offer["areas"], offer["reference"]) == (town.employer, [town.area], "R-1")
    assert offer["place"]["lat"] == pytest.approx(51.9, abs=0.05)
    assert await town.registry.said("offers") == [("offer.published.v1", offer)]
    read = await town.registry.get(path, key=town.employer_key)
    assert (read.json(), read.headers["etag"]) == (offer, '"1"')


async def test_what_may_disappoint_comes_with_the_answer(town: Town):
    offer = await published(town, learning_outcomes=[], sessions=[a_session("2026-12-22")])

    assert [warning["pointer"] for warning in offer["warnings"]] == ["#/sessions/0/date", "#/learning_outcomes"]


async def test_a_reference_is_never_used_twice(town: Town):
    first = await published(town, reference="R-1")
    path = f"/v1/offers/{first['offer_id']}/withdraw"
    await town.registry.post(path, {"reason": "other"}, key=town.employer_key, version=1)

    again = await town.registry.post("/v1/offers", an_offer_said(reference="R-1"), key=town.employer_key)

    assert (again.status_code, again.json()["offer_id"]) == (409, first["offer_id"])
    elsewhere = await a_town(town.registry)
    assert (await published(elsewhere, reference="R-1"))["offer_id"] != first["offer_id"]


async def test_ten_at_once_with_one_reference_make_one_offer(town: Town):
    said = an_offer_said(reference="R-1")

    answers = await asyncio.gather(*(town.registry.post("/v1/offers", said, key=town.employer_key) for _ in range(10)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    assert len({answer.json()["offer_id"] for answer in answers}) == 1
    assert len(await town.registry.said("offers")) == 1


async def test_an_amendment_keeps_ids_and_tells_the_whole_offer(town: Town):
    offer = await published(town)
    path = f"/v1/offers/{offer['offer_id']}"
    kept = {session["date"]: session["session_id"] for session in offer["sessions"]}
    sessions = [a_session("2026-11-10"), a_session("2026-11-24")]

    answer = await town.registry.patch(path, {"sessions": sessions}, key=town.employer_key, version=1)

    amended = answer.json()
    amended.pop("warnings")
    assert (answer.status_code, answer.headers["etag"], amended["terms_version"]) == (200, '"2"', 2)
    states = {session["date"]: (session["session_id"], session["state"]) for session in amended["sessions"]}
    assert states["2026-11-10"] == (kept["2026-11-10"], "open")
    assert states["2026-11-12"] == (kept["2026-11-12"], "cancelled")
    assert states["2026-11-24"][1] == "open"
    assert (await town.registry.said("offers"))[-1] == ("offer.amended.v1", amended)
    assert (await town.registry.get(path, key=town.employer_key)).json() == amended


async def test_what_was_left_out_follows_anew_from_an_amendment(town: Town):
    offer = await published(town)
    path = f"/v1/offers/{offer['offer_id']}"

    async def amended(version: int, **change: Any) -> dict[str, Any]:
        answer = await town.registry.patch(path, change, key=town.employer_key, version=version)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    as_project = await amended(1, activity="project", mode="virtual", benchmarks=["gb5"], years=[9])
    assert (as_project["counts_to"], as_project["years"]) == ({"gb5": 1}, [9])
    again = await amended(2, activity="mock_interview", mode="virtual", years=None)
    assert again["years"] == [10, 11, 12, 13]
    moved = await amended(3, place={"postcode": "AL1 1AA", "lat": 51.7, "lon": -0.3})
    assert (moved["place"]["lat"], moved["place"]["address"]) == (51.7, "1 Works Road, Stevenage")
    back = await amended(4, place={"postcode": "SG1 1EN"})
    assert back["place"]["lat"] == offer["place"]["lat"]


async def test_a_change_that_changes_nothing_is_no_new_version(town: Town):
    offer = await published(town)
    same = {"title": offer["title"], "max_sessions": 2, "sessions": [a_session("2026-11-12"), a_session("2026-11-10")]}

    answer = await town.registry.patch(f"/v1/offers/{offer['offer_id']}", same, key=town.employer_key, version=1)

    assert (answer.status_code, answer.headers["etag"]) == (200, '"1"')
    assert len(await town.registry.said("offers")) == 1


async def test_of_two_changes_of_one_version_the_second_is_refused(town: Town):
    offer = await published(town)
    path = f"/v1/offers/{offer['offer_id']}"
    titles = [f"Title number {n}" for n in range(5)]

    answers = await asyncio.gather(
        *(town.registry.patch(path, {"title": title}, key=town.employer_key, version=1) for title in titles)
    )

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412]


async def test_a_withdrawn_offer_is_told_and_stays_withdrawn(town: Town):
    offer = await published(town)
    path = f"/v1/offers/{offer['offer_id']}"

    answer = await town.registry.post(f"{path}/withdraw", {"reason": "site_closed"}, key=town.employer_key, version=1)

    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert (answer.json()["state"], answer.json()["reason"]) == ("withdrawn", "site_closed")
    assert (await town.registry.said("offers"))[-1] == ("offer.withdrawn.v1", answer.json())


async def test_lists_come_page_by_page_and_by_filter(town: Town):
    made = [await published(town, reference=f"R-{n}") for n in range(5)]
    ids = [offer["offer_id"] for offer in made]
    path = f"/v1/offers/{ids[0]}/withdraw"
    await town.registry.post(path, {"reason": "other"}, key=town.employer_key, version=1)

    async def listed(query: str) -> list[str]:
        answer = await town.registry.get(f"/v1/offers?{query}", key=town.employer_key)
        return [offer["offer_id"] for offer in answer.json()["items"]]

    first = (await town.registry.get("/v1/offers?limit=2", key=town.employer_key)).json()
    assert [offer["offer_id"] for offer in first["items"]] == ids[:2]
    assert await listed(f"limit=2&cursor={first['next']}") == ids[2:4]
    assert await listed("state=withdrawn") == ids[:1]
    assert await listed("reference=R-3") == [ids[3]]
    assert await listed("reference=%00R-3%20") == [ids[3]]
    assert await listed(f"employer_id={town.employer}&state=open") == ids[1:]
    assert await listed(f"area_id={town.area}") == ids
    assert await listed(f"area_id={town.employer}") == []


async def test_offers_are_read_by_those_whose_area_they_serve(town: Town):
    elsewhere = await a_town(town.registry)
    here, there = await published(town), await published(elsewhere, areas=[elsewhere.area, town.area, town.area])
    only_there = await published(elsewhere)

    async def visible(key: str) -> set[str]:
        answer = await town.registry.get("/v1/offers", key=key)
        ids = {offer["offer_id"] for offer in answer.json()["items"]}
        for offer_id in ids:
            assert (await town.registry.get(f"/v1/offers/{offer_id}", key=key)).status_code == 200
        return ids

    assert there["areas"] == [elsewhere.area, town.area]
    both = {here["offer_id"], there["offer_id"]}
    assert await visible(town.hub_key) == both
    assert await visible(town.school_key) == both
    assert await visible(town.employer_key) == {here["offer_id"]}
    assert await visible(town.registry.operator) == both | {only_there["offer_id"]}


async def test_an_operator_publishes_for_an_employer(town: Town):
    offer = await town.registry.made("/v1/offers", an_offer_said(employer_id=town.employer, contact_id=town.contact))

    assert (offer["employer_id"], offer["contact_id"]) == (town.employer, town.contact)


@pytest.mark.parametrize("kind", ["offers", "requests"])
async def test_an_erased_contact_does_not_stand_in_the_way_of_an_amendment(town: Town, kind: str):
    said, contact = {
        "offers": (an_offer_said(employer_id=town.employer, contact_id=town.contact), town.contact),
        "requests": (
            a_request_said(school_id=town.school, cohort_id=town.cohort, contact_id=town.school_contact),
            town.school_contact,
        ),
    }[kind]
    made = await town.registry.post(f"/v1/{kind}", said)
    path = made.headers["location"]
    await town.registry.delete(f"/v1/contacts/{contact}")

    named = await town.registry.patch(path, {"contact_id": contact}, version=1)
    other = await town.registry.patch(path, {"notice_days": 9}, version=1)

    assert (named.status_code, named.json()["errors"][0]["pointer"]) == (422, "#/contact_id")
    assert (other.status_code, other.json()["contact_id"], other.json()["notice_days"]) == (200, None, 9)


async def test_a_preview_tells_what_a_change_would_end_and_changes_nothing(town: Town):
    offer = await published(town, min_pupils=1)
    match = await heard(town, offer, state="confirmed", pupils=20)
    path = f"/v1/offers/{offer['offer_id']}/preview"

    async def previewed(**plan: Any) -> dict[str, Any]:
        answer = await town.registry.post(path, plan, key=town.employer_key)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    smaller = await previewed(amend={"max_pupils": 19})
    reworded = await previewed(amend={"title": "Another title"})
    withdrawn = await previewed(withdraw={"reason": "site_closed"})

    (ending,) = smaller["would_end"]
    assert (ending["match_id"], ending["reason"], ending["pupils"]) == (str(match.match_id), "fewer_places", 20)
    assert ending["reason_text"] == "The employer reduced the places"
    assert (smaller["ends_by_state"], smaller["new_terms"], smaller["would_stay"]) == ({"confirmed": 1}, True, [])
    assert [stays["match_id"] for stays in reworded["would_stay"]] == [str(match.match_id)]
    assert (reworded["would_end"], reworded["new_terms"]) == ([], False)
    assert [ends["reason"] for ends in withdrawn["would_end"]] == ["offer_withdrawn"]
    assert len(await town.registry.said("offers")) == 1
    assert (await town.registry.get(path.removesuffix("/preview"))).headers["etag"] == '"1"'


async def test_an_amendment_waits_for_an_answer_that_is_being_given(town: Town):
    offer = await published(town, min_pupils=1)
    match = await heard(town, offer)
    path = f"/v1/offers/{offer['offer_id']}"

    async with transaction(town.registry.pool) as answering_tx:
        await answering.reply(answering_tx, match.match_id, "school", YES, town.registry.clock)
        change = town.registry.patch(path, {"max_pupils": 20}, key=town.employer_key, version=1)
        amending = asyncio.create_task(change)
        await someone_waits_for_a_lock(town.registry.pool)
        assert not amending.done()

    assert (await amending).status_code == 200
    assert [type_ for type_, _ in await town.registry.said("answers", "offers")] == [
        "offer.published.v1",
        "answer.accepted.v1",
        "offer.amended.v1",
    ]


async def test_an_answer_waits_for_an_amendment_and_then_does_not_hold(town: Town):
    offer = await published(town, min_pupils=1)
    match = await heard(town, offer)
    offer_id = UUID(offer["offer_id"])

    async def answer() -> None:
        async with transaction(town.registry.pool) as tx:
            await answering.reply(tx, match.match_id, "school", YES, town.registry.clock)

    async with transaction(town.registry.pool) as tx:
        kept = await lock_offer(tx, offer_id)
        replying = asyncio.create_task(answer())
        await someone_waits_for_a_lock(town.registry.pool)
        amended = kept.offer.model_copy(update={"terms_version": 2})
        await keep_offer(tx, KeptOffer(amended, 2, kept.said))

    with pytest.raises(TermsMoved):
        await replying
    assert await town.registry.said("answers") == []
