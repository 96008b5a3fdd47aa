"""What becomes of a hub when it is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.hubs import Hub, LetterPolicy
from services.registry.domain.mistakes import Fault, Unacceptable


def amended(hub: Hub, said: Mapping[str, Any]) -> Hub:
    """The hub with what was said about it. Of policy and letters only what was named changes, and their version rises.

    Raises Unacceptable for hours that leave no time to send letters in.
    """
    changed: dict[str, Any] = hub.model_dump() | dict(said)
    for terms in ("policy", "letters"):
        changed[terms] = _next(getattr(hub, terms).model_dump(), said.get(terms, {}))
    result = Hub.model_validate(changed)
    _check_hours(result.letters)
    return result


def _next(old: dict[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    new = old | dict(said)
    return old if new == old else new | {"version": old["version"] + 1}


def _check_hours(letters: LetterPolicy) -> None:
    if letters.send_from >= letters.send_until:
        fault = Fault("#/letters/send_until", "This is not after `send_from`.", "Use a later time of day.")
        raise Unacceptable("Letters need hours to go out in.", fault)
