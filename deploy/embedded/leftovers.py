"""Who runs now, written down so that a later start can end what a killed supervisor left behind, and nothing else.

One small file per supervisor. A process counts as ours only if both its id and its start time agree with what was
written, or if it carries the supervisor's mark in its environment: ids alone are given out again.
"""

import contextlib
import json
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from deploy.embedded import CACHE

FOLDER = CACHE / "running"
MARK = "ENCOUNTERS_SUPERVISOR"
# The same process read twice may differ by a tick; another process with its id starts later than this.
SECONDS_BETWEEN_READINGS = 1.0


@dataclass
class Register:
    """The file of one supervisor: itself, its children, the folder it must not leave behind."""

    data: Path
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    children: dict[int, float] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.mark}.json"

    def note(self, pid: int) -> None:
        """Remember the child `pid`; one that has ended already needs no remembering."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self.children[pid] = psutil.Process(pid).create_time()
        self.write()

    def write(self) -> None:
        own = psutil.Process()
        content = {
            "supervisor": [own.pid, own.create_time()],
            "children": list(self.children.items()),
            "data": str(self.data),
            "mark": self.mark,
        }
        FOLDER.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(content))
        part.replace(self.path)

    def close(self) -> None:
        self.path.unlink(missing_ok=True)


def clear() -> int:
    """End the processes and remove the data that supervisors now dead left behind; say how many processes that were."""
    ended = 0
    for path in FOLDER.glob("*.json"):
        with contextlib.suppress(FileNotFoundError):  # Another start cleared it at the same moment.
            ended += _clear_one(path)
    return ended


def _clear_one(path: Path) -> int:
    left = json.loads(path.read_text())
    if is_running(*left["supervisor"]):
        return 0
    processes = [psutil.Process(pid) for pid, started in left["children"] if is_running(pid, started)]
    processes += [process for process in _marked(left["mark"]) if process not in processes]
    end(processes)
    shutil.rmtree(left["data"], ignore_errors=True)
    path.unlink()
    return len(processes)


def is_running(pid: int, started: float) -> bool:
    """Whether the process that had this id and began then still runs."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        same = abs(process.create_time() - started) < SECONDS_BETWEEN_READINGS
        return same and process.status() != psutil.STATUS_ZOMBIE
    return False


def _marked(mark: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARK) == mark:
                yield process


def end(processes: list[psutil.Process], grace_seconds: float = 0) -> None:
    """Have `processes` end: of themselves within the grace, or by force."""
    _, alive = psutil.wait_procs(processes, timeout=grace_seconds)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=5)
