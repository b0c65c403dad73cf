"""Pictures of scenes over HTTP: what is asked again costs nothing, what is not there is said, and who may not see a scene learns nothing of it."""

from __future__ import annotations

import datetime as dt
import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from geo_service.accounts.service import add_account
from geo_service.scenes import tiles
from geo_service.scenes.front import SceneFront
from imagery.scenes import catalogue
from imagery.scenes.model import Scene
from imagery.scenes.store import ImageStore
from layers.db import connect
from tests.conftest import Databases
from tests.geo_service.site import PASSWORD, Site, a_site, problem
from tests.imagery.render.ground import cog, lonlat, tile_at

SIZE, GSD = 512, 1.0
EAST, NORTH = 586_000.0, 2_325_000.0


@pytest.fixture(scope="module")
def site(databases: Databases, reachable_tmp: Path) -> Iterator[Site]:
    url = databases.create()
    with a_site(url, reachable_tmp / "scene-tiles") as site:
        with connect(url) as conn:
            add_account(conn, "thanhtra", PASSWORD, name="Thanh tra", roles=["inspector"], demo=True)
        yield site
    databases.drop(url)


def store_of(site: Site) -> ImageStore:
    store: ImageStore = site.app.state.images
    return store


def added(site: Site, folder: Path, seed: int, *, public: bool = True) -> Scene:
    """A scene of three bands in the middle of Hanoi."""
    values = (
        np.random.default_rng(seed)
        .integers(1, 255, (3, SIZE // 8, SIZE // 8))
        .astype(np.uint8)
        .repeat(8, 1)
        .repeat(8, 2)
    )
    path = cog(folder / f"anh-{seed}.tif", values, gsd=GSD, compress="DEFLATE")
    with connect(site.url, autocommit=True) as conn:
        when = dt.datetime(2024, 2, 3, 5, tzinfo=dt.UTC)
        return catalogue.add(
            conn, store_of(site), path, when=when, sensor="orthophoto", licence="CC0-1.0", public=public
        )


@pytest.fixture(scope="module")
def scene(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return added(site, tmp_path_factory.mktemp("scene"), 1)


def place(zoom: int) -> tuple[int, int, int]:
    return tile_at(*lonlat(5897, EAST + SIZE * GSD / 2, NORTH - SIZE * GSD / 2), zoom)


def path_of(scene: Scene, zoom: int = 17, tail: str = ".webp") -> str:
    z, x, y = place(zoom)
    return f"/tiles/scenes/{scene.id}/{z}/{x}/{y}{tail}"


@contextmanager
def signed_in(site: Site, login: str) -> Iterator[TestClient]:
    client = TestClient(site.app, headers={"X-Requested-With": "geo-service"}, raise_server_exceptions=False)
    client.portal = site.visitor.portal
    assert client.post("/api/session", json={"login": login, "password": PASSWORD}).status_code == 200
    yield client


def test_a_tile_is_kept_for_ever_and_304_without_drawing(
    site: Site, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = site.visitor.get(path_of(scene))
    assert first.status_code == 200 and first.headers["content-type"] == "image/webp"
    assert first.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert Image.open(io.BytesIO(first.content)).size == (256, 256)
    service = site.app.state.scene_tiles
    monkeypatch.setattr(service, "_renderer", None)  # whoever draws now fails
    again = site.visitor.get(path_of(scene), headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304 and not again.content and again.headers["etag"] == first.headers["etag"]
    cached = site.visitor.get(path_of(scene))
    assert cached.content == first.content


def test_what_was_drawn_is_answered_before_the_framework_and_the_same(site: Site, scene: Scene) -> None:
    async def nowhere(_scope: object, _receive: object, _send: object) -> None:
        raise AssertionError("asked further in")

    path = path_of(scene, zoom=18)
    routed = site.visitor.get(path)
    assert routed.status_code == 200
    front = TestClient(SceneFront(nowhere, site.app.state), raise_server_exceptions=False)
    kept = front.get(path)
    names = ("etag", "cache-control", "content-type", "content-length")
    assert kept.content == routed.content and [kept.headers[n] for n in names] == [routed.headers[n] for n in names]
    assert front.get(path, headers={"If-None-Match": kept.headers["etag"]}).status_code == 304
    for other in (
        f"{path}?look=ndvi",
        path.replace("webp", "png"),
        path_of(scene, zoom=18, tail="@2x.jpg"),
        "/api/scenes",
    ):
        assert front.get(other).status_code == 500  # not answered here


@pytest.mark.parametrize(("tail", "media", "size"), [
    (".png", "image/png", 256), (".jpg", "image/jpeg", 256), ("@2x.webp", "image/webp", 512), ("@2x.jpg", "image/jpeg", 512),
])  # fmt: skip
def test_every_form_has_its_own_tag_and_size(site: Site, scene: Scene, tail: str, media: str, size: int) -> None:
    answer = site.visitor.get(path_of(scene, tail=tail))
    assert answer.status_code == 200 and answer.headers["content-type"] == media
    assert Image.open(io.BytesIO(answer.content)).size == (size, size)
    assert answer.headers["etag"] != site.visitor.get(path_of(scene)).headers["etag"]


def test_beside_the_scene_there_is_nothing(site: Site, scene: Scene) -> None:
    z, x, y = place(17)
    answer = site.visitor.get(f"/tiles/scenes/{scene.id}/{z}/{x + 40}/{y}.png")
    assert answer.status_code == 204 and not answer.content
    assert answer.headers["cache-control"].endswith("immutable")
    problem(site.visitor.get(f"/tiles/scenes/{scene.id}/3/8/0.png"), 404, "no-such-tile")


@pytest.mark.parametrize(("query", "slug"), [
    ("look=ndvi", "bad-look"), ("look=mask", "bad-look"), ("look=%3Cb%3E", "bad-look"), ("bands=red,green,nir", "bad-bands"),
    ("bands=red,green", "bad-bands"), ("bands=red&stretch=9,1", "bad-stretch"), ("look=natural&bands=red", "look-or-bands"),
])  # fmt: skip
def test_what_the_scene_does_not_have_is_a_problem_in_two_languages(
    site: Site, scene: Scene, query: str, slug: str
) -> None:
    document = problem(site.visitor.get(f"{path_of(scene)}?{query}"), 422, slug)
    assert document["detail_vi"] != document["detail"]


def test_an_unknown_scene_form_or_address_is_refused(site: Site, scene: Scene) -> None:
    problem(site.visitor.get("/tiles/scenes/00000000-0000-4000-8000-000000000000/3/0/0.png"), 404, "no-such-scene")
    problem(site.visitor.get("/api/scenes/00000000-0000-4000-8000-000000000000/looks"), 404, "no-such-scene")
    for bad in (
        path_of(scene, tail=".gif"),
        f"/tiles/scenes/{scene.id}/99/0/0.png",
        f"/tiles/scenes/{scene.id}/3/-1/0.png",
        "/tiles/scenes/x/3/0/0.png",
    ):
        assert site.visitor.get(bad).status_code in (404, 422)


def test_bands_and_stretch_of_ones_own(site: Site, scene: Scene) -> None:
    grey = site.visitor.get(f"{path_of(scene, tail='.png')}?bands=green&stretch=0,255")
    pixels = np.asarray(Image.open(io.BytesIO(grey.content)).convert("RGB"))
    assert grey.status_code == 200 and (pixels[..., 0] == pixels[..., 2]).all() and pixels.std() > 20
    harder = site.visitor.get(f"{path_of(scene, tail='.png')}?bands=green&stretch=p20,80")
    assert np.asarray(Image.open(io.BytesIO(harder.content)).convert("RGB")).std() > pixels.std()


def test_looks_name_what_there_is_and_how_to_ask_for_it(site: Site, scene: Scene) -> None:
    looks = site.visitor.get(f"/api/scenes/{scene.id}/looks").json()
    assert [look["name"] for look in looks["looks"]] == ["natural"] and len(looks["bands"]) == 3
    assert looks["min_zoom"] < looks["max_zoom"] <= 18
    west, south, east, north = looks["bounds"]
    assert 0.003 < east - west < 0.01 and 0.003 < north - south < 0.01
    z, x, y = place(16)
    address = looks["tiles"].format(z=z, x=x, y=y) + "natural"
    assert site.visitor.get(address).status_code == 200


def test_a_chip_shows_the_bounds_it_was_asked_for(site: Site, scene: Scene) -> None:
    west, south, east, north = scene.footprint.bounds
    middle_lon, middle_lat = (west + east) / 2, (south + north) / 2
    small = f"{middle_lon - 0.0005},{middle_lat - 0.00025},{middle_lon + 0.0005},{middle_lat + 0.00025}"
    answer = site.visitor.get(f"/api/scenes/{scene.id}/chip.png?bbox={small}&width=200")
    size = Image.open(io.BytesIO(answer.content)).size
    assert answer.status_code == 200 and size[0] == 200 and 100 <= size[1] <= 112
    assert site.visitor.get(f"/api/scenes/{scene.id}/chip.png?bbox=0,0,1,1").status_code == 204
    for bad in ("1,2,3", "a,b,c,d", "105,21,104,22", "105,21,108,22", "105,21,105.9,21.001", "nan,0,1,1"):
        problem(site.visitor.get(f"/api/scenes/{scene.id}/chip.png?bbox={bad}"), 422, "bad-bbox")
    body = site.app.state.scene_tiles.chip_of(scene, (west, south, east, north), width=64)
    assert Image.open(io.BytesIO(body)).size[0] == 64


def test_a_scene_that_is_not_public_is_seen_by_officers_only(site: Site, tmp_path: Path) -> None:
    hidden = added(site, tmp_path, 2, public=False)
    problem(site.visitor.get(path_of(hidden)), 404, "no-such-scene")
    problem(site.dan.get(path_of(hidden)), 404, "no-such-scene")
    with signed_in(site, "thanhtra") as inspector:
        answer = inspector.get(path_of(hidden))
        assert answer.status_code == 200 and answer.headers["cache-control"] == "private, max-age=3600"
        tag = {"If-None-Match": answer.headers["etag"]}
    problem(site.visitor.get(path_of(hidden), headers=tag), 404, "no-such-scene")
    problem(site.visitor.get(f"/api/scenes/{hidden.id}/looks"), 404, "no-such-scene")


def test_a_scene_that_was_removed_is_gone(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "KNOWN_FOR", 0.0)
    short = added(site, tmp_path, 3)
    assert site.visitor.get(path_of(short)).status_code == 200
    with connect(site.url, autocommit=True) as conn:
        catalogue.remove(conn, store_of(site), short.id)
    problem(site.visitor.get(path_of(short)), 404, "no-such-scene")


def test_too_many_at_once_are_told_to_come_again(site: Site, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    service = site.app.state.scene_tiles
    monkeypatch.setattr(tiles, "WAITING", 3)
    entered, go_on, drawn = threading.Semaphore(0), threading.Event(), service._renderer.tile

    def slow(*args: object, **kwargs: object) -> bytes | None:
        entered.release()
        assert go_on.wait(30)
        return drawn(*args, **kwargs)  # type: ignore[no-any-return]

    monkeypatch.setattr(service._renderer, "tile", slow)
    z, x, y = place(19)
    wanted = [f"/tiles/scenes/{scene.id}/{z}/{x + i}/{y}.png" for i in range(3)]
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(site.visitor.get, path) for path in wanted]
        assert entered.acquire(timeout=30) and entered.acquire(timeout=30)  # two are drawn, the third waits
        while service._waiting < 3:
            pass
        refused = site.visitor.get(f"/tiles/scenes/{scene.id}/{z}/{x}/{y + 1}.png")
        go_on.set()
        assert [one.result().status_code for one in waiting] == [200, 200, 200]
    problem(refused, 503, "busy")
    assert refused.headers["retry-after"] == "1"
