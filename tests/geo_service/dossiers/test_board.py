"""Every number of the board against the same number counted from the events, for the whole city and for a leader of one unit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from geo_service.accounts.service import add_account
from geo_service.app import create_app
from geo_service.dossiers.board import outlines
from geo_service.dossiers.sample import Filled, ensure_demo_dossiers, file_store, fill
from geo_service.personal.vault import Vault
from geo_service.settings import Settings
from layers.db import connect
from layers.fabric.audit import audit
from layers.sample.service import load_sample
from tests.conftest import Databases
from tests.geo_service.dossiers import counted
from tests.geo_service.dossiers.counted import DAY, Calendar, Counted
from tests.geo_service.site import OURS, PASSWORD, problem

PEOPLE = {
    "lanhdao": "leader",
    "quantri": "administrator",
    "phantich": "analyst",
    "tiepnhan": "reception",
    "congdan": "citizen",
}
PERIODS = ((29, 0), (364, 0), (120, 45), (0, 0))
"""Days before today on which a period begins and ends."""


@dataclass
class City:
    url: str
    settings: Settings
    filled: Filled
    unit: str
    people: dict[str, TestClient]

    def get(self, path: str, login: str = "lanhdao", **params: Any) -> Any:
        answer = self.people[login].get(
            path, params={name: value for name, value in params.items() if value is not None}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def counted(self) -> tuple[list[Counted], Calendar]:
        with connect(self.url) as conn:
            calendar = Calendar(conn)
            return list(counted.count(conn, calendar).values()), calendar


@pytest.fixture(scope="module")
def city(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A small city with 400 invented dossiers; `lanhdaoxa` leads the busiest unit."""
    url, folder = databases.create(), tmp_path_factory.mktemp("board")
    settings = Settings(database_url=url, data_dir=folder, rates="off")
    with connect(url) as conn:
        load_sample(conn, units=2, faces=1_200, seed=2)
        filled = fill(conn, Vault(settings.personal_secret()), file_store(settings), 400, seed=7)
        row = conn.execute(
            "SELECT competent_unit FROM dossier.dossier WHERE competent_unit <> '*' GROUP BY 1 ORDER BY count(*) DESC"
        ).fetchone()
        assert row is not None
        for login, role in PEOPLE.items():
            add_account(conn, login, PASSWORD, name=f"Người {login}", roles=[role], demo=True)
        add_account(
            conn, "lanhdaoxa", PASSWORD, name="Lãnh đạo xã", roles=["leader"], units=[row["competent_unit"]], demo=True
        )
    with ExitStack() as stack:
        app = create_app(settings)
        visitor = stack.enter_context(TestClient(app, headers=OURS, raise_server_exceptions=False))
        people = {"": visitor}
        for login in (*PEOPLE, "lanhdaoxa"):
            people[login] = TestClient(app, headers=OURS, raise_server_exceptions=False)
            people[login].portal = visitor.portal
            assert people[login].post("/api/session", json={"login": login, "password": PASSWORD}).status_code == 200
        yield City(url, settings, filled, row["competent_unit"], people)
    databases.drop(url)


def period(first: int, last: int) -> tuple[date, date]:
    today = datetime.now(counted.HANOI).date()
    return today - timedelta(days=first), today - timedelta(days=last)


def whose(d: Counted, by: str) -> str:
    return d.received if by == "received" else d.competent


def same(said: dict[str, Any], expected: dict[str, Any], what: object) -> None:
    assert {name: said[name] for name in expected} == pytest.approx(expected), what


# ---- the numbers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", PERIODS)
@pytest.mark.parametrize("by", ["competent", "received"])
def test_the_board_counts_what_the_events_tell(city: City, days: tuple[int, int], by: str) -> None:
    first, last = period(*days)
    said = city.get("/api/board", **{"from": first, "to": last, "by": by})
    dossiers, calendar = city.counted()
    now = datetime.fromisoformat(said["at"])
    same(said["total"], counted.numbers(dossiers, first, last, now, calendar), "all")
    assert Counter({one["code"]: one["number"] for one in said["paused_for"]}) == counted.reasons(dossiers)

    nothing = counted.numbers([], first, last, now, calendar)
    for kind, key in (("units", lambda d: whose(d, by)), ("procedures", lambda d: d.procedure)):
        groups: dict[str, list[Counted]] = defaultdict(list)
        for d in dossiers:
            groups[key(d)].append(d)
        rows = {row[kind[:-1]]["code"]: row for row in said[kind]}
        assert rows.keys() <= groups.keys()
        for code, group in groups.items():
            expected = counted.numbers(group, first, last, now, calendar)
            if code in rows:
                same(rows[code], expected, code)
            else:
                assert expected == nothing, code


def test_the_board_of_a_unit_and_a_procedure_is_that_part_of_the_whole(city: City) -> None:
    first, last = period(364, 0)
    dossiers, calendar = city.counted()
    whole = city.get("/api/board", **{"from": first, "to": last})
    procedure = whole["procedures"][0]["procedure"]["code"]
    for asked in (
        {"unit": city.unit},
        {"procedure": procedure},
        {"unit": city.unit, "procedure": procedure},
        {"unit": "*"},
    ):
        said = city.get("/api/board", **{"from": first, "to": last, **asked})
        part = [
            d
            for d in dossiers
            if d.competent == asked.get("unit", d.competent) and d.procedure == asked.get("procedure", d.procedure)
        ]
        same(said["total"], counted.numbers(part, first, last, datetime.fromisoformat(said["at"]), calendar), asked)


def test_the_map_has_every_unit_of_today(city: City) -> None:
    board, units = city.get("/api/board"), city.get("/api/board/units")["items"]
    assert len(units) == 126
    rows = {row["unit"]["code"]: row for row in board["units"]}
    for unit in units:
        assert unit["received"] == rows.get(unit["code"], {"received": 0})["received"]
        assert unit["outlined"] == (unit["code"] in outlines.outlines())
        assert 105 < unit["lon"] < 106.1 and 20.5 < unit["lat"] < 21.5
    shapes = city.get("/api/board/outlines")
    assert len(shapes["features"]) == 126


@pytest.mark.parametrize("by", ["competent", "received"])
def test_steps_lose_the_time_the_events_tell(city: City, by: str) -> None:
    first, last = period(180, 0)
    since, until = (
        datetime.combine(day, datetime.min.time(), counted.HANOI) for day in (first, last + timedelta(days=1))
    )
    said = city.get("/api/board/steps", **{"from": first, "to": last, "by": by, "unit": city.unit})["items"]
    dossiers, calendar = city.counted()
    past: dict[tuple[str, str], list[counted.Stay]] = defaultdict(list)
    present: dict[tuple[str, str], list[counted.Stay]] = defaultdict(list)
    for d in dossiers:
        for stay in d.stays if whose(d, by) == city.unit else ():
            if stay.left is None:
                present[d.procedure, stay.step].append(stay)
            elif since <= stay.left < until:
                past[d.procedure, stay.step].append(stay)
    assert {(row["procedure"]["code"], row["step"]["code"]) for row in said} == past.keys() | present.keys()
    now = calendar.seconds(datetime.now(counted.HANOI))
    for row in said:
        key = row["procedure"]["code"], row["step"]["code"]
        seconds = [stay.seconds or 0 for stay in past[key]]
        over = [
            s - row["days"] * DAY
            for s in seconds
            if row["days"] and row["clock"] == "running" and s > row["days"] * DAY
        ]
        assert (row["stays"], row["over"], row["standing"]) == (len(seconds), len(over), len(present[key]))
        assert row["lost_days"] == pytest.approx(sum(over) / DAY)
        for name, share in (("median_days", 0.5), ("p90_days", 0.9)):
            middle = counted.nth(seconds, share)
            assert row[name] == (None if middle is None else pytest.approx(middle / DAY))
        longer = [
            stay
            for stay in present[key]
            if row["days"] and row["clock"] == "running" and now - calendar.seconds(stay.entered) > row["days"] * DAY
        ]
        assert row["standing_over"] == len(longer)
    lost = [row["lost_days"] for row in said]
    assert lost == sorted(lost, reverse=True)
    assert lost[0] > 0


def test_behind_every_number_are_those_dossiers(city: City) -> None:
    first, last = period(364, 0)
    dossiers, calendar = city.counted()
    expected = counted.cells(dossiers, first, last, datetime.now(counted.HANOI), calendar)
    some = {d.id: d for d in dossiers}
    lists = [(cell, None, ids) for cell, ids in expected.items()]
    lists += [
        ("paused", reason, {i for i in expected["paused"] if some[i].reason == reason})
        for reason in counted.reasons(dossiers)
    ]
    lists += [("step", "checking", {i for i in expected["open"] if some[i].step == "checking"})]
    for cell, detail, ids in lists:
        found: list[str] = []
        while True:
            page = city.get(
                "/api/board/dossiers",
                **{"from": first, "to": last, "cell": cell, "detail": detail, "offset": len(found)},
            )
            assert page["total"] == len(ids), (cell, detail)
            found += [item["id"] for item in page["items"]]
            if not page["items"] or len(found) >= page["total"]:
                break
        assert len(found) == len(ids)
        assert {UUID(one) for one in found} == ids, (cell, detail)


def test_many_tones_at_once_are_the_tones_one_by_one(city: City) -> None:
    with connect(city.url) as conn:
        rows = conn.execute(
            """
            SELECT s.state, dossier.tone(d.due_at, d.clock_start) AS tone, s.answer,
                   CASE WHEN d.status = 1 AND d.channel = 2 THEN dossier.answer_tone(d.filed_at) END AS answered
            FROM dossier.standing(NULL, false) s JOIN dossier.dossier d ON d.id = s.dossier_id
            """
        ).fetchall()
    assert len(rows) > 10
    for row in rows:
        assert row["tone"] in (row["state"], None)
        assert (row["tone"] is None) == (row["state"] in ("paused", "waiting"))
        assert row["answer"] == row["answered"]


def test_a_changed_holiday_is_measured_again(city: City) -> None:
    """A working day of the past becomes a day off: every number is again what the events tell."""
    day = period(40, 0)[0]
    while day.weekday() > 3:
        day -= timedelta(days=1)
    with connect(city.url) as conn:
        before = conn.execute(
            "SELECT sum(worked) AS worked, sum(s.seconds) AS spent FROM dossier.tally JOIN dossier.stay s USING (dossier_id)"
        ).fetchone()
        conn.execute(
            "INSERT INTO dossier.calendar_day (day, kind, name_vi, name_en, source, grade) VALUES (%s, 'holiday', 'Thử', 'Trial', '', 'D')",
            (day,),
        )
        conn.execute("SELECT dossier.recompute_due()")
        after = conn.execute(
            "SELECT sum(worked) AS worked, sum(s.seconds) AS spent FROM dossier.tally JOIN dossier.stay s USING (dossier_id)"
        ).fetchone()
    assert before != after
    try:
        test_the_board_counts_what_the_events_tell(city, (364, 0), "competent")
        test_steps_lose_the_time_the_events_tell(city, "competent")
    finally:
        with connect(city.url) as conn:
            conn.execute("DELETE FROM dossier.calendar_day WHERE day = %s", (day,))
            conn.execute("SELECT dossier.recompute_due()")
    with connect(city.url) as conn:
        assert (
            conn.execute(
                "SELECT sum(worked) AS worked, sum(s.seconds) AS spent FROM dossier.tally JOIN dossier.stay s USING (dossier_id)"
            ).fetchone()
            == before
        )


# ---- who asks ------------------------------------------------------------------------------------------------------


def test_a_leader_of_a_unit_counts_that_unit(city: City) -> None:
    first, last = period(364, 0)
    dossiers, calendar = city.counted()
    for by in ("competent", "received"):
        said = city.get("/api/board", "lanhdaoxa", **{"from": first, "to": last, "by": by})
        assert said["scope"] == [city.unit]
        assert {row["unit"]["code"] for row in said["units"]} == {city.unit}
        same(
            said["total"],
            counted.numbers(
                [d for d in dossiers if whose(d, by) == city.unit],
                first,
                last,
                datetime.fromisoformat(said["at"]),
                calendar,
            ),
            by,
        )
        listed = city.get(
            "/api/board/dossiers", "lanhdaoxa", **{"from": first, "to": last, "by": by, "cell": "finished"}
        )
        assert {item[f"{by}_unit"]["code"] for item in listed["items"]} == {city.unit}
    other = next(d.competent for d in dossiers if d.competent not in (city.unit, "*"))
    assert city.get("/api/board", "lanhdaoxa", unit=other)["total"]["received"] == 0
    assert city.get("/api/board/steps", "lanhdaoxa", unit=other)["items"] == []


@pytest.mark.parametrize("path", ["", "/units", "/steps", "/forecast", "/bands", "/dossiers?cell=red"])
def test_the_board_is_for_leaders(city: City, path: str) -> None:
    for login, status in (("", 401), ("congdan", 403), ("tiepnhan", 403), ("phantich", 403)):
        problem(city.people[login].get(f"/api/board{path}"), status)
    wanted = 403 if path.startswith("/dossiers") else 200  # an administrator counts, and reads no dossier
    assert city.people["quantri"].get(f"/api/board{path}").status_code == wanted


def test_sql_itself_refuses_who_may_count_nowhere(city: City) -> None:
    app = city.people[""].app
    with app.state.pool.connection() as conn:
        for call in (
            "board_now(false, NULL, NULL)",
            "board_days('2026-01-01', false, NULL, NULL)",
            "board_alike(now(), 10)",
            "facts(now(), now(), NULL, 10)",
        ):
            with pytest.raises(Exception, match="not yours to ask"), conn.transaction():
                conn.execute(f"SELECT * FROM dossier.{call}")
        for table in ("tally", "stay"):
            with pytest.raises(Exception, match="permission denied"), conn.transaction():
                conn.execute(f"SELECT * FROM dossier.{table}")


def test_periods_and_cells_that_are_none_are_refused(city: City) -> None:
    leader = city.people["lanhdao"]
    problem(leader.get("/api/board?from=2026-05-02&to=2026-05-01"), 422, "bad-period")
    for query in (
        "?from=1999-01-01",
        "?from=heute",
        "?by=nobody",
        "?unit=%00",
        "/dossiers",
        "/dossiers?cell=gold",
        "/dossiers?cell=red&offset=-1",
    ):
        assert leader.get(f"/api/board{query}").status_code == 422, query


# ---- words for shares ----------------------------------------------------------------------------------------------


def test_words_for_shares_are_the_operators(city: City) -> None:
    admin = city.people["quantri"]
    shipped = admin.get("/api/board/bands").json()
    assert [band["share"] for band in shipped["items"]] == [0.9, 0.8, 0.7, 0.5, 0]
    ours = {
        "items": [
            {"share": 0.95, "name_vi": "Đạt", "name_en": "Reached"},
            {"share": 0, "name_vi": "Chưa đạt", "name_en": "Not reached"},
        ]
    }
    assert admin.put("/api/board/bands", json=ours).json() == ours
    assert city.get("/api/board")["bands"] == ours["items"]
    problem(city.people["lanhdao"].put("/api/board/bands", json=ours), 403)
    for wrong in ([0.5], [0, 0], [0.2, 0.20004, 0]):
        body = {"items": [{"share": share, "name_vi": "x", "name_en": "x"} for share in wrong]}
        problem(admin.put("/api/board/bands", json=body), 422, "bad-bands")
    assert admin.put("/api/board/bands", json=shipped).json() == shipped


# ---- for analysts --------------------------------------------------------------------------------------------------


def test_analysts_read_every_dossier_and_nobodys_name(city: City) -> None:
    first, last = period(200, 20)
    since, until = (
        datetime.combine(day, datetime.min.time(), counted.HANOI) for day in (first, last + timedelta(days=1))
    )
    dossiers, _ = city.counted()
    expected = {d.id: d for d in dossiers if d.filed_at < until and (d.finished_at is None or d.finished_at >= since)}
    found: dict[UUID, dict[str, Any]] = {}
    after = None
    while True:
        page = city.get(
            "/api/statistics/dossiers", "phantich", **{"from": first, "to": last, "after": after, "limit": 37}
        )
        found |= {UUID(item["dossier_id"]): item for item in page["items"]}
        after = page["next"]
        if after is None:
            break
    assert found.keys() == expected.keys()
    assert page["day_seconds"] == DAY
    for key, item in found.items():
        d = expected[key]
        assert (item["procedure"], item["unit"], item["received_unit"], item["status"], item["step"], item["worked"]) == (
            d.procedure, d.competent, d.received, d.status, d.step, d.worked
        )  # fmt: skip
        assert item["finished_at"] is None or datetime.fromisoformat(item["finished_at"]) == d.finished_at
    stays = city.get("/api/statistics/stays", "phantich", **{"from": first, "to": last})["items"]
    assert len(stays) == sum(stay.left is not None and since <= stay.left < until for d in dossiers for stay in d.stays)
    for login in ("congdan", "tiepnhan", "lanhdao"):
        problem(city.people[login].get(f"/api/statistics/dossiers?from={first}&to={last}"), 403)


# ---- the forecast --------------------------------------------------------------------------------------------------


def test_the_forecast_says_how_wrong_it_was(city: City) -> None:
    said = city.get("/api/board/forecast")
    load, late = said["load"], said["lateness"]
    assert load["method"] in ("model", "naive")
    assert len(load["days"]) == 10
    assert load["tested_days"] >= 100
    assert min(load["model"]["mae"], load["naive"]["mae"]) > 0
    assert 0.6 <= load["coverage"] <= 0.95
    for day in load["days"]:
        assert 0 <= day["low"] <= day["expected"] <= day["high"]
        assert date.fromisoformat(day["day"]) >= datetime.now(counted.HANOI).date()
    dossiers, calendar = city.counted()
    today = datetime.now(counted.HANOI).date()
    days = Counter(d.received_at.astimezone(counted.HANOI).date() for d in dossiers if d.received_at)
    days.pop(today, None)
    assert sum(day["received"] for day in load["history"]) == sum(days.values())
    assert late["running"] == sum(tone_ in ("green", "amber", "red") for d in dossiers if d.finished_at is None for tone_ in [
        counted.tone(d, datetime.now(counted.HANOI), calendar)
    ])  # fmt: skip
    assert late["judged"] <= late["running"]
    listed = city.get("/api/board/dossiers", cell="at_risk")
    assert [item["id"] for item in listed["items"]] == [one["id"] for one in late["at_risk"]]
    assert late["measured"]["right"] <= min(late["measured"]["flagged"], late["measured"]["late"])


def test_a_single_unit_may_be_too_small_for_a_forecast(city: City) -> None:
    dossiers, _ = city.counted()
    small = min(Counter(d.competent for d in dossiers).items(), key=lambda pair: pair[1])[0]
    load = city.get("/api/board/forecast", unit=small)["load"]
    assert load["method"] is None
    assert load["missing"] in ("few", "short")
    assert load["days"] == []


# ---- the invented dossiers -----------------------------------------------------------------------------------------


def test_invented_dossiers_stand_in_all_ten_states(city: City) -> None:
    assert set(city.filled.statuses) == set(range(1, 11))
    with connect(city.url) as conn:
        row = conn.execute(
            """
            SELECT bool_and(d.simulated) AS simulated, bool_and(a.name_sealed IS NOT NULL) AS sealed, count(*) AS n,
                   min(filed_at) < now() - interval '330 days' AS year,
                   max(filed_at) <= now() AS past, (SELECT count(*) FROM dossier.outbox) AS told, (SELECT max(at) FROM dossier.event) <= now() AS done,
                   count(*) FILTER (WHERE NOT EXISTS (SELECT 1 FROM dossier.parcel p WHERE p.dossier_id = d.id)) AS landless,
                   count(DISTINCT d.competent_unit) AS units
            FROM dossier.dossier d LEFT JOIN dossier.applicant a ON a.dossier_id = d.id
            """
        ).fetchone()
        assert row is not None
        assert row["simulated"] and row["sealed"] and row["year"] and row["past"] and row["done"]
        assert row["n"] == city.filled.dossiers
        assert row["told"] == 0
        assert 0 < row["landless"] < row["n"] / 2
        assert row["units"] > 20
        assert audit(conn).clean
        stored = file_store(city.settings)
        for paper in conn.execute("SELECT DISTINCT sha256, bytes FROM dossier.document"):
            assert len(stored.read(paper["sha256"])) == paper["bytes"]
        assert ensure_demo_dossiers(conn, city.settings) is None, "once"
