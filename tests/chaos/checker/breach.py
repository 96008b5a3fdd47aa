"""A promise that was not kept."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Breach:
    """Which promise, about which entity, and what is wrong."""

    promise: str
    entity_id: str
    text: str


def breach(entity_id: str, text: str) -> Breach:
    """One that gets its promise's name where all are gathered."""
    return Breach("", entity_id, text)
