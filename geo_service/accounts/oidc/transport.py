"""Asking the provider: five seconds for all of an answer, a quarter of a megabyte, no redirects. Documents are kept for an hour."""

from __future__ import annotations

import asyncio
import functools
import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any, Generic, TypeVar

import httpx
import orjson

from geo_service.accounts.oidc.refusal import SignInRefused

SECONDS = 5.0
LARGEST = 256 * 1024
KEPT = 3600.0  # s a document is believed
AGAIN = 30.0  # s before it is asked for again because something is missing in it
DOWN = 5.0  # s nobody asks a provider that has just not answered
Document = dict[str, Any]
T = TypeVar("T")


@functools.cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


async def ask(method: str, address: str, seconds: float, **options: Any) -> Document:
    """The JSON object that the provider answers. Raises SignInRefused: down when it does not answer, refused when it says no."""
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", **options.pop("headers", {})}
    content = bytearray()
    try:
        async with (
            asyncio.timeout(seconds),
            httpx.AsyncClient(verify=_tls(), timeout=seconds) as client,
            aclosing(
                await client.send(client.build_request(method, address, headers=headers, **options), stream=True)
            ) as answer,
        ):
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise SignInRefused("provider-untrusted", "an answer is compressed although we asked for plain text")
            async for piece in answer.aiter_raw():
                content += piece
                if len(content) > LARGEST:
                    raise SignInRefused("provider-untrusted", "an answer is too large")
    except TimeoutError:
        raise SignInRefused("provider-down", "no answer in time") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise SignInRefused("provider-down", f"no connection ({type(error).__name__})") from error
    if answer.status_code != 200:
        down = answer.status_code >= 500 or answer.status_code == 429
        raise SignInRefused("provider-down" if down else "provider-refused", f"it answered {answer.status_code}")
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise SignInRefused("provider-untrusted", "an answer is not JSON") from None
    if not isinstance(document, dict):
        raise SignInRefused("provider-untrusted", "an answer is no JSON object")
    return document


class Kept(Generic[T]):
    """One document of the provider: fetched by one request at a time, kept for an hour, and fetched again sooner where somebody misses something
    in it, though at most every half minute, so that invented key numbers do not make us press the provider."""

    def __init__(self, fetch: Callable[[], Awaitable[T]]) -> None:
        self._fetch = fetch
        self._lock = asyncio.Lock()
        self._value: T | None = None
        self._fetched = 0.0
        self._refusal: SignInRefused | None = None
        self._down_until = 0.0

    async def get(self, suits: Callable[[T], bool] = lambda _value: True) -> T:
        """The document; perhaps not one that suits, when it is young. Raises SignInRefused."""
        async with self._lock:
            now = time.monotonic()
            age = now - self._fetched
            if self._value is not None and age < KEPT and (age < AGAIN or suits(self._value)):
                return self._value
            if self._refusal is not None and now < self._down_until:
                raise SignInRefused(self._refusal.slug, f"a moment ago: {self._refusal.cause}")
            try:
                self._value = await self._fetch()
            except SignInRefused as refusal:
                self._down_until = time.monotonic() + DOWN
                slug = "provider-down" if refusal.slug == "provider-refused" else refusal.slug
                self._refusal = SignInRefused(slug, refusal.cause)
                raise self._refusal from None
            self._fetched = time.monotonic()
            return self._value
