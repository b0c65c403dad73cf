"""People for tests of authority: accounts with real second factors, and what they hold in the database."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pyotp
from fastapi.testclient import TestClient
from psycopg.rows import DictRow, dict_row

from geo_service.accounts import service, sessions
from geo_service.database import Login, address_of
from geo_service.settings import Settings

PASSWORD = "thửa đất nhà tôi 35"
OURS = {"X-Requested-With": "geo-service"}
Conn = psycopg.Connection[DictRow]


def person(conn: Conn, login: str, *roles: str, unit: str | None = None, demo: bool = True) -> int:
    """An account with roles in one unit, or in the whole city."""
    return service.add_account(
        conn, login, PASSWORD, name=f"Người {login}", roles=roles, units=[unit] if unit else None, demo=demo
    )


def session(conn: Conn, account: int, *, level: int = 2) -> str:
    """The token of a live session, opened as the gate opens one."""
    return sessions.open_session(
        conn,
        account,
        level=2 if level == 2 else 1,
        method="password",
        user_agent="",
        address="",
        factor="test",
        demo=True,
    )


@contextmanager
def as_login(url: str, settings: Settings, login: Login, secret: str | None = None) -> Iterator[Conn]:
    """A plain SQL connection under one of the service's logins, acting for the holder of `secret`."""
    with psycopg.connect(address_of(url, login, settings), row_factory=dict_row) as conn:
        if secret is not None:
            assert conn.execute("SELECT id FROM accounts.enter(%s, true)", [secret]).fetchone(), (
                "the token opens nothing"
            )
        yield conn
        conn.rollback()


def code_of(secret: str, *, ahead: int = 0) -> str:
    """The six digits the authenticator shows now, or some steps of 30 s ahead."""
    return pyotp.TOTP(secret).at(int(time.time()) + 30 * ahead)


def enrol(client: TestClient) -> tuple[str, list[str]]:
    """Set up the second factor of who is signed in: the shared secret and the recovery codes."""
    begun = client.post("/api/me/totp")
    assert begun.status_code == 200, begun.text
    confirmed = client.post("/api/me/totp/confirm", json={"code": code_of(begun.json()["secret"])})
    assert confirmed.status_code == 200, confirmed.text
    return begun.json()["secret"], confirmed.json()["recovery_codes"]
