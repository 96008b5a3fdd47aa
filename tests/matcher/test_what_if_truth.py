"""What if, held against the truth: both sides solved exactly, what is told counted once more, and odd questions."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from services.matcher.__main__ import main
from services.matcher.fields import BadFile
from services.matcher.files import read_instance
from services.matcher.instance import Instance
from services.matcher.solver import solve
from services.matcher.what_if import worth
from services.matcher.what_if.changes import changed
from services.matcher.what_if.comparing import Outcome, compare, equity
from tests.matcher.given_changes import asking, with_changes
from tests.matcher.given_cuts import INSTANCES, MIDYEAR, SCARCE, VILLAGE, cut, public

TWO_DAYS = INSTANCES / "example-2-two-days.json"
MOVE_OR_STAY = INSTANCES / "example-3-move-or-stay.json"


def _answered(instance: Instance, *changes: dict[str, object]) -> Outcome:
    return compare(instance, with_changes(instance, *changes), solve(instance, steps=500).matches, steps=300)


def _told(
    path: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    *changes: dict[str, object],
    more: tuple[str, ...] = (),
) -> str:
    asked = tmp_path / "changes.json"
    asked.write_text(json.dumps(asking(*changes)), encoding="utf-8")
    assert main(["what-if", str(path), str(asked), *more]) == 0
    return capsys.readouterr().out


def test_what_is_too_large_to_price_is_not_called_worthless(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(worth, "PAIRS_MAX", 1)

    told = _told(TWO_DAYS, tmp_path, capsys)
    values = json.loads(_told(TWO_DAYS, tmp_path, capsys, more=("--json",)))

    assert "too many offers and requests to price" in told
    assert values["worth"] is None


def test_sessions_without_a_month_are_given_after_their_notice() -> None:
    village = public(VILLAGE)

    ten: dict[str, object] = {"do": "add_sessions", "activity": "visit", "count": 10}
    outcome = _answered(village, ten)

    (added,) = with_changes(village, ten).offers[len(village.offers) :]
    assert all((session.date - village.today).days >= added.notice_days for session in added.sessions)
    assert len({f"{session.date:%Y-%m}" for session in added.sessions}) > 4
    assert outcome.objective_after > outcome.objective_before
    assert outcome.sessions_added == 10
    assert 0 < outcome.sessions_taken <= 10


def test_ten_visits_more_are_not_all_for_one_school() -> None:
    """The employer takes one group a school."""
    village = public(VILLAGE)
    more = with_changes(village, {"do": "add_sessions", "activity": "visit", "count": 10, "month": "2027-03"})
    schools = {request.id: request.school for request in more.requests}

    to = [schools[m.request] for m in solve(more, steps=500).matches if m.offer == "what-if-1"]

    assert len(to) == len(set(to)) >= 2


def test_who_declined_an_offer_is_not_sent_to_its_copy() -> None:
    instance = read_instance(MOVE_OR_STAY)
    dead = {(old.offer, old.request) for old in instance.existing if old.status == "declined"}

    more = with_changes(instance, {"do": "add_sessions", "activity": "talk", "count": 3})

    copies = {f"what-if-{n}": offer.id for n, offer in enumerate(instance.offers, start=1)}
    too = {(copies[old.offer], old.request) for old in more.existing if old.offer in copies}
    assert too == dead != set()


def test_added_weeks_of_work_end_before_the_week_end_and_in_term() -> None:
    village = public(VILLAGE)
    more = with_changes(village, {"do": "add_sessions", "activity": "work_experience", "count": 12})
    added = [session for offer in more.offers[len(village.offers) :] for session in offer.sessions]

    assert any(session.end_date > session.date for session in added)
    for session in added:
        assert session.end_date.isocalendar()[:2] == session.date.isocalendar()[:2]
        assert session.end_date.weekday() < 5
        assert not any(a <= session.end_date and session.date <= b for s in village.schools for a, b in s.closed)


def test_the_sessions_are_shared_out_and_their_ids_stay_unique() -> None:
    instance = read_instance(MOVE_OR_STAY)
    first: dict[str, object] = {"do": "add_sessions", "activity": "talk", "count": 5}

    more = with_changes(instance, first, {"do": "drop_offer", "id": "what-if-1"}, {**first, "count": 1})

    ids = [offer.id for offer in more.offers]
    assert len(ids) == len(set(ids))
    assert [offer.max_sessions for offer in with_changes(instance, first).offers[3:]] == [2, 2, 1]


def test_one_offer_can_be_named_and_a_group_more_has_as_many_places_as_one_has_now() -> None:
    instance = read_instance(TWO_DAYS)
    talk, online = with_changes(
        instance, {"do": "add_groups", "offer": "W", "count": 2}, {"do": "add_places", "offer": "W", "count": 1}
    ).offers
    again = with_changes(instance, {"do": "add_sessions", "offer": "T", "count": 2, "month": "2026-11"}).offers[-1]

    assert talk == instance.offers[0]
    assert (online.max_groups, online.max_pupils) == (3 + 2, 60 + 2 * 20 + 1)
    assert (again.activity, again.max_sessions) == ("talk", 2)


def test_two_groups_more_serve_who_went_without() -> None:
    """Both talks in one session: R1 and R2 on the 9th, so that the employer has a day left for the virtual one."""
    instance = read_instance(TWO_DAYS)

    outcome = _answered(instance, {"do": "add_groups", "offer": "T", "count": 1})

    assert (outcome.objective_before, outcome.objective_after, outcome.proven) == (75_000, 100_000, True)
    assert outcome.by_school == {"S2": {"gb5": 25, "pupils": 25}}


def test_the_loss_of_an_employer_is_told_as_a_loss(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    village = public(VILLAGE)
    gone: dict[str, object] = {"do": "drop_employer", "id": "E00001"}
    lost = solve(with_changes(village, gone)).objective - solve(village).objective

    told = _told(INSTANCES / f"{VILLAGE}.json.gz", tmp_path, capsys, gone)

    assert f"{lost:+,} points (proven): from 1,417,946 to " in told
    assert "What is left of the plan before has 1,127,965; planning anew brings 5,400 on top." in told
    assert lost < 0


def test_other_points_are_compared_by_the_new_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = _told(TWO_DAYS, tmp_path, capsys, {"do": "policy", "bands": {"gb5": [[100, 2000]]}})

    assert 'What if: policy: bands {"gb5": [[100, 2000]]}' in told
    assert "+0 points (proven): from 150,000 to 150,000." in told
    assert "Both are by the changed points; the plan before has 75,000 by the points of now." in told


@pytest.mark.parametrize(
    "change", [{"do": "more_travel", "km": 1}, {"do": "add_places", "activity": "talk", "count": 1}]
)
def test_nobody_moves_for_nothing_and_no_plan_exceeds_the_bound(change: dict[str, object]) -> None:
    instance = cut(SCARCE, 4, 6, 4)

    outcome = _answered(instance, change)

    assert outcome.bound is not None
    assert outcome.objective_after <= outcome.bound
    if outcome.objective_after == outcome.objective_before:
        assert (outcome.resized, outcome.dropped, outcome.added) == (0, 0, 0)


def test_of_a_plan_at_hand_it_is_told_that_a_better_one_was_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    poor = tmp_path / "plan.json"
    poor.write_text('{"format": "encounters-matches/1", "instance": "example-2-two-days", "matches": []}')

    told = _told(TWO_DAYS, tmp_path, capsys, more=("--matches", str(poor)))

    assert "The plan at hand has 0 points; a better one was found, with 75,000" in told
    assert "plan at hand" not in _told(TWO_DAYS, tmp_path, capsys)


def test_no_quarter_is_disadvantaged_where_nobody_knows_which() -> None:
    instance = public(MIDYEAR)
    unknown = replace(instance, schools=tuple(replace(school, fsm_pct=None) for school in instance.schools))

    assert "disadvantaged_quarter" in equity(instance, ())
    assert "disadvantaged_quarter" not in equity(unknown, ())


def test_the_equity_of_nobody_is_no_figure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gone: list[dict[str, object]] = [{"do": "drop_school", "id": s.id} for s in read_instance(TWO_DAYS).schools]

    told = _told(TWO_DAYS, tmp_path, capsys, *gone)

    assert "0.7500 → nobody" in told


@pytest.mark.parametrize(
    "change, pointer",
    [
        ({"do": "add_sessions", "activity": "talk", "count": 1, "mnth": "2026-11"}, "/changes/0/mnth"),
        ({"do": "policy", "sesion_points": 1}, "/changes/0/sesion_points"),
        ({"do": "more_travel", "km": 5, "school": ["S1"]}, "/changes/0/school"),
        ({"do": "more_travel", "km": True}, "/changes/0/km"),
        ({"do": "add_sessions", "activity": "talk", "count": 1_000_000_000}, "/changes/0/count"),
        ({"do": "add_sessions", "activity": "talk", "count": 1, "month": "2026-08"}, "/changes/0/month"),
        ({"do": "add_places", "activity": "talk", "count": 5, "month": "2027-03"}, "/changes/0/month"),
        ({"do": "add_groups", "offer": "X", "count": 1}, "/changes/0/offer"),
        ({"do": "add_places", "offer": "T", "activity": "talk", "count": 1}, "/changes/0/activity"),
        ({"do": "add_offer"}, "/changes/0/offer"),
        ({"do": "add_offer", "offer": 5}, "/changes/0/offer"),
        ({"do": "add_offer", "offer": {"id": "N"}}, "/changes/0/offer/employer"),
        ({"do": "add_employer", "employer": {"id": "E", "max_sessions": -1}}, "/changes/0/employer/max_sessions"),
        ({"do": "policy", "session_points": "x"}, "/changes/0/session_points"),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value["do"]),
)
def test_what_cannot_be_read_is_told_by_its_place_in_the_changes(change: dict[str, object], pointer: str) -> None:
    with pytest.raises(BadFile) as wrong:
        changed(read_instance(TWO_DAYS), asking(change))

    assert wrong.value.pointer == pointer


def test_a_month_before_the_notice_is_over_is_refused_with_the_first_day_that_can_be() -> None:
    with pytest.raises(BadFile, match="49 days of notice, so it cannot be before 2026-10-26") as wrong:
        with_changes(public(VILLAGE), {"do": "add_sessions", "activity": "visit", "count": 1, "month": "2026-09"})

    assert wrong.value.pointer == "/changes/0/month"


def test_offers_whose_notice_is_too_long_for_the_month_are_left_out() -> None:
    village = public(VILLAGE)
    notices = {o.id: o.notice_days for o in village.offers if o.activity == "talk"}
    first = min(notices, key=lambda id_: notices[id_])
    soon = replace(village, offers=tuple(replace(o, notice_days=5) if o.id == first else o for o in village.offers))
    late = replace(soon, offers=tuple(o if o.id == first else replace(o, notice_days=90) for o in soon.offers))

    added = with_changes(late, {"do": "add_sessions", "activity": "talk", "count": 3, "month": "2026-09"}).offers[14:]

    assert [(offer.employer, offer.max_sessions) for offer in added] == [
        (next(o.employer for o in village.offers if o.id == first), 3)
    ]


def test_places_beyond_all_count_stay_a_number_that_can_be_read() -> None:
    more: dict[str, object] = {"do": "add_places", "activity": "talk", "count": 1_000_000_000}

    instance = with_changes(read_instance(TWO_DAYS), more, more, more)

    assert instance.offers[0].max_pupils == 1_000_000_000
    assert solve(instance).objective == 75_000


def test_fewer_steps_than_none_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as wrong:
        main(["what-if", str(TWO_DAYS), "-", "--steps", "-1"])

    assert wrong.value.code == 2
    assert "below 0" in capsys.readouterr().err
