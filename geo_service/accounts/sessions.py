"""Sessions: opened by the gate, proven in the database at each request, ended at once.

`sign_in` opens short transactions of its own, so that a failed attempt is recorded although the request is refused, and no connection waits while a
password is hashed. Everything else works inside the caller's transaction.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any, Literal

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from geo_service.accounts import passwords, totp
from geo_service.accounts.models import Account
from geo_service.personal.vault import Vault
from layers.db import Connection
from layers.errors import NotFound, NotSignedIn, Problem, TooMany

Transaction = Callable[[], AbstractContextManager[Connection]]

SESSION_IDLE = timedelta(hours=12)  # accounts.enter prolongs by the same
SESSION_LONGEST = timedelta(days=7)
WINDOW = timedelta(minutes=10)
TRIES = 10  # per login and address
TRIES_PER_LOGIN = 50  # from everywhere, against many addresses trying one login
TRIES_PER_ADDRESS = 100  # against one password tried on many logins


def enter(conn: Connection, secret: str, *, demo: bool) -> Account | None:
    """Act for the holder of a session or access token until the transaction ends; None when it opens nothing."""
    with conn.cursor(row_factory=class_row(Account)) as cursor:
        return cursor.execute(
            """
            SELECT e.id, e.login, e.name, e.demo, e.level, e.scopes, e.party_id, e.session_id, e.has_totp,
                   accounts.capabilities() AS capabilities
            FROM accounts.enter(%s, %s) e
            """,
            [secret, demo],
        ).fetchone()


def sign_in(
    transaction: Transaction,
    vault: Vault,
    login: str,
    password: str,
    code: str | None = None,
    *,
    address: str,
    user_agent: str = "",
    demo: bool = False,
) -> str:
    """A new session token for a login, its password and, where one is in force, its second factor. Connections are the gate's.

    Raises NotSignedIn with the same words and after the same time for an unknown login, a wrong password and a closed account; `code-needed` when only
    the second factor is missing; TooMany after too many failures. An attempt is counted before the password is looked at, so many at once do not get
    more tries than one after another.
    """
    login, address = _printable(login.strip().lower())[:64], address[:64]
    with transaction() as conn:
        attempt = _record_attempt(conn, login, address)
    with transaction() as conn:  # another one: attempts made at the same moment must see each other
        allowed = _may_try(conn, login, address)
        if not allowed:  # only attempts that were let through count, so waiting helps even if one keeps trying
            conn.execute("DELETE FROM accounts.attempt WHERE id = %s", [attempt])
        found = conn.execute(
            "SELECT id, password_hash, totp_sealed, totp_confirmed_at, demo FROM accounts.account"
            " WHERE login = %s AND NOT disabled AND (%s OR NOT demo)",
            [login, demo],
        ).fetchone()
    subject = f"account:{found['id']}" if found else "account:unknown"
    try:
        if not allowed:
            raise TooMany(
                "too-many-attempts",
                "Too many failed attempts; wait ten minutes.",
                "Đăng nhập sai quá nhiều lần; hãy đợi mười phút.",
                retry_after_s=int(WINDOW.total_seconds()),
            )
        if not passwords.matches(found["password_hash"] if found else None, password) or found is None:
            raise NotSignedIn(
                "wrong-credentials", "Wrong login or password.", "Tên đăng nhập hoặc mật khẩu không đúng."
            )
        factor = "password"
        if found["totp_confirmed_at"] is not None:
            if not code:
                with transaction() as conn:
                    conn.execute("DELETE FROM accounts.attempt WHERE id = %s", [attempt])
                raise NotSignedIn(
                    "code-needed",
                    "Enter the six digits of your authenticator.",
                    "Hãy nhập mã 6 số của ứng dụng xác thực.",
                )
            with transaction() as conn:
                factor = totp.use(conn, vault, found["id"], found["totp_sealed"], code)
    except Problem as refusal:
        if refusal.slug != "code-needed":
            with transaction() as conn:
                write_audit(conn, "session.refused", subject, detail={"why": refusal.slug, "address": address})
        raise
    renewed = passwords.make_hash(password) if passwords.is_outdated(found["password_hash"]) else None
    with transaction() as conn:
        conn.execute("DELETE FROM accounts.attempt WHERE login = %s AND address = %s", [login, address])
        if renewed:
            conn.execute(
                "UPDATE accounts.account SET password_hash = %s WHERE id = %s AND password_hash = %s",
                [renewed, found["id"], found["password_hash"]],
            )
        return open_session(
            conn,
            found["id"],
            level=1 if factor == "password" else 2,
            method="password",
            user_agent=user_agent,
            address=address,
            factor=factor,
            demo=demo,
        )


def open_session(
    conn: Connection,
    account_id: int,
    *,
    level: Literal[1, 2],
    method: Literal["password", "oidc"],
    user_agent: str,
    address: str,
    factor: str,
    demo: bool,
) -> str:
    """A session of somebody whose identity was just proven, and its entry in the log; returns the token."""
    token = secrets.token_urlsafe(32)
    conn.execute(
        "INSERT INTO accounts.session (token_hash, account_id, expires_at, user_agent, level, method) VALUES (%s, %s, now() + %s, %s, %s, %s)",
        [digest(token), account_id, SESSION_IDLE, _printable(user_agent)[:200], level, method],
    )
    enter(conn, token, demo=demo)
    write_audit(
        conn,
        "session.opened",
        f"account:{account_id}",
        detail={"method": method, "factor": factor, "level": level, "address": address},
    )
    return token


def raise_level(conn: Connection, token: str) -> None:
    """The holder of this session has just proven a second factor."""
    conn.execute("UPDATE accounts.session SET level = 2 WHERE token_hash = %s AND revoked_at IS NULL", [digest(token)])


def sign_out(conn: Connection, token: str) -> None:
    """End a session; does nothing when it has ended already."""
    row = conn.execute(
        "UPDATE accounts.session SET revoked_at = now() WHERE token_hash = %s AND revoked_at IS NULL RETURNING account_id",
        [digest(token)],
    ).fetchone()
    if row:
        write_audit(conn, "session.closed", f"account:{row['account_id']}")


def of_account(conn: Connection, account: Account) -> list[dict[str, Any]]:
    """Live sessions of the acting account, newest first."""
    return conn.execute(
        """
        SELECT id, created_at, expires_at - %s AS last_seen_at, user_agent, method, id = %s AS current FROM accounts.session
        WHERE account_id = %s AND revoked_at IS NULL AND expires_at > now() ORDER BY created_at DESC LIMIT 200
        """,
        [SESSION_IDLE, account.session_id if account.scopes is None else 0, account.id],
    ).fetchall()


def end_one(conn: Connection, account: Account, session_id: int) -> None:
    """End one of the acting account's own sessions. Raises NotFound, also for somebody else's."""
    row = conn.execute(
        "UPDATE accounts.session SET revoked_at = now() WHERE id = %s AND account_id = %s AND revoked_at IS NULL RETURNING id",
        [session_id, account.id],
    ).fetchone()
    if row is None:
        raise NotFound("no-such-session", "There is no such session.", "Không có phiên đăng nhập này.")
    write_audit(conn, "session.closed", f"account:{account.id}", detail={"session": session_id})


def end_all(conn: Connection, account_id: int) -> None:
    """End every session and access token of an account."""
    conn.execute(
        "UPDATE accounts.session SET revoked_at = now() WHERE account_id = %s AND revoked_at IS NULL", [account_id]
    )
    conn.execute(
        "UPDATE accounts.token SET revoked_at = now() WHERE account_id = %s AND revoked_at IS NULL", [account_id]
    )


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def write_audit(
    conn: Connection, kind: str, subject: str, *, unit: str | None = None, detail: dict[str, Any] | None = None
) -> None:
    """Append to the audit log; the database knows who acts. `detail` never holds a personal value."""
    conn.execute("SELECT audit.write(%s, %s, %s, %s)", [kind, subject, unit, Jsonb(detail or {})])


def _record_attempt(conn: Connection, login: str, address: str) -> int:
    row = conn.execute(
        "INSERT INTO accounts.attempt (login, address) VALUES (%s, %s) RETURNING id", [login, address]
    ).fetchone()
    assert row is not None
    return int(row["id"])


def _may_try(conn: Connection, login: str, address: str) -> bool:
    row = conn.execute(
        """
        SELECT count(*) FILTER (WHERE login = %(login)s AND address = %(address)s) AS own, count(*) FILTER (WHERE login = %(login)s) AS login,
               count(*) FILTER (WHERE address = %(address)s) AS address
        FROM accounts.attempt WHERE (address = %(address)s OR login = %(login)s) AND at > clock_timestamp() - %(window)s
        """,
        {"login": login, "address": address, "window": WINDOW},
    ).fetchone()
    assert row is not None
    return bool(row["own"] <= TRIES and row["login"] <= TRIES_PER_LOGIN and row["address"] <= TRIES_PER_ADDRESS)


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:200]
