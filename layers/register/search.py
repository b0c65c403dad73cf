"""One search box: parcel codes, sheet + number (old or new), units (of today and from before 2025), coordinates. Diacritics are optional."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from layers.crs import FabricCrs, Point, mm_from_metres
from layers.db import Connection
from layers.errors import Malformed, NotFound
from layers.fabric import history
from layers.register.labels import label_of

NUMBER = r"[-+]?\d[\d.,\u00a0]*"
WORD = r"[0-9]+[a-z]?(?:-[0-9]+)?"
SHEET_FIRST = re.compile(rf"\bto\s*(?:ban do\s*)?(?:so\s*)?({WORD})[\s,;]*thua\s*(?:dat\s*)?(?:so\s*)?({WORD})")
NUMBER_FIRST = re.compile(rf"\bthua\s*(?:dat\s*)?(?:so\s*)?({WORD})[\s,;]*to\s*(?:ban do\s*)?(?:so\s*)?({WORD})")
PAIR = re.compile(rf"(?:^|[\s,;])({WORD})\s*[/\s]\s*({WORD})\s*$")
FREE_PAIR = re.compile(r"^(.+?)\s*/\s*(\S.*)$")


def plain(text: str) -> str:
    """Lower case without diacritics."""
    text = text.lower().replace("đ", "d")
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def search(conn: Connection, crs: FabricCrs, query: str, limit: int = 10) -> dict[str, Any]:
    """Places and parcels for what a person typed, best first. `note` says when something looked like a key but was not found."""
    text = " ".join(unicodedata.normalize("NFC", query.replace("\x00", " ")).split())[:200]
    if not text:
        return {"items": [], "note": None}
    flat = plain(text)
    items: list[dict[str, Any]] = []
    if re.fullmatch(r"[0-9b-hjkmnp-z]{12}", flat):
        try:
            items.append(_parcel(conn, history.parcel_id(conn, flat), "code"))
        except NotFound:
            return {"items": [], "note": "no-such-code"}
        return {"items": items, "note": None}
    items += _coordinates(conn, crs, text)
    items += _labels(conn, flat, text, limit)
    if len(items) < limit:
        items += _units(conn, flat, limit - len(items))
    return {"items": items[:limit], "note": None if items else "nothing-found"}


def _parcel(conn: Connection, key: int, matched: str) -> dict[str, Any]:
    row = history.version_at(conn, key, None)
    place = conn.execute(
        "SELECT ST_X(p) AS lon, ST_Y(p) AS lat, ST_XMin(g) AS w, ST_YMin(g) AS s, ST_XMax(g) AS e, ST_YMax(g) AS n, u.unit_type, u.name, u.name_en"
        " FROM fabric.parcel_version v LEFT JOIN register.unit u ON u.code = v.unit,"
        " LATERAL (SELECT ST_Transform(v.geom_3857, 4326) AS g, ST_Transform(ST_PointOnSurface(v.geom_3857), 4326) AS p) x WHERE v.id = %s",
        (row["id"],),
    ).fetchone()
    assert place is not None
    label = label_of(row["sheet"], row["number"])
    unit = " ".join(filter(None, (place["unit_type"], place["name"] or row["unit"])))
    area = row["official_area_m2"] if row["official_area_m2"] is not None else row["area_m2"]
    return {
        "type": "parcel",
        "matched": matched,
        "title": f"Tờ {row['sheet']}, thửa {row['number']}" if label else f"Thửa {row['code'] or key}",
        "title_en": f"Sheet {row['sheet']}, parcel {row['number']}" if label else f"Parcel {row['code'] or key}",
        "subtitle": f"{unit} · {area:.1f} m² · {row['land_use'] or ''}".replace(".", ",").rstrip(" ·"),
        "subtitle_en": f"{place['name_en'] or unit} · {area:.1f} m² · {row['land_use'] or ''}".rstrip(" ·"),
        "lon": place["lon"],
        "lat": place["lat"],
        "bounds": [place["w"], place["s"], place["e"], place["n"]],
        "parcel_id": key,
        "code": row["code"],
        "current": row["alive"],
    }


def _number(text: str) -> float | None:
    """A number in English (2,325,500.25) or Vietnamese form (2.325.500,25)."""
    text = text.replace("\u00a0", "").strip(".,")
    comma, dot = text.rfind(","), text.rfind(".")
    if comma >= 0 and dot >= 0:
        text = text.replace(".", "").replace(",", ".") if comma > dot else text.replace(",", "")
    elif text.count(",") > 1 or text.count(".") > 1:
        text = text.replace(",", "").replace(".", "")
    else:
        text = text.replace(",", ".")
    try:
        return float(text)
    except ValueError:
        return None


def _two_numbers(text: str) -> tuple[float, float] | None:
    """Two numbers that are the whole of a text, or bear names: X and Y, or N and E; northing first."""
    named = {name.lower(): value for name, value in re.findall(rf"\b([xyenXYEN])\s*[=:]\s*({NUMBER})", text)}
    bare = re.fullmatch(rf"\s*({NUMBER})\s*[,;\s]\s*({NUMBER})\s*", text)
    if {"x", "y"} <= named.keys():
        pair = named["x"], named["y"]
    elif {"n", "e"} <= named.keys():
        pair = named["n"], named["e"]
    elif bare:
        pair = bare[1], bare[2]
    else:
        return None
    first, second = _number(pair[0]), _number(pair[1])
    return None if first is None or second is None else (first, second)


def _place(conn: Connection, crs: FabricCrs, first: float, second: float) -> tuple[Point, float, float] | None:
    """What two numbers mean: millimetres on the plane, longitude, latitude."""
    if abs(first) <= 180 and abs(second) <= 180:
        lat, lon = (first, second) if abs(first) <= 90 else (second, first)
        return crs.mm_from_lonlat(lon, lat), lon, lat
    if min(abs(first), abs(second)) > 10_000:
        x, y = mm_from_metres(second, first)
        if not _within(conn, x, y) and _within(conn, y, x):
            x, y = y, x
        lon, lat = crs.lonlat((x, y))
        return ((x, y), lon, lat) if -180 <= lon <= 180 and -90 <= lat <= 90 else None
    return None


def _coordinates(conn: Connection, crs: FabricCrs, text: str) -> list[dict[str, Any]]:
    """`lat, lon` in degrees, or northing and easting in metres: X=… Y=… with X the northing, as Vietnamese papers write it."""
    numbers = _two_numbers(text)
    if numbers is None or (max(map(abs, numbers)) <= 180 and "." not in text and "," not in text.replace(", ", " ")):
        return []  # two small whole numbers are a sheet and a parcel
    try:
        meant = _place(conn, crs, *numbers)
    except Malformed:
        return []
    if meant is None:
        return []
    (x, y), lon, lat = meant
    found = history.lying_at(conn, crs, lon, lat, history.check_seq(conn, None))
    title = f"X = {y / 1000:.3f}; Y = {x / 1000:.3f}"
    place = {
        "type": "place",
        "matched": "coordinates",
        "title": title.replace(".", ","),
        "title_en": title,
        "subtitle": f"{lat:.6f}; {lon:.6f} (WGS84)".replace(".", ","),
        "subtitle_en": f"{lat:.6f}, {lon:.6f} (WGS84)",
        "lon": lon,
        "lat": lat,
        "bounds": None,
        "parcel_id": found[0]["id"] if found else None,
        "code": found[0]["code"] if found else None,
        "current": True,
    }
    return [place]


def _within(conn: Connection, x: int, y: int) -> bool:
    row = conn.execute(
        "SELECT EXISTS (SELECT 1 FROM fabric.outline WHERE ST_MakePoint(%s, %s)::geometry && ST_SetSRID(geom, 0)) AS found",
        (x / 1000, y / 1000),
    ).fetchone()
    return bool(row and row["found"])


def _labels(conn: Connection, flat: str, text: str, limit: int) -> list[dict[str, Any]]:
    """Sheet and number, with or without a unit before or after; old sheets through their aliases."""
    readings: list[tuple[str, str, str]] = []
    if match := SHEET_FIRST.search(flat):
        readings.append((match[1], match[2], flat[: match.start()] + " " + flat[match.end() :]))
    elif match := NUMBER_FIRST.search(flat):
        readings.append((match[2], match[1], flat[: match.start()] + " " + flat[match.end() :]))
    else:
        if match := PAIR.search(flat):
            readings.append((match[1], match[2], flat[: match.start()]))
        if free := FREE_PAIR.match(text):
            readings.append((free[1], free[2], ""))
    items: list[dict[str, Any]] = []
    seen: set[int] = set()
    for sheet, number, where in readings:
        units, former = _named_units(conn, where)
        if where.strip(" ,;") and not units and not former:
            continue
        rows = conn.execute(
            """
            WITH wanted AS (
                SELECT u.code AS unit, %(sheet)s AS sheet, false AS alias FROM register.unit u
                WHERE %(everywhere)s OR u.code = ANY(%(units)s)
                UNION ALL
                SELECT a.unit, a.sheet, true FROM register.sheet_alias a
                WHERE a.old_sheet = %(sheet)s AND (%(everywhere)s OR a.old_unit = ANY(%(former)s)))
            SELECT v.parcel_id, bool_or(v.retired_by IS NULL) AS current, bool_or(w.alias) AS alias
            FROM wanted w JOIN fabric.parcel_version v ON v.unit = w.unit AND v.sheet = w.sheet AND v.number = %(number)s
            GROUP BY v.parcel_id ORDER BY 2 DESC, 1 LIMIT %(limit)s
            """,
            {
                "sheet": sheet,
                "number": number,
                "units": units,
                "former": former,
                "everywhere": not where.strip(" ,;"),
                "limit": limit,
            },
        ).fetchall()
        for row in rows:
            if row["parcel_id"] not in seen:
                seen.add(row["parcel_id"])
                matched = "label" if row["current"] and not row["alias"] else "old_label"
                items.append(_parcel(conn, row["parcel_id"], matched))
    return items


def _named_units(conn: Connection, where: str) -> tuple[list[str], list[str]]:
    """Codes of today's units and of former ones that a text names, by code or by name."""
    name = re.sub(r"\b(phuong|xa|thi tran|p\.|x\.)\s*", "", where.strip(" ,;-")).strip(" ,;-")
    if not name:
        return [], []
    found = {}
    for table in ("unit", "former_unit"):
        rows = conn.execute(
            f"SELECT DISTINCT code FROM register.{table} WHERE code = %(name)s OR plain = %(name)s OR plain LIKE '%% ' || %(pattern)s",
            {"name": name, "pattern": _escape(name)},
        ).fetchall()
        found[table] = [row["code"] for row in rows]
    carried = conn.execute(
        "SELECT DISTINCT unit FROM register.former_unit WHERE code = ANY(%s)", (found["former_unit"],)
    ).fetchall()
    return found["unit"] or [row["unit"] for row in carried], found["former_unit"]


def _escape(text: str) -> str:
    return re.sub(r"([%_\\])", r"\\\1", text)


def _units(conn: Connection, flat: str, limit: int) -> list[dict[str, Any]]:
    rows = conn.execute(
        """
        SELECT * FROM (
        SELECT DISTINCT ON (u.code) u.code, u.name, u.name_en, u.unit_type, f.name AS former, f.district,
               coalesce(ST_X(c.p), u.lon) AS lon, coalesce(ST_Y(c.p), u.lat) AS lat,
               CASE WHEN x.geom_3857 IS NULL THEN NULL ELSE ARRAY[ST_XMin(g.b), ST_YMin(g.b), ST_XMax(g.b), ST_YMax(g.b)] END AS bounds,
               greatest(word_similarity(%(q)s, u.plain) + (u.plain LIKE '%%' || %(pattern)s)::int,
                        coalesce(word_similarity(%(q)s, f.plain) + (f.plain LIKE '%%' || %(pattern)s)::int, 0) - 0.05) AS score
        FROM register.unit u LEFT JOIN register.former_unit f ON f.unit = u.code AND word_similarity(%(q)s, f.plain) > 0.7
        LEFT JOIN tiles.unit_extent x ON x.unit = u.code
        LEFT JOIN LATERAL (SELECT ST_Transform(x.centre_3857, 4326) AS p) c ON true
        LEFT JOIN LATERAL (SELECT ST_Transform(x.geom_3857, 4326) AS b) g ON true
        WHERE u.code = %(q)s OR u.plain LIKE '%%' || %(pattern)s || '%%' OR word_similarity(%(q)s, u.plain) > 0.6 OR f.code IS NOT NULL
        ORDER BY u.code, score DESC) best
        WHERE lon IS NOT NULL ORDER BY code = %(q)s DESC, score DESC, bounds IS NULL, name LIMIT %(limit)s
        """,
        {"q": flat, "pattern": _escape(flat), "limit": limit},
    ).fetchall()
    items = []
    for row in rows:
        former = f" · trước 7/2025: {row['former']}, {row['district']}" if row["former"] else ""
        former_en = f" · before 7/2025: {row['former']}, {row['district']}" if row["former"] else ""
        items.append(
            {
                "type": "unit",
                "matched": "unit",
                "title": f"{row['unit_type']} {row['name']}".strip(),
                "title_en": row["name_en"] or row["name"],
                "subtitle": f"Mã {row['code']}{former}",
                "subtitle_en": f"Code {row['code']}{former_en}",
                "lon": row["lon"],
                "lat": row["lat"],
                "bounds": row["bounds"],
                "parcel_id": None,
                "code": row["code"],
                "current": True,
            }
        )
    return items
