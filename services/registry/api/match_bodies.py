"""What callers say about matches, and what they get to see of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from contracts.answers import Answer
from contracts.matches import Match
from contracts.reasons import sentence
from services.plumbing.postgres import Transaction
from services.registry.api.bodies import Body, Count, Text
from services.registry.domain.answers import Audience, waits_for
from services.registry.domain.keys import Caller
from services.registry.domain.mistakes import Fault, Unacceptable
from services.registry.store.answers import answers
from services.registry.store.matches import HeardMatch


def _is_empty(comment: str) -> str:
    # A key is nobody's: if a colleague who wrote this is to be forgotten, nobody could find it.
    if comment:
        raise ValueError("a comment is taken from a person only; leave it away here, or write it on the page")
    return comment


Comment = Annotated[
    Text,
    Field(max_length=500, description="Always empty: comments are taken on the page behind the link in the email."),
    AfterValidator(_is_empty),
]
Code = Annotated[str, Field(max_length=40)]


class ShownMatch(Match):
    """A match as the matcher holds it, with all that was said about it."""

    reason_text: str = Field(description="`reason` as a sentence; empty if there is none.")
    waits_for: Audience | None = Field(description="Whose answer it waits for, if anybody's.")
    said: Answer = Field(description="Recorded here; the matcher takes it up within moments.")


class NewAnswer(Body):
    """Yes or no, to the terms that you have read."""

    verdict: Literal["accepted", "declined"]
    terms_version: Annotated[int, Field(strict=True, ge=1, le=1_000_000, description="Of the match as you read it.")]
    reason: Code | None = Field(None, description="Coded, with a no; see `/v1/reference/reasons`.")
    comment: Comment = ""
    audience: Audience | None = Field(None, description="For whom; operators and hubs say it, others need not.")


class NewCancellation(Body):
    """An accepted or confirmed match is called off."""

    reason: Code = Field(description="Coded; see `/v1/reference/reasons`.")
    comment: Comment = ""


class NewDelivery(Body):
    """What took place, from the session's first day on. A later record by school or hub corrects an earlier one."""

    held: bool = Field(strict=True)
    pupils: Count = Field(0, description="How many took part; 0 if it was not held.")
    reason: Code | None = Field(None, description="Coded, if it was not held.")


async def shown(tx: Transaction, found: Sequence[HeardMatch], caller: Caller) -> list[ShownMatch]:
    """The matches as this caller may see them."""
    said = await answers(tx, [heard.match.match_id for heard in found])
    return [_shown(_told_to(caller, heard.match), _for(caller, said[heard.match.match_id].answer)) for heard in found]


def _shown(match: Match, said: Answer) -> ShownMatch:
    return ShownMatch(**dict(match), reason_text=sentence(match.reason), waits_for=waits_for(match), said=said)


def _told_to(caller: Caller, match: Match) -> Match:
    """A school's progress, and what it is behind in, are told to the school and the hub: as in letters and on pages."""
    if caller.role != "employer":
        return match
    return match.model_copy(update={"terms": match.terms.model_copy(update={"progress": (), "why": ()})})


def check_reason(code: str | None, known: dict[str, str]) -> None:
    """Raise Unacceptable, with the codes that are possible, for any other."""
    if code not in known:
        detail = "This is none of the reasons possible here." if code else "A reason is missing."
        raise Unacceptable(detail, Fault("#/reason", detail, f"Use one of: {', '.join(known)}."))


def check_nobody(pupils: int) -> None:
    """Raise Unacceptable if pupils are said to have been at what was not held."""
    if pupils:
        detail = "Nobody can have taken part in what was not held."
        raise Unacceptable(detail, Fault("#/pupils", detail, "Send 0, or held: true."))


def _for(caller: Caller, said: Answer) -> Answer:
    """What one side wrote in its own words is for itself and the hub, not for the other side."""
    if caller.role in {"hub", "operator"}:
        return said
    spoken = (("school", "school", said.school), ("employer", "employer", said.employer))
    called_off = (("cancelled", said.cancelled.by, said.cancelled),) if said.cancelled else ()
    return said.model_copy(
        update={
            field: entry.model_copy(update={"comment": ""})
            for field, party, entry in (*spoken, *called_off)
            if entry is not None and party != caller.role
        }
    )
