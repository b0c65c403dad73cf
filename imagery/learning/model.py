"""The learned probability of change: sets of gradient-boosted trees (LightGBM) on the features of a pixel, smoothed over its neighbours, calibrated.

Half of the sets see ranks within the scene, which mean the same in every town; the others plain values, which say whether a scene changed much at all. They
err in different places, so the mean of their log odds is better than any. Smoothing: what is built is larger than a pixel. Calibration: isotonic regression
fitted on scenes that the trees telling of them had not seen.

A model is a card (`NAME.json`) and the text file of its trees beside it, one set after the other. A file that is not the one the card was written for is
refused, and so is a model made for other features than this code computes.
"""

from __future__ import annotations

import hashlib
from itertools import cycle
from pathlib import Path

import lightgbm
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from imagery.change.smoothing import Smoother
from imagery.learning import features as described
from imagery.learning.card import Card
from layers.errors import Malformed

SIGMA = 1.0
"""px; what the trees tell is averaged over this."""
HEAD = "tree\n"
"""First line of a set of trees."""
AT_ONCE = 1 << 17
"""Pixels that are told about at once."""
SHIPPED = Path(__file__).parent / "data" / "simulated.json"
"""Card of the model that comes with the service."""

Floats = NDArray[np.float32]
Halves = NDArray[np.float16]
Bools = NDArray[np.bool_]
Trees = tuple[lightgbm.Booster, ...]
"""By turns on ranks and on plain values."""


class LearnedModel:
    """A calibrated model. `load` reads one; `training.train` makes one."""

    def __init__(self, card: Card, trees: Trees) -> None:
        self.card, self._trees = card, trees

    @classmethod
    def load(cls, path: Path) -> LearnedModel:
        """Read by the card's path. Raises NotFound 'no-model', Malformed 'model-unreadable', 'model-changed', 'model-features'."""
        card = Card.read(path)
        if card.features != described.names(card.bands):
            raise Malformed(
                "model-features",
                f"The model {card.name} was made for other features than this version of the service computes; train it again.",
                f"Mô hình {card.name} được huấn luyện với bộ đặc trưng khác phiên bản hiện tại; hãy huấn luyện lại.",
            )
        return cls(card, _trees(path.parent / card.file, card.sha256))

    def save(self, folder: Path) -> Path:
        """Write trees and card; the card last, so that half a model is none. Returns the card's path."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / self.card.file).write_text(text(self._trees), encoding="utf-8")
        path = folder / f"{self.card.name}.json"
        path.write_text(self.card.to_json(), encoding="utf-8")
        return path

    def probability(self, stack: Halves, valid: Bools) -> Floats:
        """Calibrated probability of change, (rows, cols), NaN where not valid, from `features.features` of the same tile (halo included)."""
        return calibrated(told(self._trees, stack, valid), self.card.calibration)


def told(trees: Trees, stack: Halves, valid: Bools) -> Floats:
    """What the trees tell, smoothed, before calibration: (rows, cols), NaN where not valid."""
    plane = np.zeros(valid.shape, np.float32)
    places, flat = np.flatnonzero(valid), stack.reshape(len(stack), -1)
    for start in range(0, len(places), AT_ONCE):
        part = places[start : start + AT_ONCE]
        halves = np.split(flat[:, part].T.astype(np.float32), 2, axis=1)
        odds = [one.predict(half, num_threads=1, raw_score=True) for one, half in zip(trees, cycle(halves))]
        plane.flat[part] = expit(np.mean(odds, axis=0))
    plane = Smoother(valid)(plane, SIGMA)
    plane[~valid] = np.nan
    return plane


def calibrated(plane: Floats, calibration: tuple[tuple[float, ...], tuple[float, ...]]) -> Floats:
    """Told → calibrated, linear between the knots; NaN stays NaN."""
    return np.interp(plane, *calibration).astype(np.float32)


def text(trees: Trees) -> str:
    """The trees as they are stored: without the parameters of the training machine."""
    return "".join(one.model_to_string(num_iteration=-1).split("\nparameters:", maxsplit=1)[0] + "\n" for one in trees)


def digest(trees: Trees) -> str:
    """SHA-256 of the stored text."""
    return hashlib.sha256(text(trees).encode()).hexdigest()


def _trees(path: Path, expected: str) -> Trees:
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != expected:
        raise Malformed(
            "model-changed",
            f"{path.name} is not the file that the model card was written for.",
            f"{path.name} không phải là tệp mà thẻ mô hình mô tả.",
        )
    return tuple(
        lightgbm.Booster(model_str=HEAD + one) for one in content.decode().removeprefix(HEAD).split(f"\n{HEAD}")
    )
