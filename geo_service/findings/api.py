"""Routes of findings: the work list of inspectors, one finding, verdicts, photos, inspections, and how often findings are right."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from starlette.requests import ClientDisconnect

from geo_service.accounts.guards import csrf_guard, require
from geo_service.accounts.models import Account
from geo_service.deps import Connection
from geo_service.dossiers.api import Crs, Vault
from geo_service.dossiers.documents.access import REFUSED, SIGNED_IN, acting
from geo_service.dossiers.documents.api import A_PICTURE, ANY_BYTES, Files, Limit, picture_of
from geo_service.dossiers.documents.store import Received
from geo_service.findings import photos, schemas, service
from geo_service.rights.schemas import refusals
from geo_service.scenes.tiles import tiles_of
from imagery.findings import chips, reading
from imagery.findings.model import State
from imagery.findings.reading import Filter
from layers.errors import Malformed, NotFound
from layers.fabric.intents import NO_NUL
from layers.tiles.render import Tile

router = APIRouter(tags=["findings"], dependencies=[Depends(csrf_guard)])
Reader = Annotated[Account, Depends(require("finding.read"))]
Inspector = Annotated[Account, Depends(require("finding.judge"))]
MVT = "application/vnd.mapbox-vector-tile"
PRIVATE = {"Cache-Control": "private, no-store"}
A_TILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {MVT: {"schema": {"type": "string", "format": "binary"}}}},
    204: {"description": "There are no findings there"},
}
A_CHIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}},
    204: {"description": "The scene does not lie there"},
}
CHIP = 480
"""Pixels across the picture of a finding."""
MOVED: dict[int | str, dict[str, Any]] = {409: {"description": "Something was done about the finding meanwhile"}}


def asked(
    unit: schemas.Code = None,
    land_use: schemas.LandUse = None,
    transition: schemas.Code = None,
    min_area: schemas.Area = None,
    min_probability: schemas.Share = None,
    state: Annotated[list[State] | None, Query(max_length=6)] = None,
    run: UUID | None = None,
) -> Filter:
    """Which findings are asked for; several states are alternatives."""
    return Filter(unit, land_use, transition, min_area, min_probability, tuple(state or ()), run)


Asked = Annotated[Filter, Depends(asked)]


@router.get("/api/findings")
def list_findings(
    conn: Connection, _account: Reader, wanted: Asked, sort: schemas.Order = "rank", cursor: schemas.Cursor = None
) -> schemas.Findings:
    """Leads of the reader's units, the highest first. Ask again with `cursor` = `next`."""
    return service.listed(conn, wanted, sort, cursor)


@router.get("/api/findings/counts")
def count_findings(conn: Connection, _account: Reader, wanted: Asked) -> schemas.Counts:
    """How many the filter leaves, and how many there would be of each other state, transition, unit, land use and run."""
    return service.counted(conn, wanted)


@router.get("/api/findings/precision")
def read_precision(conn: Connection, _account: Reader) -> schemas.Precision:
    """How often findings turned out right, from the verdicts, by model, unit and transition."""
    return service.precisions(conn)


@router.get("/api/findings/{finding_id}")
def read_finding(conn: Connection, account: Reader, finding_id: UUID) -> schemas.Finding:
    """A finding with its evidence, its history, and what else is known of its parcel. It is a lead: nothing is registered by it."""
    return service.full(conn, account, finding_id)


@router.post("/api/findings/{finding_id}/verdict", responses=MOVED)
def judge(conn: Connection, account: Inspector, finding_id: UUID, body: schemas.VerdictIn) -> schemas.Finding:
    """Say what was found on the ground. The last word holds; every word is kept."""
    return service.judge(conn, account, finding_id, body)


@router.post("/api/findings/{finding_id}/dossier", status_code=201, responses=MOVED)
def open_inspection(
    conn: Connection, account: Reader, crs: Crs, vault: Vault, finding_id: UUID, body: schemas.InspectionIn
) -> schemas.Opened:
    """Open an inspection of the parcel; its dossier shows the finding."""
    return service.inspect(conn, crs, vault, account, finding_id, body)


@router.post(
    "/api/findings/{finding_id}/photos",
    status_code=201,
    responses={**REFUSED, **refusals(400, 408, 409, 413)},
    openapi_extra=SIGNED_IN | ANY_BYTES,
)
async def send_photo(
    request: Request, files: Files, limit: Limit, finding_id: UUID, name: photos.Name = "anh.jpg"
) -> schemas.Photo:
    """Send a photo of the ground: the body is the file as it is (JPEG, PNG, TIFF or WebP). It is kept as a picture made anew, without place or camera."""

    def check() -> None:
        with acting(request) as access:
            service.check_photo(access.conn, finding_id)

    def keep(received: Received) -> schemas.Photo:
        picture = photos.bare(received.content(), name, request.headers.get("content-type"))
        files.keep(picture.data, picture.sha256)
        with acting(request) as access:
            service.keep_photo(access.conn, finding_id, picture.sha256, len(picture.data))
        return schemas.Photo(sha256=picture.sha256.hex(), bytes=len(picture.data))

    await run_in_threadpool(check)
    try:
        received = await files.receive(request.stream(), limit)
    except ClientDisconnect:
        raise Malformed("cut-off", "The file did not arrive whole.", "Tệp không được gửi đến đầy đủ.") from None
    with received:
        return await run_in_threadpool(keep, received)


@router.get(
    "/api/findings/{finding_id}/photos/{sha256}",
    response_class=Response,
    responses={**A_PICTURE, **REFUSED},
    openapi_extra=SIGNED_IN,
)
def read_photo(
    request: Request, files: Files, finding_id: UUID, sha256: schemas.Sha256, width: photos.Width = 1_600
) -> Response:
    """A photo of the ground, for officers of the unit; reading it is logged."""
    key = bytes.fromhex(sha256)
    with acting(request) as access:
        service.find_photo(access, finding_id, key)
    return picture_of(files, key, 1, width, **PRIVATE)


@router.get(
    "/api/findings/{finding_id}/chip/{moment}.png",
    response_class=Response,
    responses={**A_CHIP, **REFUSED},
    openapi_extra=SIGNED_IN,
)
def read_chip(
    request: Request,
    finding_id: UUID,
    moment: schemas.Moment,
    look: Annotated[str, Query(max_length=40, pattern=NO_NUL, description="A named look of the scene")] = "natural",
) -> Response:
    """The square of ground around a finding, as it was before or after."""
    with acting(request) as access:
        scene, bounds = service.chip_of(access.conn, finding_id, moment)
    shown = tiles_of(request).chip_of(scene, bounds, look=look, width=CHIP)
    kept = {"Cache-Control": "private, max-age=3600"}
    if shown is None:
        return Response(status_code=204, headers=kept)
    return Response(chips.lit(shown), media_type="image/png", headers=kept)


@router.get("/tiles/findings/{z}/{x}/{y}.mvt", response_class=Response, responses=A_TILE)
def finding_tile(
    conn: Connection,
    _account: Reader,
    z: Annotated[int, Path(ge=0, le=30)],
    x: Annotated[int, Path(ge=0, le=2**30)],
    y: Annotated[int, Path(ge=0, le=2**30)],
    wanted: Asked,
) -> Response:
    """Findings of the reader's units on the map, narrowed as the list is; never kept by anybody in between."""
    if not Tile(z, x, y).exists:
        raise NotFound("no-such-tile", f"There is no tile {z}/{x}/{y}.", f"Không có mảnh {z}/{x}/{y}.")
    body = reading.tile(conn, z, x, y, wanted)
    return Response(body, media_type=MVT, headers=PRIVATE) if body else Response(status_code=204, headers=PRIVATE)
