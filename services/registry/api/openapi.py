"""The OpenAPI 3.1 document: FastAPI's, with what our routes do around every act said as well."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from services.registry.api import docs
from services.registry.api.idempotency import IDEMPOTENCY_KEY, KEY_LENGTH_MAX
from services.registry.api.preconditions import IF_MATCH
from services.registry.api.problems import MEDIA_TYPE

_WRITES = frozenset({"post", "put", "patch", "delete"})
_PROBLEM = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_ACCEPTED = {
    "name": IDEMPOTENCY_KEY,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_LENGTH_MAX},
    "description": "A text of your own: sent again with the same body, the request is not carried out again.",
}
_ETAG = {"ETag": {"description": "The version shown.", "schema": {"type": "string"}, "example": '"3"'}}


def operation_id(route: APIRoute) -> str:
    """The route's own name, for clients made from the document; three addresses share each route of contacts."""
    kind = route.path.split("/")[2] if "{organisation_id}" in route.path else ""
    return f"{route.name}_of_{kind}" if kind else route.name


def describe(app: FastAPI) -> None:
    """Let `app` describe itself in full."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(
                get_openapi(
                    title=app.title,
                    version=app.version,
                    summary=app.summary,
                    description=docs.INTRODUCTION,
                    routes=app.routes,
                )
            )
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _complete(document: dict[str, Any]) -> dict[str, Any]:
    for operations in document["paths"].values():
        for method, operation in operations.items():
            if "security" in operation:
                _complete_operation(method, operation)
    return document


def _complete_operation(method: str, operation: dict[str, Any]) -> None:
    headers = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "header"}
    responses = operation["responses"]
    for status, response in responses.items():
        if not status.startswith("2"):
            # FastAPI adds its own media type besides the one that we answer.
            response["content"] = dict(_PROBLEM["content"])
    if IF_MATCH in headers:
        responses["412"] = {"description": "It has changed since you read it", **_PROBLEM}
        responses["428"] = {"description": f"{IF_MATCH} is missing", **_PROBLEM}
    if method in _WRITES:
        responses["409"] = {"description": "It does not go with what is there", **_PROBLEM}
        responses.get("201", {}).setdefault("headers", {}).update(_ETAG | _LOCATION)
        if IDEMPOTENCY_KEY not in headers:
            operation.setdefault("parameters", []).append(_ACCEPTED)


_LOCATION = {"Location": {"description": "Where it is.", "schema": {"type": "string"}}}
