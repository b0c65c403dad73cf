from __future__ import annotations

from collections.abc import Iterator

import pytest

from geo_service.dossiers.clock import seed
from layers.db import connect
from tests.conftest import Databases
from tests.geo_service.dossiers.calendar_ground import Conn


@pytest.fixture(scope="module")
def shipped(databases: Databases) -> Iterator[Conn]:
    """A database with the calendar as it is shipped; nobody changes it."""
    url = databases.create()
    with connect(url) as conn:
        seed.seed(conn)
        yield conn
        conn.rollback()
    databases.drop(url)


@pytest.fixture
def office(conn: Conn) -> Conn:
    """A calendar of one's own to change."""
    seed.seed(conn)
    return conn
