"""What learning adds: scenes left out of training, calibration, the shipped model, and changes pasted into real parcels, each beside what does not learn.

Labels of others are fitted on here to score the way of fitting; nothing that saw them is kept.
"""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import rasterio
import rasterio.features
import shapely
from numpy.typing import NDArray
from rasterio.transform import from_origin

from imagery.change import pair as change
from imagery.learning import evaluation, pairs, training
from imagery.learning import features as described
from imagery.learning.evaluation import Metrics
from imagery.learning.model import SHIPPED, LearnedModel
from imagery.learning.pairs import LabelledPair
from imagery.learning.simulated import Recipe, paste
from imagery.runs.parcels import QUANTILE
from tests.benchmarks.change_quality import OTB, orfeo, pca_kmeans
from tests.benchmarks.report import Results

LEAST_PARCEL_PX = 8
"""Smaller parcels say nothing at this resolution."""
DRAWS = 3
"""How often changes are pasted into each image."""
HARD = Recipe(share=0.03, seasonal=0.6, clouds=0.06, gain=0.15, offset=0.3, noise=0.08, shift=0.3)
IMAGES = (
    ("naip/m_4709963_se_14_1_20100629.tif", ("red", "green", "blue", "nir")),
    ("oscd/saclay_e", ()),
    ("oscd/abudhabi", ()),
)
"""Images that changes are pasted into: an orthophoto of 5 m, and the first dates of two Sentinel-2 pairs (whose labels are not used)."""

Score = NDArray[np.float32]


def run(results: Results, data: Path, quick: bool) -> None:
    """Measure everything; `data` is the folder of real data (GEO_TEST_DATA). `quick`: leave out the training on others' labels."""
    if not (data / "change" / "oscd").is_dir():
        results.failed.append(f"learned change: no labelled pairs in {data / 'change'}")
        return
    if not quick:
        left_out(results, data / "change")
    shipped(results, data / "change")
    inserted(results, data)


def left_out(results: Results, folder: Path) -> None:
    """Each scene by a model that was trained and calibrated on the other scenes of its set; means over the scenes, and over all pixels together."""
    for name, key, column in (("oscd", "learned_ap", "average_precision"), ("sztaki", "learned_f1", "f1")):
        told = list(training.crossed(prepared(folder / name), training.Settings()))
        figures = {scene.name: training.figures([(scene, plane)]) for scene, plane in told}
        mean, pooled = evaluation.mean(figures.values()), training.figures(told)
        everything = {**figures, "mean": mean, "pooled": pooled}
        results.details[f"learned {name}"] = {scene: metrics.to_dict() for scene, metrics in everything.items()}
        results.add(key, getattr(mean, column), f"pooled {getattr(pooled, column):.3f}; {each(figures, column)}")
        note = f"pooled {pooled.calibration_error:.3f}; {each(figures, 'calibration_error')}"
        results.add(f"learned_ece_{name}", mean.calibration_error, note)
        results.add(f"learned_first_{name}", mean.precision_first, f"recall in the first 5 %: {mean.recall_budget:.2f}")


def shipped(results: Results, folder: Path) -> None:
    """The model that comes with the service, which has seen nothing real, on the same pairs."""
    learned = LearnedModel.load(SHIPPED)
    figures = {}
    for path in pairs.found(folder / "oscd"):
        scene = training.prepared(only(pairs.read(path), learned.card.bands), to_learn=False)
        figures[scene.name] = training.judged(learned, scene)
    mean = evaluation.mean(figures.values())
    results.details["shipped oscd"] = {scene: metrics.to_dict() for scene, metrics in figures.items()}
    results.add("shipped_ap", mean.average_precision, each(figures, "average_precision"))
    results.add("shipped_ece", mean.calibration_error, each(figures, "calibration_error"))


def inserted(results: Results, data: Path) -> None:
    """Are the parcels that were changed ranked above the others, fields in another season and hazy ones among them?

    Our methods rank by the quantile of a parcel's pixels that a run keeps; peers by that or by the mean, whichever is the better for them.
    """
    learned = LearnedModel.load(SHIPPED)
    methods: dict[str, Callable[[LabelledPair], Score]] = {
        "learned": lambda pair: probability(pair, learned),
        "ours": unsupervised,
        "kmeans": pca_kmeans,
    }
    if shutil.which(OTB):
        methods["otb"] = orfeo
    else:
        results.failed.append("inserted changes, Orfeo Toolbox: not installed (Debian: otb-bin)")
    found: dict[str, list[list[tuple[float, float]]]] = {method: [] for method in methods}
    parcels = 0
    for pair, regions in cases(data):
        numbers = np.unique(regions[pair.valid & (regions > 0)])
        truth = by_parcel(pair.truth.astype(np.float32), pair.valid, regions, numbers)["mean"] > 0.2
        parcels += len(numbers)
        for method, made in methods.items():
            every = by_parcel(np.nan_to_num(made(pair)), pair.valid, regions, numbers).values()
            found[method].append(
                [(evaluation.average_precision(truth, one), evaluation.precision_at(truth, one, 50)) for one in every]
            )
    note = f"{parcels:,} parcels in {len(found['ours'])} pairs, {100 * HARD.share:.0f} % of them changed"
    for method, values in found.items():
        quantile, mean = np.mean(values, axis=0)
        ap, first = quantile if method in ("learned", "ours") else np.maximum(quantile, mean)
        told = f"by the mean of the pixels {mean[0]:.3f}, by the quantile {quantile[0]:.3f}"
        results.details[f"inserted {method}"] = [[list(pair) for pair in case] for case in values]
        results.add(f"inserted_ap_{method}", float(ap), f"{note}; {told}" if method == "learned" else told)
        results.add(f"inserted_first_{method}", float(first))


def cases(data: Path) -> Iterator[tuple[LabelledPair, NDArray[np.int32]]]:
    """Pairs with pasted changes, and the number of the parcel of each pixel (0: none)."""
    for number, (name, names) in enumerate(IMAGES):
        image, bands, gsd = _image(data / "change" / name, names)
        regions = _parcels(data / "parcels" / "waiheke_7636.gpkg", image.shape[1:], gsd)
        for draw in range(DRAWS):
            yield paste(image, bands, regions, 100 * number + draw, HARD), regions


def unsupervised(pair: LabelledPair) -> Score:
    """The ranking score without training."""
    model = change.fit(change.sample_of(pair.before, pair.after, pair.valid), pair.names)
    return change.score(pair.before, pair.after, pair.valid, model).change


def probability(pair: LabelledPair, learned: LearnedModel) -> Score:
    """What a learned model tells of a pair."""
    sample = change.sample_of(pair.before, pair.after, pair.valid)
    against = described.reference(sample, change.fit(sample, pair.names))
    return learned.probability(described.features(pair.before, pair.after, pair.valid, against), pair.valid)


def by_parcel(
    score: Score, valid: NDArray[np.bool_], regions: NDArray[np.int32], numbers: NDArray[np.int32]
) -> dict[str, NDArray[np.float64]]:
    """Quantile (as of a run) and mean of the observed pixels of each parcel."""
    label, value = regions[valid], score[valid].astype(np.float64)
    order = np.lexsort((value, label))
    label, value = label[order], value[order]
    start, count = np.searchsorted(label, numbers), np.bincount(label)[numbers]
    sums = np.bincount(label, value)[numbers]
    return {"quantile": value[start + np.rint(QUANTILE * (count - 1)).astype(int)], "mean": sums / count}


def prepared(folder: Path) -> list[training.Scene]:
    return [training.prepared(pairs.read(path)) for path in pairs.found(folder)]


def only(pair: LabelledPair, bands: tuple[str, ...]) -> LabelledPair:
    """The pair with these bands alone."""
    rows = [pair.names.index(band) for band in bands]
    return LabelledPair(**{**pair.__dict__, "names": bands, "before": pair.before[rows], "after": pair.after[rows]})


def each(figures: dict[str, Metrics], column: str) -> str:
    return ", ".join(f"{name} {getattr(metrics, column):.2f}" for name, metrics in figures.items())


def _image(path: Path, names: tuple[str, ...]) -> tuple[Score, tuple[str, ...], float]:
    """An image with the bands of the shipped model in its order, and its pixel (m)."""
    bands = LearnedModel.load(SHIPPED).card.bands
    if path.is_dir():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            found = only(pairs.read(path), bands)
        return found.before, bands, 10.0
    with rasterio.open(path) as file:
        image = file.read().astype(np.float32)
        return image[[names.index(band) for band in bands]], bands, float(file.res[0])


def _parcels(path: Path, shape: tuple[int, ...], gsd: float) -> NDArray[np.int32]:
    """Real parcels laid over an image, from the middle of where they are dense: number of the parcel by pixel, 0 where there is none."""
    frame: Any = pyogrio.read_dataframe(path, layer="parcels").to_crs(2193)
    centres = shapely.get_coordinates(shapely.centroid(frame.geometry.values))
    east, north = np.median(centres, axis=0)
    transform = from_origin(east - shape[1] * gsd / 2, north + shape[0] * gsd / 2, gsd, gsd)
    large = frame.geometry[frame.geometry.area > LEAST_PARCEL_PX * gsd**2]
    return rasterio.features.rasterize(
        zip(large, range(1, len(large) + 1), strict=True), out_shape=shape, transform=transform, dtype="int32"
    )
