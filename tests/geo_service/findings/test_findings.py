"""Findings over HTTP: who sees them, the work list, verdicts, photos, inspections, permissions, precision, tiles."""

from __future__ import annotations

import io
import math
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from imagery.findings import Lead
from imagery.findings.reading import KEYS, PAGE
from layers.db import connect
from tests.conftest import Databases
from tests.geo_service.findings.bureau import Bureau, a_bureau, photo
from tests.geo_service.site import OURS, problem
from tests.imagery.findings.ground import lead, outside, pair, shape_of


@pytest.fixture(scope="module")
def bureau(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    """One office for all; each test works on parcels of its own."""
    url = databases.create()
    with a_bureau(url, Path(tmp_path_factory.mktemp("findings"))) as made:
        yield made
    databases.drop(url)


def leads(bureau: Bureau, *parcels: int, **more: Any) -> list[Lead]:
    with connect(bureau.url) as conn:
        return [lead(conn, parcel, 10 - place, **more) for place, parcel in enumerate(parcels)]


def listed(client: TestClient, **query: Any) -> list[dict[str, Any]]:
    answer = client.get("/api/findings", params=query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_findings_are_seen_by_inspectors_and_officers_of_their_unit_and_by_nobody_else(bureau: Bureau) -> None:
    with connect(bureau.url) as conn:
        field = outside(conn, 9_000, 9_000)
        nowhere = lead(conn, None, geometry=field, transition="to_water")
    bureau.record([*leads(bureau, 1), nowhere])
    key = bureau.found(1)
    for login in ("thanhtra", "diachinh", "lanhdao"):
        assert [row["parcel"]["id"] for row in listed(bureau.as_(login), transition="built_on_rice")] == [1]
        assert listed(bureau.as_(login), transition="to_water") == []
        assert bureau.finding(login, key)["parcel"]["label"]
    assert len(listed(bureau.thanhtratp, transition="to_water", unit="*")) == 1
    assert listed(bureau.thanhtraxa) == []
    problem(bureau.thanhtraxa.get(f"/api/findings/{key}"), 404, "no-such-finding")
    problem(
        bureau.thanhtraxa.post(f"/api/findings/{key}/verdict", json={"verdict": "false", "revision": 1}),
        404,
        "no-such-finding",
    )
    for path in (
        "/api/findings",
        "/api/findings/counts",
        "/api/findings/precision",
        f"/api/findings/{key}",
        "/tiles/findings/14/1/1.mvt",
    ):
        problem(bureau.visitor.get(path), 401)
        problem(bureau.congdan.get(path), 403)
        problem(bureau.tiepnhan.get(path), 403)


def test_the_list_goes_through_every_finding_once_in_every_order(bureau: Bureau) -> None:
    with connect(bureau.url) as conn:
        made = [
            lead(
                conn,
                2,
                rank=(7 * k) % 61,
                area_m2=10.0 + k % 5,
                probability=(k % 9) / 10,
                transition="to_bare",
                land_use="CLN",
            )
            for k in range(2 * PAGE + 7)
        ]
    bureau.record(made)
    for sort in KEYS:
        seen: list[dict[str, Any]] = []
        cursor: str | None = None
        for _ in range(4):
            query = {"transition": "to_bare", "sort": sort} | ({"cursor": cursor} if cursor else {})
            page = bureau.thanhtra.get("/api/findings", params=query).json()
            seen += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
        assert len(seen) == len({row["id"] for row in seen}) == len(made)
        name = {"rank": "rank_score", "probability": "probability", "area": "area_m2", "newest": "after_at"}[sort]
        assert [row[name] for row in seen] == sorted((row[name] for row in seen), reverse=True)
    problem(bureau.thanhtra.get("/api/findings", params={"sort": "area", "cursor": "bm9uc2Vuc2U="}), 422, "bad-cursor")
    first = bureau.thanhtra.get("/api/findings", params={"transition": "to_bare"}).json()["next"]
    problem(bureau.thanhtra.get("/api/findings", params={"sort": "area", "cursor": first}), 422, "bad-cursor")


def test_filters_narrow_and_counts_say_what_each_other_choice_would_leave(bureau: Bureau) -> None:
    with connect(bureau.url) as conn:
        bureau.record(
            [
                lead(conn, 3, land_use="LUC", area_m2=500, probability=0.9, transition="to_vegetation"),
                lead(conn, 3, land_use="LUK", area_m2=40, probability=0.9, transition="to_vegetation"),
                lead(conn, 3, land_use="ODT", area_m2=500, probability=0.3, transition="to_vegetation"),
            ]
        )
    mine = {"transition": "to_vegetation"}
    assert len(listed(bureau.thanhtra, **mine)) == 3
    assert {row["land_use"] for row in listed(bureau.thanhtra, **mine, land_use="NNP")} == {"LUC", "LUK"}
    assert {row["land_use"] for row in listed(bureau.thanhtra, **mine, min_area=100)} == {"LUC", "ODT"}
    assert {row["land_use"] for row in listed(bureau.thanhtra, **mine, min_probability=0.5)} == {"LUC", "LUK"}
    assert listed(bureau.thanhtra, **mine, state=["false", "superseded"]) == []
    counts = bureau.thanhtra.get("/api/findings/counts", params={**mine, "land_use": "LUK", "state": "open"}).json()
    assert counts["land_use"] == {"LUC": 1, "LUK": 1, "ODT": 1}
    assert counts["state"] == {"open": 1}
    assert counts["transition"]["to_vegetation"] == 1
    run = next(iter(counts["run"]))
    assert run in {one["id"] for one in counts["runs"]}
    assert {row["run_id"] for row in listed(bureau.thanhtra, **mine, run=run)} == {run}


def test_one_finding_says_what_was_seen_and_where_to_look(bureau: Bureau) -> None:
    bureau.record(leads(bureau, 4), model="đồng bằng 1")
    key = bureau.found(4)
    with connect(bureau.url) as conn:
        conn.execute(
            "INSERT INTO imagery.observation (run_id, parcel_id, unit, state, changed_m2, observed_share) SELECT run_id, 4, '00004', 'not_observed', 0, 0.1"
            " FROM imagery.finding WHERE id = %s",
            (key,),
        )
    told = bureau.finding("thanhtra", key)
    assert told["model"] == "đồng bằng 1"
    assert (told["before_title"], told["gsd_m"], told["simulated"]) == ("Ảnh mô phỏng 02/2024", 10, True)
    assert told["evidence"][0]["en"] == "NDVI fell from 0.71 to 0.12."
    assert told["indices"]["after"]["bsi"] is None
    assert told["observed"][0]["state"] == "not_observed"
    assert told["may_judge"] and told["may_inspect"]
    corners = [point for ring in (*told["chip"]["finding"], *told["chip"]["parcel"]) for point in ring]
    assert all(0 < x < 1 and 0 < y < 1 for x, y in corners)
    assert told["chip"]["side_m"] == pytest.approx(240, rel=0.01)  # 24 pixels of 10 m: the parcel itself is smaller
    for moment in ("before", "after"):
        problem(bureau.thanhtraxa.get(f"/api/findings/{key}/chip/{moment}.png"), 404, "no-such-finding")
        problem(bureau.visitor.get(f"/api/findings/{key}/chip/{moment}.png"), 401)
    problem(bureau.thanhtra.get(f"/api/findings/{key}/chip/later.png"), 422)
    leader = bureau.finding("lanhdao", key)
    assert not leader["may_judge"] and not leader["may_inspect"]


def test_blocks_that_stand_on_the_parcel_are_told_to_who_may_read_rights(bureau: Bureau) -> None:
    bureau.record(leads(bureau, 20))
    key = bureau.found(20)
    with connect(bureau.url) as conn:
        for reason, valid in (("Đang thi hành án", "[2024-01-01,)"), ("Đã hết hạn", "[2020-01-01,2021-01-01)")):
            conn.execute(
                "INSERT INTO rights.block (parcel_id, unit, kind, reason, source, valid) VALUES (20, '00004', 'injunction', %s, 'QĐ 1', %s::daterange)",
                (reason, valid),
            )
    assert [one["reason"] for one in bureau.finding("thanhtra", key)["blocks"]] == ["Đang thi hành án"]
    assert bureau.finding("quantri", key)["blocks"] == []


# ---- verdicts --------------------------------------------------------------------------------------------------------


def test_the_last_verdict_holds_and_every_verdict_is_kept(bureau: Bureau) -> None:
    bureau.record(leads(bureau, 5))
    key = bureau.found(5)
    assert bureau.judge("thanhtra", key, "confirmed")["state"] == "confirmed"
    problem(
        bureau.thanhtra2.post(f"/api/findings/{key}/verdict", json={"verdict": "false", "revision": 1, "note": "?"}),
        409,
        "finding-moved",
    )
    assert bureau.judge("thanhtra2", key, "false", 422)["type"].endswith("finding-note-needed")
    assert bureau.judge("thanhtra2", key, "withdrawn", 403, note="nhầm")["type"].endswith("not-your-verdict")
    told = bureau.judge("thanhtra2", key, "false", note="Chỉ là ruộng mới cày.")
    assert told["state"] == "false"
    assert [(one["verdict"], one["mine"], bool(one["standing"])) for one in told["verdicts"]] == [
        ("confirmed", False, False), ("false", True, True),
    ]  # fmt: skip
    told = bureau.judge("thanhtra2", key, "withdrawn")
    assert (told["state"], len(told["verdicts"])) == ("open", 3)
    assert bureau.judge("thanhtra2", key, "withdrawn", 403)["type"].endswith("not-your-verdict")
    assert bureau.judge("thanhtra", key, "permitted", 422)["type"].endswith("finding-note-needed")
    assert bureau.judge("thanhtra", key, "permitted", note="QĐ 12/QĐ-UBND")["state"] == "permitted"


def test_officers_without_the_authority_judge_nothing(bureau: Bureau) -> None:
    bureau.record(leads(bureau, 6))
    key = bureau.found(6)
    for login in ("diachinh", "lanhdao", "quantri"):
        problem(bureau.as_(login).post(f"/api/findings/{key}/verdict", json={"verdict": "false", "revision": 1}), 403)
        problem(bureau.as_(login).post(f"/api/findings/{key}/photos", content=photo()), 403, "not-your-finding")
    token = bureau.thanhtra.post("/api/me/tokens", json={"name": "máy", "scopes": ["read"], "days": 1}).json()["token"]
    machine = TestClient(bureau.app, headers=OURS | {"Authorization": f"Bearer {token}"}, raise_server_exceptions=False)
    machine.portal = bureau.visitor.portal
    assert machine.get(f"/api/findings/{key}").json()["may_judge"] is False
    problem(machine.post(f"/api/findings/{key}/verdict", json={"verdict": "false", "revision": 1}), 403)
    assert bureau.finding("thanhtra", key)["state"] == "open"


def test_of_two_verdicts_at_the_same_moment_one_is_told_to_look_again(bureau: Bureau) -> None:
    bureau.record(leads(bureau, 7))
    key = bureau.found(7)
    gate, answers = threading.Barrier(2), []

    def say(login: str) -> None:
        gate.wait()
        answers.append(
            bureau.as_(login)
            .post(f"/api/findings/{key}/verdict", json={"verdict": "confirmed", "revision": 1})
            .status_code
        )

    both = [threading.Thread(target=say, args=(login,)) for login in ("thanhtra", "thanhtra2")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(answers) == [200, 409]
    assert len(bureau.finding("thanhtra", key)["verdicts"]) == 1


def test_a_superseded_finding_is_judged_no_more(bureau: Bureau) -> None:
    with connect(bureau.url) as conn:
        scenes = pair(conn)
    bureau.record(leads(bureau, 8), scenes)
    old = bureau.found(8)
    bureau.record(leads(bureau, 8), scenes)
    assert bureau.judge("thanhtra", old, "confirmed", 409)["type"].endswith("finding-superseded")
    told = bureau.finding("thanhtra", old)
    assert not told["may_judge"]
    assert [one["id"] for one in told["others"]] == [str(bureau.found(8))]


# ---- photos ----------------------------------------------------------------------------------------------------------


def test_a_photo_is_kept_without_the_place_and_given_to_officers_of_the_unit_only(bureau: Bureau) -> None:
    bureau.record(leads(bureau, 9, 10))
    key, other = bureau.found(9), bureau.found(10)
    sent = bureau.thanhtra.post(f"/api/findings/{key}/photos", params={"name": "nha.jpg"}, content=photo())
    assert sent.status_code == 201, sent.text
    sha = sent.json()["sha256"]
    kept = bureau.app.state.files.read(bytes.fromhex(sha))
    assert b"MAY-ANH" not in kept
    picture = Image.open(io.BytesIO(kept))
    assert (picture.format, picture.size, dict(picture.getexif())) == ("WEBP", (90, 60), {})
    told = bureau.judge("thanhtra", key, "confirmed", photo=sha)
    assert told["verdicts"][0]["photo"] == sha
    shown = bureau.diachinh.get(f"/api/findings/{key}/photos/{sha}", params={"width": 400})
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
    assert "no-store" in shown.headers["cache-control"]
    problem(bureau.thanhtraxa.get(f"/api/findings/{key}/photos/{sha}"), 404, "no-such-photo")
    problem(bureau.congdan.get(f"/api/findings/{key}/photos/{sha}"), 404, "no-such-photo")
    problem(bureau.visitor.get(f"/api/findings/{key}/photos/{sha}"), 401)
    problem(bureau.thanhtra.get(f"/api/findings/{other}/photos/{sha}"), 404, "no-such-photo")
    assert bureau.judge("thanhtra", other, "confirmed", 404, photo=sha)["type"].endswith("no-such-photo")
    logged = bureau.row(
        "SELECT count(*) AS n FROM audit.entry WHERE subject = %s AND kind = 'document.read'", f"finding:{key}"
    )
    assert logged["n"] == 1


def test_what_is_no_picture_is_refused_and_leaves_nothing(bureau: Bureau) -> None:
    bureau.record(leads(bureau, 11))
    key = bureau.found(11)
    send = f"/api/findings/{key}/photos"
    problem(bureau.thanhtra.post(send, params={"name": "a.jpg"}, content=b"MZ\x90\x00"), 422, "file-lies")
    problem(bureau.thanhtra.post(send, params={"name": "a.jpg"}, content=photo()[:200]), 422)
    problem(bureau.thanhtra.post(send, params={"name": "a.pdf"}, content=b"%PDF-1.4\n"), 422)
    problem(bureau.thanhtraxa.post(send, content=photo()), 404, "no-such-finding")
    assert bureau.row("SELECT count(*) AS n FROM imagery.photo WHERE finding_id = %s", key)["n"] == 0


# ---- inspections -----------------------------------------------------------------------------------------------------


def test_an_inspection_is_opened_once_and_its_dossier_shows_the_finding(bureau: Bureau) -> None:
    bureau.record(leads(bureau, 12))
    key = bureau.found(12)
    problem(bureau.lanhdao.post(f"/api/findings/{key}/dossier", json={}), 403)
    opened = bureau.thanhtra.post(f"/api/findings/{key}/dossier", json={"reason": "Có dấu hiệu xây dựng trên đất lúa."})
    assert opened.status_code == 201, opened.text
    dossier = bureau.thanhtra.get(f"/api/dossiers/{opened.json()['dossier']}").json()
    assert dossier["procedure"]["code"] == "NB.KIEMTRA"
    assert dossier["form"] == {"sign": "imagery", "reason": "Có dấu hiệu xây dựng trên đất lúa."}
    assert [one["id"] for one in dossier["parcels"]] == [12]
    assert dossier["finding"]["id"] == str(key)
    assert dossier["finding"]["evidence"][0]["vi"].startswith("Chỉ số thực vật")
    told = bureau.finding("thanhtra", key)
    assert (told["inspection"]["code"], told["may_inspect"], told["state"]) == (opened.json()["code"], False, "open")
    again = problem(bureau.thanhtra2.post(f"/api/findings/{key}/dossier", json={}), 409, "inspection-open")
    assert again["code"] == opened.json()["code"]
    refused = bureau.act("thanhtra", dossier, "refuse", note="Chưa đủ căn cứ.")
    assert refused["status"]["code"] == 3
    assert bureau.thanhtra.post(f"/api/findings/{key}/dossier", json={}).status_code == 201


def test_an_inspection_is_about_what_the_parcel_has_become(bureau: Bureau) -> None:
    bureau.record(leads(bureau, 13))
    key = bureau.found(13)
    south = {"type": "split_by_line", "parcel": 13, "line": [{"lonlat": list(point)} for point in _across(bureau, 13)]}
    draft = bureau.diachinh.post("/api/drafts", json={"intents": [south]})
    assert draft.status_code == 201, draft.text
    with connect(bureau.url) as conn:
        conn.execute("UPDATE fabric.deployment SET four_eyes = false")
    bureau.diachinh.post(f"/api/drafts/{draft.json()['id']}/submit", json={"reason": "tách"})
    done = bureau.duyet.post(f"/api/drafts/{draft.json()['id']}/commit", json={"reason": "tách"})
    assert done.status_code == 200, done.text
    assert bureau.finding("thanhtra", key)["parcel"]["current"] is False
    opened = bureau.thanhtra.post(f"/api/findings/{key}/dossier", json={})
    assert opened.status_code == 201, opened.text
    about = bureau.thanhtra.get(f"/api/dossiers/{opened.json()['dossier']}").json()["parcels"]
    assert len(about) == 2 and all(one["current"] for one in about)


def _across(bureau: Bureau, parcel: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """A line through the middle of a parcel, in degrees, a little longer than it is wide."""
    with connect(bureau.url) as conn:
        west, south, east, north = shape_of(conn, parcel, 1.0).bounds
    return (west - 2e-5, (south + north) / 2), (east + 2e-5, (south + north) / 2)


def test_what_lies_in_no_unit_is_inspected_by_nobody(bureau: Bureau) -> None:
    with connect(bureau.url) as conn:
        bureau.record([lead(conn, None, geometry=outside(conn, 8_000, 8_000), transition="other")])
    (row,) = listed(bureau.thanhtratp, transition="other")
    assert bureau.finding("thanhtratp", row["id"])["may_inspect"] is False
    problem(bureau.thanhtratp.post(f"/api/findings/{row['id']}/dossier", json={}), 422, "no-unit")


# ---- permissions -----------------------------------------------------------------------------------------------------


def permit(bureau: Bureau, parcel: int) -> dict[str, Any]:
    """A change of use of a parcel, asked for, drawn and approved through the routes."""
    dossier = bureau.file(parcel, procedure="1.013992")
    bureau.hand_in_papers(dossier)
    dossier = bureau.act("tiepnhan", dossier, "accept")
    dossier = bureau.act("diachinh", dossier, "begin")
    dossier = bureau.act("diachinh", dossier, "to_sketch")
    bureau.draw("diachinh", dossier, {"type": "reclassify", "parcel": parcel, "land_use": "TMD"})
    dossier = bureau.act("diachinh", bureau.read("diachinh", dossier), "propose_map")
    return bureau.act("duyet", dossier, "approve")


def test_a_permission_silences_what_is_open_and_what_is_found_later(bureau: Bureau) -> None:
    bureau.record(leads(bureau, 14, 15))
    permitted, neighbour = bureau.found(14), bureau.found(15)
    dossier = permit(bureau, 14)
    told = bureau.finding("thanhtra", permitted)
    assert (told["state"], told["permitted_by"]["code"], told["revision"]) == ("permitted", dossier["code"], 2)
    assert bureau.finding("thanhtra", neighbour)["state"] == "open"
    later = bureau.record(leads(bureau, 14, 15))
    assert (later.leads, later.permitted) == (2, 1)
    assert bureau.finding("thanhtra", bureau.found(14))["state"] == "permitted"
    # what an inspector says of it on the ground counts for more, and can be taken back
    assert bureau.judge("thanhtra", permitted, "confirmed", note="Xây vượt diện tích cho phép.")["state"] == "confirmed"
    assert bureau.judge("thanhtra", permitted, "withdrawn")["state"] == "permitted"


def test_a_permission_of_long_ago_silences_nothing(bureau: Bureau) -> None:
    dossier = permit(bureau, 16)
    with connect(bureau.url) as conn:
        conn.execute("UPDATE imagery.permitting SET months_before = 0")
        conn.execute("ALTER TABLE dossier.event DISABLE TRIGGER event_kept")
        conn.execute("UPDATE dossier.event SET at = '2024-02-09T00:00:00Z' WHERE dossier_id = %s", (dossier["id"],))
        conn.execute("ALTER TABLE dossier.event ENABLE TRIGGER event_kept")
    assert bureau.record(leads(bureau, 16)).permitted == 0
    with connect(bureau.url) as conn:
        conn.execute("UPDATE imagery.permitting SET months_before = 24")
    assert bureau.record(leads(bureau, 16)).permitted == 1
    with connect(bureau.url) as conn:
        conn.execute("UPDATE imagery.permitting SET active = false")
    assert bureau.record(leads(bureau, 16)).permitted == 0
    with connect(bureau.url) as conn:
        conn.execute("UPDATE imagery.permitting SET active = true")


def test_a_dossier_that_permits_no_other_use_silences_nothing(bureau: Bureau) -> None:
    bureau.record(leads(bureau, 17))
    key = bureau.found(17)
    dossier = bureau.file(17, procedure="1.013988")
    bureau.hand_in_papers(dossier)
    for login, action in (
        ("tiepnhan", "accept"),
        ("diachinh", "begin"),
        ("diachinh", "propose"),
        ("dangky", "approve"),
    ):
        possible = {one["code"] for one in bureau.read(login, dossier)["actions"]}
        if action in possible:
            stays = {"register_stays": True, "note": "Không có nợ"} if action == "approve" else {}
            dossier = bureau.act(login, bureau.read(login, dossier), action, **stays)
    assert bureau.finding("thanhtra", key)["state"] == "open"


# ---- precision, tiles ------------------------------------------------------------------------------------------------


def test_precision_counts_verdicts_that_stand_and_says_when_they_are_few(bureau: Bureau) -> None:
    def of(model: str) -> dict[str, Any] | None:
        groups = bureau.thanhtra.get("/api/findings/precision").json()
        assert groups["least"] == 20
        return next((one for one in groups["model"] if one["code"] == model), None)

    with connect(bureau.url) as conn:
        bureau.record([lead(conn, 18, k, transition="demolished") for k in range(25)], model="thử chính xác")
    keys = [row["id"] for row in listed(bureau.thanhtra, transition="demolished")]
    assert of("thử chính xác") is None
    bureau.judge("thanhtra", keys[0], "confirmed")
    bureau.judge("thanhtra", keys[1], "permitted", note="Có giấy phép.")
    bureau.judge("thanhtra", keys[2], "false")
    bureau.judge("thanhtra", keys[3], "not_visible")
    bureau.judge("thanhtra", keys[4], "confirmed")
    bureau.judge("thanhtra", keys[4], "withdrawn")
    said = of("thử chính xác")
    assert said is not None
    assert [said[name] for name in ("confirmed", "permitted", "false", "not_visible", "enough")] == [1, 1, 1, 1, False]
    assert said["changed"]["value"] == pytest.approx(2 / 3)
    share = said["unpermitted"]
    assert (share["hits"], share["n"], share["value"]) == (1, 3, pytest.approx(1 / 3))
    assert (share["low"], share["high"]) == (pytest.approx(0.0615, abs=1e-4), pytest.approx(0.7923, abs=1e-4))
    for key in keys[5:22]:
        bureau.judge("thanhtra", key, "confirmed")
    said = of("thử chính xác")
    assert said is not None and said["enough"] and said["changed"]["n"] == 20
    elsewhere = bureau.thanhtraxa.get("/api/findings/precision").json()
    assert elsewhere["total"] == [] and elsewhere["unit"] == []


def test_tiles_show_findings_of_the_readers_units_and_are_kept_by_nobody(bureau: Bureau) -> None:
    bureau.record(leads(bureau, 19))
    key = bureau.found(19)
    west, south, east, north = bureau.finding("thanhtra", key)["bounds"]
    for zoom, layers in ((16, {"findings", "places"}), (10, {"places"})):
        x, y = _tile((west + east) / 2, (south + north) / 2, zoom)
        path = f"/tiles/findings/{zoom}/{x}/{y}.mvt"
        answer = bureau.thanhtra.get(path)
        assert answer.headers["cache-control"] == "private, no-store"
        drawn = mapbox_vector_tile.decode(answer.content)
        assert drawn.keys() == layers
        assert str(key) in {f["properties"]["id"] for f in drawn["places"]["features"]}
        assert bureau.thanhtraxa.get(path).status_code == 204
        judged = mapbox_vector_tile.decode(bureau.thanhtra.get(path, params={"state": "permitted"}).content or b"")
        assert str(key) not in {f["properties"]["id"] for layer in judged.values() for f in layer["features"]}
    problem(bureau.thanhtra.get("/tiles/findings/2/1/1.mvt"), 404, "no-such-tile")


def _tile(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    """The tile a place lies in (Web Mercator)."""
    n = 1 << zoom
    return int((lon + 180) / 360 * n), int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n)
