"""Bad pictures are refused with a sentence that says what is wrong, and nothing of them remains."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine

from imagery.scenes import catalogue
from imagery.scenes.sensors import moment
from imagery.scenes.store import ImageStore
from layers.db import Connection
from layers.errors import NotFound, Problem
from tests.imagery.scenes.conftest import files_in
from tests.imagery.scenes.deliveries import HANOI_UTM, ramp, sentinel_2, write_tif

WHEN = moment("2024-02-03")
GRAY = ramp(40, 40)[np.newaxis]
RGB = np.stack([ramp(40, 40) % 250] * 3).astype(np.uint8)


def refused(conn: Connection, store: ImageStore, path: Path, **said: Any) -> Problem:
    """The refusal; afterwards neither a row nor a file is there."""
    with pytest.raises(Problem) as refusal:
        catalogue.add(conn, store, path, **{"when": WHEN, **said})
    assert catalogue.listed(conn) == []
    assert files_in(store) == []
    assert refusal.value.detail_vi != refusal.value.detail
    return refusal.value


def test_a_picture_without_crs_is_refused_until_somebody_says_it(
    idle: Connection, store: ImageStore, tmp_path: Path
) -> None:
    path = write_tif(tmp_path / "a.tif", GRAY, crs=None)
    assert refused(idle, store, path).slug == "no-crs"
    assert refused(idle, store, path, crs=99_999).slug == "unknown-crs"
    assert catalogue.add(idle, store, path, when=WHEN, crs=32648).epsg == 32648


def test_a_picture_that_lies_nowhere_is_refused(
    idle: Connection, store: ImageStore, test_data: Path, tmp_path: Path
) -> None:
    path = test_data / "change" / "sztaki" / "szada" / "3" / "im1.png"
    assert refused(idle, store, path).slug == "no-crs"
    assert refused(idle, store, path, crs=32634).slug == "no-place"
    local = write_tif(tmp_path / "a.tif", GRAY, crs='LOCAL_CS["sheet",UNIT["metre",1]]')
    assert refused(idle, store, local).slug == "no-crs"
    custom = write_tif(
        tmp_path / "b.tif", GRAY, crs="+proj=tmerc +lon_0=105.3 +k=0.99987 +x_0=500000 +ellps=bessel +units=m"
    )
    assert refused(idle, store, custom).slug == "no-epsg-code"


def test_control_points_alone_are_no_place(idle: Connection, store: ImageStore, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    points = [
        rasterio.control.GroundControlPoint(r, c, 585_000 + c, 2_325_000 - r) for r, c in ((0, 0), (0, 39), (39, 0))
    ]
    profile = {"driver": "GTiff", "count": 1, "width": 40, "height": 40, "dtype": "uint16"}
    with rasterio.open(path, "w", gcps=points, crs="EPSG:32648", **profile) as file:
        file.write(GRAY)
    assert "control points" in refused(idle, store, path).detail


def test_swapped_axes_are_noticed_by_where_the_city_is(idle: Connection, store: ImageStore, tmp_path: Path) -> None:
    lonlat = write_tif(tmp_path / "a.tif", GRAY, crs="EPSG:4326", west_north=(21.0, 105.85), size=1e-4)
    assert refused(idle, store, lonlat).slug == "axes-swapped"
    west, north = HANOI_UTM  # as Vietnamese papers write it: X is the northing
    plane = write_tif(tmp_path / "b.tif", GRAY, crs="EPSG:5897", west_north=(north, west))
    assert refused(idle, store, plane, elsewhere=True).slug == "axes-swapped"
    right = write_tif(tmp_path / "c.tif", GRAY, crs="EPSG:5897")
    assert not catalogue.add(idle, store, right, when=WHEN).elsewhere


def test_coordinates_no_place_on_earth_has_are_refused(idle: Connection, store: ImageStore, tmp_path: Path) -> None:
    far = write_tif(tmp_path / "a.tif", GRAY, crs="EPSG:4326", west_north=(300.0, 21.0), size=1e-4)
    assert refused(idle, store, far).slug == "impossible-place"
    other_zone = write_tif(tmp_path / "b.tif", GRAY, crs="EPSG:32648", west_north=(8_500_000, 2_325_000))
    assert refused(idle, store, other_zone, elsewhere=True).slug == "impossible-place"


def test_a_picture_of_elsewhere_is_taken_only_when_that_is_meant(
    idle: Connection, store: ImageStore, test_data: Path
) -> None:
    path = test_data / "change" / "misc" / "RGB.byte.tif"
    assert refused(idle, store, path).slug == "outside-the-city"
    scene = catalogue.add(idle, store, path, when=WHEN, elsewhere=True)
    assert scene.elsewhere and scene.epsg == 32618
    whole = Affine(*scene.transform) * (scene.width, scene.height)
    assert (
        scene.footprint.area < 0.75 * catalogue.get(idle, scene.id).footprint.envelope.area
    )  # no-data around the picture
    assert whole[0] > 339_000


def test_saying_elsewhere_of_the_city_changes_nothing(idle: Connection, store: ImageStore, tmp_path: Path) -> None:
    scene = catalogue.add(idle, store, write_tif(tmp_path / "a.tif", GRAY), when=WHEN, elsewhere=True)
    assert not scene.elsewhere


def test_dates_that_cannot_be_are_refused(idle: Connection, store: ImageStore, tmp_path: Path) -> None:
    path = write_tif(tmp_path / "a.tif", GRAY)
    now = dt.datetime(2024, 2, 4, tzinfo=dt.UTC)
    assert refused(idle, store, path, when=None).slug == "no-date"
    assert refused(idle, store, path, when=now + dt.timedelta(hours=1), now=now).slug == "date-in-future"
    assert refused(idle, store, path, when=moment("0202-02-03")).slug == "date-too-old"
    safe = sentinel_2(tmp_path)
    assert refused(idle, store, safe, when=moment("2023-02-03")).slug == "other-date"
    assert catalogue.add(idle, store, safe, when=WHEN).datetime.hour == 3  # the same day: the metadata knows the minute


def test_a_truncated_file_is_refused(idle: Connection, store: ImageStore, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 60_000, (1, 1_200, 1_200), np.uint16)
    for name, options in {
        "a.tif": {"compress": "DEFLATE", "tiled": True},
        "b.tif": {"compress": "LZW"},
        "c.tif": {},
        "d.jp2": {"driver": "JP2OpenJPEG", "QUALITY": "100", "REVERSIBLE": "YES"},
        "e.png": {"driver": "PNG"},
    }.items():
        path = write_tif(tmp_path / name, noise, **options)
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
        assert refused(idle, store, path, crs=32648).slug in ("corrupt-tile", "not-a-raster"), name


def test_one_damaged_tile_in_the_middle_is_refused(idle: Connection, store: ImageStore, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 250, (3, 1_024, 1_024), np.uint8)
    for name, compress in {"a": "DEFLATE", "b": "ZSTD", "c": "LZW", "d": "JPEG"}.items():
        path = write_tif(
            tmp_path / f"{name}.tif", noise, compress=compress, tiled=True, interleave="pixel", photometric="RGB"
        )
        content = bytearray(path.read_bytes())
        middle = len(content) // 2
        content[middle : middle + 4_000] = b"\xff\xd8\x00\x55" * 1_000
        path.write_bytes(content)
        assert refused(idle, store, path).slug == "corrupt-tile", compress


def test_what_is_no_picture_is_refused(idle: Connection, store: ImageStore, tmp_path: Path) -> None:
    text = tmp_path / "a.tif"
    text.write_text("không phải ảnh")
    assert refused(idle, store, text).slug == "not-a-raster"
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04" + b"\0" * 100 + b"PK\x05\x06" + b"\0" * 18)
    assert refused(idle, store, tmp_path / "b.zip").slug in ("broken-archive", "no-raster")
    (tmp_path / "trong").mkdir()
    assert refused(idle, store, tmp_path / "trong").slug == "empty-folder"
    with pytest.raises(NotFound):
        catalogue.add(idle, store, tmp_path / "không có.tif", when=WHEN)


def test_a_file_from_outside_cannot_make_us_read_other_files(
    idle: Connection, store: ImageStore, tmp_path: Path
) -> None:
    write_tif(tmp_path / "rieng.tif", GRAY)
    with rasterio.open(tmp_path / "rieng.tif") as source, rasterio.vrt.WarpedVRT(source) as vrt:
        rasterio.shutil.copy(vrt, tmp_path / "a.vrt", driver="VRT")
    (tmp_path / "a.tif").write_bytes((tmp_path / "a.vrt").read_bytes())  # GDAL looks at content, not at endings
    assert refused(idle, store, tmp_path / "a.tif", trusted=False).slug == "not-a-raster"
    assert refused(idle, store, tmp_path / "a.vrt", trusted=False).slug == "not-a-raster"
    assert catalogue.add(idle, store, tmp_path / "a.vrt", when=WHEN).width == 40  # the operator's own is read


def test_radar_colour_tables_and_empty_pictures_are_refused(
    idle: Connection, store: ImageStore, tmp_path: Path
) -> None:
    assert refused(idle, store, write_tif(tmp_path / "a.tif", GRAY.astype(np.complex64))).slug == "complex-numbers"
    table = write_tif(tmp_path / "b.tif", GRAY.astype(np.uint8), photometric="palette")
    with rasterio.open(table, "r+") as file:
        file.write_colormap(1, {0: (0, 0, 0), 1: (255, 0, 0)})
    assert refused(idle, store, table).slug == "palette"
    assert refused(idle, store, write_tif(tmp_path / "c.tif", GRAY * 0, nodata=0)).slug == "nothing-observed"


def test_band_files_of_different_places_are_refused(idle: Connection, store: ImageStore, tmp_path: Path) -> None:
    write_tif(tmp_path / "s" / "B02.tif", GRAY)
    write_tif(tmp_path / "s" / "B03.tif", GRAY, west_north=(HANOI_UTM[0] + 5_000, HANOI_UTM[1]))
    assert refused(idle, store, tmp_path / "s").slug == "bands-differ"
    write_tif(tmp_path / "s" / "B03.tif", GRAY, crs="EPSG:32649")
    assert refused(idle, store, tmp_path / "s").slug == "bands-differ"


# ---- taken, and told ------------------------------------------------------------------------------------------------------


def test_one_band_is_taken_as_gray_and_told(idle: Connection, store: ImageStore, tmp_path: Path) -> None:
    scene = catalogue.add(
        idle, store, write_tif(tmp_path / "a.tif", GRAY), when=WHEN, title="  ", licence=f" {'x' * 199} y"
    )
    assert (scene.title, scene.licence) == ("Cảm biến khác a", "x" * 199)
    assert scene.common_names == ("gray",)
    assert [note["code"] for note in scene.notes] == ["one-band"]
    assert scene.visual_key


def test_a_jpeg_is_taken_and_told_to_be_lossy(idle: Connection, store: ImageStore, tmp_path: Path) -> None:
    plain = write_tif(tmp_path / "a.jpg", RGB, driver="JPEG")
    inside = write_tif(tmp_path / "b.tif", np.flip(RGB, 1).copy(), compress="JPEG", photometric="YCBCR")
    for path in (plain, inside):
        scene = catalogue.add(idle, store, path, when=WHEN, crs=32648, sensor="orthophoto")
        assert [note["code"] for note in scene.notes] == ["lossy"]
        with rasterio.open(path) as source, rasterio.open(store.gdal_path(scene.data_key)) as data:
            assert np.array_equal(source.read(), data.read())  # no second loss


def test_a_scene_under_cloud_is_taken_and_told(idle: Connection, store: ImageStore, tmp_path: Path) -> None:
    scene = catalogue.add(idle, store, sentinel_2(tmp_path, scl=np.full((48, 48), 9, np.uint8)))
    assert scene.cloud_cover == 100
    assert "all-cloud" in [note["code"] for note in scene.notes]


def test_cloud_is_told_without_a_quality_layer_too(idle: Connection, store: ImageStore, tmp_path: Path) -> None:
    for band, reflectance in {"B02": 6_200, "B03": 6_000, "B04": 5_900, "B08": 6_300, "B11": 4_000}.items():
        write_tif(tmp_path / "s" / f"{band}.tif", np.full((1, 64, 64), reflectance, np.uint16))
    scene = catalogue.add(idle, store, tmp_path / "s", when=WHEN)
    assert scene.cloud_cover == 100
    assert {"cloud-estimated", "all-cloud"} <= {note["code"] for note in scene.notes}


def test_an_alpha_band_becomes_a_mask(idle: Connection, store: ImageStore, tmp_path: Path) -> None:
    alpha = np.full((40, 40), 255, np.uint8)
    alpha[:, :15] = 0
    path = write_tif(
        tmp_path / "a.tif", np.concatenate([RGB, alpha[np.newaxis]]), photometric="RGB", alpha="YES", size=1.0
    )
    scene = catalogue.add(idle, store, path, when=WHEN)
    assert (scene.sensor, scene.common_names) == ("orthophoto", ("red", "green", "blue"))
    assert scene.mask_key
    with rasterio.open(store.gdal_path(scene.mask_key)) as mask:
        assert mask.read(1)[0].tolist() == [0] * 15 + [255] * 25
    with rasterio.open(store.gdal_path(scene.data_key)) as data:
        assert np.array_equal(data.dataset_mask() > 0, alpha > 0)
        assert np.array_equal(data.read(), RGB)
    west, _, east, _ = scene.footprint.bounds
    assert (east - west) * 111_320 * np.cos(np.radians(21)) == pytest.approx(25, abs=1.5)


def test_a_no_data_value_that_cannot_occur_is_ignored(idle: Connection, store: ImageStore, tmp_path: Path) -> None:
    path = write_tif(tmp_path / "a.tif", GRAY, tags={"x": "y"})
    content = path.with_suffix(".vrt")
    with rasterio.open(path) as source:
        rasterio.shutil.copy(source, content, driver="VRT")
    text = content.read_text().replace("<ColorInterp>", "<NoDataValue>-9999</NoDataValue><ColorInterp>")
    content.write_text(text)
    scene = catalogue.add(idle, store, content, when=WHEN)
    assert scene.bands[0]["nodata"] is None


def test_a_picture_stored_from_south_to_north_is_turned_over_exactly(
    idle: Connection, store: ImageStore, tmp_path: Path
) -> None:
    west, north = HANOI_UTM
    upside_down = Affine(10, 0, west, 0, 10, north - 400)
    scene = catalogue.add(idle, store, write_tif(tmp_path / "a.tif", GRAY, transform=upside_down), when=WHEN)
    assert scene.transform == (10, 0, west, 0, -10, north)
    with rasterio.open(store.gdal_path(scene.data_key)) as data:
        assert np.array_equal(data.read(), GRAY[:, ::-1])


def test_floats_keep_every_bit_and_nan_is_not_observed(idle: Connection, store: ImageStore, tmp_path: Path) -> None:
    values = np.random.default_rng(2).normal(size=(3, 700, 600)).astype(np.float32)
    values[:, :100] = np.nan
    scene = catalogue.add(idle, store, write_tif(tmp_path / "a.tif", values), when=WHEN, bands=("red", "green", "blue"))
    assert scene.bands[0]["dtype"] == "float32" and scene.bands[0]["scale"] == 1
    with rasterio.open(store.gdal_path(scene.data_key)) as data:
        assert np.array_equal(data.read(), values, equal_nan=True)
        assert not data.dataset_mask()[:100].any() and data.dataset_mask()[100:].all()
