"""Tiles of a scene, uncached, beside titiler on the same file in the same run: an orthophoto of 0.2 m in UTM (EPSG:32648) and one in VN-2000.

`python -m tests.benchmarks.imagery_tiles PORT` is titiler: TilerFactory as its documentation has it, with the GDAL settings it recommends.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from PIL import Image
from rasterio.windows import Window
from scipy import ndimage

from geo_service.embedded import Cluster
from imagery.render.datasets import SETTINGS
from imagery.scenes import catalogue
from imagery.scenes.model import Scene
from imagery.scenes.store import ImageStore
from layers.db import connect
from tests.benchmarks import load, machine
from tests.benchmarks.city import drop_database, new_database
from tests.benchmarks.report import Results
from tests.benchmarks.service import Server, free_port, running, service

GSD = 0.2  # m
BLOCK = 1_024
CORNER = {32648: (587_000.0, 2_326_000.0), 5897: (587_000.0, 2_326_000.0)}
ZOOMS = (17, 18, 19)
PICTURE_STEPS = 12.0  # of 255: titiler takes the nearest pixel of another overview, we interpolate
MANY = 100_000
WARM = 10_000
Tile = tuple[int, int, int]


def draw_orthophoto(path: Path, side: int, epsg: int, seed: int) -> None:
    """Roofs, gardens and streets that nobody has seen, with as much detail as a camera's noise leaves; `side` in px."""
    rng = np.random.default_rng(seed)
    west, north = CORNER[epsg]
    with rasterio.open(
        path, "w", driver="GTiff", width=side, height=side, count=3, dtype="uint8", crs=f"EPSG:{epsg}", tiled=True, blockxsize=512, blockysize=512,
        transform=Affine(GSD, 0, west, 0, -GSD, north), compress="zstd", photometric="RGB",
    ) as file:  # fmt: skip
        for row in range(0, side, BLOCK):
            for column in range(0, side, BLOCK):
                file.write(_ground(rng), window=Window(column, row, BLOCK, BLOCK))


def _ground(rng: np.random.Generator) -> NDArray[np.uint8]:
    slopes = ndimage.zoom(rng.normal(115, 30, (3, 8, 8)), (1, BLOCK / 8, BLOCK / 8), order=1)
    roofs = np.kron(rng.normal(0, 30, (3, BLOCK // 32, BLOCK // 32)), np.ones((1, 32, 32)))
    texture = ndimage.gaussian_filter(rng.normal(0, 60, (BLOCK, BLOCK)), 0.8)
    return np.clip(slopes + roofs + texture, 1, 255).astype(np.uint8)


def tiles_within(scene: Scene, zoom: int, count: int, seed: int) -> list[Tile]:
    """Distinct tiles that lie wholly inside the scene, at random."""
    west, south, east, north = scene.footprint.bounds
    n = 2**zoom
    xs = [(lon + 180) / 360 * n for lon in (west, east)]
    ys = [(1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * n for lat in (north, south)]
    inside = [(zoom, x, y) for x in range(int(xs[0]) + 1, int(xs[1])) for y in range(int(ys[0]) + 1, int(ys[1]))]
    random.Random(seed).shuffle(inside)
    return inside[:count]


@contextlib.contextmanager
def titiler(log: Path) -> Iterator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.imagery_tiles", str(port)]
    env = {name: str(value) for name, value in SETTINGS.items()}
    with running(command, port, env, log, "/healthz") as server:
        yield server


class Addresses:
    """Addresses of the same tiles at both servers. Ours keeps what it has drawn, so each tile is asked for once in each form."""

    def __init__(self, scene: Scene, file: str) -> None:
        self._scene, self._file = scene, file

    def ours(self, tiles: Sequence[Tile], form: str = ".jpg") -> list[str]:
        return [f"/tiles/scenes/{self._scene.id}/{z}/{x}/{y}{form}" for z, x, y in tiles]

    def theirs(self, tiles: Sequence[Tile], form: str = ".jpg") -> list[str]:
        url = quote(self._file)
        return [f"/cog/tiles/WebMercatorQuad/{z}/{x}/{y}{form}?tilesize=256&url={url}" for z, x, y in tiles]


def check(results: Results, ours: Server, theirs: Server, addresses: Addresses, tiles: Sequence[Tile]) -> None:
    """Before anything is timed: both show the same picture."""
    for mine, other in zip(addresses.ours(tiles, ".png"), addresses.theirs(tiles, ".png"), strict=True):
        pictures = [_pixels(*server.get(path)) for server, path in ((ours, mine), (theirs, other))]
        apart = abs(pictures[0] - pictures[1]).mean()
        if apart > PICTURE_STEPS:
            results.wrong.append(f"{mine}: {apart:.1f} steps of colour away from titiler's")


def _pixels(status: int, _headers: object, body: bytes) -> NDArray[np.float64]:
    if status != 200:
        raise RuntimeError(f"a tile was answered {status}: {body[:200]!r}")
    return np.asarray(Image.open(io.BytesIO(body)).convert("RGB")).astype(float)


def run(results: Results, instance: Cluster, folder: Path, quick: bool) -> None:
    """Rows of the group; a database and a store of their own."""
    url, data = new_database(instance, "bench_imagery"), folder / "imagery"
    data.mkdir(parents=True, exist_ok=True)
    store = ImageStore(str(data / "images"))
    scenes = {}
    for seed, epsg in enumerate(CORNER):
        source = folder / f"ortho-{epsg}.tif"
        draw_orthophoto(source, 4_096 if quick else 12_288, epsg, seed)
        with connect(url, autocommit=True) as conn:
            when = dt.datetime(2026, 1, 1 + seed, tzinfo=dt.UTC)
            scenes[epsg] = catalogue.add(conn, store, source, when=when, sensor="orthophoto", licence="CC0-1.0")
        source.unlink()
    with service(url, data) as ours, titiler(folder / "titiler.log") as theirs:
        _beside(results, ours, theirs, scenes, store, quick)
        _memory(results, ours, scenes[32648], 4_000 if quick else MANY, 1_000 if quick else WARM)
    drop_database(instance, "bench_imagery")


def _beside(
    results: Results, ours: Server, theirs: Server, scenes: dict[int, Scene], store: ImageStore, quick: bool
) -> None:
    for epsg, scene in scenes.items():
        addresses = Addresses(scene, store.gdal_path(scene.visual_key or scene.data_key))
        drawn = [tile for zoom in ZOOMS for tile in tiles_within(scene, zoom, 44 if quick else 204, 2)]
        some, tiles = drawn[:: len(drawn) // 12], [tile for tile in drawn if tile not in drawn[:: len(drawn) // 12]]
        random.Random(3).shuffle(tiles)
        if epsg == 32648:
            check(results, ours, theirs, addresses, some)
        load.once(ours, addresses.ours(some), 1)
        load.once(theirs, addresses.theirs(some), 1)
        mine, other = load.once(ours, addresses.ours(tiles), 1), load.once(theirs, addresses.theirs(tiles), 1)
        both = load.once(ours, addresses.ours(tiles, ".webp"), 2)
        pair = load.once(theirs, addresses.theirs(tiles, ".webp"), 2)
        name = "cog" if epsg == 32648 else "cog_vn2000"
        zooms = f"zoom {ZOOMS[0]} to {ZOOMS[-1]}"
        results.add(f"{name}_p50", mine.p50, f"{len(tiles)} distinct tiles of {zooms}; titiler {other.p50:.1f} ms")
        results.add(f"{name}_p99", mine.p99, f"titiler {other.p99:.1f} ms")
        results.add(f"{name}_rate", both.rate, f"WebP, 2 connections; titiler {pair.rate:.0f}/s")
        results.add(f"{name}_titiler", both.rate / pair.rate)
        if epsg == 32648:
            large = load.once(ours, addresses.ours(tiles, "@2x.jpg"), 1)
            results.add("cog_512", large.p50 / mine.p50, f"p50 {large.p50:.1f} ms")
            seen = load.repeated(ours, addresses.ours(tiles)[-32:], 16, 2.0 if quick else 10.0)
            results.add("cog_cached", seen.p50, f"{seen.rate:,.0f}/s at 16 connections, {seen.tool}")


def _memory(results: Results, server: Server, scene: Scene, many: int, warm: int) -> None:
    """Whether memory stays where it is while very many distinct tiles are drawn, by the service as it runs."""
    tiles = [tile for zoom in (18, 19, 20, 21, 22) for tile in tiles_within(scene, zoom, many, 7)]
    paths = [path for form in (".webp", ".jpg") for path in Addresses(scene, "").ours(tiles, form)]
    random.Random(8).shuffle(paths)
    if len(paths) < many:
        raise RuntimeError(f"the scene has only {len(paths)} tiles")
    load.once(server, paths[:warm], 2)
    before = machine.memory([server.pid])
    for first in range(warm, many, 10_000):
        load.once(server, paths[first : min(first + 10_000, many)], 2)
    after = machine.memory([server.pid])
    note = f"{before / 1024**2:.0f} MiB after {warm:,} tiles, {after / 1024**2:.0f} MiB after {many:,}"
    results.add("cog_memory", 100 * (after / before - 1), note)


def serve_titiler(port: int) -> None:
    import uvicorn  # noqa: PLC0415  (only this process needs them)
    from fastapi import FastAPI  # noqa: PLC0415
    from titiler.core.errors import DEFAULT_STATUS_CODES, add_exception_handlers  # noqa: PLC0415
    from titiler.core.factory import TilerFactory  # noqa: PLC0415

    app = FastAPI()
    app.include_router(TilerFactory(router_prefix="/cog").router, prefix="/cog")
    add_exception_handlers(app, DEFAULT_STATUS_CODES)
    app.get("/healthz")(lambda: {"status": "ok"})
    uvicorn.run(app, port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    serve_titiler(int(sys.argv[1]))
