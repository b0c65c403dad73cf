"""Nobody gets more than a fair share of requests, and nobody can be kept out by inventing cookies."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from geo_service import rates
from geo_service.rates import Bucket, Numbers, RateLimits, network_of, proven

FEW = Numbers(anonymous=6, signed_in=12, changes=3, search=4, streams=2)
ACCOUNTS = {b"geo_session=an": 1, b"geo_session=an-again": 1, b"geo_session=binh": 2, b"Bearer token-of-an": 1}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(rates, "time", made)
    return made


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Knows three tokens, as the dependency of the real routes does."""
    for name, value in scope["headers"]:
        if name in (b"cookie", b"authorization") and value in ACCOUNTS:
            proven(Request(scope), ACCOUNTS[value])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def nothing() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def sent_by(app: Any, scope: Scope) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, nothing, send)
    return sent


def scope_of(path: str, address: str, method: str, cookie: bytes | None, bearer: bytes | None) -> Scope:
    headers = [(b"host", b"map.test")]
    if cookie:
        headers.append((b"cookie", cookie))
    if bearer:
        headers.append((b"authorization", bearer))
    return {
        "type": "http",
        "method": method,
        "path": path,
        "headers": headers,
        "client": (address, 1),
        "query_string": b"",
    }


def ask(
    app: RateLimits,
    path: str = "/api/units",
    *,
    address: str = "192.0.2.1",
    method: str = "GET",
    cookie: bytes | None = None,
    bearer: bytes | None = None,
) -> int:
    sent = asyncio.run(sent_by(app, scope_of(path, address, method, cookie, bearer)))
    return int(sent[0]["status"])


@pytest.fixture
def limited(clock: Clock) -> RateLimits:
    return RateLimits(application, FEW)


def test_a_refusal_says_when_to_come_back_and_that_is_true(limited: RateLimits, clock: Clock) -> None:
    assert [ask(limited) for _ in range(6)] == [200] * 6
    sent = asyncio.run(sent_by(limited, scope_of("/api/units", "192.0.2.1", "GET", None, None)))
    headers = dict(sent[0]["headers"])
    document = orjson.loads(sent[1]["body"])
    assert sent[0]["status"] == document["status"] == 429
    assert headers[b"content-type"] == b"application/problem+json"
    assert document["type"] == "urn:geo-service:problem:too-many-requests"
    assert "wait 10 s" in document["detail"] and "hãy đợi 10 giây" in document["detail_vi"]
    assert headers[b"retry-after"] == b"10" and document["retry_after_s"] == 10
    clock.now += 9.9
    assert ask(limited) == 429
    clock.now += 0.1
    assert [ask(limited), ask(limited)] == [200, 429]
    clock.now += 60
    assert [ask(limited) for _ in range(7)] == [200] * 6 + [429]


def test_addresses_do_not_share_but_a_household_does(limited: RateLimits) -> None:
    for _ in range(6):
        ask(limited, address="192.0.2.1")
        ask(limited, address="2001:db8:1:2::1")
    assert ask(limited, address="192.0.2.1") == 429
    assert ask(limited, address="::ffff:192.0.2.1") == 429
    assert ask(limited, address="192.0.2.2") == 200
    assert ask(limited, address="2001:db8:1:2:ffff::9") == 429
    assert ask(limited, address="2001:db8:1:3::1") == 200


def test_an_invented_cookie_brings_no_new_allowance(limited: RateLimits) -> None:
    answers = [ask(limited, cookie=b"geo_session=invented-%d" % n) for n in range(20)]
    assert answers == [200] * 6 + [429] * 14
    answers = [ask(limited, bearer=b"Bearer invented-%d" % n) for n in range(3)]
    assert answers == [429] * 3


def test_a_proven_session_counts_by_account_wherever_it_comes_from(limited: RateLimits) -> None:
    assert ask(limited, cookie=b"geo_session=an") == 200  # the first is still counted by address
    assert ask(limited, cookie=b"geo_session=an-again", address="192.0.2.7") == 200
    assert ask(limited, bearer=b"Bearer token-of-an", address="192.0.2.8") == 200
    shown: list[dict[str, Any]] = [
        {"cookie": b"geo_session=an"},
        {"cookie": b"geo_session=an-again", "address": "192.0.2.7"},
        {"bearer": b"Bearer token-of-an", "address": "192.0.2.8"},
    ]
    answers = [ask(limited, **shown[n % 3]) for n in range(15)]
    assert answers == [200] * 12 + [429] * 3
    assert ask(limited) == 200  # strangers at that address have their own allowance
    assert ask(limited, cookie=b"geo_session=binh") == 200


def test_a_proof_does_not_last_for_ever(limited: RateLimits, clock: Clock) -> None:
    ask(limited, cookie=b"geo_session=an")
    assert [ask(limited, cookie=b"geo_session=an") for _ in range(12)] == [200] * 12
    clock.now += rates.PROVEN_FOR + 1
    for _ in range(6):
        ask(limited)
    assert (
        ask(limited, cookie=b"geo_session=an") == 429
    )  # to be proven again, counted by the address, which has nothing left


@pytest.mark.parametrize(("path", "method", "most"), [
    ("/api/drafts", "POST", 3), ("/api/drafts/1", "DELETE", 3), ("/api/search", "GET", 4), ("/api/parties/search", "POST", 3),
])  # fmt: skip
def test_changes_and_searches_have_less(limited: RateLimits, path: str, method: str, most: int) -> None:
    assert [ask(limited, path, method=method) for _ in range(5)] == [200] * most + [429] * (5 - most)
    assert ask(limited) == 200  # looking goes on


@pytest.mark.parametrize("path", ["/tiles/fabric/15/1/1.mvt", "/", "/assets/a.js", "/health"])
def test_tiles_and_pages_are_not_counted(limited: RateLimits, path: str) -> None:
    assert {ask(limited, path) for _ in range(50)} == {200}
    assert [ask(limited) for _ in range(7)] == [200] * 6 + [429]


def test_so_many_streams_at_once_and_not_in_all(clock: Clock) -> None:
    async def go() -> None:
        end = asyncio.Event()

        async def endless(scope: Scope, receive: Receive, send: Send) -> None:
            await application(scope, receive, send)
            await end.wait()
            if scope["client"][0] == "192.0.2.9":
                raise RuntimeError("broken off")

        app = RateLimits(endless, FEW)
        scopes = [scope_of("/live", address, "GET", None, None) for address in ("192.0.2.1", "192.0.2.1", "192.0.2.9")]
        streams = [asyncio.create_task(sent_by(app, scope)) for scope in scopes]
        await asyncio.sleep(0)
        refused = await sent_by(app, scopes[0])
        assert refused[0]["status"] == 429
        assert orjson.loads(refused[1]["body"])["type"].endswith("too-many-streams")
        streams[0].cancel()
        await asyncio.wait([streams[0]])
        streams.append(asyncio.create_task(sent_by(app, scopes[0])))
        await asyncio.sleep(0)
        assert app.open == {"192.0.2.1": 2, "192.0.2.9": 1}
        end.set()
        await asyncio.wait(streams)
        assert app.open == {}
        assert isinstance(streams[2].exception(), RuntimeError)

    asyncio.run(go())


def test_memory_has_an_end_and_whoever_pressed_hardest_stays_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "KEYS", 100)
    bucket = Bucket(5)
    for _ in range(5):
        assert bucket.wait(("address", "hard"), 0.0) == 0
    for n in range(1000):
        bucket.wait(("address", n), 0.0)
        assert len(bucket.spent_until) <= 100
    assert bucket.wait(("address", "hard"), 0.0) > 0


def test_known_tokens_have_an_end_too(limited: RateLimits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "KEYS", 10)
    for n in range(50):
        limited._remember(b"%d" % n, n, 0.0)
        assert len(limited.known) <= 10
    assert limited._account(b"49", 1.0) == 49


def test_who_is_refused_is_logged_once_a_minute(limited: RateLimits, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[dict[str, Any]] = []
    monkeypatch.setattr(
        rates, "log", SimpleNamespace(warning=lambda event, **values: said.append({"event": event, **values}))
    )
    for _ in range(20):
        ask(limited, cookie=b"geo_session=invented")
    assert said == [{"event": "too many requests", "by": "address", "who": "192.0.2.1"}]


@given(
    st.integers(1, 30),
    st.lists(st.floats(0, 20, allow_nan=False), min_size=1, max_size=200),
)
def test_in_no_stretch_of_time_is_more_let_through_than_promised(per_minute: int, gaps: list[float]) -> None:
    bucket, now, passed = Bucket(per_minute), 0.0, []
    for gap in gaps:
        now += gap
        wait = bucket.wait(("address", "a"), now)
        if not wait:
            passed.append(now)
        else:
            assert len(passed) >= per_minute  # the first so many are never refused
            assert bucket.wait(("address", "a"), now + wait + 1e-3) == 0  # and the wait that was named is enough
            passed.append(now + wait + 1e-3)
            now += wait + 1e-3
    for i, start in enumerate(passed):
        for j in range(i, len(passed)):
            assert j - i + 1 <= per_minute * (1 + (passed[j] - start) / 60) + 1 + 1e-6


@pytest.mark.parametrize(("host", "network"), [
    ("192.0.2.1", "192.0.2.1"), ("fe80::1%eth0", "fe80::/64"), ("2001:db8::ffff:1", "2001:db8::/64"), ("testclient", "testclient"), ("", ""),
])  # fmt: skip
def test_what_counts_as_one_asker(host: str, network: str) -> None:
    assert network_of(host) == network
