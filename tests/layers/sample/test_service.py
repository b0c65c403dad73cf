"""The sample city in a real fabric."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.rows import DictRow

from layers.errors import EditRefused
from layers.fabric.audit import audit
from layers.sample.service import load_sample


def test_a_small_city_is_a_clean_fabric_and_loads_once(conn: psycopg.Connection[DictRow]) -> None:
    done = load_sample(conn, units=3, faces=3000, seed=4)
    assert audit(conn, None).clean
    row = conn.execute("SELECT simulated FROM fabric.deployment").fetchone()
    assert row is not None
    assert row["simulated"]
    assert done.faces > 2500
    with pytest.raises(EditRefused, match="already holds land"):
        load_sample(conn, units=1, faces=500, seed=4)
