"""The random walk: eight writers, and meanwhile a real hub and a real tile service that must never serve a stale tile.

A served tile is stale when its content is older than the last event the hub had dealt with when the tile was asked for.
It is compared with a fresh drawing from the database in one transaction that also reads the head of the feed. Where
the two differ because the land moved on between them, the tile must equal the land as of one seq in between, drawn
from history.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import mapbox_vector_tile
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from geo_service.live.hub import Hub
from geo_service.tiles.service import TileService, pack
from layers.db import connect
from layers.fabric import ledger
from layers.tiles.cover import span
from layers.tiles.render import Tile, raw_statement
from tests.benchmarks.city import City
from tests.benchmarks.report import Results, percentile
from tests.benchmarks.service import ROOT

WRITERS = 8
EACH = 2  # edits of a change set while tiles are watched; the rate is measured with one
ZOOMS = (16, 17, 17, 18, 18, 18, 19, 19, 19, 19)
VIEWERS, CHECKERS = 2, 2
Pool = AsyncConnectionPool[AsyncConnection[DictRow]]


def start_writers(city: City, goal: int, seed: int, each: int) -> list[subprocess.Popen[str]]:
    return [
        subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.writer", city.url, str(seed + n), str(goal), str(each)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for n in range(WRITERS)
    ]  # fmt: skip


def collect(writers: Sequence[subprocess.Popen[str]]) -> tuple[Counter[str], list[float]]:
    outcomes: Counter[str] = Counter()
    ms: list[float] = []
    for writer in writers:
        assert writer.stdout is not None
        text = writer.stdout.read()
        if writer.wait() != 0:
            raise RuntimeError("a writer of the random walk failed")
        done = json.loads(text)
        outcomes.update(done["outcomes"])
        ms += done["ms"]
    return outcomes, ms


def contents(body: bytes) -> Any:
    """What a tile shows, without the order in which it is written."""
    decoded = mapbox_vector_tile.decode(body) if body else {}
    return {
        name: sorted(json.dumps([f["id"], f["properties"], f["geometry"]], sort_keys=True) for f in layer["features"])
        for name, layer in decoded.items()
    }


class Watch:
    """Watches one walk."""

    def __init__(self, city: City, pool: Pool, goal: int, results: Results) -> None:
        self.pool, self.goal, self.results = pool, goal, results
        self.service = TileService(pool, city.data / "tiles", 64 * 1024**2)
        self.hub = Hub(city.url, self.event)
        self.rng = random.Random(5)
        self.recent: list[dict[str, Any]] = []
        self.expected = 0
        self.lost = self.checked = self.moved_on = self.stale = 0
        self.examples: list[str] = []

    def event(self, event: dict[str, Any]) -> None:
        """As in the application: evict. Also notes that no event is missing, and where to look."""
        self.service.evict(event["bounds"])
        if self.expected and event["seq"] != self.expected:
            self.lost += 1
        self.expected = event["seq"] + 1
        self.recent.append(event)
        del self.recent[:-50]

    async def run(self) -> None:
        await self.hub.start()
        self.expected = self.hub.last + 1
        began = time.monotonic()
        tasks = [asyncio.create_task(self.view()) for _ in range(VIEWERS)]
        tasks += [asyncio.create_task(self.keep_checking()) for _ in range(CHECKERS)]
        tasks.append(asyncio.create_task(self.tell(began)))
        for task in asyncio.as_completed(tasks):
            await task
        with connect(self.hub._url) as conn:
            head = ledger.head(conn)
        if not await self.hub.wait_for(head, 60):
            self.lost += head - self.hub.last
        for tile in list(self.service.cache._entries)[:2_000]:  # at rest, everything kept must be the newest state
            await self.check(tile)
        await self.hub.stop()

    @property
    def going(self) -> bool:
        return self.hub.last < self.goal

    async def tell(self, began: float) -> None:
        first, told = self.hub.last, 0.0
        while self.going:
            await asyncio.sleep(0.5)
            if time.monotonic() - told > 30:
                told = time.monotonic()
                done, rate = self.hub.last - first, (self.hub.last - first) / (told - began + 0.001)
                self.results.say(
                    f"  {done:,} change sets, {rate:.0f}/s, {self.checked:,} tiles checked, {self.stale} stale"
                )

    async def view(self) -> None:
        """Open maps in the hot area: fills are under way whenever an event comes."""
        while self.going:
            if self.recent and (tile := self.pick(self.rng.choice(self.recent))):
                await self.service.current(tile, self.hub, None)
            await asyncio.sleep(0.005)

    async def keep_checking(self) -> None:
        last = 0
        while self.going:
            if not self.recent or self.recent[-1]["seq"] == last:
                await asyncio.sleep(0.002)
                continue
            last = self.recent[-1]["seq"]
            if self.hub.last >= last and (tile := self.pick(self.recent[-1])):
                await self.check(tile)
            await asyncio.sleep(0)

    def pick(self, event: dict[str, Any]) -> Tile | None:
        """A tile that the event touched."""
        if event["bounds"] is None:
            return None
        zoom = self.rng.choice(ZOOMS)
        x0, y0, x1, y1 = span(event["bounds"], zoom)
        return Tile(zoom, self.rng.randint(x0, x1), self.rng.randint(y0, y1))

    async def check(self, tile: Tile) -> None:
        delivered = self.hub.last
        entry = await self.service.current(tile, self.hub, None)
        where = {"z": tile.z, "x": tile.x, "y": tile.y}
        async with self.pool.connection() as conn, conn.transaction():
            await conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            row = await (await conn.execute("SELECT seq FROM feed.head")).fetchone()
            head = int(row["seq"]) if row else 0
            drawn = await (await conn.execute(raw_statement(tile.z, False), where)).fetchone()
        self.checked += 1
        body = drawn["mvt"] if drawn else b""
        if pack(body).etag == entry.etag:
            return
        served = contents(gzip.decompress(entry.body) if entry.body else b"")
        if served == contents(body):
            return
        for seq in range(head, delivered - 1, -1):
            async with self.pool.connection() as conn:
                old = await (await conn.execute(raw_statement(tile.z, True), where | {"at": seq})).fetchone()
            if served == contents(old["mvt"] if old else b""):
                self.moved_on += 1
                return
        self.stale += 1
        self.examples.append(f"{tile} at {delivered}–{head}")


async def watched(city: City, goal: int, results: Results) -> Watch:
    pool: Pool = AsyncConnectionPool(
        city.url, kwargs={"row_factory": dict_row, "autocommit": True}, min_size=4, max_size=6, open=False
    )
    await pool.open()
    try:
        watch = Watch(city, pool, goal, results)
        await watch.run()
        return watch
    finally:
        await pool.close()


def run(results: Results, city: City, count: int, seconds: float) -> None:
    """First the writers alone for some seconds (the rate), then `count` edits under watch."""
    with connect(city.url) as conn:
        start = ledger.head(conn)
    writers = start_writers(city, start + 10**9, 100, 1)
    with connect(city.url, autocommit=True) as conn:
        patience = time.monotonic() + 120
        while ledger.head(conn) < start + 10 * WRITERS and time.monotonic() < patience:
            time.sleep(0.2)  # until all have imported what they need
        first, began = ledger.head(conn), time.perf_counter()
        time.sleep(seconds)
        last, ended = ledger.head(conn), time.perf_counter()
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("stop\n")
        writer.stdin.flush()
    outcomes, ms = collect(writers)
    note = f"{last - first:,} commits in {ended - began:.0f} s, p99 {percentile(ms, 0.99):.0f} ms a commit"
    results.add("walk_rate", (last - first) / (ended - began), note)
    results.details["walk outcomes"] = dict(outcomes)

    with connect(city.url) as conn:
        start = ledger.head(conn)
    goal = start + -(-count // EACH)
    writers = start_writers(city, goal, 200, EACH)
    watch = asyncio.run(watched(city, goal, results))
    outcomes, _ = collect(writers)
    with connect(city.url) as conn:
        made = ledger.head(conn) - start
    results.details["watched walk outcomes"] = dict(outcomes)
    cache = watch.service.cache
    note = f"{watch.moved_on:,} moved on meanwhile; cache {cache.hits:,} hits, {cache.refused:,} late fills refused"
    results.add("stale", watch.stale)
    results.add("stale_checked", watch.checked, note)
    results.add("stale_edits", made * EACH, f"in {made:,} change sets")
    results.add("walk_lost", watch.lost)
    if watch.stale:
        results.wrong.append(f"{watch.stale} stale tiles: {', '.join(watch.examples[:5])}")
    if watch.lost:
        results.wrong.append(f"{watch.lost} events lost or out of order at the hub")
