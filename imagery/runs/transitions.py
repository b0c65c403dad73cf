"""What changed into what: rules on the medians of spectral indices before and after, and on the land use that is registered.

The rules are data (data/*.csv) with a grade and a source each; the first that holds names the change. Index differences find change badly and
name it well, so they are asked only where the scores have found one.
"""

from __future__ import annotations

import csv
import functools
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

Persistence = Literal["one_pair", "confirmed_later", "contradicted_later", "series_break"]
NAMES = ("ndvi", "ndbi", "ndwi", "bsi")
OTHER = "other"
Medians = Mapping[str, float | None]
"""Index → median; None or NaN where the sensor has no band for it or nothing was seen."""
SIGNS: dict[str, Callable[[float, float], bool]] = {">=": operator.ge, "<=": operator.le}
WORDS: dict[str, tuple[str, str]] = {
    "to_built": ("thành công trình xây dựng", "into built-up land"),
    "to_bare": ("thành đất trống, đất san nền", "into bare or levelled ground"),
    "to_water": ("thành mặt nước", "into open water"),
    "to_vegetation": ("thành cây xanh, cây trồng", "into vegetation"),
    "demolished": ("do công trình bị phá dỡ", "because a building was taken down"),
    "built_on_rice": ("xây dựng trên đất trồng lúa", "built on rice land"),
    "other": ("chưa xác định được loại", "of a kind that cannot be told"),
}


@dataclass(frozen=True)
class Rule:
    """All `conditions` (variable, sign, value) hold for a change into `transition`; `land_group` None: on any land."""

    transition: str
    land_group: str | None
    conditions: tuple[tuple[str, str, float], ...]
    grade: str
    source: str


@dataclass(frozen=True)
class LandRule:
    """A transition with a name of its own on some land, once it lasts."""

    code: str
    land_group: str
    transition: str
    persistence: frozenset[str]
    grade: str
    source: str
    text_vi: str
    text_en: str


def _rows(name: str) -> list[dict[str, str]]:
    with (files("imagery.runs") / "data" / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@functools.cache
def land_groups() -> dict[str, str]:
    """Land-use code → group of the rules and weights."""
    return {row["land_use"]: row["land_group"] for row in _rows("land_groups.csv")}


def group_of(land_use: str | None) -> str | None:
    """The group of a registered land use; None for land outside every parcel, or a code the table does not know."""
    return land_groups().get((land_use or "").split("+")[0].strip())


@functools.cache
def rules() -> tuple[Rule, ...]:
    """The rule table, in its order."""

    def condition(text: str) -> tuple[str, str, float]:
        variable, sign, value = text.split()
        return variable, sign, float(value)

    return tuple(
        Rule(
            row["transition"],
            row["land_group"] or None,
            tuple(condition(part) for part in row["conditions"].split(";")),
            row["grade"],
            row["source"],
        )
        for row in _rows("transitions.csv")
    )


@functools.cache
def land_rules() -> tuple[LandRule, ...]:
    """Names that depend on the registered land use."""
    return tuple(
        LandRule(**{**row, "persistence": frozenset(row["persistence"].split())})  # type: ignore[arg-type]
        for row in _rows("land_rules.csv")
    )


def transition_of(before: Medians, after: Medians, land_use: str | None) -> str:
    """Code of the change, `other` where no rule holds; a rule that needs an index nobody could measure does not hold."""
    group = group_of(land_use)
    values = _values(before, after)
    return next(
        (rule.transition for rule in rules() if rule.land_group in (None, group) and _holds(rule, values)), OTHER
    )


def _values(before: Medians, after: Medians) -> dict[str, float]:
    values: dict[str, float] = {}
    for name in NAMES:
        first, second = _number(before.get(name)), _number(after.get(name))
        values |= {f"{name}_before": first, f"{name}_after": second, f"{name}_change": second - first}
    return values


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _holds(rule: Rule, values: Mapping[str, float]) -> bool:
    return all(SIGNS[sign](values[variable], value) for variable, sign, value in rule.conditions)  # NaN holds nowhere


def land_rule_of(transition: str, land_use: str | None, persistence: Persistence) -> LandRule | None:
    """The special name of a lasting change on registered land, if there is one."""
    group = group_of(land_use)
    return next(
        (
            rule
            for rule in land_rules()
            if rule.land_group == group and rule.transition == transition and persistence in rule.persistence
        ),
        None,
    )
