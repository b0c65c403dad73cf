"""Blocks stop an edit at commit, whoever makes it; neighbours that only gain a vertex are not touched."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest

from layers.crs import FabricCrs
from layers.errors import EditRefused, Malformed, Stale
from layers.fabric import intents, ledger
from layers.register.rights import blocks
from tests.layers.fabric.fabrics import at
from tests.layers.register.rights.holders import LAN, OURS, Conn, enter, right

CRS = FabricCrs(5897)
TODAY = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()
WHY = {"reason": "Kê biên thử", "source": "Quyết định thử"}


def cut(parcel: int, y: float = 7) -> dict[str, object]:
    x0, y0 = 6 * ((parcel - 1) % 5), 15 * ((parcel - 1) // 5)
    return {"type": "split_by_line", "parcel": parcel, "line": [{"mm": at(x0 - 1, y0 + y)}, {"mm": at(x0 + 7, y0 + y)}]}


def edit(conn: Conn, *wishes: dict[str, object]) -> ledger.Committed:
    work = intents.resolve(intents.parse(list(wishes)), CRS)
    done = ledger.commit(conn, CRS, work, reason="thử", author=None, base_seq=ledger.head(conn))
    conn.commit()
    return done


def refused(conn: Conn, *wishes: dict[str, object]) -> EditRefused:
    with pytest.raises(EditRefused) as error:
        edit(conn, *wishes)
    conn.rollback()
    assert error.value.slug == "blocked"
    return error.value


def put(conn: Conn, parcel: int, **more: object) -> int:
    row = blocks.put(conn, parcel, OURS, **{"kind": "seizure", **WHY, **more})  # type: ignore[arg-type]
    conn.commit()
    return int(row["id"])


def test_a_blocked_parcel_is_not_split_until_the_block_is_lifted(land: Conn) -> None:
    block = put(land, 7)
    before = ledger.head(land)
    error = refused(land, cut(7))
    assert "Kê biên thử" in error.detail and "Kê biên thử" in error.detail_vi and "kê biên" in error.detail_vi
    assert error.extras["blocks"] == [{"id": block, "kind": "seizure", "reason": "Kê biên thử", "parcel": 7}]
    assert ledger.head(land) == before
    edit(land, cut(13))  # another parcel is free
    blocks.lift(land, block, reason="Xong", source="Quyết định thử 2")
    land.commit()
    edit(land, cut(7))
    with pytest.raises(Stale):
        blocks.lift(land, block, reason="Xong", source="Quyết định thử 2")


def test_a_block_on_rights_stops_every_parcel_of_theirs(land: Conn) -> None:
    done = enter(land, right(LAN), parcels=(7, 8))
    land.execute(
        "INSERT INTO rights.block (ba_unit, unit, kind, reason, source, valid) VALUES (%s, '00004', 'mortgage', 'x', 'x', daterange('2020-01-01', NULL))",
        (done.ba_unit,),
    )
    land.commit()
    refused(land, cut(8))
    edit(land, cut(9))


def test_a_neighbour_that_gains_a_vertex_is_not_edited(land: Conn) -> None:
    put(land, 8)
    done = edit(land, cut(7))  # the cut ends on the side of 8
    assert 8 in done.parcels
    refused(land, {"type": "merge", "parcels": [8, 9]})


def test_adjacent_must_be_true(land: Conn) -> None:
    """Plain SQL cannot call a real change adjacent."""
    put(land, 7)
    change = land.execute(
        "INSERT INTO fabric.change_set (kind, reason, base_seq) VALUES ('reclassify', 'x', 1) RETURNING id"
    ).fetchone()["id"]  # type: ignore[index]
    land.execute("UPDATE fabric.parcel_version SET retired_by = %s WHERE parcel_id = 7", (change,))
    land.execute(
        "INSERT INTO fabric.parcel_version (parcel_id, unit, kind, sheet, number, land_use, cause, created_by, geom)"
        " SELECT parcel_id, unit, kind, sheet, number, 'TMD', 'adjacent', %s, geom FROM fabric.parcel_version WHERE parcel_id = 7",
        (change,),
    )
    with pytest.raises(psycopg.DatabaseError) as error:
        land.commit()
    assert error.value.sqlstate == "GF012"
    assert json.loads(error.value.diag.message_detail or "")["blocks"][0]["parcel"] == 7
    assert "parcel 7 is blocked: seizure" in (error.value.diag.message_primary or "")


def test_only_what_a_block_stops_and_only_in_its_time(land: Conn) -> None:
    put(land, 7, stops=("merge",))
    put(land, 9, since=TODAY - timedelta(days=9), until=TODAY - timedelta(days=1))
    put(land, 10, since=TODAY + timedelta(days=2))
    for parcel in (9, 10):
        edit(land, cut(parcel))
    first, second = (key for drafted, key in edit(land, cut(7)).parcels.items() if drafted < 0)
    refused(land, {"type": "merge", "parcels": [first, second]})


def test_a_block_follows_the_land_through_a_merger(land: Conn) -> None:
    block = put(land, 7, stops=("split",))
    done = edit(land, {"type": "merge", "parcels": [7, 8]})
    (merged,) = (key for drafted, key in done.parcels.items() if drafted < 0)
    assert [row["id"] for row in blocks.on_parcel(land, merged)] == [block]
    refused(land, {"type": "split_by_line", "parcel": merged, "line": [{"mm": at(5, 22)}, {"mm": at(19, 22)}]})


def test_a_block_keeps_its_words(land: Conn) -> None:
    block = put(land, 7)
    for statement in (
        "reason = 'khác'",
        "kind = 'dispute'",
        "lifted_at = NULL",
        "valid = daterange('2020-01-01', '2020-01-02')",
    ):
        with pytest.raises(psycopg.DatabaseError) as error, land.transaction():
            land.execute(f"UPDATE rights.block SET {statement} WHERE id = {block}")
        assert error.value.sqlstate == "GR003"
    with pytest.raises(psycopg.DatabaseError):
        land.execute("DELETE FROM rights.block")


def test_bad_blocks(land: Conn) -> None:
    for more in ({"reason": " "}, {"source": ""}, {"since": TODAY, "until": TODAY}, {"until": date(2001, 1, 1)}):
        with pytest.raises(Malformed), land.transaction():
            put(land, 7, **more)
    with pytest.raises(Malformed) as error, land.transaction():
        blocks.put(land, 26, OURS, kind="seizure", **WHY)
    assert error.value.slug == "other-unit"
