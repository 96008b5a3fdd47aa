"""Folders kept in the cache for later starts."""

import contextlib
import os
import shutil
from pathlib import Path


def keep(folder: Path, at: Path) -> None:
    """Keep a copy of `folder` as `at`, whole or not at all, also when several starts keep the same."""
    at.parent.mkdir(parents=True, exist_ok=True)
    part = at.with_name(f"{at.name}.{os.getpid()}")
    shutil.copytree(folder, part)
    with contextlib.suppress(OSError):
        part.rename(at)  # refused where another start was quicker
    shutil.rmtree(part, ignore_errors=True)
