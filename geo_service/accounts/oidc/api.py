"""To the provider and back. Whatever goes wrong on the way ends at the first page with `?sign_in_error=<slug>`, an entry in the log, and no session.

Asking the provider waits in the event loop, so a slow one holds no thread and no database connection.
"""

from __future__ import annotations

import hashlib

import structlog
from fastapi import APIRouter, Request
from psycopg_pool import ConnectionPool
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from geo_service.accounts.api import set_cookie
from geo_service.accounts.oidc.config import CALLBACK
from geo_service.accounts.oidc.people import account_of, admit
from geo_service.accounts.oidc.provider import Person, Provider
from geo_service.accounts.oidc.refusal import SignInRefused
from geo_service.accounts.oidc.state import SECONDS, Flow
from geo_service.accounts.sessions import open_session, sign_out, write_audit
from geo_service.deps import cookie_name, demo_allowed
from geo_service.settings import Settings
from layers.db import Connection
from layers.errors import NotFound

router = APIRouter(tags=["account"])
log = structlog.get_logger(__name__)

FLOW_COOKIE = "geo_oidc"
FLOW_PATH = "/api/oidc"


def provider_of(request: Request) -> Provider:
    """The provider of this deployment, with what is known of it. Raises NotFound where none is configured."""
    settings: Settings = request.app.state.settings
    config = settings.oidc()
    if config is None:
        raise NotFound("no-provider", "No identity provider is configured.", "Chưa cấu hình nhà cung cấp danh tính.")
    known: Provider | None = getattr(request.app.state, "oidc", None)
    if known is None:
        known = request.app.state.oidc = Provider(config)
    return known


@router.get("/api/oidc/start", status_code=303, response_class=RedirectResponse)
async def start(request: Request, return_to: str = "/") -> Response:
    """To the provider, with a cookie that ties its answer to this browser."""
    provider = provider_of(request)
    flow = Flow.begin(return_to)
    settings: Settings = request.app.state.settings
    try:
        there = await provider.address(flow, _redirect_uri(request, provider))
    except SignInRefused as refusal:
        return await run_in_threadpool(_refused, request, refusal)
    answer = _to(there)
    answer.set_cookie(
        _flow_cookie(settings),
        flow.sealed(settings.secret()),
        max_age=SECONDS,
        path=FLOW_PATH,
        httponly=True,
        samesite="lax",
        secure=settings.cookies_are_secure,
    )
    return answer


@router.get("/api/oidc/callback", status_code=303, response_class=RedirectResponse)
async def callback(
    request: Request, state: str = "", code: str = "", error: str = "", iss: str | None = None
) -> Response:
    """Back from the provider: a session for the person it proves."""
    provider = provider_of(request)
    settings: Settings = request.app.state.settings
    try:
        await run_in_threadpool(_admit, request, state)
        flow = Flow.opened(request.cookies.get(_flow_cookie(settings)), settings.secret(), state)
        await provider.check_sender(iss)
        if error:
            code = ""  # whatever else it says
        person = await provider.person(flow, code, _redirect_uri(request, provider))
        token = await run_in_threadpool(_session, request, provider, person, state)
    except SignInRefused as refusal:
        answer = await run_in_threadpool(_refused, request, refusal)
    else:
        answer = _to(flow.return_to)
        set_cookie(request, answer, token)
    answer.delete_cookie(
        _flow_cookie(settings), path=FLOW_PATH, httponly=True, samesite="lax", secure=settings.cookies_are_secure
    )
    return answer


def _admit(request: Request, state: str) -> None:
    """Count this use of a state. Raises SignInRefused."""
    gate: ConnectionPool[Connection] = request.app.state.gate_pool
    mark, address = _mark(state), _address(request)
    with gate.connection() as conn:
        conn.execute("INSERT INTO accounts.attempt (login, address) VALUES (%s, %s)", [mark, address])
    with gate.connection() as conn:  # another transaction: uses at the same moment must see each other
        refusal = admit(conn, mark, address)
    if refusal is not None:
        raise refusal


def _session(request: Request, provider: Provider, person: Person, state: str) -> str:
    """The token of a new session; the one that the browser had before ends."""
    gate: ConnectionPool[Connection] = request.app.state.gate_pool
    demo, acr = demo_allowed(request), person.acr
    with gate.connection() as conn:
        token = open_session(
            conn,
            account_of(conn, request.app.state.vault, provider.config.issuer, person, demo=demo),
            level=2 if provider.config.is_strong(acr) else 1,
            method="oidc",
            user_agent=request.headers.get("user-agent", ""),
            address=_address(request),
            factor=acr if acr is not None and acr in provider.config.acr_levels else "oidc",
            demo=demo,
        )
        conn.execute("DELETE FROM accounts.attempt WHERE login = %s", [_mark(state)])  # no failure of this address;
        conn.execute(
            "INSERT INTO accounts.attempt (login, address) VALUES (%s, '')", [_mark(state)]
        )  # used all the same
    if previous := request.cookies.get(cookie_name(request.app.state.settings)):
        with gate.connection() as conn:
            sign_out(conn, previous)
    return token


def _refused(request: Request, refusal: SignInRefused) -> Response:
    """Back to the first page, saying why. Somebody who presses on and on is not written down every time."""
    log.warning("session.refused", slug=refusal.slug, cause=refusal.cause)
    if refusal.slug != "too-many-attempts":
        gate: ConnectionPool[Connection] = request.app.state.gate_pool
        with gate.connection() as conn:
            write_audit(
                conn,
                "session.refused",
                f"account:{refusal.account or 'unknown'}",
                detail={"method": "oidc", "why": refusal.slug, "cause": refusal.cause, "address": _address(request)},
            )
    return _to(f"/?sign_in_error={refusal.slug}")


def _to(where: str) -> Response:
    return RedirectResponse(where, 303, {"Cache-Control": "no-store"})


def _redirect_uri(request: Request, provider: Provider) -> str:
    """Where the provider sends the browser back to. Without a setting, as the browser calls us; the provider knows which addresses are ours."""
    return provider.config.redirect_uri or str(request.base_url).rstrip("/") + CALLBACK


def _flow_cookie(settings: Settings) -> str:
    return f"__Secure-{FLOW_COOKIE}" if settings.cookies_are_secure else FLOW_COOKIE


def _mark(state: str) -> str:
    return "oidc:" + hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()[:40]


def _address(request: Request) -> str:
    return (request.client.host if request.client else "")[:64]
