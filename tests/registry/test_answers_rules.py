import pytest

from contracts.offers import Offer
from contracts.requests import SchoolRequest
from services.registry.domain.answers import Standing
from tests.registry.given_offers import a_match, a_request, an_offer


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
