"""A school year replayed: the clock, the rules of the game, the judge, and the yardsticks to the point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from services.matcher.fields import BadFile
from services.matcher.points import points_of
from services.matcher.simulate.decisions import Decision, Log, Proposal, log_from, log_to_bytes, read_log
from services.matcher.simulate.desk import Desk, News, Refused
from services.matcher.simulate.game import Policy, play
from services.matcher.simulate.judge import judge
from services.matcher.simulate.yardsticks import BrowseAndBook, ImmediateGreedy
from services.matcher.simulate.years import Answer, Year, read_year, year_from

YEARS = Path(__file__).parent / "years"
EXAMPLE = read_year(YEARS / "example-year.json")
BY_HAND = read_log(YEARS / "example-decisions.json")
LAST_CALL_OF_A = (64 - 14) * 1440 + 1020


class ByHand:
    """Makes its proposals at the minutes given, and notes what the desk held then."""

    name = "by hand"

    def __init__(self, decisions: Sequence[Decision]) -> None:
        self.left = list(decisions)
        self.codes: list[str | None] = []
        self.news: list[tuple[int, str]] = []

    def act(self, desk: Desk, news: Sequence[News]) -> int | None:
        self.news += [(desk.now, one.kind) for one in news]
        while self.left and self.left[0].at <= desk.now:
            told = self.left.pop(0).proposal
            self.codes.append(desk.refusal(told))
            if self.codes[-1] is None:
                desk.propose(told)
        return self.left[0].at if self.left else None


def decided(*rows: tuple[int, str, str, int]) -> list[Decision]:
    """Decisions from (minute, session, request, pupils)."""
    return [Decision(at, Proposal(s.split(".")[0], s, r, pupils)) for at, s, r, pupils in rows]


def codes_of(year: Year, decisions: Sequence[Decision]) -> list[str | None]:
    """What the desk says of each, after making sure that the judge says the same."""
    policy = ByHand(decisions)
    play(year, policy)
    complaints = {c.place: c.code for c in judge(year, Log(year.id, "by hand", tuple(decisions))).complaints}
    assert [complaints.get(place) for place in range(len(decisions))] == policy.codes
    return policy.codes


def test_the_example_by_hand_is_worth_what_the_page_says() -> None:
    ruling = judge(EXAMPLE, BY_HAND)
    assert (ruling.complaints, ruling.points, ruling.declines) == ((), 49_000, 1)
    assert ruling.withdrawn == frozenset()


def test_the_game_plays_the_example_as_the_page_tells_it() -> None:
    policy = ByHand(BY_HAND.decisions)
    played = play(EXAMPLE, policy)
    assert played.ended == 8_000
    assert points_of(EXAMPLE.instance, played.accepted).total == 49_000
    assert [n for n in policy.news if n[1] in ("accept", "decline")] == [
        (3_880, "decline"),
        (5_320, "accept"),
        (8_000, "accept"),
    ]


@pytest.mark.parametrize(
    "rows, code",
    [
        ([(900, "A.1", "R1", 30)], "Y1-arrival"),
        ([(6_000, "B.1", "R2", 20)], "Y2-withdrawn"),
        ([(LAST_CALL_OF_A + 1, "A.1", "R2", 20)], "Y3-closed"),
        ([(5_000, "B.1", "R2", 20)], "H3-groups"),
        ([(5_000, "A.1", "R2", 21)], "H2-cohort"),
        ([(3_000, "A.1", "R1", 31)], "H2-cohort"),
    ],
)
def test_a_proposal_that_breaks_a_rule_is_refused(rows: list[tuple[int, str, str, int]], code: str) -> None:
    held = decided((1_000, "A.1", "R1", 30), (3_880, "B.1", "R1", 30)) if code == "H3-groups" else []
    if code == "Y3-closed":
        held = decided((8_000, "A.1", "R1", 30))  # Declined later: used, and so still there at the last call.
    assert codes_of(EXAMPLE, [*held, *decided(*rows)])[-1] == code


@pytest.mark.parametrize(
    "row", [(1_000, "A.1", "R1", 30), (5_999, "B.1", "R2", 20), (9_999, "A.1", "R2", 20), (5_000, "A.1", "R2", 1)]
)
def test_a_proposal_in_time_passes(row: tuple[int, str, str, int]) -> None:
    assert codes_of(EXAMPLE, decided(row)) == [None]


def test_a_used_offer_may_be_proposed_until_the_last_call() -> None:
    rows = decided((8_000, "A.1", "R1", 30), (LAST_CALL_OF_A, "A.1", "R2", 20))
    assert codes_of(EXAMPLE, rows) == [None, None]


def test_a_declined_pair_is_dead() -> None:
    rows = decided((1_000, "A.1", "R1", 30), (5_000, "A.1", "R1", 30))
    assert codes_of(EXAMPLE, rows) == [None, "Y4-declined"]


def test_an_open_proposal_cannot_be_made_twice() -> None:
    rows = decided((2_000, "B.1", "R1", 20), (2_001, "B.1", "R1", 10))
    assert codes_of(EXAMPLE, rows) == [None, "Y5-twice"]


def test_a_pair_that_does_not_fit_is_refused() -> None:
    offers = tuple(replace(o, years=frozenset({10})) if o.id == "A" else o for o in EXAMPLE.instance.offers)
    answers = {key: answer for key, answer in EXAMPLE.answers.items() if key[0] != "A"}
    year = replace(EXAMPLE, instance=replace(EXAMPLE.instance, offers=offers), answers=answers)
    assert codes_of(year, decided((1_000, "A.1", "R1", 30))) == ["Y6-unanswered"]


def test_an_offer_that_is_declined_in_the_very_minute_of_its_withdrawal_is_saved() -> None:
    answers = {**EXAMPLE.answers, ("A", "R1"): Answer(accepts=False, minutes=9_000)}
    year = replace(EXAMPLE, answers=answers)
    assert codes_of(year, decided((1_000, "A.1", "R1", 30), (10_000, "A.1", "R2", 20))) == [None, None]


def test_an_offer_declined_before_its_withdrawal_goes_all_the_same() -> None:
    rows = decided((1_000, "A.1", "R1", 30), (10_000, "A.1", "R2", 20))
    assert codes_of(EXAMPLE, rows) == [None, "Y2-withdrawn"]


def test_the_desk_raises_what_it_would_refuse() -> None:
    class Hasty:
        name = "hasty"

        def act(self, desk: Desk, _: Sequence[News]) -> None:
            desk.propose(Proposal("A", "A.1", "R1", 30))

    with pytest.raises(Refused, match="Y1-arrival"):
        play(EXAMPLE, Hasty())


def test_the_judge_refuses_a_log_that_goes_back_in_time() -> None:
    rows = decided((2_000, "B.1", "R1", 30), (1_000, "A.1", "R1", 30))
    assert [c.code for c in judge(EXAMPLE, Log("example-year", "", tuple(rows))).complaints] == ["Y0-order"]


def test_a_policy_sees_only_what_has_arrived() -> None:
    class Watcher:
        name = "watcher"

        def act(self, desk: Desk, _: Sequence[News]) -> None:
            times = EXAMPLE.times
            assert set(desk.offers) == {o for o, at in times.arrives.items() if at <= desk.now}
            assert set(desk.requests) == {r for r, at in times.requested.items() if at <= desk.now}
            rules = desk.opening.rules
            assert [*rules.offers, *rules.requests, *rules.employers] == []

    play(EXAMPLE, Watcher())


@pytest.mark.parametrize("policy", [BrowseAndBook(EXAMPLE), ImmediateGreedy()])
def test_both_yardsticks_get_all_of_the_example(policy: Policy) -> None:
    assert points_of(EXAMPLE.instance, play(EXAMPLE, policy).accepted).total == 49_000


@pytest.mark.parametrize(
    "name, points, proposals, declines, withdrawn",
    [("browse-and-book", 17_074_802, 472, 103, 67), ("immediate greedy", 18_657_918, 522, 103, 45)],
)
def test_the_yardsticks_are_reproduced_to_the_point(
    name: str, points: int, proposals: int, declines: int, withdrawn: int
) -> None:
    year = read_year(YEARS / "y02.json.gz")
    policy: Policy = BrowseAndBook(year) if name == "browse-and-book" else ImmediateGreedy()
    played = play(year, policy)
    ruling = judge(year, Log(year.id, name, played.decisions))
    assert ruling.complaints == ()
    assert (ruling.points, ruling.proposals, ruling.declines) == (points, proposals, declines)
    assert len(ruling.withdrawn) == withdrawn
    assert tuple(sorted(played.accepted)) == ruling.accepted


def test_a_log_reads_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_bytes(log_to_bytes(BY_HAND))
    assert read_log(path) == BY_HAND


def test_a_file_that_is_no_year_or_no_log_says_so() -> None:
    with pytest.raises(BadFile, match="no school year"):
        year_from({"format": "encounters-instance/1"})
    with pytest.raises(BadFile, match="no log"):
        log_from({"format": "encounters-year/1"})
