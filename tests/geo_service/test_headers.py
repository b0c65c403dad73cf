"""Every answer carries the headers that make a browser careful, whoever gives it and however it ends."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fastapi import Response
from fastapi.staticfiles import StaticFiles
from fastapi.testclient import TestClient

from geo_service import errors
from geo_service.app import create_app
from geo_service.headers import DATA_POLICY, FILE_POLICY, NONCE_TOKEN, Guarded, merged, page
from geo_service.limits import BodyLimit
from geo_service.settings import Settings
from geo_service.tiles.front import TileFront
from layers.errors import NotFound

HTML = f'<html><meta name="csp-nonce" content="{NONCE_TOKEN}"></html>'
ON_EVERYTHING = {"x-content-type-options": "nosniff", "cross-origin-resource-policy": "same-origin"}


def application(folder: Path, **settings: object) -> Guarded:
    """A small application with every kind of answer the real one has."""
    app = Guarded()
    app.state.settings = Settings(data_dir=folder, **settings)
    tile = SimpleNamespace(etag='"e"', body=gzip.compress(b"tile"))
    app.state.hub = SimpleNamespace(connected=True)
    app.state.tiles = SimpleNamespace(cache=SimpleNamespace(peek=lambda _: tile))
    errors.install(app)
    app.add_middleware(BodyLimit, limit=1000)
    app.add_middleware(TileFront, state=app.state)
    (folder / "a.js").write_text("export {};", encoding="utf-8")
    app.mount("/assets", StaticFiles(directory=folder))

    @app.get("/api/thing")
    def thing() -> dict[str, int]:
        return {"a": 1}

    @app.get("/api/kept")
    def kept(response: Response) -> int:
        response.headers["Cache-Control"] = "public, max-age=60"
        response.headers["Referrer-Policy"] = "no-referrer"
        return 1

    @app.post("/api/thing")
    def change(_thing: dict[str, int]) -> int:
        return 1

    @app.get("/api/missing")
    def missing() -> None:
        raise NotFound("none", "none", "không")

    @app.get("/api/crash")
    def crash() -> None:
        raise RuntimeError("no")

    @app.get("/")
    def first() -> Response:
        return page(HTML)

    return app


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    return TestClient(application(tmp_path), raise_server_exceptions=False)


def everything(client: TestClient) -> dict[str, httpx.Response]:
    return {
        "page": client.get("/"),
        "data": client.get("/api/thing"),
        "refusal": client.get("/api/missing"),
        "crash": client.get("/api/crash"),
        "no route": client.get("/api/nothing/here"),
        "wrong method": client.delete("/api/thing"),
        "invalid": client.post("/api/thing", json=[1]),
        "too large": client.post("/api/thing", content=b" " * 2000),
        "file": client.get("/assets/a.js"),
        "no file": client.get("/assets/b.js"),
        "cached tile": client.get("/tiles/fabric/15/1/1.mvt"),
        "unchanged tile": client.get("/tiles/fabric/15/1/1.mvt", headers={"If-None-Match": '"e"'}),
        "no tile": client.get("/tiles/nothing"),
        "head": client.head("/"),
    }


def test_no_answer_leaves_without_them(client: TestClient) -> None:
    answers = everything(client)
    assert {kind: answers[kind].status_code for kind in ("crash", "too large", "cached tile", "unchanged tile")} == {
        "crash": 500, "too large": 413, "cached tile": 200, "unchanged tile": 304,
    }  # fmt: skip
    for kind, answer in answers.items():
        for name, value in ON_EVERYTHING.items():
            assert answer.headers[name] == value, kind
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none';") and "frame-ancestors 'none'" in policy, kind
        assert "unsafe" not in policy and "*" not in policy, kind
        assert "strict-transport-security" not in answer.headers, kind
        assert len(answer.headers.get_list("content-security-policy")) == 1, kind
        if "tile" not in kind:
            assert answer.headers["referrer-policy"] == "same-origin", kind
            assert answer.headers["cross-origin-opener-policy"] == "same-origin", kind
            assert "camera=()" in answer.headers["permissions-policy"], kind


def test_pages_and_workers_may_load_from_here_and_data_nothing(client: TestClient) -> None:
    answers = everything(client)
    assert answers["data"].headers["content-security-policy"] == DATA_POLICY
    assert answers["cached tile"].headers["content-security-policy"] == DATA_POLICY
    assert answers["file"].headers["content-security-policy"] == FILE_POLICY
    assert "connect-src 'self'" in FILE_POLICY  # the map's worker fetches the tiles
    policy = answers["page"].headers["content-security-policy"]
    for part in (
        "script-src 'self';",
        "object-src 'none'",
        "base-uri 'none'",
        "connect-src 'self';",
        "worker-src 'self' blob:",
    ):
        assert part in policy


def test_each_page_has_a_nonce_of_its_own(client: TestClient) -> None:
    seen = set()
    for _ in range(5):
        answer = client.get("/")
        nonce = re.search(r'content="([\w-]{16,})"', answer.text)
        assert nonce
        assert f"style-src 'self' 'nonce-{nonce[1]}';" in answer.headers["content-security-policy"]
        assert NONCE_TOKEN not in answer.text
        assert answer.headers["cache-control"] == "no-cache" and "etag" not in answer.headers
        seen.add(nonce[1])
    assert len(seen) == 5


def test_what_is_said_to_somebody_is_kept_by_no_cache(client: TestClient) -> None:
    assert "cache-control" not in client.get("/api/thing").headers
    for headers in ({"Cookie": "geo_session=x"}, {"Authorization": "Bearer x"}):
        assert client.get("/api/thing", headers=headers).headers["cache-control"] == "no-store"
        assert client.get("/api/missing", headers=headers).headers["cache-control"] == "no-store"
        assert client.get("/api/crash", headers=headers).headers["cache-control"] == "no-store"


def test_what_a_route_has_set_stays(client: TestClient) -> None:
    answer = client.get("/api/kept", headers={"Cookie": "geo_session=x"})
    assert answer.headers.get_list("cache-control") == ["public, max-age=60"]
    assert answer.headers.get_list("referrer-policy") == ["no-referrer"]


def test_https_is_insisted_on_where_cookies_are_secure(tmp_path: Path) -> None:
    client = TestClient(application(tmp_path, secure_cookies=True), raise_server_exceptions=False)
    for kind, answer in everything(client).items():
        value = answer.headers["strict-transport-security"]
        assert value == "max-age=31536000; includeSubDomains", kind


def test_headers_are_joined_once() -> None:
    given = [(b"etag", b"1"), (b"x-a", b"route")]
    assert merged(given, ((b"x-a", b"ours"), (b"x-b", b"ours"))) == [*given, (b"x-b", b"ours")]
    assert given == [(b"etag", b"1"), (b"x-a", b"route")]


def test_the_service_itself_is_guarded(tmp_path: Path) -> None:
    client = TestClient(create_app(Settings(data_dir=tmp_path)), raise_server_exceptions=False)  # without a database
    for path in ("/health", "/api/session", "/api/nothing", "/tiles/fabric/1/2/3.mvt", "/openapi.json", "/favicon.svg"):
        answer = client.get(path)
        assert answer.headers["content-security-policy"] == DATA_POLICY, path
        assert answer.headers["x-content-type-options"] == "nosniff", path
    for path in ("/", "/api/session", "/tiles/fabric/15/1/1.mvt"):
        assert client.request("TRACE", path).status_code == 405
    assert client.get("/assets/").status_code == 404  # no list of files
    first = client.get("/")
    if first.status_code == 200:  # the pages are built
        assert "'nonce-" in first.headers["content-security-policy"]
        assert NONCE_TOKEN not in first.text
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|javascript:", first.text)
