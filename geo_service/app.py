"""The application: pools, feed hub, tiles, routes, the built web pages."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse
from psycopg import AsyncConnection, Connection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, ConnectionPool
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from geo_service import errors, headers
from geo_service.accounts.admin import router as admin_router
from geo_service.accounts.api import router as account_router
from geo_service.accounts.oidc.api import router as oidc_router
from geo_service.audit.api import router as audit_router
from geo_service.database import Login, address_of
from geo_service.deadlines import Deadlines
from geo_service.dossiers.api import router as dossiers_router
from geo_service.dossiers.board.api import router as board_router
from geo_service.dossiers.catalogue.api import router as catalogue_router
from geo_service.dossiers.clock.api import router as calendar_router
from geo_service.dossiers.documents.api import router as documents_router
from geo_service.dossiers.documents.store import FileStore
from geo_service.dossiers.money.api import router as money_router
from geo_service.dossiers.papers.api import router as papers_router
from geo_service.dossiers.partners.api import router as partners_router
from geo_service.dossiers.partners.door import router as partners_door
from geo_service.drafts.api import router as drafts_router
from geo_service.ending import before_the_end
from geo_service.findings.api import router as findings_router
from geo_service.forecasts.api import router as forecasts_router
from geo_service.limits import BodyLimit
from geo_service.live.api import router as live_router
from geo_service.live.hub import INDEXES_ONLY, Hub
from geo_service.logs import RequestLog
from geo_service.logs import configure as configure_logs
from geo_service.parcels.api import router as parcels_router
from geo_service.personal.api import router as personal_router
from geo_service.personal.vault import Vault
from geo_service.rates import RateLimits
from geo_service.rights.api import router as rights_router
from geo_service.runs.api import router as runs_router
from geo_service.scenes.api import router as scenes_router
from geo_service.scenes.front import SceneFront
from geo_service.scenes.stac import create_stac
from geo_service.scenes.tiles import SceneTiles
from geo_service.scenes.tiles import router as scene_tiles_router
from geo_service.settings import Settings
from geo_service.tiles.api import router as tiles_router
from geo_service.tiles.front import TileFront
from geo_service.tiles.service import TileService
from imagery.scenes.store import ImageStore
from layers.crs import FabricCrs
from layers.errors import NotFound, Problem

POOL = 8  # connections for people who are signed in
PUBLIC_POOL = 6  # for look-ups of everybody
GATE_POOL = 3  # for signing in
TILE_POOL = 4  # connections that draw tiles and read the feed; two per core keep both busy
BODY_LIMIT = 4 * 1024**2  # of a JSON request; files have their own limit
PROBLEMS: dict[int | str, dict[str, Any]] = {"4XX": {"description": "A problem document (RFC 9457)"}}


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application for one deployment; without settings they are read from the environment."""
    settings = settings or Settings.load()
    configure_logs(settings)
    app = headers.Guarded(
        title="Địa chính điện tử Hà Nội",
        version=version("geo-service"),
        lifespan=lifespan,
        responses=PROBLEMS,
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.crs = FabricCrs(settings.fabric_srid)
    errors.install(app)
    for router in (
        account_router,
        oidc_router,
        admin_router,
        audit_router,
        rights_router,
        personal_router,
        parcels_router,
        drafts_router,
        dossiers_router,
        documents_router,
        money_router,
        calendar_router,
        papers_router,
        catalogue_router,
        partners_router,
        partners_door,
        board_router,
        findings_router,
        forecasts_router,
        scenes_router,
        scene_tiles_router,
        runs_router,
        live_router,
        tiles_router,
    ):
        app.include_router(router)
    app.get("/health", tags=["service"])(health)
    app.mount("/stac", create_stac(app), name="stac")
    add_pages(app)
    app.add_middleware(
        BodyLimit, limit=BODY_LIMIT, document_limit=settings.document_limit, picture_limit=settings.upload_limit
    )
    app.add_middleware(Deadlines)
    if settings.rates == "on":
        app.add_middleware(RateLimits, numbers=settings.rate_numbers())
    app.add_middleware(RequestLog)
    app.add_middleware(TileFront, state=app.state)
    app.add_middleware(SceneFront, state=app.state)
    return app


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    url = settings.database_url
    if not url:
        raise RuntimeError("no database: start with geo-service up, or set DATABASE_URL")
    options = {"row_factory": dict_row}

    def pool(login: Login, least: int, most: int) -> ConnectionPool[Connection[DictRow]]:
        return ConnectionPool(
            address_of(url, login, settings), kwargs=options, min_size=least, max_size=most, max_waiting=200, timeout=10, open=False,
            check=ConnectionPool.check_connection, name=login,
        )  # fmt: skip

    pools = app.state.pool, app.state.public_pool, app.state.gate_pool = (
        pool("geo_service", 2, POOL),
        pool("geo_public", 2, PUBLIC_POOL),
        pool("geo_gate", 1, GATE_POOL),
    )
    app.state.vault = Vault(settings.personal_secret())
    app.state.files = FileStore(settings.files_address, settings.data_dir / "incoming")
    app.state.images = ImageStore(settings.images_address)
    app.state.scene_tiles = SceneTiles(app.state.images)
    public = address_of(url, "geo_public", settings)
    for_tiles = f"-c statement_timeout=15s -c max_parallel_workers_per_gather=0 {INDEXES_ONLY}"
    tile_pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
        public,
        kwargs=options | {"autocommit": True, "options": for_tiles},
        min_size=2,
        max_size=TILE_POOL,
        max_waiting=500,
        timeout=10,
        open=False,
        check=AsyncConnectionPool.check_connection,
        name="tiles",
    )
    app.state.async_pool = tile_pool
    app.state.tiles = TileService(tile_pool, settings.data_dir / "tiles")
    app.state.hub = Hub(
        public,
        lambda event: (
            None if event["dossier"] or event["kind"] == "finding" else app.state.tiles.evict(event["bounds"])
        ),
    )
    for one in pools:
        one.open()
    await tile_pool.open()
    await app.state.hub.start()
    try:
        with before_the_end(app.state.hub.say_goodbye):
            yield
    finally:
        await app.state.hub.stop()
        await tile_pool.close()
        app.state.scene_tiles.close()
        for one in pools:
            one.close()


async def health(request: Request) -> dict[str, Any]:
    """Whether the service and its database answer, and how far the feed is."""
    try:
        async with request.app.state.async_pool.connection(timeout=3) as conn:
            row = await (await conn.execute("SELECT seq FROM feed.head")).fetchone()
    except Exception as error:
        raise Unhealthy("database-down", "The database does not answer.", "Cơ sở dữ liệu không trả lời.") from error
    return {
        "status": "ok",
        "version": request.app.version,
        "seq": row["seq"],
        "feed": {"seq": request.app.state.hub.last, "connected": request.app.state.hub.connected},
        "database": "ok",
        "environment": request.app.state.settings.env,
    }


class Unhealthy(Problem):
    status = 503
    title = "Not ready"
    title_vi = "Chưa sẵn sàng"


def add_pages(app: FastAPI) -> None:
    """The built browser application; every path that is no route of the service opens its first page."""
    dist = Path(str(files("geo_service"))) / "web" / "dist"
    if (dist / "assets").is_dir():
        app.mount("/assets", Immutable(directory=dist / "assets"), name="assets")

    @app.get("/{path:path}", include_in_schema=False)
    async def page(path: str) -> Response:
        if path.startswith(("api/", "tiles/", "live/", "ogc/", "stac/")):
            raise NotFound("no-such-route", f"There is no /{path}.", f"Không có /{path}.")
        wanted, index = (dist / path).resolve(), dist / "index.html"
        if path and path != "index.html" and wanted.is_relative_to(dist.resolve()) and wanted.is_file():
            return FileResponse(wanted)
        if not index.is_file():
            raise NotFound("no-pages", "The web pages are not built: make web.", "Chưa dựng trang web: make web.")
        return headers.page(index.read_text(encoding="utf-8"))


class Immutable(StaticFiles):
    """Files with a content hash in their name."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
