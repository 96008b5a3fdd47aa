"""For whom a key may act: itself; a hub's key for its schools of today and its area's employers; an operator's for all.

What a caller may not see answers as if it were not there, so that nobody learns ids by trying.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from contracts.employers import Employer
from services.plumbing.postgres import Transaction
from services.registry.domain.keys import Caller
from services.registry.domain.mistakes import NotFound
from services.registry.store import memberships
from services.registry.store.employers import find_employer, get_employer
from services.registry.store.hubs import get_hub
from services.registry.store.schools import get_school


async def act_for_school(tx: Transaction, caller: Caller, school_id: UUID, today: date) -> None:
    """Raise NotFound unless the caller is the school, a hub that it is in today, or an operator."""
    if caller.is_operator or (caller.role == "school" and caller.organisation_id == school_id):
        return
    if caller.role == "hub" and await memberships.is_member(tx, school_id, caller.organisation_id, today):
        return
    raise NotFound("There is no school with this id, or not for this key.")


async def act_for_organisation(
    tx: Transaction, caller: Caller, organisation: str, organisation_id: UUID, today: date
) -> None:
    """Raise NotFound unless there is such an organisation and the caller may act for it."""
    match organisation:
        case "school":
            await act_for_school(tx, caller, organisation_id, today)
            await get_school(tx, organisation_id)
        case "employer":
            await oversee_employer(tx, caller, (await get_employer(tx, organisation_id)).entity)
        case "hub":
            act_for_hub(caller, organisation_id)
            await get_hub(tx, organisation_id)
        case _:
            raise NotFound("There is no such organisation.")


async def act_for_some_organisation(tx: Transaction, caller: Caller, organisation_id: UUID, today: date) -> None:
    """Raise NotFound unless the id is of some organisation that the caller may act for."""
    if caller.is_operator or organisation_id == caller.organisation_id:
        return
    if employer := await find_employer(tx, organisation_id):
        await oversee_employer(tx, caller, employer.entity)
    else:
        await act_for_school(tx, caller, organisation_id, today)


async def oversee_employer(tx: Transaction, caller: Caller, employer: Employer) -> None:
    """Raise NotFound unless the caller is the employer, a hub of its home area, or an operator."""
    if caller.role == "hub":
        hub = await get_hub(tx, caller.organisation_id)
        if hub.entity.area_id == employer.home_area_id:
            return
    act_for_employer(caller, employer.employer_id)


def act_for_hub(caller: Caller, hub_id: UUID) -> None:
    """Raise NotFound unless the caller is the hub, or an operator."""
    if not caller.is_operator and (caller.role, caller.organisation_id) != ("hub", hub_id):
        raise NotFound("There is no hub with this id, or not for this key.")


def act_for_employer(caller: Caller, employer_id: UUID) -> None:
    """Raise NotFound unless the caller is the employer, or an operator."""
    if not caller.is_operator and (caller.role, caller.organisation_id) != ("employer", employer_id):
        raise NotFound("There is no employer with this id, or not for this key.")
