"""The sample city: a perfect partition, the same for the same seed, and looking like what it claims to be."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import Malformed
from layers.fabric.load import ATTRIBUTES, FaceBatch
from layers.fabric.segments import open_segments
from layers.sample.generate import generate, plan, stream
from layers.sample.numbering import number_parcels
from layers.sample.territory import unit_places


def check(batch: FaceBatch) -> None:
    """Whole millimetres, valid, counter-clockwise, and only simple outer rings left open."""
    coords = shapely.get_coordinates(batch.geometry)
    assert (coords == np.round(coords * 1000) / 1000.0).all()
    assert shapely.is_valid(batch.geometry).all()
    assert shapely.is_ccw(shapely.get_exterior_ring(batch.geometry)).all()
    left = open_segments(batch.geometry)
    assert (left.count == 1).all()
    lines = shapely.linestrings(np.stack([left.start, left.end], axis=1) / 1000.0)
    outer = shapely.get_parts(shapely.polygonize(lines))
    assert shapely.get_num_interior_rings(outer).sum() == 0
    assert outer.size == 1
    assert shapely.area(outer).sum() == pytest.approx(shapely.area(batch.geometry).sum(), rel=1e-12)
    assert list(batch.attributes.columns) == list(ATTRIBUTES)
    assert len(batch.attributes) == len(batch.geometry)


@pytest.fixture(scope="module")
def city() -> FaceBatch:
    return generate(3, 12_000, 1)


def test_a_perfect_partition(city: FaceBatch) -> None:
    check(city)
    assert shapely.coverage_is_valid(city.geometry)


def test_about_as_many_faces_as_asked_for(city: FaceBatch) -> None:
    assert abs(len(city.geometry) / 12_000 - 1) < 0.1


def test_same_seed_same_city_other_seed_other_city() -> None:
    one, two, other = (generate(2, 1500, seed) for seed in (3, 3, 4))
    assert shapely.equals_exact(one.geometry, two.geometry).all()
    pd.testing.assert_frame_equal(one.attributes, two.attributes)
    assert len(one.geometry) != len(other.geometry) or not shapely.equals_exact(one.geometry, other.geometry).all()


def test_processes_give_the_same_city() -> None:
    one, two = generate(2, 1200, 5, workers=1), generate(2, 1200, 5, workers=2)
    assert shapely.equals_exact(one.geometry, two.geometry).all()


def test_real_units_at_their_places(city: FaceBatch) -> None:
    places = {u.code: u for u in unit_places()}
    assert set(city.attributes["unit"]) == {"00145", "00301", "00577"}
    for code in set(city.attributes["unit"]):
        land = shapely.box(*shapely.total_bounds(city.geometry[(city.attributes["unit"] == code).to_numpy()]))
        assert land.distance(shapely.Point(places[code].x, places[code].y)) < 50


def test_what_is_in_it(city: FaceBatch) -> None:
    a = city.attributes
    assert {"land", "road", "water"} == set(a["kind"])
    assert {"ODT", "ONT", "DGT", "LUC", "SON", "MNC", "DKV", "TMD", "DGD"} <= set(a["land_use"])
    urban = a["unit"].isin(["00145", "00301"])
    assert not (urban & (a["land_use"] == "ONT")).any()
    assert not (~urban & (a["land_use"] == "ODT")).any()
    assert set(a.loc[a["kind"] == "road", "land_use"]) == {"DGT"}
    roads = city.geometry[(a["kind"] != "land").to_numpy()]
    assert shapely.get_num_coordinates(roads).max() <= 500


def test_lots_are_tube_houses(city: FaceBatch) -> None:
    homes = city.geometry[(city.attributes["land_use"] == "ODT").to_numpy()]
    areas = shapely.area(homes)
    assert 50 < np.median(areas) < 130
    assert areas.min() > 8


def test_some_parks_have_a_lake_in_a_hole(city: FaceBatch) -> None:
    parks = city.geometry[(city.attributes["land_use"] == "DKV").to_numpy()]
    assert shapely.get_num_interior_rings(parks).sum() > 0


def test_official_area_is_rounded_and_seldom_different(city: FaceBatch) -> None:
    land = (city.attributes["kind"] == "land").to_numpy()
    official = city.attributes["official_area_m2"].to_numpy()[land]
    computed = shapely.area(city.geometry)[land]
    assert np.isfinite(official).all()
    assert np.allclose(official, np.round(official, 1))
    off = np.abs(official - computed) > 0.06
    assert 0.005 < off.mean() < 0.03
    assert city.attributes["official_area_m2"][~land].isna().all()


def test_numbers_are_unique_in_a_sheet(city: FaceBatch) -> None:
    assert not city.attributes.duplicated(["unit", "sheet", "number"]).any()


def test_numbers_zigzag_from_the_north_west() -> None:
    x = np.array([10, 200_000, 10, 200_000, 600_000], dtype=np.int64)
    y = np.array([499_000, 499_500, 445_000, 445_500, 499_000], dtype=np.int64)
    sheet, number = number_parcels(x, y, 500_000)
    assert sheet.tolist() == [1, 1, 1, 1, 2]
    assert number.tolist() == [1, 2, 4, 3, 1]


def test_streaming_is_the_same_city_in_pieces(city: FaceBatch) -> None:
    parts = [part.batch() for part in stream(3, 12_000, 1)]
    assert sum(len(p.geometry) for p in parts) == len(city.geometry)
    assert len(parts) == 3


def test_impossible_numbers() -> None:
    with pytest.raises(ValueError, match="units"):
        plan(0, 100, 1)
    with pytest.raises(ValueError, match="units"):
        plan(127, 100_000, 1)
    with pytest.raises(ValueError, match="faces"):
        plan(3, 10, 1)


@given(st.integers(0, 2**31), st.integers(1, 6), st.integers(400, 2500))
@settings(max_examples=12, deadline=None)
def test_any_seed_gives_a_partition(seed: int, units: int, faces: int) -> None:
    check(generate(units, faces, seed))


def test_blocks_from_a_file(test_data: Path) -> None:
    batch = generate(faces=17_000, seed=2, blocks=test_data / "osm" / "hanoi_blocks_14015_epsg5897.gpkg")
    assert len(batch.geometry) == pytest.approx(17_000, rel=0.05)
    assert shapely.is_valid(batch.geometry).all()
    assert (open_segments(batch.geometry).count == 1).all()
    assert batch.attributes["unit"].nunique() > 20
    roads = batch.geometry[(batch.attributes["kind"] == "road").to_numpy()]
    assert shapely.get_num_coordinates(roads).max() <= 500


def test_blocks_in_another_system_are_refused(tmp_path: Path) -> None:
    gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs=4326).to_file(tmp_path / "b.gpkg")
    with pytest.raises(Malformed, match="EPSG:5897"):
        generate(faces=100, seed=1, blocks=tmp_path / "b.gpkg")


@pytest.mark.parametrize(("units", "faces"), [(24, 1_000_000), (60, 5_000_000), (126, 2_000_000), (2, 400)])
def test_limits_never_cross_however_many_units(units: int, faces: int) -> None:
    plan(units, faces, 1)
