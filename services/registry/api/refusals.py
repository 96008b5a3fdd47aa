"""How each error becomes its problem: ours, FastAPI's, Starlette's, PostgreSQL's, and what nobody thought of."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import asyncpg
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from services.registry.api import problems
from services.registry.api.problems import Kind, kind_of, problem
from services.registry.api.sentences import fault_of
from services.registry.domain.mistakes import Conflict, Mistake

_HTTP: dict[int, tuple[Kind, str]] = {
    400: (problems.UNREADABLE, "The body cannot be read: it is not well-formed."),
    404: (problems.NO_SUCH_ADDRESS, "No resource of this API has this address."),
    405: (problems.METHOD_NOT_ALLOWED, "The header Allow names the methods that this address takes."),
    413: (problems.TOO_LARGE, "A body may take 1 MB at most."),
}


def install(app: FastAPI) -> None:
    """Let every error of `app` leave as a problem."""
    app.add_exception_handler(Mistake, _mistake)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(asyncpg.IntegrityConstraintViolationError, _guarded)


async def _mistake(request: Request, error: Any) -> JSONResponse:
    return problem(request, kind_of(type(error)), error.detail, error.faults, error.headers, **error.members)


async def _invalid(request: Request, error: Any) -> JSONResponse:
    parts = error.errors()
    faults = tuple(fault_of(part) for part in parts)
    for part in parts:
        if part["type"] == "missing" and part["loc"][0] == "header":
            header = str(part["loc"][1])
            return problem(request, problems.MISSING[header], f"This request needs the header {header}.", faults)
    if any(part["type"] == "json_invalid" for part in parts):
        return problem(request, problems.UNREADABLE, "The body is not JSON that can be read.", faults)
    count = "One thing is" if len(faults) == 1 else f"{len(faults)} things are"
    return problem(request, problems.INVALID, f"{count} not as it should be; `errors` says where and why.", faults)


async def _http(request: Request, error: Any) -> JSONResponse:
    kind, detail = _HTTP.get(error.status_code) or _unnamed(error)
    headers = dict(error.headers or {})
    if kind is problems.METHOD_NOT_ALLOWED and (methods := _methods_at(request)):
        headers["Allow"] = ", ".join(methods)
    return problem(request, kind, detail, headers=headers)


def _unnamed(error: HTTPException) -> tuple[Kind, str]:
    phrase = HTTPStatus(error.status_code).phrase
    return Kind(error.status_code, phrase.lower().replace(" ", "-"), phrase), f"{error.detail}."


def _methods_at(request: Request) -> list[str]:
    """All methods that the address takes; Starlette's own answer names those of one route among several."""
    return sorted(
        method.upper()
        for path, operations in request.app.openapi()["paths"].items()
        if compile_path(path)[0].match(request.url.path)
        for method in operations
    )


async def _guarded(request: Request, error: Any) -> JSONResponse:
    sentence = problems.GUARDS.get(error.constraint_name or "")
    if sentence is None:
        raise error
    return problem(request, kind_of(Conflict), sentence)


def failed(request: Request, status: int) -> Response:
    """The problem of a request that failed without anybody's mistake: the world's trouble, or ours."""
    if status == problems.BUSY.status:
        sentence = "Please send the same request again in a few seconds, with the same Idempotency-Key."
        return problem(request, problems.BUSY, sentence, headers={"Retry-After": "2"})
    sentence = "Tell us the correlation id; with the same Idempotency-Key it is safe to send it again."
    return problem(request, problems.BROKEN, sentence)
