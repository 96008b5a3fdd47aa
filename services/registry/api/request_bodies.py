"""Bodies of school requests: what may be asked, and how it is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel, Field

from contracts.outlooks import Outlook
from contracts.requests import SchoolRequest
from services.registry.api.bodies import Body
from services.registry.api.merging import Change
from services.registry.api.offer_bodies import Withdrawal
from services.registry.api.previews import MatchInView
from services.registry.domain.requests.said import RequestTerms


class RequestChange(Change):
    """What to change of a request: a field left out stays, null takes back what was said."""

    terms: ClassVar[type[BaseModel]] = RequestTerms


class RequestPlan(Body):
    """What one is thinking of doing: either of the two."""

    amend: RequestChange | None = None
    withdraw: Withdrawal | None = None


class RequestAnswer(SchoolRequest):
    """A request with where it stands."""

    outlook: Outlook | None = Field(
        None, description="Why there is nothing yet, or not all; null until a round has looked at the request."
    )
    matches: list[MatchInView] = Field(default_factory=list, description="Its open matches, as far as told to anybody.")


@dataclass(frozen=True)
class RequestFilter:
    """Which requests a list is asked for."""

    school_id: UUID | None
    cohort_id: UUID | None
    state: str | None


def _request_filter(
    school_id: UUID | None = None,
    cohort_id: UUID | None = None,
    state: Literal["open", "withdrawn"] | None = None,
) -> RequestFilter:
    return RequestFilter(school_id, cohort_id, state)


Filter = Annotated[RequestFilter, Depends(_request_filter)]
