"""Fixtures shared by all tests: one embedded cluster for the run, a fresh migrated database for whoever asks.

Everything is lazy: a test that needs no database starts none. A database is a copy of a template that was migrated
once per SRID, so it costs a tenth of a second, and no test sees what another one did.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import psycopg.conninfo
import pytest
from _pytest.nodeid import coerce_node_id
from psycopg.rows import DictRow, dict_row

from geo_service.embedded import Cluster
from geo_service.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
NewDatabase = Callable[..., str]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """schemathesis names its tests by route but gives all of them the node id of their function; xdist, which shares out by ids, would run only one of them."""
    for item in items:
        if not item.nodeid.endswith(item.name):
            item._id = coerce_node_id(item.nodeid.rpartition("::")[0] + f"::{item.name}")


def pytest_configure() -> None:
    """The run must not depend on the caller's own deployment."""
    for name in [name for name in os.environ if name.startswith("GEO_") and name != "GEO_TEST_DATA"]:
        del os.environ[name]
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("PGPORT", None)


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real data (`GEO_TEST_DATA`, default `../shared/data`); the test is skipped where it is absent."""
    folder = Path(os.environ.get("GEO_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no test data in {folder} (set GEO_TEST_DATA)")
    return folder


@pytest.fixture(scope="session")
def reachable_tmp() -> Iterator[Path]:
    """A short temporary folder that the database's user can enter; pytest's own is closed to it under root."""
    folder = Path(tempfile.mkdtemp(prefix="geo-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


class Databases:
    """Makes and drops databases on one cluster; templates are migrated at first use."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._numbers = count(1)
        self._templates: set[int] = set()

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._cluster.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def template(self, srid: int) -> str:
        """Name of the migrated template; nobody may connect to it, so that it can always be copied."""
        name = f"geo_template_{srid}"
        if srid not in self._templates:
            from geo_service.migrations import migrate  # noqa: PLC0415  (so that other tests run without it)

            self._run(f"DROP DATABASE IF EXISTS {name}_draft WITH (FORCE)")
            self._run(f"CREATE DATABASE {name}_draft TEMPLATE geo")  # `geo` has the extensions
            migrate(self._cluster.url(f"{name}_draft"), srid)
            self._run(f"ALTER DATABASE {name}_draft RENAME TO {name}")
            self._run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            self._templates.add(srid)
        return name

    def create(self, srid: int | None = 5897) -> str:
        """Address of a new database: migrated for `srid`, or with the extensions only when `srid` is None."""
        name = f"test_{next(self._numbers)}"
        template = "geo" if srid is None else self.template(srid)
        self._run(
            f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"
        )  # half the time of copying through the log
        self._copy_settings(template, name)
        return self._cluster.url(name)

    def _copy_settings(self, template: str, name: str) -> None:
        """`ALTER DATABASE … SET` belongs to a database's name, so PostgreSQL does not copy it with the content."""
        with psycopg.connect(self._cluster.url("postgres"), autocommit=True) as connection:
            rows = connection.execute(
                "SELECT unnest(setconfig) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase"
                " WHERE d.datname = %s AND s.setrole = 0",
                [template],
            ).fetchall()
            for (setting,) in rows:
                parameter, _, value = setting.partition("=")
                connection.execute(f"ALTER DATABASE {name} SET {parameter} = {value}")

    def drop(self, url: str) -> None:
        """Drop a database that `create` made, also while somebody is connected."""
        name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def cluster(reachable_tmp: Path) -> Iterator[Cluster]:
    """The cluster of the run, without fsync. A test that kills a server makes its own."""
    instance = Cluster(reachable_tmp / "cluster", durable=False)
    with instance.session():
        yield instance


@pytest.fixture(scope="session")
def databases(cluster: Cluster) -> Databases:
    return Databases(cluster)


@pytest.fixture
def database(databases: Databases) -> Iterator[NewDatabase]:
    """`database()` or `database(srid=2193)` → address of a fresh migrated database, dropped after the test."""
    made: list[str] = []

    def create(srid: int | None = 5897) -> str:
        made.append(databases.create(srid))
        return made[-1]

    yield create
    for url in made:
        databases.drop(url)


@pytest.fixture
def database_url(database: NewDatabase) -> str:
    """Address of one fresh database in the default SRID."""
    return database()


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection[DictRow]]:
    """A connection (rows as dicts, inside a transaction as always in psycopg) to `database_url`."""
    connection = psycopg.connect(database_url, row_factory=dict_row)
    try:
        yield connection
    finally:
        connection.close()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Development settings on a fresh database and an empty data folder."""
    return Settings(database_url=database_url, data_dir=tmp_path / "data")
