"""The STAC API: what pystac-client and stac-api-validator make of it, links, paging, and who finds what."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pystac
import pystac_client
import pytest
import rasterio
from fastapi.testclient import TestClient

from geo_service.app import create_app
from geo_service.settings import Settings
from imagery.scenes import catalogue
from imagery.scenes.stac import item
from imagery.scenes.store import ImageStore
from layers.db import connect
from tests.conftest import Databases
from tests.geo_service.scenes.conftest import Gallery, add_scenes
from tests.geo_service.site import problem
from tests.serving import Service, serving

POINT = {"type": "Point", "coordinates": [105.8181, 21.0237]}
VALIDATE = Path(__file__).with_name("validate.py")


@pytest.fixture(scope="module")
def service(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service as a process, with the same scenes."""
    url, folder = databases.create(), tmp_path_factory.mktemp("served")
    with connect(url, autocommit=True) as conn:
        add_scenes(conn, ImageStore(str(folder / "data" / "images")), folder)
    with serving(url, folder / "data") as running:
        yield running
    databases.drop(url)


def test_the_validator_finds_no_error(service: Service) -> None:
    classes = [word for name in ("core", "collections", "features", "item-search") for word in ("--conformance", name)]
    command = [
        sys.executable,
        str(VALIDATE),
        "--root-url",
        f"{service.url}/stac/",
        *classes,
        "--collection",
        "orthophoto",
    ]
    done = subprocess.run(
        [*command, "--geometry", json.dumps(POINT)], capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert "Errors: none" in said, said[-3000:]
    assert done.returncode == 0


def test_pystac_client_searches_pages_and_opens_what_it_finds(service: Service) -> None:
    client = pystac_client.Client.open(f"{service.url}/stac/")
    assert sorted(one.id for one in client.get_collections()) == ["orthophoto", "sentinel-2-l2a"]
    for method in ("GET", "POST"):
        found = list(client.search(collections=["orthophoto"], intersects=POINT, limit=1, method=method).items())
        assert [one.id for one in found] == ["ortho_2023-20230304", "ortho_2021-20210304", "ortho_2019-20190304"]
        found = list(client.search(bbox=[105, 10, 106, 11], method=method).items())
        assert [one.id for one in found] == ["far-20200101"]
        found = list(client.search(datetime="2021-01-01/2021-12-31", method=method).items())
        assert [one.id for one in found] == ["ortho_2021-20210304"]
        found = list(client.search(ids=["far-20200101", "ortho_2021-20210304"], max_items=5, method=method).items())
        assert len(found) == 2
        assert list(client.search(collections=["naip"], method=method).items()) == []
    found = list(client.get_collection("sentinel-2-l2a").get_items())
    (scene,) = found
    assert scene.get_parent().id == "sentinel-2-l2a"
    with (
        rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR"),
        rasterio.open(f"/vsicurl/{scene.assets['data'].href}") as data,
    ):
        assert data.count == 10 and data.read(1)[0, 0] == 1_000  # by ranges, over HTTP


def test_links_hold_behind_a_proxy(gallery: Gallery) -> None:
    settings = Settings(
        database_url=gallery.url,
        data_dir=gallery.app.state.settings.data_dir,
        rates="off",
        public_url="https://dat.hanoi.vn/ban-do",
    )
    with TestClient(
        create_app(settings), headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    ) as client:
        pages = [
            client.get("/stac/"),
            client.get("/stac/collections"),
            client.get("/stac/collections/orthophoto/items?limit=1"),
            client.get("/stac/search?limit=1&collections=orthophoto"),
            client.post("/stac/search", json={"limit": 1}),
        ]
    for page in pages:
        assert page.status_code == 200, page.text
        addresses = list(_values(page.json(), "href"))
        assert addresses and all(one.startswith("https://dat.hanoi.vn/ban-do/") for one in addresses), addresses
        assert "evil" not in page.text


def _values(node: Any, name: str) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == name:
                yield value
            else:
                yield from _values(value, name)
    elif isinstance(node, list):
        for value in node:
            yield from _values(value, name)


def test_pages_follow_each_other_without_gap_or_repetition(gallery: Gallery) -> None:
    got, link = [], {"href": "/stac/search?limit=2&datetime=2000-01-01T00:00:00Z/.."}
    while link:
        page = gallery.visitor.get(link["href"]).json()
        got += [feature["id"] for feature in page["features"]]
        assert page["numberReturned"] == len(page["features"]) <= 2
        link = next((one for one in page["links"] if one["rel"] == "next"), None)
    assert got == [
        scene.code for scene in sorted(gallery.scenes.values(), key=lambda s: s.datetime, reverse=True) if scene.public
    ]
    body: dict[str, Any] | None = {"limit": 2, "collections": ["orthophoto"]}
    posted = []
    while body:
        page = gallery.visitor.post("/stac/search", json=body).json()
        posted += [feature["id"] for feature in page["features"]]
        link = next((one for one in page["links"] if one["rel"] == "next"), None)
        body = link and link["body"]
    assert posted == [code for code in got if not code.startswith("S2A")]


def test_only_officers_find_scenes_that_are_not_public(gallery: Gallery) -> None:
    private = gallery.scenes["private"]
    path = f"/stac/collections/{private.sensor}/items/{private.code}"
    for client in (gallery.visitor, gallery.dan):
        assert private.code not in client.get("/stac/search?limit=100").text
        problem(client.get(path), 404, "no-such-item")
    assert gallery.thanh.get(path).json()["id"] == private.code
    assert private.code in gallery.quan.get("/stac/search?limit=100").text


@pytest.mark.parametrize(
    "query",
    [
        "bbox=1,2,3", "bbox=a,b,c,d", "bbox=10,20,5,10", "bbox=0,0,500,10", "datetime=yesterday", "datetime=2024-01-01T00:00:00Z/2023-01-01T00:00:00Z",
        "limit=0", "limit=-1", "limit=x", "token=xyz", "intersects=nix", "intersects={}", 'intersects={"type":"Point","coordinates":[]}',
        'intersects={"type":"Point","coordinates":[500,10]}', 'intersects={"type":"Polygon","coordinates":[[[0,0],[1,1]]]}',
        'bbox=0,0,1,1&intersects={"type":"Point","coordinates":[0,0]}',
    ],
)  # fmt: skip
def test_a_search_that_cannot_be_understood_is_a_problem_of_400(gallery: Gallery, query: str) -> None:
    problem(gallery.visitor.get(f"/stac/search?{query}"), 400)


def test_bodies_that_cannot_be_understood_are_problems_too(gallery: Gallery) -> None:
    for body in (
        {"bbox": [0, 0, 1, 1], "intersects": POINT},
        {"intersects": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}},
        {"intersects": {"type": "Point", "coordinates": [500, 1]}},
        {"datetime": "never"},
        {"limit": 0},
        {"token": "x"},
        [],
    ):
        problem(gallery.visitor.post("/stac/search", json=body), 400)
    problem(gallery.visitor.post("/stac/search", content=b"{"), 400)
    problem(gallery.visitor.get("/stac/collections/nix"), 404, "no-such-collection")
    problem(gallery.visitor.get("/stac/collections/nix/items"), 404, "no-such-collection")
    problem(gallery.visitor.get("/stac/nix"), 404)
    problem(gallery.visitor.delete("/stac/search"), 405)


def test_the_address_without_a_slash_leads_to_the_catalogue(gallery: Gallery) -> None:
    assert gallery.visitor.get("/stac").json()["type"] == "Catalog"
    assert "Authorization" in gallery.visitor.get("/stac/about").text
    described = gallery.visitor.get("/stac/api")
    assert described.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    assert "/search" in described.json()["paths"]


def test_an_item_says_projection_bands_and_clouds_in_the_words_of_the_extensions(gallery: Gallery) -> None:
    shown = item(gallery.scenes["s2"], "https://x/")
    properties, data = shown["properties"], shown["assets"]["data"]
    assert (properties["proj:code"], properties["proj:shape"], properties["eo:cloud_cover"]) == (
        "EPSG:32648",
        [96, 96],
        0,
    )
    assert properties["constellation"] == "sentinel-2" and properties["license"] == "other"
    assert data["bands"][2] == {
        "name": "B04", "data_type": "uint16", "nodata": 0, "raster:scale": 1e-4, "raster:offset": pytest.approx(-0.1), "eo:common_name": "red",
    }  # fmt: skip
    assert {name.split("/")[3] for name in shown["stac_extensions"]} == {"eo", "projection", "raster"}
    assert data["type"] == pystac.MediaType.COG
    ring = shown["geometry"]["coordinates"][0][0]
    assert len(ring) == 5
    with connect(gallery.url) as conn:
        gray = next(scene for scene in catalogue.listed(conn) if scene.sensor == "orthophoto")
    assert item(gray, "https://x/")["properties"]["license"] == "CC-BY-4.0"
