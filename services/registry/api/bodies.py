"""What bodies are made of: unknown fields are refused; texts, numbers and days have limits that fit the database."""

from __future__ import annotations

import datetime as dt
import unicodedata
from email.errors import MessageError
from email.headerregistry import Address
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from services.registry import places


def _without_defaults_of_null(schema: dict[str, Any]) -> None:
    """A field that may be left out is not one that may be null: its description must not say so."""
    for field in schema.get("properties", {}).values():
        nullable = any(each.get("type") == "null" for each in field.get("anyOf", ()))
        if not nullable and field.get("default", "") is None:
            del field["default"]


class Body(BaseModel):
    """A body, or an object inside one. A field that it does not know is a mistake that is named."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, json_schema_extra=_without_defaults_of_null
    )

    def said(self) -> dict[str, Any]:
        """The fields that the caller sent, as Python values: what a PATCH changes."""
        return {name: getattr(self, name) for name in self.model_fields_set}


_FIRST, _LAST = dt.date(2000, 1, 1), dt.date(2099, 12, 31)


def _without_controls(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" and character not in "\n\t" for character in text):
        raise ValueError("this text holds control characters; remove them")
    return text


def _on_one_line(text: str) -> str:
    if "\n" in text or "\t" in text:
        raise ValueError("this text has to stand on one line; remove line breaks and tabs")
    return text


def _written(value: object) -> object:
    """Days and times are texts: a number would be read as seconds since 1970."""
    if not isinstance(value, str | dt.date | dt.time):
        raise ValueError("this has to be a text; write days as 2027-03-09 and times as 09:30")  # noqa: TRY004 - pydantic's
    return value


def _sensible(day: dt.date) -> dt.date:
    if not _FIRST <= day <= _LAST:
        raise ValueError("this day is too far away; use a year from 2000 to 2099")
    return day


def _of_london(time: dt.time) -> dt.time:
    if time.tzinfo is not None:
        raise ValueError("this is London time and takes no offset; leave the offset away")
    return time


def _address(text: str) -> str:
    """An address that every mail server takes: plain ASCII, and nothing but the address."""
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError, MessageError):
        address = Address()
    if address.addr_spec != text or not text.isascii() or "." not in address.domain:
        raise ValueError("this is not an email address; write it as name@school.example")
    return text


def _usual_postcode(text: str) -> str:
    usual = places.normalise(text)
    if usual is None:
        raise ValueError("this is not a postcode; write it as SG1 3BE")
    return usual


LEFT_OUT: Any = None
"""For the fields of a PATCH: may be left out, and then stays as it is. Null is a value, refused where it is none."""

_Clean = AfterValidator(_without_controls)
Line = Annotated[str, StringConstraints(min_length=1, max_length=200), _Clean, AfterValidator(_on_one_line)]
"""A short text on one line, never empty."""
Text = Annotated[str, StringConstraints(max_length=4000), _Clean]
"""A longer text, perhaps empty."""
Whole = Annotated[int, Field(strict=True)]
"""A whole number, whose field says the bounds: both of them, for the database has some."""
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
"""A number of things. It has its bounds; a field cannot narrow them."""
Day = Annotated[dt.date, BeforeValidator(_written), AfterValidator(_sensible)]
TimeOfDay = Annotated[dt.time, BeforeValidator(_written), AfterValidator(_of_london)]
Degrees = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_address)]
Postcode = Annotated[str, StringConstraints(max_length=10), AfterValidator(_usual_postcode)]
