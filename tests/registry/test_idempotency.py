import asyncio
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import asyncpg
import pytest

from services.plumbing.clock import Clock
from services.plumbing.postgres import transaction
from services.registry.store.replies import purge_replies
from tests.registry.given import Registry

AN_AREA = {"name": "Hertfordshire"}


async def test_twenty_creations_with_one_key_have_one_effect_and_one_answer(registry: Registry) -> None:
    sent = [registry.post("/v1/areas", AN_AREA, once="the same") for _ in range(20)]

    answers = await asyncio.gather(*sent)

    assert {answer.status_code for answer in answers} == {201}
    assert len({(answer.content, answer.headers["location"], answer.headers["etag"]) for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 19
    assert await registry.pool.fetchval("SELECT count(*) FROM own.areas") == 1


async def test_twenty_creations_of_one_fact_tell_it_once(registry: Registry) -> None:
    area = await registry.an_area()
    body = {"name": "Airframe Ltd", "home_area_id": area["area_id"]}

    await asyncio.gather(*(registry.post("/v1/employers", body, once="the same") for _ in range(20)))

    assert [type_ for type_, _ in await registry.said("employers")] == ["employer.added.v1"]


async def test_the_same_key_with_another_body_is_refused(registry: Registry) -> None:
    await registry.made("/v1/areas", AN_AREA, once="a")

    other = await registry.post("/v1/areas", {"name": "Elsewhere"}, once="a")

    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert await registry.pool.fetchval("SELECT count(*) FROM own.areas") == 1


async def test_a_change_sent_twice_is_made_once(registry: Registry) -> None:
    hub = await registry.a_hub()
    path = f"/v1/hubs/{hub['hub_id']}"

    first = await registry.patch(path, {"host": "The council"}, version=1, once="c")
    again = await registry.patch(path, {"host": "The council"}, version=1, once="c")
    without = await registry.patch(path, {"host": "The council"}, version=1)

    assert (again.status_code, again.content, again.headers["etag"]) == (200, first.content, '"2"')
    assert without.status_code == 412


async def test_keys_are_each_organisations_own(registry: Registry) -> None:
    one, other = await registry.a_school(), await registry.a_school()
    answers = [
        await registry.post(
            f"/v1/schools/{school['school_id']}/cohorts",
            {"year": 10, "pupils": 100},
            once="the same",
            key=await registry.key("school", school["school_id"]),
        )
        for school in (one, other)
    ]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert all("idempotent-replayed" not in answer.headers for answer in answers)


async def test_another_key_of_the_organisation_gets_the_same_answer(registry: Registry) -> None:
    school = await registry.a_school()
    path, body = f"/v1/schools/{school['school_id']}/cohorts", {"year": 10, "pupils": 100}
    old, new = [await registry.key("school", school["school_id"]) for _ in range(2)]

    first = await registry.post(path, body, once="a", key=old)
    again = await registry.post(path, body, once="a", key=new)

    assert (again.status_code, again.content) == (201, first.content)


async def test_a_refused_request_may_be_sent_again(registry: Registry) -> None:
    refused = await registry.post("/v1/areas", {"name": ""}, once="a")

    taken = await registry.post("/v1/areas", AN_AREA, once="a")

    assert (refused.status_code, taken.status_code) == (422, 201)


async def test_an_answer_is_kept_for_seven_days(registry: Registry) -> None:
    made = await registry.made("/v1/areas", AN_AREA, once="a")
    start = registry.clock.now()

    registry.set_clock(Clock.stopped(start + timedelta(days=7)))
    on_the_last_day = await registry.post("/v1/areas", AN_AREA, once="a")
    registry.set_clock(Clock.stopped(start + timedelta(days=7, seconds=1)))
    afterwards = await registry.post("/v1/areas", AN_AREA, once="a")

    assert on_the_last_day.json() == made
    assert (afterwards.status_code, afterwards.json()["area_id"]) == (409, made["area_id"])


async def test_old_answers_are_purged_and_no_others(registry: Registry) -> None:
    await registry.made("/v1/areas", {"name": "Old"})
    start = registry.clock.now()
    registry.set_clock(Clock.stopped(start + timedelta(days=6)))
    await registry.made("/v1/areas", {"name": "New"})

    async with transaction(registry.pool) as tx:
        purged = await purge_replies(tx, start + timedelta(days=1))

    assert purged == 1
    assert await registry.pool.fetchval("SELECT count(*) FROM own.replies") == 1


async def test_a_repeat_of_what_still_runs_waits_and_is_told_so(registry: Registry) -> None:
    state = registry.app.state
    state.settings = state.settings.model_copy(update={"repeat_wait": timedelta(seconds=0.3)})
    async with registry.pool.acquire() as other:
        started = other.transaction()
        await started.start()
        await other.execute(
            "INSERT INTO own.replies (organisation_id, method, path, key, asked_at)"
            " VALUES ('00000000-0000-0000-0000-000000000000', 'POST', '/v1/areas', 'a', now())"
        )

        waiting = await registry.post("/v1/areas", AN_AREA, once="a")

        assert (waiting.status_code, waiting.json()["type"]) == (409, "/problems/still-running")
        assert waiting.headers["retry-after"]
        await started.rollback()
    assert (await registry.post("/v1/areas", AN_AREA, once="a")).status_code == 201


async def test_an_effect_that_cannot_be_committed_is_not_answered_as_made(registry: Registry) -> None:
    # A deferred constraint fails at the commit, after the route has said 201.
    await registry.pool.execute(
        "ALTER TABLE own.areas ADD COLUMN later uuid DEFAULT gen_random_uuid()"
        " REFERENCES own.areas DEFERRABLE INITIALLY DEFERRED"
    )

    answer = await registry.post("/v1/areas", AN_AREA, once="a")

    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/broken")
    assert await registry.pool.fetchval("SELECT count(*) FROM own.areas") == 0
    assert await registry.pool.fetchval("SELECT count(*) FROM own.replies") == 0


@pytest.mark.parametrize(
    "trouble, status, slug",
    [
        (ConnectionResetError("the database went away"), 503, "busy"),
        (asyncpg.DeadlockDetectedError("two at once"), 503, "busy"),
        (RuntimeError("a bug of ours"), 500, "broken"),
    ],
)
async def test_trouble_is_a_problem_and_changes_nothing(
    registry: Registry, trouble: Exception, status: int, slug: str
) -> None:
    def fail(*_: Any) -> None:
        raise trouble

    with patch("services.registry.store.areas.add_area", fail):
        answer = await registry.post("/v1/areas", AN_AREA, once="a")
    again = await registry.post("/v1/areas", AN_AREA, once="a")

    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert str(trouble) not in answer.text
    assert ("retry-after" in answer.headers) == (status == 503)
    assert again.status_code == 201
