"""Windows of a scene on the common grid, straight from its data COG: float32, NaN where nothing was seen.

A scene whose pixels lie on the lattice of the grid is read as it is, and moved by the registration's shift with the six-point cubic kernel; any
other scene is warped once, the shift included. What a pixel gets does not depend on the window it is read in. A file that is read as it is stays open, for
one thread at a time: most blocks of a tile with its halo have been unpacked for its neighbours. `release` closes them.
"""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT

from imagery.change import masks
from imagery.change.registration import shifted
from imagery.runs.grid import COARSER, Grid, Placed, Transform, Window
from layers.errors import Malformed

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Bands = Sequence[Mapping[str, object]]
"""As a scene describes them: name, common_name, nodata, scale, offset, dtype."""

KERNEL = 3
"""px that the cubic kernel reaches."""
MASK_HALO = masks.EDGE + masks.REACH
"""px that the rule mask looks to each side."""
TOLERANCE = 1e-6
"""px; how far GDAL may interpolate between transformed points (it takes 0 for an error)."""
CACHE = 384 * 2**20
"""Bytes of unpacked blocks that are kept (rasterio takes bytes, where GDAL itself takes megabytes)."""
WORKING = {"GDAL_NUM_THREADS": "1", "GDAL_CACHEMAX": CACHE, "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR"}
FIRST_NAMES = ("blue", "green", "red", "rededge", "nir", "swir16", "swir22", "gray")


@dataclass(frozen=True)
class Source:
    """Where the bands of one date lie. Small and plain: this is what travels to workers.

    `bands` counts from 1; a value is raw * scale + offset. `mask`: the scene's own; where it has none and the values are reflectances the
    rule mask takes its place (`rule`).
    """

    path: str
    mask: str | None
    rule: bool
    names: tuple[str, ...]
    epsg: int
    transform: Transform
    width: int
    height: int
    gsd: float
    bands: tuple[int, ...]
    scales: tuple[float, ...]
    offsets: tuple[float, ...]
    nodata: float | None


def band_names(bands: Bands) -> dict[str, int]:
    """Common name → number of the band (from 1). The second of a name is called name2 and so on; nir08 stands for nir where there is no nir."""
    names: dict[str, int] = {}
    for number, band in enumerate(bands, 1):
        name = str(band.get("common_name") or "")
        if not name:
            continue
        same = sum(1 for known in names if known.rstrip("0123456789") == name or known == name)
        names[name if not same else f"{name}{same + 1}"] = number
    if "nir" not in names and "nir08" in names:
        names["nir"] = names.pop("nir08")
    return names


def common_names(before: Bands, after: Bands) -> tuple[str, ...]:
    """Bands that both dates have, in the order of the spectrum. Raises Malformed 'no-common-bands'."""
    first, second = band_names(before), band_names(after)
    shared = [name for name in first if name in second]
    if not shared:
        raise Malformed(
            "no-common-bands",
            f"The two dates have no band in common ({', '.join(first) or 'none'}; {', '.join(second) or 'none'}).",
            f"Hai thời điểm ảnh không có kênh phổ chung ({', '.join(first) or 'không'}; {', '.join(second) or 'không'}).",
        )
    return tuple(sorted(shared, key=lambda name: (_place(name), name)))


def _place(name: str) -> int:
    return next((k for k, first in enumerate(FIRST_NAMES) if name.startswith(first)), len(FIRST_NAMES))


def source_of(scene: Placed, bands: Bands, names: Sequence[str], path: str, mask: str | None) -> Source:
    """The source of a scene for the bands called `names`. `path`, `mask`: what rasterio opens."""
    numbers = band_names(bands)
    chosen = [bands[numbers[name] - 1] for name in names]
    nodata = next((_number(band["nodata"], 0) for band in chosen if band.get("nodata") is not None), None)
    calibrated = all(
        str(band.get("dtype", "")).startswith("float") or 0 < _number(band.get("scale"), 1.0) < 0.1 for band in chosen
    )
    return Source(
        path=path,
        mask=mask,
        rule=mask is None and calibrated and set(names) >= masks.NEEDED,
        names=tuple(names),
        epsg=scene.epsg,
        transform=scene.transform,
        width=scene.width,
        height=scene.height,
        gsd=scene.gsd,
        bands=tuple(numbers[name] for name in names),
        scales=tuple(_number(band.get("scale"), 1.0) for band in chosen),
        offsets=tuple(_number(band.get("offset"), 0.0) for band in chosen),
        nodata=nodata,
    )


def _number(value: object, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) else otherwise


def place_on(source: Source, grid: Grid) -> tuple[int, int] | None:
    """Row and column of the grid's first pixel in the source, where the two have one lattice; None where they have not."""
    a, b, x, d, e, y = source.transform
    if source.epsg != grid.epsg or b != 0 or d != 0 or abs(a - grid.gsd) > 1e-9 * a or abs(e + grid.gsd) > 1e-9 * a:
        return None
    col, row = (grid.transform[2] - x) / a, (y - grid.transform[5]) / a
    if max(abs(col - round(col)), abs(row - round(row))) > 1e-4:
        return None
    return round(row), round(col)


def read(source: Source, grid: Grid, window: Window, shift: tuple[float, float] = (0.0, 0.0)) -> tuple[Floats, Bools]:
    """Values (bands, rows, cols) of a window of the grid, and where (rows, cols) this date observed the ground.

    `shift`: dy, dx in px of the grid, what the registration measured; the values are those at (row + dy, col + dx).
    """
    origin = place_on(source, grid)
    wide = window.grown(MASK_HALO, grid) if source.rule else window
    with rasterio.Env(**WORKING):
        values = _warped(source, grid, wide, shift) if origin is None else _moved(source, origin, wide, shift)
        observed = np.asarray(np.isfinite(values).all(axis=0))
        if source.mask is not None:
            observed &= masks.observed(_codes(source, grid, origin, wide, shift))
    if source.rule:
        bands = dict(zip(source.names, values, strict=True))
        observed &= masks.observed(masks.rule_mask(bands, observed))
        inner = window.within(wide)
        values, observed = np.ascontiguousarray(values[:, *inner]), np.ascontiguousarray(observed[inner])
    return values, observed


@functools.lru_cache(maxsize=8)
def _opened(path: str) -> tuple[Any, threading.Lock]:
    return rasterio.open(path), threading.Lock()


def release() -> None:
    """Close the files that stayed open."""
    _opened.cache_clear()


def _moved(source: Source, origin: tuple[int, int], window: Window, shift: tuple[float, float]) -> Floats:
    """A window of a scene that lies on the lattice."""
    if shift == (0.0, 0.0):
        return _scaled(_padded(source.path, source.bands, source.nodata, origin, window), source)
    margin = [math.ceil(abs(move)) + KERNEL for move in shift]
    wide = Window(
        window.row - margin[0], window.col - margin[1], window.rows + 2 * margin[0], window.cols + 2 * margin[1]
    )
    values = shifted(_scaled(_padded(source.path, source.bands, source.nodata, origin, wide), source), *shift)
    rows, cols = window.within(wide)
    return np.ascontiguousarray(values[:, rows, cols])


def _padded(path: str, bands: tuple[int, ...], nodata: float | None, origin: tuple[int, int], window: Window) -> Floats:
    """Raw values; NaN for no-data and beyond the edge of the file."""
    file, lock = _opened(path)
    row, col = origin[0] + window.row, origin[1] + window.col
    top, left = max(0, -row), max(0, -col)
    bottom, right = min(window.rows, file.height - row), min(window.cols, file.width - col)
    if (top, left, bottom, right) == (0, 0, window.rows, window.cols):
        with lock:
            values: Floats = file.read(bands, window=_box(row, col, window.rows, window.cols), out_dtype="float32")
    else:
        values = np.full((len(bands), window.rows, window.cols), np.nan, np.float32)
        if bottom > top and right > left:
            part = _box(row + top, col + left, bottom - top, right - left)
            with lock:
                values[:, top:bottom, left:right] = file.read(bands, window=part, out_dtype="float32")
    if nodata is not None and not math.isnan(nodata):
        values[values == np.float32(nodata)] = np.nan
    return values


def _box(row: int, col: int, rows: int, cols: int) -> Any:
    return rasterio.windows.Window(col, row, cols, rows)


def _warped(source: Source, grid: Grid, window: Window, shift: tuple[float, float]) -> Floats:
    """A window of a scene on another lattice: averaged when it is finer, cubic when it is moved, bilinear otherwise."""
    how = Resampling.bilinear if shift == (0.0, 0.0) else Resampling.cubic
    if grid.gsd / source.gsd > COARSER:
        how = Resampling.average
    with rasterio.open(source.path) as file, _vrt(file, source, grid, window, shift, how) as vrt:
        return _scaled(vrt.read(source.bands), source)


@contextmanager
def _vrt(
    file: Any, source: Source, grid: Grid, window: Window, shift: tuple[float, float], how: Resampling
) -> Iterator[Any]:
    """The window as a warped file. What GDAL would otherwise take from the window is said: the width of the kernel (from the two pixel sizes) and how
    closely points are transformed.
    """
    place = grid.affine * Affine.translation(window.col + shift[1], window.row + shift[0])
    scale = f"{source.gsd / grid.gsd:.9f}"
    with WarpedVRT(
        file,
        crs=f"EPSG:{grid.epsg}",
        transform=place,
        width=window.cols,
        height=window.rows,
        resampling=how,
        tolerance=TOLERANCE,
        src_nodata=source.nodata if how != Resampling.nearest else None,
        nodata=math.nan,
        dtype="float32",
        XSCALE=scale,
        YSCALE=scale,
    ) as vrt:
        yield vrt


def _scaled(values: Floats, source: Source) -> Floats:
    for band, (scale, offset) in enumerate(zip(source.scales, source.offsets, strict=True)):
        if scale != 1.0 or offset != 0.0:
            values[band] = values[band] * np.float32(scale) + np.float32(offset)
    return values


def _codes(
    source: Source, grid: Grid, origin: tuple[int, int] | None, window: Window, shift: tuple[float, float]
) -> NDArray[np.uint8]:
    """What the scene's own mask says; the nearest pixel, no data beyond its edge."""
    assert source.mask is not None
    if origin is None:
        with rasterio.open(source.mask) as file, _vrt(file, source, grid, window, shift, Resampling.nearest) as vrt:
            codes: Floats = vrt.read(1)
    else:
        place = Window(window.row + round(shift[0]), window.col + round(shift[1]), window.rows, window.cols)
        codes = _padded(source.mask, (1,), None, origin, place)[0]
    return np.nan_to_num(codes, nan=masks.NO_DATA).astype(np.uint8)
