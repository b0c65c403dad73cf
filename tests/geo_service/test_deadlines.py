"""A body that trickles and an answer that does not come are given up, and what was given up is not committed."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from typing import Annotated, Any

import orjson
import pytest
import uvicorn
from fastapi import Depends, FastAPI, Request
from starlette.types import Message, Scope

from geo_service import errors
from geo_service.deadlines import Deadlines, given_up
from geo_service.limits import BodyLimit

OUTCOMES: list[str] = []


def transaction(request: Request) -> Iterator[str]:
    """As the dependency of the real routes does it."""
    yield "connection"
    OUTCOMES.append("rolled back" if given_up(request) else "committed")


def application(**seconds: float) -> FastAPI:
    app = FastAPI()
    errors.install(app)
    app.add_middleware(BodyLimit, limit=1000)
    app.add_middleware(Deadlines, **seconds)

    @app.post("/echo")
    def echo(body: dict[str, Any], _conn: Annotated[str, Depends(transaction, scope="function")]) -> dict[str, Any]:
        return body

    @app.get("/thread/{seconds}")
    def thread(seconds: float, _conn: Annotated[str, Depends(transaction, scope="function")]) -> float:
        time.sleep(seconds)
        return seconds

    @app.get("/loop/{seconds}")
    async def loop(seconds: float) -> float:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            OUTCOMES.append("cancelled")
            raise
        return seconds

    @app.get("/stubborn")
    async def stubborn() -> str:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            OUTCOMES.append("stubborn")
        return "still here"

    @app.get("/live")
    async def live() -> str:
        await asyncio.sleep(0.5)
        return "long"

    return app


@pytest.fixture(autouse=True)
def outcomes() -> list[str]:
    OUTCOMES.clear()
    return OUTCOMES


def ask(
    app: Any, path: str, chunks: list[tuple[float, bytes]] | None = None
) -> tuple[int, dict[str, Any], dict[bytes, bytes], float]:
    """Status, document, headers, and the seconds until the answer began; `chunks` are (pause, bytes) of a body that does not end."""

    async def go() -> tuple[int, dict[str, Any], dict[bytes, bytes], float]:
        began = time.monotonic()
        first: list[float] = []
        sent: list[Message] = []
        waiting = list(chunks or [])

        async def receive() -> Message:
            if chunks is None:
                return {"type": "http.request", "body": b"", "more_body": False}
            if not waiting:
                await asyncio.sleep(60)
            pause, part = waiting.pop(0)
            await asyncio.sleep(pause)
            return {"type": "http.request", "body": part, "more_body": True}

        async def send(message: Message) -> None:
            first.append(time.monotonic() - began)
            sent.append(message)

        headers = [(b"content-type", b"application/json"), (b"content-length", b"500")] if chunks is not None else []
        scope: Scope = {
            "type": "http", "method": "GET" if chunks is None else "POST", "path": path, "raw_path": path.encode(), "headers": headers,
            "query_string": b"", "client": ("192.0.2.1", 1), "server": ("map.test", 80), "scheme": "http", "http_version": "1.1", "root_path": "",
        }  # fmt: skip
        await app(scope, receive, send)
        assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
        document = orjson.loads(sent[1]["body"])
        return sent[0]["status"], document, dict(sent[0]["headers"]), first[0]

    return asyncio.run(go())


def test_quick_answers_are_as_they_were() -> None:
    app = application(answer_seconds=5)
    assert ask(app, "/thread/0")[:2] == (200, 0.0)
    assert ask(app, "/loop/0")[:2] == (200, 0.0)
    assert OUTCOMES == ["committed"]


def test_a_body_that_trickles_is_given_up(outcomes: list[str]) -> None:
    app = application(body_seconds=0.3)
    status, document, headers, after = ask(app, "/echo", [(0.05, b" ")] * 200)
    assert status == document["status"] == 408
    assert document["type"].endswith("too-slow") and document["detail"] and document["detail_vi"]
    assert headers[b"connection"] == b"close"
    assert 0.25 < after < 2
    assert outcomes == []


def test_an_asynchronous_route_is_cancelled(outcomes: list[str]) -> None:
    status, document, headers, after = ask(application(answer_seconds=0.2), "/loop/30")
    assert status == document["status"] == 503
    assert document["type"].endswith("took-too-long") and document["detail_vi"]
    assert headers[b"retry-after"] == b"10"
    assert after < 2
    assert outcomes == ["cancelled"]


def test_a_route_in_a_thread_is_answered_for_and_not_committed(outcomes: list[str]) -> None:
    status, _document, _headers, after = ask(application(answer_seconds=0.2), "/thread/1")
    assert status == 503
    assert after < 0.9  # before the thread came to its end
    assert outcomes == ["rolled back"]


def test_a_route_that_will_not_go_says_nothing_more(outcomes: list[str]) -> None:
    assert ask(application(answer_seconds=0.2), "/stubborn")[0] == 503
    assert outcomes == ["stubborn"]


def test_a_stream_has_no_end() -> None:
    assert ask(application(answer_seconds=0.1), "/live")[:2] == (200, "long")


def test_somebody_elses_cancellation_is_not_swallowed() -> None:
    async def go() -> None:
        app = Deadlines(application(), answer_seconds=5)

        async def never(_message: Message | None = None) -> Message:
            await asyncio.sleep(30)
            raise AssertionError

        scope: Scope = {"type": "http", "method": "POST", "path": "/echo", "headers": [], "query_string": b""}

        async def waits(_scope: Scope, receive: Any, _send: Any) -> None:
            await receive()

        app.app = waits
        task = asyncio.create_task(app(scope, never, never))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(go())


def test_over_a_real_connection() -> None:
    """The client that sends half a body is told so and disconnected; the next one is served."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(application(body_seconds=0.5), log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            while not server.started:
                time.sleep(0.02)
            with socket.create_connection(("127.0.0.1", port), timeout=10) as slow:
                slow.sendall(
                    b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
                )
                answer = b""
                while part := slow.recv(4096):  # until the service closes
                    answer += part
            assert answer.startswith(b"HTTP/1.1 408 ")
            with socket.create_connection(("127.0.0.1", port), timeout=10) as quick:
                quick.sendall(
                    b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
                )
                assert quick.recv(4096).startswith(b"HTTP/1.1 200 ")
        finally:
            server.should_exit = True
            thread.join(10)
        assert not thread.is_alive()
