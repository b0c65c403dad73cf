"""The pinned operation VN-2000 → WGS84 against published vectors, the database against PROJ, and what is refused."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import psycopg
import pytest
import shapely
from pyproj import Transformer

from layers.crs import (
    EPSG_6960,
    FabricCrs,
    central_meridians,
    mm_from_metres,
    polygon_from_rings,
    rings_from_polygon,
    srid_of_province,
)
from layers.errors import Malformed
from layers.fabric.load import load_faces
from tests.layers.fabric.fabrics import grid_batch

VN = FabricCrs(5897)
VECTORS = [
    (588000.00, 2325500.00, 21.020893687, 105.848462363),
    (536000.00, 2333000.00, 21.090399042, 105.348381385),
    (586500.00, 2351000.00, 21.251277767, 105.835322917),
    (592300.00, 2292700.00, 20.724432058, 105.888082895),
]


@pytest.mark.parametrize(("east", "north", "lat", "lon"), VECTORS)
def test_published_vectors(east: float, north: float, lat: float, lon: float) -> None:
    assert VN.to_wgs84(east, north) == pytest.approx((lon, lat), abs=1e-8)
    assert VN.lonlat((round(east * 1000), round(north * 1000))) == pytest.approx((lon, lat), abs=1e-8)
    assert math.dist(VN.mm_from_lonlat(lon, lat), (east * 1000, north * 1000)) < 2


def test_grid_over_hanoi(test_data: Path) -> None:
    with (test_data / "reference" / "vn2000_hanoi_grid_computed.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    names = ("E_5897", "N_5897", "lon_CF_EPSG6960", "lat_CF_EPSG6960", "lon_PV")
    east, north, lon, lat, wrong = (np.array([float(row[name]) for row in rows]) for name in names)
    assert len(rows) > 50
    found_lon, found_lat = VN.to_wgs84(east, north)
    assert np.abs(found_lon - lon).max() < 1e-8 and np.abs(found_lat - lat).max() < 1e-8
    assert np.abs(found_lon - wrong).min() > 1e-6, "rotations with the other sign would be 0.7 m off"
    back = VN.from_wgs84(lon, lat)
    assert max(np.abs(back[0] - east).max(), np.abs(back[1] - north).max()) < 0.002


@pytest.mark.parametrize(("srid", "origin"), [(5897, (585_000.123, 2_325_000.457)), (2193, (1_748_000.0, 5_427_000.0))])
def test_the_database_projects_as_proj_does(database, srid: int, origin: tuple[float, float]) -> None:
    crs = FabricCrs(srid)
    with psycopg.connect(database(srid=srid), row_factory=psycopg.rows.dict_row) as conn:
        load_faces(conn, grid_batch(4, 4, x0=origin[0], y0=origin[1]), reason="lưới")
        rows = conn.execute(
            "SELECT ST_AsBinary(geom) AS plane, ST_AsBinary(geom_3857) AS web FROM fabric.parcel_version"
        ).fetchall()
    plane = shapely.get_coordinates(shapely.from_wkb([row["plane"] for row in rows]))
    web = shapely.get_coordinates(shapely.from_wkb([row["web"] for row in rows]))
    to_web = Transformer.from_crs(4326, 3857, always_xy=True)
    expected = np.column_stack(to_web.transform(*crs.to_wgs84(plane[:, 0], plane[:, 1])))
    assert len(web) == 80
    assert np.abs(web - expected).max() < 1e-4


def test_the_signs_are_those_of_the_decision() -> None:
    assert EPSG_6960[3:6] == (-0.00928836, 0.01975479, -0.00427372)
    assert "+towgs84=-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372," in VN.operation
    assert VN.is_vn2000 and VN.pinned_srid != 5897
    assert not FabricCrs(2193).is_vn2000 and FabricCrs(2193).pinned_srid == 2193


@pytest.mark.parametrize("srid", [4326, 4756, 3857 * 1000, 0, -1, 4978, 2263])
def test_what_is_not_a_plane_in_metres(srid: int) -> None:
    with pytest.raises(Malformed) as refused:
        FabricCrs(srid)
    assert refused.value.slug in ("not-a-plane", "unknown-srid")
    assert refused.value.detail_vi


@pytest.mark.parametrize(
    ("lon", "lat"),
    [(math.nan, 21), (105, math.nan), (math.inf, 21), (105, -math.inf), (181, 21), (105, 90.1), (1e300, 0)],
)
def test_no_such_place_on_earth(lon: float, lat: float) -> None:
    with pytest.raises(Malformed):
        VN.mm_from_lonlat(lon, lat)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300, 2**34 / 1000 + 1, -18e6])
def test_numbers_beyond_the_plane(value: float) -> None:
    for x, y in ((value, 0.0), (0.0, value)):
        with pytest.raises(Malformed):
            mm_from_metres(x, y)


def test_polygons_round_trip_through_millimetres() -> None:
    rings = (
        ((0, 0), (30_001, 0), (30_000, 29_999), (0, 30_000)),
        ((10_000, 10_000), (10_000, 20_000), (20_000, 20_000)),
    )
    assert rings_from_polygon(polygon_from_rings(rings)) == rings
    moved = tuple(tuple((x + 585_000_000, y + 2_325_000_000) for x, y in ring) for ring in rings)
    assert rings_from_polygon(polygon_from_rings(moved)) == moved


def test_hanoi_uses_its_own_meridian() -> None:
    assert srid_of_province("Hà Nội") == 5897
    assert srid_of_province("Hải Phòng") == 9210


@pytest.mark.parametrize("province", central_meridians())
def test_every_province_has_a_plane_on_its_meridian(province: str) -> None:
    crs = FabricCrs(srid_of_province(province))
    lon, _ = crs.to_wgs84(500_000, 2_000_000)
    assert crs.is_vn2000
    assert lon == pytest.approx(central_meridians()[province], abs=0.003), "the false easting lies on the meridian"


def test_there_are_34_provinces() -> None:
    assert len(central_meridians()) == 34


def test_a_meridian_without_zone_is_refused_clearly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("layers.crs.central_meridians", lambda: {"Nơi khác": 99.5})
    with pytest.raises(Malformed) as refused:
        srid_of_province("Nơi khác")
    assert refused.value.slug == "no-zone" and "99.5" in refused.value.detail and "Nơi khác" in refused.value.detail_vi


@pytest.mark.parametrize("name", ["", "Hanoi", "Hà Tây", "Hà Nội\x00"])
def test_what_is_no_province(name: str) -> None:
    with pytest.raises(Malformed) as refused:
        srid_of_province(name)
    assert refused.value.slug == "unknown-province"
