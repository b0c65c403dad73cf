"""Outlines of Hanoi's 126 communes for a small map: in lon/lat, to look at and not to measure.

data/hanoi_outlines.json: the units of 1 July 2025 from boundaries published under the MIT licence, simplified together to 100 m, so that neighbours stay
neighbours, and rounded to 0.0001 degrees (10 m); islands smaller than a two-hundredth of their unit are left out.
"""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import Any

import orjson


@functools.cache
def outlines() -> dict[str, list[Any]]:
    """Coordinates of a GeoJSON MultiPolygon for each unit, by its code."""
    data = (files("geo_service.dossiers.board") / "data" / "hanoi_outlines.json").read_bytes()
    found: dict[str, list[Any]] = orjson.loads(data)
    return found


@functools.cache
def collection() -> bytes:
    """All of them as one GeoJSON document."""
    features = [
        {"type": "Feature", "properties": {"code": code}, "geometry": {"type": "MultiPolygon", "coordinates": parts}}
        for code, parts in outlines().items()
    ]
    return orjson.dumps({"type": "FeatureCollection", "features": features})
