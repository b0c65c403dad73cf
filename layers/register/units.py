"""Administrative units."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from layers.db import Connection
from layers.errors import Malformed, NotFound


@dataclass(frozen=True)
class Unit:
    """A commune-level unit; lon/lat (degrees) of its place are None where nobody gave them."""

    code: str
    name: str
    unit_type: str
    lon: float | None
    lat: float | None
    area_km2: float | None

    @property
    def radius_m(self) -> float | None:
        """A generous radius around the place: everything of the unit should lie within."""
        return None if self.area_km2 is None else 4_000 + 3 * math.sqrt(self.area_km2 / math.pi) * 1000


def unit(conn: Connection, code: str) -> Unit:
    """The unit with a code.

    Raises NotFound that says how to add one.
    """
    row = conn.execute(
        "SELECT code, name, unit_type, lon, lat, area_km2 FROM register.unit WHERE code = %s", (code,)
    ).fetchone()
    if row is None:
        raise NotFound(
            "no-such-unit",
            f"There is no unit {code}; add it with: geo-service units add {code} NAME",
            f"Không có đơn vị {code}; thêm bằng: geo-service units add {code} TÊN",
        )
    return Unit(**row)


def add(conn: Connection, code: str, name: str) -> None:
    """Add a unit of another deployment.

    Raises Malformed for a bad code, an empty name, or a code that another name already has.
    """
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,12}", code) or not name.strip():
        raise Malformed(
            "bad-unit",
            f"“{code}” is not a unit code (1 to 12 letters or digits), or the name is empty.",
            f"Mã đơn vị “{code}” không hợp lệ hoặc thiếu tên.",
        )
    conn.execute("INSERT INTO register.unit (code, name) VALUES (%s, %s) ON CONFLICT DO NOTHING", (code, name.strip()))
    found = unit(conn, code)
    if found.name != name.strip():
        raise Malformed(
            "unit-exists", f"Unit {code} already exists: {found.name}.", f"Đơn vị {code} đã có: {found.name}."
        )
