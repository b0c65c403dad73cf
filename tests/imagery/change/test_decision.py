"""The decision: limits read off the scene but never below a robust z, and an absolute floor; twins without change stay empty."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from imagery.change import decision
from imagery.change.pair import Scores
from tests.imagery.change.pairs import NAMES, Pair, ground, inside, judged, moved, onera, regions, registered

ALLOWED = 0.001  # share of a twin that may be called changed


def test_classes_need_both_the_scene_and_the_floor() -> None:
    z = np.array([[3, 5, 9, 9, np.nan]], np.float32)
    magnitude = np.array([[9, 9, 9, 0.5, np.nan]], np.float32)
    assert decision.classes(Scores(z, z, magnitude, z, (4, 8))).tolist() == [[0, 1, 2, 0, 0]]


def test_limits_lie_between_the_two_classes_of_a_scene() -> None:
    random = np.random.default_rng(1)
    z = np.concatenate([random.normal(0, 1, 90_000), random.normal(40, 8, 10_000)]).astype(np.float32)
    weak, strong = decision.limits(z)
    assert 5 < weak < strong < 25


@pytest.mark.parametrize("z", [np.random.default_rng(2).normal(0, 1, 10_000), np.zeros(10), np.zeros(1), np.zeros(0)])
def test_limits_never_fall_below_the_robust_z(z: np.ndarray) -> None:
    assert decision.limits(z.astype(np.float32)) == (decision.WEAK, decision.STRONG)


def brighter(scene: np.ndarray) -> np.ndarray:
    random = np.random.default_rng(3)
    return (1.1 * scene + 100) * random.normal(1, 0.02, scene.shape)


def curved(scene: np.ndarray) -> np.ndarray:
    top = scene.max(axis=(1, 2), keepdims=True)
    return top * (scene / top) ** 0.9


def cubic(dy: float, dx: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda scene: np.stack([ndimage.shift(band, (dy, dx), order=3, mode="nearest") for band in scene])


TWINS = {
    "gain, offset and noise": brighter,
    "gamma": curved,
    "half a pixel": cubic(0.5, 0),
    "1.3 px": cubic(1.3, 0),
    "slantwise": lambda scene: moved(scene, 0.9, -0.9),
    "a little": lambda scene: moved(scene, 0.09, 0),
    "all at once": lambda scene: brighter(cubic(0.8, -0.6)(scene)),
}


def false_share(pair: Pair) -> float:
    _, found = judged(registered(pair))
    return float(regions(found).mean())


@pytest.mark.parametrize("twin", TWINS)
def test_simulated_scene_without_change_stays_empty(twin: str) -> None:
    scene = np.abs(ground(256, 256, 4)) + 1
    seen = inside(np.ones((256, 256), bool), 6)
    pair = Pair("", ("blue", "green", "red", "nir"), scene, TWINS[twin](scene).astype(np.float32), seen, seen, seen)
    assert false_share(pair) <= ALLOWED


def test_real_scenes_without_change_stay_empty(test_data: Path) -> None:
    for pair in onera(test_data, "aguasclaras", "bercy"):
        for name, twin in TWINS.items():
            cut = np.s_[:256, :300]
            scene = pair.before[:, *cut]
            seen = inside(pair.valid[cut], 6)
            after = twin(scene).astype(np.float32)
            made = replace(pair, names=NAMES, before=scene, after=after, valid=seen)
            assert false_share(made) <= ALLOWED, (pair.name, name)
