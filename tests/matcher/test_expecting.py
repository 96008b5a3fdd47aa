"""What a round may expect of its area: former years where it has them, else a year made up, and believed less."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from services.matcher import reading
from services.matcher.area import AreaMemory
from services.matcher.expecting import ahead_of, newly_come
from services.matcher.look_ahead.patience import NEVER
from services.matcher.look_ahead.prior import GUESSING, WAITS
from services.matcher.look_ahead.terms import Terms
from services.matcher.past import Past
from tests.matcher.given_live import AREA, TUESDAY, a_hub, a_live_match, a_request, a_school, an_employer, an_offer, id_
from tests.matcher.given_past import LOOKING, the_past


def an_area(past: Past | None = None, now: datetime = TUESDAY) -> AreaMemory:
    """Schools A and B, of which A asks; one offer."""
    schools, offer, request = (a_school(), a_school("school B")), an_offer(), a_request()
    return AreaMemory(
        area_id=AREA,
        news=1,
        now=now,
        hubs={id_("hub"): a_hub(policy=LOOKING)},
        schools={school.school_id: school for school in schools},
        employers={id_("employer"): an_employer()},
        offers={offer.offer_id: offer},
        requests={request.request_id: request},
        matches=(),
        versions={},
        causes={one: (TUESDAY, UUID(int=1)) for one in (offer.offer_id, request.request_id)},
        past=past,
    )


def test_a_former_year_is_expected_again() -> None:
    memory = an_area(Past(tuple(the_past())))
    ahead = ahead_of(memory, reading.read(memory), 20)
    assert ahead is not None
    assert ([year.id for year in ahead.years], ahead.terms) == (["before-1"], Terms())
    assert [request.school for request in ahead.years[0].instance.requests] == [str(id_("school B"))]
    assert {school.id for school in ahead.schools} == {str(id_("school A")), str(id_("school B"))}


def test_an_area_without_a_former_year_makes_one_up_and_believes_it_less() -> None:
    memory = an_area(Past())
    ahead = ahead_of(memory, reading.read(memory), 20)
    assert ahead is not None
    assert ([year.id for year in ahead.years], ahead.terms) == (["prior-1", "prior-2"], GUESSING)
    silent = {request.school for year in ahead.years for request in year.instance.requests}
    assert silent <= {str(id_("school B"))}
    assert ahead.waits == WAITS


def test_nothing_is_expected_for_a_repair_or_where_the_hub_does_not_look_ahead() -> None:
    memory = an_area(Past())
    off = replace(memory, hubs={id_("hub"): a_hub(policy=LOOKING.model_copy(update={"look_ahead": False}))})
    problem = reading.read(memory)
    assert ahead_of(an_area(None), problem, 20) is None
    assert ahead_of(off, problem, 20) is None


def test_declines_count_the_more_the_more_there_are() -> None:
    shares = []
    for yes, no in ((0, 0), (30, 30), (3000, 3000)):
        memory = an_area(Past(tuple(the_past()), yes, no))
        ahead = ahead_of(memory, reading.read(memory), 20)
        assert ahead is not None
        shares.append(round(ahead.decline_share, 2))
    assert shares == [0.2, 0.4, 0.5]


def test_patience_is_learnt_from_offers_that_nobody_used() -> None:
    """Withdrawn after so many days; never, where its days passed first; nothing, where it was used."""
    offers = [one for one in the_past() if one.kind == "offer"]
    gone = [replace(one, gone_at=one.arrived_at + timedelta(days=9)) for one in offers[:20]]
    used = [replace(one, was_used=True) for one in offers[20:25]]
    memory = an_area(Past((*gone, *used, *offers[25:])))
    ahead = ahead_of(memory, reading.read(memory), 20)
    assert ahead is not None
    assert sorted(ahead.waits) == [*[9 * 1440] * 20, *[NEVER] * 5]


def test_what_came_is_noted_once_and_places_held_for_others_are_not_requests() -> None:
    memory = an_area(Past())
    elsewhere = a_live_match("accepted", area_id=id_("other area"), request_id=id_("request of others"))
    problem = reading.read(replace(memory, matches=(elsewhere,)))
    came = list(newly_come(memory, problem))
    assert {(one.kind, one.id) for one in came} == {("offer", id_("offer")), ("request", id_("request A"))}
    assert list(newly_come(replace(memory, past=Past(tuple(came))), problem)) == []
