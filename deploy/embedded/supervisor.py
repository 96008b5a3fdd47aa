"""Starts programs, waits until they are ready, and takes them along when it ends, however it ends.

    with Supervisor() as supervisor:
        supervisor.start(Program("registry-api", [sys.executable, "-m", "services.registry", "api"], env=…, ready=…))
        supervisor.kill("registry-api")     # as the machine would: no goodbye
        supervisor.restart("registry-api")  # same arguments, so same port and same data

Every call blocks until it is done and may come from any thread; from a coroutine use `asyncio.to_thread`.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from deploy.embedded import leftovers, signals
from deploy.embedded.trouble import Trouble

LAUNCH = Path(__file__).with_name("launch.py")
READY_SECONDS = 60.0
STOP_SECONDS = 15.0
# PostgreSQL's own children notice within this that they lost their parent.
ORPHANS_NOTICE_SECONDS = 2.0


@dataclass(frozen=True)
class Program:
    """What to start, how to know that it is ready, and how to ask it to end."""

    name: str
    argv: Sequence[str | Path]
    env: Mapping[str, str] = field(default_factory=dict)  # added to the supervisor's own
    cwd: Path | None = None
    log: Path | None = None  # appended to; without one `<name>.log` in the supervisor's folder
    user: str | None = None  # only root may name one
    ready: Callable[[], bool] | None = None
    ready_seconds: float = READY_SECONDS
    stop_signal: signal.Signals = signal.SIGTERM
    # What it gets when everything is thrown away: a program whose data goes too need not put it in order.
    close_signal: signal.Signals | None = None


class Supervisor:
    """The one parent of everything that runs. Its folder `data` is removed when it closes."""

    def __init__(self) -> None:
        self.ended_leftovers = leftovers.clear()
        self.data = Path(tempfile.mkdtemp(prefix="encounters-"))
        self.data.chmod(0o755)  # a program that runs as another user passes through
        self._register = leftovers.Register(self.data)
        self._programs: dict[str, Program] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        # The kernel ends a child with the thread that started it: all are started by one that lives as long as we do.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="starter")
        self._restore: Callable[[], object] = lambda: None

    def __enter__(self) -> Self:
        self._register.write()
        self._restore = signals.leave_on_sigterm()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _t: TracebackType | None
    ) -> None:
        self.close()

    def start(self, program: Program, *, wait: bool = True) -> None:
        """Start `program` and, unless told not to wait, return once it is ready.

        Raises Trouble if it ends before, or is not ready in time; the message ends with the last lines of its log.
        """
        if self.is_running(program.name):
            raise Trouble(f"{program.name} runs already.")
        self._programs[program.name] = program
        self._starter.submit(self._start, program).result()
        if wait:
            self.wait_until_ready(program.name)

    def _start(self, program: Program) -> None:
        launch: list[str | Path] = [sys.executable, "-I", "-S", LAUNCH, str(os.getpid()), program.user or "-"]
        with self.log(program.name).open("ab") as log:
            process = subprocess.Popen(
                [*launch, *program.argv],
                env={**os.environ, leftovers.MARK: self._register.mark, **program.env},
                cwd=program.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C at the terminal is ours to pass on
            )
        self._processes[program.name] = process
        self._register.note(process.pid)

    def wait_until_ready(self, name: str) -> None:
        program = self._programs[name]
        give_up = time.monotonic() + program.ready_seconds
        while program.ready is not None and not program.ready():
            if not self.is_running(name):
                raise Trouble(
                    f"{name} ended before it was ready (code {self._processes[name].poll()}).{self._tail(name)}"
                )
            if time.monotonic() > give_up:
                raise Trouble(f"{name} was not ready within {program.ready_seconds:.0f} seconds.{self._tail(name)}")
            time.sleep(0.02)

    def is_running(self, name: str) -> bool:
        process = self._processes.get(name)
        return process is not None and process.poll() is None

    def ended(self) -> list[str]:
        """Who was started and runs no more: a parent that asks now and then notices a crash."""
        return [name for name in self._processes if not self.is_running(name)]

    def pid(self, name: str) -> int:
        return self._processes[name].pid

    def log(self, name: str) -> Path:
        return self._programs[name].log or self.data / f"{name}.log"

    def stop(self, name: str, seconds: float = STOP_SECONDS) -> int:
        """Ask `name` to end, and insist after `seconds`; return its exit code (negative: the signal that ended it)."""
        return self._end(name, self._programs[name].stop_signal, seconds)

    def kill(self, name: str) -> None:
        """End `name` as a power cut would, and wait until its own children are gone too."""
        self._end(name, signal.SIGKILL, ORPHANS_NOTICE_SECONDS)

    def restart(self, name: str, *, wait: bool = True) -> None:
        """Start `name` again as it was started before, stopping it first if it runs; return once it is ready."""
        if self.is_running(name):
            self.stop(name)
        self.start(self._programs[name], wait=wait)

    def _end(self, name: str, how: signal.Signals, seconds: float) -> int:
        process = self._processes[name]
        if process.poll() is None:
            children: list[psutil.Process] = []
            with contextlib.suppress(psutil.NoSuchProcess):
                children = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(how)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
            leftovers.end(children, ORPHANS_NOTICE_SECONDS)
        return process.wait()

    def close(self) -> None:
        """End everything, the last started first, and remove the data. A second Ctrl-C does not stop it half-way."""
        with signals.uninterrupted():
            for name in reversed(self._processes):
                program = self._programs[name]
                self._end(name, program.close_signal or program.stop_signal, STOP_SECONDS)
            shutil.rmtree(self.data, ignore_errors=True)
            self._register.close()
            self._starter.shutdown()
        self._restore()

    def _tail(self, name: str, lines: int = 15) -> str:
        text = self.log(name).read_text(errors="replace").strip().splitlines()[-lines:]
        return "".join(f"\n  {line}" for line in text)
