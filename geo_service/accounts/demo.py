"""Demonstration accounts: in development only, each with a random password that lives in the data folder."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Literal

from geo_service.accounts import passwords
from geo_service.accounts.models import Role
from geo_service.accounts.service import Connection, add_account
from geo_service.settings import Settings, SettingsError, private_file

FILE = "demo-accounts.json"
_PEOPLE: tuple[tuple[str, str, Role], ...] = (
    ("officer", "Nguyễn Văn Địa (thử nghiệm)", "officer"),
    ("officer2", "Trần Thị Chính (thử nghiệm)", "officer"),
    ("citizen", "Lê Công Dân (thử nghiệm)", "public"),
)


@dataclass(frozen=True)
class DemoAccount:
    """What `geo-service up` prints. `password` is None when somebody has changed it."""

    login: str
    password: str | None
    role: Literal["officer", "public"]


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
    text = private_file(
        settings.data_dir / FILE, lambda: json.dumps({login: secrets.token_urlsafe(12) for login, _, _ in _PEOPLE})
    )
    kept: dict[str, str] = json.loads(text)
    accounts = []
    for login, name, role in _PEOPLE:
        password = kept.get(login)
        row = conn.execute("SELECT password_hash FROM accounts.account WHERE login = %s", [login]).fetchone()
        if row is None and password:
            add_account(conn, login, password, name=name, role=role, demo=True)
        elif row is not None and (not password or not passwords.matches(row["password_hash"], password)):
            password = None
        accounts.append(DemoAccount(login, password, role))
    return accounts
