"""HTTP around a process: health routes, correlation ids, metrics, and a server that stops when the process does."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
import uvicorn
from opentelemetry.trace import Span, SpanKind
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.plumbing import patience, telemetry, traces
from services.plumbing.dawdling import Punctual
from services.plumbing.health import Health

if TYPE_CHECKING:
    from services.plumbing.processes import Process

log = structlog.stdlib.get_logger(__name__)

CORRELATION_HEADER = "X-Correlation-Id"
RETRY_AFTER_SECONDS = 2
REQUESTS = Counter("http_requests_total", "Requests answered", ["method", "route", "status"])
DURATION = Histogram("http_request_duration_seconds", "Until the answer was complete", ["method", "route"])
READY = Gauge("ready", "1 while the process can do its work")
ProblemOf = Callable[[Request, int], Response]
"""Makes the answer to a request that failed, of status 500, or 503 where the same request may do better later."""


class Surroundings:
    """Middleware: the correlation id in, through and out; a log line and metrics; problems instead of failures.

    A failure that passes (the database is away) is answered 503 with `Retry-After`, any other 500; a service's own
    exception handlers come before, and `problem` makes its own answers of those two statuses.

    Takes `X-Correlation-Id` if it is a UUID, else makes one, and answers it. Logs the route's template and never
    the path: a link in an email carries its signature there.
    """

    def __init__(self, app: ASGIApp, problem: ProblemOf | None = None) -> None:
        self._app = app
        self._problem = problem or _plain_problem

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        with telemetry.caused_by(_correlation_id(Headers(scope=scope))) as cause:
            answer.correlation_id = str(cause.correlation_id)
            with traces.span(scope["method"], cause, SpanKind.SERVER) as span:
                outcome = await patience.attempt(self._app(scope, receive, answer))
                if isinstance(outcome, patience.Failure):
                    await self._refuse(outcome, answer, scope, receive)
                _note(scope, answer, span)

    async def _refuse(self, failure: patience.Failure, answer: "_Answer", scope: Scope, receive: Receive) -> None:
        log.error("request failed", exc_info=failure.error)
        if answer.status is not None:
            # Half an answer is under way: only breaking it off says that the rest is missing.
            raise failure.error
        await self._problem(Request(scope), 503 if failure.passes else 500)(scope, receive, answer)


class _Answer:
    """The way out: adds the correlation id, and remembers the status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = time.monotonic()
        self.correlation_id = ""
        self.status: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[CORRELATION_HEADER] = self.correlation_id
        await self._send(message)


def _plain_problem(_request: Request, status: int) -> Response:
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        return _problem(503, "Service Unavailable", "Please try again shortly.", headers)
    return _problem(500, "Internal Server Error", f"The mistake is ours; the {CORRELATION_HEADER} helps us to find it.")


def _problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JSONResponse(body, status_code=status, headers=headers, media_type="application/problem+json")


def _note(scope: Scope, answer: _Answer, span: Span) -> None:
    route = getattr(scope.get("route"), "path", "(none)")
    seconds = time.monotonic() - answer.started
    status = answer.status or 500
    span.update_name(f"{scope['method']} {route}")
    span.set_attributes({"http.route": route, "http.response.status_code": status})
    REQUESTS.labels(scope["method"], route, status).inc()
    DURATION.labels(scope["method"], route).observe(seconds)
    log.info("answered", method=scope["method"], route=route, status=status, seconds=round(seconds, 4))


def _correlation_id(headers: Headers) -> UUID | None:
    try:
        return UUID(headers.get(CORRELATION_HEADER, ""))
    except ValueError:
        return None


def health_routes(health: Health) -> list[Route]:
    """`/livez`, `/readyz` and `/metrics`, for an app of one's own or the one on the health port."""

    async def livez(_request: Request) -> Response:
        return JSONResponse({"alive": True})

    async def readyz(_request: Request) -> Response:
        troubles = health.troubles()
        return JSONResponse({"ready": not troubles, "troubles": troubles}, status_code=503 if troubles else 200)

    async def metrics(_request: Request) -> Response:
        READY.set(not health.troubles())
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    paths = {"/livez": livez, "/readyz": readyz, "/metrics": metrics}
    return [Route(path, answer, include_in_schema=False) for path, answer in paths.items()]


@asynccontextmanager
async def answering_health(health: Health, host: str, port: int) -> AsyncIterator[None]:
    """Answer the health routes within the block; port 0: nothing is served."""
    if not port:
        yield
        return
    server = _server(Starlette(routes=health_routes(health)), grace_seconds=1)
    serving = asyncio.ensure_future(server.serve([_listen(host, port)]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


async def serve(process: "Process[Any]", app: ASGIApp, host: str, port: int) -> None:
    """Serve `app` until the process is asked to stop; requests under way may finish."""
    server = _server(app, grace_seconds=int(process.settings.graceful_timeout.total_seconds()) - 2)
    serving = asyncio.ensure_future(server.serve([_listen(host, port)]))
    process.health.add("http", lambda: "stopping" if process.stopping.is_set() else None)
    await asyncio.wait([serving, asyncio.ensure_future(process.stopping.wait())], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    await serving


class _Server(uvicorn.Server):
    """uvicorn without signal handlers: the process has its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(host: str, port: int) -> socket.socket:
    """Listen, or say why not: left to uvicorn, a port that is taken would end the process in the middle of a task."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise OSError(error.errno, f"{host}:{port}: {error.strerror}") from None


def _server(app: ASGIApp, *, grace_seconds: int) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            http=Punctual,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=max(grace_seconds, 1),
        )
    )
