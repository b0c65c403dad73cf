"""What a route depends on: who is there, and proof that a request was made by our own pages."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from geo_service.accounts.models import Account
from geo_service.accounts.service import find_session
from geo_service.deps import Connection
from geo_service.settings import Settings
from layers.errors import Forbidden, NotSignedIn

COOKIE = "geo_session"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
REQUESTED_WITH = "geo-service"


def demo_allowed(request: Request) -> bool:
    """Demonstration accounts exist in development only, also when a database is carried over."""
    settings: Settings = request.app.state.settings
    return not settings.production


def current_account(request: Request, conn: Connection) -> Account | None:
    """Who is signed in; None for a visitor. An ended or invented token is a visitor's."""
    token = request.cookies.get(COOKIE)
    return find_session(conn, token, demo=demo_allowed(request)) if token else None


CurrentAccount = Annotated[Account | None, Depends(current_account)]


def require_officer(account: CurrentAccount) -> Account:
    """The officer who is signed in. Raises NotSignedIn (401) for a visitor, Forbidden (403) for anyone else."""
    if account is None:
        raise NotSignedIn("not-signed-in", "Sign in to do this.", "Hãy đăng nhập để thực hiện.")
    if account.role != "officer":
        raise Forbidden("not-an-officer", "Only land officers may do this.", "Chỉ cán bộ địa chính được thực hiện.")
    return account


Officer = Annotated[Account, Depends(require_officer)]


def csrf_guard(request: Request) -> None:
    """Refuse a change that another site could have made a signed-in browser send.

    A page of another origin cannot add the header without asking (CORS, and we answer no); `Origin` and
    `Sec-Fetch-Site`, where the browser sends them, must agree.
    """
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("origin")
    same_origin = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if (
        request.headers.get("x-requested-with") != REQUESTED_WITH
        or not same_origin
        or request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    ):
        raise Forbidden(
            "csrf",
            f"Changes must come from this site, with the header X-Requested-With: {REQUESTED_WITH}.",
            f"Yêu cầu thay đổi phải đến từ chính trang này, kèm tiêu đề X-Requested-With: {REQUESTED_WITH}.",
        )
