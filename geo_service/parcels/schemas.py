"""What look-ups answer. These models describe; the routes write their answers themselves, and the tests hold them to the description.

Nothing may be in an answer that is not named here: no name of a holder, no number, no phone.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from layers.fabric.model import Kind

LonLat = tuple[float, float]
Millimetres = tuple[int, int]
Bounds = Annotated[tuple[float, float, float, float], Field(description="west, south, east, north in degrees")]
Cause = Literal["subject", "adjacent"]


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Load(Answer):
    seq: int
    at: datetime


class MapFacts(Answer):
    srid: int
    simulated: bool
    four_eyes: bool
    title_vi: str
    title_en: str
    seq: int
    bounds: Bounds | None
    first_seq_at: datetime | None
    head_at: datetime | None
    loads: list[Load]
    faces: int
    crs_name: str
    tile_min_zoom: int
    tile_max_zoom: int


class Unit(Answer):
    code: str
    name: str
    name_en: str
    type: str
    lon: float | None
    lat: float | None
    faces: int
    bounds: Bounds | None
    ended_on: date | None
    successor: str | None


class Units(Answer):
    items: list[Unit]


class LandUse(Answer):
    code: str
    name_vi: str
    name_en: str
    group: str | None
    color: str


class LandUses(Answer):
    items: list[LandUse]


class Hit(Answer):
    type: Literal["parcel", "unit", "place"]
    matched: Literal["code", "label", "old_label", "unit", "coordinates"]
    title: str
    title_en: str
    subtitle: str
    subtitle_en: str
    lon: float
    lat: float
    bounds: Bounds | None
    parcel_id: int | None
    code: str | None
    current: bool


class Hits(Answer):
    items: list[Hit]
    note: Literal["no-such-code", "nothing-found"] | None


class Brief(Answer):
    id: int
    code: str | None
    label: str | None
    kind: Kind


class Lying(Brief):
    unit: str
    land_use: str | None
    official_area_m2: float | None
    computed_area_m2: float
    seq_from: int
    seq_to: int | None
    since: datetime = Field(alias="from")
    to: datetime | None


class LyingThere(Answer):
    items: list[Lying]


class UnitName(Answer):
    code: str
    name: str
    type: str


class LandUseName(Answer):
    code: str
    name_vi: str
    name_en: str
    color: str


class Version(Answer):
    id: int
    seq_from: int
    since: datetime = Field(alias="from")
    seq_to: int | None
    to: datetime | None
    cause: Cause


class Vertex(Answer):
    mm: Millimetres
    lonlat: LonLat


class Polygon(Answer):
    type: Literal["Polygon"]
    coordinates: list[list[LonLat]]


class Neighbour(Answer):
    id: int
    label: str | None
    kind: Kind


class Side(Answer):
    ring: int
    index: int
    length_m: float
    neighbour: Neighbour | None


class Parcel(Brief):
    """A parcel as of `at_seq`; `rings` are open, shell first, in whole millimetres of the fabric's plane."""

    code_origin: dict[str, Any] | None
    unit: UnitName
    sheet: str | None
    number: str | None
    land_use: LandUseName | None
    official_area_m2: float | None
    computed_area_m2: float
    address: str | None
    source_id: str | None
    parts: list[Brief]
    status: Literal["current", "retired"]
    version: Version
    at_seq: int
    geometry: Polygon
    bounds: Bounds
    rings: list[list[Vertex]]
    sides: list[Side]
    successors: list[Brief]
    predecessors: list[Brief]


class Past(Answer):
    """`reason`, `author` and `approver` are null for everybody but staff of the unit."""

    seq: int
    at: datetime
    kind: str
    reason: str | None
    author: str | None
    approver: str | None
    effective_on: date | None
    cause: Cause | None
    version_id: int | None
    area_m2: float
    retired: bool
    official_area_m2: float | None
    land_use: str | None
    sheet: str | None
    number: str | None


class History(Answer):
    items: list[Past]


class Node(Brief):
    area_m2: float
    seq_from: int
    seq_to: int | None


class Edge(Answer):
    parent: int
    child: int
    seq: int
    kind: str
    shared_m2: float


class Lineage(Answer):
    nodes: list[Node]
    edges: list[Edge]


class Face(Answer):
    id: int
    version: int
    computed_area_m2: float
    rings_mm: list[list[Millimetres]]
    code: str | None
    kind: Kind
    unit: str
    sheet: str | None
    number: str | None
    land_use: str | None
    official_area_m2: float | None
    address: str | None
    source_id: str | None
    seq_from: int


class Faces(Answer):
    """Ask again with `after` = `next`."""

    seq: int
    next: int | None
    items: list[Face]


class EditedFace(Answer):
    id: int
    kind: Kind
    label: str | None
    rings: list[list[Vertex]]


class Editing(Answer):
    seq: int
    faces: list[EditedFace]


class Mark(Answer):
    seq: int
    at: datetime
    kind: str


class Timeline(Answer):
    items: list[Mark]
