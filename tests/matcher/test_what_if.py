"""What if: changes to an instance, who gains what, and what one more place is worth."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from services.matcher.__main__ import main
from services.matcher.checker import check
from services.matcher.equity_report import Covered, figures, gini
from services.matcher.fields import BadFile
from services.matcher.files import read_instance
from services.matcher.instance import Instance, Match, Matches
from services.matcher.solver import repair, solve
from services.matcher.what_if.changes import changed
from services.matcher.what_if.comparing import compare
from services.matcher.what_if.districts import district_of
from services.matcher.what_if.worth import worths

INSTANCES = Path(__file__).parents[2] / "bench" / "instances"
TWO_DAYS = INSTANCES / "example-2-two-days.json"


def _asking(*changes: dict[str, object]) -> dict[str, object]:
    return {"format": "encounters-changes/1", "changes": list(changes)}


@pytest.fixture(scope="module")
def village() -> Instance:
    """Six schools."""
    return read_instance(INSTANCES / "p01_village.json.gz")


@pytest.fixture(scope="module")
def plan(village: Instance) -> tuple[Match, ...]:
    """A good plan of it."""
    return repair(village, offers=[o.id for o in village.offers], steps=1_000).matches


def test_one_more_session_serves_who_went_without() -> None:
    instance = read_instance(TWO_DAYS)
    asked = changed(instance, _asking({"do": "add_sessions", "activity": "talk", "count": 1, "month": "2026-11"}))

    outcome = compare(instance, asked.instance, solve(instance).matches)

    best = solve(asked.instance)
    assert check(asked.instance, Matches(instance.id, best.matches)).objective == best.objective == 100_000
    assert (outcome.objective_before, outcome.objective_after, outcome.proven) == (75_000, 100_000, True)
    assert outcome.by_school == {"S2": {"gb5": 25, "pupils": 25}}
    assert outcome.by_year == {"year 9": {"gb5": 25, "pupils": 25}}
    assert (outcome.equity_before["coverage"], outcome.equity_after["coverage"]) == (0.75, 1.0)


def test_what_one_more_session_is_worth_is_what_it_brings_in_the_example() -> None:
    best = {(one.activity, one.month): one.session for one in worths(read_instance(TWO_DAYS)) or []}

    assert best["talk", "2026-11"] == 25_000


def test_nothing_asked_changes_nothing(village: Instance, plan: tuple[Match, ...]) -> None:
    outcome = compare(village, changed(village, _asking()).instance, plan, steps=300)

    assert outcome.objective_before == outcome.objective_after
    assert not outcome.by_school


@pytest.mark.parametrize(
    "change",
    [
        {"do": "add_sessions", "activity": "visit", "count": 3},
        {"do": "add_places", "activity": "talk", "count": 20},
        {"do": "more_travel", "km": 10},
    ],
    ids=lambda change: str(change["do"]),
)
def test_more_room_never_loses_and_its_figures_are_the_checkers(
    village: Instance, plan: tuple[Match, ...], change: dict[str, object]
) -> None:
    asked = changed(village, _asking(change))

    outcome = compare(village, asked.instance, plan, steps=300)

    at_least = check(village, Matches(village.id, plan)).objective
    assert at_least <= outcome.objective_before <= outcome.objective_after
    assert outcome.kept + outcome.resized + outcome.dropped >= len(plan) - 5
    gained = sum(counts.get("gb5", 0) for counts in outcome.by_school.values())
    assert gained == sum(counts.get("gb5", 0) for counts in outcome.by_year.values())


def test_added_sessions_are_on_weekdays_of_the_month_when_schools_are_open(village: Instance) -> None:
    asked = changed(village, _asking({"do": "add_sessions", "activity": "visit", "count": 4, "month": "2027-02"}))

    added = asked.instance.offers[len(village.offers) :]

    days = [session.date for offer in added for session in offer.sessions]
    assert [(offer.id, offer.max_sessions, len(offer.sessions)) for offer in added] == [("what-if-1", 4, 5)]
    assert all((day.year, day.month) == (2027, 2) and day.weekday() < 5 for day in days)
    assert not any(a <= day <= b for day in days for school in village.schools for a, b in school.closed)
    assert asked.sentences == ("add sessions: activity visit, count 4, month 2027-02",)


def test_a_school_that_leaves_frees_what_it_held(village: Instance, plan: tuple[Match, ...]) -> None:
    school = village.schools[0].id
    asked = changed(village, _asking({"do": "drop_school", "id": school}))

    outcome = compare(village, asked.instance, plan, steps=300)

    others = sum(counts.get("pupils", 0) for name, counts in outcome.by_school.items() if name != school)
    assert school not in {request.school for request in asked.instance.requests}
    assert outcome.by_school[school]["pupils"] < 0 <= others


def test_employers_offers_and_points_can_be_added_and_dropped() -> None:
    instance = read_instance(TWO_DAYS)
    source = json.loads(TWO_DAYS.read_text(encoding="utf-8"))
    offer = source["offers"][0] | {
        "id": "N",
        "employer": "E9",
        "sessions": [{"id": "N.1", "date": "2026-11-16", "part": "am"}],
    }

    asked = changed(
        instance,
        _asking(
            {"do": "add_employer", "employer": {"id": "E9", "max_sessions": 1}},
            {"do": "add_offer", "offer": offer},
            {"do": "policy", "session_points": 10},
            {"do": "drop_offer", "id": "W"},
        ),
    ).instance

    assert [one.id for one in asked.offers] == ["T", "N"]
    assert asked.policy == replace(instance.policy, session_points=10)
    assert changed(asked, _asking({"do": "drop_employer", "id": "E9"})).instance.offers == asked.offers[:1]


@pytest.mark.parametrize(
    "change, pointer, remedy",
    [
        ({"do": "add_more"}, "/changes/0/do", "add_sessions"),
        (
            {"do": "add_sessions", "activity": "tour", "count": 1},
            "/changes/0/activity",
            "Name one of talk, virtual_talk.",
        ),
        ({"do": "add_sessions", "activity": "talk", "count": 0}, "/changes/0/count", "a whole number of 1 or more"),
        ({"do": "add_sessions", "activity": "talk", "count": 1, "month": "May"}, "/changes/0/month", "2027-03"),
        (
            {"do": "add_places", "activity": "talk", "count": 1, "district": "Hull"},
            "/changes/0/district",
            "Name one of 53.0,-2.0.",
        ),
        ({"do": "more_travel", "km": 5, "school": "S9"}, "/changes/0/school", "Name a school"),
        ({"do": "policy", "session_points": -1}, "/changes/0/session_points", "a whole number of 0 or more"),
        ({"do": "drop_school", "id": "S9"}, "/changes/0/id", "Name one like"),
    ],
)
def test_a_change_that_cannot_be_made_is_told_where_and_the_remedy(
    change: dict[str, object], pointer: str, remedy: str
) -> None:
    with pytest.raises(BadFile) as wrong:
        changed(read_instance(TWO_DAYS), _asking(change))

    assert wrong.value.pointer == pointer
    assert remedy in wrong.value.remedy


def test_a_district_is_named_by_the_file_or_by_its_square() -> None:
    instance = read_instance(TWO_DAYS)
    talk, online = instance.offers
    named = replace(instance, meta={"districts": {talk.employer: "Leeds"}})

    assert district_of(instance, talk) == f"{talk.lat:.1f},{talk.lon:.1f}"
    assert district_of(named, talk) == "Leeds"
    assert district_of(named, online) == "online"


def test_worth_is_told_for_the_months_of_the_dates_only(village: Instance) -> None:
    months = {one.month for one in worths(village) or []}

    last = max(request.window[1] for request in village.requests)
    assert months <= {f"{date(y, m, 1):%Y-%m}" for y in (2026, 2027) for m in range(1, 13)}
    assert min(months) >= f"{village.today:%Y-%m}"
    assert max(months) <= f"{last:%Y-%m}"


def test_equity_figures_are_those_worked_out_by_hand() -> None:
    told = figures(
        [
            Covered("R1", "S1", 9, 40.0, 0.2),
            Covered("R2", "S1", 10, 40.0, 0.4),
            Covered("R3", "S2", 9, 5.0, 0.6),
            Covered("R4", "S2", 10, 5.0, 0.8),
        ]
    )

    assert told["coverage"] == 0.5
    assert told["coverage_by_year"] == {"10": 0.6, "9": 0.4}
    assert told["coverage_by_school"] == {"S1": 0.3, "S2": 0.7}
    assert (told["lowest_decile"], told["disadvantaged_quarter"], told["other_three_quarters"]) == (0.2, 0.2, 0.6)
    assert told["gini"] == gini([0.2, 0.4, 0.6, 0.8]) == 0.25
    assert figures([]) == {}


def test_the_command_answers_in_sentences_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "changes.json"
    path.write_text(json.dumps(_asking({"do": "add_sessions", "activity": "talk", "count": 1, "month": "2026-11"})))

    codes = [main(["what-if", str(TWO_DAYS), str(path), *more]) for more in ([], ["--json"])]

    sentences, _, values = capsys.readouterr().out.partition("\n{")
    assert codes == [0, 0]
    assert "+25,000 points (proven): from 75,000 to 100,000." in sentences
    assert json.loads("{" + values)["by_school"] == {"S2": {"gb5": 25, "pupils": 25}}


def test_a_bad_file_of_changes_ends_with_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "changes.json"
    path.write_text(json.dumps(_asking({"do": "nothing"})))

    assert main(["what-if", str(TWO_DAYS), str(path)]) == 3
    assert "/changes/0/do" in capsys.readouterr().err
