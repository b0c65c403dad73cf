"""Tiles lie where the parcels lie, show what is there and nothing else, and are the same from any thread."""

from __future__ import annotations

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from PIL import Image
from rasterio.crs import CRS
from rio_tiler.reader import part

from imagery.render.datasets import Datasets, ImageLost, gdal
from imagery.render.looks import look_for
from imagery.render.renderer import Renderer
from imagery.render.warp import degrees, tile_bounds, to_plane
from tests.imagery.render.ground import EAST, NORTH, cog, lonlat, ramps, source, tile_at

SIZE, GSD = 1_024, 2.0
RGB = ("red", "green", "blue")


@pytest.fixture
def renderer() -> Iterator[Renderer]:
    with gdal():
        instance = Renderer()
        yield instance
        instance.close()


def pixels(body: bytes | None) -> NDArray[np.uint8]:
    assert body is not None
    return np.asarray(Image.open(io.BytesIO(body)).convert("RGBA"))


def middle(epsg: int = 5897) -> tuple[float, float]:
    return lonlat(epsg, EAST + SIZE * GSD / 2, NORTH - SIZE * GSD / 2)


@pytest.mark.parametrize("epsg", [5897, 9217, 32648])
@pytest.mark.parametrize("zoom", [13, 14, 16, 18, 20])
def test_every_pixel_shows_the_place_it_stands_for(tmp_path: Path, renderer: Renderer, zoom: int, epsg: int) -> None:
    scene = source(
        cog(tmp_path / "a.tif", ramps(SIZE), gsd=GSD, epsg=epsg, compress="DEFLATE"), SIZE, GSD, RGB, epsg=epsg
    )
    at = tile_at(*middle(epsg), zoom)
    west, south, east, north = tile_bounds(*at)
    grid = [
        (r, c, *_scene_place(epsg, west + (c + 0.5) * (east - west) / 256, north - (r + 0.5) * (north - south) / 256))
        for r in range(4, 256, 9)
        for c in range(4, 256, 9)
    ]
    inside = [place for place in grid if 20 < place[2] < SIZE - 20 and 20 < place[3] < SIZE - 20]
    column, row = (int(np.median([place[i] for place in inside])) for i in (2, 3))
    stretch = f"{column - 126},{column + 129};{row - 126},{row + 129};0,9"  # one step of the picture's colours is one pixel of the scene
    seen = pixels(renderer.tile(scene, look_for(scene, None, "red,green,blue", stretch), *at, form="png"))
    near = [place for place in inside if abs(place[2] - column) < 120 and abs(place[3] - row) < 120]
    assert len(near) > 6
    level = max(1.0, (east - west) / 256 * 0.93 / GSD)
    misses = [seen[r, c, :2] - 126.5 + (column - x, row - y) for r, c, x, y in near]
    assert np.abs(misses).max() < 1.2 + 0.3 * level
    assert np.abs(np.mean(misses, axis=0)).max() < 0.6  # Pillow cuts colours where it mixes them: half a step


def _scene_place(epsg: int, x: float, y: float) -> tuple[float, float]:
    """Column and row of the scene at a place in Web Mercator, by the exact operation."""
    lon, lat, _, _ = degrees((x, y, x, y))
    east, north = to_plane(epsg)(lon, lat)
    return (east - EAST) / GSD, (NORTH - north) / GSD


def test_it_is_the_picture_that_rio_tiler_makes_where_both_use_the_same_operation(
    tmp_path: Path, renderer: Renderer
) -> None:
    rng = np.random.default_rng(5)
    coarse = rng.integers(20, 236, (3, 64, 64)).astype(np.uint8)
    values = np.stack(
        [np.asarray(Image.fromarray(band).resize((SIZE, SIZE), Image.Resampling.BICUBIC)) for band in coarse]
    )
    path = cog(tmp_path / "a.tif", values, gsd=GSD, epsg=32648, compress="DEFLATE")
    scene = source(path, SIZE, GSD, RGB, epsg=32648, visual=path)
    for zoom in (14, 16, 18):
        at = tile_at(*middle(32648), zoom)
        ours = pixels(renderer.tile(scene, look_for(scene), *at, form="png")).astype(int)
        with rasterio.open(path) as file:
            theirs = part(
                file,
                tile_bounds(*at),
                256,
                256,
                dst_crs=CRS.from_epsg(3857),
                resampling_method="bilinear",
                reproject_method="bilinear",
            )
        both = (ours[..., 3] == 255) & (theirs.array.mask[0] == 0)
        assert both.mean() > 0.2
        assert abs(ours[..., :3][both] - theirs.array.data.transpose(1, 2, 0)[both]).mean() < 2.5
        assert (ours[..., 3] == 255).mean() == pytest.approx((theirs.array.mask[0] == 0).mean(), abs=0.02)


def test_what_is_not_there_is_transparent_and_never_mixed_into_what_is(tmp_path: Path, renderer: Renderer) -> None:
    values = np.full((3, SIZE, SIZE), 200, np.uint16)
    values[:, 300:500, 300:500] = 0
    scene = source(cog(tmp_path / "a.tif", values, gsd=GSD, nodata=0, compress="DEFLATE"), SIZE, GSD, RGB)
    seen = pixels(renderer.chip(scene, look_for(scene, None, "red,green,blue", "0,200"), scene.footprint.bounds, 400))
    there = seen[..., 3] == 255
    assert set(np.unique(seen[..., 3])) == {0, 255}
    assert (seen[there][:, :3] == 255).all()
    assert 0.02 < 1 - there[100:220, 100:220].mean() < 1
    white = np.asarray(
        Image.open(io.BytesIO(renderer.chip(scene, look_for(scene), scene.footprint.bounds, 400, "jpg") or b""))
    )
    assert white[160, 160].min() > 240


def test_a_tile_beside_the_scene_is_nothing_and_touches_no_file(tmp_path: Path, renderer: Renderer) -> None:
    path = cog(tmp_path / "a.tif", ramps(SIZE), gsd=GSD)
    scene = source(path, SIZE, GSD, RGB)
    path.unlink()
    z, x, y = tile_at(*middle(), 15)
    assert renderer.tile(scene, look_for(scene), z, x + 9, y) is None
    assert renderer.tile(scene, look_for(scene), 3, 0, 0) is None
    with pytest.raises(ImageLost):
        renderer.tile(scene, look_for(scene), z, x, y)


@pytest.mark.parametrize("zoom", [8, 10, 12])
def test_from_far_away_the_scene_is_as_small_as_it_is(tmp_path: Path, renderer: Renderer, zoom: int) -> None:
    scene = source(cog(tmp_path / "a.tif", ramps(SIZE), gsd=GSD), SIZE, GSD, RGB)
    z, x, y = tile_at(*middle(), zoom)
    around = [
        renderer.tile(scene, look_for(scene), z, x + dx, y + dy, form="png") for dx in (-1, 0, 1) for dy in (-1, 0, 1)
    ]
    shown = sum(int((pixels(body)[..., 3] == 255).sum()) for body in around if body)
    pixel = 156_543.034 * np.cos(np.radians(middle()[1])) / 2**zoom
    assert shown == pytest.approx((SIZE * GSD / pixel) ** 2, rel={8: 0.35, 10: 0.12, 12: 0.04}[zoom])
    assert renderer.tile(scene, look_for(scene), 0, 0, 0) is None


def test_a_broken_file_is_said_to_be_broken(tmp_path: Path, renderer: Renderer) -> None:
    path = cog(tmp_path / "a.tif", ramps(SIZE), gsd=GSD, compress="DEFLATE")
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = b"\0" * (len(content) - len(content) // 2)
    path.write_bytes(bytes(content))
    scene = source(path, SIZE, GSD, RGB)
    look = look_for(scene, None, "red,green,blue", "0,900")
    with pytest.raises(ImageLost):
        renderer.chip(scene, look, scene.footprint.bounds, 900)


def test_eight_threads_draw_what_one_draws(tmp_path: Path, renderer: Renderer) -> None:
    values = (ramps(SIZE) % 251).astype(np.uint8)
    path = cog(tmp_path / "a.tif", values, gsd=GSD, compress="JPEG", quality=90)
    scene = source(path, SIZE, GSD, RGB, visual=path)
    z, x, y = tile_at(*middle(), 17)
    asked = [(z, x + dx, y + dy) for dx in range(-3, 4) for dy in range(-3, 4)] * 3
    alone = [renderer.tile(scene, look_for(scene), *at) for at in asked]
    with ThreadPoolExecutor(8, initializer=lambda: gdal().__enter__()) as pool:
        together = list(pool.map(lambda at: renderer.tile(scene, look_for(scene), *at), asked))
    assert together == alone
    assert any(alone) and len(renderer.datasets) <= 9


def test_the_pool_keeps_no_more_files_open_than_it_may(tmp_path: Path) -> None:
    paths = [str(cog(tmp_path / f"{n}.tif", ramps(64), gsd=GSD)) for n in range(6)]
    pool = Datasets(limit=3)
    for path in paths:
        with pool.open(path) as dataset:
            assert dataset.width == 64
    assert len(pool) == 3
    with pool.open(paths[-1]) as dataset:
        pool.forget(paths[-1])
    assert dataset.closed and len(pool) == 2
    with pytest.raises(ZeroDivisionError), pool.open(paths[-2]) as dataset:
        raise ZeroDivisionError
    assert dataset.closed and len(pool) == 1
    pool.close()
    assert len(pool) == 0


@pytest.mark.parametrize(("form", "begin"), [("png", b"\x89PNG"), ("webp", b"RIFF"), ("jpg", b"\xff\xd8")])
@pytest.mark.parametrize("size", [256, 512])
def test_forms_and_sizes(tmp_path: Path, renderer: Renderer, form: str, begin: bytes, size: int) -> None:
    scene = source(cog(tmp_path / "a.tif", ramps(SIZE), gsd=GSD), SIZE, GSD, RGB)
    body = renderer.tile(scene, look_for(scene), *tile_at(*middle(), 14), size=size, form=form)  # type: ignore[arg-type]
    assert body is not None and body.startswith(begin)
    assert Image.open(io.BytesIO(body)).size == (size, size)
