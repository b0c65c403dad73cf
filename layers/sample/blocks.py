"""Lots inside given street blocks: the blocks come from a polygon file, everything inside is invented.

The blocks are partitioned first (shared limits become shared vertices); where a block is wide enough, half a street is
taken off along its limit, so that two neighbours leave a street between them. Blocks nearest to the middle of the file
are filled first, until the number of faces is reached; the others stay one parcel each. EPSG:5897."""

from __future__ import annotations

import os
from math import hypot
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from shapely.geometry import Polygon

from layers.errors import Malformed
from layers.exchange.partition import partition
from layers.fabric.load import FaceBatch, Progress
from layers.fabric.segments import Objects, rings_of
from layers.sample.builder import Builder, Dice
from layers.sample.finish import SampleUnit, finish, join
from layers.sample.mesh import Mesh, Ring
from layers.sample.territory import SRID, UnitPlace, cut_strip, unit_places
from layers.sample.unit import build_quarter, divide

STREET_HALF = (5.5, 4.0, 2.5)
"""Half street widths in m that are tried, the widest first."""
SMALLEST = 300.0
"""A block below this (m²) stays one parcel."""
LAND_PER_FACE = 125.0
"""m² of block per face, streets included."""


def generate_in_blocks(
    path: str | os.PathLike[str], *, faces: int, seed: int, progress: Progress | None = None
) -> FaceBatch:
    """Fill the blocks of a polygon file with lots, about ``faces`` in all (at least one per block).

    Raises Malformed if the file is not EPSG:5897 polygons."""
    made, units = _blocks(Path(path))
    places = {u.code: u for u in unit_places()}
    order, middle = _from_the_middle(made)
    b_of: dict[str, Builder] = {}
    ids_of: dict[str, dict[tuple[int, int], int]] = {}
    total = len(made)
    done = 0
    for step, k in enumerate(order):
        place = _place(units[k], places, middle)
        b = b_of.setdefault(place.code, _builder(seed, place))
        rings = _rings(made[k], b, ids_of.setdefault(place.code, {}))
        before = len(b.faces)
        room = faces - done - (total - step)
        _fill(b, made[k], rings, room)
        done += len(b.faces) - before
        if progress and step % 200 == 0:
            progress("generate", min(done, faces), faces)
    parts: list[SampleUnit] = []
    for i, (code, b) in enumerate(sorted(b_of.items())):
        rng = np.random.Generator(np.random.PCG64([seed, 3, i]))
        parts.append(finish(b, _place(code, places, middle), rng))
    return join(parts)


def _blocks(path: Path) -> tuple[Objects, list[str]]:
    """The blocks as a partition, and the unit code of each."""
    try:
        frame = pyogrio.read_dataframe(path)
    except Exception as error:
        raise Malformed(
            "bad-blocks", f"{path.name} cannot be read as polygons.", f"Không đọc được {path.name} thành vùng."
        ) from error
    crs = frame.crs
    kinds = set(frame.geometry.geom_type.unique().tolist())
    if crs is None or crs.to_epsg() != SRID or not kinds <= {"Polygon", "MultiPolygon"} or len(frame) == 0:
        raise Malformed(
            "bad-blocks",
            f"The blocks must be polygons in EPSG:{SRID}; {path.name} has "
            f"{', '.join(sorted(kinds)) or 'nothing'} in {crs}.",
            f"Các ô phố phải là vùng trong EPSG:{SRID}; {path.name} có "
            f"{', '.join(sorted(kinds)) or 'không có gì'}, hệ {crs}.",
        )
    polygons, row = shapely.get_parts(frame.geometry.to_numpy(), return_index=True)
    column = next((c for c in frame.columns if c.lower() in ("ward_code", "unit", "unit_code")), None)
    codes = [""] * len(frame) if column is None else [str(c) if c is not None else "" for c in frame[column]]
    made = partition(np.asarray(polygons), row.astype(np.int64))
    return made.geometry, [codes[who[0]] if who else "" for who in made.claims]


def _from_the_middle(blocks: Objects) -> tuple[list[int], tuple[float, float]]:
    centre = shapely.get_coordinates(shapely.centroid(blocks))
    middle = np.median(centre, axis=0)
    away = np.hypot(*(centre - middle).T)
    return np.argsort(away, kind="stable").tolist(), (float(middle[0]), float(middle[1]))


def _place(code: str, places: dict[str, UnitPlace], middle: tuple[float, float]) -> UnitPlace:
    """The block's unit; blocks of no known unit go to the unit nearest to the middle."""
    if code in places:
        return places[code]
    return min(places.values(), key=lambda u: hypot(u.x - middle[0], u.y - middle[1]))


def _builder(seed: int, place: UnitPlace) -> Builder:
    b = Builder(Mesh(), Dice(np.random.Generator(np.random.PCG64([seed, 2, int(place.code)]))), place.urban)
    b.new_street("duong")
    return b


def _rings(block: Polygon, b: Builder, ids: dict[tuple[int, int], int]) -> list[Ring]:
    """Shell (counter-clockwise) and holes (clockwise) of a block as vertices of its unit's mesh."""
    rings = rings_of(np.array([block], dtype=object))
    out = []
    for start, end in zip(rings.start[:-1].tolist(), rings.start[1:].tolist(), strict=True):
        points = [(int(x), int(y)) for x, y in rings.xy[start:end].tolist()]
        out.append([ids[p] if p in ids else ids.setdefault(p, b.mesh.vertex(*p)) for p in points])
    return out


def _fill(b: Builder, block: Polygon, rings: list[Ring], room: int) -> None:
    """Lots in one block, with half a street around them where there is space; the limit itself is never cut."""
    inner = None
    if block.area >= SMALLEST and len(rings) == 1 and room > block.area / LAND_PER_FACE:
        inner = _inset(block)
    if inner is None:
        kind, use = _whole(b, block)
        b.add(rings[0], kind, use, street=0)
        b.faces[-1].holes = tuple(r[::-1] for r in rings[1:])
        return
    ids = {p: b.mesh.vertex(*p) for p in inner}
    ring = list(ids.values())
    street = b.new_street("pho")
    limit = {(b.mesh.x[i], b.mesh.y[i]): i for i in rings[0]}
    try:
        pieces = [[ids[p] if p in ids else limit[p] for p in piece] for piece in cut_strip(list(limit), inner)]
    except ValueError:
        pieces = []
    for piece in pieces:
        b.add(piece, "road", "DGT", street=street)
    if not pieces:
        b.add(rings[0], "road", "DGT", street=street)
        b.faces[-1].holes = (ring,)
    quarters: list[tuple[Ring, int]] = []
    divide(b, ring, street, 0.0, quarters)
    for region, name in quarters:
        large = b.mesh.area(region) > 6e9
        build_quarter(
            b, region, name, b.dice.pick({"old": 6.0, "new": 2.0, "village": 1.2 * large, "park": 0.2 * large})
        )


def _whole(b: Builder, block: Polygon) -> tuple[str, str]:
    """What a block that stays whole is: the strip between two carriageways, a large piece of open land, or one
    estate."""
    if 2 * block.area / block.length < 9.0:
        return "road", "DGT"
    if block.area > 40_000:
        use = b.dice.pick({"LUC": 4, "HNK": 3, "CLN": 2, "DKV": 1, "DGD": 1, "SKK": 1, "MNC": 1})
        return ("water" if use == "MNC" else "land"), use
    return "land", b.dice.pick({b.home: 6, "TMD": 1, "TSC": 1, "DKV": 1})


def _inset(block: Polygon) -> list[tuple[int, int]] | None:
    """The block's land inside its half streets: one simple ring of grid points (mm), or None."""
    for half in STREET_HALF:
        land = block.buffer(-half, join_style="mitre", mitre_limit=2.0).simplify(0.25).segmentize(120.0)
        if land.geom_type != "Polygon" or land.is_empty or land.interiors or land.area < 0.45 * block.area:
            continue
        ring = [(round(x * 1000), round(y * 1000)) for x, y in list(land.exterior.coords)[:-1]]
        rounded = Polygon(ring)
        whole = shapely.transform(block, lambda c: np.round(c * 1000))
        if rounded.is_valid and whole.contains_properly(rounded) and rounded.area > SMALLEST * 1e6 / 2:
            return ring if rounded.exterior.is_ccw else ring[::-1]
    return None
