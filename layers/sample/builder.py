"""What every part of the generator shares: the mesh, the dice, the list of faces, and streets cut through a region."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import cos, hypot, pi, sin

import numpy as np

from layers.sample.mesh import Box, Mesh, Point, Ring
from layers.sample.names import street_name


class Dice:
    """Random numbers from a numpy Generator, drawn in blocks so that a single one costs no more than a list access."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._pool: list[float] = []

    def random(self) -> float:
        """Uniform in [0, 1)."""
        if not self._pool:
            self._pool = self._rng.random(4096).tolist()
        return self._pool.pop()

    def between(self, a: float, b: float) -> float:
        return a + (b - a) * self.random()

    def chance(self, p: float) -> bool:
        return self.random() < p

    def below(self, n: int) -> int:
        return int(self.random() * n)

    def bell(self) -> float:
        """Roughly normal, mean 0, standard deviation 1, never beyond ±3.5."""
        return (self.random() + self.random() + self.random() - 1.5) * 2.0

    def pick(self, table: dict[str, float]) -> str:
        """A key of the table with probability in proportion to its value."""
        x = self.random() * sum(table.values())
        for key, weight in table.items():
            x -= weight
            if x < 0:
                return key
        return next(reversed(table))


@dataclass(slots=True)
class Face:
    """One face before expansion: shell, optional holes (as counter-clockwise rings) and what it is."""

    shell: Ring
    kind: str
    land_use: str
    street: int = -1
    house: int = 0
    note: str = ""
    holes: tuple[Ring, ...] = ()


@dataclass
class Builder:
    """One unit under construction. Coordinates are mm relative to the sample's origin."""

    mesh: Mesh
    dice: Dice
    urban: bool
    faces: list[Face] = field(default_factory=list)
    streets: list[str] = field(default_factory=list)

    def add(self, ring: Ring, kind: str, land_use: str, *, street: int = -1, house: int = 0, note: str = "") -> None:
        self.faces.append(Face(ring, kind, land_use, street, house, note))

    def new_street(self, rank: str) -> int:
        """Name a street of rank ``duong``, ``pho``, ``ngo`` or ``ngach`` and return its number."""
        self.streets.append(street_name(rank, len(self.streets), self.dice.random()))
        return len(self.streets) - 1

    @property
    def home(self) -> str:
        """Residential land: ODT in a phường, ONT in a xã (NĐ 102/2024 art. 5)."""
        return "ODT" if self.urban else "ONT"

    # ---- straight strips

    def strip(self, ring: Ring, p: Point, d: Point, width: float, least: float = 2e7) -> tuple[Ring, Ring, Ring] | None:
        """A straight street of ``width`` mm through ``p`` along ``d``: (left region, street, right region)."""
        h = width / 2
        first = self.mesh.cut(ring, (p[0] - d[1] * h, p[1] + d[0] * h), d, least=least)
        if first is None:
            return None
        second = self.mesh.cut(first[1], (p[0] + d[1] * h, p[1] - d[0] * h), d, least=width * 2000)
        if second is None or self.mesh.area(second[1]) < least:
            return None
        return first[0], second[0], second[1]

    # ---- bent streets

    def bent_strip(
        self, ring: Ring, box: Box, width: float, *, bend: float, step: float, along: bool = False
    ) -> tuple[Ring, list[Ring], Ring] | None:
        """A bent street across the box (or along it): (left region, street pieces, right region), or ``None``.

        ``bend`` is the sideways swing as a share of the length, ``step`` the distance between bends (mm)."""
        dice = self.dice
        c = box.at(dice.between(0.4, 0.6), dice.between(0.45, 0.55))
        ux, uy = (box.ux, box.uy) if along else (-box.uy, box.ux)
        turn = dice.bell() * 0.05
        ux, uy = ux * cos(turn) - uy * sin(turn), ux * sin(turn) + uy * cos(turn)
        cross = self.mesh._crossings(ring, c[0], c[1], ux, uy)
        if len(cross) < 2:
            return None
        k = min(range(0, len(cross) - 1, 2), key=lambda i: max(cross[i][0], -cross[i + 1][0], 0.0))
        a, b = cross[k][0], cross[k + 1][0]
        length = b - a
        margin = max(12_000.0, width)
        if length < 2 * margin + 20_000:
            return None
        n = max(2, min(60, int((length - 2 * margin) / step) + 2))
        swing = [dice.bell() * bend * length / (m * m + 1) for m in (1, 2, 3)]
        pts: list[Point] = []
        for i in range(n):
            t = i / (n - 1)
            q = a + margin + t * (length - 2 * margin)
            s = sum(w * sin(pi * (m + 1) * t) for m, w in enumerate(swing)) + dice.bell() * bend * step * 0.12
            pts.append((c[0] + ux * q - uy * s, c[1] + uy * q + ux * s))
        left_side, right_side = _offsets(pts, width / 2)
        first = self.mesh.cut_path(ring, left_side, least=2e8)
        if first is None:
            return None
        second = self.mesh.cut_path(first[1], right_side, least=2e8)
        if second is None:
            # the left bank alone is a fair boundary: the region is cut without a street
            return first[0], [], first[1]
        return first[0], self._pieces(second[0], first[2], second[2]), second[1]

    def _pieces(self, strip: Ring, left: Ring, right: Ring) -> list[Ring]:
        """Cut a street across at its bends, so that no piece grows long."""
        out = []
        rest = strip
        for a, b in zip(left[1:-1], right[1:-1], strict=True):
            parts = self.mesh.chord(rest, a, b) if a in rest and b in rest else None
            if parts is None:
                continue
            done, rest = (parts[1], parts[0]) if left[-1] in parts[0] else (parts[0], parts[1])
            out.append(done)
        out.append(rest)
        return out


def _offsets(pts: list[Point], h: float) -> tuple[list[Point], list[Point]]:
    """The two sides of a bent line at distance ``h``."""
    left, right = [], []
    n = len(pts)
    for i, (x, y) in enumerate(pts):
        x0, y0 = pts[max(0, i - 1)]
        x1, y1 = pts[min(n - 1, i + 1)]
        d = hypot(x1 - x0, y1 - y0)
        nx, ny = -(y1 - y0) / d * h, (x1 - x0) / d * h
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    return left, right
