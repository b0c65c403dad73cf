"""The reconciliation of an import: every row of the file and every square millimetre of it, accounted for.

Pure; the renderers are in `report`. Areas are kept as *twice* mm² (whole numbers) until they are shown, so the balance
is exact:

    area in the file (on the grid) = parcels entered + land claimed several times (once per claim)
                                     + land already registered + duplicates + what vanished + what noding moved
    area entered                   = parcels + overlap faces + gap faces
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.exchange.against import Existing, Joined, oriented_areas
from layers.exchange.profile import Mapped
from layers.exchange.read import NotEntered
from layers.fabric.segments import Ints, Objects

AREA_TOLERANCE = 0.01
"""A stated area further than this share from the geometry is listed."""


def m2(double_mm2: int) -> float:
    """Twice mm² as m² (exact to the last half mm²)."""
    return double_mm2 / 2_000_000


@dataclass
class Account:
    """All figures of the report. Lists are complete: one entry for each thing that is not plain."""

    rows: int = 0
    polygons: int = 0
    parcels_entered: int = 0
    faces: dict[str, int] = field(default_factory=dict)
    not_entered: list[dict[str, Any]] = field(default_factory=list)
    multipart: list[dict[str, Any]] = field(default_factory=list)
    overlaps: list[dict[str, Any]] = field(default_factory=list)
    registered_overlaps: list[dict[str, Any]] = field(default_factory=list)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    duplicates: list[dict[str, Any]] = field(default_factory=list)
    area_mismatches: list[dict[str, Any]] = field(default_factory=list)
    repairs: list[dict[str, Any]] = field(default_factory=list)
    adjacent: list[dict[str, Any]] = field(default_factory=list)
    noded: list[dict[str, Any]] = field(default_factory=list)
    rows_with_new_points: int = 0
    moved_max_mm: float = 0.0
    area: dict[str, int] = field(default_factory=dict)

    @property
    def balanced(self) -> bool:
        """Both sums hold to the half square millimetre."""
        a = self.area
        came = a["parcels"] + a["claims"] + a["registered"] + a["duplicates"] + a["vanished"] + a["noding"]
        return a["in"] == came and a["out"] == a["parcels"] + a["overlap_faces"] + a["gap_faces"]

    def to_json(self) -> dict[str, Any]:
        """Figures for machines: areas in m², and as exact integers under ``double_mm2``."""
        out = asdict(self)
        out["area"] = {name: m2(value) for name, value in self.area.items()} | {
            "balanced": self.balanced,
            "double_mm2": dict(self.area),
        }
        return out


class Names:
    """How a source row is called in the report: its source id, or its place in the file."""

    def __init__(self, mapped: Mapped) -> None:
        self._ids = mapped.facts["source_id"].tolist()

    def __call__(self, row: int) -> str:
        if row < 0:
            return "–"
        value = self._ids[row]
        return f"#{row + 1}" if pd.isna(value) else str(value)


def settle(
    *,
    polygons: Objects,
    rows: Ints,
    mapped: Mapped,
    joined: Joined,
    existing: Existing,
    not_entered: list[NotEntered],
    repeats: dict[int, int],
    repeat_double_mm2: int,
) -> Account:
    """Make the account. ``polygons``: single polygons in the fabric's plane (metres), before rounding; ``repeats``:
    row → earlier equal row."""
    name = Names(mapped)
    out = Account(rows=len(mapped.facts), polygons=len(polygons))
    valid = shapely.is_valid(polygons)
    on_grid = oriented_areas(polygons)
    for p in np.flatnonzero(~valid).tolist():
        on_grid[p] = _repaired_area(polygons[p])
    _repairs(out, name, polygons, rows, joined)
    _faces(out, name, joined)
    _registered(out, name, joined, existing)
    for entry in not_entered:
        out.not_entered.append(
            {
                "row": entry.row + 1,
                "source_id": name(entry.row),
                "why": entry.why,
                "why_vi": entry.why_vi,
                "detail": entry.detail,
                "area_m2": 0.0,
            }
        )
    for gone in joined.vanished:
        out.not_entered.append(
            {
                "row": gone.row + 1,
                "source_id": name(gone.row),
                "why": gone.why,
                "why_vi": "nhỏ hơn lưới 1 mm",
                "detail": "",
                "area_m2": m2(gone.double_mm2),
            }
        )
    for row, earlier in repeats.items():
        out.duplicates.append(
            {
                "row": row + 1,
                "source_id": name(row),
                "of": f"file row {earlier + 1}",
                "of_vi": f"dòng {earlier + 1} của tệp",
            }
        )
    _area_mismatches(out, name, polygons, rows, mapped)
    count = np.bincount(rows, minlength=out.rows)
    for row in np.flatnonzero(count > 1).tolist():
        out.multipart.append({"row": row + 1, "source_id": name(row), "parts": int(count[row])})
    if len(polygons):
        coords = shapely.get_coordinates(polygons)
        moved = np.hypot(*((np.round(coords * 1000) - coords * 1000).T))
        out.moved_max_mm = round(float(moved.max()), 3)
    out.rows_with_new_points = len(joined.noded)
    entered = {who[0] for who in joined.claims if len(who) == 1} | {
        r for who in joined.claims if len(who) > 1 for r in who
    }
    out.parcels_entered = len(entered)
    _noded(out, name, on_grid, rows, joined)
    _balance(out, on_grid, joined, repeat_double_mm2)
    return out


def _repaired_area(polygon: shapely.Polygon) -> int:
    """Twice mm² of an invalid polygon read by the even-odd rule on the grid."""
    scaled = shapely.transform(polygon, lambda c: np.round(c * 1000.0))
    return round(2 * float(shapely.make_valid(scaled).area))


def _repairs(out: Account, name: Names, polygons: Objects, rows: Ints, joined: Joined) -> None:
    for row, why in sorted(joined.broken.items()):
        parts = polygons[rows == row]
        before = int(sum(abs(int(a)) for a in oriented_areas(parts)))
        out.repairs.append({
            "row": row + 1,
            "source_id": name(row),
            "why": why,
            "at": _where_invalid(parts),
            "area_as_drawn_m2": m2(before),
            "area_after_m2": m2(joined.row_double_mm2.get(row, 0)),
        })  # fmt: skip


def _where_invalid(parts: Objects) -> str:
    for reason in shapely.is_valid_reason(parts):
        if "[" in str(reason):
            return str(reason).split("[")[1].rstrip("]")
    return ""


def _faces(out: Account, name: Names, joined: Joined) -> None:
    counts = {"parcels": 0, "overlaps": 0, "gaps": 0}
    for who, polygon, area in zip(joined.claims, joined.geometry, joined.double_mm2.tolist(), strict=True):
        if len(who) == 1:
            counts["parcels"] += 1
            continue
        point = polygon.representative_point()
        at = {"x": round(point.x, 3), "y": round(point.y, 3)}
        if who:
            counts["overlaps"] += 1
            out.overlaps.append({
                "name": f"overlap {counts['overlaps']}",
                "rows": [r + 1 for r in who],
                "source_ids": [name(r) for r in who],
                "area_m2": m2(area),
                **at,
            })  # fmt: skip
        else:
            counts["gaps"] += 1
            out.gaps.append({"name": f"gap {counts['gaps']}", "area_m2": m2(area), **at})
    out.faces = counts


def _registered(out: Account, name: Names, joined: Joined, existing: Existing) -> None:
    for row, e, area in joined.overlaps:
        out.registered_overlaps.append(
            {"row": row + 1, "source_id": name(row), "parcel": int(existing.parcel[e]), "area_m2": m2(area)}
        )
    for row, faces in sorted(joined.duplicates.items()):
        ids = [int(existing.parcel[e]) for e in faces]
        out.duplicates.append(
            {
                "row": row + 1,
                "source_id": name(row),
                "of": "parcel " + ", ".join(map(str, ids)),
                "of_vi": "thửa đã đăng ký " + ", ".join(map(str, ids)),
                "parcels": ids,
            }
        )
    entered = {r for who in joined.claims for r in who}
    fully = {row for row, _, _ in joined.overlaps} - entered - set(joined.duplicates)
    for row in sorted(fully):
        out.not_entered.append(
            {
                "row": row + 1,
                "source_id": name(row),
                "why": "lies wholly on registered land",
                "why_vi": "nằm trọn trên đất đã đăng ký",
                "detail": "",
                "area_m2": m2(joined.row_double_mm2.get(row, 0)),
            }
        )
    for e, polygon in sorted(joined.replaced.items()):
        before = existing.geometry[e]
        added = int(shapely.get_num_coordinates(polygon) - shapely.get_num_coordinates(before))
        change = int(oriented_areas(np.array([polygon]))[0] - oriented_areas(np.array([before]))[0])
        out.adjacent.append({"parcel": int(existing.parcel[e]), "points_added": added, "area_change_m2": m2(change)})


def _area_mismatches(out: Account, name: Names, polygons: Objects, rows: Ints, mapped: Mapped) -> None:
    computed = np.bincount(rows, weights=shapely.area(polygons), minlength=out.rows)
    for column, stated in mapped.stated.items():
        values = stated.to_numpy(dtype=float)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = (values - computed) / computed
        for row in np.flatnonzero((computed > 0) & (np.abs(share) > AREA_TOLERANCE)).tolist():
            out.area_mismatches.append({
                "row": row + 1,
                "source_id": name(row),
                "column": column,
                "stated_m2": round(float(values[row]), 4),
                "computed_m2": round(float(computed[row]), 4),
                "difference_percent": round(float(share[row] * 100), 3),
            })  # fmt: skip


def _noded(out: Account, name: Names, on_grid: Ints, rows: Ints, joined: Joined) -> None:
    """Rows whose area changed because their boundary was bent through new points (at most 0.71 mm sideways)."""
    before = np.zeros(out.rows, dtype=np.int64)
    np.add.at(before, rows, on_grid)
    for row, after in sorted(joined.row_double_mm2.items()):
        if after != before[row]:
            change = m2(after - int(before[row]))
            out.noded.append({"row": row + 1, "source_id": name(row), "area_change_m2": change})


def _balance(out: Account, on_grid: Ints, joined: Joined, repeat_double_mm2: int) -> None:
    claims = [len(who) for who in joined.claims]
    areas = joined.double_mm2.tolist()
    parcels = sum(a for a, k in zip(areas, claims, strict=True) if k == 1)
    overlap_faces = sum(a for a, k in zip(areas, claims, strict=True) if k > 1)
    claimed = sum(a * k for a, k in zip(areas, claims, strict=True) if k > 1)
    registered = sum(area for _, _, area in joined.overlaps)
    vanished = sum(v.double_mm2 for v in joined.vanished)
    total = int(on_grid.sum())
    after = sum(joined.row_double_mm2.values())
    out.area = {
        "in": total,
        "out": parcels + overlap_faces + sum(a for a, k in zip(areas, claims, strict=True) if k == 0),
        "parcels": parcels,
        "claims": claimed,
        "overlap_faces": overlap_faces,
        "gap_faces": sum(a for a, k in zip(areas, claims, strict=True) if k == 0),
        "registered": registered,
        "duplicates": joined.duplicate_double_mm2 + repeat_double_mm2,
        "vanished": vanished,
        "noding": total - after - repeat_double_mm2 - vanished,
    }


def facts_frame(joined: Joined, mapped: Mapped, unit: str, fallback: str) -> pd.DataFrame:
    """The attributes of the new faces. Parts of one row share its source id; the stated area stays with the largest
    part."""
    name = Names(mapped)
    facts = mapped.facts
    first = np.array([who[0] if len(who) == 1 else -1 for who in joined.claims], dtype=np.int64)
    frame = facts.take(np.where(first >= 0, first, 0)).reset_index(drop=True).astype(object)
    frame = frame.where(frame.notna(), None)
    single = first >= 0
    frame.loc[~single, ["sheet", "number", "land_use", "official_area_m2", "address", "source_id"]] = None
    frame["unit"] = frame["unit"].where(single, unit)
    several = pd.Series(first[single]).value_counts()
    split = set(several.index[several > 1].tolist())
    biggest: dict[int, int] = {}
    for i in np.flatnonzero(np.isin(first, list(split))).tolist():
        row = int(first[i])
        if row not in biggest or joined.double_mm2[i] > joined.double_mm2[biggest[row]]:
            biggest[row] = i
    for i in np.flatnonzero(np.isin(first, list(split))).tolist():
        row = int(first[i])
        if frame.at[i, "source_id"] is None:
            frame.at[i, "source_id"] = f"{fallback}:{row + 1}"
        if biggest[row] != i:
            frame.at[i, "official_area_m2"] = None
    overlaps = gaps = 0
    for i in np.flatnonzero(~single).tolist():
        who = joined.claims[i]
        if who:
            overlaps += 1
            frame.at[i, "kind"] = "disputed"
            frame.at[i, "address"] = f"Chồng lấn {overlaps} · overlap {overlaps}: {' / '.join(name(r) for r in who)}"
            frame.at[i, "source_id"] = " + ".join(name(r) for r in who)
        else:
            gaps += 1
            frame.at[i, "kind"] = "unassigned"
            frame.at[i, "address"] = f"Khoảng hở {gaps} · gap {gaps}"
    frame["official_area_m2"] = pd.to_numeric(frame["official_area_m2"], errors="coerce").astype(float)
    return frame
