"""Fixtures of the rights tests."""

from __future__ import annotations

import pytest

from tests.layers.register.rights import holders


@pytest.fixture
def land(conn: holders.Conn) -> holders.Conn:
    """A connection to a database with land in two communes and no rights yet."""
    holders.land(conn)
    return conn
