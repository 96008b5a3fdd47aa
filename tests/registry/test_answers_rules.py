import datetime as dt

import pytest

from contracts.answers import Answer, Cancelled, Said
from contracts.offers import Offer
from contracts.requests import SchoolRequest
from services.plumbing.postgres import transaction
from services.plumbing.uuids import uuid7
from services.registry.api.authority import act_for_organisation
from services.registry.domain.answers import SaidBefore, Standing, reply
from services.registry.domain.keys import Caller
from services.registry.domain.mistakes import NotFound
from services.registry.pages.sights import Sight
from services.registry.pages.words import words
from tests.registry.given_matches import NOW, World
from tests.registry.given_offers import a_match, a_request, an_offer

OPEN = Standing("open", 1, "open", 1)


@pytest.mark.parametrize(
    "weighed, amended",
    [((2, 3), (2, 3)), ((2, 3), (3, 3)), ((2, 3), (2, 4)), ((None, None), (2, 3))],
)
def test_an_amendment_that_a_match_was_not_weighed_against_moves_its_terms(
    weighed: tuple[int | None, int | None], amended: tuple[int, int]
):
    offer: Offer = an_offer()
    request: SchoolRequest = a_request()
    match = a_match(offer, request).model_copy(
        update={"offer_terms_version": weighed[0], "request_terms_version": weighed[1]}
    )

    assert Standing("open", amended[0], "open", amended[1]).has_moved_past(match) == (
        None not in weighed and weighed != amended
    )


def test_a_verdict_that_is_not_known_holds_and_its_page_says_that_it_is_recorded():
    match = a_match(an_offer(), a_request()).model_copy(update={"state": "proposed"})
    newer = Said(verdict="newer", at=NOW, terms_version=1)
    before = Answer(match_id=match.match_id, school=newer)

    with pytest.raises(SaidBefore, match="answered on"):
        reply(match, before, OPEN, "school", newer.model_copy(update={"verdict": "accepted"}))
    sight = Sight(match, before, OPEN, "school", NOW.date() - dt.timedelta(days=365))
    assert sight.page == "recorded"


def test_whoever_called_a_match_off_its_page_can_be_shown():
    match = a_match(an_offer(), a_request())
    answer = Answer(match_id=match.match_id, cancelled=Cancelled(by="newer", reason="newer", at=NOW))

    assert words(Sight(match, answer, OPEN, "school", NOW.date()))["by"] == "Somebody"


async def test_nobody_may_act_for_an_organisation_of_a_kind_that_is_not_known(world: World):
    operator = Caller(key_id=uuid7(), role="operator", organisation_id=uuid7())
    async with transaction(world.registry.pool) as tx:
        with pytest.raises(NotFound):
            await act_for_organisation(tx, operator, "newer", world.ids["school_id"], NOW.date())
