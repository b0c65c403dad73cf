"""The steps of a pair that go tile by tile: registration, sample, scores. Nothing here depends on which tile is done where or when.

A task gets the path of the work folder and a window; the plan, the measured shift and the fitted model it reads from the folder, and its
result is a file there. Scores bring `HALO` px along on each side, a network all of its own tiles, so the inner pixels do not depend on the tiling.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from imagery.change import decision, pair, registration
from imagery.change.pair import HALO, PairModel, Sample, fit, score
from imagery.change.scores import magnitude
from imagery.learning.network import BuildingNetwork
from imagery.runs import reading, work
from imagery.runs.grid import Grid, Window
from imagery.runs.reading import Source
from layers.errors import Malformed

PLACES = 10
"""Registration is measured at up to 10 x 10 places spread over the pair, four tiles at each."""
LEAST_OBSERVED = 0.01
"""Share of the overlap that both dates have to show."""
NOT_OBSERVED = 255
OWN = 4
"""Bit of a class: the pixel differs by itself, and not only because the smoothing spread a neighbour's change over it."""
SPREAD = 8
"""px that smoothing carries a change."""
STANDS_OUT = 3.0
"""Robust standard deviations from which a pixel's own difference stands out in the scene."""
JOINS, BUILT = 0.3, 0.5
"""A network's probability from which a pixel joins a region, and of which a region has at least one pixel."""
PLAN, SHIFT, MODEL, REFERENCE = "plan.json", "registration.json", "model.json", "reference.json"
PROBABILITY, CLASSES, SAMPLE = "probability", "classes", "sample"


@dataclass(frozen=True)
class Plan:
    """What the tiles of a run have in common. `tile`: side in px, a multiple of 4; `area`: only tiles that touch it are scored; `learned`: path of the
    model; `network`: path and SHA-256 of the building network."""

    grid: Grid
    before: Source
    after: Source
    names: tuple[str, ...]
    tile: int
    area: Window | None
    learned: str | None = None
    network: tuple[str, str] | None = None

    def tiles(self) -> list[Window]:
        """All tiles of the pair."""
        return list(self.grid.tiles(self.tile))

    def scored(self) -> list[Window]:
        """The tiles to be scored."""
        return list(self.grid.tiles(self.tile, self.area))

    def save(self, folder: Path) -> None:
        work.write_json(folder / PLAN, asdict(self))

    @classmethod
    def load(cls, folder: Path) -> Plan:
        facts: dict[str, Any] = work.read_json(folder / PLAN)

        def source(of: dict[str, Any]) -> Source:
            plain: dict[str, Any] = {
                key: tuple(value) if isinstance(value, list) else value for key, value in of.items()
            }
            return Source(**plain)

        return cls(
            grid=Grid(**{**facts["grid"], "transform": tuple(facts["grid"]["transform"])}),
            before=source(facts["before"]),
            after=source(facts["after"]),
            names=tuple(facts["names"]),
            tile=facts["tile"],
            area=Window(**facts["area"]) if facts["area"] else None,
            learned=facts["learned"],
            network=tuple(facts["network"]) if facts["network"] else None,
        )


@functools.lru_cache(maxsize=4)
def _plan(folder: str) -> Plan:
    return Plan.load(Path(folder))


@functools.lru_cache(maxsize=4)
def _shift(folder: str) -> tuple[float, float]:
    record = work.read_json(Path(folder) / SHIFT)
    return (record["dy"], record["dx"]) if record["decision"] == "correct" else (0.0, 0.0)


@functools.lru_cache(maxsize=4)
def _model(folder: str) -> PairModel:
    return PairModel.from_dict(work.read_json(Path(folder) / MODEL))


@functools.lru_cache(maxsize=4)
def _stands_out(folder: str) -> float:
    return float(work.read_json(Path(folder) / MODEL)["stands_out"])


@functools.lru_cache(maxsize=2)
def _learned(folder: str, path: str) -> tuple[Any, Any]:
    """The learned model of a run, and what its features are measured against."""
    from imagery.learning.model import LearnedModel  # noqa: PLC0415  (LightGBM is loaded by runs that need it)
    from imagery.learning.reference import Reference  # noqa: PLC0415

    return LearnedModel.load(Path(path)), Reference.from_dict(work.read_json(Path(folder) / REFERENCE))


@functools.lru_cache(maxsize=2)
def _network(path: str, sha256: str) -> BuildingNetwork:
    """The network of a run. Raises Malformed 'network-changed' when it is not the one that the run began with."""
    network = BuildingNetwork.load(Path(path))
    if network.sha256 != sha256:
        raise Malformed(
            "network-changed",
            f"{Path(path).name} is not the building network that the run began with; start it again.",
            f"{Path(path).name} không còn là mạng nơ-ron lúc bắt đầu; hãy chạy lại từ đầu.",
        )
    return network


# ---- registration --------------------------------------------------------------------------------------------------------


def places(grid: Grid) -> list[Window]:
    """Where registration is measured: squares of two by two tiles, evenly over the pair."""
    side = 2 * registration.TILE

    def starts(length: int) -> list[int]:
        count = max(1, min(PLACES, length // side))
        room = max(0, length - side)
        return sorted({round(room * (k + 0.5) / count) if count > 1 else room // 2 for k in range(count)})

    return [
        Window(row, col, min(side, grid.height), min(side, grid.width))
        for row in starts(grid.height)
        for col in starts(grid.width)
    ]


def measure(folder: str, window: Window) -> list[tuple[float, float, float]]:
    """Shift (dy, dx, quality) of the tiles at one place."""
    plan = _plan(folder)
    before, seen_before = reading.read(plan.before, plan.grid, window)
    after, seen_after = reading.read(plan.after, plan.grid, window)
    valid = seen_before & seen_after
    measured = []
    for row in range(0, window.rows, registration.TILE):
        for col in range(0, window.cols, registration.TILE):
            part = (slice(row, row + registration.TILE), slice(col, col + registration.TILE))
            measured.append(registration.measure_tile(before[:, *part], after[:, *part], valid[part]))
    return measured


# ---- sample and model ----------------------------------------------------------------------------------------------------


def _pair(folder: str, window: Window) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
    """Both dates on the grid, the second moved onto the first, and where both were observed."""
    plan = _plan(folder)
    before, seen_before = reading.read(plan.before, plan.grid, window)
    after, seen_after = reading.read(plan.after, plan.grid, window, _shift(folder))
    return before, after, seen_before & seen_after


def sample(folder: str, window: Window) -> None:
    """Leave every 4th pixel of a tile: (2 bands, rows, cols), both dates one after the other, NaN where one was not observed."""
    path = work.tile_path(Path(folder), SAMPLE, window)
    if path.exists():
        return
    before, after, valid = _pair(folder, window)
    thin = np.concatenate([before[:, :: pair.STEP, :: pair.STEP], after[:, :: pair.STEP, :: pair.STEP]])
    thin[:, ~valid[:: pair.STEP, :: pair.STEP]] = np.nan
    work.write_array(path, thin)


def assembled(folder: Path) -> Sample:
    """The sample of the whole pair from its tiles, and windows at full resolution.

    Raises Malformed 'nothing-observed' where hardly any ground was seen on both dates.
    """
    plan = _plan(str(folder))
    bands = len(plan.names)
    shape = (-(-plan.grid.height // pair.STEP), -(-plan.grid.width // pair.STEP))
    before, after = np.empty((bands, *shape), np.float32), np.empty((bands, *shape), np.float32)
    for tile in plan.tiles():
        part = np.load(work.tile_path(folder, SAMPLE, tile), mmap_mode="r")
        row, col = tile.row // pair.STEP, tile.col // pair.STEP
        place = (slice(None), slice(row, row + part.shape[1]), slice(col, col + part.shape[2]))
        before[place], after[place] = part[:bands], part[bands:]
    valid = np.asarray(np.isfinite(before).all(axis=0) & np.isfinite(after).all(axis=0))
    check_observed(float(valid.mean()))
    return Sample(before, after, valid, tuple(_cuts(str(folder), plan.grid)))


def check_observed(share: float) -> None:
    """Raises Malformed 'nothing-observed' where hardly any ground was seen on both dates."""
    if share < LEAST_OBSERVED:
        raise Malformed(
            "nothing-observed",
            f"Only {100 * share:.2f} % of the overlap is seen on both dates (clouds, shadow, no data); nothing can be compared.",
            f"Chỉ {100 * share:.2f} % phần chồng lấn quan sát được ở cả hai thời điểm (mây, bóng mây, thiếu dữ liệu); không thể so sánh.",
        )


def _cuts(folder: str, grid: Grid) -> Iterator[pair.Window]:
    for rows, cols, inner in pair.windows_of(grid.height, grid.width):
        window = Window(rows.start, cols.start, rows.stop - rows.start, cols.stop - cols.start)
        yield pair.Window(*_pair(folder, window), inner)


def fit_model(folder: Path) -> PairModel:
    """Fit what the pair needs to be compared and leave it in the folder.

    Raises Malformed 'nothing-observed', 'no-invariants', 'too-little-observed': the pair is refused.
    """
    plan, taken = _plan(str(folder)), assembled(folder)
    model = fit(taken, plan.names)
    if plan.learned is not None:
        from imagery.learning.features import reference  # noqa: PLC0415

        work.write_json(folder / REFERENCE, reference(taken, model).to_dict())
    own = magnitude(*pair.normalised(taken.before, taken.after, taken.valid, model))[taken.valid]
    centre = float(np.median(own))
    scale = 1.4826 * float(np.median(np.abs(own - centre)))
    work.write_json(folder / MODEL, {**model.to_dict(), "stands_out": centre + STANDS_OUT * scale})
    return model


# ---- scores --------------------------------------------------------------------------------------------------------------


def classify(folder: str, window: Window) -> None:
    """Leave the probability (float32, NaN not observed) and the class (uint8: 0 no, 1 weak, 2 strong, plus `OWN`; 255 not observed) of a tile.

    For a learned model a class says only that the pixel is above the absolute floor: its threshold needs the whole scene.
    """
    place, plan = Path(folder), _plan(folder)
    if not work.tile_path(place, CLASSES, window).exists():  # the last of the two
        probability, classes = _scored(folder, window) if plan.network is None else _mapped(folder, window)
        work.write_array(work.tile_path(place, PROBABILITY, window), probability)
        work.write_array(work.tile_path(place, CLASSES, window), classes)


def _scored(folder: str, window: Window) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Probability and classes of a tile by pixel methods."""
    plan, model = _plan(folder), _model(folder)
    wide = window.grown(HALO if plan.learned is None else _learned_halo(), plan.grid)
    before, after, valid = _pair(folder, wide)
    inner = window.within(wide)
    if not valid[inner].any():
        shape = (window.rows, window.cols)
        return np.full(shape, np.nan, np.float32), np.full(shape, NOT_OBSERVED, np.uint8)
    scores = score(before, after, valid, model)
    if plan.learned is None:
        probability, classes = scores.probability, decision.classes(scores)
    else:
        probability = _learned_probability(folder, plan.learned, before, after, valid)
        classes = (scores.magnitude > decision.FLOOR).astype(np.uint8)
    around = ndimage.maximum_filter(np.nan_to_num(scores.magnitude), 2 * SPREAD + 1, mode="constant")
    own = scores.length >= np.minimum(around / 2, np.float32(_stands_out(folder)))  # NaN does not
    classes = np.where(valid, classes + OWN * own, NOT_OBSERVED).astype(np.uint8)
    return probability[inner], classes[inner]


def _learned_halo() -> int:
    from imagery.learning.features import HALO as WIDER  # noqa: PLC0415

    return WIDER


def _learned_probability(
    folder: str, path: str, before: NDArray[np.float32], after: NDArray[np.float32], valid: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """What the learned model says of a tile that came with `_learned_halo`."""
    from imagery.learning.features import features  # noqa: PLC0415

    model, against = _learned(folder, path)
    probability: NDArray[np.float32] = model.probability(features(before, after, valid, against), valid)
    return probability


def _mapped(folder: str, window: Window) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Probability and classes of a tile by the building network. Its own outlines are what it maps, so every pixel of a region is `OWN`."""
    plan = _plan(folder)
    assert plan.network is not None
    network, whole = _network(*plan.network), plan.grid.whole()
    rows, cols = network.covering(window.within(whole), (whole.rows, whole.cols))
    wide = Window(rows.start, cols.start, rows.stop - rows.start, cols.stop - cols.start)
    before, after, valid = _pair(folder, wide)
    given = network.probability(
        before, after, valid, plan.names, place=(wide.row, wide.col), whole=(whole.rows, whole.cols)
    )
    probability = given[window.within(wide)]
    joins = probability >= JOINS  # NaN does not
    classes = joins.astype(np.uint8) * (1 + OWN) + (probability >= BUILT)
    return probability, np.where(np.isnan(probability), NOT_OBSERVED, classes).astype(np.uint8)
