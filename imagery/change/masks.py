"""A rule mask of one date, for scenes that come without one: per-pixel tests of Fmask (Zhu and Woodcock 2012, doi 10.1016/j.rse.2011.10.028).

It needs reflectance (0..1). It is a guard for scenes without a mask and no classifier: thin cloud passes, so that roofs need not hide.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

NO_DATA, CLEAR, CLOUD, SHADOW, WATER, SNOW, UNKNOWN = 0, 1, 2, 3, 4, 5, 255
"""Values of a mask, also in the mask file of a scene."""
NEEDED: frozenset[str] = frozenset({"blue", "green", "red", "nir", "swir16"})
LEAST_CLOUD: int = 5  # px; whatever a square of twice that does not fit into is a roof
THIN: int = 18  # px; haze this near to a cloud is its rim
EDGE: int = 4  # px around all of it
REACH: int = (
    22  # px; a dark patch counts as shadow only this near to a cloud; with twice LEAST_CLOUD all stays within HALO
)
SHADE: float = 0.55  # of the local mean in nir and swir, darker is shade
OBSERVED: NDArray[np.bool_] = np.isin(np.arange(256), (CLEAR, WATER, UNKNOWN))
"""By class: whether the ground was seen."""


def rule_mask(bands: Mapping[str, NDArray[np.float32]], valid: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Classes (rows, cols) from reflectance bands by common name; without the bands of NEEDED every observed pixel is UNKNOWN."""
    if not bands.keys() >= NEEDED:
        return np.where(valid, np.uint8(UNKNOWN), np.uint8(NO_DATA))
    bands = {name: np.where(valid, bands[name], np.float32(0)) for name in NEEDED}
    water, snow = _water(bands) & valid, _snow(bands) & valid
    cloud = _opened(_cloud(bands, 0.25, 0.3) & valid & ~snow, LEAST_CLOUD)
    near = _within(cloud | (_cloud(bands, 0.16, 0.7) & ~snow & _within(cloud, THIN)), EDGE)
    shadow = _dark(bands, valid) & ~water & _within(cloud, REACH)
    mask = np.where(valid, np.uint8(CLEAR), np.uint8(NO_DATA))
    for found, code in ((water, WATER), (snow, SNOW), (shadow, SHADOW), (near, CLOUD)):
        mask[found & valid] = code
    return mask


def observed(mask: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where a mask says that the ground was seen: clear, water and unknown."""
    return np.asarray(OBSERVED[mask])


def _cloud(bands: Mapping[str, NDArray[np.float32]], bright: float, coloured: float) -> NDArray[np.bool_]:
    """Fmask's tests of brightness (of blue), whiteness, haze (HOT, Zhang 2002) and rock; it calls white what is less coloured than 0.7."""
    visible = np.stack([bands["blue"], bands["green"], bands["red"]])
    mean = visible.mean(axis=0)
    white = np.abs(visible - mean).sum(axis=0) < coloured * mean
    hazy = bands["blue"] - 0.5 * bands["red"] > 0.08
    ratio = bands["nir"] > 0.75 * bands["swir16"]
    return np.asarray(white & hazy & ratio & (bands["blue"] > bright))


def _water(bands: Mapping[str, NDArray[np.float32]]) -> NDArray[np.bool_]:
    """Dark in the infrared and darker there than in red, which shade in a city is not."""
    dark = (bands["nir"] < 0.15) & (bands["swir16"] < 0.08)
    return np.asarray(dark & (bands["green"] > bands["nir"]) & (bands["nir"] < 0.9 * bands["red"]))


def _snow(bands: Mapping[str, NDArray[np.float32]]) -> NDArray[np.bool_]:
    frozen = bands["green"] - bands["swir16"] > 0.4 * (bands["green"] + bands["swir16"])
    return np.asarray(frozen & (bands["nir"] > 0.15) & (bands["green"] > 0.2))


def _dark(bands: Mapping[str, NDArray[np.float32]], valid: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Much darker in near and short-wave infrared than the ground around."""
    level = (bands["nir"] + bands["swir16"]) / 2
    weight = ndimage.uniform_filter(valid.astype(np.float32), 2 * REACH + 1, mode="constant")
    around = ndimage.uniform_filter(level, 2 * REACH + 1, mode="constant") / np.maximum(weight, np.float32(1e-6))
    return np.asarray(level < SHADE * around)


def _opened(found: NDArray[np.bool_], half: int) -> NDArray[np.bool_]:
    """What squares of 2 · half + 1 px fit into."""
    side = 2 * half + 1
    kept = ndimage.minimum_filter(found, size=side, mode="nearest")
    return np.asarray(ndimage.maximum_filter(kept, size=side, mode="nearest"))


def _within(found: NDArray[np.bool_], distance: int) -> NDArray[np.bool_]:
    """Within that many pixels (a square) of something found."""
    return np.asarray(ndimage.maximum_filter(found, size=2 * distance + 1, mode="constant"))
