"""Features do not depend on the tiling, on the radiometry of the second date, or on a way through JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from imagery.change import pair as change
from imagery.learning import features, training
from imagery.learning.pairs import LabelledPair
from imagery.learning.reference import KNOTS, Reference


@pytest.fixture(scope="module")
def against(simulated: list[LabelledPair]) -> Reference:
    return _reference(simulated[0])


def _reference(pair: LabelledPair) -> Reference:
    sample = change.sample_of(pair.before, pair.after, pair.valid)
    return features.reference(sample, change.fit(sample, pair.names))


def test_inner_pixels_of_a_tile_are_those_of_the_whole_scene(simulated: list[LabelledPair], against: Reference) -> None:
    pair = simulated[0]
    valid = pair.valid.copy()
    valid[50:60, 55:70] = False
    whole = features.features(pair.before, pair.after, valid, against)
    rows, cols = slice(5, 115), slice(10, 105)
    tile = features.features(pair.before[:, rows, cols], pair.after[:, rows, cols], valid[rows, cols], against)
    reach = 32  # of the features alone; the rest of HALO is for the smoothing of what the trees tell
    np.testing.assert_array_equal(
        tile[:, reach:-reach, reach:-reach], whole[:, 5 + reach : 115 - reach, 10 + reach : 105 - reach]
    )


def test_gain_and_offset_of_the_second_date_hardly_move_a_rank(
    simulated: list[LabelledPair], against: Reference
) -> None:
    pair = simulated[0]
    names = features.names(pair.names)
    other = LabelledPair(**{**pair.__dict__, "after": 1.7 * pair.after + 900})
    first = features.features(pair.before, pair.after, pair.valid, against)
    second = features.features(other.before, other.after, other.valid, _reference(other))
    evidence = [row for row, name in enumerate(names) if features.EVIDENCE.match(name)]
    assert len(evidence) > 20
    assert np.abs(first[evidence] - second[evidence]).mean() < 1.0  # of 129 knots


def test_a_reference_survives_json_to_the_last_bit(simulated: list[LabelledPair], against: Reference) -> None:
    pair = simulated[0]
    read = Reference.from_dict(json.loads(json.dumps(against.to_dict())))
    np.testing.assert_array_equal(
        features.features(pair.before, pair.after, pair.valid, read),
        features.features(pair.before, pair.after, pair.valid, against),
    )


def test_ranks_come_before_the_plain_values_they_were_made_of(
    simulated: list[LabelledPair], against: Reference
) -> None:
    pair = simulated[0]
    ranks, plain = np.split(features.features(pair.before, pair.after, pair.valid, against), 2)
    row = features.names(pair.names).index("length2.5_all")
    order = np.argsort(plain[row], axis=None, kind="stable")
    assert (np.diff(ranks[row].ravel()[order].astype(int)) >= -1).all()  # half precision may tie two neighbours
    assert ranks[row].max() == KNOTS and plain[row].max() < 20


def test_plain_values_of_exchanged_dates_are_those_of_the_exchanged_pair(
    simulated: list[LabelledPair], scenes: list[training.Scene]
) -> None:
    pair = simulated[0]
    other = LabelledPair(**{**pair.__dict__, "before": pair.after, "after": pair.before})
    _, plain = np.split(features.features(other.before, other.after, other.valid, _reference(other)), 2)
    np.testing.assert_array_equal(scenes[0].swapped, plain)
    assert len(training.prepared(pair, to_learn=False).swapped) == 0


def test_names_follow_from_the_bands_and_are_all_different() -> None:
    for bands in (("red", "green", "blue"), ("blue", "green", "red", "nir", "swir16", "swir22"), ("gray",)):
        names = features.names(bands)
        assert len(set(names)) == len(names) == len(features.rising(bands))
    assert set(features.names(("red", "nir"))) < set(features.names(("red", "nir", "swir16")))


def test_what_was_not_observed_has_no_features(simulated: list[LabelledPair], against: Reference) -> None:
    pair = simulated[0]
    valid = pair.valid.copy()
    valid[:40] = False
    assert not features.features(pair.before, pair.after, valid, against)[:, :40].any()


def test_evidence_ranks_changed_ground_above_the_rest(simulated: list[LabelledPair], against: Reference) -> None:
    pair = simulated[0]
    ranks = features.features(pair.before, pair.after, pair.valid, against)
    both = ranks[features.names(pair.names).index("both2.5_all")]
    assert np.median(both[pair.truth]) > np.quantile(both[~pair.truth], 0.8)
