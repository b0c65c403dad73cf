"""Evidence of change in a tile; every field is a local measure and all of them together look less than HALO px far.

`before`, `after`: both dates in scene standard deviations about the invariants (bands, rows, cols), 0 where not observed. Nothing here
depends on gain or offset of a band or on which date comes first. A tile begins at an even row and column of its scene. No label was used to
fit anything; the constants marked * were chosen, once and for all sensors, among a few values by looking at average precision on public
labelled pairs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from imagery.change.smoothing import Smoother, blurred, inverse, reach

MAGNITUDE_SIGMA: float = 2.5  # px, of the magnitude that the absolute floor is held against
DETAIL_SIGMA: float = 1.0  # px*, of magnitude and variates in the ranking, and of the ranking itself
FINE, COARSE = 1.5, 5.0  # px*, the two scales at which patterns are compared: a house and a block of Sentinel-2
PATTERN_NOISE: float = 0.1  # scene variance*; a pattern weaker than this counts as none (the constant of SSIM)
PATTERN_BANDS: frozenset[str] = frozenset({"blue", "green", "red", "nir"})  # the finest bands of every sensor
WIDER: float = math.sqrt(COARSE**2 - FINE**2) / 2  # every second px, what makes the fine scale the coarse one
REACH: int = reach(FINE) + 2 * reach(WIDER) + 1 + reach(DETAIL_SIGMA)  # px, how far any of it looks

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


def restructured(before: Field, after: Field, smoother: Smoother) -> Field:
    """1 - structure of SSIM (Wang 2004, doi 10.1109/TIP.2003.819861), mean of the bands: 0 same pattern, 1 unrelated, 2 inverted; the geometric mean of
    both scales.

    Building changes the pattern; haze, sun and growth change the level. Two even surfaces have the same pattern. The coarse moments are the fine ones
    smoothed again, on every second row and column: an eighth of the work.
    """
    near = smoother.inverse(FINE)
    far = inverse(blurred(_halved(smoother.weight(FINE)), WIDER))
    fine, coarse = np.zeros_like(near), np.zeros_like(far)
    for one, two in zip(before, after, strict=True):
        sums = [blurred(field, FINE) for field in (one, two, one * two, one * one, two * two)]
        coarse += _alike([blurred(_halved(field), WIDER) for field in sums], far)
        fine += _alike(sums, near)
    share = np.float32(1 / len(before))
    fine, coarse = (np.maximum(np.float32(1) - total * share, 0) for total in (fine, coarse))
    return np.asarray(np.sqrt(fine * _doubled(coarse, fine.shape)), np.float32)


def _alike(sums: Sequence[Field], inverse_weight: Field) -> Field:
    """Structure of SSIM from sums of both dates, of their product and of their squares."""
    noise = np.float32(PATTERN_NOISE)
    first, second, cross, energy, other = (total * inverse_weight for total in sums)
    cross -= first * second
    energy -= np.square(first, out=first)
    other -= np.square(second, out=second)
    energy = np.maximum(energy, 0, out=energy) * np.maximum(other, 0, out=other)
    return np.asarray((cross + noise) / (np.sqrt(energy, out=energy) + noise), np.float32)


def _halved(field: Field) -> Field:
    """Every second row and column; what was smoothed before loses nothing by it."""
    return np.ascontiguousarray(field[::2, ::2])


def _doubled(field: Field, shape: tuple[int, ...]) -> Field:
    """Every second row and column made whole again, linearly."""
    result = np.empty(shape, np.float32)
    result[::2, ::2] = field
    for lines in (result[::2].T, result):
        lines[1:-1:2] = (lines[:-2:2] + lines[2::2]) / 2
        if len(lines) % 2 == 0:
            lines[-1] = lines[-2]
    return result


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
) -> tuple[Field, Field, Field]:
    """The score to rank by, the smoothed magnitude and that of each pixel. A product, so that each kind of evidence can veto."""
    length = magnitude(before, after)
    root = np.sqrt(alteration(variates, correlation, smoother))
    change = root * np.sqrt(root) * np.sqrt(np.sqrt(smoother(length, DETAIL_SIGMA)))  # exponents 3/4 and 1/4*
    kept = [i for i, name in enumerate(names) if name in PATTERN_BANDS] or list(range(len(names)))
    one, two = before[kept], after[kept]
    change *= restructured(one, two, smoother)
    change *= not_green(before, after, names, smoother)
    return smoother(change, DETAIL_SIGMA), smoother(length, MAGNITUDE_SIGMA), length
