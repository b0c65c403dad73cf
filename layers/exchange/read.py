"""Reading a layer: polygons as single parts with their attributes, every peculiarity of the file noted for the report.

Coordinates are left in the file's own system; see `placing` for what happens to them next. Heights and measures are
dropped, arcs are replaced by chords as GDAL does (4°), and both are said. Not-a-number and infinite coordinates refuse
the whole file."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyogrio
import shapely
from numpy.typing import NDArray

from layers.exchange.container import Layer, Opened
from layers.exchange.linework import Linework, polygons_from_lines
from layers.exchange.refused import ImportRefused
from layers.fabric.segments import Ints, Objects

MAX_RING_VERTICES = 250_000
"""A ring with more vertices is refused: one face of the map must stay editable. The longest ring of a real cadastre
tried here has 30,000."""


@dataclass(frozen=True, slots=True)
class NotEntered:
    """A source row (0-based) that cannot become a face, and why, in both languages."""

    row: int
    why: str
    why_vi: str
    detail: str = ""


@dataclass
class Content:
    """Single polygons in the file's system, the row of each, and the rows' attributes."""

    layer: str
    polygons: Objects
    rows: Ints
    frame: pd.DataFrame
    file_crs: str | None
    driver_notes: list[tuple[str, str]] = field(default_factory=list)
    not_entered: list[NotEntered] = field(default_factory=list)
    multipart: dict[int, int] = field(default_factory=dict)
    linework: Linework | None = None


def read_layer(source: Opened, layer: Layer, *, max_ring_vertices: int = MAX_RING_VERTICES) -> Content:
    """Read one layer of an opened file.

    Raises ImportRefused: unreadable or cut off, no rows, no polygons, bad coordinates, a ring beyond the limit."""
    frame, crs, notes = _read(source, layer)
    geometry = np.asarray(frame.pop("geometry").to_numpy(), dtype=object)
    if len(geometry) == 0:
        raise ImportRefused(
            "no-rows",
            f"Layer “{layer.name}” has no objects.",
            f"Lớp “{layer.name}” không có đối tượng nào.",
            [layer.name],
        )
    _check_numbers(geometry)
    geometry = _flatten(geometry, notes)
    kinds = shapely.get_type_id(geometry)
    areal = np.isin(kinds, (3, 6))
    if not areal.any():
        return _from_lines(layer, geometry, frame, crs, notes)
    content = Content(layer.name, geometry[:0], np.zeros(0, np.int64), frame, crs, notes)
    for row in np.flatnonzero(~areal).tolist():
        content.not_entered.append(_not_areal(row, geometry[row]))
    keep = areal & ~shapely.is_empty(geometry)
    content.not_entered += [
        NotEntered(int(r), "the polygon is empty", "vùng rỗng") for r in np.flatnonzero(areal & ~keep)
    ]
    index = np.flatnonzero(keep)
    parts, part_of = shapely.get_parts(geometry[index], return_index=True)
    full = ~shapely.is_empty(parts)
    content.polygons = np.asarray(parts)[full]
    content.rows = index[part_of[full]].astype(np.int64)
    _check_size(content, max_ring_vertices)
    number = np.bincount(content.rows, minlength=len(frame))
    content.multipart = {int(r): int(number[r]) for r in np.flatnonzero(number > 1)}
    return content


def _read(source: Opened, layer: Layer) -> tuple[pd.DataFrame, str | None, list[tuple[str, str]]]:
    notes: list[tuple[str, str]] = []
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            info = pyogrio.read_info(source.target, layer=layer.name, force_feature_count=True)
            frame = pyogrio.read_dataframe(source.target, layer=layer.name, on_invalid="warn", datetime_as_string=True)
    except Exception as error:
        raise ImportRefused(
            "unreadable",
            f"Layer “{layer.name}” of {source.path.name} cannot be read, or the file was cut off.",
            f"Không đọc được lớp “{layer.name}” của tệp {source.path.name}, hoặc tệp bị cắt cụt.",
            [layer.name],
            reason=str(error).replace(source.target, source.path.name)[:300],
        ) from error
    texts = list(dict.fromkeys(str(w.message).replace(source.target, source.path.name) for w in said))
    cut_off = ("truncated", "unexpected end", "error parsing", "corrupt", "unable to read", "read failed")
    bad = [t for t in texts if any(word in t.lower() for word in cut_off)]
    expected = int(info["features"])
    if bad or (0 <= expected != len(frame)):
        raise ImportRefused(
            "damaged-file",
            f"{source.path.name} is damaged or was cut off: {len(frame):,} of {expected:,} objects could be read.",
            f"Tệp {source.path.name} bị hỏng hoặc bị cắt cụt: chỉ đọc được {len(frame):,}/{expected:,} đối tượng.",
            bad[:5] or [layer.name],
        )
    notes += [(t, t) for t in texts[:20]]
    if not isinstance(frame, pd.DataFrame) or "geometry" not in frame:
        raise ImportRefused(
            "no-polygons",
            f"Layer “{layer.name}” has no geometry.",
            f"Lớp “{layer.name}” không có hình học.",
            [layer.name],
        )
    return pd.DataFrame(frame), None if info["crs"] is None else str(info["crs"]), notes


def _check_numbers(geometry: NDArray[np.object_]) -> None:
    coords, index = shapely.get_coordinates(geometry, return_index=True)
    bad = np.unique(index[~np.isfinite(coords).all(axis=1)])
    if len(bad):
        rows = bad.tolist()
        raise ImportRefused(
            "bad-coordinates",
            f"{len(rows):,} objects have coordinates that are not numbers (NaN or infinite), the first is row "
            f"{rows[0] + 1}.",
            f"{len(rows):,} đối tượng có tọa độ không phải là số (NaN hoặc vô cùng), đầu tiên là dòng {rows[0] + 1}.",
            [r + 1 for r in rows[:50]],
        )


def _flatten(geometry: NDArray[np.object_], notes: list[tuple[str, str]]) -> NDArray[np.object_]:
    """Two dimensions, no arcs, collections of polygons opened."""
    heights = int(shapely.has_z(geometry).sum())
    measures = int(shapely.has_m(geometry).sum())
    if heights:
        notes.append(
            (f"heights (Z) of {heights:,} objects were dropped", f"đã bỏ độ cao (Z) của {heights:,} đối tượng")
        )
    if measures:
        notes.append(
            (f"measures (M) of {measures:,} objects were dropped", f"đã bỏ giá trị đo (M) của {measures:,} đối tượng")
        )
    flat = np.asarray(shapely.force_2d(geometry), dtype=object)
    kinds = shapely.get_type_id(flat)
    for i in np.flatnonzero(kinds == 7).tolist():
        inner = shapely.get_parts(flat[i])
        if len(inner) and np.isin(shapely.get_type_id(inner), (3, 6)).all():
            flat[i] = shapely.MultiPolygon([p for g in inner for p in shapely.get_parts(g)])
    return flat


NAMES = {
    0: ("a point", "điểm"),
    1: ("a line", "đường"),
    2: ("a line", "đường"),
    4: ("points", "các điểm"),
    5: ("lines", "các đường"),
}


def _not_areal(row: int, geometry: object) -> NotEntered:
    if geometry is None:
        return NotEntered(row, "no geometry", "không có hình học")
    english, viet = NAMES.get(int(shapely.get_type_id(geometry)), ("a mixture of kinds", "hình học hỗn hợp"))
    return NotEntered(row, f"not a polygon but {english}", f"không phải vùng mà là {viet}")


def _check_size(content: Content, limit: int) -> None:
    rings, polygon = shapely.get_rings(content.polygons, return_index=True)
    size = shapely.get_num_coordinates(rings)
    if len(size) and size.max() > limit:
        k = int(size.argmax())
        row = int(content.rows[polygon[k]]) + 1
        raise ImportRefused(
            "ring-too-long",
            f"Row {row} has a ring of {int(size[k]):,} vertices; at most {limit:,} are accepted. Cut the "
            "polygon into several.",
            f"Dòng {row} có đường bao {int(size[k]):,} đỉnh; chỉ nhận tối đa {limit:,} đỉnh. Hãy chia vùng "
            "thành nhiều vùng nhỏ.",
            [row],
        )


def _from_lines(
    layer: Layer, geometry: NDArray[np.object_], frame: pd.DataFrame, crs: str | None, notes: list[tuple[str, str]]
) -> Content:
    """A cadastral drawing (DGN, DXF): polygons from the boundary level, facts from the label levels."""
    work = polygons_from_lines(geometry, frame)
    if work is None:
        found = sorted({NAMES.get(int(k), ("other", ""))[0] for k in shapely.get_type_id(geometry) if k >= 0})
        raise ImportRefused(
            "no-polygons",
            f"Layer “{layer.name}” has no polygons ({', '.join(found) or 'nothing'}), and no closed lines on "
            "level 10 (parcel boundary).",
            f"Lớp “{layer.name}” không có vùng ({', '.join(found) or 'trống'}), và không có đường khép kín ở "
            "lớp 10 (ranh giới thửa đất).",
            [layer.name],
        )
    notes.append(
        (
            f"{len(work.polygons):,} polygons were built from {work.lines:,} boundary lines (level 10) and "
            "their labels (levels 13, 4, 2)",
            f"đã dựng {len(work.polygons):,} vùng từ {work.lines:,} đường ranh giới (lớp 10) và nhãn (lớp 13, 4, 2)",
        )
    )
    content = Content(layer.name, work.polygons, np.arange(len(work.polygons)), work.frame, crs, notes, linework=work)
    for x, y, text in work.stray_labels:
        content.not_entered.append(
            NotEntered(
                -1,
                "a parcel number outside every closed boundary",
                "số thửa nằm ngoài mọi ranh giới khép kín",
                f"{text} @ {x:.3f}, {y:.3f}",
            )
        )
    return content
