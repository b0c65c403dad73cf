"""Indices by their formula; the rule mask on painted scenes."""

from __future__ import annotations

import numpy as np
import pytest

from imagery.change import indices, masks
from imagery.change.pair import HALO

COVER = {  # reflectance of typical Sentinel-2 pixels: blue, green, red, nir, swir16
    "rice": (0.04, 0.08, 0.05, 0.38, 0.17),
    "soil": (0.10, 0.13, 0.17, 0.25, 0.32),
    "roof": (0.20, 0.22, 0.24, 0.28, 0.30),
    "lake": (0.06, 0.06, 0.04, 0.02, 0.01),
    "cloud": (0.55, 0.54, 0.53, 0.56, 0.42),
    "haze": (0.20, 0.19, 0.18, 0.40, 0.22),
    "shade": (0.05, 0.05, 0.04, 0.09, 0.06),
    "snow": (0.80, 0.82, 0.80, 0.70, 0.10),
}
NAMES = ("blue", "green", "red", "nir", "swir16")


def painted(cover: str, size: int = 120) -> dict[str, np.ndarray]:
    return {name: np.full((size, size), value, np.float32) for name, value in zip(NAMES, COVER[cover], strict=True)}


def paint(bands: dict[str, np.ndarray], where: tuple[slice, slice], cover: str) -> None:
    for name, value in zip(NAMES, COVER[cover], strict=True):
        bands[name][where] = value


def test_indices_follow_their_formulas() -> None:
    bands = {name: np.array([[value]], np.float32) for name, value in zip(NAMES, COVER["soil"], strict=True)}
    assert indices.ndvi(bands)[0, 0] == pytest.approx((0.25 - 0.17) / (0.25 + 0.17), abs=1e-6)
    assert indices.ndwi(bands)[0, 0] == pytest.approx((0.13 - 0.25) / (0.13 + 0.25), abs=1e-6)
    assert indices.ndbi(bands)[0, 0] == pytest.approx((0.32 - 0.25) / (0.32 + 0.25), abs=1e-6)
    assert indices.bsi(bands)[0, 0] == pytest.approx((0.49 - 0.35) / (0.49 + 0.35), abs=1e-6)


def test_indices_tell_the_covers_apart() -> None:
    value = {
        cover: {name: float(index(painted(cover, 1))[0, 0]) for name, (index, _) in indices.INDICES.items()}
        for cover in COVER
    }
    assert value["rice"]["ndvi"] > 0.7 > value["soil"]["ndvi"] > value["roof"]["ndvi"]
    assert value["lake"]["ndwi"] > 0.3 > value["roof"]["ndwi"] > value["rice"]["ndwi"]
    assert value["soil"]["bsi"] > 0.1 > value["rice"]["bsi"] and value["soil"]["ndbi"] > 0 > value["rice"]["ndbi"]


def test_index_is_undefined_where_nothing_shines_and_never_leaves_its_range() -> None:
    bands = {"nir": np.array([0, -1, 0.2, np.nan], np.float32), "red": np.array([0, -1, -0.1, 1], np.float32)}
    assert np.array_equal(np.isnan(indices.ndvi(bands)), [True, True, False, True])
    assert indices.ndvi(bands)[2] == 1


def test_available_indices_need_their_bands() -> None:
    assert indices.available(("red", "nir")) == ("ndvi",)
    assert indices.available(NAMES) == ("ndvi", "ndbi", "ndwi", "bsi")
    assert indices.available(("gray",)) == ()


@pytest.mark.parametrize(
    ("cover", "code"),
    [("rice", masks.CLEAR), ("soil", masks.CLEAR), ("roof", masks.CLEAR), ("lake", masks.WATER), ("snow", masks.SNOW)],
)
def test_plain_cover(cover: str, code: int) -> None:
    assert (masks.rule_mask(painted(cover), np.ones((120, 120), bool)) == code).all()


def test_cloud_has_a_rim_and_a_shadow_beside_it() -> None:
    bands = painted("rice")
    paint(bands, np.s_[40:60, 40:60], "cloud")
    paint(bands, np.s_[60:68, 45:55], "haze")
    paint(bands, np.s_[70:78, 70:78], "shade")
    paint(bands, np.s_[5:12, 100:112], "shade")
    paint(bands, np.s_[100:115, 5:20], "haze")
    mask = masks.rule_mask(bands, np.ones((120, 120), bool))
    assert (mask[36:64, 36:64] == masks.CLOUD).all() and mask[30, 50] == masks.CLEAR
    assert (mask[60:68, 45:55] == masks.CLOUD).all()
    assert (mask[72:77, 72:77] == masks.SHADOW).all()
    assert (mask[5:12, 100:112] == masks.CLEAR).all(), "dark far from any cloud"
    assert (mask[100:115, 5:20] == masks.CLEAR).all(), "haze far from any cloud"
    assert not masks.observed(mask)[40:60, 40:60].any() and masks.observed(mask)[10, 10]


def test_white_roof_is_no_cloud() -> None:
    bands = painted("soil")
    paint(bands, np.s_[40:48, 40:90], "cloud")
    assert (masks.rule_mask(bands, np.ones((120, 120), bool)) == masks.CLEAR).all()


def test_no_data_stays_no_data_and_unknown_is_what_the_bands_cannot_say() -> None:
    seen = np.ones((120, 120), bool)
    seen[:10] = False
    bands = painted("cloud")
    bands["blue"][:10] = np.nan
    assert (masks.rule_mask(bands, seen)[:10] == masks.NO_DATA).all()
    photo = {name: bands[name] for name in ("red", "green", "blue")}
    mask = masks.rule_mask(photo, seen)
    assert (
        (mask[10:] == masks.UNKNOWN).all() and masks.observed(mask)[10:].all() and not masks.observed(mask)[:10].any()
    )


def test_mask_does_not_depend_on_the_tiles_when_the_halo_is_brought_along() -> None:
    bands, random = painted("rice"), np.random.default_rng(1)
    for cover, side, count in (("cloud", 12, 9), ("haze", 10, 9), ("shade", 6, 12)):
        for top, left in random.integers(0, 105, (count, 2)):
            paint(bands, np.s_[top : top + side, left : left + side], cover)
    seen = np.ones((120, 120), bool)
    whole = masks.rule_mask(bands, seen)
    assert {masks.CLEAR, masks.CLOUD, masks.SHADOW} <= set(np.unique(whole).tolist())
    for top, left in ((0, 0), (9, 3), (20, 10), (41, 33)):
        part = masks.rule_mask({name: band[top:, left:] for name, band in bands.items()}, seen[top:, left:])
        inner = np.s_[HALO if top else 0 :, HALO if left else 0 :]
        assert np.array_equal(whole[top:, left:][inner], part[inner])
