"""MAD, invariants, gain and offset: against the textbook's eigenvalues, against a known change of the sensor, and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg

from imagery.change.radiometry import canonical, relate
from layers.errors import Malformed
from tests.imagery.change.pairs import ground

GAIN, OFFSET = np.array([1.2, 0.8, 1.05, 0.6]), np.array([-300, 150, 20, 500])


def pixels(seed: int) -> np.ndarray:
    return ground(200, 200, seed).reshape(4, -1)


def test_canonical_correlations_are_those_of_the_textbook() -> None:
    one = pixels(1).astype(float)
    two = 0.7 * one + 0.3 * pixels(2) + np.random.default_rng(3).normal(0, 50, one.shape)
    found = canonical(one, two, np.ones(one.shape[1]))
    covariance = np.cov(np.vstack([one, two]))
    left, right, cross = covariance[:4, :4], covariance[4:, 4:], covariance[:4, 4:]
    squared = linalg.eigh(cross @ np.linalg.solve(right, cross.T), left, eigvals_only=True)
    assert np.allclose(found.correlation, np.sqrt(squared[::-1]), atol=1e-4)
    first = found.before.T @ (one - found.before_centre[:, None])
    second = found.after.T @ (two - found.after_centre[:, None])
    assert np.allclose(first.std(axis=1), 1, atol=1e-4) and np.allclose(second.std(axis=1), 1, atol=1e-4)
    assert np.allclose((first * second).mean(axis=1), found.correlation, atol=1e-4)


def test_gain_and_offset_are_recovered_although_a_tenth_of_the_scene_changed() -> None:
    before = pixels(4)
    clean = (before - OFFSET[:, None]) / GAIN[:, None]
    after = clean + np.random.default_rng(5).normal(0, 8, clean.shape)
    after[:, : after.shape[1] // 10] = pixels(6)[:, : after.shape[1] // 10]
    found = relate(before, after.astype(np.float32))
    assert np.allclose(found.gain, GAIN, rtol=0.02)
    assert np.abs(found.gain[:, None] * clean + found.offset[:, None] - before).max() < 0.1 * before.std()
    assert (found.r > 0.99).all() and 0.2 < found.share < 1


def test_swapping_the_dates_inverts_gain_and_offset() -> None:
    before = pixels(7)
    after = (0.8 * before + np.random.default_rng(8).normal(0, 100, before.shape)).astype(np.float32)
    there, back = relate(before, after), relate(after, before)
    assert np.allclose(there.gain * back.gain, 1, rtol=1e-6)
    assert np.allclose(there.offset, -there.gain * back.offset, rtol=1e-5)
    assert np.allclose(there.r, back.r) and there.share == pytest.approx(back.share, abs=1e-3)


def test_identical_dates_are_all_invariant() -> None:
    found = relate(pixels(9), pixels(9))
    assert found.share == 1
    assert np.allclose(found.gain, 1) and np.allclose(found.offset, 0, atol=1e-6)


def test_dates_of_different_places_are_refused_in_both_languages() -> None:
    with pytest.raises(Malformed) as refusal:
        relate(pixels(10), pixels(11))
    assert refusal.value.slug == "no-invariants"
    assert "không biến động" in refusal.value.detail_vi and refusal.value.extras["share"] == 0


def test_too_few_pixels_are_refused() -> None:
    with pytest.raises(Malformed) as refusal:
        relate(pixels(12)[:, :20], pixels(12)[:, :20])
    assert refusal.value.slug == "too-little-observed"


def test_constant_and_duplicate_bands_do_no_harm() -> None:
    before = np.vstack([pixels(13), pixels(13)[:1], np.full((1, 40_000), 9, np.float32)])
    after = before * 1.1 + 10
    after[-1] = 9
    found = relate(before, after)
    assert np.isfinite(found.gain).all() and np.isfinite(found.mad.before).all()
    assert found.gain[-1] == 1 and np.allclose(found.gain[:5], 1 / 1.1, rtol=1e-5)
