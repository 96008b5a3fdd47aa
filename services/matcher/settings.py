"""What an operator may set for the matcher's processes."""

from datetime import timedelta

from pydantic import Field

from services.plumbing.settings import Duration, Settings


class MatcherSettings(Settings):
    """Plumbing's settings and how rounds are run."""

    pool_size_max: int = Field(8, ge=2)
    debounce: Duration = Field(timedelta(seconds=2), description="How long an area must be quiet before a round.")
    debounce_max: Duration = Field(timedelta(seconds=20), description="News waits no longer than this for quiet.")
    overtaking_max: Duration = Field(
        timedelta(minutes=2), description="A full round is put off for repairs no longer than this."
    )
    lease: Duration = Field(timedelta(seconds=15), description="Renewed while the solver thinks.")
    rounds_poll: Duration = timedelta(milliseconds=200)
    solvers: int = Field(2, ge=1, description="Areas planned at the same time, each by a process; one more repairs.")
    solve_seconds_max: float = Field(60, gt=0, description="The solver stops by steps or gap; this is for emergencies.")
    solve_steps: int = Field(20_000, ge=0, description="Search steps per round, where a round is too large to prove.")
    look_ahead_seconds_max: float = Field(20, gt=0, description="After that a round asks its scenarios no further.")
    seed: int = Field(1, ge=0, description="Of every round; noted with each, so that it can be replayed.")
    round_inputs_kept: Duration = Field(
        timedelta(days=90), description="What went into a round, for `replay`; its figures are kept for ever."
    )
