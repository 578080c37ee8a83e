"""What is served: `/graphql`, `/healthz`, and a landing page that says so.

`create_app` is the whole of it; the database is open exactly as long as the application runs.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from graphql_api.endpoint import endpoint, refusal
from tarifa.apart import Limits
from tarifa.settings import Settings
from tarifa.storage import Database, UnusableDatabaseError, health, opened

LANDING = """Tarifa {version}: billing for managed service providers.

  POST /graphql   the API; send `Authorization: Bearer tarifa_...` (`tarifa keys create` makes a key)
  GET  /healthz   whether it can work

The schema is graphql_api/schema.graphql; docs/graphql.md shows how to use it.
"""

log = logging.getLogger("graphql_api")


def utc_now() -> datetime:
    """The time, aware; the only clock of the API."""
    return datetime.now(UTC)


async def landing(_: Request) -> PlainTextResponse:
    """Says where things are."""
    return PlainTextResponse(LANDING.format(version=version("tarifa")))


async def healthz(request: Request) -> JSONResponse:
    """Whether the database answers, and which schema it has; 503 with the reason where it does not."""
    database: Database = request.app.state.database
    try:
        found = await health(database)
    except UnusableDatabaseError as error:
        return JSONResponse({"status": "unavailable", "reason": str(error)}, status_code=503)
    except Exception:  # whatever it is: a service that cannot ask its database is not healthy
        log.exception("the database does not answer")
        reason = "the database does not answer; the server's log says why"
        return JSONResponse({"status": "unavailable", "reason": reason}, status_code=503)
    return JSONResponse({"status": "ok", "version": version("tarifa"), "migration": found.migration})


async def unavailable(_: Request, error: Exception) -> JSONResponse:
    """The database cannot be used, outside of any operation: while a key was looked up."""
    remedy = "Try again; if it stays, see /healthz."
    log.error("the database cannot be used: %s", error)
    return refusal(503, code="unavailable", message="The database cannot be used just now.", remedy=remedy)


async def not_found(request: Request, _: Exception) -> JSONResponse:
    """Nothing is served there."""
    said = f"Nothing is served at {request.url.path}."
    return refusal(404, code="not-found", message=said, remedy="See / for what is served.")


async def bad_method(request: Request, _: Exception) -> JSONResponse:
    """It is served there, but not like this."""
    said = f"{request.url.path} does not take {request.method}."
    return refusal(405, code="bad-request", message=said, remedy="Operations are sent by POST; see docs/graphql.md.")


async def defect(_: Request, error: Exception) -> JSONResponse:
    """What nobody expected, outside of any operation; the log has it under the id."""
    incident = uuid4().hex[:12]
    log.error("incident %s", incident, exc_info=error)
    said = f"This went wrong on our side. It is in the server's log as {incident}."
    return refusal(500, code="internal", message=said, remedy="Try again; if it stays, tell whoever runs the server.")


def create_app(settings: Settings, *, create: bool = False, clock: Callable[[], datetime] = utc_now) -> Starlette:
    """The application on the database that `settings` name.

    Args:
        settings: The database's, and those of the check of rulesets.
        create: Make the database where there is none, instead of refusing to start.
        clock: Aware UTC.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with opened(settings, create=create) as database:
            app.state.database = database
            yield

    limits = Limits(settings.check_seconds, settings.check_megabytes)
    return Starlette(
        routes=[
            Route("/", landing),
            Route("/healthz", healthz),
            Route("/graphql", endpoint(clock, limits), methods=["POST"]),
        ],
        exception_handlers={
            404: not_found,
            405: bad_method,
            UnusableDatabaseError: unavailable,
            Exception: defect,
        },
        lifespan=lifespan,
    )
