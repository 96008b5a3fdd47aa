"""The life of a match: every state meets every happening."""

from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.matches import Match
from services.matcher import domain
from services.matcher.domain import ENDED, OUTCOMES, LiveMatch, Word, step
from tests.matcher.given_live import TUESDAY, a_live_match

STATES = ["planned", "proposed", "accepted", "confirmed", "delivered", "dropped", *sorted(ENDED)]
TOLD = [state for state in STATES if state not in {"planned", "dropped"}]
SAID = [
    *("school_accepted", "school_declined", "school_lapsed", "school_unreachable"),
    *("employer_accepted", "employer_declined", "employer_lapsed", "employer_unreachable"),
    *("cancelled", "delivered", "not_held"),
]
LATER = TUESDAY + timedelta(days=1)


def a_word(happening: str) -> Word:
    return Word(happening, "school", LATER, pupils=28, key=happening if happening in SAID else None)


def a_match_asking_the_employer(state: str) -> LiveMatch:
    return a_live_match(state, employer_confirms=True)


@pytest.mark.parametrize("happening", sorted(OUTCOMES))
@pytest.mark.parametrize("state", STATES)
def test_every_happening_has_an_outcome_in_every_state(state: str, happening: str) -> None:
    match = a_match_asking_the_employer(state)
    if happening == "released":
        match = replace(match, terms=a_live_match().terms, answer_by=LATER)

    taken = step(match, a_word(happening))

    after = taken.match
    assert after.state in STATES
    assert (after.places > 0) == (after.state in domain.HOLDING and match.places > 0)
    assert taken.publishes is None or taken.publishes in Match.types
    if taken.publishes:
        assert after.told().state == after.state


@pytest.mark.parametrize("happening", SAID)
@pytest.mark.parametrize("state", TOLD)
def test_what_was_said_is_kept_in_the_history_or_waits(state: str, happening: str) -> None:
    match = a_match_asking_the_employer(state)

    after = step(match, a_word(happening)).match

    if OUTCOMES[happening][state if state in domain.STATES else "ended"] in {"waits", "stands"}:
        assert after == match
    else:
        assert after.history[-1].at == LATER
        assert len(after.history) == len(match.history) + 1


@pytest.mark.parametrize("happening", SAID)
@pytest.mark.parametrize("state", STATES)
def test_what_was_said_twice_has_its_effect_once(state: str, happening: str) -> None:
    once = step(a_match_asking_the_employer(state), a_word(happening)).match

    again = step(once, a_word(happening))

    assert again.match == once
    assert again.publishes is None


@pytest.mark.parametrize("state", TOLD)
def test_what_took_place_is_recorded_on_any_match_that_was_told(state: str) -> None:
    after = step(a_live_match(state), a_word("delivered")).match

    assert (after.state, after.pupils) == ("delivered", 28)


@pytest.mark.parametrize("happening", sorted(set(OUTCOMES) - {"not_held"}))
def test_nothing_but_a_correction_undoes_what_took_place(happening: str) -> None:
    delivered = a_live_match("delivered")

    assert step(delivered, a_word(happening)).match.state == "delivered"
    assert step(delivered, a_word("not_held")).match.state == "not_held"


@pytest.mark.parametrize("happening", SAID)
@pytest.mark.parametrize("state", sorted(ENDED))
def test_a_late_word_moves_an_ended_match_only_if_it_took_place(state: str, happening: str) -> None:
    match = a_live_match(state)

    taken = step(match, a_word(happening))

    if happening == "delivered":
        assert (taken.match.state, taken.match.places) == ("delivered", 0)
    else:
        assert taken.match.state == state
    if taken.publishes == "match.noted.v1":
        assert taken.match.history[-1].reason == "contradicted"


def test_the_table_has_every_state_in_every_row() -> None:
    assert all(set(row) == set(domain.STATES) for row in OUTCOMES.values())


def test_a_state_that_does_not_exist_is_refused() -> None:
    with pytest.raises(KeyError):
        domain.outcome("paused", "cancelled")


def test_a_yes_confirms_at_once_where_the_employer_is_not_asked() -> None:
    taken = step(a_live_match(), a_word("school_accepted"))

    assert taken.publishes == "match.confirmed.v1"
    assert [change.state for change in taken.match.history[1:]] == ["accepted", "confirmed"]


def test_a_yes_waits_for_the_employer_who_is_asked() -> None:
    accepted = step(a_match_asking_the_employer("proposed"), a_word("school_accepted"))
    confirmed = step(accepted.match, Word("employer_accepted", "employer", LATER, key="yes"))

    assert accepted.publishes == "match.accepted.v1"
    assert (confirmed.publishes, confirmed.match.state) == ("match.confirmed.v1", "confirmed")


def test_an_employers_yes_before_the_schools_waits_for_it() -> None:
    early = step(a_match_asking_the_employer("proposed"), Word("employer_accepted", "employer", LATER, key="yes"))

    accepted = step(early.match, a_word("school_accepted")).match
    confirmed = step(accepted, Word("employer_accepted", "employer", LATER, key="yes")).match

    assert (early.match.state, confirmed.state) == ("proposed", "confirmed")


def test_an_ending_says_who_and_why_and_frees_the_places() -> None:
    taken = step(a_live_match("accepted"), Word("cancelled", "hub", LATER, "weather"))

    assert (taken.match.state, taken.match.ended_by, taken.match.reason) == ("cancelled", "hub", "weather")
    assert taken.frees


def test_a_corrected_figure_replaces_the_first() -> None:
    delivered = step(a_live_match("confirmed"), Word("delivered", "school", LATER, pupils=28, key="first"))
    corrected = step(delivered.match, Word("delivered", "school", LATER, pupils=26, key="second"))

    assert (corrected.match.pupils, corrected.publishes) == (26, "match.delivered.v1")


def test_leaving_a_hub_ends_what_nobody_relies_on() -> None:
    left = {state: step(a_live_match(state), a_word("left_hub")).match.state for state in TOLD[:3]}

    assert left == {"proposed": "withdrawn", "accepted": "accepted", "confirmed": "confirmed"}


def test_a_match_that_nobody_was_told_of_is_dropped_in_silence() -> None:
    taken = step(a_live_match("planned"), a_word("offer_withdrawn"))

    assert (taken.match.state, taken.match.reason, taken.publishes) == ("dropped", "offer_withdrawn", None)
