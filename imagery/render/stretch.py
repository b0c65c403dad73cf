"""How bright a scene is: percentiles of its bands, read once from an overview and kept."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict

import numpy as np
from numpy.typing import NDArray

from imagery.render.datasets import Datasets
from imagery.render.reading import read
from imagery.render.source import Source

SIDE = 1_024
"""Of what is read of a band (px); GDAL takes it from the nearest overview."""
LAND = (1, 4)
"""Mask classes that count: clear and water. Clouds would make everything else dark."""
LEAST = 0.01
"""Where less of the scene than this is clear, all of it counts."""
PERCENTS = np.linspace(0.0, 100.0, 401)


class Percentiles:
    """Percentile tables of bands, by scene and band; at most `limit` of them."""

    def __init__(self, datasets: Datasets, limit: int = 2_000) -> None:
        self._datasets = datasets
        self._limit = limit
        self._known: OrderedDict[tuple[str, int], NDArray[np.float64]] = OrderedDict()
        self._lock = threading.Lock()

    def pair(self, source: Source, band: int, low: float, high: float) -> tuple[float, float]:
        """The stored values at two percentiles (0…100) of a band (numbered from 1)."""
        table = self._table(source, band)
        first, last = np.interp([low, high], PERCENTS, table)
        return float(first), float(last)

    def _table(self, source: Source, band: int) -> NDArray[np.float64]:
        with self._lock:  # a scene's first tiles come together: one of them reads, the others wait
            table = self._known.get((source.key, band))
            if table is None:
                table = self._known[source.key, band] = self._measured(source, band)
                while len(self._known) > self._limit:
                    self._known.popitem(last=False)
            return table

    def _measured(self, source: Source, band: int) -> NDArray[np.float64]:
        with self._datasets.open(source.data) as dataset:
            level = max(1, math.ceil(max(dataset.width, dataset.height) / SIDE))
            shape = (-(-dataset.height // level), -(-dataset.width // level))
            values, there = read(dataset, [band], None, shape)
        if source.mask:
            with self._datasets.open(source.mask) as dataset:
                classes, _ = read(dataset, [1], None, shape)
            clear = there & np.isin(classes[0], LAND)
            if clear.mean() > LEAST:
                there = clear
        seen = values[0][there & np.isfinite(values[0])]
        if not seen.size:
            return np.linspace(0.0, 1.0, len(PERCENTS))
        table: NDArray[np.float64] = np.percentile(seen.astype(np.float64), PERCENTS)
        return table
