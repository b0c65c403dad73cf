"""Accounts: made, closed, given passwords. Plain SQL on psycopg connections; the caller owns the transaction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from psycopg.rows import class_row

from geo_service.accounts import assignments, passwords
from geo_service.accounts.models import Account, AccountRecord
from geo_service.accounts.sessions import end_all, write_audit
from layers.db import Connection
from layers.errors import Forbidden, Malformed, NotFound

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")


def add_account(
    conn: Connection,
    login: str,
    password: str,
    *,
    name: str,
    roles: Sequence[str] = (),
    units: Sequence[str] | None = None,
    demo: bool = False,
) -> int:
    """Make an account with roles in units (None: the whole city); returns its id.

    Raises Malformed for a bad login, role, unit or password, or a login in use.
    """
    login = login.strip().lower()
    if not LOGIN.fullmatch(login):
        raise Malformed(
            "bad-login",
            f"'{login}' is not a login: 2 to 64 of a-z, 0-9, '.', '_', '@', '-', beginning with a letter or digit.",
            f"'{login}' không phải tên đăng nhập hợp lệ (2 đến 64 ký tự a-z, 0-9, '.', '_', '@', '-').",
        )
    if not name.strip():
        raise Malformed("bad-name", "The name is empty.", "Họ tên bị trống.")
    passwords.check_new(password, login)
    row = conn.execute(
        "INSERT INTO accounts.account (login, name, password_hash) VALUES (%s, %s, %s) ON CONFLICT (login) DO NOTHING RETURNING id",
        [login, name.strip(), passwords.make_hash(password)],
    ).fetchone()
    if row is None:
        raise Malformed("login-taken", f"The login '{login}' is in use.", f"Tên đăng nhập '{login}' đã có người dùng.")
    if demo:  # a right of the owner alone
        conn.execute("UPDATE accounts.account SET demo = true WHERE id = %s", [row["id"]])
    write_audit(conn, "account.made", f"account:{row['id']}", detail={"demo": demo})
    for role in roles:
        for unit in units or (None,):
            assignments.give(conn, row["id"], role, unit)
    return int(row["id"])


def list_accounts(conn: Connection, *, wanted: str = "", after: int = 0, limit: int = 100) -> list[AccountRecord]:
    """Accounts by id, those whose login or name contains `wanted` (diacritics and case do not matter)."""
    with conn.cursor(row_factory=class_row(AccountRecord)) as cursor:
        return cursor.execute(
            """
            SELECT a.id, a.login, a.name, a.demo, a.disabled, a.totp_confirmed_at IS NOT NULL AS has_totp, a.created_at,
                   (SELECT max(s.expires_at) - interval '12 hours' FROM accounts.session s WHERE s.account_id = a.id) AS last_seen_at,
                   coalesce((SELECT jsonb_agg(jsonb_build_object('id', x.id, 'role', x.role, 'unit', x.unit, 'unit_name', u.name, 'from', lower(x.valid),
                        'until', upper(x.valid), 'deputy_for', d.login, 'note', x.note, 'given_by', g.login, 'given_at', x.given_at,
                        'ended_at', x.ended_at) ORDER BY x.id DESC)
                    FROM accounts.assignment x LEFT JOIN register.unit u ON u.code = x.unit LEFT JOIN accounts.account d ON d.id = x.deputy_for
                         LEFT JOIN accounts.account g ON g.id = x.given_by
                    WHERE x.account_id = a.id), '[]') AS assignments
            FROM accounts.account a
            WHERE a.id > %(after)s AND strpos(register.plain(a.login || ' ' || a.name), register.plain(%(wanted)s)) > 0
            ORDER BY a.id LIMIT %(limit)s
            """,
            {"after": after, "wanted": wanted, "limit": limit},
        ).fetchall()


def account_id(conn: Connection, login: str) -> int:
    """Raises NotFound."""
    row = conn.execute("SELECT id FROM accounts.account WHERE login = %s", [login.strip().lower()]).fetchone()
    if row is None:
        raise NotFound("no-account", f"There is no account '{login}'.", f"Không có tài khoản '{login}'.")
    return int(row["id"])


def set_password(conn: Connection, account: int, login: str, password: str) -> None:
    """Replace a password; every session and token of the account ends. Raises Malformed; Forbidden where the database says so."""
    passwords.check_new(password, login)
    _update(conn, account, "password_hash = %s, password_changed_at = now()", passwords.make_hash(password))
    end_all(conn, account)
    write_audit(conn, "account.password_set", f"account:{account}")


def change(conn: Connection, account: int, *, name: str | None = None, disabled: bool | None = None) -> None:
    """Rename an account, close it (its sessions end) or open it again."""
    if name is not None:
        if not name.strip():
            raise Malformed("bad-name", "The name is empty.", "Họ tên bị trống.")
        _update(conn, account, "name = %s", name.strip())
        write_audit(conn, "account.renamed", f"account:{account}")
    if disabled is not None:
        _update(conn, account, "disabled = %s", disabled)
        if disabled:
            end_all(conn, account)
        write_audit(conn, "account.closed" if disabled else "account.opened", f"account:{account}")


def reset_totp(conn: Connection, account: int) -> None:
    """Take the second factor away from somebody who lost it; sessions end, and the next sign-in sets up a new one."""
    _update(conn, account, "totp_confirmed_at = NULL, totp_sealed = NULL")
    conn.execute("DELETE FROM accounts.recovery_code WHERE account_id = %s", [account])
    end_all(conn, account)
    write_audit(conn, "account.totp_reset", f"account:{account}")


def _update(conn: Connection, account: int, what: str, *values: Any) -> None:
    row = conn.execute(f"UPDATE accounts.account SET {what} WHERE id = %s RETURNING id", [*values, account]).fetchone()
    if row is None:
        if conn.execute("SELECT 1 FROM accounts.account WHERE id = %s", [account]).fetchone() is None:
            raise NotFound("no-account", "There is no such account.", "Không có tài khoản này.")
        raise Forbidden(
            "not-your-account",
            "This person also works where you are not the administrator.",
            "Người này còn làm việc tại nơi bạn không quản trị.",
        )


def set_own_password(conn: Connection, account: Account, password: str) -> None:
    """Change the acting account's password, under the gate's login; its sessions and tokens end. Raises Malformed."""
    passwords.check_new(password, account.login)
    conn.execute(
        "UPDATE accounts.account SET password_hash = %s, password_changed_at = now() WHERE id = %s",
        [passwords.make_hash(password), account.id],
    )
    end_all(conn, account.id)
    write_audit(conn, "account.password_changed", f"account:{account.id}")


def link_identity(conn: Connection, account: int, issuer: str, subject: str) -> None:
    """Let an account sign in as `subject` of an identity provider. For members of staff only the operator does this.

    Raises Malformed when that identity belongs to somebody already.
    """
    row = conn.execute(
        "INSERT INTO accounts.identity (issuer, subject, account_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING RETURNING account_id",
        [issuer, subject, account],
    ).fetchone()
    if row is None:
        raise Malformed("identity-taken", "This identity is linked already.", "Danh tính này đã được liên kết.")
    write_audit(conn, "account.linked", f"account:{account}", detail={"issuer": issuer})


def set_four_eyes(conn: Connection, on: bool) -> None:
    """Whether another officer has to decide on what one proposes; the operator's to say."""
    conn.execute("UPDATE fabric.deployment SET four_eyes = %s", [on])
    write_audit(conn, "deployment.four_eyes", "deployment", detail={"on": on})
