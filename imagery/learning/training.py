"""Fitting a model on labelled pairs, and judging the way of fitting on scenes that were left out.

Scenes are what is crossed, never pixels: neighbours look alike, and a model that saw half a town knows the other half. Each scene counts the same, and so does
change within it, however little of it there is; calibration brings the true shares back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from imagery.change import pair as change
from imagery.learning import evaluation, model
from imagery.learning import features as described
from imagery.learning.card import Card, Source
from imagery.learning.model import LearnedModel
from imagery.learning.pairs import LabelledPair
from imagery.learning.reference import Reference, fitted
from layers.errors import Malformed

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Calibration = tuple[tuple[float, ...], tuple[float, ...]]
Progress = Callable[[str, int, int], None]

USE_EN = (
    "A ranking of places to inspect. It proves nothing about a parcel, and says nothing where a date was not observed."
)
USE_VI = "Dùng để xếp thứ tự nơi cần kiểm tra; không phải là bằng chứng về thửa đất và không nói gì về nơi không quan sát được."


@dataclass(frozen=True, slots=True)
class Settings:
    """How to fit. `changed`, `unchanged`: pixels sampled a scene; `odds`: weight of change in each; `rounds`, `leaves`, `rate` of the trees; `folds`: groups
    of scenes that are left out in turn for the calibration; `members`: sets of trees of each kind, each from pixels and seed of its own.
    """

    changed: int = 3000
    unchanged: int = 9000
    odds: float = 0.03
    rounds: int = 200
    leaves: int = 31
    rate: float = 0.07
    folds: int = 3
    members: int = 2
    seed: int = 1


@dataclass(frozen=True)
class Scene:
    """A labelled pair with its features (`features.features`). `scored`: pixels that count; those not `valid` are missed. `swapped`: plain values with the
    dates exchanged (`features.plain`), of which there are none where a scene is only to be judged.
    """

    name: str
    bands: tuple[str, ...]
    stack: NDArray[np.float16]
    valid: Bools
    truth: Bools
    scored: Bools
    swapped: NDArray[np.float16]

    @property
    def learned(self) -> Bools:
        """Pixels that can be learned from."""
        return self.scored & self.valid


@dataclass(frozen=True)
class Fitted:
    """Trees and their calibration."""

    trees: model.Trees
    calibration: Calibration

    def probability(self, scene: Scene) -> Floats:
        """Calibrated, (rows, cols), NaN where not valid."""
        return model.calibrated(model.told(self.trees, scene.stack, scene.valid), self.calibration)


def prepared(pair: LabelledPair, *, to_learn: bool = True) -> Scene:
    """Fit the pair and compute its features; not `to_learn`: only to be judged. Raises Malformed as `imagery.change.pair.fit` does."""
    sample = change.sample_of(pair.before, pair.after, pair.valid)
    against = described.reference(sample, change.fit(sample, pair.names))
    stack = described.features(pair.before, pair.after, pair.valid, against)
    swapped = np.zeros((0, *pair.valid.shape), np.float16)
    if to_learn:
        swapped = described.plain(pair.after, pair.before, pair.valid, backward(sample, pair.names))
    return Scene(pair.name, pair.names, stack, pair.valid, pair.truth, pair.known, swapped)


def backward(sample: change.Sample, names: Sequence[str]) -> Reference:
    """What plain values are measured against when the later date comes first."""
    return fitted(sample.swapped, change.fit(sample.swapped, names))


def fit(scenes: Sequence[Scene], settings: Settings, progress: Progress = lambda *_: None) -> Fitted:
    """Trees on all scenes, calibrated by trees that had not seen them. Raises Malformed 'too-few-scenes', 'bands-differ', 'one-class'."""
    _check(scenes)
    folds = min(settings.folds, len(scenes))
    told: list[Floats] = [np.zeros(0, np.float32)] * len(scenes)
    for fold in range(folds):
        trees = boosted([scene for position, scene in enumerate(scenes) if position % folds != fold], settings)
        for position in range(fold, len(scenes), folds):
            scene = scenes[position]
            told[position] = model.told(trees, scene.stack, scene.valid)[scene.learned]
        progress("train", fold + 1, folds + 1)
    trees = boosted(scenes, settings)
    progress("train", folds + 1, folds + 1)
    return Fitted(trees, calibration([scene.truth[scene.learned] for scene in scenes], told))


def train(
    scenes: Sequence[Scene], settings: Settings, *, name: str, created: str, sources: Iterable[Source],
    scores: dict[str, dict[str, float]] | None = None, progress: Progress = lambda *_: None,
) -> LearnedModel:  # fmt: skip
    """A model with its card. `scores`: figures of `left_out` or of other data, by data set. Raises as `fit`."""
    made = fit(scenes, settings, progress)
    card = Card(
        name=name,
        created=created,
        bands=scenes[0].bands,
        features=described.names(scenes[0].bands),
        file=f"{name}.txt",
        sha256=model.digest(made.trees),
        calibration=made.calibration,
        sources=tuple(sources),
        scores=scores or {},
        parameters=asdict(settings),
        use_en=USE_EN,
        use_vi=USE_VI,
    )
    return LearnedModel(card, made.trees)


def crossed(
    scenes: Sequence[Scene], settings: Settings, progress: Progress = lambda *_: None
) -> Iterator[tuple[Scene, Floats]]:
    """Each scene with its probability by a model fitted, calibrated and all, on the others alone; scenes where all or nothing changed are left away."""
    _check(scenes)
    for position, scene in enumerate(scenes):
        if len(np.unique(scene.truth[scene.scored])) == 2:
            yield scene, fit([other for other in scenes if other is not scene], settings).probability(scene)
        progress("leave one out", position + 1, len(scenes))


def left_out(
    scenes: Sequence[Scene], settings: Settings, progress: Progress = lambda *_: None
) -> dict[str, evaluation.Metrics]:
    """Figures of each scene `crossed`."""
    return {scene.name: figures([(scene, told)]) for scene, told in crossed(scenes, settings, progress)}


def figures(told: Iterable[tuple[Scene, Floats]]) -> evaluation.Metrics:
    """Figures of scenes together, over their pixels; what clouds hide counts as told to be unchanged."""
    pixels = [(scene.truth[scene.scored], np.nan_to_num(plane[scene.scored])) for scene, plane in told]
    return evaluation.measure(*map(np.concatenate, zip(*pixels, strict=True)))


def judged(learned: LearnedModel, scene: Scene) -> evaluation.Metrics:
    """Figures of a model on a scene. Raises Malformed 'bands-differ' when it was made for other bands."""
    if learned.card.bands != scene.bands:
        raise _other_bands(learned.card.bands, scene.bands)
    return figures([(scene, learned.probability(scene.stack, scene.valid))])


def _other_bands(*sets: tuple[str, ...]) -> Malformed:
    told = "; ".join(sorted({", ".join(bands) for bands in sets}))
    return Malformed(
        "bands-differ",
        f"One model needs one set of bands; here there are {told}.",
        f"Một mô hình chỉ dùng một bộ kênh phổ; ở đây có {told}.",
    )


def _check(scenes: Sequence[Scene]) -> None:
    if len(scenes) < 2:
        raise Malformed(
            "too-few-scenes", "At least two labelled scenes are needed: one to learn from, one to calibrate on.",
            "Cần ít nhất hai cảnh ảnh gán nhãn: một để học, một để hiệu chuẩn.",
        )  # fmt: skip
    if len({scene.bands for scene in scenes}) > 1:
        raise _other_bands(*(scene.bands for scene in scenes))
    labels = [scene.truth[scene.learned] for scene in scenes]
    if not any(one.any() for one in labels) or all(one.all() for one in labels):
        raise Malformed(
            "one-class", "Nothing is labelled changed, or everything is; there is nothing to learn.",
            "Không có hoặc toàn bộ điểm ảnh được gán nhãn biến động; không có gì để học.",
        )  # fmt: skip


def boosted(scenes: Sequence[Scene], settings: Settings) -> model.Trees:
    """Sets of trees on ranks and on plain values, by turns.

    In ranks, evidence may only rise: what a few towns teach has to hold in others. Plain values are learned in both orders of the dates: which way the
    seasons and the building of these towns went has no meaning elsewhere.
    """
    trees: list[lightgbm.Booster] = []
    rising = list(described.rising(scenes[0].bands))
    for seed in range(settings.seed, settings.seed + settings.members):
        rng = np.random.Generator(np.random.PCG64(seed))
        drawn = [(scene, *_sampled(scene, settings, rng)) for scene in scenes]
        label, weight = (np.concatenate([one[part] for one in drawn]) for part in (2, 3))
        rows = np.concatenate([_rows(scene.stack, places) for scene, places, _, _ in drawn])
        ranks, plain = np.split(rows, 2, axis=1)
        back = [_rows(scene.swapped, places) for scene, places, _, _ in drawn]
        trees += (
            _boosted(ranks, label, weight, settings, seed, rising),
            _boosted(np.concatenate([plain, *back]), np.tile(label, 2), np.tile(weight, 2), settings, seed, [0] * len(rising)),
        )  # fmt: skip
    return tuple(trees)


def _rows(stack: NDArray[np.float16], places: NDArray[np.intp]) -> Floats:
    return stack.reshape(len(stack), -1)[:, places].T.astype(np.float32)


def _boosted(
    rows: Floats, label: Bools, weight: NDArray[np.float64], settings: Settings, seed: int, rising: list[int]
) -> lightgbm.Booster:
    """Random thresholds (extremely randomised trees), few features a tree."""
    parameters = {
        "objective": "binary", "learning_rate": settings.rate, "num_leaves": settings.leaves, "min_data_in_leaf": 200, "lambda_l2": 10.0, "max_bin": 200,
        "feature_fraction": 0.2, "bagging_fraction": 0.5, "bagging_freq": 1, "extra_trees": True, "monotone_constraints": rising,
        "seed": seed, "num_threads": 1, "deterministic": True, "force_row_wise": True, "verbose": -1,
    }  # fmt: skip
    return lightgbm.train(parameters, lightgbm.Dataset(rows, label, weight=weight), settings.rounds)


def _sampled(
    scene: Scene, settings: Settings, rng: np.random.Generator
) -> tuple[NDArray[np.intp], Bools, NDArray[np.float64]]:
    """Pixels of a scene, their labels, and weights that add up to the same in every scene, `odds` of it for what changed."""
    known = np.flatnonzero(scene.learned)
    truth = scene.truth.ravel()[known]
    changed, unchanged = known[truth], known[~truth]
    taken = [
        rng.choice(group, min(most, len(group)), replace=False)
        for group, most in ((changed, settings.changed), (unchanged, settings.unchanged))
    ]
    places = np.sort(np.concatenate(taken))
    label = scene.truth.ravel()[places]
    share = np.where(label, settings.odds / max(1, len(taken[0])), (1 - settings.odds) / max(1, len(taken[1])))
    return places, label, share * (settings.changed + settings.unchanged)


def calibration(truths: Sequence[Bools], told: Sequence[Floats]) -> Calibration:
    """Centred isotonic regression (Oron & Flournoy 2017, doi 10.1080/19466315.2017.1286256) over all left-out scenes, each of the same weight: a knot in the
    middle of each level of an isotonic regression and straight lines between, so that above the first level it rises everywhere and the ranking stays.
    """
    weights = np.concatenate([np.full(len(truth), 1 / len(truth)) for truth in truths])
    values = np.concatenate(told).astype(np.float64)
    levels = IsotonicRegression(y_min=0.0, y_max=1.0).fit(values, np.concatenate(truths), weights).predict(values)
    level, member = np.unique(levels, return_inverse=True)
    middle = np.bincount(member, weights * values) / np.bincount(member, weights)
    knots = {0.0: 0.0, **dict(zip(middle.tolist(), level.tolist(), strict=True)), 1.0: 1.0}
    return tuple(knots), tuple(knots.values())
