"""Simulated scenes: the truth that is told is what the pixels show."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.crs import CRS
from scipy import ndimage

from imagery.sample.simulate import FINE, INTO, City, Inserted, Land, Look, draw, insert, lay_out, write
from imagery.sample.spectra import BANDS, COVER, NUMBER, RICE_YEAR, rice_stage

BEFORE, SINCE, AFTER = (datetime(*day, 4, tzinfo=UTC) for day in ((2024, 3, 20), (2025, 9, 1), (2026, 3, 20)))
RED = BANDS.index("red")
LIKE = {"stubble": "soil", "concrete": "roof", "asphalt": "roof"}


@pytest.fixture
def city() -> City:
    """Twelve by ten fields of 30 m, a row each of rice, vegetables, houses and ponds in turn."""
    boxes = [
        shapely.box(600_000 + 30 * x, 2_320_000 + 30 * y, 600_030 + 30 * x, 2_320_030 + 30 * y)
        for y in range(10)
        for x in range(12)
    ]
    use = np.array([("LUC", "HNK", "ODT", "NTS")[(i // 12) % 4] for i in range(120)])
    return lay_out(Land(np.arange(1001, 1121), np.array(boxes), use), CRS.from_epsg(5897), 5.0, seed=3)


def of(city: City, one: Inserted) -> np.ndarray:
    position = int(np.flatnonzero(city.land.ids == one.parcel)[0]) + 1
    rows, cols = city.shape
    whole = (city.index == position).reshape(rows, FINE, cols, FINE).all(axis=(1, 3))
    return ndimage.binary_erosion(whole)


def test_the_same_city_is_drawn_alike_twice_and_otherwise_with_another_seed(city):
    again = lay_out(city.land, city.crs, city.gsd, seed=3)
    other = lay_out(city.land, city.crs, city.gsd, seed=4)
    np.testing.assert_array_equal(draw(city, BEFORE)[0], draw(again, BEFORE)[0])
    assert (draw(city, BEFORE)[0] != draw(other, BEFORE)[0]).mean() > 0.5


def test_without_insertions_houses_and_ponds_stay_what_they_were(city):
    before, after = draw(city, BEFORE)[0].astype(float), draw(city, AFTER)[0].astype(float)
    rows, cols = city.shape
    at = city.index.reshape(rows, FINE, cols, FINE)[:, 0, :, 0]
    still = np.isin(city.land.land_use, ("ODT", "NTS"))
    inside = np.isin(at, np.flatnonzero(still) + 1)
    assert np.abs(np.median(after[:, inside] / before[:, inside], axis=1) - 1).max() < 0.02


def test_every_insertion_is_of_the_size_it_says_and_looks_like_what_it_became(city):
    clean = draw(city, AFTER)[0]
    done = insert(city, 20, SINCE)
    assert len({one.parcel for one in done}) == 20
    changed = draw(city, AFTER)[0]
    mask = np.zeros(city.index.shape, bool)
    for each in city.changed.values():
        mask |= each
    assert mask.sum() * (city.gsd / FINE) ** 2 == pytest.approx(sum(one.area_m2 for one in done))
    for one in done:
        inside = of(city, one) & ndimage.binary_erosion(mask[::FINE, ::FINE], iterations=1)
        if one.area_m2 < 600 or inside.sum() < 4:
            continue
        found = changed[:, inside].mean(axis=1) / 10_000
        nearest = min(
            COVER, key=lambda name: float(np.std(np.log(found / np.array(COVER[name]))))
        )  # whatever its brightness
        assert LIKE.get(nearest, nearest) == INTO[one.transition], (one, found)
    untouched = ~ndimage.binary_dilation(mask.reshape(*_pairs(city)).any(axis=(1, 3)), iterations=4)
    np.testing.assert_array_equal(clean[:, untouched], changed[:, untouched])


def _pairs(city: City) -> tuple[int, int, int, int]:
    rows, cols = city.shape
    return rows, FINE, cols, FINE


def test_a_change_is_not_seen_before_its_day(city):
    clean = draw(city, BEFORE)[0]
    insert(city, 20, SINCE)
    np.testing.assert_array_equal(clean, draw(city, BEFORE)[0])


def test_more_changes_than_there_is_open_land_are_refused(city):
    with pytest.raises(ValueError, match="only 96 parcels"):
        insert(city, 500, SINCE)


def test_shift_gain_and_clouds_are_those_that_were_asked_for(city):
    plain = draw(city, BEFORE, Look(noise=0))[0][RED].astype(float)
    bright = draw(city, BEFORE, Look(gain=1.2, offset=0.01, noise=0))[0][RED].astype(float)
    np.testing.assert_allclose(bright, 1.2 * plain + 100, atol=1.5)
    moved = draw(city, BEFORE, Look(shift=(3, -2), noise=0))[0][RED].astype(float)
    far = np.corrcoef(plain.ravel(), moved.ravel())[0, 1]
    back = np.corrcoef(plain[8:-8, 8:-8].ravel(), np.roll(moved, (-3, 2), (0, 1))[8:-8, 8:-8].ravel())[0, 1]
    assert back > 0.95 > far
    seen, mask = draw(city, BEFORE, Look(clouds=0.1))
    assert (mask == 2).mean() == pytest.approx(0.1, abs=0.01)
    assert seen[RED][mask == 2].min() > 4_000


def test_rice_follows_its_year():
    assert [rice_stage(day) for day in (10, 40, 100, 140, 160, 180, 230, 270, 330)] == [
        *(stage for _, stage in RICE_YEAR),
        "stubble",
    ]
    assert all(stage in NUMBER for _, stage in RICE_YEAR)


def test_a_written_scene_says_its_bands_its_date_and_that_it_is_simulated(city, tmp_path: Path):
    write(city, tmp_path / "a.tif", BEFORE)
    with rasterio.open(tmp_path / "a.tif") as file:
        assert file.descriptions == BANDS
        assert file.tags()["SIMULATED"] == "yes"
        assert file.tags()["TIFFTAG_DATETIME"] == "2024:03:20 04:00:00"
        assert file.crs.to_epsg() == 5897
        np.testing.assert_array_equal(file.read(), draw(city, BEFORE)[0])
