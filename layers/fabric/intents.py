"""Intents: the closed set of typed edits. They name vertices by their millimetre key, so they can be replayed on any later state.

A `Point` arrives as {"mm": [x, y]} (an existing vertex, or exact), {"lonlat": [lon, lat]} or {"en": [easting, northing]} in metres. New
points are rounded once, by `resolve`; after that an intent holds `mm` only.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from layers.crs import MAX_ABS_MM, FabricCrs, mm_from_metres
from layers.crs import Point as Millimetres
from layers.errors import Malformed
from layers.fabric.model import Kind

MAX_POINTS = 2_000
NO_NUL = r"^[^\x00]*$"  # a database text cannot hold that character


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


Pair = Annotated[tuple[float, float], Field(description="two finite numbers")]
WholePair = Annotated[
    tuple[Annotated[int, Field(ge=-MAX_ABS_MM, le=MAX_ABS_MM)], Annotated[int, Field(ge=-MAX_ABS_MM, le=MAX_ABS_MM)]],
    Field(description="easting and northing in whole mm"),
]


class Point(Frozen):
    """One point, given in exactly one of three ways."""

    mm: WholePair | None = None
    lonlat: Pair | None = None
    en: Pair | None = None

    @model_validator(mode="after")
    def one_way(self) -> Point:
        if sum(value is not None for value in (self.mm, self.lonlat, self.en)) != 1:
            raise ValueError("give a point as one of mm, lonlat, en")
        return self

    @property
    def key(self) -> Millimetres:
        """The millimetre key; only after `resolve`."""
        if self.mm is None:
            raise ValueError("point is not resolved")
        return self.mm


Line = Annotated[tuple[Point, ...], Field(min_length=2, max_length=MAX_POINTS)]
ParcelId = Annotated[int, Field(ge=-(2**31), le=2**53, strict=True)]  # false is no parcel
Area = Annotated[float, Field(gt=0, le=1e10)]


class SplitByLine(Frozen):
    """Cut a parcel along one or several lines; what overshoots the parcel is ignored."""

    type: Literal["split_by_line"]
    parcel: ParcelId
    line: Line | None = None
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=100)] | None = None

    @model_validator(mode="after")
    def one_of(self) -> SplitByLine:
        if (self.line is None) == (self.lines is None):
            raise ValueError("give either line or lines")
        return self

    @property
    def parts(self) -> tuple[tuple[Point, ...], ...]:
        return self.lines if self.lines is not None else (self.line or (),)


class SplitByArea(Frozen):
    """Cut parallel to `along` so that what lies on `side` of the cut (seen along it) has the area, m2."""

    type: Literal["split_by_area"]
    parcel: ParcelId
    area_m2: Area
    along: tuple[Point, Point]
    side: Literal["left", "right"] = "left"


class Merge(Frozen):
    type: Literal["merge"]
    parcels: Annotated[tuple[ParcelId, ...], Field(min_length=2, max_length=500)]


class MovePoint(Frozen):
    """Move a boundary point; every face that has it follows."""

    type: Literal["move_point"]
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    from_: Annotated[Point, Field(alias="from")]
    to: Point


class MoveBoundary(Frozen):
    """Replace the boundary between two faces, from one fixed end to the other."""

    type: Literal["move_boundary"]
    old: Line
    new: Line


class AddPoint(Frozen):
    """Put a new point on a boundary segment (the nearest whole millimetre on it)."""

    type: Literal["add_point"]
    segment: tuple[Point, Point]
    at: Point


class Transfer(Frozen):
    """Cut `from` along a line and give the piece around `piece` to the neighbour `to`; both keep their names."""

    type: Literal["transfer"]
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    from_: Annotated[ParcelId, Field(alias="from")]
    to: ParcelId
    line: Line
    piece: Point


class Reclassify(Frozen):
    """Change facts of a parcel; its geometry stays."""

    type: Literal["reclassify"]
    parcel: ParcelId
    land_use: Annotated[str, Field(min_length=2, max_length=12, pattern=NO_NUL)] | None = None
    kind: Kind | None = None
    official_area_m2: Area | None = None
    address: Annotated[str, Field(max_length=300, pattern=NO_NUL)] | None = None

    @model_validator(mode="after")
    def something(self) -> Reclassify:
        if self.land_use is None and self.kind is None and self.official_area_m2 is None and self.address is None:
            raise ValueError("nothing to change")
        return self


class Renumber(Frozen):
    type: Literal["renumber"]
    parcel: ParcelId
    sheet: Annotated[str, Field(min_length=1, max_length=40, pattern=NO_NUL)]
    number: Annotated[str, Field(min_length=1, max_length=40, pattern=NO_NUL)]


class Revert(Frozen):
    """Take a committed change set back; refused when the land it made has changed since."""

    type: Literal["revert"]
    seq: Annotated[int, Field(ge=1, le=2**53)]


Intent = Annotated[
    SplitByLine | SplitByArea | Merge | MovePoint | MoveBoundary | AddPoint | Transfer | Reclassify | Renumber | Revert,
    Field(discriminator="type"),
]
Intents = Annotated[tuple[Intent, ...], Field(max_length=200)]
_adapter: TypeAdapter[tuple[Intent, ...]] = TypeAdapter(Intents)

CHANGE_KIND = {
    "split_by_line": "split",
    "split_by_area": "split",
    "merge": "merge",
    "move_point": "adjust",
    "move_boundary": "adjust",
    "add_point": "adjust",
    "transfer": "transfer",
    "reclassify": "reclassify",
    "renumber": "renumber",
    "revert": "revert",
}


def parse(data: Any) -> tuple[Intent, ...]:
    """Intents from JSON data. Raises Malformed that names the place and what is wrong there."""
    try:
        return _adapter.validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Malformed(
            "bad-intent",
            f"intents.{place}: {first['msg']}",
            f"Thao tác không hợp lệ tại intents.{place}: {first['msg']}",
        ) from error


def to_json(intents: tuple[Intent, ...]) -> list[dict[str, Any]]:
    """Intents as JSON data, the inverse of `parse`."""
    return [intent.model_dump(mode="json", by_alias=True, exclude_none=True) for intent in intents]


def resolve(intents: tuple[Intent, ...], crs: FabricCrs) -> tuple[Intent, ...]:
    """The same intents with every point as a millimetre key: lon/lat and metres are rounded here, once."""

    def fix(value: Any) -> Any:
        if isinstance(value, dict):
            if value.keys() == {"lonlat"}:
                return {"mm": crs.mm_from_lonlat(*value["lonlat"])}
            if value.keys() == {"en"}:
                return {"mm": mm_from_metres(*value["en"])}
            return {key: fix(item) for key, item in value.items()}
        if isinstance(value, list):
            return [fix(item) for item in value]
        return value

    return parse([fix(item) for item in to_json(intents)])


def change_kind(intents: tuple[Intent, ...]) -> str:
    """Kind of the change set that these intents make together."""
    kinds = {CHANGE_KIND[intent.type] for intent in intents}
    return kinds.pop() if len(kinds) == 1 else "composite"


def named_parcels(intents: tuple[Intent, ...]) -> set[int]:
    """Existing parcels (positive ids) that the intents name."""
    ids: set[int] = set()
    for intent in intents:
        match intent:
            case Merge():
                ids.update(intent.parcels)
            case Transfer():
                ids.update((intent.from_, intent.to))
            case SplitByLine() | SplitByArea() | Reclassify() | Renumber():
                ids.add(intent.parcel)
    return {key for key in ids if key > 0}


def named_points(intents: tuple[Intent, ...]) -> set[Millimetres]:
    """Existing vertices that the intents name and whose faces must be at hand."""
    points: set[Millimetres] = set()
    for intent in intents:
        match intent:
            case MovePoint():
                points.add(intent.from_.key)
            case MoveBoundary():
                points.update(point.key for point in intent.old)
            case AddPoint():
                points.update(point.key for point in intent.segment)
    return points
