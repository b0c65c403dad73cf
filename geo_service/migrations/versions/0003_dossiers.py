"""Dossiers: procedures as data, the life of a dossier, its clock, papers, money and partners; rules of the map."""

from alembic import context, op

from geo_service.migrations import execute, script

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    crs = context.config.attributes["crs"]
    for package in (
        "geo_service.dossiers",
        "geo_service.dossiers.clock",
        "geo_service.dossiers.partners",
        "geo_service.dossiers.board",
        "layers.register.rules",
    ):
        execute(op.get_bind(), script(package, "schema.sql", crs))
