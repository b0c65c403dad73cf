"""What the trees are given about a pixel of a pair: evidence of change at several scales, in several groups of bands, ranked within its scene and plain.

Which features there are follows from the bands alone (`names`). All are local: with HALO px around a tile, its inner pixels do not depend on the tiling.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from imagery.change import indices
from imagery.change.pair import PairModel, Sample
from imagery.change.smoothing import Smoother
from imagery.learning.reference import KNOTS, Expectation, Reference, fitted, groups, rank_table, ranked, windows

HALO = 40
"""px that a tile brings along on each side for a learned run: 32 for the features, the rest for the smoothing of what the trees tell."""
EVIDENCE = re.compile(r"^(length|canonical|invariant|both|surprise)")
"""Features that can only speak for change: the trees may not learn the contrary from a few towns."""
MOST_RANKED = 4_000
"""Pixels of each window that the table of ranks is made from."""

MOST = 60_000
"""Plain values are cut there, where half precision ends."""

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Halves = NDArray[np.float16]
Named = Iterator[tuple[str, Floats]]


def reference(sample: Sample, model: PairModel) -> Reference:
    """What `features` measures this pair against. Raises Malformed 'no-invariants'."""
    unranked = fitted(sample, model)
    columns: list[Floats] = []
    for before, after, valid, inner in windows(sample):
        counted = np.zeros_like(valid)
        counted[inner] = valid[inner]
        places = np.flatnonzero(counted)
        places = places[:: max(1, len(places) // MOST_RANKED)]
        columns.append(np.stack([plane.ravel()[places] for _, plane in _every(before, after, valid, unranked)]))
    values = np.concatenate(columns, axis=1)
    return replace(unranked, knots=np.stack([rank_table(row) for row in values]))


def features(before: Floats, after: Floats, valid: Bools, against: Reference) -> Halves:
    """Ranks within the scene, 0 to KNOTS, and then the plain values, (2 x features, rows, cols); 0 where not valid."""
    stack = np.zeros((2 * len(against.knots), *valid.shape), np.float16)
    ranks, values = np.split(stack, 2)
    for row, ((_, plane), knots) in enumerate(zip(_every(before, after, valid, against), against.knots, strict=True)):
        ranks[row] = np.where(valid, ranked(plane, knots), 0)
        values[row] = _plain(plane, valid)
    return stack


def plain(before: Floats, after: Floats, valid: Bools, against: Reference) -> Halves:
    """The plain values alone, (features, rows, cols); the reference needs no ranks for them (`fitted`)."""
    return np.stack([_plain(plane, valid) for _, plane in _every(before, after, valid, against)])


@lru_cache(maxsize=8)
def names(bands: tuple[str, ...]) -> tuple[str, ...]:
    """What the features of such a pair are called, in order."""
    blank = np.zeros((len(bands), 4, 4), np.float32)
    nothing = Expectation(*(np.ones((1, len(bands)), np.float32) for _ in range(3)))
    flat = {group: _flat(of) for group, of in groups(bands).items()}
    against = Reference(flat, flat["all"], nothing, nothing, np.zeros((0, KNOTS), np.float32))
    return tuple(name for name, _ in _every(blank, blank, np.ones((4, 4), bool), against))


def rising(bands: tuple[str, ...]) -> tuple[int, ...]:
    """1 for each feature that can only speak for change, 0 for the others."""
    return tuple(int(bool(EVIDENCE.match(name))) for name in names(bands))


def _every(before: Floats, after: Floats, valid: Bools, against: Reference) -> Named:
    smooth = Smoother(valid)
    for group, model in against.pairs.items():
        rows = [against.bands.index(band) for band in model.names]
        one = _scaled(before[rows], valid, model.before_centre, model.before_scale)
        two = _scaled(after[rows], valid, model.after_centre, model.after_scale)
        for name, plane in _compared(one, two, _variates(before[rows], after[rows], valid, model), smooth):
            yield f"{name}_{group}", plane
        if group == "all":
            yield from _invariant(before, after, valid, against, smooth)
            yield from _surprising(one, two, against, smooth)
            yield from _banded(one, two, against.bands, smooth)
            yield from _textured(one, two, against.bands, smooth)
    yield from _indexed(before, after, valid, against, smooth)


def _compared(one: Floats, two: Floats, variates: Floats, smooth: Smoother) -> Named:
    """What a group of bands says: length of change, canonical differences, structure, detail, rest of a local regression."""
    change = two - one
    length, canonical = np.sqrt((change**2).mean(axis=0)), np.sqrt((variates**2).mean(axis=0))
    for sigma in (0.5, 1.0, 2.5, 5.0, 10.0):
        yield f"length{sigma:g}", smooth(length, sigma)
        yield f"canonical{sigma:g}", smooth(canonical, sigma)
    yield "above_length", _above(length, smooth)
    yield "above_canonical", _above(canonical, smooth)
    for sigma in (1.5, 3.0):
        yield f"length_v{sigma:g}", _size(smooth(change, sigma))
        yield f"canonical_v{sigma:g}", _size(smooth(variates, sigma))
    both = np.log1p(np.sqrt(smooth(length, 2.5) * _size(smooth(variates, 1.5))) * _restructured(one, two, smooth, 2.5))
    yield "both2.5", both
    yield "both5", smooth(both, 5)
    yield "restructured5", _restructured(one, two, smooth, 5.0)
    yield "both7", smooth(both, 7)
    yield "standing_out", both - smooth(both, 7)
    yield "standing_out_length", smooth(length, 1.0) - smooth(length, 8.0)
    for narrow, wide, sigma in ((1.0, 5.0, 1.5), (0.7, 2.5, 2.5)):
        yield f"fine{narrow:g}", smooth(_size(smooth(change, narrow) - smooth(change, wide)), sigma)
    for sigma in (2.0, 4.0):
        forward, backward = _residuals(one, two, smooth, sigma)
        yield f"residual{sigma:g}", forward
        yield f"residual_back{sigma:g}", backward
    bright_one, bright_two = one.mean(axis=0), two.mean(axis=0)
    yield "brighter1.5", smooth(bright_two - bright_one, 1.5)
    yield "brighter10", smooth(bright_two - bright_one, 10)
    yield "bright_before", smooth(bright_one, 1.5) - smooth(bright_one, 10)
    yield "bright_after", smooth(bright_two, 1.5) - smooth(bright_two, 10)


def _invariant(before: Floats, after: Floats, valid: Bools, against: Reference, smooth: Smoother) -> Named:
    """Canonical differences about what did not change (IR-MAD)."""
    variates = _variates(before, after, valid, against.invariant)
    size = _size(variates)
    for sigma in (1.5, 2.5, 5.0, 10.0):
        yield f"invariant{sigma:g}", smooth(size, sigma)
    yield "above_invariant", _above(size, smooth)
    yield "invariant_v1.5", _size(smooth(variates, 1.5))
    for number, variate in enumerate(_variates(before, after, valid, against.pairs["all"])):
        yield f"canonical_apart{number}", smooth(np.abs(variate), 1.5)


def _surprising(one: Floats, two: Floats, against: Reference, smooth: Smoother) -> Named:
    """What the kind of ground does not explain, either way in time."""
    sizes, means = [], []
    for way, expectation, image, other in (("", against.forward, one, two), ("_back", against.backward, two, one)):
        surprise = expectation.surprise(image, other)
        size = _size(surprise)
        for sigma in (1.5, 5.0, 10.0):
            yield f"surprise{way}{sigma:g}", smooth(size, sigma)
        yield f"above_surprise{way}", _above(size, smooth)
        vector = _size(smooth(surprise, 3.0))
        yield f"surprise{way}_v3", vector
        sizes.append(smooth(size, 5.0))
        means.append(vector)
    yield "surprise_both5", np.sqrt(sizes[0] * sizes[1])
    yield "surprise_both_v3", np.sqrt(means[0] * means[1])


def _banded(one: Floats, two: Floats, bands: Sequence[str], smooth: Smoother) -> Named:
    """Each band: before, after, change in its surroundings."""
    for band, first, second in zip(bands, one, two, strict=True):
        yield f"before_{band}", smooth(first, 1.0)
        yield f"after_{band}", smooth(second, 1.0)
        yield f"change_{band}", smooth(second - first, 5.0)


def _textured(one: Floats, two: Floats, bands: Sequence[str], smooth: Smoother) -> Named:
    """Local scatter and edges, before against after."""
    for band in (band for band in ("red", "nir", "swir16", "gray") if band in bands):
        first, second = one[bands.index(band)], two[bands.index(band)]
        scatter = [np.sqrt(np.maximum(smooth(x * x, 2.5) - smooth(x, 2.5) ** 2, 0)) for x in (first, second)]
        yield f"rougher_{band}", scatter[1] - scatter[0]
        edges = [np.hypot(ndimage.sobel(smooth(x, 0.7), 0), ndimage.sobel(smooth(x, 0.7), 1)) for x in (first, second)]
        yield f"edges_before_{band}", smooth(edges[0], 2.5)
        yield f"edges_after_{band}", smooth(edges[1], 2.5)
        for sigma in (1.5, 6.0):
            yield f"residual_{band}{sigma:g}", _residuals(first[None], second[None], smooth, sigma)[0]


def _indexed(before: Floats, after: Floats, valid: Bools, against: Reference, smooth: Smoother) -> Named:
    """Indices before and after (on radiometry of the first date), and their change."""
    model = against.pairs["all"]
    first = dict(zip(model.names, before, strict=True))
    second = {
        band: plane * np.float32(gain) + np.float32(offset)
        for band, plane, gain, offset in zip(model.names, after, model.gain, model.offset, strict=True)
    }
    for name in indices.available(model.names):
        compute = indices.INDICES[name][0]
        one, two = (np.where(valid, np.nan_to_num(compute(date)), np.float32(0)) for date in (first, second))
        yield f"before_{name}", smooth(one, 1.0)
        yield f"after_{name}", smooth(two, 1.0)
        for sigma in (2.5, 5.0):
            yield f"change_{name}{sigma:g}", smooth(two - one, sigma)


def _above(field: Floats, smooth: Smoother) -> Floats:
    """How many times higher a field is than around: what is small counts as much as what is large."""
    return np.asarray(np.log1p(smooth(field, 1.0)) - np.log1p(smooth(field, 10.0)), np.float32)


def _plain(plane: Floats, valid: Bools) -> Halves:
    return np.where(valid, np.clip(plane, -MOST, MOST), 0).astype(np.float16)


def _size(vectors: Floats) -> Floats:
    return np.asarray(np.sqrt((vectors**2).mean(axis=0)), np.float32)


def _restructured(one: Floats, two: Floats, smooth: Smoother, sigma: float) -> Floats:
    """1 - local correlation, mean of the bands."""
    total = np.zeros(one.shape[1:], np.float32)
    for first, second in zip(one, two, strict=True):
        cross, *energy = _moments(first, second, smooth, sigma)
        total += cross / np.sqrt(energy[0] * energy[1] + np.float32(1e-3))
    return np.float32(1) - total / np.float32(len(one))


def _residuals(one: Floats, two: Floats, smooth: Smoother, sigma: float) -> tuple[Floats, Floats]:
    """What a local regression of a date on the other leaves, sum of the bands: after from before, before from after."""
    forward, backward = np.zeros(one.shape[1:], np.float32), np.zeros(one.shape[1:], np.float32)
    for first, second in zip(one, two, strict=True):
        cross, energy_one, energy_two = _moments(first, second, smooth, sigma)
        forward += np.maximum(energy_two - cross**2 / (energy_one + np.float32(0.02)), 0)
        backward += np.maximum(energy_one - cross**2 / (energy_two + np.float32(0.02)), 0)
    return forward, backward


def _moments(one: Floats, two: Floats, smooth: Smoother, sigma: float) -> tuple[Floats, Floats, Floats]:
    """Local covariance and both local variances."""
    mean_one, mean_two = smooth(one, sigma), smooth(two, sigma)
    return (
        smooth(one * two, sigma) - mean_one * mean_two,
        np.maximum(smooth(one * one, sigma) - mean_one**2, 0),
        np.maximum(smooth(two * two, sigma) - mean_two**2, 0),
    )


def _scaled(image: Floats, valid: Bools, centre: Sequence[float], scale: Sequence[float]) -> Floats:
    """Scene s.d. about the invariants, 0 where not valid."""
    shift, factor = (np.array(values, np.float32)[:, None, None] for values in (centre, scale))
    return np.where(valid, (image - shift) * factor, np.float32(0))


def _variates(before: Floats, after: Floats, valid: Bools, model: PairModel) -> Floats:
    """Standardised differences of the canonical variates; sums in a fixed order, where a matrix product may round by the size of the tile."""
    spread = np.sqrt(2 * np.maximum(1 - np.array(model.mad_correlation), 1e-4))
    result = np.zeros(before.shape, np.float32)
    for sign, image, vectors, centre in (
        (-1, before, model.mad_before, model.mad_before_centre),
        (1, after, model.mad_after, model.mad_after_centre),
    ):
        weights = (sign * np.array(vectors) / spread).astype(np.float32)
        for plane, row, middle in zip(image, weights, centre, strict=True):
            result += row[:, None, None] * np.where(valid, plane - np.float32(middle), np.float32(0))
    return result


def _flat(bands: tuple[str, ...]) -> PairModel:
    """A model that changes nothing, to ask for names with."""
    ones, square = (1.0,) * len(bands), ((0.0,) * len(bands),) * len(bands)
    facts = dict.fromkeys(PairModel.__dataclass_fields__, ones) | {
        "names": bands,
        "mad_before": square,
        "mad_after": square,
    }
    return PairModel(**facts)  # type: ignore[arg-type]
