"""The database inside the embedded cluster."""

from __future__ import annotations

import psycopg
from psycopg import sql

DATABASE = "geo"
EXTENSIONS = ("postgis", "btree_gist", "pg_trgm", "unaccent")


def ensure_database(maintenance_url: str, url: str) -> None:
    """Leave the database with its extensions, at the version of the installed packages.

    Cheap when nothing is to be done, so it runs at every start; the caller makes sure that nobody does the same.
    """
    with psycopg.connect(maintenance_url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT name, installed_version, default_version FROM pg_available_extensions WHERE name = ANY(%s)",
            [list(EXTENSIONS)],
        ).fetchall()
        versions = {name: (have, wanted) for name, have, wanted in rows}
        for name in EXTENSIONS:
            have, wanted = versions.get(name, (None, None))
            if have is None:
                connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(name)))
            elif have != wanted:
                connection.execute(sql.SQL("ALTER EXTENSION {} UPDATE").format(sql.Identifier(name)))
