"""Is the file where it says it is? Its coordinate system is checked against the unit's place; nothing is silently put
right.

Refused, each with what was found and what it looks like: degrees in a projected system, exchanged axes (Vietnamese
papers write X = northing), another zone's or UTM's label. A file whose label merely *differs* from the fabric's but
whose numbers also fit the fabric's system is refused as ambiguous (EPSG:3405 and EPSG:5897 differ by only 700 m around
Hanoi) until the user declares the system."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import asin, cos, radians, sin, sqrt

import numpy as np
import pyproj
from numpy.typing import NDArray

from layers.crs import FabricCrs
from layers.exchange.refused import ImportRefused

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a unit lies (degrees WGS84) and how far from there its land may plausibly be (m)."""

    name: str
    lon: float
    lat: float
    radius_m: float


@dataclass(frozen=True, slots=True)
class CrsFacts:
    """What the report says about the coordinates: the system used, who declared it, the operation to the fabric's
    plane."""

    used: str
    declared_by: str
    file_says: str | None
    operation: str
    distance_to_place_m: float | None


def place_of(name: str, lon: float, lat: float, area_km2: float | None) -> Place:
    """A unit's place with a generous radius: three times that of a circle of its area, and two kilometres."""
    return Place(name, lon, lat, 3000.0 * sqrt((area_km2 or 30.0) / np.pi) + 2000.0)


def distance_m(lon: float, lat: float, place: Place) -> float:
    """Great-circle distance on a sphere of 6,371 km; good to 0.5 %."""
    a = sin(radians(lat - place.lat) / 2) ** 2
    b = cos(radians(lat)) * cos(radians(place.lat)) * sin(radians(lon - place.lon) / 2) ** 2
    return 2 * 6_371_000.0 * asin(sqrt(min(1.0, a + b)))


@cache
def _to_lonlat(name: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(pyproj.CRS.from_user_input(name), 4326, always_xy=True)


def _lonlat(name: str, x: float, y: float) -> tuple[float, float] | None:
    """(lon, lat) of a point under a system, or None where that makes no sense."""
    if name in ("EPSG:4326", "EPSG:4756") and not (abs(x) <= 180 and abs(y) <= 90):
        return None
    lon, lat = _to_lonlat(name).transform(x, y)
    if not (np.isfinite(lon) and np.isfinite(lat)):
        return None
    return float(lon), float(lat)


@cache
def _usual_systems() -> tuple[str, ...]:
    """The systems Vietnamese files come in: UTM zones, 3° and 6° zones of VN-2000, WGS84, older ones."""
    infos = pyproj.database.query_crs_info("EPSG", pyproj.enums.PJType.PROJECTED_CRS)
    zones = [f"EPSG:{i.code}" for i in infos if i.name.startswith("VN-2000 /")]
    return ("EPSG:4326", *zones, "EPSG:32648", "EPSG:32649", "EPSG:3857")


def resolve(
    points: Floats,
    fabric: FabricCrs,
    *,
    file_crs: str | None,
    user_crs: str | None,
    place: Place | None,
) -> CrsFacts:
    """Decide the coordinate system of ``points`` (n, 2) or refuse.

    Without a place only gross errors are found (the area the fabric's system is made for). Raises ImportRefused."""
    own = f"EPSG:{fabric.srid}"
    x, y = (float(v) for v in np.median(points, axis=0))
    said = _normal(user_crs, "--crs") if user_crs else _label(file_crs)
    target = place or _area_of_use(fabric)
    if said is None:
        return _detected(x, y, own, target, place)
    found = _lonlat(said, x, y)
    by = "user" if user_crs else "file"
    away = None if found is None else distance_m(*found, target)
    if found is None or away is None or away > target.radius_m:
        raise _misplaced(said, x, y, own, target, by=by, away=away)
    if by == "file" and said != own and not pyproj.CRS.from_user_input(said).is_geographic:
        _refuse_ambiguous(said, x, y, own, target)
    shown = distance_m(*found, place) if place else None
    return CrsFacts(said, by, _label(file_crs) if by == "user" else said, _operation(said, fabric), shown)


def _normal(text: str, what: str) -> str:
    text = f"EPSG:{text}" if text.isdigit() else text
    try:
        crs = pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError as error:
        raise ImportRefused(
            "unknown-crs",
            f"{what}: “{text}” is not a known coordinate reference system; write for example EPSG:5897.",
            f"{what}: không có hệ tọa độ “{text}”; hãy ghi ví dụ EPSG:5897.",
            [text],
        ) from error
    code = crs.to_epsg(min_confidence=70)
    return f"EPSG:{code}" if code else crs.to_wkt()


def _label(text: str | None) -> str | None:
    if not text:
        return None
    try:
        return _normal(text, "file")
    except ImportRefused:
        return None


def name_of(crs: str) -> str:
    """``EPSG:5897 (VN-2000 / TM-3 zone 482)``; the name alone for systems without a code."""
    name = pyproj.CRS.from_user_input(crs).name
    return f"{crs} ({name})" if crs.startswith("EPSG:") else name


def _operation(said: str, fabric: FabricCrs) -> str:
    if said == f"EPSG:{fabric.srid}":
        return "none: the file is in the fabric's own system"
    start = said if said.startswith("EPSG:") else name_of(said)
    if fabric.is_vn2000:
        return f"{start} → EPSG:4326 → EPSG:{fabric.srid}, {fabric.operation}"
    return f"{start} → EPSG:{fabric.srid}, PROJ {pyproj.proj_version_str}"


def _area_of_use(fabric: FabricCrs) -> Place:
    """Without a place: the middle of the area the fabric's system is made for, and half its diagonal."""
    area = pyproj.CRS.from_epsg(fabric.srid).area_of_use
    if area is None:
        return Place(fabric.name, 0.0, 0.0, 2.1e7)
    east = area.east + 360 if area.east < area.west else area.east
    lon, lat = (area.west + east) / 2, (area.south + area.north) / 2
    corner = Place(fabric.name, lon, lat, 0.0)
    return Place(fabric.name, lon, lat, distance_m(area.west, area.south, corner) * 1.1 + 50_000)


def looks_like(x: float, y: float, own: str, target: Place) -> list[tuple[float, str, str]]:
    """Readings of a point under which it lies near the place, best first: (distance m, English, Vietnamese)."""
    out = []
    for crs in dict.fromkeys((own, *_usual_systems())):
        for swapped in (False, True):
            at = _lonlat(crs, y, x) if swapped else _lonlat(crs, x, y)
            if at is None:
                continue
            away = distance_m(*at, target)
            if away <= target.radius_m:
                rank = away + (target.radius_m if swapped else 0) - (2 * target.radius_m if crs == own else 0)
                english = f"{name_of(crs)} with its axes swapped" if swapped else name_of(crs)
                viet = f"{name_of(crs)} với hai trục bị đổi chỗ" if swapped else name_of(crs)
                out.append((rank, english, viet))
    return sorted(out)


def _detected(x: float, y: float, own: str, target: Place, place: Place | None) -> CrsFacts:
    """No system is declared: accept the fabric's if the unit's place bears it out, else ask."""
    if place is not None:
        at = _lonlat(own, x, y)
        if at is not None and distance_m(*at, place) <= place.radius_m:
            return CrsFacts(
                own, "detected", None, "none: the file is in the fabric's own system", distance_m(*at, place)
            )
    guesses = looks_like(x, y, own, target)
    hint = f" The coordinates look like {guesses[0][1]}." if guesses else ""
    hint_vi = f" Tọa độ giống {guesses[0][2]}." if guesses else ""
    raise ImportRefused(
        "crs-unknown",
        f"The file does not say its coordinate system (a point: {x:.3f}, {y:.3f}).{hint} Declare it with "
        f"--crs, for example --crs {own}.",
        f"Tệp không ghi hệ tọa độ (một điểm: {x:.3f}; {y:.3f}).{hint_vi} Hãy khai báo bằng --crs, ví dụ --crs {own}.",
        [(x, y)],
    )


def _misplaced(said: str, x: float, y: float, own: str, target: Place, *, by: str, away: float | None) -> ImportRefused:
    guesses = looks_like(x, y, own, target)
    degrees = abs(x) <= 180 and abs(y) <= 180 and not pyproj.CRS.from_user_input(said).is_geographic
    slug = "crs-mismatch"
    if guesses and "swapped" in guesses[0][1]:
        slug = "axes-swapped"
    if degrees:
        slug = "degrees-in-projected"
    where = "outside the plane" if away is None else f"{away / 1000:,.1f} km from {target.name}"
    where_vi = "ngoài mặt phẳng" if away is None else f"cách {target.name} {away / 1000:,.1f} km"
    look = f" The coordinates look like {guesses[0][1]}." if guesses else " They fit no system that is usual here."
    look_vi = f" Tọa độ giống {guesses[0][2]}." if guesses else " Tọa độ không hợp với hệ thường dùng nào."
    if degrees:
        look = f" The numbers are degrees, not metres.{look}"
        look_vi = f" Các số này là độ, không phải mét.{look_vi}"
    how = " Exchange the axes in the file" if slug == "axes-swapped" else " Declare the right system with --crs"
    how_vi = " Hãy đổi lại hai trục trong tệp" if slug == "axes-swapped" else " Hãy khai báo đúng hệ bằng --crs"
    source, source_vi = ("--crs", "--crs") if by == "user" else ("the file", "tệp")
    return ImportRefused(
        slug,
        f"According to {source} the coordinates are {name_of(said)}, but then {x:.3f}, {y:.3f} lies "
        f"{where}.{look}{how}, or put the file right; "
        "nothing is corrected silently.",
        f"Theo {source_vi}, tọa độ thuộc {name_of(said)}, nhưng khi đó điểm {x:.3f}; {y:.3f} nằm "
        f"{where_vi}.{look_vi}{how_vi}, hoặc sửa lại tệp; "
        "hệ thống không tự ý sửa.",
        [(x, y)],
        looks_like=[g[1] for g in guesses[:3]],
    )


def _refuse_ambiguous(said: str, x: float, y: float, own: str, target: Place) -> None:
    """A projected label other than the fabric's, while the numbers fit the fabric's system as well."""
    at = _lonlat(own, x, y)
    if at is None or distance_m(*at, target) > target.radius_m:
        return
    labelled = _lonlat(said, x, y)
    apart = distance_m(*at, Place("", *(labelled or at), 0.0))
    if apart < 0.001:
        return
    raise ImportRefused(
        "crs-ambiguous",
        f"The file is labelled {name_of(said)}, but the coordinates also look like {name_of(own)}; the two "
        f"lie {apart:,.0f} m apart and both near "
        f"{target.name}. Cadastral maps here are kept in {own}. Declare the right one: --crs {own} or --crs {said}.",
        f"Tệp ghi hệ {name_of(said)}, nhưng tọa độ cũng giống {name_of(own)}; hai cách đọc lệch nhau "
        f"{apart:,.0f} m và đều gần {target.name}. "
        f"Bản đồ địa chính ở đây dùng {own}. Hãy khai báo rõ: --crs {own} hoặc --crs {said}.",
        [(x, y)],
        looks_like=[name_of(own)],
    )


def to_fabric(points: Floats, said: str, fabric: FabricCrs) -> Floats:
    """Coordinates (n, 2) of a system on the fabric's plane, metres; VN-2000 by the one pinned operation."""
    if said == f"EPSG:{fabric.srid}":
        return points
    source = pyproj.CRS.from_user_input(said)
    epsg = source.to_epsg()
    x, y = points[:, 0], points[:, 1]
    if (
        source.is_projected
        and epsg is not None
        and source.geodetic_crs is not None
        and source.geodetic_crs.name == "VN-2000"
    ):
        lon, lat = FabricCrs(epsg).to_wgs84(x, y)
    elif fabric.is_vn2000:
        lon, lat = pyproj.Transformer.from_crs(source, 4326, always_xy=True).transform(x, y)
    else:
        e, n = pyproj.Transformer.from_crs(source, fabric.srid, always_xy=True).transform(x, y)
        return np.column_stack([e, n])
    e, n = fabric.from_wgs84(lon, lat)
    return np.column_stack([e, n])
