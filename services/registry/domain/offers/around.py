"""What the registry knows that judging an offer takes: looked up first, handed in whole."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from contracts.hubs import Calendar
from services.registry.places import Spot

SATURDAY = 5


@dataclass(frozen=True)
class Around:
    """The employer's surroundings on the day of judging."""

    today: dt.date
    employer_id: UUID
    home_area_id: UUID
    areas: frozenset[UUID]
    """Of the areas named, those that exist."""
    contacts: frozenset[UUID]
    """The employer's own contacts who can be written to."""
    calendars: tuple[Calendar, ...]
    """Of the hubs in the areas served."""
    spot: Spot | None
    """Where the postcode is, if that is known."""

    def is_working_day(self, day: dt.date) -> bool:
        """Monday to Friday and no bank holiday, which are the same for all of England."""
        return day.weekday() < SATURDAY and not any(day in calendar.bank_holidays for calendar in self.calendars)

    def is_in_term(self, day: dt.date) -> bool:
        """In term in at least one of the hubs; also where no hub has said its terms."""
        return not self.calendars or any(calendar.is_school_day(day) for calendar in self.calendars)

    def working_days(self, first: dt.date, last: dt.date) -> int:
        """How many working days lie between two dates, both included."""
        days = (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
        return sum(map(self.is_working_day, days))
