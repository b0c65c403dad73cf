"""A small piece of land seen from above: parcels in the fabric, and scenes of it with changes that are known."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pandas as pd
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.features import rasterize
from scipy import ndimage

from imagery.runs.grid import Grid, between, moved
from imagery.scenes import catalogue
from imagery.scenes.catalogue import Scene
from imagery.scenes.store import ImageStore
from layers.db import Connection, connect
from layers.fabric.load import FaceBatch, load_faces

BANDS = ("blue", "green", "red", "nir", "swir16", "swir22")
COVER = {
    "roof": (0.13, 0.16, 0.21, 0.26, 0.30, 0.27),
    "soil": (0.09, 0.13, 0.18, 0.26, 0.36, 0.31),
    "rice": (0.03, 0.07, 0.04, 0.40, 0.17, 0.08),
    "tree": (0.03, 0.06, 0.04, 0.34, 0.15, 0.07),
    "water": (0.06, 0.07, 0.05, 0.03, 0.02, 0.01),
}
SRID, UTM = 5897, 32648
X0, Y0 = 585_000.0, 2_325_000.0
SIDE = 60.0
COLUMNS, ROWS = 16, 16
SMALL = 15.0


def fields() -> FaceBatch:
    """16 x 16 rice parcels of 60 x 60 m (ids 1 to 256, unit 00004), the last column of them in unit 00008; then 16 lots of 15 x 15 m (257 to 272)."""
    i = np.arange(COLUMNS * ROWS)
    x, y = X0 + SIDE * (i % COLUMNS), Y0 + SIDE * (i // COLUMNS)
    boxes = shapely.box(x, y, x + SIDE, y + SIDE)
    k = np.arange(16)
    sx, sy = X0 + SMALL * (k % 4), Y0 - 3 * SIDE + SMALL * (k // 4)
    lots = shapely.box(sx, sy, sx + SMALL, sy + SMALL)
    shapes = np.concatenate([boxes, lots])
    frame = pd.DataFrame(
        {
            "kind": "land",
            "unit": ["00008" if n % COLUMNS == COLUMNS - 1 else "00004" for n in i] + ["00004"] * 16,
            "sheet": "1",
            "number": [str(n + 1) for n in range(len(shapes))],
            "land_use": ["LUC"] * len(i) + ["ODT"] * 16,
            "official_area_m2": shapely.area(shapes),
            "address": None,
            "source_id": None,
        }
    )
    return FaceBatch(shapes, frame)


def on_utm(*parcels: int) -> NDArray[np.object_]:
    """The parcels with these ids on the plane of the scenes."""
    shapes = fields().geometry[np.array(parcels, int) - 1]
    return moved(np.asarray(shapes, object), SRID, UTM)


def frame_of(
    columns: int = 256, rows: int = 256, *, gsd: float = 10.0, shift: tuple[float, float] = (0.0, 0.0)
) -> Grid:
    """A grid of pixels with the parcels in its middle."""
    x, y = between(SRID, UTM)(X0 + SIDE * COLUMNS / 2, Y0 + SIDE * ROWS / 2)
    west, north = round(x / 60) * 60 - columns * gsd / 2, round(y / 60) * 60 + rows * gsd / 2
    return Grid(UTM, (gsd, 0.0, west + shift[1] * gsd, 0.0, -gsd, north + shift[0] * gsd), columns, rows)


def land(grid: Grid, seed: int = 1) -> NDArray[np.float32]:
    """Reflectance (bands, rows, cols): patches of trees, roofs, soil and water with texture; rice where the parcels are."""
    rng = np.random.default_rng(seed)
    shape = (grid.height, grid.width)
    patches = np.stack([ndimage.gaussian_filter(rng.standard_normal(shape), 4.0) for _ in range(4)])
    kind = patches.argmax(axis=0)
    table = np.array([COVER[name] for name in ("tree", "roof", "soil", "water")], np.float32)
    image = np.moveaxis(table[kind], 2, 0)
    texture = ndimage.gaussian_filter(rng.standard_normal(shape), 0.7)
    image = image * (1 + 0.15 * texture).astype(np.float32)
    cover(image, grid, "rice", on_utm(*range(1, COLUMNS * ROWS + 1)), seed)
    return image


def cover(image: NDArray[np.float32], grid: Grid, name: str, shapes: Sequence[Any], seed: int = 2) -> None:
    """Put another cover onto what lies in `shapes`, with a texture of its own."""
    inside = rasterize(list(shapes), out_shape=(grid.height, grid.width), transform=grid.affine, fill=0).astype(bool)
    texture = 1 + 0.12 * np.random.default_rng(seed).standard_normal(inside.shape).astype(np.float32)
    colour = np.array(COVER[name], np.float32)[:, None]
    image[:, inside] = colour * texture[inside]


def later(image: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """The same ground in other light: gain, offset, 1 % noise."""
    rng = np.random.default_rng(seed)
    noise = 1 + 0.01 * rng.standard_normal(image.shape).astype(np.float32)
    return np.clip(image * noise * np.float32(1.05) + np.float32(0.005), 0.001, 1)


@dataclass
class Ground:
    """A database with the parcels, and a store to put scenes into."""

    url: str
    store: ImageStore
    conn: Connection
    count: int = field(default=0)

    def add(
        self,
        image: NDArray[np.float32],
        grid: Grid,
        when: datetime,
        *,
        mask: NDArray[np.uint8] | None = None,
        names: Sequence[str] = BANDS,
        sensor: str = "sentinel-2-l2a",
        clear: bool = True,
    ) -> Scene:
        """Put a scene into the store and the catalogue. `clear`: it comes with a mask that says so."""
        self.count += 1
        the_id = uuid4()
        if mask is None and clear:
            mask = np.ones(image.shape[1:], np.uint8)
        keys = {"data": self._file(the_id, "data", np.rint(image * 10_000).astype(np.uint16), grid)}
        if mask is not None:
            keys["mask"] = self._file(the_id, "mask", mask[None], grid)
        footprint = moved(
            np.array([shapely.MultiPolygon([shapely.box(*grid.bounds(grid.whole()))])], object), grid.epsg, 4326
        )[0]
        facts: dict[str, Any] = {
            "id": the_id,
            "code": f"{sensor}-{when:%Y%m%d}-{self.count}",
            "title": f"Scene {self.count}",
            "sensor": sensor,
            "datetime": when,
            "gsd": grid.gsd,
            "epsg": grid.epsg,
            "width": grid.width,
            "height": grid.height,
            "transform": grid.transform,
            "footprint": footprint,
            "bands": [
                {"name": name, "common_name": name, "nodata": 0, "scale": 0.0001, "offset": 0.0, "dtype": "uint16"}
                for name in names
            ],
            "data_key": keys["data"],
            "visual_key": None,
            "mask_key": keys.get("mask"),
            "size_bytes": 1,
            "licence": "CC0",
            "source": "",
            "simulated": True,
            "public": True,
            "elsewhere": False,
            "cloud_cover": 0.0,
            "notes": [],
            "content_sha256": hashlib.sha256(the_id.bytes).digest(),
            "added_by": None,
        }
        scene = catalogue.record(self.conn, facts)
        self.conn.commit()
        return scene

    def _file(self, the_id: UUID, name: str, values: NDArray[Any], grid: Grid) -> str:
        key = f"scenes/{the_id}/{name}.tif"
        path = Path(self.store.gdal_path(key))
        path.parent.mkdir(parents=True, exist_ok=True)
        with rasterio.open(
            path,
            "w",
            driver="GTiff",
            count=len(values),
            width=grid.width,
            height=grid.height,
            dtype=values.dtype.name,
            crs=f"EPSG:{grid.epsg}",
            transform=grid.affine,
            tiled=True,
            blockxsize=128,
            blockysize=128,
            compress="deflate",
            nodata=0 if name == "data" else None,
        ) as file:
            file.write(values)
        return key


def settle(url: str, folder: Path) -> Ground:
    """Load the parcels."""
    conn = connect(url)
    load_faces(conn, fields(), reason="thử")
    conn.commit()
    return Ground(url, ImageStore(str(folder / "images")), conn)


@contextmanager
def a_cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A dask scheduler and two worker processes of one thread; its address, the workers."""
    facts = folder / "scheduler.json"
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = [
        sys.executable,
        "-m",
        "distributed.cli.dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--no-dashboard",
    ]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    both = ["--scheduler-file", str(facts)]
    with ExitStack() as stack:
        started = [subprocess.Popen([*scheduler, *both], **quiet)]
        stack.callback(_end, started)
        while not facts.exists():
            assert started[0].poll() is None
            time.sleep(0.05)
        workers = [subprocess.Popen([*worker, *both, "--local-directory", str(folder)], **quiet) for _ in range(2)]
        started.extend(workers)
        yield json.loads(facts.read_text())["address"], workers


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in reversed(processes):
        process.kill()
        process.wait()
