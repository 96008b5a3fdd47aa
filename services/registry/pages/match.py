"""The pages of a match: see it, accept, decline, cancel, record what took place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from contracts.links import BadLink, Link
from contracts.safeguarding import safeguarding_facts
from services.registry.domain.answers import CannotBeSaid
from services.registry.domain.mistakes import Unacceptable
from services.registry.pages import facts
from services.registry.pages.acts import ACTS
from services.registry.pages.banners import banner
from services.registry.pages.forms import REASONS, Fault, Form, faults_of, read_form
from services.registry.pages.invitation import invitation
from services.registry.pages.rendering import HEADERS, page
from services.registry.pages.route import PageRoute
from services.registry.pages.sights import Sight
from services.registry.pages.visits import Visit, Visitor
from services.registry.pages.words import pupils
from services.registry.store.surroundings import hub_on_pages

router = APIRouter(route_class=PageRoute, include_in_schema=False)
BLANK = Form()


@dataclass(frozen=True)
class Notice:
    """Something to know before the page itself."""

    heading: str
    text: str


@router.api_route("/m/{token}", methods=["GET", "HEAD"])
async def show(visit: Visitor) -> Response:
    return await _page(visit)


@router.api_route("/m/{token}/calendar.ics", methods=["GET", "HEAD"])
async def calendar(visit: Visitor) -> Response:
    sight = await visit.sight()
    if sight.page not in {"confirmed", "took_place"}:
        return _back(visit)
    file = invitation(sight, visit.clock.now())
    disposition = {"Content-Disposition": 'attachment; filename="encounter.ics"'}
    return Response(file, headers=HEADERS | disposition, media_type="text/calendar; charset=utf-8")


@router.api_route("/m/{token}/{act}", methods=["GET", "HEAD"])
async def show_again(visit: Visitor, act: str) -> Response:  # noqa: ARG001 - any act's address leads back
    """After a POST the browser's address line holds the act's address: entering it again shows the page."""
    return _back(visit)


@router.post("/m/{token}/{act}")  # noqa: FAST003 - the route reads the token
async def say(visit: Visitor, act: str) -> Response:
    """Record what the form says; again the same is harmless."""
    if act not in ACTS:
        raise BadLink("no such act")
    await visit.sight()
    form = await read_form(visit.request, act)
    if faults := faults_of(form, visit.audience):
        return await _page(visit, 422, form=form, faults=faults)
    try:
        # What is refused leaves no trace.
        async with visit.tx.transaction():
            await ACTS[act](visit, form)
    except Unacceptable as wrong:
        return await _page(visit, 422, form=form, faults=(Fault("delivery-pupils", wrong.detail.rstrip(".")),))
    except CannotBeSaid as refused:
        return await _page(visit, 409, notice=Notice("This was not recorded", refused.detail))
    return await _page(visit)


def _back(visit: Visit) -> Response:
    return RedirectResponse(f"/m/{visit.request.path_params['token']}", 303, HEADERS)


async def _page(
    visit: Visit, status: int = 200, form: Form = BLANK, faults: tuple[Fault, ...] = (), notice: Notice | None = None
) -> Response:
    sight = await visit.sight()
    hub = await hub_on_pages(visit.tx, sight.match.hub_id)
    return page(
        "match.html",
        status,
        **_context(sight, visit),
        form=form,
        blank=BLANK,
        faults=faults,
        notice=notice or _changed(sight, visit.link),
        hub_name=hub.name,
        reply_to=hub.reply_to,
    )


def _context(sight: Sight, visit: Visit) -> dict[str, Any]:
    terms, reasons = sight.match.terms, REASONS[sight.audience]
    return {
        "sight": sight,
        "head": banner(sight),
        "here": f"/m/{visit.request.path_params['token']}",
        "show": visit.request.query_params.get("show"),
        "kind": facts.kind(terms),
        "entries": facts.entries(sight),
        "steps": facts.steps(sight),
        "support": facts.support(terms),
        "safeguarding": safeguarding_facts(terms, sight.audience),
        "planned": pupils(terms.pupils),
        "decline_reasons": reasons["decline"],
        "cancel_reasons": reasons["cancel"],
        "not_held_reasons": reasons["delivery"],
    }


def _changed(sight: Sight, link: Link) -> Notice | None:
    if sight.page != "open" or link.terms_version >= sight.match.terms_version:
        return None
    return Notice("Details have changed since our email", "What you see here is what holds now.")
