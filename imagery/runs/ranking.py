"""Which lead an inspector should look at first: expected value, as data weighs it (data/legal_weights.csv, data/ranking.csv).

P(change) x legal weight(land, transition) x area x persistence, less what clouds and the parcel's edge take from it. Judged by P@k and recall at a
budget, not by F1.
"""

from __future__ import annotations

import csv
import functools
from importlib.resources import files

from imagery.runs.transitions import Persistence, group_of


@functools.cache
def weights() -> dict[tuple[str, str], float]:
    """(land group, transition) → legal weight; an empty word stands for any transition, or for land outside every parcel."""
    with (files("imagery.runs") / "data" / "legal_weights.csv").open(encoding="utf-8") as lines:
        return {(row["land_group"], row["transition"]): float(row["weight"]) for row in csv.DictReader(lines)}


@functools.cache
def factors() -> dict[str, float]:
    """The other numbers of the ranking by name."""
    with (files("imagery.runs") / "data" / "ranking.csv").open(encoding="utf-8") as lines:
        return {row["name"]: float(row["value"]) for row in csv.DictReader(lines)}


def legal_weight(land_use: str | None, transition: str) -> float:
    """What a transition on registered land weighs."""
    table, group = weights(), group_of(land_use) or ""
    return next(table[key] for key in ((group, transition), (group, ""), ("", "")) if key in table)


def rank_score(
    probability: float,
    land_use: str | None,
    transition: str,
    area_m2: float,
    persistence: Persistence,
    *,
    observed: float,
    edge: float,
) -> float:
    """Expected value of looking at a lead, ≥ 0. `observed`: share of it seen on both dates; `edge`: share within half a pixel of its rim."""
    given = factors()
    area = min(area_m2, given["area_cap_m2"]) / given["area_unit_m2"]
    value = probability * legal_weight(land_use, transition) * area * given[f"persistence.{persistence}"]
    penalty = given["penalty.unobserved"] * (1 - observed) + given["penalty.edge"] * edge
    return value * max(0.0, 1 - penalty)
