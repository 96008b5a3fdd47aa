"""What becomes of a hub when it is changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from uuid import UUID

from contracts.hubs import Hub, LetterPolicy
from services.registry.domain.mistakes import Fault, Unacceptable

POINTS = frozenset({"bands", "fit_points", "travel_pupil_km", "travel_visit_km"}) | frozenset(
    {"session_points", "employer_points", "change_points"}
)
"""What of a policy weighs matches against each other, and so can only be one for a whole area."""


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


def warnings(hub: Hub, policy: Collection[str], first_id: UUID) -> Iterator[Fault]:
    """What of the `policy` that was just said has no effect: of several hubs in an area the first one's points hold."""
    if hub.hub_id == first_id:
        return
    for name in sorted(POINTS.intersection(policy)):
        detail = "Hubs of one area share their employers, so the points of the area's first hub hold for all of them."
        yield Fault(f"#/policy/{name}", detail, f"Agree on it, and change it there: PATCH /v1/hubs/{first_id}.")


def _next(old: dict[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    new = old | dict(said)
    return old if new == old else new | {"version": old["version"] + 1}


def _check_hours(letters: LetterPolicy) -> None:
    if letters.send_from >= letters.send_until:
        fault = Fault("#/letters/send_until", "This is not after `send_from`.", "Use a later time of day.")
        raise Unacceptable("Letters need hours to go out in.", fault)
