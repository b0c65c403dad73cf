"""How far one date lies beside the other: phase correlation on tiles, a robust vote, and moving by cubic convolution.

A shift (dy, dx) is in pixels of the common grid: the ground that `before` shows at (row, col) is shown by `after` at
(row + dy, col + dx). Phase correlation: Kuglin and Hines 1975; continued between the pixels by a matrix Fourier transform as in
Guizar-Sicairos, Thurman and Fienup 2008 (doi 10.1364/OL.33.000156).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from layers.errors import Malformed

TILE: int = 128  # px, the side of a measured tile
KEEP: float = 0.1  # px; less than this is left as it is: resampling costs more sharpness than it gains
REFUSE: float = 3.0  # px; more than this is not a misfit between dates but a wrong georeference
SPREAD: float = 0.5  # px; a larger scatter between tiles is no shift but a distortion
AGREEMENT: float = 0.6  # least share of the tiles that must lie within NEAR of the common shift
NEAR: float = 0.5  # px
QUALITY: float = 0.15  # least coherence of a tile that votes; measured between unrelated cities: at most 0.11
FADE: int = 8  # px from the edge of a hole to full weight
OBSERVED: float = 0.5  # least share of a tile that both dates show


@dataclass(frozen=True)
class Shift:
    """`after` relative to `before`. `spread` = 1.48 MAD over the tiles (px), `agreement` = share of tiles near the median,
    `tiles` = how many could vote, `quality` = their median coherence (0..1).
    """

    dy: float
    dx: float
    spread: float
    agreement: float
    tiles: int
    quality: float

    @property
    def length(self) -> float:
        return float(np.hypot(self.dy, self.dx))


def measure_tile(
    before: NDArray[np.float32], after: NDArray[np.float32], valid: NDArray[np.bool_]
) -> tuple[float, float, float]:
    """(dy, dx, quality) of one tile, (bands, rows, cols) about TILE px wide.

    The cross spectra of all bands are added and whitened, so neither gain nor offset matters and a band whose contrast turned round
    (fields before and after harvest) weighs against the others only with its own energy. Quality is the coherence at the peak: 1 for
    a pure shift, about 0 for unrelated images (less than TILE px agree more easily by chance and are trusted less); 0 also where too
    little is observed or nothing is drawn.
    """
    rows, cols = valid.shape
    if min(rows, cols) < 32 or valid.mean() < OBSERVED:
        return 0.0, 0.0, 0.0
    window, weight = _tapered(_window(rows, cols), valid), _weight(rows, cols)
    cross = np.zeros(weight.shape, np.complex64)
    for one, two in zip(before, after, strict=True):
        first, second = _prepared(one, valid, window), _prepared(two, valid, window)
        if first is not None and second is not None:
            cross += fft.rfft2(second) * np.conj(fft.rfft2(first))
    size = np.abs(cross)
    if not size.any():
        return 0.0, 0.0, 0.0
    cross *= weight / np.maximum(size, 1e-6 * float(size.max()))
    surface = fft.irfft2(cross, s=(rows, cols))
    peak = np.unravel_index(int(np.argmax(surface)), surface.shape)
    start = tuple(float(p if p <= n // 2 else p - n) for p, n in zip(peak, (rows, cols), strict=True))
    dy, dx, height = _refined(cross, rows, cols, *start)
    chance = min(1.0, np.sqrt(rows * cols) / TILE)
    return dy, dx, max(height, 0.0) / float((weight * _twice(cols)).sum()) * chance


def combine(measured: Iterable[tuple[float, float, float]]) -> Shift:
    """The common shift of the tiles that could be measured: median and scatter, so changed tiles do not pull it.

    Tiles of poor coherence (water, clouds) do not vote, but where they are more than half of all they count against the agreement.
    """
    drawn = [tile for tile in measured if tile[2] > 0]
    votes = np.array([tile for tile in drawn if tile[2] >= QUALITY], np.float64).reshape(-1, 3)
    if not len(votes):
        return Shift(0.0, 0.0, 0.0, 0.0, 0, 0.0)
    centre = np.median(votes[:, :2], axis=0)
    away = np.hypot(*(votes[:, :2] - centre).T)
    spread = 1.4826 * float(np.median(np.abs(votes[:, :2] - centre), axis=0).max())
    return Shift(
        float(centre[0]),
        float(centre[1]),
        spread,
        float((away <= NEAR).sum() / max(len(votes), len(drawn) / 2)),
        len(votes),
        float(np.median(votes[:, 2])),
    )


def gate(shift: Shift) -> Literal["keep", "correct", "leave"]:
    """What to do about a shift. 'leave': the tiles do not agree, so nothing is known and nothing is moved; say so in the record.

    Raises Malformed 'not-registered' where they do agree and the dates do not fit.
    """
    if shift.tiles == 0 or shift.agreement < AGREEMENT:
        return "leave"
    if shift.length > REFUSE or shift.spread > SPREAD:
        raise Malformed(
            "not-registered",
            f"the two dates lie {shift.length:.2f} px apart (scatter {shift.spread:.2f} px);"
            f" at most {REFUSE:g} px can be corrected",
            f"hai thời điểm ảnh lệch nhau {shift.length:.2f} điểm ảnh (độ tản mát {shift.spread:.2f});"
            f" chỉ hiệu chỉnh được tối đa {REFUSE:g} điểm ảnh",
            dy=round(shift.dy, 3),
            dx=round(shift.dx, 3),
            spread=round(shift.spread, 3),
        )
    return "keep" if shift.length < KEEP else "correct"


def shifted(image: NDArray[np.float32], dy: float, dx: float) -> NDArray[np.float32]:
    """`image` (…, rows, cols) as seen at (row + dy, col + dx): `shifted(after, shift.dy, shift.dx)` lies on `before`.

    Cubic convolution with six points (Keys 1981, eq. 24: third-order kernels lose contrast at half a pixel). NaN where a pixel that is
    needed is outside or NaN: no-data spreads by 3 px and never bleeds values.
    """
    moved = _along(np.asarray(image, np.float32), dy, -2)
    return _along(moved, dx, -1)


def _along(image: NDArray[np.float32], move: float, axis: int) -> NDArray[np.float32]:
    whole = int(np.floor(move))
    taps = _taps(move - whole)
    image = np.moveaxis(image, axis, -1)
    width = image.shape[-1]
    result = np.full(image.shape, np.nan, np.float32)
    offsets = [whole + k for k in range(-2, 4) if taps[k + 2] != 0.0]
    low, high = max(0, -min(offsets)), min(width, width - max(offsets))
    if low < high:
        total = np.zeros((*image.shape[:-1], high - low), np.float32)
        for offset in offsets:
            total += np.float32(taps[offset - whole + 2]) * image[..., low + offset : high + offset]
        result[..., low:high] = total
    return np.moveaxis(result, -1, axis)


def _taps(fraction: float) -> NDArray[np.float64]:
    """The six weights of Keys' fourth-order kernel at -2..3 px, for a point `fraction` behind pixel 0."""
    s = np.abs(np.arange(-2, 4) - fraction)
    near = 4 / 3 * s**3 - 7 / 3 * s**2 + 1
    middle = -7 / 12 * s**3 + 3 * s**2 - 59 / 12 * s + 15 / 6
    far = 1 / 12 * s**3 - 2 / 3 * s**2 + 21 / 12 * s - 3 / 2
    weights = np.select([s < 1, s < 2, s < 3], [near, middle, far], 0.0)
    return np.where(np.abs(weights) < 1e-12, 0.0, weights)


def _prepared(
    band: NDArray[np.float32], valid: NDArray[np.bool_], window: NDArray[np.float32]
) -> NDArray[np.float32] | None:
    """Unit-variance, windowed; unobserved pixels at the mean. None where the band is flat."""
    seen = band[valid]
    mean, scale = float(seen.mean(dtype=np.float64)), float(seen.std(dtype=np.float64))
    if not scale > 1e-6 * (abs(mean) + 1e-12):
        return None
    return np.where(valid, (band - np.float32(mean)) / np.float32(scale), np.float32(0)) * window


def _tapered(window: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The window without what was not observed, faded out: a sharp hole lies at the same place on both dates and would say so."""
    if valid.all():
        return window
    share = ndimage.uniform_filter(valid.astype(np.float32), 2 * FADE + 1, mode="nearest")
    return np.asarray(window * np.maximum(2 * share - 1, 0), np.float32)


@lru_cache(maxsize=8)
def _window(rows: int, cols: int) -> NDArray[np.float32]:
    return np.outer(np.hanning(rows + 2)[1:-1], np.hanning(cols + 2)[1:-1]).astype(np.float32)


@lru_cache(maxsize=8)
def _weight(rows: int, cols: int) -> NDArray[np.float32]:
    """Trust by frequency: none for the mean and the window's leakage, full in the middle, falling to none at 0.4 cycles/px."""
    f = np.hypot(fft.fftfreq(rows)[:, None], fft.rfftfreq(cols)[None, :])
    rise = np.clip((f - 1.5 / min(rows, cols)) * min(rows, cols) / 2, 0, 1)
    fall = 0.5 * (1 + np.cos(np.pi * np.clip(f / 0.4, 0, 1)))
    return np.asarray(rise * fall, np.float32)


def _twice(cols: int) -> NDArray[np.float32]:
    """How often each column of a half spectrum counts in the whole one."""
    count = np.full(cols // 2 + 1, 2.0, np.float32)
    count[0] = 1.0
    if cols % 2 == 0:
        count[-1] = 1.0
    return count


def _refined(cross: NDArray[np.complex64], rows: int, cols: int, dy: float, dx: float) -> tuple[float, float, float]:
    """The peak between the pixels, and its height: the correlation on ever finer 7 x 7 grids, at last a parabola."""
    spectrum = cross * _twice(cols)
    wy, wx = 2 * np.pi * fft.fftfreq(rows), 2 * np.pi * fft.rfftfreq(cols)
    steps, step, height = np.arange(-3, 4), 0.0, 0.0
    for step in (0.25, 0.08, 0.02):
        ys, xs = dy + step * steps, dx + step * steps
        surface = (np.exp(1j * np.outer(ys, wy)) @ spectrum @ np.exp(1j * np.outer(wx, xs))).real
        row, col = (int(k) for k in np.unravel_index(int(np.argmax(surface)), surface.shape))
        dy, dx, height = float(ys[row]), float(xs[col]), float(surface[row, col])
    dy += step * _vertex(*(float(surface[k, col]) for k in _beside(row)))
    dx += step * _vertex(*(float(surface[row, k]) for k in _beside(col)))
    return dy, dx, height


def _beside(k: int) -> tuple[int, int, int]:
    k = min(max(k, 1), 5)
    return k - 1, k, k + 1


def _vertex(left: float, middle: float, right: float) -> float:
    """Where a parabola through three points has its top, -1..1 from the middle one."""
    bend = left - 2 * middle + right
    return min(max(0.5 * (left - right) / bend, -1.0), 1.0) if bend < 0 else 0.0
