"""What is allowed in an offer and yet probably not meant. Told with the answer; nothing is refused for it."""

import datetime as dt
from collections.abc import Iterator

from contracts.offers import Offer
from services.registry.domain.mistakes import Fault
from services.registry.domain.offers.around import Around
from services.registry.domain.offers.sessions import last_day


def warnings(offer: Offer, around: Around) -> Iterator[Fault]:
    """Each with the place in the offer that is answered, why it may disappoint, and what would help."""
    yield from _sessions_out_of_reach(offer, around)
    if not offer.learning_outcomes:
        detail = "Without learning outcomes a school can hardly record the encounter as a meaningful one."
        yield Fault("#/learning_outcomes", detail, "Say in a line or two what pupils will know or can do afterwards.")
    if offer.employer_confirms and not around.contacts:
        remedy = f"Add one: POST /v1/employers/{around.employer_id}/contacts."
        yield Fault("#/employer_confirms", "The employer has no contact who could be asked to confirm.", remedy)


def _sessions_out_of_reach(offer: Offer, around: Around) -> Iterator[Fault]:
    soonest = around.today + dt.timedelta(days=offer.notice_days)
    for n, session in enumerate(offer.sessions):
        if session.state != "open" or last_day(session) < around.today:
            continue
        if session.date < soonest:
            detail = f"{session.date} is less than {offer.notice_days} days away, so nobody new can be matched to it."
            yield Fault(f"#/sessions/{n}/date", detail, "Shorten notice_days, or name a later date.")
        elif not around.is_in_term(session.date):
            detail = f"{session.date} is in the school holidays of every area served."
            yield Fault(f"#/sessions/{n}/date", detail, "Name a day in term.")
