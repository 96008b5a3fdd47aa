import asyncio

from tests.registry.given import Registry


async def test_twenty_creations_with_one_key_have_one_effect_and_one_answer(registry: Registry) -> None:
    sent = [registry.post("/v1/areas", {"name": "Hertfordshire"}, once="the same") for _ in range(20)]

    answers = await asyncio.gather(*sent)

    assert {answer.status_code for answer in answers} == {201}
    assert len({(answer.content, answer.headers["location"], answer.headers["etag"]) for answer in answers}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 19
    assert await registry.pool.fetchval("SELECT count(*) FROM own.areas") == 1
