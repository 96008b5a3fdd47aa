"""The system as docker compose runs it, under a project, secrets and ports of the test's own."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.embedded.ports import free_port

PROJECT = Path(__file__).resolve().parents[2]
STARTING_SECONDS = 600
IMAGE_RELEASE = "compose-test"
OTHER_COMMIT = "0" * 40
"""What the image says it was built from."""


class Failed(Exception):
    """A command did not do what it should; its output is the message."""


@dataclass
class Compose:
    """One installation: its settings, and the commands an operator has."""

    settings: dict[str, str]
    files: tuple[str, ...] = ("docker-compose.yml",)
    folder: Path = PROJECT
    ports: dict[str, int] = field(default_factory=dict)

    def run(self, *words: str, ok: bool = True, given: str | None = None, seconds: float = 300) -> str:
        """`docker compose …`; its standard output. Raises Failed where the exit code is not 0, unless not `ok`."""
        done = self.attempt(*words, given=given, seconds=seconds)
        if ok and done.returncode:
            raise Failed(f"docker compose {' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-4000:]}")
        return done.stdout

    def attempt(self, *words: str, given: str | None = None, seconds: float = 300) -> subprocess.CompletedProcess[str]:
        """`docker compose …`, whatever comes of it."""
        files = [word for file in self.files for word in ("-f", str(self.folder / file))]
        return subprocess.run(
            ["docker", "compose", "--progress", "quiet", "--env-file", os.devnull, *files, *words],  # noqa: S607
            cwd=self.folder,
            env={**os.environ, **self.settings},
            capture_output=True,
            text=True,
            input=given,
            timeout=seconds,
            check=False,
        )

    def up(self, *words: str) -> float:
        """Start what is not running, wait until all is healthy; the seconds that took."""
        began = time.monotonic()
        self.run("up", "-d", "--wait", *words, seconds=STARTING_SECONDS)
        return time.monotonic() - began

    def execute(self, service: str, *words: str, number: int = 1) -> str:
        """A command inside a running container."""
        return self.run("exec", "-T", "--index", str(number), service, *words)

    def sql(self, service: str, query: str) -> str:
        """What the administrator of a service's database gets for `query`, unaligned."""
        return self.execute(f"{service}-db", "psql", "-U", "postgres", "-d", service, "-AtXc", query).strip()

    def containers(self, *services: str) -> list[dict[str, Any]]:
        """The state of each container, those that ended included."""
        lines = self.run("ps", "-a", "--format", "json", *services).splitlines()
        return [json.loads(line) for line in lines]

    def running(self) -> set[str]:
        """The services of which something runs: nothing that was only made, or has ended."""
        return {each["Service"] for each in self.containers() if each["State"] == "running"}

    def ids(self, service: str) -> list[str]:
        """The running containers of one service."""
        return self.run("ps", "-q", service).split()

    def api(self) -> str:
        """Where the registry answers."""
        return f"http://127.0.0.1:{self.ports['api']}"


def docker(*words: str) -> str:
    """`docker …`; its standard output."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)  # noqa: S607
    if done.returncode:
        raise Failed(f"docker {' '.join(words)}: {done.stderr}")
    return done.stdout


def until(what: str, look: Callable[[], Any], seconds: float = 120) -> Any:
    """What `look` finds, asked again and again."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if found := look():
            return found
        time.sleep(0.5)
    raise Failed(f"waited {seconds:.0f} seconds in vain for this: {what}")


@contextmanager
def installation(name: str, **more: str) -> Iterator[Compose]:
    """A fresh installation that is not started yet; nothing of it is left afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="encounters-secrets-"))
    ports = {kind: free_port() for kind in ("api", "mail", "prometheus", "grafana", "http", "https")}
    subprocess.run([PROJECT / "deploy/compose/make-secrets", folder], check=True, capture_output=True)
    compose = Compose(_settings(name, folder, ports) | more, ports=ports)
    try:
        yield compose
    finally:
        if not os.environ.get("ENCOUNTERS_COMPOSE_KEEP"):
            compose.run("--profile", "*", "down", "-v", "--remove-orphans", ok=False)
            shutil.rmtree(folder)


def _settings(name: str, folder: Path, ports: Mapping[str, int]) -> dict[str, str]:
    return {
        "COMPOSE_PROJECT_NAME": name,
        "COMPOSE_PROFILES": "demo",
        "ENCOUNTERS_RELEASE": IMAGE_RELEASE,
        "ENCOUNTERS_REVISION": OTHER_COMMIT,
        "ENCOUNTERS_SECRETS": str(folder),
        "ENCOUNTERS_LISTEN": f"127.0.0.1:{ports['api']}",
        "ENCOUNTERS_MAIL_LISTEN": f"127.0.0.1:{ports['mail']}",
        "ENCOUNTERS_PROMETHEUS_LISTEN": f"127.0.0.1:{ports['prometheus']}",
        "ENCOUNTERS_GRAFANA_LISTEN": f"127.0.0.1:{ports['grafana']}",
        "ENCOUNTERS_HTTP_LISTEN": f"127.0.0.1:{ports['http']}",
        "ENCOUNTERS_HTTPS_LISTEN": f"127.0.0.1:{ports['https']}",
        "ENCOUNTERS_PUBLIC_URL": f"http://127.0.0.1:{ports['api']}",
        # A Tuesday in term, whatever the day; it goes on from here, also across restarts.
        "ENCOUNTERS_CLOCK": f"from:2025-11-04T09:05:00+00:00@{time.time():.0f}",
        "ENCOUNTERS_DEBOUNCE": "0.5",
    }
