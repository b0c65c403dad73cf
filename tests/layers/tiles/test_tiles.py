"""Tiles hold what the ledger holds, at every zoom and every past seq."""

from __future__ import annotations

import gzip
import mmap
from pathlib import Path

import mapbox_vector_tile
import pytest
from pmtiles.reader import Reader

from layers.crs import FabricCrs
from layers.fabric import intents, ledger
from layers.fabric.load import load_faces
from layers.tiles import snapshot
from layers.tiles.cover import span
from layers.tiles.render import Tile, delta_statement, raw_statement
from tests.layers.fabric.fabrics import grid_batch

CRS = FabricCrs(5897)


@pytest.fixture
def land(conn):
    load_faces(conn, grid_batch(20, 20), reason="lưới")
    conn.commit()
    return conn


def commit(conn, *items):
    work = intents.resolve(intents.parse(list(items)), CRS)
    with conn.transaction():
        done = ledger.commit(conn, CRS, work, reason="thử", author=None, base_seq=ledger.head(conn))
    conn.commit()
    return done


def bounds(conn):
    return conn.execute("SELECT bounds FROM feed.event WHERE seq = 1").fetchone()["bounds"]


def tiles_of(conn, zoom: int) -> list[Tile]:
    x0, y0, x1, y1 = span(bounds(conn), zoom)
    return [Tile(zoom, x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)]


def draw(conn, tile: Tile, at: int | None = None) -> dict:
    body = conn.execute(
        raw_statement(tile.z, at is not None), {"z": tile.z, "x": tile.x, "y": tile.y, "at": at}
    ).fetchone()["mvt"]
    return mapbox_vector_tile.decode(body) if body else {}


@pytest.mark.parametrize("zoom", [14, 15, 16, 17, 18])
def test_every_face_is_in_its_tiles(land, zoom: int) -> None:
    seen = {
        f["id"] for tile in tiles_of(land, zoom) for f in draw(land, tile).get("faces", {"features": []})["features"]
    }
    assert seen == set(range(1, 401)), "no silent limit"


def test_profiles_by_zoom(land) -> None:
    tile15, tile17 = (next(d for t in tiles_of(land, z) if (d := draw(land, t))) for z in (15, 17))
    assert set(tile15["faces"]["features"][0]["properties"]) == {"kind", "lu"}
    assert {"num", "area", "unit", "sheet"} <= set(tile17["faces"]["features"][0]["properties"])
    assert "labels" in tile17 and "labels" not in tile15


def test_each_label_is_in_one_tile(land) -> None:
    labels = [
        f["id"] for tile in tiles_of(land, 18) for f in draw(land, tile).get("labels", {"features": []})["features"]
    ]
    assert sorted(labels) == list(range(1, 401))


def by_id(tile: dict) -> dict:
    return {name: sorted(layer["features"], key=lambda f: (f.get("id", 0), str(f))) for name, layer in tile.items()}


def test_past_tiles(land) -> None:
    done = commit(land, {"type": "merge", "parcels": [1, 2]})
    now, before = set(), set()
    for tile in tiles_of(land, 16):
        now |= {f["id"] for f in draw(land, tile).get("faces", {"features": []})["features"]}
        before |= {f["id"] for f in draw(land, tile, 1).get("faces", {"features": []})["features"]}
        assert by_id(draw(land, tile)) == by_id(draw(land, tile, done.seq))
    assert before == set(range(1, 401))
    assert now == (before - {1, 2}) | {done.parcels[-1]}


def test_snapshot_and_delta(land, tmp_path: Path) -> None:
    land.commit()
    with land.transaction():
        built = snapshot.build(land, tmp_path)
    land.commit()
    assert built.seq == 1 and built.faces == 400
    with (tmp_path / built.file).open("rb") as file:
        memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    reader = Reader(lambda offset, length: memory[offset : offset + length])
    for zoom in range(11, 14):  # the test's land is smaller than a pixel further out
        drawn = [
            mapbox_vector_tile.decode(gzip.decompress(body))
            for t in tiles_of(land, zoom)
            if (body := reader.get(t.z, t.x, t.y))
        ]
        assert drawn, zoom
        assert all("faces" in tile for tile in drawn)
    done = commit(land, {"type": "reclassify", "parcel": 7, "land_use": "TMD"})

    def changes(after: int, until: int) -> list[int]:
        rows = land.execute("SELECT id FROM fabric.change_set WHERE seq > %s AND seq <= %s", (after, until)).fetchall()
        return [row["id"] for row in rows]

    def delta(snap: int, at: int | None) -> set[int]:
        moment = done.seq if at is None else at
        between = {"fresh": changes(snap, moment), "gone": changes(moment, snap)}
        found = set()
        for t in tiles_of(land, 13):
            where = {"z": t.z, "x": t.x, "y": t.y, "at": at} | between
            body = land.execute(delta_statement(at is not None), where).fetchone()["mvt"]
            found |= {f["id"] for f in mapbox_vector_tile.decode(body)["delta"]["features"]} if body else set()
        return found

    assert delta(1, None) == {7}
    assert delta(1, done.seq) == {7}
    assert delta(1, 1) == set()
    assert delta(done.seq, 1) == {7}, "a newer snapshot is drawn over with what was there before"
    limits = land.execute("SELECT count(*) AS n FROM tiles.unit_limit").fetchone()["n"]
    assert limits >= 1
