"""tipg on the same database in the same run: same columns, same buffer, caches off, answers compared before timing.

It lives in a virtual environment of its own that is thrown away with the run's temporary folder.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from layers.db import connect
from layers.tiles.render import FACTS
from tests.benchmarks import load, machine
from tests.benchmarks.city import City
from tests.benchmarks.report import Results
from tests.benchmarks.service import Server, free_port, running
from tests.benchmarks.vector import features, unpacked

VERSION = "1.6.1"
VIEWS = f"""
CREATE SCHEMA IF NOT EXISTS bench;
CREATE OR REPLACE VIEW bench.facts AS
    SELECT v.parcel_id AS id, v.kind, coalesce(v.land_use, '') AS lu{FACTS}, v.geom_3857 AS geom
    FROM fabric.parcel_version v WHERE v.retired_by IS NULL;
CREATE OR REPLACE VIEW bench.thin AS
    SELECT v.parcel_id AS id, v.kind, coalesce(v.land_use, '') AS lu, v.geom_3857 AS geom
    FROM fabric.parcel_version v WHERE v.retired_by IS NULL;
"""
ROUNDS = 3
COMPRESSED = {"Accept-Encoding": "gzip"}  # as every browser asks; our tiles are always compressed


def install(folder: Path) -> Path:
    """A virtual environment with tipg; returns its interpreter."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    packages = [f"tipg=={VERSION}", "uvicorn", "uvloop", "httptools"]
    answer = subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], capture_output=True, check=False)
    if answer.returncode:
        raise RuntimeError(f"tipg cannot be installed: {answer.stderr.decode()[-300:]}")
    return python


def socket_url(url: str) -> str:
    """The database's address with the socket's folder as host, which asyncpg and pydantic both read."""
    parts = urlsplit(url)
    host = parse_qs(parts.query)["host"][0]
    return f"postgresql://geo@{quote(host, safe='')}:5432{parts.path}"


@contextlib.contextmanager
def tipg(python: Path, city: City) -> Iterator[Server]:
    port = free_port()
    env = {
        "DATABASE_URL": socket_url(city.url),
        "TIPG_DB_SCHEMAS": '["bench"]',
        "TIPG_DB_SPATIAL_EXTENT": "false",
        "TIPG_DB_DATETIME_EXTENT": "false",
        "TIPG_TILE_BUFFER": "64",
        "TIPG_MAX_FEATURES_PER_TILE": "1000000",
        "TIPG_CATALOG_TTL": "0",
        "TIPG_TABLE_CONFIG": json.dumps({"bench_facts": {"pk": "id"}, "bench_thin": {"pk": "id"}}),
    }
    command = [
        str(python),
        "-m",
        "uvicorn",
        "tipg.main:app",
        "--port",
        str(port),
        "--no-access-log",
        "--log-level",
        "warning",
    ]
    with running(command, port, env, city.data / "tipg.log", "/healthz") as server:
        yield server


def path(tile: tuple[int, int, int]) -> str:
    z, x, y = tile
    return f"/collections/bench.{'facts' if z >= 16 else 'thin'}/tiles/WebMercatorQuad/{z}/{x}/{y}"


def compare(results: Results, city: City, ours: Server, theirs: Server) -> None:
    """Before anything is timed: tipg's tile holds exactly the faces that meet the tile itself, ours these and the ones
    that only meet the buffer (tipg does not look there); columns and values agree."""
    with connect(city.url) as conn:
        for tile in [tile for zoom in (14, 15, 16) for tile in city.tiles(zoom, 4)]:
            _, headers, body = ours.get(city.path(tile))
            mine = features(unpacked(headers, body))
            status, headers, body = theirs.get(path(tile))
            if status != 200:
                raise RuntimeError(f"tipg answered {status}: {body[:300]!r}")
            other = features(unpacked(headers, body), "default")
            rows = conn.execute(
                "SELECT id FROM bench.thin WHERE geom && ST_TileEnvelope(%s, %s, %s)"
                " AND ST_Intersects(geom, ST_TileEnvelope(%s, %s, %s))",
                (*tile, *tile),
            ).fetchall()
            # what is smaller than a pixel, or meets the edge in a point, may be drawn or not
            slack = max(2, len(rows) // 200)
            wanted = {row["id"] for row in rows}
            wrong = len(set(other) - set(mine)) + len(set(other) ^ wanted) + len(wanted - set(mine))
            if wrong > slack:
                results.wrong.append(f"{tile}: {wrong} faces differ between tipg, us and the database")
            different = [key for key in set(mine) & set(other) if mine[key]["properties"] != _columns(other[key])]
            if different:
                results.wrong.append(f"{tile}: the columns of {len(different)} faces differ from tipg's")


def _columns(feature: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in feature["properties"].items() if name != "id"}


def run(results: Results, city: City, ours: Server, folder: Path, postmaster: int, quick: bool) -> None:
    """Alternating rounds of the same tiles; the row is the median of the ratios."""
    results.say(f"installing tipg {VERSION} into a throw-away environment")
    python = install(folder / "tipg")
    with connect(city.url) as conn:
        conn.execute(VIEWS)
    with tipg(python, city) as theirs:
        compare(results, city, ours, theirs)
        spent = {"ours": 0.0, "tipg": 0.0}
        tiles_done = 0
        for key, zoom, connections, count in (
            ("tipg_z16_c4", 16, 4, 100 if quick else 400),
            ("tipg_z16_c1", 16, 1, 60 if quick else 200),
            ("tipg_z15", 15, 1, 30 if quick else 80),
            ("tipg_z14", 14, 1, 10 if quick else 30),
            ("tipg_plain", 16, 4, 100 if quick else 400),
        ):
            ratios, rates = [], {"ours": [], "tipg": []}
            for turn in range(ROUNDS):
                tiles = city.tiles(zoom, count, skip=turn * count) or city.tiles(zoom, count)
                both = {}
                for name, server, make in (("ours", ours, city.path), ("tipg", theirs, path)):
                    before = machine.cpu([server.pid, *machine.tree(postmaster)])
                    asked = None if key == "tipg_plain" else COMPRESSED
                    both[name] = load.once(server, [make(tile) for tile in tiles], connections, asked)
                    if key == "tipg_z16_c4":
                        spent[name] += machine.cpu([server.pid, *machine.tree(postmaster)]) - before
                    rates[name].append(both[name].rate)
                if key == "tipg_z16_c4":
                    tiles_done += len(tiles)
                ratios.append(both["ours"].rate / both["tipg"].rate)
            note = f"{statistics.median(rates['ours']):.0f} against {statistics.median(rates['tipg']):.0f} tiles/s"
            results.add(key, statistics.median(ratios), f"{note}, ratios {min(ratios):.2f}–{max(ratios):.2f}")
        each = {name: seconds / tiles_done * 1000 for name, seconds in spent.items()}
        note = f"{each['ours']:.1f} against {each['tipg']:.1f} CPU-s"
        results.add("tipg_cpu", each["ours"] / each["tipg"], note)
    results.facts["tipg"] = f"{VERSION} in {Path(sys.executable).name}, buffer 64, no tile cache on either side"
