"""What an error means: whether it passes by itself, and what of it may be said in a log."""

import asyncpg
from aiokafka.errors import KafkaError
from pydantic import ValidationError


class DatabaseAway(Exception):
    """The database cannot be reached, or has no connection free, just now. Trying again later is right."""


_PASSING = (
    DatabaseAway,
    KafkaError,
    ConnectionError,
    TimeoutError,
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InternalClientError,  # The server took its leave of a connection that was just being used.
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,  # Shutting down, starting up, statement timed out.
    asyncpg.TransactionRollbackError,  # Serialization failures and deadlocks.
    asyncpg.PostgresSystemError,
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.ReadOnlySQLTransactionError,  # A standby that is about to be promoted.
    # Whoever runs the service puts these right; no message is to blame.
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
_LASTING = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)


def passes(error: BaseException) -> bool:
    """Say whether the trouble is the world's, so that the same attempt may succeed later."""
    if isinstance(error, BaseExceptionGroup):
        return all(passes(part) for part in error.exceptions)
    return isinstance(error, _PASSING) and not isinstance(error, _LASTING)


def describe(error: BaseException) -> str:
    """The error in one line for logs, without the values at hand; of a group, its parts."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(describe(part) for part in error.exceptions)
    return f"{type(error).__name__}: {sentence(error)}"


def sentence(error: BaseException) -> str:
    """What the error says, less the values that it repeats: they may be somebody's name or address."""
    if isinstance(error, ValidationError):
        wrong = error.errors(include_input=False, include_url=False, include_context=False)
        return "; ".join(f"{'.'.join(map(str, part['loc'])) or error.title}: {part['msg']}" for part in wrong[:5])
    if isinstance(error, asyncpg.PostgresError) and error.args:
        # PostgreSQL's details repeat the row's values; of data that it cannot take, the message itself does.
        said = str(error.args[0])
        return said.partition(":")[0] if isinstance(error, asyncpg.DataError) else said
    return str(error)
