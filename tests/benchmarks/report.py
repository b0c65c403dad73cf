"""Rows of the benchmark, their targets (geo-server-anchors §8.2), and the table in text, Markdown and JSON."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class Target:
    """What is hoped for. `better`: whether small or large figures are good; `none` rows are only reported."""

    group: str
    metric: str
    unit: str
    good: float | None = None
    world: float | None = None
    better: Literal["low", "high", "none"] = "low"


def _rate(group: str, metric: str, good: float | None, world: float, unit: str = "/s") -> Target:
    return Target(group, metric, unit, good, world, "high")


def _info(group: str, metric: str, unit: str) -> Target:
    return Target(group, metric, unit, better="none")


TARGETS: dict[str, Target] = {
    "load": Target("import", "load into the ledger: COPY, validate, index, history", "s", 600, 90),
    "load_without_codes": _info("import", "the same without the national codes", "s"),
    "import_file": Target("import", "geo-service import of a GeoPackage", "s", 600, 90),
    "audit": _info("audit", "audit of the loaded state", "s"),
    "snapshot": Target("snapshot", "PMTiles snapshot, build", "s", 600, 150),
    "snapshot_size": Target("snapshot", "PMTiles snapshot, size", "MiB", None, 80),
    "z16_c1_p50": Target("vector", "uncached z16, c=1, p50", "ms", 8, 5),
    "z16_c1_p99": Target("vector", "uncached z16, c=1, p99", "ms", 25, 12),
    "z16_ref_p50": Target("vector", "  of these, tiles with 600–950 faces, p50", "ms", 8, 5),
    "z16_ref_p99": Target("vector", "  of these, tiles with 600–950 faces, p99", "ms", 25, 12),
    "z16_c4_rate": _rate("vector", "uncached z16, c=4", 150, 300),
    "z16_c4_p99": Target("vector", "uncached z16, c=4, p99", "ms", None, 35),
    "z15_p50": Target("vector", "uncached z15, c=1, p50", "ms", None, 18),
    "z15_p99": Target("vector", "uncached z15, c=1, p99", "ms", 60, 30),
    "z15_ref_p50": Target("vector", "  of these, tiles with 2,400–3,800 faces, p50", "ms", None, 18),
    "z15_ref_p99": Target("vector", "  of these, tiles with 2,400–3,800 faces, p99", "ms", 60, 30),
    "z14_p50": Target("vector", "uncached z14, c=1, p50", "ms", None, 65),
    "z14_p99": Target("vector", "uncached z14, c=1, p99", "ms", 200, 110),
    "z14_ref_p50": Target("vector", "  of these, tiles with 9,000–15,000 faces, p50", "ms", None, 65),
    "z14_raw": Target("vector", "z14, bytes before compression, p50", "KiB", None, 350),
    "low_p99": Target("vector", "z 5–13, p99", "ms", 300, 10),
    "low_size": Target("vector", "z 5–13, largest tile as sent", "KiB", None, 300),
    "cached_rate": _rate("cached", "cached tile, one worker, c=16", 5_000, 12_000),
    "cached_p50": Target("cached", "cached tile, c=16, p50", "ms", None, 1),
    "cached_p99": Target("cached", "cached tile, c=16, p99", "ms", None, 10),
    "not_modified": _rate("cached", "304 on a matching ETag, c=16", None, 20_000),
    "lookup_rate": _rate("lookup", "parcel by code, c=8", 2_000, 4_000),
    "lookup_p50": Target("lookup", "parcel by code, c=8, p50", "ms", None, 1.5),
    "lookup_p99": Target("lookup", "parcel by code, c=8, p99", "ms", 15, 6),
    "page_100": Target("lookup", "page of 100 faces (/api/faces), p99", "ms", 60, 15),
    "page_1000": Target("lookup", "page of 1,000 faces, p99", "ms", 250, 80),
    "page_deep": Target("lookup", "deepest page ÷ first page, p50", "×", None, 1.1),
    "commit_p50": Target("edit", "single edit over HTTP, commit, p50", "ms", None, 8),
    "commit_p99": Target("edit", "single edit over HTTP, commit, p99", "ms", 60, 30),
    "draft_commit_p50": _info("edit", "draft + commit, p50", "ms"),
    "draft_commit_p99": _info("edit", "draft + commit, p99", "ms"),
    "ledger_p50": Target("edit", "the ledger alone (no HTTP), p50", "ms", None, 8),
    "ledger_p99": Target("edit", "the ledger alone (no HTTP), p99", "ms", 60, 30),
    "edit_rate": _rate("edit", "draft + commit, sustained, 4 clients", None, 100),
    "authority_lookup": Target("authority", "look-up with authority ÷ without", "×", 1.2, 1.2),
    "authority_cached": Target("authority", "cached tile with authority ÷ without", "×", 1.2, 1.2),
    "authority_commit_p50": Target("authority", "commit over HTTP with authority ÷ without, p50", "×", 1.2, 1.2),
    "authority_commit_p99": Target("authority", "commit over HTTP with authority ÷ without, p99", "×", 1.2, 1.2),
    "catalogue_fill": _info("catalogue", "publish 700 procedures and 88,200 variations", "s"),
    "catalogue_terms_p50": Target("catalogue", "terms of a procedure in a unit, 126 x 700, p50", "µs", 500, 200),
    "catalogue_terms_p99": Target("catalogue", "terms of a procedure in a unit, 126 x 700, p99", "µs", 2_000, 1_000),
    "catalogue_read_p50": Target("catalogue", "GET /api/procedures/{code}, 126 x 700, p50", "ms", 10, 5),
    "catalogue_read_p99": Target("catalogue", "GET /api/procedures/{code}, 126 x 700, p99", "ms", 50, 20),
    "dossier_p50": _info("dossiers", "act on a dossier, 50 officers, p50", "ms"),
    "dossier_p95": Target("dossiers", "act on a dossier, 50 officers, p95 of the slowest kind", "ms", 150, 150),
    "dossier_p99": _info("dossiers", "act on a dossier, 50 officers, p99", "ms"),
    "dossier_inbox": Target("dossiers", "first page of the inbox meanwhile, p95", "ms", 150, 150),
    "dossier_rate": _info("dossiers", "acts reached", "/s"),
    "cog_p50": Target("raster", "COG tile 256 px, uncached, UTM, c=1, p50", "ms", 40, 18),
    "cog_p99": Target("raster", "COG tile 256 px, uncached, UTM, c=1, p99", "ms", None, 30),
    "cog_rate": _rate("raster", "COG tiles, uncached, UTM, two threads", 33, 85),
    "cog_titiler": _rate("raster", "  tiles/s ÷ titiler", 1.0, 1.0, "×"),
    "cog_512": Target("raster", "COG tile 512 px ÷ 256 px, p50", "×", None, 2.5),
    "cog_cached": Target("raster", "COG tile, cached, c=16, p50", "ms", 3, 1),
    "cog_vn2000_p50": Target("raster", "COG tile 256 px, uncached, VN-2000, c=1, p50", "ms", 40, 18),
    "cog_vn2000_p99": Target("raster", "COG tile 256 px, uncached, VN-2000, c=1, p99", "ms", None, 30),
    "cog_vn2000_rate": _rate("raster", "COG tiles, uncached, VN-2000, two threads", 33, 85),
    "cog_vn2000_titiler": _rate("raster", "  tiles/s ÷ titiler", 1.0, 1.0, "×"),
    "cog_memory": Target("raster", "memory growth over 100,000 COG tiles", "%", None, 5),
    "change_ap_mean": _rate(
        "change", "urban change on 8 Sentinel-2 pairs, no training, mean average precision", 0.30, 0.33, ""
    ),
    "change_ap_pooled": _rate("change", "  pooled average precision", 0.30, 0.40, ""),
    "change_ap_kmeans": _info("change", "  PCA-k-means (Celik) on the same registered pairs, mean", ""),
    "change_ap_kmeans_pooled": _info("change", "  PCA-k-means, pooled", ""),
    "change_ap_otb": _info("change", "  Orfeo Toolbox MAD on the same registered pairs, mean", ""),
    "change_ap_otb_pooled": _info("change", "  Orfeo Toolbox MAD, pooled", ""),
    "change_f1": _rate("change", "  F1 of the decision, pooled", 0.25, 0.40, ""),
    "change_landsat_f1": _rate("change", "Landsat pair (Taizhou), F1 of the decision", 0.90, 0.94, ""),
    "change_ap_aerial": _info("change", "8 aerial RGB pairs (not looked at in design), mean average precision", ""),
    "change_null": Target("change", "twins without change, largest share called changed", "%", 0.2, 0.1),
    "change_shift_error": Target("change", "known sub-pixel shifts, largest error", "px", 0.1, 0.05),
    "change_speed": _rate("change", "scores of a 7-band tile, one thread", 1.0, 1.5, "MPix/s"),
    "change_registration_speed": _rate("change", "registration, one thread", 1.3, 3.0, "MPix/s"),
    "learned_ap": _rate("learned", "AP with training, leave one city out, mean", 0.37, 0.42, ""),
    "learned_ece_oscd": Target("learned", "  calibration error of the same", "", 0.03, 0.02),
    "learned_first_oscd": _info("learned", "  P@50 pixels of the same", ""),
    "learned_f1": _rate("learned", "F1 on 1.5 m RGB, leave one out, mean", 0.30, 0.34, ""),
    "learned_ece_sztaki": Target("learned", "  calibration error of the same", "", 0.03, 0.02),
    "learned_first_sztaki": _info("learned", "  P@50 pixels of the same", ""),
    "shipped_ap": _info("learned", "shipped model (simulated change only), AP on the same cities", ""),
    "shipped_ece": _info("learned", "  calibration error of the same", ""),
    "inserted_ap_learned": _info("learned", "inserted changes, AP per parcel: shipped model", ""),
    "inserted_first_learned": _info("learned", "  P@50", ""),
    "inserted_ap_ours": _info("learned", "  unsupervised, AP per parcel", ""),
    "inserted_first_ours": _info("learned", "  unsupervised, P@50", ""),
    "inserted_ap_kmeans": _info("learned", "  PCA-k-means, AP per parcel", ""),
    "inserted_first_kmeans": _info("learned", "  PCA-k-means, P@50", ""),
    "inserted_ap_otb": _info("learned", "  Orfeo Toolbox MAD, AP per parcel", ""),
    "inserted_first_otb": _info("learned", "  Orfeo Toolbox MAD, P@50", ""),
    "engine_rate": _rate("engine", "detection run end to end, 10,980² × 6 bands, two threads", 1.0, 2.0, "MPix/s"),
    "engine_memory": Target("engine", "  peak memory", "MiB", 2048, 2048),
    "engine_cluster": _info("engine", "  time on two worker processes (dask) ÷ on two threads", "×"),
    "engine_parcels": _rate("engine", "  parcels, statistics and database", 5_000, 10_000, "/s"),
    "sse_1_p50": Target("live", "commit → event bytes, 1 subscriber, p50", "ms", None, 5),
    "sse_1_p99": Target("live", "commit → event bytes, 1 subscriber, p99", "ms", 100, 20),
    "sse_100_p50": Target("live", "commit → event bytes, 100 subscribers, p50", "ms", None, 10),
    "sse_100_p99": Target("live", "commit → event bytes, 100 subscribers, p99", "ms", 100, 20),
    "sse_1000_p50": _info("live", "commit → event bytes, 1,000 subscribers, p50", "ms"),
    "sse_1000_p99": Target("live", "commit → event bytes, 1,000 subscribers, p99", "ms", 500, 120),
    "sse_lost": Target("live", "events lost, doubled or out of order", "", 0, 0),
    "pixel_p95": Target("pixel", "commit → changed pixel in Chromium, p95", "ms", 2_000, 250),
    "pixel_p50": _info("pixel", "commit → changed pixel in Chromium, p50", "ms"),
    "refetched_p95": Target("pixel", "commit → touched tiles fetched anew and drawn, p95", "ms", 2_000, 600),
    "walk_rate": _rate("walk", "random walk, 8 writers, commits", None, 100),
    "stale": Target("walk", "stale tiles served after the event", "", 0, 0),
    "stale_checked": _info("walk", "  tiles checked", ""),
    "stale_edits": _info("walk", "  random edits committed meanwhile", ""),
    "walk_lost": Target("walk", "  events lost or out of order at the hub", "", 0, 0),
    "catch_up": Target("catchup", "catch-up of 10,000 missed events, from the table", "s", 5, 1),
    "catch_up_pages": Target("catchup", "  the same by /api/changes in pages of 1,000", "s", 5, 1),
    "catch_up_memory": Target("catchup", "  the same from the memory of the service", "s", 5, 1),
    "audit_after": _info("audit", "audit after all edits, hash chain included", "s"),
    "memory": Target("memory", "steady memory, service + database", "GiB", 8, 4),
    "memory_service": _info("memory", "  of it, the service", "GiB"),
    "partners_p50": Target(
        "partners", "message written → taken by its partner, another one hangs, p50", "ms", 1_000, 50
    ),
    "partners_p95": Target("partners", "  the same, p95", "ms", 2_000, 200),
    "partners_max": _info("partners", "  the same, slowest", "ms"),
    "partners_rate": _rate("partners", "messages sent, thousands at once", 50, 150),
    "partners_burst_p95": _info("partners", "  the same, written → taken, p95", "s"),
    "partners_back": _info("partners", "backlog of the partner that hung, once it is back", "s"),
    "partners_in_p95": Target("partners", "message came in → acted on, p95", "ms", 2_000, 200),
    "partners_lost": Target("partners", "messages lost", "", 0, 0),
    "partners_doubled": Target("partners", "messages doubled or out of order", "", 0, 0),
    "scale_z16": Target("scaling", "p99 at 5 M ÷ 1 M, z16 tile", "×", 1.5, 1.2),
    "scale_z15": Target("scaling", "p99 at 5 M ÷ 1 M, z15 tile", "×", 1.5, 1.2),
    "scale_z14": Target("scaling", "p99 at 5 M ÷ 1 M, z14 tile", "×", 1.5, 1.2),
    "scale_lookup": Target("scaling", "p99 at 5 M ÷ 1 M, parcel by code", "×", 1.5, 1.2),
    "scale_edit": Target("scaling", "p99 at 5 M ÷ 1 M, edit in the ledger", "×", 1.5, 1.2),
    "scale_audit": _info("scaling", "audit at 5 M", "s"),
    "scale_memory": Target("scaling", "steady memory at 5 M, service + database", "GiB", None, 8),
    "tipg_z16_c4": _rate("tipg", "tiles/s ÷ tipg, z16, c=4", 1.0, 1.8, "×"),
    "tipg_z16_c1": _rate("tipg", "tiles/s ÷ tipg, z16, c=1", 1.0, 1.8, "×"),
    "tipg_z15": _rate("tipg", "tiles/s ÷ tipg, z15, c=1", 1.0, 1.8, "×"),
    "tipg_z14": _rate("tipg", "tiles/s ÷ tipg, z14, c=1", 1.0, 1.8, "×"),
    "tipg_plain": _info("tipg", "  the same, z16, c=4, tipg without compression", "×"),
    "tipg_cpu": _info("tipg", "CPU-s per 1,000 z16 tiles ÷ tipg", "×"),
}


@dataclass
class Row:
    key: str
    measured: float
    note: str = ""

    @property
    def target(self) -> Target:
        return TARGETS[self.key]

    @property
    def ratio(self) -> float | None:
        """How many times better than the world-class target; 1 is just met."""
        world = self.target.world
        if world is None or self.target.better == "none":
            return None
        if self.target.better == "high":
            return self.measured / world
        if world == 0:
            return 1.0 if self.measured == 0 else 0.0
        return world / self.measured if self.measured else None

    @property
    def verdict(self) -> str:
        target = self.target
        if target.better == "none":
            return "—"
        if self._reaches(target.world):
            return "world class"
        return "good" if self._reaches(target.good) else "missed"

    def _reaches(self, limit: float | None) -> bool:
        if limit is None:
            return False
        return self.measured >= limit if self.target.better == "high" else self.measured <= limit


def figure(value: float | None) -> str:
    """Three significant digits, thousands separated."""
    if value is None:
        return ""
    if value == int(value) and abs(value) < 1e12:
        return f"{int(value):,}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


@dataclass
class Results:
    """Everything measured so far; `save` may be called after every group."""

    facts: dict[str, Any]
    rows: list[Row] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def add(self, key: str, measured: float, note: str = "") -> None:
        row = Row(key, measured, note)
        self.rows.append(row)
        self.say(f"{row.target.metric.strip()}: {figure(measured)} {row.target.unit}".rstrip() + f"  [{row.verdict}]")

    def get(self, key: str) -> float | None:
        return next((row.measured for row in self.rows if row.key == key), None)

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self.started:6.0f} s] {text}", flush=True)

    def sorted_rows(self) -> list[Row]:
        order = list(TARGETS)
        return sorted(self.rows, key=lambda row: order.index(row.key))

    def cells(self) -> list[tuple[str, ...]]:
        out = []
        for row in self.sorted_rows():
            t = row.target
            sign = {"low": "≤ ", "high": "≥ ", "none": ""}[t.better]
            out.append(
                (
                    t.metric,
                    f"{figure(row.measured)} {t.unit}".strip(),
                    "" if t.good is None else sign + figure(t.good),
                    "" if t.world is None else sign + figure(t.world),
                    row.verdict,
                    "" if row.ratio is None else f"{row.ratio:.2f}",
                    row.note,
                )
            )
        return out

    HEAD = ("metric", "measured", "good", "world class", "verdict", "ratio", "note")

    def text(self) -> str:
        cells = [self.HEAD, *self.cells()]
        widths = [max(len(line[i]) for line in cells) for i in range(6)]
        return "\n".join(
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=False)) + f"  {line[6]}"
            for line in cells
        )

    def markdown(self) -> str:
        lines = ["# Results of the benchmarks", "", "Made by `make bench`; how each row is measured: README.md.", ""]
        lines += [f"- {name}: {value}" for name, value in self.facts.items()]
        lines += ["", "Ratio: how many times better than the world-class target (1 = just met).", ""]
        lines += ["| " + " | ".join(self.HEAD) + " |", "|" + " --- |" * len(self.HEAD)]
        lines += ["| " + " | ".join(cell.strip() for cell in line) + " |" for line in self.cells()]
        if self.wrong:
            lines += ["", "**Wrong results**", "", *[f"- {text}" for text in self.wrong]]
        if self.failed:
            lines += ["", "**Not measured**", "", *[f"- {text}" for text in self.failed]]
        return "\n".join(lines) + "\n"

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        rows = [
            {**asdict(row.target), "key": row.key, "measured": row.measured, "verdict": row.verdict, "ratio": row.ratio}
            | ({"note": row.note} if row.note else {})
            for row in self.sorted_rows()
        ]
        document = {
            "facts": self.facts,
            "rows": rows,
            "wrong": self.wrong,
            "failed": self.failed,
            "details": self.details,
        }
        text = json.dumps(document, indent=1, ensure_ascii=False, default=str) + "\n"
        (folder / "results.json").write_text(text, encoding="utf-8")
        (folder / "RESULTS.md").write_text(self.markdown(), encoding="utf-8")


def percentile(values: list[float], part: float) -> float:
    """The nearest-rank percentile, `part` in 0…1."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, max(0, round(part * len(ranked) + 0.5) - 1))]
