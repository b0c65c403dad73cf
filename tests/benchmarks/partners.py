"""Messages to and from partners: ten times a day's average for a minute, then thousands at once, with one partner hanging all the while.

A day of 70,000 calls is 0.81 a second; tenfold is 8.1, and the healthy partners get that much. Service, worker and partners are processes of their own.
Delays are the database's own times: from when a message was written to when its partner had taken it, and from when one came in to when it was acted on.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from geo_service.dossiers.partners.config import CODES
from geo_service.dossiers.partners.simulators.running import book_for
from geo_service.embedded import Cluster
from geo_service.settings import Settings
from layers.db import Connection, connect
from layers.fabric.load import load_faces
from layers.sample.generate import generate
from tests.benchmarks.city import drop_database, new_database
from tests.benchmarks.report import Results, percentile
from tests.benchmarks.service import free_port, running, service_env

RATE = 8.2  # a second, to healthy partners
DOSSIERS = 200
FAILING = "tax"
HEALTHY = tuple(code for code in CODES if code != FAILING)
ANSWERING = ("portal", "notification")  # each of their messages is confirmed by a signed receipt
KINDS = {"portal": "status", "notification": "message", "payment": "cancel", "tax": "status"}
PROCEDURE = "1.013831"
DRAIN_SECONDS = 120.0

DELAYS = """
    SELECT extract(epoch FROM done_at - made_at) * 1000 AS ms FROM dossier.outbox
    WHERE partner = ANY(%s) AND state = 'sent' AND id > %s AND id <= %s
"""


@dataclass
class Ground:
    """A database with dossiers, the partners that simulate, and how many messages each was told."""

    conn: Connection
    address: str
    folder: Path
    dossiers: list[Any]
    told: dict[str, int]

    def tell(self, partner: str) -> None:
        """One message, to be committed by the caller; its number runs on, so that order and doubles show at the partner."""
        number = self.told[partner] = self.told[partner] + 1
        self.conn.execute(
            "SELECT dossier.tell(%s, %s, %s, %s)",
            (partner, KINDS[partner], self.dossiers[number % DOSSIERS], json.dumps({"number": number})),
        )

    def newest(self) -> int:
        row = self.conn.execute("SELECT coalesce(max(id), 0) AS id FROM dossier.outbox").fetchone()
        assert row is not None
        return int(row["id"])

    def count(self, table: str, condition: str) -> int:
        row = self.conn.execute(f"SELECT count(*) AS n FROM dossier.{table} WHERE {condition}").fetchone()
        assert row is not None
        self.conn.commit()
        return int(row["n"])

    def drain(self, partners: tuple[str, ...]) -> float:
        """Seconds until nothing waits for these partners; at most two minutes."""
        names, began = ", ".join(f"'{name}'" for name in partners), time.monotonic()
        while (
            self.count("outbox", f"state = 'waiting' AND partner IN ({names})")
            and time.monotonic() - began < DRAIN_SECONDS
        ):
            time.sleep(0.05)
        return time.monotonic() - began

    def misbehave(self, mode: str) -> None:
        body = {"partner": FAILING, "mode": mode, "seconds": 30}
        httpx.post(f"{self.address}/misbehave", json=body, timeout=30).raise_for_status()


@contextlib.contextmanager
def ground(instance: Cluster, folder: Path) -> Iterator[Ground]:
    """Everything that runs, from `with` to its end."""
    url, data, books = new_database(instance, "partners"), folder / "partners", folder / "partners" / "simulated"
    books.mkdir(parents=True)
    with connect(url) as conn:
        load_faces(conn, generate(1, 2_000, 1), reason="benchmark")
        dossiers = _dossiers(conn)
    port, partners_port = free_port(), free_port()
    address = f"http://127.0.0.1:{partners_port}"
    key = Settings(database_url=url, data_dir=data).partner_signer().public
    env = service_env(url, data) | {"GEO_PARTNERS": book_for(books, address), "GEO_LOG_LEVEL": "warning"}
    program = [sys.executable, "-m", "geo_service"]
    simulate = [
        *program, "partners-simulate", "--port", str(partners_port), "--folder", str(books),
        "--service", f"http://127.0.0.1:{port}", "--service-key", key,
    ]  # fmt: skip
    with (
        running(simulate, partners_port, env, data / "partners.log", "/health"),
        running([*program, "up", "--no-sample", "--port", str(port)], port, env, data / "service.log", "/health"),
        connect(url) as conn,
    ):
        yield Ground(conn, address, books, dossiers, dict.fromkeys(CODES, 0))
    drop_database(instance, "partners")


def _dossiers(conn: Connection) -> list[Any]:
    """Dossiers to send messages about; nobody is told of their opening."""
    conn.execute("SET LOCAL geo.untold = 'on'")
    rows = conn.execute(
        "SELECT parcel_id FROM fabric.parcel_version WHERE kind = 'land' AND retired_by IS NULL ORDER BY parcel_id LIMIT %s",
        (DOSSIERS,),
    ).fetchall()
    made = []
    for row in rows:
        made.append(uuid4())
        conn.execute(
            "SELECT dossier.open(%s, %s, NULL, NULL, 1::smallint, %s::bigint[], '{}', NULL, NULL)",
            (made[-1], PROCEDURE, [row["parcel_id"]]),
        )
    return made


def run(results: Results, instance: Cluster, folder: Path, seconds: float, burst: int) -> None:
    """Rows of the group `partners`; wrong results where a message is lost, doubled or out of order."""
    with ground(instance, folder) as made:
        made.misbehave("hang")
        _sustained(results, made, seconds)
        _burst(results, made, burst)
        made.misbehave("well")
        backlog = made.count("outbox", "state = 'waiting'")
        results.add("partners_back", made.drain(CODES), f"{backlog:,} messages had waited")
        _receipts(results, made)
        _check(results, made)


def _sustained(results: Results, made: Ground, seconds: float) -> None:
    began, turn = time.monotonic(), 0
    while (now := time.monotonic() - began) < seconds:
        for partner in (*([FAILING] if turn % len(HEALTHY) == 0 else []), HEALTHY[turn % len(HEALTHY)]):
            made.tell(partner)
            made.conn.commit()
        turn += 1
        time.sleep(max(0.0, turn / RATE - now))
    made.drain(HEALTHY)
    results.add("partners_in_p95", percentile(_receipts(results, made), 0.95), "signed receipts")
    rows = made.conn.execute(DELAYS, (list(HEALTHY), 0, made.newest())).fetchall()
    delays = [float(row["ms"]) for row in rows]
    note = f"{len(delays):,} messages in {seconds:.0f} s, {made.told[FAILING]} more for one that hangs"
    results.add("partners_p50", percentile(delays, 0.5), note)
    results.add("partners_p95", percentile(delays, 0.95))
    results.add("partners_max", max(delays))
    results.details["partners"] = {"delays_ms": [round(one, 1) for one in sorted(delays)]}


def _burst(results: Results, made: Ground, number: int) -> None:
    before, began = made.newest(), time.monotonic()
    for start in range(0, number, 50):
        for turn in range(start, min(start + 50, number)):
            made.tell(HEALTHY[turn % len(HEALTHY)])
        for _ in range(5):
            made.tell(FAILING)
        made.conn.commit()
    made.drain(HEALTHY)
    seconds = time.monotonic() - began
    results.add("partners_rate", number / seconds, f"{number:,} written at once, one partner hangs")
    rows = made.conn.execute(DELAYS, (list(HEALTHY), before, made.newest())).fetchall()
    results.add("partners_burst_p95", percentile([float(row["ms"]) / 1000 for row in rows], 0.95))


def _receipts(results: Results, made: Ground) -> list[float]:
    """Milliseconds from when each receipt came in to when it was acted on. One for each message is expected, and waited for."""
    wanted, ends = sum(made.told[code] for code in ANSWERING), time.monotonic() + DRAIN_SECONDS
    while made.count("inbox", "state = 'done'") < wanted and time.monotonic() < ends:
        time.sleep(0.1)
    rows = made.conn.execute(
        "SELECT extract(epoch FROM done_at - came_at) * 1000 AS ms FROM dossier.inbox WHERE state = 'done'"
    ).fetchall()
    if len(rows) != wanted:
        results.wrong.append(f"partners: {len(rows)} receipts acted on, {wanted} expected")
    return [float(row["ms"]) for row in rows]


def _check(results: Results, made: Ground) -> None:
    """Every message is at its partner once, and those of a dossier in order."""
    lost = doubled = disordered = 0
    with contextlib.closing(sqlite3.connect(made.folder / "partners.sqlite")) as books:
        for code in CODES:
            rows = books.execute(
                "SELECT dossier, json_extract(data, '$.number') FROM message WHERE partner = ? AND direction = 'in' ORDER BY number",
                (code,),
            ).fetchall()
            numbers = [number for _, number in rows]
            lost += made.told[code] - len(set(numbers))
            doubled += len(numbers) - len(set(numbers))
            newest: dict[str, int] = {}
            for dossier, number in rows:
                disordered += number < newest.get(dossier, 0)
                newest[dossier] = number
    total = sum(made.told.values())
    results.add("partners_lost", lost, f"of {total:,} messages")
    results.add("partners_doubled", doubled + disordered)
    if lost or doubled or disordered:
        results.wrong.append(f"partners: {lost} messages lost, {doubled} doubled, {disordered} out of order")
