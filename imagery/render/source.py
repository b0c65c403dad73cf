"""What of a scene is needed to draw it: where its files are, what its bands mean, where it lies."""

from __future__ import annotations

from dataclasses import dataclass

import shapely

from imagery.scenes.catalogue import Scene
from imagery.scenes.store import ImageStore

ALIKE = {"nir": ("nir08",), "nir08": ("nir",), "gray": ("pan",)}
"""Common names (STAC extension `eo`) that stand in for each other in a picture."""


@dataclass(frozen=True)
class Band:
    """One band of the data file: value = stored * scale + offset (reflectance for satellites)."""

    name: str
    common_name: str | None = None
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class Source:
    """`key` names the content and never changes for it. `data`, `visual` (8-bit RGB), `mask` (classes of `imagery.scenes`): paths that GDAL opens.

    `footprint`: where the scene has pixels, in degrees (EPSG:4326). `epsg`: the plane of all three files, which share one grid.
    """

    key: str
    epsg: int
    data: str
    visual: str | None
    mask: str | None
    bands: tuple[Band, ...]
    footprint: shapely.Geometry

    def index(self, wanted: str) -> int | None:
        """Number (from 1) of the band with this name or common name, or of one that stands in for it."""
        for word in (wanted, *ALIKE.get(wanted, ())):
            for number, band in enumerate(self.bands, 1):
                if word in (band.name, band.common_name):
                    return number
        return None

    def touches(self, bounds: tuple[float, float, float, float]) -> bool:
        """Whether the scene has anything inside bounds (west, south, east, north in degrees)."""
        return bool(shapely.intersects(self.footprint, shapely.box(*bounds)))


def source_of(scene: Scene, store: ImageStore) -> Source:
    """How a scene of the catalogue is drawn."""

    def path(key: str | None) -> str | None:
        return store.gdal_path(key) if key else None

    bands = tuple(
        Band(band["name"], band["common_name"], float(band["scale"]), float(band["offset"])) for band in scene.bands
    )
    return Source(
        f"{scene.id}-{scene.content_sha256.hex()[:16]}",
        scene.epsg,
        store.gdal_path(scene.data_key),
        path(scene.visual_key),
        path(scene.mask_key),
        bands,
        scene.footprint,
    )
