"""Headers that make a browser careful with every answer: pages, data, tiles, files, refusals and crashes.

`Guarded` is the application's class: it puts the headers around everything, also around the handler of crashes, which Starlette keeps outside
of an application's own middleware, and around the tiles that are answered before the framework is asked. What a route has set itself stays.
Only a request that is no HTTP at all gets uvicorn's bare 400 without them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from fastapi import FastAPI
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Pair = tuple[bytes, bytes]

NONCE_TOKEN = "__CSP_NONCE__"  # noqa: S105  (a place in index.html)
DATA_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For what is no page: opened directly, it loads and runs nothing."""
FILE_POLICY = (
    "default-src 'none'; script-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self' blob:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""For scripts: a worker obeys the policy of its own file, and the map's worker has to fetch tiles."""
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; font-src 'self';"
    " worker-src 'self' blob:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'; object-src 'none'"
)
FEATURES = (
    "camera=(), microphone=(), payment=(), usb=(), serial=(), bluetooth=(), display-capture=(), geolocation=(self)"
)
ONE_YEAR = "max-age=31536000; includeSubDomains"

SHORT = (("X-Content-Type-Options", "nosniff"), ("Cross-Origin-Resource-Policy", "same-origin"))
LONG = (
    *SHORT,
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", FEATURES),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
NO_STORE: Pair = (b"cache-control", b"no-store")
IDENTIFYING = frozenset({b"cookie", b"authorization"})


def page(html: str) -> Response:
    """The first page: its nonce token replaced by the one that the policy of this answer names.

    It carries no validator: a 304 would pair the page that a browser has kept with the nonce of another answer.
    """
    nonce = secrets.token_urlsafe(16)
    policy = PAGE_POLICY.format(nonce=nonce)
    return HTMLResponse(
        html.replace(NONCE_TOKEN, nonce), headers={"Content-Security-Policy": policy, "Cache-Control": "no-cache"}
    )


class SecurityHeaders:
    """ASGI wrapper. `secure`: the site is served over HTTPS, so browsers may be told to insist on it.

    The headers are made once; an answer costs one wrapped call and the joining of two lists.
    """

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app = app
        insist = (("Strict-Transport-Security", ONE_YEAR),) if secure else ()
        self.tile = _encoded((*SHORT, *insist, ("Content-Security-Policy", DATA_POLICY)))
        self.file = _encoded((*LONG, *insist, ("Content-Security-Policy", FILE_POLICY)))
        self.other = _encoded((*LONG, *insist, ("Content-Security-Policy", DATA_POLICY)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path: str = scope["path"]
        if path.startswith("/tiles/"):
            ours = self.tile
        elif path.startswith("/assets/"):
            ours = self.file
        else:
            ours = self.other
            if path.startswith("/api/") and any(name in IDENTIFYING for name, _ in scope["headers"]):
                ours = (*ours, NO_STORE)  # what is said to somebody in particular is kept by no cache

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = merged(message.get("headers", ()), ours)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _encoded(headers: Iterable[tuple[str, str]]) -> tuple[Pair, ...]:
    return tuple((name.lower().encode(), value.encode()) for name, value in headers)


def merged(given: Iterable[Pair], ours: tuple[Pair, ...]) -> list[Pair]:
    """All headers of the answer, and those of ours that it lacks. Names are in lower case, as ASGI has them."""
    result = list(given)
    names = {name for name, _ in result}
    result += [pair for pair in ours if pair[0] not in names]
    return result


class Guarded(FastAPI):
    """A FastAPI application none of whose answers leaves without the headers. Needs `state.settings`."""

    def build_middleware_stack(self) -> ASGIApp:
        return SecurityHeaders(super().build_middleware_stack(), secure=self.state.settings.cookies_are_secure)
