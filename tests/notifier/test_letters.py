"""Which letters a match asks for, state by state."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.answers import Answer, Cancelled, Delivery, Said
from contracts.letters import KINDS
from contracts.matches import Match
from services.notifier.letters import Case, Written, audience_of, letter_id, wanted_letters, without_reason
from services.plumbing.uuids import uuid7
from tests.notifier.given import AT_ONCE, PRIYA, SAM, TUESDAY, a_hub, a_match

SAID = Said(verdict="accepted", at=TUESDAY, terms_version=1)


def written(*letters: tuple[str, int, str]) -> list[Written]:
    return [Written(uuid7(), kind, terms_version, state) for kind, terms_version, state in letters]


def kinds(match: Match, *letters: tuple[str, int, str], answer: Answer | None = None) -> set[str]:
    case = Case(match, answer or Answer(match_id=match.match_id), a_hub(), written(*letters))
    return {letter.kind for letter in wanted_letters(case, TUESDAY)}


PROPOSED = ("school_match_proposed", 1, "sent")
ASKED = ("employer_asked_to_confirm", 1, "sent")
CONFIRMED = (("school_match_confirmed", 1, "sent"), ("employer_match_confirmed", 1, "unknown"))


@pytest.mark.parametrize(
    "state, said, before, wanted",
    [
        ("planned", {}, (), set()),
        ("proposed", {}, (), {"school_match_proposed", "school_answer_reminder"}),
        ("proposed", {"employer_confirms": True}, (), {"school_match_proposed", "school_answer_reminder"}),
        ("accepted", {}, (PROPOSED,), set()),
        ("accepted", {"employer_confirms": True}, (PROPOSED,), {"employer_asked_to_confirm"}),
        (
            "confirmed",
            {},
            (PROPOSED,),
            {"school_match_confirmed", "employer_match_confirmed", "school_did_it_take_place"},
        ),
        (
            "confirmed",
            {"terms_version": 2},
            CONFIRMED,
            {"school_match_changed", "employer_match_changed", "school_did_it_take_place"},
        ),
        ("declined", {"ended_by": "school"}, (PROPOSED,), set()),
        ("lapsed", {"ended_by": "registry", "reason": "no_answer"}, (PROPOSED,), set()),
        ("undeliverable", {"ended_by": "matcher", "reason": "nobody_reached"}, (), set()),
        ("undeliverable", {"ended_by": "matcher", "reason": "too_late"}, (PROPOSED,), {"school_match_ended"}),
        ("lapsed", {"ended_by": "registry", "reason": "no_confirmation"}, (ASKED,), set()),
        ("withdrawn", {"ended_by": "employer", "reason": "offer_withdrawn"}, (), set()),
        ("withdrawn", {"ended_by": "employer", "reason": "offer_withdrawn"}, (PROPOSED,), {"school_match_ended"}),
        ("withdrawn", {"ended_by": "school", "reason": "request_withdrawn"}, (PROPOSED,), set()),
        ("refused", {"ended_by": "employer"}, (PROPOSED, ASKED), {"school_match_ended"}),
        ("lapsed", {"ended_by": "registry", "reason": "no_confirmation"}, (PROPOSED, ASKED), {"school_match_ended"}),
        ("withdrawn", {"ended_by": "school", "reason": "request_withdrawn"}, (ASKED,), {"employer_match_ended"}),
        (
            "cancelled",
            {"ended_by": "hub"},
            (PROPOSED, *CONFIRMED),
            {"school_match_ended", "employer_match_ended"},
        ),
        (
            "cancelled",
            {"ended_by": "school"},
            (PROPOSED, *CONFIRMED),
            {"school_match_ended", "employer_match_ended"},
        ),
        ("delivered", {}, (PROPOSED, *CONFIRMED), set()),
        ("not_held", {}, (PROPOSED, *CONFIRMED), set()),
    ],
)
def test_each_state_asks_for_its_letters(
    state: str, said: dict[str, Any], before: tuple[tuple[str, int, str], ...], wanted: set[str]
):
    assert kinds(a_match(state=state, **said), *before) == wanted


@pytest.mark.parametrize("state", ["waiting", "stale", "refused", "too_late", "undeliverable", "bounced"])
def test_nobody_hears_of_the_end_of_what_never_reached_them(state: str):
    ended = a_match(state="withdrawn", reason="offer_withdrawn", ended_by="employer")

    assert kinds(ended, ("school_match_proposed", 1, state)) == set()


@pytest.mark.parametrize("state", ["sending", "sent", "unknown"])
def test_whoever_may_have_read_the_question_hears_of_its_end(state: str):
    ended = a_match(state="withdrawn", reason="offer_withdrawn", ended_by="employer")

    assert kinds(ended, ("school_match_proposed", 1, state)) == {"school_match_ended"}


@pytest.mark.parametrize(
    "said",
    [
        {"school": SAID},
        {"cancelled": Cancelled(by="school", reason="other", at=TUESDAY)},
    ],
)
def test_what_was_said_already_is_not_asked_again(said: dict[str, object]):
    match = a_match()

    assert kinds(match, answer=Answer.model_validate({"match_id": match.match_id, **said})) == set()


def test_an_employer_who_has_answered_is_not_asked():
    match = a_match(state="accepted", employer_confirms=True)

    assert kinds(match, answer=Answer(match_id=match.match_id, school=SAID, employer=SAID)) == set()


@pytest.mark.parametrize(
    "said",
    [
        {"cancelled": Cancelled(by="school", reason="other", at=TUESDAY)},
        {"delivery": Delivery(held=True, pupils=3, by="school", at=TUESDAY)},
    ],
)
def test_a_confirmation_overtaken_by_what_was_said_is_not_sent(said: dict[str, object]):
    match = a_match(state="confirmed")

    assert kinds(match, answer=Answer.model_validate({"match_id": match.match_id, **said})) == set()


def test_a_hub_without_reminders_sends_none():
    match = a_match()
    hub = a_hub(AT_ONCE.model_copy(update={"reminder_working_days": 0}))

    wanted = wanted_letters(Case(match, Answer(match_id=match.match_id), hub, []), TUESDAY)

    assert {letter.kind for letter in wanted} == {"school_match_proposed"}


def test_a_deadline_too_near_for_a_reminder_gets_none():
    assert kinds(a_match(answer_by=TUESDAY + timedelta(days=2))) == {"school_match_proposed"}


def test_a_letter_of_superseded_terms_loses_its_reason():
    match = a_match(state="confirmed", terms_version=2)
    case = Case(match, Answer(match_id=match.match_id), a_hub(), written(("school_match_confirmed", 1, "waiting")))

    assert [letter.terms_version for letter in without_reason(case, TUESDAY)] == [1]
    assert "school_match_confirmed" in kinds(match, ("school_match_confirmed", 1, "waiting"))


def test_a_letter_under_way_keeps_its_reason():
    match = a_match(state="withdrawn")
    case = Case(match, Answer(match_id=match.match_id), a_hub(), written(("school_match_proposed", 1, "sending")))

    assert without_reason(case, TUESDAY) == []


def test_every_kind_of_the_contract_is_asked_for_by_some_state():
    asked = kinds(a_match())
    asked |= kinds(a_match(state="accepted", employer_confirms=True))
    asked |= kinds(a_match(state="confirmed")) | kinds(a_match(state="confirmed", terms_version=2), *CONFIRMED)
    asked |= kinds(a_match(state="cancelled", ended_by="hub"), *CONFIRMED)

    assert asked == set(KINDS)


def test_an_id_tells_apart_what_is_said_to_whom_and_nothing_else():
    match_id = uuid7()
    ids = {
        letter_id(match_id, kind, terms_version, contact)
        for kind in KINDS
        for terms_version in (1, 2)
        for contact in (PRIYA, SAM, None)
    }

    assert len(ids) == len(KINDS) * 6
    assert letter_id(match_id, "school_match_proposed", 1, PRIYA) in ids


def test_the_audience_is_in_the_kinds_name():
    assert {audience_of(kind) for kind in KINDS if kind.startswith("school")} == {"school"}
    assert {audience_of(kind) for kind in KINDS if kind.startswith("employer")} == {"employer"}


def test_an_answer_that_is_not_understood_is_an_answer_all_the_same():
    match = a_match()
    newer = Answer(match_id=match.match_id, school=SAID.model_copy(update={"verdict": "newer"}))

    assert kinds(match, answer=newer) == set()
