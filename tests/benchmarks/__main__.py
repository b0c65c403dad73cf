"""`python -m tests.benchmarks`: a table, results.json, RESULTS.md. Fails for wrong results, never by the clock."""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from geo_service.embedded import Cluster
from tests.benchmarks import (
    authority,
    bulk,
    catalogue,
    change_engine,
    change_learned,
    change_quality,
    editing,
    imagery_tiles,
    live,
    machine,
    officers,
    partners,
    pixels,
    tipg,
    vector,
    walk,
)
from tests.benchmarks.city import City, cluster, load_city, new_database, units_for
from tests.benchmarks.report import TARGETS, Results
from tests.benchmarks.service import ROOT, Server, service, uncached

GROUPS = tuple(dict.fromkeys(target.group for target in TARGETS.values()))
HERE = Path(__file__).resolve().parent


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="geo-service bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="100,000 faces and few repetitions: a few minutes, for trying"
    )
    parser.add_argument("--only", metavar="GROUPS", help=f"some of: {', '.join(GROUPS)} (comma-separated)")
    parser.add_argument("--faces", type=int, metavar="N", help="faces of the city (1,000,000; quick 100,000)")
    parser.add_argument("--edits", type=int, metavar="N", help="edits of the stale-tile check (100,000; quick 3,000)")
    parser.add_argument(
        "--dossiers", type=int, default=10_000, metavar="N", help="dossiers that fifty officers process"
    )
    parser.add_argument("--skip-scaling", action="store_true", help="leave out the city of five times the size")
    parser.add_argument("--import-file", action="store_true", help="also import a GeoPackage of that many faces")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where results go (default: here for a whole run, build/benchmarks else)",
    )
    parser.add_argument(
        "--temp", type=Path, metavar="DIR", help="where the database of the run is kept (default: the temporary folder)"
    )
    chosen = parser.parse_args()
    wanted = set(chosen.only.split(",")) if chosen.only else set(GROUPS)
    if wanted - set(GROUPS):
        parser.error(f"there is no group {', '.join(sorted(wanted - set(GROUPS)))}; there are {', '.join(GROUPS)}")
    chosen.wanted = wanted - ({"scaling"} if chosen.skip_scaling else set())
    whole = not (chosen.quick or chosen.only or chosen.faces or chosen.edits or chosen.skip_scaling)
    chosen.out = chosen.out or (HERE if whole else ROOT / "build" / "benchmarks")
    chosen.faces = chosen.faces or (100_000 if chosen.quick else 1_000_000)
    chosen.edits = chosen.edits or (3_000 if chosen.quick else 100_000)
    return chosen


class Run:
    """One run: the groups in an order in which none disturbs the next."""

    def __init__(self, chosen: argparse.Namespace, results: Results, instance: Cluster, folder: Path) -> None:
        self.chosen, self.results, self.instance, self.folder = chosen, results, instance, folder

    @contextlib.contextmanager
    def group(self, *names: str) -> Iterator[bool]:
        """Whether to measure these; trouble in one group is noted and the next one goes on."""
        wanted = bool(self.chosen.wanted.intersection(names))
        if wanted:
            self.results.say(f"--- {', '.join(names)}")
        try:
            yield wanted
        except Exception as error:  # noqa: BLE001  (noted, and the exit code says so)
            traceback.print_exc()
            self.results.failed.append(f"{', '.join(names)}: {type(error).__name__}: {str(error)[:300]}")
        self.results.save(self.chosen.out)

    def steps(self, server: Server, city: City) -> list[tuple[str, Callable[[], None]]]:
        """Groups that need the service as it runs."""
        r, quick = self.results, self.chosen.quick
        seconds = 2.0 if quick else 10.0
        return [
            ("cached", lambda: vector.cached(r, city, server, seconds)),
            ("lookup", lambda: editing.lookups(r, city, server, seconds)),
            ("edit", lambda: editing.run(r, city, server, 60 if quick else 400, 3.0 if quick else 20.0)),
            ("live", lambda: live.run(r, city, server, 60 if quick else 300)),
            ("pixel", lambda: self.pixel(server, city)),
        ]

    def pixel(self, server: Server, city: City) -> None:
        why = pixels.available()
        if why:
            self.results.failed.append(f"pixel: {why}")
            return
        pixels.run(self.results, city, server, self.folder, 8 if self.chosen.quick else 40)

    def everything(self) -> None:
        chosen, results, wanted = self.chosen, self.results, self.chosen.wanted
        if wanted <= {"catalogue", "change", "dossiers", "engine", "learned", "partners", "raster"}:
            self.dossiers()
            self.imagery()
            return
        results.say(f"a city of {chosen.faces:,} faces")
        url, data = new_database(self.instance, "bench"), self.folder / "data"
        city = load_city(results, url, data, chosen.faces, units_for(chosen.faces))
        results.facts["City"] = f"{city.faces:,} faces in {city.units} units, simulated"
        self.bulk(city)
        before = self.without_cache(city)
        if wanted & {"cached", "lookup", "edit", "live", "pixel", "memory", "walk", "catchup"}:
            self.with_service(city)
        with self.group("authority") as yes:
            if yes:
                authority.run(
                    results, city, 2 if chosen.quick else 5, 20 if chosen.quick else 100, 1.0 if chosen.quick else 3.0
                )
        with self.group("catchup") as yes:
            if yes:
                with service(city.url, city.data) as server:
                    live.catch_up(results, city, server, "catch_up")
        with self.group("audit") as yes:
            if yes and wanted & {"walk", "edit", "live"}:
                bulk.run_audit(results, city, "audit_after")
        self.dossiers()
        self.imagery()
        with self.group("scaling") as yes:
            if yes and before:
                bulk.scaling(results, self.instance, self.folder, city, before, 5 * chosen.faces, chosen.quick)

    def dossiers(self) -> None:
        """Procedures, dossiers and partners: on databases of their own."""
        r, quick = self.results, self.chosen.quick
        with self.group("catalogue") as yes:
            if yes:
                catalogue.run(r, self.instance, self.folder, 1_000 if quick else 5_000)
        with self.group("dossiers") as yes:
            if yes:
                officers.run(r, self.instance, self.folder, 300 if quick else self.chosen.dossiers)
        with self.group("partners") as yes:
            if yes:
                partners.run(r, self.instance, self.folder, 10.0 if quick else 60.0, 600 if quick else 6_000)

    def imagery(self) -> None:
        """Imagery and change: needs no city."""
        r, quick = self.results, self.chosen.quick
        data = Path(os.environ.get("GEO_TEST_DATA", ROOT.parent / "shared" / "data"))
        with self.group("raster") as yes:
            if yes:
                imagery_tiles.run(r, self.instance, self.folder, quick)
        with self.group("change") as yes:
            if yes:
                change_quality.run(r, data)
        with self.group("learned") as yes:
            if yes:
                change_learned.run(r, data, quick)
        with self.group("engine") as yes:
            if yes:
                change_engine.run(r, self.folder, 2_048 if quick else 10_980, 10_000 if quick else 100_000)

    def bulk(self, city: City) -> None:
        with self.group("import") as yes:
            if yes:
                bulk.loaded(self.results, city)
            if yes and self.chosen.import_file:
                bulk.import_rows(self.results, self.instance, self.folder, self.chosen.faces)
        with self.group("audit") as yes:
            if yes:
                bulk.run_audit(self.results, city, "audit")
        with self.group("snapshot", "vector") as yes:
            if yes:
                bulk.run_snapshot(self.results, city)

    def without_cache(self, city: City) -> bulk.Measures:
        """Groups that need the service with its tile cache off; returns what the scaling rows compare with."""
        before: bulk.Measures = {}
        if not self.chosen.wanted & {"vector", "tipg", "scaling"}:
            return before
        with uncached(city.url, city.data) as server:
            with self.group("vector") as yes:
                if yes:
                    vector.run(self.results, city, server, self.chosen.quick)
                    vector.low_zooms(self.results, city, server)
            with self.group("tipg") as yes:
                if yes:
                    postmaster = bulk.postmaster(self.instance)
                    tipg.run(self.results, city, server, self.folder, postmaster, self.chosen.quick)
            with self.group("scaling") as yes:
                if yes:
                    before = bulk.measures(city, server, self.chosen.quick)
        return before

    def with_service(self, city: City) -> None:
        with service(city.url, city.data) as server:
            for name, step in self.steps(server, city):
                with self.group(name) as yes:
                    if yes:
                        step()
            with self.group("memory") as yes:
                if yes:
                    bulk.run_memory(self.results, self.instance, server, "memory")
            with self.group("walk") as yes:
                if yes:
                    walk.run(self.results, city, self.chosen.edits, 5.0 if self.chosen.quick else 20.0)
            with self.group("catchup") as yes:
                if yes:
                    live.catch_up(self.results, city, server, "catch_up_memory")


def main() -> int:
    chosen = options()
    began = time.monotonic()
    with cluster(chosen.temp) as (instance, folder):
        results = Results(machine.facts(instance.url()))
        results.facts["System"] = f"{platform.system()} {platform.release().split('-')[0]}"
        results.facts["Load before the run"] = f"{os.getloadavg()[0]:.1f}"
        results.started = began
        Run(chosen, results, instance, folder).everything()
        results.facts["Duration"] = f"{(time.monotonic() - began) / 60:.0f} minutes"
        results.save(chosen.out)
    print("\n" + results.text())
    for text in results.failed:
        print(f"not measured: {text}")
    for text in results.wrong:
        print(f"WRONG: {text}")
    return 1 if results.wrong or results.failed else 0


if __name__ == "__main__":
    sys.exit(main())
