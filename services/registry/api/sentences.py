"""Validation errors in plain sentences: where, what is wrong, what to do about it. The value is never repeated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.registry.domain.mistakes import Fault, Part

_PARTS: dict[str, Part] = {"body": "body", "query": "query", "path": "path", "header": "header"}

# pydantic's type of error → (what is wrong, what to do); braces are filled from the error's own context.
_SENTENCES: dict[str, tuple[str, str]] = {
    "missing": ("This is missing.", "Add it."),
    "extra_forbidden": ("There is no field of this name here.", "Remove it, or check how it is spelt."),
    "json_invalid": ("This is not JSON: {error}.", "Look at character {at}."),
    "model_attributes_type": ("This has to be an object.", "Send an object in braces."),
    "model_type": ("This has to be an object.", "Send an object in braces."),
    "dict_type": ("This has to be an object.", "Send an object in braces."),
    "list_type": ("This has to be a list.", "Send a list in square brackets."),
    "tuple_type": ("This has to be a list.", "Send a list in square brackets."),
    "string_type": ("This has to be a text.", "Put it in double quotes."),
    "string_unicode": ("This text is not valid Unicode.", "Send UTF-8 without lone surrogates."),
    "string_too_short": ("This text is too short.", "Use at least {min_length} character(s)."),
    "string_too_long": ("This text is too long.", "Use at most {max_length} characters."),
    "string_pattern_mismatch": ("This text does not have the right form.", "Match the pattern {pattern}."),
    "too_short": ("There are too few.", "Send at least {min_length}."),
    "too_long": ("There are too many.", "Send at most {max_length}."),
    "int_type": ("This has to be a whole number.", "Send digits without quotes and without a decimal point."),
    "int_parsing": ("This has to be a whole number.", "Send digits alone."),
    "int_parsing_size": ("This number is too large.", "Send a smaller one."),
    "int_from_float": ("This has to be a whole number.", "Leave the decimals away."),
    "float_type": ("This has to be a number.", "Send it without quotes."),
    "float_parsing": ("This has to be a number.", "Send digits, with a point for decimals."),
    "finite_number": ("This has to be a finite number.", "Send an ordinary number."),
    "bool_type": ("This has to be true or false.", "Send true or false without quotes."),
    "bool_parsing": ("This has to be true or false.", "Send true or false."),
    "greater_than": ("This number is too small.", "Send more than {gt}."),
    "greater_than_equal": ("This number is too small.", "Send at least {ge}."),
    "less_than": ("This number is too large.", "Send less than {lt}."),
    "less_than_equal": ("This number is too large.", "Send at most {le}."),
    "literal_error": ("This is none of the values possible here.", "Use one of {expected}."),
    "enum": ("This is none of the values possible here.", "Use one of {expected}."),
    "uuid_parsing": ("This is not an id.", "Send the id as this API gave it (a UUID)."),
    "uuid_type": ("This is not an id.", "Send the id as this API gave it (a UUID)."),
    "date_type": ("This has to be a date.", "Write it as 2027-03-09."),
    "date_parsing": ("This is not a date.", "Write it as 2027-03-09."),
    "date_from_datetime_parsing": ("This is not a date.", "Write it as 2027-03-09."),
    "date_from_datetime_inexact": ("This has to be a date without a time.", "Write it as 2027-03-09."),
    "time_type": ("This has to be a time of day.", "Write it as 09:30."),
    "time_parsing": ("This is not a time of day.", "Write it as 09:30."),
    "datetime_type": ("This has to be a date with a time.", "Write it as 2027-03-09T09:30:00Z."),
    "datetime_parsing": ("This is not a date with a time.", "Write it as 2027-03-09T09:30:00Z."),
    "datetime_from_date_parsing": ("This is not a date with a time.", "Write it as 2027-03-09T09:30:00Z."),
    "timezone_aware": ("This time lacks its offset.", "End it with Z or an offset such as +01:00."),
    "timezone_naive": ("This is London time and takes no offset.", "Leave the offset away."),
}


def fault_of(error: Mapping[str, Any]) -> Fault:
    """The fault behind one of pydantic's errors. A type without a sentence of ours keeps pydantic's."""
    part, *rest = error["loc"] or ("body",)
    detail, remedy = _sentences(error)
    # The place in a text that is no JSON is a number of characters, which is no place in a document.
    pointer = "#" if error["type"] == "json_invalid" else pointer_to(*rest)
    return Fault(pointer, detail, remedy, _PARTS.get(str(part), "body"))


def pointer_to(*steps: str | int) -> str:
    """The JSON pointer (RFC 6901), as a fragment, along `steps`; without any, the whole document."""
    return "#" + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def _sentences(error: Mapping[str, Any]) -> tuple[str, str]:
    context = {**error.get("ctx", {}), "at": error["loc"][-1] if error["loc"] else ""}
    if error["type"] in ("value_error", "assertion_error"):
        return _ours(str(context.get("error", error["msg"])))
    detail, remedy = _SENTENCES.get(error["type"], (f"{error['msg']}.", ""))
    return detail.format_map(context), remedy.format_map(context)


def _ours(text: str) -> tuple[str, str]:
    """A validator of ours says "what is wrong; what to do"."""
    detail, _, remedy = text.partition("; ")
    return _sentence(detail), _sentence(remedy)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}{'' if text.endswith('.') else '.'}" if text else ""
