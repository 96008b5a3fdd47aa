"""Dates, times, distances and names as people in English schools write them. Pure."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime

from contracts.matches import Terms
from services.plumbing.clock import LONDON

_KEPT_CONTROLS = "\n\t"
# Letters that turn the reading direction of what follows can make a text say something else.
_UNSEEN = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
_TURNING = {chr(c) for c in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF)}


def one_line(text: str, most: int = 200) -> str:
    """The text on one line, without control characters: fit for a header. Longer ones end in an ellipsis."""
    plain = " ".join(clean(text).split())
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + "…"


def clean(text: str, most: int = 4000) -> str:
    """The text without characters that nobody sees; its lines stay."""
    kept = (c for c in text.replace("\r\n", "\n") if c in _KEPT_CONTROLS or not _is_unseen(c))
    return "".join(kept)[:most].strip()


def _is_unseen(character: str) -> bool:
    return character in _TURNING or unicodedata.category(character) in _UNSEEN


def day(when: date) -> str:
    """As in "Tuesday 15 December 2026"."""
    return f"{when:%A} {when.day} {when:%B} {when.year}"


def short_day(when: date) -> str:
    """As in "Tue 15 Dec"."""
    return f"{when:%a} {when.day} {when:%b}"


def clock(time: dt.time) -> str:
    """As in "9:30am", "midday", "5pm"."""
    if (time.hour, time.minute) == (12, 0):
        return "midday"
    hour, half = time.hour % 12 or 12, "am" if time.hour < 12 else "pm"  # noqa: PLR2004 - midday
    return f"{hour}:{time.minute:02d}{half}" if time.minute else f"{hour}{half}"


def deadline(when: datetime) -> str:
    """As in "5pm on Friday 4 December"."""
    local = when.astimezone(LONDON)
    return f"{clock(local.time())} on {local:%A} {local.day} {local:%B}"


def short_deadline(when: datetime) -> str:
    """As in "Fri 4 Dec"."""
    return short_day(when.astimezone(LONDON).date())


def session(terms: Terms) -> str:
    """As in "Tuesday 15 December 2026, 9:30am to 12:30pm"."""
    times = f"{clock(terms.starts)} to {clock(terms.ends)}"
    if terms.end_date is None or terms.end_date == terms.date:
        return f"{day(terms.date)}, {times}"
    return f"{day(terms.date)} to {day(terms.end_date)}, {times} each school day"


def pupils(number: int) -> str:
    """As in "1 pupil", "30 pupils"."""
    return "1 pupil" if number == 1 else f"{number:,} pupils"


def joined(parts: Sequence[str]) -> str:
    """As in "one, two and three"."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def article(noun: str) -> str:
    """As in "a careers talk", "an enterprise day"; the plural ones stay as they are."""
    if noun.endswith("s"):
        return noun
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def lower_first(text: str) -> str:
    """For the middle of a sentence, but abbreviations stay as they are: "CV workshop"."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
