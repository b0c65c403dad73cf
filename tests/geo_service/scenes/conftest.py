"""The service with some scenes: public ones of the city and of elsewhere, one that is not public; a manager, an inspector, a visitor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from geo_service.accounts.service import add_account
from geo_service.app import create_app
from geo_service.settings import Settings
from imagery.scenes import catalogue
from imagery.scenes.catalogue import Scene
from imagery.scenes.sensors import moment
from imagery.scenes.store import ImageStore
from layers.db import connect
from tests.conftest import Databases
from tests.geo_service.site import OURS, PASSWORD
from tests.imagery.scenes.deliveries import ramp, sentinel_2, write_tif


@dataclass
class Gallery:
    """`quan` manages imagery, `thanh` is an inspector, `dan` a citizen, `visitor` nobody. `scenes` by a short name."""

    app: FastAPI
    url: str
    store: ImageStore
    visitor: TestClient
    quan: TestClient
    thanh: TestClient
    dan: TestClient
    scenes: dict[str, Scene]


@pytest.fixture(scope="module")
def gallery(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gallery]:
    url, folder = databases.create(), tmp_path_factory.mktemp("gallery")
    settings = Settings(database_url=url, data_dir=folder / "data", rates="off", upload_limit=6_000_000)
    store = ImageStore(settings.images_address)
    with connect(url) as conn:
        for login, role in (("quan", "administrator"), ("thanh", "inspector"), ("dan", "citizen")):
            add_account(conn, login, PASSWORD, name=login, roles=[role], demo=True)
    with connect(url, autocommit=True) as conn:
        scenes = add_scenes(conn, store, folder)
    app = create_app(settings)
    with ExitStack() as stack:
        visitor = stack.enter_context(TestClient(app, headers=OURS, raise_server_exceptions=False))
        people = {}
        for login in ("quan", "thanh", "dan"):
            people[login] = TestClient(app, headers=OURS, raise_server_exceptions=False)
            people[login].portal = visitor.portal
            assert people[login].post("/api/session", json={"login": login, "password": PASSWORD}).status_code == 200
        yield Gallery(app, url, store, visitor, scenes=scenes, **people)
    databases.drop(url)


def rgb(start: int, size: int = 40) -> np.ndarray:
    return np.stack([ramp(size, size, start) % 250] * 3).astype(np.uint8)


def add_scenes(conn: catalogue.Connection, store: ImageStore, folder: Path) -> dict[str, Scene]:
    """Three public orthophotos of three years, one Sentinel-2 scene, one of elsewhere, one that is not public."""
    scenes = {}
    for year in (2019, 2021, 2023):
        path = write_tif(folder / f"ortho_{year}.tif", rgb(year), size=1)
        scenes[str(year)] = catalogue.add(conn, store, path, when=moment(f"{year}-03-04"), licence="CC-BY-4.0")
    scenes["s2"] = catalogue.add(conn, store, sentinel_2(folder, scl=np.full((48, 48), 4, np.uint8)))
    far = write_tif(folder / "far.tif", rgb(1), size=1, west_north=(585_000, 1_200_000))
    scenes["far"] = catalogue.add(conn, store, far, when=moment("2020-01-01"), elsewhere=True)
    kept = write_tif(folder / "kept.tif", rgb(2), size=1)
    scenes["private"] = catalogue.add(conn, store, kept, when=moment("2022-01-01"), public=False)
    return scenes
