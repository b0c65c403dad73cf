"""Opening rasters from outside, and reading them on one grid window by window."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import MaskFlags, Resampling
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from layers.errors import Malformed

SELF_CONTAINED = ("GTiff", "JP2OpenJPEG", "JPEG", "PNG", "WEBP", "BMP", "GIF")
"""Formats that hold their pixels themselves. Others may point to files and addresses elsewhere, which a file from outside must not make us read."""
WINDOW = 1024  # px; a multiple of the blocks of COGs, and the size of Sentinel-2's own tiles
ENV = {
    "GDAL_CACHEMAX": 256 * 1024**2,
    "GDAL_DISABLE_READDIR_ON_OPEN": "FALSE",
    "GDAL_ERROR_ON_LIBJPEG_WARNING": True,
    "GDAL_TIFF_INTERNAL_MASK": True,
    "GDAL_NUM_THREADS": "2",
}
"""GDAL while a scene is read and written: bounded memory, and a damaged JPEG block is an error."""


@contextmanager
def opened(path: str, drivers: tuple[str, ...] | None = SELF_CONTAINED) -> Iterator[rasterio.DatasetReader]:
    """A raster for reading, without the warning that it has no place yet. Raises Malformed for what GDAL cannot read."""
    with rasterio.Env(), warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        try:
            dataset = rasterio.DatasetReader(path, driver=list(drivers) if drivers else None)
        except RasterioError as error:
            name = PurePosixPath(path).name
            raise Malformed(
                "not-a-raster",
                f"{name} is no image that can be read: {error}.",
                f"{name} không phải ảnh đọc được: {error}.",
            ) from error
    with dataset:
        yield dataset


@dataclass(frozen=True)
class Grid:
    """North-up where it can be: `transform` in units of `crs`."""

    crs: CRS
    transform: Affine
    width: int
    height: int

    def windows(self) -> list[Window]:
        """Windows of at most `WINDOW` px a side that cover it, row by row."""
        return [
            Window(col, row, min(WINDOW, self.width - col), min(WINDOW, self.height - row))
            for row in range(0, self.height, WINDOW)
            for col in range(0, self.width, WINDOW)
        ]


def grid_of(dataset: rasterio.DatasetReader, crs: CRS) -> Grid:
    """The grid of a raster; one that is stored from south to north is turned over."""
    transform = dataset.transform
    if transform.e > 0 and transform.b == transform.d == 0:
        transform = Affine(transform.a, 0, transform.c, 0, -transform.e, transform.f + transform.e * dataset.height)
    return Grid(crs, transform, dataset.width, dataset.height)


class BandReader:
    """Band `index` of an open raster on a grid. `resampling` counts only where its own grid is another one."""

    def __init__(
        self, dataset: rasterio.DatasetReader, index: int, grid: Grid, nodata: float | None, resampling: Resampling
    ) -> None:
        self.index = index
        self.dtype = dataset.dtypes[index - 1]
        self.nodata = (
            nodata if nodata is not None else dataset.nodatavals[index - 1]
        )  # None where the type cannot hold it
        self.has_mask = self.nodata is None and MaskFlags.per_dataset in dataset.mask_flag_enums[index - 1]
        self._name = PurePosixPath(dataset.name).name
        self._source: Any = dataset
        if not _same_grid(dataset, grid):
            turned = dataset.transform.e > 0 and (dataset.width, dataset.height) == (grid.width, grid.height)
            self._source = WarpedVRT(
                dataset,
                src_crs=grid.crs,
                crs=grid.crs,
                transform=grid.transform,
                width=grid.width,
                height=grid.height,
                resampling=Resampling.nearest if turned else resampling,
                src_nodata=self.nodata,
                nodata=self.nodata,
                add_alpha=False,
                warp_mem_limit=64,
            )

    def read(self, window: Window) -> NDArray[Any]:
        """Values in a window, (rows, cols). Raises Malformed `corrupt-tile` where the file is damaged."""
        try:
            return np.asarray(self._source.read(self.index, window=window))
        except (RasterioError, ValueError) as error:
            raise self._damaged(window, error) from error

    def mask(self, window: Window) -> NDArray[np.bool_]:
        """Where the file's own mask or alpha band says there is a picture."""
        try:
            return np.asarray(self._source.read_masks(self.index, window=window)) > 0
        except (RasterioError, ValueError) as error:
            raise self._damaged(window, error) from error

    def valid(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Where values are not the no-data value."""
        found = np.ones(values.shape, bool)
        if values.dtype.kind == "f":
            found &= ~np.isnan(values)
        if self.nodata is not None and not np.isnan(self.nodata):
            found &= values != self.nodata
        return found

    def close(self) -> None:
        if isinstance(self._source, WarpedVRT):
            self._source.close()

    def _damaged(self, window: Window, error: Exception) -> Malformed:
        place = f"{round(window.col_off)}, {round(window.row_off)}"
        return Malformed(
            "corrupt-tile",
            f"{self._name} is damaged: band {self.index} cannot be read near pixel {place} ({error}).",
            f"Tệp {self._name} bị hỏng: không đọc được kênh {self.index} gần điểm ảnh {place} ({error}).",
        )


def _same_grid(dataset: rasterio.DatasetReader, grid: Grid) -> bool:
    return (dataset.width, dataset.height) == (grid.width, grid.height) and dataset.transform.almost_equals(
        grid.transform, precision=1e-6 * abs(grid.transform.a)
    )
