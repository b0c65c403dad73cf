"""What the features of one pair are measured against: fitted once on the pair's sample, small, JSON.

Three things make scenes comparable. Radiometry and canonical variates (`imagery.change.pair`), for all bands and for groups of them, since bands that
were resampled to the grid dilute the others. Expectation: what ground of a kind looks like on the other date, so that a season that moved every field
alike is no change. Ranks: each feature as the share of the scene below it; thresholds learned on one scene then mean the same in the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from imagery.change import pair
from imagery.change.pair import PairModel, Sample
from imagery.change.radiometry import relate

GROUPS = {"fine": ("blue", "green", "red", "nir"), "seen": ("blue", "green", "red")}
"""Bands that are also compared by themselves: those at the full resolution of Sentinel-2, and those that eyes see."""
KINDS = 32
"""Kinds of ground in the expectation."""
LEAST_OF_A_KIND = 20
"""Sampled pixels a kind needs to tell its own scatter."""
SOFT = np.float32(0.1)
"""Scene s.d. that are added to the scatter of a kind."""
KNOTS = 160
"""Points of the table of ranks of a feature; half of them in the uppermost tenth, ever denser, since change is rare."""
MOST_SAMPLED = 40_000
"""Pixels that kinds are found from."""

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Expectation:
    """By kind of ground on one date: its `centre`, and `middle` and `spread` on the other date, (kinds, bands) in scene s.d."""

    centre: Floats
    middle: Floats
    spread: Floats

    def surprise(self, image: Floats, other: Floats) -> Floats:
        """How far `other` lies from what the kind of each pixel of `image` lets expect, (bands, rows, cols) in scatters of that kind.

        Plane by plane in a fixed order, so that a pixel gets the same whatever tile it is in.
        """
        kind = np.zeros(image.shape[1:], np.intp)
        nearest = np.full(image.shape[1:], np.inf, np.float32)
        for number, centre in enumerate(self.centre):
            distance = np.zeros(image.shape[1:], np.float32)
            for plane, value in zip(image, centre, strict=True):
                distance += (plane - value) ** 2
            closer = distance < nearest
            kind[closer], nearest[closer] = number, distance[closer]
        return np.stack(
            [(plane - self.middle[kind, band]) / self.spread[kind, band] for band, plane in enumerate(other)]
        )


@dataclass(frozen=True)
class Reference:
    """`pairs`: by group of bands, 'all' first. `invariant`: the pair with canonical variates about what did not change (IR-MAD).
    `forward`, `backward`: after from before, before from after. `knots`: (features, KNOTS), rising; empty while they are being fitted.
    """

    pairs: dict[str, PairModel]
    invariant: PairModel
    forward: Expectation
    backward: Expectation
    knots: Floats

    @property
    def bands(self) -> tuple[str, ...]:
        """Common names of the bands."""
        return self.pairs["all"].names

    def to_dict(self) -> dict[str, Any]:
        """JSON; `from_dict` gives the same reference back to the last bit."""
        return {
            "pairs": {group: model.to_dict() for group, model in self.pairs.items()},
            "invariant": self.invariant.to_dict(),
            "forward": {name: value.tolist() for name, value in asdict(self.forward).items()},
            "backward": {name: value.tolist() for name, value in asdict(self.backward).items()},
            "knots": self.knots.tolist(),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Reference:
        def expectation(tables: Mapping[str, Any]) -> Expectation:
            return Expectation(**{name: np.array(value, np.float32) for name, value in tables.items()})

        return cls(
            {group: PairModel.from_dict(model) for group, model in document["pairs"].items()},
            PairModel.from_dict(document["invariant"]),
            expectation(document["forward"]),
            expectation(document["backward"]),
            np.array(document["knots"], np.float32),
        )


def groups(bands: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """'all' and every group of GROUPS that is there and is not all."""
    chosen = {"all": tuple(bands)}
    for name, wanted in GROUPS.items():
        there = tuple(band for band in bands if band in wanted)
        if len(there) == len(wanted) and len(there) < len(bands):
            chosen[name] = there
    return chosen


def fitted(sample: Sample, model: PairModel) -> Reference:
    """All but the ranks. Raises Malformed 'no-invariants' where a group of bands has hardly any unchanged pixel."""
    pairs = {"all": model}
    for group, bands in groups(model.names).items():
        if group != "all":
            pairs[group] = pair.fit(_only(sample, [model.names.index(band) for band in bands]), bands)
    one, two = pair.normalised(sample.before, sample.after, sample.valid, model)
    first, second = one[:, sample.valid].T, two[:, sample.valid].T
    every = slice(None, None, -(-len(first) // MOST_SAMPLED))
    return Reference(
        pairs,
        _about_invariants(sample, model),
        _expectation(first[every], second[every]),
        _expectation(second[every], first[every]),
        np.zeros((0, KNOTS), np.float32),
    )


def rank_table(values: Floats) -> Floats:
    """Knots of one feature from sampled values; half of them above the 90th percentile."""
    half = KNOTS // 2
    shares = np.concatenate([np.linspace(0, 0.9, half, endpoint=False), 1 - np.geomspace(0.1, 2e-4, KNOTS - half)])
    return np.asarray(np.quantile(values, shares), np.float32)


def ranked(plane: Floats, knots: Floats) -> Floats:
    """How many knots lie below each value: 0 to KNOTS, a whole number."""
    return np.searchsorted(knots, plane).astype(np.float32)


def windows(sample: Sample) -> Iterator[tuple[Floats, Floats, Bools, tuple[slice, slice]]]:
    """Full-resolution parts of the pair with the part of each that counts; the thin sample itself where there are none."""
    for window in sample.windows:
        top, left, bottom, right = window.inner
        yield window.before, window.after, window.valid, (slice(top, bottom), slice(left, right))
    if not sample.windows:
        yield sample.before, sample.after, sample.valid, (slice(None), slice(None))


def _about_invariants(sample: Sample, model: PairModel) -> PairModel:
    found = relate(sample.before[:, sample.valid], sample.after[:, sample.valid]).irmad
    return PairModel.from_dict(
        {
            **model.to_dict(),
            "mad_before": found.before.tolist(),
            "mad_after": found.after.tolist(),
            "mad_before_centre": found.before_centre.tolist(),
            "mad_after_centre": found.after_centre.tolist(),
            "mad_correlation": found.correlation.tolist(),
        }
    )


def _expectation(one: Floats, other: Floats) -> Expectation:
    """From (pixels, bands) of both dates: median and 1.48 MAD of the other date by kind."""
    found = KMeans(min(KINDS, len(one)), n_init=1, max_iter=25, random_state=0).fit(one)
    middle, spread = np.empty_like(found.cluster_centers_), np.empty_like(found.cluster_centers_)
    for kind in range(len(middle)):
        mine = other[found.labels_ == kind]
        middle[kind] = np.median(mine, axis=0) if len(mine) else other.mean(axis=0)
        enough = len(mine) >= LEAST_OF_A_KIND
        spread[kind] = 1.4826 * np.median(np.abs(mine - middle[kind]), axis=0) if enough else other.std(axis=0)
    return Expectation(
        found.cluster_centers_.astype(np.float32), middle.astype(np.float32), spread.astype(np.float32) + SOFT
    )


def _only(sample: Sample, bands: list[int]) -> Sample:
    cuts = tuple(pair.Window(cut.before[bands], cut.after[bands], cut.valid, cut.inner) for cut in sample.windows)
    return Sample(sample.before[bands], sample.after[bands], sample.valid, cuts)
