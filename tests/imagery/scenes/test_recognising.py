"""Deliveries as producers lay them out become scenes with the right bands, dates, scales and masks."""

from __future__ import annotations

import datetime as dt
import shutil
import tarfile
from pathlib import Path

import numpy as np
import pytest
import rasterio

from imagery.scenes import catalogue
from imagery.scenes.sensors import day_in, moment
from imagery.scenes.store import ImageStore
from layers.db import Connection
from layers.errors import Malformed
from tests.imagery.scenes.deliveries import landsat, ramp, sentinel_2, write_tif

UTC = dt.UTC


def test_a_sentinel_2_folder_is_one_scene_of_ten_bands_on_ten_metres(
    idle: Connection, store: ImageStore, tmp_path: Path
) -> None:
    scl = np.full((48, 48), 4, np.uint8)
    scl[:12] = 9  # a quarter under cloud
    scl[12:18] = 3
    scl[18:24] = 6
    scl[24:30] = 11
    scl[30:33] = 1
    safe = sentinel_2(tmp_path, scl=scl)
    scene = catalogue.add(idle, store, safe)
    assert scene.code == "S2A_MSIL2A_20240203T032941_N0510_R018_T48QWJ_20240203T032941"
    assert (scene.sensor, scene.datetime) == ("sentinel-2-l2a", dt.datetime(2024, 2, 3, 3, 29, 41, 24_000, UTC))
    assert [band["name"] for band in scene.bands] == [
        "B02",
        "B03",
        "B04",
        "B05",
        "B06",
        "B07",
        "B08",
        "B8A",
        "B11",
        "B12",
    ]
    assert scene.common_names == ("blue", "green", "red", "rededge", None, None, "nir", "nir08", "swir16", "swir22")
    assert all(
        band["scale"] == 1e-4 and band["offset"] == pytest.approx(-0.1) and band["nodata"] == 0 for band in scene.bands
    )
    assert (scene.gsd, scene.epsg, scene.width, scene.height) == (10, 32648, 96, 96)
    assert scene.licence == "Copernicus Sentinel Data Terms"
    assert not scene.elsewhere
    assert scene.cloud_cover == pytest.approx(25)
    with rasterio.open(store.gdal_path(scene.data_key)) as data:
        assert np.array_equal(data.read(1), ramp(96, 96))
        inner = data.read(4)[4:-4, 4:-4].astype(float)  # 20 m brought to 10 m: at half the way between centres
        row, col = np.mgrid[4:92, 4:92]
        assert np.abs(inner - (1_000 + (col - 0.5) / 2 + 7 * (row - 0.5) / 2)).max() <= 0.51
    assert scene.mask_key
    with rasterio.open(store.gdal_path(scene.mask_key)) as mask:
        assert mask.read(1)[:, 0].tolist() == [2] * 24 + [3] * 12 + [4] * 12 + [5] * 12 + [255] * 6 + [1] * 30
    assert scene.visual_key
    with rasterio.open(store.gdal_path(scene.visual_key)) as visual:
        assert (visual.count, visual.dtypes[0], visual.compression.value) == (3, "uint8", "JPEG")


def test_the_metadata_file_leads_to_its_product_and_old_products_have_no_offset(
    idle: Connection, store: ImageStore, tmp_path: Path
) -> None:
    classi = np.zeros((3, 16, 16), np.uint8)
    classi[0, :4], classi[1, 4:8], classi[2, 8:12] = 1, 1, 1
    safe = sentinel_2(tmp_path, level="L1C", offset=0, classi=classi)
    scene = catalogue.add(idle, store, safe / "MTD_MSIL1C.xml")
    assert scene.sensor == "sentinel-2-l1c"
    assert {(band["scale"], band["offset"]) for band in scene.bands} == {(1e-4, 0)}
    assert scene.cloud_cover == pytest.approx(50)
    assert scene.mask_key
    with rasterio.open(store.gdal_path(scene.mask_key)) as mask:
        assert mask.read(1)[::24, 0].tolist() == [2, 2, 5, 1]


def test_a_zipped_product_is_read_where_it_lies(idle: Connection, store: ImageStore, tmp_path: Path) -> None:
    safe = sentinel_2(tmp_path / "a")
    archive = shutil.make_archive(str(tmp_path / "giao nộp"), "zip", safe.parent)
    scene = catalogue.add(idle, store, Path(archive))
    assert scene.sensor == "sentinel-2-l2a" and len(scene.bands) == 10
    assert scene.cloud_cover == pytest.approx(12.5)  # without SCL what the producer says
    assert scene.mask_key is None


def test_a_product_with_a_band_missing_is_refused(idle: Connection, store: ImageStore, tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="B8A missing") as refusal:
        catalogue.add(idle, store, sentinel_2(tmp_path, left_out=("B8A",)))
    assert refusal.value.slug == "bands-missing"


@pytest.mark.parametrize(
    ("level", "satellite", "scale", "offset"),
    [("L2SP", "LANDSAT_8", 2.75e-5, -0.2), ("L1TP", "LANDSAT_8", 4e-5, -0.2), ("L2SP", "LANDSAT_5", 2.75e-5, -0.2)],
)
def test_landsat_says_its_bands_by_satellite_and_reflectance_by_level(
    idle: Connection, store: ImageStore, tmp_path: Path, level: str, satellite: str, scale: float, offset: float
) -> None:
    qa = np.full((60, 60), 1 << 6, np.uint16)
    qa[:15], qa[15:30], qa[30:45] = 1 << 3, 1 << 4, 1 << 7
    place = landsat(tmp_path, level=level, satellite=satellite, qa=qa)
    if satellite == "LANDSAT_5":  # as USGS hands it out
        with tarfile.open(tmp_path / f"{place.name}.tar", "w") as tar:
            tar.add(place, arcname=place.name)
        place = tmp_path / f"{place.name}.tar"
    scene = catalogue.add(idle, store, place)
    assert scene.sensor == f"landsat-c2-{'l2' if level == 'L2SP' else 'l1'}"
    assert scene.datetime == dt.datetime(2024, 2, 3, 3, 20, 11, 123_456, UTC)
    first = "B2" if satellite == "LANDSAT_8" else "B1"
    assert scene.bands[0]["name"] == first
    assert scene.common_names == ("blue", "green", "red", "nir", "swir16", "swir22")
    assert scene.bands[0]["scale"] == pytest.approx(scale) and scene.bands[0]["offset"] == pytest.approx(offset)
    assert scene.cloud_cover == pytest.approx(25)
    assert scene.mask_key
    with rasterio.open(store.gdal_path(scene.mask_key)) as mask:
        assert mask.read(1)[::15, 0].tolist() == [2, 3, 4, 1]


def test_a_folder_of_band_files_is_one_scene(idle: Connection, store: ImageStore, test_data: Path) -> None:
    folder = test_data / "change" / "oscd" / "hongkong" / "imgs_1"
    scene = catalogue.add(idle, store, folder, when=moment("2016-09-27"), elsewhere=True)
    assert [band["name"] for band in scene.bands] == ["B02", "B03", "B04", "B08", "B8A", "B11", "B12"]
    assert scene.epsg == 4326  # a geographic grid stays as it is
    assert (scene.width, scene.height) == (540, 695)
    assert 9.5 < scene.gsd < 10.5
    assert [note["code"] for note in scene.notes] == ["level-guessed", "cloud-estimated"]
    assert scene.cloud_cover is not None and scene.cloud_cover < 10
    with rasterio.open(folder / "B04.tif") as source, rasterio.open(store.gdal_path(scene.data_key)) as data:
        assert data.transform == source.transform
        assert np.array_equal(data.read(3), source.read(1))


def test_naip_says_its_sensor_and_date_by_its_name(idle: Connection, store: ImageStore, test_data: Path) -> None:
    scene = catalogue.add(idle, store, test_data / "change" / "naip" / "m_4709963_se_14_1_20200831.tif", elsewhere=True)
    assert (scene.sensor, scene.elsewhere, scene.gsd) == ("naip", True, 5)
    assert scene.datetime.astimezone(UTC).date() == dt.date(2020, 8, 31)
    assert scene.common_names == ("red", "green", "blue", "nir")
    assert scene.notes == ()


def test_bands_that_nobody_names_are_asked_for(idle: Connection, store: ImageStore, test_data: Path) -> None:
    path = test_data / "change" / "landsat" / "Taizhou" / "2000TM.tif"
    when = moment("2000-03-17")
    with pytest.raises(Malformed) as refusal:
        catalogue.add(idle, store, path, when=when, elsewhere=True)
    assert refusal.value.slug == "bands-unknown"
    with pytest.raises(Malformed) as refusal:
        catalogue.add(idle, store, path, when=when, elsewhere=True, bands=("red", "green"))
    assert refusal.value.slug == "band-count"
    with pytest.raises(Malformed) as refusal:
        catalogue.add(idle, store, path, when=when, elsewhere=True, bands=("red", "red", "nir", "x", "blue", "green"))
    assert refusal.value.slug == "bad-band-names"
    with pytest.raises(Malformed) as refusal:
        catalogue.add(idle, store, path, when=when, elsewhere=True, sensor="sputnik")
    assert refusal.value.slug == "unknown-sensor"
    scene = catalogue.add(idle, store, path, when=when, elsewhere=True, sensor="landsat")
    assert scene.common_names == ("blue", "green", "red", "nir", "swir16", "swir22")


def test_descriptions_and_tags_of_a_file_are_believed(idle: Connection, store: ImageStore, tmp_path: Path) -> None:
    names = ("B4 - Red", "NIR", "B03")
    path = write_tif(
        tmp_path / "ảnh.tif", np.stack([ramp(40, 40)] * 3), descriptions=names, tags={"ACQUISITION_DATE": "2023-05-06"}
    )
    scene = catalogue.add(idle, store, path)
    assert scene.common_names == ("red", "nir", "green")
    assert scene.datetime.astimezone(UTC).date() == dt.date(2023, 5, 6)
    assert scene.visual_key is None  # no natural colours without blue
    assert scene.code == "anh-20230506"


def test_several_pictures_in_one_place_are_refused(idle: Connection, store: ImageStore, tmp_path: Path) -> None:
    for name in ("mot.tif", "hai.tif"):
        write_tif(tmp_path / "f" / name, ramp(10, 10)[np.newaxis])
    with pytest.raises(Malformed) as refusal:
        catalogue.add(idle, store, tmp_path / "f", when=moment("2020-01-01"))
    assert refusal.value.slug == "several-pictures"


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("ortho_2021-03-04", "2021-03-04"),
        ("20210304_x", "2021-03-04"),
        ("x_2021_03_04", "2021-03-04"),
        ("20210304_20210506", None),
        ("99999920210304", None),
        ("20211304", None),
        ("m2021.03.04", "2021-03-04"),
    ],
)
def test_a_name_with_one_day_says_the_date(name: str, day: str | None) -> None:
    found = day_in(name)
    assert (found and found.date().isoformat()) == day


def test_a_day_is_the_same_day_in_hanoi_and_in_utc() -> None:
    for text in ("2024-12-31", "20241231"):
        assert moment(text).date() == moment(text).astimezone(UTC).date() == dt.date(2024, 12, 31)
    assert moment("2024-02-03T10:00").utcoffset() == dt.timedelta(hours=7)
    with pytest.raises(Malformed):
        moment("3/2/2024")
