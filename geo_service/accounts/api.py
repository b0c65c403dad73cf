"""Routes of the session and of one's own account: sign in and out, second factor, password, sessions, access tokens."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from psycopg_pool import ConnectionPool

from geo_service.accounts import assignments, passwords, service, sessions, tokens, totp
from geo_service.accounts.guards import csrf_guard
from geo_service.accounts.models import Account
from geo_service.accounts.schemas import (
    CodeIn,
    Credentials,
    HeldRole,
    NewToken,
    OwnSessions,
    PasswordChange,
    Provider,
    RecoveryCodes,
    Session,
    SignInWays,
    TokenIn,
    Tokens,
    TotpSecret,
    User,
)
from geo_service.deps import Connection, GateAccess, SignedIn, Visit, cookie_name, demo_allowed, secret_of
from geo_service.settings import Settings
from layers.db import Connection as Conn
from layers.errors import Forbidden, NotSignedIn

router = APIRouter(tags=["account"], dependencies=[Depends(csrf_guard)])


def session_of(request: Request, conn: Conn, account: Account | None) -> Session:
    """The session as its owner sees it."""
    settings: Settings = request.app.state.settings
    ways = SignInWays(oidc=Provider(name=settings.oidc_name) if settings.oidc_issuer else None)
    if account is None:
        return Session(user=None, sign_in=ways)
    names = {row["code"]: row for row in conn.execute("SELECT code, name_vi, name_en FROM accounts.role").fetchall()}
    held = [
        HeldRole(
            role=one.role,
            name_vi=names[one.role]["name_vi"],
            name_en=names[one.role]["name_en"],
            unit=one.unit,
            unit_name=one.unit_name,
            until=one.valid_until,
            deputy_for=one.deputy_for,
        )
        for one in assignments.of_account(conn, account.id, ended=False)
    ]
    works = any(one.role != "citizen" for one in held)
    needs = None if account.level >= 2 or not works else "stronger-sign-in" if account.has_totp else "enrol-totp"
    user = User.model_validate(
        {
            "login": account.login,
            "name": account.name,
            "level": account.level,
            "needs": needs,
            "id": account.id,
            "has_totp": account.has_totp,
            "demo": account.demo,
            "person": account.party_id is not None,
            "capabilities": account.capabilities,
            "roles": held,
        }
    )
    return Session(user=user, sign_in=ways)


@router.get("/api/session")
def read_session(request: Request, visit: Visit) -> Session:
    """Who is signed in, and what the person may do where."""
    return session_of(request, visit.conn, visit.account)


@router.post("/api/session")
def create_session(credentials: Credentials, request: Request, response: Response) -> Session:
    """Sign in. A session the browser already had ends."""
    gate: ConnectionPool[Conn] = request.app.state.gate_pool
    token = sessions.sign_in(
        gate.connection,
        request.app.state.vault,
        credentials.login,
        credentials.password,
        credentials.code,
        address=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent", ""),
        demo=demo_allowed(request),
    )
    if previous := request.cookies.get(cookie_name(request.app.state.settings)):
        with gate.connection() as conn:
            sessions.sign_out(conn, previous)
    set_cookie(request, response, token)
    pool: ConnectionPool[Conn] = request.app.state.pool
    with pool.connection() as conn:
        account = sessions.enter(conn, token, demo=demo_allowed(request))
        return session_of(request, conn, account)


def set_cookie(request: Request, response: Response, token: str) -> None:
    """Give the browser its session: not readable by scripts, not sent along from other sites' forms."""
    settings: Settings = request.app.state.settings
    response.set_cookie(
        cookie_name(settings),
        token,
        max_age=int(sessions.SESSION_LONGEST.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=settings.cookies_are_secure,
    )


@router.delete("/api/session", status_code=204)
def delete_session(request: Request, response: Response, access: GateAccess) -> None:
    """Sign out. Harmless when nobody is signed in."""
    if token := request.cookies.get(cookie_name(request.app.state.settings)):
        sessions.sign_out(access.conn, token)
    settings: Settings = request.app.state.settings
    response.delete_cookie(cookie_name(settings), httponly=True, samesite="lax", secure=settings.cookies_are_secure)


def own_session(access: GateAccess) -> Account:
    """The account of a session (an access token does not reach credentials), acting under the gate's login."""
    if access.account is None:
        raise NotSignedIn("not-signed-in", "Sign in to do this.", "Hãy đăng nhập để thực hiện.")
    if access.account.scopes is not None:
        raise Forbidden(
            "session-needed", "Do this in a browser session.", "Việc này cần phiên đăng nhập trên trình duyệt."
        )
    return access.account


@router.post("/api/me/totp")
def begin_totp(request: Request, access: GateAccess) -> TotpSecret:
    """A secret for the authenticator; in force once a code has confirmed it."""
    account = own_session(access)
    return TotpSecret(**totp.begin(access.conn, request.app.state.vault, account.id, account.login))


@router.post("/api/me/totp/confirm")
def confirm_totp(request: Request, access: GateAccess, body: CodeIn) -> RecoveryCodes:
    """Put the second factor in force. This session now counts as strong; the recovery codes are shown this once."""
    account = own_session(access)
    codes = totp.confirm(access.conn, request.app.state.vault, account.id, body.code)
    sessions.raise_level(access.conn, secret_of(request) or "")
    sessions.write_audit(access.conn, "account.totp_confirmed", f"account:{account.id}")
    return RecoveryCodes(recovery_codes=codes)


@router.post("/api/me/password", status_code=204)
def change_password(request: Request, access: GateAccess, body: PasswordChange, response: Response) -> None:
    """Change one's own password. Every session ends, this one too."""
    account = own_session(access)
    row = access.conn.execute("SELECT password_hash FROM accounts.account WHERE id = %s", [account.id]).fetchone()
    if row is None or not passwords.matches(row["password_hash"], body.old):
        raise NotSignedIn("wrong-credentials", "The old password is wrong.", "Mật khẩu cũ không đúng.")
    service.set_own_password(access.conn, account, body.new)
    response.delete_cookie(
        cookie_name(request.app.state.settings), secure=request.app.state.settings.cookies_are_secure
    )


def session_account(account: SignedIn) -> Account:
    """The account of a session: an access token that leaked ends no sessions and withdraws no tokens. Raises NotSignedIn, Forbidden."""
    if account.scopes is not None:
        raise Forbidden(
            "session-needed", "Do this in a browser session.", "Việc này cần phiên đăng nhập trên trình duyệt."
        )
    return account


InSession = Annotated[Account, Depends(session_account)]


@router.get("/api/me/sessions")
def my_sessions(conn: Connection, account: InSession) -> OwnSessions:
    """Where one is signed in."""
    return OwnSessions.model_validate({"items": sessions.of_account(conn, account)})


@router.delete("/api/me/sessions/{session_id}", status_code=204)
def end_session(conn: Connection, account: InSession, session_id: int) -> None:
    """End one of one's sessions."""
    sessions.end_one(conn, account, session_id)


@router.get("/api/me/tokens")
def my_tokens(conn: Connection, account: InSession) -> Tokens:
    """Access tokens that are in force."""
    return Tokens.model_validate({"items": tokens.mine(conn, account)})


@router.post("/api/me/tokens", status_code=201)
def make_token(conn: Connection, account: InSession, body: TokenIn) -> NewToken:
    """A new access token; it is shown this once."""
    return NewToken.model_validate(tokens.make(conn, account, body.name, body.scopes, body.days))


@router.delete("/api/me/tokens/{token_id}", status_code=204)
def revoke_token(conn: Connection, account: InSession, token_id: int) -> None:
    """Withdraw an access token."""
    tokens.revoke(conn, account, token_id)
