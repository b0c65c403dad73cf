"""What scenes and uploads look like over the wire."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from layers.fabric.intents import NO_NUL

FileName = Annotated[
    str, Query(min_length=1, max_length=200, pattern=NO_NUL, description="Name of the file as it was called.")
]
Title = Annotated[str | None, Query(max_length=200, pattern=NO_NUL)]
Moment = Annotated[
    str | None,
    Query(
        max_length=40,
        description="When the picture was taken, if the file does not say: 2024-02-03, or a time of ISO 8601.",
    ),
]
SensorCode = Annotated[str | None, Query(max_length=40, pattern="^[a-z0-9-]*$")]
Licence = Annotated[str | None, Query(max_length=200, pattern=NO_NUL)]
Source = Annotated[str | None, Query(max_length=500, pattern=NO_NUL)]
BandNames = Annotated[
    str | None, Query(max_length=200, description="Common names in the file's order, with commas: red,green,blue,nir.")
]
Epsg = Annotated[
    int | None, Query(ge=1024, le=999_999, description="EPSG code of the file's CRS, if it says none or a wrong one.")
]
Bbox = Annotated[str | None, Query(max_length=200, description="west,south,east,north in degrees.")]
Bounds = tuple[float, float, float, float]


class Band(BaseModel):
    """Physical value = scale · stored + offset."""

    name: str
    common_name: str | None
    nodata: float | None
    scale: float
    offset: float
    dtype: str


class Note(BaseModel):
    code: str
    vi: str
    en: str


class Scene(BaseModel):
    """`gsd` in m; `bounds` and `footprint` in degrees; `cloud_cover` in % of what was observed, null where nobody knows."""

    id: UUID
    code: str
    title: str
    sensor: str
    datetime: dt.datetime
    gsd: float
    epsg: int
    width: int
    height: int
    bounds: Bounds
    footprint: dict[str, Any]
    bands: list[Band]
    licence: str
    source: str
    simulated: bool
    public: bool
    elsewhere: bool
    cloud_cover: float | None
    notes: list[Note]
    size_bytes: int
    added_at: dt.datetime
    files: dict[str, str] = Field(description="Address of each file, by its role: data, visual, mask.")


class Scenes(BaseModel):
    """`next`: where the following page begins; null on the last one."""

    items: list[Scene]
    next: str | None


class Sensor(BaseModel):
    code: str
    name_vi: str
    name_en: str
    licence: str


class Sensors(BaseModel):
    """What an upload form needs to know. `limit_bytes`: the largest file that is accepted."""

    items: list[Sensor]
    bands: list[str]
    limit_bytes: int


class Upload(BaseModel):
    """A file on its way to become a scene; `progress` from 0 to 1."""

    id: UUID
    name: str
    bytes: int
    state: Literal["queued", "converting", "done", "refused", "failed"]
    step: str
    progress: float
    message_vi: str
    message_en: str
    problem: str | None
    scene_id: UUID | None
    made_at: dt.datetime
    changed_at: dt.datetime


class Uploads(BaseModel):
    items: list[Upload]
