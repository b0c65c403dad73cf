"""Coordinate reference systems: the fabric's plane, WGS84, and the one pinned operation between them.

Master coordinates are integer millimetres on the fabric's plane (x = easting, y = northing). Vietnamese papers write
X = northing, Y = easting: swapping happens where such papers are read or printed, never in here.

VN-2000 to WGS84 is EPSG:6960 (QD 05/2007/QD-BTNMT) with coordinate-frame signs; PROJ's `+towgs84` takes position-vector signs,
hence the negated rotations below. For any other SRID the operation is the one PROJ's database gives.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from pyproj.crs import CRS

from layers.errors import Malformed

Point = tuple[int, int]
Ring = tuple[Point, ...]
WGS84 = 4326
WEB_MERCATOR = 3857

# dX, dY, dZ in m; rotations in arc seconds with coordinate-frame signs; scale in ppm (EPSG:6960).
EPSG_6960 = (-191.90441429, -39.30318279, -111.45032835, -0.00928836, 0.01975479, -0.00427372, 0.252906278)

# A face of the land never spans more than this; also keeps integer products inside 64 bits.
MAX_ABS_MM = 2**34


class FabricCrs:
    """The plane of one deployment, `srid` an EPSG code of a projected CRS in metres."""

    def __init__(self, srid: int) -> None:
        try:
            crs = CRS.from_epsg(srid)
        except pyproj.exceptions.CRSError as error:
            raise Malformed("unknown-srid", f"EPSG:{srid} is not known.", f"Không có hệ tọa độ EPSG:{srid}.") from error
        units = {axis.unit_name for axis in crs.axis_info}
        if not crs.is_projected or units != {"metre"}:
            raise Malformed(
                "not-a-plane",
                f"EPSG:{srid} ({crs.name}) is not a projected system in metres.",
                f"EPSG:{srid} ({crs.name}) không phải hệ tọa độ phẳng đơn vị mét.",
            )
        self.srid = srid
        self.name = crs.name
        self.is_vn2000 = crs.geodetic_crs is not None and crs.geodetic_crs.name == "VN-2000"
        if self.is_vn2000:
            plane = _parameters(crs)
            dx, dy, dz, rx, ry, rz, ppm = EPSG_6960
            self.operation = f"{plane} +towgs84={dx},{dy},{dz},{-rx},{-ry},{-rz},{ppm} +units=m +no_defs"
            pipeline = (
                f"+proj=pipeline +step +inv {plane} +step +proj=push +v_3 +step +proj=cart +ellps=WGS84 "
                f"+step +proj=helmert +x={dx} +y={dy} +z={dz} +rx={rx} +ry={ry} +rz={rz} +s={ppm} "
                "+convention=coordinate_frame +step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3 "
                "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
            )
            self._forward = pyproj.Transformer.from_pipeline(pipeline)
        else:
            self._forward = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
            self.operation = f"EPSG:{srid} to EPSG:4326: {self._forward.description}"

    @property
    def pinned_srid(self) -> int:
        """Row of spatial_ref_sys that pins the operation (PostGIS keeps user rows from 910000 on). A row is used because PostGIS
        caches transformations by SRID only: with PROJ strings in the call each one costs a millisecond."""
        return 910_000 + self.srid if self.is_vn2000 else self.srid

    def to_web_sql(self, column: str) -> str:
        """SQL expression that takes `column` to Web Mercator by the same operation."""
        return f"ST_Transform(ST_SetSRID({column}, {self.pinned_srid}), {WEB_MERCATOR})"

    def to_wgs84(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Metres (easting, northing) to degrees (longitude, latitude); scalars or arrays."""
        return self._forward.transform(x, y)

    def from_wgs84(self, lon: Any, lat: Any) -> tuple[Any, Any]:
        """Degrees to metres. Up to 1 mm is lost (the datums differ in height): for new points only, never for vertices."""
        return self._forward.transform(lon, lat, direction=pyproj.enums.TransformDirection.INVERSE)

    def lonlat(self, point: Point) -> tuple[float, float]:
        """One integer-mm point in degrees, rounded to 1e-9 (0.1 mm)."""
        lon, lat = self.to_wgs84(point[0] / 1000, point[1] / 1000)
        return round(lon, 9), round(lat, 9)

    def mm_from_lonlat(self, lon: float, lat: float) -> Point:
        """A new point, rounded once to whole millimetres.

        Raises Malformed when it lies outside the plane's use.
        """
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise Malformed("bad-coordinate", f"{lon}, {lat} is not lon/lat.", f"{lon}, {lat} không phải kinh/vĩ độ.")
        x, y = self.from_wgs84(lon, lat)
        return mm_from_metres(x, y)

    def rings_lonlat(self, rings: Sequence[Ring]) -> list[list[list[float]]]:
        """GeoJSON coordinates (closed rings) of a face."""
        out: list[list[list[float]]] = []
        for ring in rings:
            xy = np.asarray(ring, dtype=float) / 1000
            lon, lat = self.to_wgs84(xy[:, 0], xy[:, 1])
            line = np.round(np.column_stack([lon, lat]), 9).tolist()
            out.append([*line, line[0]])
        return out

    def segments_geojson(self, where: Iterable[Sequence[Point]], message: str, message_vi: str) -> dict[str, Any]:
        """Places of a refusal (segments of two points, or single points) as GeoJSON to highlight on the map."""
        features = []
        for place in where:
            points = [list(self.lonlat(point)) for point in place]
            geometry: dict[str, Any] = (
                {"type": "Point", "coordinates": points[0]}
                if len(points) == 1
                else {"type": "LineString", "coordinates": points}
            )
            features.append(
                {"type": "Feature", "geometry": geometry, "properties": {"message": message, "message_vi": message_vi}}
            )
        return {"type": "FeatureCollection", "features": features}


def _parameters(crs: CRS) -> str:
    """PROJ parameters of a VN-2000 plane (transverse Mercator on the WGS84 ellipsoid)."""
    values = {
        parameter.name: parameter.value
        for parameter in (crs.coordinate_operation.params if crs.coordinate_operation else [])
    }
    return (
        f"+proj=tmerc +lat_0={values['Latitude of natural origin']:g} +lon_0={values['Longitude of natural origin']:g} "
        f"+k={values['Scale factor at natural origin']} +x_0={values['False easting']:.0f} "
        f"+y_0={values['False northing']:.0f} +ellps=WGS84"
    )


def mm_from_metres(x: float, y: float) -> Point:
    """Metres to whole millimetres, rounded once.

    Raises Malformed for NaN, infinity and anything beyond a plane.
    """
    if not (np.isfinite(x) and np.isfinite(y)) or max(abs(x), abs(y)) * 1000 > MAX_ABS_MM:
        raise Malformed("bad-coordinate", f"{x}, {y} lies outside the plane.", f"Tọa độ {x}, {y} nằm ngoài mặt phẳng.")
    return round(x * 1000), round(y * 1000)


def polygon_from_rings(rings: Sequence[Ring]) -> shapely.Polygon:
    """Open integer-mm rings to a polygon in metres, each coordinate exactly integer / 1000."""
    shell, *holes = [np.asarray(ring, dtype=np.float64) / 1000 for ring in rings]
    return shapely.Polygon(shell, holes)


def rings_from_polygon(polygon: shapely.Polygon) -> tuple[Ring, ...]:
    """A polygon in metres to open integer-mm rings, shell first; directions are kept."""

    def ring(line: shapely.LinearRing) -> Ring:
        mm: NDArray[np.int64] = np.round(shapely.get_coordinates(line) * 1000).astype(np.int64)
        return tuple((int(x), int(y)) for x, y in mm[:-1])

    return (ring(polygon.exterior), *(ring(hole) for hole in polygon.interiors))


@functools.cache
def central_meridians() -> dict[str, float]:
    """Central meridian (degrees) of each of the 34 provinces: annex of TT 24/2025/TT-BNNMT."""
    with (files("layers.register") / "data" / "provinces.csv").open(encoding="utf-8") as lines:
        return {row["name"]: float(row["central_meridian"]) for row in csv.DictReader(lines)}


@functools.cache
def srid_of_province(province: str) -> int:
    """EPSG code of the VN-2000 / TM-3 zone of a province, decided by its central meridian.

    Raises Malformed for an unknown province or a meridian EPSG has no zone for.
    """
    meridian = central_meridians().get(province)
    if meridian is None:
        raise Malformed("unknown-province", f"{province} is not a province.", f"Không có tỉnh/thành phố {province}.")
    for info in pyproj.database.query_crs_info("EPSG", pyproj.enums.PJType.PROJECTED_CRS):
        if info.name.startswith("VN-2000 / TM-3"):
            plane = _parameters(CRS.from_epsg(int(info.code)))
            if f"+lon_0={meridian:g} " in plane:
                return int(info.code)
    raise Malformed(
        "no-zone",
        f"EPSG has no zone for {meridian}° ({province}).",
        f"EPSG chưa có múi chiếu {meridian}° ({province}).",
    )
