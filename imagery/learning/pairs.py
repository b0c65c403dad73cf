"""Pairs of dates whose change is known, read from folders of files.

A folder holds one pair in one of these layouts (any raster that GDAL reads):

- `before.*`, `after.*`, `change.*` (not 0 = changed) and, where not all is known, `unchanged.*` (not 0 = did not change; the rest is not scored);
- `imgs_1/`, `imgs_2/` with one file a band (Sentinel-2 names) and `cm/cm.png`: Onera, doi 10.1109/IGARSS.2018.8518015;
- `im1.png`, `im2.png`, `gt.png`: SZTAKI AirChange, doi 10.1109/TGRS.2009.2022633.

Dates are brought to the grid of the first, and the second onto the first by the measured shift where the gate of registration says so. The rule mask
hides clouds as in a run where counts are known reflectances (Onera).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioIOError

from imagery.change import masks, registration
from layers.errors import Malformed

SENTINEL_2 = {
    "B02": "blue", "B03": "green", "B04": "red", "B05": "rededge", "B08": "nir", "B8A": "nir08", "B11": "swir16", "B12": "swir22",
}  # fmt: skip
"""Common names of the bands that are read; the others are for the atmosphere."""
ONERA_REFLECTANCE = 1e-4
"""Of one count in those files."""
BY_COUNT = {
    1: ("gray",),
    3: ("red", "green", "blue"),
    4: ("red", "green", "blue", "nir"),
    6: ("blue", "green", "red", "nir", "swir16", "swir22"),
}
"""What bands without names are taken for."""

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class LabelledPair:
    """Two dates on one grid, float32 (bands, rows, cols) in sensor units, bands by common name. `valid`: observed on both dates; `truth`: changed;
    `known`: where both dates have data and `truth` is to be believed (all bool, (rows, cols)). What is known and hidden by clouds counts as missed.
    """

    name: str
    names: tuple[str, ...]
    before: Floats
    after: Floats
    valid: Bools
    truth: Bools
    known: Bools


def found(folder: Path) -> list[Path]:
    """Folders of pairs in a folder (or itself), by name. Raises Malformed 'no-pairs' when there is none."""
    candidates = [folder, *sorted(path for path in folder.rglob("*") if path.is_dir())] if folder.is_dir() else []
    pairs = [path for path in candidates if _layout(path)]
    if not pairs:
        raise Malformed(
            "no-pairs", f"There is no labelled pair in {folder}.", f"Không có cặp ảnh gán nhãn nào trong {folder}."
        )
    return pairs


def read(folder: Path) -> LabelledPair:
    """The pair in a folder. Raises Malformed 'pair-unreadable' when files are missing, broken or do not fit together."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            layout = _layout(folder)
            pair = _registered({"onera": _onera, "sztaki": _sztaki, "plain": _plain}[layout](folder))
            return _cleared(pair) if layout == "onera" else pair
    except (RasterioIOError, KeyError, ValueError, StopIteration) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise Malformed(
            "pair-unreadable",
            f"The labelled pair in {folder} cannot be read: {reason}.",
            f"Không đọc được cặp ảnh gán nhãn trong {folder}: {reason}.",
        ) from error


def _layout(folder: Path) -> str:
    if (folder / "imgs_1").is_dir() and (folder / "imgs_2").is_dir():
        return "onera"
    if (folder / "im1.png").is_file() and (folder / "gt.png").is_file():
        return "sztaki"
    return "plain" if folder.is_dir() and any(folder.glob("before.*")) and any(folder.glob("change.*")) else ""


def _onera(folder: Path) -> LabelledPair:
    bands = [band for band in SENTINEL_2 if (folder / "imgs_1" / f"{band}.tif").is_file()]
    with rasterio.open(folder / "imgs_1" / "B02.tif") as file:
        shape = file.shape
    before, after = (
        np.stack([_band(folder / date / f"{band}.tif", shape) for band in bands]) for date in ("imgs_1", "imgs_2")
    )
    with rasterio.open(folder / "cm" / "cm.png") as file:
        truth = file.read(1) > 0
    return _pair(folder.name, tuple(SENTINEL_2[band] for band in bands), before, after, truth)


def _sztaki(folder: Path) -> LabelledPair:
    images = [_image(folder / name) for name in ("im1.png", "im2.png", "gt.png")]
    return _pair(f"{folder.parent.name}-{folder.name}", images[0][1], images[0][0], images[1][0], images[2][0][0] > 0)


def _plain(folder: Path) -> LabelledPair:
    paths = {part: next(folder.glob(f"{part}.*")) for part in ("before", "after", "change")}
    before, names = _image(paths["before"])
    after, others = _image(paths["after"], before.shape[1:])
    if names != others:
        raise ValueError(f"bands differ: {', '.join(names)} and {', '.join(others)}")
    truth = _image(paths["change"])[0][0] > 0
    unchanged = next(folder.glob("unchanged.*"), None)
    return _pair(
        folder.name, names, before, after, truth, None if unchanged is None else truth | (_image(unchanged)[0][0] > 0)
    )


def _pair(
    name: str, names: tuple[str, ...], before: Floats, after: Floats, truth: Bools, known: Bools | None = None
) -> LabelledPair:
    if not before.shape[1:] == after.shape[1:] == truth.shape:
        raise ValueError(f"sizes differ: {before.shape[1:]}, {after.shape[1:]}, {truth.shape}")
    valid = np.asarray((np.isfinite(before) & np.isfinite(after)).all(axis=0))
    return LabelledPair(
        name,
        names,
        np.nan_to_num(before),
        np.nan_to_num(after),
        valid,
        truth,
        valid if known is None else valid & known,
    )


def _registered(pair: LabelledPair) -> LabelledPair:
    """Raises Malformed 'not-registered' where the dates lie too far apart."""
    measured = registration.combine(_measured(pair))
    if registration.gate(measured) != "correct":
        return pair
    after = registration.shifted(pair.after, measured.dy, measured.dx)
    seen = pair.valid & np.isfinite(after).all(axis=0)
    return replace(pair, after=np.nan_to_num(after), valid=seen, known=pair.known & seen)


def _cleared(pair: LabelledPair) -> LabelledPair:
    """The pair without clouds and their shadows on either date; what they hide is still known."""
    valid = pair.valid
    for date in (pair.before, pair.after):
        bands = dict(zip(pair.names, date * np.float32(ONERA_REFLECTANCE), strict=True))
        valid = valid & masks.observed(masks.rule_mask(bands, pair.valid))
    return replace(pair, valid=valid)


def _measured(pair: LabelledPair) -> Iterator[tuple[float, float, float]]:
    side = registration.TILE
    rows, cols = pair.valid.shape
    for row in range(0, max(1, rows - side // 2), side):
        for col in range(0, max(1, cols - side // 2), side):
            part = np.s_[row : row + side, col : col + side]
            yield registration.measure_tile(pair.before[:, *part], pair.after[:, *part], pair.valid[part])


def _image(path: Path, shape: tuple[int, ...] | None = None) -> tuple[Floats, tuple[str, ...]]:
    """All bands, NaN where there is no data, and what they are called."""
    with rasterio.open(path) as file:
        out_shape = (file.count, *(shape or file.shape))
        image = (
            file.read(out_shape=out_shape, resampling=Resampling.cubic, masked=True).astype(np.float32).filled(np.nan)
        )
        described = tuple(text or "" for text in file.descriptions)
        names = described if all(described) else BY_COUNT.get(file.count)
    if names is None:
        raise ValueError(f"{path.name} has {len(image)} bands without names")
    return image, names


def _band(path: Path, shape: tuple[int, int]) -> Floats:
    with rasterio.open(path) as file:
        band: Floats = file.read(1, out_shape=shape, resampling=Resampling.cubic).astype(np.float32)
    return band
