"""Pasted changes: known to the pixel, inside their regions, as frequent as asked; decoys are not labelled; the same seed gives the same pair."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio

from imagery.change import indices
from imagery.learning import shipping
from imagery.learning.pairs import LabelledPair
from imagery.learning.simulated import Recipe, fields, paste

STILL = Recipe(seasonal=0, clouds=0, gain=0, offset=0, noise=0, shift=0)
BANDS = ("blue", "green", "red", "nir")


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    return shipping.labelled(BANDS, 55, side=150).before


def test_regions_cover_everything_and_are_of_the_size_asked() -> None:
    regions = fields((150, 200), 60, 3)
    assert regions.shape == (150, 200) and regions.min() >= 1
    sizes = np.bincount(regions.ravel())[1:]
    assert 40 < sizes[sizes > 0].mean() < 90


@pytest.mark.parametrize("kind", ["built", "bare", "water"])
def test_each_kind_of_change_looks_like_itself_and_nothing_else_moves(image: np.ndarray, kind: str) -> None:
    regions = fields(image.shape[1:], 80, 1)
    pair = paste(image, BANDS, regions, 4, replace(STILL, share=0.1, **{"built": 0, "bare": 0, "water": 0} | {kind: 1}))
    away = pair.known & ~pair.truth
    np.testing.assert_allclose(pair.after[:, away], pair.before[:, away], rtol=2e-2)
    after = dict(zip(BANDS, pair.after, strict=True))
    if kind == "water":
        assert np.median(indices.ndwi(after)[pair.truth]) > 0
    else:
        assert np.median(indices.ndvi(after)[pair.truth]) < 0.4


def test_changes_stay_in_their_regions_and_their_number_is_the_share_asked_for(image: np.ndarray) -> None:
    regions = fields(image.shape[1:], 80, 1)
    regions[:, :20] = 0
    pair = paste(image, BANDS, regions, 4, Recipe(share=0.05))
    touched = np.unique(regions[pair.truth])
    assert 0 not in touched
    assert len(touched) == round(0.05 * len(np.unique(regions[regions > 0])))
    for region in touched:
        assert pair.truth[regions == region].mean() >= 0.35


def test_decoys_change_much_of_the_picture_and_are_no_change(image: np.ndarray) -> None:
    pair = paste(image, BANDS, fields(image.shape[1:], 80, 1), 9, Recipe(share=0.02, seasonal=0.7, clouds=0.1))
    moved = np.abs(pair.after - pair.before).mean(axis=0) > 0.15 * pair.before.mean()
    assert moved[~pair.truth].mean() > 0.1
    assert pair.truth.mean() < 0.05


def test_what_the_image_does_not_show_is_not_observed(image: np.ndarray) -> None:
    dark = image.copy()
    dark[:, 40:60] = np.nan
    pair = paste(dark, BANDS, fields(image.shape[1:], 80, 1), 2)
    assert not pair.valid[40:60].any() and pair.valid[:40].all() and not pair.truth[40:60].any()
    assert np.isfinite(pair.after).all()


def test_the_same_seed_gives_the_same_pair() -> None:
    def same(one: LabelledPair, two: LabelledPair) -> bool:
        return bool((one.after == two.after).all() and (one.truth == two.truth).all())

    first = shipping.labelled(BANDS, 7, side=90)
    assert same(first, shipping.labelled(BANDS, 7, side=90))
    assert not same(first, shipping.labelled(BANDS, 8, side=90))


def test_changes_are_pasted_into_a_real_orthophoto(test_data: Path) -> None:
    with rasterio.open(test_data / "change" / "naip" / "m_4709963_se_14_1_20100629.tif") as file:
        image = file.read(window=((0, 200), (0, 200))).astype(np.float32)
    pair = paste(image, ("red", "green", "blue", "nir"), fields((200, 200), 60, 1), 3)
    assert pair.truth.any() and np.isfinite(pair.after).all()
