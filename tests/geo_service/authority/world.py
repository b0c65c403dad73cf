"""The application on a small piece of land, with one person of every kind, and fresh objects for each question.

Parcels 1 to 25 lie in unit 00004, which is everybody's own; 26 to 30 in 00008, which is nobody's but the city's. A citizen's own is what the
citizen holds: parcel 1; parcel 26 is somebody else's. Four eyes are on. Sessions are put into the database as the gate would open them, so nobody
waits for a password; objects are made by the owner of the database, whom no guard asks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Literal
from unittest import mock

import httpx
import psycopg
import pyotp
from fastapi import FastAPI
from fastapi.testclient import TestClient
from psycopg.types.json import Jsonb

from geo_service import app as application
from geo_service.accounts import passwords, sessions, totp
from geo_service.accounts.oidc.config import OidcConfig
from geo_service.accounts.oidc.provider import Person as ProvenPerson
from geo_service.accounts.oidc.state import Flow
from geo_service.app import create_app
from geo_service.dossiers.partners.signing import Signer
from geo_service.live import api as live
from geo_service.personal import corrections
from geo_service.personal.schemas import CorrectionIn
from geo_service.personal.vault import Vault
from geo_service.settings import Settings
from layers.db import connect
from layers.register.rights import blocks
from layers.register.rights.model import NewParty
from tests.geo_service.accounts.people import OURS, PASSWORD
from tests.layers.register.rights import holders

Conn = psycopg.Connection[dict[str, Any]]
Place = Literal["own", "other"]
UNIT: dict[Place, str] = {"own": "00004", "other": "00008"}
FIRST: dict[Place, int] = {
    "own": 1,
    "other": 26,
}  # parcels: +0 held, +1 registered anew, +2 blocked, +3 edited, +4 without anything
STRANGER = NewParty(
    "person", "Phạm Hải Đường", identity_number="999075000009", phone="0000000009", address="Ngõ 9, Xã Mô Phỏng, Hà Nội"
)
HOLDERS: dict[Place, NewParty] = {"own": holders.LAN, "other": STRANGER}
OTHER_ROLES = (
    "reception",
    "surveyor",
    "land_officer",
    "approver",
    "registrar",
    "inspector",
    "analyst",
    "leader",
    "administrator",
)
EVERY_ROLE = ("citizen", *OTHER_ROLES)
COLLEAGUE = "dong-nghiep"  # proposes everywhere, and is none of those who ask
SCOPES = ("read", "edit")
PARTNER_SEED = bytes(range(32))
# Two partners that sign with the same key and that nobody reaches.
PARTNERS = json.dumps(
    {
        name: {"address": "http://127.0.0.1:9", "keys": [Signer.of(name, PARTNER_SEED).public]}
        for name in ("tax", "payment")
    }
)
INDEX = '<!doctype html><meta name="csp-nonce" content="__CSP_NONCE__"><title>map</title>'


@dataclass
class Person:
    """`who` is a column of the table. `account` None: a visitor. `scope`: asks with an access token instead of a session."""

    who: str
    login: str = ""
    account: int | None = None
    level: Literal[1, 2] = 2
    scope: str | None = None
    secret: str = field(default="", repr=False)


@dataclass
class Provider:
    """An identity provider that believes everybody. What a real one proves is tested in accounts/oidc; here it is who may ask."""

    config: OidcConfig
    subject: str = "somebody"

    async def address(self, _flow: Flow, _redirect_uri: str) -> str:
        return f"{self.config.issuer}/authorize"

    async def check_sender(self, _issuer: str | None) -> None:
        """Always the right one."""

    async def person(self, _flow: Flow, _code: str, _redirect_uri: str) -> ProvenPerson:
        return ProvenPerson(subject=self.subject, acr=None, name="Người từ xa", identity_number=None)


@dataclass
class World:
    """Everybody, and the means to make what they ask for."""

    app: FastAPI
    settings: Settings
    provider: Provider
    client: TestClient
    conn: Conn
    vault: Vault
    people: dict[str, Person]
    parties: dict[Place, int]
    ba_units: dict[Place, int]
    totp_secret: str
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def send(
        self, person: Person, method: str, url: str, body: Any = None, cookie: str = "", **more: Any
    ) -> httpx.Response:
        """Ask as this person, and as nobody else: nothing is remembered from one request to the next. `more`: for httpx, instead of a body of JSON."""
        self.client.cookies.clear()
        headers = dict(OURS) | ({"Cookie": cookie} if cookie else {}) | more.pop("headers", {})
        more = more or {"json": body}
        if person.scope:
            headers["Authorization"] = f"Bearer {person.secret}"
        elif person.account is not None:
            headers["Cookie"] = "; ".join(filter(None, (f"geo_session={person.secret}", cookie)))
        return self.client.request(method, url, headers=headers, follow_redirects=False, **more)

    def one(self, statement: str, *values: Any) -> dict[str, Any]:
        row = self.conn.execute(statement, values).fetchone()
        assert row is not None
        return row

    def open(self, person: Person) -> None:
        """A live session or token for the person, whatever happened to the last one."""
        if person.account is None:
            return
        if person.scope:
            person.secret = f"geo_pat_{person.scope}-{next(self.numbers)}-{person.account}"
            self.conn.execute(
                "INSERT INTO accounts.token (token_hash, account_id, name, scopes, level, expires_at)"
                " VALUES (%s, %s, 'thử', %s, 2, now() + interval '1 day')",
                [sessions.digest(person.secret), person.account, [person.scope]],
            )
        else:
            person.secret = self.session(person.account, person.level)

    def session(self, account: int, level: Literal[1, 2] = 2) -> str:
        secret = f"session-{next(self.numbers)}-of-{account}"
        self.conn.execute(
            "INSERT INTO accounts.session (token_hash, account_id, expires_at, level) VALUES (%s, %s, now() + interval '12 hours', %s)",
            [sessions.digest(secret), account, level],
        )
        return secret

    def session_id(self, account: int) -> int:
        """Another live session of an account."""
        return int(
            self.one("SELECT id FROM accounts.session WHERE token_hash = %s", sessions.digest(self.session(account)))[
                "id"
            ]
        )

    def account(self, roles: tuple[str, ...] = (), unit: str | None = None, login: str | None = None) -> int:
        """A fresh account without a password, with roles in one unit or in the whole city."""
        login = login or f"someone{next(self.numbers)}"
        key = self.one(
            "INSERT INTO accounts.account (login, name) VALUES (%s, %s) RETURNING id", login, f"Người {login}"
        )["id"]
        for role in roles:
            self.assignment(key, role, unit)
        return int(key)

    def assignment(self, account: int, role: str, unit: str | None) -> int:
        return int(
            self.one(
                "INSERT INTO accounts.assignment (account_id, role, unit, valid) VALUES (%s, %s, %s, daterange(accounts.today(), NULL)) RETURNING id",
                account, role, unit,
            )["id"]
        )  # fmt: skip

    def intent(self, place: Place) -> dict[str, Any]:
        """A change that can always be made: another official area."""
        return {"type": "reclassify", "parcel": FIRST[place] + 3, "official_area_m2": 100 + next(self.numbers) / 100}

    def draft(self, place: Place, owner: str, status: str = "open") -> str:
        """A draft about land of the place; those that hold a claim on land are given up, so that this one can be submitted."""
        self.conn.execute(
            "UPDATE work.draft SET status = 'discarded' WHERE id IN (SELECT draft_id FROM work.submitted_subject)"
        )
        return str(
            self.one(
                "INSERT INTO work.draft (owner, reason, intents, base_seq, status, units, submitted_at)"
                " VALUES (%s, 'vì sao', %s, (SELECT seq FROM feed.head), %s, %s, CASE WHEN %s = 'submitted' THEN now() END) RETURNING id",
                owner, Jsonb([self.intent(place)]), status, [UNIT[place]] if status == "submitted" else [], status,
            )["id"]
        )  # fmt: skip

    def block(self, place: Place) -> int:
        row = blocks.put(
            self.conn, FIRST[place] + 2, UNIT[place], kind="dispute", reason="Đang tranh chấp", source="Đơn thử"
        )
        return int(row["id"])

    def correction(self, place: Place) -> int:
        body = CorrectionIn(field="other", value="xem lại")
        return corrections.ask(self.conn, self.vault, self.parties[place], body).id

    def password(self, account: int) -> None:
        """Give the account the password that everybody uses here."""
        self.conn.execute("UPDATE accounts.account SET password_hash = %s WHERE id = %s", [HASH, account])

    def second_factor(self, account: int, *, begun: bool) -> str:
        """Take the second factor away; with `begun` a secret waits to be confirmed. The code that confirms it."""
        sealed = self.vault.seal(self.totp_secret, totp.context(account)) if begun else None
        self.conn.execute(
            "UPDATE accounts.account SET totp_confirmed_at = NULL, totp_sealed = %s, totp_last_step = 0 WHERE id = %s",
            [sealed, account],
        )
        return pyotp.TOTP(self.totp_secret).generate_otp(totp.current_step())


HASH = passwords.make_hash(PASSWORD)


def _people(world: World) -> None:
    def add(who: str, roles: tuple[str, ...], unit: str | None, **more: Any) -> Person:
        login = who.replace(" ", "-")
        person = Person(who, login, world.account(roles, unit, login), **more)
        world.people[who] = person
        return person

    world.people["visitor"] = Person("visitor")
    citizen = add("citizen", ("citizen",), None, level=1)
    world.conn.execute(
        "UPDATE accounts.account SET party_id = %s WHERE id = %s", [world.parties["own"], citizen.account]
    )
    for role in OTHER_ROLES:
        add(role.replace("_", " "), (role,), UNIT["own"])
    add("city administrator", ("administrator",), None)
    add("password only", EVERY_ROLE, None, level=1)
    officer = world.people["land officer"]
    for scope in SCOPES:
        world.people[f"{scope} token"] = Person(f"{scope} token", officer.login, officer.account, scope=scope)
    world.account(("land_officer",), None, COLLEAGUE)
    world.password(world.account((), None, "door"))
    for person in world.people.values():
        world.open(person)


@contextmanager
def a_world(url: str, folder: Path) -> Iterator[World]:
    """A world whose application has started."""
    with built(url, folder) as world, world.client:
        yield world


@contextmanager
def built(url: str, folder: Path) -> Iterator[World]:
    """Fill a fresh database and make an application for it, with pages of its own so that nothing depends on `make web`."""
    settings = Settings(
        database_url=url,
        data_dir=folder / "data",
        rates="off",
        log_level="error",
        oidc_issuer="https://provider.example",
        oidc_client_id="map",
        partners=PARTNERS,
    )
    vault = Vault(settings.personal_secret())
    dist = folder / "web" / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text(INDEX, encoding="utf-8")
    (dist / "assets" / "map.js").write_text("export {};", encoding="utf-8")
    with (
        mock.patch.object(application, "files", return_value=folder),
        mock.patch.object(live, "LIFETIME_SECONDS", 0.0),  # a stream that says hello and good-bye
        mock.patch.object(holders, "VAULT", vault),
        connect(url) as conn,
    ):
        parties: dict[Place, int] = {}
        ba_units: dict[Place, int] = {}
        holders.land(conn)
        for place, party in HOLDERS.items():
            for parcel in (0, 1):
                done = holders.enter(conn, holders.right(party), parcels=(FIRST[place] + parcel,), unit=UNIT[place])
                parties[place], ba_units[place] = done.parties[0], done.ba_unit
        conn.autocommit = True  # from here on every object is there at once
        app = create_app(settings)
        provider = app.state.oidc = Provider(OidcConfig("https://provider.example", "map"))
        client = TestClient(app, raise_server_exceptions=False)
        world = World(app, settings, provider, client, conn, vault, {}, parties, ba_units, pyotp.random_base32(32))
        _people(world)
        yield world
