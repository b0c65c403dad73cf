"""A detection run end to end: pixels a second, processor seconds a step, peak memory, parcels a second.

`python -m tests.benchmarks.change_engine [--side 10980] [--threads 2]`: a generated pair of six bands (uint16, 10 m), parcels of 60 x 60 m over a part of it,
a database of its own. The run is a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pandas as pd
import rasterio
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from geo_service.embedded import Cluster
from geo_service.migrations import migrate
from imagery.runs.asking import Asked, Parameters, start
from imagery.runs.grid import Grid, between, moved
from imagery.runs.products import FILES
from imagery.runs.run import Bench, perform
from imagery.scenes import catalogue
from imagery.scenes.store import ImageStore
from layers.db import connect
from layers.fabric.load import FaceBatch, load_faces
from tests.benchmarks.report import Results
from tests.imagery.runs.ground import a_cluster

BANDS = ("blue", "green", "red", "nir", "swir16", "swir22")
COVER = np.array(
    [
        (0.03, 0.06, 0.04, 0.34, 0.15, 0.07),
        (0.13, 0.16, 0.21, 0.26, 0.30, 0.27),
        (0.09, 0.13, 0.18, 0.26, 0.36, 0.31),
        (0.06, 0.07, 0.05, 0.03, 0.02, 0.01),
    ],
    np.float32,
)
BLOCK = 1024
SRID, UTM = 5897, 32648
X0, Y0, SIDE = 540_000.0, 2_290_000.0, 60.0
DATES = (datetime(2024, 1, 10, tzinfo=UTC), datetime(2025, 1, 20, tzinfo=UTC))


@dataclass(frozen=True)
class Measured:
    """One run: processor seconds of each step, peak memory in bytes, findings, parcels looked at; `folder`: where its rasters lie."""

    folder: Path
    seconds: float
    cpu: float
    steps: dict[str, float]
    peak: int
    findings: int
    parcels: int


def ground(side: int) -> Grid:
    """A grid of `side` x `side` px with the parcels near its middle."""
    x, y = between(SRID, UTM)(X0, Y0)
    half = side * 5
    return Grid(UTM, (10.0, 0.0, round(x / 10) * 10.0 - half, 0.0, -10.0, round(y / 10) * 10.0 + half), side, side)


def block(row: int, col: int, height: int, width: int, *, after: bool) -> NDArray[np.uint16]:
    """A block of a scene: patches of cover with texture; after: other light, 2 % noise, some new roofs."""
    rng = np.random.default_rng((row, col))
    kind = np.stack(
        [ndimage.gaussian_filter(rng.standard_normal((height, width), np.float32), 5.0) for _ in range(4)]
    ).argmax(0)
    texture = 1 + 0.15 * rng.standard_normal((height, width), np.float32)
    if after:
        for top, left in rng.integers(0, min(height, width) - 8, (6, 2)):
            kind[top : top + 8, left : left + 8] = 1
    image = np.moveaxis(COVER[kind], 2, 0) * texture
    if after:
        noise = np.random.default_rng((row, col, 1)).standard_normal(image.shape, np.float32)
        image = image * (1 + 0.02 * noise) * np.float32(1.05) + np.float32(0.005)
    return np.rint(np.clip(image, 0.0001, 1) * 10_000).astype(np.uint16)


def write_scene(path: Path, grid: Grid, *, after: bool) -> None:
    """One date as a tiled GeoTIFF."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with rasterio.open(
        path, "w", driver="GTiff", count=6, width=grid.width, height=grid.height, dtype="uint16", crs=f"EPSG:{UTM}", transform=grid.affine,
        tiled=True, blockxsize=512, blockysize=512, compress="zstd", zstd_level=9, predictor=2, interleave="band", nodata=0, bigtiff="if_safer", num_threads=2,
    ) as file:  # fmt: skip
        for row in range(0, grid.height, BLOCK):
            for col in range(0, grid.width, BLOCK):
                height, width = min(BLOCK, grid.height - row), min(BLOCK, grid.width - col)
                values = block(row, col, height, width, after=after)
                file.write(values, window=rasterio.windows.Window(col, row, width, height))


def add_scenes(url: str, store: ImageStore, side: int) -> tuple[UUID, UUID]:
    """Generate the pair and enter it into the catalogue."""
    grid = ground(side)
    ids = []
    outline = moved(np.array([shapely.MultiPolygon([shapely.box(*grid.bounds(grid.whole()))])], object), UTM, 4326)[0]
    for number, when in enumerate(DATES):
        the_id = uuid4()
        key, mask = f"scenes/{the_id}/data.tif", f"scenes/{the_id}/mask.tif"
        write_scene(Path(store.gdal_path(key)), grid, after=bool(number))
        with rasterio.open(
            store.gdal_path(mask), "w", driver="GTiff", count=1, width=side, height=side, dtype="uint8", crs=f"EPSG:{UTM}",
            transform=grid.affine, tiled=True, blockxsize=512, blockysize=512, compress="zstd",
        ) as file:  # fmt: skip
            for row in range(0, side, BLOCK):
                rows = min(BLOCK, side - row)
                file.write(np.ones((1, rows, side), np.uint8), window=rasterio.windows.Window(0, row, side, rows))
        facts: dict[str, Any] = {
            "id": the_id, "code": f"bench-{when:%Y}", "title": "bench", "sensor": "sentinel-2-l2a", "datetime": when, "gsd": 10.0, "epsg": UTM,
            "width": side, "height": side, "transform": grid.transform, "footprint": outline, "data_key": key, "visual_key": None, "mask_key": mask,
            "bands": [{"name": b, "common_name": b, "nodata": 0, "scale": 0.0001, "offset": 0.0, "dtype": "uint16"} for b in BANDS],
            "size_bytes": 1, "licence": "CC0", "source": "", "simulated": True, "public": True, "elsewhere": False, "cloud_cover": 0.0, "notes": [],
            "content_sha256": os.urandom(32), "added_by": None,
        }  # fmt: skip
        with connect(url) as conn:
            ids.append(catalogue.record(conn, facts).id)
    return ids[0], ids[1]


def add_parcels(url: str, count: int) -> int:
    """Square parcels around the middle of the scenes."""
    columns = int(count**0.5)
    i = np.arange(columns * columns)
    x, y = X0 + SIDE * (i % columns - columns // 2), Y0 + SIDE * (i // columns - columns // 2)
    frame = pd.DataFrame(
        {"kind": "land", "unit": "00004", "sheet": "1", "number": [str(n + 1) for n in i], "land_use": "LUC", "official_area_m2": 3600.0,
         "address": None, "source_id": None}
    )  # fmt: skip
    with connect(url) as conn:
        load_faces(conn, FaceBatch(shapely.box(x, y, x + SIDE, y + SIDE), frame), reason="bench")
    return len(i)


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """A migrated database of one's own."""
    cluster = Cluster(folder / "cluster", durable=False)
    with cluster.session():
        migrate(cluster.url("geo"), SRID)
        yield cluster.url("geo")


def child(url: str, images: str, work: str, run: str, threads: int, scheduler: str | None) -> None:
    """In the process that is measured: work on the run, print its peak memory."""
    bench = Bench(url, ImageStore(images), Path(work), Path(work), threads=threads, scheduler=scheduler)
    begun = time.perf_counter()
    end = perform(bench, UUID(run))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(
        json.dumps({"end": end, "seconds": time.perf_counter() - begun, "cpu": time.process_time(), "peak": peak})
    )


def measure(
    url: str,
    store: ImageStore,
    folder: Path,
    pair: tuple[UUID, UUID],
    *,
    threads: int,
    tile: int,
    scheduler: str | None = None,
) -> Measured:
    """Start a run and work on it in a process of its own."""
    with connect(url) as conn:
        run = start(conn, Asked(*pair, parameters=Parameters(tile=tile)))["id"]
    code = f"from tests.benchmarks.change_engine import child; child({url!r}, {store.address!r}, {str(folder)!r}, {str(run)!r}, {threads}, {scheduler!r})"
    said = json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    with connect(url) as conn:
        row = conn.execute("SELECT state, message_en, provenance FROM imagery.run WHERE id = %s", (run,)).fetchone()
    assert row is not None and row["state"] == "done", row
    steps = {record["step"]: record for record in row["provenance"]}
    seen = steps["parcels"]
    return Measured(
        folder / str(run),
        said["seconds"],
        said["cpu"],
        {name: record["cpu_seconds"] for name, record in steps.items() if "seconds" in record},
        said["peak"],
        steps["record"]["findings"],
        sum(seen[state] for state in ("changed", "unchanged", "not_observed", "below_resolution")),
    )


def agree(one: Measured, two: Measured) -> bool:
    """Whether two runs found the same: as many findings, the same pixels, probabilities within 1e-4."""
    return one.findings == two.findings and all(
        _apart(one.folder / name, two.folder / name) <= most for name, most in zip(FILES, (0, 1), strict=True)
    )


def _apart(one: Path, two: Path) -> int:
    """The largest difference of two rasters."""
    with rasterio.open(one) as first, rasterio.open(two) as second:
        strips = [
            rasterio.windows.Window(0, row, first.width, min(BLOCK, first.height - row))
            for row in range(0, first.height, BLOCK)
        ]
        values = ([file.read(1, window=strip).astype(np.int32) for file in (first, second)] for strip in strips)
        return max(int(np.abs(here - there).max()) for here, there in values)


def run(results: Results, folder: Path, side: int, parcels: int) -> None:
    """One run of a whole pair on two threads, and one on two worker processes of a cluster, on a database of their own."""
    place = folder / "engine"
    place.mkdir()
    place.chmod(0o755)
    store = ImageStore(str(place / "images"))
    with database(place) as url:
        pair = add_scenes(url, store, side)
        add_parcels(url, parcels)
        found = measure(url, store, place / "runs", pair, threads=2, tile=BLOCK)
        with a_cluster(place) as (address, _):
            spread = measure(url, store, place / "runs", pair, threads=2, tile=BLOCK, scheduler=address)
    if not agree(found, spread):
        results.wrong.append("a run on the workers of a cluster found something else than one on threads")
    note = ", ".join(f"{step} {seconds:.0f} s" for step, seconds in found.steps.items() if seconds >= 1)
    results.add(
        "engine_rate", side**2 / 1e6 / found.seconds, f"{found.seconds:.0f} s, of processors {found.cpu:.0f} s: {note}"
    )
    results.add("engine_memory", found.peak / 2**20)
    results.add("engine_cluster", spread.seconds / found.seconds, f"{spread.seconds:.0f} s; same result")
    results.add(
        "engine_parcels",
        found.parcels / found.steps["parcels"],
        f"{found.parcels:,} parcels, {found.findings} findings",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=4096, help="px; a whole Sentinel-2 scene has 10980")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tile", type=int, default=1024)
    parser.add_argument("--parcels", type=int, default=100_000)
    parser.add_argument("--cluster", action="store_true", help="two worker processes of dask instead of threads")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="geo-change-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        store = ImageStore(str(folder / "images"))
        with database(folder) as url:
            pair = add_scenes(url, store, chosen.side)
            add_parcels(url, chosen.parcels)
            with a_cluster(folder) if chosen.cluster else nullcontext((None, [])) as (address, _):
                found = measure(
                    url, store, folder / "runs", pair, threads=chosen.threads, tile=chosen.tile, scheduler=address
                )
    pixels = chosen.side**2 / 1e6
    for step, seconds in found.steps.items():
        print(f"{step:14} {seconds:8.2f} s")
    print(
        f"{'whole':14} {found.seconds:8.2f} s  {pixels / found.seconds:.2f} MPix/s ({found.cpu:.1f} s of processors), peak {found.peak / 2**20:.0f} MiB"
    )
    print(
        f"{'parcels':14} {found.parcels} at {found.parcels / found.steps['parcels']:.0f}/s, {found.findings} findings"
    )


if __name__ == "__main__":
    main()
