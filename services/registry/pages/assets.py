"""The stylesheet and the mark that every page links to."""

from __future__ import annotations

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from services.registry.pages.rendering import MEDIA_TYPES, asset

router = APIRouter(include_in_schema=False)


@router.api_route("/pages/{name}", methods=["GET", "HEAD"])
async def read_asset(name: str) -> Response:
    if name not in MEDIA_TYPES:
        raise HTTPException(404)
    return asset(name)
