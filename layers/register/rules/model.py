"""Rules of the map and what they say, as immutable values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from layers.crs import Point

Code = Literal["area", "frontage", "depth", "access", "path_width", "red_line"]
LandGroup = Literal[
    "residential", "commerce", "other_nonagricultural", "annual_crops", "perennial_crops", "production_forest"
]
UnitClass = Literal["phuong", "xa_dong_bang", "xa_trung_du", "xa_mien_nui"]
Severity = Literal["refuse", "warn", "info"]
Moment = Literal["preview", "submit", "approve"]
Outcome = Literal["pass", "fail", "not_testable"]
Place = tuple[Point, ...]  # a segment, or a single point, mm


@dataclass(frozen=True, slots=True)
class Rule:
    """What a law asks from one day until another. `threshold` in `unit`, None when the number is not on record; `land_group`, `unit_class` None: any."""

    code: Code
    land_group: LandGroup | None
    unit_class: UnitClass | None
    valid_from: date
    valid_until: date | None
    severity: Severity
    moments: tuple[Moment, ...]
    threshold: float | None
    unit: Literal["m", "m2"]
    source: str

    def holds(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_until is None or on < self.valid_until)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Rules, and which group each land-use code comes under."""

    rules: tuple[Rule, ...]
    land_groups: Mapping[str, LandGroup]

    def find(self, code: Code, group: LandGroup | None, unit_class: UnitClass | None, on: date) -> Rule | None:
        """The rule for a kind of land in a kind of unit on a day; the one that names both goes before one that names neither."""
        matching = [
            rule
            for rule in self.rules
            if rule.code == code
            and rule.holds(on)
            and rule.land_group in (None, group)
            and rule.unit_class in (None, unit_class)
        ]
        return max(matching, key=lambda rule: (rule.land_group is not None, rule.unit_class is not None), default=None)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says of one parcel.

    `parcel`: its id in the delta, negative for one that is only drafted. `measured`, `threshold` in `unit` (None where there is none). `where`: what was
    measured, in mm. The sentences quote `source`.
    """

    rule: Code
    verdict: Outcome
    severity: Severity
    moments: tuple[Moment, ...]
    parcel: int
    measured: float | None
    threshold: float | None
    unit: Literal["m", "m2"]
    text_vi: str
    text_en: str
    source: str
    where: tuple[Place, ...]

    def stops(self, moment: Moment) -> bool:
        """Whether the act of this moment is to be refused for it."""
        return self.verdict == "fail" and self.severity == "refuse" and moment in self.moments
