"""From the quality layers that come with a scene to one mask: what was observed, and what hid the rest."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from imagery.change.masks import CLEAR, CLOUD, NO_DATA, SHADOW, SNOW, UNKNOWN, WATER

NAMES = {
    NO_DATA: ("không có dữ liệu", "no data"),
    CLEAR: ("quang mây", "clear"),
    CLOUD: ("mây", "cloud"),
    SHADOW: ("bóng mây", "cloud shadow"),
    WATER: ("mặt nước", "water"),
    SNOW: ("tuyết", "snow"),
    UNKNOWN: ("chưa rõ", "unknown"),
}
Kind = Literal["scl", "qa_pixel", "classi"]

# Scene classification of Sen2Cor (Sentinel-2 Products Specification, SCL): 0 no data, 1 saturated or defective, 2 dark or cast shadow of terrain,
# 3 cloud shadow, 4 vegetation, 5 bare, 6 water, 7 unclassified, 8 and 9 cloud, 10 thin cirrus, 11 snow. Terrain's own shadow is seen, if darkly.
SCL = np.full(256, UNKNOWN, np.uint8)
SCL[:12] = (NO_DATA, UNKNOWN, CLEAR, SHADOW, CLEAR, CLEAR, WATER, CLEAR, CLOUD, CLOUD, CLOUD, SNOW)


def _qa_pixel() -> NDArray[np.uint8]:
    """QA_PIXEL of Landsat Collection 2 (LSDS-1619, table 6-3): bit 0 fill, 1 dilated cloud, 2 cirrus, 3 cloud, 4 cloud shadow, 5 snow, 7 water."""
    value = np.arange(2**16)
    table = np.full(value.shape, CLEAR, np.uint8)
    for bit, meaning in ((7, WATER), (5, SNOW), (4, SHADOW), (2, CLOUD), (1, CLOUD), (3, CLOUD), (0, NO_DATA)):
        table[value & (1 << bit) != 0] = meaning
    return table


QA_PIXEL = _qa_pixel()


def common(kind: Kind, layers: NDArray[Any]) -> NDArray[np.uint8]:
    """Quality layers (bands, rows, cols) as the values above, (rows, cols).

    `classi`: MSK_CLASSI of Sentinel-2 L1C from baseline 04.00 on: opaque cloud, cirrus, snow as three bands of 0 and 1.
    """
    if kind == "scl":
        return np.asarray(SCL[layers[0].astype(np.uint8)], np.uint8)
    if kind == "qa_pixel":
        return np.asarray(QA_PIXEL[layers[0].astype(np.uint16)], np.uint8)
    opaque, cirrus, snow = (layer == 1 for layer in layers[:3])
    found: NDArray[np.uint8] = np.select([opaque | cirrus, snow], [np.uint8(CLOUD), np.uint8(SNOW)], np.uint8(CLEAR))
    return found
