"""What bodies of offers and requests are made of: closed models, written-out dates, and codes."""

import datetime as dt
from collections.abc import Collection
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from contracts.activities import ACTIVITIES, SECTORS, SEND_SUPPORT
from contracts.gatsby import BENCHMARKS

ACTIVITY_NAMES = {code: activity.name for code, activity in ACTIVITIES.items()}
MODES = {"at_school": "At the school", "at_workplace": "At the workplace", "virtual": "Online"}
PHASES = {
    "secondary": "Secondary school",
    "special": "Special school",
    "college": "College",
    "alternative_provision": "Alternative provision",
}


class Said(BaseModel):
    """What a caller said. A field we do not know is refused: it would be a promise nobody keeps."""

    model_config = ConfigDict(extra="forbid", frozen=True)


SaidT = TypeVar("SaidT", bound=Said)


def without_lost_contact(said: SaidT, contacts: Collection[UUID]) -> SaidT:
    """What was said, less a contact who is no longer there: that is nobody's mistake, and the first one is meant."""
    named: UUID | None = getattr(said, "contact_id", None)
    return said if named is None or named in contacts else said.model_copy(update={"contact_id": None})


_FIRST, _LAST = dt.date(2000, 1, 1), dt.date(2099, 12, 31)


def _written_out(said: Any) -> Any:
    # Pydantic would read numbers as seconds since 1970, or since midnight.
    if isinstance(said, str | dt.date | dt.time):
        return said
    raise ValueError("this has to be a text; write days as 2027-03-09 and times as 09:30")


def _sensible(said: dt.date) -> dt.date:
    if not _FIRST <= said <= _LAST:
        raise ValueError("this day is too far away; use a year from 2000 to 2099")
    return said


def _london(said: dt.time) -> dt.time:
    if said.tzinfo is None:
        return said.replace(second=0, microsecond=0)
    raise ValueError("this is London time and takes no offset; leave the offset away")


Day = Annotated[dt.date, BeforeValidator(_written_out), AfterValidator(_sensible)]
"""A date, written out."""

Time = Annotated[dt.time, BeforeValidator(_written_out), AfterValidator(_london)]
"""A time of day in London, to the minute."""

# The lists are shown in the API's description; it is the rules that refuse an unknown code, and name the nearest.
ActivityCode = Annotated[str, Field(max_length=40, json_schema_extra={"enum": list(ACTIVITIES)})]
BenchmarkCode = Annotated[str, Field(max_length=40, json_schema_extra={"enum": list(BENCHMARKS)})]
ModeCode = Annotated[str, Field(max_length=40, json_schema_extra={"enum": list(MODES)})]
PhaseCode = Annotated[str, Field(max_length=40, json_schema_extra={"enum": list(PHASES)})]
SectorCode = Annotated[str, Field(max_length=40, json_schema_extra={"enum": list(SECTORS)})]
SupportCode = Annotated[str, Field(max_length=40, json_schema_extra={"enum": list(SEND_SUPPORT)})]
