"""Which pairs of an offer and a request are not proposed again, and which days are lost to a request. Pure.

Whoever answered, or was asked and did not, is not asked the same again until its terms change. Where nobody was told,
nobody said no: the plan is made anew, and what is barred only keeps it from asking the same at once.
"""

from datetime import datetime, timedelta

from services.matcher.domain import ENDED, LiveMatch

UNREACHED = timedelta(days=7)
"""How long an organisation that no letter reached is left alone with the same offer."""
_NOBODYS_NO = frozenset({"fewer_places", "left_hub"})
"""Reasons that are about limits, not about the pair: what they leave over is judged by the plan itself."""


def bars_the_pair(match: LiveMatch, now: datetime) -> bool:
    """Whether what became of this match speaks against the same offer for the same request, on any session."""
    if match.state not in ENDED or match.reason in _NOBODYS_NO:
        return False
    if match.state != "undeliverable":
        return True
    return match.reason != "too_late" and now < _ended_at(match) + UNREACHED


def bars_its_days(match: LiveMatch) -> bool:
    """Whether nobody could be asked in time for the days of this match: other days may leave the time."""
    return match.state == "undeliverable" and match.reason == "too_late"


def _ended_at(match: LiveMatch) -> datetime:
    # The first entry: facts that came later are noted under the same state.
    return next(change.at for change in match.history if change.state == match.state)
