"""Loading the sample city into the ledger, in the caller's transaction."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from layers.db import Connection
from layers.errors import EditRefused
from layers.fabric.load import FaceBatch, Progress, load_faces
from layers.sample.generate import generate, stream
from layers.sample.territory import SRID

WHOLE_UP_TO = 1_200_000
"""Faces loaded as one change set; beyond, one change set a unit keeps memory small."""
TITLE_VI = "Dữ liệu mô phỏng"
TITLE_EN = "Simulated data"


@dataclass
class SampleLoaded:
    """What was loaded: faces, the change sets' seqs, seconds by stage."""

    faces: int = 0
    seqs: list[int] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


def load_sample(
    conn: Connection,
    *,
    units: int,
    faces: int,
    seed: int,
    blocks: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> SampleLoaded:
    """Generate the sample and put it into an empty fabric; the deployment is marked as simulated.

    Raises EditRefused where the fabric is not EPSG:5897 or already holds land, ValueError for impossible numbers."""
    row = conn.execute(
        "SELECT srid, EXISTS (SELECT 1 FROM fabric.parcel_version) AS used FROM fabric.deployment"
    ).fetchone()
    assert row is not None
    if row["srid"] != SRID:
        raise EditRefused(
            "sample-elsewhere",
            f"The sample city lies in Hanoi (EPSG:{SRID}); this fabric is EPSG:{row['srid']}.",
            f"Dữ liệu mô phỏng nằm ở Hà Nội (EPSG:{SRID}); cơ sở dữ liệu này dùng EPSG:{row['srid']}.",
        )
    if row["used"]:
        raise EditRefused(
            "not-empty",
            "The sample is loaded into an empty fabric only; this one already holds land.",
            "Chỉ nạp dữ liệu mô phỏng vào cơ sở dữ liệu trống; cơ sở dữ liệu này đã có thửa đất.",
        )
    done = SampleLoaded()
    if blocks is not None or faces <= WHOLE_UP_TO:
        _load(conn, generate(units, faces, seed, blocks, progress=progress), seed, progress, done)
    else:
        for part in stream(units, faces, seed):
            _load(conn, part.batch(), seed, progress, done)
    conn.execute("UPDATE fabric.deployment SET simulated = true")
    return done


def _load(conn: Connection, batch: FaceBatch, seed: int, progress: Progress | None, done: SampleLoaded) -> None:
    reason = f"{TITLE_VI} (hạt giống {seed}) · {TITLE_EN.lower()} (seed {seed})"
    result = load_faces(conn, batch, reason=reason, progress=progress)
    done.faces += result.faces
    done.seqs.append(result.seq)
    for stage, seconds in result.seconds.items():
        done.seconds[stage] = round(done.seconds.get(stage, 0.0) + seconds, 3)
