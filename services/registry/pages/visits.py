"""Somebody with a good link to a match, and what they get to see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from contracts.links import BadLink, Link
from services.plumbing.clock import Clock
from services.plumbing.postgres import Transaction
from services.registry.domain.answers import Audience
from services.registry.pages.route import ContactErased, NotKnownYet
from services.registry.pages.sights import Sight
from services.registry.store.answers import find_standing, get_answer
from services.registry.store.matches import find_match
from services.registry.store.surroundings import find_reader, hold_reader


@dataclass(frozen=True)
class Visit:
    """Somebody with a good link to a match."""

    request: Request
    tx: Transaction
    clock: Clock
    link: Link
    audience: Audience

    async def sight(self) -> Sight:
        """What there is to see now. Raises NotKnownYet."""
        heard = await find_match(self.tx, self.link.match_id)
        if heard is None:
            raise NotKnownYet
        answer = (await get_answer(self.tx, self.link.match_id)).answer
        standing = await find_standing(self.tx, heard.match)
        return Sight(
            heard.match, answer, standing, self.audience, self.clock.today(), self.link.contact_id, heard.version
        )


async def _visit(request: Request) -> Visit:
    link: Link = request.state.link
    if link.audience == "unsubscribe":
        raise BadLink("this link is not about a match")
    # Looking locks nothing; who speaks cannot be erased in the same moment.
    find = hold_reader if request.method == "POST" else find_reader
    if await find(request.state.tx, link.contact_id) is None:
        raise ContactErased
    return Visit(request, request.state.tx, request.app.state.clock, link, link.audience)


Visitor = Annotated[Visit, Depends(_visit)]
