from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.imagery.runs.ground import Ground, settle


@pytest.fixture
def ground(database_url: str, tmp_path: Path) -> Iterator[Ground]:
    made = settle(database_url, tmp_path)
    yield made
    made.conn.close()
