"""Random walk of edits by many writers, some of them faulty on purpose. Run as processes, each with its own connection."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import psycopg

from layers.crs import FabricCrs
from layers.db import Connection, connect
from layers.errors import Problem
from layers.fabric import edits, intents, ledger
from layers.fabric.model import Face
from layers.fabric.planar import directed

HONEST, SKIPS_NEIGHBOUR, IGNORES_LOST_LOCK, NO_LOCK = "honest", "skips neighbour", "ignores lost lock", "no lock"


def random_item(rng: random.Random, face: Face, neighbours: dict[tuple, int]) -> dict[str, Any]:
    """One edit near a face: mostly sensible, sometimes not."""
    xs, ys = [p[0] for p in face.rings[0]], [p[1] for p in face.rings[0]]

    def on(side: int) -> dict[str, Any]:
        x0, y0, x1, y1 = min(xs), min(ys), max(xs), max(ys)
        t = rng.random()
        place = [
            (x0 - 500, y0 + t * (y1 - y0)),
            (x1 + 500, y0 + t * (y1 - y0)),
            (x0 + t * (x1 - x0), y0 - 500),
            (x0 + t * (x1 - x0), y1 + 500),
        ]
        return {"mm": [round(v) for v in place[side]]}

    small = face.area_m2 < 12
    draw = rng.random()
    if draw < 0.40 and not small:
        a, b = rng.choice([(0, 1), (2, 3), (0, 3), (2, 1)])
        return {"type": "split_by_line", "parcel": face.id, "line": [on(a), on(b)]}
    if draw < 0.70 or small:
        other = neighbours.get(rng.choice(directed(face.rings))[::-1], face.id)
        return {"type": "merge", "parcels": [face.id, other]}
    if draw < 0.95:
        x, y = rng.choice(sorted(face.vertices))
        return {
            "type": "move_point",
            "from": {"mm": [x, y]},
            "to": {"mm": [x + rng.randint(-700, 700), y + rng.randint(-700, 700)]},
        }
    a, b = rng.choice(directed(face.rings))
    return {
        "type": "add_point",
        "segment": [{"mm": a}, {"mm": b}],
        "at": {"mm": [(a[0] + b[0]) // 2, (a[1] + b[1]) // 2]},
    }


def walk(url: str, seed: int, behaviour: str, wanted: int, parcels: list[int]) -> Counter[str]:
    """Commit until `wanted` commits are acknowledged (a faulty client gives up after 4 times as many tries); returns outcomes by name.

    `parcels`: where the hot area is; the walk goes on from whatever became of them.
    """
    rng = random.Random(seed)
    outcomes: Counter[str] = Counter()
    crs = FabricCrs(5897)
    with connect(url, autocommit=True) as conn:
        area = conn.execute(
            "SELECT ST_AsText(ST_Envelope(ST_Collect(geom_3857))) AS box FROM fabric.parcel_version WHERE parcel_id = ANY(%s)",
            (parcels,),
        ).fetchone()
        for _ in range(wanted * (40 if behaviour == HONEST else 4)):
            if outcomes["committed"] >= wanted:
                break
            outcomes[_step(conn, crs, rng, behaviour, area["box"])] += 1  # type: ignore[index]
    return outcomes


def _step(conn: Connection, crs: FabricCrs, rng: random.Random, behaviour: str, box: str) -> str:
    row = conn.execute(
        "SELECT parcel_id FROM fabric.parcel_version WHERE retired_by IS NULL AND geom_3857 && ST_GeomFromText(%s, 3857)"
        " ORDER BY id OFFSET floor(%s * 60) LIMIT 1",
        (box, rng.random()),
    ).fetchone()
    if row is None:
        return "nothing here"
    state = ledger.load_state(conn, crs, [row["parcel_id"]])
    face = state.faces.get(row["parcel_id"])
    if face is None:
        return "moved on"
    try:
        work = intents.parse([random_item(rng, face, state.edges)])
        if behaviour == HONEST:
            with conn.transaction():
                ledger.commit(conn, crs, work, reason="đi ngẫu nhiên", author=None, base_seq=ledger.head(conn))
        else:
            _faulty(conn, crs, work, behaviour, rng)
    except Problem as problem:
        return problem.slug
    except psycopg.errors.DeadlockDetected:
        return "deadlock"
    except psycopg.DatabaseError as error:
        return f"refused by the database ({error.sqlstate})"
    return "committed"


def _faulty(
    conn: Connection, crs: FabricCrs, work: tuple[intents.Intent, ...], behaviour: str, rng: random.Random
) -> None:
    """What a careless programmer's client would do with the same ledger."""
    state = ledger.state_for(conn, crs, work)
    delta = edits.delta(work, state)
    with conn.transaction():
        conn.execute("SET LOCAL lock_timeout = '2s'")
        versions = sorted(face.version for face in delta.retired if face.version)
        if behaviour == SKIPS_NEIGHBOUR and rng.random() < 0.5:
            skipped = {key for key, cause in delta.causes.items() if cause == "adjacent"}
            delta = replace(
                delta,
                retired=tuple(f for f in delta.retired if f.id not in skipped),
                created=tuple(f for f in delta.created if f.id not in skipped),
            )
        elif behaviour == IGNORES_LOST_LOCK:
            conn.execute(
                "SELECT id FROM fabric.parcel_version WHERE id = ANY(%s) AND retired_by IS NULL ORDER BY id FOR UPDATE",
                (versions,),
            )
        ledger.write(conn, crs, delta, kind="adjust", reason="khách lỗi", author=None, intents=[], base_seq=0)
