import asyncio
import time
from datetime import timedelta

import asyncpg
import pytest
from aiokafka.errors import KafkaConnectionError, ProducerFenced

from services.plumbing import errors, patience
from services.plumbing.errors import DatabaseAway
from services.plumbing.patience import Backoff, Failure

SHORT = timedelta(seconds=0.01)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        OSError("Multiple exceptions: [Errno 111] Connect call failed"),
        DatabaseAway(),
        KafkaConnectionError(),
        ProducerFenced(),
        asyncpg.CannotConnectNowError(),
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.AdminShutdownError(),
        asyncpg.CrashShutdownError(),
        asyncpg.QueryCanceledError(),
        asyncpg.TooManyConnectionsError(),
        asyncpg.DiskFullError(),
        asyncpg.DeadlockDetectedError(),
        asyncpg.SerializationError(),
        asyncpg.InvalidPasswordError(),
        ExceptionGroup("both", [TimeoutError(), ConnectionResetError()]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_worlds_trouble_passes(error: Exception) -> None:
    assert errors.passes(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError(),
        KeyError(),
        FileNotFoundError(),
        asyncpg.UniqueViolationError(),
        asyncpg.CheckViolationError(),
        asyncpg.DataError("invalid input for query argument"),
        asyncpg.UndefinedColumnError(),
        asyncpg.InterfaceError("the server expects 2 arguments"),
        ExceptionGroup("both", [TimeoutError(), ValueError()]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_our_own_mistakes_do_not_pass(error: Exception) -> None:
    assert not errors.passes(error)


def test_pauses_double_up_to_the_longest_and_differ() -> None:
    backoff = Backoff(longest=timedelta(seconds=8), first=timedelta(seconds=1))

    pauses = [backoff.next() for _ in range(2000)]

    for number, seconds in enumerate(pauses):
        longest = min(2.0**number, 8.0) if number < 10 else 8.0
        assert longest / 2 <= seconds <= longest
    assert len(set(pauses[10:])) > 1000


def test_a_success_lets_pauses_begin_anew() -> None:
    backoff = Backoff(longest=timedelta(seconds=60), first=timedelta(seconds=1))
    for _ in range(10):
        backoff.next()

    backoff.reset()

    assert backoff.next() <= 1


async def test_a_pause_ends_when_the_process_is_asked_to_stop() -> None:
    stopping = asyncio.Event()
    asyncio.get_running_loop().call_later(0.05, stopping.set)
    began = time.monotonic()

    await patience.pause(30, stopping)

    assert time.monotonic() - began < 5


async def test_an_attempt_answers_its_value_or_its_failure() -> None:
    async def works() -> int:
        return 7

    async def breaks() -> int:
        raise ValueError("no")

    assert await patience.attempt(works()) == 7
    assert isinstance(failure := await patience.attempt(breaks()), Failure)
    assert not failure.passes


async def test_being_cancelled_is_no_failure() -> None:
    task = asyncio.ensure_future(patience.attempt(asyncio.sleep(30)))
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_insisting_goes_on_until_the_world_is_back() -> None:
    tries: list[int] = []

    async def third_time_lucky() -> str:
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionRefusedError
        return "in"

    assert await patience.insist("get in", third_time_lucky, asyncio.Event(), SHORT) == "in"
    assert len(tries) == 3


async def test_insisting_gives_up_at_once_on_what_will_never_work() -> None:
    async def never() -> str:
        raise ValueError("never")

    with pytest.raises(ValueError, match="never"):
        await patience.insist("try", never, asyncio.Event(), SHORT)


async def test_a_loop_goes_on_after_any_failure() -> None:
    stopping, turns = asyncio.Event(), []

    async def turn() -> bool:
        turns.append(1)
        if len(turns) == 1:
            raise ValueError("a mistake of ours")
        if len(turns) == 4:
            stopping.set()
        return True

    await patience.repeat("work", turn, asyncio.Event().wait, stopping, SHORT)

    assert len(turns) == 4
