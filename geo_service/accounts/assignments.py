"""Authority: roles by unit and dates, given by an administrator, ended but never deleted. The database checks who gives what."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
from psycopg.rows import class_row

from geo_service.accounts.models import Assignment
from geo_service.accounts.sessions import write_audit
from layers.db import Connection
from layers.errors import Malformed, NotFound

_SELECT = """
    SELECT a.id, a.role, a.unit, u.name AS unit_name, lower(a.valid) AS valid_from, upper(a.valid) AS valid_until, d.login AS deputy_for, a.note,
           g.login AS given_by, a.given_at, a.ended_at
    FROM accounts.assignment a LEFT JOIN register.unit u ON u.code = a.unit
    LEFT JOIN accounts.account d ON d.id = a.deputy_for LEFT JOIN accounts.account g ON g.id = a.given_by
"""


def of_account(conn: Connection, account_id: int, *, ended: bool = True) -> list[Assignment]:
    """Assignments of an account, newest first; without `ended` only those that are not ended."""
    with conn.cursor(row_factory=class_row(Assignment)) as cursor:
        return cursor.execute(
            f"{_SELECT} WHERE a.account_id = %s AND (%s OR a.ended_at IS NULL) ORDER BY a.id DESC", [account_id, ended]
        ).fetchall()


def give(
    conn: Connection,
    account_id: int,
    role: str,
    unit: str | None,
    *,
    valid_from: date | None = None,
    valid_until: date | None = None,
    deputy_for: str | None = None,
    note: str = "",
) -> Assignment:
    """Give a role. on the day `valid_until` it is over (None: open); `deputy_for` a login that holds the same role itself.

    Raises Malformed for an unknown role, unit or login, dates in the wrong order and a role that is held already; the database's refusals (no authority
    there, to oneself, a unit that has ended) come as Forbidden or Malformed from the service's error handling.
    """
    if conn.execute("SELECT 1 FROM accounts.role WHERE code = %s", [role]).fetchone() is None:
        raise Malformed("unknown-role", f"There is no role {role}.", f"Không có vai trò {role}.")
    if unit is not None and conn.execute("SELECT 1 FROM register.unit WHERE code = %s", [unit]).fetchone() is None:
        raise Malformed("unknown-unit", f"There is no unit {unit}.", f"Không có đơn vị hành chính {unit}.")
    principal = None
    if deputy_for is not None:
        principal = conn.execute("SELECT id FROM accounts.account WHERE login = %s", [deputy_for.lower()]).fetchone()
        if principal is None or principal["id"] == account_id:
            raise Malformed("bad-deputy", f"{deputy_for} cannot be deputised for.", f"Không thể thay mặt {deputy_for}.")
    if valid_from is not None and valid_until is not None and valid_until <= valid_from:
        raise Malformed("bad-dates", "It would end before it begins.", "Ngày kết thúc trước ngày bắt đầu.")
    try:
        with conn.transaction():
            row = conn.execute(
                """
                INSERT INTO accounts.assignment (account_id, role, unit, valid, deputy_for, note)
                VALUES (%s, %s, %s, daterange(coalesce(%s, accounts.today()), %s), %s, %s) RETURNING id
                """,
                [
                    account_id,
                    role,
                    unit,
                    valid_from,
                    valid_until,
                    principal["id"] if principal else None,
                    note,
                ],
            ).fetchone()
    except psycopg.errors.ExclusionViolation:
        raise Malformed(
            "role-held", "This role is held there already.", "Tài khoản đã có vai trò này tại đơn vị."
        ) from None
    except psycopg.errors.ForeignKeyViolation:
        raise NotFound("no-account", "There is no such account.", "Không có tài khoản này.") from None
    assert row is not None
    write_audit(
        conn,
        "assignment.given",
        f"account:{account_id}",
        unit=unit,
        detail={"assignment": row["id"], "role": role, "deputy_for": deputy_for},
    )
    return _one(conn, row["id"])


def end(conn: Connection, account_id: int, assignment_id: int) -> None:
    """End an assignment now; it stays in the history. Raises NotFound."""
    row = conn.execute(
        "UPDATE accounts.assignment SET ended_at = now() WHERE id = %s AND account_id = %s AND ended_at IS NULL RETURNING role, unit",
        [assignment_id, account_id],
    ).fetchone()
    if row is None:
        raise NotFound("no-such-assignment", "There is no such assignment.", "Không có phân quyền này.")
    write_audit(
        conn,
        "assignment.ended",
        f"account:{account_id}",
        unit=row["unit"],
        detail={"assignment": assignment_id, "role": row["role"]},
    )


def end_unit(conn: Connection, code: str, ended_on: date, successor: str) -> dict[str, Any]:
    """A unit becomes part of another on a day: from then on its faces are in the successor's authority, and its assignments are carried over.

    Raises Malformed for an unknown or ended unit.
    """
    row = conn.execute(
        """
        UPDATE register.unit u SET ended_on = %(day)s, successor = %(successor)s
        WHERE code = %(code)s AND ended_on IS NULL AND code <> %(successor)s
          AND EXISTS (SELECT 1 FROM register.unit s WHERE s.code = %(successor)s AND s.ended_on IS NULL)
        RETURNING code, name, name_en, unit_type AS type, ended_on, successor
        """,
        {"code": code, "day": ended_on, "successor": successor},
    ).fetchone()
    if row is None:
        raise Malformed(
            "bad-merger",
            f"Unit {code} cannot become part of {successor}: one of them does not exist or has ended.",
            f"Không thể nhập đơn vị {code} vào {successor}: có đơn vị không tồn tại hoặc đã kết thúc.",
        )
    write_audit(
        conn, "unit.ended", f"unit:{code}", unit=code, detail={"ended_on": ended_on.isoformat(), "successor": successor}
    )
    held = conn.execute(
        """
        SELECT a.id, a.account_id, a.role, d.login AS deputy_for, upper(a.valid) AS until, greatest(lower(a.valid), %s) AS first
        FROM accounts.assignment a LEFT JOIN accounts.account d ON d.id = a.deputy_for
        WHERE a.unit = %s AND a.ended_at IS NULL AND (upper(a.valid) IS NULL OR upper(a.valid) > %s)
          AND a.account_id IS DISTINCT FROM accounts.acting()
        """,
        [ended_on, code, ended_on],
    ).fetchall()
    for one in held:
        try:
            give(
                conn,
                one["account_id"],
                one["role"],
                successor,
                valid_from=one["first"],
                valid_until=one["until"],
                deputy_for=one["deputy_for"],
                note=f"{code} → {successor}",
            )
        except Malformed as refusal:
            if refusal.slug != "role-held":
                raise
    return row


def _one(conn: Connection, assignment_id: int) -> Assignment:
    with conn.cursor(row_factory=class_row(Assignment)) as cursor:
        found = cursor.execute(f"{_SELECT} WHERE a.id = %s", [assignment_id]).fetchone()
    assert found is not None
    return found
