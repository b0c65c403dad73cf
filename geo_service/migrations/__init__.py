"""Schema of the whole database: Alembic revisions for tables, and functions that are replaced at each migration."""

from __future__ import annotations

import hashlib
from importlib.resources import files

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from geo_service.dossiers.catalogue import seed as catalogue_seed
from geo_service.dossiers.clock import seed as clock_seed
from geo_service.embedded.cluster import LOGINS
from layers.crs import FabricCrs
from layers.errors import Malformed
from layers.register import seed
from layers.register.rights import seed as rights_seed
from layers.register.rules import seed as rules_seed

# Replaced at every migration, in this order.
REPEATED = (
    ("layers.fabric", "functions.sql"),
    ("layers.fabric", "triggers.sql"),
    ("geo_service.accounts", "functions.sql"),
    ("geo_service.audit", "functions.sql"),
    ("geo_service.accounts", "roles.sql"),
    ("layers.register.rights", "functions.sql"),
    ("layers.register.rights", "triggers.sql"),
    ("layers.register.rights", "policies.sql"),
    ("layers.register.rights", "follow.sql"),
    ("layers.register.rules", "functions.sql"),
    ("geo_service.dossiers", "functions.sql"),
    ("geo_service.dossiers.clock", "functions.sql"),
    ("geo_service.dossiers.catalogue", "functions.sql"),
    ("geo_service.dossiers.documents", "functions.sql"),
    ("geo_service.dossiers.papers", "functions.sql"),
    ("geo_service.dossiers.money", "functions.sql"),
    ("geo_service.dossiers.partners", "functions.sql"),
    ("geo_service.dossiers.board", "functions.sql"),
    ("imagery.scenes", "functions.sql"),
    ("imagery.runs", "functions.sql"),
    ("imagery.findings", "functions.sql"),
    ("imagery.forecast", "functions.sql"),
)

# Logins belong to the cluster, grants to the database: after a restore into another cluster both are given again.
STATE = """
    SELECT schema_state FROM fabric.deployment WHERE (
        SELECT count(*) FROM pg_roles WHERE rolname = ANY(:logins) AND has_schema_privilege(oid, 'fabric', 'USAGE')) = cardinality(:logins)
"""


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
    """Bring the database at `url` to the newest schema, in one transaction. Where it is there already nothing is locked, so a service may
    start while others commit.

    Raises Malformed when the database holds a fabric in another CRS.
    """
    crs = FabricCrs(srid)
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=sa.NullPool)
    config = Config()
    config.set_main_option("script_location", "geo_service:migrations")
    wanted = _state_of_scripts(config, crs)
    with engine.begin() as connection:
        if _state_of_database(connection) != wanted:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('geo-service migrate'))"))
            _check_srid(connection, srid)
            config.attributes["connection"] = connection
            config.attributes["crs"] = crs
            command.upgrade(config, "head")
            for package, name in REPEATED:
                execute(connection, script(package, name, crs))
            seed.seed(connection.connection.driver_connection, hanoi=srid == 5897)  # type: ignore[arg-type]
            rights_seed.seed(connection.connection.driver_connection)  # type: ignore[arg-type]
            clock_seed.seed(connection.connection.driver_connection)  # type: ignore[arg-type]
            rules_seed.seed(connection.connection.driver_connection, hanoi=srid == 5897)  # type: ignore[arg-type]
            catalogue_seed.seed(connection.connection.driver_connection)  # type: ignore[arg-type]
            connection.execute(sa.text("UPDATE fabric.deployment SET schema_state = :state"), {"state": wanted})
        _check_srid(connection, srid)
    engine.dispose()


def _state_of_scripts(config: Config, crs: FabricCrs) -> str:
    """Newest revision and a digest of everything that is replaced at each migration."""
    digest = hashlib.sha256()
    for package, name in REPEATED:
        digest.update(script(package, name, crs).encode())
    for package in (
        "layers.register",
        "layers.register.rights",
        "layers.register.rules",
        "geo_service.dossiers.clock",
        "geo_service.dossiers.catalogue",
    ):
        for file in sorted((files(package) / "data").iterdir(), key=lambda file: file.name):
            digest.update(file.read_bytes())
    return f"{ScriptDirectory.from_config(config).get_current_head()}:{digest.hexdigest()[:16]}"


def _state_of_database(connection: sa.Connection) -> str | None:
    if connection.execute(sa.text("SELECT to_regclass('fabric.deployment') IS NULL")).scalar_one():
        return None
    return connection.execute(sa.text(STATE), {"logins": list(LOGINS)}).scalar_one_or_none()


def _check_srid(connection: sa.Connection, srid: int) -> None:
    if _state_of_database(connection) is None:
        return
    found = connection.execute(sa.text("SELECT srid FROM fabric.deployment")).scalar_one()
    if found != srid:
        raise Malformed(
            "other-srid",
            f"The database holds a fabric in EPSG:{found}; GEO_FABRIC_SRID says {srid}.",
            f"Cơ sở dữ liệu đang dùng EPSG:{found}; GEO_FABRIC_SRID lại là {srid}.",
        )
