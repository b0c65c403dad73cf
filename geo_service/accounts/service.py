"""Rules of accounts and sessions. Plain SQL on psycopg connections; the caller owns the transaction.

`sign_in` is the exception: it opens two short transactions of its own, so that a failed attempt is recorded although
the request is refused, and no connection waits while a password is hashed.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import psycopg
from psycopg.rows import DictRow, class_row

from geo_service.accounts import passwords
from geo_service.accounts.models import Account, AccountRecord, Role
from layers.errors import Malformed, NotFound, NotSignedIn, TooMany

Connection = psycopg.Connection[DictRow]
Transaction = Callable[[], AbstractContextManager[Connection]]

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
SESSION_IDLE = timedelta(hours=12)
SESSION_LONGEST = timedelta(days=7)
TOUCH_AFTER = timedelta(minutes=5)  # a session is prolonged at most this often
WINDOW = timedelta(minutes=10)
TRIES = 10  # per login and address
TRIES_PER_ADDRESS = 100  # against one password tried on many logins


# ---- accounts ------------------------------------------------------------------------------------------------------


def add_account(
    conn: Connection,
    login: str,
    password: str,
    *,
    name: str,
    role: Role,
    units: Sequence[str] | None = None,
    demo: bool = False,
) -> int:
    """Make an account; returns its id. Raises Malformed for a bad login, unit or password, or a login in use."""
    login = login.strip().lower()
    if not LOGIN.fullmatch(login):
        raise Malformed(
            "bad-login",
            f"'{login}' is not a login: 2 to 64 of a-z, 0-9, '.', '_', '@', '-', beginning with a letter or digit.",
            f"'{login}' không phải tên đăng nhập hợp lệ (2 đến 64 ký tự a-z, 0-9, '.', '_', '@', '-').",
        )
    if not name.strip():
        raise Malformed("bad-name", "The name is empty.", "Họ tên bị trống.")
    _check_units(conn, units)
    passwords.check_new(password, login)
    row = conn.execute(
        """
        INSERT INTO accounts.account (login, name, password_hash, role, units, demo) VALUES (%s, %s, %s, %s, %s, %s)
        ON CONFLICT (login) DO NOTHING RETURNING id
        """,
        [login, name.strip(), passwords.make_hash(password), role, None if units is None else list(units), demo],
    ).fetchone()
    if row is None:
        raise Malformed("login-taken", f"The login '{login}' is in use.", f"Tên đăng nhập '{login}' đã có người dùng.")
    return int(row["id"])


def _check_units(conn: Connection, units: Sequence[str] | None) -> None:
    if not units:
        return
    rows = conn.execute("SELECT code FROM register.unit WHERE code = ANY(%s)", [list(units)]).fetchall()
    unknown = sorted(set(units) - {row["code"] for row in rows})
    if unknown:
        raise Malformed(
            "unknown-unit",
            f"There is no unit {', '.join(unknown)}.",
            f"Không có đơn vị hành chính {', '.join(unknown)}.",
        )


def list_accounts(conn: Connection) -> list[AccountRecord]:
    """All accounts by login."""
    with conn.cursor(row_factory=class_row(AccountRecord)) as cursor:
        return cursor.execute(
            "SELECT id, login, name, role, units, demo, disabled, created_at FROM accounts.account ORDER BY login"
        ).fetchall()


def set_password(conn: Connection, login: str, password: str) -> None:
    """Replace a password; every session of the account ends. Raises NotFound, Malformed."""
    login = login.strip().lower()
    passwords.check_new(password, login)
    row = conn.execute(
        "UPDATE accounts.account SET password_hash = %s, password_changed_at = now() WHERE login = %s RETURNING id",
        [passwords.make_hash(password), login],
    ).fetchone()
    _end_sessions(conn, login, row)


def set_disabled(conn: Connection, login: str, disabled: bool) -> None:
    """Close an account (its sessions end) or open it again. Raises NotFound."""
    login = login.strip().lower()
    row = conn.execute(
        "UPDATE accounts.account SET disabled = %s WHERE login = %s RETURNING id", [disabled, login]
    ).fetchone()
    _end_sessions(conn, login, row)


def _end_sessions(conn: Connection, login: str, account: DictRow | None) -> None:
    if account is None:
        raise NotFound("no-account", f"There is no account '{login}'.", f"Không có tài khoản '{login}'.")
    conn.execute(
        "UPDATE accounts.session SET revoked_at = now() WHERE account_id = %s AND revoked_at IS NULL", [account["id"]]
    )


# ---- signing in and out --------------------------------------------------------------------------------------------


def sign_in(
    transaction: Transaction, login: str, password: str, *, address: str, user_agent: str = "", demo: bool = False
) -> tuple[Account, str]:
    """The account and a new session token. `demo` says whether demonstration accounts may sign in.

    Raises NotSignedIn with the same words and after the same time for an unknown login, a wrong password and a closed
    account; TooMany after `TRIES` failures of this login from this address within `WINDOW`. An attempt is counted
    before the password is looked at, so many at once do not get more tries than one after another.
    """
    login, address = _printable(login.strip().lower())[:64], address[:64]
    with transaction() as conn:
        attempt = _record_attempt(conn, login, address)
    with transaction() as conn:  # another one: attempts made at the same moment must see each other
        if allowed := _may_try(conn, login, address):
            found = conn.execute(
                "SELECT id, password_hash FROM accounts.account WHERE login = %s AND NOT disabled AND (%s OR NOT demo)",
                [login, demo],
            ).fetchone()
        else:  # only attempts that were let through count, so waiting helps even if one keeps trying
            conn.execute("DELETE FROM accounts.attempt WHERE id = %s", [attempt])
    if not allowed:
        raise TooMany(
            "too-many-attempts",
            "Too many failed attempts; wait ten minutes.",
            "Đăng nhập sai quá nhiều lần; hãy đợi mười phút.",
            retry_after_s=int(WINDOW.total_seconds()),
        )
    if not passwords.matches(found["password_hash"] if found else None, password) or found is None:
        raise NotSignedIn("wrong-credentials", "Wrong login or password.", "Tên đăng nhập hoặc mật khẩu không đúng.")
    renewed = passwords.make_hash(password) if passwords.is_outdated(found["password_hash"]) else None
    with transaction() as conn:
        conn.execute("DELETE FROM accounts.attempt WHERE login = %s AND address = %s", [login, address])
        if renewed:
            conn.execute(
                "UPDATE accounts.account SET password_hash = %s WHERE id = %s AND password_hash = %s",
                [renewed, found["id"], found["password_hash"]],
            )
        return _account(conn, found["id"]), _open_session(conn, found["id"], user_agent)


def _record_attempt(conn: Connection, login: str, address: str) -> int:
    conn.execute("DELETE FROM accounts.attempt WHERE at < now() - interval '1 day'")
    row = conn.execute(
        "INSERT INTO accounts.attempt (login, address) VALUES (%s, %s) RETURNING id", [login, address]
    ).fetchone()
    assert row is not None
    return int(row["id"])


def _may_try(conn: Connection, login: str, address: str) -> bool:
    row = conn.execute(
        "SELECT count(*) FILTER (WHERE login = %s) AS own, count(*) AS everyone FROM accounts.attempt"
        " WHERE address = %s AND at > clock_timestamp() - %s",
        [login, address, WINDOW],
    ).fetchone()
    assert row is not None
    return bool(row["own"] <= TRIES and row["everyone"] <= TRIES_PER_ADDRESS)


def _account(conn: Connection, account_id: int) -> Account:
    with conn.cursor(row_factory=class_row(Account)) as cursor:
        account = cursor.execute(
            "SELECT id, login, name, role, units FROM accounts.account WHERE id = %s", [account_id]
        ).fetchone()
    if account is None:
        raise NotSignedIn("wrong-credentials", "Wrong login or password.", "Tên đăng nhập hoặc mật khẩu không đúng.")
    return account


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _open_session(conn: Connection, account_id: int, user_agent: str) -> str:
    token = secrets.token_urlsafe(32)
    conn.execute(
        "INSERT INTO accounts.session (token_hash, account_id, expires_at, user_agent) VALUES (%s, %s, now() + %s, %s)",
        [_digest(token), account_id, SESSION_IDLE, _printable(user_agent)],
    )
    return token


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:200]


def find_session(conn: Connection, token: str, *, demo: bool = False) -> Account | None:
    """Whose session this is, or None when it has ended; using it prolongs it by `SESSION_IDLE`."""
    parameters: dict[str, Any] = {
        "token": _digest(token),
        "idle": SESSION_IDLE,
        "longest": SESSION_LONGEST,
        "touch": SESSION_IDLE - TOUCH_AFTER,
        "demo": demo,
    }
    with conn.cursor(row_factory=class_row(Account)) as cursor:
        account = cursor.execute(
            """
            SELECT a.id, a.login, a.name, a.role, a.units
            FROM accounts.session s JOIN accounts.account a ON a.id = s.account_id
            WHERE s.token_hash = %(token)s AND s.revoked_at IS NULL AND s.expires_at > now()
              AND s.created_at > now() - %(longest)s AND NOT a.disabled AND (%(demo)s OR NOT a.demo)
            """,
            parameters,
        ).fetchone()
    if account is not None:
        # SKIP LOCKED: a second request of the same browser must not wait for the first one's transaction.
        conn.execute(
            """
            UPDATE accounts.session SET expires_at = now() + %(idle)s WHERE token_hash = (
                SELECT token_hash FROM accounts.session
                WHERE token_hash = %(token)s AND expires_at < now() + %(touch)s FOR UPDATE SKIP LOCKED)
            """,
            parameters,
        )
    return account


def sign_out(conn: Connection, token: str) -> None:
    """End a session; does nothing when it has ended already."""
    conn.execute(
        "UPDATE accounts.session SET revoked_at = now() WHERE token_hash = %s AND revoked_at IS NULL", [_digest(token)]
    )
