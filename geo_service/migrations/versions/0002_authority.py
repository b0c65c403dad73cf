"""Accounts by role and unit, tokens, proof of identity in the database, audit log, rights on land."""

from alembic import context, op

from geo_service.migrations import execute, script

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    crs = context.config.attributes["crs"]
    for package, name in (
        ("geo_service.accounts", "authority.sql"),
        ("geo_service.audit", "schema.sql"),
        ("layers.register.rights", "schema.sql"),
    ):
        execute(op.get_bind(), script(package, name, crs))
    execute(op.get_bind(), "ALTER TABLE accounts.account ADD FOREIGN KEY (party_id) REFERENCES rights.party")
