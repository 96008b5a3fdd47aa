"""What an operator may set: read from the environment once, frozen, and handed down.

Each field `thing` is `ENCOUNTERS_THING`, or `ENCOUNTERS_THING_FILE` naming a file that holds the value.
Durations are seconds (`15`) or ISO 8601 (`PT15S`).
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from services.plumbing.clock import Clock

PREFIX = "ENCOUNTERS_"


def _plain_seconds(value: Any) -> Any:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


Duration = Annotated[timedelta, BeforeValidator(_plain_seconds)]
"""A length of time: an operator writes seconds or ISO 8601."""


class Settings(BaseSettings):
    """What every process of every service takes. A service adds its own fields in its own subclass."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    database_url: SecretStr
    pool_size_max: int = Field(4, ge=1)
    statement_timeout: Duration = timedelta(seconds=20)
    idle_in_transaction_timeout: Duration = timedelta(seconds=15)
    """A process that froze in the middle of a transaction holds its locks for no longer."""

    kafka_bootstrap: str = Field("127.0.0.1:9092", description="One broker's address or several, with commas between.")
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_tls: bool = False
    kafka_session_timeout: Duration = timedelta(seconds=10)
    kafka_request_timeout: Duration = timedelta(seconds=10)
    topic_prefix: str = ""

    clock: str = "real"
    log_level: str = "INFO"
    traces_endpoint: str = Field("", description="Where a collector takes OTLP over HTTP; empty: no traces.")
    health_host: str = "127.0.0.1"
    health_port: int = Field(0, description="Where /livez, /readyz and /metrics answer; 0: nowhere.")
    graceful_timeout: Duration = timedelta(seconds=15)

    parked_in_row_max: int = Field(20, ge=1, description="After so many in a row the consumer stands still.")
    backoff_max: Duration = timedelta(seconds=30)
    relay_batch_max: int = Field(200, ge=1)
    relay_poll: Duration = timedelta(seconds=1)
    relay_lock_idle_max: Duration = timedelta(seconds=15)
    """A relay that is frozen for longer has lost its lead."""
    outbox_kept: Duration = timedelta(days=7)
    inbox_kept: Duration = timedelta(days=30)

    @field_validator("clock")
    @classmethod
    def _is_a_clock(cls, text: str) -> str:
        Clock.from_setting(text)
        return text

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - a file lying about is nobody's setting
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - ours are named one by one
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the files that it names."""
        return init_settings, env_settings, _FromFiles(settings_cls)


class _FromFiles(PydanticBaseSettingsSource):
    """Values in files: what container engines mount as secrets."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        path = os.environ.get(f"{PREFIX}{field_name}_FILE".upper())
        return (Path(path).read_text().strip() if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        read = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in read.items() if value is not None}


SettingsT = TypeVar("SettingsT", bound=Settings)


def load(kind: type[SettingsT]) -> SettingsT:
    """The process's settings. What is missing or wrong ends the process with its name in one sentence."""
    try:
        return kind()
    except ValidationError as error:
        wrong = "; ".join(_sentence(str(part["loc"][0]), part["type"], part["msg"]) for part in error.errors())
        raise SystemExit(f"{wrong}.") from None
    except OSError as error:
        raise SystemExit(f"a setting's file cannot be read: {error}.") from None


def _sentence(field: str, kind: str, message: str) -> str:
    name = f"{PREFIX}{field}".upper()
    return f"{name} is not set (nor {name}_FILE)" if kind == "missing" else f"{name}: {message}"
