"""The working calendar as it is shipped: public holidays with their sources, office hours."""

from __future__ import annotations

import csv
from importlib.resources import files

import psycopg
from psycopg.types.json import Jsonb


def _rows(name: str) -> Jsonb:
    with (files("geo_service.dossiers.clock") / "data" / name).open(encoding="utf-8") as lines:
        return Jsonb([{key: value or None for key, value in row.items()} for row in csv.DictReader(lines)])


def seed(connection: psycopg.Connection) -> None:
    """Make what nobody edited what is shipped now; what an administrator wrote or took out is left alone.

    Days: Labour Code 45/2019/QH14 art. 111 and 112 and the yearly notices; a day that is only proposed or expected is `provisional`.
    Where a day changed, running dossiers get the due dates they now have.
    """
    changed = 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('geo.seeding', 'on', true)")
        cursor.execute(
            """
            INSERT INTO dossier.office_hours AS h (valid_from, opens, lunch_from, lunch_until, closes, cut_off, source, grade)
            SELECT valid_from, opens, lunch_from, lunch_until, closes, cut_off, source, grade FROM jsonb_populate_recordset(NULL::dossier.office_hours, %s)
            ON CONFLICT (valid_from) DO UPDATE SET opens = excluded.opens, lunch_from = excluded.lunch_from, lunch_until = excluded.lunch_until,
                closes = excluded.closes, cut_off = excluded.cut_off, source = excluded.source, grade = excluded.grade
            WHERE h.edited_at IS NULL AND (h.opens, h.lunch_from, h.lunch_until, h.closes, h.cut_off, h.source, h.grade) IS DISTINCT FROM
                (excluded.opens, excluded.lunch_from, excluded.lunch_until, excluded.closes, excluded.cut_off, excluded.source, excluded.grade)
            """,
            [_rows("office_hours.csv")],
        )
        changed += cursor.rowcount
        days = _rows("calendar.csv")
        cursor.execute(
            "DELETE FROM dossier.calendar_day c WHERE edited_at IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM jsonb_to_recordset(%s) s (day date) WHERE s.day = c.day)",
            [days],
        )
        changed += cursor.rowcount
        cursor.execute(
            """
            INSERT INTO dossier.calendar_day AS c (day, kind, name_vi, name_en, source, grade, provisional)
            SELECT day, kind, name_vi, name_en, source, grade, provisional FROM jsonb_populate_recordset(NULL::dossier.calendar_day, %s)
            ON CONFLICT (day) DO UPDATE SET kind = excluded.kind, name_vi = excluded.name_vi, name_en = excluded.name_en, source = excluded.source,
                grade = excluded.grade, provisional = excluded.provisional
            WHERE c.edited_at IS NULL AND (c.kind, c.name_vi, c.name_en, c.source, c.grade, c.provisional) IS DISTINCT FROM
                (excluded.kind, excluded.name_vi, excluded.name_en, excluded.source, excluded.grade, excluded.provisional)
            """,
            [days],
        )
        changed += cursor.rowcount
        cursor.execute("SELECT set_config('geo.seeding', '', true)")
        if changed:
            cursor.execute("SELECT dossier.recompute_due()")
