"""Looking ahead: legal, repeatable, learnt from former years only, and better than taking what comes."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from services.matcher.look_ahead.patience import NEVER, Patience
from services.matcher.look_ahead.policy import LookAhead
from services.matcher.look_ahead.terms import Terms
from services.matcher.simulate.clairvoyant import clairvoyant
from services.matcher.simulate.command import run
from services.matcher.simulate.decisions import Decision, Log, read_log
from services.matcher.simulate.game import play
from services.matcher.simulate.judge import judge
from services.matcher.simulate.yardsticks import ImmediateGreedy
from services.matcher.simulate.years import DAY, FormerYear, Times, Year, read_year

YEARS = Path(__file__).parent / "years"
EXAMPLE = read_year(YEARS / "example-year.json")
THRIFTY = Terms(first_steps=1500, steps=100, turn_steps=50)
QUICK = Terms(scenarios=3, first_steps=400, steps=60, turn_steps=30)


def small_year(schools: int) -> Year:
    """The public year with its first schools only: all that the others asked for is left out, in former years too."""
    year = read_year(YEARS / "y02.json.gz")
    kept = {s.id for s in year.instance.schools[:schools]}
    requests = tuple(r for r in year.instance.requests if r.school in kept)
    # As many offers for fewer schools would leave nothing to decide.
    offers = year.instance.offers[:: len(year.instance.schools) // schools]
    instance = replace(year.instance, offers=offers, requests=requests)
    answers = {
        key: answer
        for key, answer in year.answers.items()
        if key[0] in {o.id for o in offers} and key[1] in {r.id for r in requests}
    }
    history = tuple(former(one, kept, len(year.instance.schools) // schools) for one in year.history)
    return replace(
        year, instance=instance, answers=answers, times=times_of(year.times, {o.id for o in offers}), history=history
    )


def former(one: FormerYear, kept: set[str], step: int) -> FormerYear:
    requests = tuple(r for r in one.instance.requests if r.school in kept)
    return replace(one, instance=replace(one.instance, offers=one.instance.offers[::step], requests=requests))


def times_of(times: Times, offers: set[str]) -> Times:
    return Times(
        {o: at for o, at in times.arrives.items() if o in offers},
        {o: at for o, at in times.withdraws.items() if o in offers},
        times.requested,
    )


SMALL = small_year(10)


def log_of(year: Year, decisions: tuple[Decision, ...]) -> Log:
    return Log(year.id, "test", decisions)


def test_it_gets_all_of_the_example_without_former_years() -> None:
    ruling = judge(EXAMPLE, log_of(EXAMPLE, play(EXAMPLE, LookAhead()).decisions))
    assert (ruling.complaints, ruling.points) == ((), 49_000)


def test_it_keeps_every_rule_and_beats_taking_what_comes() -> None:
    year = small_year(20)
    ahead = judge(year, log_of(year, play(year, LookAhead(THRIFTY)).decisions))
    greedy = judge(year, log_of(year, play(year, ImmediateGreedy()).decisions))
    assert ahead.complaints == ()
    assert ahead.points > 1.04 * greedy.points


def test_the_same_year_gives_the_same_log() -> None:
    assert play(SMALL, LookAhead(QUICK)).decisions == play(SMALL, LookAhead(QUICK)).decisions


def test_what_is_decided_does_not_depend_on_what_is_still_to_come() -> None:
    """The year is cut after 60 days: up to there every decision is the same."""
    end = 60 * DAY
    offers = tuple(o for o in SMALL.instance.offers if SMALL.times.arrives[o.id] <= end)
    requests = tuple(r for r in SMALL.instance.requests if SMALL.times.requested[r.id] <= end)
    cut = replace(SMALL, instance=replace(SMALL.instance, offers=offers, requests=requests))
    whole, half = play(SMALL, LookAhead(QUICK)).decisions, play(cut, LookAhead(QUICK)).decisions
    assert [d for d in whole if d.at <= end] == [d for d in half if d.at <= end]
    assert len(whole) > len([d for d in whole if d.at <= end]) > 0


def test_the_clairvoyant_keeps_every_rule_is_never_declined_and_is_not_beaten() -> None:
    known = judge(SMALL, log_of(SMALL, clairvoyant(SMALL, steps=2_000)))
    assert (known.complaints, known.declines) == ((), 0)
    assert known.points > judge(SMALL, log_of(SMALL, play(SMALL, ImmediateGreedy()).decisions)).points


def test_patience_is_what_was_seen_of_those_who_waited_longer() -> None:
    patience = Patience([30, 10, 20])
    assert patience.least == 10
    assert [patience.left(0, chance) for chance in (0.0, 0.5, 0.99)] == [10, 20, 30]
    assert patience.left(10, 0.0) == 20
    assert patience.left(30, 0.5) == 31
    assert Patience([]).left(5, 0.5) == NEVER


def test_the_command_prints_tables_and_writes_logs_and_a_picture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "shares.svg"
    year = str(YEARS / "example-year.json")
    assert run([year, "--decisions", str(tmp_path), "--plot", str(picture)]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in ("browse-and-book", "immediate-greedy", "look-ahead", "clairvoyant"))
    assert "49,000" in told
    assert judge(EXAMPLE, read_log(tmp_path / "example-year.json")).points == 49_000
    assert ET.fromstring(picture.read_text()).tag.endswith("svg")  # noqa: S314 — a picture that we made ourselves.


def test_the_command_says_which_file_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "no-year.json"
    path.write_text('{"format": "something"}')
    assert run([str(path)]) == 3
    assert "/format" in capsys.readouterr().err
