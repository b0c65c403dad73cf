"""Local means that know what was observed: normalised convolution (Knutsson and Westin 1993) with a Gaussian of finite reach.

What is outside the array counts as not observed, so the border of a tile differs from the border of the scene in nothing but its reach.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

TRUNCATE: float = 3.0  # s.d.; the Gaussian is cut there

Field = NDArray[np.float32]


def reach(sigma: float) -> int:
    """Pixels that a local mean of this s.d. (px) looks to each side."""
    return int(TRUNCATE * sigma + 0.5)


class Smoother:
    """Local means over the observed pixels of one tile (rows, cols)."""

    def __init__(self, valid: NDArray[np.bool_]) -> None:
        self.valid = valid
        self._whole = bool(valid.all())
        self._weight: dict[float, Field] = {}
        self._inverse: dict[float, Field] = {}

    def __call__(self, field: Field, sigma: float) -> Field:
        """The mean around each pixel of `field` (…, rows, cols); 0 where nothing within reach was observed."""
        if field.ndim > 2:
            return np.stack([self(one, sigma) for one in field])
        result = blurred(field if self._whole else np.where(self.valid, field, np.float32(0)), sigma)
        result *= self.inverse(sigma)
        return result

    def weight(self, sigma: float) -> Field:
        """The part of the Gaussian around each pixel that was observed."""
        if sigma not in self._weight:
            self._weight[sigma] = blurred(self.valid.astype(np.float32), sigma)
        return self._weight[sigma]

    def inverse(self, sigma: float) -> Field:
        """What a sum over the observed pixels has to be multiplied by to be their mean."""
        if sigma not in self._inverse:
            self._inverse[sigma] = inverse(self.weight(sigma))
        return self._inverse[sigma]


def inverse(weight: Field) -> Field:
    """1 / weight, 0 where there is next to none."""
    return np.where(weight > 1e-6, 1 / np.maximum(weight, np.float32(1e-6)), np.float32(0))


def blurred(field: Field, sigma: float) -> Field:
    """Sum under the Gaussian, nothing beyond the edge; as two products with band matrices: the fastest way to it that numpy and scipy have (measured)."""
    rows, cols = field.shape
    across = _band(cols, sigma) @ np.ascontiguousarray(field.T)
    return np.asarray(_band(rows, sigma) @ np.ascontiguousarray(across.T), np.float32)


@lru_cache(maxsize=256)
def _band(length: int, sigma: float) -> sparse.csr_array:
    offsets = np.arange(-reach(sigma), reach(sigma) + 1)
    kernel = np.exp(-0.5 * (offsets / sigma) ** 2)
    kernel /= kernel.sum()
    inside = np.abs(offsets) < length
    diagonals = [np.full(length - abs(k), w, np.float32) for k, w in zip(offsets[inside], kernel[inside], strict=True)]
    return sparse.csr_array(
        sparse.diags_array(diagonals, offsets=offsets[inside], shape=(length, length), format="csr")
    )
