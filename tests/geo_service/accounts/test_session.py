"""Signing in and out through the HTTP interface, on a real database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import psycopg
import pytest
from argon2 import PasswordHasher
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from psycopg.rows import DictRow

from geo_service.accounts import service, sessions
from geo_service.accounts.guards import require
from geo_service.accounts.models import Account
from geo_service.app import create_app
from geo_service.deps import COOKIE
from geo_service.settings import Settings

PASSWORD = "thửa đất nhà tôi 35"
OURS = {"X-Requested-With": "geo-service"}
Conn = psycopg.Connection[DictRow]


@pytest.fixture
def app(settings: Settings, conn: Conn) -> FastAPI:
    service.add_account(conn, "canbo", PASSWORD, name="Cán bộ", roles=["reception"], units=["00004"])
    service.add_account(conn, "dan", PASSWORD, name="Người dân", roles=["citizen"])
    service.add_account(conn, "demo", PASSWORD, name="Thử", roles=["land_officer"], demo=True)
    conn.commit()
    application = create_app(settings)

    def desk(account: Annotated[Account, Depends(require("edit.propose"))]) -> str:
        return account.login

    application.get("/desk")(desk)
    application.router.routes.insert(0, application.router.routes.pop())  # before the pages' catch-all
    return application


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, headers=OURS, base_url="http://map.test") as made:
        yield made


def sign_in(client: TestClient, login: str = "canbo", password: str = PASSWORD) -> int:
    status: int = client.post("/api/session", json={"login": login, "password": password}).status_code
    return status


def user(client: TestClient) -> object:
    return client.get("/api/session").json()["user"]


def test_a_visitor_is_nobody(client: TestClient) -> None:
    assert client.get("/api/session").json() == {"user": None, "sign_in": {"oidc": None}}
    refused = client.get("/desk")
    assert refused.status_code == 401
    assert refused.json()["type"] == "urn:geo-service:problem:not-signed-in"


def test_signing_in_and_out(client: TestClient, conn: Conn) -> None:
    answer = client.post("/api/session", json={"login": " CanBo ", "password": PASSWORD})
    assert answer.status_code == 200
    expected = answer.json()["user"]
    assert (expected["login"], expected["name"], expected["level"], expected["needs"]) == (
        "canbo",
        "Cán bộ",
        1,
        "enrol-totp",
    )
    assert expected["capabilities"] == {}, "nothing is opened by a password alone"
    assert [(role["role"], role["unit"]) for role in expected["roles"]] == [("reception", "00004")]
    assert user(client) == expected
    assert client.get("/desk").json()["type"] == "urn:geo-service:problem:second-factor-needed"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie, "development serves plain HTTP"

    token = client.cookies[COOKIE]
    row = conn.execute("SELECT token_hash, expires_at - now() AS rest FROM accounts.session").fetchone()
    assert row is not None
    assert row["token_hash"] == hashlib.sha256(token.encode()).digest(), "the token itself is not stored"
    assert 11.9 < row["rest"].total_seconds() / 3600 <= 12

    assert client.delete("/api/session").status_code == 204
    assert user(client) is None
    client.cookies.set(COOKIE, token)
    assert user(client) is None, "the token was revoked, not only forgotten"
    assert client.delete("/api/session").status_code == 204


def test_signing_in_again_ends_the_earlier_session(client: TestClient) -> None:
    assert sign_in(client) == 200
    first = client.cookies[COOKIE]
    assert sign_in(client) == 200
    assert client.cookies[COOKIE] != first
    client.cookies.clear()
    client.cookies.set(COOKIE, first)
    assert user(client) is None


def test_the_cookie_is_secure_in_production(app: FastAPI, settings: Settings) -> None:
    app.state.settings = settings.model_copy(update={"env": "production"})
    with TestClient(app, headers=OURS, base_url="https://map.test") as client:
        app.state.settings = settings.model_copy(update={"env": "production"})
        answer = client.post("/api/session", json={"login": "canbo", "password": PASSWORD})
        assert "Secure" in answer.headers["set-cookie"]
        assert answer.headers["set-cookie"].startswith("__Host-geo_session="), "the browser holds it to this host"
        assert sign_in(client, "demo") == 401, "demonstration accounts exist in development only"


def test_a_demonstration_session_dies_with_the_move_to_production(app: FastAPI, client: TestClient) -> None:
    assert sign_in(client, "demo") == 200
    assert user(client)
    app.state.settings = app.state.settings.model_copy(update={"env": "production"})
    assert user(client) is None


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("canbo", "wrong password 1"),
        ("nobody", PASSWORD),
        ("' OR 1=1 --", PASSWORD),
        ("canbo\x00", PASSWORD + "?"),
        ("\x00", "\x00"),
    ],
)
def test_wrong_credentials_all_sound_the_same(client: TestClient, login: str, password: str) -> None:
    answer = client.post("/api/session", json={"login": login, "password": password})
    assert answer.status_code == 401
    assert answer.json()["detail"] == "Wrong login or password."
    assert "set-cookie" not in answer.headers


def test_letters_that_are_no_text_are_wrong_credentials(client: TestClient) -> None:
    body = b'{"login": "canbo", "password": "\\ud800 half a letter"}'
    assert client.post("/api/session", content=body, headers={"Content-Type": "application/json"}).status_code in (
        401,
        422,
    )


def test_a_citizen_is_not_an_officer(client: TestClient) -> None:
    assert sign_in(client, "dan") == 200
    assert client.get("/desk").status_code == 403


def test_a_disabled_account_is_out_at_once(client: TestClient, conn: Conn) -> None:
    assert sign_in(client) == 200
    service.change(conn, service.account_id(conn, "CANBO"), disabled=True)
    conn.commit()
    assert user(client) is None
    assert sign_in(client) == 401
    service.change(conn, service.account_id(conn, "canbo"), disabled=False)
    conn.commit()
    assert sign_in(client) == 200


def test_a_new_password_ends_the_sessions(client: TestClient, conn: Conn) -> None:
    assert sign_in(client) == 200
    service.set_password(conn, service.account_id(conn, "canbo"), "canbo", "một mật khẩu khác hẳn")
    conn.commit()
    assert user(client) is None
    assert sign_in(client) == 401
    assert sign_in(client, password="một mật khẩu khác hẳn") == 200


def test_the_eleventh_try_waits_even_with_the_right_password(client: TestClient, conn: Conn) -> None:
    for _ in range(sessions.TRIES):
        assert sign_in(client, password="wrong password 1") == 401
    refused = client.post("/api/session", json={"login": "canbo", "password": PASSWORD})
    assert refused.status_code == 429
    assert refused.headers["retry-after"]
    assert sign_in(client, "dan") == 200, "another login from the same address is not held up"
    conn.execute("UPDATE accounts.attempt SET at = at - interval '11 minutes'")
    conn.commit()
    assert sign_in(client) == 200
    assert conn.execute("SELECT 1 FROM accounts.attempt WHERE login = 'canbo'").fetchone() is None


def test_many_tries_at_once_are_not_more_tries(app: FastAPI, conn: Conn) -> None:
    with TestClient(app, headers=OURS) as client, ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda _: sign_in(client, password="wrong password 1"), range(24)))
    assert answers.count(401) <= sessions.TRIES
    assert set(answers) == {401, 429}


def test_one_address_cannot_try_a_password_on_everybody(client: TestClient, conn: Conn) -> None:
    conn.execute(
        "INSERT INTO accounts.attempt (login, address) SELECT 'user' || n, 'testclient' FROM generate_series(1, %s) n",
        [sessions.TRIES_PER_ADDRESS],
    )
    conn.commit()
    assert sign_in(client) == 429


def test_use_prolongs_a_session_and_a_week_ends_it(client: TestClient, conn: Conn) -> None:
    assert sign_in(client) == 200
    rest = "SELECT extract(epoch FROM expires_at - now()) / 3600 AS hours FROM accounts.session"

    def hours() -> float:
        row = conn.execute(rest).fetchone()
        conn.commit()
        assert row is not None
        return float(row["hours"])

    conn.execute("UPDATE accounts.session SET expires_at = now() + interval '1 hour'")
    conn.commit()
    assert user(client)
    assert hours() > 11.9
    conn.execute("UPDATE accounts.session SET created_at = now() - interval '8 days'")
    conn.commit()
    assert user(client) is None
    conn.execute(
        "UPDATE accounts.session SET created_at = now() - interval '1 day', expires_at = now() - interval '1 second'"
    )
    conn.commit()
    assert user(client) is None


def test_a_second_request_does_not_wait_for_the_first(client: TestClient, conn: Conn) -> None:
    assert sign_in(client) == 200
    conn.execute("UPDATE accounts.session SET expires_at = now() + interval '1 hour'")
    conn.commit()
    conn.execute("SELECT 1 FROM accounts.session FOR UPDATE")  # as a long request of the same browser does
    assert user(client)


@pytest.mark.parametrize("token", ["", "x", "a" * 5000, "%00", "ñ", "'; DROP TABLE accounts.session --"])
def test_an_invented_token_is_a_visitors(client: TestClient, token: str) -> None:
    answer = client.get("/api/session", headers={b"Cookie": f"{COOKIE}={token}".encode("latin-1")})
    assert answer.json()["user"] is None


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Requested-With": ""},
        {"X-Requested-With": "XMLHttpRequest"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://map.test.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_forged_request_changes_nothing(client: TestClient, headers: dict[str, str]) -> None:
    assert sign_in(client) == 200
    refused = client.delete("/api/session", headers=headers)
    assert refused.status_code == 403
    assert refused.json()["type"] == "urn:geo-service:problem:csrf"
    assert user(client), "still signed in"


def test_our_own_page_passes_the_guard(client: TestClient) -> None:
    assert sign_in(client) == 200
    answer = client.delete("/api/session", headers={"Origin": "http://map.test", "Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 204


@pytest.mark.parametrize(
    "body", [{}, {"login": "canbo"}, {"login": "", "password": "x"}, {"login": 7, "password": PASSWORD}]
)
def test_nonsense_is_a_problem_that_does_not_repeat_the_password(client: TestClient, body: dict[str, object]) -> None:
    answer = client.post("/api/session", json=body)
    assert answer.status_code == 422
    assert PASSWORD not in answer.text


def test_an_old_hash_is_renewed_at_sign_in(client: TestClient, conn: Conn) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    conn.execute("UPDATE accounts.account SET password_hash = %s WHERE login = 'canbo'", [weak])
    conn.commit()
    assert sign_in(client) == 200
    row = conn.execute("SELECT password_hash FROM accounts.account WHERE login = 'canbo'").fetchone()
    assert row is not None
    assert row["password_hash"] != weak
    assert sign_in(client) == 200


def test_settings_fixture_is_private(settings: Settings, tmp_path: Path) -> None:
    assert settings.data_dir.is_relative_to(tmp_path)
