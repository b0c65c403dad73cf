"""The steps of a run in their order. Each leaves its file in the work folder and a record of its figures; one that has been done is not done again."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import IsolationLevel

from imagery.change import registration
from imagery.change.pair import STEP, PairModel
from imagery.findings.model import Lead
from imagery.learning.card import Card
from imagery.learning.network import BuildingNetwork
from imagery.runs import cluster, stream, work
from imagery.runs.asking import Parameters, Scenes
from imagery.runs.classes import class_reader, plain
from imagery.runs.grid import Window, common
from imagery.runs.leads import SEASON_DAYS, Cutter, Dated, Dates, Piece, figures_of, leads, measure, season_gap
from imagery.runs.parcels import (
    CHANGED,
    SPILT,
    STATES,
    Layers,
    Observations,
    Parcels,
    extent_of_unit,
    in_blocks,
    inwards,
    observe,
)
from imagery.runs.polygons import mask_of, polygon_of, regions
from imagery.runs.products import write_products
from imagery.runs.reading import Source, band_names, common_names, release, source_of
from imagery.runs.stream import CLASSES, NOT_OBSERVED, OWN, PLAN, PROBABILITY, SAMPLE, SHIFT, Plan
from imagery.scenes.catalogue import Scene
from imagery.scenes.store import ImageStore
from layers.db import connect
from layers.errors import Malformed

Tell = Callable[[str, int, int], None]
RECORD = "provenance.json"
UNKNOWN_SPREAD = 0.5
"""px; taken where the tiles did not agree on any shift."""


@dataclass(frozen=True)
class Outcome:
    """What a run has found: its leads, and what it says of every parcel, block by block. `words`: the end in a sentence (vi, en)."""

    leads: list[Lead]
    observed: list[tuple[Parcels, Observations]]
    words: tuple[str, str]


@dataclass
class Steps:
    """One run at work. `history`: earlier scenes of the same ground; `learned`: path of the model; `network`: the building network, where
    pixels are too fine for pixel methods; `tell` and `record` hear of progress and figures."""

    url: str
    folder: Path
    store: ImageStore
    scenes: Scenes
    history: Sequence[Scene]
    unit: str | None
    learned: str | None
    network: Path | None
    parameters: Parameters
    threads: int
    scheduler: str | None
    tell: Tell
    record: Callable[[Sequence[dict[str, Any]]], None]
    _done: list[dict[str, Any]] = field(default_factory=list)

    def run(self) -> Outcome:
        """All steps. Raises Malformed where the pair is refused, and what `tell` raises."""
        try:
            return self._run()
        finally:
            release()

    def _run(self) -> Outcome:
        self._done = work.read_json(self.folder / RECORD) or []
        plan = self._plan()
        shift, spread = self._register(plan)
        model = self._fit(plan) if plan.network is None else None
        self._score(plan)
        changed, shapes = self._polygons(plan)
        layers = Layers(lambda window: changed[_slices(window)], self._mosaic(plan, PROBABILITY, np.nan, np.float32))
        pieces, observed = self._parcels(plan, layers, shapes, spread)
        dates = self._dates(plan, shift)
        with self._noted("leads") as figures:
            measured = measure(
                pieces,
                dates,
                plan.grid,
                layers.probability,
                workers=self.threads,
                report=functools.partial(self.tell, "leads"),
            )
            found = leads(pieces, measured, dates, plan.grid)
            figures.update(figures_of(found) | {"history": len(dates.history), "later": len(dates.later)})
        write_products(self.folder, plan.grid, changed, layers.probability)
        return Outcome(found, observed, self._words(found, observed, model))

    def clear(self) -> None:
        """After the end: the tiles go, what was found and how stays."""
        for what in (SAMPLE, PROBABILITY, CLASSES):
            work.remove(self.folder / what)

    # ---- the pair ----------------------------------------------------------------------------------------------------

    def _plan(self) -> Plan:
        if (self.folder / PLAN).exists():
            return Plan.load(self.folder)
        with self._noted("grid") as figures:
            before, after = self.scenes.before, self.scenes.after
            grid = common(before, after)
            names = self._names(common_names(before.bands, after.bands))
            network = self._network(names, grid.gsd)
            area = None
            if self.unit is not None:
                with connect(self.url) as conn:
                    area = extent_of_unit(conn, self.unit, grid)
                if area is None:
                    raise Malformed(
                        "unit-not-shown",
                        f"The scenes do not show unit {self.unit}, or it has no parcels.",
                        f"Ảnh không phủ đơn vị {self.unit}, hoặc đơn vị chưa có thửa đất.",
                    )
            plan = Plan(
                grid,
                self._source(before, names),
                self._source(after, names),
                names,
                self.parameters.tile,
                area,
                self.learned,
                (str(self.network), network.sha256) if network else None,
            )
            days = season_gap(before.datetime, after.datetime)
            figures.update(
                {
                    "epsg": grid.epsg,
                    "gsd_m": grid.gsd,
                    "columns": grid.width,
                    "rows": grid.height,
                    "bands": list(names),
                    "before": {"code": before.code, "mask": _mask_word(plan.before)},
                    "after": {"code": after.code, "mask": _mask_word(plan.after)},
                    "season_days": days,
                    "other_season": days > SEASON_DAYS,
                    "parameters": asdict(self.parameters),
                    "software": version("geo-service"),
                }
            )
            if network:
                figures["network"] = {
                    "file": Path(str(self.network)).name,
                    "sha256": network.sha256,
                    **asdict(network.contract),
                }
            plan.save(self.folder)
        return plan

    def _names(self, shared: tuple[str, ...]) -> tuple[str, ...]:
        """The bands that are compared: all that both dates have, or those the learned model was made for."""
        if self.learned is None:
            return shared
        wanted = Card.read(Path(self.learned)).bands
        if missing := [name for name in wanted if name not in shared]:
            raise Malformed(
                "model-bands",
                f"The model needs bands that the dates do not have: {', '.join(missing)}.",
                f"Mô hình cần các kênh phổ mà ảnh không có: {', '.join(missing)}.",
            )
        return tuple(wanted)

    def _network(self, names: tuple[str, ...], gsd: float) -> BuildingNetwork | None:
        """The building network of this run. Raises Malformed where it cannot be used or was made for other imagery."""
        if self.network is None:
            return None
        network = BuildingNetwork.load(self.network)
        network.check(names, gsd)
        return network

    def _source(self, scene: Scene, names: Sequence[str]) -> Source:
        mask = self.store.gdal_path(scene.mask_key) if scene.mask_key else None
        return source_of(scene, scene.bands, names, self.store.gdal_path(scene.data_key), mask)

    def _register(self, plan: Plan) -> tuple[tuple[float, float], float]:
        """What the second date is moved by (dy, dx), and its scatter, px."""
        if (facts := work.read_json(self.folder / SHIFT)) is None:
            with self._noted("registration") as figures:
                tiles = self._each("registration", stream.measure, stream.places(plan.grid))
                shift = registration.combine(tile for place in tiles for tile in place)
                facts = {**asdict(shift), "decision": registration.gate(shift)}
                figures.update(facts)
                work.write_json(self.folder / SHIFT, facts)
        move = (facts["dy"], facts["dx"]) if facts["decision"] == "correct" else (0.0, 0.0)
        return move, UNKNOWN_SPREAD if facts["decision"] == "leave" else facts["spread"]

    def _fit(self, plan: Plan) -> PairModel:
        if (known := work.read_json(self.folder / stream.MODEL)) is not None:
            return PairModel.from_dict(known)
        with self._noted("sample") as figures:
            tiles = plan.tiles()
            self._each("sample", stream.sample, tiles)
            figures.update({"tiles": len(tiles), "every": STEP})
        with self._noted("fit") as figures:
            self.tell("fit", 0, 1)
            model = stream.fit_model(self.folder)
            figures.update(model.to_dict())
        work.remove(self.folder / SAMPLE)
        return model

    def _score(self, plan: Plan) -> None:
        with self._noted("score") as figures:
            tiles = plan.scored()
            self._each("score", stream.classify, tiles)
            method = "network" if plan.network else "learned" if plan.learned else "unsupervised"
            figures.update({"tiles": len(tiles), "method": method})

    def _each(self, step: str, task: cluster.Task[Any], windows: Sequence[Window]) -> list[Any]:
        return cluster.each(
            task,
            str(self.folder),
            windows,
            workers=self.threads,
            address=self.scheduler,
            report=functools.partial(self.tell, step),
        )

    def _mosaic(self, plan: Plan, what: str, fill: float, dtype: type[np.generic]) -> Callable[[Window], NDArray[Any]]:
        return work.Mosaic(self.folder, what, plan.grid, plan.tile, fill, dtype).read

    # ---- polygons and parcels ----------------------------------------------------------------------------------------

    def _polygons(self, plan: Plan) -> tuple[NDArray[np.uint8], NDArray[np.object_]]:
        """The raster of kept change (see `Layers`) and the outlines of its regions on the plane of the grid."""
        with self._noted("polygons") as figures:
            self.tell("polygons", 0, 1)
            probability = self._mosaic(plan, PROBABILITY, np.nan, np.float32)
            codes = self._mosaic(plan, CLASSES, NOT_OBSERVED, np.uint8)
            read, threshold = class_reader(plain(codes), probability if plan.learned else None, plan)
            changed = np.full((plan.grid.height, plan.grid.width), NOT_OBSERVED, np.uint8)
            for tile in plan.scored():
                changed[_slices(tile)] = np.where(read(tile) == NOT_OBSERVED, NOT_OBSERVED, 0)
            observed_share = float((changed != NOT_OBSERVED).mean())
            if plan.area is None:
                stream.check_observed(observed_share)
            kept = regions(read, plan.grid, self.parameters.pixels(plan.grid), _hull(plan.scored()))
            shapes = np.empty(len(kept.pixels), object)
            for number, (window, pixels) in enumerate(kept.windows()):
                mask = mask_of(read, window, pixels)
                own = codes(window)[mask] & OWN > 0
                changed[_slices(window)][mask] = np.where(own, CHANGED, SPILT)
                shapes[number] = polygon_of(mask, window, plan.grid)
                self.tell("polygons", number, len(shapes))
            figures.update(
                {
                    "regions": len(shapes),
                    "changed_m2": float(kept.pixels.sum() * plan.grid.pixel_m2),
                    "observed_share": round(observed_share, 4),
                    "least_pixels": self.parameters.pixels(plan.grid),
                    "threshold": threshold,
                }
            )
        return changed, shapes

    def _parcels(
        self, plan: Plan, layers: Layers, shapes: NDArray[np.object_], spread: float
    ) -> tuple[list[Piece], list[tuple[Parcels, Observations]]]:
        with self._noted("parcels") as figures, connect(self.url) as conn:
            conn.isolation_level = IsolationLevel.REPEATABLE_READ  # one state of the fabric for all blocks
            row = conn.execute("SELECT d.srid, h.seq FROM fabric.deployment d CROSS JOIN feed.head h").fetchone()
            assert row is not None
            least = self.parameters.pixels(plan.grid) * plan.grid.pixel_m2
            cutter = Cutter(shapes, least, only_parcels=self.unit is not None)
            observed: list[tuple[Parcels, Observations]] = []
            rows = plan.grid.height
            for block, parcels in in_blocks(conn, row["srid"], plan.grid, self.unit, plan.area):
                self.tell("parcels", block.row, rows)
                narrowed = inwards(parcels, plan.grid, spread)
                seen = observe(parcels, narrowed, layers, plan.grid)
                cutter.add(parcels, narrowed, seen)
                observed.append((parcels.without_shapes(), seen))
            pieces = cutter.finish()
            counts: dict[str, Any] = {
                state: int(sum((seen.states == state).sum() for _, seen in observed)) for state in STATES
            }
            figures.update({"seq": row["seq"], "narrowed_px": spread, "pieces": len(pieces), **counts})
        return pieces, observed

    def _dates(self, plan: Plan, shift: tuple[float, float]) -> Dates:
        def dated(scene: Scene) -> Dated:
            names = tuple(name for name in plan.names if name in band_names(scene.bands))
            return Dated(scene.datetime, self._source(scene, names))

        return Dates(
            history=tuple(dated(scene) for scene in self.history),
            before=Dated(self.scenes.before.datetime, plan.before),
            after=Dated(self.scenes.after.datetime, plan.after, shift),
            later=tuple(dated(scene) for scene in self.scenes.later),
        )

    # ---- the record --------------------------------------------------------------------------------------------------

    def _noted(self, step: str) -> _Noted:
        return _Noted(self, step)

    def note(self, record: dict[str, Any]) -> None:
        """Keep the record of a step; of one that is done again, the newest."""
        self._done = [one for one in self._done if one["step"] != record["step"]] + [record]
        work.write_json(self.folder / RECORD, self._done)
        self.record(self._done)

    def _words(
        self, found: Sequence[Lead], observed: Sequence[tuple[Parcels, Observations]], model: PairModel | None
    ) -> tuple[str, str]:
        """How the run ended, with what its reader must know: dates that could not be laid on one another, seasons that differ."""
        parcels = sum(len(some) for some, _ in observed)
        if found:
            vi = [f"{len(found)} phát hiện; đã xem xét {parcels} thửa{_unchanged(model)[0]}."]
            en = [f"{len(found)} findings; {parcels} parcels were looked at{_unchanged(model)[1]}."]
        else:
            vi = [f"Không phát hiện biến động trong {parcels} thửa đã xem xét."]
            en = [f"No change was found in the {parcels} parcels that were looked at."]
        if self.network is not None:
            vi.append(f"Chỉ biến động nhà, công trình, theo mạng nơ-ron {self.network.stem}.")
            en.append(f"Only changes of buildings, as the network {self.network.stem} maps them.")
        records = {record["step"]: record for record in self._done}
        if records.get("registration", {}).get("decision") == "leave":
            vi.append("Không đo được độ lệch giữa hai ảnh nên không hiệu chỉnh: vị trí có thể lệch.")
            en.append("The misfit of the two images could not be measured and was not corrected: places may be off.")
        if records.get("grid", {}).get("other_season"):
            days = records["grid"]["season_days"]
            vi.append(f"Hai ảnh cách nhau {days} ngày trong năm: cây trồng có thể gây biến động.")
            en.append(f"The two images are {days} days of the year apart: crops may look like change.")
        return " ".join(vi), " ".join(en)


class _Noted:
    """`with steps._noted(name) as figures`: times a step and keeps its figures when it ends well."""

    def __init__(self, steps: Steps, step: str) -> None:
        self._steps = steps
        self._step = step
        self._figures: dict[str, Any] = {}

    def __enter__(self) -> dict[str, Any]:
        self._begun = time.perf_counter(), time.process_time()
        return self._figures

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            seconds, cpu = (
                round(now - then, 3)
                for now, then in zip((time.perf_counter(), time.process_time()), self._begun, strict=True)
            )
            now = datetime.now(UTC).isoformat(timespec="seconds")
            self._steps.note({"step": self._step, "at": now, "seconds": seconds, "cpu_seconds": cpu, **self._figures})


def _slices(window: Window) -> tuple[slice, slice]:
    return slice(window.row, window.row + window.rows), slice(window.col, window.col + window.cols)


def _unchanged(model: PairModel | None) -> tuple[str, str]:
    """How much of the image did not change (vi, en), where that was measured."""
    if model is None:
        return "", ""
    share = round(100 * model.invariants)
    return f"; {share} % diện tích ảnh không đổi", f"; {share} % of the image did not change"


def _hull(tiles: Sequence[Window]) -> Window:
    """The rectangle of all tiles."""
    row, col = min(tile.row for tile in tiles), min(tile.col for tile in tiles)
    return Window(
        row, col, max(tile.row + tile.rows for tile in tiles) - row, max(tile.col + tile.cols for tile in tiles) - col
    )


def _mask_word(source: Source) -> str:
    """Where the record says that what was observed comes from."""
    return "scene" if source.mask else "rule" if source.rule else "none"
