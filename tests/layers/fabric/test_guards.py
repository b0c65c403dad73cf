"""The database as last guard: hand-made corruptions through plain SQL, each refused by the database itself."""

from __future__ import annotations

import psycopg
import pytest

from layers.crs import FabricCrs, polygon_from_rings
from layers.fabric import intents, ledger
from layers.fabric.audit import audit
from layers.fabric.load import load_faces
from tests.layers.fabric.fabrics import grid_batch

CRS = FabricCrs(5897)
NEW_SET = "INSERT INTO change_set (kind, reason, base_seq) VALUES ('adjust', 'phá', 0) RETURNING id"
RECT = "ST_GeomFromText('POLYGON(({}))', 5897)"


@pytest.fixture
def land(conn):
    """A committed grid of 5 x 5 parcels with ids 1 to 25."""
    load_faces(conn, grid_batch(5, 5), reason="lưới")
    conn.commit()
    yield conn
    conn.rollback()
    found = audit(conn)
    assert found.clean and found.faces == 25 and found.seq == 1, found


def polygon(*points: tuple[float, float]) -> str:
    ring = [*points, points[0]]
    return RECT.format(", ".join(f"{585000 + x!r} {2325000 + y!r}" for x, y in ring))


def box(x0: float, y0: float, x1: float, y1: float) -> str:
    return polygon((x0, y0), (x1, y0), (x1, y1), (x0, y1))


def retire(conn, cs: int, *parcels: int) -> None:
    conn.execute(
        "UPDATE parcel_version SET retired_by = %s WHERE parcel_id = ANY(%s) AND retired_by IS NULL",
        (cs, list(parcels)),
    )


def create(conn, cs: int, parcel: int, geometry: str) -> None:
    conn.execute(
        f"INSERT INTO parcel_version (parcel_id, unit, kind, created_by, geom) VALUES (%s, '00004', 'land', %s, {geometry})",
        (parcel, cs),
    )


def begin(conn) -> int:
    return conn.execute(NEW_SET).fetchone()["id"]


def refused(conn, code: str) -> psycopg.DatabaseError:
    with pytest.raises(psycopg.DatabaseError) as error:
        conn.commit()
    assert error.value.sqlstate == code, error.value
    return error.value


def test_hole(land) -> None:
    cs = begin(land)
    retire(land, cs, 7)
    create(land, cs, 7, box(6, 15, 12, 29))
    assert "gap or an overlap" in str(refused(land, "GF005"))


def test_overlap(land) -> None:
    cs = begin(land)
    retire(land, cs, 7)
    create(land, cs, 7, box(6, 15, 13, 30))
    refused(land, "GF005")


def test_extra_face_on_top(land) -> None:
    cs = begin(land)
    key = land.execute("INSERT INTO parcel DEFAULT VALUES RETURNING id").fetchone()["id"]
    create(land, cs, key, box(7, 16, 8, 17))
    refused(land, "GF005")


def test_one_millimetre_one_sided_move(land) -> None:
    cs = begin(land)
    retire(land, cs, 7)
    create(land, cs, 7, polygon((6.001, 15), (12, 15), (12, 30), (6, 30)))
    error = refused(land, "GF005")
    assert "585006001" in error.diag.message_detail, "the offending segments are named"


def test_one_sided_t_vertex(land) -> None:
    cs = begin(land)
    retire(land, cs, 7)
    create(land, cs, 7, polygon((6, 15), (9, 15), (12, 15), (12, 30), (6, 30)))
    refused(land, "GF005")


def test_clockwise_ring(land) -> None:
    cs = begin(land)
    retire(land, cs, 7)
    create(land, cs, 7, polygon((6, 15), (6, 30), (12, 30), (12, 15)))
    refused(land, "GF003")


def test_bowtie(land) -> None:
    cs = begin(land)
    retire(land, cs, 7)
    create(land, cs, 7, polygon((6, 15), (12, 30), (12, 15), (6, 30)))
    refused(land, "GF003")


def test_coordinates_off_the_grid(land) -> None:
    cs = begin(land)
    retire(land, cs, 7, 8)
    create(land, cs, 7, polygon((6, 15), (12.0004, 15), (12, 30), (6, 30)))
    create(land, cs, 8, polygon((12.0004, 15), (18, 15), (18, 30), (12, 30)))
    refused(land, "GF004")


def test_swap_of_two_faces_that_still_cancels_is_not_corruption(land) -> None:
    cs = begin(land)
    retire(land, cs, 7, 8)
    create(land, cs, 7, box(12, 15, 18, 30))
    create(land, cs, 8, box(6, 15, 12, 30))
    land.execute("SET CONSTRAINTS change_set_sealed IMMEDIATE")
    land.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE parcel_version SET geom = ST_Translate(geom, 0, 0.001) WHERE parcel_id = 7",
        "UPDATE parcel_version SET land_use = 'TMD' WHERE parcel_id = 7",
        "UPDATE parcel_version SET retired_by = NULL",
        "DELETE FROM parcel_version WHERE parcel_id = 7",
        "TRUNCATE parcel_version",
        "DELETE FROM change_set",
        "TRUNCATE change_set CASCADE",
        "UPDATE change_set SET reason = 'khác'",
        "UPDATE change_set SET seq = 5",
        "DELETE FROM feed.event",
        "UPDATE feed.event SET kind = 'split'",
        "UPDATE feed.head SET seq = 9",
        "UPDATE feed.head SET seq = seq + 1",
        "DELETE FROM feed.head",
        "INSERT INTO feed.head VALUES (false, 1, '')",
        "DELETE FROM parcel",
        "UPDATE parcel SET code = 'w7er8dsrxfw5'",
        "UPDATE outline SET geom = geom",
        "DELETE FROM lineage",
    ],
)
def test_what_was_written_stays(land, statement: str) -> None:
    with pytest.raises(psycopg.DatabaseError) as error:
        land.execute(statement)
    assert error.value.sqlstate in ("GF010", "23514"), error.value


def test_version_attached_to_an_old_change_set(land) -> None:
    key = land.execute("INSERT INTO parcel DEFAULT VALUES RETURNING id").fetchone()["id"]
    with pytest.raises(psycopg.DatabaseError) as error:
        create(land, 1, key, box(6, 15, 12, 30))
    assert error.value.sqlstate == "GF011"
    land.rollback()
    with pytest.raises(psycopg.DatabaseError) as error:
        retire(land, 1, 7)
    assert error.value.sqlstate in ("GF011", "23514")


def test_version_attached_after_the_check_was_fired_early(land) -> None:
    """SET CONSTRAINTS … IMMEDIATE must not open a back door."""
    cs = begin(land)
    retire(land, cs, 7)
    create(land, cs, 7, box(6, 15, 12, 30))
    key = land.execute("INSERT INTO parcel DEFAULT VALUES RETURNING id").fetchone()["id"]
    land.execute("SET CONSTRAINTS change_set_sealed IMMEDIATE")
    with pytest.raises(psycopg.DatabaseError) as error:
        create(land, cs, key, box(12, 15, 18, 30))
    assert error.value.sqlstate == "GF011"


def test_retire_after_the_check_was_fired_early(land) -> None:
    cs = begin(land)
    retire(land, cs, 7)
    create(land, cs, 7, box(6, 15, 12, 30))
    land.execute("SET CONSTRAINTS change_set_sealed IMMEDIATE")
    with pytest.raises(psycopg.DatabaseError) as error:
        retire(land, cs, 8)
    assert error.value.sqlstate == "GF011"


def test_change_set_of_another_transaction(land) -> None:
    with pytest.raises(psycopg.DatabaseError) as error:
        land.execute("INSERT INTO change_set (kind, reason, base_seq, xid) VALUES ('adjust', 'phá', 0, '3')")
    assert error.value.sqlstate == "GF011"


def test_seq_set_by_hand(land) -> None:
    begin(land)
    with pytest.raises(psycopg.DatabaseError) as error:
        land.execute("UPDATE change_set SET seq = 2 WHERE seq IS NULL")
    assert error.value.sqlstate == "GF010"


def test_event_without_head(land) -> None:
    land.execute(
        "INSERT INTO feed.event (seq, kind, at, payload, digest, hash) VALUES (2, 'split', now(), '{}', '', '')"
    )
    refused(land, "GF010")


def test_two_current_versions_of_a_parcel(land) -> None:
    cs = begin(land)
    with pytest.raises(psycopg.errors.UniqueViolation):
        create(land, cs, 7, box(6, 15, 12, 30))


def test_version_of_no_parcel(land) -> None:
    cs = begin(land)
    with pytest.raises(psycopg.DatabaseError) as error:
        create(land, cs, 999, box(6, 15, 12, 30))
    assert error.value.sqlstate == "GF011"


def test_outer_limit_moved_by_an_ordinary_edit(land) -> None:
    cs = begin(land)
    retire(land, cs, 1)
    create(land, cs, 1, polygon((-1, 0), (6, 0), (6, 15), (0, 15)))
    ring = [(-1, 0), (30, 0), (30, 75), (0, 75), *[(0, y) for y in (60, 45, 30, 15)]]
    land.execute(f"INSERT INTO outline (change_set, geom) SELECT %s, ST_Multi({polygon(*ring)})", (cs,))
    with pytest.raises(psycopg.DatabaseError) as error:
        land.commit()
    assert error.value.sqlstate in ("GF005", "GF007")


def test_load_that_overlaps_what_is_there(land) -> None:
    cs = land.execute(
        "INSERT INTO change_set (kind, reason, base_seq) VALUES ('load', 'chồng', 0) RETURNING id"
    ).fetchone()["id"]
    key = land.execute("INSERT INTO parcel DEFAULT VALUES RETURNING id").fetchone()["id"]
    create(land, cs, key, box(2, 2, 4, 4))
    land.execute(
        "INSERT INTO outline (change_set, geom) SELECT %s, ST_Collect(ARRAY[(SELECT (ST_Dump(geom)).geom FROM outline),"
        f" {box(2, 2, 4, 4)}])",
        (cs,),
    )
    refused(land, "GF006")


def test_the_hash_chain_notices_what_triggers_cannot(land) -> None:
    """Somebody with the owner's rights switches the triggers off: the audit still finds it."""
    land.execute("ALTER TABLE parcel_version DISABLE TRIGGER USER")
    land.execute("UPDATE parcel_version SET official_area_m2 = 91 WHERE parcel_id = 7")
    assert audit(land).broken_links == 1
    land.execute("UPDATE parcel_version SET geom = ST_Translate(geom, 0.001, 0) WHERE parcel_id = 7")
    found = audit(land)
    assert found.open_segments > 0 and found.overlaps > 0 and not found.clean
    land.rollback()


def test_lineage_and_revert_through_the_ledger(conn) -> None:
    load_faces(conn, grid_batch(5, 5), reason="lưới")
    conn.commit()
    line = [{"en": [585005, 2325022]}, {"en": [585013, 2325023]}]

    def commit(*items):
        work = intents.resolve(intents.parse(list(items)), CRS)
        with conn.transaction():
            return ledger.commit(conn, CRS, work, reason="thử", author="a", base_seq=ledger.head(conn))

    done = commit({"type": "split_by_line", "parcel": 7, "line": line})
    pieces = [done.parcels[-1], done.parcels[-2]]
    rows = conn.execute("SELECT parent, child, shared_m2 FROM lineage ORDER BY child").fetchall()
    assert [(r["parent"], r["child"]) for r in rows] == [(7, p) for p in pieces]
    assert sum(float(r["shared_m2"]) for r in rows) == pytest.approx(90, abs=1e-3)
    labels = conn.execute(
        "SELECT number FROM parcel_version WHERE parcel_id = ANY(%s) ORDER BY parcel_id", (pieces,)
    ).fetchall()
    assert [r["number"] for r in labels] == ["26", "27"], "the next numbers of the sheet"
    codes = [r["code"] for r in conn.execute("SELECT code FROM parcel WHERE id = ANY(%s)", (pieces,)).fetchall()]
    assert all(codes) and len(set(codes)) == 2

    merged = commit({"type": "merge", "parcels": pieces})
    assert conn.execute("SELECT code FROM parcel WHERE id = %s", (merged.parcels[-1],)).fetchone()["code"], (
        "a code that was free"
    )
    back = commit({"type": "revert", "seq": merged.seq})
    assert set(back.parcels.values()) >= set(pieces)
    conn.commit()
    found = audit(conn)
    assert found.clean and found.faces == 26
    for seq, faces in ((1, 25), (2, 26), (3, 25), (4, 26)):
        past = audit(conn, seq)
        assert past.clean and past.faces == faces


def test_polygons_round_trip_the_database_exactly(conn) -> None:
    batch = grid_batch(3, 3, x0=585_000.123, y0=2_325_000.457)
    load_faces(conn, batch, reason="lưới")
    rows = conn.execute(
        "SELECT parcel_id, ST_AsBinary(geom) AS wkb, id, unit, kind, sheet, number, land_use, official_area_m2, address,"
        " source_id FROM parcel_version ORDER BY id"
    ).fetchall()
    for row, shape in zip(rows, batch.geometry, strict=True):
        face = ledger.face_from_row(row)
        assert polygon_from_rings(face.rings).equals_exact(shape, 0)
