"""Whole runs to ask for, carry out and look at: the three known changes, in this process or one of its own."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray

from imagery.runs.asking import Asked, start
from imagery.runs.run import Bench, perform
from imagery.scenes.catalogue import Scene
from tests.imagery.runs.ground import Ground, cover, frame_of, land, later, on_utm

BEFORE, AFTER = datetime(2024, 1, 10, tzinfo=UTC), datetime(2024, 2, 4, tzinfo=UTC)
BUILT, DUG, FLOODED = 35, 87, 152
CHANGES = ((BUILT, "roof"), (DUG, "soil"), (FLOODED, "water"))
FINDINGS = "SELECT * FROM imagery.finding WHERE run_id = %s ORDER BY number"


def bench(ground: Ground, tmp_path: Path, **facts: Any) -> Bench:
    return Bench(ground.url, ground.store, tmp_path / "runs", tmp_path / "models", **facts)


def changed(image: NDArray[np.float32], grid: Any, *, seed: int = 7) -> NDArray[np.float32]:
    """The land on a later date, with the three changes."""
    after = later(image, seed)
    for parcel, name in CHANGES:
        cover(after, grid, name, on_utm(parcel), parcel + seed)
    return after


def pair(ground: Ground, side: int = 256, **facts: Any) -> tuple[Scene, Scene]:
    grid = frame_of(side, side)
    before = land(grid)
    return ground.add(before, grid, BEFORE, **facts), ground.add(changed(before, grid), grid, AFTER, **facts)


def ask(
    ground: Ground, before: Scene, after: Scene, *later_ones: Scene, network: Path | None = None, **facts: Any
) -> UUID:
    asked = Asked(before.id, after.id, tuple(scene.id for scene in later_ones), **facts)
    run: UUID = start(ground.conn, asked, network)["id"]
    ground.conn.commit()
    return run


def row_of(ground: Ground, run: UUID) -> dict[str, Any]:
    row = ground.conn.execute("SELECT * FROM imagery.run WHERE id = %s", (run,)).fetchone()
    ground.conn.commit()
    assert row is not None
    return row


def findings(ground: Ground, run: UUID) -> list[dict[str, Any]]:
    rows = ground.conn.execute(FINDINGS, (run,)).fetchall()
    ground.conn.commit()
    return rows


def states(ground: Ground, run: UUID) -> dict[int, str]:
    rows = ground.conn.execute("SELECT parcel_id, state FROM imagery.observation WHERE run_id = %s", (run,)).fetchall()
    ground.conn.commit()
    return {row["parcel_id"]: row["state"] for row in rows}


def nothing_remains(ground: Ground, tmp_path: Path, run: UUID) -> bool:
    """No finding, no observation, no file of a run."""
    return not findings(ground, run) and not states(ground, run) and not list((tmp_path / "runs").glob("*"))


def refused(ground: Ground, tmp_path: Path, run: UUID, **facts: Any) -> dict[str, Any]:
    assert perform(bench(ground, tmp_path, **facts), run) == "refused"
    row = row_of(ground, run)
    assert row["state"] == "refused" and row["finished_at"] and row["message_vi"] and row["message_en"]
    assert nothing_remains(ground, tmp_path, run)
    return row


def facts_of(ground: Ground, folder: Path, run: UUID) -> dict[str, Any]:
    """Everything a run has found, apart from its name and times; its rasters too."""
    found = [
        {
            key: row[key]
            for key in (
                "number",
                "parcel_id",
                "geom",
                "transition",
                "persistence",
                "area_m2",
                "probability",
                "max_probability",
                "rank_score",
                "indices",
            )
        }
        for row in findings(ground, run)
    ]
    with rasterio.open(folder / "runs" / str(run) / "changed.tif") as file:
        kept = file.read(1)
    with rasterio.open(folder / "runs" / str(run) / "probability.tif") as file:
        probability = file.read(1).astype(float) / 10_000
    return {"found": found, "states": states(ground, run), "kept": kept, "probability": probability}


def same(one: dict[str, Any], two: dict[str, Any]) -> bool:
    """Same findings, parcels and rasters, within 1e-4."""
    assert one["states"] == two["states"] and (one["kept"] == two["kept"]).all()
    assert np.abs(one["probability"] - two["probability"]).max() <= 1.001e-4
    assert len(one["found"]) == len(two["found"]) > 0
    for first, second in zip(one["found"], two["found"], strict=True):
        for key, value in first.items():
            if isinstance(value, float):
                assert value == pytest.approx(second[key], abs=1e-4)
            else:
                assert value == second[key]
    return True


PERFORM = """
import sys
from pathlib import Path
from uuid import UUID
from imagery.runs.grid import moved
from imagery.runs.run import Bench, perform
from imagery.scenes.store import ImageStore
url, images, work, run, scheduler = sys.argv[1:]
print(perform(Bench(url, ImageStore(images), Path(work), Path(work), threads=1, scheduler=scheduler or None), UUID(run)))
"""


def process(ground: Ground, folder: Path, run: UUID, scheduler: str = "", **facts: Any) -> subprocess.Popen[str]:
    """A process that works on a run."""
    return subprocess.Popen(
        [sys.executable, "-c", PERFORM, ground.url, ground.store.address, str(folder / "runs"), str(run), scheduler],
        stdout=subprocess.PIPE,
        text=True,
        **facts,
    )


def wait_for(what: Any, seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.02)


def limited(limit: int = 300_000) -> None:
    """No file of this process may be larger; what would is told so instead of being killed."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
