"""Partners to test with: dossiers that wait for the tax office, simulated partners and workers as processes of their own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
from psycopg.rows import DictRow

from geo_service.dossiers.partners.config import CODES, Code
from geo_service.dossiers.partners.signing import Signer
from geo_service.dossiers.partners.simulators.running import signers
from geo_service.settings import Settings
from layers.db import connect
from layers.fabric.load import load_faces
from tests.layers.fabric.fabrics import grid_batch
from tests.serving import free_port

Conn = psycopg.Connection[DictRow]
TRANSFER = "1.013831"
INFORMATION = "1.012789"
PRICE = 2_000_000_000
QUICK = {
    "timeout_s": 1.0, "first_pause_s": 0.05, "longest_pause_s": 0.5, "opens_after": 5, "first_open_s": 0.2, "longest_open_s": 1.0,
}  # fmt: skip


def until(condition: Callable[[], Any], seconds: float = 30, why: str = "it did not happen in time") -> Any:
    """What the condition says once it is true."""
    ends = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < ends, why
        time.sleep(0.05)
    return found


def land(conn: Conn) -> None:
    """A hundred parcels."""
    load_faces(conn, grid_batch(10, 10), reason="thử")
    conn.commit()


def opened(conn: Conn, *, procedure: str = TRANSFER, parcel: int = 1, channel: int = 1, **form: Any) -> dict[str, Any]:
    """A dossier that was handed in, with all its papers."""
    key = uuid4()
    conn.execute(
        "SELECT dossier.open(%s, %s, NULL, NULL, %s::smallint, %s::bigint[], %s, NULL, NULL)",
        (key, procedure, channel, [parcel], json.dumps({"price": PRICE, "relation": "other"} | form)),
    )
    conn.execute(
        "INSERT INTO dossier.document (dossier_id, type, name, media_type, bytes, sha256)"
        " SELECT %s, p ->> 'code', 'giấy.pdf', 'application/pdf', 1, sha256(convert_to(p ->> 'code', 'UTF8'))"
        " FROM jsonb_array_elements(dossier.missing(%s)) p",
        (key, key),
    )
    return read(conn, key)


def act(conn: Conn, dossier: UUID, *actions: str, note: str = "thử") -> dict[str, Any]:
    for action in actions:
        conn.execute("SELECT dossier.act(%s, %s, NULL, %s)", (dossier, action, note))
    return read(conn, dossier)


def at_tax(conn: Conn, **form: Any) -> dict[str, Any]:
    """A transfer whose slip is out. Committed."""
    made = opened(conn, **form)
    done = act(conn, made["id"], "accept", "begin", "tax_slip")
    assert done["step"] == "tax"
    conn.commit()
    return done


def read(conn: Conn, dossier: UUID) -> dict[str, Any]:
    row = conn.execute("SELECT * FROM dossier.dossier WHERE id = %s", (dossier,)).fetchone()
    assert row is not None
    return row


def payments(conn: Conn, dossier: UUID, kind: str = "tax") -> dict[str, tuple[int, str]]:
    """Amount and status of each payment of a kind, by code."""
    rows = conn.execute(
        "SELECT code, amount, status FROM dossier.payment WHERE dossier_id = %s AND kind = %s", (dossier, kind)
    ).fetchall()
    return {row["code"]: (row["amount"], row["status"]) for row in rows}


def counts(conn: Conn, table: str = "outbox") -> dict[tuple[str, str], int]:
    """How many messages of each partner are in each state."""
    rows = conn.execute(f"SELECT partner, state, count(*) AS n FROM dossier.{table} GROUP BY 1, 2").fetchall()
    conn.rollback()
    return {(row["partner"], row["state"]): row["n"] for row in rows}


@dataclass
class Process:
    """A process that may be killed and started again."""

    command: list[str]
    env: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command, env=self.env, stdout=output, stderr=output, start_new_session=True
            )

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


@dataclass
class Simulators(Process):
    """The four partners; `misbehave` and `state` are their levers, `book` is GEO_PARTNERS for them."""

    port: int = 0
    folder: Path = Path()
    pace: dict[str, Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def book(self, **changes: Any) -> str:
        known = signers(self.folder)
        return json.dumps(
            {
                code: {"address": f"{self.address}/{code}", "keys": [known[code].public]} | QUICK | self.pace | changes
                for code in CODES
            }
        )

    def signer(self, code: Code) -> Signer:
        return signers(self.folder)[code]

    def misbehave(self, partner: Code, mode: str, **more: Any) -> None:
        body = {"partner": partner, "mode": mode, **more}
        httpx.post(f"{self.address}/misbehave", json=body).raise_for_status()

    def state(self) -> dict[str, dict[str, int]]:
        """Messages taken, how often they came, answers said."""
        found: dict[str, dict[str, int]] = httpx.get(f"{self.address}/health", timeout=10).json()["partners"]
        return found

    def wait(self) -> None:
        def answers() -> bool:
            try:
                return httpx.get(f"{self.address}/health", timeout=2).status_code == 200
            except httpx.TransportError:
                return False

        until(answers, 30, f"the simulators do not answer: {self.log.read_text()[-2000:]}")


def environment(database: str, folder: Path, **settings: str) -> dict[str, str]:
    """Of a process of ours, without the caller's own deployment."""
    kept = {k: v for k, v in os.environ.items() if not re.match("GEO_|DATABASE_URL", k)}
    mine = {"DATABASE_URL": database, "GEO_DATA_DIR": str(folder), "GEO_LOG_LEVEL": "warning", "PYTHONUNBUFFERED": "1"}
    return kept | mine | {f"GEO_{name.upper()}": value for name, value in settings.items()}


@contextmanager
def simulators(folder: Path, *, service: str, answer_after: float = 0.0) -> Iterator[Simulators]:
    """The partners as a process that believes the key of the deployment in `folder`, from `with` to its end."""
    folder.mkdir(parents=True, exist_ok=True)
    port, books = free_port(), folder / "simulated"
    books.mkdir(exist_ok=True)
    key = Settings(database_url="postgresql://nowhere/x", data_dir=folder).partner_signer().public
    command = [
        sys.executable, "-m", "geo_service", "partners-simulate", "--port", str(port), "--folder", str(books),
        "--service", service, "--service-key", key, "--answer-after", str(answer_after),
    ]  # fmt: skip
    made = Simulators(
        command, environment("postgresql://nowhere/x", folder), folder / "simulators.log", port=port, folder=books
    )
    made.start()
    try:
        made.wait()
        yield made
    finally:
        made.stop()


@contextmanager
def worker(database: str, folder: Path, book: str) -> Iterator[Process]:
    """`geo-service worker` from `with` to its end."""
    made = Process(
        [sys.executable, "-m", "geo_service", "worker"],
        environment(database, folder, partners=book),
        folder / "worker.log",
    )
    made.start()
    try:
        yield made
    finally:
        made.stop()


def token(signer: Signer, kind: str, dossier: str | None, data: dict[str, Any], **claims: Any) -> str:
    """A message of a partner's."""
    return signer.sign(
        claims.get("aud", "geo-service"), claims.get("jti", str(uuid4())), kind, dossier, data, claims.get("now")
    )


def taxes(**amounts: int) -> dict[str, Any]:
    """The content of a tax notice."""
    listed = [{"code": c, "name_vi": f"Khoản {c}", "name_en": c, "amount": n} for c, n in amounts.items()]
    return {"amounts": listed, "total": sum(amounts.values()), "due_on": "2026-12-31"}


def in_inbox(conn: Conn, partner: Code, text: str, message: str) -> None:
    conn.execute("SELECT dossier.take_in(%s, %s, %s)", (partner, message, text))
    conn.commit()


def fates(url: str) -> list[tuple[str, str | None]]:
    """State and word of every message that came in, in order."""
    with connect(url) as conn:
        rows = conn.execute("SELECT state, error FROM dossier.inbox ORDER BY id").fetchall()
    return [(row["state"], row["error"]) for row in rows]
