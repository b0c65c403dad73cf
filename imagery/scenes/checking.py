"""Whether a scene can be what it claims: where it lies, when it was taken."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pyproj
import shapely
from rasterio.crs import CRS

from imagery.scenes.reading import Grid
from layers.crs import WGS84
from layers.errors import Malformed

FIRST_YEAR = 1930  # no usable picture of a city from above is older
CLOCKS = dt.timedelta(minutes=10)  # by which two clocks may differ
AROUND = 3.0  # degrees beyond a CRS' area of use
EDGE_POINTS = 32  # along each side of an outline, so that it bends with the projection


def check_date(
    given: dt.datetime | None, found: dt.datetime | None, found_is_sure: bool, now: dt.datetime
) -> dt.datetime:
    """The date of a scene: as the metadata says to the minute, as given, or as a name hints at. Raises Malformed without one, or for one that cannot be."""
    when = found if found_is_sure and found else given or found
    if when is None:
        raise Malformed(
            "no-date",
            "Neither the metadata nor the name says when the picture was taken: give --datetime.",
            "Không có ngày chụp trong siêu dữ liệu hay tên tệp: hãy nhập ngày chụp (--datetime).",
        )
    if given and found and found_is_sure and abs(given - found) > dt.timedelta(days=1):
        raise Malformed(
            "other-date",
            f"The metadata says the picture was taken on {found:%Y-%m-%d}, not on {given:%Y-%m-%d}.",
            f"Siêu dữ liệu ghi ngày chụp {found:%d/%m/%Y}, không phải {given:%d/%m/%Y}.",
        )
    if when > now + CLOCKS:
        raise Malformed(
            "date-in-future",
            f"{when:%Y-%m-%d %H:%M} lies in the future.",
            f"Thời điểm {when:%d/%m/%Y %H:%M} ở tương lai.",
        )
    if when.year < FIRST_YEAR:
        raise Malformed("date-too-old", f"{when:%Y-%m-%d} cannot be right.", f"Ngày {when:%d/%m/%Y} không hợp lý.")
    return when


def check_crs(crs: CRS | None, said: int | None, has_points: bool) -> CRS:
    """The CRS of a raster, with an EPSG code. Raises Malformed without one."""
    if said is not None:
        try:
            return CRS.from_epsg(said)
        except Exception as error:
            raise Malformed("unknown-crs", f"There is no EPSG:{said}.", f"Không có hệ tọa độ EPSG:{said}.") from error
    if crs is None or not (crs.is_geographic or crs.is_projected):
        hint, hint_vi = "give --crs EPSG:n if you know it", "hãy nhập --crs EPSG:n nếu biết"
        if has_points:
            hint, hint_vi = "it has only control points; rectify it first", "chỉ có điểm khống chế; hãy nắn ảnh trước"
        raise Malformed(
            "no-crs",
            f"The picture does not say where it lies (no CRS): {hint}.",
            f"Ảnh không có hệ tọa độ: {hint_vi}.",
        )
    if crs.to_epsg() is None:
        raise Malformed(
            "no-epsg-code",
            "The picture's CRS has no EPSG code; give the one it is with --crs EPSG:n.",
            "Hệ tọa độ của ảnh không có mã EPSG; hãy chỉ rõ bằng --crs EPSG:n.",
        )
    return crs


def outline(grid: Grid, *, swapped: bool = False) -> Any:
    """The grid's outline in lon/lat, or what it would be with x and y swapped; None where that is nowhere on Earth."""
    corners = [
        grid.transform @ point for point in ((0, 0), (grid.width, 0), (grid.width, grid.height), (0, grid.height))
    ]
    ring = shapely.Polygon([(y, x) for x, y in corners] if swapped else corners)
    return in_lonlat(shapely.segmentize(ring, ring.length / (4 * EDGE_POINTS)), grid.crs)


def in_lonlat(shape: Any, crs: CRS) -> Any:
    """A shape of a CRS in lon/lat; None where it does not lie on Earth."""
    if crs.is_geographic and not _on_earth(shape):
        return None
    transformer = pyproj.Transformer.from_crs(pyproj.CRS.from_user_input(crs.to_wkt()), WGS84, always_xy=True)
    moved = shapely.transform(shape, transformer.transform, interleaved=False)
    return moved if math.isfinite(sum(moved.bounds)) and _on_earth(moved) else None


def _on_earth(shape: Any) -> bool:
    west, south, east, north = shape.bounds
    slack = 1e-6
    return bool(west >= -180 - slack and east <= 180 + slack and south >= -90 - slack and north <= 90 + slack)


def check_place(grid: Grid, region: Any) -> Any:
    """The outline of a scene in lon/lat. `region`: where the city is, if known.

    Raises Malformed when the place cannot be: x and y swapped, coordinates that belong to no place on Earth, or far outside the CRS' area of use.
    """
    here, other = outline(grid), outline(grid, swapped=True)
    fits = here is not None and _within_use(here, grid.crs)
    expected = fits and _in_region(here, region)
    if not expected and other is not None and _within_use(other, grid.crs) and _in_region(other, region):
        raise Malformed(
            "axes-swapped",
            "The coordinates are in the wrong order: with x and y swapped the picture would lie where it belongs.",
            "Tọa độ bị đảo trục: nếu đổi chỗ x và y thì ảnh nằm đúng vị trí.",
        )
    if here is None or not fits:
        raise Malformed(
            "impossible-place",
            f"The coordinates lie far outside where EPSG:{grid.crs.to_epsg()} is used; the CRS or the coordinates are wrong.",
            f"Tọa độ nằm ngoài phạm vi sử dụng của EPSG:{grid.crs.to_epsg()}; hệ tọa độ hoặc tọa độ bị sai.",
        )
    return here


def _in_region(shape: Any, region: Any) -> bool:
    return region is None or bool(shape.intersects(region))


def _within_use(shape: Any, crs: CRS) -> bool:
    area = pyproj.CRS.from_epsg(crs.to_epsg()).area_of_use
    if area is None or area.west > area.east:  # across the 180th meridian
        return True
    centre = shape.centroid
    return bool(
        area.west - AROUND <= centre.x <= area.east + AROUND and area.south - AROUND <= centre.y <= area.north + AROUND
    )


def is_elsewhere(footprint: Any, region: Any, said: bool) -> bool:
    """Whether a scene lies outside the city. Raises Malformed when it does and nobody has said so."""
    if region is None or footprint.intersects(region):
        return False
    if not said:
        at = footprint.centroid
        raise Malformed(
            "outside-the-city",
            f"The picture lies outside the city, near {at.y:.3f}, {at.x:.3f}; say --elsewhere if that is meant.",
            f"Ảnh nằm ngoài địa bàn thành phố, gần {at.y:.3f}, {at.x:.3f}; nếu đúng ý, hãy chọn “ngoài địa bàn” (--elsewhere).",
        )
    return True


def gsd(grid: Grid) -> float:
    """Size of a pixel at the centre of a grid, in m (the root of its area)."""
    a, b, d, e = grid.transform.a, grid.transform.b, grid.transform.d, grid.transform.e
    if not grid.crs.is_geographic:
        return math.sqrt(abs(a * e - b * d)) * float(grid.crs.linear_units_factor[1])
    x, y = grid.transform @ (grid.width / 2, grid.height / 2)
    geod = pyproj.Geod(ellps="WGS84")
    area, _ = geod.polygon_area_perimeter([x, x + a, x + a + b, x + b], [y, y + d, y + d + e, y + e])
    return math.sqrt(abs(area))
