"""Draws scenes: tiles and chips. Thread-safe; every thread that draws is inside `datasets.gdal()`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from imagery.render import paint
from imagery.render.datasets import Datasets
from imagery.render.encode import Form, Picture, encoded
from imagery.render.looks import Look
from imagery.render.paint import Channels
from imagery.render.reading import Values, overviews_of, read
from imagery.render.source import Source
from imagery.render.stretch import Percentiles
from imagery.render.warp import Bounds, Plan, degrees, laid, mercator_bounds, plan, tile_bounds

VERSION = 1
"""Part of every entity tag: goes up when the same scene and look are drawn otherwise than before."""


class Renderer:
    """`open_files`: how many data sets may be kept open."""

    def __init__(self, open_files: int = 32) -> None:
        self.datasets = Datasets(open_files)
        self.percentiles = Percentiles(self.datasets)

    def tile(
        self, source: Source, look: Look, z: int, x: int, y: int, size: int = 256, form: Form = "webp"
    ) -> bytes | None:
        """A Web Mercator tile of `size` px; None where nothing of the scene is in it."""
        return self.picture(source, look, tile_bounds(z, x, y), (size, size), form)

    def chip(self, source: Source, look: Look, bounds: Bounds, width: int, form: Form = "png") -> bytes | None:
        """A picture of bounds in degrees, `width` px wide and as high as its shape in Web Mercator asks for; None where the scene does not lie."""
        left, bottom, right, top = mercator = mercator_bounds(bounds)
        height = max(1, round(width * (top - bottom) / (right - left)))
        return self.picture(source, look, mercator, (width, height), form)

    def picture(self, source: Source, look: Look, bounds: Bounds, size: tuple[int, int], form: Form) -> bytes | None:
        """Any bounds in Web Mercator metres. Raises ImageLost when a file of the scene cannot be read."""
        if not source.touches(degrees(bounds)):
            return None
        drawn = self._drawn(source, look, bounds, size)
        return None if drawn is None else encoded(drawn, form)

    def close(self) -> None:
        self.datasets.close()

    # ---- drawing ------------------------------------------------------------------------------------------------------

    def _drawn(self, source: Source, look: Look, bounds: Bounds, size: tuple[int, int]) -> Picture | None:
        path, numbers = _file(source, look)
        with self.datasets.open(path) as dataset:
            made = plan(bounds, size, source.epsg, dataset, source.footprint.bounds, overviews=overviews_of(dataset))
            if made is None:
                return None
            values, there = read(dataset, numbers, made.window, made.shape)
        if not there.any():
            return None
        channels, there = self._channels(source, look, numbers, values, there)
        return _picture(channels, there, made, nearest=look.kind == "mask")

    def _channels(
        self, source: Source, look: Look, numbers: list[int], values: Values, there: NDArray[np.bool_]
    ) -> tuple[Channels, NDArray[np.bool_]]:
        """Red, green and blue (or one channel for gray) of the window, and where they mean something."""
        if look.kind == "visual":
            return list(values), there
        if look.kind == "mask":
            return paint.class_colours(values[0], look.legend), there
        if look.kind == "index":
            named = dict(zip(look.bands, numbers, strict=True))
            stored = dict(zip(look.bands, values, strict=True))
            index = paint.index_values(look.name, stored, {word: source.bands[n - 1] for word, n in named.items()})
            return paint.coloured(index, look.legend), there & np.isfinite(index)
        channels = []
        for place, number in enumerate(numbers):
            low, high = look.stretch.pair(place)
            if look.stretch.kind == "percentile":
                low, high = self.percentiles.pair(source, number, low, high)
            channels.append(paint.stretched(values[place], low, high))
        return channels, there


def _file(source: Source, look: Look) -> tuple[str, list[int]]:
    """Which file a look is drawn from, and the numbers of the bands it needs."""
    if look.kind == "visual":
        assert source.visual is not None
        return source.visual, [1, 2, 3]
    if look.kind == "mask":
        assert source.mask is not None
        return source.mask, [1]
    return source.data, [number for name in look.bands if (number := source.index(name)) is not None]


def _picture(channels: Channels, there: NDArray[np.bool_], made: Plan, *, nearest: bool) -> Picture | None:
    """The channels laid into the picture; transparent wherever a pixel would be mixed with one that is not there."""
    parts = [Image.fromarray(channel) for channel in channels]
    colours = laid(Image.merge("RGB", parts if len(parts) == 3 else parts * 3), made, nearest=nearest)
    if made.filled and there.all():
        return Picture(colours, None)
    mask = laid(Image.fromarray(there.astype(np.uint8) * 255), made, nearest=nearest).point([0] * 255 + [255])
    return Picture(colours, mask) if mask.getbbox() else None
