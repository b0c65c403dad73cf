"""Labels (unit, sheet, number): what people call a parcel. Numbers are never reused within a sheet.

A label's validity is that of the versions that carry it; old labels stay findable because versions are never deleted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from layers.db import Connection
from layers.fabric.model import Delta, Face


def number_new_parcels(conn: Connection, delta: Delta) -> Delta:
    """Give drafted land parcels the next numbers of their sheets (next after the highest ever used, TT 25/2014 art. 17).

    Sheets are counted up in one order, so two commits that need the same two sheets cannot block each other.
    """
    drafted = [face for face in delta.created if face.id < 0 and face.facts.sheet and not face.facts.number]
    wanted = Counter((face.facts.unit, face.facts.sheet or "") for face in drafted)
    last: dict[tuple[str, str], int] = {}
    for (unit, sheet), count in sorted(wanted.items()):
        wish = {"unit": unit, "sheet": sheet, "count": count}
        row = conn.execute(
            "UPDATE register.sheet SET last_number = last_number + %(count)s WHERE unit = %(unit)s AND sheet = %(sheet)s"
            " RETURNING last_number",
            wish,
        ).fetchone()
        if row is None:
            row = conn.execute(
                """
                INSERT INTO register.sheet AS s (unit, sheet, last_number)
                VALUES (%(unit)s, %(sheet)s, %(count)s + coalesce((
                    SELECT max(number::bigint) FROM fabric.parcel_version
                    WHERE unit = %(unit)s AND sheet = %(sheet)s AND number ~ '^[0-9]{1,9}$'), 0))
                ON CONFLICT (unit, sheet) DO UPDATE SET last_number = s.last_number + %(count)s
                RETURNING last_number
                """,
                wish,
            ).fetchone()
        last[(unit, sheet)] = int(row["last_number"]) - count  # type: ignore[index]
    numbered: dict[int, Face] = {}
    for face in sorted(drafted, key=lambda face: -face.id):
        key = (face.facts.unit, face.facts.sheet or "")
        last[key] += 1
        numbered[face.id] = replace(face, facts=replace(face.facts, number=str(last[key])))
    return replace(delta, created=tuple(numbered.get(face.id, face) for face in delta.created))


def note_sheets(conn: Connection, change_set: int) -> None:
    """After a load: remember the highest number of every sheet that came in."""
    conn.execute(
        """
        INSERT INTO register.sheet AS s (unit, sheet, last_number)
        SELECT unit, sheet, max(number::bigint) FROM fabric.parcel_version
        WHERE created_by = %s AND sheet IS NOT NULL AND number ~ '^[0-9]{1,9}$' GROUP BY unit, sheet ORDER BY unit, sheet
        ON CONFLICT (unit, sheet) DO UPDATE SET last_number = greatest(s.last_number, excluded.last_number)
        """,
        (change_set,),
    )


def label_of(sheet: str | None, number: str | None) -> str | None:
    """`sheet/number` as people write it, None for faces without a number."""
    return f"{sheet}/{number}" if sheet and number else None
