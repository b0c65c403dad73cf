"""5,000 commits by 8 writers in one hot area, three of them faulty on purpose; the land must come out whole, then and at every past seq."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
import shapely

from layers.db import connect
from layers.fabric.audit import PAST, audit
from layers.fabric.load import load_faces
from tests.layers.fabric import walker
from tests.layers.fabric.fabrics import grid_batch

WRITERS = [walker.HONEST] * 5 + [walker.SKIPS_NEIGHBOUR, walker.IGNORES_LOST_LOCK, walker.NO_LOCK]
COMMITS = 5_000


@pytest.mark.timeout(600)
def test_many_writers_in_a_hot_area(database_url: str) -> None:
    with connect(database_url) as conn:
        load_faces(conn, grid_batch(30, 30), reason="lưới")
        conn.commit()
        hot = [
            r["parcel_id"]
            for r in conn.execute(
                "SELECT parcel_id FROM parcel_version WHERE parcel_id % 30 BETWEEN 8 AND 19 AND parcel_id BETWEEN 240 AND 600"
            )
        ]
        before = exact_area(conn)
        conn.commit()
    with ProcessPoolExecutor(len(WRITERS), multiprocessing.get_context("spawn")) as pool:
        share = COMMITS // 5 + 1
        runs = [
            pool.submit(walker.walk, database_url, n, how, share if how == walker.HONEST else share // 4, hot)
            for n, how in enumerate(WRITERS)
        ]
        outcomes = [run.result() for run in runs]
    print({how: dict(o) for how, o in zip(WRITERS, outcomes, strict=True)})
    committed = sum(o["committed"] for o in outcomes)
    assert committed >= COMMITS
    refused = sum(
        (
            Counter({k: v for k, v in o.items() if "database" in k or k in ("not-conserved", "ledger-refused")})
            for o in outcomes[5:]
        ),
        Counter(),
    )
    assert sum(refused.values()) > 50, "the faulty clients were stopped by the database itself"
    with connect(database_url) as conn:
        found = audit(conn)
        assert found.clean, found
        assert found.seq == committed + 1, "seq has no gaps: one for the load, one for each acknowledged commit"
        assert exact_area(conn) == before, "area drift is exactly zero"
        for seq in np.linspace(1, found.seq, 12, dtype=int):
            past = audit(conn, int(seq), chain=False)
            assert past.clean, past
            assert second_opinion(conn, int(seq)), seq


def exact_area(conn) -> int:
    """Twice the area of all current faces less what refining the outer ring changed, mm², by whole numbers."""
    faces = conn.execute("SELECT coalesce(sum((s.x1 - 585000000) * (s.y2 - 2325000000) - (s.x2 - 585000000) * (s.y1 - 2325000000)), 0) AS a"
                         " FROM parcel_version v, LATERAL fabric.segments(v.geom) s WHERE retired_by IS NULL").fetchone()["a"]  # fmt: skip
    ring = conn.execute("SELECT coalesce(sum((s.x1 - 585000000) * (s.y2 - 2325000000) - (s.x2 - 585000000) * (s.y1 - 2325000000)), 0) AS a"
                        " FROM (SELECT geom FROM outline ORDER BY change_set DESC LIMIT 1) o, LATERAL fabric.segments(o.geom) s").fetchone()["a"]  # fmt: skip
    assert faces == ring
    return int(faces)


def second_opinion(conn, seq: int) -> bool:
    """shapely: every polygon valid, a valid coverage, and no hole in the union."""
    rows = conn.execute(f"SELECT ST_AsBinary(geom) AS g FROM parcel_version v WHERE {PAST}", {"at": seq}).fetchall()
    faces = shapely.from_wkb([row["g"] for row in rows])
    union = shapely.coverage_union_all(faces)
    return bool(shapely.is_valid(faces).all() and shapely.coverage_is_valid(faces)) and not any(
        part.interiors for part in shapely.get_parts(union)
    )
