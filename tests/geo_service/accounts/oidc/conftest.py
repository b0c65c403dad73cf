"""The application next to a real provider, with a liar between them that tells the truth until a test says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from joserfc.jwk import ECKey, RSAKey
from psycopg.rows import dict_row

from geo_service.accounts.oidc.provider import Provider as OurView
from geo_service.app import create_app
from geo_service.personal.vault import Vault
from geo_service.settings import Settings
from tests.conftest import Databases
from tests.geo_service.accounts.people import OURS, Conn
from tests.oidc_provider import running
from tests.oidc_provider.lying import Liar, lying
from tests.oidc_provider.running import STRONG, WEAK, Provider, User

REDIRECT = "http://testserver/api/oidc/callback"
NUMBER, OTHER_NUMBER = "999099000001", "999099000002"
USERS = {
    "lan": User(
        "sub-lan", acr=STRONG, claims={"name": "Hoàng Thị Lan", "citizen_id": NUMBER, "citizen_id_verified": True}
    ),
    "cuc": User("sub-cuc", acr=WEAK, claims={"name": "Cúc", "citizen_id": OTHER_NUMBER, "citizen_id_verified": True}),
    "mai": User("sub-mai", acr=STRONG, claims={"name": "Mai", "citizen_id": NUMBER, "citizen_id_verified": False}),
    "tre": User("sub-tre", acr=None, claims={"name": "canbo", "email": "canbo@example.org", "email_verified": True}),
}


@dataclass
class Site:
    """`browser` is a fresh one; `conn` the owner's own view of the database, in autocommit."""

    app: FastAPI
    browser: TestClient
    provider: Provider
    liar: Liar
    conn: Conn
    settings: Settings

    def another_browser(self) -> TestClient:
        browser = TestClient(self.app, headers=OURS, follow_redirects=False)
        browser.portal = self.browser.portal  # one event loop and one lifespan for all
        return browser

    def start(self, browser: TestClient | None = None, return_to: str = "/") -> str:
        """Where the provider's page is; the browser has its cookie."""
        answer = (browser or self.browser).get("/api/oidc/start", params={"return_to": return_to})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def back(self, address: str, browser: TestClient | None = None) -> httpx.Response:
        """The browser comes back from the provider."""
        return (browser or self.browser).get(address)

    def sign_in(self, login: str, browser: TestClient | None = None, return_to: str = "/") -> httpx.Response:
        browser = browser or self.browser
        return self.back(self.provider.sign_in(self.start(browser, return_to), login), browser)

    def user(self, browser: TestClient | None = None) -> dict[str, Any] | None:
        user: dict[str, Any] | None = (browser or self.browser).get("/api/session").json()["user"]
        return user

    def log(self, kind: str) -> list[dict[str, Any]]:
        return self.conn.execute("SELECT * FROM audit.entry WHERE kind = %s ORDER BY id", [kind]).fetchall()

    def accounts(self) -> list[dict[str, Any]]:
        return self.conn.execute("SELECT * FROM accounts.account ORDER BY id").fetchall()

    def party(self, number: str) -> int:
        """A person of the register with an identity number."""
        vault = Vault(self.settings.personal_secret())
        row = self.conn.execute(
            "INSERT INTO rights.party (kind, name) VALUES ('person', 'Ai đó') RETURNING id"
        ).fetchone()
        assert row is not None
        self.conn.execute(
            "INSERT INTO rights.personal (party_id, identity_sealed, identity_fingerprint) VALUES (%s, %s, %s)",
            [row["id"], vault.seal(number, "test"), vault.fingerprint(number)],
        )
        return int(row["id"])

    def configure(self, **changes: Any) -> None:
        """Settings of the provider that are different from now on; what was known of it is forgotten."""
        self.settings = self.settings.model_copy(update=changes)
        self.app.state.settings = self.settings
        config = self.settings.oidc()
        assert config is not None
        self.app.state.oidc = OurView(config, seconds=1.5)

    def refused(self, answer: httpx.Response, slug: str, browser: TestClient | None = None) -> str:
        """Checks that no session came of it and that the log says so; what it gives as the cause."""
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"] == f"/?sign_in_error={slug}"
        assert answer.headers["cache-control"] == "no-store"
        assert "geo_session" not in answer.headers.get("set-cookie", "")
        assert self.user(browser) is None
        entry = self.log("session.refused")[-1]
        assert entry["detail"]["why"] == slug
        assert self.conn.execute("SELECT count(*) AS n FROM accounts.session").fetchone() == {"n": 0}
        return str(entry["detail"]["cause"])


@pytest.fixture(scope="session")
def keys() -> list[RSAKey | ECKey]:
    return running.new_keys()


@pytest.fixture(scope="session")
def liar() -> Iterator[Liar]:
    with lying() as one:
        yield one


@pytest.fixture(scope="session")
def provider(liar: Liar, keys: list[RSAKey | ECKey]) -> Iterator[Provider]:
    with running.running(clients=[running.client(REDIRECT)], users=USERS, keys=keys, issuer=liar.url) as one:
        yield one


@contextmanager
def opened(database_url: str, folder: Path, provider: Provider, liar: Liar) -> Iterator[Site]:
    settings = Settings(
        database_url=database_url, data_dir=folder, rates="off", **running.settings_for(liar.url, REDIRECT)
    )
    app = create_app(settings)
    with (
        TestClient(app, headers=OURS, follow_redirects=False) as browser,
        psycopg.connect(database_url, row_factory=dict_row, autocommit=True) as conn,
    ):
        yield Site(app, browser, provider, liar, conn, settings)


def made_honest(site: Site) -> Site:
    site.liar.behind, site.liar.lies = site.provider.port, {}
    site.liar.asked.clear()
    site.configure()
    return site


@pytest.fixture
def site(database_url: str, tmp_path: Path, provider: Provider, liar: Liar) -> Iterator[Site]:
    """A site of its own for each test."""
    with opened(database_url, tmp_path / "data", provider, liar) as one:
        yield made_honest(one)


@pytest.fixture(scope="module")
def shared(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, provider: Provider, liar: Liar
) -> Iterator[Site]:
    url = databases.create()
    with opened(url, tmp_path_factory.mktemp("shared"), provider, liar) as one:
        yield one
    databases.drop(url)


@pytest.fixture
def crowd(shared: Site) -> Site:
    """One site for all tests in which nobody gets in; the browser is new in each."""
    shared.conn.execute("DELETE FROM accounts.attempt")
    shared.browser = shared.another_browser()
    return made_honest(shared)
