"""New polygons against land already registered: duplicates, overlaps, shared boundaries. Pure: faces in, faces out.

Registered land keeps its place: what a new polygon claims of it is not entered but listed. Where a new face needs a
point on a registered boundary, that face gets the point (a new version of the same parcel, bent by at most 0.71 mm);
it gets no other point, and no other change. Metres in and out, all decisions on whole millimetres, areas as twice mm².
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import shapely

from layers.exchange.partition import Partition, Vanished, partition
from layers.exchange.refused import ImportRefused
from layers.fabric.segments import Ints, Objects, Rings, oriented, polygons_of, rings_of


@dataclass(frozen=True, slots=True)
class Existing:
    """Current faces near the file: parcel and version ids, polygons (metres), the facts of their versions."""

    parcel: Ints
    version: Ints
    geometry: Objects
    attributes: pd.DataFrame

    def __len__(self) -> int:
        return len(self.parcel)

    def take(self, which: Ints) -> Existing:
        return Existing(
            self.parcel[which],
            self.version[which],
            self.geometry[which],
            self.attributes.iloc[which].reset_index(drop=True),
        )


def none_existing() -> Existing:
    """An empty neighbourhood."""
    empty = np.zeros(0, dtype=np.int64)
    return Existing(empty, empty, np.zeros(0, dtype=object), pd.DataFrame())


@dataclass
class Joined:
    """What enters and what does not. ``claims``: per new face the source rows (none: a gap); ``overlaps``: (row, index
    of the registered face, twice mm²); ``duplicates``: row → indices of the registered faces it repeats; ``replaced``:
    index → polygon with its new points."""

    geometry: Objects
    claims: list[tuple[int, ...]]
    double_mm2: Ints
    duplicates: dict[int, tuple[int, ...]] = field(default_factory=dict)
    duplicate_double_mm2: int = 0
    overlaps: list[tuple[int, int, int]] = field(default_factory=list)
    replaced: dict[int, shapely.Polygon] = field(default_factory=dict)
    vanished: list[Vanished] = field(default_factory=list)
    noded: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    broken: dict[int, str] = field(default_factory=dict)
    row_double_mm2: dict[int, int] = field(default_factory=dict)


def keys_of(polygons: Objects) -> list[bytes]:
    """A key per polygon that is equal exactly for equal boundaries on the millimetre grid, wherever the rings begin."""
    rings = oriented(rings_of(polygons)) if len(polygons) else rings_of(polygons)
    start = rings.start
    out: list[list[bytes]] = [[] for _ in range(len(polygons))]
    for r in range(len(start) - 1):
        xy = rings.xy[start[r] : start[r + 1]]
        if len(xy):
            first = int(np.lexsort((xy[:, 1], xy[:, 0]))[0])
            out[int(rings.polygon[r])].append(np.roll(xy, -first, axis=0).tobytes())
    return [b"|".join([parts[0], *sorted(parts[1:])]) if parts else b"" for parts in out]


def signatures(polygons: Objects) -> Ints:
    """Extent in mm and twice the area of each polygon: equal for equal boundaries, cheap to compare (n, 5)."""
    bounds = np.round(np.nan_to_num(shapely.bounds(polygons)) * 1000.0).astype(np.int64)
    return np.column_stack([bounds, oriented_areas(polygons)])


def look_alikes(signature: Ints) -> Ints:
    """Indices of the rows of a signature table that occur more than once."""
    _, back, count = np.unique(signature, axis=0, return_inverse=True, return_counts=True)
    return np.flatnonzero(count[back.reshape(-1)] > 1)


def exact_duplicates(polygons: Objects, existing: Existing) -> dict[int, int]:
    """Polygon → index of the registered face with the very same boundary."""
    if len(existing) == 0:
        return {}
    alike = look_alikes(np.concatenate([signatures(polygons), signatures(existing.geometry)]))
    n = len(polygons)
    mine, old = alike[alike < n], alike[alike >= n] - n
    known = dict(zip(keys_of(existing.geometry[old]), old.tolist(), strict=True))
    return {p: known[key] for p, key in zip(mine.tolist(), keys_of(polygons[mine]), strict=True) if key in known}


def join(polygons: Objects, rows: Ints, existing: Existing) -> Joined:
    """Bring new polygons into a partition together with the registered faces around them.

    Raises ImportRefused if a registered face would fall apart by getting a point (then the file must be moved off it
    first)."""
    out = Joined(np.zeros(0, dtype=object), [], np.zeros(0, np.int64))
    same = exact_duplicates(polygons, existing)
    fresh = np.array([p for p in range(len(polygons)) if p not in same], dtype=np.int64)
    whole: dict[int, list[int]] = {}
    for p, e in same.items():
        whole.setdefault(int(rows[p]), []).append(e)
    if same:
        index = np.array(sorted(same), dtype=np.int64)
        areas = oriented_areas(polygons[index])
        out.duplicate_double_mm2 = int(areas.sum())
        for p, area in zip(index.tolist(), areas.tolist(), strict=True):
            row = int(rows[p])
            out.row_double_mm2[row] = out.row_double_mm2.get(row, 0) + area
    if len(fresh) == 0:
        out.duplicates = {row: tuple(sorted(es)) for row, es in whole.items()}
        return out
    near = _near(polygons[fresh], existing)
    base = int(rows.max()) + 1
    old_rows = base + near
    made = partition(
        np.concatenate([polygons[fresh], existing.geometry[near]]),
        np.concatenate([rows[fresh], old_rows]),
        existing=old_rows,
    )
    _sort_out(made, base, existing, near, out)
    for row, es in whole.items():
        out.duplicates[row] = tuple(sorted({*es, *out.duplicates.get(row, ())}))
    return out


def oriented_areas(polygons: Objects) -> Ints:
    """Twice the area of each polygon on the grid, mm²."""
    return rings_of(polygons).polygon_double_areas(len(polygons))


def _near(polygons: Objects, existing: Existing) -> Ints:
    """Registered faces whose extent meets that of the new polygons."""
    if len(existing) == 0:
        return np.zeros(0, dtype=np.int64)
    x0, y0, x1, y1 = shapely.total_bounds(polygons)
    window = shapely.box(x0 - 1, y0 - 1, x1 + 1, y1 + 1)
    return np.flatnonzero(shapely.intersects(shapely.box(*shapely.bounds(existing.geometry).T), window)).astype(
        np.int64
    )


def _sort_out(made: Partition, base: int, existing: Existing, near: Ints, out: Joined) -> None:
    """Give every face of the partition its place: new, or registered, or claimed of registered land."""
    new_faces: list[int] = []
    mine: dict[int, list[int]] = {}
    shared: dict[tuple[int, int], int] = {}
    for f, (who, area) in enumerate(zip(made.claims, made.double_mm2.tolist(), strict=True)):
        old = [w - base for w in who if w >= base]
        if not old:
            new_faces.append(f)
            continue
        for e in old:
            mine.setdefault(e, []).append(f)
        for row in who:
            if row < base:
                key = (row, old[0])
                shared[key] = shared.get(key, 0) + area
    totals = {row: area for row, area in made.row_double_mm2.items() if row < base}
    old_area = {row - base: area for row, area in made.row_double_mm2.items() if row >= base}
    for row, area in totals.items():
        out.row_double_mm2[row] = out.row_double_mm2.get(row, 0) + area
    for (row, e), area in sorted(shared.items()):
        if area == totals[row] == old_area[e]:
            out.duplicates[row] = (*out.duplicates.get(row, ()), e)
            out.duplicate_double_mm2 += area
        else:
            out.overlaps.append((row, e, area))
    out.geometry = made.geometry[np.array(new_faces, dtype=np.int64)]
    out.claims = [made.claims[f] for f in new_faces]
    out.double_mm2 = made.double_mm2[np.array(new_faces, dtype=np.int64)]
    out.vanished = [v for v in made.vanished if v.row < base]
    out.noded = made.noded[made.noded < base]
    out.broken = {row: why for row, why in made.broken.items() if row < base}
    if len(near):
        _replace(made, existing, mine, out)


def _points(polygons: Iterable[shapely.Polygon]) -> set[tuple[int, int]]:
    rings = rings_of(np.array(list(polygons), dtype=object))
    return {(int(x), int(y)) for x, y in rings.xy.tolist()}


def _replace(made: Partition, existing: Existing, mine: dict[int, list[int]], out: Joined) -> None:
    """Registered faces whose boundary got points that a new face uses."""
    wanted = _points(out.geometry) if len(out.geometry) else set()
    for e, faces in mine.items():
        before = existing.geometry[e]
        if len(faces) == 1 and shapely.get_num_coordinates(made.geometry[faces[0]]) == shapely.get_num_coordinates(
            before
        ):
            continue
        scaled = shapely.transform(made.geometry[np.array(faces)], lambda c: np.round(c * 1000.0))
        whole = shapely.get_parts(shapely.coverage_union_all(scaled))
        pruned = [_pruned(p, wanted | _points([before])) for p in whole]
        if len(pruned) != 1 or not shapely.is_valid(pruned[0]):
            raise ImportRefused(
                "would-break-parcel",
                f"The file's boundary passes so close to registered parcel {int(existing.parcel[e])} that the "
                "parcel would fall apart.",
                f"Ranh giới trong tệp đi sát thửa đã đăng ký {int(existing.parcel[e])} đến mức thửa này sẽ bị tách.",
                [int(existing.parcel[e])],
            )
        after = shapely.transform(pruned[0], lambda c: c / 1000.0)
        if keys_of(np.array([after, before], dtype=object))[0] != keys_of(np.array([before], dtype=object))[0]:
            out.replaced[e] = after


def _pruned(polygon: shapely.Polygon, keep: set[tuple[int, int]]) -> shapely.Polygon:
    """A polygon (integer-scaled) without the points that nobody needs; directions by the fabric's rule."""
    rings = oriented(rings_of(np.array([polygon], dtype=object), scale=1.0))
    stays = np.array([(x, y) in keep for x, y in rings.xy.tolist()], dtype=bool)
    ring = rings.ring_of[stays]
    counts = np.bincount(ring, minlength=len(rings.start) - 1)
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return polygons_of(Rings(rings.xy[stays], start, rings.polygon, rings.hole), 1, scale=1.0)[0]
