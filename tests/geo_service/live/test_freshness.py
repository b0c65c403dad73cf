"""No stale tile after an event: 10,000 random edits while readers keep the cache busy."""

from __future__ import annotations

import asyncio
import gzip
import multiprocessing
import random
from pathlib import Path

import mapbox_vector_tile
import orjson
import pytest
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from geo_service.live.hub import Hub
from geo_service.tiles.service import TileService
from layers.db import connect
from layers.fabric.load import load_faces
from layers.tiles.cover import span
from layers.tiles.render import Tile
from tests.layers.fabric.fabrics import grid_batch

EDITS = 10_000
RENUMBER = """
WITH cs AS (INSERT INTO fabric.change_set (kind, reason, base_seq) VALUES ('renumber', 'thử', 0) RETURNING id),
old AS (UPDATE fabric.parcel_version SET retired_by = (SELECT id FROM cs) WHERE parcel_id = %(parcel)s AND retired_by IS NULL
        RETURNING unit, kind, sheet, land_use, geom)
SELECT (SELECT id FROM cs) AS id, old.* FROM old
"""


def write_edits(url: str, seed: int, count: int) -> None:
    """Give random parcels ever higher numbers, each as a change set of its own."""
    rng = random.Random(seed)
    with connect(url, autocommit=True) as conn:
        conn.execute("SET synchronous_commit = off")
        for n in range(count):
            with conn.transaction():
                row = conn.execute(RENUMBER, {"parcel": rng.randint(1, 100)}, prepare=True).fetchone()
                conn.execute(
                    "INSERT INTO fabric.parcel_version (parcel_id, unit, kind, sheet, land_use, geom, number, created_by)"
                    " SELECT parcel_id, unit, kind, sheet, land_use, geom, %s, %s FROM fabric.parcel_version WHERE retired_by = %s",
                    (str(1000 + n), row["id"], row["id"]),
                    prepare=True,
                )


@pytest.mark.timeout(900)
def test_no_stale_tile_after_an_event(database_url: str, tmp_path: Path) -> None:
    with connect(database_url) as conn:
        load_faces(conn, grid_batch(10, 10), reason="lưới")
    checked, stale = asyncio.run(_watch(database_url, tmp_path))
    assert checked == EDITS
    assert stale == []


async def _watch(url: str, folder: Path) -> tuple[int, list[str]]:
    pool = AsyncConnectionPool(
        url, kwargs={"row_factory": dict_row, "autocommit": True}, min_size=2, max_size=4, open=False
    )
    await pool.open()
    tiles = TileService(pool, folder)
    hub = Hub(url, lambda event: tiles.evict(event["bounds"]))
    await hub.start()
    subscriber = hub.subscribe(frozenset())
    subscriber.queue = asyncio.Queue()  # the test must see every event, however slow it is
    places = await _places(pool)
    over = asyncio.Event()

    async def keep_busy(seed: int) -> None:
        rng = random.Random(seed)
        while not over.is_set():
            await tiles.current(rng.choice(list(places.values())), hub, None)
            await asyncio.sleep(0)

    writer = multiprocessing.get_context("spawn").Process(target=write_edits, args=(url, 1, EDITS))
    writer.start()
    readers = [asyncio.create_task(keep_busy(n)) for n in range(3)]
    checked, stale = 0, []
    try:
        while checked < EDITS:
            seq, frame = await asyncio.wait_for(subscriber.queue.get(), 60)
            event = orjson.loads(frame.split(b"data: ", 1)[1])
            face = event["features"]["features"][0]
            entry = await tiles.current(places[face["id"]], hub, None)
            shown = {f["id"]: f["properties"]["num"] for f in _decode(entry.body)["faces"]["features"]}
            if int(shown[face["id"]]) < int(face["properties"]["num"]):
                stale.append(f"seq {seq}: tile shows {shown[face['id']]}, event said {face['properties']['num']}")
            checked += 1
    finally:
        over.set()
        await asyncio.gather(*readers)
        writer.join(30)
        writer.kill()
        await hub.stop()
        await pool.close()
    assert tiles.cache.hits > 1_000, "the cache was in use"
    assert tiles.cache.refused > 0, "some tiles were overtaken while being drawn, and not kept"
    return checked, stale


def _decode(body: bytes) -> dict:
    return mapbox_vector_tile.decode(gzip.decompress(body))


async def _places(pool: AsyncConnectionPool) -> dict[int, Tile]:
    """A tile of zoom 18 that shows each parcel."""
    async with pool.connection() as conn:
        rows = await (await conn.execute(
            "SELECT parcel_id, ST_X(p) AS lon, ST_Y(p) AS lat FROM (SELECT parcel_id, ST_Transform(ST_PointOnSurface(geom_3857), 4326) AS p"
            " FROM fabric.parcel_version) v"
        )).fetchall()  # fmt: skip
    return {r["parcel_id"]: Tile(18, *span((r["lon"], r["lat"], r["lon"], r["lat"]), 18)[:2]) for r in rows}
