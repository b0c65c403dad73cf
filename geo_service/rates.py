"""How often one account or address may ask: so many requests a minute, so many open streams.

A request is counted by its account only once its session or token has been proven (`proven`); until then, and with invented ones for ever, by
its address. So nobody gets a fresh allowance by sending a fresh cookie. Counting is in memory and for each server process: with
two processes the real ceiling lies between one and two times the numbers.

The counting itself is the generic cell rate algorithm: one float a key. The memory storage of the package `limits` was considered; its
asynchronous form walks over all keys at every request, which costs most exactly when many addresses press (see docs/security/asvs.md, 2.4.1).
"""

from __future__ import annotations

import functools
import hashlib
import ipaddress
import math
import re
import time
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from geo_service.errors import problem_response
from layers.errors import TooMany

log = structlog.get_logger(__name__)

MINUTE = 60.0
KEYS = 20_000  # of one bucket; beyond it the least spent are forgotten
PROVEN_FOR = 300.0  # seconds a token is counted by its account before it must be proven again
CALLER = "geo.caller"
COUNTED = ("/api/", "/ogc/", "/stac/")
SEARCHES = frozenset({"/api/search", "/api/parties/search"})
TRACK = "/api/track"  # codes follow each other: who tries them one by one is slow
PARTNERS = re.compile(r"/api/partners/[a-z]+/messages")
STREAM = "/live"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Key = tuple[str, str | int]


@dataclass(frozen=True)
class Numbers:
    """Requests a minute, and streams open at once."""

    anonymous: int = 600
    signed_in: int = 1_200
    changes: int = 240
    search: int = 300
    streams: int = 64
    partners: int = 6_000
    track: int = 60


class Bucket:
    """`per_minute` requests for each key: at once after a quiet minute, evenly spread otherwise. Times come from a clock that never goes back."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self.interval = MINUTE / per_minute
        self.spent_until: dict[Key, float] = {}

    def wait(self, key: Key, now: float) -> float:
        """0 for a request that may go on, which is then counted; otherwise the seconds until one may. A refusal is not counted."""
        after = max(self.spent_until.get(key, 0.0), now) + self.interval
        over = after - now - MINUTE
        if over > 1e-6:  # rounding is nobody's fault
            return over
        if len(self.spent_until) >= KEYS and key not in self.spent_until:
            self._forget(now)
        self.spent_until[key] = after
        return 0.0

    def _forget(self, now: float) -> None:
        """Keys that have nothing spent, and if those are few, the less spent half: whoever pressed hardest stays known."""
        alive = {key: until for key, until in self.spent_until.items() if until > now}
        if len(alive) > KEYS // 2:
            alive = dict(sorted(alive.items(), key=lambda item: item[1])[len(alive) // 2 :])
        self.spent_until = alive


class Caller:
    """Who a request turns out to be; filled in by `proven` while it is handled."""

    __slots__ = ("account",)

    def __init__(self) -> None:
        self.account: int | None = None


def proven(request: HTTPConnection, account: int) -> None:
    """Say that the session or token of this request is good. From the next request on it is counted by its account."""
    caller = request.scope.get(CALLER)
    if caller is not None:
        caller.account = account


class RateLimits:
    """ASGI middleware. Tiles, pages and files are not counted, streams only while they are open."""

    def __init__(self, app: ASGIApp, numbers: Numbers) -> None:
        self.app = app
        self.anonymous = Bucket(numbers.anonymous)
        self.signed_in = Bucket(numbers.signed_in)
        self.changes = Bucket(numbers.changes)
        self.search = Bucket(numbers.search)
        self.partners = Bucket(numbers.partners)
        self.track = Bucket(numbers.track)
        self.streams = numbers.streams
        self.open: dict[str, int] = {}
        self.known: dict[bytes, tuple[int, float]] = {}
        self.told: dict[Key, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"] == STREAM:
            await self._stream(scope, receive, send)
        elif scope["path"].startswith(COUNTED):
            await self._request(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        now = time.monotonic()
        if scope["method"] == "POST" and PARTNERS.fullmatch(scope["path"]):
            await self._partner(scope, receive, send, now)
            return
        shown = shown_digest(scope)
        account = self._account(shown, now)
        key: Key = ("address", address_of(scope)) if account is None else ("account", account)
        wait = (self.anonymous if account is None else self.signed_in).wait(key, now)
        if not wait and scope["method"] not in SAFE:
            wait = self.changes.wait(key, now)
        if not wait and scope["path"] in SEARCHES:
            wait = self.search.wait(key, now)
        if not wait and scope["path"] == TRACK:
            wait = self.track.wait(key, now)
        if wait:
            self._tell(key, now)
            await _refuse_requests(math.ceil(wait))(scope, receive, send)
            return
        if shown is None or account is not None:
            await self.app(scope, receive, send)
            return
        caller = scope[CALLER] = Caller()
        try:
            await self.app(scope, receive, send)
        finally:
            if caller.account is not None:
                self._remember(shown, caller.account, now)

    async def _partner(self, scope: Scope, receive: Receive, send: Send, now: float) -> None:
        """Partners post many messages from one address; each is believed for its signature only."""
        key: Key = ("address", address_of(scope))
        if wait := self.partners.wait(key, now):
            self._tell(key, now)
            await _refuse_requests(math.ceil(wait))(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _account(self, shown: bytes | None, now: float) -> int | None:
        if shown is None:
            return None
        account, until = self.known.get(shown, (None, 0.0))
        return account if until > now else None

    def _remember(self, shown: bytes, account: int, now: float) -> None:
        if len(self.known) >= KEYS:
            self.known = {digest: entry for digest, entry in self.known.items() if entry[1] > now}
        if len(self.known) >= KEYS:
            self.known.clear()  # all are proven again by their next request
        self.known[shown] = account, now + PROVEN_FOR

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = address_of(scope)
        if self.open.get(address, 0) >= self.streams:
            self._tell(("streams", address), time.monotonic())
            await _refuse_streams(self.streams)(scope, receive, send)
            return
        self.open[address] = self.open.get(address, 0) + 1
        try:
            await self.app(scope, receive, send)
        finally:
            left = self.open[address] - 1
            if left:
                self.open[address] = left
            else:
                del self.open[address]

    def _tell(self, key: Key, now: float) -> None:
        """One line in the log for whoever is refused, at most once a minute each."""
        if self.told.get(key, 0.0) > now:
            return
        if len(self.told) >= KEYS:
            self.told.clear()
        self.told[key] = now + MINUTE
        log.warning("too many requests", by=key[0], who=key[1])


def shown_digest(scope: Scope) -> bytes | None:
    """A digest of the cookies and the token that a request shows; None for one that shows nothing."""
    shown = [name + value for name, value in scope["headers"] if name in (b"cookie", b"authorization")]
    return hashlib.blake2b(b"\0".join(shown), digest_size=16).digest() if shown else None


def address_of(scope: Scope) -> str:
    """The network that counts as one asker. uvicorn has put the client's own address here when a trusted proxy named it."""
    client: Any = scope.get("client")
    return network_of(client[0]) if client else ""


@functools.lru_cache(maxsize=4096)
def network_of(host: str) -> str:
    """An IPv4 address as it is; of an IPv6 address its /64, for that is what one household is given."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host[:64]  # a test's client, or the name of a socket
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))


def _refuse_requests(seconds: int) -> ASGIApp:
    problem = TooMany(
        "too-many-requests",
        f"Too many requests; wait {seconds} s.",
        f"Quá nhiều yêu cầu; hãy đợi {seconds} giây.",
        retry_after_s=seconds,
    )
    return problem_response(problem.document(), {"Retry-After": str(seconds)})


def _refuse_streams(most: int) -> ASGIApp:
    problem = TooMany(
        "too-many-streams",
        f"More than {most} live maps are open at this address; close some.",
        f"Có hơn {most} bản đồ trực tiếp đang mở từ địa chỉ này; hãy đóng bớt.",
        retry_after_s=10,
    )
    return problem_response(problem.document(), {"Retry-After": "10"})
