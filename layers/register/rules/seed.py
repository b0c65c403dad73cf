"""Rules of the map as they are shipped, with their sources."""

from __future__ import annotations

import csv
from importlib.resources import files

import psycopg


def _rows(name: str) -> list[dict[str, str | None]]:
    with (files("layers.register.rules") / "data" / name).open(encoding="utf-8") as lines:
        return [{key: value or None for key, value in row.items()} for row in csv.DictReader(lines)]


def seed(connection: psycopg.Connection, *, hanoi: bool) -> None:
    """Make what nobody edited what is shipped now; what somebody wrote is left alone.

    National: Land Law 31/2024/QH15 art. 220. Hanoi: QĐ 61/2024/QĐ-UBND, in force from 7 October 2024; a number that was not found is left open and
    its rule not testable. Land groups: the rows of the decision by codes of TT 08/2024/TT-BTNMT.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('geo.seeding', 'on', true)")
        cursor.execute("DELETE FROM register.map_rule WHERE edited_at IS NULL")
        cursor.execute("DELETE FROM register.land_group WHERE edited_at IS NULL")
        cursor.executemany(
            "INSERT INTO register.land_group (land_use, land_group) VALUES (%(land_use)s, %(land_group)s) ON CONFLICT DO NOTHING",
            _rows("land_groups.csv"),
        )
        cursor.executemany(
            """
            INSERT INTO register.map_rule (code, land_group, unit_class, valid, severity, moments, threshold, unit, legal_source, grade)
            VALUES (%(code)s, %(land_group)s, %(unit_class)s, daterange(%(valid_from)s::date, %(valid_until)s::date), %(severity)s,
                    string_to_array(%(moments)s, ' '), %(threshold)s, %(unit)s, %(legal_source)s, %(grade)s) ON CONFLICT DO NOTHING
            """,
            _rows("national_rules.csv") + (_rows("hanoi_rules.csv") if hanoi else []),
        )
        cursor.execute("SELECT set_config('geo.seeding', '', true)")
