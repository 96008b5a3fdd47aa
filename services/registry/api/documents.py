"""What the OpenAPI document says of problems: one schema, and the statuses that any route may answer."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.domain.mistakes import Part


class ProblemError(BaseModel):
    """One thing wrong at one place of the request."""

    in_: Part = Field(alias="in", examples=["body"])
    pointer: str = Field(description="JSON pointer, as a fragment, in your own names.", examples=["#/sessions/0/date"])
    detail: str = Field(examples=["This is not a date."])
    remedy: str | None = Field(None, examples=["Write it as 2027-03-09."])


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(extra="allow", json_schema_extra={"description": "What went wrong (RFC 9457)."})

    type: str = Field(description="Stable; read it there for its meaning.", examples=["/problems/invalid"])
    title: str = Field(examples=["The request is not formed as it should be"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["One thing is not as it should be; `errors` says where and why."])
    instance: str = Field(examples=["/v1/offers"])
    errors: list[ProblemError] | None = None
    correlation_id: UUID = Field(description="Ask us about this id: all our logs carry it.")


_MEANINGS: dict[int | Literal["default"], str] = {
    401: "No key, or none that holds",
    403: "The key is good, but not for this",
    422: "Something in the request is not as it should be; `errors` points at it",
    "default": "Any other problem",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "model": Problem,
        "description": meaning,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, meaning in _MEANINGS.items()
}
