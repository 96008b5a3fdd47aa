"""What the registry knows that judging a request takes: looked up first, handed in whole."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from contracts.gatsby import institution_of, rules_on
from contracts.schools import Cohort, Days


@dataclass(frozen=True)
class Around:
    """The school's surroundings on the day of judging."""

    today: dt.date
    school_id: UUID
    phase: str
    is_open: bool
    """Whether the school is."""
    cohort: Cohort
    contacts: frozenset[UUID]
    """The school's own contacts who can be written to."""

    @property
    def year(self) -> Days:
        """The cohort's academic year, September to August."""
        first = int(self.cohort.academic_year[:4])
        return Days(first=dt.date(first, 9, 1), last=dt.date(first + 1, 8, 31))

    @property
    def usual_days(self) -> Days:
        """When it can be, where the school has not said: September to July."""
        return Days(first=self.year.first, last=self.year.last.replace(month=7))

    def asks_for(self, benchmark: str) -> bool:
        """Whether the benchmark asks anything of a cohort of this year group."""
        return rules_on(self.today).target(institution_of(self.phase), benchmark, self.cohort.year) > 0
