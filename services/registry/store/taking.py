"""What our own topics know newer than these tables: taken whole, after a backup was restored. Else nothing happens.

What the topics never told is not here either: keys, answers kept for repeated requests, who was a cohort when.
"""

from __future__ import annotations

from typing import Any

from contracts.answers import Answer
from contracts.contacts import Contact
from contracts.employers import Employer
from contracts.event import Fact
from contracts.hubs import Hub
from contracts.offers import Offer
from contracts.requests import SchoolRequest
from contracts.schools import School
from services.plumbing.postgres import Transaction
from services.plumbing.recovery import Blocked
from services.registry.domain.offers.said import OfferTerms
from services.registry.domain.requests.said import RequestTerms
from services.registry.store import answers, cohorts, contacts, employers, hubs, memberships, offers, requests, schools
from services.registry.store.offers import KeptOffer
from services.registry.store.requests import KeptRequest


async def take_hub(tx: Transaction, fact: Fact[Hub]) -> bool:
    """The hub with its area and clusters; a cluster is never taken away. Say whether it was newer."""
    hub, version = fact.data, fact.aggregate_version
    known = await tx.fetchval("SELECT version FROM own.hubs WHERE hub_id = $1", hub.hub_id)
    if known is not None and known >= version:
        return False
    await tx.execute(
        "INSERT INTO own.areas (area_id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (area_id) DO NOTHING",
        hub.area_id,
        hub.area_name,
        fact.time,
    )
    if known is None:
        await hubs.add_hub(tx, hub)
    await hubs.keep_hub(tx, hub, version)
    there = {row["cluster_id"] for row in await tx.fetch("SELECT cluster_id FROM own.clusters")}
    for cluster in hub.clusters:
        if cluster.cluster_id not in there:
            await hubs.add_cluster(tx, hub.hub_id, cluster)
    return True


async def take_school(tx: Transaction, fact: Fact[School]) -> bool:
    """The school with its memberships and cohorts; a cohort is never taken away. Say whether it was newer."""
    school, version = fact.data, fact.aggregate_version
    known = await tx.fetchval("SELECT version FROM own.schools WHERE school_id = $1", school.school_id)
    if known is not None and known >= version:
        return False
    if known is None:
        await schools.add_school(tx, school)
    await schools.keep_school(tx, school, version)
    await tx.execute("DELETE FROM own.memberships WHERE school_id = $1", school.school_id)
    for membership in school.memberships:
        await memberships.add_membership(tx, school.school_id, membership)
    rows = await tx.fetch("SELECT cohort_id, version FROM own.cohorts WHERE school_id = $1", school.school_id)
    there = {row["cohort_id"]: row["version"] for row in rows}
    for cohort in school.cohorts:
        if cohort.cohort_id not in there:
            await cohorts.add_cohort(tx, school.school_id, cohort)
        else:
            await cohorts.keep_cohort(tx, cohort, there[cohort.cohort_id] + 1)
    return True


async def take_employer(tx: Transaction, fact: Fact[Employer]) -> bool:
    """The employer; say whether it was newer."""
    employer, version = fact.data, fact.aggregate_version
    known = await tx.fetchval("SELECT version FROM own.employers WHERE employer_id = $1", employer.employer_id)
    if known is not None and known >= version:
        return False
    if known is None:
        await employers.add_employer(tx, employer)
    await employers.keep_employer(tx, employer, version)
    return True


async def take_contact(tx: Transaction, fact: Fact[Contact]) -> bool:
    """The contact, or that the person was erased; say whether it was newer."""
    contact, version = fact.data, fact.aggregate_version
    known = await tx.fetchval("SELECT version FROM own.contacts WHERE contact_id = $1", contact.contact_id)
    if known is not None and known >= version:
        return False
    if known is None:
        await contacts.add_contact(tx, contact)
    await contacts.keep_contact(tx, contact, version)
    return True


async def take_offer(tx: Transaction, fact: Fact[Offer]) -> bool:
    """The offer; what its employer left out counts as said from now on. Say whether it was newer."""
    offer, version = fact.data, fact.aggregate_version
    known = await tx.fetchval("SELECT version FROM own.offers WHERE offer_id = $1", offer.offer_id)
    if known is not None and known >= version:
        return False
    said = _said(OfferTerms, offer) | {"benchmarks": sorted(offer.counts_to), "sessions": []}
    if known is None and not await offers.add_offer(tx, offer, said):
        raise Blocked(f"another offer has the reference {offer.reference}")
    await offers.keep_offer(tx, KeptOffer(offer, version, said))
    return True


async def take_request(tx: Transaction, fact: Fact[SchoolRequest]) -> bool:
    """The request; what its school left out counts as said from now on. Say whether it was newer."""
    request, version = fact.data, fact.aggregate_version
    known = await tx.fetchval("SELECT version FROM own.requests WHERE request_id = $1", request.request_id)
    if known is not None and known >= version:
        return False
    said = _said(RequestTerms, request)
    if known is None and not await requests.add_request(tx, request, said):
        raise Blocked(f"another request is open for cohort {request.cohort_id}")
    await requests.keep_request(tx, KeptRequest(request, version, said))
    return True


async def take_answer(tx: Transaction, fact: Fact[Answer]) -> bool:
    """All that was said about a match; of corrected figures the last. Say whether it was newer."""
    answer, version = fact.data, fact.aggregate_version
    if (await answers.lock_answer(tx, answer.match_id)).version >= version:
        return False
    await tx.execute("DELETE FROM own.said WHERE match_id = $1", answer.match_id)
    await tx.execute("DELETE FROM own.cancellations WHERE match_id = $1", answer.match_id)
    if answer.school:
        await answers.add_said(tx, answer.match_id, "school", answer.school)
    if answer.employer:
        await answers.add_said(tx, answer.match_id, "employer", answer.employer)
    if answer.cancelled:
        await answers.add_cancellation(tx, answer.match_id, answer.cancelled)
    last = (await answers.get_answer(tx, answer.match_id)).answer.delivery
    if answer.delivery and answer.delivery != last:
        await answers.add_delivery(tx, answer.match_id, answer.delivery)
    await tx.execute("UPDATE own.answers SET version = $2 WHERE match_id = $1", answer.match_id, version)
    return True


async def leap(tx: Transaction, by: int) -> None:
    """Raise every version to the next full number of `by`: above whatever was told before and is not known here."""
    await tx.execute("UPDATE own.hubs SET version = (version / $1 + 1) * $1", by)
    await tx.execute("UPDATE own.schools SET version = (version / $1 + 1) * $1", by)
    await tx.execute("UPDATE own.cohorts SET version = (version / $1 + 1) * $1", by)
    await tx.execute("UPDATE own.employers SET version = (version / $1 + 1) * $1", by)
    await tx.execute("UPDATE own.contacts SET version = (version / $1 + 1) * $1", by)
    await tx.execute("UPDATE own.offers SET version = (version / $1 + 1) * $1", by)
    await tx.execute("UPDATE own.requests SET version = (version / $1 + 1) * $1", by)
    await tx.execute("UPDATE own.answers SET version = (version / $1 + 1) * $1 WHERE version > 0", by)


def _said(terms: type[OfferTerms | RequestTerms], entity: Offer | SchoolRequest) -> dict[str, Any]:
    """The entity's own fields, as if each had been said."""
    return entity.model_dump(mode="json", include=set(terms.model_fields) & set(type(entity).model_fields))
