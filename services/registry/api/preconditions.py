"""`ETag` and `If-Match`: nobody overwrites what they have not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Response

from services.registry.domain.mistakes import Fault, Stale

IF_MATCH = "If-Match"


@dataclass(frozen=True)
class Condition:
    """The versions that the caller is ready to change."""

    if_match: str

    def check(self, version: int) -> None:
        """Raise Stale unless the locked row's `version` is one of them."""
        tags = {tag.strip() for tag in self.if_match.split(",")}
        if "*" not in tags and etag(version) not in tags:
            raise Stale(
                f"You are changing {self.if_match}; the newest version is {etag(version)}.",
                Fault("#/If-Match", "This is not the newest version.", "Read it again, then change it.", "header"),
                headers={"ETag": etag(version)},
            )


def _condition(
    if_match: Annotated[
        str,
        Header(alias=IF_MATCH, max_length=200, description="`ETag` of the version you read.", examples=['"3"']),
    ],
) -> Condition:
    return Condition(if_match)


IfMatch = Annotated[Condition, Depends(_condition)]


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


def tagged(response: Response, version: int) -> None:
    """Say which version the answer shows."""
    response.headers["ETag"] = etag(version)


def created(response: Response, location: str, version: int) -> None:
    """Say where the new thing is, and its version."""
    response.headers["Location"] = location
    tagged(response, version)
