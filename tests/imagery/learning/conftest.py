"""Small simulated pairs and one small model fitted on them, shared by the tests of learning."""

from __future__ import annotations

import pytest

from imagery.learning import shipping, training
from imagery.learning.model import LearnedModel
from imagery.learning.pairs import LabelledPair

QUICK = training.Settings(changed=600, unchanged=2400, rounds=60, leaves=8, rate=0.1, folds=2)


@pytest.fixture(scope="session")
def simulated() -> list[LabelledPair]:
    return [shipping.labelled(("red", "nir"), 100 + number, side=120) for number in range(3)]


@pytest.fixture(scope="session")
def scenes(simulated: list[LabelledPair]) -> list[training.Scene]:
    return [training.prepared(pair) for pair in simulated]


@pytest.fixture(scope="session")
def small_model(scenes: list[training.Scene]) -> LearnedModel:
    return training.train(scenes[:2], QUICK, name="small", created="2026-11-22", sources=[shipping.SOURCE], scores={})
