"""`python -m services.matcher solve`, run as a user runs it."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from services.matcher.checker import check
from services.matcher.files import instance_to_bytes, read_instance, read_matches, write_bytes
from tests.matcher.given_small import EXAMPLES, a_request, accepted, an_instance, an_offer

HUB = Path(__file__).parents[2] / "bench" / "instances" / "p12_hub_scarce.json.gz"
COMMAND = [sys.executable, "-m", "services.matcher", "solve"]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120)


def test_an_instance_is_solved_to_a_file_with_its_proof(tmp_path: Path) -> None:
    done = run(EXAMPLES / "example-2-two-days.json", tmp_path / "m.json")

    assert done.returncode == 0, done.stderr
    meta = read_matches(tmp_path / "m.json").meta
    assert (meta["objective"], meta["bound"], meta["gap"]) == (75_000, 75_000, 0)
    assert isinstance(meta["seconds"], float)
    assert meta["method"] == "mixed-integer program"


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.json.gz", "b.json.gz"):
        assert run(HUB, tmp_path / name, "--gap", "3%", "--seed", "7").returncode == 0

    assert (tmp_path / "a.json.gz").read_bytes() == (tmp_path / "b.json.gz").read_bytes()


def test_a_contradiction_is_told_and_no_file_is_written(tmp_path: Path) -> None:
    held = (accepted("O", "O.0", "R", 20), accepted("O", "O.0", "R2", 11))
    offers, requests = (an_offer(max_groups=2),), (a_request(), a_request("R2"))
    write_bytes(tmp_path / "i.json", instance_to_bytes(an_instance(offers, requests, existing=held)))

    done = run(tmp_path / "i.json", tmp_path / "m.json")

    assert done.returncode == 4
    assert "H3-capacity" in done.stderr
    assert "R2" in done.stderr
    assert not (tmp_path / "m.json").exists()


def test_a_bad_file_is_told_with_its_pointer_and_the_remedy(tmp_path: Path) -> None:
    told = json.loads((EXAMPLES / "example-1-does-it-pay.json").read_text())
    told["offers"][0]["sessions"][1]["date"] = "2026-13-01"
    (tmp_path / "i.json").write_text(json.dumps(told))

    done = run(tmp_path / "i.json", tmp_path / "m.json")

    assert done.returncode == 3
    assert "/offers/0/sessions/1/date" in done.stderr
    assert "YYYY-MM-DD" in done.stderr
    assert not (tmp_path / "m.json").exists()


def test_a_link_is_written_through_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to(tmp_path / "m.json")

    assert run(EXAMPLES / "example-1-does-it-pay.json", tmp_path / "link.json").returncode == 0

    assert (tmp_path / "link.json").is_symlink()
    assert read_matches(tmp_path / "m.json").meta["objective"] == 25_162


def test_a_wrong_limit_is_a_wrong_command_line(tmp_path: Path) -> None:
    assert run(HUB, tmp_path / "m.json", "--seconds", "0").returncode == 2


def test_sigterm_writes_the_best_so_far(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    running = subprocess.Popen([*COMMAND, str(HUB), str(tmp_path / "m.json"), "--seconds", "600"], stderr=theirs)
    shown = b""
    while b"points" not in shown:
        assert select.select([ours], [], [], 240)[0], "no progress is shown on the terminal"
        shown += os.read(ours, 1000)
    running.send_signal(signal.SIGTERM)

    assert running.wait(240) == 0
    os.close(ours)
    os.close(theirs)
    answer = read_matches(tmp_path / "m.json")
    assert answer.meta["ended_by"] == "stopped"
    assert check(read_instance(HUB), replace(answer, meta={})).feasible
