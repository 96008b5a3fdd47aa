"""By which terms the look-ahead decides."""

from dataclasses import dataclass

Key = tuple[str, str]
"""Offer and request."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How the look-ahead decides. Shares are of the scenarios."""

    scenarios: int = 6
    first_steps: int = 3000
    steps: int = 300
    turn_steps: int = 100
    turns: int = 8
    risky: float = 0.5
    safe: float = 0.75
    near_days: int = 14
