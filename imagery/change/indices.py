"""Spectral indices of one date, -1..1, from bands by common name (reflectance, any common scale; NaN where undefined).

NDVI: Rouse 1974. NDWI: McFeeters 1996 (open water positive). NDBI: Zha, Gao and Ni 2003. BSI: Rikimaru, Roy and Miyatake 2002.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np
from numpy.typing import NDArray

Bands = Mapping[str, NDArray[np.float32]]


def ndvi(bands: Bands) -> NDArray[np.float32]:
    """Green vegetation: nir against red."""
    return _contrast(bands["nir"], bands["red"])


def ndwi(bands: Bands) -> NDArray[np.float32]:
    """Open water: green against nir."""
    return _contrast(bands["green"], bands["nir"])


def ndbi(bands: Bands) -> NDArray[np.float32]:
    """Built-up: short-wave infrared against nir."""
    return _contrast(bands["swir16"], bands["nir"])


def bsi(bands: Bands) -> NDArray[np.float32]:
    """Bare soil: short-wave infrared and red against nir and blue."""
    return _contrast(bands["swir16"] + bands["red"], bands["nir"] + bands["blue"])


INDICES: dict[str, tuple[Callable[[Bands], NDArray[np.float32]], frozenset[str]]] = {
    "ndvi": (ndvi, frozenset({"red", "nir"})),
    "ndbi": (ndbi, frozenset({"swir16", "nir"})),
    "ndwi": (ndwi, frozenset({"green", "nir"})),
    "bsi": (bsi, frozenset({"blue", "red", "nir", "swir16"})),
}
"""Name → function and the common names it needs."""


def available(names: Collection[str]) -> tuple[str, ...]:
    """The indices that these bands allow, in the order ndvi, ndbi, ndwi, bsi."""
    return tuple(name for name, (_, needed) in INDICES.items() if needed <= set(names))


def _contrast(one: NDArray[np.float32], two: NDArray[np.float32]) -> NDArray[np.float32]:
    """(one - two) / (one + two); NaN where the sum is not positive, clipped where one of them is negative."""
    total = np.asarray(one + two, np.float32)
    positive = total > 0
    ratio = np.divide(one - two, total, out=np.full(total.shape, np.nan, np.float32), where=positive)
    return np.asarray(np.clip(ratio, -1, 1, out=ratio), np.float32)
