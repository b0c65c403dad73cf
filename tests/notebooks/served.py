"""A small sample city with a split and a merge in its ledger, and a real server in front of it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from geo_service.app import create_app
from geo_service.settings import Settings
from layers.crs import FabricCrs
from layers.db import Connection, connect
from layers.fabric import intents, ledger
from layers.sample.service import load_sample

CRS = FabricCrs(5897)


@dataclass(frozen=True)
class Edited:
    """Parcel ids: `split` became `left` and `right` at seq 2; `right` and `neighbour` became `merged` at seq 3."""

    split: int
    left: int
    right: int
    neighbour: int
    merged: int


def load(url: str, *, units: int = 2, faces: int = 2_000) -> None:
    """The sample city, as seq 1."""
    with connect(url) as conn:
        load_sample(conn, units=units, faces=faces, seed=1)


def commit(conn: Connection, *edits: dict[str, Any], reason: str) -> ledger.Committed:
    """Commit intents through the ledger."""
    parsed = intents.resolve(intents.parse(list(edits)), CRS)
    done = ledger.commit(conn, CRS, parsed, reason=reason, author="canbo", base_seq=ledger.head(conn))
    conn.commit()
    return done


def split_and_merge(url: str) -> Edited:
    """Split the first house lot that has room, then merge one half with the lot beside it."""
    with connect(url) as conn:
        rows = conn.execute(
            "SELECT parcel_id FROM fabric.parcel_version WHERE kind = 'land' AND land_use = 'ODT' AND area_m2 > 80"
            " AND ST_NPoints(geom) = 5 AND retired_by IS NULL ORDER BY parcel_id LIMIT 500"
        ).fetchall()
        for row in rows:
            parcel = int(row["parcel_id"])
            state = ledger.load_state(conn, CRS, [parcel])
            ring = state.faces[parcel].rings[0]
            beside = state.faces.get(state.edges.get((ring[1], ring[0]), 0))
            if beside is not None and beside.facts.land_use == "ODT":
                break
        else:
            raise AssertionError("no two house lots side by side")
        along = [{"mm": list(ring[0])}, {"mm": list(ring[1])}]
        half = round(state.faces[parcel].area_m2 / 2, 1)
        cut = {"type": "split_by_area", "parcel": parcel, "area_m2": half, "along": along, "side": "left"}
        made = commit(conn, cut, reason="Tách thửa thử nghiệm").parcels
        halves = [made[key] for key in sorted(made, reverse=True) if key < 0]
        around = ledger.load_state(conn, CRS, halves)
        touching = around.edges[ring[0], ring[1]]
        (other,) = set(halves) - {touching}
        done = commit(conn, {"type": "merge", "parcels": [touching, beside.id]}, reason="Hợp thửa thử nghiệm")
        (merged,) = (key for drafted, key in done.parcels.items() if drafted < 0)
        return Edited(parcel, other, touching, beside.id, merged)


@contextlib.contextmanager
def serving(url: str, folder: Path, port: int = 0) -> Iterator[str]:
    """A uvicorn server on a free port (or a given one) for the database; yields its address."""
    app = create_app(Settings(database_url=url, data_dir=folder))
    config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=1)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), name="served", daemon=True)
        thread.start()
        try:
            deadline = time.monotonic() + 30
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                assert time.monotonic() < deadline, "the server took more than 30 s to start"
                time.sleep(0.02)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)
