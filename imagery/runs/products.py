"""What a run leaves for good: two COGs on its grid, the kept change and the probability."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError
from rasterio.errors import RasterioError

from imagery.runs import work
from imagery.runs.grid import Grid, Window
from imagery.runs.parcels import CHANGED, SPILT
from imagery.runs.stream import NOT_OBSERVED

FILES = ("changed.tif", "probability.tif")
STRIP = 1024
NO_PROBABILITY = 65_535
STEPS = 10_000
"""Probability is kept as a whole number of ten-thousandths."""


def write_products(
    folder: Path, grid: Grid, changed: NDArray[np.uint8], probability: Callable[[Window], NDArray[np.float32]]
) -> None:
    """Write both, each whole or not at all. Raises OSError (ENOSPC) when they cannot be written."""

    def coded(window: Window) -> NDArray[np.uint16]:
        values = probability(window)
        return np.where(np.isnan(values), NO_PROBABILITY, np.rint(np.nan_to_num(values) * STEPS)).astype(np.uint16)

    def kept(window: Window) -> NDArray[np.uint8]:
        values = changed[window.row : window.row + window.rows, window.col : window.col + window.cols]
        return np.where(values == SPILT, CHANGED, values).astype(np.uint8)

    try:
        _write(folder / FILES[0], grid, kept, "uint8", NOT_OBSERVED, "mode")
        _write(folder / FILES[1], grid, coded, "uint16", NO_PROBABILITY, "average")
    except (RasterioError, CPLE_BaseError) as error:  # GDAL has no number for it
        raise OSError(errno.ENOSPC, f"the result could not be written ({error})") from error


def _write(
    path: Path, grid: Grid, values: Callable[[Window], NDArray[Any]], dtype: str, nodata: int, resampling: str
) -> None:
    with work.fresh(path) as draft:
        facts: dict[str, Any] = {
            "crs": f"EPSG:{grid.epsg}",
            "transform": grid.affine,
            "width": grid.width,
            "height": grid.height,
            "count": 1,
            "dtype": dtype,
            "nodata": nodata,
        }
        with rasterio.open(
            draft, "w", driver="COG", compress="ZSTD", level=1, predictor=2, overview_resampling=resampling, **facts
        ) as file:
            for row in range(0, grid.height, STRIP):
                window = Window(row, 0, min(STRIP, grid.height - row), grid.width)
                file.write(values(window), 1, window=rasterio.windows.Window(0, row, grid.width, window.rows))
        with rasterio.open(draft) as file:  # GDAL may close a file on a full disk without a word
            last = rasterio.windows.Window(0, grid.height - 1, grid.width, 1)
            file.read(1, window=last)
