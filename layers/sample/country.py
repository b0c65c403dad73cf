"""Open land: rice fields in plots of a *sào* or two, ditches and tracks, ponds, orchards, cemeteries, river banks."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, sin

from layers.sample.builder import Builder
from layers.sample.mesh import Box, Ring
from layers.sample.town import HA, NOTES


@dataclass(frozen=True, slots=True)
class Field:
    """One way of cultivating: plot width and depth (mm), the track or ditch between strips, the land use."""

    use: str
    width: float
    depth: float
    track: float
    ditch: float


RICE = Field("LUC", 12_500, 29_000, 2800, 1200)
CROPS = Field("HNK", 9_000, 26_000, 2500, 1000)
ORCHARD = Field("CLN", 19_000, 38_000, 3000, 0)
PONDS = Field("NTS", 30_000, 46_000, 3500, 2000)
GRAVES = Field("NTD", 26_000, 26_000, 2500, 0)


def fields(b: Builder, region: Ring, crop: Field, depth: int = 0, long: bool = True) -> None:
    """Cut a region into strips by tracks and ditches, and the strips into plots."""
    mesh, dice = b.mesh, b.dice
    box = mesh.box(region)
    if depth < 12 and box.width > 2.9 * crop.depth:
        ditch = crop.ditch > 0 and dice.chance(0.45)
        width = (crop.ditch if ditch else crop.track) * dice.between(0.9, 1.3)
        turn = dice.bell() * 0.01
        d = (box.ux * cos(turn) - box.uy * sin(turn), box.uy * cos(turn) + box.ux * sin(turn))
        strips = max(2, round(box.width / (2 * crop.depth)))
        parts = b.strip(region, box.at(0.5, (strips // 2) / strips + dice.bell() * 0.01), d, width)
        if parts:
            b.add(parts[1], "water" if ditch else "road", "DTL" if ditch else "DGT")
            fields(b, parts[0], crop, depth + 1)
            fields(b, parts[2], crop, depth + 1)
            return
    if depth < 12 and box.length > 260_000 and long:
        turn = dice.bell() * 0.03
        d = (-box.uy * cos(turn) - box.ux * sin(turn), box.ux * cos(turn) - box.uy * sin(turn))
        parts = b.strip(region, box.at(dice.between(0.42, 0.58), 0.5), d, crop.track)
        if parts:
            b.add(parts[1], "road", "DGT")
            fields(b, parts[0], crop, depth + 1)
            fields(b, parts[2], crop, depth + 1)
            return
    _plots(b, region, box, crop)


def _plots(b: Builder, region: Ring, box: Box, crop: Field) -> None:
    mesh, dice = b.mesh, b.dice
    halves = [region]
    if box.width > 1.5 * crop.depth:
        parts = mesh.cut(region, box.at(0.5, 0.5 + dice.bell() * 0.02), (box.ux, box.uy), least=6e7)
        if parts:
            halves = list(parts)
    d = (-box.uy, box.ux)
    for half in halves:
        us = [mesh.x[i] * box.ux + mesh.y[i] * box.uy for i in half]
        at, end = min(us), max(us)
        mid = (box.v0 + box.v1) / 2
        rest = half
        while True:
            draw = dice.random()
            at += crop.width * (0.7 + 0.9 * draw * draw + 0.2 * dice.random())
            if end - at < crop.width * 0.8:
                break
            parts = mesh.cut(rest, (at * box.ux - mid * box.uy, at * box.uy + mid * box.ux), d, least=crop.width * 8000)
            if parts is None:
                continue
            _plot(b, parts[0], crop)
            rest = parts[1]
        _plot(b, rest, crop)


def _plot(b: Builder, ring: Ring, crop: Field) -> None:
    use = crop.use
    if use == "LUC":
        draw = b.dice.random()
        use = "LUC" if draw < 0.96 else "HNK" if draw < 0.985 else "NTS"
    b.add(ring, "land", use, note=NOTES.get(use, ""))


def open_land(b: Builder, region: Ring, least: float, uses: dict[str, float], depth: int = 0) -> None:
    """Large parcels: whatever is not measured in detail (pieces of ``least`` to twice as many mm²)."""
    area = b.mesh.area(region)
    if depth < 14 and area > 2 * least:
        box = b.mesh.box(region)
        turn = b.dice.bell() * 0.1
        d = (-box.uy * cos(turn) - box.ux * sin(turn), box.ux * cos(turn) - box.uy * sin(turn))
        parts = b.mesh.cut(region, box.at(b.dice.between(0.38, 0.62), 0.5), d, least=0.02 * HA)
        if parts:
            open_land(b, parts[0], least, uses, depth + 1)
            open_land(b, parts[1], least, uses, depth + 1)
            return
    use = b.dice.pick(uses)
    kind = "water" if use in ("MNC", "SON") else "land"
    b.add(region, kind, use, note=NOTES.get(use, ""))
