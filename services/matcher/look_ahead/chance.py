"""Draws that depend on names only: the same in every run, on every machine, and on every day of a scenario's life."""

from zlib import crc32

import numpy as np

from services.matcher.solver.tables import Table

WORD = 1 << 32


def draw(scenario: int, *names: str) -> float:
    """A number in [0, 1)."""
    return float(mixed(np.array([crc32("|".join(names).encode())], np.uint64), np.zeros(1, np.uint64), scenario)[0])


def marks(names: list[str]) -> Table:
    """One number per name, to be mixed."""
    return np.array([crc32(name.encode()) for name in names], np.uint64)


def mixed(one: Table, other: Table, scenario: int) -> Table:
    """Numbers in [0, 1) from pairs of marks."""
    with np.errstate(over="ignore"):
        x = one * np.uint64(0x9E3779B97F4A7C15) + other * np.uint64(0xC2B2AE3D27D4EB4F)
        x += np.uint64(scenario + 1) * np.uint64(0x165667B19E3779F9)
        x = _folded(x, 30) * np.uint64(0xBF58476D1CE4E5B9)
        x = _folded(x, 27) * np.uint64(0x94D049BB133111EB)
        x = _folded(x, 31)
    numbers: Table = np.right_shift(x, np.uint64(11)).astype(np.float64) / float(1 << 53)
    return numbers


def _folded(x: Table, bits: int) -> Table:
    return np.bitwise_xor(x, np.right_shift(x, np.uint64(bits)))
