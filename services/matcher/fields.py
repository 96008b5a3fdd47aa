"""Taking typed values out of JSON, so that what is wrong is said with its JSON pointer and the remedy."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

from services.matcher.instance import DateRange

T = TypeVar("T")
SHOWN_MAX = 40
COUNT_MAX = 1_000_000_000
"""No count in any place is larger, so that no sum of them leaves the numbers that a computer adds quickly."""


class BadFile(ValueError):
    """A file that does not follow the format: where (a JSON pointer), what is wrong, and what to do about it."""

    def __init__(self, pointer: str, problem: str, remedy: str) -> None:
        super().__init__(f"{pointer or '(whole file)'}: {problem}. {remedy}")
        self.pointer = pointer
        self.problem = problem
        self.remedy = remedy

    def __reduce__(self) -> tuple[type["BadFile"], tuple[str, str, str]]:
        return type(self), (self.pointer, self.problem, self.remedy)


class Fields:
    """One JSON object and where it stands; every method takes one field out of it or raises BadFile."""

    __slots__ = ("at", "source")

    def __init__(self, source: object, at: str) -> None:
        if not isinstance(source, dict):
            raise BadFile(at, f"{shown(source)} is not an object", "Write an object in braces here.")
        self.source: Mapping[str, object] = source
        self.at = at

    def get(self, key: str) -> object:
        try:
            return self.source[key]
        except KeyError:
            raise BadFile(f"{self.at}/{step(key)}", "the field is missing", f'Add "{key}".') from None

    def wrong(self, key: str, expected: str) -> BadFile:
        value = self.source.get(key)
        return BadFile(f"{self.at}/{step(key)}", f"{shown(value)} is not {expected}", f"Write {expected}.")

    def whole(self, key: str, low: int = 0, high: int = COUNT_MAX) -> int:
        value = self.get(key)
        if type(value) is int and low <= value <= high:
            return value
        raise self.wrong(key, f"a whole number of {low} or more, at most {high:,}")

    def whole_or_none(self, key: str) -> int | None:
        return None if self.source.get(key) is None else self.whole(key)

    def number(self, key: str, most: float = COUNT_MAX) -> float:
        value = self.get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and -most <= value <= most:
            return value
        raise self.wrong(key, f"a number from {-most:,} to {most:,}")

    def number_or_none(self, key: str) -> float | None:
        return None if self.source.get(key) is None else self.number(key)

    def text(self, key: str) -> str:
        value = self.get(key)
        if type(value) is str:
            return value
        raise self.wrong(key, "a text in quotes")

    def one_of(self, key: str, words: tuple[str, ...]) -> str:
        value = self.get(key)
        if isinstance(value, str) and value in words:
            return value
        raise self.wrong(key, "one of " + ", ".join(words))

    def flag(self, key: str) -> bool:
        value = self.get(key)
        if type(value) is bool:
            return value
        raise self.wrong(key, "true or false")

    def day(self, key: str) -> date:
        return day(self.get(key), f"{self.at}/{step(key)}")

    def items(self, key: str) -> list[object]:
        value = self.get(key)
        if isinstance(value, list):
            return value
        raise self.wrong(key, "a list in square brackets")

    def list_of(self, key: str, read: Callable[[object, str], T]) -> tuple[T, ...]:
        at = f"{self.at}/{step(key)}"
        return tuple(read(value, f"{at}/{i}") for i, value in enumerate(self.items(key)))

    def texts(self, key: str) -> tuple[str, ...]:
        values = self.items(key)
        if all(type(value) is str for value in values):
            return tuple(map(str, values))
        return self.list_of(key, text)

    def wholes(self, key: str, high: int = COUNT_MAX) -> dict[str, int]:
        inner = Fields(self.get(key), f"{self.at}/{step(key)}")
        return {name: inner.whole(name, high=high) for name in inner.source}


def text(value: object, at: str) -> str:
    """The value as a text. Raises BadFile."""
    if isinstance(value, str):
        return value
    raise BadFile(at, f"{shown(value)} is not a text", "Write a text in quotes.")


def whole(value: object, at: str) -> int:
    """The value as a whole number. Raises BadFile."""
    if type(value) is int and abs(value) <= COUNT_MAX:
        return value
    what = f"a whole number of at most {COUNT_MAX:,}"
    raise BadFile(at, f"{shown(value)} is not {what}", f"Write {what}.")


def day(value: object, at: str) -> date:
    """The value as a day. Raises BadFile."""
    try:
        if isinstance(value, str) and len(value) == len("2026-09-07"):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise BadFile(at, f"{shown(value)} is not a day", "Write a day of the calendar as YYYY-MM-DD.")


def range_of_days(value: object, at: str) -> DateRange:
    """The value as `[from, to]`, both days included. Raises BadFile."""
    if not isinstance(value, list) or len(value) != len(("from", "to")):
        raise BadFile(at, f"{shown(value)} is not a range of days", "Write [from, to].")
    first, last = day(value[0], f"{at}/0"), day(value[1], f"{at}/1")
    if first > last:
        raise BadFile(at, f"{first} is after {last}", "Write the earlier day first.")
    return first, last


def step(key: str) -> str:
    """The key as one step of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def shown(value: object) -> str:
    """The value as a reader may see it in a message: short."""
    words = f'"{value}"' if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return words if len(words) <= SHOWN_MAX else words[: SHOWN_MAX - 3] + "..."
