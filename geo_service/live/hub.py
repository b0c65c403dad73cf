"""The hub of one process: LISTEN, read what is new in order, evict caches, then tell subscribers.

The bell (NOTIFY) carries only a number and may be missed; the log may not. After every (re)connect the hub listens first and reads the
log from its last position second, so nothing falls between.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
import psycopg
import structlog
from psycopg.rows import DictRow, dict_row

from geo_service.live import feed

log = structlog.get_logger(__name__)
RING = 10_000
QUEUE = 256
POLL_SECONDS = 5.0
ALL = "*"
# Right after a big load nearly every version has the same created_by, and the planner would read the whole table to find the few of a change.
INDEXES_ONLY = "-c enable_seqscan=off"


@dataclass(slots=True, eq=False)
class Subscriber:
    """One open map. Its queue is bounded: when it is full, everything in it collapses into one `resync`, never silently."""

    cells: frozenset[str]
    queue: asyncio.Queue[tuple[int, bytes]] = field(default_factory=lambda: asyncio.Queue(QUEUE))

    def put(self, seq: int, frame: bytes) -> None:
        if self.queue.full():
            while not self.queue.empty():
                self.queue.get_nowait()
            frame = resync_frame(seq)
        self.queue.put_nowait((seq, frame))


def frame(event: str, data: bytes, seq: int | None = None) -> bytes:
    """One Server-Sent Event."""
    head = f"id: {seq}\nevent: {event}\n" if seq is not None else f"event: {event}\n"
    return head.encode() + b"data: " + data + b"\n\n"


def resync_frame(seq: int) -> bytes:
    return frame("resync", orjson.dumps({"seq": seq}), seq)


BYE = frame("bye", b"{}")


class Hub:
    """`evict` is called with the bounds of every event before any subscriber hears of it."""

    def __init__(self, url: str, evict: Callable[[dict[str, Any]], None]) -> None:
        self._url = url
        self._evict = evict
        self._ring: deque[tuple[int, frozenset[str] | None, bytes]] = deque(maxlen=RING)
        self._by_cell: dict[str, set[Subscriber]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self._moved = asyncio.Condition()
        self.last = 0
        self.connected = False
        self.subscribers = 0

    async def start(self) -> None:
        """Take up the feed at its present end; returns once that is known."""
        self._task = asyncio.create_task(self._run(), name="feed hub")
        async with self._moved:
            await asyncio.wait_for(self._moved.wait_for(lambda: self.connected), 30)

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def say_goodbye(self) -> None:
        """Have every stream end with `bye`, so that the server can stop at once; maps come back by themselves."""
        for subscriber in set().union(*self._by_cell.values()) if self._by_cell else ():
            subscriber.put(0, BYE)

    async def wait_for(self, seq: int, seconds: float) -> bool:
        """Whether the hub has dealt with `seq` within the time."""
        if self.last >= seq:
            return True
        async with self._moved:
            try:
                await asyncio.wait_for(self._moved.wait_for(lambda: self.last >= seq), seconds)
            except TimeoutError:
                return False
        return True

    async def _run(self) -> None:
        first, pause = True, 0.1
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._url,
                    autocommit=True,
                    row_factory=dict_row,
                    application_name="geo-service feed",
                    options=INDEXES_ONLY,
                    keepalives_idle=5,
                    keepalives_interval=2,
                    keepalives_count=3,
                ) as conn:
                    await conn.execute("LISTEN geo_feed")
                    if first:
                        row = await (await conn.execute("SELECT seq FROM feed.head")).fetchone()
                        self.last = row["seq"] if row else 0
                        first = False
                    await self._catch_up(conn)
                    await self._set_connected(True)
                    pause = 0.1
                    while True:
                        async for _ in conn.notifies(timeout=POLL_SECONDS, stop_after=1):
                            pass
                        await self._catch_up(conn)
            except (psycopg.Error, OSError) as error:
                log.warning("feed connection lost", error=str(error).strip(), retry_in_s=pause)
                await self._set_connected(False)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)

    async def _set_connected(self, value: bool) -> None:
        async with self._moved:
            self.connected = value
            self._moved.notify_all()

    async def _catch_up(self, conn: psycopg.AsyncConnection[DictRow]) -> None:
        while True:
            events = await feed.events_after(conn, self.last)
            for event in events:
                self._evict(event)
                features = await feed.features_of(conn, event) if self.subscribers else None
                data = orjson.dumps(event)[:-1] + b',"features":' + (features or "null").encode() + b"}"
                self._publish(event, frame("change", data, event["seq"]))
                async with self._moved:
                    self.last = event["seq"]
                    self._moved.notify_all()
            if len(events) < feed.PAGE:
                return

    def _publish(self, event: dict[str, Any], message: bytes) -> None:
        seq = event["seq"]
        cells = frozenset(event["cells"]) if event["cells"] is not None else None
        self._ring.append((seq, cells, message))
        if cells is None:
            concerned = set().union(*self._by_cell.values()) if self._by_cell else set()
        else:
            concerned = set(self._by_cell.get(ALL, ())).union(*(self._by_cell.get(cell, ()) for cell in cells))
        for subscriber in concerned:
            subscriber.put(seq, message)

    def subscribe(self, cells: frozenset[str]) -> Subscriber:
        """`cells` empty: everything."""
        subscriber = Subscriber(cells or frozenset((ALL,)))
        for cell in subscriber.cells:
            self._by_cell[cell].add(subscriber)
        self.subscribers += 1
        return subscriber

    def unsubscribe(self, subscriber: Subscriber) -> None:
        for cell in subscriber.cells:
            self._by_cell[cell].discard(subscriber)
            if not self._by_cell[cell]:
                del self._by_cell[cell]
        self.subscribers -= 1

    def missed(self, after: int, cells: frozenset[str]) -> list[tuple[int, bytes]] | None:
        """Frames after `after` up to now from memory; None when memory does not reach back that far."""
        if after >= self.last:
            return []
        if not self._ring or self._ring[0][0] > after + 1:
            return None
        return [
            (seq, message)
            for seq, touched, message in self._ring
            if seq > after and (not cells or touched is None or touched & cells)
        ]
