"""Forecasts of new building."""

from alembic import context, op

from geo_service.migrations import execute, script

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    execute(op.get_bind(), script("imagery.forecast", "schema.sql", context.config.attributes["crs"]))
