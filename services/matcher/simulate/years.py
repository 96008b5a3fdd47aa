"""A school year of arrivals: the values of `encounters-year/1`, and reading them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from services.matcher.fields import BadFile, Fields
from services.matcher.files import instance_from, read_json
from services.matcher.instance import Instance

DAY = 1440
"""Minutes of a day: all times are whole minutes after 00:00 of the year's first day."""


@dataclass(frozen=True, slots=True)
class Times:
    """When things come, and when employers take back what nobody used."""

    arrives: Mapping[str, int]
    withdraws: Mapping[str, int]
    requested: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FormerYear:
    """What came in a year before, moved into this year's calendar. Answers were not recorded."""

    id: str
    instance: Instance
    times: Times


@dataclass(frozen=True, slots=True)
class Answer:
    """What a pair says whenever it is proposed, and how many minutes later."""

    accepts: bool
    minutes: int


@dataclass(frozen=True, slots=True)
class Year:
    id: str
    start: date
    instance: Instance
    times: Times
    answers: Mapping[tuple[str, str], Answer]
    history: tuple[FormerYear, ...]
    decline_share: float


def read_year(path: Path | str) -> Year:
    """The year in this file. Raises BadFile with the JSON pointer and the remedy."""
    return year_from(read_json(path))


def year_from(value: object) -> Year:
    """The year that this JSON value describes. Raises BadFile."""
    told = Fields(value, "")
    if told.get("format") != "encounters-year/1":
        raise BadFile("/format", "this is no school year", 'Hand in a file of format "encounters-year/1".')
    raw = Fields(told.get("instance"), "/instance").source
    instance = instance_from(raw)
    meta = Fields(told.get("meta"), "/meta")
    return Year(
        id=told.text("id"),
        start=told.day("start"),
        instance=instance,
        times=_times(told.get("times"), "/times", instance),
        answers=_answers(told.get("answers")),
        history=told.list_of("history", lambda former, at: _former(former, at, raw)),
        decline_share=meta.number("decline_share"),
    )


def _former(value: object, at: str, present: Mapping[str, object]) -> FormerYear:
    told = Fields(value, at)
    own = {name: told.get(name) for name in ("employers", "offers", "requests")}
    instance = instance_from({**present, **own, "id": told.text("id"), "existing": []})
    return FormerYear(told.text("id"), instance, _times(told.get("times"), f"{at}/times", instance))


def _times(value: object, at: str, instance: Instance) -> Times:
    told = Fields(value, at)
    offers, requests = Fields(told.get("offers"), f"{at}/offers"), Fields(told.get("requests"), f"{at}/requests")
    pairs = {o.id: _two(offers, o.id) for o in instance.offers}
    return Times(
        arrives={o: arrives for o, (arrives, _) in pairs.items()},
        withdraws={o: withdraws for o, (_, withdraws) in pairs.items()},
        requested={r.id: requests.whole(r.id) for r in instance.requests},
    )


def _two(told: Fields, key: str) -> tuple[int, int]:
    value = told.get(key)
    if isinstance(value, list) and [type(one) for one in value] == [int, int]:
        return value[0], value[1]
    raise told.wrong(key, "[arrives, withdraws] in whole minutes")


def _answers(value: object) -> dict[tuple[str, str], Answer]:
    told = Fields(value, "/answers")
    answers: dict[tuple[str, str], Answer] = {}
    for offer in told.source:
        words = Fields(told.source[offer], f"/answers/{offer}")
        for word in ("accept", "decline"):
            minutes = Fields(words.get(word), f"/answers/{offer}/{word}")
            answers.update({(offer, r): Answer(word == "accept", minutes.whole(r, 1)) for r in minutes.source})
    return answers
