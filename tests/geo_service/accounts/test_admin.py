"""Administration, access tokens and four eyes through the HTTP interface."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from geo_service.app import create_app
from geo_service.settings import Settings
from layers.db import connect
from layers.fabric.load import load_faces
from tests.conftest import Databases
from tests.geo_service.accounts.people import OURS, PASSWORD, person
from tests.geo_service.site import cut, draft, problem
from tests.layers.fabric.fabrics import grid_batch

PEOPLE = {
    "sep": (("administrator",), None),
    "phuong": (("administrator",), "00008"),
    "lanh": (("leader",), "00008"),
    "an": (("land_officer",), "00004"),
    "binh": (("approver",), "00004"),
    "chi": (("land_officer", "approver"), "00008"),
    "dan": (("citizen",), None),
}
LONG_ENOUGH = "rất dài và không ai đoán"
ONLY_DIGITS = "1234567890" * 2
Clients = dict[str, TestClient]


@pytest.fixture
def office(databases: Databases, tmp_path: Path) -> Iterator[Clients]:
    """Parcels 1 to 100 in unit 00004, and everybody signed in."""
    url = databases.create()
    with connect(url) as conn:
        load_faces(conn, grid_batch(10, 10), reason="lưới")
        for login, (roles, unit) in PEOPLE.items():
            person(conn, login, *roles, unit=unit)
    app = create_app(Settings(database_url=url, data_dir=tmp_path, rates="off"))
    with ExitStack() as stack:
        visitor = stack.enter_context(TestClient(app, headers=OURS))
        clients = {"": visitor}
        for login in PEOPLE:
            clients[login] = TestClient(app, headers=OURS)
            clients[login].portal = visitor.portal
            assert clients[login].post("/api/session", json={"login": login, "password": PASSWORD}).status_code == 200
        yield clients
    databases.drop(url)


def find(client: TestClient, login: str) -> dict:
    return next(
        one for one in client.get("/api/accounts", params={"q": login}).json()["items"] if one["login"] == login
    )


def test_people_are_found_made_and_closed(office: Clients) -> None:
    sep = office["sep"]
    assert [one["login"] for one in sep.get("/api/accounts?q=nguoi phuong").json()["items"]] == ["phuong"]
    page = sep.get("/api/accounts?limit=3").json()
    assert len(page["items"]) == 3
    rest = sep.get(f"/api/accounts?limit=200&after={page['next']}").json()
    assert len(rest["items"]) == len(PEOPLE) - 3 and rest["next"] is None
    made = sep.post("/api/accounts", json={"login": "moi", "name": "Người mới", "password": LONG_ENOUGH})
    assert made.status_code == 201 and made.json()["assignments"] == []
    problem(
        sep.post("/api/accounts", json={"login": "MOI", "name": "x", "password": LONG_ENOUGH}),
        422,
        "login-taken",
    )
    problem(
        sep.post("/api/accounts", json={"login": "yeu", "name": "x", "password": ONLY_DIGITS}), 422, "weak-password"
    )
    key = find(sep, "an")["id"]
    assert sep.patch(f"/api/accounts/{key}", json={"disabled": True}).json()["disabled"]
    problem(office["an"].get("/api/drafts"), 401, "not-signed-in")
    problem(sep.patch("/api/accounts/999999", json={"disabled": True}), 404, "no-account")


def test_a_role_is_given_for_dates_and_ended(office: Clients) -> None:
    sep, dan = office["sep"], office["dan"]
    key = find(sep, "dan")["id"]
    problem(dan.post("/api/drafts", json={"intents": []}), 403, "no-authority")
    today = datetime.now(UTC).date()
    body = {"role": "surveyor", "unit": "00004", "until": str(today + timedelta(days=30)), "note": "mùa đo"}
    given = sep.post(f"/api/accounts/{key}/assignments", json=body)
    assert given.status_code == 201, given.text
    assert (given.json()["unit_name"], given.json()["given_by"]) == ("Ngọc Hà", "sep") or given.json()["unit_name"]
    assert dan.post("/api/drafts", json={"intents": []}).status_code == 201, "authority is there at the next request"
    assert dan.get("/api/session").json()["user"]["capabilities"]["edit.propose"] == ["00004"]
    problem(sep.post(f"/api/accounts/{key}/assignments", json=body), 422, "role-held")
    problem(sep.post(f"/api/accounts/{key}/assignments", json=body | {"role": "king"}), 422, "unknown-role")
    problem(sep.post(f"/api/accounts/{key}/assignments", json=body | {"unit": "99999"}), 422, "unknown-unit")
    backwards = body | {"role": "approver", "from": "2026-02-01", "until": "2026-01-01"}
    problem(sep.post(f"/api/accounts/{key}/assignments", json=backwards), 422, "bad-dates")
    assert sep.delete(f"/api/accounts/{key}/assignments/{given.json()['id']}").status_code == 204
    problem(dan.post("/api/drafts", json={"intents": []}), 403, "no-authority")
    history = find(sep, "dan")["assignments"]
    assert [one["role"] for one in history] == ["surveyor", "citizen"] and history[0]["ended_at"]
    problem(sep.delete(f"/api/accounts/{key}/assignments/{given.json()['id']}"), 404, "no-such-assignment")


def test_an_administrator_of_a_unit_stays_in_it(office: Clients) -> None:
    phuong, sep = office["phuong"], office["sep"]
    an = find(sep, "an")["id"]
    assert {one["login"] for one in phuong.get("/api/accounts").json()["items"]} == {"phuong", "lanh", "chi"}
    new = phuong.post("/api/accounts", json={"login": "moi", "name": "Người mới", "password": LONG_ENOUGH}).json()["id"]
    for unit in ("00004", None):
        answer = phuong.post(f"/api/accounts/{new}/assignments", json={"role": "surveyor", "unit": unit})
        problem(answer, 403, "not-your-unit")
    given = phuong.post(f"/api/accounts/{new}/assignments", json={"role": "surveyor", "unit": "00008"})
    assert given.status_code == 201, given.text
    assert phuong.post(f"/api/accounts/{new}/password", json={"password": LONG_ENOUGH + "!"}).status_code == 204
    for path, body in (
        (f"/api/accounts/{an}/password", {"password": LONG_ENOUGH}),
        (f"/api/accounts/{an}/totp/reset", None),
    ):
        problem(phuong.post(path, json=body), 404, "no-account")
    problem(phuong.patch(f"/api/accounts/{an}", json={"disabled": True}), 404, "no-account")
    own = find(sep, "phuong")["id"]
    problem(
        phuong.post(f"/api/accounts/{own}/assignments", json={"role": "approver", "unit": "00008"}), 403, "four-eyes"
    )
    problem(phuong.post("/api/units", json={"code": "99001", "name": "Xã Thử"}), 403, "not-your-unit")


def test_units_merge_and_people_move_with_them(office: Clients) -> None:
    sep = office["sep"]
    assert sep.post("/api/units", json={"code": "99001", "name": "Xã Thử", "type": "Xã"}).status_code == 201
    problem(sep.post("/api/units", json={"code": "99001", "name": "Xã Thử"}), 422, "unit-exists")
    today = str(datetime.now(UTC).date())
    problem(sep.patch("/api/units/99001", json={"ended_on": today, "successor": "99001"}), 422, "bad-merger")
    ended = sep.patch("/api/units/00004", json={"ended_on": "2026-01-01", "successor": "00008"})
    assert ended.status_code == 200 and ended.json()["successor"] == "00008"
    problem(sep.patch("/api/units/00004", json={"ended_on": today, "successor": "00008"}), 422, "bad-merger")
    held = [(one["role"], one["unit"]) for one in find(sep, "an")["assignments"]]
    assert held == [("land_officer", "00008"), ("land_officer", "00004")]
    units = office["an"].get("/api/session").json()["user"]["capabilities"]["edit.propose"]
    assert units == ["00004", "00008"]
    key = find(sep, "dan")["id"]
    problem(sep.post(f"/api/accounts/{key}/assignments", json={"role": "surveyor", "unit": "00004"}), 422, "unit-ended")


def test_one_proposes_another_decides(office: Clients) -> None:
    an, binh, chi, visitor = office["an"], office["binh"], office["chi"], office[""]
    key = draft(an, cut(5))
    problem(an.post(f"/api/drafts/{key}/commit", json={"reason": "x"}), 403, "four-eyes")
    problem(binh.get(f"/api/drafts/{key}"), 404, "no-such-draft")  # not submitted yet: nobody else's business
    waiting = an.post(f"/api/drafts/{key}/submit", json={"reason": "Tách theo đơn"}).json()
    assert (waiting["status"], waiting["owner"]) == ("submitted", "an")
    problem(an.put(f"/api/drafts/{key}", json={"intents": []}), 409, "draft-closed")
    problem(an.post(f"/api/drafts/{key}/commit", json={}), 403, "four-eyes")
    assert chi.get("/api/drafts?status=submitted").json() == {"items": []}
    for path, body in (("commit", {}), ("preview", {}), ("return", {"note": "x"})):
        problem(chi.post(f"/api/drafts/{key}/{path}", json=body), 404, "no-such-draft")

    assert [one["id"] for one in binh.get("/api/drafts?status=submitted").json()["items"]] == [key]
    assert binh.post(f"/api/drafts/{key}/return", json={"note": "Thiếu cạnh"}).status_code == 204
    back = an.get(f"/api/drafts/{key}").json()
    assert (back["status"], back["returned_by"], back["returned_note"]) == ("open", "binh", "Thiếu cạnh")
    problem(binh.post(f"/api/drafts/{key}/commit", json={}), 404, "no-such-draft")

    an.post(f"/api/drafts/{key}/submit", json={"reason": "Tách theo đơn, đã sửa"})
    preview = binh.post(f"/api/drafts/{key}/preview", json={}).json()
    assert preview == an.post(f"/api/drafts/{key}/preview", json={}).json(), "both see the same"
    problem(binh.post(f"/api/drafts/{key}/preview", json={"intents": []}), 409, "draft-closed")
    done = binh.post(f"/api/drafts/{key}/commit", json={"digest": preview["digest"]})
    assert done.status_code == 200, done.text
    seq = done.json()["seq"]
    change = binh.get(f"/api/changes/{seq}").json()
    assert (change["author"], change["approver"], change["reason"]) == ("an", "binh", "Tách theo đơn, đã sửa")
    public = visitor.get(f"/api/changes/{seq}").json()
    assert (public["author"], public["approver"], public["reason"], public["intents"]) == (None, None, None, None)
    problem(binh.post(f"/api/drafts/{key}/commit", json={}), 404)
    log = office["sep"].get("/api/audit?kind=draft").json()["items"]
    assert [(one["kind"], one["actor"]) for one in log] == [("draft.approved", "binh"), ("draft.returned", "binh")]


def test_an_officer_cannot_propose_in_another_unit(office: Clients) -> None:
    key = draft(office["chi"], cut(7))
    problem(office["chi"].post(f"/api/drafts/{key}/preview", json={}), 403, "not-your-unit")
    problem(office["chi"].post(f"/api/drafts/{key}/submit", json={"reason": "x"}), 403, "not-your-unit")


def test_access_tokens(office: Clients) -> None:
    an = office["an"]
    made = an.post("/api/me/tokens", json={"name": "sổ tay", "scopes": ["read"], "days": 30})
    assert made.status_code == 201, made.text
    token = made.json()["token"]
    machine = TestClient(an.app, headers={"Authorization": f"Bearer {token}"})
    machine.portal = an.portal
    user = machine.get("/api/session").json()["user"]
    assert (user["login"], user["capabilities"]) == (
        "an",
        {"rights.read": ["00004"], "staff.names": ["00004"], "dossier.read": ["00004"], "finding.read": ["00004"]},
    )
    problem(machine.post("/api/drafts", json={"intents": []}), 403, "token-reads-only")
    problem(
        machine.post("/api/me/password", json={"old": PASSWORD, "new": LONG_ENOUGH}),
        403,
        "session-needed",
    )
    problem(an.post("/api/me/tokens", json={"name": "x", "scopes": ["all"], "days": 1}), 422, "bad-scopes")
    problem(an.post("/api/me/tokens", json={"name": "x", "scopes": ["read"], "days": 9_999}), 422)
    listed = an.get("/api/me/tokens").json()["items"]
    assert [one["name"] for one in listed] == ["sổ tay"] and token not in str(listed)
    problem(office["chi"].delete(f"/api/me/tokens/{listed[0]['id']}"), 404, "no-such-token")
    editing = an.post("/api/me/tokens", json={"name": "máy đo", "scopes": ["edit"], "days": 1}).json()["token"]
    machine.headers["Authorization"] = f"Bearer {editing}"
    assert machine.post("/api/drafts", json={"intents": []}).status_code == 201, "no CSRF header is needed with a token"
    problem(machine.post("/api/me/tokens", json={"name": "x", "scopes": ["edit"], "days": 1}), 403, "session-needed")
    machine.headers["Authorization"] = f"Bearer {token}"
    assert an.delete(f"/api/me/tokens/{listed[0]['id']}").status_code == 204
    assert machine.get("/api/session").json()["user"] is None


def test_own_sessions_and_password(office: Clients) -> None:
    an, chi = office["an"], office["chi"]
    second = TestClient(an.app, headers=OURS)
    second.portal = an.portal
    second.post("/api/session", json={"login": "an", "password": PASSWORD})
    listed = an.get("/api/me/sessions").json()["items"]
    assert len(listed) == 2 and sum(one["current"] for one in listed) == 1
    other = next(one["id"] for one in listed if not one["current"])
    problem(chi.delete(f"/api/me/sessions/{other}"), 404, "no-such-session")
    assert an.delete(f"/api/me/sessions/{other}").status_code == 204
    assert second.get("/api/session").json()["user"] is None
    problem(
        an.post("/api/me/password", json={"old": "không phải", "new": LONG_ENOUGH}),
        401,
        "wrong-credentials",
    )
    problem(an.post("/api/me/password", json={"old": PASSWORD, "new": "ngắn"}), 422, "weak-password")
    assert an.post("/api/me/password", json={"old": PASSWORD, "new": LONG_ENOUGH}).status_code == 204
    problem(an.get("/api/drafts"), 401, "not-signed-in")
    assert an.post("/api/session", json={"login": "an", "password": LONG_ENOUGH}).status_code == 200


def test_who_sees_the_log(office: Clients) -> None:
    sep = office["sep"]
    everything = sep.get("/api/audit?limit=5").json()
    assert len(everything["items"]) == 5 and everything["next"]
    assert sep.get(f"/api/audit?before={everything['next']}").json()["items"][0]["id"] == everything["next"] - 1
    opened = sep.get("/api/audit?kind=session.opened&actor=AN").json()["items"]
    assert [one["actor"] for one in opened] == ["an"]
    assert sep.get("/api/audit/state").json()["verified"] is True
    assert {one["unit"] for one in office["lanh"].get("/api/audit").json()["items"]} <= {"00008"}
    for login in ("an", "binh", "dan"):
        problem(office[login].get("/api/audit"), 403, "no-authority")
    problem(office[""].get("/api/audit"), 401, "not-signed-in")
