"""Compiling inner loops, with a cache on disk, so that only the first run on a machine waits for the compiler.

numba's own cache does not notice a change in a function that a cached one calls; the folder's name therefore carries a
digest of the sources.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """The function as machine code that runs without the interpreter's lock."""
    # Counting references to tables that are only handed on took three quarters of the time.
    return _compiled(function, _nrt=False)


def allocating(function: F) -> F:
    """As `compiled`, for the few functions that make tables of their own."""
    return _compiled(function)


def inlined(function: F) -> F:
    """As `compiled`, copied into each caller: tables cost more to hand over than such a function to run."""
    return _compiled(function, _nrt=False, inline="always")


def _compiled(function: F, **options: object) -> F:
    cache_folder()
    import numba  # noqa: PLC0415 — half a second that small problems do without.

    njit: Any = numba.njit
    return cast("F", njit(cache=True, nogil=True, error_model="numpy", **options)(function))


@cache
def cache_folder() -> Path:
    """Where compiled code is kept: a folder that can be written to, filled from NUMBA_CACHE_DIR if that cannot be.

    An image may carry the compiled code in a read-only folder: numba would not read it there, so it is copied once.
    """
    given = os.environ.get("NUMBA_CACHE_DIR")
    if given and _is_writable(Path(given)):
        folder = Path(given) / _digest()
    else:
        folder = Path(tempfile.gettempdir()) / f"encounters-{os.getuid()}" / _digest()
        if given and (Path(given) / _digest()).is_dir() and not folder.exists():
            shutil.copytree(Path(given) / _digest(), folder, dirs_exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    import numba  # noqa: PLC0415 — as above.

    config: Any = numba.config
    config.CACHE_DIR = str(folder)
    return folder


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _digest() -> str:
    """A digest of every file here that has compiled functions, and of the tables whose constants they contain."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        source = path.read_bytes()
        if path.name == "tables.py" or b"solver.compiled import" in source:
            digest.update(source)
    return digest.hexdigest()[:16]
