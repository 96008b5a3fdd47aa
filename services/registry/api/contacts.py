"""Contacts: the adults at a school, an employer or a hub whom we write to. They can be erased, for good."""

from __future__ import annotations

from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Request
from pydantic import Field

from contracts.contacts import Contact
from services.plumbing import outbox
from services.plumbing.uuids import uuid7
from services.registry import answering
from services.registry.api.auth import AnyKey
from services.registry.api.authority import act_for_organisation
from services.registry.api.bodies import LEFT_OUT, Body, Email, Line, Whole
from services.registry.api.idempotency import CREATES, AnswerKeeping
from services.registry.api.paging import Listing
from services.registry.api.preconditions import IfMatch
from services.registry.api.routing import BusinessClock, OpenTransaction, ThisTurn, Turn, keyed_router
from services.registry.domain import contacts as domain
from services.registry.domain.contacts import Organisation
from services.registry.domain.keys import Caller
from services.registry.domain.mistakes import Conflict
from services.registry.store import contacts as store
from services.registry.store import replies
from services.registry.store.versions import Versioned

router = keyed_router("contacts")


def _organisation(request: Request) -> Organisation:
    """Of what kind, by the address: /v1/schools/… and so on."""
    return cast("Organisation", request.url.path.split("/")[2].removesuffix("s"))


OfOrganisation = Annotated[Organisation, Depends(_organisation)]


class NewContact(Body):
    """A contact to be. Only adults, in their professional role."""

    name: Line = Field(examples=["Sam Taylor"])
    email: Email = Field(examples=["careers@school.example"])
    roles: tuple[Line, ...] = Field((), max_length=10, examples=[["careers leader"]])
    order: Whole = Field(LEFT_OUT, ge=1, le=1000, description="Who is written to first; last of all if left out.")


class ContactChange(Body):
    """What to change of a contact; what is left out stays as it is."""

    name: Line = LEFT_OUT
    email: Email = LEFT_OUT
    roles: tuple[Line, ...] = Field(LEFT_OUT, max_length=10)
    order: Whole = Field(LEFT_OUT, ge=1, le=1000)
    unsubscribed: bool = Field(LEFT_OUT, strict=True)


@router.post("/v1/schools/{organisation_id}/contacts", status_code=201, dependencies=[CREATES])
@router.post("/v1/employers/{organisation_id}/contacts", status_code=201, dependencies=[CREATES])
@router.post("/v1/hubs/{organisation_id}/contacts", status_code=201, dependencies=[CREATES])
async def add_contact(
    organisation: OfOrganisation,
    organisation_id: UUID,
    new: NewContact,
    caller: AnyKey,
    keeping: AnswerKeeping,
    turn: ThisTurn,
) -> Contact:
    """Add a contact. Letters go to the first one; to the next where that one cannot be reached."""
    await act_for_organisation(turn.tx, caller, organisation, organisation_id, turn.clock.today())
    present = await store.active_contacts(turn.tx, organisation, organisation_id)
    said = {"order": domain.next_order(present)} | new.model_dump(exclude_unset=True)
    contact = Contact(contact_id=uuid7(), organisation=organisation, organisation_id=organisation_id, **said)
    domain.check_address_is_new(present, contact)
    keeping.about(contact.contact_id)
    await store.add_contact(turn.tx, contact)
    await turn.say(contact, "contact.added.v1", version=1)
    turn.created(f"/v1/contacts/{contact.contact_id}")
    return contact


@router.get("/v1/schools/{organisation_id}/contacts")
@router.get("/v1/employers/{organisation_id}/contacts")
@router.get("/v1/hubs/{organisation_id}/contacts")
async def list_contacts(
    organisation: OfOrganisation, organisation_id: UUID, caller: AnyKey, tx: OpenTransaction, clock: BusinessClock
) -> Listing[Contact]:
    """Who is written to, first to last. All of them at once: an organisation has few."""
    await act_for_organisation(tx, caller, organisation, organisation_id, clock.today())
    return Listing(items=await store.active_contacts(tx, organisation, organisation_id), next=None)


@router.get("/v1/contacts/{contact_id}")
async def read_contact(contact_id: UUID, caller: AnyKey, turn: ThisTurn) -> Contact:
    """One contact. Of an erased one only the ids are left."""
    contact = await _seen(await store.get_contact(turn.tx, contact_id), caller, turn)
    turn.show(contact.version)
    return contact.entity


@router.patch("/v1/contacts/{contact_id}")
async def amend_contact(
    contact_id: UUID,
    change: ContactChange,
    caller: AnyKey,
    if_match: IfMatch,
    keeping: AnswerKeeping,
    turn: ThisTurn,
) -> Contact:
    """Change a contact."""
    old = await _seen(await store.lock_contact(turn.tx, contact_id), caller, turn)
    if_match.check(old.version)
    if old.entity.state == "erased":
        raise Conflict("This person was erased, and stays so. Add a new contact.")
    contact = Contact.model_validate(old.entity.model_dump() | change.model_dump(exclude_unset=True))
    keeping.about(contact_id)
    if contact == old.entity:
        turn.show(old.version)
        return contact
    present = await store.active_contacts(turn.tx, contact.organisation, contact.organisation_id)
    domain.check_address_is_new(present, contact)
    await store.keep_contact(turn.tx, contact, old.version + 1)
    await turn.say(contact, "contact.amended.v1", old.version + 1)
    return contact


@router.delete("/v1/contacts/{contact_id}", status_code=204)
async def erase_contact(contact_id: UUID, caller: AnyKey, turn: ThisTurn) -> None:
    """Erase a person: here, in every kept answer, and, by the fact of it, everywhere else. Twice is as good as once."""
    old = await _seen(await store.lock_contact(turn.tx, contact_id), caller, turn)
    if old.entity.state == "erased":
        return
    contact = domain.erased(old.entity)
    await store.keep_contact(turn.tx, contact, old.version + 1)
    await replies.redact_replies(turn.tx, contact_id)
    await outbox.forget(turn.tx, Contact.topic, contact_id)
    await answering.forget_contact(turn.tx, contact_id, turn.clock)
    await turn.say(contact, "contact.erased.v1", old.version + 1)


async def _seen(found: Versioned[Contact], caller: Caller, turn: Turn) -> Versioned[Contact]:
    """What was found, if the caller may act for the contact's organisation. Raises NotFound."""
    contact = found.entity
    await act_for_organisation(turn.tx, caller, contact.organisation, contact.organisation_id, turn.clock.today())
    return found
