"""What no handler will ever take: parked once, whole, and the next message flows."""

import asyncio
import base64
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.plumbing.processes import Process
from tests.plumbing.installation import Installation, a_fact
from tests.plumbing.running import until
from tests.plumbing.specimen import SpecimenSettings

pytestmark = pytest.mark.delivery

GOOD = a_fact().to_bytes()
LARGE = b'{"large": "' + b"x" * (5 * 1024 * 1024) + b'"}'
# What is sent; the error that it is parked with.
POISON: list[tuple[dict[str, Any], str]] = [
    ({"body": b"{not json"}, "body: Invalid JSON: key must be a string at line 1 column 2"),
    ({"body": GOOD.replace(b'"note"', b'"sing"')}, "data.does: Input should be 'note', 'wait', 'break' or 'echo'"),
    ({"body": GOOD, "headers": [("trace", b"\xff\xfe")]}, "header trace is not UTF-8"),
    ({"body": GOOD, "headers": [("trace", None)]}, "header trace is null"),
    ({"body": GOOD, "headers": [("reply_to", b"\xc3")]}, "header reply_to is not UTF-8"),
    ({"body": None}, "the body is null"),
    ({"body": b""}, "body: Invalid JSON: EOF while parsing a value at line 1 column 0"),
    ({"body": LARGE}, f"the body has {len(LARGE)} bytes, more than 1048576"),
    ({"body": a_fact(does="break", text="it").to_bytes()}, "a handler's own mistake\\0 about it"),
]


def counted(metric: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(metric, labels) or 0


async def test_poison_is_parked_once_and_whole_and_the_next_message_flows(specimen: Installation) -> None:
    parked_before = counted("parked_total", topic="things")
    following = [a_fact() for _ in POISON]
    async with specimen.consuming() as process:
        for (record, _), good in zip(POISON, following, strict=True):
            await specimen.send_record(**record)
            await specimen.send_record(good.to_bytes())
        await until(lambda: _effects_number(specimen, len(following)))
        assert process.health.troubles() == {}

    parked = await specimen.parked()
    assert [row["error"] for row in parked] == [error for _, error in POISON]
    assert [row["body"] for row in parked] == [record["body"] for record, _ in POISON]
    assert {row["key"] for row in parked} == {b"k"}
    assert parked[2]["headers"] == [["trace", base64.b64encode(b"\xff\xfe").decode()]]
    assert parked[3]["headers"] == [["trace", None]]
    assert {(row["service"], row["topic"], row["state"]) for row in parked} == {("specimen", "things", "parked")}
    assert len({(row["partition"], row["offset"]) for row in parked}) == len(POISON)
    assert sorted(await specimen.effects()) == sorted(fact.id for fact in following)
    assert counted("parked_total", topic="things") - parked_before == len(POISON)


async def test_a_parked_message_is_not_taken_again_by_the_next_process(specimen: Installation) -> None:
    for expected in (1, 2):
        async with specimen.consuming():
            await specimen.send_record(b"poison")
            await until(lambda: _parked_number(specimen, expected))  # noqa: B023 - asked within the turn

    assert len(await specimen.parked()) == 2


async def test_a_message_that_comes_again_after_it_was_parked_is_parked_once(specimen: Installation) -> None:
    await specimen.send_record(b"poison")
    async with specimen.consuming():
        await until(lambda: _parked_number(specimen, 1))
    await specimen.rewind()
    async with specimen.consuming():
        await specimen.send(a_fact())
        await until(lambda: _effects_number(specimen, 1))

    assert len(await specimen.parked()) == 1


async def test_a_type_from_the_future_is_passed_over_and_counted(specimen: Installation) -> None:
    before = counted("facts_handled_total", topic="things", outcome="passed_over")
    async with specimen.consuming():
        await specimen.send_record(b'{"type": "thing.split.v2", "data": {"halves": 2}}')
        await specimen.send(a_fact())
        await until(lambda: _effects_number(specimen, 1))

    assert counted("facts_handled_total", topic="things", outcome="passed_over") - before == 1
    assert await specimen.parked() == []


async def test_a_reply_to_header_publishes_nothing(specimen: Installation) -> None:
    reply_to = [("reply_to", (specimen.prefix + "answers").encode()), ("correlation_id", b"1")]
    async with specimen.consuming():
        await specimen.send_record(a_fact().to_bytes(), headers=reply_to)
        await specimen.send_record(b"poison", headers=reply_to)
        await until(lambda: _effects_number(specimen, 1))
        await until(lambda: _parked_number(specimen, 1))

    assert await specimen.records("answers") == []


async def test_after_many_in_a_row_nothing_moves_until_an_operator_resumes(specimen: Installation) -> None:
    async with specimen.consuming(parked_in_row_max=3) as process:
        for body in [b"poison"] * 5 + [a_fact().to_bytes()]:
            await specimen.send_record(body)
        await until(lambda: _stands_still(process))
        await asyncio.sleep(0.5)

        assert len(await specimen.parked()) == 3
        assert await specimen.effects() == []
        assert await _committed(specimen) == 3

    # A restart is no operator.
    async with specimen.consuming(parked_in_row_max=3) as process:
        await until(lambda: _stands_still(process))
        await asyncio.sleep(1)
        assert len(await specimen.parked()) == 3

        resuming = specimen.start("parked", "resume")
        assert await asyncio.to_thread(resuming.process.wait, 20) == 0
        await until(lambda: _effects_number(specimen, 1))

        assert len(await specimen.parked()) == 5
        await until(lambda: _is_ready(process))


async def test_a_good_message_between_poison_ends_the_row(specimen: Installation) -> None:
    async with specimen.consuming(parked_in_row_max=2) as process:
        for _ in range(4):
            await specimen.send_record(b"poison")
            await specimen.send_record(a_fact().to_bytes())
        await until(lambda: _effects_number(specimen, 4))

        assert process.health.troubles() == {}
        assert len(await specimen.parked()) == 4


async def _effects_number(specimen: Installation, number: int) -> bool:
    return len(await specimen.effects()) >= number


async def _parked_number(specimen: Installation, number: int) -> bool:
    return len(await specimen.parked()) >= number


async def _stands_still(process: Process[SpecimenSettings]) -> bool:
    return "stands still" in process.health.troubles().get("consumer", "")


async def _is_ready(process: Process[SpecimenSettings]) -> bool:
    return not process.health.troubles()


async def _committed(specimen: Installation) -> int:
    return sum((await specimen.offsets()).values())
