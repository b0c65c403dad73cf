"""The common grid, and windows read from scenes: the same pixel whatever window it is read in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from imagery.runs.grid import Grid, Transform, Window, common, utm_zone
from imagery.runs.reading import band_names, common_names, read, release, source_of
from layers.errors import Malformed

relaxed = settings(max_examples=8, deadline=None)
UTM = 32648


@dataclass(frozen=True)
class Picture:
    """A scene as far as the grid is concerned."""

    code: str
    epsg: int
    transform: Transform
    width: int
    height: int
    gsd: float


def picture(
    *, epsg: int = UTM, gsd: float = 10.0, x: float = 580_000, y: float = 2_330_000, side: int = 400, code: str = "a"
) -> Picture:
    return Picture(code, epsg, (gsd, 0.0, x, 0.0, -gsd, y), side, side, gsd)


def test_the_before_scene_keeps_its_own_lattice() -> None:
    grid = common(picture(), picture(x=580_503, y=2_329_001, code="b"))
    assert grid == Grid(UTM, (10.0, 0.0, 580_510.0, 0.0, -10.0, 2_329_000.0), 349, 300)


def test_a_much_finer_date_is_brought_down_to_the_coarser_lattice() -> None:
    fine, coarse = picture(gsd=2.0, side=2000), picture(gsd=10.0, x=580_004, y=2_329_997, code="b")
    for one, two in ((fine, coarse), (coarse, fine)):
        grid = common(one, two)
        assert grid.gsd == 10.0 and grid.transform[2] % 10 == 4 and grid.transform[5] % 10 == 7
    assert common(picture(gsd=10.0), picture(gsd=14.0, code="b")).gsd == 10.0


def test_degrees_become_the_utm_zone_of_the_place() -> None:
    degrees = Picture("d", 4326, (0.0001, 0.0, 105.7, 0.0, -0.0001, 21.1), 1000, 1000, 10.0)
    grid = common(degrees, picture())
    assert grid.epsg == UTM and grid.gsd == 10.0
    assert (utm_zone(105.8, 21), utm_zone(-63.0, -30), utm_zone(180, 5)) == (32648, 32720, 32660)


def test_vietnams_own_plane_is_kept() -> None:
    plane = picture(epsg=5897, x=560_000, y=2_330_000)
    assert common(plane, replace(plane, code="b")).epsg == 5897


@pytest.mark.parametrize(("x", "slug"), [(590_000.0, "no-overlap"), (583_900.0, "overlap-too-small")])
def test_dates_without_enough_common_ground_are_refused(x: float, slug: str) -> None:
    with pytest.raises(Malformed) as caught:
        common(picture(), picture(x=x, code="b"))
    assert caught.value.slug == slug


@relaxed
@given(st.integers(64, 900), st.integers(64, 900), st.sampled_from([256, 512, 1024]), st.integers(0, 40))
def test_tiles_cover_every_pixel_once_and_their_halos_stay_inside(
    width: int, height: int, side: int, halo: int
) -> None:
    grid = Grid(UTM, (10.0, 0.0, 0.0, 0.0, -10.0, 0.0), width, height)
    seen = np.zeros((height, width), int)
    for tile in grid.tiles(side):
        seen[tile.row : tile.row + tile.rows, tile.col : tile.col + tile.cols] += 1
        wide = tile.grown(halo, grid)
        assert wide.row >= 0 and wide.col >= 0 and wide.row + wide.rows <= height and wide.col + wide.cols <= width
        rows, cols = tile.within(wide)
        assert (rows.stop - rows.start, cols.stop - cols.start) == (tile.rows, tile.cols)
    assert (seen == 1).all()


# ---- bands ---------------------------------------------------------------------------------------------------------------


def bands(*names: str | None, **more: Any) -> list[dict[str, Any]]:
    facts = {"nodata": 0, "scale": 0.0001, "offset": 0.0, "dtype": "uint16"} | more
    return [{"name": f"B{n}", "common_name": name, **facts} for n, name in enumerate(names)]


def test_bands_are_matched_by_common_name_in_the_order_of_the_spectrum() -> None:
    landsat = bands(None, "blue", "green", "red", "nir08", "swir16")
    sentinel = bands("red", "rededge", "rededge", "nir", "blue", "nir08", "swir16")
    assert band_names(sentinel) == {"red": 1, "rededge": 2, "rededge2": 3, "nir": 4, "blue": 5, "nir08": 6, "swir16": 7}
    assert common_names(landsat, sentinel) == ("blue", "red", "nir", "swir16")
    with pytest.raises(Malformed) as caught:
        common_names(bands("gray"), sentinel)
    assert caught.value.slug == "no-common-bands"


# ---- reading -------------------------------------------------------------------------------------------------------------


def field(rows: int, cols: int) -> NDArray[np.float64]:
    """A smooth field, so that resampling can be told from misplacing."""
    y, x = np.mgrid[0:rows, 0:cols].astype(float)
    return 3000 + 1000 * np.sin(x / 9) * np.cos(y / 7)


def write(path: Path, values: NDArray[Any], transform: Transform, epsg: int = UTM) -> str:
    with rasterio.open(
        path, "w", driver="GTiff", count=1, width=values.shape[1], height=values.shape[0], dtype=values.dtype.name, crs=f"EPSG:{epsg}",
        transform=rasterio.Affine(*transform), tiled=True, blockxsize=128, blockysize=128,
    ) as file:  # fmt: skip
        file.write(values, 1)
    return str(path)


def source(tmp_path: Path, place: Picture, values: NDArray[Any], mask: str | None = None) -> Any:
    return source_of(
        place,
        bands("gray"),
        ("gray",),
        write(tmp_path / f"{place.code}.tif", values, place.transform, place.epsg),
        mask,
    )


GRID = Grid(UTM, (10.0, 0.0, 580_000.0, 0.0, -10.0, 2_330_000.0), 400, 400)


def test_values_are_scaled_and_no_data_is_nan(tmp_path: Path) -> None:
    values = field(400, 400).astype(np.uint16)
    values[10:12, 20] = 0
    got, seen = read(source(tmp_path, picture(), values), GRID, Window(5, 15, 20, 30))
    assert got.dtype == np.float32 and got.shape == (1, 20, 30)
    assert not seen[5:7, 5].any() and seen.sum() == 598 and np.isnan(got[0, 5, 5])
    np.testing.assert_allclose(got[0][seen], values[5:25, 15:45][seen] / 1e4, rtol=1e-6)


def test_beyond_the_edge_of_a_scene_nothing_was_seen(tmp_path: Path) -> None:
    place = picture(x=581_000, side=200)
    _, seen = read(source(tmp_path, place, field(200, 200).astype(np.uint16)), GRID, GRID.whole())
    assert seen[:200, 100:300].all() and seen.sum() == 200 * 200


@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.4, -1.3)])
@pytest.mark.parametrize("gsd", [10.0, 7.0, 4.0])
def test_a_scene_lands_where_it_belongs(tmp_path: Path, gsd: float, shift: tuple[float, float]) -> None:
    """The ground of pixel (r, c) of a grid is at (r + dy, c + dx) of a date that is shifted by (dy, dx)."""
    place = picture(gsd=gsd, x=579_900, y=2_330_100, side=round(4300 / gsd))
    rows, cols = np.mgrid[0 : place.height, 0 : place.width]
    x, y = 579_900 + (cols + 0.5) * gsd, 2_330_100 - (rows + 0.5) * gsd
    col, row = (x - 580_000) / 10 - 0.5 - shift[1], (2_330_000 - y) / 10 - 0.5 - shift[0]
    values = (3000 + 1000 * np.sin(col / 9) * np.cos(row / 7)).astype(np.float32)
    got, seen = read(source(tmp_path, place, values), GRID, Window(50, 60, 200, 210), shift)
    assert seen.all()
    np.testing.assert_allclose(got[0] * 1e4, field(400, 400)[50:250, 60:270], atol=12)


@pytest.mark.parametrize("place", [picture(), picture(gsd=4.0, side=1000), picture(x=580_003.0, code="c")])
@pytest.mark.parametrize("shift", [(0.0, 0.0), (-0.37, 0.21)])
@relaxed
@given(row=st.integers(0, 300), col=st.integers(0, 300), rows=st.integers(1, 100), cols=st.integers(1, 100))
def test_a_pixel_is_the_same_in_every_window(
    tmp_path_factory: pytest.TempPathFactory,
    place: Picture,
    shift: tuple[float, float],
    row: int,
    col: int,
    rows: int,
    cols: int,
) -> None:
    rng = np.random.default_rng(5)
    values = rng.integers(1, 10_000, (place.height, place.width)).astype(np.uint16)
    one = source(tmp_path_factory.getbasetemp(), replace(place, code=f"same-{place.gsd}-{place.transform[2]}"), values)
    whole, seen_whole = read(one, GRID, GRID.whole(), shift)
    part, seen_part = read(one, GRID, Window(row, col, rows, cols), shift)
    window = np.s_[row : row + rows, col : col + cols]
    assert (seen_whole[window] == seen_part).all()
    np.testing.assert_allclose(part[0], whole[0][window], atol=1e-6)


def test_blocks_that_were_unpacked_for_one_tile_serve_its_neighbours_until_they_are_released(tmp_path: Path) -> None:
    one = source(tmp_path, picture(), field(400, 400).astype(np.uint16))
    first, _ = read(one, GRID, Window(0, 0, 200, 200))
    Path(one.path).write_bytes(b"")
    again, _ = read(one, GRID, Window(10, 20, 100, 100))
    np.testing.assert_array_equal(again, first[:, 10:110, 20:120])
    release()
    with pytest.raises(rasterio.errors.RasterioIOError):
        read(one, GRID, Window(10, 20, 100, 100))


def test_threads_may_read_one_file(tmp_path: Path) -> None:
    one = source(tmp_path, picture(), np.random.default_rng(2).integers(1, 10_000, (400, 400)).astype(np.uint16))
    whole, _ = read(one, GRID, GRID.whole())
    release()
    windows = [Window(row, col, 60, 60) for row in range(0, 340, 20) for col in range(0, 340, 20)]
    with ThreadPoolExecutor(4) as pool:
        for window, (part, _) in zip(windows, pool.map(lambda window: read(one, GRID, window), windows), strict=True):
            np.testing.assert_array_equal(part, whole[:, *window.within(GRID.whole())])


def test_another_plane_is_warped_exactly_whatever_the_window(tmp_path: Path) -> None:
    degrees = Picture("d", 4326, (0.0001, 0.0, 105.6, 0.0, -0.0001, 21.2), 2000, 2000, 10.8)
    values = np.random.default_rng(1).integers(1, 10_000, (2000, 2000)).astype(np.uint16)
    one = source(tmp_path, degrees, values)
    grid = common(degrees, picture(x=565_000, y=2_340_000, side=600))
    whole, _ = read(one, grid, Window(0, 0, 300, 300))
    part, _ = read(one, grid, Window(97, 131, 60, 70))
    np.testing.assert_allclose(part[0], whole[0, 97:157, 131:201], atol=1e-6)


def test_the_scenes_own_mask_is_moved_with_it(tmp_path: Path) -> None:
    codes = np.ones((400, 400), np.uint8)
    codes[100:110, 100:110] = 2
    codes[200:210, 100:110] = 4
    codes[300:310, 100:110] = 255
    mask = write(tmp_path / "mask.tif", codes, picture().transform)
    one = source(tmp_path, picture(), field(400, 400).astype(np.uint16), mask)
    _, seen = read(one, GRID, GRID.whole())
    assert not seen[100:110, 100:110].any() and seen.sum() == 400 * 400 - 100
    _, moved = read(one, GRID, Window(90, 90, 30, 30), (2.0, -3.0))
    assert not moved[8:18, 13:23].any() and moved.sum() == 800


def test_reflectances_without_a_mask_are_looked_over_by_rule(tmp_path: Path) -> None:
    names = ("blue", "green", "red", "nir", "swir16")
    described = bands(*names)
    assert source_of(picture(), described, names, "x", None).rule
    assert not source_of(picture(), described, names, "x", "mask").rule
    assert not source_of(picture(), described, names[:4], "x", None).rule
    assert not source_of(picture(), bands(*names, scale=1.0), names, "x", None).rule
