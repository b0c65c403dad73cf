"""Pairs of dates for the tests and benchmarks of change detection: real ones, twins without any change, and a simulated ground."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.warp import Resampling, reproject
from scipy import ndimage

from imagery.change import decision, masks, registration
from imagery.change.pair import PairModel, Scores, fit, sample_of, score

SENTINEL = {
    "B02": "blue",
    "B03": "green",
    "B04": "red",
    "B08": "nir",
    "B8A": "nir08",
    "B11": "swir16",
    "B12": "swir22",
}
NAMES = tuple(SENTINEL.values())
THEMATIC_MAPPER = ("blue", "green", "red", "nir", "swir16", "swir22")


@dataclass(frozen=True)
class Pair:
    """Two dates on one grid; `truth` is changed, `known` is where the truth says anything; `reflectance` of one count, if it is known."""

    name: str
    names: tuple[str, ...]
    before: NDArray[np.float32]
    after: NDArray[np.float32]
    valid: NDArray[np.bool_]
    truth: NDArray[np.bool_]
    known: NDArray[np.bool_]
    reflectance: float | None = None


def onera(data: Path, *only: str) -> Iterator[Pair]:
    """Sentinel-2 level 1C pairs with masks of urban change, on the 10 m grid of the first date; not registered to each other."""
    for folder in sorted(path for path in (data / "change" / "oscd").iterdir() if path.is_dir()):
        if only and folder.name not in only:
            continue
        with rasterio.open(folder / "imgs_1" / "B04.tif") as grid:
            shape, target = grid.shape, {"dst_transform": grid.transform, "dst_crs": grid.crs}
        dates = np.full((2, len(NAMES), *shape), np.nan, np.float32)
        for date, images in enumerate(("imgs_1", "imgs_2")):
            for band, code in enumerate(SENTINEL):
                with rasterio.open(folder / images / f"{code}.tif") as file:
                    reproject(
                        file.read(1).astype(np.float32),
                        dates[date, band],
                        src_transform=file.transform,
                        src_crs=file.crs,
                        resampling=Resampling.bilinear,
                        dst_nodata=np.nan,
                        **target,
                    )
        seen = np.isfinite(dates).all(axis=(0, 1)) & (dates > 0).all(axis=(0, 1))
        truth = image(folder / "cm" / "cm.png") > 0
        yield Pair(folder.name, NAMES, dates[0], dates[1], seen, truth, np.ones(shape, bool), 1e-4)


def taizhou(data: Path) -> Pair:
    """Landsat pair of 2000 and 2003, 30 m, with partial truth."""
    folder = data / "change" / "landsat" / "Taizhou"
    dates = []
    for year in (2000, 2003):
        with rasterio.open(folder / f"{year}TM.tif") as file:
            dates.append(file.read().astype(np.float32))
    changed, unchanged = image(folder / "change.png") > 0, image(folder / "unchanged.png") > 0
    return Pair(
        "Taizhou", THEMATIC_MAPPER, dates[0], dates[1], np.ones(changed.shape, bool), changed, changed | unchanged
    )


def sztaki(data: Path) -> Iterator[Pair]:
    """Aerial photographs of 1.5 m, red green blue, with masks of new buildings, groundwork and ploughing."""
    for site in ("szada", "tiszadob"):
        for folder in sorted((data / "change" / "sztaki" / site).iterdir()):
            dates = [image(folder / f"im{k}.png", "RGB").transpose(2, 0, 1).astype(np.float32) for k in (1, 2)]
            truth = image(folder / "gt.png") > 127
            seen = np.ones(truth.shape, bool)
            yield Pair(f"{site}/{folder.name}", ("red", "green", "blue"), dates[0], dates[1], seen, truth, seen)


def image(path: Path, mode: str = "L") -> NDArray[np.uint8]:
    """A mask or photograph without georeference."""
    from PIL import Image  # noqa: PLC0415  (rasterio would warn of the missing georeference)

    with Image.open(path) as picture:
        return np.asarray(picture.convert(mode))


def measured(pair: Pair) -> registration.Shift:
    """The shift of a pair, from all of its tiles."""
    side = registration.TILE
    rows, cols = pair.valid.shape
    parts = [
        (slice(top, top + side), slice(left, left + side))
        for top in range(0, rows - side // 2, side)
        for left in range(0, cols - side // 2, side)
    ]
    return registration.combine(
        registration.measure_tile(pair.before[:, *part], pair.after[:, *part], pair.valid[part]) for part in parts
    )


def registered(pair: Pair) -> Pair:
    """The pair as a run would compare it: measured, gated, corrected."""
    shift = measured(pair)
    if registration.gate(shift) != "correct":
        return pair
    after = registration.shifted(pair.after, shift.dy, shift.dx)
    return replace(pair, after=after, valid=pair.valid & np.isfinite(after).all(axis=0))


def cleared(pair: Pair) -> Pair:
    """The pair without what the rule mask takes for clouds and their shadows on either date, as a run would compare it."""
    valid = pair.valid
    if pair.reflectance is not None:
        for date in (pair.before, pair.after):
            bands = dict(zip(pair.names, date * np.float32(pair.reflectance), strict=True))
            valid = valid & masks.observed(masks.rule_mask(bands, pair.valid))
    return replace(pair, valid=valid)


def judged(pair: Pair) -> tuple[PairModel, Scores]:
    """Model and scores of a whole pair."""
    model = fit(sample_of(pair.before, pair.after, pair.valid), pair.names)
    return model, score(pair.before, pair.after, pair.valid, model)


def regions(scores: Scores) -> NDArray[np.bool_]:
    """What a run would keep: weak regions of some size that touch a strong pixel."""
    found = decision.classes(scores)
    labels, count = ndimage.label(found > 0, np.ones((3, 3)))
    keep = np.bincount(labels.ravel(), minlength=count + 1) >= decision.LEAST_AREA
    strong = np.zeros(count + 1, bool)
    strong[np.unique(labels[found == 2])] = True
    keep &= strong
    keep[0] = False
    return np.asarray(keep[labels])


def ground(rows: int, cols: int, seed: int, bands: int = 4) -> NDArray[np.float32]:
    """A simulated scene: fields of different cover, texture within them, bands that are related but not the same; about 500..4000."""
    random = np.random.default_rng(seed)
    corners = random.integers(0, (rows, cols), (max(rows * cols // 400, 4), 2))
    marks = np.ones((rows, cols), bool)
    marks[corners[:, 0], corners[:, 1]] = False
    nearest = ndimage.distance_transform_edt(marks, return_distances=False, return_indices=True)
    field = nearest[0] * cols + nearest[1]
    cover = random.normal(size=(3, rows * cols))[:, field]
    texture = ndimage.gaussian_filter(random.normal(size=(3, rows, cols)), (0, 1, 1)) * 1.5
    mixing = random.uniform(0.3, 1.0, (bands, 3)) * random.choice((-1, 1), (bands, 3), p=(0.2, 0.8))
    own = ndimage.gaussian_filter(random.normal(size=(bands, rows, cols)), (0, 1, 1))
    scene = np.tensordot(mixing, cover + 0.5 * texture, 1) + 0.5 * own
    scene = ndimage.gaussian_filter(scene, (0, 0.7, 0.7))
    return (2000 + 400 * scene).astype(np.float32)


def moved(scene: NDArray[np.float32], dy: float, dx: float) -> NDArray[np.float32]:
    """The scene as a date that lies (dy, dx) px beside it, by the Fourier shift theorem; wraps round at the edges."""
    return np.stack([np.fft.ifft2(ndimage.fourier_shift(np.fft.fft2(band), (dy, dx))).real for band in scene]).astype(
        np.float32
    )


def inside(valid: NDArray[np.bool_], margin: int) -> NDArray[np.bool_]:
    """`valid` without a margin, where a moved scene has wrapped round."""
    kept = np.zeros_like(valid)
    kept[margin:-margin, margin:-margin] = valid[margin:-margin, margin:-margin]
    return kept
