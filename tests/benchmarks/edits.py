"""Random edits that an officer could make: points moved, parcels split, merged, refined, reclassified."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from typing import Any

import shapely

from layers.crs import FabricCrs, polygon_from_rings
from layers.db import Connection
from layers.fabric import intents, ledger
from layers.fabric.model import Face, State

MIX = (("move_point", 45), ("split", 15), ("merge", 15), ("add_point", 10), ("reclassify", 15))
USES = ("ODT", "CLN", "LUC", "TMD", "DGD", "SKC")
LARGEST_MERGED = 3_000.0  # m2; keeps the parcels of a long walk near their usual size
MOST_VERTICES = 40
Box = tuple[float, float, float, float]


@dataclass
class Editor:
    """Draws edits around random places of a box (metres on the fabric's plane)."""

    conn: Connection
    crs: FabricCrs
    rng: random.Random
    box: Box
    hot: Box | None = None
    hot_share: float = 0.5
    names: list[str] = field(default_factory=lambda: [name for name, weight in MIX for _ in range(weight)])

    def draw(self, edits: int = 1) -> tuple[str, list[dict[str, Any]], int]:
        """Names of the edits, their intents and the seq they were drawn at. Not all are possible: the ledger says.

        Several edits of one change set lie within about 100 m of each other."""
        seq = ledger.head(self.conn)
        box = self.hot if self.hot and self.rng.random() < self.hot_share else self.box
        names: list[str] = []
        intents: list[dict[str, Any]] = []
        while len(names) < edits:
            face = self._face(box)
            if face is not None and (done := self._edit(face)):
                names.append(done[0])
                intents += done[1]
                x, y = face.rings[0][0][0] / 1000, face.rings[0][0][1] / 1000
                box = (x - 50, y - 50, x + 50, y + 50)
        return "+".join(names), intents, seq

    def _face(self, box: Box) -> Face | None:
        west, south, east, north = box
        x, y = self.rng.uniform(west, east), self.rng.uniform(south, north)
        point = self.crs.to_web_sql(f"ST_SetSRID(ST_MakePoint(%s, %s), {self.crs.srid})")
        row = self.conn.execute(
            f"SELECT {ledger.COLUMNS}, ST_AsBinary(geom) AS wkb FROM fabric.parcel_version"
            f" WHERE retired_by IS NULL AND ST_Intersects(geom_3857, {point}) LIMIT 1",
            (x, y),
        ).fetchone()
        face = ledger.face_from_row(row) if row else None
        return face if face and len(face.vertices) <= MOST_VERTICES * 2 else None

    def _edit(self, face: Face) -> tuple[str, list[dict[str, Any]]] | None:
        name = self.rng.choice(self.names)
        ring = face.rings[0]
        at = self.rng.randrange(len(ring))
        if name == "move_point":
            x, y = ring[at]
            to = [x + self.rng.randint(-200, 200), y + self.rng.randint(-200, 200)]
            return name, [{"type": "move_point", "from": {"mm": [x, y]}, "to": {"mm": to}}]
        if name == "add_point":
            (x1, y1), (x2, y2) = ring[at - 1], ring[at]
            if math.hypot(x2 - x1, y2 - y1) < 2_000 or len(ring) > MOST_VERTICES:
                return None
            middle = [(x1 + x2) // 2, (y1 + y2) // 2]
            return name, [{"type": "add_point", "segment": [{"mm": [x1, y1]}, {"mm": [x2, y2]}], "at": {"mm": middle}}]
        return self._edit_land(name, face) if face.facts.kind == "land" else None

    def _edit_land(self, name: str, face: Face) -> tuple[str, list[dict[str, Any]]] | None:
        if name == "reclassify":
            use = self.rng.choice([code for code in USES if code != face.facts.land_use])
            return name, [{"type": "reclassify", "parcel": face.id, "land_use": use}]
        return self._split(face) if name == "split" else self._merge(face)

    def _split(self, face: Face) -> tuple[str, list[dict[str, Any]]] | None:
        polygon = polygon_from_rings(face.rings)
        if polygon.area < 30:
            return None
        place = polygon.representative_point()
        angle = self.rng.uniform(0, math.pi)
        reach = math.dist(polygon.bounds[:2], polygon.bounds[2:]) + 1
        ends = [
            {
                "mm": [
                    round((place.x + s * reach * math.cos(angle)) * 1000),
                    round((place.y + s * reach * math.sin(angle)) * 1000),
                ]
            }
            for s in (-1, 1)
        ]
        return "split", [{"type": "split_by_line", "parcel": face.id, "line": ends}]

    def _merge(self, face: Face) -> tuple[str, list[dict[str, Any]]] | None:
        state = ledger.load_state(self.conn, self.crs, [face.id])
        found = neighbour(state, face)
        if found is None or face.area_m2 + found.area_m2 > LARGEST_MERGED:
            return None
        return "merge", [{"type": "merge", "parcels": [face.id, found.id]}]


def neighbour(state: State, face: Face) -> Face | None:
    """A land parcel of the same unit with a common side, the smallest."""
    found: list[Face] = []
    for ring in face.rings:
        for a, b in zip(ring, (*ring[1:], ring[0]), strict=True):
            other = state.faces.get(state.edges.get((b, a), 0))
            if other and other.id != face.id and other.facts.kind == "land" and other.facts.unit == face.facts.unit:
                found.append(other)
    few = [other for other in found if len(other.vertices) + len(face.vertices) < MOST_VERTICES]
    return min(few, key=lambda other: other.area_m2, default=None)


def boxes(conn: Connection) -> tuple[Box, Box]:
    """The whole land as a box, and a hot area of about 2,000 faces in its middle (m on the fabric's plane)."""
    row = conn.execute(
        "SELECT ST_AsBinary(o.geom) AS wkb,"
        " (SELECT count(*) FROM fabric.parcel_version WHERE retired_by IS NULL) AS faces"
        " FROM fabric.outline o ORDER BY o.change_set DESC LIMIT 1"
    ).fetchone()
    assert row is not None
    outline = shapely.from_wkb(row["wkb"])
    middle = outline.representative_point()
    half = math.sqrt(outline.area / row["faces"] * 2_000) / 2
    return outline.bounds, (middle.x - half, middle.y - half, middle.x + half, middle.y + half)


def parsed(data: list[dict[str, Any]]) -> tuple[intents.Intent, ...]:
    return intents.parse(data)
