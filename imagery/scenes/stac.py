"""Scenes as STAC items (1.1) and sensors as collections, with the addresses of whatever server shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pystac
import shapely

from imagery.scenes.model import GRAY, Scene
from imagery.scenes.sensors import SENSORS
from layers.db import Connection

COG = "image/tiff; application=geotiff; profile=cloud-optimized"
EXTENSION = "https://stac-extensions.github.io/{}/schema.json"
SPDX = frozenset("PDDL-1.0 CC0-1.0 CC-BY-4.0 CC-BY-SA-4.0 CC-BY-NC-4.0 CC-BY-NC-SA-4.0 ODbL-1.0 ODC-By-1.0".split())
"""Licences that STAC may be told by name; any other is `other`, and written out in words."""
CONSTELLATIONS = {"sentinel-2": "sentinel-2", "landsat": "landsat"}
ROOT = "Catalogue"
ROLES = {"data": ["data"], "visual": ["visual", "overview"], "mask": ["data-mask", "cloud", "cloud-shadow"]}


EXTENTS = """
    SELECT sensor, ST_XMin(box) AS w, ST_YMin(box) AS s, ST_XMax(box) AS e, ST_YMax(box) AS n, since, until, licences, finest, coarsest
    FROM (SELECT sensor, ST_Extent(footprint) AS box, min(datetime) AS since, max(datetime) AS until,
                 array_agg(DISTINCT licence ORDER BY licence) AS licences, min(gsd) AS finest, max(gsd) AS coarsest
          FROM imagery.scene WHERE removed_at IS NULL AND sensor = coalesce(%s, sensor) GROUP BY sensor) found
    ORDER BY sensor
"""


@dataclass(frozen=True)
class Extent:
    """What the scenes of one sensor cover: west, south, east, north in degrees, and from when to when."""

    sensor: str
    bounds: tuple[float, float, float, float]
    since: dt.datetime
    until: dt.datetime
    licences: tuple[str, ...]
    gsd: tuple[float, float]


def extents(conn: Connection, sensor: str | None = None) -> list[Extent]:
    """Of every sensor of which the login may see a scene."""
    rows = conn.execute(EXTENTS, (sensor,)).fetchall()
    return [
        Extent(
            row["sensor"],
            (row["w"], row["s"], row["e"], row["n"]),
            row["since"],
            row["until"],
            tuple(row["licences"]),
            (row["finest"], row["coarsest"]),
        )
        for row in rows
    ]


def item(scene: Scene, base: str) -> dict[str, Any]:
    """A scene as an item. `base`: address of the service with a slash at its end; files lie below api/scenes, the catalogue below stac."""
    properties: dict[str, Any] = {
        "title": scene.title,
        "created": _utc(scene.added_at),
        "gsd": scene.gsd,
        "license": _spdx([scene.licence]),
        "proj:code": f"EPSG:{scene.epsg}",
        "proj:shape": [scene.height, scene.width],
        "proj:transform": list(scene.transform),
    }
    notes = " ".join(note["en"] for note in scene.notes)
    if described := " ".join(part for part in (notes, f"Licence: {scene.licence}.", scene.source) if part):
        properties["description"] = described
    if scene.cloud_cover is not None:
        properties["eo:cloud_cover"] = scene.cloud_cover
    for start, name in CONSTELLATIONS.items():
        if scene.sensor.startswith(start):
            properties["constellation"] = name
    made = pystac.Item(
        id=scene.code,
        geometry=shapely.geometry.mapping(scene.footprint),
        bbox=list(scene.footprint.bounds),
        datetime=scene.datetime,
        properties=properties,
        stac_extensions=[EXTENSION.format(name) for name in ("projection/v2.0.0", "raster/v2.0.0")],
        collection=scene.sensor,
    )
    if scene.cloud_cover is not None or any(name not in (None, GRAY) for name in scene.common_names):
        made.stac_extensions.append(EXTENSION.format("eo/v2.0.0"))  # which asks that one of its fields is there
    for name, key in (("data", scene.data_key), ("visual", scene.visual_key), ("mask", scene.mask_key)):
        if key:
            made.add_asset(name, _asset(scene, name, f"{base}api/scenes/{scene.id}/files/{name}.tif"))
    shown = made.to_dict(include_self_link=False, transform_hrefs=False)
    collection = f"{base}stac/collections/{scene.sensor}"
    shown["links"] = [
        _link("self", f"{collection}/items/{scene.code}", scene.title, "application/geo+json"),
        _link("parent", collection, scene.sensor),
        _link("collection", collection, scene.sensor),
        _link("root", f"{base}stac/", ROOT),
    ]
    return shown


def _asset(scene: Scene, name: str, href: str) -> pystac.Asset:
    fields: dict[str, Any] = {}
    if name == "data":
        fields["bands"] = [
            {
                "name": band["name"],
                "data_type": band["dtype"],
                "raster:scale": band["scale"],
                "raster:offset": band["offset"],
            }
            | ({"nodata": band["nodata"]} if band["nodata"] is not None else {})
            | ({"eo:common_name": band["common_name"]} if band["common_name"] not in (None, GRAY) else {})
            for band in scene.bands
        ]
    return pystac.Asset(href, title=f"{scene.code} {name}", media_type=COG, roles=ROLES[name], extra_fields=fields)


def collection(extent: Extent, base: str) -> dict[str, Any]:
    """A sensor as a collection."""
    sensor = SENSORS.get(extent.sensor) or SENSORS["other"]
    licences = ", ".join(extent.licences)
    made = pystac.Collection(
        id=extent.sensor,
        title=f"{sensor.name_vi} / {sensor.name_en}",
        description=f"{sensor.name_en}. Licences: {licences}.",
        extent=pystac.Extent(
            pystac.SpatialExtent([list(extent.bounds)]), pystac.TemporalExtent([[extent.since, extent.until]])
        ),
        license=_spdx(extent.licences),
        summaries=pystac.Summaries({"gsd": {"minimum": extent.gsd[0], "maximum": extent.gsd[1]}}),
        providers=[pystac.Provider(sensor.source, roles=[pystac.ProviderRole.PRODUCER])] if sensor.source else None,
    )
    shown = made.to_dict(include_self_link=False, transform_hrefs=False)
    here = f"{base}stac/collections/{extent.sensor}"
    shown["links"] = [
        _link("self", here, extent.sensor),
        _link("parent", f"{base}stac/", ROOT),
        _link("root", f"{base}stac/", ROOT),
        _link("items", f"{here}/items", "Items", "application/geo+json"),
    ]
    return shown


def _link(rel: str, href: str, title: str, media_type: str = "application/json") -> dict[str, Any]:
    return {"rel": rel, "href": href, "type": media_type, "title": title}


def _spdx(licences: Sequence[str]) -> str:
    return licences[0] if len(licences) == 1 and licences[0] in SPDX else "other"


def _utc(when: dt.datetime) -> str:
    return when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
