"""Evidence of change in a tile; every field is a local measure and all of them together look less than HALO px far.

`before`, `after`: both dates in scene standard deviations about the invariants (bands, rows, cols), 0 where not observed. Nothing here
depends on gain or offset of a band or on which date comes first. No label was used to fit anything; the constants marked * were
chosen, once and for all sensors, among a few values by looking at average precision on public labelled pairs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imagery.change.smoothing import Smoother, reach

MAGNITUDE_SIGMA: float = 2.5  # px, of the magnitude that the absolute floor is held against
DETAIL_SIGMA: float = 1.0  # px*, of magnitude and variates in the ranking, and of the ranking itself
FINE, COARSE = 1.5, 5.0  # px*, the two scales at which patterns are compared: a house and a block of Sentinel-2
PATTERN_NOISE: float = 0.1  # scene variance*; a pattern weaker than this counts as none (the constant of SSIM)
MAGNITUDE_SHARE: float = 1 / 4  # * exponent of magnitude beside alteration in the ranking
PATTERN_BANDS: frozenset[str] = frozenset({"blue", "green", "red", "nir"})  # the finest bands of every sensor
REACH: int = reach(COARSE) + reach(DETAIL_SIGMA)  # px, how far any of it looks

Field = NDArray[np.float32]


def magnitude(before: Field, after: Field) -> Field:
    """Change vector length (Malila 1980) in scene standard deviations, as if there were seven bands (rows, cols)."""
    difference = after - before
    squares = np.einsum("brc,brc->rc", difference, difference)
    return np.asarray(np.sqrt(squares * np.float32(7 / len(before))), np.float32)


def alteration(variates: Field, correlation: NDArray[np.float64], smoother: Smoother) -> Field:
    """MAD (Nielsen 1998) for land use: root mean square of the smoothed standardised differences of variates.

    Each is weighted by the fourth power* of its canonical correlation: what both dates show alike in most of the scene is ground, and
    what they hardly share (season, haze) says little about change of it.
    """
    weight = np.maximum(correlation, 1e-3) ** 4
    total = np.zeros(variates.shape[1:], np.float32)
    for one, share in zip(variates, weight / weight.sum(), strict=True):
        smooth = smoother(one, DETAIL_SIGMA)
        total += np.float32(share) * smooth * smooth
    return np.sqrt(total)


def restructured(before: Field, after: Field, smoother: Smoother, sigma: float) -> Field:
    """1 - structure of SSIM (Wang 2004, doi 10.1109/TIP.2003.819861), mean of the bands: 0 same pattern, 1 unrelated, 2 inverted.

    Building changes the pattern; haze, sun and growth change the level. Two even surfaces have the same pattern.
    """
    total = np.zeros(before.shape[1:], np.float32)
    noise = np.float32(PATTERN_NOISE)
    for one, two in zip(before, after, strict=True):
        first, second = smoother(one, sigma), smoother(two, sigma)
        cross = smoother(one * two, sigma) - first * second
        energy = np.maximum(smoother(one * one, sigma) - first * first, 0)
        energy *= np.maximum(smoother(two * two, sigma) - second * second, 0)
        total += (cross + noise) / (np.sqrt(energy) + noise)
    return np.asarray(np.maximum(np.float32(1) - total / np.float32(len(before)), 0), np.float32)


def not_green(before: Field, after: Field, names: Sequence[str], smoother: Smoother) -> Field:
    """Weight 0..1 of what cannot be building: ground that on both dates is greener than the scene (nir above red) grows.

    1/2 at the colour of the scene; 1 everywhere for sensors without both bands.
    """
    if not {"nir", "red"} <= set(names):
        return np.ones(before.shape[1:], np.float32)
    nir, red = names.index("nir"), names.index("red")
    green = [smoother(date[nir] - date[red], FINE) for date in (before, after)]
    return np.asarray(1 / (1 + np.exp(np.minimum(np.minimum(*green), 30))), np.float32)


def ranking(
    before: Field,
    after: Field,
    variates: Field,
    correlation: NDArray[np.float64],
    names: Sequence[str],
    smoother: Smoother,
) -> tuple[Field, Field]:
    """The score to rank by, and the smoothed magnitude. A product, so that each kind of evidence can veto."""
    length = magnitude(before, after)
    change = alteration(variates, correlation, smoother) ** np.float32(1 - MAGNITUDE_SHARE)
    change *= smoother(length, DETAIL_SIGMA) ** np.float32(MAGNITUDE_SHARE)
    kept = [i for i, name in enumerate(names) if name in PATTERN_BANDS] or list(range(len(names)))
    one, two = before[kept], after[kept]
    change *= np.sqrt(restructured(one, two, smoother, FINE) * restructured(one, two, smoother, COARSE))
    change *= not_green(before, after, names, smoother)
    return smoother(change, DETAIL_SIGMA), smoother(length, MAGNITUDE_SIGMA)
