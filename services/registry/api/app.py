"""The registry's HTTP application, put together. Each resource adds its router to `ROUTERS`."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from services.plumbing.clock import Clock
from services.plumbing.health import Health
from services.plumbing.http import Surroundings, health_routes
from services.plumbing.postgres import Pool
from services.registry.api import (
    areas,
    cohorts,
    contacts,
    docs,
    employers,
    hubs,
    keys,
    matches,
    memberships,
    offers,
    openapi,
    progress,
    reference,
    refusals,
    requests,
    rounds,
    schools,
)
from services.registry.api.limits import BodyLimit, Crowd
from services.registry.api.rates import Rates
from services.registry.pages import assets, unsubscribe
from services.registry.pages import match as match_page
from services.registry.settings import ApiSettings

ROUTERS: tuple[APIRouter, ...] = (
    areas.router,
    hubs.router,
    schools.router,
    memberships.router,
    cohorts.router,
    employers.router,
    contacts.router,
    keys.router,
    reference.router,
    offers.router,
    requests.router,
    matches.router,
    progress.router,
    rounds.router,
    match_page.router,
    unsubscribe.router,
    assets.router,
    docs.router,
)
"""Every router of the API and of the pages. One line each, by resource."""


def create_app(settings: ApiSettings, pool: Pool, clock: Clock, health: Health | None = None) -> FastAPI:
    """The application over `pool`. Nothing is opened or closed here: its maker owns both."""
    app = FastAPI(
        title="Encounters",
        version="1",
        summary="Employers' offers and schools' requests, matched.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=openapi.operation_id,
    )
    app.state.settings, app.state.pool, app.state.clock = settings, pool, clock
    app.state.rates = Rates(settings.requests_per_second, settings.requests_at_once)
    app.state.link_rates = Rates(settings.link_requests_per_second, settings.link_requests_at_once, of="A link")
    app.add_middleware(BodyLimit)
    app.add_middleware(Crowd, most=settings.requests_under_way_max)
    app.add_middleware(Surroundings, problem=refusals.failed)
    refusals.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.router.routes.extend(health_routes(health or Health()))
    docs.mount(app)
    openapi.describe(app)
    return app
