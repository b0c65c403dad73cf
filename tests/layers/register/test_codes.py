"""The national 12-character code: published vectors, uniqueness, big loads that get their codes later."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from layers.crs import FabricCrs, polygon_from_rings
from layers.fabric import intents, ledger, load
from layers.register import codes
from tests.layers.fabric.fabrics import at, face, grid_batch, ring

CRS = FabricCrs(5897)
PARCEL = [(585000, 2326000), (585004.5, 2326000.3), (585003.7, 2326012.3), (584999.2, 2326012.0)]


@pytest.mark.parametrize(
    ("east", "north", "code"),
    [
        (588000, 2325500, "w7er8dsrxfw5"),
        (536000, 2333000, "w7dzvr2k7pqd"),
        (586500, 2351000, "w7g2bkdvtv29"),
        (592300, 2292700, "w7emcsc2e4jk"),
    ],
)
def test_published_points(east: float, north: float, code: str) -> None:
    assert codes.geohash(east, north, CRS) == code


def test_published_parcel() -> None:
    code, anchor = codes.code_of(shapely.Polygon(PARCEL), CRS)
    assert code == "w7epxgxe0rmz"
    assert anchor == pytest.approx((585001.6, 2326009.9), abs=0.05)


def test_many_at_once_are_the_same_as_one_by_one() -> None:
    rng = np.random.default_rng(1)
    shapes = [shapely.Polygon(np.array(PARCEL) + rng.uniform(-0.4, 0.4, (4, 2)) + 20 * i) for i in range(40)]
    found, anchors = codes.codes_of(np.array(shapes, dtype=object), CRS)
    assert found == [codes.code_of(shape, CRS)[0] for shape in shapes]
    assert shapely.contains_xy(shapes, anchors).all()
    assert codes.codes_of(np.array([], dtype=object), CRS)[0] == []


def test_a_taken_code_is_never_given_again(conn) -> None:
    """The same ground drafted over and over: each parcel gets the next free cell of its own inside."""
    drafted = [face(-n, ring((0, 0), (6, 0), (6, 15), (0, 15))) for n in range(1, 8)]
    ids = codes.create_parcels(conn, CRS, drafted)
    rows = conn.execute("SELECT id, code, code_origin FROM fabric.parcel ORDER BY id").fetchall()
    assert [row["id"] for row in rows] == list(ids.values())
    assert len({row["code"] for row in rows}) == 7
    assert [row["code_origin"]["method"] for row in rows] == ["polylabel"] + 6 * ["polylabel, next free cell"]
    shape = polygon_from_rings(drafted[0].rings)
    for row in rows:
        x, y = row["code_origin"]["anchor"]
        assert shapely.contains_xy(shape, x, y)
        assert codes.geohash(x, y, CRS) == row["code"]


def test_a_parcel_without_a_free_cell_stays_without_code(conn) -> None:
    """Four centimetres wide: there are not more cells inside."""
    sliver = ring((0, 0), (0.04, 0), (0.04, 0.04), (0, 0.04))
    codes.create_parcels(conn, CRS, [face(-n, sliver) for n in range(1, 4)])
    found = [row["code"] for row in conn.execute("SELECT code FROM fabric.parcel ORDER BY id")]
    assert found[0] is not None and found[-1] is None


def test_only_land_is_coded(conn) -> None:
    road = face(-1, ring((0, 0), (6, 0), (6, 15), (0, 15)), kind="road")
    codes.create_parcels(conn, CRS, [road])
    assert conn.execute("SELECT code, code_origin FROM fabric.parcel").fetchone() == {"code": None, "code_origin": None}


def test_a_merged_parcel_that_comes_back_gets_a_new_code(conn) -> None:
    """Split, merge, split: the ground of the first piece comes back under another code, the old codes stay retired."""
    load.load_faces(conn, grid_batch(2, 2), reason="lưới")

    def commit(item: dict) -> list[int]:
        done = ledger.commit(conn, CRS, intents.parse([item]), reason="thử", author=None, base_seq=ledger.head(conn))
        return [key for drafted, key in done.parcels.items() if drafted < 0]

    line = [{"mm": at(-1, 7)}, {"mm": at(7, 7)}]
    pieces = commit({"type": "split_by_line", "parcel": 1, "line": line})
    (whole,) = commit({"type": "merge", "parcels": pieces})
    again = commit({"type": "split_by_line", "parcel": whole, "line": line})
    given = conn.execute("SELECT id, code FROM fabric.parcel ORDER BY id").fetchall()
    assert [row["id"] for row in given] == [1, 2, 3, 4, *pieces, whole, *again]
    assert len({row["code"] for row in given}) == 9


def test_codes_inside_the_load(conn) -> None:
    done = load.load_faces(conn, grid_batch(6, 5), reason="lưới")
    assert done.without_code == 0
    rows = conn.execute("SELECT code, code_origin FROM fabric.parcel").fetchall()
    assert len({row["code"] for row in rows}) == 30
    assert all(row["code"].startswith("w7") and row["code_origin"]["source"] == codes.SOURCE for row in rows)
    assert conn.execute("SELECT 1 FROM register.code_queue").fetchone() is None


def test_big_loads_get_their_codes_later(conn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "CODES_NOW", 10)
    load.load_faces(conn, grid_batch(6, 5), reason="lưới")
    assert conn.execute("SELECT count(code) AS n FROM fabric.parcel").fetchone() == {"n": 0}, "the land is there first"
    looked_at = 0
    while done := codes.assign_waiting(conn, batch=7):
        looked_at += done
        assert looked_at < 100
    assert looked_at >= 30
    rows = conn.execute("SELECT id, code, code_origin FROM fabric.parcel ORDER BY id").fetchall()
    assert len({row["code"] for row in rows}) == 30 and None not in {row["code"] for row in rows}
    expected, _ = codes.codes_of(grid_batch(6, 5).geometry, CRS)
    assert [row["code"] for row in rows] == expected
    assert codes.assign_waiting(conn) == 0
    assert conn.execute("SELECT 1 FROM register.code_queue").fetchone() is None


def test_two_big_loads_wait_in_line(conn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parcels edited in between keep what they have; the rest of both loads is coded."""
    monkeypatch.setattr(load, "CODES_NOW", 3)
    load.load_faces(conn, grid_batch(3, 2), reason="một")
    load.load_faces(conn, grid_batch(3, 2, x0=586_000), reason="hai")
    item = {"type": "split_by_line", "parcel": 1, "line": [{"mm": at(-1, 7)}, {"mm": at(7, 7)}]}
    ledger.commit(conn, CRS, intents.parse([item]), reason="thử", author=None, base_seq=2)
    while codes.assign_waiting(conn):
        pass
    rows = conn.execute(
        "SELECT p.code, v.retired_by FROM fabric.parcel p JOIN fabric.parcel_version v ON v.parcel_id = p.id"
        " WHERE v.kind = 'land' AND v.retired_by IS NULL"
    ).fetchall()
    assert len(rows) == 13 and len({row["code"] for row in rows}) == 13
    assert None not in {row["code"] for row in rows}


def test_a_code_that_is_taken_is_left_out_of_a_big_load(conn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "CODES_NOW", 3)
    taken = codes.code_of(grid_batch(1, 1).geometry[0], CRS)[0]
    conn.execute("INSERT INTO fabric.parcel (code, code_origin) VALUES (%s, '{}')", (taken,))
    load.load_faces(conn, grid_batch(3, 2), reason="lưới")
    while codes.assign_waiting(conn):
        pass
    row = conn.execute("SELECT count(*) AS n, count(code) AS coded FROM fabric.parcel").fetchone()
    assert row == {"n": 7, "coded": 6}, "the parcel stays without code, as a case for data quality"
