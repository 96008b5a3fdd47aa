"""What an employer says about an offer, and nothing that follows from it."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StrictBool, StrictInt

from services.registry.domain.said import (
    ActivityCode,
    BenchmarkCode,
    Day,
    ModeCode,
    PhaseCode,
    Said,
    SectorCode,
    SupportCode,
    Time,
)
from services.registry.domain.texts import Line, Text

Few = Annotated[StrictInt, Field(ge=1, le=200)]
Pupils = Annotated[StrictInt, Field(ge=1, le=2000)]


class NewPlace(Said):
    """Where the employer is."""

    postcode: Line = Field(min_length=2, max_length=10, examples=["SG1 1EN"])
    address: Line = Field("", max_length=300, description="Street and town: where pupils are to come.")
    lat: float | None = Field(None, ge=49, le=61, description="Left out: as near as the postcode tells.")
    lon: float | None = Field(None, ge=-9, le=3)


class NewSession(Said):
    """One dated occurrence."""

    session_id: UUID | None = Field(None, description="In an amendment: which session this is.")
    date: Day
    end_date: Day | None = Field(None, description="Last day, where the session takes several.")
    part: Literal["am", "pm", "day"] | None = Field(None, description="Left out: follows from the times.")
    starts: Time = Field(description="London time, each day.", examples=["09:30"])
    ends: Time = Field(description="London time, each day.", examples=["12:00"])


class OfferTerms(Said):
    """What may be said when publishing and when amending."""

    activity: ActivityCode
    title: Line = Field(min_length=3, max_length=120)
    purpose: Text = Field(min_length=10, max_length=2000, description="What it is for; shared with the pupils.")
    learning_outcomes: tuple[Annotated[Line, Field(min_length=3, max_length=300)], ...] = Field((), max_length=10)
    what_pupils_do: Text = Field(min_length=10, max_length=2000)
    benchmarks: tuple[BenchmarkCode, ...] | None = Field(
        None, max_length=10, description="Left out: all that the activity counts for."
    )
    sectors: tuple[SectorCode, ...] = Field((), max_length=15)
    mode: ModeCode | None = Field(None, description="Needed where the activity knows several.")
    place: NewPlace
    radius_km: float | None = Field(None, gt=0, le=1000, description="Furthest school served; none: no limit.")
    sessions: tuple[NewSession, ...] = Field(max_length=200)
    min_pupils: Pupils = Field(1, description="Per group.")
    max_pupils: Pupils = Field(description="Per session, over all its groups.")
    max_groups: Few | None = Field(None, description="Per session. Left out: one; for placements one per pupil.")
    max_groups_per_school: Few | None = Field(None, description="Over all sessions; none: no limit.")
    max_sessions: Few | None = Field(
        None, description="At most this many of the sessions take place. Left out: all of them."
    )
    years: tuple[StrictInt, ...] | None = Field(None, max_length=20, description="Left out: all the activity is for.")
    phases: tuple[PhaseCode, ...] | None = Field(None, max_length=10, description="Left out: all.")
    send_support: tuple[SupportCode, ...] = Field((), max_length=20)
    notice_days: StrictInt = Field(14, ge=0, le=365)
    requirements: Text = Field("", max_length=2000, description="What the school has to prepare or bring.")
    accessibility: Text = Field("", max_length=2000)
    employer_confirms: StrictBool = Field(default=False, description="The employer confirms each accepted match.")
    areas: tuple[UUID, ...] | None = Field(None, max_length=100, description="Left out: the employer's home area.")
    contact_id: UUID | None = Field(None, description="Whom at the employer to write to; none: the first contact.")


class NewOffer(OfferTerms):
    """An offer to publish."""

    employer_id: UUID | None = Field(None, description="An employer's own key may leave it out.")
    reference: Line | None = Field(
        None, min_length=1, max_length=100, description="The employer's own; never used twice, also after withdrawal."
    )
