"""The forecast: predictors measured on a map that can be checked by hand, and a model that is only as good as a later period says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from imagery.forecast.model import LEAST_EVENTS, fit, judge, persistence
from imagery.forecast.predictors import NAMES, predictors
from layers.errors import Malformed


def town(rows: int = 6, cols: int = 10) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A road along the south, a row of houses on it, then rice fields of 20 m × 20 m."""
    boxes = [shapely.box(0, -10, 20 * cols, 0)]
    kind, use = ["road"], ["DGT"]
    for row in range(rows):
        for col in range(cols):
            boxes.append(shapely.box(20 * col, 20 * row, 20 * col + 20, 20 * row + 20))
            kind.append("land")
            use.append("ONT" if row == 0 and col < 5 else "LUC")
    return np.array(boxes), np.array(kind), np.array(use)


def test_predictors_are_what_a_ruler_says():
    geometry, kind, use = town()
    changed = np.zeros(len(kind), bool)
    changed[1 + 10 + 3] = True  # the second row, fourth field
    known = predictors(geometry, kind, use, changed)
    assert list(known.columns) == list(NAMES)
    assert len(known) == 60 - 5 - 1
    fronting = known.loc[1 + 7]  # first row, eighth: a field on the road
    assert fronting.fronts_road == 1
    assert fronting.log_road_m == 0
    assert fronting.log_built_m == pytest.approx(np.log1p(40))  # two fields between it and the fifth house
    top = known.loc[1 + 50]
    assert top.fronts_road == 0
    assert top.log_road_m == pytest.approx(np.log1p(100))
    assert top.log_built_m == pytest.approx(np.log1p(np.hypot(60, 40)))
    near_change = known.loc[1 + 20 + 3]
    assert near_change.changes_near == pytest.approx(np.log(2))
    assert near_change.log_area_m2 == pytest.approx(np.log(400))
    within = [p for p in shapely.get_coordinates(shapely.centroid(geometry)) if np.hypot(p[0] - 10, p[1] - 110) <= 100]
    assert 0 < top.built_share_near <= 5 / len(within)


def test_land_without_roads_and_without_changes_can_be_asked_too():
    known = predictors(np.array([shapely.box(0, 0, 9, 9)]), np.array(["land"]), np.array(["LUC"]), np.array([False]))
    assert known.log_road_m.iloc[0] == pytest.approx(np.log1p(10_000))
    assert (known.changes_far == 0).all()


def periods(rng: np.random.Generator, n: int, weights: dict[str, float]) -> tuple[pd.DataFrame, np.ndarray]:
    known = pd.DataFrame(rng.standard_normal((n, len(NAMES))), columns=list(NAMES))
    odds = known[list(weights)].to_numpy() @ np.array(list(weights.values())) - 3.0
    return known, rng.random(n) < 1 / (1 + np.exp(-odds))


def test_a_model_finds_what_drives_building_and_beats_the_plain_guess_later():
    rng = np.random.default_rng(7)
    drivers = {"log_road_m": -1.2, "changes_near": 0.6}
    model = fit(*periods(rng, 6000, drivers))
    for name in NAMES:
        assert model.weights[name] == pytest.approx(drivers.get(name, 0), abs=0.2)
    later, built = periods(rng, 6000, drivers)
    judged = judge(model, later, built)
    assert judged.better
    assert judged.average_precision > judged.persistence_average_precision + 0.05
    assert judged.precision_at_k > judged.persistence_precision_at_k
    assert max(abs(said - came) for said, came in judged.calibration) < 0.08
    assert judged.brier < judged.base_brier


def test_a_model_of_chance_is_told_to_be_no_better():
    rng = np.random.default_rng(8)
    model = fit(*periods(rng, 1500, {"log_road_m": 2.0}))
    later, built = periods(rng, 1500, {"log_road_m": -2.0})  # the world has turned
    assert not judge(model, later, built).better


def test_too_few_changes_teach_nothing_and_no_change_judges_nothing():
    rng = np.random.default_rng(9)
    known, _ = periods(rng, 400, {})
    few = np.zeros(400, bool)
    few[: LEAST_EVENTS - 1] = True
    with pytest.raises(Malformed) as refused:
        fit(known, few)
    assert refused.value.slug == "too-few-changes"
    model = fit(known, rng.random(400) < 0.3)
    with pytest.raises(Malformed):
        judge(model, known, np.zeros(400, bool))


def test_the_plain_guess_looks_near_before_far():
    known = pd.DataFrame(0.0, index=range(3), columns=list(NAMES))
    known.loc[1, "changes_near"] = np.log(2)
    known.loc[2, "changes_far"] = np.log(40)
    assert persistence(known).argmax() == 1
