"""PATCH as a JSON Merge Patch (RFC 7396): what is named takes the place of what was said, null takes it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, ClassVar, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, GetJsonSchemaHandler, RootModel, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from services.registry.domain.mistakes import Unacceptable

TermsT = TypeVar("TermsT", bound=BaseModel)


class Change(RootModel[dict[str, Any]]):
    """What is to change. It is judged once it is merged, by the rules of the whole."""

    terms: ClassVar[type[BaseModel]]
    """What it is described as, though nothing of it is required."""

    @classmethod
    def __get_pydantic_json_schema__(cls, _: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The terms, none of them required."""
        described = handler.resolve_ref_schema(handler(cls.terms.__pydantic_core_schema__))
        named = {"title": cls.__name__, "description": cls.__doc__}
        return {name: value for name, value in described.items() if name != "required"} | named


def merged(terms: type[TermsT], said: Mapping[str, Any], change: Change) -> TermsT:
    """What is said from now on. What is wrong with it answers as with any other body."""
    document = dict(said)
    for name, value in change.root.items():
        document[name] = _merged_value(document.get(name), value)
        if value is None and name in terms.model_fields:
            del document[name]
    try:
        return terms.model_validate(document)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]
        raise RequestValidationError(faults) from error


@contextmanager
def under(field: str) -> Iterator[None]:
    """Let faults of a body that lies in `field` of another point there."""
    try:
        yield
    except Unacceptable as error:
        faults = [replace(fault, pointer=f"#/{field}{fault.pointer[1:]}") for fault in error.faults]
        raise Unacceptable(error.detail, *faults) from error
    except RequestValidationError as error:
        parts = [{**part, "loc": ("body", field, *part["loc"][1:])} for part in error.errors()]
        raise RequestValidationError(parts) from error


def _merged_value(before: Any, value: Any) -> Any:
    # Our objects hold no further ones, so there is no going deeper.
    if not isinstance(value, dict):
        return value
    both = {**(before if isinstance(before, dict) else {}), **value}
    return {name: part for name, part in both.items() if part is not None}
