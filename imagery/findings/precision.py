"""How often findings turned out right, from the verdicts: by model, unit and transition.

Only what was judged counts, and inspectors judge from the top of the list: this is the precision of the list as it was worked off, not of everything that
a model would flag.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from layers.db import Connection

LEAST = 20
"""Verdicts below which a share is given with the warning that it rests on too few."""
Z95 = 1.959963984540054
Group = Literal["total", "model", "unit", "transition"]
GROUPS: Mapping[Group, str] = {
    "total": "''",
    "model": "r.model",
    "unit": "coalesce(f.unit, '*')",
    "transition": "f.transition",
}


@dataclass(frozen=True)
class Share:
    """`hits` of `n`, with the 95 % interval; all None when nothing was counted."""

    hits: int
    n: int
    value: float | None
    low: float | None
    high: float | None


def wilson(hits: int, n: int, z: float = Z95) -> Share:
    """The share and its score interval (Wilson 1927, J. Am. Stat. Assoc. 22, 209): sound for small counts and near 0 and 1."""
    if not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n}")
    if n == 0:
        return Share(0, 0, None, None, None)
    p = hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Share(hits, n, p, max(0.0, middle - half), min(1.0, middle + half))


def precision(conn: Connection) -> dict[Group, list[dict[str, Any]]]:
    """By each group: verdicts that stand, and two shares of those that decide (`not_visible` does not): `changed`, the land had really changed (confirmed
    or permitted), and `unpermitted`, it had without a permission. `enough`: whether at least LEAST decide. As far as the reader may see findings."""
    return {name: _by(conn, column) for name, column in GROUPS.items()}


def _by(conn: Connection, column: str) -> list[dict[str, Any]]:
    rows = conn.execute(
        f"""
        SELECT {column} AS code, count(*) FILTER (WHERE d.verdict = 'confirmed') AS confirmed, count(*) FILTER (WHERE d.verdict = 'permitted') AS permitted,
               count(*) FILTER (WHERE d.verdict = 'false') AS false, count(*) FILTER (WHERE d.verdict = 'not_visible') AS not_visible,
               bool_or(r.simulated) AS simulated
        FROM imagery.finding f JOIN imagery.recording r ON r.run_id = f.run_id JOIN imagery.verdict d ON d.id = f.verdict_id
        GROUP BY 1 ORDER BY count(*) DESC, 1
        """
    ).fetchall()
    return [_with_shares(row) for row in rows]


def _with_shares(row: dict[str, Any]) -> dict[str, Any]:
    decided = row["confirmed"] + row["permitted"] + row["false"]
    return row | {
        "changed": wilson(row["confirmed"] + row["permitted"], decided),
        "unpermitted": wilson(row["confirmed"], decided),
        "enough": decided >= LEAST,
    }
