"""Colours from bands: stretches, colour scales of indices, classes. Arrays (rows, columns) in, 8-bit channels out; no files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from imagery.change.indices import INDICES
from imagery.render.looks import Stop
from imagery.render.source import Band

Channels = list[NDArray[np.uint8]]
STEPS = 255


def stretched(values: NDArray[np.generic], low: float, high: float) -> NDArray[np.uint8]:
    """Stored values to 0…255, linear from `low` to `high`."""
    span = max(high - low, 1e-12)
    scaled = (values.astype(np.float32) - np.float32(low)) * np.float32(255.0 / span)
    shown: NDArray[np.uint8] = np.rint(np.clip(np.nan_to_num(scaled), 0, 255)).astype(np.uint8)
    return shown


def index_values(
    name: str, bands: Mapping[str, NDArray[np.generic]], described: Mapping[str, Band]
) -> NDArray[np.float32]:
    """A spectral index of stored values, by common name; NaN where it is undefined."""
    physical = {
        word: values.astype(np.float32) * np.float32(described[word].scale) + np.float32(described[word].offset)
        for word, values in bands.items()
    }
    return INDICES[name][0](physical)


def scale_table(stops: Sequence[Stop]) -> NDArray[np.uint8]:
    """Colours at STEPS + 1 even steps from the first value to the last, (STEPS + 1, 3)."""
    at = np.linspace(stops[0].value, stops[-1].value, STEPS + 1)
    values = [stop.value for stop in stops]
    channels = [np.interp(at, values, [stop.colour[c] for stop in stops]) for c in range(3)]
    return np.stack(channels, axis=-1).round().astype(np.uint8)


def coloured(values: NDArray[np.float32], stops: Sequence[Stop]) -> Channels:
    """The colour scale's channels for the values; those beyond its ends take the end's colour."""
    places = stretched(values, stops[0].value, stops[-1].value)
    table = scale_table(stops)
    return [table[:, c][places] for c in range(3)]


def class_colours(classes: NDArray[np.uint8], stops: Sequence[Stop]) -> Channels:
    """The classes' colours."""
    table = np.zeros((256, 3), np.uint8)
    for stop in stops:
        table[int(stop.value)] = stop.colour
    return [table[:, c][classes] for c in range(3)]
