"""The sample city: real unit names at their real places, everything else invented, reproducible from a seed.

The faces are a partition on the 1 mm grid by construction (`mesh`), checked at the end with `open_segments`. Sizes: about 0.1 ms a face
and core; units are independent, so they are built in parallel and can be streamed one by one.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.fabric.load import FaceBatch
from layers.fabric.segments import Rings, polygons_of
from layers.sample.builder import Builder
from layers.sample.numbering import TILE_COUNTRY, TILE_TOWN, number_parcels
from layers.sample.territory import Territory, UnitPlace, territories, unit_places
from layers.sample.unit import build_unit

Progress = Callable[[str, int, int], None]

LAND_PER_FACE = {True: 175.0, False: 330.0}
"""Land per face in m² that a phường / a xã is given, river and roads included."""
PARALLEL_FROM = 150_000
"""Faces from which a second process pays."""
COLUMNS = ("kind", "unit", "sheet", "number", "land_use", "official_area_m2", "address", "source_id")


@dataclass(frozen=True, slots=True)
class SampleUnit:
    """A finished unit as plain arrays (cheap to send between processes)."""

    unit: UnitPlace
    rings: Rings
    count: int
    attributes: pd.DataFrame

    def batch(self) -> FaceBatch:
        """As faces ready to load: EPSG:5897, metres, every coordinate a whole millimetre."""
        return FaceBatch(geometry=polygons_of(self.rings, self.count), attributes=self.attributes)


def plan(units: int, faces: int, seed: int) -> list[tuple[Territory, int]]:
    """The territories of the first ``units`` units and how many faces each shall have.

    Raises ValueError if the register has not so many units with a place or the numbers make no city."""
    places = unit_places()
    if not 1 <= units <= len(places):
        raise ValueError(f"units must be 1 to {len(places)}, not {units}")
    if faces < 50 * units:
        raise ValueError(f"a sample of {units} units needs at least {50 * units} faces, not {faces}")
    chosen = places[:units]
    per_face = sum(LAND_PER_FACE[u.urban] for u in chosen) / units
    pieces = territories(chosen, faces * per_face, np.random.Generator(np.random.PCG64([seed, 0])))
    weight = np.array([(t.area / 1e6 + 2e5) / LAND_PER_FACE[t.unit.urban] for t in pieces])
    share = np.maximum(40, faces * weight / weight.sum()).astype(int)
    return list(zip(pieces, share.tolist(), strict=True))


def _make(job: tuple[Territory, int, tuple[int, ...]]) -> SampleUnit:
    territory, faces, seed = job
    return finish(build_unit(territory, faces, seed), territory.unit, np.random.Generator(np.random.PCG64([*seed, 7])))


def stream(units: int = 3, faces: int = 60_000, seed: int = 1, *, workers: int | None = None) -> Iterator[SampleUnit]:
    """Unit by unit, in register order of the sample; at most a few units are in memory at a time."""
    jobs = [(t, n, (seed, 1, i)) for i, (t, n) in enumerate(plan(units, faces, seed))]
    if workers is None:
        workers = min(os.cpu_count() or 1, len(jobs)) if faces >= PARALLEL_FROM else 1
    if workers <= 1:
        yield from map(_make, jobs)
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_make, jobs)


def generate(
    units: int = 3,
    faces: int = 60_000,
    seed: int = 1,
    blocks: str | os.PathLike[str] | None = None,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> FaceBatch:
    """The sample city as one batch of about ``faces`` faces, a perfect partition.

    ``blocks`` names a polygon file (EPSG:5897): then lots are laid out inside its polygons, nearest to their middle first."""
    if blocks is not None:
        from layers.sample.blocks import generate_in_blocks

        return generate_in_blocks(blocks, faces=faces, seed=seed, progress=progress)
    done, parts = 0, []
    for part in stream(units, faces, seed, workers=workers):
        parts.append(part)
        done += part.count
        if progress:
            progress("generate", min(done, faces), faces)
    return join(parts)


def join(parts: list[SampleUnit]) -> FaceBatch:
    """Several units as one batch."""
    geometry = np.concatenate([polygons_of(p.rings, p.count) for p in parts])
    return FaceBatch(geometry=geometry, attributes=pd.concat([p.attributes for p in parts], ignore_index=True))


def finish(b: Builder, unit: UnitPlace, rng: np.random.Generator) -> SampleUnit:
    """Expand all rings and give every face its sheet, number, areas and address."""
    rings = expand(b)
    count = len(b.faces)
    areas = rings.polygon_double_areas(count) / 2e6
    shells = np.flatnonzero(~rings.hole)
    x, y = _anchors(rings, count)
    sheet, number = number_parcels(x, y, TILE_TOWN if unit.urban else TILE_COUNTRY)
    del shells
    return SampleUnit(unit, rings, count, _attributes(b, unit, areas, sheet, number, rng))


def expand(b: Builder) -> Rings:
    """All faces of a builder as integer rings, shells counter-clockwise, holes clockwise."""
    mesh = b.mesh
    flat: list[int] = []
    start = [0]
    polygon: list[int] = []
    hole: list[bool] = []
    for n, face in enumerate(b.faces):
        flat += mesh.expand(face.shell)
        start.append(len(flat))
        polygon.append(n)
        hole.append(False)
        for inner in face.holes:
            flat += mesh.expand(inner)[::-1]
            start.append(len(flat))
            polygon.append(n)
            hole.append(True)
    ids = np.array(flat, dtype=np.int64)
    xy = np.column_stack([np.array(mesh.x, dtype=np.int64)[ids], np.array(mesh.y, dtype=np.int64)[ids]])
    return Rings(xy, np.array(start, dtype=np.int64), np.array(polygon, dtype=np.int64), np.array(hole))


def _anchors(rings: Rings, count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """A point inside each face, for the sheet it belongs to (mm)."""
    points = shapely.get_coordinates(shapely.point_on_surface(polygons_of(rings, count, scale=1.0)))
    mm = np.floor(points).astype(np.int64)
    return mm[:, 0], mm[:, 1]


RESIDENTIAL = frozenset({"ODT", "ONT"})


def _attributes(
    b: Builder,
    unit: UnitPlace,
    areas: NDArray[np.float64],
    sheet: NDArray[np.int64],
    number: NDArray[np.int64],
    rng: np.random.Generator,
) -> pd.DataFrame:
    faces = b.faces
    place = f"{'Phường' if unit.urban else 'Xã'} {unit.name}"
    official = np.round(areas, 1)
    odd = rng.random(len(faces)) < 0.015
    factor = 1 + rng.uniform(0.012, 0.08, len(faces)) * rng.choice([-1, 1], len(faces))
    official = np.where(odd, np.round(areas * factor, 1), official)
    kinds = [f.kind for f in faces]
    land = np.array([k == "land" for k in kinds], dtype=bool)
    official = np.where(land, np.maximum(official, 0.1), np.nan)
    addresses: list[str | None] = []
    for f in faces:
        street = b.streets[f.street] if f.street >= 0 else None
        if f.kind == "land" and f.house and street:
            what = f"{f.note}, " if f.note else ""
            addresses.append(f"{what}số {f.house} {street}, {place}" if what else f"Số {f.house} {street}, {place}")
        elif f.kind == "road" and street:
            addresses.append(f"{street}, {place}")
        else:
            addresses.append(f"{f.note}, {place}" if f.note else place)
    return pd.DataFrame(
        {
            "kind": kinds,
            "unit": unit.code,
            "sheet": sheet.astype(str),
            "number": number.astype(str),
            "land_use": [f.land_use for f in faces],
            "official_area_m2": official,
            "address": addresses,
            "source_id": None,
        },
        columns=list(COLUMNS),
    )
