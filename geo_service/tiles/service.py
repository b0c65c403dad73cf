"""Tiles for requests: cache, single flight, snapshot below zoom 14, any past seq."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import mmap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pmtiles.reader import Reader
from psycopg import AsyncConnection
from psycopg.rows import DictRow
from psycopg_pool import AsyncConnectionPool

from geo_service.live.hub import Hub
from layers.tiles.cache import Entry, TileCache
from layers.tiles.render import RAW_ZOOM, Tile, delta_statement, raw_statement

CACHE_BYTES = 256 * 1024**2
WAIT_SECONDS = 0.5

# `fresh` and `gone`: change sets that lie between snapshot and the moment asked for, either way round.
SNAPSHOT_NOW = """
    SELECT s.seq, s.file, h.seq AS wanted, ARRAY(SELECT id FROM fabric.change_set WHERE seq > s.seq) AS fresh, '{}'::bigint[] AS gone
    FROM (SELECT seq, file FROM tiles.snapshot ORDER BY seq DESC LIMIT 1) s, feed.head h
"""
# The newest snapshot up to a seq; failing that the next later one, unless land was loaded in between.
SNAPSHOT_AT = """
    SELECT s.seq, s.file, %(at)s::bigint AS wanted,
           ARRAY(SELECT id FROM fabric.change_set WHERE seq > s.seq AND seq <= %(at)s) AS fresh,
           ARRAY(SELECT id FROM fabric.change_set WHERE seq > %(at)s AND seq <= s.seq) AS gone
    FROM (
        SELECT s.seq, s.file FROM tiles.snapshot s
        WHERE s.seq <= %(at)s OR NOT EXISTS (
            SELECT 1 FROM fabric.change_set c WHERE c.kind IN ('load', 'extend') AND c.seq > %(at)s AND c.seq <= s.seq)
        ORDER BY s.seq <= %(at)s DESC, abs(s.seq - %(at)s) LIMIT 1) s
"""


class TileService:
    """One per process. `evict` belongs to the hub."""

    def __init__(
        self, pool: AsyncConnectionPool[AsyncConnection[DictRow]], folder: Path, cache_bytes: int = CACHE_BYTES
    ) -> None:
        self._pool = pool
        self._folder = folder
        self.cache = TileCache(cache_bytes)
        self._flights: dict[Tile, asyncio.Future[Entry]] = {}
        self._readers: dict[str, Reader] = {}

    def evict(self, bounds: Sequence[float] | None) -> None:
        """Forget what `bounds` (degrees) touches, finished or in the making."""
        for tile in self.cache.evict(bounds):
            self._flights.pop(tile, None)

    async def current(self, tile: Tile, hub: Hub, after: int | None) -> Entry:
        """The tile as of now, at least as fresh as seq `after`."""
        if not hub.connected or (after is not None and not await hub.wait_for(after, WAIT_SECONDS)):
            return await self._render(tile)  # the cache cannot be trusted to know: ask the database itself
        entry = self.cache.get(tile)
        if entry is not None:
            return entry
        flight = self._flights.get(tile)
        if flight is None:
            flight = asyncio.ensure_future(self._render_and_store(tile))
            self._flights[tile] = flight
            flight.add_done_callback(lambda done: self._landed(tile, done))
        return await asyncio.shield(flight)

    def _landed(self, tile: Tile, done: asyncio.Future[Entry]) -> None:
        if self._flights.get(tile) is done:
            del self._flights[tile]
        if not done.cancelled():
            done.exception()  # seen: whoever waits gets it

    async def _render_and_store(self, tile: Tile) -> Entry:
        ticket = self.cache.begin(tile)
        try:
            entry = await self._render(tile)
        except BaseException:
            self.cache.abandon(ticket)
            raise
        self.cache.store(ticket, entry)
        return entry

    async def past(self, tile: Tile, at: int) -> Entry:
        """The tile as of a past seq."""
        return await self._render(tile, at)

    async def _render(self, tile: Tile, at: int | None = None) -> Entry:
        where: dict[str, Any] = {"z": tile.z, "x": tile.x, "y": tile.y, "at": at}
        async with self._pool.connection() as conn:
            if tile.z < RAW_ZOOM:
                return await self._generalised(conn, tile, at, where)
            row = await (await conn.execute(raw_statement(tile.z, at is not None), where)).fetchone()
        return pack(row["mvt"] if row else b"")

    async def _generalised(
        self, conn: AsyncConnection[DictRow], tile: Tile, at: int | None, where: dict[str, Any]
    ) -> Entry:
        snapshot = await (await conn.execute(SNAPSHOT_AT if at is not None else SNAPSHOT_NOW, where)).fetchone()
        if snapshot is None:
            return pack(b"")
        base = self._reader(snapshot["file"]).get(tile.z, tile.x, tile.y) or b""
        if snapshot["seq"] == snapshot["wanted"]:
            return Entry(base, tag(base))  # as it lies in the file
        where |= {"fresh": snapshot["fresh"], "gone": snapshot["gone"]}
        row = await (await conn.execute(delta_statement(at is not None), where, prepare=False)).fetchone()
        if row is None or not row["mvt"]:
            return Entry(base, tag(base))
        return pack((gzip.decompress(base) if base else b"") + row["mvt"])

    def _reader(self, name: str) -> Reader:
        reader = self._readers.get(name)
        if reader is None:
            with (self._folder / name).open("rb") as file:
                memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            reader = self._readers[name] = Reader(lambda offset, length: memory[offset : offset + length])
        return reader


def pack(body: bytes) -> Entry:
    """Compress and tag. Level 1: the tile is sent more often than it is made, but not by much."""
    return Entry(gzip.compress(body, 1, mtime=0) if body else b"", tag(body))


def tag(body: bytes) -> str:
    """A strong entity tag."""
    return '"' + hashlib.blake2b(body, digest_size=12).hexdigest() + '"'
