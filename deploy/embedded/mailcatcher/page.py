"""The HTTP side: a page to read mails on, the same as JSON, and the switches for faults."""

from __future__ import annotations

import json
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from deploy.embedded.mailcatcher.faults import Fault
from deploy.embedded.mailcatcher.mailbox import Mail
from deploy.embedded.mailcatcher.server import Catcher

_templates = Path(__file__).with_name("templates")
# A mail is a stranger's page: it may look like what it wants, but run nothing and load nothing.
_CAGE = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)


def make_app(catcher: Catcher) -> Starlette:
    """The pages and the API over what `catcher` took."""
    site = Site(catcher)
    return Starlette(
        routes=[
            Route("/", site.inbox),
            Route("/livez", site.livez),
            Route("/mails/{id}", site.mail),
            Route("/mails/{id}/html", site.html),
            Route("/mails/{id}/source", site.source),
            Route("/mails/{id}/attachments/{number:int}", site.attachment),
            Route("/empty", site.empty, methods=["POST"]),
            Route("/api/messages", site.api_messages),
            Route("/api/messages", site.api_empty, methods=["DELETE"]),
            Route("/api/messages/{id}", site.api_message),
            Route("/api/faults", site.api_faults),
            Route("/api/faults", site.api_add_fault, methods=["POST"]),
            Route("/api/faults", site.api_clear_faults, methods=["DELETE"]),
        ]
    )


class Site:
    """The routes. Each answers from what is in the mailbox at that moment."""

    def __init__(self, catcher: Catcher) -> None:
        self._catcher = catcher
        self._jinja = Environment(
            loader=FileSystemLoader(_templates), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )

    async def inbox(self, request: Request) -> Response:
        to = request.query_params.get("to", "")
        mails = self._catcher.mailbox.to(to)
        return self._page("inbox.html", mails=mails, to=to, faults=self._catcher.faults.on)

    async def mail(self, request: Request) -> Response:
        mail = self._mail(request)
        shown = request.query_params.get("show", "html" if mail.html else "text")
        return self._page("mail.html", mail=mail, shown=shown)

    async def html(self, request: Request) -> Response:
        # Links of a caged page only open in a tab of their own.
        body = self._mail(request).html.replace("<head>", '<head><base target="_blank">', 1)
        return HTMLResponse(body, headers={"Content-Security-Policy": _CAGE})

    async def source(self, request: Request) -> Response:
        return Response(self._mail(request).source, media_type="text/plain; charset=utf-8")

    async def attachment(self, request: Request) -> Response:
        attachments = self._mail(request).attachments
        number = int(request.path_params["number"])
        if number >= len(attachments):
            raise HTTPException(404, "no such attachment")
        found = attachments[number]
        name = "".join(c for c in found.name if c.isalnum() or c in "._-")
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Security-Policy": _CAGE}
        return Response(found.content, media_type=found.type, headers=headers)

    async def empty(self, _request: Request) -> Response:
        self._catcher.mailbox.clear()
        return RedirectResponse("/", status_code=303)

    async def livez(self, _request: Request) -> Response:
        return Response("ok\n", media_type="text/plain")

    async def api_messages(self, request: Request) -> Response:
        mails = self._catcher.mailbox.to(request.query_params.get("to", ""))
        return JSONResponse({"total": len(mails), "items": [mail.summary() for mail in mails]})

    async def api_message(self, request: Request) -> Response:
        return JSONResponse(self._mail(request).whole())

    async def api_empty(self, _request: Request) -> Response:
        self._catcher.mailbox.clear()
        return Response(status_code=204)

    async def api_faults(self, _request: Request) -> Response:
        return JSONResponse({"items": [vars(fault) for fault in self._catcher.faults.on]})

    async def api_add_fault(self, request: Request) -> Response:
        try:
            fault = Fault.parse(await request.json())
        except (json.JSONDecodeError, ValueError, TypeError) as error:
            raise HTTPException(400, str(error)) from error
        self._catcher.faults.on.append(fault)
        return JSONResponse(vars(fault), status_code=201)

    async def api_clear_faults(self, _request: Request) -> Response:
        self._catcher.faults.on.clear()
        return Response(status_code=204)

    def _mail(self, request: Request) -> Mail:
        mail = self._catcher.mailbox.find(request.path_params["id"])
        if mail is None:
            raise HTTPException(404, "this mail is not here (any more)")
        return mail

    def _page(self, template: str, **shown: object) -> Response:
        return HTMLResponse(self._jinja.get_template(template).render(**shown))
