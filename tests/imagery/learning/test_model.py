"""A model finds what changed, gives the same again, tells honest probabilities, and refuses what does not belong to it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from imagery.learning import evaluation, features, shipping, training
from imagery.learning.card import Card
from imagery.learning.model import SHIPPED, LearnedModel
from layers.errors import Malformed, NotFound
from tests.imagery.learning.conftest import QUICK


def test_a_model_finds_changes_in_a_scene_it_has_not_seen(
    small_model: LearnedModel, scenes: list[training.Scene]
) -> None:
    metrics = training.judged(small_model, scenes[2])
    assert metrics.average_precision > 5 * metrics.changed
    assert metrics.calibration_error < 0.1


def test_the_same_data_and_seed_give_the_same_files(
    small_model: LearnedModel, scenes: list[training.Scene], tmp_path: Path
) -> None:
    again = training.train(scenes[:2], QUICK, name="small", created="2026-11-22", sources=[shipping.SOURCE], scores={})
    assert again.card == small_model.card
    assert again.save(tmp_path / "a").read_bytes() == small_model.save(tmp_path / "b").read_bytes()


def test_a_model_survives_its_files(small_model: LearnedModel, scenes: list[training.Scene], tmp_path: Path) -> None:
    read = LearnedModel.load(small_model.save(tmp_path))
    stack = scenes[2].stack
    np.testing.assert_array_equal(
        read.probability(stack, scenes[2].valid), small_model.probability(stack, scenes[2].valid)
    )
    assert read.card == small_model.card and read.card.simulated


def test_probability_does_not_depend_on_the_tiling_and_says_nothing_of_what_was_not_seen(
    small_model: LearnedModel, scenes: list[training.Scene]
) -> None:
    stack, valid = scenes[2].stack, scenes[2].valid.copy()
    valid[50:60, 60:65] = False
    whole = small_model.probability(stack, valid)
    part = small_model.probability(stack[:, 20:100, 30:110], valid[20:100, 30:110])
    edge = features.HALO - 32
    np.testing.assert_allclose(
        part[edge:-edge, edge:-edge], whole[20 + edge : 100 - edge, 30 + edge : 110 - edge], atol=1e-6
    )
    assert np.isnan(whole[~valid]).all() and (whole[valid] >= 0).all() and (whole[valid] <= 1).all()
    assert np.isnan(small_model.probability(stack, np.zeros_like(valid))).all()


def test_a_changed_file_is_refused(small_model: LearnedModel, tmp_path: Path) -> None:
    path = small_model.save(tmp_path)
    trees = tmp_path / small_model.card.file
    trees.write_text(trees.read_text().replace("leaf_value=", "leaf_value=1", 1))
    with pytest.raises(Malformed) as caught:
        LearnedModel.load(path)
    assert caught.value.slug == "model-changed"
    trees.unlink()
    with pytest.raises(Malformed) as caught:
        LearnedModel.load(path)
    assert caught.value.slug == "model-changed"


def test_a_model_for_other_features_is_refused(small_model: LearnedModel, tmp_path: Path) -> None:
    path = small_model.save(tmp_path)
    card = json.loads(path.read_text())
    path.write_text(json.dumps(card | {"features": [*card["features"], "one_more"]}))
    with pytest.raises(Malformed) as caught:
        LearnedModel.load(path)
    assert caught.value.slug == "model-features"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"name": "x"}', "null"])
def test_a_file_that_is_no_card_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(Malformed) as caught:
        LearnedModel.load(path)
    assert caught.value.slug == "model-unreadable"


def test_a_model_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        LearnedModel.load(tmp_path / "nothing.json")


def test_what_clouds_hide_counts_as_missed_and_is_not_learned_from(
    small_model: LearnedModel, scenes: list[training.Scene]
) -> None:
    clear, hidden = scenes[2], replace(scenes[2], valid=scenes[2].valid & ~scenes[2].truth)
    seen, missed = (training.judged(small_model, scene) for scene in (clear, hidden))
    assert missed.units == seen.units and missed.changed == seen.changed
    assert missed.average_precision <= missed.changed < seen.average_precision
    assert not hidden.learned[hidden.truth].any()


def test_scenes_together_are_judged_over_all_their_pixels(
    small_model: LearnedModel, scenes: list[training.Scene]
) -> None:
    told = [(scene, small_model.probability(scene.stack, scene.valid)) for scene in scenes]
    truth, probability = (
        np.concatenate([plane[scene.scored] for scene, plane in pairs])
        for pairs in ([(scene, scene.truth) for scene in scenes], told)
    )
    assert training.figures(told) == evaluation.measure(truth, probability)


def test_a_scene_with_other_bands_is_not_judged(small_model: LearnedModel, scenes: list[training.Scene]) -> None:
    with pytest.raises(Malformed) as caught:
        training.judged(small_model, replace(scenes[2], bands=("red", "green")))
    assert caught.value.slug == "bands-differ"


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        (lambda scenes: scenes[:1], "too-few-scenes"),
        (lambda scenes: [scenes[0], replace(scenes[1], bands=("red", "green"))], "bands-differ"),
        (lambda scenes: [replace(scene, truth=np.zeros_like(scene.truth)) for scene in scenes], "one-class"),
        (lambda scenes: [replace(scene, scored=np.zeros_like(scene.truth)) for scene in scenes], "one-class"),
    ],
)
def test_scenes_that_nothing_can_be_learned_from_are_refused(scenes: list[training.Scene], change, slug: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Malformed) as caught:
        training.fit(change(scenes), QUICK)
    assert caught.value.slug == slug


def test_leaving_out_scores_each_scene_by_the_others_alone(scenes: list[training.Scene]) -> None:
    figures = training.left_out(scenes, QUICK)
    assert set(figures) == {scene.name for scene in scenes}
    alone = training.fit(scenes[1:], QUICK).probability(scenes[0])
    expected = evaluation.measure(scenes[0].truth[scenes[0].scored], alone[scenes[0].scored])
    assert figures[scenes[0].name] == expected


def test_calibration_brings_probabilities_to_the_share_that_changed() -> None:
    rng = np.random.default_rng(2)
    told = rng.random((3, 30_000)).astype(np.float32)
    truths = [rng.random(30_000) < row**3 for row in told]
    told_to, calibrated = training.calibration(truths, list(told))
    fresh = rng.random(30_000)
    again = np.interp(fresh, told_to, calibrated)
    assert evaluation.calibration_error(rng.random(30_000) < fresh**3, again) < 0.02


def test_calibration_keeps_the_ranking_where_anything_changed() -> None:
    told = np.linspace(0.1, 0.9, 9, dtype=np.float32)
    truth = np.array([0, 0, 1, 0, 0, 1, 1, 0, 1], bool)  # levels of isotonic regression: 0, 1/3, 2/3, 1
    calibrated = np.interp(told, *training.calibration([truth], [told]))
    assert calibrated[0] == 0 and (np.diff(calibrated) > 0).all()
    assert calibrated[3] == pytest.approx(1 / 3) and calibrated[6] == pytest.approx(2 / 3)


def test_the_shipped_model_was_made_from_simulated_change_only_and_fits_this_code() -> None:
    card = Card.read(SHIPPED)
    assert card.simulated and [source.licence for source in card.sources] == ["Apache-2.0"]
    assert LearnedModel.load(SHIPPED).card.bands == shipping.BANDS
    assert sum(path.stat().st_size for path in SHIPPED.parent.iterdir()) < 1_000_000
