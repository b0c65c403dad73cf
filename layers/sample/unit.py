"""One unit of the sample: main streets divide it into quarters, each quarter becomes town, village, field or open
land."""

from __future__ import annotations

from math import hypot

import numpy as np
import shapely
from shapely.geometry import Polygon

from layers.sample import country, town
from layers.sample.builder import Builder, Dice
from layers.sample.mesh import Box, Mesh, Ring
from layers.sample.territory import Territory
from layers.sample.town import HA

TOWN_QUARTERS = {
    "old": 46.0, "new": 22.0, "villas": 5.0, "village": 9.0, "park": 4.0, "big": 6.0, "rice": 2.0, "ponds": 2.0,
    "crops": 2.0,
}  # fmt: skip
COUNTRY_QUARTERS = {
    "village": 40.0, "old": 8.0, "new": 5.0, "rice": 26.0, "crops": 8.0, "orchard": 4.0, "ponds": 5.0,
    "park": 1.0, "graves": 2.0, "big": 3.0,
}  # fmt: skip
FAR_QUARTERS = {"rice": 60.0, "crops": 14.0, "orchard": 8.0, "ponds": 9.0, "village": 6.0, "graves": 3.0}
OPEN_USES = {"LUC": 40.0, "HNK": 16.0, "CLN": 14.0, "NTS": 8.0, "MNC": 5.0, "BCS": 6.0, "RSX": 5.0, "NKH": 4.0}
BIG_USES = {
    "DGD": 20.0,
    "SKK": 14.0,
    "SKC": 16.0,
    "TMD": 14.0,
    "DYT": 8.0,
    "TSC": 10.0,
    "DTT": 6.0,
    "CQP": 4.0,
    "DKH": 4.0,
}

FACE_AREA = {
    "old": 105.0, "new": 135.0, "villas": 300.0, "village": 270.0, "rice": 500.0, "crops": 330.0, "orchard": 900.0,
    "ponds": 1700.0, "park": 12_000.0, "big": 12_000.0, "graves": 900.0,
}  # fmt: skip
"""Land per face in m², roads included, as the generator makes it; used only to keep to the number of faces asked
for."""


def build_unit(territory: Territory, faces: int, seed: tuple[int, ...]) -> Builder:
    """All faces of a unit, about ``faces`` of them; the densest quarters lie around the unit's place."""
    dice = Dice(np.random.Generator(np.random.PCG64(list(seed))))
    b = Builder(Mesh(), dice, territory.unit.urban)
    ids: dict[tuple[int, int], int] = {}

    def ring_of(points: list[tuple[int, int]]) -> Ring:
        return [ids[p] if p in ids else ids.setdefault(p, b.mesh.vertex(*p)) for p in points]

    limit_road = b.new_street("duong")
    for points, kind, use in territory.strips:
        b.add(ring_of(points), kind, use, street=limit_road if kind == "road" else -1)
    quarters: list[tuple[Ring, int]] = []
    divide(b, ring_of(territory.inner), limit_road, territory.area / max(1, faces), quarters)
    _build_quarters(b, territory, quarters, faces)
    return b


def divide(b: Builder, region: Ring, street: int, grain: float, out: list[tuple[Ring, int]], *, depth: int = 0) -> None:
    """Cut the unit by main streets (and, in the country, canals) down to quarters of a few hectares."""
    area = b.mesh.area(region)
    target = (b.dice.between(3.0, 8.5) if b.urban else b.dice.between(4.5, 13.0)) * HA
    if grain > 8e8:
        target *= min(6.0, grain / 8e8)
    if area < target or depth > 22:
        out.append((region, street))
        return
    box = b.mesh.box(region)
    width, rank = _main_street(b, area)
    canal = not b.urban and area < 60 * HA and b.dice.chance(0.22)
    for _ in range(3):
        along = box.length < 1.35 * box.width and b.dice.chance(0.35)
        parts = b.bent_strip(region, box, width, bend=0.075 if area > 15 * HA else 0.05, step=95_000, along=along)
        if parts:
            break
    else:
        out.append((region, street))
        return
    name = b.new_street(rank) if parts[1] and not canal else street
    for piece in parts[1]:
        b.add(piece, "water" if canal else "road", "DTL" if canal else "DGT", street=-1 if canal else name)
    divide(b, parts[0], name, grain, out, depth=depth + 1)
    divide(b, parts[2], name, grain, out, depth=depth + 1)


def _main_street(b: Builder, area: float) -> tuple[float, str]:
    """Width (mm) and rank of the street that divides a region of this size."""
    size = area / HA
    scale = 1.0 if b.urban else 0.62
    if size > 120:
        return b.dice.between(26_000, 36_000) * scale, "duong"
    if size > 35:
        return b.dice.between(15_000, 21_000) * scale, "duong"
    return b.dice.between(8_500, 13_000) * scale, "pho"


def _build_quarters(b: Builder, territory: Territory, quarters: list[tuple[Ring, int]], faces: int) -> None:
    """Dense quarters first, around the unit's place; the count of faces decides how far the detail reaches."""
    mesh, dice = b.mesh, b.dice
    px, py = territory.unit.x * 1000, territory.unit.y * 1000
    spread = (territory.area**0.5) * 0.22

    def rank(item: tuple[Ring, int]) -> float:
        cx, cy = mesh.centre(item[0])
        return float(hypot(cx - px, cy - py) + dice.bell() * spread)

    keyed = sorted(((rank(q), n) for n, q in enumerate(quarters)))
    left_area = sum(mesh.area(q[0]) for q in quarters) / 1e6
    budget = faces
    for _, n in keyed:
        region, street = quarters[n]
        area = mesh.area(region) / 1e6
        left = budget - len(b.faces)
        per_face = left_area / left if left > 0 else 1e9
        left_area -= area
        build_quarter(b, region, street, _choose(b, per_face, area, left))


def _choose(b: Builder, per_face: float, area: float, left: int) -> str:
    """What a quarter becomes, so that the faces still wanted fit on the land still empty (m² per face)."""
    if left < area / 9000 + 3:
        return "open"
    table = TOWN_QUARTERS if b.urban else COUNTRY_QUARTERS
    for _ in range(8):
        choice = b.dice.pick(table)
        if area / FACE_AREA[choice] < left * 1.1:
            break
    else:
        choice = "open"
    if per_face > 1500 and left < 25 * area / FACE_AREA["rice"] and b.dice.chance(0.5):
        choice = b.dice.pick(FAR_QUARTERS)
    return choice


def build_quarter(b: Builder, region: Ring, street: int, what: str) -> None:
    """Fill one quarter; if anything in it comes out invalid, the quarter stays one parcel."""
    start, street_start = len(b.faces), len(b.streets)
    if what == "old":
        town.quarter(b, region, town.OLD_TOWN, street)
    elif what == "new":
        town.quarter(b, region, town.NEW_TOWN, street)
    elif what == "villas":
        town.quarter(b, region, town.VILLAS, street)
    elif what == "village":
        town.village(b, region, street)
    elif what == "park":
        town.park(b, region, street)
    elif what == "big":
        _big(b, region, street)
    elif what == "open":
        country.open_land(b, region, b.dice.between(0.5, 1.4) * HA, OPEN_USES)
    else:
        country.fields(b, region, CROPS[what])
    if not _sound(b, start):
        del b.faces[start:], b.streets[street_start:]
        b.add(region, "land", "BCS", street=street)


CROPS = {
    "rice": country.RICE,
    "crops": country.CROPS,
    "orchard": country.ORCHARD,
    "ponds": country.PONDS,
    "graves": country.GRAVES,
}


def _big(b: Builder, region: Ring, street: int) -> None:
    """A campus, a works, a hospital: a few large parcels."""
    box: Box = b.mesh.box(region)
    parts = b.mesh.cut(region, box.at(b.dice.between(0.4, 0.6), 0.5), (-box.uy, box.ux), least=0.3 * HA)
    for piece in parts or (region,):
        use = b.dice.pick(BIG_USES)
        b.add(piece, "land", use, street=street, house=1 + b.dice.below(150), note=town.NOTES.get(use, ""))


def _sound(b: Builder, start: int) -> bool:
    """Every face since ``start`` is a valid polygon."""
    mesh = b.mesh
    xs, ys = mesh.x, mesh.y
    polygons = [
        Polygon([(xs[i], ys[i]) for i in mesh.expand(f.shell)], [[(xs[i], ys[i]) for i in h] for h in f.holes])
        for f in b.faces[start:]
    ]
    return bool(shapely.is_valid(np.array(polygons, dtype=object)).all())
