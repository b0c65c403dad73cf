"""The life of a dossier through the routes: who may do what when, and the map that changes with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from layers.db import connect
from tests.geo_service.dossiers.office import Office, an_office, cut, rights_on
from tests.geo_service.site import problem


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with an_office(database_url, tmp_path) as made:
        yield made


def in_deciding(office: Office, *, x: float = 6, parcel: int = 1) -> dict[str, Any]:
    """A split that waits for its approver."""
    dossier = office.to_sketching(parcel)
    _, preview = office.draw("diachinh", dossier, cut(parcel, x))
    assert preview.status_code == 200, preview.text
    return office.act("diachinh", dossier, "propose_map")


def test_a_split_goes_from_the_citizen_to_the_committed_boundary(office: Office) -> None:
    unit = rights_on(office, 1, "Nguyễn Văn Giả")
    with connect(office.url) as conn:
        conn.execute("INSERT INTO rights.certificate_stock VALUES ('ZZ', 1, 99)")
    dossier = in_deciding(office)
    seen = office.read("duyet", dossier)
    preview = office.duyet.post(f"/api/drafts/{seen['draft']['id']}/preview").json()
    answer = office.duyet.post(
        f"/api/dossiers/{dossier['id']}/actions/approve",
        json={"revision": seen["revision"], "digest": preview["digest"]},
    )
    assert answer.status_code == 200, answer.text
    done = answer.json()
    assert done["dossier"]["status"]["code"] == 9 and done["dossier"]["step"]["code"] == "done"
    new = [one["id"] for one in done["written"]["parcels"] if one["new"]]
    assert len(new) == 2 and all(one["code"] for one in done["written"]["parcels"] if one["new"])
    results = {one["id"]: one for one in done["dossier"]["parcels"] if one["role"] == "result"}
    assert set(results) == set(new) and all(one["current"] for one in results.values())
    assert [one["current"] for one in done["dossier"]["parcels"] if one["role"] == "subject"] == [False]
    # the map and the dossier are one transaction
    together = office.row(
        "SELECT c.xid = e.xid AS same, c.seq < e.seq AS before FROM dossier.event e JOIN fabric.change_set c ON c.id = e.change_set"
        " WHERE e.dossier_id = %s", dossier["id"],
    )  # fmt: skip
    assert together == {"same": True, "before": True}
    # rights follow: the larger piece stays in its unit, the other one has a unit of its own, the old certificate is superseded
    with connect(office.url) as conn:
        links = conn.execute(
            "SELECT parcel_id, ba_unit FROM rights.ba_unit_parcel WHERE upper_inf(recorded) AND upper_inf(valid)"
        ).fetchall()
        papers = conn.execute("SELECT serial, status, ba_unit FROM rights.certificate ORDER BY serial").fetchall()
        holders = conn.execute(
            "SELECT ba_unit, certificate_id IS NOT NULL AS has FROM rights.rrr WHERE upper_inf(recorded) AND upper_inf(valid)"
        ).fetchall()
        past = conn.execute(
            "SELECT upper(valid) = accounts.today() AS ended FROM rights.ba_unit_parcel WHERE parcel_id = 1 AND upper_inf(recorded)"
        ).fetchall()
    assert {row["parcel_id"] for row in links} == set(new) and unit in {row["ba_unit"] for row in links}
    assert len({row["ba_unit"] for row in links}) == 2
    assert [row["status"] for row in papers] == ["superseded", "in_force", "in_force"]
    assert sorted(row["serial"] for row in papers) == ["BB 00000001", "ZZ 00000001", "ZZ 00000002"]
    assert len(holders) == 2 and all(row["has"] for row in holders) and [row["ended"] for row in past] == [True]
    # the old number still finds the new parcels
    found = office.visitor.get("/api/search", params={"q": "tờ 1 thửa 1"}).json()
    assert "1" in str(found)
    # the applicant is told: an entry for the notification and one for the portal, and the tracking page says so
    told = office.row(
        "SELECT count(*) FILTER (WHERE partner = 'notification') AS words, count(*) FILTER (WHERE partner = 'portal' AND body ->> 'status' = '9') AS portal"
        " FROM dossier.outbox WHERE dossier_id = %s", dossier["id"],
    )  # fmt: skip
    assert told["words"] >= 1 and told["portal"] == 1
    page = office.visitor.get("/api/track", params={"code": dossier["code"]}).json()
    assert page["status"] == 9 and "parcels" not in page
    token = office.row("SELECT token FROM dossier.dossier WHERE id = %s", dossier["id"])["token"]
    more = office.visitor.get("/api/track", params={"code": dossier["code"], "t": token}).json()
    assert {one["id"] for one in more["parcels"]} == {1, *new}


def test_a_piece_that_is_too_small_is_refused_with_its_source_and_may_join_the_neighbour(office: Office) -> None:
    dossier = office.to_sketching(1, 2)
    key, preview = office.draw("diachinh", dossier, cut(1, 10.55))  # 29 m2 remain
    assert preview.status_code == 200, preview.text
    failing = [one for one in preview.json()["rules"] if one["verdict"] == "fail" and one["severity"] == "refuse"]
    small = next(one for one in failing if one["measured"] == pytest.approx(29))
    assert small["threshold"] == 50 and "61/2024" in small["text_vi"] and "61/2024" in small["text_en"]
    refused = office.act("diachinh", dossier, "propose_map", 422)
    assert refused["type"].endswith("rules-broken") and any("61/2024" in one["text_vi"] for one in refused["rules"])
    assert office.read("diachinh", dossier)["status"]["code"] == 4
    piece = next(f["id"] for f in preview.json()["created"]["features"] if f["properties"]["area_m2"] < 30)
    merged = office.diachinh.post(
        f"/api/drafts/{key}/preview", json={"intents": [cut(1, 10.55), {"type": "merge", "parcels": [piece, 2]}]}
    )
    assert merged.status_code == 200, merged.text
    assert not [one for one in merged.json()["rules"] if one["verdict"] == "fail" and one["severity"] == "refuse"]
    dossier = office.act("diachinh", dossier, "propose_map")
    done = office.act("duyet", dossier, "approve")
    areas = sorted(round(one["area_m2"]) for one in done["parcels"] if one["role"] == "result")
    assert areas == [211, 269]


def test_only_the_desk_of_the_step_in_its_unit_acts(office: Office) -> None:
    dossier = office.file(1)
    office.hand_in_papers(dossier)
    for login in ("diachinh", "duyet", "congdan", "dangky"):
        office.act(login, dossier, "accept", 403)
    assert office.xa.get(f"/api/dossiers/{dossier['id']}").status_code == 404
    office.act("xa", dossier, "accept", 404)
    office.act("nguoila", dossier, "accept", 404)
    problem(office.visitor.get(f"/api/dossiers/{dossier['id']}"), 401)
    assert office.act("tiepnhan", dossier, "accept")["status"]["code"] == 2


def test_a_step_out_of_order_is_told_what_is_possible(office: Office) -> None:
    dossier = office.file(1)
    refused = office.act("tiepnhan", dossier, "approve", 409)
    assert refused["type"].endswith("out-of-step") and "accept" in refused["possible"]


def test_missing_papers_stop_the_reception_and_are_named(office: Office) -> None:
    dossier = office.file(1)
    refused = office.act("tiepnhan", dossier, "accept", 422)
    assert refused["type"].endswith("papers-missing") and all(one["name_vi"] for one in refused["missing"])


def test_two_approvers_at_once_one_decides(office: Office) -> None:
    dossier = in_deciding(office)
    office.act("duyet", dossier, "approve")
    refused = office.act("duyet2", dossier, "approve", 409)
    assert refused["type"].endswith("dossier-moved")
    assert office.row("SELECT count(*) AS n FROM fabric.change_set WHERE draft_id IS NOT NULL")["n"] == 1


def test_the_drawing_of_a_dossier_is_not_decided_beside_it(office: Office) -> None:
    dossier = in_deciding(office)
    draft = office.read("duyet", dossier)["draft"]["id"]
    for path, body in (("commit", {}), ("return", {"note": "x"})):
        problem(office.duyet.post(f"/api/drafts/{draft}/{path}", json=body), 422, "dossier-decides")
    assert office.read("duyet", dossier)["status"]["code"] == 4


def test_sending_back_reopens_the_drawing_for_who_drew_it(office: Office) -> None:
    dossier = in_deciding(office)
    office.act("duyet", dossier, "return_map", 422)  # a reason is needed
    back = office.act("duyet", dossier, "return_map", note="Cắt lại theo ranh hiện trạng")
    assert back["step"]["code"] == "sketching"
    mine = office.read("diachinh", back)
    assert mine["draft"]["status"] == "open" and mine["draft"]["returned_note"] == "Cắt lại theo ranh hiện trạng"
    assert mine["assignee"]["id"] == office.ids("diachinh")


def test_a_drawing_gone_stale_is_shown_before_it_is_decided(office: Office) -> None:
    dossier = in_deciding(office)
    with connect(office.url) as conn:
        conn.execute("UPDATE fabric.deployment SET four_eyes = false")
    other = office.xa.post("/api/drafts", json={"intents": [cut(1, 5)]})
    assert other.status_code == 201, other.text
    with connect(office.url) as conn:  # somebody with authority commits it beside the dossier
        conn.execute("UPDATE accounts.assignment SET ended_at = now() WHERE false")
        conn.execute("INSERT INTO accounts.assignment (account_id, role, valid) SELECT id, r, '[2020-01-01,)' FROM accounts.account,"
                     " unnest(ARRAY['land_officer', 'approver']) r WHERE login = 'xa'")  # fmt: skip
    assert office.xa.post(f"/api/drafts/{other.json()['id']}/commit", json={"reason": "khác"}).status_code == 200
    refused = office.act("duyet", dossier, "approve", 409)
    assert refused["type"].endswith("stale-draft") and refused["base"] and refused["theirs"]
    assert office.read("duyet", dossier)["status"]["code"] == 4


def test_two_submitted_drawings_on_one_parcel_are_one_too_many(office: Office) -> None:
    in_deciding(office)
    second = office.to_sketching(1)
    office.draw("diachinh", second, cut(1, 5))
    refused = office.act("diachinh", second, "propose_map", 409)
    assert refused["type"].endswith("parcel-claimed")


def test_a_block_stops_the_dossier_before_it_changes_the_map(office: Office) -> None:
    dossier = in_deciding(office)
    put = office.dangky.post(
        "/api/parcels/1/blocks",
        json={"kind": "seizure", "reason": "Kê biên thi hành án", "source": "QĐ 12/THA"},
    )
    assert put.status_code == 201, put.text
    refused = office.act("duyet", dossier, "approve", 422)
    assert refused["type"].endswith(("dossier-blocked", "blocked"))
    assert office.read("duyet", dossier)["status"]["code"] == 4
    lifted = office.dangky.post(
        f"/api/blocks/{put.json()['id']}/lift", json={"reason": "Đã thi hành", "source": "QĐ 13"}
    )
    assert lifted.status_code == 200, lifted.text
    assert office.act("duyet", dossier, "approve")["status"]["code"] == 9


def test_a_withdrawn_dossier_takes_its_drawing_along(office: Office) -> None:
    dossier = office.to_sketching(1)
    key, _ = office.draw("diachinh", dossier, cut(1, 6))
    gone = office.act("congdan", dossier, "withdraw")
    assert gone["status"]["code"] == 7
    assert office.row("SELECT status FROM work.draft WHERE id = %s", key)["status"] == "discarded"


def test_handing_over_and_taking(office: Office) -> None:
    dossier = office.file(1)
    office.hand_in_papers(dossier)
    dossier = office.act("tiepnhan", dossier, "accept")
    here = office.diachinh.get(f"/api/dossiers/{dossier['id']}/colleagues").json()["items"]
    assert {one["id"] for one in here} == {office.ids("diachinh"), office.ids("diachinh2")}
    url = f"/api/dossiers/{dossier['id']}/assign"
    mine = office.diachinh.post(url, json={"account": office.ids("diachinh"), "revision": dossier["revision"]}).json()
    problem(
        office.diachinh2.post(url, json={"account": office.ids("diachinh2"), "revision": mine["revision"]}),
        403,
        "not-your-desk",
    )
    office.act("diachinh2", mine, "begin", 403)
    problem(
        office.diachinh.post(url, json={"account": office.ids("duyet"), "revision": mine["revision"]}),
        422,
        "no-such-desk",
    )
    other = office.lanhdao.post(
        url, json={"account": office.ids("diachinh2"), "revision": mine["revision"], "note": "nghỉ phép"}
    ).json()
    assert other["assignee"]["id"] == office.ids("diachinh2")
    assert office.act("diachinh2", other, "begin")["step"]["code"] == "checking"


def test_the_inbox_holds_what_a_desk_has_to_do(office: Office) -> None:
    dossier = office.file(1)
    office.hand_in_papers(dossier)
    todo = lambda login: [one["id"] for one in office.as_(login).get("/api/desk").json()["items"]]  # noqa: E731
    assert todo("tiepnhan") == [dossier["id"]] and todo("diachinh") == [] and todo("xa") == []
    dossier = office.act("tiepnhan", dossier, "accept")
    assert todo("tiepnhan") == [] and todo("diachinh") == [dossier["id"]]
    assert office.diachinh.get("/api/desk/counts").json()["todo"] == 1
    assert [one["id"] for one in office.congdan.get("/api/me/dossiers").json()["items"]] == [dossier["id"]]
    assert office.nguoila.get("/api/me/dossiers").json()["items"] == []
    problem(office.congdan.get("/api/desk"), 403)


def test_the_public_page_names_nobody(office: Office) -> None:
    dossier = office.file(1)
    page = office.visitor.get("/api/track", params={"code": dossier["code"].lower()})
    assert page.status_code == 200
    for secret in ("Trần Thị Thử", "001099000001", "0912345678", "Người", dossier["token"]):
        assert secret not in page.text
    problem(office.visitor.get("/api/track", params={"code": "H26-000000-0000"}), 404, "no-such-dossier")
    problem(office.visitor.get("/api/track", params={"code": dossier["code"], "t": "falsch"}), 404, "no-such-dossier")


def test_numbers_of_the_applicant_are_masked_and_a_look_is_logged(office: Office) -> None:
    dossier = office.file(1)
    seen = office.read("tiepnhan", dossier)["applicant"]
    assert (
        seen["name"] == "Trần Thị Thử"
        and seen["identity_number"].endswith("001")
        and "099" not in seen["identity_number"]
    )
    assert office.read("congdan", dossier)["applicant"]["identity_number"] == "001099000001"
    purpose = office.tiepnhan.get("/api/purposes").json()["items"][0]["code"]
    url = f"/api/dossiers/{dossier['id']}/applicant/reveal"
    shown = office.tiepnhan.post(url, json={"field": "phone", "purpose": purpose, "note": "gọi bổ sung giấy tờ"})
    assert shown.json() == {"value": "0912345678"}
    assert office.row("SELECT count(*) AS n FROM audit.entry WHERE kind = 'person.revealed'")["n"] == 1
    problem(office.xa.post(url, json={"field": "phone", "purpose": purpose, "note": "xem thử thôi"}), 404)
    raw = office.row("SELECT name_sealed, phone_sealed FROM dossier.applicant WHERE dossier_id = %s", dossier["id"])
    assert b"Tr\xe1\xba\xa7n" not in bytes(raw["name_sealed"]) and b"0912" not in bytes(raw["phone_sealed"])


def test_a_remark_sits_on_a_side_of_a_parcel(office: Office) -> None:
    dossier = office.to_sketching(1)
    side = [585_000_000, 2_325_006_000, 585_012_000, 2_325_006_000]
    made = office.diachinh.post(
        f"/api/dossiers/{dossier['id']}/remarks", json={"text": "Ranh lệch mốc 0,3 m", "parcel": 1, "segment": side}
    )
    assert made.status_code == 201, made.text
    (remark,) = office.read("duyet", dossier)["remarks"]
    assert (
        remark["segment"] == side and len(remark["line"]) == 2 and remark["line"][0][0] == pytest.approx(105.8, abs=0.1)
    )
    assert office.duyet.post(f"/api/remarks/{remark['id']}/resolve").status_code == 204
    assert office.read("duyet", dossier)["remarks"][0]["resolved_at"]
    problem(office.nguoila.post(f"/api/remarks/{remark['id']}/resolve"), 404)


def test_codes_are_gapless_in_a_day_and_in_the_real_format(office: Office) -> None:
    codes = [office.file(k)["code"] for k in (1, 2, 3)]
    stems = {code.rsplit("-", 1)[0] for code in codes}
    assert len(stems) == 1 and [code[-4:] for code in codes] == ["0001", "0002", "0003"]
    assert codes[0].startswith("H26")


def test_then_and_now(office: Office) -> None:
    dossier = in_deciding(office)
    done = office.act("duyet", dossier, "approve")
    shown = office.congdan.get(f"/api/dossiers/{done['id']}/map").json()
    assert [f["id"] for f in shown["then"]["features"]] == [1]
    assert len(shown["now"]["features"]) == 2 and {f["properties"]["role"] for f in shown["now"]["features"]} == {
        "result"
    }
    child = shown["now"]["features"][0]["id"]
    assert [one["id"] for one in office.diachinh.get(f"/api/parcels/{child}/dossiers").json()["items"]] == [done["id"]]
    assert office.nguoila.get(f"/api/parcels/{child}/dossiers").json()["items"] == []
