"""What amendments and answers do to one match: the word of its life, and what of its terms is told anew. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.hubs import Hub
from contracts.offers import Offer
from contracts.requests import SchoolRequest
from services.matcher import deadlines, terms
from services.matcher.domain import LiveMatch, Step, Word, step


@dataclass(frozen=True)
class Known:
    """What an answer may need besides the match, as far as it has been heard of."""

    hub: Hub | None
    offer: Offer | None


def of_hub(match: LiveMatch, happening: str, now: datetime) -> Step:
    """The school left."""
    return step(match, Word(happening, "hub", now))


def of_cap(match: LiveMatch, happening: str, now: datetime) -> Step:
    """The employer gives less in all."""
    return step(match, Word(happening, "employer", now))


def of_offer(match: LiveMatch, happening: str, offer: Offer, now: datetime) -> Step:
    """The employer amended or withdrew the offer."""
    if happening not in {"text_changed", "weighed"} or match.terms is None:
        return step(match, Word(happening, "employer", now))
    news = {"employer_contact_id": offer.contact_id, **(terms.texts(offer) if happening == "text_changed" else {})}
    weighed = replace(match, offer_terms_version=offer.terms_version, terms=match.terms.model_copy(update=news))
    return _from(match, step(weighed, Word(happening, "employer", now)))


def of_request(match: LiveMatch, happening: str, request: SchoolRequest, now: datetime) -> Step:
    """The school amended or withdrew its request."""
    if happening != "weighed" or match.terms is None:
        return step(match, Word(happening, "school", now))
    weighed = replace(
        match,
        request_terms_version=request.terms_version,
        terms=match.terms.model_copy(update={"school_contact_id": request.contact_id}),
    )
    return _from(match, step(weighed, Word(happening, "school", now)))


def of_words(match: LiveMatch, words: Iterable[Word], known: Known, now: datetime) -> Step:
    """All that was said, in order, told as one fact: the last that is more than a note."""
    latest, publishes = match, None
    for word in words:
        took = step(latest, word)
        if took.publishes and (publishes is None or took.publishes != "match.noted.v1"):
            publishes = took.publishes
        latest = took.match
    return Step(match, _settled(match, latest, known, now), publishes)


def _from(before: LiveMatch, took: Step) -> Step:
    return replace(took, before=before)


def _settled(before: LiveMatch, after: LiveMatch, known: Known, now: datetime) -> LiveMatch:
    if before.state == after.state or after.terms is None:
        return after
    if after.state == "accepted":
        starts = deadlines.starts_at(after.first_day, after.terms.starts)
        return replace(after, confirm_by=deadlines.confirm_by(now, starts, known.hub))
    if after.state == "confirmed" and known.offer and terms.has_other_texts(after.terms, known.offer):
        # The confirmation tells the words as they are now.
        told = after.terms.model_copy(update=terms.texts(known.offer))
        return replace(after, terms=told, terms_version=after.terms_version + 1)
    return after
