"""What was heard: each entity in its newest version, and how far we had listened when we acted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from contracts.answers import Answer
from contracts.contacts import Contact
from contracts.hubs import Hub
from contracts.matches import Match
from services.plumbing.postgres import Transaction


@dataclass(frozen=True)
class Known:
    """A match as far as it is known, with all that decides what is said about it."""

    match: Match
    version: int
    answer: Answer
    hub: Hub


async def remember_hub(tx: Transaction, hub: Hub, version: int) -> bool:
    """Keep `hub` unless a newer version is here already; say whether it was kept."""
    await _heard(tx, hub.topic, hub.hub_id, version)
    kept = await tx.fetchval(
        """
        INSERT INTO memory.hubs (hub_id, version, hub) VALUES ($1, $2, $3)
        ON CONFLICT (hub_id) DO UPDATE SET version = excluded.version, hub = excluded.hub
         WHERE hubs.version < excluded.version
        RETURNING true
        """,
        hub.hub_id,
        version,
        hub.model_dump(mode="json"),
    )
    return bool(kept)


async def remember_contact(tx: Transaction, contact: Contact, version: int) -> bool:
    """Keep `contact` unless a newer version is here already; say whether it was kept."""
    await _heard(tx, contact.topic, contact.contact_id, version)
    kept = await tx.fetchval(
        """
        INSERT INTO memory.contacts (contact_id, version, organisation_id, contact) VALUES ($1, $2, $3, $4)
        ON CONFLICT (contact_id) DO UPDATE
           SET version = excluded.version, organisation_id = excluded.organisation_id, contact = excluded.contact
         WHERE contacts.version < excluded.version
        RETURNING true
        """,
        contact.contact_id,
        version,
        contact.organisation_id,
        contact.model_dump(mode="json"),
    )
    return bool(kept)


async def is_the_same_told_again(tx: Transaction, contact: Contact, version: int) -> bool:
    """Whether nothing but the version is new. Then what was composed for the person, or refused there, stays so."""
    before = await tx.fetchval(
        "SELECT version FROM memory.contacts WHERE contact_id = $1 AND contact = $2 AND version < $3"
        " AND contact->>'state' = 'active' FOR UPDATE",
        contact.contact_id,
        contact.model_dump(mode="json"),
        version,
    )
    if before is None:
        return False
    await remember_contact(tx, contact, version)
    for statement in (
        "UPDATE own.letters SET contact_version = $3 WHERE contact_id = $1 AND contact_version = $2",
        "UPDATE own.emails SET contact_version = $3 WHERE contact_id = $1 AND contact_version = $2",
    ):
        await tx.execute(statement, contact.contact_id, before, version)
    return True


async def remember_match(tx: Transaction, match: Match, version: int) -> bool:
    """Keep `match` unless a newer version is here already; say whether it was kept."""
    await _heard(tx, match.topic, match.match_id, version)
    kept = await tx.fetchval(
        """
        INSERT INTO memory.matches (match_id, version, hub_id, match) VALUES ($1, $2, $3, $4)
        ON CONFLICT (match_id) DO UPDATE
           SET version = excluded.version, hub_id = excluded.hub_id, match = excluded.match, settled = false
         WHERE matches.version < excluded.version
        RETURNING true
        """,
        match.match_id,
        version,
        match.hub_id,
        match.model_dump(mode="json"),
    )
    return bool(kept)


async def remember_answer(tx: Transaction, answer: Answer, version: int) -> bool:
    """Keep `answer` unless a newer version is here already; say whether it was kept."""
    await _heard(tx, answer.topic, answer.match_id, version)
    kept = await tx.fetchval(
        """
        INSERT INTO memory.answers (match_id, version, answer) VALUES ($1, $2, $3)
        ON CONFLICT (match_id) DO UPDATE SET version = excluded.version, answer = excluded.answer
         WHERE answers.version < excluded.version
        RETURNING true
        """,
        answer.match_id,
        version,
        answer.model_dump(mode="json"),
    )
    return bool(kept)


async def lock_matches(tx: Transaction, match_ids: Iterable[UUID]) -> None:
    """Let nobody else decide about these matches until `tx` ends, whether they are known already or not."""
    for match_id in sorted(set(match_ids)):
        await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))", str(match_id))


async def lock_hub(tx: Transaction, hub_id: UUID, *, alone: bool) -> None:
    """Let no match of the hub be heard of while the hub is (`alone`), nor the other way round, until `tx` ends."""
    if alone:
        await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 1))", str(hub_id))
    else:
        await tx.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended($1::text, 1))", str(hub_id))


async def find_known(tx: Transaction, match_id: UUID) -> Known | None:
    """The match with its answer and hub; None while one is missing, or older than what was acted on before."""
    row = await tx.fetchrow(
        """
        SELECT m.match, m.version, a.answer, h.hub
          FROM memory.matches m
          JOIN memory.hubs h ON h.hub_id = m.hub_id
          LEFT JOIN memory.answers a ON a.match_id = m.match_id
         WHERE m.match_id = $1
           AND NOT EXISTS (SELECT FROM own.heard WHERE topic = 'hubs' AND id = m.hub_id AND version > h.version)
           AND NOT EXISTS (SELECT FROM own.heard WHERE topic = 'matches' AND id = $1 AND version > m.version)
           AND NOT EXISTS (SELECT FROM own.heard
                            WHERE topic = 'answers' AND id = $1 AND version > coalesce(a.version, 0))
        """,
        match_id,
    )
    if row is None:
        return None
    answer = Answer.model_validate(row["answer"]) if row["answer"] else Answer(match_id=match_id)
    return Known(Match.model_validate(row["match"]), row["version"], answer, Hub.model_validate(row["hub"]))


async def matches_not_settled(tx: Transaction, hub_id: UUID) -> list[UUID]:
    """The hub's matches whose letters could not be written yet."""
    rows = await tx.fetch(
        "SELECT match_id FROM memory.matches WHERE hub_id = $1 AND NOT settled ORDER BY match_id", hub_id
    )
    return [row["match_id"] for row in rows]


async def next_not_settled(tx: Transaction, after: UUID, limit: int) -> list[UUID]:
    """The next matches by id whose letters have not been looked at since they were heard of."""
    rows = await tx.fetch(
        "SELECT match_id FROM memory.matches WHERE NOT settled AND match_id > $1 ORDER BY match_id LIMIT $2",
        after,
        limit,
    )
    return [row["match_id"] for row in rows]


async def find_match(tx: Transaction, match_id: UUID) -> Match | None:
    """The match as it was heard of last, whatever else is known."""
    record = await tx.fetchval("SELECT match FROM memory.matches WHERE match_id = $1", match_id)
    return Match.model_validate(record) if record else None


async def mark_settled(tx: Transaction, match_id: UUID) -> None:
    """Note that the match as it is known has led to its letters."""
    await tx.execute("UPDATE memory.matches SET settled = true WHERE match_id = $1 AND NOT settled", match_id)


async def find_person(tx: Transaction, contact_id: UUID) -> Contact | None:
    """The contact, unless unknown or erased."""
    row = await tx.fetchval("SELECT contact FROM memory.contacts WHERE contact_id = $1", contact_id)
    contact = Contact.model_validate(row) if row else None
    return contact if contact and contact.state == "active" else None


async def lock_contact(tx: Transaction, contact_id: UUID) -> tuple[Contact, int] | None:
    """The contact and its version, kept as they are until `tx` ends; None if missing or older than once heard."""
    row = await tx.fetchrow(
        """
        SELECT contact, version FROM memory.contacts c
         WHERE contact_id = $1
           AND NOT EXISTS (SELECT FROM own.heard WHERE topic = 'contacts' AND id = $1 AND version > c.version)
           FOR UPDATE
        """,
        contact_id,
    )
    return (Contact.model_validate(row["contact"]), row["version"]) if row else None


async def matches_without_hub(tx: Transaction) -> int:
    """How many matches wait for their hub to be heard of."""
    return int(
        await tx.fetchval(
            """
            SELECT count(*) FROM memory.matches m
             WHERE NOT EXISTS (SELECT FROM memory.hubs h WHERE h.hub_id = m.hub_id)
            """
        )
    )


async def contacts_are_complete(tx: Transaction) -> bool:
    """Whether every contact heard of before is known again: not so while the memory is being rebuilt."""
    return not await tx.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM own.heard h LEFT JOIN memory.contacts c ON c.contact_id = h.id
             WHERE h.topic = 'contacts' AND coalesce(c.version, 0) < h.version)
        """
    )


async def _heard(tx: Transaction, topic: str, id_: UUID, version: int) -> None:
    await tx.execute(
        """
        INSERT INTO own.heard (topic, id, version) VALUES ($1, $2, $3)
        ON CONFLICT (topic, id) DO UPDATE SET version = excluded.version WHERE heard.version < excluded.version
        """,
        topic,
        id_,
        version,
    )
