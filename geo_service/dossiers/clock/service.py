"""Reading and changing the working calendar, in the caller's transaction.

A change and the due dates it moves are one transaction; a preview does the same inside a savepoint and takes it back, so what it says is what would be.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NoReturn

import psycopg
from psycopg.types.range import DateRange

from geo_service.accounts.sessions import write_audit
from geo_service.dossiers.clock.schemas import (
    FIRST_DAY,
    LAST_DAY,
    DayIn,
    HoursIn,
    OutageChangeIn,
    OutageIn,
    ThresholdsIn,
)
from layers.db import Connection
from layers.errors import Malformed, NotFound, Stale

DAY = "day, kind, working, name_vi, name_en, source, grade, provisional, edited_at"
HOURS = (
    "valid_from, to_char(opens, 'HH24:MI') AS opens, to_char(lunch_from, 'HH24:MI') AS lunch_from, to_char(lunch_until, 'HH24:MI') AS lunch_until,"
    " to_char(closes, 'HH24:MI') AS closes, to_char(cut_off, 'HH24:MI') AS cut_off, source, grade, edited_at"
)
OUTAGE = (
    'id, from_at AS "from", until_at AS until, procedures, announced_at, withdrawn_at, note,'
    " CASE WHEN announced_at <= from_at THEN dossier.working_days_between(announced_at, from_at) END AS notice_days"
)
THRESHOLDS = "amber_days, amber_share, answer_amber_hours, answer_red_hours, edited_at"
Row = dict[str, Any]


# ---- reading -------------------------------------------------------------------------------------------------------


def calendar(conn: Connection, year: int | None) -> Row:
    """The days of a year (None: this one) that differ, the office hours that apply in it, how many working days it has."""
    if year is None:
        year = _one(conn.execute("SELECT extract(year FROM dossier.day_of(now()))::integer AS year"))["year"]
    first, last = date(year, 1, 1), date(year, 12, 31)
    return {
        "year": year,
        "working_days": _one(
            conn.execute(
                "SELECT count(*) FROM dossier.office_day WHERE working AND day BETWEEN %s AND %s", [first, last]
            )
        )["count"],
        "hours": conn.execute(
            f"SELECT {HOURS} FROM dossier.office_hours WHERE valid_from <= %(last)s AND valid_from >="
            " (SELECT max(valid_from) FROM dossier.office_hours WHERE valid_from <= %(first)s) ORDER BY valid_from",
            {"first": first, "last": last},
        ).fetchall(),
        "days": conn.execute(
            f"SELECT {DAY} FROM dossier.calendar_day WHERE kind <> 'plain' AND day BETWEEN %s AND %s ORDER BY day",
            [first, last],
        ).fetchall(),
    }


def outages(conn: Connection) -> list[Row]:
    """The newest two hundred, also those that were withdrawn."""
    return conn.execute(f"SELECT {OUTAGE} FROM dossier.outage ORDER BY from_at DESC, id DESC LIMIT 200").fetchall()


def thresholds(conn: Connection) -> Row:
    return _one(conn.execute(f"SELECT {THRESHOLDS} FROM dossier.clock_threshold"))


# ---- changing ------------------------------------------------------------------------------------------------------


def put_day(conn: Connection, day: date, given: DayIn, *, preview: bool) -> Row:
    """Say that a day is not what its day of the week says. Returns how many due dates that moves.

    Raises Malformed for a day that is worked, or off, already.
    """
    weekend = day.isoweekday() > 5
    if given.kind == "swap_on" and not weekend:
        raise Malformed("worked-already", f"{day} is worked anyway.", f"Ngày {day:%d/%m/%Y} vốn là ngày làm việc.")
    if given.kind in ("swap_off", "compensation") and weekend:
        raise Malformed("off-already", f"{day} is a day off anyway.", f"Ngày {day:%d/%m/%Y} vốn là ngày nghỉ.")
    before = _day(conn, day)
    with conn.transaction(force_rollback=preview):
        conn.execute(
            """
            INSERT INTO dossier.calendar_day (day, kind, name_vi, name_en, source, grade, provisional)
            VALUES (%(day)s, %(kind)s, %(name_vi)s, %(name_en)s, %(source)s, %(grade)s, %(provisional)s)
            ON CONFLICT (day) DO UPDATE SET kind = excluded.kind, name_vi = excluded.name_vi, name_en = excluded.name_en, source = excluded.source,
                grade = excluded.grade, provisional = excluded.provisional
            """,
            given.model_dump() | {"day": day},
        )
        moved = _move(conn, day, day)
    if not preview:
        after = given.model_dump(mode="json")
        write_audit(conn, "calendar.day", f"day:{day}", detail={"before": before, "after": after, "moved": moved})
    return {"preview": preview, "moved": moved}


def drop_day(conn: Connection, day: date, *, preview: bool) -> Row:
    """A day is again what its day of the week says, and stays so when the calendar is shipped anew.

    Raises NotFound when it is that already.
    """
    before = _day(conn, day)
    if before is None:
        raise NotFound(
            "plain-day",
            f"{day} is already what its day of the week says.",
            f"Ngày {day:%d/%m/%Y} đã theo lịch tuần bình thường.",
        )
    with conn.transaction(force_rollback=preview):
        conn.execute("UPDATE dossier.calendar_day SET kind = 'plain', provisional = false WHERE day = %s", [day])
        moved = _move(conn, day, day)
    if not preview:
        write_audit(conn, "calendar.day", f"day:{day}", detail={"before": before, "after": None, "moved": moved})
    return {"preview": preview, "moved": moved}


def put_hours(conn: Connection, given: HoursIn, *, preview: bool) -> Row:
    """Office hours from a day on, until the next change.

    Raises Malformed when they are out of order.
    """
    if not given.opens < given.lunch_from <= given.lunch_until < given.closes:
        raise Malformed(
            "bad-hours",
            "The office opens, breaks for lunch, goes on and closes, in this order.",
            "Giờ mở cửa, nghỉ trưa, làm tiếp và đóng cửa phải theo thứ tự.",
        )
    if given.cut_off is not None and not given.opens < given.cut_off <= given.closes:
        raise Malformed(
            "bad-cut-off", "The cut-off lies within office hours.", "Giờ chốt nhận phải nằm trong giờ làm việc."
        )
    before = conn.execute(
        f"SELECT {HOURS} FROM dossier.office_hours WHERE valid_from = %s", [given.valid_from]
    ).fetchone()
    with conn.transaction(force_rollback=preview):
        conn.execute(
            """
            INSERT INTO dossier.office_hours (valid_from, opens, lunch_from, lunch_until, closes, cut_off, source, grade)
            VALUES (%(valid_from)s, %(opens)s, %(lunch_from)s, %(lunch_until)s, %(closes)s, %(cut_off)s, %(source)s, %(grade)s)
            ON CONFLICT (valid_from) DO UPDATE SET opens = excluded.opens, lunch_from = excluded.lunch_from, lunch_until = excluded.lunch_until,
                closes = excluded.closes, cut_off = excluded.cut_off, source = excluded.source, grade = excluded.grade
            """,
            given.model_dump(),
        )
        moved = _move(conn, given.valid_from, LAST_DAY)
    if not preview:
        detail = {"before": _plain(before), "after": given.model_dump(mode="json"), "moved": moved}
        write_audit(conn, "calendar.hours", f"day:{given.valid_from}", detail=detail)
    return {"preview": preview, "moved": moved}


def add_outage(conn: Connection, given: OutageIn, *, preview: bool) -> Row:
    """Note an outage; announced, it stops the clocks of its procedures while it lasts.

    Raises Malformed for an outage that ends before it begins, or of an unknown procedure.
    """
    _check_span(given.from_at, given.until)
    try:
        with conn.transaction(force_rollback=preview):
            row = _one(
                conn.execute(
                    f"INSERT INTO dossier.outage (from_at, until_at, procedures, note, announced_at)"
                    f" VALUES (%s, %s, %s, %s, CASE WHEN %s THEN now() END) RETURNING {OUTAGE}",
                    [given.from_at, given.until, given.procedures, given.note, given.announced],
                )
            )
            moved = _move(conn, *_days(conn, given.from_at, given.until))
    except psycopg.Error as error:
        _refuse(error)
    if not preview:
        detail = {"before": None, "after": given.model_dump(mode="json", by_alias=True), "moved": moved}
        write_audit(conn, "calendar.outage", f"outage:{row['id']}", detail=detail)
    return {"preview": preview, "moved": moved, "outage": None if preview else row}


def change_outage(conn: Connection, outage: int, given: OutageChangeIn, *, preview: bool) -> Row:
    """Another end, an announcement, or a withdrawal.

    Raises NotFound; Stale for one that was withdrawn; Malformed for an end before the beginning.
    """
    before = conn.execute(f"SELECT {OUTAGE} FROM dossier.outage WHERE id = %s FOR UPDATE", [outage]).fetchone()
    if before is None:
        raise NotFound("no-such-outage", "There is no such outage.", "Không có đợt ngừng hoạt động này.")
    if before["withdrawn_at"] is not None:
        raise Stale("outage-withdrawn", "This outage was withdrawn.", "Đợt ngừng hoạt động này đã được rút lại.")
    until = given.until or before["until"]
    _check_span(before["from"], until)
    with conn.transaction(force_rollback=preview):
        row = _one(
            conn.execute(
                f"""
                UPDATE dossier.outage SET until_at = %(until)s, withdrawn_at = CASE WHEN %(withdrawn)s THEN now() END,
                    announced_at = coalesce(announced_at, CASE WHEN %(announced)s THEN now() END)
                WHERE id = %(outage)s RETURNING {OUTAGE}
                """,
                {
                    "until": until,
                    "withdrawn": bool(given.withdrawn),
                    "announced": bool(given.announced),
                    "outage": outage,
                },
            )
        )
        moved = _move(conn, *_days(conn, before["from"], max(until, before["until"])))
    if not preview:
        detail = {"before": _plain(before), "after": _plain(row), "moved": moved}
        write_audit(conn, "calendar.outage", f"outage:{outage}", detail=detail)
    return {"preview": preview, "moved": moved, "outage": before if preview else row}


def put_thresholds(conn: Connection, given: ThresholdsIn) -> Row:
    """When clocks turn amber and answers are late. No due date depends on it.

    Raises Malformed when an answer would be late before it is nearly late.
    """
    if given.answer_amber_hours > given.answer_red_hours:
        raise Malformed("bad-thresholds", "Amber comes before red.", "Ngưỡng vàng phải trước ngưỡng đỏ.")
    before = thresholds(conn)
    conn.execute(
        "UPDATE dossier.clock_threshold SET amber_days = %(amber_days)s, amber_share = %(amber_share)s,"
        " answer_amber_hours = %(answer_amber_hours)s, answer_red_hours = %(answer_red_hours)s",
        given.model_dump(),
    )
    after = thresholds(conn)
    write_audit(conn, "calendar.thresholds", "thresholds", detail={"before": _plain(before), "after": _plain(after)})
    return after


# ---- helpers -------------------------------------------------------------------------------------------------------


def _move(conn: Connection, first: date, last: date) -> Row:
    """Give dossiers whose terms meet these days the due dates they now have; how many that are, and in which direction."""
    touching = DateRange(first, last, "[]")
    row = _one(conn.execute("SELECT moved AS total, earlier, later FROM dossier.count_moved(%s)", [touching]))
    if row["total"]:
        conn.execute("SELECT dossier.recompute_due(%s)", [touching])
    return row


def _day(conn: Connection, day: date) -> Row | None:
    """What was said of a day, as JSON."""
    row = conn.execute(
        f"SELECT {DAY} FROM dossier.calendar_day WHERE day = %s AND kind <> 'plain' FOR UPDATE", [day]
    ).fetchone()
    return _plain(row)


def _days(conn: Connection, first: datetime, last: datetime) -> Sequence[date]:
    """The days in Hanoi of two moments."""
    row = _one(conn.execute("SELECT dossier.day_of(%s) AS first, dossier.day_of(%s) AS last", [first, last]))
    return row["first"], row["last"]


def _check_span(first: datetime, last: datetime) -> None:
    if not first < last:
        raise Malformed("bad-span", "An outage ends after it begins.", "Thời điểm kết thúc phải sau thời điểm bắt đầu.")
    if first.date() <= FIRST_DAY or last.date() >= LAST_DAY:
        raise Malformed(
            "bad-span",
            f"The calendar goes from {FIRST_DAY} to {LAST_DAY}.",
            f"Lịch làm việc chỉ có từ {FIRST_DAY:%d/%m/%Y} đến {LAST_DAY:%d/%m/%Y}.",
        )


def _refuse(error: psycopg.Error) -> NoReturn:
    """What the database says to an outage, in words; any other error as it is."""
    if error.sqlstate == "GD032":
        raise Malformed(
            "no-such-procedure", "There is no such procedure.", "Không có thủ tục hành chính này."
        ) from error
    raise error


def _plain(row: Row | None) -> Row | None:
    """A row as JSON can hold it."""
    if row is None:
        return None
    return {
        key: value if isinstance(value, str | int | bool | list | None) else str(value) for key, value in row.items()
    }


def _one(cursor: psycopg.Cursor[Row]) -> Row:
    row = cursor.fetchone()
    assert row is not None
    return row
