"""What an operator may set for the registry."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field, SecretStr

from services.plumbing.settings import Duration, Settings


class RegistrySettings(Settings):
    """What every process of the registry takes."""


class ApiSettings(RegistrySettings):
    """What the process that speaks HTTP takes besides."""

    pool_size_max: int = Field(8, ge=1)
    http_host: str = "127.0.0.1"
    http_port: int = 8000
    link_keys: SecretStr = Field(description='Keys of the signed links, newest first: "abcd:hex[,abcd:hex…]".')
    repeat_wait: Duration = Field(
        timedelta(seconds=5),
        description="How long a repeat waits for the answer of the first request, before it gets 409.",
    )
    requests_per_second: float = Field(50, gt=0, description="Per API key and process.")
    requests_under_way_max: int = Field(200, ge=1, description="Per process; the next ones get 503 at once.")
    requests_at_once: int = Field(500, ge=1, description="Per API key and process.")
    link_requests_per_second: float = Field(2, gt=0, description="Per link in an email and process.")
    link_requests_at_once: int = Field(60, ge=1, description="Per link in an email and process.")
