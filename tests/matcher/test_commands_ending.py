"""How the commands end when nobody listens, when stopped early, with nowhere to write, and given absurd numbers."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.matcher.__main__ import main
from services.matcher.checker import check
from services.matcher.files import BadFile, instance_from, matches_from, read_instance, read_json, read_matches
from tests.matcher.given_small import EXAMPLES

EXAMPLE = EXAMPLES / "example-3-move-or-stay.json"
BEST = [("A", "R2", 30), ("B", "R1", 30), ("C", "R3", 12)]
COMMAND = f"{sys.executable} -m services.matcher"


def plan_in(folder: Path, pupils: object = 12) -> Path:
    matches = [{"offer": o, "session": f"{o}.1", "request": r, "pupils": n} for o, r, n in BEST]
    matches[2]["pupils"] = pupils
    told = {"format": "encounters-matches/1", "instance": "example-3-move-or-stay", "matches": matches, "meta": {}}
    (folder / "plan.json").write_text(json.dumps(told), encoding="utf-8")
    return folder / "plan.json"


@pytest.mark.parametrize("command", ["check", "explain", "solve"])
@pytest.mark.parametrize("nowhere", [">&-", ">/dev/full"])
def test_an_answer_that_nobody_can_hear_ends_with_5(command: str, nowhere: str, tmp_path: Path) -> None:
    plan = plan_in(tmp_path)
    rest = {"check": f"{plan}", "explain": f"{plan} R1", "solve": f"{tmp_path / 'new.json'}"}[command]

    done = subprocess.run(
        ["/bin/sh", "-c", f"{COMMAND} {command} {EXAMPLE} {rest} {nowhere}"],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 5, done.stderr
    assert "standard output" in done.stderr
    assert "Traceback" not in done.stderr
    assert command != "solve" or read_matches(tmp_path / "new.json").meta["objective"] == 68_700


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_stopped_while_it_reads_still_writes_a_plan(number: signal.Signals, tmp_path: Path) -> None:
    source, target = tmp_path / "instance.json", tmp_path / "plan.json"
    os.mkfifo(source)
    running = subprocess.Popen([*COMMAND.split(), "solve", str(source), str(target)], stdout=subprocess.DEVNULL)
    # Whoever opens a pipe to write waits for its reader: from then on the command is reading.
    with source.open("wb") as pipe:
        running.send_signal(number)
        pipe.write(EXAMPLE.read_bytes())

    assert running.wait(240) == 0
    answer = read_matches(target)
    assert check(read_instance(EXAMPLE), answer).feasible


def test_a_place_where_nothing_can_be_written_is_told_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # The instance does not exist: had it been read first, the exit code would be 3.
    missing = str(tmp_path / "no-instance.json")

    codes = [main(["solve", missing, str(tmp_path / "nowhere" / "m.json")]), main(["solve", missing, str(tmp_path)])]

    told = capsys.readouterr().err
    assert codes == [1, 1]
    assert "there is no folder" in told
    assert "it is a folder" in told


def test_a_folder_to_save_in_is_tried_before_the_database_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # No setting names a database: had it been asked first, the command would not come to an exit code.
    (tmp_path / "file").touch()

    codes = [main(["replay", str(UUID(int=1)), "--save", str(tmp_path / name)]) for name in ("nowhere", "file")]

    assert codes == [3, 3]
    assert capsys.readouterr().err.splitlines() == [
        f"nothing can be put into {place}: there is no folder {place}"
        for place in (tmp_path / "nowhere", tmp_path / "file")
    ]


@pytest.mark.parametrize(
    "option, place, why",
    [
        ("--plot", "nowhere/plot.svg", "there is no folder"),
        ("--plot", "", "it is a folder"),
        ("--decisions", "file", "cannot be made"),
        ("--decisions", "file/logs", "cannot be made"),
    ],
)
def test_where_a_simulation_is_to_write_is_tried_before_it_is_played(
    option: str, place: str, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()

    code = main(["simulate", str(tmp_path / "no-year.json"), option, str(tmp_path / place)])

    told = capsys.readouterr().err
    assert code == 3
    assert why in told
    assert "no-year" not in told


def test_a_simulation_puts_its_logs_and_its_picture_into_a_new_folder(tmp_path: Path) -> None:
    year, logs = Path(__file__).parent / "years" / "example-year.json", tmp_path / "new" / "logs"
    policy = ["--policy", "immediate-greedy"]

    code = main(["simulate", str(year), *policy, "--decisions", str(logs), "--plot", str(logs / "plot.svg")])

    assert code == 0
    assert sorted(path.name for path in logs.iterdir()) == ["example-year.json", "plot.svg"]


@pytest.mark.parametrize("pupils", [True, None, 12.0, "12", 10**30])
def test_pupils_that_are_no_count_break_a_rule_and_not_the_file(
    pupils: object, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["check", str(EXAMPLE), str(plan_in(tmp_path, pupils))])

    assert code == 1
    assert ("H2-cohort" if pupils == 10**30 else "H0-pupils") in capsys.readouterr().out


HUGE: list[tuple[str, list[str | int], object]] = [
    ("/policy/fit_points", ["policy", "fit_points"], 10**30),
    ("/policy/bands/a~1b~0c/0/1", ["policy", "bands"], {"a/b~c": [[100, 10**19]]}),
    ("/requests/0/need/gb5", ["requests", 0, "need", "gb5"], 10**19),
    ("/requests/0/sectors/a~1b", ["requests", 0, "sectors"], {"a/b": 101}),
    ("/schools/0/lat", ["schools", 0, "lat"], 10**400),
    ("/offers/0/notice_days", ["offers", 0, "notice_days"], 10**9),
    ("/offers/0/max_pupils", ["offers", 0, "max_pupils"], 2**31),
    ("/existing/0/pupils", ["existing", 0, "pupils"], 2**31),
]


@pytest.mark.parametrize("pointer,path,value", HUGE)
def test_an_absurd_number_is_refused_with_its_place_and_the_remedy(
    pointer: str, path: list[str | int], value: object
) -> None:
    told: Any = read_json(EXAMPLE)
    inner = told
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value

    with pytest.raises(BadFile) as caught:
        instance_from(told)

    assert caught.value.pointer == pointer
    assert caught.value.remedy


def test_a_number_of_five_thousand_digits_is_refused_with_its_place(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace('"max_pupils": 30', f'"max_pupils": {"9" * 5000}', 1)
    (tmp_path / "instance.json").write_text(text, encoding="utf-8")

    with pytest.raises(BadFile) as caught:
        read_instance(tmp_path / "instance.json")

    assert caught.value.pointer == "/offers/0/max_pupils"


def test_what_is_wrong_is_shown_as_the_file_has_it() -> None:
    with pytest.raises(BadFile, match="null is not an object"):
        matches_from(None)
    with pytest.raises(BadFile, match="true is not a text"):
        matches_from({"format": "encounters-matches/1", "instance": True, "matches": []})
