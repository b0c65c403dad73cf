"""What follows from the data file of a scene: where it observed anything, how much of that is cloud, what it looks like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.features
import shapely
from numpy.typing import NDArray
from rasterio.windows import Window

from imagery.change import masks
from imagery.change.masks import NEEDED, rule_mask
from imagery.scenes import checking, cog
from imagery.scenes.package import Progress
from imagery.scenes.reading import Grid
from imagery.scenes.sensors import BandSource
from layers.errors import Malformed

METRES_A_DEGREE = 111_320  # of latitude
PREVIEW = 512  # px along the longer side, for footprint and stretch
STRETCH = (2.0, 98.0)  # percentiles of what is shown as black and white


def _observed(path: Path, grid: Grid) -> NDArray[np.bool_]:
    """Where anything was observed, at most `PREVIEW` px a side. Raises Malformed for a picture of nothing."""
    with rasterio.open(path) as dataset:
        valid = dataset.dataset_mask(out_shape=_small(grid)) > 0
    if not valid.any():
        raise Malformed(
            "nothing-observed",
            "Every pixel is no-data: there is nothing in the picture.",
            "Mọi điểm ảnh đều không có dữ liệu: ảnh trống.",
        )
    return np.asarray(valid)


def _small(grid: Grid) -> tuple[int, int]:
    factor = max(1.0, max(grid.width, grid.height) / PREVIEW)
    return max(1, round(grid.height / factor)), max(1, round(grid.width / factor))


def footprint(path: Path, grid: Grid, whole: Any) -> shapely.MultiPolygon:
    """Outline of what was observed, in lon/lat, to within a pixel of a small copy. `whole`: that of the grid. Raises Malformed for a picture of nothing."""
    valid = _observed(path, grid)
    if valid.all():
        return _tidy(whole, grid)
    rows, cols = valid.shape
    to_map = grid.transform * rasterio.Affine.scale(grid.width / cols, grid.height / rows)
    found = [
        shapely.geometry.shape(shape)
        for shape, value in rasterio.features.shapes(
            valid.astype(np.uint8), mask=valid, connectivity=8, transform=to_map
        )
        if value
    ]
    pixel = max(abs(to_map.a), abs(to_map.e))
    merged = shapely.make_valid(shapely.unary_union(found).simplify(pixel))
    outline = checking.in_lonlat(shapely.segmentize(merged, 64 * pixel), grid.crs)
    return _tidy(outline, grid)


def _tidy(outline: Any, grid: Grid) -> shapely.MultiPolygon:
    """Without vertices that tell nothing (less than a quarter of a pixel), to 1 cm, exteriors counter-clockwise (RFC 7946)."""
    simple = shapely.make_valid(outline.simplify(checking.gsd(grid) / 4 / METRES_A_DEGREE))
    parts = [part for part in shapely.get_parts(shapely.set_precision(simple, 1e-7)) if part.geom_type == "Polygon"]
    return shapely.orient_polygons(shapely.MultiPolygon(parts))


def cloud_share(counts: NDArray[np.int64]) -> float | None:
    """% of the observed pixels that are cloud."""
    observed = int(counts.sum() - counts[masks.NO_DATA])
    return 100 * int(counts[masks.CLOUD]) / observed if observed else None


def estimated_cloud(data: Path, grid: Grid, sources: tuple[BandSource, ...]) -> float | None:
    """% of cloud by the rules of imagery.change.masks, on a small copy; None without the bands or the reflectances that they need."""
    names = [source.common_name for source in sources]
    if not set(names) >= NEEDED or any(source.scale == 1 for source in sources):
        return None
    with rasterio.open(data) as dataset:
        stored = dataset.read(out_shape=(dataset.count, *_small(grid))).astype(np.float32)
        valid = dataset.dataset_mask(out_shape=_small(grid)) > 0
    bands = {
        name: stored[index] * np.float32(source.scale) + np.float32(source.offset)
        for index, (name, source) in enumerate(zip(names, sources, strict=True))
        if name in NEEDED
    }
    return cloud_share(np.bincount(rule_mask(bands, valid).ravel(), minlength=256))


def write_visual(data: Path, path: Path, shown: tuple[int, int, int], grid: Grid, progress: Progress | None) -> None:
    """Natural colours in 8 bits: as they are, or stretched between percentiles of the whole scene."""
    with rasterio.open(data) as dataset:
        whole = bool((dataset.dataset_mask(out_shape=_small(grid)) > 0).all()) and dataset.nodata is None
        limits = None if dataset.dtypes[0] == "uint8" else _limits(dataset, shown, grid)

        def read(window: Window) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
            values = dataset.read(list(shown), window=window)
            valid = None if whole else dataset.dataset_mask(window=window) > 0
            return (values if limits is None else _stretched(values, limits)), valid

        fill: cog.Fill = read
        cog.write_visual(path, grid, fill, progress)


def _limits(dataset: rasterio.DatasetReader, shown: tuple[int, int, int], grid: Grid) -> NDArray[np.float64]:
    """Percentiles (3, 2) of the bands shown, from a small copy; the same pair for none of them."""
    small = dataset.read(list(shown), out_shape=(3, *_small(grid)), masked=True)
    return np.stack([np.percentile(band.compressed().astype(np.float64), STRETCH) for band in small])


def _stretched(values: NDArray[Any], limits: NDArray[np.float64]) -> NDArray[np.uint8]:
    low, high = limits[:, 0, None, None], limits[:, 1, None, None]
    share = (np.nan_to_num(values.astype(np.float32)) - low) / np.maximum(high - low, 1e-12)
    return np.asarray(np.clip(share * 255, 0, 255).round().astype(np.uint8))
