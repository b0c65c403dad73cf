"""Which tiles a box touches."""

from __future__ import annotations

import math
from collections.abc import Sequence

BUFFER = 64 / 4096  # of a tile: what a tile draws beyond its edge


def span(bounds: Sequence[float], zoom: int) -> tuple[int, int, int, int]:
    """Columns and rows (x0, y0, x1, y1, inclusive) of the tiles that draw something inside `bounds` (degrees, west south east north)."""
    n = 1 << zoom

    def column(lon: float) -> float:
        return (lon + 180) / 360 * n

    def row(lat: float) -> float:
        clipped = math.radians(max(-85.0511, min(85.0511, lat)))
        return (1 - math.asinh(math.tan(clipped)) / math.pi) / 2 * n

    west, south, east, north = bounds
    return (
        max(0, math.floor(column(west) - BUFFER - 1e-9)),
        max(0, math.floor(row(north) - BUFFER - 1e-9)),
        min(n - 1, math.floor(column(east) + BUFFER + 1e-9)),
        min(n - 1, math.floor(row(south) + BUFFER + 1e-9)),
    )
