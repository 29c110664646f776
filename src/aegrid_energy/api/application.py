"""Puts the doors together: every app, in the product and in the tests, is built here."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute

from aegrid_energy import __version__
from aegrid_energy.api import (
    assets,
    balance,
    consumption,
    correction,
    data_health,
    demand,
    demonstration,
    errors,
    events,
    first_administrator,
    health,
    imports,
    invitation,
    jobs,
    keys,
    live,
    meter_acts,
    meters,
    overview,
    own_account,
    parts,
    people,
    portfolio,
    preferences,
    quality,
    record,
    register,
    repair,
    series_readings,
    session,
    socket_tickets,
    trends,
    uploads,
)
from aegrid_energy.api.bodies import BodyCaps
from aegrid_energy.api.context import Context
from aegrid_energy.api.document import document_of
from aegrid_energy.api.origin import HostGuard
from aegrid_energy.api.policy import body_caps, check_routes, guard
from aegrid_energy.api.security_headers import SecurityHeaders
from aegrid_energy.api.trusted_proxies import TrustedProxies
from aegrid_energy.workflows.take_live import LiveTaker

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

#: The doors of who may do what.
ACCESS_ROUTERS: tuple[APIRouter, ...] = (
    session.router,
    own_account.router,
    first_administrator.router,
    invitation.router,
    socket_tickets.router,
    people.router,
    record.router,
    demonstration.router,
    keys.router,
)
#: Every door of the product; the matrix of route x role x tenant walks this list.
ROUTERS: tuple[APIRouter, ...] = (
    *ACCESS_ROUTERS,
    consumption.router,
    demand.router,
    correction.router,
    imports.router,
    uploads.router,
    register.router,
    meters.router,
    meter_acts.router,
    assets.router,
    events.router,
    jobs.router,
    preferences.router,
    quality.router,
    data_health.router,
    repair.router,
    series_readings.router,
    balance.router,
    parts.router,
    trends.router,
    overview.router,
    portfolio.router,
    live.router,
    health.router,
)


def make_application(
    context: Context,
    routers: Sequence[APIRouter],
    *,
    lifespan: Lifespan | None = None,
    routes: Sequence[BaseRoute] = (),
) -> FastAPI:
    """An app with these doors, each of its routes held to the policy table.

    Args:
        context: Shared state.
        routers: Doors; their routes carry whole paths, because the table is asked with the route's own.
        lifespan: What starts and stops with the app.
        routes: What stands after every door: the pages.

    Raises:
        LookupError: A route has no row in the policy table.
    """
    app = FastAPI(
        title="Aegrid Energy",
        version=__version__,
        docs_url=None,  # FastAPI's page loads from another host, which our content policy refuses
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        dependencies=[Depends(guard)],
        middleware=[
            Middleware(TrustedProxies, trusted=context.trusted_proxies),
            Middleware(SecurityHeaders, is_tls=context.is_tls),
            Middleware(errors.UnexpectedErrors, context=context),
            Middleware(HostGuard, context=context),
            Middleware(BodyCaps, caps=body_caps()),
        ],
    )
    app.state.context = context
    app.state.live_taker = LiveTaker(pool=context.pool)
    errors.install(app)
    for router in routers:
        app.include_router(router)

    @app.get("/api/energy/openapi.json", include_in_schema=False)
    async def get_openapi(_: Request) -> JSONResponse:  # pyright: ignore[reportUnusedFunction]
        return JSONResponse(document_of(app))

    app.openapi = partial(document_of, app)

    app.router.routes.extend(routes)
    check_routes(app)
    return app
