"""Vector rows: uncached tiles by zoom, low zooms, cached tiles, 304."""

from __future__ import annotations

import gzip
from typing import Any

import mapbox_vector_tile

from layers.db import connect
from tests.benchmarks import load
from tests.benchmarks.city import City
from tests.benchmarks.report import Results, percentile
from tests.benchmarks.service import Server

REFERENCE = {
    16: (600, 950),
    15: (2_400, 3_800),
    14: (9_000, 15_000),
}  # faces a tile: the density the targets were set at
COUNT = {16: 1_500, 15: 600, 14: 150}
FEW = 25  # measurements below which a percentile of a subset is not given


def unpacked(headers: dict[str, str], body: bytes) -> bytes:
    return gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body


def features(body: bytes, layer: str = "faces") -> dict[int, Any]:
    """Features of a layer by id (ours has it as the feature's id, tipg as a column)."""
    decoded = mapbox_vector_tile.decode(body) if body else {}
    found = decoded.get(layer, {}).get("features", [])
    return {feature["properties"].get("id", feature.get("id")): feature for feature in found}


def check_tiles(results: Results, city: City, server: Server) -> None:
    """Before anything is timed: ids in some tiles are exactly the faces the database has there."""
    with connect(city.url) as conn:
        for zoom in (14, 15, 16, 17):
            for tile in city.tiles(zoom, 4):
                _, headers, body = server.get(city.path(tile))
                drawn = set(features(unpacked(headers, body)))
                rows = conn.execute(
                    "SELECT v.parcel_id AS id FROM fabric.parcel_version v WHERE v.retired_by IS NULL"
                    " AND v.geom_3857 && ST_TileEnvelope(%s, %s, %s, margin => 64.0 / 4096)"
                    " AND ST_AsMVTGeom(v.geom_3857, ST_TileEnvelope(%s, %s, %s), 4096, 64, true) IS NOT NULL",
                    (*tile, *tile),
                ).fetchall()
                wanted = {row["id"] for row in rows}
                if drawn != wanted:
                    results.wrong.append(f"tile {tile}: {len(drawn ^ wanted)} faces differ from the database")


def zoom_run(city: City, server: Server, zoom: int, least: int) -> tuple[load.Load, list[int], list[int]]:
    """Distinct tiles of a zoom one after the other (over again where the city has fewer tiles than `least`)."""
    tiles = city.tiles(zoom, COUNT[zoom])
    load.once(server, [city.path(tile) for tile in tiles[:20]], 1)
    order = list(range(len(tiles)))
    while len(order) < least:
        order += range(len(tiles))
    counts = city.counts(tiles)
    seen = load.once(server, [city.path(tiles[i]) for i in order], 1)
    return seen, [counts[order[i]] for i in seen.order], counts


def run(results: Results, city: City, server: Server, quick: bool) -> None:
    """Uncached rows; `server` has its cache off."""
    check_tiles(results, city, server)
    for zoom, keys in ((16, "z16_c1"), (15, "z15"), (14, "z14")):
        seen, drawn, counts = zoom_run(city, server, zoom, 100 if quick else 300)
        note = f"{len(counts):,} distinct tiles, {percentile([*map(float, counts)], 0.5):,.0f} faces a tile (p50)"
        results.add(f"{keys}_p50", seen.p50, note)
        results.add(f"{keys}_p99", seen.p99)
        low, high = REFERENCE[zoom]
        alike = [ms for ms, n in zip(seen.ms, drawn, strict=True) if low <= n <= high]
        if len(alike) >= FEW:
            results.add(f"z{zoom}_ref_p50", percentile(alike, 0.5), f"{len(alike)} measurements")
            if f"z{zoom}_ref_p99" in ("z16_ref_p99", "z15_ref_p99"):
                results.add(f"z{zoom}_ref_p99", percentile(alike, 0.99))
    sizes = []
    for tile in city.tiles(14, 12):
        _, headers, body = server.get(city.path(tile))
        sizes.append(len(unpacked(headers, body)) / 1024)
    results.add("z14_raw", percentile(sizes, 0.5), "12 tiles")
    tiles = city.tiles(16, 1_500)[::-1]
    while len(tiles) < (300 if quick else 1_500):
        tiles += tiles
    seen = load.once(server, [city.path(tile) for tile in tiles], 4)
    results.add(
        "z16_c4_rate", seen.rate, f"{seen.megabytes / seen.requests * seen.rate:.1f} MB/s, {seen.requests:,} tiles"
    )
    results.add("z16_c4_p99", seen.p99)


def low_zooms(results: Results, city: City, server: Server) -> None:
    """Zooms below 14, out of the snapshot; the service's own cache is off."""
    tiles = [tile for zoom in range(13, 4, -1) for tile in city.tiles(zoom, 40)]
    load.once(server, [city.path(tile) for tile in tiles[:20]], 1)
    order = tiles * max(1, 300 // len(tiles) + 1)
    seen = load.once(server, [city.path(tile) for tile in order], 1)
    sizes = [len(server.get(city.path(tile))[2]) / 1024 for tile in tiles]
    if not any(sizes):
        results.wrong.append("the low zooms are empty")
    results.add("low_p99", seen.p99, f"{len(tiles)} distinct tiles, p50 {seen.p50:.1f} ms")
    results.add("low_size", max(sizes))


def cached(results: Results, city: City, server: Server, seconds: float) -> None:
    """Tiles of about 23 KiB out of the cache, and 304."""
    tiles = city.tiles(16, 200) + city.tiles(17, 200)
    found = []
    for tile in tiles:
        _, headers, body = server.get(city.path(tile))
        found.append((abs(len(body) - 23 * 1024), len(body), headers["etag"], city.path(tile)))
    found.sort()
    best = found[:32]
    size = sum(item[1] for item in best) / len(best) / 1024
    seen = load.repeated(server, [item[3] for item in best], 16, seconds)
    results.add(
        "cached_rate",
        seen.rate,
        f"{len(best)} tiles of {size:.0f} KiB, {seen.megabytes / seconds:.0f} MB/s, {seen.tool}",
    )
    results.add("cached_p50", seen.p50)
    results.add("cached_p99", seen.p99)
    seen = load.repeated(server, [best[0][3]], 16, seconds, {"If-None-Match": best[0][2]}, ok="304")
    results.add("not_modified", seen.rate, f"p99 {seen.p99:.1f} ms, {seen.tool}")
