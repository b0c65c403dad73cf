"""Two periods of building in the sample city as runs would have recorded them, were every run right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from imagery.findings import Lead, record
from imagery.sample.city import SHOTS, Truth
from layers.db import Connection
from tests.imagery.findings import ground

DATES = tuple(shot.when for shot in SHOTS[:3])


def built(truth: Truth, period: int) -> dict[int, str]:
    """Parcel → what it turned into in the first (0) or the second (1) period."""
    return {change.parcel: change.transition for change in truth.changes[period]}


def observed(conn: Connection, before_at: datetime, after_at: datetime, changes: Mapping[int, str]) -> UUID:
    """A run that saw every face of the present state, and these changes; its id. The leads lie on one spot: the forecast asks for their parcels only.
    The files of its scenes are gone."""
    scenes = (
        ground.scene(conn, before_at.isoformat(), f"{before_at:%Y}"),
        ground.scene(conn, after_at.isoformat(), f"{after_at:%Y}"),
    )
    run = ground.a_run(conn, scenes)
    conn.execute("UPDATE imagery.scene SET removed_at = now() WHERE id = ANY(%s)", (list(scenes),))
    conn.execute(
        "INSERT INTO imagery.observation (run_id, parcel_id, unit, state, changed_m2, observed_share)"
        " SELECT %s, parcel_id, unit, CASE WHEN parcel_id = ANY(%s) THEN 'changed' ELSE 'unchanged' END, 0, 1"
        " FROM fabric.parcel_version WHERE retired_by IS NULL",
        (run, list(changes)),
    )
    whole = ground.lead(conn, next(iter(changes))) if changes else None
    leads: list[Lead] = [
        replace(whole, parcel_id=parcel, transition=transition) for parcel, transition in changes.items() if whole
    ]
    record(conn, run, leads)
    return run


def both_periods(conn: Connection, truth: Truth) -> tuple[UUID, UUID]:
    return observed(conn, *DATES[:2], built(truth, 0)), observed(conn, *DATES[1:], built(truth, 1))
