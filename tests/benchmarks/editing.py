"""Edit and look-up rows."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from typing import Any

from layers.crs import FabricCrs
from layers.db import connect
from layers.errors import Problem
from layers.fabric import ledger
from tests.benchmarks import edits, load
from tests.benchmarks.city import SRID, City
from tests.benchmarks.report import Results, percentile
from tests.benchmarks.service import Officer, Server


def lookup_paths(city: City, count: int) -> list[str]:
    with connect(city.url) as conn:
        rows = conn.execute(
            "SELECT code FROM fabric.parcel WHERE code IS NOT NULL ORDER BY random() LIMIT %s",
            (count,),
        ).fetchall()
    if not rows:
        raise RuntimeError("no parcel has a code yet")
    return [f"/api/parcels/{row['code']}" for row in rows]


def lookups(results: Results, city: City, server: Server, seconds: float) -> None:
    """Parcels by code, and pages of faces at the first and the last page."""
    paths = lookup_paths(city, 5_000)
    seen = load.repeated(server, paths, 8, seconds)
    results.add("lookup_rate", seen.rate, f"{len(paths):,} parcels, {seen.tool}")
    results.add("lookup_p50", seen.p50)
    results.add("lookup_p99", seen.p99)
    with connect(city.url) as conn:
        row = conn.execute("SELECT id FROM fabric.parcel_version ORDER BY id DESC OFFSET 1500 LIMIT 1").fetchone()
    deep = row["id"] if row else 0
    first: dict[int, load.Load] = {}
    last: dict[int, load.Load] = {}
    for limit, times in ((100, 150), (1_000, 40)):
        first[limit] = load.once(server, [f"/api/faces?limit={limit}"] * times, 1)
        last[limit] = load.once(server, [f"/api/faces?limit={limit}&after={deep - n * 7}" for n in range(times)], 1)
        results.add(
            f"page_{limit}", max(first[limit].p99, last[limit].p99), f"p50 {first[limit].p50:.1f} ms first page"
        )
    results.add("page_deep", last[100].p50 / first[100].p50, f"after row {deep:,}")


def ledger_edits(city: City, count: int, seed: int = 11) -> tuple[list[float], Counter[str]]:
    """Commits without HTTP: milliseconds of each, from reading the state to COMMIT, and what was refused."""
    crs = FabricCrs(SRID)
    ms: list[float] = []
    refused: Counter[str] = Counter()
    with connect(city.url) as conn:
        editor = edits.Editor(conn, crs, random.Random(seed), edits.boxes(conn)[0])
        while len(ms) < count:
            _, data, seq = editor.draw()
            conn.rollback()
            started = time.perf_counter()
            try:
                ledger.commit(conn, crs, edits.parsed(data), reason="benchmark", author="officer", base_seq=seq)
                conn.commit()
            except Problem as error:
                conn.rollback()
                refused[error.slug] += 1
                continue
            ms.append((time.perf_counter() - started) * 1000)
    return ms, refused


class Client:
    """One officer at a desk: draws an edit, opens a draft, commits it."""

    def __init__(self, city: City, server: Server, seed: int, cookie: str | None = None) -> None:
        self.conn = connect(city.url, autocommit=True)
        self.editor = edits.Editor(self.conn, FabricCrs(SRID), random.Random(seed), edits.boxes(self.conn)[0])
        self.officer = Officer(server, city.data, cookie)
        self.commit_ms: list[float] = []
        self.both_ms: list[float] = []
        self.refused: Counter[Any] = Counter()

    def one(self, prepared: list[dict[str, Any]] | None = None) -> bool:
        data = prepared or self.editor.draw()[1]
        started = time.perf_counter()
        status, draft = self.officer.post("/api/drafts", {"reason": "benchmark", "intents": data})
        if status != 201:
            raise RuntimeError(f"draft refused: {status} {draft}")
        between = time.perf_counter()
        status, answer = self.officer.post(f"/api/drafts/{draft['id']}/commit", {"reason": "benchmark"})
        ended = time.perf_counter()
        if status != 200:
            self.refused[answer.get("type", status)] += 1
            if status >= 500 and status != 503:
                raise RuntimeError(f"commit failed: {status} {answer}")
            return False
        self.commit_ms.append((ended - between) * 1000)
        self.both_ms.append((ended - started) * 1000)
        return True

    def close(self) -> None:
        self.officer.close()
        self.conn.close()


def run(results: Results, city: City, server: Server, count: int, seconds: float) -> None:
    """Single edits, then four clients for some seconds."""
    ms, refused = ledger_edits(city, count)
    results.add(
        "ledger_p50", percentile(ms, 0.5), f"{count} edits; {sum(refused.values())} drawn that are not possible"
    )
    results.add("ledger_p99", percentile(ms, 0.99))
    client = Client(city, server, 21)
    while len(client.both_ms) < count:
        client.one()
    results.add("commit_p50", percentile(client.commit_ms, 0.5), f"{count} edits")
    results.add("commit_p99", percentile(client.commit_ms, 0.99))
    results.add("draft_commit_p50", percentile(client.both_ms, 0.5))
    results.add("draft_commit_p99", percentile(client.both_ms, 0.99))
    clients = [Client(city, server, 31 + n, client.officer.cookie) for n in range(4)]
    client.close()
    per_client = max(20, int(seconds * 60))
    prepared = [[c.editor.draw()[1] for _ in range(per_client)] for c in clients]
    trouble: list[BaseException] = []
    until = time.perf_counter() + seconds

    def work(who: Client, todo: list[list[dict[str, Any]]]) -> None:
        try:
            for data in todo:
                if time.perf_counter() >= until:
                    return
                who.one(data)
        except BaseException as error:  # noqa: BLE001  (handed to the main thread)
            trouble.append(error)

    started = time.perf_counter()
    threads = [threading.Thread(target=work, args=pair) for pair in zip(clients, prepared, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = time.perf_counter() - started
    if trouble:
        raise trouble[0]
    both = [ms for c in clients for ms in c.both_ms]
    refusals = sum(sum(c.refused.values()) for c in clients)
    note = f"{len(both)} commits in {wall:.0f} s, {refusals} refused, p99 {percentile(both, 0.99):.0f} ms"
    results.add("edit_rate", len(both) / wall, note)
    for c in clients:
        c.close()
