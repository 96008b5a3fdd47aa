"""The checker itself: each promise, broken by hand in the books of a run that went well, is noticed."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.checker import capacity
from tests.chaos.checker.history import history
from tests.chaos.checker.promises import PROMISES, verify
from tests.chaos.checker.state import Row, State

BOOKS = Path(__file__).with_name("books.json.gz")
"""What was written down at the end of a short run: `python -m tests.chaos --kills 3 --record`."""
KEPT = State.kept(BOOKS)


@pytest.fixture
def state() -> State:
    return copy.deepcopy(KEPT)


def test_the_books_of_a_run_that_went_well_are_in_order():
    assert verify(KEPT) == []


def first(rows: list[Row], /, **wanted: Any) -> Row:
    return next(row for row in rows if all(row[name] == value for name, value in wanted.items()))


def entry(state: State, act: str) -> Row:
    return next(one for one in state.journal if act in one["act"])


def drop(rows: list[Row], /, **wanted: Any) -> None:
    rows.remove(first(rows, **wanted))


def match(state: State, reached: str) -> Row:
    rows = state.rows("matcher", "matches")
    return next(row for row in rows if any(change["state"] == reached for change in row["history"]))


def letter(state: State, /, **wanted: Any) -> Row:
    return first(state.rows("notifier", "letters"), **wanted)


# Facts.


def an_offer_is_lost(state: State) -> None:
    drop(state.rows("registry", "offers"), id=entry(state, "publish")["entity_id"])


def an_offer_was_never_told(state: State) -> None:
    drop(state.rows("registry", "outbox"), key=entry(state, "publish")["entity_id"], version=1)


def an_offer_is_kept_otherwise_than_answered(state: State) -> None:
    row = first(state.rows("registry", "outbox"), key=entry(state, "publish")["entity_id"], version=1)
    row["data"]["max_pupils"] += 1


def the_matcher_did_not_hear_of_a_request(state: State) -> None:
    drop(state.rows("matcher", "heard requests"), id=entry(state, "post request")["entity_id"])


def an_answer_is_lost(state: State) -> None:
    drop(state.rows("registry", "said"), id=entry(state, "accept")["entity_id"])


def a_cancellation_is_lost(state: State) -> None:
    drop(state.rows("registry", "cancellations"), id=entry(state, "cancel")["entity_id"])


def a_delivery_is_lost(state: State) -> None:
    gone = entry(state, "delivery")["entity_id"]
    rows = state.rows("registry", "deliveries")
    rows[:] = [row for row in rows if row["id"] != gone]


def a_fact_stays_in_the_outbox(state: State) -> None:
    state.rows("matcher", "outbox")[3]["published"] = False


def a_published_fact_is_not_on_its_topic(state: State) -> None:
    event = state.rows("registry", "outbox")[5]["event"]
    for records in state.topics.values():
        records[:] = [record for record in records if record["event"] != event]


def an_event_was_not_taken(state: State) -> None:
    drop(state.rows("notifier", "inbox"), id=state.topics["matches"][0]["event"])


def a_version_is_missing(state: State) -> None:
    amended = next(row for row in state.rows("registry", "outbox") if row["version"] == 2 and row["topic"] == "offers")
    amended["version"] = 3


def a_version_comes_twice(state: State) -> None:
    rows = state.rows("registry", "outbox")
    rows.append(copy.deepcopy(next(row for row in rows if row["topic"] == "offers")))


def an_older_version_comes_last(state: State) -> None:
    records = state.topics["offers"]
    key = next(record["key"] for record in records if record["version"] > 1)
    records.append(copy.deepcopy(first(records, key=key, version=1)))


def a_good_message_was_parked(state: State) -> None:
    where = {"topic": "offers", "partition": 0, "offset": 0, "error": "why not", "state": "parked"}
    state.rows("matcher", "parked").append({"id": 1, **where})


def a_consumer_stands_still(state: State) -> None:
    state.rows("notifier", "poison").append({"id": "matches", "stands_still": True})


def something_is_late_for_ever(state: State) -> None:
    state.meta["late"] = {"matcher plans": 150.0}


def a_letter_waits_for_ever(state: State) -> None:
    letter(state, state="sent").update(state="waiting")


def a_deadline_was_missed(state: State) -> None:
    sent = letter(state, kind="school_match_proposed", state="sent")
    first(state.rows("matcher", "matches"), id=sent["match_id"]).update(
        state="proposed", answer_by="2025-11-04T08:00:00+00:00"
    )
    sent["ended_at"] = "2025-11-04T08:00:00+00:00"


def a_plan_was_never_told(state: State) -> None:
    match(state, "proposed").update(state="planned", release_at="2025-11-04T08:00:00+00:00")


# Places.


def holding(state: State) -> Row:
    rows = state.rows("matcher", "matches")
    return next(row for row in rows if row["places"] > 0 and row["state"] in {"proposed", "accepted", "confirmed"})


def a_session_is_over_its_places(state: State) -> None:
    holding(state)["places"] += 500


def a_session_has_too_many_groups(state: State) -> None:
    crowded = holding(state)
    extra = [{**crowded, "id": f"{n}", "places": 1} for n in range(4)]
    state.rows("matcher", "matches").extend(extra)


def an_offer_has_too_many_sessions(state: State) -> None:
    taken = holding(state)
    extra = [{**taken, "id": f"{n}", "session_id": f"s{n}", "places": 1} for n in range(4)]
    state.rows("matcher", "matches").extend(extra)


def an_employer_is_over_its_cap(state: State) -> None:
    first(state.rows("registry", "employers"), id=holding(state)["employer_id"])["max_sessions"] = 0


def a_request_gets_more_than_it_asked_for(state: State) -> None:
    first(state.rows("registry", "requests"), id=holding(state)["request_id"])["entity"]["max_places"] = 1


def a_counter_is_wrong(state: State) -> None:
    next(row for row in state.rows("matcher", "capacity") if row["taken"] > 0)["taken"] -= 1


def a_session_was_over_for_a_moment(state: State) -> None:
    state.meta["overbooked"] = {"a session": "61 of 60 places"}


# Lives.


def a_step_is_impossible(state: State) -> None:
    steps = match(state, "confirmed")["history"]
    steps[:] = [step for step in steps if step["state"] != "accepted"]


def a_state_is_not_in_the_history(state: State) -> None:
    match(state, "declined")["state"] = "confirmed"


def nobody_said_who(state: State) -> None:
    match(state, "declined")["history"][-1]["by"] = ""


def nobody_said_why(state: State) -> None:
    match(state, "withdrawn")["history"][-1]["reason"] = None


def history_was_rewritten(state: State) -> None:
    last = max((r for r in state.topics["matches"] if r["version"] > 1), key=lambda record: record["version"])
    last["data"]["history"][0]["at"] = "2025-11-03T08:00:00+00:00"


def an_answer_had_no_effect(state: State) -> None:
    row = first(state.rows("registry", "said"), verdict="accepted")
    steps = first(state.rows("matcher", "matches"), id=row["id"])["history"]
    steps[:] = [step for step in steps if step["by"] != row["audience"]]


def an_answer_had_its_effect_twice(state: State) -> None:
    row = first(state.rows("registry", "said"), verdict="accepted")
    steps = first(state.rows("matcher", "matches"), id=row["id"])["history"]
    steps.append({**next(step for step in steps if step["by"] == row["audience"]), "reason": "contradicted"})


# Letters and mails.


def a_confirmation_was_written_twice(state: State) -> None:
    again = {**letter(state, kind="school_match_confirmed", state="sent"), "id": "another", "terms_version": 2}
    state.rows("notifier", "letters").append(again)


def a_confirmation_was_never_written(state: State) -> None:
    confirmed = first(state.rows("matcher", "matches"), state="confirmed")
    confirmed["first_day"] = "2026-01-01"
    rows = state.rows("notifier", "letters")
    rows[:] = [row for row in rows if (row["match_id"], row["kind"]) != (confirmed["id"], "school_match_confirmed")]


def something_was_confirmed_that_never_was(state: State) -> None:
    told = letter(state, kind="employer_match_confirmed", state="sent")
    steps = first(state.rows("matcher", "matches"), id=told["match_id"])["history"]
    steps[:] = [step for step in steps if step["state"] != "confirmed"]


def a_mail_came_twice(state: State) -> None:
    state.mails.append(dict(state.mails[0]))


def a_mail_was_sent_and_is_not_there(state: State) -> None:
    sent = first(state.rows("notifier", "emails"), state="sent")
    drop(state.mails, email_id=sent["id"])


def a_mail_that_was_given_up_is_there(state: State) -> None:
    first(state.rows("notifier", "emails"), state="sent")["state"] = "dissolved"


def nobody_wrote_a_mail(state: State) -> None:
    state.mails.append({**state.mails[0], "email_id": "nobody's"})


def a_letter_says_sent_and_its_email_unknown(state: State) -> None:
    first(state.rows("notifier", "emails"), id=letter(state, state="sent")["email_id"])["state"] = "unknown"


def a_school_was_asked_twice(state: State) -> None:
    asked = letter(state, kind="school_match_proposed", state="sent")
    state.rows("notifier", "letters").append({**asked, "id": "another", "contact_id": "somebody else"})


# Views.


def the_registry_is_behind(state: State) -> None:
    state.rows("registry", "heard matches")[0]["version"] -= 1


def the_notifier_thinks_otherwise(state: State) -> None:
    state.rows("notifier", "heard matches")[0]["state"] = "delivered"


def a_letter_was_not_heard_of(state: State) -> None:
    state.rows("matcher", "heard letters").pop()


def an_erased_person_is_still_named(state: State) -> None:
    gone = first(state.rows("registry", "contacts"), state="erased")
    state.rows("registry", "said")[0]["contact_id"] = gone["id"]


def the_notifier_remembers_the_erased(state: State) -> None:
    gone = first(state.rows("registry", "contacts"), state="erased")
    first(state.rows("notifier", "heard contacts"), id=gone["id"])["state"] = "active"


def progress_shows_too_much(state: State) -> None:
    next(row for rows in state.progress.values() for row in rows)["delivered"] += 1


def a_figure_did_not_reach_the_match(state: State) -> None:
    held = first(state.rows("registry", "deliveries"), held=True)
    first(state.rows("matcher", "matches"), id=held["id"])["pupils"] += 1


BROKEN: list[tuple[str, Callable[[State], None]]] = [
    ("every 2xx is kept", an_offer_is_lost),
    ("every 2xx is kept", an_offer_was_never_told),
    ("every 2xx is kept", an_offer_is_kept_otherwise_than_answered),
    ("every 2xx is kept", the_matcher_did_not_hear_of_a_request),
    ("every 2xx is kept", an_answer_is_lost),
    ("every 2xx is kept", a_cancellation_is_lost),
    ("every 2xx is kept", a_delivery_is_lost),
    ("every outbox is empty", a_fact_stays_in_the_outbox),
    ("what was published is on its topic", a_published_fact_is_not_on_its_topic),
    ("every event is consumed", an_event_was_not_taken),
    ("versions rise without gaps", a_version_is_missing),
    ("versions rise without gaps", a_version_comes_twice),
    ("the newest version comes last", an_older_version_comes_last),
    ("nothing is parked", a_good_message_was_parked),
    ("nothing is parked", a_consumer_stands_still),
    ("nothing is stuck", something_is_late_for_ever),
    ("nothing is stuck", a_letter_waits_for_ever),
    ("nothing is stuck", a_deadline_was_missed),
    ("nothing is stuck", a_plan_was_never_told),
    ("no place is given twice", a_session_is_over_its_places),
    ("no place is given twice", a_session_has_too_many_groups),
    ("no place is given twice", an_offer_has_too_many_sessions),
    ("no place is given twice", an_employer_is_over_its_cap),
    ("no place is given twice", a_request_gets_more_than_it_asked_for),
    ("counters say what matches take", a_counter_is_wrong),
    ("no session was ever over its places", a_session_was_over_for_a_moment),
    ("lives are legal", a_step_is_impossible),
    ("lives are legal", a_state_is_not_in_the_history),
    ("every ending says who and why", nobody_said_who),
    ("every ending says who and why", nobody_said_why),
    ("a story is only ever continued", history_was_rewritten),
    ("what was said has its effect once", an_answer_had_no_effect),
    ("what was said has its effect once", an_answer_had_its_effect_twice),
    ("a confirmation to each side, once", a_confirmation_was_written_twice),
    ("a confirmation to each side, once", a_confirmation_was_never_written),
    ("a confirmation to each side, once", something_was_confirmed_that_never_was),
    ("one mail per letter, or unknown", a_mail_came_twice),
    ("one mail per letter, or unknown", a_mail_was_sent_and_is_not_there),
    ("one mail per letter, or unknown", a_mail_that_was_given_up_is_there),
    ("one mail per letter, or unknown", nobody_wrote_a_mail),
    ("one mail per letter, or unknown", a_letter_says_sent_and_its_email_unknown),
    ("nobody is asked twice", a_school_was_asked_twice),
    ("the services agree", the_registry_is_behind),
    ("the services agree", the_notifier_thinks_otherwise),
    ("the services agree", a_letter_was_not_heard_of),
    ("the erased are forgotten", an_erased_person_is_still_named),
    ("the erased are forgotten", the_notifier_remembers_the_erased),
    ("progress is what was delivered", progress_shows_too_much),
    ("progress is what was delivered", a_figure_did_not_reach_the_match),
]


@pytest.mark.parametrize("promise, break_it", BROKEN, ids=[how.__name__ for _, how in BROKEN])
def test_a_promise_broken_by_hand_is_noticed(state: State, promise: str, break_it: Callable[[State], None]):
    break_it(state)

    assert list(PROMISES[promise](state))


def test_every_promise_is_broken_by_hand():
    assert {promise for promise, _ in BROKEN} == set(PROMISES)


def test_what_ended_and_took_place_after_all_may_exceed_a_cap(state: State):
    """The places were free by then; nobody gave them twice."""
    an_employer_is_over_its_cap(state)
    employer_id = holding(state)["employer_id"]
    for match in state.rows("matcher", "matches"):
        if match["employer_id"] == employer_id and match["history"]:
            match["history"].insert(1, {**match["history"][0], "state": "withdrawn"})

    assert employer_id not in {found.entity_id for found in PROMISES["no place is given twice"](state)}


def test_what_breaks_a_promise_is_told_as_a_story(state: State):
    an_answer_is_lost(state)
    (found, *_) = verify(state)

    story = history(state, found.entity_id)

    assert any("answered" in line or "2xx" in line for line in story)
    assert any("match.proposed.v1 version 1" in line for line in story)


def test_a_session_that_took_place_for_one_counts_as_given_whoever_else_is_on_it(state: State):
    """A cap that shrank afterwards cannot take it back."""
    done = first(state.rows("matcher", "matches"), state="delivered")
    other = copy.deepcopy(done) | {"id": "another", "state": "accepted"}
    first(state.rows("registry", "employers"), id=done["employer_id"])["max_sessions"] = 0
    mine = [row for row in state.rows("matcher", "matches") if row["employer_id"] == done["employer_id"]]

    def of_employer() -> list[str]:
        found = capacity.no_place_is_given_twice(state)
        return [breach.text for breach in found if breach.entity_id == done["employer_id"]]

    for row in mine:
        row["state"] = "delivered" if row["places"] else row["state"]
    state.rows("matcher", "matches").append(other)
    assert of_employer() == []

    other["session_id"] = "elsewhere"
    assert len(of_employer()) == 1
