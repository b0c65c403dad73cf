"""Windows of a data set, with what is there and what is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.errors import RasterioIOError
from rasterio.io import DatasetReader
from rasterio.windows import Window

from imagery.render.datasets import lost

Values = NDArray[Any]


def overviews_of(dataset: DatasetReader) -> list[int]:
    """Factors of the overviews, rising."""
    return sorted(int(factor) for factor in dataset.overviews(1))


def read(
    dataset: DatasetReader, bands: Sequence[int], window: Window | None, shape: tuple[int, int]
) -> tuple[Values, NDArray[np.bool_]]:
    """Stored values (bands, rows, columns) of a window at the overview that `shape` fits, and where all of them are there (rows, columns).

    Raises ImageLost when the file breaks off or is damaged.
    """
    try:
        values = dataset.read(list(bands), window=window, out_shape=(len(bands), *shape))
        return values, _there(dataset, values, bands, window, shape)
    except RasterioIOError as error:
        raise lost() from error


def _there(
    dataset: DatasetReader, values: Values, bands: Sequence[int], window: Window | None, shape: tuple[int, int]
) -> NDArray[np.bool_]:
    there = np.ones(shape, bool)
    for place, band in enumerate(bands):
        nodata = dataset.nodatavals[band - 1]
        if nodata is not None:
            there &= ~np.isnan(values[place]) if np.isnan(nodata) else values[place] != nodata
        elif values.dtype.kind == "f":
            there &= ~np.isnan(values[place])
    flags = dataset.mask_flag_enums[bands[0] - 1]
    if MaskFlags.per_dataset in flags and MaskFlags.nodata not in flags:
        if ColorInterp.alpha in dataset.colorinterp:
            mask = dataset.read(dataset.colorinterp.index(ColorInterp.alpha) + 1, window=window, out_shape=shape)
        else:
            mask = dataset.read_masks(bands[0], window=window, out_shape=shape)
        there &= mask > 127
    return there
