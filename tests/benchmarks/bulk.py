"""Bulk rows: load, import of a file, snapshot, audit, memory, and the same figures at five times the size."""

from __future__ import annotations

import time
from pathlib import Path

import geopandas
import shapely

from geo_service.embedded import Cluster
from geo_service.tiles import snapshots
from layers.db import connect
from layers.exchange.importer import import_file
from layers.fabric.audit import audit
from layers.sample.generate import generate
from tests.benchmarks import load, machine
from tests.benchmarks.city import SRID, City, drop_database, load_large, new_database
from tests.benchmarks.editing import ledger_edits, lookup_paths
from tests.benchmarks.report import Results, percentile
from tests.benchmarks.service import Server, service, uncached
from tests.benchmarks.vector import FEW, zoom_run

GIB = 1024**3
Sample = tuple[float, int]  # ms, faces of the tile (0: not a tile)
Measures = dict[str, list[Sample]]


def loaded(results: Results, city: City) -> None:
    parts = ", ".join(
        f"{name} {value:.0f} s" for name, value in city.seconds.items() if name not in ("generate", "load")
    )
    results.add("load", city.seconds["load"], f"{city.faces:,} faces: {parts}")
    results.add("load_without_codes", city.seconds["load"] - city.seconds.get("codes", 0))


def run_audit(results: Results, city: City, key: str) -> None:
    started = time.perf_counter()
    with connect(city.url) as conn:
        found = audit(conn)
    results.add(key, time.perf_counter() - started, f"{found.faces:,} faces, seq {found.seq:,}")
    if not found.clean:
        results.wrong.append(f"the audit is not clean: {found.to_json()}")


def run_snapshot(results: Results, city: City) -> None:
    started = time.perf_counter()
    built = snapshots.refresh(city.url, city.data, force=True)
    seconds = time.perf_counter() - started
    if built is None:
        raise RuntimeError("no snapshot was built")
    slow = ", ".join(f"{name} {value:.0f} s" for name, value in sorted(built.seconds.items(), key=lambda i: -i[1])[:4])
    results.add("snapshot", seconds, slow)
    results.add("snapshot_size", built.bytes / 1024**2, "all zooms 5–13")


def postmaster(instance: Cluster) -> int:
    pid = instance.status().pid
    assert pid is not None
    return pid


def run_memory(results: Results, instance: Cluster, server: Server, key: str) -> None:
    own = machine.memory(machine.tree(server.pid)) / GIB
    base = machine.memory(machine.tree(postmaster(instance))) / GIB
    results.add(key, own + base, f"service {own:.2f}, database {base:.2f} GiB")
    if key == "memory":
        results.add("memory_service", own)


def import_rows(results: Results, instance: Cluster, folder: Path, faces: int) -> None:
    """A GeoPackage of one unit through the importer into an empty database (`--import-file`)."""
    batch = generate(1, faces, 2)
    frame = batch.attributes.drop(columns=["unit", "source_id"])
    file = folder / "land.gpkg"
    table = geopandas.GeoDataFrame(frame, geometry=shapely.set_srid(batch.geometry, SRID), crs=f"EPSG:{SRID}")
    table.to_file(file, layer="parcels", driver="GPKG")
    unit = str(batch.attributes["unit"].iat[0])
    url = new_database(instance, "bench_import")
    results.say(f"importing a GeoPackage of {len(batch):,} faces, {file.stat().st_size / 1e6:.0f} MB")
    started = time.perf_counter()
    with connect(url) as conn:
        done = import_file(conn, file, unit=unit)
    seconds = time.perf_counter() - started
    slow = ", ".join(f"{name} {value:.0f} s" for name, value in sorted(done.seconds.items(), key=lambda i: -i[1])[:4])
    results.add("import_file", seconds, f"{done.account.parcels_entered:,} entered: {slow}")
    file.unlink()
    drop_database(instance, "bench_import")


def measures(city: City, server: Server, quick: bool) -> Measures:
    """What is compared between two sizes: milliseconds of tiles, look-ups and edits, each with its faces a tile."""
    out: Measures = {}
    for zoom in (16, 15, 14):
        seen, drawn, _ = zoom_run(city, server, zoom, 60 if quick else 300)
        out[f"z{zoom}"] = list(zip(seen.ms, drawn, strict=True))
    paths = lookup_paths(city, 2_000)
    load.once(server, paths[:300], 1)
    out["lookup"] = [(ms, 0) for ms in load.once(server, paths[300:], 1).ms]
    ledger_edits(city, 30, seed=51)
    out["edit"] = [(ms, 0) for ms in ledger_edits(city, 60 if quick else 300, seed=52)[0]]
    return out


def alike(small: list[Sample], large: list[Sample]) -> tuple[list[float], list[float], str]:
    """The same density on both sides: tiles within a quarter of the smaller city's median, where there are enough."""
    middle = percentile([float(n) for _, n in small], 0.5)
    if middle == 0:
        return [ms for ms, _ in small], [ms for ms, _ in large], ""
    few = [[ms for ms, n in side if 0.75 * middle <= n <= 1.25 * middle] for side in (small, large)]
    if min(map(len, few)) >= FEW:
        return few[0], few[1], f"; tiles of {0.75 * middle:,.0f}–{1.25 * middle:,.0f} faces"
    other = percentile([float(n) for _, n in large], 0.5)
    return [ms for ms, _ in small], [ms for ms, _ in large], f"; density differs: {other:,.0f} against {middle:,.0f}"


def scaling(
    results: Results, instance: Cluster, folder: Path, small: City, before: Measures, faces: int, quick: bool
) -> None:
    """Both sizes measured by the same code, each on a freshly loaded city; `before`: what `small` gave."""
    url = new_database(instance, "bench_large")
    large = load_large(results, url, folder / "large", faces, small.units)
    results.say(f"{large.faces:,} faces loaded in {large.seconds['load']:.0f} s")
    with uncached(large.url, large.data) as server:
        after = measures(large, server, quick)
    for name in ("z16", "z15", "z14", "lookup", "edit"):
        old, new, density = alike(before[name], after[name])
        a, b = percentile(old, 0.99), percentile(new, 0.99)
        note = f"{b:.1f} against {a:.1f} ms; p50 {percentile(new, 0.5):.1f} against {percentile(old, 0.5):.1f}"
        results.add(f"scale_{name}", b / a, note + density)
    with service(large.url, large.data) as server:
        paths = [large.path(tile) for tile in large.tiles(16, 500)] + lookup_paths(large, 500)
        load.once(server, paths, 4)
        run_memory(results, instance, server, "scale_memory")
    run_audit(results, large, "scale_audit")
