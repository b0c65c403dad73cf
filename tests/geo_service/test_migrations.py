"""The schema comes up from an earlier release with its people, and a restored database gets its logins and grants back."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from psycopg.rows import dict_row

from geo_service.accounts import passwords
from geo_service.database import address_of
from geo_service.migrations import migrate
from geo_service.settings import Settings
from layers.crs import FabricCrs
from layers.errors import Malformed
from tests.conftest import NewDatabase


def first_release(url: str) -> None:
    """The tables of 0.1.0 with the units of Hanoi."""
    config = Config()
    config.set_main_option("script_location", "geo_service:migrations")
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=sa.NullPool)
    with engine.begin() as connection:
        config.attributes.update(connection=connection, crs=FabricCrs(5897))
        command.upgrade(config, "0001")
        connection.execute(sa.text("INSERT INTO register.unit (code, name) VALUES ('00004', 'Ba Đình')"))
    engine.dispose()


def test_officers_of_the_first_release_keep_their_authority(database: NewDatabase) -> None:
    url = database(srid=None)
    first_release(url)
    stored = passwords.make_hash("thửa đất nhà tôi 35")
    with psycopg.connect(url) as conn:
        conn.execute(
            "INSERT INTO accounts.account (login, name, password_hash, role, units)"
            " VALUES ('mot', 'Một', %s, 'officer', '{00004}'), ('hai', 'Hai', %s, 'officer', NULL), ('ba', 'Ba', %s, 'public', NULL)",
            [stored] * 3,
        )
    migrate(url, 5897)
    with psycopg.connect(url, row_factory=dict_row) as conn:
        rows = conn.execute(
            "SELECT a.login, h.* FROM accounts.account a, accounts.held(a.id) h WHERE h.capability LIKE 'edit.%' ORDER BY 1, 2, 3"
        ).fetchall()
    assert [tuple(row.values()) for row in rows] == [
        ("hai", "edit.approve", "*"),
        ("hai", "edit.propose", "*"),
        ("mot", "edit.approve", "00004"),
        ("mot", "edit.propose", "00004"),
    ]


def test_a_restored_database_gets_its_grants_back(database_url: str, settings: Settings) -> None:
    service = address_of(database_url, "geo_service", settings)
    with psycopg.connect(database_url) as conn:  # what is missing after a restore into a cluster without the logins
        conn.execute(
            "REVOKE USAGE ON SCHEMA fabric FROM geo_service; REVOKE ALL ON ALL TABLES IN SCHEMA fabric FROM geo_service"
        )
    with psycopg.connect(service) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("SELECT * FROM fabric.deployment")
    migrate(database_url, 5897)
    with psycopg.connect(service) as conn:
        assert conn.execute("SELECT srid FROM fabric.deployment").fetchone() == (5897,)


def test_a_database_of_another_crs_is_refused(database_url: str) -> None:
    with pytest.raises(Malformed, match="EPSG:5897"):
        migrate(database_url, 2193)
