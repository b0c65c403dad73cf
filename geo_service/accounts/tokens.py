"""Personal access tokens: what a notebook or a machine shows instead of a session. Scoped, limited in time, shown once, revocable."""

from __future__ import annotations

import secrets
from typing import Any

from geo_service.accounts.models import Account
from geo_service.accounts.sessions import digest, write_audit
from layers.db import Connection
from layers.errors import Malformed, NotFound

PREFIX = "geo_pat_"
MOST = 50
COLUMNS = "id, name, scopes, created_at, expires_at, last_used_at"


def make(conn: Connection, account: Account, name: str, scopes: list[str], days: int) -> dict[str, Any]:
    """A new token of the acting account, with its secret as `token`.

    Raises Malformed for unknown scopes or too many tokens.
    """
    known = {row["code"] for row in conn.execute("SELECT code FROM accounts.scope").fetchall()}
    if not scopes or set(scopes) - known:
        raise Malformed(
            "bad-scopes", f"Scopes are: {', '.join(sorted(known))}.", f"Phạm vi hợp lệ: {', '.join(sorted(known))}."
        )
    if not name.strip():
        raise Malformed("bad-name", "The name is empty.", "Tên bị trống.")
    if len(mine(conn, account)) >= MOST:
        raise Malformed(
            "too-many-tokens", f"An account has at most {MOST} tokens.", f"Mỗi tài khoản có tối đa {MOST} mã."
        )
    token = PREFIX + secrets.token_urlsafe(32)
    row = conn.execute(
        f"INSERT INTO accounts.token (token_hash, account_id, name, scopes, level, expires_at)"
        f" VALUES (%s, %s, %s, %s, %s, now() + make_interval(days => %s)) RETURNING {COLUMNS}",
        [digest(token), account.id, name.strip(), sorted(set(scopes)), account.level, days],
    ).fetchone()
    assert row is not None
    write_audit(
        conn, "token.made", f"account:{account.id}", detail={"token": row["id"], "scopes": row["scopes"], "days": days}
    )
    return row | {"token": token}


def mine(conn: Connection, account: Account) -> list[dict[str, Any]]:
    """Live tokens of the acting account, newest first."""
    return conn.execute(
        f"SELECT {COLUMNS} FROM accounts.token WHERE account_id = %s AND revoked_at IS NULL AND expires_at > now() ORDER BY id DESC",
        [account.id],
    ).fetchall()


def revoke(conn: Connection, account: Account, token_id: int) -> None:
    """End a token of one's own. Raises NotFound, also for somebody else's."""
    row = conn.execute(
        "UPDATE accounts.token SET revoked_at = now() WHERE id = %s AND account_id = %s AND revoked_at IS NULL RETURNING id",
        [token_id, account.id],
    ).fetchone()
    if row is None:
        raise NotFound("no-such-token", "There is no such token.", "Không có mã truy cập này.")
    write_audit(conn, "token.revoked", f"account:{account.id}", detail={"token": token_id})
