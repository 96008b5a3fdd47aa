"""Why a match, and why not: every figure is the checker's, on plans made anew with that one change."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from services.matcher.__main__ import main
from services.matcher.checker import check
from services.matcher.explain.reasons import Case, Explanation, Miss, Unknown, explain
from services.matcher.explain.relaxing import with_offer
from services.matcher.explain.resolving import Change
from services.matcher.explain.telling import told_change
from services.matcher.files import matches_to_bytes, read_instance, write_bytes
from services.matcher.instance import Existing, Instance, Match, Matches
from services.matcher.solver import repair, solve
from tests.matcher.given_cuts import BALANCED, cut
from tests.matcher.given_small import a_request, an_instance, an_offer

EXAMPLES = Path(__file__).parents[2] / "bench" / "instances"
INSTANCES = Path(__file__).parents[2] / "bench" / "instances"


def _example(name: str) -> tuple[Instance, tuple[Match, ...]]:
    instance = read_instance(EXAMPLES / f"{name}.json")
    return instance, solve(instance).matches


def _points(instance: Instance, matches: tuple[Match, ...]) -> int:
    verdict = check(instance, Matches(instance.id, matches))
    assert verdict.feasible
    return verdict.objective


def _optimum(instance: Instance) -> int:
    return _points(instance, solve(instance).matches)


def _miss(told: Explanation, code: str) -> Miss:
    return next(miss for miss in told.misses if miss.code == code)


def test_moving_pays_for_the_points_it_costs() -> None:
    instance, plan = _example("example-3-move-or-stay")

    [moved] = explain(instance, plan, "R1").matches

    forbidden = Existing("B", moved.match.session, "R1", 30, "declined")
    without = replace(instance, existing=(*instance.existing, forbidden))
    assert sum(moved.adds.values()) == 30_000 - 1_800 + 500
    assert moved.without is not None
    assert moved.without.proven
    assert moved.without.points == _optimum(without) - _optimum(instance) == 43_000 - 68_700
    assert {shift.request: dict(shift.credits) for shift in moved.without.shifts} == {"R1": {}, "R2": {"gb5": -30}}


def test_an_accepted_match_is_not_weighed_again() -> None:
    instance, plan = _example("example-3-move-or-stay")

    [stays] = explain(instance, plan, "R3").matches

    assert (stays.status, stays.without) == ("accepted", None)


def test_a_scarce_day_is_priced_and_its_runner_up_named() -> None:
    instance, plan = _example("example-2-two-days")

    [reason] = explain(instance, plan, "T").matches

    assert (reason.match.request, reason.rivals) == ("R1", 1)
    assert reason.runner_up is not None
    assert (reason.runner_up.request, reason.runner_up.points) == ("R2", 25_000)
    assert reason.prices["one more day of employer E1"] == 25_000


def test_a_request_without_a_match_is_told_what_would_change_it() -> None:
    instance, plan = _example("example-2-two-days")

    told = explain(instance, plan, "R2")

    wishing = [replace(r, activities=r.activities | {"virtual_talk"}) for r in instance.requests if r.id == "R2"]
    others = [r for r in instance.requests if r.id != "R2"]
    changed = replace(instance, requests=(*others, *wishing))
    miss = _miss(told, "H1-activity")
    assert told.matches == ()
    assert told.excluded == {"H1-activity": 1, "H3-groups": 1}
    assert (miss.fit_but_for, miss.condition) == (1, "R2 also wanted virtual_talk")
    assert miss.change.points == _optimum(changed) - _optimum(instance) == 25_000


def test_a_match_that_costs_more_than_it_brings_is_kept_out_by_points() -> None:
    instance, plan = _example("example-1-does-it-pay")

    assert explain(instance, plan, "R3").excluded == {"points": 1}


def test_nobody_of_that_name_is_unknown() -> None:
    with pytest.raises(Unknown):
        explain(*_example("example-1-does-it-pay"), "R9")


@pytest.mark.parametrize("name", ["p01_village", "p02_village_midyear", "p11_hub_balanced"])
def test_reasons_of_a_real_instance_agree_with_the_checker(name: str) -> None:
    instance = read_instance(INSTANCES / f"{name}.json.gz")
    plan = repair(instance, offers=[o.id for o in instance.offers[:60]], steps=100).matches
    points = _points(instance, plan)
    held = next(m for m in plan if not any((m.session, m.request) == (e.session, e.request) for e in instance.existing))

    for id_ in (held.request, held.offer):
        told = explain(instance, plan, id_)
        assert told.bound is not None
        assert told.objective == points <= told.bound
        for reason in told.matches:
            rest = tuple(m for m in plan if m != reason.match)
            rated = check(instance, Matches(instance.id, rest)).objective
            assert sum(reason.adds.values()) == points - rated
            assert reason.without is None or reason.without.points <= 0
        assert all(miss.change.points >= 0 for miss in told.misses)
        others = len(instance.offers) if told.kind == "request" else len(instance.requests)
        assert told.others + len({(r.match.offer, r.match.request) for r in told.matches}) == others
        assert sum(told.excluded.values()) >= told.others >= max(told.excluded.values())


def _written(folder: Path, instance: Instance, matches: tuple[Match, ...]) -> str:
    path = folder / "matches.json"
    write_bytes(path, matches_to_bytes(Matches(instance.id, matches)))
    return str(path)


def test_the_command_says_it_in_sentences_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    instance, plan = _example("example-2-two-days")
    files = [str(EXAMPLES / "example-2-two-days.json"), _written(tmp_path, instance, plan)]

    codes = [main(["explain", *files, "R2"]), main(["explain", *files, "T", "--json"])]

    sentences, _, values = capsys.readouterr().out.partition("\n{")
    assert codes == [0, 0]
    assert "Request R2: 25 pupils of year 9, school S2; still lacks 25 of gb5." in sentences
    assert "if R2 also wanted virtual_talk: +25,000 points (proven): R2 +25 gb5 (+25 at W)." in sentences
    assert json.loads("{" + values)["matches"][0]["adds"]["coverage"] == 40_000


def test_an_unknown_id_ends_with_2_and_names_some_that_are_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    instance, plan = _example("example-2-two-days")
    arguments = [str(EXAMPLES / "example-2-two-days.json"), _written(tmp_path, instance, plan), "R9"]

    assert main(["explain", *arguments]) == 2
    assert "R9 is neither a request nor an offer" in capsys.readouterr().err


def test_a_plan_that_breaks_a_rule_is_not_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    instance, plan = _example("example-2-two-days")
    arguments = [str(EXAMPLES / "example-2-two-days.json"), _written(tmp_path, instance, (*plan, plan[0])), "R1"]

    assert main(["explain", *arguments]) == 1
    assert "H0-duplicate" in capsys.readouterr().err


def test_contradicting_matches_end_with_4_and_the_smallest_conflict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = json.loads((EXAMPLES / "example-3-move-or-stay.json").read_text(encoding="utf-8"))
    held = {"offer": "A", "session": "A.1", "pupils": 20, "status": "accepted"}
    source["existing"] = [held | {"request": "R1"}, held | {"request": "R2"}]
    path = tmp_path / "instance.json"
    path.write_text(json.dumps(source), encoding="utf-8")

    assert main(["explain", str(path), "none.json", "R1"]) == 4
    assert "H3-capacity: session A.1 takes 30 pupils. These 2 together exceed it:" in capsys.readouterr().err


def test_what_is_said_to_be_proven_is_the_difference_of_two_optima() -> None:
    instance = cut(BALANCED, 6, 14, 1)
    plan = solve(instance).matches
    case = Case(instance, plan)
    weighed = 0

    for offer in sorted({m.offer for m in plan})[:4]:
        held = next(m for m in plan if m.offer == offer)
        more = with_offer(instance, offer, max_sessions=case.standing.offers[offer].max_sessions + 1)
        barred = Existing(held.offer, held.session, held.request, held.pupils, "declined")
        fewer = replace(instance, existing=(*instance.existing, barred))
        for changed in (more, fewer):
            change = case.scales.weigh(changed, [offer], [held.request])
            assert change.proven
            assert change.points == _optimum(changed) - _optimum(instance)
            weighed += change.points != 0
    assert weighed, "none of the changes makes a difference, so nothing was tried"


def test_every_rule_that_an_offer_breaks_is_counted() -> None:
    offers = (an_offer(years=frozenset({10}), phases=frozenset({"special"})), an_offer("P", years=frozenset({10})))
    instance = an_instance(offers, (a_request(),))

    told = explain(instance, (), "R")

    assert told.others == 2
    assert told.excluded == {"H1-year": 2, "H1-phase": 1}


def test_what_was_not_found_is_not_said_to_be_nothing() -> None:
    unproven = Change(0, proven=False, shifts=(), at_most=900)

    assert told_change(unproven, "R") == "nothing better was found; at most +900."
    assert told_change(replace(unproven, proven=True), "R") == "nothing is lost or won (proven)."
