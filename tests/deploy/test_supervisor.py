import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from deploy.embedded import leftovers, ports
from deploy.embedded.supervisor import Program, Supervisor
from deploy.embedded.trouble import Trouble

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
# Has a child of its own, as a service with a solver has, and says the child's id.
PARENT = [
    sys.executable,
    "-c",
    "import subprocess as s, sys; p = s.Popen(sys.argv[1:]); print(p.pid, flush=True); p.wait()",
    *SLEEPER,
]
# A supervisor in a process of its own, which says the ids of the two programs it started and its folder.
SUPERVISING = """
import signal, sys, time
# Whoever runs the tests in the background of a shell lets them inherit that Ctrl-C is ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
from deploy.embedded.supervisor import Program, Supervisor
with Supervisor() as supervisor:
    for name in ("one", "two"):
        supervisor.start(Program(name, [sys.executable, "-c", "import time; time.sleep(600)"]))
    print(supervisor.pid("one"), supervisor.pid("two"), supervisor.data, flush=True)
    time.sleep(600)
"""

# The same inside a test run.
TEST = """
import sys, time
from deploy.embedded.supervisor import Program, Supervisor

def test_that_takes_long():
    with Supervisor() as supervisor:
        supervisor.start(Program("one", [sys.executable, "-c", "import time; time.sleep(600)"]))
        print(supervisor.pid("one"), flush=True)
        time.sleep(600)

def test_that_is_not_reached():
    raise AssertionError
"""


@pytest.fixture
def supervisor(monkeypatch, tmp_path):
    monkeypatch.setattr(leftovers, "FOLDER", tmp_path / "running")
    with Supervisor() as supervisor:
        yield supervisor


def supervising() -> tuple[subprocess.Popen[str], list[int], Path]:
    process = subprocess.Popen([sys.executable, "-c", SUPERVISING], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    one, two, folder = process.stdout.readline().split()
    return process, [int(one), int(two)], Path(folder)


def are_gone(pids: list[int], seconds: float = 5) -> bool:
    give_up = time.monotonic() + seconds
    while any(psutil.pid_exists(pid) for pid in pids):
        if time.monotonic() > give_up:
            return False
        time.sleep(0.02)
    return True


def end(process: subprocess.Popen[str], how: signal.Signals) -> int:
    process.send_signal(how)
    code = process.wait(timeout=60)
    assert process.stdout is not None
    process.stdout.close()
    return code


def test_programs_die_with_a_supervisor_that_is_killed():
    process, pids, _ = supervising()

    end(process, signal.SIGKILL)

    assert are_gone(pids)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_supervisor_told_to_end_leaves_nothing(how: signal.Signals):
    process, pids, folder = supervising()

    code = end(process, how)

    assert code != 0
    assert are_gone(pids, seconds=0)
    assert not folder.exists()


def test_a_test_run_told_to_end_ends_and_leaves_nothing(tmp_path):
    (tmp_path / "test_long.py").write_text(TEST)
    run = [sys.executable, "-m", "pytest", "-qs", "-p", "no:cacheprovider", "--confcutdir", tmp_path, tmp_path]
    process = subprocess.Popen(run, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    assert process.stdout is not None
    pid = int(process.stdout.readline())

    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=20)

    assert "AssertionError" not in output
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    assert are_gone([pid], seconds=0)


def test_the_next_start_removes_what_a_killed_supervisor_left():
    process, _, folder = supervising()
    end(process, signal.SIGKILL)
    assert folder.exists()

    with Supervisor():
        assert not folder.exists()


def test_the_next_start_leaves_a_living_supervisor_alone():
    process, pids, folder = supervising()

    with Supervisor():
        assert all(psutil.pid_exists(pid) for pid in pids)
        assert folder.exists()

    end(process, signal.SIGTERM)


def test_a_process_that_has_the_id_of_a_dead_one_is_left_alone(supervisor: Supervisor, tmp_path):
    bystander = subprocess.Popen(SLEEPER)
    gone = subprocess.Popen(["true"])  # noqa: S607
    started = psutil.Process(gone.pid).create_time()
    gone.wait()
    register = leftovers.FOLDER / "earlier.json"
    # The id is the bystander's, the start time is not.
    register.write_text(
        f'{{"supervisor": [{gone.pid}, {started}], "children": [[{bystander.pid}, 1.0]], '
        f'"data": "{tmp_path / "none"}", "mark": "nobody has this"}}'
    )

    ended = leftovers.clear()

    assert ended == 0
    assert not register.exists()
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_a_grandchild_that_outlived_everyone_is_ended_by_the_next_start(monkeypatch, tmp_path):
    monkeypatch.setattr(leftovers, "FOLDER", tmp_path / "running")
    gone = subprocess.Popen(["true"])  # noqa: S607
    gone.wait()
    orphan = subprocess.Popen(SLEEPER, env={**os.environ, leftovers.MARK: "earlier"})
    leftovers.FOLDER.mkdir()
    (leftovers.FOLDER / "earlier.json").write_text(
        f'{{"supervisor": [{gone.pid}, 1.0], "children": [], "data": "{tmp_path / "none"}", "mark": "earlier"}}'
    )

    assert leftovers.clear() == 1
    assert are_gone([orphan.pid], seconds=0)
    orphan.wait()


def test_a_killed_program_takes_its_own_children_along(supervisor: Supervisor):
    supervisor.start(Program("parent", PARENT, ready=lambda: supervisor.log("parent").read_text() != ""))
    child = int(supervisor.log("parent").read_text())

    supervisor.kill("parent")

    assert not supervisor.is_running("parent")
    assert are_gone([child], seconds=0)
    assert supervisor.ended() == ["parent"]


def test_a_restarted_program_is_another_process_with_the_same_arguments(supervisor: Supervisor):
    supervisor.start(Program("sleeper", SLEEPER, env={"COLOUR": "green"}))
    before = supervisor.pid("sleeper")

    supervisor.restart("sleeper")

    after = psutil.Process(supervisor.pid("sleeper"))
    assert after.pid != before
    assert after.environ()["COLOUR"] == "green"


def test_a_program_that_ignores_the_request_is_ended_by_force(supervisor: Supervisor):
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    supervisor.start(
        Program("deaf", [sys.executable, "-c", deaf], ready=lambda: "deaf" in supervisor.log("deaf").read_text())
    )

    assert supervisor.stop("deaf", seconds=0.3) == -signal.SIGKILL


def test_a_program_that_ends_before_it_is_ready_says_why(supervisor: Supervisor):
    broken = [sys.executable, "-c", "raise SystemExit('no such table')"]

    with pytest.raises(Trouble, match=r"broken ended before it was ready \(code 1\).\n  no such table"):
        supervisor.start(Program("broken", broken, ready=lambda: False))


def test_a_program_that_is_never_ready_is_given_up(supervisor: Supervisor):
    with pytest.raises(Trouble, match="sleeper was not ready within 0 seconds"):
        supervisor.start(Program("sleeper", SLEEPER, ready=lambda: False, ready_seconds=0.2))


def test_a_program_that_cannot_be_found_is_named(supervisor: Supervisor):
    with pytest.raises(Trouble, match="/no/such/program cannot be started: No such file or directory"):
        supervisor.start(Program("none", ["/no/such/program"], ready=lambda: False))


def test_a_port_is_free_and_not_one_for_outgoing_connections():
    port = ports.free_port()

    assert not ports.answers(port)
    assert port < 32_768
