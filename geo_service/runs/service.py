"""Detection runs in the caller's transaction. What may be compared is checked by imagery.runs, who may do what by the database (imagery/runs/sql)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from geo_service.runs import schemas
from imagery.runs.asking import Asked, Parameters, start
from imagery.runs.parcels import STATES
from layers.db import Connection
from layers.errors import Forbidden, Malformed, NotFound, Problem, Stale, TooMany

PAGE = 50
WORDS: dict[str, tuple[type[Problem], str, str, str]] = {
    "GI101": (
        Forbidden,
        "not-your-unit",
        "You may start and stop runs only in your own units; runs over whole scenes are for offices of the whole city.",
        "Bạn chỉ được chạy phát hiện biến động trong đơn vị của mình; chạy trên toàn bộ ảnh dành cho cơ quan cấp thành phố.",
    ),
    "GI102": (NotFound, "no-such-scene", "There is no such scene.", "Không có cảnh ảnh này."),
    "GI103": (
        Malformed,
        "dates-swapped",
        "The scenes do not follow one another in time.",
        "Các cảnh ảnh không theo thứ tự thời gian.",
    ),
    "GI104": (Malformed, "no-such-unit", "There is no such unit.", "Không có đơn vị hành chính này."),
    "GI105": (
        TooMany,
        "too-many-runs",
        "Ten of your runs wait already; wait for one to end or cancel it.",
        "Bạn đã có mười lượt chạy đang chờ; hãy đợi hoặc hủy bớt.",
    ),
}
SCENE = "(SELECT jsonb_build_object('id', s.id, 'code', s.code, 'title', s.title, 'datetime', s.datetime, 'removed', s.removed_at IS NOT NULL)"
BRIEF = f"""
    r.id, r.unit, r.method, r.model, r.state, r.step, r.progress, r.message_vi, r.message_en, r.problem, r.queued_at, r.started_at, r.finished_at, r.simulated,
    coalesce(r.started_by = accounts.acting(), false) AS mine,
    r.state IN ('queued', 'running') AND imagery.may_run(r.unit) AS may_cancel,
    {SCENE} FROM imagery.scene s WHERE s.id = r.before_id) AS before, {SCENE} FROM imagery.scene s WHERE s.id = r.after_id) AS after,
    coalesce((SELECT jsonb_agg(x ORDER BY n) FROM unnest(r.later_ids) WITH ORDINALITY l (id, n)
              CROSS JOIN LATERAL {SCENE} AS x FROM imagery.scene s WHERE s.id = l.id) y), '[]') AS later,
    (SELECT count(*) FROM imagery.finding f WHERE f.run_id = r.id) AS findings
"""


@contextmanager
def _refusals() -> Iterator[None]:
    """Lets what the database refuses of a run leave as a problem a person understands."""
    try:
        yield
    except psycopg.Error as error:
        if problem := refused(error):
            raise problem from error
        raise


def refused(error: psycopg.Error) -> Problem | None:
    """What the database refuses of a run (SQLSTATE GI1xx) as a problem; None for any other error."""
    if error.sqlstate not in WORDS:
        return None
    kind, slug, detail, detail_vi = WORDS[error.sqlstate]
    return kind(slug, detail, detail_vi)


def begin(conn: Connection, wanted: schemas.RunIn, network: Path | None) -> schemas.Run:
    """Put a run into the queue; a worker takes it up once this is committed. `network`: the building network that is set up."""
    asked = Asked(
        wanted.before,
        wanted.after,
        tuple(wanted.later),
        wanted.unit,
        wanted.method,
        wanted.model,
        Parameters(**wanted.parameters.model_dump()),
    )
    with _refusals():
        return read(conn, start(conn, asked, network)["id"])


def cancel(conn: Connection, run: UUID) -> schemas.Run:
    """Stop a run. Raises NotFound, Stale 'run-ended'."""
    read(conn, run)
    with _refusals():
        row = conn.execute("SELECT (imagery.cancel_run(%s)).id", (run,)).fetchone()
    if row is None or row["id"] is None:
        raise Stale("run-ended", "The run has ended already.", "Lượt chạy đã kết thúc.")
    return read(conn, run)


def read(conn: Connection, run: UUID) -> schemas.Run:
    """One run with its record. Raises NotFound."""
    row = conn.execute(
        f"SELECT {BRIEF}, r.parameters, r.provenance FROM imagery.run r WHERE r.id = %s", (run,)
    ).fetchone()
    if row is None:
        raise NotFound("no-such-run", "There is no such detection run.", "Không có lượt phát hiện biến động này.")
    return schemas.Run.model_validate({**row, "parcels": _parcels(row)})


def _parcels(row: dict[str, Any]) -> dict[str, int] | None:
    """What the run said of how many parcels, from its record: counting a million observations would take longer."""
    record = next((one for one in row["provenance"] if one["step"] == "parcels"), None)
    return {state: record[state] for state in STATES} if record and row["state"] == "done" else None


def listed(conn: Connection, *, state: schemas.State | None, cursor: str | None) -> schemas.RunPage:
    """Runs, the newest first. Raises Malformed for a cursor that is none of ours."""
    rows = conn.execute(
        f"""
        SELECT {BRIEF} FROM imagery.run r
        WHERE (%(state)s::text IS NULL OR r.state = %(state)s)
          AND (%(cursor)s::uuid IS NULL OR (r.queued_at, r.id) < (SELECT c.queued_at, c.id FROM imagery.run c WHERE c.id = %(cursor)s))
        ORDER BY r.queued_at DESC, r.id DESC LIMIT %(limit)s
        """,
        {"state": state, "cursor": _cursor(cursor), "limit": PAGE + 1},
    ).fetchall()
    items = [schemas.RunBrief.model_validate(row) for row in rows[:PAGE]]
    return schemas.RunPage(items=items, next=str(items[-1].id) if len(rows) > PAGE else None)


def _cursor(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Malformed("bad-cursor", "This is no cursor of this list.", "Con trỏ trang không hợp lệ.") from None
