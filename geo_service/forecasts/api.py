"""Routes of forecasts: how they were judged, and their parcels on the map."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response

from geo_service.accounts.guards import require
from geo_service.accounts.models import Account
from geo_service.deps import Connection
from geo_service.forecasts import schemas
from imagery.forecast import reading
from imagery.forecast.model import FIRST
from layers.errors import NotFound
from layers.tiles.render import Tile

router = APIRouter(tags=["forecasts"])
Reader = Annotated[Account, Depends(require("finding.read"))]
MVT = "application/vnd.mapbox-vector-tile"
PRIVATE = {"Cache-Control": "private, no-store"}
A_TILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {MVT: {"schema": {"type": "string", "format": "binary"}}}},
    204: {"description": "The forecast says nothing of this place"},
}


@router.get("/api/forecasts")
def list_forecasts(conn: Connection, _account: Reader) -> schemas.Forecasts:
    """Forecasts of new building, the newest first, with how each did in the period it had not seen. Only the newest is on the map, if it is better than the
    plain guess."""
    return schemas.Forecasts.model_validate({"items": reading.forecasts(conn)})


@router.get("/tiles/forecasts/{forecast_id}/{z}/{x}/{y}.mvt", response_class=Response, responses=A_TILE)
def forecast_tile(
    conn: Connection,
    _account: Reader,
    forecast_id: UUID,
    z: Annotated[int, Path(ge=0, le=30)],
    x: Annotated[int, Path(ge=0, le=2**30)],
    y: Annotated[int, Path(ge=0, le=2**30)],
) -> Response:
    """Open land of the reader's units with the probability that it is built on; never kept by anybody in between."""
    if not Tile(z, x, y).exists:
        raise NotFound("no-such-tile", f"There is no tile {z}/{x}/{y}.", f"Không có mảnh {z}/{x}/{y}.")
    body = reading.tile(conn, forecast_id, z, x, y, FIRST)
    return Response(body, media_type=MVT, headers=PRIVATE) if body else Response(status_code=204, headers=PRIVATE)
