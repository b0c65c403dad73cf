"""Demonstration accounts: in development only, each with a random password that lives in the data folder."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass

from geo_service.accounts import passwords
from geo_service.accounts.service import add_account
from geo_service.personal.vault import Vault
from geo_service.settings import Settings, SettingsError, private_file
from layers.db import Connection
from layers.register.rights.sample import load_sample_rights

FILE = "demo-accounts.json"
_PEOPLE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("reception", "Vũ Thị Quầy (thử nghiệm)", ("reception",)),
    ("surveyor", "Bùi Văn Đo (thử nghiệm)", ("surveyor",)),
    ("officer", "Nguyễn Văn Địa (thử nghiệm)", ("land_officer",)),
    ("approver", "Trần Thị Duyệt (thử nghiệm)", ("approver",)),
    ("registrar", "Phạm Văn Sổ (thử nghiệm)", ("registrar",)),
    ("inspector", "Lý Văn Thanh (thử nghiệm)", ("inspector",)),
    ("analyst", "Ngô Thị Phân (thử nghiệm)", ("analyst",)),
    ("leader", "Hoàng Thị Lãnh (thử nghiệm)", ("leader",)),
    ("admin", "Đỗ Quản Trị (thử nghiệm)", ("administrator",)),
    ("citizen", "Lê Công Dân (thử nghiệm)", ("citizen",)),
)


@dataclass(frozen=True)
class DemoAccount:
    """What `geo-service up` prints. `password` is None when somebody has changed it."""

    login: str
    password: str | None
    roles: str


def ensure_demo_accounts(conn: Connection, settings: Settings) -> list[DemoAccount]:
    """Make the demonstration accounts that are missing. Raises SettingsError in production.

    The passwords outlive `db reset`: they are made once per data folder and kept there with mode 600.
    """
    if settings.production:
        raise SettingsError(
            "settings",
            "There are no demonstration accounts in production.",
            "Không có tài khoản thử trong môi trường thật.",
        )
    path = settings.data_dir / FILE
    kept: dict[str, str] = json.loads(private_file(path, lambda: "{}"))
    if missing := {login for login, _, _ in _PEOPLE} - kept.keys():
        kept |= {login: secrets.token_urlsafe(12) for login in sorted(missing)}
        path.write_text(json.dumps(kept), encoding="utf-8")
    accounts = []
    for login, name, roles in _PEOPLE:
        password = kept.get(login)
        row = conn.execute("SELECT id, password_hash FROM accounts.account WHERE login = %s", [login]).fetchone()
        if row is None and password:
            add_account(conn, login, password, name=name, roles=roles, demo=True)
        elif row is not None and (not password or not passwords.matches(row["password_hash"], password)):
            password = None
        accounts.append(DemoAccount(login, password, ", ".join(roles)))
    return accounts


def ensure_demo_rights(conn: Connection, settings: Settings) -> None:
    """Invented holders of rights in the simulated city, once; the demonstration citizen is the first of them."""
    row = conn.execute(
        "SELECT simulated AND NOT EXISTS (SELECT 1 FROM rights.party) AS due FROM fabric.deployment"
    ).fetchone()
    if row and row["due"]:
        made = load_sample_rights(conn, Vault(settings.personal_secret()))
        conn.execute("UPDATE accounts.account SET party_id = %s WHERE login = 'citizen' AND demo", [made.person])
