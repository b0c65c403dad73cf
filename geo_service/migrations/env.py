"""Alembic's entry point. The connection and the fabric's CRS come from `geo_service.migrations.migrate`."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table_schema="public")
context.run_migrations()
