"""Labels that the service itself produces: what inspectors found where a run had pointed.

A finding confirmed or permitted is ground that had changed, a false one is ground that had not; all else of the scenes is unknown. Inspectors work from
the top of the list, so a model trained on verdicts learns to order that list, not to find what no run has shown; its card says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import rasterio.features
import shapely
from numpy.typing import NDArray

from imagery.change import pair as change
from imagery.learning import features as described
from imagery.learning.reference import Reference
from imagery.learning.training import Scene, backward
from imagery.runs import reading
from imagery.runs.grid import Grid, Window, common, moved
from imagery.runs.reading import Source, common_names, source_of
from imagery.scenes import catalogue
from imagery.scenes.store import ImageStore
from layers.db import Connection
from layers.errors import Malformed

TILE = 1024
"""px; what is read at once for the sample of a pair, a multiple of `pair.STEP`."""
AROUND = 8
"""px around a finding that are kept, so that smoothing sees its surroundings."""
MOST = 512
"""px; the side of the largest finding that is learned from."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Judged:
    """A pair of scenes and what was judged on it: outlines (EPSG:4326) and whether each had changed. `shift`: what the run moved the second date by, px."""

    name: str
    before: Any
    after: Any
    shift: tuple[float, float]
    outlines: NDArray[np.object_]
    changed: NDArray[np.bool_]


def judged(conn: Connection) -> list[Judged]:
    """Everything that decides, by pair of scenes, of runs whose scenes are still there. Raises Malformed 'no-verdicts'."""
    rows = conn.execute(
        """
        SELECT r.before_id, r.after_id, min(r.id::text) AS run, array_agg(ST_AsBinary(f.geom) ORDER BY f.id) AS outlines,
               array_agg(v.verdict <> 'false' ORDER BY f.id) AS changed,
               (array_agg(s.step ORDER BY r.finished_at DESC NULLS LAST) FILTER (WHERE s.step IS NOT NULL))[1] AS registration
        FROM imagery.finding f
        JOIN imagery.verdict v ON v.finding_id = f.id AND v.id = f.verdict_id AND v.verdict IN ('confirmed', 'permitted', 'false')
        JOIN imagery.run r ON r.id = f.run_id
        JOIN imagery.scene b ON b.id = r.before_id AND b.removed_at IS NULL
        JOIN imagery.scene a ON a.id = r.after_id AND a.removed_at IS NULL
        LEFT JOIN LATERAL jsonb_path_query_first(r.provenance, '$[*] ? (@.step == "registration")') AS s(step) ON true
        GROUP BY r.before_id, r.after_id ORDER BY run
        """
    ).fetchall()
    if not rows:
        raise Malformed(
            "no-verdicts", "No finding has been confirmed, permitted or found false yet; there is nothing to learn from.",
            "Chưa có phát hiện nào được kết luận; chưa có gì để học.",
        )  # fmt: skip
    return [
        Judged(
            f"run-{row['run'][:8]}",
            catalogue.get(conn, row["before_id"]),
            catalogue.get(conn, row["after_id"]),
            _shift(row["registration"]),
            shapely.from_wkb(np.array([bytes(one) for one in row["outlines"]], object)),
            np.array(row["changed"], bool),
        )
        for row in rows
    ]


def scenes(every: Sequence[Judged], store: ImageStore, progress: Progress = lambda *_: None) -> list[Scene]:
    """The judged ground with its features, a scene for each pair; bands are those that all of them have. Raises Malformed as the runs did."""
    shared = [common_names(one.before.bands, one.after.bands) for one in every]
    bands = tuple(band for band in shared[0] if all(band in others for others in shared))
    if not bands:
        raise Malformed(
            "bands-differ",
            "The judged scenes have no band in common.",
            "Các cảnh ảnh đã kết luận không có kênh phổ chung.",
        )
    made = []
    for number, one in enumerate(every, 1):
        made.append(_scene(one, bands, store))
        progress("verdicts", number, len(every))
    return made


def _scene(one: Judged, bands: tuple[str, ...], store: ImageStore) -> Scene:
    """Windows around the findings, one below the other."""
    grid = common(one.before, one.after)
    read = _Reader(grid, _source(one.before, bands, store), _source(one.after, bands, store), one.shift)
    sample = read.sample()
    against = described.reference(sample, change.fit(sample, bands)), backward(sample, bands)
    outlines = moved(one.outlines, 4326, grid.epsg)
    parts = [_part(read, against, outline, changed) for outline, changed in zip(outlines, one.changed, strict=True)]
    kept = [part for part in parts if part is not None]
    if not kept:
        raise Malformed(
            "no-verdicts",
            f"None of the findings of {one.name} lies in its scenes.",
            f"Không phát hiện nào của {one.name} nằm trong ảnh.",
        )
    width = max(part[1].shape[1] for part in kept)

    def below(position: int) -> NDArray[Any]:
        planes = [part[position] for part in kept]
        return np.concatenate(
            [np.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, width - x.shape[-1])]) for x in planes], axis=-2
        )

    return Scene(one.name, bands, *(below(position) for position in range(5)))


def _part(
    read: _Reader, against: tuple[Reference, Reference], outline: shapely.Geometry, changed: bool
) -> tuple[NDArray[Any], ...] | None:
    """Stack, valid, truth, scored and swapped of the ground around one finding; None where it lies beside the grid or is too large."""
    inner = read.grid.covering(*shapely.bounds(outline))
    if inner is None or max(inner.rows, inner.cols) > MOST:
        return None
    inner = inner.grown(AROUND, read.grid)
    wide = inner.grown(described.HALO, read.grid)
    before, after, valid = read(wide)
    rows, cols = inner.within(wide)
    stack = described.features(before, after, valid, against[0])[:, rows, cols]
    swapped = described.plain(after, before, valid, against[1])[:, rows, cols]
    west, _, _, north = read.grid.bounds(inner)
    inside = rasterio.features.rasterize(
        [outline], out_shape=(inner.rows, inner.cols), transform=rasterio.transform.from_origin(west, north, read.grid.gsd, read.grid.gsd)
    ).astype(bool)  # fmt: skip
    seen = valid[rows, cols]
    return stack, seen, inside & changed, inside & seen, swapped


@dataclass(frozen=True)
class _Reader:
    """Windows of a pair."""

    grid: Grid
    before: Source
    after: Source
    shift: tuple[float, float]

    def __call__(self, window: Window) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]:
        before, seen = reading.read(self.before, self.grid, window)
        after, seen_after = reading.read(self.after, self.grid, window, self.shift)
        return before, after, seen & seen_after

    def sample(self) -> change.Sample:
        """As a run takes it."""
        shape = (-(-self.grid.height // change.STEP), -(-self.grid.width // change.STEP))
        bands = len(self.before.bands)
        before, after = np.zeros((bands, *shape), np.float32), np.zeros((bands, *shape), np.float32)
        valid = np.zeros(shape, bool)
        for tile in self.grid.tiles(TILE):
            row, col = tile.row // change.STEP, tile.col // change.STEP
            one, two, seen = (part[..., :: change.STEP, :: change.STEP] for part in self(tile))
            place = np.s_[..., row : row + seen.shape[0], col : col + seen.shape[1]]
            before[place], after[place], valid[place] = one, two, seen
        cuts = []
        for rows, cols, inner in change.windows_of(self.grid.height, self.grid.width):
            window = Window(rows.start, cols.start, rows.stop - rows.start, cols.stop - cols.start)
            cuts.append(change.Window(*self(window), inner))
        return change.Sample(before, after, valid, tuple(cuts))


def _source(scene: Any, bands: tuple[str, ...], store: ImageStore) -> Source:
    mask = store.gdal_path(scene.mask_key) if scene.mask_key else None
    return source_of(scene, scene.bands, bands, store.gdal_path(scene.data_key), mask)


def _shift(record: dict[str, Any] | None) -> tuple[float, float]:
    return (float(record["dy"]), float(record["dx"])) if record and record.get("decision") == "correct" else (0.0, 0.0)
