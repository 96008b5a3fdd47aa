"""The project's own files."""

import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
MADE_BY_MAKE = {".git", ".venv", ".cache"}


def tracked_files() -> list[Path]:
    """What git knows; of an unpacked archive, everything but what make made."""
    if not (PROJECT / ".git").exists():
        return [file for file in PROJECT.rglob("*") if file.is_file() and not MADE_BY_MAKE & set(file.parts)]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True)  # noqa: S607
    files = (PROJECT / name for name in listed.stdout.split("\0") if name)
    return [file for file in files if file.is_file()]
