"""Scores of a pair: what they may and may not depend on."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from imagery.change import decision, scores
from imagery.change.pair import HALO, MARGIN, STEP, PairModel, Sample, Scores, fit, sample_of, score, windows_of
from imagery.change.smoothing import Smoother, reach
from tests.imagery.change.pairs import Pair, ground, judged, regions

ROWS, COLS = 300, 260
NAMES = ("blue", "green", "red", "nir")
BUILT = np.s_[120:140, 90:115]
FIELDS = ("change", "z", "magnitude", "length", "probability")


def scene(seed: int = 1) -> Pair:
    """Two dates with season, noise, a hole without data and one block of building."""
    before, random = ground(ROWS, COLS, seed), np.random.default_rng(seed + 100)
    after = 0.9 * before + 50 + random.normal(0, 40, before.shape)
    truth = np.zeros((ROWS, COLS), bool)
    truth[BUILT] = True
    after[:, truth] = 2600 + random.normal(0, 500, (4, truth.sum()))
    seen = np.ones((ROWS, COLS), bool)
    seen[40:70, 200:240] = False
    return Pair("", NAMES, before, after.astype(np.float32), seen, truth, seen)


def same(one: Scores, two: Scores, tolerance: float) -> None:
    for name in FIELDS:
        first, second = getattr(one, name), getattr(two, name)
        assert np.array_equal(np.isnan(first), np.isnan(second)), name
        scale = 1 + np.nan_to_num(np.abs(first))
        assert np.nanmax(np.abs(first - second) / scale) < tolerance, name


def test_building_is_found_and_little_else() -> None:
    pair = scene()
    _, found = judged(pair)
    kept = regions(found)
    assert kept[BUILT].mean() > 0.9
    assert kept[~ndimage.binary_dilation(pair.truth, iterations=5)].mean() < 0.001
    assert found.probability[130, 100] > 0.9 and np.nanmedian(found.probability) < 0.1


@pytest.mark.parametrize("names", [("gray",), ("red", "green", "blue"), ("blue", "green", "red", "nir")])
def test_any_number_of_bands_will_do(names: tuple[str, ...]) -> None:
    pair = scene()
    count = len(names)
    _, found = judged(replace(pair, names=names, before=pair.before[:count], after=pair.after[:count]))
    assert np.nanmean(found.change[BUILT]) > 3 * np.nanmedian(found.change)


def test_gain_and_offset_of_either_date_change_nothing() -> None:
    pair = scene()
    gain = np.array([1.7, 0.02, 0.5, 30], np.float32)[:, None, None]
    offset = np.array([-1000, 3, 0, 1e4], np.float32)[:, None, None]
    same(judged(pair)[1], judged(replace(pair, after=gain * pair.after + offset))[1], 2e-3)
    same(judged(pair)[1], judged(replace(pair, before=gain * pair.before + offset))[1], 2e-3)


def test_swapping_the_dates_changes_nothing() -> None:
    pair = scene()
    same(judged(pair)[1], judged(replace(pair, before=pair.after, after=pair.before))[1], 2e-3)


@pytest.mark.parametrize("tile", [38, 100, 128, 256])
def test_scores_do_not_depend_on_the_tiles_when_the_halo_is_brought_along(tile: int) -> None:
    pair = scene()
    model, whole = judged(pair)
    parts = {field: np.full((ROWS, COLS), -1, np.float32) for field in FIELDS}
    for top in range(0, ROWS, tile):
        for left in range(0, COLS, tile):
            low, start = max(0, top - HALO), max(0, left - HALO)
            cut = np.s_[low : top + tile + HALO, start : left + tile + HALO]
            found = score(pair.before[:, *cut], pair.after[:, *cut], pair.valid[cut], model)
            for name, field in parts.items():
                inner = getattr(found, name)[top - low : top - low + tile, left - start : left - start + tile]
                field[top : top + tile, left : left + tile] = inner
    same(whole, Scores(**parts), 1e-4)


def test_scores_do_not_depend_on_the_blocks_they_are_made_in(monkeypatch: pytest.MonkeyPatch) -> None:
    model, whole = judged(scene())
    monkeypatch.setattr("imagery.change.pair.BLOCK", 50)
    again, parts = judged(scene())
    assert again.scale == pytest.approx(model.scale, rel=1e-4)
    same(whole, parts, 1e-3)


def test_nothing_looks_further_than_the_halo() -> None:
    assert scores.REACH <= MARGIN < HALO and reach(scores.MAGNITUDE_SIGMA) < HALO
    assert reach(scores.FINE) < reach(scores.COARSE)


def test_identical_dates_have_nothing_changed() -> None:
    pair = scene()
    _, found = judged(replace(pair, after=pair.before))
    assert not decision.classes(found).any()
    assert np.nanmax(found.magnitude) == 0 and np.nanmax(np.abs(found.z)) < 1 and np.nanmax(found.probability) < 0.05


def test_unobserved_pixels_are_never_changed_and_what_they_hold_does_not_matter() -> None:
    pair = scene()
    spoiled = replace(pair, before=pair.before.copy(), after=pair.after.copy())
    spoiled.before[:, ~pair.valid], spoiled.after[:, ~pair.valid] = np.nan, 1e9
    one, two = judged(pair)[1], judged(spoiled)[1]
    same(one, two, 1e-6)
    assert np.isnan(one.change[~pair.valid]).all() and not decision.classes(one)[~pair.valid].any()
    assert np.isfinite(one.change[pair.valid]).all()


def test_fitting_and_scoring_twice_gives_the_same_bits() -> None:
    pair = scene()
    (first, one), (second, two) = judged(pair), judged(pair)
    assert first == second
    assert np.array_equal(one.change, two.change, equal_nan=True)


def test_model_survives_json_to_the_last_bit() -> None:
    model, _ = judged(scene())
    again = PairModel.from_dict(json.loads(json.dumps(model.to_dict())))
    assert again == model
    assert {field.name for field in fields(PairModel)} == model.to_dict().keys()


def test_sample_without_windows_is_enough_and_more_cautious() -> None:
    pair = scene()
    sample = sample_of(pair.before, pair.after, pair.valid)
    thin = fit(Sample(sample.before, sample.after, sample.valid), NAMES)
    full = fit(sample, NAMES)
    assert thin.gain == full.gain and thin.mad_before == full.mad_before
    assert thin.scale > 0 and np.isfinite(thin.weak)


def test_windows_lie_within_the_pair_and_bring_their_halo() -> None:
    for rows, cols in ((100, 2000), (384, 383), (5000, 700), (7, 9)):
        windows = windows_of(rows, cols)
        assert 1 <= len(windows) <= 16
        for down, across, (top, left, bottom, right) in windows:
            assert 0 <= down.start < down.stop <= rows and 0 <= across.start < across.stop <= cols
            assert top in (0, HALO, down.start) or down.start == 0
            assert 0 <= top < bottom <= down.stop - down.start and 0 <= left < right <= across.stop - across.start
            assert down.start == 0 or top == HALO
            assert across.stop == cols or across.stop - across.start - right == HALO
    sample = sample_of(ground(50, 43, 1), ground(50, 43, 2), np.ones((50, 43), bool))
    assert sample.valid.shape == (-(-50 // STEP), -(-43 // STEP))


@pytest.mark.parametrize("sigma", [1.0, 2.5, 5.0])
def test_smoothing_is_the_mean_over_what_was_observed(sigma: float) -> None:
    random = np.random.default_rng(5)
    field, seen = random.normal(size=(60, 75)).astype(np.float32), random.random((60, 75)) > 0.3
    seen[:25, :40] = False
    weight = ndimage.gaussian_filter(seen.astype(float), sigma, mode="constant", truncate=3)
    wanted = ndimage.gaussian_filter(np.where(seen, field, 0).astype(float), sigma, mode="constant", truncate=3)
    wanted = np.where(weight > 1e-6, wanted / np.maximum(weight, 1e-9), 0)
    assert np.allclose(Smoother(seen)(field, sigma), wanted, atol=1e-4)
    assert np.allclose(Smoother(np.ones_like(seen))(np.full_like(field, 7), sigma), 7, atol=1e-5)


def test_even_surfaces_have_the_same_pattern_and_inverted_ones_the_opposite() -> None:
    seen, pattern = np.ones((50, 50), bool), 3 * np.random.default_rng(6).normal(size=(1, 50, 50)).astype(np.float32)
    flat = np.zeros((1, 50, 50), np.float32)
    smoother = Smoother(seen)
    assert np.allclose(scores.restructured(flat, flat + 3, smoother), 0, atol=1e-3)
    assert np.allclose(scores.restructured(pattern, pattern + 3, smoother), 0, atol=1e-2)
    assert scores.restructured(pattern, -pattern, smoother).mean() > 1.9


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (5, 4), (90, 81)])
def test_structure_is_that_of_ssim_at_both_scales(shape: tuple[int, int]) -> None:
    """Written out with scipy, both scales at every pixel."""
    random = np.random.default_rng(8)
    before, after = (
        ndimage.gaussian_filter(random.normal(size=(2, *shape)), (0, 2, 2)).astype(np.float32) * 5 for _ in range(2)
    )
    seen = random.random(shape) > 0.1
    before[:, ~seen], after[:, ~seen] = 0, 0

    def mean(field: NDArray[np.floating], sigma: float) -> NDArray[np.floating]:
        weight = ndimage.gaussian_filter(seen.astype(float), sigma, mode="constant", truncate=3)
        total = ndimage.gaussian_filter(field.astype(float), sigma, mode="constant", truncate=3)
        return np.where(weight > 1e-6, total / np.maximum(weight, 1e-9), 0)

    wanted = np.ones(shape)
    for sigma in (scores.FINE, scores.COARSE):
        alike = []
        for one, two in zip(before, after, strict=True):
            first, second = mean(one, sigma), mean(two, sigma)
            energy = [np.maximum(mean(z * z, sigma) - m * m, 0) for z, m in ((one, first), (two, second))]
            cross = mean(one * two, sigma) - first * second
            alike.append((cross + 0.1) / (np.sqrt(energy[0] * energy[1]) + 0.1))
        wanted *= np.maximum(1 - np.mean(alike, axis=0), 0)
    apart = np.abs(scores.restructured(before, after, Smoother(seen)) - np.sqrt(wanted))
    assert apart.max() < 0.06 and apart.mean() < 0.02


def test_what_is_green_on_both_dates_counts_less_than_what_turned_green() -> None:
    smoother = Smoother(np.ones((20, 20), bool))
    bare, green = np.zeros((2, 2, 20, 20), np.float32)
    green[1] = 3
    both = scores.not_green(green, green, ("red", "nir"), smoother)
    once = scores.not_green(bare, green, ("red", "nir"), smoother)
    assert both.max() < 0.05 and np.allclose(once, 0.5)
    assert np.array_equal(scores.not_green(green, green, ("red", "green"), smoother), np.ones((20, 20)))
