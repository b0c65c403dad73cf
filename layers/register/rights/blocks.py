"""Blocks: what stops an edit of a parcel, put and lifted with a reason and the document it rests on."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg

from layers.db import Connection
from layers.errors import Malformed, NotFound, Stale
from layers.register.rights.model import BlockKind
from layers.register.rights.registering import refusal

COLUMNS = (
    'id, unit, parcel_id, ba_unit, kind, reason, source, stops, lower(valid) AS "from", upper(valid) AS until, lifted_at,'
    " lifted_reason, lifted_source"
)


def put(
    conn: Connection,
    parcel: int,
    unit: str,
    *,
    kind: BlockKind,
    reason: str,
    source: str,
    since: date | None = None,
    until: date | None = None,
    stops: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Block a parcel from a day (today) until another (None: until lifted). `stops`: kinds of change sets, empty for all."""
    if not reason.strip() or not source.strip():
        raise Malformed("no-reason", "Say why, and which document orders it.", "Hãy ghi lý do và văn bản căn cứ.")
    if until is not None and until <= (since or date.min):
        raise Malformed("bad-dates", "A block ends after it begins.", "Ngày hết hạn phải sau ngày bắt đầu.")
    try:
        row = conn.execute(
            f"INSERT INTO rights.block (parcel_id, unit, kind, reason, source, stops, valid)"
            f" VALUES (%s, %s, %s, %s, %s, %s, daterange(coalesce(%s, accounts.today()), %s)) RETURNING {COLUMNS}",
            (parcel, unit, kind, reason.strip(), source.strip(), list(stops), since, until),
        ).fetchone()
    except psycopg.errors.DataException as error:  # until lies before today
        raise Malformed("bad-dates", "A block ends after it begins.", "Ngày hết hạn phải sau ngày bắt đầu.") from error
    except psycopg.Error as error:
        raise refusal(error) from error
    assert row is not None
    return row


def get(conn: Connection, block: int) -> dict[str, Any]:
    """A block the caller may see. Raises NotFound."""
    row = conn.execute(f"SELECT {COLUMNS} FROM rights.block WHERE id = %s AND upper_inf(recorded)", (block,)).fetchone()
    if row is None:
        raise no_such_block()
    return row


def no_such_block() -> NotFound:
    """The same for a block that does not exist and for one of a unit the caller may not look into."""
    return NotFound("no-such-block", "There is no such block.", "Không có ngăn chặn này.")


def lift(conn: Connection, block: int, *, reason: str, source: str) -> dict[str, Any]:
    """Lift a block, once.

    Raises Stale when it is lifted already.
    """
    if not reason.strip() or not source.strip():
        raise Malformed("no-reason", "Say why, and which document orders it.", "Hãy ghi lý do và văn bản căn cứ.")
    row = conn.execute(
        f"UPDATE rights.block SET lifted_at = now(), lifted_reason = %s, lifted_source = %s"
        f" WHERE id = %s AND lifted_at IS NULL AND upper_inf(recorded) RETURNING {COLUMNS}",
        (reason.strip(), source.strip(), block),
    ).fetchone()
    if row is None:
        raise Stale("block-lifted", "This block is lifted already.", "Ngăn chặn này đã được gỡ.")
    return row


def on_parcel(conn: Connection, parcel: int) -> list[dict[str, Any]]:
    """Blocks on a parcel and on what it came from, lifted ones too, newest first; what the caller may not see is not there."""
    return conn.execute(
        f"""
        SELECT {COLUMNS} FROM rights.block b
        WHERE upper_inf(b.recorded) AND (
            b.parcel_id IN (SELECT rights.ancestry(%(parcel)s))
            OR b.ba_unit IN (SELECT l.ba_unit FROM rights.ba_unit_parcel l
                             WHERE l.parcel_id IN (SELECT rights.ancestry(%(parcel)s)) AND upper_inf(l.recorded)))
        ORDER BY b.lifted_at IS NOT NULL, b.id DESC LIMIT 200
        """,
        {"parcel": parcel},
    ).fetchall()


def on_own_parcel(conn: Connection, parcel: int) -> list[dict[str, Any]]:
    """What a holder is told: that a block stands, not why; nothing on a parcel that is not the holder's."""
    return conn.execute("SELECT * FROM rights.own_blocks(%s)", (parcel,)).fetchall()
