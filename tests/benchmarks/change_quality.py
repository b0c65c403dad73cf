"""How good the change detector is without training, on real labelled pairs, beside its peers; and how fast its core is.

Peers get the same registered pairs: the MAD of the Orfeo Toolbox (Nielsen 1998), and PCA-k-means (Celik 2009), written here after the
paper. Labels only score. Figures of quality depend on nothing but the code and the data; only the speed row depends on the machine.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from scipy import ndimage
from sklearn.cluster import KMeans
from sklearn.metrics import average_precision_score

from imagery.change import registration
from imagery.change.pair import HALO, fit, sample_of, score
from tests.benchmarks.report import Results
from tests.imagery.change.pairs import (
    Pair,
    cleared,
    judged,
    measured,
    moved,
    onera,
    regions,
    registered,
    sztaki,
    taizhou,
)

OTB = "otbcli_MultivariateAlterationDetector"
BLOCK, COMPONENTS = 4, 3  # px and eigenvectors of PCA-k-means, as the paper recommends
SHIFTS = [(0.5, -0.3), (1.3, 0.7), (-0.25, 0.1), (2.4, -1.6)]
Score = NDArray[np.float32]


def run(results: Results, data: Path) -> None:
    """Measure everything; `data` is the folder of real data (GEO_TEST_DATA). Peers that are not installed are named as not measured."""
    if not (data / "change" / "oscd").is_dir():
        results.failed.append(f"change quality: no labelled pairs in {data / 'change'}")
        return
    raw = list(onera(data))
    pairs = [registered(pair) for pair in raw]
    ranked(results, pairs)
    peers(results, pairs)
    landsat(results, registered(taizhou(data)))
    aerial(results, [registered(pair) for pair in sztaki(data)])
    nothing(results, raw)
    shifts(results, raw)
    speed(results, raw[0])


def ranked(results: Results, pairs: list[Pair]) -> None:
    """Average precision and F1 of ours."""
    found = [judged(cleared(pair))[1] for pair in pairs]
    ranks = [np.nan_to_num(scores.z, nan=-10) for scores in found]  # masked change is missed change
    ours, whole = precision(pairs, ranks), precision(pairs, [judged(pair)[1].change for pair in pairs])
    results.add("change_ap_mean", float(np.mean(ours)), f"without cloud mask {np.mean(whole):.3f}; {each(pairs, ours)}")
    results.add("change_ap_pooled", pooled(pairs, ranks))
    kept = [regions(scores) for scores in found]
    alike = [f1(mask[p.valid], p.truth[p.valid]) for mask, p in zip(kept, pairs, strict=True)]
    together = f1(joined(pairs, kept), joined(pairs, [pair.truth for pair in pairs]))
    results.add("change_f1", together, each(pairs, alike))


def peers(results: Results, pairs: list[Pair]) -> None:
    """The same figures of the peers, on the pairs without clouds too; what the mask hides ranks last, as with ours."""
    methods: list[tuple[str, Callable[[Pair], Score]]] = [("kmeans", pca_kmeans)]
    if shutil.which(OTB):
        methods.append(("otb", orfeo))
    else:
        results.failed.append("change quality, Orfeo Toolbox: not installed (Debian: otb-bin)")
    for key, method in methods:
        clear = [cleared(pair) for pair in pairs]
        made = [np.where(seen.valid, method(seen), -np.inf) for seen in clear]
        made = [np.maximum(value, value[seen.valid].min()) for value, seen in zip(made, clear, strict=True)]
        values = precision(pairs, made)
        standing = [robust(value, pair.valid) for value, pair in zip(made, pairs, strict=True)]
        results.add(f"change_ap_{key}", float(np.mean(values)), each(pairs, values))
        results.add(f"change_ap_{key}_pooled", pooled(pairs, standing))


def landsat(results: Results, pair: Pair) -> None:
    """F1 of the decision where the truth of the Landsat pair says anything."""
    asked = pair.known & pair.valid
    model, found = judged(pair)
    value = f1(regions(found)[asked], pair.truth[asked])
    results.add("change_landsat_f1", value, f"{100 * model.invariants:.0f} % invariants, r {min(model.r):.2f} or more")


def aerial(results: Results, pairs: list[Pair]) -> None:
    """Pairs of quite another sensor that were not looked at when the constants of the method were chosen."""
    ours = precision(pairs, [judged(pair)[1].change for pair in pairs])
    simple = precision(pairs, [judged(pair)[1].magnitude for pair in pairs])
    peer = float(np.mean(precision(pairs, [pca_kmeans(pair) for pair in pairs])))
    note = f"PCA-k-means {peer:.3f}, our smoothed change vector alone {np.mean(simple):.3f}; {each(pairs, ours)}"
    results.add("change_ap_aerial", float(np.mean(ours)), note)


def nothing(results: Results, raw: list[Pair]) -> None:
    """The largest share called changed among twins of every first date in which nothing changed."""
    worst, where = 0.0, ""
    for pair in raw:
        for name, after, margin in twins(pair.before):
            seen = np.zeros_like(pair.valid)
            seen[margin : -margin or None, margin : -margin or None] = True
            twin = registered(replace(pair, after=after, valid=seen & np.isfinite(pair.before).all(axis=0)))
            share = 100 * float(regions(judged(twin)[1])[twin.valid].mean())
            if share >= worst:
                worst, where = share, f"worst: {pair.name}, {name}"
    results.add("change_null", worst, where)


def twins(scene: Score) -> Iterable[tuple[str, Score, int]]:
    """(what was done, the other date, px at the edge that were made up)."""
    random, top = np.random.default_rng(1), scene.max(axis=(1, 2), keepdims=True)
    noisy = (1.1 * scene + 100) * random.normal(1, 0.02, scene.shape)
    yield "gain, offset and noise", noisy.astype(np.float32), 0
    yield "gamma 0.9", (top * (scene / top) ** 0.9).astype(np.float32), 0
    for dy, dx in ((0.5, 0), (1.3, 0), (0.9, -0.9), (0.09, 0)):
        cubic = [ndimage.shift(band, (dy, dx), order=3, mode="nearest") for band in scene]
        yield f"shift ({dy}, {dx})", np.stack(cubic).astype(np.float32), 2


def shifts(results: Results, raw: list[Pair]) -> None:
    """The largest error of a known sub-pixel shift, under gain, offset and 2 % noise."""
    random, errors = np.random.default_rng(2), []
    for pair in raw:
        for dy, dx in SHIFTS:
            after = (1.1 * moved(pair.before, dy, dx) + 100) * random.normal(1, 0.02, pair.before.shape)
            shift = measured(replace(pair, after=after.astype(np.float32)))
            errors.append(float(np.hypot(shift.dy - dy, shift.dx - dx)))
    found = [measured(pair) for pair in raw]
    note = f"{len(errors)} shifts; the pairs themselves are off by up to {max(s.length for s in found):.2f} px"
    results.add("change_shift_error", max(errors), note)


def speed(results: Results, pair: Pair) -> None:
    """Megapixels of inner tile a second on one thread: registration, fitting once, scoring."""
    side = 1024 + 2 * HALO
    before, after = (np.tile(image, (1, 2, 2))[:, :side, :side] for image in (pair.before, pair.after))
    seen = np.ones((side, side), bool)
    started = time.thread_time()
    model = fit(sample_of(before, after, seen), pair.names)
    once = time.thread_time() - started
    times = []
    for _ in range(4):
        started = time.thread_time()
        score(before, after, seen, model)
        times.append(time.thread_time() - started)
    results.add(
        "change_speed", 1024**2 / 1e6 / min(times), f"{len(pair.names)} bands; fitting a pair {once:.1f} s once"
    )
    started = time.thread_time()
    tile = registration.TILE
    for k in range(0, 1024, tile):
        part = np.s_[k : k + tile, k : k + tile]
        registration.measure_tile(before[:, *part], after[:, *part], seen[part])
    results.add("change_registration_speed", 8 * tile**2 / 1e6 / (time.thread_time() - started))


def pca_kmeans(pair: Pair) -> Score:
    """Celik 2009 (doi 10.1109/LGRS.2009.2025059): eigenvectors of non-overlapping blocks of the difference, two clusters of all pixels.

    The map of the paper is the nearer centre; to rank, the difference of the distances to both.
    """
    one, two = standard(pair.before, pair.valid), standard(pair.after, pair.valid)
    difference = np.where(pair.valid, np.sqrt(((one - two) ** 2).sum(axis=0)), 0)
    rows, cols = (n // BLOCK * BLOCK for n in difference.shape)
    blocks = difference[:rows, :cols].reshape(rows // BLOCK, BLOCK, cols // BLOCK, BLOCK)
    vectors = blocks.swapaxes(1, 2).reshape(-1, BLOCK * BLOCK)
    centre = vectors.mean(axis=0)
    _, basis = np.linalg.eigh(np.cov(vectors.T))
    padded = np.pad(difference, (BLOCK // 2, BLOCK - 1 - BLOCK // 2), mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, (BLOCK, BLOCK)).reshape(-1, BLOCK * BLOCK)
    features = (around - centre) @ basis[:, -COMPONENTS:]
    clusters = KMeans(2, n_init=4, random_state=0).fit(features)
    distances = clusters.transform(features).reshape(*difference.shape, 2)
    level = [difference[clusters.labels_.reshape(difference.shape) == k].mean() for k in (0, 1)]
    changed = int(np.argmax(level))
    return np.asarray(distances[..., 1 - changed] - distances[..., changed], np.float32)


def orfeo(pair: Pair) -> Score:
    """Sum of squares of the variates of the Orfeo Toolbox, each by its variance (the chi-square distance of the paper)."""
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        folder = Path(name)
        for key, image in (("before", pair.before), ("after", pair.after)):
            profile: dict[str, Any] = {"driver": "GTiff", "count": len(image), "dtype": "float32"}
            profile |= {"height": image.shape[1], "width": image.shape[2]}
            with rasterio.open(folder / f"{key}.tif", "w", **profile) as file:
                file.write(np.where(pair.valid, image, image[:, pair.valid].mean(axis=1)[:, None, None]))
        command = [
            OTB,
            "-in1",
            folder / "before.tif",
            "-in2",
            folder / "after.tif",
            "-out",
            folder / "mad.tif",
            "float",
        ]
        subprocess.run([str(part) for part in command], check=True, capture_output=True)
        with rasterio.open(folder / "mad.tif") as file:
            variates = file.read()
    variates -= variates[:, pair.valid].mean(axis=1)[:, None, None]
    return np.asarray((variates**2 / variates[:, pair.valid].var(axis=1)[:, None, None]).sum(axis=0), np.float32)


def standard(image: Score, valid: NDArray[np.bool_]) -> Score:
    """Every band with mean 0 and variance 1 over what was observed."""
    seen = image[:, valid]
    return np.asarray((image - seen.mean(axis=1)[:, None, None]) / seen.std(axis=1)[:, None, None], np.float32)


def robust(value: Score, valid: NDArray[np.bool_]) -> Score:
    """Comparable between scenes: in robust standard deviations below the median, as ours are."""
    centre, below = np.quantile(value[valid], (0.5, 0.1587))
    return np.asarray((value - centre) / (centre - below), np.float32)


def precision(pairs: list[Pair], values: list[Score]) -> list[float]:
    return [
        float(average_precision_score(pair.truth[pair.valid], value[pair.valid]))
        for pair, value in zip(pairs, values, strict=True)
    ]


def pooled(pairs: list[Pair], values: list[Score]) -> float:
    return float(average_precision_score(joined(pairs, [pair.truth for pair in pairs]), joined(pairs, values)))


def joined(pairs: list[Pair], fields: list[Any]) -> NDArray[Any]:
    return np.concatenate([field[pair.valid] for pair, field in zip(pairs, fields, strict=True)])


def f1(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    return 2 * float((found & truth).sum()) / float(found.sum() + truth.sum())


def each(pairs: list[Pair], values: list[float]) -> str:
    return ", ".join(f"{pair.name} {value:.2f}" for pair, value in zip(pairs, values, strict=True))
