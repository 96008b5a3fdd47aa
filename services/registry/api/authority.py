"""For whom a key may act: itself, a hub's key for the hub's schools of today, an operator's for everybody.

What a caller may not see answers as if it were not there, so that nobody learns ids by trying.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.plumbing.postgres import Transaction
from services.registry.domain.keys import Caller
from services.registry.domain.mistakes import NotFound
from services.registry.store import memberships


async def act_for_school(tx: Transaction, caller: Caller, school_id: UUID, today: date) -> None:
    """Raise NotFound unless the caller is the school, a hub that it is in today, or an operator."""
    if caller.is_operator or (caller.role == "school" and caller.organisation_id == school_id):
        return
    if caller.role == "hub" and await memberships.is_member(tx, school_id, caller.organisation_id, today):
        return
    raise NotFound("There is no school with this id, or not for this key.")


def act_for_hub(caller: Caller, hub_id: UUID) -> None:
    """Raise NotFound unless the caller is the hub, or an operator."""
    if not caller.is_operator and (caller.role, caller.organisation_id) != ("hub", hub_id):
        raise NotFound("There is no hub with this id, or not for this key.")


def act_for_employer(caller: Caller, employer_id: UUID) -> None:
    """Raise NotFound unless the caller is the employer, or an operator."""
    if not caller.is_operator and (caller.role, caller.organisation_id) != ("employer", employer_id):
        raise NotFound("There is no employer with this id, or not for this key.")
