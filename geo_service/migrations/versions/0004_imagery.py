"""Imagery: scenes, detection runs, findings and verdicts."""

from alembic import context, op

from geo_service.migrations import execute, script

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    crs = context.config.attributes["crs"]
    for package in ("imagery.scenes", "imagery.runs", "imagery.findings"):
        execute(op.get_bind(), script(package, "schema.sql", crs))
