"""Requests are logged without anything personal; streams hear of the end in time."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import structlog
from starlette.types import Receive, Scope, Send

from geo_service import logs
from geo_service.ending import before_the_end
from geo_service.settings import Settings

PERSONAL = "001095012345"


@pytest.fixture(autouse=True)
def loggers_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    structlog.get_logger("app").info("inside")
    status = {"/broken": 500, "/health": 200}.get(scope["path"], 200)
    if scope["path"] == "/crash":
        raise RuntimeError("no")
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"ok"})


def ask(path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(logs.RequestLog(application), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://map.test") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(go())


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.fixture
def json_logs(tmp_path: Path) -> None:
    logs.configure(Settings(data_dir=tmp_path, log_format="json"))


@pytest.mark.usefixtures("json_logs")
def test_a_request_is_one_line_that_names_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    answer = ask(f"/api/search?q={PERSONAL}", {"Cookie": f"geo_session={PERSONAL}", "Authorization": PERSONAL})
    inside, request = lines(capsys)
    assert request["event"] == "request"
    assert request["path"] == "/api/search"
    assert request["status"] == 200
    assert isinstance(request["ms"], float)
    assert request["request_id"] == inside["request_id"] == answer.headers["x-request-id"]
    assert PERSONAL not in json.dumps([inside, request])


@pytest.mark.usefixtures("json_logs")
def test_an_id_from_the_proxy_is_kept_and_nonsense_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("/", {"X-Request-ID": "proxy-0001"}).headers["x-request-id"] == "proxy-0001"
    assert ask("/", {"X-Request-ID": 'x" onload='}).headers["x-request-id"] != 'x" onload='
    assert lines(capsys)[1]["request_id"] == "proxy-0001"


@pytest.mark.usefixtures("json_logs")
def test_health_checks_are_quiet_and_failures_are_loud(capsys: pytest.CaptureFixture[str]) -> None:
    ask("/health")
    ask("/broken")
    ask("/crash")
    requests = [line for line in lines(capsys) if line["event"] == "request"]
    assert [(line["path"], line["status"], line["level"]) for line in requests] == [
        ("/broken", 500, "error"),
        ("/crash", 500, "error"),
    ]


@pytest.mark.usefixtures("json_logs")
def test_the_standard_library_logs_in_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("some.library").warning("careful with %s", "this")
    logging.getLogger("uvicorn.access").info("GET /api/search?q=%s", PERSONAL)
    (line,) = lines(capsys)
    assert (line["event"], line["logger"], line["level"]) == ("careful with this", "some.library", "warning")


def test_a_traceback_shows_no_local_variables(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    logs.configure(Settings(data_dir=tmp_path))

    def fails(password: str) -> None:
        raise ValueError(f"bad length {len(password)}")

    try:
        fails(PERSONAL)
    except ValueError:
        structlog.get_logger().exception("failed")
    text = capsys.readouterr().err
    assert "bad length 12" in text
    assert PERSONAL not in text


def test_streams_hear_of_the_end_before_the_server_does() -> None:
    heard: list[str] = []
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append("server"))

    async def go() -> None:
        ended = asyncio.Event()

        def goodbye() -> None:
            heard.append("streams")
            ended.set()

        with before_the_end(goodbye):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(ended.wait(), 5)

    try:
        asyncio.run(go())
        assert sorted(heard) == ["server", "streams"]
        os.kill(os.getpid(), signal.SIGTERM)
        assert heard.count("server") == 2, "the server's own handler is back"
    finally:
        signal.signal(signal.SIGTERM, before)


def test_outside_the_main_thread_nothing_is_listened_to() -> None:
    before = signal.getsignal(signal.SIGTERM)

    def go() -> None:
        async def inside() -> None:
            with before_the_end(lambda: None):
                assert signal.getsignal(signal.SIGTERM) is before

        asyncio.run(inside())

    thread = threading.Thread(target=go)
    thread.start()
    thread.join()
