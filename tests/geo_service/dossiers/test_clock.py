"""The clock: due dates worked out by hand, tones, calendars that change under running dossiers."""

from __future__ import annotations

from datetime import date, datetime, time
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_service.database import address_of
from geo_service.dossiers.clock import seed
from geo_service.settings import Settings
from layers.db import connect
from tests.geo_service.dossiers.calendar_ground import (
    HANOI,
    Conn,
    a_dossier,
    a_procedure,
    due_at,
    due_of,
    holiday,
    local,
    spans,
)
from tests.geo_service.dossiers.walking_clock import DAY, MINUTE, works

UNITS = {"wd": "working_day", "cd": "calendar_day", "wh": "working_hour"}
CASES = [
    tuple(part.strip() for part in line.split("|"))
    for line in (Path(__file__).parent / "due_dates.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


# ---- by hand -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "n", "unit", "cutoff", "stops", "due", "how"), CASES, ids=[c[-1][:60] for c in CASES]
)
def test_a_due_date_worked_out_by_hand(
    shipped: Conn, since: str, n: str, unit: str, cutoff: str, stops: str, due: str, how: str
) -> None:
    found = due_at(shipped, local(since), int(n), UNITS[unit], cutoff, spans(stops))
    assert (f"{found:%Y-%m-%d %H:%M}" if found else "-") == due, how


def test_there_are_enough_cases_of_every_unit() -> None:
    assert len(CASES) >= 100
    assert {unit: sum(case[2] == unit for case in CASES) >= 15 for unit in UNITS} == dict.fromkeys(UNITS, True)


@pytest.mark.parametrize(
    ("since", "n", "unit", "due"),
    [
        ("2027-02-03 09:00", 1, "working_day", "2027-02-04 17:00"),  # Thu 4 is worked now
        ("2027-02-03 09:00", 2, "working_day", "2027-02-15 17:00"),  # Thu 4, then 5 to 14 off, Mon 15
        ("2027-02-01 09:00", 5, "working_day", "2027-02-16 17:00"),  # 2, 3, 4, Mon 15, Tue 16
        ("2027-02-04 09:00", 0, "working_day", "2027-02-04 17:00"),
        ("2027-02-01 09:00", 10, "calendar_day", "2027-02-15 17:00"),  # Thu 11 is off now, so Mon 15
        ("2027-02-04 16:00", 2, "working_hour", "2027-02-15 09:00"),
    ],
)
def test_the_other_proposal_for_tet_2027(office: Conn, since: str, n: int, unit: str, due: str) -> None:
    holiday(office, "2027-02-04", "plain")
    for day in (11, 12):
        holiday(office, f"2027-02-{day}")
    found = due_at(office, local(since), n, unit, None, [])
    assert found is not None and f"{found:%Y-%m-%d %H:%M}" == due


def test_a_cut_off_of_the_office_counts_where_the_procedure_names_none(office: Conn) -> None:
    office.execute("UPDATE dossier.office_hours SET cut_off = '16:00'")
    late = local("2026-06-01 16:30")
    assert due_at(office, late, 0, "working_day", None, []) == local("2026-06-02 17:00")
    assert due_at(office, late, 0, "working_day", "16:45", []) == local("2026-06-01 17:00")


def test_shorter_hours_from_a_day_on_leave_the_days_before_alone(office: Conn) -> None:
    office.execute(
        "INSERT INTO dossier.office_hours (valid_from, opens, lunch_from, lunch_until, closes, source, grade)"
        " VALUES ('2026-06-03', '07:30', '11:30', '13:00', '16:30', 'mùa hè', 'D')"
    )
    assert due_at(office, local("2026-06-01 09:00"), 1, "working_day", None, []) == local("2026-06-02 17:00")
    assert due_at(office, local("2026-06-01 09:00"), 2, "working_day", None, []) == local("2026-06-03 16:30")
    # Tue 2 from 16:00 one hour; Wed 3 from 7:30 to 11:30 four hours, then three more from 13:00
    assert due_at(office, local("2026-06-02 16:00"), 8, "working_hour", None, []) == local("2026-06-03 16:00")


@pytest.mark.parametrize(
    ("since", "n", "unit", "state"),
    [
        ("2019-12-31 09:00", 1, "working_day", "GD030"),
        ("2040-12-20 09:00", 30, "working_day", "GD030"),
        ("2040-12-20 09:00", 30, "calendar_day", "GD030"),
        ("2040-12-20 09:00", 300, "working_hour", "GD030"),
        ("2026-06-01 09:00", -1, "working_day", "GD031"),
        ("2026-06-01 09:00", 0, "working_hour", "GD031"),
        ("2026-06-01 09:00", 1, "fortnight", "GD031"),
    ],
)
def test_what_the_calendar_cannot_answer_is_an_error_and_no_date(
    shipped: Conn, since: str, n: int, unit: str, state: str
) -> None:
    with pytest.raises(psycopg.Error) as refused, shipped.transaction():
        due_at(shipped, local(since), n, unit, None, [])
    assert refused.value.sqlstate == state


# ---- tones ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "tone"),
    [
        ("2026-06-01 09:00", "green"),  # 10 days left
        ("2026-06-10 09:00", "green"),  # Wed: three closings to Fri 12 17:00
        ("2026-06-10 17:00", "amber"),  # two left
        ("2026-06-12 17:00", "amber"),  # the last moment
        ("2026-06-12 17:01", "red"),
    ],
)
def test_a_clock_turns_amber_two_days_before_its_end_and_red_at_it(shipped: Conn, at: str, tone: str) -> None:
    due = due_at(shipped, local("2026-05-29 09:00"), 10, "working_day", None, [])
    assert due == local("2026-06-12 17:00")
    row = shipped.execute("SELECT dossier.tone(%s, %s, %s)", [due, local("2026-05-29 09:00"), local(at)]).fetchone()
    assert row is not None and row["tone"] == tone


def test_a_long_term_turns_amber_when_most_of_it_is_used_and_thresholds_are_configuration(office: Conn) -> None:
    start, due = local("2026-06-01 08:00"), local("2026-07-10 17:00")  # 30 working days
    ask = "SELECT dossier.tone(%s, %s, %s)"
    green, amber = local("2026-07-03 16:00"), local("2026-07-06 08:00")  # 80 % is 24 days: Thu 2 July 17:00
    assert office.execute(ask, [due, start, local("2026-07-02 16:00")]).fetchone() == {"tone": "green"}
    assert office.execute(ask, [due, start, local("2026-07-02 17:00")]).fetchone() == {"tone": "amber"}
    office.execute("UPDATE dossier.clock_threshold SET amber_share = 1, amber_days = 5")
    assert office.execute(ask, [due, start, green]).fetchone() == {"tone": "green"}
    assert office.execute(ask, [due, start, amber]).fetchone() == {"tone": "amber"}
    assert office.execute("SELECT dossier.tone(NULL, now())").fetchone() == {"tone": None}


def test_an_online_dossier_waits_four_office_hours_until_amber_and_eight_until_red(shipped: Conn) -> None:
    tones = [
        shipped.execute("SELECT dossier.answer_tone(%s, %s) AS tone", [local("2026-06-05 16:00"), local(at)]).fetchone()
        for at in ("2026-06-07 12:00", "2026-06-08 10:59", "2026-06-08 11:00", "2026-06-08 15:59", "2026-06-08 16:00")
    ]
    assert [row and row["tone"] for row in tones] == ["green", "green", "amber", "amber", "red"]


# ---- dossiers under a calendar that changes ------------------------------------------------------------------------


def events(conn: Conn, key: str) -> list[tuple[str, str]]:
    rows = conn.execute(
        "SELECT detail FROM dossier.event WHERE dossier_id = %s AND kind = 'calendar' ORDER BY id", [key]
    ).fetchall()
    day = [
        [datetime.fromisoformat(row["detail"][name]).astimezone(HANOI) for name in ("was", "becomes")] for row in rows
    ]
    return [(f"{was:%d/%m}", f"{becomes:%d/%m}") for was, becomes in day]


def recompute(conn: Conn) -> int:
    row = conn.execute("SELECT dossier.recompute_due() AS n").fetchone()
    assert row is not None
    return int(row["n"])


def test_a_holiday_published_afterwards_moves_running_clocks_and_says_so(office: Conn) -> None:
    version = a_procedure(office)
    crossing = a_dossier(office, version, "2026-06-01 09:00", 5)
    paused_then = a_dossier(office, version, "2026-06-01 09:00", 5, stops="2026-06-03 10:00/2026-06-05 10:00")
    before = a_dossier(office, version, "2026-05-25 09:00", 2)
    after = a_dossier(office, version, "2026-06-04 09:00", 5)
    over = a_dossier(office, version, "2026-06-01 09:00", 5, finished=True)
    still = a_dossier(office, version, "2026-06-01 09:00", 5, stops="2026-06-02 10:00/")
    assert [due_of(office, key) for key in (crossing, paused_then, before, after, over, still)] == [
        "2026-06-08 17:00", "2026-06-10 17:00", "2026-05-27 17:00", "2026-06-11 17:00", "2026-06-08 17:00", None,
    ]  # fmt: skip
    holiday(office, "2026-06-03")
    assert recompute(office) == 1, "only the one for which Wednesday counted"
    assert due_of(office, crossing) == "2026-06-09 17:00"
    assert due_of(office, paused_then) == "2026-06-10 17:00", "its clock stood still on that day anyway"
    assert due_of(office, over) == "2026-06-08 17:00", "what is done stays as it was"
    assert events(office, crossing) == [("08/06", "09/06")]
    holiday(office, "2026-06-03", "plain")
    assert recompute(office) == 1
    assert due_of(office, crossing) == "2026-06-08 17:00"
    assert events(office, crossing) == [("08/06", "09/06"), ("09/06", "08/06")], "nothing is lost"
    assert recompute(office) == 0


def test_an_announced_outage_stops_the_clocks_of_its_procedures(office: Conn) -> None:
    version = a_procedure(office)
    key = a_dossier(office, version, "2026-06-01 09:00", 3)
    insert = (
        "INSERT INTO dossier.outage (from_at, until_at, procedures, announced_at, note) VALUES (%s, %s, %s, %s, 'thử')"
        " RETURNING id"
    )
    span = [local("2026-06-02 14:00"), local("2026-06-03 18:00")]
    office.execute("INSERT INTO dossier.procedure (code, name_vi, name_en) VALUES ('T.2', 'Khác', 'Other')")
    office.execute(insert, [*span, ["T.2"], local("2026-06-01 08:00")])
    assert recompute(office) == 0, "another procedure's"
    row = office.execute(insert, [*span, ["T.2", "T.1"], None]).fetchone()
    assert row is not None
    assert recompute(office) == 0, "not announced"
    office.execute("UPDATE dossier.outage SET announced_at = now() WHERE id = %s", [row["id"]])
    assert recompute(office) == 1
    assert due_of(office, key) == "2026-06-08 17:00", "Tuesday and Wednesday do not count: Thu 4, Fri 5, Mon 8"
    stops = office.execute("SELECT dossier.stops(%s)::text", [key]).fetchone()
    assert stops is not None and stops["stops"].count("[") == 1
    office.execute("UPDATE dossier.outage SET withdrawn_at = now() WHERE id = %s", [row["id"]])
    assert recompute(office) == 1
    assert due_of(office, key) == "2026-06-04 17:00"
    with pytest.raises(psycopg.Error, match="withdrawn"), office.transaction():
        office.execute("UPDATE dossier.outage SET until_at = until_at + interval '1 day' WHERE id = %s", [row["id"]])
    with pytest.raises(psycopg.Error) as refused, office.transaction():
        office.execute(insert, [*span, ["T.3"], None])
    assert refused.value.sqlstate == "GD032"


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_recomputing_what_a_changed_day_touches_is_recomputing_everything(shipped: Conn, data: st.DataObject) -> None:
    numbers = count(1)
    with shipped.transaction(force_rollback=True):
        version = a_procedure(shipped)
        for _ in range(data.draw(st.integers(1, 6))):
            start = datetime(2026, 6, 1, tzinfo=HANOI) + data.draw(st.integers(0, 20 * 1440)) * MINUTE
            unit = data.draw(st.sampled_from(list(UNITS.values())))
            first = start + data.draw(st.integers(1, 5 * 1440)) * MINUTE
            stop = f"{first:%Y-%m-%d %H:%M}/{first + data.draw(st.integers(1, 5000)) * MINUTE:%Y-%m-%d %H:%M}"
            a_dossier(shipped, version, f"{start:%Y-%m-%d %H:%M}", next(numbers) % 9 + 1, unit, stop)
        day = date(2026, 6, 1) + data.draw(st.integers(0, 40)) * DAY
        holiday(shipped, day, "holiday" if works(day) else "swap_on")
        everything, touched = (
            shipped.execute(f"SELECT id, becomes FROM dossier.moved_due({days}) ORDER BY id").fetchall()
            for days in ("", f"'[{day},{day}]'")
        )
        assert touched == everything


# ---- shipping ------------------------------------------------------------------------------------------------------


def test_shipping_again_leaves_an_administrators_days_alone_and_replaces_its_own(office: Conn) -> None:
    holiday(office, "2026-11-24", "plain")
    holiday(office, "2026-12-24")
    office.execute("SET LOCAL geo.seeding = 'on'")  # as an older version was shipped
    office.execute("UPDATE dossier.calendar_day SET name_vi = 'cũ' WHERE day = '2027-01-01'")
    office.execute(
        "INSERT INTO dossier.calendar_day (day, kind, name_vi, name_en, source, grade) VALUES ('2027-03-08', 'holiday', 'x', 'x', 'x', 'D')"
    )
    office.execute("SET LOCAL geo.seeding = ''")
    office.execute("UPDATE dossier.office_hours SET closes = '16:30'")
    seed.seed(office)
    kinds = {
        str(row["day"]): (row["kind"], row["working"], row["name_vi"])
        for row in office.execute("SELECT * FROM dossier.calendar_day WHERE day >= '2026-11-01'").fetchall()
    }
    assert kinds["2026-11-24"][:2] == ("plain", True), "taken out, and it stays out"
    assert kinds["2026-12-24"][:2] == ("holiday", False), "put in by somebody"
    assert kinds["2027-01-01"][2] == "Tết Dương lịch", "shipped, and not edited since"
    assert "2027-03-08" not in kinds, "was shipped once, is no more"
    row = office.execute("SELECT closes FROM dossier.office_hours").fetchone()
    assert row is not None and row["closes"] == time(16, 30)


def test_every_shipped_day_has_a_source_and_what_is_not_ordered_yet_is_marked(shipped: Conn) -> None:
    rows = shipped.execute("SELECT * FROM dossier.calendar_day").fetchall()
    assert {row["day"].year for row in rows} == set(range(2020, 2041))
    assert all(row["source"] and row["name_vi"] and row["name_en"] for row in rows)
    provisional = {row["day"] for row in rows if row["provisional"]}
    assert date(2026, 11, 24) in provisional and {date(2027, 2, day) for day in range(4, 11)} <= provisional
    assert not {day for day in provisional if day < date(2026, 11, 22)}
    assert all(row["provisional"] for row in rows if row["day"].year >= 2028)
    swapped = sorted(str(row["day"]) for row in rows if row["kind"] == "swap_on")
    assert swapped == ["2024-05-04", "2025-04-26", "2026-01-10", "2026-08-22"]


def test_the_table_of_days_is_what_the_calendar_says(shipped: Conn) -> None:
    rows = shipped.execute("SELECT * FROM dossier.office_day ORDER BY day").fetchall()
    assert [rows[0]["day"], rows[-1]["day"], len(rows)] == [date(2020, 1, 1), date(2040, 12, 31), 7671]
    nth, seconds = 0, 0
    for row in rows:
        nth += works(row["day"])
        assert (row["working"], row["nth"], row["seconds_before"]) == (works(row["day"]), nth, seconds)
        assert (row["closes_at"] == datetime.combine(row["day"], time(17), HANOI)) == works(row["day"])
        seconds += 8 * 3600 * works(row["day"])


# ---- who may ---------------------------------------------------------------------------------------------------------


def forbidden(conn: Conn, statement: str) -> bool:
    """Whether the database refuses it, or it meets no row."""
    try:
        with conn.transaction():
            return not conn.execute(statement).fetchall()
    except psycopg.Error as error:
        return error.sqlstate in ("42501", "GA001", "25006")


@pytest.mark.parametrize("login", ["geo_public", "geo_service", "geo_analyst"])
def test_everybody_may_ask_the_clock_and_nobody_may_set_it(database_url: str, settings: Settings, login: str) -> None:
    with connect(database_url) as owner:
        seed.seed(owner)
        version = a_procedure(owner)
        key = a_dossier(owner, version, "2026-06-01 09:00", 5)
    with connect(address_of(database_url, login, settings)) as conn:  # type: ignore[arg-type]
        assert due_at(conn, local("2026-06-01 09:00"), 1, "working_day", None, []) == local("2026-06-02 17:00")
        assert conn.execute(
            "SELECT dossier.working_minutes('2026-06-01 08:00+07', '2026-06-01 17:00+07') AS m, dossier.tone(now(), now()) AS t"
        ).fetchone() == {
            "m": 480,
            "t": "amber",
        }
        for statement in (
            "SELECT dossier.recompute_due()",
            "SELECT * FROM dossier.count_moved()",
            "SELECT * FROM dossier.moved_due()",
            f"SELECT dossier.stops('{key}')",
            "DELETE FROM dossier.calendar_day RETURNING day",
            "INSERT INTO dossier.calendar_day (day, kind, name_vi, name_en, source, grade) VALUES ('2026-06-03', 'holiday', 'x', 'x', 'x', 'D')",
            "UPDATE dossier.office_day SET nth = 0 RETURNING nth",
            "UPDATE dossier.clock_threshold SET amber_days = 9 RETURNING amber_days",
            "INSERT INTO dossier.outage (from_at, until_at, note, announced_at) VALUES (now(), now() + interval '1 day', 'x', now())",
        ):
            assert forbidden(conn, statement), statement
    with connect(database_url) as owner:
        assert due_of(owner, key) == "2026-06-08 17:00"
        assert owner.execute("SELECT amber_days FROM dossier.clock_threshold").fetchone() == {"amber_days": 2}
