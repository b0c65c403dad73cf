"""Faces, local states of the fabric and deltas: immutable values without database, clock or network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from layers.crs import Point
from layers.fabric.planar import Rings, Segment, directed, face_doubled_area

Kind = Literal["land", "road", "water", "other", "unassigned", "disputed"]
Cause = Literal["subject", "adjacent"]
Chain = tuple[Point, ...]  # a boundary segment and the points it gained, ends included


@dataclass(frozen=True, slots=True)
class Facts:
    """What the register says of a face and the map shows. Areas in m2."""

    unit: str
    kind: Kind = "land"
    sheet: str | None = None
    number: str | None = None
    land_use: str | None = None
    official_area_m2: float | None = None
    address: str | None = None
    source_id: str | None = None


@dataclass(frozen=True, slots=True)
class Face:
    """One face at one moment. `id` is the parcel's; negative while the parcel is only drafted.

    `rings`: open rings of integer mm, shell counter-clockwise first, holes clockwise. `version`: row of the ledger, or None.
    """

    id: int
    rings: Rings
    facts: Facts
    version: int | None = None

    @property
    def area_m2(self) -> float:
        """Area on the plane of the fabric."""
        return face_doubled_area(self.rings) / 2e6

    @property
    def vertices(self) -> set[Point]:
        return {point for ring in self.rings for point in ring}


@dataclass(frozen=True)
class PastChange:
    """A committed change set, as needed to take it back: version rows it created, faces it retired."""

    seq: int
    created: Mapping[int, int]  # parcel id -> version row
    retired: tuple[Face, ...]


@dataclass(frozen=True)
class State:
    """The faces an edit can see: its subjects and everything that touches them."""

    faces: Mapping[int, Face]
    past: Mapping[int, PastChange] = field(default_factory=dict)
    subjects: frozenset[int] = frozenset()
    drafted: int = 0  # how many parcels were drafted so far; the next gets -(drafted + 1)
    refined: tuple[Chain, ...] = ()  # outer segments of the fabric that gained points, in order

    @cached_property
    def edges(self) -> dict[Segment, int]:
        """Directed boundary segment to the face on its left."""
        return {segment: face.id for face in self.faces.values() for segment in directed(face.rings)}

    def changed(self, faces: Iterable[Face], gone: Iterable[int] = (), subjects: Iterable[int] = ()) -> State:
        """The state with some faces replaced, added or gone."""
        kept = dict(self.faces)
        for key in gone:
            kept.pop(key, None)
        new = list(faces)
        kept.update((face.id, face) for face in new)
        drafted = max([self.drafted, *(-face.id for face in new)])
        return replace(self, faces=kept, subjects=self.subjects | frozenset(subjects), drafted=drafted)


@dataclass(frozen=True)
class Delta:
    """What a draft does to the fabric: versions that retire, faces that take their place."""

    retired: tuple[Face, ...]
    created: tuple[Face, ...]
    causes: Mapping[int, Cause]  # of created faces
    refined: tuple[Chain, ...] = ()  # outer segments of the fabric that gained points, in order

    @property
    def is_empty(self) -> bool:
        return not self.created and not self.retired


def difference(before: State, after: State) -> Delta:
    """What changed between two states of the same place.

    A face that kept its facts and only gained vertices on its edges, and that no intent named, is `adjacent`; every other is `subject`.
    """
    retired: list[Face] = []
    created: list[Face] = []
    causes: dict[int, Cause] = {}
    for key, face in after.faces.items():
        old = before.faces.get(key)
        if old is not None and old.rings == face.rings and old.facts == face.facts:
            continue
        if old is not None:
            retired.append(old)
        created.append(face)
        only_vertices = old is not None and old.facts == face.facts and key not in after.subjects
        causes[key] = "adjacent" if only_vertices else "subject"
    retired.extend(face for key, face in before.faces.items() if key not in after.faces)
    return Delta(
        tuple(sorted(retired, key=lambda face: face.id)),
        tuple(sorted(created, key=lambda face: (face.id < 0, abs(face.id)))),
        causes,
        after.refined,
    )
