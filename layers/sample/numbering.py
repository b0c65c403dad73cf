"""Map sheets and parcel numbers: sheets by square tiles, numbered per unit; parcels zig-zag from the north-west of a
sheet.

TT 26/2024 art. 13 (5): numbers from 1 in each sheet, beginning in the north, left to right and top to bottom in
zig-zag."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

TILE_TOWN = 250_000
"""Ground size of a 1:500 sheet (mm)."""
TILE_COUNTRY = 500_000
"""Ground size of a 1:1000 sheet (mm)."""
BAND = 40_000
"""Height of one stroke of the zig-zag (mm)."""


def number_parcels(x: Ints, y: Ints, tile: int) -> tuple[Ints, Ints]:
    """Sheet and parcel number (both from 1) of faces with reference points ``x``, ``y`` (mm)."""
    if len(x) == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    col, row = x // tile, -(y // tile)
    key = (row - row.min()) * (col.max() - col.min() + 1) + (col - col.min())
    _, sheet = np.unique(key, return_inverse=True)
    band = (tile - 1 - y % tile) // BAND
    across = np.where(band % 2 == 0, x, -x)
    order = np.lexsort((-y, across, band, sheet))
    ordered = sheet[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    sizes = np.diff(np.concatenate([first, [len(x)]]))
    number = np.empty(len(x), dtype=np.int64)
    number[order] = np.arange(len(x)) - np.repeat(first, sizes) + 1
    return sheet.astype(np.int64) + 1, number
