"""Bodies of offers: what may be asked, and how it is answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from contracts.offers import Offer
from contracts.reasons import WITHDRAWALS
from services.registry.api.bodies import Body
from services.registry.api.merging import Change
from services.registry.api.previews import Hint
from services.registry.domain.offers.said import OfferTerms
from services.registry.domain.texts import Line


class OfferChange(Change):
    """What to change of an offer: a field left out stays, null takes back what was said.

    `sessions` is the whole list of those still to come: name a session by its `session_id` to move it, or by its
    unchanged dates and times to keep it. One that is not in the list is cancelled, for good.
    """

    terms: ClassVar[type[BaseModel]] = OfferTerms


class Withdrawal(Body):
    """Why it is withdrawn, for good."""

    reason: str = Field(max_length=40, json_schema_extra={"enum": list(WITHDRAWALS)})


class OfferPlan(Body):
    """What one is thinking of doing: either of the two."""

    amend: OfferChange | None = None
    withdraw: Withdrawal | None = None


class OfferAnswer(Offer):
    """The offer as it is now, with what may disappoint about it."""

    warnings: list[Hint] = Field(default_factory=list)


@dataclass(frozen=True)
class OfferFilter:
    """Which offers a list is asked for."""

    employer_id: UUID | None
    area_id: UUID | None
    state: str | None
    reference: str | None


def _offer_filter(
    employer_id: UUID | None = None,
    area_id: UUID | None = None,
    state: Literal["open", "withdrawn"] | None = None,
    reference: Annotated[Line | None, Query(max_length=100)] = None,
) -> OfferFilter:
    return OfferFilter(employer_id, area_id, state, reference)


Filter = Annotated[OfferFilter, Depends(_offer_filter)]
