"""Regions of a whole scene from strips, and what parcels are told: each against an independent count."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from rasterio.features import rasterize
from scipy import ndimage

from imagery.runs import parcels as judging
from imagery.runs import polygons
from imagery.runs.grid import Grid, Window
from imagery.runs.leads import Cutter
from imagery.runs.parcels import CHANGED, NOT_OBSERVED, SPILT, Layers, Parcels, inwards, observe

relaxed = settings(max_examples=25, deadline=None)
GRID = Grid(32648, (10.0, 0.0, 500_000.0, 0.0, -10.0, 2_300_000.0), 90, 70)


def reader(values: NDArray[np.generic]):  # type: ignore[no-untyped-def]
    return lambda w: values[w.row : w.row + w.rows, w.col : w.col + w.cols]


def random_classes(seed: int, sigma: float) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    z = ndimage.gaussian_filter(rng.standard_normal((GRID.height, GRID.width)), sigma)
    z /= z.std()
    classes = (z > 0.8).astype(np.uint8) + (z > 1.8)
    classes[rng.random(classes.shape) < 0.01] = NOT_OBSERVED
    return classes.astype(np.uint8)


def kept_at_once(classes: NDArray[np.uint8], least: int) -> NDArray[np.bool_]:
    """The same decision on the whole raster at once."""
    labels, count = ndimage.label((classes == 1) | (classes == 2), np.ones((3, 3)))
    keep = np.zeros(count + 1, bool)
    for label in range(1, count + 1):
        keep[label] = (labels == label).sum() >= least and (classes[labels == label] == 2).any()
    return keep[labels]


@relaxed
@given(st.integers(0, 10_000), st.sampled_from([0.5, 1.5, 4.0]), st.integers(1, 30), st.sampled_from([1, 2, 7, 64]))
def test_regions_do_not_depend_on_the_strips(seed: int, sigma: float, least: int, rows: int) -> None:
    classes = random_classes(seed, sigma)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(polygons, "STRIP_PIXELS", rows * GRID.width)
        found = polygons.regions(reader(classes), GRID, least)
    drawn = np.zeros(classes.shape, int)
    for window, pixels in found.windows():
        mask = polygons.mask_of(reader(classes), window, pixels)
        assert mask.sum() == pixels
        drawn[window.row : window.row + window.rows, window.col : window.col + window.cols] += mask
    assert (drawn == kept_at_once(classes, least)).all()


@relaxed
@given(st.integers(0, 10_000))
def test_an_outline_is_valid_and_stays_within_half_a_pixel(seed: int) -> None:
    classes = random_classes(seed, 2.0)
    for window, pixels in polygons.regions(reader(classes), GRID, 6).windows():
        mask = polygons.mask_of(reader(classes), window, pixels)
        outline = polygons.polygon_of(mask, window, GRID)
        west, _, _, north = GRID.bounds(window)
        rows, cols = np.nonzero(mask)
        exact = shapely.union_all(
            shapely.box(west + 10.0 * cols, north - 10.0 * rows - 10, west + 10.0 * cols + 10, north - 10.0 * rows)
        )
        assert outline.is_valid and shapely.hausdorff_distance(outline, exact) <= 5.0 + 1e-6
        assert outline.area == pytest.approx(exact.area, rel=0.15)


# ---- parcels -------------------------------------------------------------------------------------------------------------


def as_parcels(shapes: list[shapely.Polygon]) -> Parcels:
    texts = np.full(len(shapes), "x", object)
    array = np.array(shapes, object)
    return Parcels(np.arange(len(shapes)) + 1, texts, texts, texts, shapely.area(array), array)


def layers_of(codes: NDArray[np.uint8], probability: NDArray[np.float32]) -> Layers:
    return Layers(reader(codes), reader(probability))


@relaxed
@given(st.integers(0, 10_000))
def test_coverage_is_weighed_like_a_raster_of_a_hundred_times_the_pixels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = np.where(rng.random((70, 90)) < 0.3, CHANGED, 0).astype(np.uint8)
    codes[rng.random(codes.shape) < 0.1] = NOT_OBSERVED
    x, y = 500_000 + rng.uniform(100, 700), 2_299_400 + rng.uniform(0, 400)
    shape = shapely.affinity.rotate(
        shapely.box(x, y, x + rng.uniform(40, 120), y + rng.uniform(40, 120)), rng.uniform(0, 90)
    )
    seen = observe(as_parcels([shape]), np.array([shape], object), layers_of(codes, codes.astype(np.float32)), GRID)
    fine = rasterize([shape], out_shape=(700, 900), transform=GRID.affine @ GRID.affine.scale(0.1)).astype(bool)
    large = np.kron(codes, np.ones((10, 10), np.uint8))
    assert seen.changed_m2[0] == pytest.approx((fine & (large == CHANGED)).sum(), rel=0.03, abs=25)
    assert seen.observed_share[0] == pytest.approx((large[fine] != NOT_OBSERVED).mean(), abs=0.03)


def test_what_parcels_are_told() -> None:
    codes = np.zeros((70, 90), np.uint8)
    probability = np.full((70, 90), 0.1, np.float32)
    codes[0:3, 0:3] = CHANGED
    probability[0:3, 0:3] = 0.9
    codes[0:3, 10:13] = SPILT
    codes[0:3, 20:22] = NOT_OBSERVED
    codes[0:3, 30:33] = NOT_OBSERVED
    probability[codes == NOT_OBSERVED] = np.nan
    codes[0:1, 50:53] = CHANGED

    def at(col: float, side: float = 3) -> shapely.Polygon:
        return shapely.box(500_000 + 10 * col, 2_300_000 - 10 * side, 500_000 + 10 * (col + side), 2_300_000)

    cases = [
        at(0),
        at(10),
        at(20),
        at(30),
        at(40),
        at(0, 1.9),
        at(50),
        shapely.box(499_900, 2_299_970, 500_010, 2_300_000),
    ]
    parcels = as_parcels(cases)
    seen = observe(parcels, inwards(parcels, GRID, 0.0), layers_of(codes, probability), GRID)
    assert seen.states.tolist() == [
        "changed",
        "unchanged",  # the change is a neighbour's that was carried over
        "not_observed",  # only a third was seen
        "not_observed",
        "unchanged",
        "below_resolution",  # 3.6 pixels
        "unchanged",  # three pixels of change
        "not_observed",  # nearly all of it lies outside the scene
    ]
    assert seen.probability[0] == pytest.approx(0.9) and np.isnan(seen.probability[3]) and seen.changed_m2[0] == 900
    narrow = inwards(parcels, GRID, 0.5)
    assert (
        shapely.area(narrow)[0] == pytest.approx(400)
        and observe(parcels, narrow, layers_of(codes, probability), GRID).changed_m2[0] == 400
    )


def test_a_parcel_wider_than_a_window_is_judged_by_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = np.zeros((70, 90), np.uint8)
    codes[10:12, 5:60] = CHANGED
    probability = np.where(codes == CHANGED, np.float32(0.8), np.float32(0.2))
    river = as_parcels([shapely.box(500_000, 2_299_870, 500_900, 2_299_900)])
    whole = observe(river, river.shapes, layers_of(codes, probability), GRID)
    monkeypatch.setattr(judging, "WIDEST", 40)
    parts = observe(river, river.shapes, layers_of(codes, probability), GRID)
    assert (parts.changed_m2 == whole.changed_m2).all() and (parts.observed_share == whole.observed_share).all()
    assert parts.states.tolist() == whole.states.tolist() == ["changed"]


def test_a_region_is_cut_by_parcels_and_what_no_parcel_answers_for_is_left() -> None:
    region = shapely.MultiPolygon([shapely.box(500_000, 2_299_900, 500_100, 2_300_000)])
    fields = [shapely.box(500_000, 2_299_900, 500_040, 2_300_000), shapely.box(500_040, 2_299_900, 500_060, 2_300_000)]
    small = shapely.box(500_060, 2_299_990, 500_070, 2_300_000)
    parcels = as_parcels([*fields, small])
    seen = judging.Observations(
        np.array(["changed", "unchanged", "below_resolution"], object),
        np.ones(3, np.float32),
        np.ones(3, np.float32),
        np.ones(3, np.float32),
    )
    for only, area in ((False, 4000), (True, 100)):
        cutter = Cutter(np.array([region], object), 50.0, only_parcels=only)
        cutter.add(parcels, parcels.shapes, seen)
        own, left = cutter.finish()
        assert own.parcel_id == 1 and own.shape.area == 4000 and own.small == 0
        assert left.parcel_id is None and left.shape.area == area and left.small == 1


def test_blocks_are_counted_by_windows_that_touch() -> None:
    assert GRID.covering(500_005, 2_299_995, 500_015, 2_300_005) == Window(0, 0, 1, 2)
    assert GRID.covering(400_000, 2_299_995, 400_015, 2_300_005) is None
