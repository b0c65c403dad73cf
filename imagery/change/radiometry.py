"""Relative radiometry of a pair: MAD, IR-MAD, invariant pixels, gain and offset.

MAD: Nielsen, Conradsen and Simpson 1998 (doi 10.1016/S0034-4257(97)00162-4): differences of canonical variates, which no linear change
of the bands of either date can alter. IR-MAD: Nielsen 2007 (doi 10.1109/TIP.2006.888195): the same with each pixel weighted by the
probability that it did not change. Normalisation on the most invariant pixels: Canty and Nielsen 2008 (doi 10.1016/j.rse.2007.07.013),
here by reduced major axis regression so that swapping the dates inverts it exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from layers.errors import Malformed

ITERATIONS: int = 5  # of the reweighting; the sets of invariants hardly move after that
INVARIANT: float = 0.5  # share of the sample, the most invariant part, on which gain and offset are fitted; a third is often water alone
NOT_CHANGED: float = 0.05  # probability of no change from which a pixel counts as invariant in the report
LEAST_SHARE: float = 0.02  # a pair with fewer invariants is refused
LEAST_CORRELATION: float = (
    0.3  # of the best variates; below it, what looks invariant is chance (other places: at most 0.24)
)
LEAST_PIXELS: int = 50  # in the sample; fewer say nothing about a pair
RIDGE: float = 1e-6  # of a band's variance; keeps constant or duplicate bands from dividing by zero
NOISE: float = 1e-4  # 1 - correlation of canonical variates; below it differences are rounding

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Canonical:
    """Canonical variates of a pair of samples: `before`, `after` (bands, variates) act on bands less their centre."""

    before: Matrix
    after: Matrix
    before_centre: Matrix
    after_centre: Matrix
    correlation: Matrix

    @property
    def scale(self) -> Matrix:
        """Standard deviation of each difference of variates, sqrt(2 (1 - correlation))."""
        return np.asarray(np.sqrt(2 * np.maximum(1 - self.correlation, NOISE)))

    def distances(self, before: Matrix, after: Matrix) -> Matrix:
        """Chi-square distance from no change of each pixel of (bands, pixels), as many degrees of freedom as bands."""
        difference = self.after.T @ (after - self.after_centre[:, None])
        difference -= self.before.T @ (before - self.before_centre[:, None])
        difference /= self.scale[:, None]
        return np.asarray((difference**2).sum(axis=0))


@dataclass(frozen=True)
class Radiometry:
    """What one pair needs to be compared; arrays per band in the order of the bands.

    `gain`, `offset`: before ≈ gain · after + offset in sensor units; `r`: correlation of the dates over the invariants; `share`: part of
    the sample that was not found changed (0 where the dates have nothing in common); `before_centre`, `after_centre`: means of the
    invariants; `scene`: standard deviation of the scene in units of `before`, mean of both dates after normalisation.
    """

    gain: Matrix
    offset: Matrix
    r: Matrix
    share: float
    before_centre: Matrix
    after_centre: Matrix
    scene: Matrix
    mad: Canonical
    irmad: Canonical


def relate(before: NDArray[np.float32], after: NDArray[np.float32]) -> Radiometry:
    """The radiometry of a pair from observed pixels (bands, pixels). Raises Malformed 'no-invariants', 'too-little-observed'."""
    if before.shape[1] < LEAST_PIXELS:
        raise Malformed(
            "too-little-observed",
            f"both dates show only {before.shape[1]} sampled pixels together; at least {LEAST_PIXELS} are needed",
            f"hai thời điểm chỉ có chung {before.shape[1]} điểm ảnh mẫu quan sát được; cần ít nhất {LEAST_PIXELS}",
        )
    one, two = before.astype(np.float64), after.astype(np.float64)
    mad = reweighted = canonical(one, two, np.ones(one.shape[1]))
    for _ in range(ITERATIONS):
        unchanged = stats.chi2.sf(reweighted.distances(one, two), len(one))
        reweighted = canonical(one, two, unchanged)
    distance = reweighted.distances(one, two)
    share = float((stats.chi2.sf(distance, len(one)) > NOT_CHANGED).mean())
    correlation = float(mad.correlation[0])
    if correlation < LEAST_CORRELATION:
        share = 0.0
    if share < LEAST_SHARE:
        raise Malformed(
            "no-invariants",
            f"only {100 * share:.1f} % of the pair did not change (correlation {correlation:.2f});"
            f" {100 * LEAST_SHARE:g} % are needed to compare the dates",
            f"chỉ {100 * share:.1f} % diện tích của cặp ảnh không biến động (hệ số tương quan {correlation:.2f});"
            f" cần {100 * LEAST_SHARE:g} % để so sánh hai thời điểm",
            share=round(share, 4),
            correlation=round(correlation, 4),
        )
    return _normalised(one, two, distance <= np.quantile(distance, INVARIANT), share, mad, reweighted)


def canonical(before: Matrix, after: Matrix, weight: Matrix) -> Canonical:
    """Weighted canonical correlation of (bands, pixels) with (bands, pixels); the most correlated variate first."""
    total = max(float(weight.sum()), 1e-12)
    centres = before @ weight / total, after @ weight / total
    one, two = before - centres[0][:, None], after - centres[1][:, None]
    scales = _scale(one, weight, total), _scale(two, weight, total)
    one, two = one / scales[0][:, None], two / scales[1][:, None]
    ridge = RIDGE * np.eye(len(before))
    roots = [np.linalg.cholesky((z * weight) @ z.T / total + ridge) for z in (one, two)]
    middle = np.linalg.solve(roots[0], (one * weight) @ two.T / total)
    middle = np.linalg.solve(roots[1], middle.T).T
    left, correlation, right = np.linalg.svd(middle)
    vectors = np.linalg.solve(roots[0].T, left), np.linalg.solve(roots[1].T, right.T)
    return Canonical(
        vectors[0] / scales[0][:, None],
        vectors[1] / scales[1][:, None],
        *centres,
        correlation=np.clip(correlation, 0, 1),
    )


def _scale(centred: Matrix, weight: Matrix, total: float) -> Matrix:
    variance = (centred**2) @ weight / total
    return np.sqrt(np.where(variance > 0, variance, 1.0))


def _normalised(
    one: Matrix, two: Matrix, invariant: NDArray[np.bool_], share: float, mad: Canonical, irmad: Canonical
) -> Radiometry:
    first, second = one[:, invariant], two[:, invariant]
    centres = first.mean(axis=1), second.mean(axis=1)
    spread = first.std(axis=1), second.std(axis=1)
    flat = (spread[0] == 0) | (spread[1] == 0)
    gain = np.where(flat, 1.0, spread[0] / np.where(flat, 1.0, spread[1]))
    product = ((first - centres[0][:, None]) * (second - centres[1][:, None])).mean(axis=1)
    r = np.where(flat, 0.0, product / np.where(flat, 1.0, spread[0] * spread[1]))
    scene = np.sqrt((one.var(axis=1) + gain**2 * two.var(axis=1)) / 2)
    offset = centres[0] - gain * centres[1]
    return Radiometry(gain, offset, r, share, *centres, scene=np.where(scene > 0, scene, 1.0), mad=mad, irmad=irmad)
