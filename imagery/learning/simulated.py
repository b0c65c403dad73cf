"""Labelled pairs from open imagery alone: changes pasted into one image, among everything that looks like change and is none.

Pasted: built-up ground (a pattern of roofs and yards), stripped soil, ponds. Decoys: the season of fields by crop, haze and thin clouds with shadows, another
sun and atmosphere, a rest of misregistration, noise. Spectra are those of `imagery.sample.spectra`, brought to the units of the image band by band.

So a model can be trained and shipped without the labels of others, and detectors can be compared on ground whose change is known to the pixel. It is
simulated: what it says about real change is what `evaluation` measures on real pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from imagery.learning.pairs import LabelledPair
from imagery.sample.spectra import BANDS, NUMBER, TABLE

KINDS = ("to_built", "to_bare", "to_water")
"""The transitions that are pasted."""
LEAST_PX = 6
"""Smallest pasted change, in pixels."""
STAND_IN = {"nir08": "nir", "rededge": "nir", "gray": "red"}
"""Bands without a spectrum of their own, and the one they look like."""
CROPS = (
    ("rice_green", "stubble"),
    ("rice_green", "rice_flooded"),
    ("crop", "soil"),
    ("rice_ripe", "rice_green"),
    ("grass", "rice_ripe"),
)
"""What a season may do to a field: from, to; either way round."""

Floats = NDArray[np.float32]
Regions = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How much is pasted and how hard it is made. `share`: of the regions that change; `built`, `bare`, `water`: odds of the kinds; `seasonal`: share
    of vegetated regions whose crop moved on; `clouds`: share under haze and its shadow; `gain`, `offset` (scene s.d.), `noise` (scene s.d.): radiometry
    of the second date; `shift`: px left after registration.
    """

    share: float = 0.04
    built: float = 0.55
    bare: float = 0.3
    water: float = 0.15
    seasonal: float = 0.5
    clouds: float = 0.04
    gain: float = 0.12
    offset: float = 0.25
    noise: float = 0.06
    shift: float = 0.3


def fields(shape: tuple[int, int], size: float, seed: int) -> Regions:
    """Irregular regions of about `size` px each, numbered from 1 (rows, cols): ground for images without parcels."""
    rng = np.random.Generator(np.random.PCG64([seed, 1]))
    count = max(2, round(shape[0] * shape[1] / size))
    seeds = rng.uniform((0, 0), shape, (count, 2)) * (1.0, rng.uniform(0.6, 1.6))
    wobble = [6 * ndimage.gaussian_filter(rng.standard_normal(shape, np.float32), 4) for _ in range(2)]
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    stretch = seeds[:, 1].max() / shape[1]
    place = np.stack([rows + 3 * wobble[0], (cols + 3 * wobble[1]) * stretch], axis=-1)
    nearest: NDArray[np.intp] = cKDTree(seeds).query(place.reshape(-1, 2))[1]
    return (nearest.reshape(shape) + 1).astype(np.int32)


def paste(
    image: Floats,
    names: Sequence[str],
    regions: Regions,
    seed: int,
    recipe: Recipe = Recipe(),
    later: Floats | None = None,
) -> LabelledPair:
    """A pair whose change is known: `image` (bands, rows, cols, NaN where nothing was seen) and the same ground later.

    Changes lie inside regions (int32 (rows, cols), 0 = none): a part of one, 40 % to all of it. `later`: another picture of the same
    unchanged ground to paste into (then no season is invented).
    """
    rng = np.random.Generator(np.random.PCG64([seed, 2]))
    seen = np.asarray(np.isfinite(image).all(axis=0))
    before = np.nan_to_num(image).astype(np.float32)
    unit = before[:, seen].std(axis=1)
    spectra = _spectra(before[:, seen], names)
    if later is None:
        after = before.copy()
        _season(after, names, regions, spectra, recipe, rng)
    else:
        seen = seen & np.isfinite(later).all(axis=0)
        after = np.nan_to_num(later).astype(np.float32)
    truth = _changes(after, regions, seen, spectra, recipe, rng)
    _sky(after, spectra, recipe, rng)
    after = _taken(after, unit, recipe, rng)
    known: NDArray[np.bool_] = ndimage.minimum_filter(truth, 3) | ~ndimage.maximum_filter(
        truth, 3
    )  # mixed pixels belong to neither
    return LabelledPair(f"simulated-{seed}", tuple(names), before, after, seen, truth, known & seen)


def _spectra(seen: Floats, names: Sequence[str]) -> Floats:
    """(covers, bands) in units of the image: each band scaled so that the mean cover looks like the median pixel."""
    columns = [BANDS.index(STAND_IN.get(name, name)) for name in names]
    table = TABLE[:, columns]
    return np.asarray(table * (np.median(seen, axis=1) / table.mean(axis=0)), np.float32)


def _season(
    image: Floats, names: Sequence[str], regions: Regions, spectra: Floats, recipe: Recipe, rng: np.random.Generator
) -> None:
    """Fields of one crop move from one stage towards another, each field as far as it has come."""
    green = _greenness(image, names)
    count = int(regions.max()) + 1
    size = np.bincount(regions.ravel(), minlength=count)
    mean = np.bincount(regions.ravel(), green.ravel(), count) / np.maximum(size, 1)
    vegetated = np.flatnonzero((mean > np.median(green)) & (size > 0))
    vegetated = vegetated[vegetated > 0]
    moved = vegetated[rng.random(len(vegetated)) < recipe.seasonal]
    crop = rng.integers(0, 2, len(moved))
    kinds = rng.choice(len(CROPS), 2, replace=False)
    progress = np.zeros(count, np.float32)
    progress[moved] = rng.uniform(0.4, 1.0, len(moved))
    for number, kind in enumerate(kinds):
        of = CROPS[kind]
        first, second = of if rng.random() < 0.5 else of[::-1]
        ratio = spectra[NUMBER[second]] / np.maximum(spectra[NUMBER[first]], 1e-6)
        mine = np.zeros(count, np.float32)
        mine[moved[crop == number]] = progress[moved[crop == number]]
        amount = ndimage.gaussian_filter(mine[regions], 0.6)
        image *= np.clip(ratio, 0.25, 4.0)[:, None, None] ** amount


def _greenness(image: Floats, names: Sequence[str]) -> Floats:
    bands = dict(zip(names, image, strict=True))
    high, low = (
        ("nir", "red")
        if "nir" in bands and "red" in bands
        else ("green", "red")
        if "green" in bands and "red" in bands
        else (names[0], names[0])
    )
    total = np.abs(bands[high]) + np.abs(bands[low]) + np.float32(1e-6)
    return np.asarray((bands[high] - bands[low]) / total, np.float32)


def _changes(
    image: Floats, regions: Regions, seen: NDArray[np.bool_], spectra: Floats, recipe: Recipe, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Paste into `image`; where."""
    truth = np.zeros(regions.shape, bool)
    boxes = ndimage.find_objects(regions)
    present = np.array([number for number, box in enumerate(boxes, 1) if box is not None])
    wanted = max(1, round(recipe.share * len(present)))
    odds = np.array([recipe.built, recipe.bare, recipe.water])
    for number in rng.permutation(present):
        if not wanted:
            break
        box = boxes[number - 1]
        place = np.argwhere((regions[box] == number) & seen[box])
        size = round(rng.uniform(0.4, 1.0) * len(place))
        if size < LEAST_PX:
            continue
        far = np.abs(place - place[rng.integers(len(place))]).max(axis=1)  # a square grows from a corner of the work
        taken = place[np.argsort(far, kind="stable")[:size]]
        mask = np.zeros(truth[box].shape, bool)
        mask[taken[:, 0], taken[:, 1]] = True
        kind = str(rng.choice(KINDS, p=odds / odds.sum()))
        grown = tuple(slice(max(0, side.start - 2), side.stop + 2) for side in box)
        inner = tuple(
            slice(side.start - wide.start, side.stop - wide.start) for side, wide in zip(box, grown, strict=True)
        )
        wide_mask = np.zeros(truth[grown].shape, bool)
        wide_mask[inner] = mask
        alpha = ndimage.gaussian_filter(wide_mask.astype(np.float32), 0.5)
        image[:, *grown] += alpha * (_surface(kind, wide_mask.shape, spectra, rng) - image[:, *grown])
        truth[box] |= mask
        wanted -= 1
    return truth


def _surface(kind: str, shape: tuple[int, ...], spectra: Floats, rng: np.random.Generator) -> Floats:
    """A new surface (bands, rows, cols): texture at the size of what stands there."""
    if kind == "to_built":
        pair, grain, contrast = ("roof", "concrete") if rng.random() < 0.7 else ("concrete", "asphalt"), 0.8, 0.18
    elif kind == "to_bare":
        pair, grain, contrast = ("soil", "stubble"), 2.5, 0.06
    else:
        pair, grain, contrast = ("water", "river"), 4.0, 0.04
    mix = ndimage.gaussian_filter(rng.standard_normal(shape).astype(np.float32), grain)
    mix = (
        (mix > np.quantile(mix, 0.4)).astype(np.float32)
        if kind == "to_built"
        else np.full(shape, rng.random(), np.float32)
    )
    tint = np.exp(rng.normal(0, 0.12) + rng.normal(0, 0.05, spectra.shape[1])).astype(np.float32)
    one, two = (spectra[NUMBER[cover]] * tint for cover in pair)
    base = one[:, None, None] * mix + two[:, None, None] * (1 - mix)
    rough = ndimage.gaussian_filter(rng.standard_normal(shape).astype(np.float32), grain / 2)
    rough *= contrast / max(float(rough.std()), 1e-6)
    return np.asarray(base * (1 + rough), np.float32)


def _sky(image: Floats, spectra: Floats, recipe: Recipe, rng: np.random.Generator) -> None:
    """Haze, thin clouds and their shadows that no mask knows of."""
    shape = image.shape[1:]
    field = ndimage.gaussian_filter(rng.standard_normal(shape).astype(np.float32), max(6.0, min(shape) / 25))
    edge, scale = np.quantile(field, 1 - max(recipe.clouds, 1e-6)), max(float(field.std()), 1e-6)
    thickness = np.clip((field - edge) / scale, 0, 1) * np.float32(0.6 if recipe.clouds > 0 else 0)
    shadow = np.float32(1) - 0.5 * np.roll(thickness, (9, -9), (0, 1))
    white = spectra[NUMBER["concrete"]] * np.float32(1.8)
    image *= shadow
    image += thickness * (white[:, None, None] - image)
    slope = np.linspace(0, 1, shape[1], dtype=np.float32) * rng.uniform(0, min(0.05, recipe.clouds))
    image += slope * white[:, None, None]


def _taken(image: Floats, unit: NDArray[np.float32], recipe: Recipe, rng: np.random.Generator) -> Floats:
    """The second date as its own sensor, sun and orbit give it."""
    dy, dx = rng.uniform(-recipe.shift, recipe.shift, 2)
    gain = np.exp(rng.normal(0, recipe.gain) + rng.normal(0, recipe.gain / 3, len(image)))
    offset = (rng.normal(0, recipe.offset) + rng.normal(0, recipe.offset / 3, len(image))) * unit
    out = np.empty_like(image)
    for band, plane in enumerate(image):
        moved = ndimage.shift(plane, (dy, dx), order=3, mode="nearest")
        out[band] = gain[band] * moved + offset[band] + rng.normal(0, recipe.noise * unit[band], plane.shape)
    return out
