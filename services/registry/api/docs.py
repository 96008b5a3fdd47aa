"""What a developer reads: the page of the OpenAPI document, and what each type of problem means; all from here."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from services.registry.api import problems
from services.registry.domain.mistakes import NotFound

INTRODUCTION = """\
Every request carries `Authorization: Bearer <key>`. Bodies are JSON, in UTF-8. Instants carry an offset; the times of
sessions are London time.

* **Sent twice, done once.** `Idempotency-Key` is taken on every write and required where something is created. A
  repeat within seven days gets the first answer again (`Idempotent-Replayed: true`); the same key with another body
  gets 422. A repeat while the first is still running waits for its answer, and after five seconds gets 409.
* **Versions.** What can change has an `ETag`. A change sends it as `If-Match`: missing it is 428, an old one 412.
* **Problems** are `application/problem+json`. `type` is stable, `errors` points at each field, and `correlation_id`
  is also the header `X-Correlation-Id`: tell us that.
* **Lists** have `limit` (200 at most) and an opaque `cursor`; `next` and the header `Link` lead to the next page.
* **No pupil's data**, ever: head-counts only.
"""

router = APIRouter(include_in_schema=False)


def mount(app: FastAPI) -> None:
    """Serve the page's script and style from the installed package."""
    app.mount("/docs-assets", StaticFiles(directory=str(files("fastapi_offline") / "static")), name="docs-assets")


@router.get("/docs")
async def read_docs() -> HTMLResponse:
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Encounters API",
        swagger_js_url="/docs-assets/swagger-ui-bundle.js",
        swagger_css_url="/docs-assets/swagger-ui.css",
        swagger_favicon_url="/docs-assets/favicon.png",
        # Else the page asks a validator elsewhere about the document.
        swagger_ui_parameters={"validatorUrl": None},
    )


@router.get("/problems/{slug}")
async def read_problem(slug: str) -> HTMLResponse:
    """What one type of problem means: the page at the address that `type` names."""
    kind = next((kind for kind in problems.every_kind() if kind.slug == slug), None)
    if kind is None:
        raise NotFound("There is no problem of this name.")
    return HTMLResponse(_PAGE.format(kind=kind))


_PAGE = """\
<!doctype html>
<html lang="en-GB">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{kind.title}</title>
<style>body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }}</style>
<h1>{kind.title}</h1>
<p>Status {kind.status}. {kind.meaning}</p>
<p><a href="/docs">All of the API</a></p>
</html>
"""
