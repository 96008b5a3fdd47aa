"""What bodies are made of: unknown fields are refused; texts and numbers have limits that fit the database."""

from __future__ import annotations

from email.errors import MessageError
from email.headerregistry import Address
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from services.registry import places
from services.registry.domain import texts


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

Line = Annotated[str, StringConstraints(min_length=1, max_length=200), BeforeValidator(texts.clean_line)]
"""A short text on one line, never empty."""
Text = Annotated[str, StringConstraints(max_length=4000), BeforeValidator(texts.clean_text)]
"""A longer text, perhaps empty."""
Whole = Annotated[int, Field(strict=True)]
"""A whole number, whose field says the bounds: both of them, for the database has some."""
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
"""A number of things. It has its bounds; a field cannot narrow them."""
Degrees = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(_address)]
Postcode = Annotated[str, StringConstraints(max_length=10), AfterValidator(_usual_postcode)]
