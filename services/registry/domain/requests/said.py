"""What a school says about a request, and nothing that follows from it. Nothing about a pupil has a field here."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field, StrictBool, StrictInt
from pydantic.json_schema import SkipJsonSchema

from services.registry.domain.said import ActivityCode, BenchmarkCode, Day, Said, SectorCode, SupportCode

EVERY_OTHER = "*"
Preference = Annotated[StrictInt, Field(ge=0, le=100)]
Pupils = Annotated[StrictInt, Field(ge=1, le=100_000)]


def _never_typed(_: Any) -> Any:
    raise ValueError("what is still needed is computed, never typed; leave it out, and keep the cohort's figures right")


def _the_cohorts(_: Any) -> Any:
    raise ValueError("the number of pupils is the cohort's; leave it out, or amend the cohort")


class NewDays(Said):
    """A range of dates, both included."""

    first: Day
    last: Day


class RequestTerms(Said):
    """What may be said when posting and when amending."""

    benchmarks: tuple[BenchmarkCode, ...] = Field(min_length=1, max_length=10)
    activities: tuple[ActivityCode, ...] | None = Field(
        None, max_length=40, description="Left out: all that count for these benchmarks and are for this year group."
    )
    sectors: dict[SectorCode, Preference] = Field(
        default={EVERY_OTHER: 50}, max_length=20, description='Preference 0 to 100 per sector; "*": all others.'
    )
    possible: tuple[NewDays, ...] | None = Field(
        None, max_length=50, description="When it can be. Left out: September to July."
    )
    impossible: tuple[NewDays, ...] = Field((), max_length=200)
    notice_days: StrictInt = Field(14, ge=0, le=365)
    max_travel_km: float = Field(25, ge=0, le=1000, description="Where pupils travel.")
    send_needs: tuple[SupportCode, ...] = Field((), max_length=20, description="Kinds of support, never a pupil.")
    min_group: Pupils = Field(1, description="Smallest group worth sending.")
    max_places: Pupils | None = Field(
        None, description="Most pupil places over all matches. Left out: two per pupil of the cohort."
    )
    split: StrictBool = Field(default=True, description="False: every match takes the whole cohort.")
    contact_id: UUID | None = Field(None, description="Whom at the school to write to first; none: the first contact.")
    need: SkipJsonSchema[Annotated[None, BeforeValidator(_never_typed)]] = Field(None, exclude=True)
    pupils: SkipJsonSchema[Annotated[None, BeforeValidator(_the_cohorts)]] = Field(None, exclude=True)


class NewRequest(RequestTerms):
    """A request to post."""

    school_id: UUID | None = Field(None, description="A school's own key may leave it out.")
    cohort_id: UUID
