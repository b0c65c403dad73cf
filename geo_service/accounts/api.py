"""Routes of the session: who am I, sign in, sign out."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response
from psycopg_pool import ConnectionPool

from geo_service.accounts import service
from geo_service.accounts.guards import COOKIE, CurrentAccount, csrf_guard, demo_allowed
from geo_service.accounts.schemas import Credentials, Session
from geo_service.deps import Connection
from geo_service.settings import Settings

router = APIRouter(tags=["session"], dependencies=[Depends(csrf_guard)])


@router.get("/api/session")
def read_session(account: CurrentAccount, response: Response) -> Session:
    """Who is signed in."""
    response.headers["Cache-Control"] = "no-store"
    return Session.of(account)


@router.post("/api/session")
def create_session(credentials: Credentials, request: Request, response: Response) -> Session:
    """Sign in. A session the browser already had ends."""
    pool: ConnectionPool[service.Connection] = request.app.state.pool
    settings: Settings = request.app.state.settings
    account, token = service.sign_in(
        pool.connection,
        credentials.login,
        credentials.password,
        address=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent", ""),
        demo=demo_allowed(request),
    )
    if previous := request.cookies.get(COOKIE):
        with pool.connection() as conn:
            service.sign_out(conn, previous)
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(service.SESSION_LONGEST.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=settings.cookies_are_secure,
    )
    response.headers["Cache-Control"] = "no-store"
    return Session.of(account)


@router.delete("/api/session", status_code=204)
def delete_session(request: Request, response: Response, conn: Connection) -> None:
    """Sign out. Harmless when nobody is signed in."""
    if token := request.cookies.get(COOKIE):
        service.sign_out(conn, token)
    settings: Settings = request.app.state.settings
    response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=settings.cookies_are_secure)
