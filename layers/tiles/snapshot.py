"""The generalised snapshot for zooms below 14: gap-free at every zoom, built once, kept as a PMTiles file.

Faces are dissolved into areas of one use (shared vertices match exactly, so the union is exact), then simplified as a coverage, which keeps
neighbours neighbours. What changed since the snapshot is drawn over it by delta.sql.
"""

from __future__ import annotations

import contextlib
import gzip
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from layers.db import Connection
from layers.tiles.cover import span
from layers.tiles.render import MIN_ZOOM, RAW_ZOOM

# Zooms of a level, what is dissolved into one area, tolerance of the simplification in Web Mercator metres.
LEVELS = (
    (range(13, RAW_ZOOM), "use", 8.0),
    (range(12, 13), "use", 22.0),
    (range(9, 12), "group", 45.0),
    (range(MIN_ZOOM, 9), "unit", 250.0),
)
COARSE = {"N": "LUC", "R": "ODT", "W": "SON", "O": "BCS"}
AGRICULTURAL = {
    "NNP", "CHN", "LUA", "LUC", "LUK", "HNK", "CLN", "LNP", "RDD", "RPH", "RSX", "RSN", "NTS", "CNT", "LMU", "NKH",
}  # fmt: skip
LINE_PIECE = 200  # vertices of a piece of a unit limit


@dataclass(frozen=True)
class Snapshot:
    seq: int
    file: str
    faces: int
    bytes: int
    seconds: dict[str, float]


def build(conn: Connection, folder: Path, progress: Callable[[str, int, int], None] | None = None) -> Snapshot:
    """Build the snapshot of the current state into `folder`, and the unit limits with it; the caller commits.

    The whole build reads one state of the land (REPEATABLE READ; `conn` must not be in a transaction yet).
    """
    report = progress or _unheard
    started = time.perf_counter()
    seconds: dict[str, float] = {}

    def lap(name: str) -> None:
        nonlocal started
        now = time.perf_counter()
        seconds[name] = round(now - started, 3)
        started = now

    conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    seq = int(conn.execute("SELECT seq FROM feed.head").fetchone()["seq"])  # type: ignore[index]
    report("read", 0, 1)
    polygons, facts = _read(conn)
    lap("read")
    folder.mkdir(parents=True, exist_ok=True)
    name = f"fabric-{seq}-{int(time.time())}.pmtiles"
    conn.execute("CREATE TEMP TABLE IF NOT EXISTS snapshot_area (kind text, lu text, geom geometry(Polygon, 3857))")
    with _whole_file(folder / name) as file:
        writer = Writer(file)
        tiles: dict[int, bytes] = {}
        areas = facts.assign(use=facts["kind"] + "|" + facts["land_use"])
        shapes = polygons
        for number, (zooms, level, tolerance) in enumerate(LEVELS):
            shapes, areas = _dissolve(shapes, areas, level)
            if number == 0:
                _write_limits(conn, shapes, areas, facts)
            lap(f"dissolve z{zooms[0]}")
            _fill(conn, shapes, areas, tolerance)
            lap(f"simplify z{zooms[0]}")
            bounds = _bounds(conn)
            for zoom in zooms:
                tiles.update(_draw(conn, zoom, bounds))
                report("tiles", RAW_ZOOM - 1 - zoom, RAW_ZOOM - MIN_ZOOM)
            lap(f"tiles z{zooms[0]}")
        for tile_id in sorted(tiles):
            writer.write_tile(tile_id, gzip.compress(tiles[tile_id], 6, mtime=0))
        west, south, east, north = bounds or (0.0, 0.0, 0.0, 0.0)
        writer.finalize(
            {
                "tile_type": TileType.MVT,
                "tile_compression": Compression.GZIP,
                "min_zoom": MIN_ZOOM,
                "max_zoom": RAW_ZOOM - 1,
                "min_lon_e7": int(west * 1e7), "min_lat_e7": int(south * 1e7),
                "max_lon_e7": int(east * 1e7), "max_lat_e7": int(north * 1e7),
                "center_zoom": 10,
                "center_lon_e7": int((west + east) / 2 * 1e7), "center_lat_e7": int((south + north) / 2 * 1e7),
            },
            {"seq": seq},
        )  # fmt: skip
    lap("write")
    conn.execute("DROP TABLE snapshot_area")
    size = (folder / name).stat().st_size
    conn.execute(
        "INSERT INTO tiles.snapshot (seq, file, faces, bytes, seconds) VALUES (%s, %s, %s, %s, %s::jsonb)"
        " ON CONFLICT (seq) DO UPDATE SET file = excluded.file, faces = excluded.faces, bytes = excluded.bytes, built_at = now()",
        (seq, name, len(polygons), size, pd.Series(seconds).to_json()),
    )
    return Snapshot(seq, name, len(polygons), size, seconds)


def _unheard(*_: object) -> None:
    """Nobody wants to know how far it is."""


@contextlib.contextmanager
def _whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file that appears under its name only when it was written to the end."""
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as file:
            yield file
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)


def _read(conn: Connection) -> tuple[NDArray[Any], pd.DataFrame]:
    shapes: list[bytes] = []
    rows: list[tuple[str, str, str]] = []
    with conn.cursor(name="snapshot", binary=True) as cursor:
        cursor.itersize = 20_000
        cursor.execute(
            "SELECT unit, kind, coalesce(land_use, '') AS lu, ST_AsBinary(geom_3857) AS wkb FROM fabric.parcel_version WHERE retired_by IS NULL"
        )
        for row in cursor:
            rows.append((row["unit"], row["kind"], row["lu"]))
            shapes.append(row["wkb"])
    facts = pd.DataFrame(rows, columns=["unit", "kind", "land_use"])
    facts["group"] = (
        facts["unit"]
        + "|"
        + np.select(
            [
                facts["kind"] == "water",
                facts["land_use"].isin(AGRICULTURAL),
                facts["kind"].isin(["land", "road", "other"]),
            ],
            ["W", "N", "R"],
            "O",
        )
    )
    return np.asarray(shapely.from_wkb(shapes), dtype=object), facts


def _dissolve(polygons: NDArray[Any], facts: pd.DataFrame, level: str) -> tuple[NDArray[Any], pd.DataFrame]:
    """Areas of one unit and one use (or group, or the whole unit), in single parts."""
    keys = facts["unit"] if level == "unit" else facts["unit"] + "/" + facts[level]
    shapes: list[Any] = []
    kept: list[int] = []
    for positions in facts.groupby(keys, sort=True).indices.values():
        parts = shapely.get_parts(shapely.coverage_union_all(polygons[positions]))
        parts = shapely.get_parts(parts)
        shapes.extend(parts)
        kept.extend([int(positions[0])] * len(parts))
    out = facts.iloc[kept].reset_index(drop=True)
    if level == "group":
        code = out["group"].str[-1]
        out["kind"] = np.where(code == "W", "water", "land")
        out["land_use"] = code.map(COARSE)
    elif level == "unit":
        out["kind"], out["land_use"] = "land", "ODT"
    return np.asarray(shapes, dtype=object), out


def _fill(conn: Connection, shapes: NDArray[Any], areas: pd.DataFrame, tolerance: float) -> None:
    simple = shapely.coverage_simplify(shapes, tolerance) if len(shapes) else shapes
    conn.execute("TRUNCATE snapshot_area")
    wkb = shapely.to_wkb(shapely.set_srid(simple, 3857), hex=True, include_srid=True)
    usable = (shapely.get_type_id(simple) == 3) & ~shapely.is_empty(simple) if len(simple) else np.zeros(0, bool)
    with conn.cursor() as cursor, cursor.copy("COPY snapshot_area (kind, lu, geom) FROM STDIN") as copy:
        for i in np.flatnonzero(usable).tolist():
            copy.write_row((areas["kind"].iat[i], areas["land_use"].iat[i], wkb[i]))
    conn.execute(
        "CREATE INDEX IF NOT EXISTS snapshot_area_map ON snapshot_area USING gist (geom); ANALYZE snapshot_area"
    )


def _bounds(conn: Connection) -> tuple[float, float, float, float] | None:
    row = conn.execute(
        "SELECT ST_XMin(g) AS w, ST_YMin(g) AS s, ST_XMax(g) AS e, ST_YMax(g) AS n FROM ("
        "SELECT ST_Transform(ST_SetSRID(ST_Extent(geom)::geometry, 3857), 4326) AS g FROM snapshot_area) t"
    ).fetchone()
    return None if row is None or row["w"] is None else (row["w"], row["s"], row["e"], row["n"])


def _draw(conn: Connection, zoom: int, bounds: tuple[float, float, float, float] | None) -> dict[int, bytes]:
    """All tiles of one zoom that are not empty, by PMTiles id."""
    if bounds is None:
        return {}
    x0, y0, x1, y1 = span(bounds, zoom)
    out = {}
    for x in range(x0, x1 + 1):
        rows = conn.execute(
            """
            WITH tile AS (SELECT y, ST_TileEnvelope(%(z)s, %(x)s, y) AS box, ST_TileEnvelope(%(z)s, %(x)s, y, margin => 64.0 / 4096) AS search
                          FROM generate_series(%(y0)s::int, %(y1)s::int) y)
            SELECT y, coalesce((SELECT ST_AsMVT(f, 'faces', 4096, 'geom') FROM (
                        SELECT a.kind, a.lu, ST_AsMVTGeom(a.geom, tile.box, 4096, 64, true) AS geom
                        FROM snapshot_area a WHERE a.geom && tile.search) f WHERE geom IS NOT NULL), ''::bytea)
                   || coalesce((SELECT ST_AsMVT(l, 'limits', 4096, 'geom') FROM (
                        SELECT ST_AsMVTGeom(ST_Simplify(u.geom_3857, 20000000.0 / (1 << %(z)s) / 800), tile.box, 4096, 64, true) AS geom
                        FROM tiles.unit_limit u WHERE u.geom_3857 && tile.search) l WHERE geom IS NOT NULL), ''::bytea) AS mvt
            FROM tile
            """,
            {"z": zoom, "x": x, "y0": y0, "y1": y1},
        ).fetchall()
        out.update({zxy_to_tileid(zoom, x, row["y"]): row["mvt"] for row in rows if row["mvt"]})
    return out


def _write_limits(conn: Connection, shapes: NDArray[Any], areas: pd.DataFrame, facts: pd.DataFrame) -> None:
    """Limits between units, exact, each drawn once, and the extent of every unit."""
    counts = facts["unit"].value_counts()
    units, outlines = [], []
    for unit, positions in sorted(areas.groupby("unit").indices.items()):
        units.append(str(unit))
        outlines.append(shapely.coverage_union_all(shapes[positions]))
    lines = shapely.get_parts(
        shapely.line_merge(shapely.unary_union(shapely.boundary(np.asarray(outlines, dtype=object))))
    )
    conn.execute("DELETE FROM tiles.unit_limit; DELETE FROM tiles.unit_extent")
    with conn.cursor() as cursor, cursor.copy("COPY tiles.unit_limit (geom_3857) FROM STDIN") as copy:
        for line in lines:
            xy = shapely.get_coordinates(line)
            for at in range(0, len(xy) - 1, LINE_PIECE):
                piece = shapely.set_srid(shapely.LineString(xy[at : at + LINE_PIECE + 1]), 3857)
                copy.write_row([shapely.to_wkb(piece, hex=True, include_srid=True)])
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO tiles.unit_extent (unit, faces, geom_3857, centre_3857)"
            " VALUES (%s, %s, ST_SetSRID(%s::geometry, 3857), ST_SetSRID(%s::geometry, 3857))",
            [
                (unit, int(counts[unit]), shapely.box(*outline.bounds).wkb_hex, shapely.get_point(centre, 0).wkb_hex)
                for unit, outline, centre in zip(
                    units, outlines, shapely.maximum_inscribed_circle(outlines, tolerance=5), strict=True
                )
            ],
        )
