"""GET /tiles/fabric/{z}/{x}/{y}.mvt"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import Response

from geo_service.tiles.service import TileService
from layers.errors import Malformed, NotFound
from layers.tiles.render import MAX_ZOOM, MIN_ZOOM, Tile

router = APIRouter(tags=["tiles"])
MVT = "application/vnd.mapbox-vector-tile"
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The tile, gzip-encoded",
        "content": {MVT: {"schema": {"type": "string", "format": "binary"}}},
    },
    204: {"description": "Nothing is drawn there"},
    304: {"description": "Not modified since the ETag that was shown"},
}


@router.get("/tiles/fabric/{z}/{x}/{y}.mvt", response_class=Response, responses=ANSWERS)
async def fabric_tile(
    request: Request,
    z: Annotated[int, Path(ge=0, le=30)],
    x: Annotated[int, Path(ge=0, le=2**30)],
    y: Annotated[int, Path(ge=0, le=2**30)],
    at: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    after: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """One tile, now (at least as fresh as `after`) or as of seq `at`."""
    tile = Tile(z, x, y)
    if not tile.exists:
        raise NotFound(
            "no-such-tile",
            f"There is no tile {z}/{x}/{y}; zooms {MIN_ZOOM} to {MAX_ZOOM} exist.",
            f"Không có mảnh {z}/{x}/{y}; chỉ có mức {MIN_ZOOM} đến {MAX_ZOOM}.",
        )
    service: TileService = request.app.state.tiles
    hub = request.app.state.hub
    if at is not None:
        if at > hub.last and not await hub.wait_for(at, 0.5):
            raise Malformed(
                "no-such-seq",
                f"There is no seq {at} yet; the newest is {hub.last}.",
                f"Chưa có số thứ tự {at}; mới nhất là {hub.last}.",
            )
        entry = await service.past(tile, at)
        cache = "public, max-age=86400"
    else:
        entry = await service.current(tile, hub, after)
        cache = "no-cache"
    headers = {"ETag": entry.etag, "Cache-Control": cache, "Vary": "Accept-Encoding"}
    if if_none_match and entry.etag in if_none_match:
        return Response(status_code=304, headers=headers)
    if not entry.body:
        return Response(status_code=204, headers=headers)
    return Response(entry.body, headers=headers | {"Content-Encoding": "gzip"}, media_type=MVT)
