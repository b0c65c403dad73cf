"""Reference data of the rights: kinds of rights and purposes of a look at personal data."""

from __future__ import annotations

import csv
from importlib.resources import files

import psycopg


def _rows(name: str) -> list[dict[str, str]]:
    with (files("layers.register.rights") / "data" / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def seed(connection: psycopg.Connection) -> None:
    """Insert what is missing; what an administrator changed since is left alone.

    Kinds of rights: Civil Code 2015 (book II) and Land Law 31/2024/QH15; purposes: Law 91/2025/QH15 on personal data, of which
    `disclosure` rests on consent because NĐ 101/2024 art. 57 to 63 asks for it.
    """
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO rights.rrr_type (code, class, name_vi, name_en, exclusive)"
            " VALUES (%(code)s, %(class)s, %(name_vi)s, %(name_en)s, %(exclusive)s) ON CONFLICT DO NOTHING",
            _rows("rrr_types.csv"),
        )
        cursor.executemany(
            "INSERT INTO rights.purpose (code, name_vi, name_en, basis, reveals)"
            " VALUES (%(code)s, %(name_vi)s, %(name_en)s, %(basis)s, %(reveals)s) ON CONFLICT DO NOTHING",
            _rows("purposes.csv"),
        )
