"""What the registry hears from the others. Each fact upserts one row if its version is newer: order does not matter."""

from __future__ import annotations

from contracts.event import Fact
from contracts.letters import Letter
from contracts.matches import Match
from contracts.outlooks import Outlook
from contracts.rounds import Round
from services.plumbing.clock import Clock
from services.plumbing.handlers import Handlers
from services.plumbing.postgres import Transaction
from services.registry.store.letters import remember_letter
from services.registry.store.matches import remember_match
from services.registry.store.outlooks import remember_outlook
from services.registry.store.rounds import remember_round

handlers = Handlers("registry")


@handlers.on(Match)
async def on_match(tx: Transaction, fact: Fact[Match], _: Clock) -> None:
    await remember_match(tx, fact.data, fact.aggregate_version)


@handlers.on(Outlook)
async def on_outlook(tx: Transaction, fact: Fact[Outlook], _: Clock) -> None:
    await remember_outlook(tx, fact.data, fact.aggregate_version)


@handlers.on(Round)
async def on_round(tx: Transaction, fact: Fact[Round], _: Clock) -> None:
    await remember_round(tx, fact.data, fact.aggregate_version)


@handlers.on(Letter)
async def on_letter(tx: Transaction, fact: Fact[Letter], _: Clock) -> None:
    await remember_letter(tx, fact.data, fact.aggregate_version)
