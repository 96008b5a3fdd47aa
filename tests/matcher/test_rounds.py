"""Rounds on a real database: what is heard becomes matches, and what was told is never moved."""

from contracts.matches import Match
from tests.matcher.given_live import Matcher, a_small_hub, id_


async def test_an_offer_and_a_request_become_a_proposed_match(matcher: Matcher) -> None:
    await a_small_hub(matcher)

    done = await matcher.plan()

    assert done is not None
    ((type_, match),) = await matcher.told_matches()
    assert type_ == "match.proposed.v1"
    assert (match.offer_id, match.request_id, match.pupils) == (id_("offer"), id_("request A"), 30)
    assert match.terms.progress[0].percent_after == 100
