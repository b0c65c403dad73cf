"""What routes ask for: a database connection of the right login, inside one transaction.

The transaction is committed when the route ends well and rolled back on any error. Nobody calls `commit()` in the middle; notices, queued jobs and
entries of the audit log share its fate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import psycopg
from fastapi import Depends, Request
from psycopg.rows import DictRow

from geo_service.accounts.models import Account
from geo_service.accounts.sessions import enter
from geo_service.deadlines import given_up
from geo_service.rates import proven
from geo_service.settings import Settings
from layers.errors import Forbidden, NotSignedIn

COOKIE = "geo_session"
EDIT = "edit"  # the scope of tokens that may change something


def cookie_name(settings: Settings) -> str:
    """Over HTTPS the browser itself holds the cookie to this host and to secure connections (prefix __Host-, RFC 6265bis)."""
    return f"__Host-{COOKIE}" if settings.cookies_are_secure else COOKIE


def secret_of(request: Request) -> str | None:
    """The access token or session of a request. A token in the header wins: then the cookie counts for nothing."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip() or None
    return request.cookies.get(cookie_name(request.app.state.settings))


def demo_allowed(request: Request) -> bool:
    """Demonstration accounts exist in development only, also when a database is carried over."""
    settings: Settings = request.app.state.settings
    return not settings.production


@dataclass(frozen=True)
class Access:
    """A connection and who uses it; `account` None is a visitor, served by the login that reads nothing personal."""

    conn: psycopg.Connection[DictRow]
    account: Account | None


def _drop_if_given_up(request: Request, connection: psycopg.Connection[DictRow]) -> None:
    """A request that took too long was refused already: what it did must not be kept."""
    if given_up(request):
        connection.rollback()


def get_public(request: Request) -> Iterator[psycopg.Connection[DictRow]]:
    with request.app.state.public_pool.connection() as connection:
        yield connection
        _drop_if_given_up(request, connection)


def get_access(request: Request) -> Iterator[Access]:
    if secret := secret_of(request):
        with request.app.state.pool.connection() as connection:
            if account := enter(connection, secret, demo=demo_allowed(request)):
                proven(request, account.id)
                yield Access(connection, account)
                _drop_if_given_up(request, connection)
                return
    with request.app.state.public_pool.connection() as connection:
        yield Access(connection, None)
        _drop_if_given_up(request, connection)


def _check_scope(request: Request, account: Account) -> None:
    """A token that was made for reading changes nothing, whatever its account may."""
    if account.scopes is not None and EDIT not in account.scopes and request.method not in ("GET", "HEAD"):
        raise Forbidden("token-reads-only", "This access token is for reading.", "Mã truy cập này chỉ dùng để đọc.")


def get_signed_in(request: Request) -> Iterator[Access]:
    secret = secret_of(request)
    if secret:
        with request.app.state.pool.connection() as connection:
            if account := enter(connection, secret, demo=demo_allowed(request)):
                proven(request, account.id)
                _check_scope(request, account)
                yield Access(connection, account)
                _drop_if_given_up(request, connection)
                return
    raise NotSignedIn("not-signed-in", "Sign in to do this.", "Hãy đăng nhập để thực hiện.")


def get_gate(request: Request) -> Iterator[Access]:
    with request.app.state.gate_pool.connection() as connection:
        secret = secret_of(request)
        account = enter(connection, secret, demo=demo_allowed(request)) if secret else None
        if account:
            proven(request, account.id)
        yield Access(connection, account)
        _drop_if_given_up(request, connection)


PublicConnection = Annotated[psycopg.Connection[DictRow], Depends(get_public, scope="function")]
"""For everybody: the login that reads no personal column."""
Visit = Annotated[Access, Depends(get_access, scope="function")]
"""Open to everybody, tells more to who is signed in."""
SignedInAccess = Annotated[Access, Depends(get_signed_in, scope="function")]
GateAccess = Annotated[Access, Depends(get_gate, scope="function")]
"""For credentials: passwords, second factors, sessions."""


def get_connection(access: SignedInAccess) -> psycopg.Connection[DictRow]:
    return access.conn


def get_account(access: SignedInAccess) -> Account:
    assert access.account is not None
    return access.account


Connection = Annotated[psycopg.Connection[DictRow], Depends(get_connection, scope="function")]
"""Acting for the account that is signed in (401 otherwise); rows are seen by unit."""
SignedIn = Annotated[Account, Depends(get_account, scope="function")]
