"""A logistic model of new building, judged on a later period that it has not seen, beside the plain guess that building goes on where it was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from imagery.forecast.predictors import NAMES
from layers.errors import Malformed

LEAST_EVENTS = 20
"""Fewer parcels that were built on teach nothing worth showing (10 events a predictor are advised, doi 10.1016/S0895-4356(96)00236-3; this is the very
least)."""

FIRST = 50
"""So many of the most likely parcels are held against what came, and marked on the map."""


@dataclass(frozen=True)
class Forecast:
    """A fitted model: `weights` per standard deviation of each predictor (log odds), `events` of `parcels` it learned from."""

    pipeline: Pipeline
    weights: dict[str, float]
    events: int
    parcels: int

    def probability(self, known: pd.DataFrame) -> NDArray[np.float64]:
        """Chance of each parcel to be built on within a period as long as the one learned from."""
        return np.asarray(self.pipeline.predict_proba(known[list(NAMES)])[:, 1])


@dataclass(frozen=True)
class Judged:
    """How a forecast did in a later period. Higher is better for AP and P@k, lower for Brier; `persistence_*` are those of the plain guess, `base_*` those
    of no idea. `calibration`: ten groups of equal size, (mean forecast, share that was built on)."""

    events: int
    parcels: int
    base_rate: float
    average_precision: float
    persistence_average_precision: float
    precision_at_k: float
    persistence_precision_at_k: float
    k: int
    brier: float
    base_brier: float
    calibration: tuple[tuple[float, float], ...]

    @property
    def better(self) -> bool:
        """Whether the model tells more than the plain guess; one that does not must not be shown as a forecast."""
        return self.average_precision > self.persistence_average_precision and self.brier < self.base_brier


def fit(known: pd.DataFrame, built: NDArray[np.bool_]) -> Forecast:
    """Learn from a past period: `known` at its start (see `predictors`), `built` at its end.

    Raises Malformed with too few parcels that were built on, or with none that were not.
    """
    events = int(built.sum())
    if events < LEAST_EVENTS or events == len(built):
        raise Malformed(
            "too-few-changes",
            f"A forecast needs at least {LEAST_EVENTS} parcels that were built on in the past period; there are {events} of {len(built)}.",
            f"Dự báo cần ít nhất {LEAST_EVENTS} thửa đã xây dựng trong kỳ trước; hiện có {events} trên {len(built)}.",
        )
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=1000))
    pipeline.fit(known[list(NAMES)], built)
    weights = dict(zip(NAMES, pipeline[-1].coef_[0].tolist(), strict=True))
    return Forecast(pipeline, weights, events, len(built))


def persistence(known: pd.DataFrame) -> NDArray[np.float64]:
    """The plain guess: building goes on where there was some before, first near, then far."""
    return np.asarray(known["changes_near"] + 0.01 * known["changes_far"])


def judge(forecast: Forecast, known: pd.DataFrame, built: NDArray[np.bool_], k: int = FIRST) -> Judged:
    """Hold a forecast against what came. Raises Malformed when nothing was built: then it cannot be judged."""
    if not built.any():
        raise Malformed(
            "nothing-came", "Nothing was built in the later period.", "Không có thửa nào được xây dựng trong kỳ sau."
        )
    said, guess, k = forecast.probability(known), persistence(known), min(k, len(built))
    base = forecast.events / forecast.parcels
    order = np.argsort(said, kind="stable")
    groups = [part for part in np.array_split(order, 10) if len(part)]
    return Judged(
        events=int(built.sum()),
        parcels=len(built),
        base_rate=float(built.mean()),
        average_precision=float(average_precision_score(built, said)),
        persistence_average_precision=float(average_precision_score(built, guess)),
        precision_at_k=_at(k, said, built),
        persistence_precision_at_k=_at(k, guess, built),
        k=k,
        brier=float(brier_score_loss(built, said)),
        base_brier=float(brier_score_loss(built, np.full(len(built), base))),
        calibration=tuple((float(said[part].mean()), float(built[part].mean())) for part in groups),
    )


def _at(k: int, score: NDArray[np.float64], built: NDArray[np.bool_]) -> float:
    return float(built[np.argsort(-score, kind="stable")[:k]].mean())
