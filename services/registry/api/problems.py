"""Every error leaves as `application/problem+json`: which mistake is which problem, and what the document holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse

from services.plumbing import telemetry
from services.registry.api.idempotency import IDEMPOTENCY_KEY
from services.registry.api.preconditions import IF_MATCH
from services.registry.domain import answers, mistakes
from services.registry.domain.mistakes import Fault, Mistake

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """One type of problem: its status, its stable name in the address, its title, and more for who looks it up."""

    status: int
    slug: str
    title: str
    meaning: str = "The problem's `detail` says what happened, `errors` where, and what to do about it."


# A subclass that is not named here is its nearest ancestor's kind.
KINDS: dict[type[Mistake], Kind] = {
    mistakes.Unacceptable: Kind(422, "unacceptable", "The request says something that cannot be"),
    mistakes.NotFound: Kind(404, "not-found", "There is no such thing"),
    mistakes.NotAllowed: Kind(403, "not-allowed", "This key may not do that"),
    mistakes.Conflict: Kind(409, "conflict", "It does not go with what is already there"),
    mistakes.NoKey: Kind(401, "key-needed", "A valid API key is needed"),
    mistakes.KeyReused: Kind(422, "idempotency-key-reused", "The Idempotency-Key was used with another body"),
    mistakes.StillRunning: Kind(409, "still-running", "The first request has not ended yet"),
    mistakes.AlreadyDone: Kind(409, "already-done", "It was done before, and its answer is not kept"),
    mistakes.Stale: Kind(412, "stale", "It has changed since you read it"),
    mistakes.NotJson: Kind(415, "json-needed", "The body has to be JSON"),
    answers.SaidBefore: Kind(409, "answered-before", "Something else was recorded first"),
    answers.NoLongerOpen: Kind(409, "no-longer-open", "It has ended"),
    answers.TermsMoved: Kind(409, "terms-moved", "It is no longer what you were shown"),
    answers.NotYet: Kind(409, "not-yet", "It is too early for that"),
    mistakes.TooMany: Kind(429, "too-many-requests", "Too many requests"),
}
# Headers that a request must have, each with a problem of its own where it lacks one.
MISSING = {
    IDEMPOTENCY_KEY: Kind(400, "idempotency-key-missing", "An Idempotency-Key is needed"),
    IF_MATCH: Kind(428, "if-match-needed", "Say which version you are changing"),
}
INVALID = Kind(422, "invalid", "The request is not formed as it should be")
UNREADABLE = Kind(400, "unreadable", "The body cannot be read")
NO_SUCH_ADDRESS = Kind(404, "no-such-address", "There is nothing here")
METHOD_NOT_ALLOWED = Kind(405, "method-not-allowed", "This address does not take that method")
TOO_LARGE = Kind(413, "too-large", "The body is too large")
BUSY = Kind(503, "busy", "Not just now")
BROKEN = Kind(500, "broken", "Something went wrong on our side")
_OTHERS = (INVALID, UNREADABLE, NO_SUCH_ADDRESS, METHOD_NOT_ALLOWED, TOO_LARGE, BUSY, BROKEN)

# A guard of the database that a race can reach, by its constraint's name, and the sentence for the caller.
# The usual case is found before and answers better: this is for the second of two at the same moment.
GUARDS: dict[str, str] = {
    "areas_have_a_name_each": "There is an area of this name.",
    "hubs_have_a_name_each": "There is a hub of this name.",
    "clusters_have_a_name_each": "The hub has a cluster of this name.",
    "schools_have_a_urn_each": "There is a school with this URN.",
    "memberships_are_open_once_a_school": "A school is in one hub at a time; end the other membership first.",
    "cohorts_have_a_label_each": "The school has a cohort of this label in this academic year.",
    "cohorts_are_one_a_year_group": "The school has this year group already.",
    "employers_have_a_name_each_in_an_area": "There is an employer of this name in this area.",
    "contacts_have_an_address_each_in_an_organisation": "The organisation has a contact with this address.",
}


def every_kind() -> list[Kind]:
    """Every kind there is, for the pages that explain them."""
    return [*KINDS.values(), *MISSING.values(), *_OTHERS]


def kind_of(mistake: type[Mistake]) -> Kind:
    """The kind of a mistake, or of its nearest ancestor in the table."""
    return next(KINDS[ancestor] for ancestor in mistake.__mro__ if ancestor in KINDS)


def problem(
    request: Request,
    kind: Kind,
    detail: str,
    faults: tuple[Fault, ...] = (),
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> JSONResponse:
    """The problem document (RFC 9457) with our own members: errors, and the id to ask us about."""
    correlation_id, _ = telemetry.causes()
    document = {
        "type": f"/problems/{kind.slug}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "instance": request.url.path,
        **({"errors": [_error(fault) for fault in faults]} if faults else {}),
        **members,
        "correlation_id": str(correlation_id),
    }
    return JSONResponse(document, status_code=kind.status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def _error(fault: Fault) -> dict[str, str]:
    error = {"in": fault.part, "pointer": fault.pointer, "detail": fault.detail}
    return {**error, "remedy": fault.remedy} if fault.remedy else error
