"""A pair of dates: what is fitted once from a sample of all of it, and what is then said of each pixel, tile by tile.

Arrays are float32 (bands, rows, cols) on one grid in the units of the sensor; `valid` (rows, cols) is what both dates show. Linear
changes of any band of either date alter nothing, and swapping the dates alters nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imagery.change import decision, scores
from imagery.change.radiometry import NOISE, Radiometry, relate
from imagery.change.smoothing import Smoother

HALO: int = 32  # px that a tile must bring along on each side so that its inner pixels do not depend on the tiling
BLOCK: int = 384  # px, even; side of what is scored at once
MARGIN: int = scores.REACH + scores.REACH % 2  # px around a block
STEP: int = 4  # px; the sample takes every 4th row and column from pixel (0, 0)
WINDOW: int = 192  # px, inner side of a full-resolution window of the sample
WINDOWS: int = 4  # windows along each axis at most
SAMPLED: int = 250_000  # px; the radiometry of a larger sample is fitted on a regular part of it
LEAST_SCALE: float = 0.01  # of the ranking score; below it there is nothing but rounding

Numbers = tuple[float, ...]
Table = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Window:
    """A full-resolution cut (bands, rows, cols) with its halo; `inner` = (top, left, bottom, right) px of it that count."""

    before: NDArray[np.float32]
    after: NDArray[np.float32]
    valid: NDArray[np.bool_]
    inner: tuple[int, int, int, int]

    @property
    def swapped(self) -> Window:
        """The later date first."""
        return Window(self.after, self.before, self.valid, self.inner)


@dataclass(frozen=True)
class Sample:
    """Every STEP-th pixel of the whole pair, (bands, n, m), and some windows at full resolution (see `windows_of`).

    The thin part fits the radiometry; the windows fit how the scores of this pair scatter. Without windows the thin part serves for
    both, which overrates the scatter of noise: fewer findings, never more.
    """

    before: NDArray[np.float32]
    after: NDArray[np.float32]
    valid: NDArray[np.bool_]
    windows: tuple[Window, ...] = ()

    @property
    def swapped(self) -> Sample:
        """The later date first."""
        return Sample(self.after, self.before, self.valid, tuple(window.swapped for window in self.windows))


@dataclass(frozen=True)
class PairModel:
    """Everything fitted once per pair. Per band: `gain`, `offset` (before ≈ gain · after + offset), `r` over the invariants, centres and
    scales of both dates; MAD vectors (bands, variates); `invariants`: share of the sample not found changed; `centre`, `scale`:
    median of the ranking score and its robust standard deviation below the median, for change can only raise it; `weak`, `strong`:
    limits of the decision in z.
    """

    names: tuple[str, ...]
    gain: Numbers
    offset: Numbers
    r: Numbers
    invariants: float
    before_centre: Numbers
    before_scale: Numbers
    after_centre: Numbers
    after_scale: Numbers
    mad_before: Table
    mad_after: Table
    mad_before_centre: Numbers
    mad_after_centre: Numbers
    mad_correlation: Numbers
    centre: float
    scale: float
    weak: float
    strong: float

    def to_dict(self) -> dict[str, Any]:
        """JSON; `from_dict` gives the same model back to the last bit."""
        return asdict(self)

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> PairModel:
        return cls(**{field.name: _frozen(document[field.name]) for field in fields(cls)})


@dataclass(frozen=True)
class Scores:
    """Per pixel, float32 (rows, cols), NaN where not both dates were observed. `change`: to rank by; `z`: robust, of `change`;
    `magnitude`: smoothed change vector in scene s.d., for the absolute floor, `length` that of the pixel by itself; `probability`: 0..1,
    a half at the weak limit and 0.9 at the strong one, not calibrated on any label; `limits`: weak and strong z of this pair.
    """

    change: NDArray[np.float32]
    z: NDArray[np.float32]
    magnitude: NDArray[np.float32]
    length: NDArray[np.float32]
    probability: NDArray[np.float32]
    limits: tuple[float, float] = (decision.WEAK, decision.STRONG)


def windows_of(rows: int, cols: int) -> list[tuple[slice, slice, tuple[int, int, int, int]]]:
    """Where the windows of a pair of that size are cut: row and column slices with halo, and the inner part of the cut."""
    return [
        (slice(top[0], top[1]), slice(left[0], left[1]), (top[2], left[2], top[3], left[3]))
        for top in _spans(rows)
        for left in _spans(cols)
    ]


def sample_of(before: NDArray[np.float32], after: NDArray[np.float32], valid: NDArray[np.bool_]) -> Sample:
    """The sample of a pair that is in memory."""
    cuts = tuple(
        Window(before[:, rows, cols], after[:, rows, cols], valid[rows, cols], inner)
        for rows, cols, inner in windows_of(*valid.shape)
    )
    return Sample(before[:, ::STEP, ::STEP], after[:, ::STEP, ::STEP], valid[::STEP, ::STEP], cuts)


def fit(sample: Sample, names: Sequence[str]) -> PairModel:
    """The model of a pair. Raises Malformed 'no-invariants' (the pair is refused) and 'too-little-observed'."""
    observed = sample.valid.nonzero()
    every = slice(None, None, 1 + len(observed[0]) // SAMPLED)
    pixels = observed[0][every], observed[1][every]
    radiometry = relate(sample.before[:, *pixels], sample.after[:, *pixels])
    model = _unscaled(radiometry, tuple(names))
    rows, cols = sample.valid.shape
    thin = Window(sample.before, sample.after, sample.valid, (0, 0, rows, cols))
    values = np.concatenate([_ranking(window, model) for window in sample.windows or (thin,)])
    if not values.size:
        values = _ranking(thin, model)
    centre, below = (float(value) for value in np.quantile(values, (0.5, 0.1587)))
    scale = max(centre - below, LEAST_SCALE)
    weak, strong = decision.limits((values - np.float32(centre)) / np.float32(scale))
    return replace(model, centre=centre, scale=scale, weak=weak, strong=strong)


def score(
    before: NDArray[np.float32], after: NDArray[np.float32], valid: NDArray[np.bool_], model: PairModel
) -> Scores:
    """Scores of a tile with its halo, cut at an even row and column of the scene; trim HALO px wherever it was cut inside the scene."""
    change, size, length = _evidence(before, after, valid, model)
    z = (change - np.float32(model.centre)) / np.float32(model.scale)
    probability = _probability(z, size, model)
    hidden = ~valid
    for field in (change, z, size, length, probability):
        field[hidden] = np.nan
    return Scores(change, z, size, length, probability, (model.weak, model.strong))


def normalised(
    before: NDArray[np.float32], after: NDArray[np.float32], valid: NDArray[np.bool_], model: PairModel
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Both dates in scene standard deviations about the invariants, so that they can be subtracted; 0 where not observed."""
    return (
        _scaled(before, valid, model.before_centre, model.before_scale),
        _scaled(after, valid, model.after_centre, model.after_scale),
    )


def variates(
    one: NDArray[np.float32], two: NDArray[np.float32], valid: NDArray[np.bool_], model: PairModel
) -> NDArray[np.float32]:
    """Standardised differences of the canonical variates (MAD) of two normalised dates, (bands, rows, cols); 0 where not observed."""
    spread = np.sqrt(2 * np.maximum(1 - np.array(model.mad_correlation), NOISE))
    total = np.zeros(one.shape, np.float32)
    for sign, image, vectors, middle, centre, scale in (
        (-1, one, model.mad_before, model.mad_before_centre, model.before_centre, model.before_scale),
        (1, two, model.mad_after, model.mad_after_centre, model.after_centre, model.after_scale),
    ):
        weights = sign * np.array(vectors).T / spread[:, None]
        weighted = (weights / np.array(scale)).astype(np.float32) @ image.swapaxes(0, 1)  # row by row: one thread each
        total += weighted.swapaxes(0, 1)
        total += (weights @ (np.array(centre) - np.array(middle))).astype(np.float32)[:, None, None]
    if not valid.all():
        total[:, ~valid] = 0
    return total


def _evidence(
    before: NDArray[np.float32], after: NDArray[np.float32], valid: NDArray[np.bool_], model: PairModel
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """What `scores.ranking` says of a tile; block by block, for a block stays in the processor's cache."""
    rows, cols = valid.shape
    fields = tuple(np.zeros(valid.shape, np.float32) for _ in range(3))
    correlation = np.array(model.mad_correlation)
    for row in range(0, rows, BLOCK):
        for col in range(0, cols, BLOCK):
            inner = np.s_[row : row + BLOCK, col : col + BLOCK]
            if not valid[inner].any():
                continue
            top, left = max(0, row - MARGIN), max(0, col - MARGIN)
            cut = np.s_[top : row + BLOCK + MARGIN, left : col + BLOCK + MARGIN]
            seen = valid[cut]
            one, two = normalised(before[:, *cut], after[:, *cut], seen, model)
            found = scores.ranking(one, two, variates(one, two, seen, model), correlation, model.names, Smoother(seen))
            for whole, part in zip(fields, found, strict=True):
                whole[inner] = part[row - top : row - top + BLOCK, col - left : col - left + BLOCK]
    return fields[0], fields[1], fields[2]


def _probability(z: NDArray[np.float32], size: NDArray[np.float32], model: PairModel) -> NDArray[np.float32]:
    """Logistic in z, and no more than a steep logistic about the absolute floor."""
    steep = np.log(9) / (model.strong - model.weak)
    stands_out = 1 / (1 + np.exp(-np.clip((z - np.float32(model.weak)) * np.float32(steep), -30, 30)))
    differs = 1 / (1 + np.exp(-np.clip(np.float32(8) * (size - np.float32(decision.FLOOR)), -30, 30)))
    return np.asarray(np.minimum(stands_out, differs), np.float32)


def _ranking(window: Window, model: PairModel) -> NDArray[np.float32]:
    """The ranking score of the observed inner pixels of a window."""
    top, left, bottom, right = window.inner
    change, _, _ = _evidence(window.before, window.after, window.valid, model)
    return change[top:bottom, left:right][window.valid[top:bottom, left:right]]


def _unscaled(radiometry: Radiometry, names: tuple[str, ...]) -> PairModel:
    return PairModel(
        names=names,
        gain=_numbers(radiometry.gain),
        offset=_numbers(radiometry.offset),
        r=_numbers(radiometry.r),
        invariants=radiometry.share,
        before_centre=_numbers(radiometry.before_centre),
        before_scale=_numbers(1 / radiometry.scene),
        after_centre=_numbers(radiometry.after_centre),
        after_scale=_numbers(radiometry.gain / radiometry.scene),
        mad_before=tuple(_numbers(row) for row in radiometry.mad.before),
        mad_after=tuple(_numbers(row) for row in radiometry.mad.after),
        mad_before_centre=_numbers(radiometry.mad.before_centre),
        mad_after_centre=_numbers(radiometry.mad.after_centre),
        mad_correlation=_numbers(radiometry.mad.correlation),
        centre=0.0,
        scale=1.0,
        weak=decision.WEAK,
        strong=decision.STRONG,
    )


def _spans(length: int) -> list[tuple[int, int, int, int]]:
    """(start, stop, inner start, inner stop) of windows spread evenly over a side; one that is the whole side where it is short."""
    count = min(WINDOWS, max(1, length // WINDOW))
    inner = length if count == 1 else WINDOW
    starts = [0] if count == 1 else [round(k * (length - inner) / (count - 1)) for k in range(count)]
    spans = []
    for start in starts:
        low, high = max(0, start - HALO), min(length, start + inner + HALO)
        spans.append((low, high, start - low, start - low + inner))
    return spans


def _scaled(
    image: NDArray[np.float32], valid: NDArray[np.bool_], centre: Numbers, scale: Numbers
) -> NDArray[np.float32]:
    result = np.empty(image.shape, np.float32)
    hidden = ~valid
    for plane, band, middle, factor in zip(result, image, centre, scale, strict=True):
        np.subtract(band, np.float32(middle), out=plane)
        np.multiply(plane, np.float32(factor), out=plane)
        plane[hidden] = 0
    return result


def _numbers(values: NDArray[np.float64]) -> Numbers:
    return tuple(float(value) for value in values)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value
