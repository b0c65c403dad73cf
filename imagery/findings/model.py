"""What a detection run says of a piece of land, and what an inspector says of it.

A finding is a lead: it says where to look and why. It registers nothing, and no right and no boundary follows from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from shapely import MultiPolygon

Persistence = Literal["one_pair", "confirmed_later", "contradicted_later", "series_break"]
State = Literal["open", "confirmed", "permitted", "false", "not_visible", "superseded"]


@dataclass(frozen=True)
class Lead:
    """Change within one parcel, or outside every parcel (`parcel_id` None).

    `geometry`: EPSG:4326; `area_m2`: changed area on the plane of the fabric; probabilities and shares from 0 to 1; `transition`: a code of the rules
    (imagery/runs/data); `indices`: {"before": {…}, "after": {…}} medians of ndvi, ndbi, ndwi, bsi; `series`: [{"date", "ndvi", "ndbi", "ndwi", "bsi",
    "observed"}] oldest first; `evidence`: sentences [{"vi", "en"}]; `land_use`: the code registered at the time.
    """

    parcel_id: int | None
    geometry: MultiPolygon
    area_m2: float
    probability: float
    max_probability: float
    transition: str
    persistence: Persistence
    rank_score: float
    indices: Mapping[str, Any]
    series: Sequence[Mapping[str, Any]]
    evidence: Sequence[Mapping[str, str]]
    land_use: str | None
