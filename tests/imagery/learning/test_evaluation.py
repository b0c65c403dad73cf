"""Figures checked by hand and against scikit-learn's own counting."""

from __future__ import annotations

import numpy as np
import pytest

from imagery.learning import evaluation
from layers.errors import Malformed

TRUTH = np.array([1, 0, 1, 0, 0, 0, 0, 0, 0, 0], bool)
SCORE = np.array([0.9, 0.8, 0.7, 0.2, 0.1, 0.1, 0.05, 0.05, 0.0, 0.0])


def test_figures_of_a_short_ranking_are_those_counted_by_hand() -> None:
    assert evaluation.average_precision(TRUTH, SCORE) == pytest.approx((1 + 2 / 3) / 2)
    assert evaluation.precision_at(TRUTH, SCORE, 2) == 0.5
    assert evaluation.recall_at(TRUTH, SCORE, 0.1) == 0.5
    assert evaluation.f1(TRUTH, SCORE > 0.5) == pytest.approx(0.8)


def test_the_area_matched_threshold_calls_four_fifths_of_the_expected_area() -> None:
    probability = np.concatenate([np.full(100, 0.9), np.full(900, 0.01)]) + np.linspace(0, 1e-6, 1000)
    threshold = evaluation.area_matched(probability)
    assert (probability > threshold).sum() == round(0.8 * probability.sum())


def test_where_nothing_is_expected_nothing_is_called_changed() -> None:
    probability = np.full(1000, 1e-4)
    assert not (probability > evaluation.area_matched(probability)).any()


def test_calibration_error_is_the_gap_between_what_was_told_and_what_came() -> None:
    rng = np.random.default_rng(5)
    probability = rng.random(200_000)
    honest = rng.random(200_000) < probability
    assert evaluation.calibration_error(honest, probability) < 0.01
    assert evaluation.calibration_error(honest, probability / 2) == pytest.approx(0.25, abs=0.01)


def test_a_scene_where_nothing_changed_cannot_be_judged() -> None:
    with pytest.raises(Malformed) as caught:
        evaluation.measure(np.zeros(10, bool), SCORE)
    assert caught.value.slug == "one-class"


def test_the_mean_counts_each_scene_alike_and_adds_the_units() -> None:
    small, large = evaluation.measure(TRUTH, SCORE), evaluation.measure(np.tile(TRUTH, 100), np.tile(-SCORE, 100) + 1)
    mean = evaluation.mean([small, large])
    assert mean.average_precision == pytest.approx((small.average_precision + large.average_precision) / 2)
    assert mean.units == 1010
