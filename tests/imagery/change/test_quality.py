"""Figures on real labelled pairs that no change of the method may lose. The labels score; nothing was fitted on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score

from tests.imagery.change.pairs import cleared, judged, onera, regions, registered, taizhou


def test_urban_change_on_sentinel_pairs_is_ranked(test_data: Path) -> None:
    precision, scores, truths = [], [], []
    for raw in onera(test_data):
        pair = registered(raw)
        _, found = judged(cleared(pair))
        z = np.nan_to_num(found.z[pair.valid], nan=-10)  # masked change is missed change
        precision.append(average_precision_score(pair.truth[pair.valid], z))
        scores.append(z)
        truths.append(pair.truth[pair.valid])
    assert len(precision) == 8
    assert np.mean(precision) >= 0.35
    assert average_precision_score(np.concatenate(truths), np.concatenate(scores)) >= 0.40


def test_change_on_a_landsat_pair_is_decided(test_data: Path) -> None:
    pair = registered(taizhou(test_data))
    model, found = judged(pair)
    asked = pair.known & pair.valid
    kept, truth = regions(found)[asked], pair.truth[asked]
    assert 2 * (kept & truth).sum() / (kept.sum() + truth.sum()) >= 0.94
    assert min(model.r) > 0.8 and 0.3 < model.invariants < 0.6
