"""Routes of scenes. A picture travels as the body itself; what it is, and whether it can be one, is found out by the worker afterwards."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.requests import ClientDisconnect

from geo_service.accounts.guards import csrf_guard, require_in
from geo_service.accounts.models import EVERYWHERE
from geo_service.deps import Connection, SignedIn, Visit, get_access
from geo_service.dossiers.documents.access import REFUSED, SIGNED_IN, acting
from geo_service.dossiers.documents.service import disposition
from geo_service.rights.schemas import refusals
from geo_service.scenes import schemas, service
from geo_service.scenes.ranges import bucket_response
from geo_service.scenes.service import MANAGE
from geo_service.settings import Settings
from imagery.scenes import catalogue
from imagery.scenes.catalogue import Wanted
from imagery.scenes.sensors import moment
from imagery.scenes.stac import COG
from imagery.scenes.store import ImageStore
from layers.errors import Malformed

router = APIRouter(tags=["imagery"], dependencies=[Depends(csrf_guard)])


def manages_imagery(account: SignedIn) -> None:
    """Scenes are the city's: an administrator of one commune neither adds nor removes them."""
    require_in(account, MANAGE, EVERYWHERE)


MANAGER = Depends(manages_imagery)
FOREVER = "public, max-age=31536000, immutable"
OFFICERS = "private, max-age=3600"
ANY_BYTES = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
A_COG: dict[int | str, dict[str, Any]] = {
    200: {"content": {COG: {"schema": {"type": "string", "format": "binary"}}}},
    206: {"description": "The bytes asked for with Range"},
}


def images_of(request: Request) -> ImageStore:
    store: ImageStore = request.app.state.images
    return store


def limit_of(request: Request) -> int:
    settings: Settings = request.app.state.settings
    return int(settings.upload_limit)


Images = Annotated[ImageStore, Depends(images_of)]
Limit = Annotated[int, Depends(limit_of)]


@router.get("/api/scenes")
def list_scenes(
    visit: Visit,
    sensor: schemas.SensorCode = None,
    since: schemas.Moment = None,
    until: schemas.Moment = None,
    bbox: schemas.Bbox = None,
    elsewhere: bool | None = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 500,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> schemas.Scenes:
    """Scenes, the newest picture first: everybody sees public ones, who manages imagery or runs detection all of them."""
    wanted = Wanted(
        sensors=[sensor] if sensor else None,
        intersects=service.box(bbox),
        since=moment(since) if since else None,
        until=moment(until) if until else None,
        elsewhere=elsewhere,
    )
    return service.listed(visit.conn, wanted, limit, cursor)


@router.get("/api/scene-sensors")
def list_sensors(limit: Limit) -> schemas.Sensors:
    """Sensors, names of bands and the size limit, for the upload form."""
    return service.sensors(limit)


@router.get("/api/scene-uploads", dependencies=[MANAGER])
def list_uploads(conn: Connection) -> schemas.Uploads:
    """The latest uploads, the newest first."""
    return service.uploads(conn)


@router.get("/api/scene-uploads/{upload_id}", dependencies=[MANAGER])
def read_upload(conn: Connection, upload_id: UUID) -> schemas.Upload:
    """How far an upload is, and what came of it."""
    return service.upload(conn, upload_id)


@router.get("/api/scenes/{scene_id}")
def read_scene(visit: Visit, scene_id: UUID) -> schemas.Scene:
    """One scene."""
    return service.shown(catalogue.get(visit.conn, scene_id))


@router.post(
    "/api/scenes",
    status_code=202,
    responses={**REFUSED, **refusals(400, 408, 409, 413, 507)},
    openapi_extra=SIGNED_IN | ANY_BYTES,
)
async def send_scene(
    request: Request,
    images: Images,
    limit: Limit,
    name: schemas.FileName,
    title: schemas.Title = None,
    datetime: schemas.Moment = None,
    sensor: schemas.SensorCode = None,
    licence: schemas.Licence = None,
    source: schemas.Source = None,
    bands: schemas.BandNames = None,
    crs: schemas.Epsg = None,
    elsewhere: bool = False,
    public: bool = True,
) -> schemas.Upload:
    """Send a picture: the body is the file as it is (GeoTIFF, JPEG 2000, a zip of a Sentinel-2 or Landsat product), not a form.

    It is checked and converted afterwards; how far that is, `/api/scene-uploads/{id}` says.
    """
    told = service.Told(title, datetime, sensor, licence, source, bands, crs, elsewhere, public).check()

    def check() -> None:
        with acting(request) as access:
            assert access.account is not None
            require_in(access.account, MANAGE, EVERYWHERE)

    def keep(received: service.Received) -> schemas.Upload:
        with acting(request) as access:
            return service.take(access.conn, images, received, name, told)

    await run_in_threadpool(check)
    declared = request.headers.get("content-length", "")
    with images.passing() as place:
        try:
            received = await service.receive(
                request.stream(), place, name, limit, int(declared) if declared.isdecimal() else 0
            )
        except ClientDisconnect:
            raise Malformed("cut-off", "The file did not arrive whole.", "Tệp không được gửi đến đầy đủ.") from None
        return await run_in_threadpool(keep, received)


@router.delete(
    "/api/scenes/{scene_id}", status_code=204, responses={**REFUSED, **refusals(409)}, openapi_extra=SIGNED_IN
)
def remove_scene(request: Request, images: Images, scene_id: UUID) -> None:
    """Remove a scene and its files. One that a run has used leaves a row without files; one that a run is using stays (409)."""
    with acting(request) as access:
        assert access.account is not None
        require_in(access.account, MANAGE, EVERYWHERE)
        keys = catalogue.take_out(access.conn, scene_id)
    for key in keys:
        images.remove(key)


@router.get(
    "/api/scenes/{scene_id}/files/{name}",
    response_class=Response,
    responses={**A_COG, **refusals(404, 422)},
)
@router.head("/api/scenes/{scene_id}/files/{name}", include_in_schema=False)
def read_file(request: Request, images: Images, scene_id: UUID, name: str) -> Response:
    """A file of a scene as cloud-optimised GeoTIFF, with range requests: `data.tif`, `visual.tif` or `mask.tif`."""
    with contextmanager(get_access)(request) as access:
        found = service.file_of(access.conn, images, scene_id, name)
    headers = {
        "Cache-Control": FOREVER if found.public else OFFICERS,
        "Content-Disposition": disposition(found.name),
        "Accept-Ranges": "bytes",
    }
    if images.folder is None:
        return bucket_response(images, found.key, found.size, request.headers.get("range"), headers, COG)
    return FileResponse(images.gdal_path(found.key), media_type=COG, headers=headers)


@router.get("/stac", include_in_schema=False)
def to_the_catalogue() -> RedirectResponse:
    """The STAC API begins with a slash at its end; said relatively, for a proxy that adds a path."""
    return RedirectResponse("stac/", status_code=303)
