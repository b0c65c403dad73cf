"""Classes of a whole scene: as they were given pixel by pixel, or by the threshold that the area of a learned probability calls for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imagery.runs.grid import Window
from imagery.runs.polygons import Classes
from imagery.runs.stream import NOT_OBSERVED, OWN, Plan

AREA = 0.8
"""The changed area is this part of the sum of probabilities; it transferred between cities better than any fixed threshold."""
BINS = 4096
WEAK = 0.6
"""Of the threshold: from there on a pixel joins a region."""
LEAST_STRONG = 0.2
"""No threshold is below this, so that a scene without change stays without."""


def plain(codes: Classes) -> Classes:
    """The classes (0, 1 weak, 2 strong, 255 not observed) of codes that tiles were left with."""

    def read(window: Window) -> NDArray[np.uint8]:
        values = codes(window)
        return np.where(values == NOT_OBSERVED, values, values & (OWN - 1)).astype(np.uint8)

    return read


def class_reader(
    given: Classes, probability: Callable[[Window], NDArray[np.float32]] | None, plan: Plan
) -> tuple[Classes, float | None]:
    """Reader of classes (0, 1 weak, 2 strong, 255 not observed), and the threshold where `probability` is a learned one."""
    if probability is None:
        return given, None
    threshold = _threshold(given, probability, plan)

    def read(window: Window) -> NDArray[np.uint8]:
        floor, chance = given(window), np.nan_to_num(probability(window))
        above: NDArray[Any] = (chance >= WEAK * threshold).astype(np.uint8) + (chance >= threshold)
        classes: NDArray[np.uint8] = np.where(
            floor == NOT_OBSERVED, NOT_OBSERVED, np.where(floor == 1, above, 0)
        ).astype(np.uint8)
        return classes

    return read, threshold


def _threshold(given: Classes, probability: Callable[[Window], NDArray[np.float32]], plan: Plan) -> float:
    """From it on there are at least as many pixels as the probabilities promise changed ones, times `AREA`; only pixels above the absolute floor count."""
    counts = np.zeros(BINS, np.int64)
    for tile in plan.scored():
        chance = probability(tile)[given(tile) == 1]
        counts += np.bincount(np.minimum((chance * BINS).astype(np.int64), BINS - 1), minlength=BINS)
    middle = (np.arange(BINS) + 0.5) / BINS
    wanted = AREA * float((counts * middle).sum())
    above = np.cumsum(counts[::-1])[::-1]  # pixels in this bin or a higher one
    return max(LEAST_STRONG, float(np.flatnonzero(above >= wanted)[-1] / BINS)) if counts.any() else 1.0
