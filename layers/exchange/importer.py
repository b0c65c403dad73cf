"""Import of one file into the fabric: orchestration only, inside the caller's transaction.

Stages: open → read → place → compare with the fabric → partition → account → load → report. A refusal raises
`ImportRefused`; whatever is raised, the caller's rollback leaves nothing behind. If every polygon of the file is on
record already, nothing is changed at all."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.crs import FabricCrs
from layers.db import Connection
from layers.exchange.account import Account, facts_frame, settle
from layers.exchange.against import (
    Existing,
    Joined,
    join,
    keys_of,
    look_alikes,
    none_existing,
    oriented_areas,
    signatures,
)
from layers.exchange.container import DEFAULT_MAX_BYTES, Opened, choose_layer, opened
from layers.exchange.placing import CrsFacts, Place, place_of, resolve, to_fabric
from layers.exchange.profile import Mapped, Profile, apply_profile, detect_profile, load_profile
from layers.exchange.read import MAX_RING_VERTICES, Content, read_layer
from layers.exchange.refused import ImportRefused
from layers.exchange.report import number, write_report
from layers.fabric.load import ATTRIBUTES, FaceBatch, LoadResult, Progress, load_faces
from layers.fabric.segments import Ints, Objects

MAX_EXTENT_M = 200_000.0
"""A file wider than this is no unit's land (m)."""
FACTS_SQL = ", ".join(ATTRIBUTES)


@dataclass
class ImportResult:
    """What an import did. ``seq`` and ``change_set`` are None when nothing had to change."""

    file: dict[str, Any]
    crs: CrsFacts
    profile: str
    columns: dict[str, str]
    unused_columns: list[str]
    notes: list[tuple[str, str]]
    account: Account
    seq: int | None = None
    change_set: int | None = None
    load: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    report: list[Path] = field(default_factory=list)
    unit: dict[str, str] = field(default_factory=dict)
    at: str = ""

    @property
    def changed(self) -> bool:
        return self.seq is not None

    def to_json(self) -> dict[str, Any]:
        """Everything the report holds."""
        return {
            "file": self.file,
            "unit": self.unit,
            "at": self.at,
            "changed": self.changed,
            "seq": self.seq,
            "change_set": self.change_set,
            "crs": {
                "used": self.crs.used,
                "declared_by": self.crs.declared_by,
                "file_says": self.crs.file_says,
                "operation": self.crs.operation,
                "distance_to_place_m": None
                if self.crs.distance_to_place_m is None
                else round(self.crs.distance_to_place_m, 1),
            },
            "profile": self.profile,
            "columns": self.columns,
            "unused_columns": self.unused_columns,
            "notes": [{"en": en, "vi": vi} for en, vi in self.notes],
            **self.account.to_json(),
            "seconds": self.seconds,
            "load_seconds": self.load,
            "report": [p.name for p in self.report],
        }

    def summary(self) -> str:
        """A few lines for the terminal, in both languages."""
        a = self.account
        same, out, off = len(a.duplicates), len(a.not_entered), len(a.area_mismatches)
        over, gaps, on_record = a.faces["overlaps"], a.faces["gaps"], len(a.registered_overlaps)
        if self.changed:
            lines = [
                f"{a.rows:,} objects in the file, {a.parcels_entered:,} entered as {a.faces['parcels']:,} "
                f"faces (seq {self.seq}).",
                f"  overlaps {over:,}, gaps {gaps:,}, duplicates {same:,}, on registered land {on_record:,}, "
                f"not entered {out:,}, "
                f"stated area off by more than 1 %: {off:,}",
                f"{number(a.rows)} đối tượng trong tệp, {number(a.parcels_entered)} được nhập thành "
                f"{number(a.faces['parcels'])} thửa.",
                f"  chồng lấn {number(over)}, hở {number(gaps)}, trùng {number(same)}, lấn đất đã đăng ký "
                f"{number(on_record)}, "
                f"không nhập {number(out)}, diện tích ghi lệch hơn 1 %: {number(off)}",
            ]
        else:
            lines = [
                f"Nothing changed: none of the {a.rows:,} objects is new land (duplicates {same:,}, "
                f"on registered land {on_record:,}, not entered {out:,}).",
                f"Không có gì thay đổi: {number(a.rows)} đối tượng đều không phải đất mới (trùng {number(same)}, "
                f"lấn đất đã đăng ký {number(on_record)}, không nhập {number(out)}).",
            ]
        return "\n".join([*lines, *(f"Report / báo cáo: {p}" for p in self.report)])


def _no_progress(stage: str, done: int, total: int, /) -> None:
    del stage, done, total


def import_file(
    conn: Connection,
    path: str | Path,
    *,
    unit: str,
    layer: str | None = None,
    profile: str | Path | None = None,
    crs: str | None = None,
    report_dir: str | Path | None = None,
    reason: str | None = None,
    author: str | None = None,
    progress: Progress | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
    max_ring_vertices: int = MAX_RING_VERTICES,
) -> ImportResult:
    """Import one layer of a file into unit ``unit``.

    Raises ImportRefused (nothing entered) or what `load_faces` raises. The transaction is the caller's."""
    path = Path(path)
    tell = progress or _no_progress
    clock = _Clock()
    place, unit_facts = _unit(conn, unit)
    fabric = FabricCrs(_srid(conn))
    chosen = load_profile(profile) if profile is not None else None
    tell("read", 0, 1)
    with opened(path, max_bytes=max_bytes) as source:
        content = read_layer(source, choose_layer(source, layer), max_ring_vertices=max_ring_vertices)
        file_facts = _file_facts(source, content)
    clock.lap("read")
    mapped, chosen = _map(chosen, content, unit)
    facts, polygons = _place(content, fabric, crs, place)
    clock.lap("place")
    tell("read", 1, 1)
    keep, repeats = _repeats(polygons, content.rows, mapped)
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('fabric.outline'))")
    existing = _existing(conn, polygons) if len(polygons) else none_existing()
    clock.lap("fabric")
    tell("partition", 0, len(polygons))
    joined = join(polygons[keep], content.rows[keep], existing) if len(polygons) else _nothing()
    tell("partition", len(polygons), len(polygons))
    clock.lap("partition")
    account = settle(
        polygons=polygons,
        rows=content.rows,
        mapped=mapped,
        joined=joined,
        existing=existing,
        not_entered=content.not_entered,
        repeats=repeats,
        repeat_double_mm2=_double(polygons[~keep]),
    )
    clock.lap("account")
    result = ImportResult(
        file_facts, facts, chosen.name, mapped.used, mapped.unused, content.driver_notes, account,
        unit=unit_facts, at=datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip
    if len(joined.geometry):
        batch, retire = _batch(joined, mapped, existing, unit, file_facts["sha256"][:8])
        why = reason or f"Nhập tệp {path.name} · import of {path.name}"
        loaded: LoadResult = load_faces(conn, batch, reason=why[:2000], author=author, retire=retire, progress=progress)
        result.seq, result.change_set, result.load = loaded.seq, loaded.change_set, loaded.seconds
        clock.lap("load")
    result.seconds = clock.seconds
    if report_dir is not None:
        tell("report", 0, 1)
        result.report = write_report(result.to_json(), Path(report_dir), path.stem)
        tell("report", 1, 1)
    return result


class _Clock:
    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.seconds: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name] = round(now - self._last, 3)
        self._last = now


def _srid(conn: Connection) -> int:
    row = conn.execute("SELECT srid FROM fabric.deployment").fetchone()
    assert row is not None
    return int(row["srid"])


def _unit(conn: Connection, code: str) -> tuple[Place | None, dict[str, str]]:
    row = conn.execute(
        "SELECT code, unit_type, name, area_km2, lon, lat FROM register.unit WHERE code = %s", [code]
    ).fetchone()
    if row is None:
        raise ImportRefused(
            "unknown-unit",
            f"There is no unit {code}; add it with `geo-service units add`.",
            f"Không có đơn vị {code}; hãy thêm bằng `geo-service units add`.",
            [code],
        )
    name = f"{row['unit_type']} {row['name']}".strip()
    place = None if row["lon"] is None else place_of(name, row["lon"], row["lat"], row["area_km2"])
    return place, {"code": code, "name": name}


def _file_facts(source: Opened, content: Content) -> dict[str, Any]:
    return {"name": source.path.name, "bytes": source.size, "sha256": source.sha256, "layer": content.layer}


def _map(profile: Profile | None, content: Content, unit: str) -> tuple[Mapped, Profile]:
    frame = content.frame
    if content.linework is not None:
        frame = content.linework.frame
        profile = profile or load_profile("drawing")
    chosen = profile or detect_profile(frame.columns)
    return apply_profile(chosen, frame, unit), chosen


def _place(content: Content, fabric: FabricCrs, crs: str | None, place: Place | None) -> tuple[CrsFacts, Objects]:
    """The polygons on the fabric's plane."""
    coords = shapely.get_coordinates(content.polygons)
    if len(coords) == 0:
        raise ImportRefused(
            "nothing-to-enter", "No object of the layer has a polygon.", "Không có đối tượng nào của lớp có vùng.",
            [entry.row + 1 for entry in content.not_entered[:50]],
        )  # fmt: skip
    facts = resolve(coords, fabric, file_crs=content.file_crs, user_crs=crs, place=place)
    polygons = content.polygons
    if facts.used != f"EPSG:{fabric.srid}":
        polygons = np.asarray(shapely.transform(polygons, lambda c: to_fabric(c, facts.used, fabric)), dtype=object)
    bounds = shapely.total_bounds(polygons)
    if not np.isfinite(bounds).all() or (bounds[2:] - bounds[:2]).max() > MAX_EXTENT_M:
        lone = _far_away(polygons, content.rows)
        raise ImportRefused(
            "too-wide",
            f"The polygons are spread over more than {MAX_EXTENT_M / 1000:,.0f} km; row {lone} lies far from "
            "the others.",
            f"Các vùng trải rộng hơn {MAX_EXTENT_M / 1000:,.0f} km; dòng {lone} nằm xa các dòng khác.",
            [lone],
        )
    return facts, polygons


def _far_away(polygons: Objects, rows: Ints) -> int:
    bounds = shapely.bounds(polygons)
    middle = np.nan_to_num((bounds[:, :2] + bounds[:, 2:]) / 2, nan=np.inf, posinf=np.inf)
    return int(rows[int(np.abs(middle - np.median(middle, axis=0)).sum(axis=1).argmax())]) + 1


def _repeats(
    polygons: Objects, rows: Ints, mapped: Mapped
) -> tuple[np.ndarray[tuple[int], np.dtype[np.bool_]], dict[int, int]]:
    """Rows that repeat an earlier row of the file in boundary and in facts: they enter once."""
    keep = np.ones(len(polygons), dtype=bool)
    repeats: dict[int, int] = {}
    seen: dict[bytes, int] = {}
    facts = mapped.facts
    parts = np.bincount(rows, minlength=len(facts))
    alike = look_alikes(signatures(polygons))
    for p, key in zip(alike.tolist(), keys_of(polygons[alike]), strict=True):
        row = int(rows[p])
        earlier = seen.setdefault(key, row)
        if earlier == row or parts[row] != 1 or parts[earlier] != 1:
            continue
        a, b = facts.iloc[row], facts.iloc[earlier]
        if a["source_id"] == b["source_id"] or bool(((a == b) | (a.isna() & b.isna())).all()):
            keep[p] = False
            repeats[row] = earlier
    return keep, repeats


def _double(polygons: Objects) -> int:
    return int(oriented_areas(polygons).sum()) if len(polygons) else 0


def _nothing() -> Joined:
    return Joined(np.zeros(0, dtype=object), [], np.zeros(0, np.int64))


def _existing(conn: Connection, polygons: Objects) -> Existing:
    """Current faces in the extent of the file, one millimetre and a bit around it."""
    x0, y0, x1, y1 = (float(v) for v in shapely.total_bounds(polygons))
    rows = conn.execute(
        f"SELECT id, parcel_id, {FACTS_SQL}, ST_AsBinary(geom) AS wkb FROM fabric.parcel_version"
        " WHERE retired_by IS NULL AND geom && ST_MakeEnvelope(%s, %s, %s, %s, (SELECT srid FROM "
        "fabric.deployment)) ORDER BY id",
        [x0 - 1, y0 - 1, x1 + 1, y1 + 1],
    ).fetchall()
    if not rows:
        return none_existing()
    return Existing(
        np.array([r["parcel_id"] for r in rows], dtype=np.int64),
        np.array([r["id"] for r in rows], dtype=np.int64),
        np.asarray(shapely.from_wkb([r["wkb"] for r in rows]), dtype=object),
        pd.DataFrame([{name: r[name] for name in ATTRIBUTES} for r in rows], dtype=object),
    )


def _batch(joined: Joined, mapped: Mapped, existing: Existing, unit: str, fallback: str) -> tuple[FaceBatch, list[int]]:
    """New faces, and the new versions of registered faces that got points."""
    frame = facts_frame(joined, mapped, unit, fallback)[list(ATTRIBUTES)]
    frame["parcel_id"] = None
    geometry = joined.geometry
    retire: list[int] = []
    if joined.replaced:
        index = np.array(sorted(joined.replaced), dtype=np.int64)
        old = existing.take(index)
        kept = old.attributes[list(ATTRIBUTES)].copy()
        kept["parcel_id"] = old.parcel
        frame = pd.concat([frame.astype(object), kept.astype(object)], ignore_index=True)
        geometry = np.concatenate([geometry, np.array([joined.replaced[int(e)] for e in index], dtype=object)])
        retire = old.version.tolist()
    frame["official_area_m2"] = pd.to_numeric(frame["official_area_m2"], errors="coerce").astype(float)
    frame["parcel_id"] = pd.to_numeric(frame["parcel_id"], errors="coerce").astype(float)
    return FaceBatch(geometry=geometry, attributes=frame), retire
