"""What was filled in on a page: read, tidied and checked. Faults name the field that they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

from contracts.reasons import CANCELLATIONS, EMPLOYER_REFUSES, NOT_HELD, SCHOOL_DECLINES
from services.registry.domain.texts import clean_text

COMMENT_LENGTH_MAX = 500
FIELDS_MAX = 20
REASONS: dict[str, dict[str, dict[str, str]]] = {
    "school": {"decline": SCHOOL_DECLINES, "cancel": CANCELLATIONS, "delivery": NOT_HELD},
    "employer": {"decline": EMPLOYER_REFUSES, "cancel": CANCELLATIONS, "delivery": NOT_HELD},
}
"""Which coded reasons each audience may choose from, by form."""


@dataclass(frozen=True)
class Fault:
    """One thing to put right: the id of the field, and what to do about it."""

    field: str
    text: str


@dataclass(frozen=True)
class Form:
    """One form as it was filled in, empty before anybody did."""

    name: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """The value of a field; empty if there is none."""
        return self.values.get(name, "")


async def read_form(request: Request, name: str) -> Form:
    """The form that came with the request. Files are left aside."""
    async with request.form(max_fields=FIELDS_MAX, max_files=0) as fields:
        return Form(name, {key: clean_text(value) for key, value in fields.items() if isinstance(value, str)})


def number(form: Form, name: str) -> int | None:
    """The whole number in a field; None if it holds anything else."""
    digits = form[name].replace(",", "").replace(" ", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 6 else None  # noqa: PLR2004


def faults_of(form: Form, audience: str) -> tuple[Fault, ...]:
    """What has to be put right before the form can count."""
    choices = REASONS[audience].get(form.name, {})
    match form.name:
        case "decline" | "cancel":
            return (*_reason_faults(form, choices), *_comment_faults(form))
        case "delivery":
            return tuple(_delivery_faults(form, choices))
    return ()


def _reason_faults(form: Form, choices: dict[str, str]) -> Iterable[Fault]:
    if form["reason"] not in choices:
        yield Fault(f"{form.name}-reason", "Choose the reason that fits best")


def _comment_faults(form: Form) -> Iterable[Fault]:
    if (length := len(form["comment"])) > COMMENT_LENGTH_MAX:
        yield Fault(f"{form.name}-comment", f"Shorten the text by {length - COMMENT_LENGTH_MAX} characters")


def _delivery_faults(form: Form, choices: dict[str, str]) -> Iterable[Fault]:
    if form["held"] not in {"yes", "no"}:
        yield Fault("delivery-held", "Say whether it took place")
    elif form["held"] == "yes" and number(form, "pupils") is None:
        yield Fault("delivery-pupils", "Enter how many pupils took part, as a whole number such as 28")
    elif form["held"] == "no":
        yield from _reason_faults(form, choices)
