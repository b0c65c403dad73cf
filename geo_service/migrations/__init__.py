"""Schema of the whole database: Alembic revisions for tables, and functions that are replaced at each migration."""

from __future__ import annotations

from importlib.resources import files

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from layers.crs import FabricCrs
from layers.errors import Malformed
from layers.register import seed

# Replaced at every migration, in this order.
REPEATED = (
    ("layers.fabric", "functions.sql"),
    ("layers.fabric", "triggers.sql"),
)


def script(package: str, name: str, crs: FabricCrs) -> str:
    """An SQL file with the tokens of the deployment filled in."""
    text = (files(package) / "sql" / name).read_text(encoding="utf-8")
    return text.replace("@SRID@", str(crs.srid)).replace("@TO_WEB@", crs.to_web_sql("geom"))


def execute(connection: sa.Connection, text: str) -> None:
    """Run a script of many statements as it stands (no parameters, so a per cent sign is just that)."""
    cursor = connection.connection.cursor()
    cursor.execute(text)
    cursor.close()


def migrate(url: str, srid: int) -> None:
    """Bring the database at `url` to the newest schema, in one transaction.

    Raises Malformed when it already is a fabric in another CRS.
    """
    crs = FabricCrs(srid)
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=sa.NullPool)
    config = Config()
    config.set_main_option("script_location", "geo_service:migrations")
    with engine.begin() as connection:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('geo-service migrate'))"))
        config.attributes["connection"] = connection
        config.attributes["crs"] = crs
        command.upgrade(config, "head")
        found = connection.execute(sa.text("SELECT srid FROM fabric.deployment")).scalar_one()
        if found != srid:
            raise Malformed(
                "other-srid",
                f"The database holds a fabric in EPSG:{found}; GEO_FABRIC_SRID says {srid}.",
                f"Cơ sở dữ liệu đang dùng EPSG:{found}; GEO_FABRIC_SRID lại là {srid}.",
            )
        for package, name in REPEATED:
            execute(connection, script(package, name, crs))
        seed.seed(connection.connection.driver_connection, hanoi=srid == 5897)  # type: ignore[arg-type]
    engine.dispose()
