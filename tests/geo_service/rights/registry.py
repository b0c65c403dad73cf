"""A land register with people who sign in, for tests of who sees what.

Parcels 1 to 25 lie in unit 00004, 26 to 30 in 00008. In 00004: parcel 1 is Lan's alone, 2 belongs to Lan and Sen by halves, 3 to the couple Lan – Sen,
4 to Trúc; a seizure stands on parcel 1. In 00008: parcel 26 is Hải's.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from geo_service.app import create_app
from geo_service.personal.vault import Vault
from geo_service.settings import Settings
from layers.db import connect
from layers.register.rights import blocks
from layers.register.rights.model import NewCertificate, NewParty
from tests.geo_service.accounts.people import OURS as HEADERS
from tests.geo_service.accounts.people import PASSWORD, person, session
from tests.layers.register.rights import holders
from tests.layers.register.rights.holders import CERTIFICATE, COUPLE, LAN, OTHERS, OURS, SEN, TRUC, enter, right

HAI = NewParty(
    "person", "Phạm Hải Đường", identity_number="999075000009", phone="0000000009", address="Số 1, Xã Mô Phỏng, Hà Nội"
)
SECRET_WORDS = ("999190000001", "999080000002", "999185000003", "999075000009", "0000000001", "0000000009", "Hoa Sữa")
STAFF = {
    "registrar": ("registrar", OURS),
    "reception": ("reception", OURS),
    "approver": ("approver", OURS),
    "far": ("registrar", OTHERS),
    "inspector": ("inspector", None),
    "officer": ("land_officer", OURS),
    "surveyor": ("surveyor", None),
    "admin": ("administrator", None),
    "analyst": ("analyst", None),
}
PEOPLE = ("lan", "sen", "hai", "nobody")


@dataclass
class Registry:
    """`parties` by first name; `secrets`: live sessions by login, for plain SQL."""

    url: str
    settings: Settings
    parties: dict[str, int]
    units: dict[str, int]
    block: int
    secrets: dict[str, str]


def build(url: str, settings: Settings) -> Registry:
    """Fill a fresh database."""
    vault = Vault(settings.personal_secret())
    holders_vault, holders.VAULT = holders.VAULT, vault
    try:
        with connect(url) as conn:
            holders.land(conn)
            units = {
                "alone": enter(conn, right(LAN, certificate=CERTIFICATE), parcels=(1,)).ba_unit,
                "halves": enter(
                    conn,
                    right(LAN, "1/2", certificate=NewCertificate("CX 000001", CERTIFICATE.issued_on)),
                    right(SEN, "1/2", certificate=NewCertificate("CX 000002", CERTIFICATE.issued_on)),
                    parcels=(2,),
                ).ba_unit,
                "couple": enter(conn, right(COUPLE), parcels=(3,)).ba_unit,
                "truc": enter(conn, right(TRUC), parcels=(4,)).ba_unit,
                "far": enter(conn, right(HAI), parcels=(26,), unit=OTHERS).ba_unit,
            }
            block = blocks.put(conn, 1, OURS, kind="seizure", reason="Thi hành án thử", source="Quyết định thử")["id"]
            names = {"lan": LAN, "sen": SEN, "truc": TRUC, "hai": HAI}
            parties = {
                key: int(conn.execute("SELECT id FROM rights.party WHERE name = %s", (who.name,)).fetchone()["id"])  # type: ignore[index]
                for key, who in names.items()
            }
            secrets = {
                login: session(conn, person(conn, login, role, unit=unit)) for login, (role, unit) in STAFF.items()
            }
            for login in PEOPLE:
                account = person(conn, login, "citizen")
                conn.execute("UPDATE accounts.account SET party_id = %s WHERE id = %s", (parties.get(login), account))
                secrets[login] = session(conn, account)
    finally:
        holders.VAULT = holders_vault
    return Registry(url, settings, parties, units, int(block), secrets)


@dataclass
class Office:
    """The application on a registry, with a client for each login and `visitor`."""

    registry: Registry
    clients: dict[str, TestClient]

    def __getitem__(self, login: str) -> TestClient:
        return self.clients[login]

    def audit(self) -> list[dict[str, Any]]:
        """The log without sign-ins, oldest first."""
        with connect(self.registry.url) as conn:
            return conn.execute(
                "SELECT e.kind, a.login AS actor, e.subject, e.unit, e.detail FROM audit.entry e LEFT JOIN accounts.account a ON a.id = e.actor"
                " WHERE e.kind NOT LIKE 'session.%' AND e.kind NOT LIKE 'account.%' AND e.kind NOT LIKE 'assignment.%' ORDER BY e.id"
            ).fetchall()


@contextmanager
def an_office(url: str, folder: Path) -> Iterator[Office]:
    """The application with everybody signed in."""
    settings = Settings(database_url=url, data_dir=folder)
    registry = build(url, settings)
    app = create_app(settings)
    with ExitStack() as stack:
        visitor = stack.enter_context(TestClient(app, headers=HEADERS, raise_server_exceptions=False))
        clients = {"visitor": visitor}
        for login in (*STAFF, *PEOPLE):
            clients[login] = TestClient(app, headers=HEADERS, raise_server_exceptions=False)
            clients[login].portal = visitor.portal
            answer = clients[login].post("/api/session", json={"login": login, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
        yield Office(registry, clients)
