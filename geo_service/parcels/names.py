"""Who is told the names and reasons of a change: staff of every unit it lies in. A reason is free text and can name a person."""

from __future__ import annotations

from geo_service.accounts.models import EVERYWHERE
from geo_service.deps import Access

CAPABILITY = "staff.names"
ELSEWHERE_PARCEL = (
    "SELECT EXISTS (SELECT 1 FROM fabric.parcel_version WHERE parcel_id = %s AND unit <> ALL(%s)) AS found"
)
ELSEWHERE_CHANGE = """
    WITH c AS MATERIALIZED (SELECT id FROM fabric.change_set WHERE seq = %(seq)s)
    SELECT EXISTS (SELECT 1 FROM fabric.parcel_version v JOIN c ON v.created_by = c.id WHERE v.unit <> ALL(%(units)s))
        OR EXISTS (SELECT 1 FROM fabric.parcel_version v JOIN c ON v.retired_by = c.id WHERE v.unit <> ALL(%(units)s)) AS found
"""


def told_of_parcel(visit: Access, parcel: int) -> bool:
    """Whether the visit may read who changed this parcel and why."""
    units = _units(visit)
    if EVERYWHERE in units or not units:
        return bool(units)
    row = visit.conn.execute(ELSEWHERE_PARCEL, (parcel, units)).fetchone()
    return row is not None and not row["found"]


def told_of_change(visit: Access, seq: int) -> bool:
    """Whether the visit may read who made this change set and why."""
    units = _units(visit)
    if EVERYWHERE in units or not units:
        return bool(units)
    row = visit.conn.execute(ELSEWHERE_CHANGE, {"seq": seq, "units": units}).fetchone()
    return row is not None and not row["found"]


def _units(visit: Access) -> list[str]:
    return visit.account.capabilities.get(CAPABILITY, []) if visit.account else []
