"""Whom a letter goes to."""

import pytest

from services.notifier.recipients import Candidate, can_be_written_to, choose
from tests.notifier.given import PRIYA, SAM, TOM, a_contact

PRIYA_FIRST = [Candidate(a_contact(PRIYA)), Candidate(a_contact(SAM))]


def test_the_first_in_order_is_written_to():
    chosen = choose(list(reversed(PRIYA_FIRST)), preferred=[])

    assert chosen is not None
    assert chosen.contact_id == PRIYA


def test_whoever_is_named_comes_before_the_order():
    chosen = choose(PRIYA_FIRST, preferred=[TOM, SAM])

    assert chosen is not None
    assert chosen.contact_id == SAM


def test_whoever_was_tried_is_not_tried_again():
    assert choose(PRIYA_FIRST, preferred=[PRIYA], tried=[PRIYA]) == a_contact(SAM)
    assert choose(PRIYA_FIRST, preferred=[], tried=[PRIYA, SAM]) is None


def test_an_address_that_was_refused_comes_last_but_comes():
    refused = [Candidate(a_contact(PRIYA), refused=True), Candidate(a_contact(SAM))]

    assert choose(refused, preferred=[PRIYA]) == a_contact(SAM)
    assert choose(refused[:1], preferred=[]) == a_contact(PRIYA)


@pytest.mark.parametrize(
    "said",
    [
        {"state": "erased"},
        {"unsubscribed": True},
        {"email": ""},
        {"email": "priya"},
        {"email": "priya@school.example\r\nBcc: all@school.example"},
        {"email": "priya@school.example, sam@school.example"},
        {"email": "Priya <priya@school.example>"},
        {"email": "pri..ya@school.example"},
        {"email": "x" * 250 + "@school.example"},
    ],
)
def test_nobody_unreachable_is_written_to(said: dict[str, object]):
    assert not can_be_written_to(a_contact(PRIYA, **said))
    assert choose([Candidate(a_contact(PRIYA, **said))], preferred=[PRIYA]) is None


def test_an_ordinary_address_is_one():
    assert can_be_written_to(a_contact(PRIYA, email="p.o'neill+careers@st-mary.herts.sch.uk"))


def test_a_contact_in_a_state_that_is_not_known_is_left_alone():
    assert not can_be_written_to(a_contact(state="newer"))
