"""The card of a model: what it was trained on and under which licence, how well it did where it was not trained, what it needs, digests of its files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

from layers.errors import Malformed, NotFound

FORMAT = 3
"""Raised when the features or the way of reading a model change."""


@dataclass(frozen=True)
class Source:
    """One part of the training data: how many pairs and sampled pixels, whether simulated."""

    name: str
    licence: str
    pairs: int
    pixels: int
    simulated: bool


@dataclass(frozen=True)
class Card:
    """`created`: ISO date. `bands`: common names in order. `features`: what the trees were given, in order. `file`, `sha256`: the text file of trees beside
    the card. `calibration`: told and calibrated probability, rising, linear between. `scores`: data set → figures of `evaluation.Metrics`, only
    from scenes that the model scored had not seen.
    """

    name: str
    created: str
    bands: tuple[str, ...]
    features: tuple[str, ...]
    file: str
    sha256: str
    calibration: tuple[tuple[float, ...], tuple[float, ...]]
    sources: tuple[Source, ...]
    scores: dict[str, dict[str, float]]
    parameters: dict[str, Any]
    use_en: str
    use_vi: str
    format: int = FORMAT

    @property
    def simulated(self) -> bool:
        """Whether no real change at all was learned from."""
        return all(source.simulated for source in self.sources)

    def to_json(self) -> str:
        """As it is stored beside the model."""
        return json.dumps({**asdict(self), "simulated": self.simulated}, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Card:
        """Raises KeyError, TypeError or ValueError when it is no card."""
        facts = {field.name: document[field.name] for field in fields(cls)}
        told, calibrated = facts["calibration"]
        rising = all(b >= a for line in (told, calibrated) for a, b in pairwise(line))
        if len(told) != len(calibrated) or not told or not rising or facts["format"] != FORMAT:
            raise ValueError("calibration or format")
        return cls(
            **{
                **facts,
                "bands": tuple(facts["bands"]),
                "features": tuple(facts["features"]),
                "calibration": (tuple(told), tuple(calibrated)),
                "sources": tuple(Source(**source) for source in facts["sources"]),
            }
        )

    @classmethod
    def read(cls, path: Path) -> Card:
        """The card in a file. Raises NotFound 'no-model', Malformed 'model-unreadable'."""
        if not path.is_file():
            raise NotFound("no-model", f"There is no model {path.name}.", f"Không có mô hình {path.name}.")
        try:
            return cls.from_dict(json.loads(path.read_text(encoding="utf-8")))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Malformed(
                "model-unreadable", f"{path.name} is no model card.", f"{path.name} không phải là thẻ mô hình."
            ) from error
