"""Runs by a learned model: the same whatever the tiling, and refused where the model does not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from imagery.learning import shipping, training
from imagery.learning.model import LearnedModel
from imagery.runs.asking import Parameters
from imagery.runs.run import perform
from tests.imagery.learning.conftest import QUICK
from tests.imagery.runs.ground import BANDS, Ground, frame_of, land, later
from tests.imagery.runs.whole import AFTER, BEFORE, BUILT, ask, bench, facts_of, pair, refused, row_of, same


@pytest.fixture(scope="module")
def model() -> LearnedModel:
    """A small model of simulated change in the bands of the ground."""
    scenes = [training.prepared(shipping.labelled(BANDS, 40 + number, side=120)) for number in range(2)]
    return training.train(scenes, QUICK, name="small", created="2026-11-22", sources=[shipping.SOURCE], scores={})


@pytest.fixture
def ground(ground: Ground, tmp_path: Path, model: LearnedModel) -> Ground:
    model.save(tmp_path / "models")
    return ground


def test_a_learned_run_is_the_same_whatever_the_tiling(ground: Ground, tmp_path: Path) -> None:
    before, after = pair(ground, 384)
    facts: list[dict[str, Any]] = []
    for tile in (512, 256):
        run = ask(ground, before, after, method="learned", model="small", parameters=Parameters(tile=tile))
        assert perform(bench(ground, tmp_path), run) == "done", row_of(ground, run)["message_en"]
        facts.append(facts_of(ground, tmp_path, run))
        records = {record["step"]: record for record in row_of(ground, run)["provenance"]}
        assert records["score"]["method"] == "learned" and 0.2 <= records["polygons"]["threshold"] <= 1
    assert same(*facts) and BUILT in {row["parcel_id"] for row in facts[0]["found"]}


def test_a_model_that_needs_other_bands_is_refused(ground: Ground, tmp_path: Path) -> None:
    grid = frame_of()
    image = land(grid)[:3]
    names = BANDS[:3]
    before = ground.add(image, grid, BEFORE, names=names)
    after = ground.add(later(image, 3), grid, AFTER, names=names)
    run = ask(ground, before, after, method="learned", model="small")
    assert refused(ground, tmp_path, run)["problem"] == "model-bands"


def test_a_pair_without_change_has_no_finding_for_the_learned_model_either(ground: Ground, tmp_path: Path) -> None:
    grid = frame_of()
    image = land(grid)
    run = ask(
        ground,
        ground.add(image, grid, BEFORE),
        ground.add(np.asarray(later(image, 3)), grid, AFTER),
        method="learned",
        model="small",
    )
    assert perform(bench(ground, tmp_path), run) == "done"
    row = ground.conn.execute("SELECT count(*) AS n FROM imagery.finding").fetchone()
    assert row == {"n": 0}
