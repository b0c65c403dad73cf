"""What a scene is, and what was said of it when it was added."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TypedDict
from uuid import UUID

import shapely
from affine import Affine

GRAY = "gray"


class Band(TypedDict):
    """A band of a scene's data file, in the file's order. Physical value = `scale` · stored + `offset` (reflectance for calibrated sensors).

    `common_name`: of STAC's eo extension (blue green red rededge nir nir08 swir16 swir22), `gray` for a single band, None for any other.
    """

    name: str
    common_name: str | None
    nodata: float | None
    scale: float
    offset: float
    dtype: str


class Note(TypedDict):
    """Something that users of a scene must know, such as `lossy`, `one-band`, `all-cloud`."""

    code: str
    vi: str
    en: str


@dataclass(frozen=True)
class Scene:
    """A row of imagery.scene. `gsd` in m; `transform` as rasterio's (a b c d e f) in units of EPSG:`epsg`; `footprint` in lon/lat."""

    id: UUID
    code: str
    title: str
    sensor: str
    datetime: dt.datetime
    gsd: float
    epsg: int
    width: int
    height: int
    transform: tuple[float, float, float, float, float, float]
    footprint: shapely.MultiPolygon
    bands: tuple[Band, ...]
    data_key: str
    visual_key: str | None
    mask_key: str | None
    size_bytes: int
    licence: str
    source: str
    simulated: bool
    public: bool
    elsewhere: bool
    cloud_cover: float | None
    notes: tuple[Note, ...]
    content_sha256: bytes
    added_at: dt.datetime
    removed_at: dt.datetime | None

    @property
    def affine(self) -> Affine:
        """Pixel (column, row) to map."""
        return Affine(*self.transform)

    @property
    def common_names(self) -> tuple[str | None, ...]:
        """Common name of each band, in the file's order."""
        return tuple(band["common_name"] for band in self.bands)


@dataclass(frozen=True)
class Said:
    """What whoever adds a scene says of it; None: as the files say. `bands`: common names in order; `crs`: an EPSG code, where the file says none."""

    when: dt.datetime | None = None
    sensor: str | None = None
    licence: str | None = None
    title: str | None = None
    source: str | None = None
    bands: tuple[str, ...] | None = None
    crs: int | None = None
    elsewhere: bool = False
    public: bool = True
    simulated: bool = False
