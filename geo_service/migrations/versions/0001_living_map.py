"""Ledger, feed, register, drafts, tiles and accounts."""

from alembic import context, op

from geo_service.migrations import execute, script

revision = "0001"
down_revision = None


def upgrade() -> None:
    connection = op.get_bind()
    crs = context.config.attributes["crs"]
    execute(
        connection,
        """
        CREATE EXTENSION IF NOT EXISTS postgis;
        CREATE EXTENSION IF NOT EXISTS btree_gist;
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
        CREATE EXTENSION IF NOT EXISTS unaccent;
        """,
    )
    cursor = connection.connection.cursor()
    if crs.pinned_srid != crs.srid:
        cursor.execute(
            "INSERT INTO spatial_ref_sys (srid, proj4text) VALUES (%s, %s)"
            " ON CONFLICT (srid) DO UPDATE SET proj4text = excluded.proj4text",
            (crs.pinned_srid, crs.operation),
        )
    for package, name in (
        ("layers.fabric", "schema.sql"),
        ("layers.fabric", "indexes.sql"),
        ("layers.register", "schema.sql"),
        ("layers.tiles", "schema.sql"),
        ("geo_service.accounts", "schema.sql"),
    ):
        execute(connection, script(package, name, crs))
    cursor.execute(
        "INSERT INTO fabric.deployment (srid, operation) VALUES (%s, %s)",
        (crs.srid, crs.operation),
    )
    # Plain `parcel_version` in psql and in notebooks.
    cursor.execute(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, fabric, register, feed',"
        " current_database()); END $$"
    )
