"""A migrated database with the shipped calendar, and dossiers put into it as the clock left them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

Conn = psycopg.Connection[DictRow]
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
PROCEDURE = "T.1"


def local(text: str) -> datetime:
    """`2026-06-01 09:00` in Hanoi."""
    return datetime.fromisoformat(text).replace(tzinfo=HANOI)


def spans(text: str) -> list[tuple[datetime, datetime | None]]:
    """`2026-06-01 10:00/2026-06-02 09:00; 2026-06-08 10:00/`: from the one up to the other, the last one open."""
    pairs = [part.strip().split("/") for part in text.split(";") if part.strip()]
    return [(local(first), local(last) if last else None) for first, last in pairs]


def multirange(stops: list[tuple[datetime, datetime | None]]) -> str:
    """Stops as the text of a tstzmultirange; PostgreSQL joins those that meet."""
    return "{" + ",".join(f"[{a.isoformat()},{b.isoformat() if b else ''})" for a, b in stops) + "}"


def due_at(
    conn: Conn, since: datetime, n: int, unit: str, cutoff: str | None, stops: list[tuple[datetime, datetime | None]]
) -> datetime | None:
    row = conn.execute(
        "SELECT dossier.due_at(%s, %s, %s, %s::time, %s::tstzmultirange) AS due",
        [since, n, unit, cutoff or None, multirange(stops)],
    ).fetchone()
    assert row is not None
    found: datetime | None = row["due"]
    return found and found.astimezone(HANOI)


def a_procedure(conn: Conn) -> int:
    """A procedure with one running step; its version, a draft, which is enough for a clock."""
    conn.execute("INSERT INTO dossier.procedure (code, name_vi, name_en) VALUES (%s, 'Thử', 'Trial')", [PROCEDURE])
    row = conn.execute(
        "INSERT INTO dossier.procedure_version (procedure, version, definition) VALUES (%s, 1, '{}') RETURNING id",
        [PROCEDURE],
    ).fetchone()
    assert row is not None
    conn.execute(
        "INSERT INTO dossier.step (version_id, code, ord, name_vi, name_en, status, role, place, clock)"
        " VALUES (%s, 'checking', 1, 'Đang xử lý', 'In progress', 4, 'land_officer', 'competent', 'running')",
        [row["id"]],
    )
    return int(row["id"])


def a_dossier(
    conn: Conn, version: int, since: str, n: int, unit: str = "working_day", stops: str = "", *, finished: bool = False
) -> str:
    """A dossier whose clock began at a moment and stood still in `stops` (a last open one: it still does); its due date is what the clock says."""
    key, start = str(uuid4()), local(since)
    conn.execute(
        """
        INSERT INTO dossier.dossier (id, code, token, procedure, version_id, terms, channel, received_unit, competent_unit, step, status,
                                     filed_at, received_at, clock_start, step_since, finished_at)
        VALUES (%(id)s::uuid, %(code)s, %(token)s, %(procedure)s, %(version)s, %(terms)s, 2, '00004', '00004', 'checking', 4,
                %(start)s, %(start)s, %(start)s, %(start)s, %(finished)s)
        """,
        {
            "id": key,
            "token": key,
            "code": f"H26.1-260101-{int(key[:8], 16) % 10**7:07}",
            "procedure": PROCEDURE,
            "version": version,
            "terms": Jsonb({"limit": {"n": n, "unit": unit, "cutoff": None}}),
            "start": start,
            "finished": start + timedelta(days=400) if finished else None,
        },
    )
    here, open_end = start, False
    for begin, end in spans(stops):
        if here < begin:
            _interval(conn, key, here, begin, counts=True)
        _interval(conn, key, begin, end, counts=False)
        here, open_end = end or begin, end is None
    if not open_end:
        _interval(conn, key, here, None, counts=True)
        conn.execute("UPDATE dossier.dossier d SET due_at = dossier.due_of(d) WHERE id = %s", [key])
    return key


def _interval(conn: Conn, key: str, begin: datetime, end: datetime | None, *, counts: bool) -> None:
    conn.execute(
        "INSERT INTO dossier.clock (dossier_id, started_at, ended_at, counts, reason) VALUES (%s, %s, %s, %s, %s)",
        [key, begin, end, counts, None if counts else "supplement"],
    )


def due_of(conn: Conn, key: str) -> str | None:
    row = conn.execute("SELECT due_at FROM dossier.dossier WHERE id = %s", [key]).fetchone()
    assert row is not None
    return f"{row['due_at'].astimezone(HANOI):%Y-%m-%d %H:%M}" if row["due_at"] else None


def holiday(conn: Conn, day: date | str, kind: str = "holiday") -> None:
    """Say it as the operator."""
    conn.execute(
        "INSERT INTO dossier.calendar_day (day, kind, name_vi, name_en, source, grade) VALUES (%s, %s, 'Thử', 'Trial', 'thử', 'D')"
        " ON CONFLICT (day) DO UPDATE SET kind = excluded.kind",
        [day, kind],
    )
