"""What a match tells: terms, progress, reasons."""

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest

from contracts.matches import Terms
from services.matcher import sentences, terms
from services.matcher.looking import Comparison, Look, Would
from services.matcher.terms import Sides, Worked
from tests.matcher.given_live import (
    VISIT_DAY,
    a_live_match,
    a_request,
    a_school,
    a_session,
    an_employer,
    an_offer,
    id_,
    told_terms,
)

COMPARED = Comparison(candidates=4, further_behind=1, nearer=2, km=7, preference=50, lacking={"gb5": 120, "gb6": 300})


def the_sides(**of_offer: Any) -> Sides:
    offer, school = an_offer(**of_offer), a_school()
    return Sides(offer, offer.sessions[0], an_employer(), a_request(), school, school.cohorts[0])


def test_terms_tell_who_what_when_and_where() -> None:
    told = told_terms()

    assert (told.employer_name, told.school_name, told.cohort_label) == ("employer", "school A", "Year 10")
    assert (told.date, told.starts, told.address, told.pupils) == (VISIT_DAY, time(9, 30), "1 Mill Road", 30)


@pytest.mark.parametrize("mode", ["at_school", "virtual"])
def test_where_the_employer_comes_from_is_not_told(mode: str) -> None:
    told = told_terms(mode=mode)

    assert (told.address, told.postcode) == ("", "")


def test_progress_counts_what_was_met_and_what_is_agreed() -> None:
    cohort = a_school().cohorts[0].model_copy(update={"pupils": 60, "met_elsewhere": {"gb5": 10}})
    sides = the_sides()
    sides = Sides(sides.offer, sides.session, sides.employer, sides.request, sides.school, cohort)

    told = terms.progress(sides, Worked(pupils=30, distance_km=1, why=(), gained={"gb5": 5, "gb6": 60}))

    assert [(p.benchmark, p.target, p.before, p.after) for p in told] == [("gb5", 60, 15, 45), ("gb6", 600, 60, 90)]
    assert (told[0].percent_before, told[0].percent_after) == (25, 75)


@pytest.mark.parametrize(
    "amended",
    [
        an_offer("offer", a_session(day=VISIT_DAY + timedelta(days=1))),
        an_offer("offer", a_session(ends=time(13, 0))),
        an_offer(activity="talk"),
        an_offer(mode="virtual"),
    ],
)
def test_other_arrangements_are_noticed(amended: Any) -> None:
    told: Terms = told_terms()

    assert terms.has_other_arrangements(told, amended, amended.sessions[0])
    assert not terms.has_other_arrangements(told, an_offer(), a_session())


def test_a_travelling_employer_may_move_house() -> None:
    told = told_terms(mode="at_school")
    moved = an_offer(mode="at_school", place=an_offer().place.model_copy(update={"postcode": "SG1 1AA"}))

    assert not terms.has_other_arrangements(told, moved, a_session())


@pytest.mark.parametrize("name", ["title", "purpose", "what_pupils_do", "requirements", "accessibility"])
def test_other_words_are_noticed(name: str) -> None:
    assert terms.has_other_texts(told_terms(), an_offer(**{name: "Other words."}))
    assert not terms.has_other_texts(told_terms(), an_offer())


def codes(sides: Sides, compared: Comparison) -> dict[str, str]:
    return {why.code: why.text for why in sentences.why(sides, 30, compared)}


def test_why_says_what_the_match_adds() -> None:
    told = [why.text for why in sentences.why(the_sides(), 30, COMPARED) if why.code == "adds"]

    assert told == [
        "30 of the 120 pupils still without an encounter with an employer would have one.",
        "30 of the 300 pupil-days of workplace experience still missing would be covered.",
    ]


def test_why_says_who_is_furthest_behind_and_nearest_only_if_it_is_so() -> None:
    first = Comparison(candidates=4, further_behind=0, nearer=0, km=0, preference=50, lacking={})

    assert set(codes(the_sides(), COMPARED)) == {"adds", "distance"}
    assert codes(the_sides(), first) == {
        "furthest_behind": "Of the 4 year groups that could take part, none is further behind.",
        "nearest": "None of them is nearer: it is less than a mile.",
    }


def test_why_names_a_sector_that_was_asked_for() -> None:
    sides = the_sides()
    fond = a_request(sectors={"engineering": 100, "*": 10})
    sides = Sides(sides.offer, sides.session, sides.employer, fond, sides.school, sides.cohort)
    compared = Comparison(candidates=4, further_behind=1, nearer=1, km=3, preference=100, lacking={})

    assert codes(sides, compared)["sector"] == "Engineering and manufacturing is among the sectors that were asked for."


def test_why_says_when_nobody_has_to_travel() -> None:
    assert "no_travel" in codes(the_sides(mode="virtual"), COMPARED)


def test_an_outlook_counts_what_kept_offers_out() -> None:
    look = Look({"H1-distance": 1, "H1-year": 12, "H9-unheard-of": 2}, ("offer", "H1-distance"))

    assert [(one.code, one.text) for one in sentences.excluded(look)] == [
        ("H1-year", "12 offers for other year groups"),
        ("H9-unheard-of", "2 offers H9-unheard-of"),
        ("H1-distance", "1 offer too far away"),
    ]
    assert sentences.nearest_miss(look, {"offer": "A talk"}) == "“A talk” would fit but for the distance."
    assert sentences.nearest_miss(Look({}), {}) == ""


def test_an_outlook_says_what_the_nearest_miss_would_bring() -> None:
    would = Would(day=date(2026, 11, 12), pupils=30, covers={"gb5": 30, "gb6": 12}, points=1_240)
    look = Look({"H1-unavailable": 1}, ("offer", "H1-unavailable"), would)

    assert sentences.nearest_miss(look, {"offer": "A day at the mill"}) == (
        "“A day at the mill” on Thursday 12 November 2026 would fit but for the date. It would cover 30 encounters "
        "with an employer and 12 pupil-days of workplace experience that are missing."
    )


def test_why_says_what_the_next_best_would_have_given() -> None:
    scarce = replace(COMPARED, covers=30, next_best=12)
    no_better = replace(COMPARED, covers=30, next_best=30)

    told = codes(the_sides(), scarce)["next_best"]

    assert told == "It covers 30 of what is missing; given to the next best, it would cover 12."
    assert "next_best" not in codes(the_sides(), no_better)


def test_an_ids_school_contact_is_told() -> None:
    sides = the_sides(contact_id=id_("contact"))

    told = terms.tell(sides, Worked(30, 1, (), {}))

    assert told.employer_contact_id == id_("contact")


@pytest.mark.parametrize(
    "pupils, code, begins, ends",
    [
        (1, "needier_expected", "1 place of “Robots” is kept for now", "ask for it later"),
        (1, "undecided", "1 place of “Robots” is kept for now", "who needs it most"),
        (2, "undecided", "2 places of “Robots” are kept for now", "who needs them most"),
    ],
)
def test_what_is_held_back_is_told_of_one_place_and_of_several(pupils: int, code: str, begins: str, ends: str) -> None:
    match = a_live_match("planned", pupils=pupils, held=code)

    told = sentences.held_back(match, {str(match.offer_id): "Robots"}).text

    they_are = "it is" if pupils == 1 else "they are"
    assert told.startswith(f"{begins}: ")
    assert told.endswith(f"{ends}. If nothing better comes, {they_are} proposed on 8 September at the latest.")
