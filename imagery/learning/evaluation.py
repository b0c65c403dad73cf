"""How well a ranking of pixels or parcels finds what changed, how much of an inspector's day it saves, and whether its probabilities are to be believed.

All functions take flat arrays: `truth` (bool) and `probability` or any score (float, higher = more likely), of what is known and was observed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from layers.errors import Malformed

AREA_SHARE = 0.8
"""The area-matched threshold calls this part of the expected changed area changed; it transferred best between scenes."""
BUDGET = 0.05
"""Share of the ground that is looked at when recall at budget is given."""
BINS = 15
"""Bins of equal width of the calibration error (Guo et al. 2017, arXiv 1706.04599)."""
FIRST = 50
"""The k of P@k."""

Bools = NDArray[np.bool_]
Floats = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures of one scene or data set. `precision_first`: P@50; `recall_budget`: recall within the 5 % ranked highest;
    `f1`: at the area-matched threshold; `calibration_error`: 0..1; `changed`: share of changed units; `units`: how many were judged.
    """

    average_precision: float
    precision_first: float
    recall_budget: float
    f1: float
    calibration_error: float
    changed: float
    units: int

    def to_dict(self) -> dict[str, float]:
        """For cards and `--json`, four digits."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


def measure(truth: Bools, probability: Floats) -> Metrics:
    """All figures. Raises Malformed 'one-class' when nothing or everything changed: a ranking cannot be judged on that."""
    if truth.size == 0 or truth.all() or not truth.any():
        raise Malformed(
            "one-class",
            "a ranking can only be judged where something changed and something did not",
            "chỉ đánh giá được xếp hạng khi có cả nơi biến động và nơi không biến động",
        )
    return Metrics(
        average_precision=average_precision(truth, probability),
        precision_first=precision_at(truth, probability, FIRST),
        recall_budget=recall_at(truth, probability, BUDGET),
        f1=f1(truth, probability > area_matched(probability)),
        calibration_error=calibration_error(truth, probability),
        changed=float(truth.mean()),
        units=int(truth.size),
    )


def average_precision(truth: Bools, score: Floats) -> float:
    """Area under the precision-recall curve, without interpolation."""
    return float(average_precision_score(truth, score))


def precision_at(truth: Bools, score: Floats, k: int) -> float:
    """Share of the k ranked highest that did change; equal scores are taken in the order given."""
    return float(truth[np.argsort(-score, kind="stable")[:k]].mean())


def recall_at(truth: Bools, score: Floats, budget: float) -> float:
    """Share of what changed that lies within the `budget` (0..1) of the units ranked highest."""
    looked_at = max(1, round(budget * truth.size))
    return float(truth[np.argsort(-score, kind="stable")[:looked_at]].sum() / truth.sum())


def f1(truth: Bools, called: Bools) -> float:
    """Harmonic mean of precision and recall; 0 when nothing is found."""
    hit = float((truth & called).sum())
    return 2 * hit / float(truth.sum() + called.sum()) if hit else 0.0


def area_matched(probability: Floats) -> float:
    """Threshold above which lies AREA_SHARE of the area that the probabilities of this scene expect to have changed; 1 when that is no unit."""
    expected = round(AREA_SHARE * float(probability.sum(dtype=np.float64)))
    if expected < 1:
        return 1.0
    below = max(0, probability.size - expected - 1)
    return float(np.partition(probability, below)[below])


def calibration_error(truth: Bools, probability: Floats) -> float:
    """Expected calibration error: mean gap between the probability told and the share that changed, weighted by bin."""
    position = np.minimum((probability * BINS).astype(np.int64), BINS - 1)
    told = np.bincount(position, probability.astype(np.float64), BINS)
    seen = np.bincount(position, truth.astype(np.float64), BINS)
    return float(np.abs(told - seen).sum() / truth.size)


def mean(metrics: Iterable[Metrics]) -> Metrics:
    """The plain mean over scenes: a small town counts as much as a big one. Units are added."""
    every = list(metrics)
    values = {
        name: float(np.mean([getattr(one, name) for one in every])) for name in Metrics.__slots__ if name != "units"
    }
    return Metrics(**values, units=sum(one.units for one in every))
