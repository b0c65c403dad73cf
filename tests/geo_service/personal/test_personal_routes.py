"""One's own data: seen in clear by oneself, taken along, corrected; of others nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from layers.db import connect
from tests.geo_service.rights.registry import Office, an_office
from tests.geo_service.site import problem


@pytest.fixture(scope="module")
def office(databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    url = databases.create()
    with an_office(url, tmp_path_factory.mktemp("office")) as made:
        yield made
    databases.drop(url)


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_person_sees_the_own_values_in_clear_and_every_own_right(office: Office) -> None:
    found = ok(office["lan"].get("/api/me/person"))
    party = found["party"]
    assert (party["identity_number"], party["phone"]) == ("999190000001", "0000000001") and party["address"].startswith(
        "Số 7"
    )
    assert found["birth_year"] == 1990
    assert [(right["share"], [p["id"] for p in right["parcels"]]) for right in found["rights"]] == [
        ("1", [1]),
        ("1/2", [2]),
        ("1", [3]),
    ]
    assert (
        found["rights"][0]["unit_name"] == "Ba Đình" and found["rights"][0]["certificates"][0]["serial"] == "BX 123456"
    )
    text = office["lan"].get("/api/me/person").text
    for foreign in ("999080000002", "CX 000002", "Xã Mô Phỏng", "Thi hành án"):
        assert foreign not in text


@pytest.mark.parametrize("path", ["person", "accesses", "export", "consents", "corrections"])
def test_who_is_no_person_of_the_register(office: Office, path: str) -> None:
    for login in ("nobody", "registrar", "admin"):
        problem(office[login].get(f"/api/me/{path}"), 404, "no-person")
    problem(office["visitor"].get(f"/api/me/{path}"), 401)


def test_an_access_token_stands_for_no_person(office: Office) -> None:
    made = office["lan"].post("/api/me/tokens", json={"name": "máy", "scopes": ["read"], "days": 2})
    if made.status_code == 403:  # a citizen may have none
        return
    headers = {"Authorization": f"Bearer {ok(made, made.status_code)['token']}"}
    problem(office["visitor"].get("/api/me/person", headers=headers), 404, "no-person")
    problem(office["visitor"].get("/api/parcels/1/rights", headers=headers), 403)


def test_the_export_holds_everything_and_is_logged(office: Office) -> None:
    answer = office["lan"].get("/api/me/export")
    found = ok(answer)
    assert "attachment" in answer.headers["content-disposition"] and answer.headers["cache-control"] == "no-store"
    assert found["person"]["party"]["identity_number"] == "999190000001" and len(found["person"]["rights"]) == 3
    assert set(found) == {"exported_at", "person", "accesses", "consents", "corrections"}
    entry = office.audit()[-1]
    assert (entry["kind"], entry["actor"], entry["subject"]) == (
        "person.exported",
        "lan",
        f"party:{office.registry.parties['lan']}",
    )
    assert ok(office["lan"].get("/api/me/accesses"))["items"] == found["accesses"]  # oneself is not somebody who looked


def test_consents_are_given_and_taken_back(office: Office) -> None:
    before = ok(office["sen"].get("/api/me/consents"))["items"]
    assert {item["purpose"] for item in before} == {"disclosure", "notices", "research"}
    assert not any(item["given"] or item["at"] for item in before) and all(
        item["name_vi"] and item["name_en"] for item in before
    )
    for given in (True, False, True):
        assert ok(office["sen"].put("/api/me/consents/notices", json={"given": given}))["given"] is given
    assert [
        item["given"] for item in ok(office["sen"].get("/api/me/consents"))["items"] if item["purpose"] == "notices"
    ] == [True]
    assert not any(item["given"] for item in ok(office["lan"].get("/api/me/consents"))["items"])
    for purpose in ("dossier", "nothing", "x" * 40):
        problem(office["sen"].put(f"/api/me/consents/{purpose}", json={"given": True}), 404, "no-such-purpose")
    with connect(office.registry.url) as conn:
        assert conn.execute("SELECT count(*) AS n FROM rights.consent").fetchone() == {"n": 3}


def ask(office: Office, login: str, field: str, value: str) -> Any:
    return office[login].post("/api/me/corrections", json={"field": field, "value": value, "note": "Sai trong sổ"})


def decide(office: Office, login: str, key: int, accepted: bool = True) -> Any:
    return office[login].post(f"/api/corrections/{key}/decision", json={"accepted": accepted, "note": "Đã đối chiếu"})


def test_a_correction_is_asked_decided_and_takes_its_place(office: Office) -> None:
    asked = ok(ask(office, "lan", "phone", "+84 912 345 678"), 201)
    assert asked["value"] == "0912345678" and asked["status"] == "open"
    with connect(office.registry.url) as conn:
        assert "0912345678" not in str(conn.execute("SELECT json_agg(c) AS all FROM rights.correction c").fetchone())
        assert "0912345678" not in str(conn.execute("SELECT json_agg(e) AS all FROM audit.entry e").fetchone())
    (waiting,) = ok(office["registrar"].get("/api/corrections"))["items"]
    assert waiting["id"] == asked["id"] and waiting["party_name"] == "Nguyễn Thị Ngọc Lan"
    assert ok(office["far"].get("/api/corrections")) == {"items": []}
    problem(office["reception"].get("/api/corrections"), 403)
    problem(decide(office, "far", asked["id"]), 404, "no-such-correction")
    problem(decide(office, "far", 99999), 404, "no-such-correction")
    assert ok(decide(office, "registrar", asked["id"]))["status"] == "accepted"
    problem(decide(office, "registrar", asked["id"]), 409, "correction-decided")
    assert ok(office["lan"].get("/api/me/person"))["party"]["phone"] == "0912345678"
    assert ok(office["lan"].get("/api/me/corrections"))["items"][0]["decision_note"] == "Đã đối chiếu"
    assert ok(office["registrar"].get("/api/corrections")) == {"items": []}


def test_every_field_can_be_corrected_and_a_refusal_changes_nothing(office: Office) -> None:
    wishes = {
        "name": "Lê Thị Trúc Vàng",
        "identity_number": "999185000033",
        "address": "Số 9, Phường Mô Phỏng, Hà Nội",
        "other": "Ngày sinh sai",
    }
    for field, value in wishes.items():
        key = ok(ask(office, "sen", field, value), 201)["id"]
        ok(decide(office, "registrar", key, accepted=field != "name"))
    party = ok(office["sen"].get("/api/me/person"))["party"]
    assert (party["name"], party["identity_number"], party["address"]) == (
        "Trần Văn Sen Hồng",
        "999185000033",
        "Số 9, Phường Mô Phỏng, Hà Nội",
    )
    found = office["registrar"].post(
        "/api/parties/search", json={"identity_number": "999185000033", "purpose": "dossier"}
    )
    assert [item["id"] for item in ok(found)["items"]] == [office.registry.parties["sen"]]
    old = office["registrar"].post(
        "/api/parties/search", json={"identity_number": "999080000002", "purpose": "dossier"}
    )
    assert ok(old) == {"items": []}


def test_the_number_of_somebody_else_cannot_be_taken(office: Office) -> None:
    key = ok(ask(office, "lan", "identity_number", "999075000009"), 201)["id"]
    problem(decide(office, "registrar", key), 409, "identity-taken")
    assert ok(office["lan"].get("/api/me/person"))["party"]["identity_number"] == "999190000001"
    ok(decide(office, "registrar", key, accepted=False))


@pytest.mark.parametrize(
    ("field", "value", "slug"),
    [
        ("identity_number", "12", "bad-identity-number"),
        ("phone", "x", "bad-phone"),
        ("name", "<i>", "bad-name"),
        ("share", "1", "invalid-request"),
    ],
)
def test_bad_requests(office: Office, field: str, value: str, slug: str) -> None:
    problem(ask(office, "hai", field, value), 422, slug)


def test_open_requests_are_limited(office: Office) -> None:
    for _ in range(20):
        ok(ask(office, "hai", "other", "x"), 201)
    problem(ask(office, "hai", "other", "x"), 422, "too-many-open")


def test_a_registrar_does_not_decide_on_the_own_request(office: Office) -> None:
    with connect(office.registry.url) as conn:
        conn.execute(
            "UPDATE accounts.account SET party_id = %s WHERE login = 'registrar'", (office.registry.parties["truc"],)
        )
    key = ok(ask(office, "registrar", "address", "Nơi khác, Hà Nội"), 201)["id"]
    assert ok(office["registrar"].get("/api/corrections")) == {"items": []}
    problem(decide(office, "registrar", key), 404, "no-such-correction")
    with connect(office.registry.url) as conn:
        conn.execute("UPDATE accounts.account SET party_id = NULL WHERE login = 'registrar'")
