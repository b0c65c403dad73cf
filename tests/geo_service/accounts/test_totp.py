"""The second factor: set up, asked for, good once, recoverable, taken away by an administrator only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from geo_service.app import create_app
from geo_service.settings import Settings
from tests.geo_service.accounts.people import OURS, PASSWORD, Conn, as_login, code_of, enrol, person, session
from tests.geo_service.site import problem


@pytest.fixture
def client(settings: Settings, conn: Conn) -> Iterator[TestClient]:
    person(conn, "canbo", "land_officer", unit="00004", demo=False)
    person(conn, "sep", "administrator", demo=False)
    conn.commit()
    with TestClient(create_app(settings), headers=OURS) as made:
        yield made


def sign_in(client: TestClient, code: str | None = None, login: str = "canbo"):
    body = {"login": login, "password": PASSWORD} | ({"code": code} if code else {})
    return client.post("/api/session", json=body)


def test_a_password_alone_opens_nothing_of_an_office(client: TestClient) -> None:
    user = sign_in(client).json()["user"]
    assert (user["level"], user["needs"], user["capabilities"]) == (1, "enrol-totp", {})
    problem(client.post("/api/drafts", json={"intents": []}), 403, "second-factor-needed")


def test_setting_up_and_signing_in_with_it(client: TestClient, conn: Conn) -> None:
    sign_in(client)
    secret, _ = enrol(client)
    user = client.get("/api/session").json()["user"]
    assert (user["level"], user["needs"], user["has_totp"]) == (2, None, True)
    assert user["capabilities"]["edit.propose"] == ["00004"]
    stored = conn.execute("SELECT totp_sealed FROM accounts.account WHERE login = 'canbo'").fetchone()
    assert stored and secret.encode() not in bytes(stored["totp_sealed"]), "the secret is stored in clear"

    client.delete("/api/session")
    problem(sign_in(client), 401, "code-needed")
    assert sign_in(client, code_of(secret, ahead=1)).json()["user"]["level"] == 2
    problem(client.post("/api/me/totp"), 422, "has-totp")


def test_a_code_is_good_once_and_never_goes_back(client: TestClient) -> None:
    sign_in(client)
    secret, _ = enrol(client)
    client.delete("/api/session")
    code = code_of(secret, ahead=1)
    assert sign_in(client, code).status_code == 200
    problem(sign_in(client, code), 401, "wrong-code")
    problem(sign_in(client, code_of(secret)), 401, "wrong-code")  # an earlier one, as after a clock that moved back
    problem(sign_in(client, code_of(secret, ahead=5)), 401, "wrong-code")
    problem(sign_in(client, "abcdef"), 401, "wrong-code")


def test_a_recovery_code_is_good_once(client: TestClient) -> None:
    sign_in(client)
    _, codes = enrol(client)
    assert len(set(codes)) == 10
    client.delete("/api/session")
    assert sign_in(client, codes[0].upper()).json()["user"]["level"] == 2
    problem(sign_in(client, codes[0]), 401, "wrong-code")
    assert sign_in(client, codes[1].replace("-", " ")).status_code == 200


def test_guessing_codes_is_held_up(client: TestClient) -> None:
    sign_in(client)
    secret, _ = enrol(client)
    client.delete("/api/session")
    answers = [sign_in(client, "000000").status_code for _ in range(11)]
    assert answers == [401] * 10 + [429]
    problem(sign_in(client, code_of(secret, ahead=1)), 429, "too-many-attempts")


def test_only_an_administrator_takes_it_away(
    client: TestClient, conn: Conn, settings: Settings, database_url: str
) -> None:
    sign_in(client)
    enrol(client)
    row = conn.execute("SELECT id FROM accounts.account WHERE login = 'canbo'").fetchone()
    assert row
    problem(client.post(f"/api/accounts/{row['id']}/totp/reset"), 403, "no-authority")
    client.delete("/api/session")
    sign_in(client, login="sep")
    enrol(client)
    assert client.post(f"/api/accounts/{row['id']}/totp/reset").status_code == 204
    client.delete("/api/session")
    assert sign_in(client).json()["user"]["needs"] == "enrol-totp"
    token = session(conn, row["id"], level=1)
    conn.commit()
    with as_login(database_url, settings, "geo_service", token) as plain:
        with pytest.raises(Exception, match="permission denied"):
            plain.execute("UPDATE accounts.session SET level = 2")
        plain.rollback()
        with pytest.raises(Exception, match="permission denied"):
            plain.execute("SELECT totp_sealed FROM accounts.account")
