"""What can be said on a page: accept, decline, cancel, record what took place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from contracts.answers import Cancelled, Delivery, Said
from services.registry import answering
from services.registry.pages.forms import Form, number
from services.registry.pages.visits import Visit


async def _accept(visit: Visit, form: Form) -> None:
    await answering.reply(visit.tx, visit.link.match_id, visit.audience, _said(visit, form), visit.clock)


async def _decline(visit: Visit, form: Form) -> None:
    no = {"verdict": "declined", "reason": form["reason"], "comment": form["comment"]}
    said = _said(visit, form).model_copy(update=no)
    await answering.reply(visit.tx, visit.link.match_id, visit.audience, said, visit.clock)


async def _cancel(visit: Visit, form: Form) -> None:
    cancelled = Cancelled(
        by=visit.audience,
        reason=form["reason"],
        comment=form["comment"],
        at=visit.clock.now(),
        contact_id=visit.link.contact_id,
    )
    await answering.cancel(visit.tx, visit.link.match_id, cancelled, visit.clock)


async def _record(visit: Visit, form: Form) -> None:
    held = form["held"] == "yes"
    delivery = Delivery(
        held=held,
        pupils=(number(form, "pupils") or 0) if held else 0,
        reason=None if held else form["reason"],
        by=visit.audience,
        at=visit.clock.now(),
        contact_id=visit.link.contact_id,
    )
    await answering.deliver(visit.tx, visit.link.match_id, delivery, visit.clock)


ACTS: dict[str, Callable[[Visit, Form], Awaitable[None]]] = {
    "accept": _accept,
    "decline": _decline,
    "cancel": _cancel,
    "delivery": _record,
}
"""What can be said on a page, by the last part of the address that its form posts to."""


def _said(visit: Visit, form: Form) -> Said:
    """Yes, to the terms that the form showed; without a form, to those of the email."""
    return Said(
        verdict="accepted",
        at=visit.clock.now(),
        contact_id=visit.link.contact_id,
        terms_version=number(form, "terms_version") or visit.link.terms_version,
    )
