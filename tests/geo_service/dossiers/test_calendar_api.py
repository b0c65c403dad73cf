"""The calendar through the HTTP interface: everybody reads it, the city's administrator changes it, dossiers follow in the same transaction."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from geo_service.app import create_app
from geo_service.dossiers.clock import seed
from geo_service.settings import Settings
from layers.db import connect
from tests.conftest import Databases
from tests.geo_service.accounts.people import OURS, PASSWORD, person
from tests.geo_service.dossiers.calendar_ground import a_dossier, a_procedure, due_of
from tests.geo_service.site import problem

HOLIDAY = {
    "kind": "holiday",
    "name_vi": "Quốc tang",
    "name_en": "National mourning",
    "source": "Thông báo số 1",
    "grade": "A",
}
NONE = {"total": 0, "earlier": 0, "later": 0}


@dataclass
class Office:
    """`sep` looks after the whole city, `phuong` is the administrator of unit 00008, `dan` a citizen, `khach` nobody."""

    url: str
    version: int
    sep: TestClient
    phuong: TestClient
    dan: TestClient
    khach: TestClient

    def dossier(self, since: str, n: int, stops: str = "") -> str:
        with connect(self.url) as conn:
            return a_dossier(conn, self.version, since, n, stops=stops)

    def due(self, key: str) -> str | None:
        with connect(self.url) as conn:
            return due_of(conn, key)

    def log(self, kind: str) -> list[dict[str, Any]]:
        with connect(self.url) as conn:
            rows = conn.execute(
                "SELECT e.subject, e.detail, a.login FROM audit.entry e JOIN accounts.account a ON a.id = e.actor WHERE e.kind = %s ORDER BY e.id",
                [kind],
            ).fetchall()
        return [dict(row) for row in rows]


@pytest.fixture
def office(databases: Databases, tmp_path: Path) -> Iterator[Office]:
    url = databases.create()
    with connect(url) as conn:
        seed.seed(conn)
        version = a_procedure(conn)
        person(conn, "sep", "administrator")
        person(conn, "phuong", "administrator", unit="00008")
        person(conn, "dan", "citizen")
    app = create_app(Settings(database_url=url, data_dir=tmp_path, rates="off"))
    with ExitStack() as stack:
        khach = stack.enter_context(TestClient(app, headers=OURS, raise_server_exceptions=False))
        people = {}
        for login in ("sep", "phuong", "dan"):
            people[login] = TestClient(app, headers=OURS, raise_server_exceptions=False)
            people[login].portal = khach.portal
            answer = people[login].post("/api/session", json={"login": login, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
        yield Office(url, version, khach=khach, **people)
    databases.drop(url)


def test_everybody_reads_the_calendar_of_a_year_with_its_sources(office: Office) -> None:
    answer = office.khach.get("/api/calendar?year=2026")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    days = {one["day"]: one for one in found["days"]}
    assert days["2026-01-10"]["working"] and days["2026-01-10"]["kind"] == "swap_on"
    assert days["2026-11-24"]["provisional"] and "80-NQ/TW" in days["2026-11-24"]["source"]
    assert found["hours"][0]["opens"] == "08:00" and found["hours"][0]["grade"] == "D"
    assert (
        found["working_days"] == 261 - 14 + 2
    )  # weekdays of 2026; off on: 1, 2 Jan; 5 of Tet; 27, 30 Apr; 1 May; 31 Aug; 1, 2 Sep; 24 Nov
    assert office.khach.get("/api/calendar").json()["year"] >= 2026
    problem(office.khach.get("/api/calendar?year=2041"), 422, "invalid-request")


def test_only_who_looks_after_the_whole_city_changes_it(office: Office) -> None:
    asks = [
        ("PUT", "/api/calendar/days/2026-06-03", HOLIDAY),
        ("DELETE", "/api/calendar/days/2026-11-24", None),
        ("PUT", "/api/calendar/hours", {}),
        ("PUT", "/api/calendar/thresholds", {}),
        ("POST", "/api/calendar/outages", {}),
        ("PATCH", "/api/calendar/outages/1", {}),
    ]
    for method, path, body in asks:
        problem(office.khach.request(method, path, json=body), 401, "not-signed-in")
        problem(office.dan.request(method, path, json=body), 403, "no-authority")
        problem(office.phuong.request(method, path, json=body), 403, "not-your-unit")
        bare = office.sep.request(method, path, json=body, headers={"X-Requested-With": ""})
        problem(bare, 403, "csrf")
    assert "2026-11-24" in {one["day"] for one in office.khach.get("/api/calendar?year=2026").json()["days"]}


def test_a_preview_says_how_many_due_dates_would_move_and_changes_nothing(office: Office) -> None:
    keys = [office.dossier("2026-06-01 09:00", n) for n in (1, 2, 5)]
    paused = office.dossier("2026-06-01 09:00", 5, "2026-06-02 10:00/")
    before = [office.due(key) for key in keys]
    answer = office.sep.put("/api/calendar/days/2026-06-03?preview=true", json=HOLIDAY)
    assert answer.json() == {"preview": True, "moved": {"total": 2, "earlier": 0, "later": 2}}
    assert [office.due(key) for key in keys] == before
    assert office.log("calendar.day") == []
    assert "2026-06-03" not in {one["day"] for one in office.khach.get("/api/calendar?year=2026").json()["days"]}
    done = office.sep.put("/api/calendar/days/2026-06-03", json=HOLIDAY)
    assert done.json() == {"preview": False, "moved": {"total": 2, "earlier": 0, "later": 2}}
    assert [office.due(key) for key in keys] == [before[0], "2026-06-04 17:00", "2026-06-09 17:00"]
    assert office.due(paused) is None


def test_a_holiday_that_is_past_moves_clocks_keeps_the_old_date_and_is_logged(office: Office) -> None:
    key = office.dossier("2026-06-01 09:00", 5)
    assert office.sep.put("/api/calendar/days/2026-06-03", json=HOLIDAY).json()["moved"]["total"] == 1
    assert office.sep.delete("/api/calendar/days/2026-06-03").json()["moved"] == {"total": 1, "earlier": 1, "later": 0}
    assert office.due(key) == "2026-06-08 17:00"
    with connect(office.url) as conn:
        rows = conn.execute(
            "SELECT detail, a.login FROM dossier.event e LEFT JOIN accounts.account a ON a.id = e.actor WHERE e.kind = 'calendar' ORDER BY e.id"
        ).fetchall()
        feed = conn.execute("SELECT count(*) FROM feed.event WHERE kind = 'dossier'").fetchone()
    assert [row["login"] for row in rows] == ["sep", "sep"]
    assert rows[0]["detail"]["was"] == rows[1]["detail"]["becomes"] != rows[0]["detail"]["becomes"]
    assert feed is not None and feed["count"] == 2, "who watches the dossier is told"
    put, gone = office.log("calendar.day")
    assert put["subject"] == "day:2026-06-03" and put["login"] == "sep"
    assert put["detail"]["before"] is None and put["detail"]["after"]["source"] == "Thông báo số 1"
    assert gone["detail"]["before"]["kind"] == "holiday" and gone["detail"]["after"] is None
    problem(office.sep.delete("/api/calendar/days/2026-06-03"), 404, "plain-day")


def test_a_day_that_was_taken_out_stays_out_and_can_come_back(office: Office) -> None:
    assert office.sep.delete("/api/calendar/days/2026-11-24").status_code == 200
    with connect(office.url) as conn:
        seed.seed(conn)
    assert "2026-11-24" not in {one["day"] for one in office.khach.get("/api/calendar?year=2026").json()["days"]}
    assert office.sep.put("/api/calendar/days/2026-11-24", json=HOLIDAY | {"provisional": True}).status_code == 200
    again = {one["day"]: one for one in office.khach.get("/api/calendar?year=2026").json()["days"]}["2026-11-24"]
    assert again["provisional"] and again["edited_at"] and again["name_en"] == "National mourning"


def test_a_day_that_makes_no_sense_is_refused_in_words(office: Office) -> None:
    for day, changes, slug in (
        ("2026-06-03", {"kind": "swap_on"}, "worked-already"),
        ("2026-06-06", {"kind": "swap_off"}, "off-already"),
        ("2026-06-07", {"kind": "compensation"}, "off-already"),
        ("2026-06-03", {"kind": "plain"}, "invalid-request"),
        ("2026-06-03", {"source": ""}, "invalid-request"),
        ("2026-06-03", {"name_vi": "a\0b"}, "invalid-request"),
        ("2041-01-01", {}, "invalid-request"),
        ("2026-02-30", {}, "invalid-request"),
        ("hom-nay", {}, "invalid-request"),
    ):
        problem(office.sep.put(f"/api/calendar/days/{day}", json=HOLIDAY | changes), 422, slug)
    assert office.log("calendar.day") == []


def test_a_saturday_may_be_a_holiday_and_a_working_day_in_exchange(office: Office) -> None:
    key = office.dossier("2026-06-05 09:00", 1)
    assert office.sep.put("/api/calendar/days/2026-06-06", json=HOLIDAY).json()["moved"] == NONE
    moved = office.sep.put("/api/calendar/days/2026-06-06", json=HOLIDAY | {"kind": "swap_on"}).json()["moved"]
    assert moved == {"total": 1, "earlier": 1, "later": 0}
    assert office.due(key) == "2026-06-06 17:00"


def test_other_office_hours_from_a_day_on_move_what_ends_after_it(office: Office) -> None:
    early, late = office.dossier("2026-06-01 09:00", 1), office.dossier("2026-06-01 09:00", 5)
    hours = {
        "valid_from": "2026-06-04", "opens": "07:30", "lunch_from": "11:30", "lunch_until": "13:00", "closes": "16:30",
        "cut_off": "16:00", "source": "Quyết định giờ mùa hè", "grade": "B",
    }  # fmt: skip
    assert office.sep.put("/api/calendar/hours?preview=true", json=hours).json()["moved"]["total"] == 1
    assert office.due(late) == "2026-06-08 17:00"
    assert office.sep.put("/api/calendar/hours", json=hours).json()["moved"] == {"total": 1, "earlier": 1, "later": 0}
    assert (office.due(early), office.due(late)) == ("2026-06-02 17:00", "2026-06-08 16:30")
    shown = office.khach.get("/api/calendar?year=2026").json()["hours"]
    assert [one["valid_from"] for one in shown] == ["2020-01-01", "2026-06-04"] and shown[1]["cut_off"] == "16:00"
    assert len(office.khach.get("/api/calendar?year=2027").json()["hours"]) == 1
    for changes, slug in (
        ({"opens": "12:00"}, "bad-hours"),
        ({"closes": "16:30:10"}, "invalid-request"),
        ({"closes": "24:00"}, "invalid-request"),
        ({"cut_off": "17:00"}, "bad-cut-off"),
        ({"valid_from": "2019-12-31"}, "invalid-request"),
    ):
        problem(office.sep.put("/api/calendar/hours", json=hours | changes), 422, slug)
    assert len(office.log("calendar.hours")) == 1


def test_an_outage_is_noted_announced_prolonged_and_withdrawn(office: Office) -> None:
    key = office.dossier("2026-06-01 09:00", 3)
    span = {"from": "2026-06-02T14:00:00+07:00", "until": "2026-06-02T18:00:00+07:00", "note": "Bảo trì máy chủ"}
    assert office.sep.post("/api/calendar/outages?preview=true", json=span).json() == {
        "preview": True, "moved": {"total": 1, "earlier": 0, "later": 1}, "outage": None,
    }  # fmt: skip
    assert office.khach.get("/api/calendar/outages").json() == {"items": []}
    noted = office.sep.post("/api/calendar/outages", json=span | {"announced": False})
    assert noted.status_code == 201 and noted.json()["moved"] == NONE
    number = noted.json()["outage"]["id"]
    path = f"/api/calendar/outages/{number}"
    assert office.sep.patch(path, json={"announced": True}).json()["moved"]["later"] == 1
    assert office.due(key) == "2026-06-05 17:00", "Tuesday does not count"
    longer = {"until": "2026-06-03T17:30:00+07:00"}
    assert office.sep.patch(f"{path}?preview=true", json=longer).json()["outage"]["until"].startswith("2026-06-02")
    assert office.sep.patch(path, json=longer).json()["moved"]["later"] == 1
    assert office.due(key) == "2026-06-08 17:00"
    shown = office.khach.get("/api/calendar/outages").json()["items"][0]
    assert shown["note"] == "Bảo trì máy chủ" and shown["announced_at"] and shown["notice_days"] is None
    assert office.sep.patch(path, json={"withdrawn": True}).json()["moved"] == {"total": 1, "earlier": 1, "later": 0}
    assert office.due(key) == "2026-06-04 17:00"
    problem(office.sep.patch(path, json={"announced": True}), 409, "outage-withdrawn")
    problem(office.sep.patch("/api/calendar/outages/999", json={}), 404, "no-such-outage")
    problem(office.sep.post("/api/calendar/outages", json=span | {"procedures": ["9.9"]}), 422, "no-such-procedure")
    problem(office.sep.post("/api/calendar/outages", json=span | {"until": span["from"]}), 422, "bad-span")
    problem(office.sep.post("/api/calendar/outages", json=span | {"until": "2041-06-01T00:00:00Z"}), 422, "bad-span")
    problem(office.sep.post("/api/calendar/outages", json=span | {"until": "2026-06-02T18:00:00"}), 422)
    kinds = [entry["detail"]["moved"]["total"] for entry in office.log("calendar.outage")]
    assert kinds == [0, 1, 1, 1]


def test_a_planned_outage_says_how_many_working_days_ahead_it_was_announced(office: Office) -> None:
    body = {
        "from": "2040-06-01T08:00:00+07:00",
        "until": "2040-06-01T12:00:00+07:00",
        "note": "Nâng cấp",
        "procedures": ["T.1"],
    }
    outage = office.sep.post("/api/calendar/outages", json=body).json()["outage"]
    assert outage["notice_days"] > 7 and outage["procedures"] == ["T.1"]


def test_thresholds_are_configuration(office: Office) -> None:
    given = office.khach.get("/api/calendar/thresholds").json()
    assert given == {
        "amber_days": 2, "amber_share": 0.8, "answer_amber_hours": 4, "answer_red_hours": 8, "edited_at": None,
    }  # fmt: skip
    wish = {"amber_days": 3, "amber_share": 0.75, "answer_amber_hours": 2, "answer_red_hours": 6}
    assert office.sep.put("/api/calendar/thresholds", json=wish).json()["amber_days"] == 3
    assert office.khach.get("/api/calendar/thresholds").json()["edited_at"] is not None
    problem(office.sep.put("/api/calendar/thresholds", json=wish | {"answer_amber_hours": 7}), 422, "bad-thresholds")
    problem(office.sep.put("/api/calendar/thresholds", json=wish | {"amber_share": 0}), 422, "invalid-request")
    (entry,) = office.log("calendar.thresholds")
    assert entry["detail"]["before"]["amber_days"] == 2


def test_a_due_date_worked_out_while_a_holiday_is_saved_waits_for_it(office: Office) -> None:
    """Without the lock the clock below would be started under the old calendar and never be moved."""
    key = office.dossier("2026-06-01 09:00", 5)
    with connect(office.url) as acting:
        acting.execute("SELECT dossier.hold_calendar()")
        acting.execute(
            "UPDATE dossier.dossier SET due_at = NULL WHERE id = %s", [key]
        )  # as it was before it was received
        answers = []
        saving = threading.Thread(
            target=lambda: answers.append(office.sep.put("/api/calendar/days/2026-06-03", json=HOLIDAY))
        )
        saving.start()
        saving.join(0.5)
        assert saving.is_alive(), "it waits for who works out a due date"
        acting.execute("UPDATE dossier.dossier d SET due_at = dossier.due_of(d) WHERE id = %s", [key])
        acting.commit()
    saving.join(20)
    assert answers[0].json()["moved"]["total"] == 1
    assert office.due(key) == "2026-06-09 17:00"
