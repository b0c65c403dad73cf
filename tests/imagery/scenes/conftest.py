"""A store, and a connection outside a transaction, as the command line and the worker use them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from imagery.scenes.store import ImageStore
from layers.db import Connection, connect
from tests.conftest import Databases


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(str(tmp_path / "images"))


@pytest.fixture(scope="session")
def scene_database(databases: Databases) -> Iterator[str]:
    """One migrated database for the tests of this folder; each begins without scenes."""
    url = databases.create()
    yield url
    databases.drop(url)


@pytest.fixture
def idle(scene_database: str) -> Iterator[Connection]:
    with connect(scene_database, autocommit=True) as conn:
        conn.execute("DELETE FROM imagery.upload")
        conn.execute("DELETE FROM imagery.scene")
        yield conn


def files_in(store: ImageStore) -> list[str]:
    """Every file below the folder of a store."""
    assert store.folder is not None
    return sorted(str(path.relative_to(store.folder)) for path in store.folder.rglob("*") if path.is_file())
