"""A past round is run again from what it kept, and says why a school got nothing in it."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.matcher.commands.ending import Refused
from services.matcher.commands.replay import find_round
from services.matcher.rounds import purge_inputs
from services.matcher.settings import MatcherSettings
from services.plumbing.clock import Clock
from services.plumbing.postgres import open_pool
from tests.journeys.town import Town
from tests.recovery.installation import Installation

pytestmark = pytest.mark.delivery


async def test_a_round_comes_to_the_same_again_and_says_why_a_school_has_nothing(
    town: Town, installation: Installation
) -> None:
    nobody_offers = await town.add_school("Reef School")
    request = await town.request(nobody_offers, activities=["workplace_visit"])
    last = await last_round(town, installation)

    said = await installation.order("matcher", "replay", last, "--school", nobody_offers["school_id"])

    assert said.code == 0, said.text
    assert "The same plan, byte for byte." in said.text
    assert f"Request {request['request_id']}" in said.text
    assert "by each rule that kept them out" in said.text


async def test_another_plan_is_named_and_ends_with_a_code(town: Town, installation: Installation) -> None:
    last = await last_round(town, installation)
    await installation.tell(
        "matcher",
        f"UPDATE own.rounds SET matches_gz = instance_gz WHERE id = '{last}'",  # noqa: S608 - our own id
    )

    said = await installation.order("matcher", "replay", last)

    assert said.code == 1
    assert "Another plan, although solver, seed and input are the same" in said.text


async def test_old_inputs_are_purged_and_the_figures_stay(town: Town, installation: Installation) -> None:
    last, clock = await last_round(town, installation), Clock.from_setting(town.system.wanted.clock)
    pool = await open_pool(installation.settings("matcher"), "tests")
    try:
        assert await purge_inputs(pool, clock, timedelta(days=1)) == 0
        assert await purge_inputs(pool, clock, timedelta(0)) > 0
        assert await purge_inputs(pool, clock, timedelta(0)) == 0
    finally:
        await pool.close()

    loaded = MatcherSettings.model_validate(dict(installation.settings("matcher")))
    with pytest.raises(Refused, match="only the figures are left"):
        await find_round(loaded, UUID(last))
    assert (await town.api.get(f"/v1/rounds/{last}"))["objective"] > 0


async def last_round(town: Town, installation: Installation) -> str:
    """The newest round of the town's area."""
    await installation.quiet()
    ((newest,),) = await installation.ask(
        "matcher",
        "SELECT id::text FROM own.rounds WHERE area_id::text = $1 ORDER BY id DESC LIMIT 1",
        town.area["area_id"],
    )
    return str(newest)
