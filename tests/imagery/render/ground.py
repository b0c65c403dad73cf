"""Small scenes whose every pixel is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import rasterio
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.shutil import copy as gdal_copy

from imagery.render.source import Band, Source
from imagery.render.warp import to_plane

EAST, NORTH = 586_000.0, 2_325_000.0
"""North-west corner of the scenes on the fabric's plane, in the middle of Hanoi (m)."""


def cog(
    path: Path, values: NDArray[np.generic], *, gsd: float, epsg: int = 5897, nodata: float | None = None, **how: object
) -> Path:
    """A COG of (bands, rows, columns) at EAST, NORTH; `how`: creation options, as compress="JPEG"."""
    raw = path.with_suffix(".raw.tif")
    bands, rows, columns = values.shape
    colours = {"photometric": "RGB"} if bands == 3 and values.dtype == np.uint8 else {}
    place = Affine(gsd, 0, EAST, 0, -gsd, NORTH)
    with rasterio.open(
        raw, "w", driver="GTiff", count=bands, height=rows, width=columns, dtype=values.dtype, crs=f"EPSG:{epsg}", transform=place,
        nodata=nodata, tiled=True, **colours,
    ) as file:  # fmt: skip
        file.write(values)
    gdal_copy(raw, path, driver="COG", **{"blocksize": 128, "overview_resampling": "AVERAGE"} | how)
    raw.unlink()
    return path


def lonlat(epsg: int, x: float, y: float) -> tuple[float, float]:
    """Degrees of a place on the plane: `to_plane` turned round by Newton's method, so that it is its own oracle."""
    forward, (lon, lat) = to_plane(epsg), (105.8, 21.0)
    for _ in range(6):
        here = np.array(forward(lon, lat))
        step = 1e-6
        jacobian = np.column_stack(
            [(np.array(forward(lon + step, lat)) - here) / step, (np.array(forward(lon, lat + step)) - here) / step]
        )
        lon, lat = np.array([lon, lat]) + np.linalg.solve(jacobian, np.array([x, y]) - here)
    return float(lon), float(lat)


def footprint(size: int, gsd: float, epsg: int = 5897) -> shapely.Geometry:
    edge = size * gsd
    return shapely.Polygon(
        [lonlat(epsg, EAST + dx, NORTH - dy) for dx, dy in ((0, 0), (edge, 0), (edge, edge), (0, edge))]
    )


def source(
    data: Path,
    size: int,
    gsd: float,
    names: Sequence[str],
    *,
    epsg: int = 5897,
    visual: Path | None = None,
    mask: Path | None = None,
    scale: float = 1.0,
    offset: float = 0.0,
) -> Source:
    bands = tuple(Band(f"B{n}", name, scale, offset) for n, name in enumerate(names, 1))
    return Source(
        data.stem,
        epsg,
        str(data),
        str(visual) if visual else None,
        str(mask) if mask else None,
        bands,
        footprint(size, gsd, epsg),
    )


def ramps(size: int) -> NDArray[np.uint16]:
    """Band 1 is the column, band 2 the row, band 3 both: the picture itself tells where each pixel came from."""
    rows, columns = np.mgrid[0:size, 0:size]
    return np.stack([columns, rows, (columns + rows) // 2]).astype(np.uint16) + 1


def tile_at(lon: float, lat: float, z: int) -> tuple[int, int, int]:
    x = int((lon + 180) / 360 * 2**z)
    y = int((1 - np.log(np.tan(np.radians(lat)) + 1 / np.cos(np.radians(lat))) / np.pi) / 2 * 2**z)
    return z, x, y
