"""`check` at a terminal: what it prints, and how it ends."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from services.matcher.__main__ import main
from services.matcher.contradictions import contradiction, settled_by_letting_go
from services.matcher.files import instance_from, read_json

EXAMPLES = Path(__file__).parents[2] / "bench" / "instances"
STAY_OR_MOVE = EXAMPLES / "example-3-move-or-stay.json"
BEST = ({"offer": "A", "request": "R2", "pupils": 30}, {"offer": "B", "request": "R1", "pupils": 30})
FIXED = {"offer": "C", "request": "R3", "pupils": 12}


def _answer(folder: Path, matches: Sequence[Mapping[str, object]]) -> Path:
    path = folder / "matches.json"
    whole = [{"session": f"{match['offer']}.1", **match} for match in matches]
    told = {"format": "encounters-matches/1", "instance": "example-3-move-or-stay", "matches": whole, "meta": {}}
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def _instance(folder: Path, **said: object) -> Path:
    path = folder / "instance.json"
    source: Any = read_json(STAY_OR_MOVE)
    path.write_text(json.dumps(source | said), encoding="utf-8")
    return path


def test_an_allowed_plan_ends_with_0_and_its_points(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["check", str(STAY_OR_MOVE), str(_answer(tmp_path, [*BEST, FIXED]))])

    told = capsys.readouterr().out
    assert code == 0
    assert "Every rule is kept by 3 matches." in told
    assert told.splitlines()[-1].split() == ["objective", "68,700"]


def test_a_broken_rule_ends_with_1_and_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    twice = {"offer": "A", "request": "R1", "pupils": 30}

    code = main(["check", str(STAY_OR_MOVE), str(_answer(tmp_path, [BEST[0], twice])), "--json"])

    told = json.loads(capsys.readouterr().out)
    assert code == 1
    assert not told["allowed"]
    assert {one["code"] for one in told["violations"]} == {"H3-capacity", "H3-groups", "H9-accepted"}
    assert told["objective"] == sum(told["parts"].values())


def test_a_bad_file_ends_with_3_where_it_is_bad_and_the_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = _answer(tmp_path, [{"offer": "A", "request": 7, "pupils": 3}])

    code = main(["check", str(STAY_OR_MOVE), str(answer)])

    told = capsys.readouterr()
    assert (code, told.out) == (3, "")
    assert f"{answer}: /matches/0/request: 7 is not a text in quotes." in told.err
    assert "Write a text in quotes." in told.err


def test_a_missing_file_ends_with_3_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(STAY_OR_MOVE), str(tmp_path / "none.json")]) == 3
    assert "none.json cannot be read" in capsys.readouterr().err


def test_wrong_arguments_end_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["check"])

    assert ended.value.code == 2
    assert "MATCHES" in capsys.readouterr().err


def _accepted(request: str, pupils: int) -> dict[str, object]:
    return {"offer": "A", "session": "A.1", "request": request, "pupils": pupils, "status": "accepted"}


def test_contradicting_matches_are_shown_by_rule_with_what_settles_it(tmp_path: Path) -> None:
    path = _instance(tmp_path, existing=[_accepted("R1", 20), _accepted("R2", 5), _accepted("R3", 12)])
    instance = instance_from(read_json(path))

    told = contradiction(instance)

    assert "H3-capacity: session A.1 takes 30 pupils. These 2 together exceed it:" in told
    assert "  R1 with 20 pupils at session A.1 of A\n  R3 with 12 pupils at session A.1 of A" in told
    assert [old.request for old in settled_by_letting_go(instance)] == ["R1", "R2"]


def test_matches_that_agree_are_no_contradiction() -> None:
    assert not contradiction(instance_from(read_json(STAY_OR_MOVE)))
