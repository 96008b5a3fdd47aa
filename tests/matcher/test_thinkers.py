"""The solver's processes: who is no longer waited for stops thinking, and makes room for the next."""

import asyncio
import os
from contextlib import suppress

import pytest

from services.matcher.thinkers import SolverLost, Thinkers
from services.matcher.thinking import Limits, Unwanted, think
from tests.matcher.given_cuts import public
from tests.matcher.running import kill_solvers

HUB, VILLAGE = "p11_hub_balanced", "p01_village"
ENDLESS = Limits(seed=1, steps=1 << 40, seconds=1e6)


async def test_a_thought_that_nobody_waits_for_any_more_makes_room_for_the_next():
    """A hub with such limits is never thought through."""
    thinkers = Thinkers(1, ENDLESS)
    try:
        await thinkers.start()
        for _ in range(2):
            unwanted = asyncio.ensure_future(thinkers.think(public(HUB)))
            await asyncio.sleep(0.5)
            unwanted.cancel()
            with suppress(asyncio.CancelledError):
                await unwanted

        thought = await asyncio.wait_for(thinkers.think(public(VILLAGE)), timeout=120)
    finally:
        thinkers.close()

    assert thought.plan.objective == 1_417_946


async def test_solvers_that_die_again_and_again_leave_room_for_the_next():
    thinkers = Thinkers(1, ENDLESS)
    try:
        for _ in range(2):
            await thinkers.start()
            kill_solvers(os.getpid())
            with pytest.raises(SolverLost):
                await asyncio.wait_for(thinkers.think(public(VILLAGE)), timeout=60)

        thought = await asyncio.wait_for(thinkers.think(public(VILLAGE)), timeout=120)
    finally:
        thinkers.close()

    assert thought.plan.objective == 1_417_946


def test_what_was_thought_until_it_was_stopped_is_no_plan():
    with pytest.raises(Unwanted):
        think(public(VILLAGE), ENDLESS, stop=lambda: True)
