"""Servers under test, each a process of its own."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HEADERS = {"X-Requested-With": "geo-service", "Content-Type": "application/json"}


@dataclass
class Server:
    """A running server on this machine."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def pid(self) -> int:
        return self.process.pid

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without the caller's own deployment."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GEO_", "TIPG_", "PG")) and k != "DATABASE_URL"}
    return kept | dict(extra)


@contextlib.contextmanager
def running(command: Sequence[str], port: int, env: Mapping[str, str], log: Path, health: str) -> Iterator[Server]:
    """Start a server, wait until it answers, stop it at the end."""
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(env), stdout=output, stderr=output)
    server = Server(process, port)
    try:
        deadline = time.monotonic() + 600
        while True:
            with contextlib.suppress(OSError):
                if server.get(health)[0] == 200:
                    break
            if process.poll() is not None or time.monotonic() > deadline:
                tail = log.read_text(encoding="utf-8", errors="replace")[-1500:]
                raise RuntimeError(f"the server did not start: {tail}")
            time.sleep(0.1)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def service_env(url: str, data: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": url,
        "GEO_DATA_DIR": str(data),
        "GEO_LOG_FORMAT": "json",
        "GEO_WORKERS": "1",
        "GEO_RATES": "off",
    }


@contextlib.contextmanager
def service(url: str, data: Path, *, logins: str = "separate") -> Iterator[Server]:
    """`geo-service up` with one worker and no jobs."""
    port = free_port()
    program = Path(sys.executable).parent / "geo-service"
    command = [str(program), "up", "--no-worker", "--no-sample", "--port", str(port)]
    env = service_env(url, data) | {"GEO_DATABASE_LOGINS": logins}
    with running(command, port, env, data / "service.log", "/health") as server:
        yield server


@contextlib.contextmanager
def uncached(url: str, data: Path) -> Iterator[Server]:
    """The same application with its tile cache off."""
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.uncached", str(port)]
    with running(command, port, service_env(url, data), data / "uncached.log", "/health") as server:
        yield server


class Officer:
    """A signed-in client on one kept-alive connection."""

    def __init__(self, server: Server, data: Path, cookie: str | None = None) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.cookie = cookie or self._sign_in(data)

    def _sign_in(self, data: Path) -> str:
        password = json.loads((data / "demo-accounts.json").read_text(encoding="utf-8"))["officer"]
        body = json.dumps({"login": "officer", "password": password})
        self._connection.request("POST", "/api/session", body, HEADERS)
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"cannot sign in: {answer.status}")
        return (answer.getheader("Set-Cookie") or "").split(";")[0]

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        self._connection.request("POST", path, json.dumps(body), HEADERS | {"Cookie": self.cookie})
        answer = self._connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None

    def close(self) -> None:
        self._connection.close()
