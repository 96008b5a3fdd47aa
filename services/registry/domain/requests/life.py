"""A request's life: posted, amended, withdrawn. Each step gives the whole request as it is from then on."""

import datetime as dt
from typing import Any
from uuid import UUID

from contracts.activities import ACTIVITIES, SEND_SUPPORT
from contracts.gatsby import BENCHMARKS
from contracts.reasons import WITHDRAWALS
from contracts.requests import SchoolRequest
from contracts.schools import Days
from services.registry.domain.codes import unknown
from services.registry.domain.mistakes import Conflict, Fault, Unacceptable
from services.registry.domain.requests import rules
from services.registry.domain.requests.around import Around
from services.registry.domain.requests.said import NewDays, RequestTerms

PLACES_PER_PUPIL = 2
"""Where no limit was said: room for one encounter and one more for each pupil, which a school can still staff."""


def post(said: RequestTerms, around: Around, *, request_id: UUID, now: dt.datetime) -> SchoolRequest:
    """A new request with all that follows from what was said.

    Raises Unacceptable with every fault, and Conflict if the school is closed.
    """
    if not around.is_open:
        raise Conflict("The school is closed.", school_id=str(around.school_id))
    _refuse(list(rules.faults(said, around)))
    return SchoolRequest(
        request_id=request_id,
        school_id=around.school_id,
        cohort_id=around.cohort.cohort_id,
        state="open",
        terms_version=1,
        posted_at=now,
        **_terms(said, around),
    )


def amend(request: SchoolRequest, said: RequestTerms, around: Around) -> SchoolRequest:
    """The request with what is now said in place of what was; the same request where nothing changed.

    `terms_version` rises with every change but that of the contact. Raises Unacceptable with every fault, and
    Conflict if the request is withdrawn.
    """
    _check_is_open(request)
    _refuse(list(rules.faults(said, around)))
    amended = request.model_copy(update=_terms(said, around))
    rises = _tied(amended) != _tied(request)
    return amended.model_copy(update={"terms_version": request.terms_version + rises})


def withdraw(request: SchoolRequest, reason: str) -> SchoolRequest:
    """The request, withdrawn for good. Raises Conflict if it is already, Unacceptable for a reason without a code."""
    if reason not in WITHDRAWALS:
        raise Unacceptable("The reason is not known.", unknown(reason, WITHDRAWALS, "reason", "#/reason"))
    _check_is_open(request)
    return request.model_copy(update={"state": "withdrawn", "reason": reason})


def _check_is_open(request: SchoolRequest) -> None:
    if request.state == "withdrawn":
        raise Conflict("The request is withdrawn, for good. Post a new one.", request_id=str(request.request_id))


def _refuse(found: list[Fault]) -> None:
    if found:
        raise Unacceptable("The request cannot be taken as it stands.", *found)


def _tied(request: SchoolRequest) -> dict[str, Any]:
    return request.model_dump(exclude={"contact_id", "terms_version"})


def _terms(said: RequestTerms, around: Around) -> dict[str, Any]:
    return {
        **said.model_dump(include={"sectors", "notice_days", "max_travel_km", "min_group", "split", "contact_id"}),
        "benchmarks": tuple(code for code in BENCHMARKS if code in said.benchmarks),
        "activities": _activities(said, around),
        "send_needs": tuple(code for code in SEND_SUPPORT if code in said.send_needs),
        "possible": _days(said.possible) if said.possible else (around.usual_days,),
        "impossible": _days(said.impossible),
        "max_places": said.max_places or PLACES_PER_PUPIL * around.cohort.pupils,
    }


def _activities(said: RequestTerms, around: Around) -> tuple[str, ...]:
    return tuple(
        code
        for code, activity in ACTIVITIES.items()
        if (code in said.activities if said.activities else _suits(code, said, around))
    )


def _suits(code: str, said: RequestTerms, around: Around) -> bool:
    activity = ACTIVITIES[code]
    return bool(set(activity.credits) & set(said.benchmarks)) and activity.youngest_year <= around.cohort.year


def _days(said: tuple[NewDays, ...]) -> tuple[Days, ...]:
    return tuple(sorted((Days(first=d.first, last=d.last) for d in said), key=lambda days: (days.first, days.last)))
