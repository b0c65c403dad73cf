"""Posting a message to a partner, and reading its log: no redirects, an end to every wait, a limit to every answer."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Literal

import httpx
import orjson

from geo_service.dossiers.partners.config import Partner
from geo_service.dossiers.partners.signing import MEDIA_TYPE

LARGEST = 65_536  # bytes of an answer to a message
LARGEST_PAGE = 2 * 1024**2  # of a page of a log
UNHEALABLE = frozenset({400, 409, 410, 413, 415, 422})
"""Answers that another try would get too. 401, 403 and 404 are a matter of keys and addresses, which somebody will put right."""
SAID = 300  # letters of an answer that are kept

Outcome = Literal["sent", "refused", "down"]


@dataclass(frozen=True)
class Answer:
    """What came of a try. `down`: the partner is to blame rather than the message. `wait_s`: how long it asks to be left alone."""

    outcome: Outcome
    body: dict[str, Any]
    error: str = ""
    wait_s: float = 0.0


def client_for(partner: Partner) -> httpx.AsyncClient:
    """Connections to one partner, shared with no other."""
    limits = httpx.Limits(max_connections=partner.at_once, max_keepalive_connections=partner.at_once)
    return httpx.AsyncClient(timeout=partner.timeout_s, limits=limits)


async def post(client: httpx.AsyncClient, partner: Partner, token: str) -> Answer:
    """One try. Never raises for what a partner or the net does."""
    request = client.build_request(
        "POST",
        f"{partner.address}/messages",
        content=token,
        headers={"Content-Type": MEDIA_TYPE, "Accept": "application/json", "Accept-Encoding": "identity"},
    )
    try:
        async with asyncio.timeout(partner.timeout_s), aclosing(await client.send(request, stream=True)) as answer:
            content = await _content(answer, LARGEST)
            return judge(answer.status_code, content, answer.headers.get("retry-after", ""))
    except TimeoutError:
        return Answer("down", {}, "no-answer: not in time")
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return Answer("down", {}, f"no-answer: {type(error).__name__}")


def judge(status: int, content: bytes, retry_after: str = "") -> Answer:
    """What an answer means."""
    said = content.decode("utf-8", "replace").replace("\x00", "")[:SAID]
    if 200 <= status < 300:
        return Answer("sent", {"status": status} | _object(content))
    if status in UNHEALABLE:
        return Answer("refused", {"status": status}, f"partner-refused: {status} {said}".strip())
    wait = float(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 6 else 0.0
    return Answer("down", {"status": status}, f"answered: {status} {said}".strip(), wait)


def _object(content: bytes) -> dict[str, Any]:
    """A small JSON object as it was answered; nothing of anything else."""
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    if not isinstance(document, dict) or len(content) > 4_096 or b"\\u0000" in content:
        return {}
    return {"said": document}


async def _content(answer: httpx.Response, most: int) -> bytes:
    content = bytearray()
    async for piece in answer.aiter_raw():
        content += piece
        if len(content) > most:
            raise httpx.DecodingError("too large")
    return bytes(content)


def read_page(client: httpx.Client, partner: Partner, token: str, query: dict[str, str]) -> dict[str, Any]:
    """A page of a partner's log. `token`: a signed question. Raises httpx.HTTPError for whatever is no page."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "Accept-Encoding": "identity"}
    content = bytearray()
    with client.stream("GET", f"{partner.address}/log", params=query, headers=headers) as answer:
        if answer.status_code != httpx.codes.OK:
            raise httpx.DecodingError(f"answered {answer.status_code}")
        for piece in answer.iter_raw():
            content += piece
            if len(content) > LARGEST_PAGE:
                raise httpx.DecodingError("too large")
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise httpx.DecodingError("not JSON") from None
    if not isinstance(document, dict):
        raise httpx.DecodingError("no JSON object")
    return document
