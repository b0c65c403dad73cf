"""Every route: what it says when asked well, and that every bad question gets a problem document and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from layers.crs import FabricCrs
from layers.db import connect
from tests.geo_service.site import Site, a_site, commit, cut, draft, mm, problem
from tests.layers.fabric.fabrics import at

CRS = FabricCrs(5897)
LON, LAT = CRS.lonlat(at(9, 22))  # in parcel 12
NOBODY = "11111111-1111-1111-1111-111111111111"


@pytest.fixture(scope="module")
def site(databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Parcel 12 was split (seq 3), then its lower piece re-classified (seq 4)."""
    url = databases.create()
    with a_site(url, tmp_path_factory.mktemp("site")) as made:
        done = commit(made.an, cut(12))
        lower = next(p["id"] for p in done["parcels"] if p["new"] and p["area_m2"] == 42)
        commit(made.binh, {"type": "reclassify", "parcel": lower, "land_use": "TMD"})
        yield made
    databases.drop(url)


def get(site: Site, path: str, **params: Any) -> Any:
    answer = site.visitor.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


# --- asked well ----------------------------------------------------------------------------------------------------


def test_health(site: Site) -> None:
    health = get(site, "/health")
    assert health["status"] == health["database"] == "ok"
    assert health["seq"] == 4 and health["environment"] == "development" and health["version"]


def test_map(site: Site) -> None:
    facts = get(site, "/api/map")
    assert (
        facts["srid"] == 5897
        and "VN-2000" in facts["crs_name"]
        and facts["seq"] == 4
        and facts["simulated"] in (True, False)
    )
    assert facts["title_vi"] and facts["title_en"] and facts["tile_min_zoom"] == 5 and facts["tile_max_zoom"] == 22
    w, s, e, n = facts["bounds"]
    assert w < LON < e and s < LAT < n and e - w < 0.01
    assert [load["seq"] for load in facts["loads"]] == [1, 2] and facts["first_seq_at"] < facts["head_at"]


def test_lists(site: Site) -> None:
    units = get(site, "/api/units")["items"]
    assert len(units) == 126 and units[0]["code"] == "00004" and units[0]["type"] == "Phường"
    uses = {item["code"]: item for item in get(site, "/api/land-use")["items"]}
    assert uses["ODT"]["color"].startswith("#") and uses["ODT"]["name_vi"] and uses["ODT"]["name_en"]
    found = get(site, "/api/search", q="00004 1/13", limit=1)["items"]
    assert [item["parcel_id"] for item in found] == [13]


def test_parcel(site: Site) -> None:
    with connect(site.url) as conn:
        code = conn.execute("SELECT code FROM fabric.parcel WHERE id = 13").fetchone()["code"]  # type: ignore[index]
    parcel = get(site, f"/api/parcels/{code}")
    assert parcel == get(site, "/api/parcels/13") == get(site, f"/api/parcels/{code.upper()}")
    assert parcel["id"] == 13 and parcel["code"] == code and parcel["code_origin"]["method"] == "polylabel"
    assert parcel["unit"] == {"code": "00004", "name": "Ba Đình", "type": "Phường"}
    assert (parcel["sheet"], parcel["number"], parcel["label"], parcel["kind"]) == ("1", "13", "1/13", "land")
    assert parcel["land_use"]["code"] == "ODT" and parcel["official_area_m2"] == 90 and parcel["computed_area_m2"] == 90
    assert (
        parcel["status"] == "current" and parcel["at_seq"] == 4 and parcel["successors"] == parcel["predecessors"] == []
    )
    version = parcel["version"]
    assert (version["seq_from"], version["seq_to"], version["cause"]) == (3, None, "adjacent"), (
        "its neighbour was split"
    )
    (ring,) = parcel["rings"]
    assert [tuple(p["mm"]) for p in ring].count(at(12, 22)) == 1 and len(ring) == 5
    (line,) = parcel["geometry"]["coordinates"]
    assert line[0] == line[-1] and [p["lonlat"] for p in ring] == line[:-1]
    assert len(parcel["sides"]) == 5 and sum(side["length_m"] for side in parcel["sides"]) == pytest.approx(42)
    neighbours = {side["neighbour"]["label"] for side in parcel["sides"]}
    assert neighbours == {"1/3", "1/14", "1/23", "1/101", "1/102"}


def test_parcel_at_an_earlier_time(site: Site) -> None:
    then = get(site, "/api/parcels/12", at=2)
    assert then["status"] == "current" and then["version"]["seq_to"] == 3 and then["at_seq"] == 2
    now = get(site, "/api/parcels/12")
    assert now["status"] == "retired" and {s["label"] for s in now["successors"]} == {"1/101", "1/102"}
    for child in now["successors"]:
        assert [p["id"] for p in get(site, f"/api/parcels/{child['id']}")["predecessors"]] == [12]
    assert get(site, "/api/parcels/12", at=0)["status"] == "retired", "before it was there its first version is shown"


def test_history_keeps_names_from_the_public(site: Site) -> None:
    for client in (site.visitor, site.dan):
        items = client.get("/api/parcels/12/history").json()["items"]
        assert [(item["seq"], item["kind"], item["retired"]) for item in items] == [
            (3, "split", True),
            (1, "load", False),
        ]
        assert {item["author"] for item in items} == {None}
        assert client.get("/api/changes/3").json()["author"] is None
    assert site.binh.get("/api/parcels/12/history").json()["items"][0]["author"] == "an"
    assert site.binh.get("/api/changes/3").json()["author"] == "an"
    for path in ("/api/parcels/12/history", "/api/changes/3", "/api/changes", "/api/faces", "/api/parcels/12"):
        assert "Cán bộ" not in site.visitor.get(path).text and '"an"' not in site.visitor.get(path).text


def test_lineage(site: Site) -> None:
    tree = get(site, "/api/parcels/12/lineage")
    children = {node["id"] for node in tree["nodes"]} - {12}
    assert len(children) == 2 and {edge["parent"] for edge in tree["edges"]} == {12}
    assert sorted(edge["shared_m2"] for edge in tree["edges"]) == [42, 48]
    for child in children:
        assert 12 in {node["id"] for node in get(site, f"/api/parcels/{child}/lineage")["nodes"]}
    assert get(site, "/api/parcels/15/lineage") == {
        "nodes": [get(site, "/api/parcels/15/lineage")["nodes"][0]],
        "edges": [],
    }


def test_what_lay_at_a_place(site: Site) -> None:
    lon, lat = CRS.lonlat(at(9, 18))  # the lower piece: loaded, split, re-classified
    ever = get(site, "/api/parcels", lon=lon, lat=lat)["items"]
    assert [(item["seq_from"], item["seq_to"], item["land_use"]) for item in ever] == [
        (4, None, "TMD"),
        (3, 4, "ODT"),
        (1, 3, "ODT"),
    ]
    assert ever[0]["id"] == ever[1]["id"] != ever[2]["id"] == 12
    for seq, expected in ((0, []), (1, [12]), (2, [12]), (3, [ever[0]["id"]]), (4, [ever[0]["id"]])):
        assert [item["id"] for item in get(site, "/api/parcels", lon=lon, lat=lat, at=seq)["items"]] == expected
    assert get(site, "/api/parcels", lon=106.5, lat=20)["items"] == []


@pytest.mark.parametrize("at_seq", [0, 1, 2, 3, None])
def test_faces_in_pages_are_the_database(site: Site, at_seq: int | None) -> None:
    items: list[dict[str, Any]] = []
    after = 0
    while after is not None:
        page = get(site, "/api/faces", after=after, limit=17, **({} if at_seq is None else {"at": at_seq}))
        items += page["items"]
        after = page["next"]
    with connect(site.url) as conn:
        rows = conn.execute(
            "SELECT v.id, v.parcel_id, v.unit, v.number, ST_AsText(v.geom) AS text FROM fabric.parcel_version v"
            " JOIN fabric.change_set c ON c.id = v.created_by LEFT JOIN fabric.change_set r ON r.id = v.retired_by"
            " WHERE c.seq <= %(at)s AND (r.seq IS NULL OR r.seq > %(at)s) ORDER BY v.id",
            {"at": 4 if at_seq is None else at_seq},
        ).fetchall()
    assert [(i["version"], i["id"], i["unit"], i["number"]) for i in items] == [
        (row["id"], row["parcel_id"], row["unit"], row["number"]) for row in rows
    ]
    for item, row in zip(items, rows, strict=True):
        numbers = [f"{x / 1000:.10g} {y / 1000:.10g}" for x, y in item["rings_mm"][0]]
        assert row["text"] == f"POLYGON(({','.join([*numbers, numbers[0]])}))"


def test_faces_of_a_unit_and_a_date(site: Site) -> None:
    assert len(get(site, "/api/faces", unit="00008")["items"]) == 20
    assert get(site, "/api/faces", unit="00097")["items"] == []
    assert get(site, "/api/faces", date="2020-01-01T00:00:00Z")["items"] == []
    assert get(site, "/api/faces", date="9999-12-31T00:00:00")["seq"] == 4
    assert get(site, "/api/faces", date="9999-12-31T23:59:59-14:00")["seq"] == 4
    assert get(site, "/api/faces", date="0001-01-01T00:00:00+14:00")["seq"] == 0


def test_timeline_and_changes(site: Site) -> None:
    marks = get(site, "/api/timeline")["items"]
    assert [(mark["seq"], mark["kind"]) for mark in marks] == [
        (1, "load"),
        (2, "load"),
        (3, "split"),
        (4, "reclassify"),
    ]
    page = get(site, "/api/changes", after=1, limit=2)
    assert [item["seq"] for item in page["items"]] == [2, 3] and page["head_seq"] == 4
    split = get(site, "/api/changes/3")
    assert split["prev_hash"] == get(site, "/api/changes/2")["hash"] and split["kind"] == "split"
    assert {(f["id"], f["cause"]) for f in split["created"]} >= {(11, "adjacent"), (13, "adjacent")}
    assert {f["id"] for f in split["retired"]} == {11, 12, 13} and len(split["lineage"]) == 2


def test_editing_shows_what_touches(site: Site) -> None:
    answer = site.an.get("/api/editing", params={"ids": "15"}).json()
    assert {face["id"] for face in answer["faces"]} == {4, 5, 6, 14, 15, 16, 24, 25, 26} and answer["seq"] == 4
    assert site.an.get("/api/editing", params={"ids": "999999"}).json()["faces"] == []


def test_tiles(site: Site) -> None:
    answer = site.visitor.get("/tiles/fabric/5/25/14.mvt")
    assert answer.status_code in (200, 204) and answer.headers["etag"]
    again = site.visitor.get("/tiles/fabric/5/25/14.mvt", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


# --- asked badly ---------------------------------------------------------------------------------------------------

BAD_GETS = [
    ("/api/parcels/zz", 422), ("/api/parcels/w7er8dsrxfw", 422), ("/api/parcels/-1", 422), ("/api/parcels/1e3", 422),
    ("/api/parcels/%00", 422), ("/api/parcels/123456789012345", 422), ("/api/parcels/99999999999", 404),
    ("/api/parcels/w7zzzzzzzzzz", 404), ("/api/parcels/0", 404), ("/api/parcels/%27%3B--%20%25", 422),
    ("/api/parcels/12?at=-1", 422), ("/api/parcels/12?at=5", 422), ("/api/parcels/12?at=abc", 422), ("/api/parcels/12?at=1.5", 422),
    ("/api/parcels/12?at=99999999999999999999", 422), ("/api/parcels/12?at=", 422),
    ("/api/parcels/zz/history", 422), ("/api/parcels/0/history", 404), ("/api/parcels/zz/lineage", 422), ("/api/parcels/0/lineage", 404),
    ("/api/parcels", 422), ("/api/parcels?lon=105", 422), ("/api/parcels?lon=nan&lat=21", 422), ("/api/parcels?lon=inf&lat=21", 422),
    ("/api/parcels?lon=105&lat=-inf", 422), ("/api/parcels?lon=181&lat=21", 422), ("/api/parcels?lon=105&lat=91", 422),
    ("/api/parcels?lon=x&lat=y", 422), ("/api/parcels?lon=0&lat=0", 422), ("/api/parcels?lon=105.8&lat=21&at=99", 422), ("/api/parcels?lon=1e400&lat=0", 422),
    ("/api/faces?at=99", 422), ("/api/faces?at=x", 422), ("/api/faces?limit=0", 422), ("/api/faces?limit=5001", 422),
    ("/api/faces?after=-1", 422), ("/api/faces?after=x", 422), ("/api/faces?unit=0123456789012", 422), ("/api/faces?unit=%00", 422),
    ("/api/faces?date=tomorrow", 422), ("/api/faces?date=2026-01-01T00:00:00Z&at=1", 422), ("/api/faces?date=0001-01-01T00:00:00", 422),
    ("/api/search", 422), (f"/api/search?q={'a' * 201}", 422), ("/api/search?q=a&limit=0", 422), ("/api/search?q=a&limit=x", 422),
    ("/api/changes?after=-1", 422), ("/api/changes?after=x", 422), ("/api/changes?limit=0", 422), ("/api/changes?limit=100000", 422),
    ("/api/changes/0", 422), ("/api/changes/-1", 422), ("/api/changes/x", 422), ("/api/changes/99", 404),
    ("/api/changes/99999999999999999999999", 422),
    ("/live?cells=x", 422), ("/live?cells=13/1/1", 422), ("/live?cells=12/1", 422), ("/live?cells=12/1/1,", 422), ("/live?after=x", 422),
    ("/live?cells=12/-1/1", 422), (f"/live?cells={','.join(['12/1/1'] * 257)}", 422), ("/live?after=-1", 422), ("/live?cells=%00", 422),
    ("/tiles/fabric/4/0/0.mvt", 404), ("/tiles/fabric/23/0/0.mvt", 404), ("/tiles/fabric/14/16384/0.mvt", 404),
    ("/tiles/fabric/14/0/16384.mvt", 404), ("/tiles/fabric/-1/0/0.mvt", 422), ("/tiles/fabric/x/0/0.mvt", 422),
    ("/tiles/fabric/14/99999999999999999999/0.mvt", 422), ("/tiles/fabric/14/1.5/0.mvt", 422),
    ("/tiles/fabric/14/13008/7200.mvt?at=99", 422), ("/tiles/fabric/14/13008/7200.mvt?at=-1", 422),
    ("/tiles/fabric/14/13008/7200.mvt?after=x", 422), ("/api/nothing", 404), ("/tiles/x", 404), ("/api/", 404),
    ("/api/editing?ids=1", 401), ("/api/drafts", 401), (f"/api/drafts/{NOBODY}", 401),
]  # fmt: skip


@pytest.mark.parametrize(("path", "status"), BAD_GETS)
def test_bad_questions(site: Site, path: str, status: int) -> None:
    problem(site.visitor.get(path), status)


@pytest.mark.parametrize("ids", ["", "x", "1,", "-1", "1;2", "9" * 16, "1," * 1000, "\x00"])
def test_bad_ids(site: Site, ids: str) -> None:
    problem(site.an.get("/api/editing", params={"ids": ids}), 422)


P = mm(1, 1)
LINE = {"type": "split_by_line", "parcel": 20}
BAD_INTENTS = [
    {}, 7, None, "split", {"type": "explode"}, {"type": "split_by_line"}, LINE, {**LINE, "line": []}, {**LINE, "line": [P]},
    {**LINE, "line": [P, P], "lines": [[P, P]]}, {**LINE, "line": [P, {"mm": [1, 2], "en": [1, 2]}]}, {**LINE, "line": [P, {}]},
    {**LINE, "line": [P, {"mm": [1.5, 2]}]}, {**LINE, "line": [P, {"mm": [1]}]}, {**LINE, "line": [P, {"mm": ["a", 2]}]},
    {**LINE, "line": [P, {"mm": [10**30, 0]}]}, {**LINE, "line": [P, {"en": [1e308, 0]}]}, {**LINE, "line": [P, {"lonlat": [181, 0]}]},
    {**LINE, "line": [P, {"lonlat": [105, 91]}]}, {**LINE, "line": [P, {"lonlat": ["NaN", 21]}]}, {**LINE, "line": [P, P], "x": 1},
    {**LINE, "parcel": "x", "line": [P, P]}, {**LINE, "parcel": 10**30, "line": [P, P]}, {**LINE, "line": [P] * 2001},
    {"type": "split_by_area", "parcel": 1, "area_m2": 0, "along": [P, P]}, {"type": "split_by_area", "parcel": 1, "area_m2": -1, "along": [P, P]},
    {"type": "split_by_area", "parcel": 1, "area_m2": 5, "along": [P]}, {"type": "merge", "parcels": [1]},
    {"type": "merge", "parcels": [1] * 501}, {"type": "reclassify", "parcel": 1}, {"type": "reclassify", "parcel": 1, "kind": "moon"},
    {"type": "reclassify", "parcel": 1, "address": "x" * 301}, {"type": "reclassify", "parcel": 1, "address": "a\x00b"},
    {"type": "renumber", "parcel": 1, "sheet": "", "number": "1"}, {"type": "renumber", "parcel": 1, "sheet": "\x00", "number": "1"},
    {"type": "revert", "seq": 0}, {"type": "revert", "seq": 10**30},
]  # fmt: skip


@pytest.mark.parametrize("intent", BAD_INTENTS, ids=range(len(BAD_INTENTS)))
def test_bad_intents(site: Site, intent: Any) -> None:
    key = draft(site.an, cut(20))
    before = site.content()
    body = {"intents": [intent]}
    problem(site.an.post("/api/drafts", json=body), 422)
    problem(site.an.put(f"/api/drafts/{key}", json=body), 422)
    problem(site.an.post(f"/api/drafts/{key}/preview", json=body), 422)
    assert site.content() == before


RAW_BODIES = [
    b"", b"{", b"[]", b"null", b'"x"', b'{"intents": 1}', b'{"reason": 5}', b'{"unknown": 1}', b"\xff\xfe", b'{"reason": "\\u0000"}',
    b'{"reason": "\\ud800"}', b'{"intents": [{"type": "reclassify", "parcel": 1, "land_use": "\\udfff\\udfff"}]}', b"[" * 100_000,
    b'{"intents": [{"type": "merge", "parcels": [NaN, Infinity]}]}', b'{"reason": "' + b"x" * 2001 + b'"}',
    b'{"intents": [{"type": "split_by_line", "parcel": 1, "line": [{"en": [NaN, NaN]}, {"lonlat": [Infinity, 1]}]}]}',
    b'{"intents": [{"type": "revert", "seq": ' + b"9" * 5000 + b"}]}",
    b'{"intents": [{"type": "split_by_line", "parcel": 1, "line": [' + b",".join([b'{"en": [1, 1]}'] * 100_000) + b"]}]}",
    b'{"intents": [' + b",".join([b'{"type": "revert", "seq": 1}'] * 201) + b"]}",
]  # fmt: skip


@pytest.mark.parametrize("body", RAW_BODIES, ids=range(len(RAW_BODIES)))
def test_bad_bodies(site: Site, body: bytes) -> None:
    before = site.content()
    answer = site.an.post("/api/drafts", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    problem(answer, answer.status_code)
    assert site.content() == before


@pytest.mark.parametrize("declared", [True, False])
def test_body_too_large(site: Site, declared: bool) -> None:
    before = site.content()
    body = b'{"reason": "' + b"x" * (4 * 1024**2) + b'"}'
    content = body if declared else (body[at : at + 65536] for at in range(0, len(body), 65536))
    answer = site.an.post("/api/drafts", content=content, headers={"content-type": "application/json"})
    problem(answer, 413, "too-large")
    assert site.content() == before


CHANGES = [
    ("POST", "/api/drafts"), ("PUT", f"/api/drafts/{NOBODY}"), ("DELETE", f"/api/drafts/{NOBODY}"),
    ("POST", f"/api/drafts/{NOBODY}/preview"), ("POST", f"/api/drafts/{NOBODY}/commit"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_who_may_change_anything(site: Site, method: str, path: str) -> None:
    before = site.content()
    body = {"reason": "x"} if not path.endswith("preview") else {}
    sent = {} if method == "DELETE" else {"json": body}
    problem(site.visitor.request(method, path, **sent), 401, "not-signed-in")
    problem(site.dan.request(method, path, **sent), 403, "no-authority")
    for headers in ({"x-requested-with": ""}, {"origin": "http://evil.test"}, {"sec-fetch-site": "cross-site"}):
        problem(site.an.request(method, path, headers=headers, **sent), 403, "csrf")
    if path != "/api/drafts":
        problem(site.an.request(method, path, **sent), 404, "no-such-draft")
        problem(site.an.request(method, path.replace(NOBODY, "not-a-uuid"), **sent), 422)
    assert site.content() == before


def test_wrong_content_type_and_method(site: Site) -> None:
    before = site.content()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "image/png"):
        problem(site.an.post("/api/drafts", content=b'{"reason": "x"}', headers={"content-type": kind}), 422)
    problem(site.an.patch("/api/drafts"), 405)
    problem(site.an.delete("/api/map"), 405)
    problem(site.visitor.post("/health"), 405)
    assert site.content() == before


BAD_COMMITS = [
    {}, {"reason": ""}, {"reason": "  "}, {"reason": "x", "digest": "1:2"}, {"reason": "x" * 2001}, {"reason": "\x00"}, [], None,
    {"reason": "x", "digest": "9" * 16 + ":" + "0" * 32},
]  # fmt: skip


@pytest.mark.parametrize("body", BAD_COMMITS, ids=range(len(BAD_COMMITS)))
def test_bad_commits(site: Site, body: Any) -> None:
    key = draft(site.an, cut(20))
    before = site.content()
    answer = site.an.post(f"/api/drafts/{key}/commit", json=body)
    problem(answer, 409 if isinstance(body, dict) and len(body.get("digest", "")) > 40 else 422)
    assert site.content() == before


BAD_CREDENTIALS = [
    {}, [], {"login": "an"}, {"login": "an\x00", "password": "x" * 12}, {"login": "an", "password": "\x00" * 12},
    {"login": "\ud800", "password": "x"}, {"login": "x" * 10**5, "password": "y" * 10**5}, {"login": 1, "password": 2},
]  # fmt: skip


@pytest.mark.parametrize("body", BAD_CREDENTIALS, ids=range(len(BAD_CREDENTIALS)))
def test_bad_sign_in(site: Site, body: Any) -> None:
    answer = site.visitor.post("/api/session", content=json.dumps(body), headers={"content-type": "application/json"})
    assert answer.status_code in (401, 422)
    problem(answer, answer.status_code)


@pytest.mark.parametrize("token", ["x", "a" * 10_000, "%00", "' OR 1=1 --", "é"])
def test_invented_cookies(site: Site, token: str) -> None:
    answer = site.visitor.get("/api/drafts", headers={"cookie": f"geo_session={token}".encode()})
    problem(answer, 401, "not-signed-in")
