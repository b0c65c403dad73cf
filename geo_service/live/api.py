"""GET /live (Server-Sent Events) and GET /api/changes (the same log, paged)."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from geo_service.deps import Visit
from geo_service.live import feed, schemas
from geo_service.live.hub import BYE, Hub, frame, resync_frame
from geo_service.openapi import answers
from geo_service.parcels.names import told_of_change
from layers.errors import Malformed, TooMany
from layers.fabric import history

router = APIRouter(tags=["feed"])
HEARTBEAT_SECONDS = 15.0
LIFETIME_SECONDS = 600.0
MAX_CELLS = 256
MAX_SUBSCRIBERS = 5_000
MAX_CATCH_UP = 20_000
CELL = re.compile(r"12/\d{1,4}/\d{1,4}|dossier/[0-9a-f-]{36}|(?:desk|finding)/(\*|[0-9A-Za-z_-]{1,12})")


def parse_cells(text: str | None) -> frozenset[str]:
    """Cells of a viewport (`12/x/y`) and what to follow (`dossier/<id>`, `desk/<unit>`, `finding/<unit>`), separated by commas; nothing means everything."""
    if not text:
        return frozenset()
    cells = text.split(",")
    if len(cells) > MAX_CELLS or not all(CELL.fullmatch(cell) for cell in cells):
        raise Malformed(
            "bad-cells",
            f"cells must be at most {MAX_CELLS} times 12/x/y, dossier/<id>, desk/<unit> or finding/<unit>.",
            f"cells phải là tối đa {MAX_CELLS} mục dạng 12/x/y, dossier/<id>, desk/<đơn vị> hoặc finding/<đơn vị>.",
        )
    return frozenset(cells)


@router.get("/live", response_class=StreamingResponse, responses=schemas.STREAM)
async def live(
    request: Request,
    cells: str | None = None,
    after: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """Changes as they are committed, in order, for the cells of a viewport. Resumes after `Last-Event-ID` (or `after`)."""
    hub: Hub = request.app.state.hub
    wanted = parse_cells(cells)
    if hub.subscribers >= MAX_SUBSCRIBERS:
        raise TooMany("too-many-maps", "Too many open maps.", "Quá nhiều bản đồ đang mở.")
    if last_event_id and last_event_id.isdecimal() and len(last_event_id) < 16:
        after = int(last_event_id)
    return StreamingResponse(
        stream(request.app, hub, wanted, after),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


async def stream(app: Any, hub: Hub, cells: frozenset[str], after: int | None) -> AsyncIterator[bytes]:
    """Subscribe first, then replay what was missed, then go on: nothing falls between, nothing comes twice."""
    subscriber = hub.subscribe(cells)
    try:
        sent = hub.last if after is None else min(after, hub.last)
        yield b"retry: 1000\n\n" + frame("hello", orjson.dumps({"seq": hub.last, "after": sent}))
        if sent < hub.last:
            async for seq, message in replay(app, hub, cells, sent):
                sent = seq
                yield message
        ends = time.monotonic() + LIFETIME_SECONDS
        while time.monotonic() < ends:
            try:
                seq, message = await asyncio.wait_for(subscriber.queue.get(), HEARTBEAT_SECONDS)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if message is BYE:
                break
            if seq > sent:
                sent = seq
                yield message
        yield BYE
    finally:
        hub.unsubscribe(subscriber)


async def replay(app: Any, hub: Hub, cells: frozenset[str], after: int) -> AsyncIterator[tuple[int, bytes]]:
    """What came after `after`: from memory if it reaches back, from the table otherwise, as `resync` when that is too much."""
    until = hub.last
    frames = hub.missed(after, cells)
    if frames is not None:
        for item in frames:
            yield item
        return
    if until - after > MAX_CATCH_UP:
        yield until, resync_frame(until)
        return
    while after < until:
        async with app.state.async_pool.connection() as conn:
            events = await feed.events_after(conn, after)
        if not events or events[0]["seq"] != after + 1:
            yield until, resync_frame(until)
            return
        for event in events:
            after = event["seq"]
            if after > until:
                return
            if not cells or event["cells"] is None or cells.intersection(event["cells"]):
                yield after, frame("change", orjson.dumps(event | {"features": None}), after)


@router.get("/api/changes", responses=answers(schemas.Changes))
async def changes(
    request: Request,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=feed.PAGE)] = 100,
) -> dict[str, Any]:
    """The log, oldest first. Ask again with `after` = the last seq received until it equals `head_seq`."""
    async with request.app.state.async_pool.connection() as conn:
        items = await feed.events_after(conn, after, limit)
        row = await (await conn.execute("SELECT seq FROM feed.head")).fetchone()
    return {"items": items, "head_seq": row["seq"]}


@router.get("/api/changes/{seq}", responses=answers(schemas.Change))
def change(seq: int, visit: Visit) -> dict[str, Any]:
    """One change set with its certificate, hash chain link, faces and lineage. Who did it and why is told to staff of its units only."""
    if not 0 < seq <= 2**53:
        raise Malformed("no-such-seq", f"There is no seq {seq}.", f"Không có số thứ tự {seq}.")
    return history.change(visit.conn, seq, names=told_of_change(visit, seq))
