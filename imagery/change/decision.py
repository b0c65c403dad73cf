"""From scores to classes. A pixel is changed where it stands out in its own scene and also differs in absolute terms.

Where to cut is read off the scene itself: shares of Otsu's threshold (1979), which lies half way between the mean of the changed and of
the rest. Otsu finds two classes even where nothing changed, so no limit may fall below a robust z, and the absolute floor is and-ed.
Joining weak to strong (hysteresis, Canny 1986) needs the whole scene and is done by the run: keep each weak region that touches a
strong pixel. The two shares were chosen by looking at F1 on public labelled pairs; the z limits and the floor were not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from imagery.change.pair import Scores

WEAK: float = 4.0  # robust z, the least limits
STRONG: float = 6.0
FLOOR: float = 1.0  # scene standard deviations, root sum square over seven bands
LEAST_AREA: int = 6  # px, the smallest region a run keeps
WEAK_SHARE: float = 1 / 3  # of Otsu's threshold
STRONG_SHARE: float = 2 / 3


def classes(scores: Scores) -> NDArray[np.uint8]:
    """0 no change or not observed, 1 weak, 2 strong."""
    above = scores.magnitude > FLOOR
    weak, strong = (above & (scores.z > limit) for limit in scores.limits)
    return weak.astype(np.uint8) + strong.astype(np.uint8)


def limits(z: NDArray[np.float32]) -> tuple[float, float]:
    """(weak, strong) in robust z, from the z of the observed pixels of a scene."""
    otsu = _otsu(z)
    return max(WEAK, WEAK_SHARE * otsu), max(STRONG, STRONG_SHARE * otsu)


def _otsu(z: NDArray[np.float32]) -> float:
    """The cut with the largest variance between its two sides; exact, without a histogram whose bins a few extremes would spoil."""
    values = np.sort(z).astype(np.float64)
    if values.size < 2 or values[0] == values[-1]:
        return 0.0
    below = np.arange(1, values.size)
    sums = np.cumsum(values)
    means = sums[:-1] / below, (sums[-1] - sums[:-1]) / (values.size - below)
    best = int(np.argmax(below * (values.size - below) * (means[1] - means[0]) ** 2))
    return float(values[best] + values[best + 1]) / 2
