"""Small helpers around psycopg 3. Domain code takes a connection inside a transaction and never commits itself.

The schema is made and brought up to date by `geo_service.migrations.migrate(url, srid)`.
"""

from __future__ import annotations

import functools
from importlib.resources import files

import psycopg
from psycopg.rows import DictRow, dict_row

Connection = psycopg.Connection[DictRow]


def connect(url: str, **options: object) -> Connection:
    """A connection with rows as dicts. Used by the command line and notebooks; the service has pools."""
    return psycopg.connect(url, row_factory=dict_row, **options)  # type: ignore[arg-type]


@functools.cache
def sql(package: str, name: str) -> str:
    """Text of an SQL file kept in `package`/sql/, for example `sql("layers.tiles", "faces.sql")`."""
    return (files(package) / "sql" / name).read_text(encoding="utf-8")
