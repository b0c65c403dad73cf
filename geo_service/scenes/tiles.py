"""Pictures of scenes over HTTP: tiles, chips, and what a scene can be looked at as.

A scene never changes, so a tile's entity tag follows from what was asked and 304 costs nothing; browsers need not even ask. Tiles are drawn by few
threads (GDAL works without the interpreter's lock); who waits too long in front of them is told to come again, and a tile nobody waits for any more is
not drawn.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import math
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from starlette.responses import Response

from geo_service.deps import get_access, secret_of
from imagery.render.datasets import gdal
from imagery.render.encode import MEDIA, Form
from imagery.render.looks import Look, available, look_for
from imagery.render.renderer import VERSION, Renderer
from imagery.render.source import Source, source_of
from imagery.render.warp import Bounds, degrees, tile_bounds
from imagery.scenes import catalogue
from imagery.scenes.catalogue import Scene
from imagery.scenes.store import ImageStore
from layers.errors import Busy, Malformed, NotFound

router = APIRouter(tags=["imagery"])

THREADS = 2
WAITING = 96  # tiles that may wait for a thread: a large screen at twice the resolution asks for sixty at once
CACHE_BYTES = 64 * 1024**2
KNOWN_FOR = 15.0  # seconds a public scene is drawn without asking the catalogue again
MAX_ZOOM = 24
CHIP_WIDTH = 1_024
CHIP_SPAN = 2.0  # degrees a chip may be wide or high
FOREVER = "public, max-age=31536000, immutable"
OFFICERS = "private, max-age=3600"

ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The picture; what is not there is transparent (white in JPEG)",
        "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA.values()},
    },
    204: {"description": "The scene does not lie there"},
    304: {"description": "Not modified since the ETag that was shown"},
}


@dataclass(frozen=True)
class Known:
    """A scene and how it is drawn; `until`: when the catalogue is asked again (monotonic seconds)."""

    scene: Scene
    source: Source
    until: float


class SceneTiles:
    """One per process: the threads that draw, what they have drawn, the scenes they draw from."""

    def __init__(self, store: ImageStore, *, threads: int = THREADS, cache_bytes: int = CACHE_BYTES) -> None:
        self._store = store
        self._renderer = Renderer()
        self._threads = ThreadPoolExecutor(threads, "scene-tiles", initializer=_enter_gdal)
        self._turn = asyncio.Semaphore(threads)
        self._waiting = 0
        self._cache: OrderedDict[str, bytes] = OrderedDict()
        self._cache_bytes = cache_bytes
        self._cached = 0
        self._scenes: dict[UUID, Known] = {}
        self._addresses: OrderedDict[tuple[str, bytes], tuple[UUID, str, str]] = OrderedDict()

    async def scene(self, request: Request, scene_id: UUID) -> Known:
        """A scene this request may see. Raises NotFound."""
        known = self._scenes.get(scene_id)
        if known is not None and known.until > time.monotonic():
            return known
        try:
            scene = await run_in_threadpool(_visible, request, scene_id)
        except NotFound:
            self._forget(scene_id)
            raise
        known = Known(scene, source_of(scene, self._store), time.monotonic() + KNOWN_FOR)
        if scene.public:
            self._scenes[scene_id] = known
        return known

    def _forget(self, scene_id: UUID) -> None:
        gone = self._scenes.pop(scene_id, None)
        for path in (gone.source.data, gone.source.visual, gone.source.mask) if gone else ():
            if path:
                self._renderer.datasets.forget(path)

    async def tile(
        self, request: Request, tag: str, known: Known, look: Look, at: tuple[int, int, int], size: int, form: Form
    ) -> bytes:
        """The tile's bytes, none where nothing is drawn. Raises Busy, ImageLost."""
        return await self._drawn(
            request, tag, lambda: self._renderer.tile(known.source, look, *at, size=size, form=form)
        )

    async def chip(
        self, request: Request, tag: str, known: Known, look: Look, bounds: Bounds, width: int, form: Form
    ) -> bytes:
        """The chip's bytes, none where nothing is drawn. Raises Busy, ImageLost."""
        return await self._drawn(request, tag, lambda: self._renderer.chip(known.source, look, bounds, width, form))

    def chip_of(
        self, scene: Scene, bounds: Bounds, *, look: str = "natural", width: int = 256, form: Form = "png"
    ) -> bytes | None:
        """A chip for other parts of the service, which know that it may be seen; call it from a worker thread. Raises Malformed, ImageLost."""
        source = source_of(scene, self._store)
        return self._threads.submit(self._renderer.chip, source, look_for(source, look), bounds, width, form).result()

    async def _drawn(self, request: Request, tag: str, draw: Callable[[], bytes | None]) -> bytes:
        body = self._peek(tag)
        if body is not None:
            return body
        if self._waiting >= WAITING:
            raise Busy(
                "busy", "Too many tiles are being drawn; try again.", "Đang dựng quá nhiều mảnh ảnh; hãy thử lại."
            )
        self._waiting += 1
        try:
            async with self._turn:
                body = self._peek(tag)
                if body is None and not await _gone(request):
                    body = await asyncio.get_running_loop().run_in_executor(self._threads, draw) or b""
                    self._keep(tag, body)
        finally:
            self._waiting -= 1
        return body or b""

    def kept(self, path: str, query: bytes) -> tuple[str, str, bytes] | None:
        """Tag, media type and bytes of a public tile that was asked for by this address before, if all of that still holds."""
        found = self._addresses.get((path, query))
        if found is None:
            return None
        scene_id, tag, media = found
        known = self._scenes.get(scene_id)
        body = self._peek(tag)
        if body is None or known is None or known.until <= time.monotonic():
            return None
        return tag, media, body

    def note(self, request: Request, known: Known, tag: str, form: Form) -> None:
        """Remember the address of a public tile that is kept."""
        if not known.scene.public or tag not in self._cache:
            return
        self._addresses[request.url.path, request.scope["query_string"]] = known.scene.id, tag, MEDIA[form]
        while len(self._addresses) > 2 * len(self._cache):
            self._addresses.popitem(last=False)

    def _peek(self, tag: str) -> bytes | None:
        body = self._cache.get(tag)
        if body is not None:
            self._cache.move_to_end(tag)
        return body

    def _keep(self, tag: str, body: bytes) -> None:
        if self._cached_size(body) > self._cache_bytes or tag in self._cache:
            return
        self._cache[tag] = body
        self._cached += self._cached_size(body)
        while self._cached > self._cache_bytes:
            self._cached -= self._cached_size(self._cache.popitem(last=False)[1])

    @staticmethod
    def _cached_size(body: bytes) -> int:
        return len(body) + 300

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._renderer.close()


def _enter_gdal() -> None:
    """GDAL's settings for the whole life of a drawing thread."""
    gdal().__enter__()


async def _gone(request: Request) -> bool:
    """Whether nobody waits for the answer any more: maps drop the tiles they have moved away from."""
    await request.body()
    return await request.is_disconnected()


def _visible(request: Request, scene_id: UUID) -> Scene:
    """The scene, by the rows the visitor's login sees, then by those of whoever is signed in. Raises NotFound."""
    try:
        with request.app.state.public_pool.connection() as conn:
            return catalogue.get(conn, scene_id)
    except NotFound:
        if secret_of(request) is None:
            raise
    with contextlib.contextmanager(get_access)(request) as access:
        return catalogue.get(access.conn, scene_id)


def tiles_of(request: Request) -> SceneTiles:
    tiles: SceneTiles = request.app.state.scene_tiles
    return tiles


# ---- routes ---------------------------------------------------------------------------------------------------------------

LookName = Annotated[
    str | None, Query(alias="look", max_length=40, description="A named look; natural if nothing is said")
]
BandNames = Annotated[
    str | None, Query(alias="bands", max_length=200, description="One band or three, instead of a look")
]
StretchText = Annotated[
    str | None, Query(alias="stretch", max_length=120, description="p2,98 or 0,3000 or a pair for each band")
]
Shown = Annotated[str | None, Header(alias="if-none-match")]
Zoom = Annotated[int, Path(ge=0, le=MAX_ZOOM)]
Number = Annotated[int, Path(ge=0, lt=2**MAX_ZOOM)]


@router.get("/tiles/scenes/{scene_id}/{z}/{x}/{y}@2x.{form}", response_class=Response, responses=ANSWERS)
async def scene_tile_large(
    request: Request,
    scene_id: UUID,
    z: Zoom,
    x: Number,
    y: Number,
    form: Form,
    look: LookName = None,
    bands: BandNames = None,
    stretch: StretchText = None,
    if_none_match: Shown = None,
) -> Response:
    """The same tile with 512 px, for screens with fine pixels."""
    return await _tile(request, scene_id, (z, x, y), 512, form, (look, bands, stretch), if_none_match)


@router.get("/tiles/scenes/{scene_id}/{z}/{x}/{y}.{form}", response_class=Response, responses=ANSWERS)
async def scene_tile(
    request: Request,
    scene_id: UUID,
    z: Zoom,
    x: Number,
    y: Number,
    form: Form,
    look: LookName = None,
    bands: BandNames = None,
    stretch: StretchText = None,
    if_none_match: Shown = None,
) -> Response:
    """One Web Mercator tile of a scene, 256 px."""
    return await _tile(request, scene_id, (z, x, y), 256, form, (look, bands, stretch), if_none_match)


Asked = tuple[str | None, str | None, str | None]


async def _tile(
    request: Request, scene_id: UUID, at: tuple[int, int, int], size: int, form: Form, asked: Asked, shown: str | None
) -> Response:
    z, x, y = at
    if x >= 2**z or y >= 2**z:
        raise NotFound("no-such-tile", f"There is no tile {z}/{x}/{y}.", f"Không có mảnh {z}/{x}/{y}.")
    tiles = tiles_of(request)
    known = await tiles.scene(request, scene_id)
    look = look_for(known.source, *asked)
    tag = tag_of(known.source, look, f"{z}/{x}/{y}@{size}.{form}")
    headers = {"ETag": tag, "Cache-Control": FOREVER if known.scene.public else OFFICERS}
    if shown and tag in shown:
        return Response(status_code=304, headers=headers)
    if not known.source.touches(degrees(tile_bounds(z, x, y))):
        return Response(status_code=204, headers=headers)
    body = await tiles.tile(request, tag, known, look, at, size, form)
    tiles.note(request, known, tag, form)
    return _answer(body, headers, form)


def _answer(body: bytes, headers: dict[str, str], form: Form) -> Response:
    if not body:
        return Response(status_code=204, headers=headers)
    return Response(body, headers=headers, media_type=MEDIA[form])


def tag_of(source: Source, look: Look, what: str) -> str:
    """A strong entity tag: the same content drawn the same way is the same bytes."""
    digest = hashlib.blake2b(f"{VERSION} {source.key} {look.key} {what}".encode(), digest_size=12)
    return f'"{digest.hexdigest()}"'


@router.get("/api/scenes/{scene_id}/chip.{form}", response_class=Response, responses=ANSWERS)
async def scene_chip(
    request: Request,
    scene_id: UUID,
    form: Form,
    bbox: Annotated[str, Query(max_length=120, description="west,south,east,north in degrees")],
    width: Annotated[int, Query(ge=16, le=CHIP_WIDTH)] = 256,
    look: LookName = None,
    bands: BandNames = None,
    stretch: StretchText = None,
    if_none_match: Shown = None,
) -> Response:
    """A picture of a small area, as for before and after beside each other."""
    tiles = tiles_of(request)
    bounds = parse_bbox(bbox)
    known = await tiles.scene(request, scene_id)
    chosen = look_for(known.source, look, bands, stretch)
    tag = tag_of(known.source, chosen, f"{bounds}@{width}.{form}")
    headers = {"ETag": tag, "Cache-Control": FOREVER if known.scene.public else OFFICERS}
    if if_none_match and tag in if_none_match:
        return Response(status_code=304, headers=headers)
    return _answer(await tiles.chip(request, tag, known, chosen, bounds, width, form), headers, form)


_NUMBERS = re.compile(r"-?\d{1,3}(?:\.\d{1,20})?(?:,-?\d{1,3}(?:\.\d{1,20})?){3}")


def parse_bbox(text: str) -> Bounds:
    """Bounds in degrees. Raises Malformed `bad-bbox` unless they are a small rectangle, not narrower than a tenth of its other side."""
    if _NUMBERS.fullmatch(text):
        west, south, east, north = (float(part) for part in text.split(","))
        wide, high = east - west, north - south
        inside = west >= -180 and east <= 180 and south >= -85 and north <= 85
        if inside and 0 < wide <= CHIP_SPAN and 0 < high <= CHIP_SPAN and 0.1 <= wide / high <= 10:
            return west, south, east, north
    raise Malformed(
        "bad-bbox",
        f"bbox: west,south,east,north in degrees, at most {CHIP_SPAN:g}° a side and at most ten times as long as wide.",
        f"bbox: tây,nam,đông,bắc tính bằng độ, mỗi cạnh không quá {CHIP_SPAN:g}° và dài không quá mười lần chiều rộng.",
    )


class LegendStop(BaseModel):
    value: float
    colour: str
    name_vi: str
    name_en: str


class LookFacts(BaseModel):
    name: str
    kind: Literal["visual", "composite", "index", "mask"]
    bands: list[str]
    legend: list[LegendStop]


class Looks(BaseModel):
    """What a scene can be drawn as. `bands`: by common name where they have one; `tiles`: template of tile addresses; `max_zoom`: where a tile's pixel is
    as fine as the scene's."""

    scene: UUID
    bounds: tuple[float, float, float, float]
    min_zoom: int
    max_zoom: int
    bands: list[str]
    looks: list[LookFacts]
    tiles: str


@router.get("/api/scenes/{scene_id}/looks")
async def scene_looks(request: Request, scene_id: UUID) -> Looks:
    """The looks a scene has bands for, with their legends."""
    known = await tiles_of(request).scene(request, scene_id)
    scene, source = known.scene, known.source
    west, south, east, north = source.footprint.bounds
    return Looks(
        scene=scene.id,
        bounds=(west, south, east, north),
        min_zoom=_zoom_of(max(scene.width, scene.height) * scene.gsd / 64, south),
        max_zoom=_zoom_of(scene.gsd, south),
        bands=[band.common_name or band.name for band in source.bands],
        looks=[_facts(look) for look in available(source)],
        tiles=f"/tiles/scenes/{scene.id}/{{z}}/{{x}}/{{y}}.webp?v={VERSION}&look=",
    )


def _zoom_of(metres: float, latitude: float) -> int:
    """The first zoom whose 256 px tiles have pixels no larger than this on the ground."""
    widest = 156_543.034 * math.cos(math.radians(latitude))
    return min(MAX_ZOOM - 2, max(0, math.ceil(math.log2(widest / metres) - 0.1)))


def _facts(look: Look) -> LookFacts:
    legend = [LegendStop(value=one.value, colour=one.hex, name_vi=one.vi, name_en=one.en) for one in look.legend]
    return LookFacts(name=look.name, kind=look.kind, bands=list(look.bands), legend=legend)
