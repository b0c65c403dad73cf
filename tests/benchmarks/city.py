"""The ground of a run: its own cluster (fsync on), databases with a sample city, tiles drawn uniformly by parcel."""

from __future__ import annotations

import contextlib
import math
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import shapely

from geo_service.embedded import Cluster
from geo_service.migrations import migrate
from layers.crs import FabricCrs
from layers.db import connect, sql
from layers.fabric.load import load_faces
from layers.register import codes
from layers.sample.generate import SampleUnit, generate, join, stream
from tests.benchmarks.report import Results

SRID = 5897
HALF = 20037508.342789244
GROUP = 1_000_000  # faces of one change set when a large city is loaded


@dataclass
class City:
    """A database with land in it."""

    url: str
    data: Path
    faces: int
    units: int
    points: np.ndarray[Any, Any] = field(default_factory=lambda: np.zeros((0, 2)))
    seconds: dict[str, float] = field(default_factory=dict)

    def tiles(self, zoom: int, count: int, skip: int = 0) -> list[tuple[int, int, int]]:
        """Distinct tiles of a zoom, drawn uniformly by parcel."""
        n = 2**zoom
        xy = np.floor((self.points * [1, -1] + HALF) / (2 * HALF) * n).astype(int)
        seen = dict.fromkeys(map(tuple, xy.tolist()))
        return [(zoom, x, y) for x, y in list(seen)[skip : skip + count]]

    def path(self, tile: tuple[int, int, int]) -> str:
        return "/tiles/fabric/{}/{}/{}.mvt".format(*tile)

    def counts(self, tiles: Sequence[tuple[int, int, int]]) -> list[int]:
        """Faces each tile draws."""
        with connect(self.url) as conn:
            rows = conn.execute(
                "SELECT (SELECT count(*) FROM fabric.parcel_version v WHERE v.retired_by IS NULL"
                " AND v.geom_3857 && ST_TileEnvelope(t.z, t.x, t.y, margin => 64.0 / 4096)) AS n"
                " FROM unnest(%s::int[], %s::int[], %s::int[]) WITH ORDINALITY AS t (z, x, y, place) ORDER BY place",
                tuple([tile[i] for tile in tiles] for i in range(3)),
            ).fetchall()
        return [row["n"] for row in rows]


def units_for(faces: int) -> int:
    """20 at a million: there, and at five million, the sample has the same density (182 and 187 m² a face)."""
    return max(3, min(20, faces // 50_000))


@contextlib.contextmanager
def cluster(folder: Path | None = None) -> Iterator[tuple[Cluster, Path]]:
    """A fresh cluster in a temporary folder that the database's user can enter; everything is removed afterwards."""
    place = Path(tempfile.mkdtemp(prefix="geo-bench-", dir=folder))
    place.chmod(0o755)
    instance = Cluster(place)
    try:
        with instance.session():
            yield instance, place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def new_database(instance: Cluster, name: str) -> str:
    """Address of a new migrated database."""
    with psycopg.connect(instance.url("postgres"), autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE geo")
    url = instance.url(name)
    migrate(url, SRID)
    return url


def drop_database(instance: Cluster, name: str) -> None:
    with psycopg.connect(instance.url("postgres"), autocommit=True) as conn:
        conn.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def load_city(results: Results, url: str, data: Path, faces: int, units: int) -> City:
    """The sample city as one change set, the way the product loads it."""
    data.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    batch = generate(units, faces, 1)
    generated = time.perf_counter() - started
    results.say(f"generated {len(batch):,} faces in {generated:.0f} s; loading")
    with connect(url) as conn:
        started = time.perf_counter()
        done = load_faces(conn, batch, reason="benchmark", progress=_progress(results))
        conn.execute("UPDATE fabric.deployment SET simulated = true, four_eyes = false")
        conn.commit()
        seconds = time.perf_counter() - started
        for _ in range(5):  # a big load leaves its codes to a job; look-ups by code need some of them
            codes.assign_waiting(conn)
            conn.commit()
    city = City(url, data, done.faces, units, seconds={"generate": generated, "load": seconds} | done.seconds)
    settle(city)
    return city


def load_large(results: Results, url: str, data: Path, faces: int, units: int) -> City:
    """A larger city, for the scaling rows only, in groups of about a million faces and in less time than the product
    takes: a code's anchor is any inner point (not the pole of inaccessibility), indexes are built once at the end."""
    data.mkdir(parents=True, exist_ok=True)
    city = City(url, data, 0, units)
    started = time.perf_counter()
    names = [
        line.split(" ON ")[0].split()[-1]
        for line in sql("layers.fabric", "indexes.sql").splitlines()
        if line.startswith("CREATE")
    ]
    with _quick_codes(), connect(url) as conn:
        waiting: list[SampleUnit] = []

        def put() -> None:
            batch = join(waiting)
            waiting.clear()
            city.faces += load_faces(conn, batch, reason="benchmark").faces
            kept = {"parcel_version_created", "parcel_version_retired"}
            conn.execute("DROP INDEX IF EXISTS " + ", ".join(f"fabric.{name}" for name in names if name not in kept))
            conn.commit()
            results.say(f"{city.faces:,} faces loaded")

        for part in stream(units, faces, 1):
            waiting.append(part)
            if sum(unit.count for unit in waiting) >= GROUP:
                put()
        if waiting:
            put()
        conn.execute(sql("layers.fabric", "indexes.sql"))
        codes.assign_waiting(conn)
        conn.commit()
    city.seconds["load"] = time.perf_counter() - started
    settle(city)
    return city


@contextlib.contextmanager
def _quick_codes() -> Iterator[None]:
    proper = codes.codes_of

    def quick(polygons: Any, crs: FabricCrs) -> tuple[list[str], Any]:
        anchors = shapely.get_coordinates(shapely.point_on_surface(polygons))
        lon, lat = crs.to_wgs84(anchors[:, 0], anchors[:, 1])
        return [codes.pygeohash.encode(b, a, 12) for a, b in zip(lon, lat, strict=True)], anchors

    codes.codes_of = quick
    try:
        yield
    finally:
        codes.codes_of = proper


def settle(city: City) -> None:
    """Vacuum and check-point, so that no row pays for the load; draw the places tiles are taken from."""
    with connect(city.url, autocommit=True) as conn:
        conn.execute("VACUUM (ANALYZE) fabric.parcel_version")
        conn.execute("VACUUM (ANALYZE) fabric.parcel")
        conn.execute("CHECKPOINT")
        rows = conn.execute(
            "SELECT (ST_XMin(geom_3857) + ST_XMax(geom_3857)) / 2 AS x,"
            " (ST_YMin(geom_3857) + ST_YMax(geom_3857)) / 2 AS y"
            " FROM fabric.parcel_version WHERE retired_by IS NULL AND random() < %s",
            (min(1.0, 60_000 / max(city.faces, 1)),),
        ).fetchall()
    points = np.array([(row["x"], row["y"]) for row in rows])
    city.points = np.random.default_rng(7).permutation(points)


def _progress(results: Results) -> Any:
    last: dict[str, float] = {}

    def report(stage: str, done: int, total: int) -> None:
        part = math.floor(10 * done / max(total, 1))
        if last.get(stage) != part and (part in {0, 5, 10}):
            last[stage] = part
            results.say(f"  {stage} {done:,}/{total:,}")

    return report
