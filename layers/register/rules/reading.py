"""Rules from the database, and a draft judged by those of today."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from layers.db import Connection
from layers.fabric.model import Delta, State
from layers.register.rules.judging import judge
from layers.register.rules.model import Rule, Rulebook, UnitClass, Verdict


def rulebook(conn: Connection, on: date) -> Rulebook:
    """The rules in force on a day."""
    rows = conn.execute(
        """
        SELECT code, land_group, unit_class, lower(valid) AS valid_from, upper(valid) AS valid_until, severity, moments, threshold, unit, legal_source AS source
        FROM register.map_rule WHERE valid @> %s::date ORDER BY id
        """,
        [on],
    ).fetchall()
    groups = conn.execute("SELECT land_use, land_group FROM register.land_group").fetchall()
    return Rulebook(
        tuple(Rule(**(row | {"moments": tuple(row["moments"])})) for row in rows),
        {row["land_use"]: row["land_group"] for row in groups},
    )


def unit_classes(conn: Connection, units: Iterable[str], on: date) -> dict[str, UnitClass]:
    """What kind of unit each is on a day; those of another kind are not in it."""
    rows = conn.execute(
        "SELECT u.code, c.unit_class FROM unnest(%s::text[]) u (code) CROSS JOIN LATERAL register.unit_class(u.code, %s) c (unit_class)"
        " WHERE c.unit_class IS NOT NULL",
        [sorted(set(units)), on],
    ).fetchall()
    return {row["code"]: row["unit_class"] for row in rows}


def judge_delta(conn: Connection, delta: Delta, state: State) -> tuple[Verdict, ...]:
    """What the rules of today say of an edit made in a state."""
    row = conn.execute("SELECT (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS today").fetchone()
    assert row is not None
    on = row["today"]
    units = unit_classes(conn, (face.facts.unit for face in delta.created), on)
    return judge(rulebook(conn, on), delta.retired, delta.created, state, units, on)
