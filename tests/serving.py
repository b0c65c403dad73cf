"""The service as its own process, for tests that talk HTTP to it or kill it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from geo_service.accounts.service import add_account
from layers.db import connect

HEADERS = {"X-Requested-With": "geo-service"}
EDITORS = ("land_officer", "approver")
PASSWORD = "một mật khẩu đủ dài để thử"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@dataclass
class Service:
    """A running service; `client` is signed in as an officer when `login` was called."""

    url: str
    process: subprocess.Popen[bytes]
    database: str
    command: list[str]
    env: dict[str, str]
    log: Path
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.url, headers=HEADERS, timeout=30)

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def start_again(self) -> None:
        """The same service on the same port, after it was killed."""
        self.process = _start(self.command, self.env, self.log)
        self.wait()

    def wait(self) -> None:
        for _ in range(600):
            if self.process.poll() is not None:
                raise AssertionError(f"the service ended: {self.log.read_text()[-3000:]}")
            try:
                if httpx.get(f"{self.url}/health", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"the service does not answer: {self.log.read_text()[-3000:]}")

    def login(self, login: str = "canbo", units: list[str] | None = None) -> None:
        """Make an officer (once) and sign the client in."""
        with connect(self.database) as conn:
            conn.execute("UPDATE fabric.deployment SET four_eyes = false")  # four eyes have tests of their own
            if not conn.execute("SELECT 1 FROM accounts.account WHERE login = %s", (login,)).fetchone():
                add_account(conn, login, PASSWORD, name="Cán bộ thử", roles=EDITORS, units=units, demo=True)
        answer = self.client.post("/api/session", json={"login": login, "password": PASSWORD})
        assert answer.status_code == 200, answer.text

    def edit(self, *intents: dict[str, Any], reason: str = "thử") -> dict[str, Any]:
        """Draft, commit, return the answer; fails the test when refused."""
        answer = self.try_edit(*intents, reason=reason)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def try_edit(self, *intents: dict[str, Any], reason: str = "thử") -> httpx.Response:
        draft = self.client.post("/api/drafts", json={"intents": list(intents)})
        if draft.status_code != 201:
            return draft
        return self.client.post(f"/api/drafts/{draft.json()['id']}/commit", json={"reason": reason})


def _start(command: list[str], env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(command, env=env, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)


@contextmanager
def serving(
    database: str, data_dir: Path, *, srid: int = 5897, workers: int = 1, port: int | None = None, **settings: str
) -> Iterator[Service]:
    """The service on a database that is there already, from `with` to its end; `settings` by name, as `oidc_issuer`."""
    port = port or free_port()
    data_dir.mkdir(parents=True, exist_ok=True)
    env = {
        **{k: v for k, v in os.environ.items() if not re.match("GEO_|DATABASE_URL", k)},
        "DATABASE_URL": database, "GEO_DATA_DIR": str(data_dir), "GEO_FABRIC_SRID": str(srid),
        "GEO_LOG_LEVEL": "warning", "GEO_RATES": "off", "PYTHONUNBUFFERED": "1",
        **{f"GEO_{name.upper()}": value for name, value in settings.items()},
    }  # fmt: skip
    command = [
        sys.executable,
        "-m",
        "geo_service",
        "up",
        "--port",
        str(port),
        "--workers",
        str(workers),
        "--no-sample",
        "--no-worker",
    ]
    log = data_dir / "service.log"
    process = _start(command, env, log)
    service = Service(f"http://127.0.0.1:{port}", process, database, command, env, log)
    try:
        service.wait()
        yield service
    finally:
        service.client.close()
        if service.process.poll() is None:
            service.process.terminate()
            try:
                service.process.wait(20)
            except subprocess.TimeoutExpired:
                service.kill()
