"""Writing cloud-optimised GeoTIFF in bounded memory: window by window into a draft, overviews, then the final layout; and proof that it is whole.

The data file is lossless (ZSTD with predictor, one band after the other, so that reading three bands of ten does not unpack ten); what was written is
read back and compared, because a full disk can leave a file that opens and has holes. The visual file is JPEG, made for quick tiles.
"""

from __future__ import annotations

import errno
import itertools
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError  # what GDAL raises where rasterio does not translate it
from rasterio.enums import ColorInterp, Resampling
from rasterio.errors import RasterioError
from rasterio.shutil import copy as copy_raster
from rasterio.windows import Window
from rio_cogeo.cogeo import cog_validate

from imagery.scenes.package import Progress
from imagery.scenes.reading import Grid
from layers.errors import Problem

BLOCK = 512
JPEG_QUALITY = 88
LEVEL = 3  # of ZSTD; 9 takes four times as long to save 5 % of a Sentinel-2 tile
NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EROFS, errno.EACCES)
Fill = Callable[[Window], tuple[NDArray[Any], NDArray[np.bool_] | None]]
"""Values (bands, rows, cols) of a window, and where they are valid if the file has a mask of its own."""


class StoreFull(Problem):
    """The disk has no room, or may not be written to."""

    status: ClassVar[int] = 507
    title: ClassVar[str] = "No room to store this"
    title_vi: ClassVar[str] = "Không đủ chỗ lưu trữ"


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Turns what GDAL and the system say when a file cannot be written into StoreFull."""
    try:
        yield
    except (RasterioError, CPLE_BaseError, OSError) as error:
        if isinstance(error, OSError) and not isinstance(error, RasterioError) and error.errno not in NO_ROOM:
            raise
        raise store_full(place, error) from error


def store_full(place: Path, error: object) -> StoreFull:
    free = shutil.disk_usage(place).free // 1024**2
    return StoreFull(
        "no-room",
        f"The picture could not be written ({error}); {free} MiB are free. Nothing of it was kept.",
        f"Không ghi được ảnh ({error}); còn trống {free} MiB. Không có phần nào được lưu lại.",
    )


def write_data(
    path: Path,
    grid: Grid,
    fill: Fill,
    *,
    count: int,
    dtype: str,
    nodata: float | None,
    names: list[str],
    overviews: Resampling = Resampling.average,
    progress: Progress | None = None,
) -> None:
    """Write a lossless COG of `count` bands of `fill`. Raises what `fill` raises, StoreFull when there is no room."""
    kind = np.dtype(dtype).kind
    layout = _layout(grid) | {
        "count": count, "dtype": dtype, "nodata": nodata, "compress": "ZSTD", "predictor": 3 if kind == "f" else 2,
    }  # fmt: skip
    draft = path.with_suffix(".draft.tif")
    with writing(path.parent):
        sums = _write_draft(draft, grid, fill, layout | {"zstd_level": 1}, names, progress)
        _overviews(draft, grid, overviews, progress)
        _finish(
            draft,
            path,
            {"compress": "ZSTD", "zstd_level": LEVEL, "predictor": layout["predictor"], "interleave": "band"},
            progress,
        )
        draft.unlink()
        if _sums(path, grid, progress) != sums:
            raise store_full(path.parent, "what was written is not what is read")
        _check_layout(path, grid)


def write_visual(path: Path, grid: Grid, fill: Fill, progress: Progress | None = None) -> None:
    """Write an 8-bit RGB COG for display, JPEG inside, with a mask."""
    layout = _layout(grid) | {"count": 3, "dtype": "uint8", "photometric": "RGB", "compress": "ZSTD", "zstd_level": 1}
    draft = path.with_suffix(".draft.tif")
    with writing(path.parent):
        _write_draft(draft, grid, fill, layout | {"interleave": "pixel"}, ["red", "green", "blue"], progress)
        _overviews(draft, grid, Resampling.average, progress)
        options = {"compress": "JPEG", "jpeg_quality": JPEG_QUALITY, "photometric": "YCBCR", "interleave": "pixel"}
        _finish(draft, path, options, progress)
        draft.unlink()
        _sums(path, grid, progress)
        _check_layout(path, grid)


def _layout(grid: Grid) -> dict[str, Any]:
    return {
        "driver": "GTiff", "crs": grid.crs, "transform": grid.transform, "width": grid.width, "height": grid.height,
        "tiled": True, "blockxsize": BLOCK, "blockysize": BLOCK, "BIGTIFF": "IF_SAFER",
    }  # fmt: skip


def _write_draft(
    path: Path, grid: Grid, fill: Fill, layout: dict[str, Any], names: list[str], progress: Progress | None
) -> list[int]:
    """Fill a tiled file; the CRC-32 of what was written, window by window."""
    sums, windows = [], grid.windows()
    with rasterio.open(path, "w", **layout) as draft:
        for index, name in enumerate(names, 1):
            draft.set_band_description(index, name)
        if layout["count"] != 3 or layout.get("photometric") != "RGB":
            draft.colorinterp = [ColorInterp.gray] + [ColorInterp.undefined] * (layout["count"] - 1)
        for done, window in enumerate(windows, 1):
            values, valid = fill(window)
            draft.write(values, window=window)
            if valid is not None:
                draft.write_mask(valid, window=window)
            sums.append(_crc(values, valid))
            if progress:
                progress("read", done, len(windows))
    return sums


def _levels(grid: Grid) -> list[int]:
    """Factors of the overviews: halves until the smallest fits a block."""
    levels: list[int] = []
    size = max(grid.width, grid.height)
    while size > BLOCK:
        levels.append(2 ** (len(levels) + 1))
        size = -(-size // 2)
    return levels


def _overviews(path: Path, grid: Grid, resampling: Resampling, progress: Progress | None) -> None:
    levels = _levels(grid)
    for done, level in enumerate(levels, 1):
        with rasterio.open(path, "r+") as draft:
            draft.build_overviews([level], resampling)
        if progress:
            progress("overviews", done, len(levels))
    _check_blocks(path, grid)


def _finish(draft: Path, path: Path, options: dict[str, Any], progress: Progress | None) -> None:
    """Copy into the layout of a COG: overviews first, blocks in order."""
    if progress:
        progress("write", 0, 1)
    copy_raster(
        draft, path, driver="GTiff", copy_src_overviews=True, tiled=True, blockxsize=BLOCK, blockysize=BLOCK, BIGTIFF="IF_SAFER",
        **options,
    )  # fmt: skip
    if progress:
        progress("write", 1, 1)


def _sums(path: Path, grid: Grid, progress: Progress | None) -> list[int]:
    """Read a file to its last block; the CRC-32 of each window."""
    sums, windows = [], grid.windows()
    with rasterio.open(path) as dataset:
        masked = any(rasterio.enums.MaskFlags.per_dataset in flags for flags in dataset.mask_flag_enums)
        for done, window in enumerate(windows, 1):
            valid = dataset.read_masks(1, window=window) > 0 if masked else None
            sums.append(_crc(dataset.read(window=window), valid))
            if progress:
                progress("verify", done, len(windows))
    return sums


def _crc(values: NDArray[Any], valid: NDArray[np.bool_] | None) -> int:
    found = zlib.crc32(np.ascontiguousarray(values).data)
    return found if valid is None else zlib.crc32(np.packbits(valid).data, found)


def _check_layout(path: Path, grid: Grid) -> None:
    is_cog, errors, _ = cog_validate(path, quiet=True)
    if not is_cog:
        raise store_full(path.parent, "; ".join(errors))
    _check_blocks(path, grid)


def _check_blocks(path: Path, grid: Grid) -> None:
    """Every block of every overview is there: GDAL leaves out what it could not write, without a word."""
    with rasterio.open(path) as dataset:
        if dataset.overviews(1) != _levels(grid):
            raise store_full(path.parent, "overviews are missing")
        count = dataset.count
    for level in range(len(_levels(grid))):
        with rasterio.open(path, overview_level=level) as overview:
            places = [place for place, _ in overview.block_windows(1)]
        with rasterio.open(path) as dataset:
            for band, (row, col) in itertools.product(range(1, count + 1), places):
                if not int(dataset.get_tag_item(f"BLOCK_SIZE_{col}_{row}", "TIFF", bidx=band, ovr=level) or 0):
                    raise store_full(path.parent, "part of an overview is missing")
