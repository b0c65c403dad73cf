"""Reference data that every deployment needs: land-use codes, and Hanoi's units where the fabric is Hanoi's."""

from __future__ import annotations

import csv
from importlib.resources import files

import psycopg


def _rows(name: str) -> list[dict[str, str | None]]:
    with (files("layers.register") / "data" / name).open(encoding="utf-8") as lines:
        return [{key: value or None for key, value in row.items()} for row in csv.DictReader(lines)]


def seed(connection: psycopg.Connection, *, hanoi: bool) -> None:
    """Insert what is missing; what an administrator changed since is left alone.

    Land-use codes: TT 08/2024/TT-BTNMT annex II as amended by TT 23/2025; colours of TT 27/2018 where `official_color`.
    Units: NQ 1656/NQ-UBTVQH15, codes of QD 19/2025/QD-TTg; former communes: the 2025 mergers.
    """
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO register.land_use (code, name_vi, name_en, parent, color, official_color)"
            " VALUES (%(code)s, %(name_vi)s, %(name_en)s, %(parent)s, %(color)s, %(official_color)s)"
            " ON CONFLICT DO NOTHING",
            _rows("land_use.csv"),
        )
        if not hanoi:
            return
        cursor.executemany(
            "INSERT INTO register.unit (code, name, unit_type, name_en, area_km2, lon, lat)"
            " VALUES (%(code)s, %(name)s, %(unit_type)s, %(name_en)s, %(area_km2)s, %(lon)s, %(lat)s)"
            " ON CONFLICT DO NOTHING",
            _rows("hanoi_units.csv"),
        )
        cursor.executemany(
            "INSERT INTO register.former_unit (code, name, district, unit, share)"
            " VALUES (%(code)s, %(name)s, %(district)s, %(unit)s, %(share)s) ON CONFLICT DO NOTHING",
            _rows("former_units.csv"),
        )
