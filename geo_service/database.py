"""The logins of the service on its database: one for everybody, one for the gate, one for those signed in, one for analysts.

What each may touch is in accounts/sql/roles.sql. The embedded cluster knows its clients by their system user and asks for no password. Another server
does: there each login's password is derived from the deployment's secret, and set by the owner's login at the start if it does not fit yet.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Literal

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from geo_service.settings import Settings

Login = Literal["geo_public", "geo_gate", "geo_service", "geo_analyst"]
LOGINS: tuple[Login, ...] = ("geo_public", "geo_gate", "geo_service", "geo_analyst")


def address_of(url: str, login: Login, settings: Settings) -> str:
    """libpq address of the same database for one of the logins."""
    if settings.database_logins == "owner":
        return url
    facts = conninfo_to_dict(url)
    facts["user"] = login
    facts.pop("password", None)
    if not _by_system_user(url):
        facts["password"] = _password(login, settings)
    return make_conninfo("", **facts)


def ensure_logins(url: str, settings: Settings) -> None:
    """Give the logins their passwords where the server asks for any and they do not fit. `url` is the owner's address.

    Raises psycopg.Error when the owner may not do that.
    """
    if settings.database_logins == "owner" or _by_system_user(url):
        return
    for login in LOGINS:
        try:
            psycopg.connect(address_of(url, login, settings), connect_timeout=10).close()
        except psycopg.OperationalError:
            with psycopg.connect(url) as owner:
                owner.execute(
                    sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                        sql.Identifier(login), sql.Literal(_password(login, settings))
                    )
                )
            psycopg.connect(address_of(url, login, settings), connect_timeout=10).close()


def _by_system_user(url: str) -> bool:
    """Whether the server is ours, on a socket: it maps system users to logins."""
    facts = conninfo_to_dict(url)
    return str(facts.get("host", "")).startswith("/") and "password" not in facts


def _password(login: str, settings: Settings) -> str:
    return hmac.new(settings.secret().encode(), f"database login {login}".encode(), hashlib.sha256).hexdigest()
