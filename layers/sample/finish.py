"""From a finished builder to faces with sheets, numbers, areas and addresses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.fabric.load import FaceBatch
from layers.fabric.segments import Rings, polygons_of
from layers.sample.builder import Builder
from layers.sample.numbering import TILE_COUNTRY, TILE_TOWN, number_parcels
from layers.sample.territory import UnitPlace

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


def join(parts: list[SampleUnit]) -> FaceBatch:
    """Several units as one batch."""
    geometry = np.concatenate([polygons_of(p.rings, p.count) for p in parts])
    return FaceBatch(geometry=geometry, attributes=pd.concat([p.attributes for p in parts], ignore_index=True))


def finish(b: Builder, unit: UnitPlace, rng: np.random.Generator) -> SampleUnit:
    """Expand all rings and give every face its sheet, number, areas and address."""
    rings = expand(b)
    count = len(b.faces)
    areas = rings.polygon_double_areas(count) / 2e6
    x, y = _anchors(rings, count)
    sheet, number = number_parcels(x, y, TILE_TOWN if unit.urban else TILE_COUNTRY)
    return SampleUnit(unit, rings, count, _attributes(b, unit, areas=areas, sheet=sheet, number=number, rng=rng))


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


def _attributes(
    b: Builder,
    unit: UnitPlace,
    *,
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
