"""Where a postcode is: the centre of its sector, else of its outcode. The table and its sources lie beside."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) *([0-9][A-Z]{2})")


@dataclass(frozen=True)
class Spot:
    """A point on the map, and the postcode in its usual form."""

    postcode: str
    lat: float
    lon: float


def normalise(postcode: str) -> str | None:
    """The postcode in its usual form, "SG1 3BE", or None where it cannot be one."""
    form = _POSTCODE.fullmatch(postcode.strip().upper())
    return f"{form[1]} {form[2]}" if form else None


def locate(postcode: str) -> Spot | None:
    """Where the postcode is, to about a kilometre; None where its area is not known, or it is no postcode."""
    usual = normalise(postcode)
    if usual is None:
        return None
    outcode, incode = usual.split()
    found = _table().get(f"{outcode} {incode[0]}") or _table().get(outcode)
    return Spot(usual, *found) if found else None


@cache
def _table() -> dict[str, tuple[float, float]]:
    text = (files(__name__) / "places.csv").read_text(encoding="utf-8")
    return {row["place"]: (float(row["lat"]), float(row["lon"])) for row in csv.DictReader(text.splitlines())}
