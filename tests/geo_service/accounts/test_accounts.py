"""Accounts as an administrator keeps them."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import DictRow

from geo_service.accounts import passwords, service
from geo_service.accounts.demo import FILE, ensure_demo_accounts
from geo_service.settings import Settings, SettingsError
from layers.errors import Malformed, NotFound

PASSWORD = "thửa đất nhà tôi 35"
Conn = psycopg.Connection[DictRow]


@pytest.mark.parametrize("login", ["", "a", "có dấu", "-x", "a b", "x" * 65, "a/b"])
def test_bad_logins_are_refused(conn: Conn, login: str) -> None:
    with pytest.raises(Malformed, match="is not a login"):
        service.add_account(conn, login, PASSWORD, name="Ai đó")


def test_a_login_is_taken_whatever_its_case(conn: Conn) -> None:
    service.add_account(conn, "canbo", PASSWORD, name="Một", roles=["land_officer"])
    with pytest.raises(Malformed, match="in use"):
        service.add_account(conn, "CANBO", PASSWORD, name="Hai", roles=["land_officer"])


def test_units_must_exist(conn: Conn) -> None:
    with pytest.raises(Malformed, match="There is no unit 99999"):
        service.add_account(conn, "canbo", PASSWORD, name="Một", roles=["land_officer"], units=["00004", "99999"])


def test_accounts_that_do_not_exist_are_named(conn: Conn) -> None:
    with pytest.raises(NotFound, match="no account 'ai-do'"):
        service.account_id(conn, "ai-do")
    with pytest.raises(NotFound):
        service.change(conn, 10**9, disabled=True)
    with pytest.raises(NotFound):
        service.set_password(conn, 10**9, "ai-do", PASSWORD)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO accounts.account (login, name, password_hash) VALUES ('x1', 'X', 'plain text')",
        "INSERT INTO accounts.account (login, name, password_hash) VALUES ('X1', 'X', '$argon2id$')",
        "UPDATE register.unit SET ended_on = '2026-01-01' WHERE code = '00004'",
        "INSERT INTO accounts.session (token_hash, account_id, expires_at) VALUES ('short', 1, now() + interval '1 h')",
    ],
)
def test_the_database_itself_refuses_what_must_not_be_stored(conn: Conn, statement: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        conn.execute(statement)


def test_demo_accounts_get_a_random_password_once(conn: Conn, settings: Settings, tmp_path: Path) -> None:
    first = ensure_demo_accounts(conn, settings)
    again = ensure_demo_accounts(conn, settings)
    assert first == again
    assert {account.roles for account in first} >= {"land_officer", "approver", "administrator", "citizen"}
    file = settings.data_dir / FILE
    assert file.stat().st_mode & 0o777 == 0o600
    kept = json.loads(file.read_text())
    assert len(set(kept.values())) == len(first)
    for account in first:
        row = conn.execute(
            "SELECT password_hash, demo FROM accounts.account WHERE login = %s", [account.login]
        ).fetchone()
        assert row is not None
        assert row["demo"]
        assert passwords.matches(row["password_hash"], kept[account.login])

    other = Settings(database_url=settings.database_url, data_dir=tmp_path / "other")
    assert [account.password for account in ensure_demo_accounts(conn, other)] == [None] * len(first)


def test_there_are_no_demo_accounts_in_production(conn: Conn, settings: Settings) -> None:
    with pytest.raises(SettingsError, match="production"):
        ensure_demo_accounts(conn, settings.model_copy(update={"env": "production"}))
    assert service.list_accounts(conn) == []
