"""Bulk loads: a partition of new land joins the fabric as one change set of kind `load`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import numpy as np
import orjson
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.crs import FabricCrs, polygon_from_rings
from layers.db import Connection, sql
from layers.errors import EditRefused
from layers.fabric import ledger
from layers.fabric.planar import assemble
from layers.fabric.segments import cancel, oriented, rings_of, segments
from layers.register import codes, labels

ATTRIBUTES = ("kind", "unit", "sheet", "number", "land_use", "official_area_m2", "address", "source_id")
CHUNK = 20_000
REBUILD_FROM = 20_000  # faces from which an empty table builds its indexes after the rows
CODES_NOW = 100_000  # land faces up to which codes are computed inside the load; beyond, the job `codes` gives them


class Progress(Protocol):
    def __call__(self, stage: str, done: int, total: int, /) -> None: ...


@dataclass(frozen=True)
class FaceBatch:
    """New faces: `geometry` an array of Polygons in the fabric's CRS, every coordinate exactly whole mm / 1000, valid, shell
    counter-clockwise, together a partition; `attributes` a frame of the same length with the columns ATTRIBUTES."""

    geometry: NDArray[Any]
    attributes: pd.DataFrame

    def __len__(self) -> int:
        return len(self.geometry)


@dataclass(frozen=True)
class LoadResult:
    change_set: int
    seq: int
    faces: int
    without_code: int
    seconds: dict[str, float]


def load_faces(
    conn: Connection,
    batch: FaceBatch,
    *,
    reason: str,
    author: str | None = None,
    effective_on: date | None = None,
    retire: Sequence[int] = (),
    progress: Progress | None = None,
) -> LoadResult:
    """Put a batch into the ledger, inside the caller's transaction.

    `retire`: version ids of existing faces that the batch replaces (same parcel id expected in a column `parcel_id`, when they
    only gained boundary points). Raises EditRefused when the batch overlaps itself or the fabric.
    """
    started = time.perf_counter()
    seconds: dict[str, float] = {}

    def lap(name: str) -> None:
        nonlocal started
        now = time.perf_counter()
        seconds[name] = round(now - started, 3)
        started = now

    report: Callable[[str, int, int], None] = progress or _unheard
    srid = int(conn.execute("SELECT srid FROM fabric.deployment").fetchone()["srid"])  # type: ignore[index]
    crs = FabricCrs(srid)
    total = len(batch)
    if total == 0:
        raise EditRefused("empty-load", "There is nothing to load.", "Không có gì để nạp.")
    conn.execute(
        "SET CONSTRAINTS fabric.change_set_unblocked, fabric.change_set_sealed DEFERRED; SELECT pg_advisory_xact_lock(hashtext('fabric.outline'))"
    )
    report("outline", 0, total)
    outline = _outline_after(conn, batch, retire)
    lap("outline")

    fresh = conn.execute("SELECT NOT EXISTS (SELECT 1 FROM fabric.parcel_version) AS fresh").fetchone()["fresh"]  # type: ignore[index]
    rebuild = fresh and total >= REBUILD_FROM
    later = int((batch.attributes["kind"] == "land").sum()) > CODES_NOW
    ids, kept, without = _create_parcels(conn, crs, batch, fresh, later, report)
    lap("codes")
    if rebuild:
        names = [
            line.split(" ON ")[0].split()[-1]
            for line in sql("layers.fabric", "indexes.sql").splitlines()
            if line.startswith("CREATE")
        ]
        conn.execute("DROP INDEX " + ", ".join(f"fabric.{name}" for name in names))
    row = conn.execute(
        "INSERT INTO fabric.change_set (kind, reason, author, base_seq, effective_on)"
        " VALUES ('load', %s, %s, (SELECT seq FROM feed.head), coalesce(%s, current_date)) RETURNING id",
        (reason, author, effective_on),
    ).fetchone()
    change_set = int(row["id"])  # type: ignore[index]
    if retire:
        conn.execute("UPDATE fabric.parcel_version SET retired_by = %s WHERE id = ANY(%s)", (change_set, list(retire)))
    _copy_versions(conn, crs, batch, ids, kept, change_set, report)
    lap("copy")
    if rebuild:
        report("indexes", 0, total)
        conn.execute(sql("layers.fabric", "indexes.sql"))
        lap("indexes")
    report("check", 0, total)
    ledger.insert_outline(conn, crs, change_set, outline)
    conn.execute("ANALYZE fabric.parcel_version")
    labels.note_sheets(conn, change_set)
    if later:
        codes.assign_later(conn, change_set)
    sealed = ledger.seal(conn, change_set)
    lap("check")
    report("check", total, total)
    return LoadResult(change_set, sealed["seq"], total, without, seconds)


def _unheard(*_: object) -> None:
    """Nobody wants to know how far it is."""


def _outline_after(conn: Connection, batch: FaceBatch, retire: Sequence[int]) -> shapely.MultiPolygon:
    """The fabric's outer ring with the batch in it: created - retired + the ring before, put together into polygons."""
    starts, ends = [], []
    start, end, _ = segments(oriented(rings_of(batch.geometry)))
    starts.append(start)
    ends.append(end)
    if retire:
        rows = conn.execute(
            "SELECT ST_AsBinary(geom) AS wkb FROM fabric.parcel_version WHERE id = ANY(%s)", (list(retire),)
        ).fetchall()
        start, end, _ = segments(oriented(rings_of(shapely.from_wkb([row["wkb"] for row in rows]))))
        starts.append(end)
        ends.append(start)
    row = conn.execute("SELECT ST_AsBinary(fabric.outline_at((SELECT seq FROM feed.head))) AS wkb").fetchone()
    if row is not None and row["wkb"] is not None:
        start, end, _ = segments(oriented(rings_of(shapely.get_parts(shapely.from_wkb(row["wkb"])))))
        starts.append(start)
        ends.append(end)
    start, end = np.concatenate(starts), np.concatenate(ends)
    left = cancel(start, end, np.zeros(len(start), dtype=np.int64))
    pairs = [((int(a), int(b)), (int(c), int(d))) for (a, b), (c, d) in zip(left.start, left.end, strict=True)]
    if (left.count != 1).any():
        where = [pairs[i] for i in np.flatnonzero(left.count != 1)[:200]]
        raise EditRefused(
            "load-overlaps",
            "The new land overlaps itself or land on record.",
            "Dữ liệu mới chồng lấn nhau hoặc chồng lên thửa đã có.",
            where=list(where),
        )
    try:
        parts = assemble(pairs)
    except ValueError as error:
        raise EditRefused(
            "load-open", f"The new land does not close: {error}.", "Dữ liệu mới không khép kín."
        ) from error
    outline = shapely.MultiPolygon([polygon_from_rings(rings) for rings in parts])
    if not outline.is_valid:
        raise EditRefused(
            "load-overlaps",
            f"The new land overlaps itself or land on record: {shapely.is_valid_reason(outline)}.",
            "Dữ liệu mới chồng lấn nhau hoặc chồng lên thửa đã có.",
        )
    return outline


def _create_parcels(
    conn: Connection,
    crs: FabricCrs,
    batch: FaceBatch,
    fresh: bool,
    later: bool,
    report: Callable[[str, int, int], None],
) -> tuple[NDArray[np.int64], NDArray[np.bool_], int]:
    """Parcel ids for all faces, which of them existed before, and how many land parcels got no code (it was taken)."""
    total = len(batch)
    existing = batch.attributes.get("parcel_id")
    ids = np.zeros(total, dtype=np.int64) if existing is None else existing.fillna(0).to_numpy(np.int64)
    kept = ids > 0
    new = np.flatnonzero(~kept)
    fresh_ids = conn.execute(
        "SELECT array_agg(nextval('fabric.parcel_id_seq')) AS ids FROM generate_series(1, %s)", (len(new),)
    ).fetchone()["ids"]  # type: ignore[index]
    ids[new] = fresh_ids or []
    land = np.flatnonzero(~kept & (batch.attributes["kind"].to_numpy() == "land") & (not later))
    code: list[str | None] = [None] * total
    origin: list[bytes | None] = [None] * total
    seen: set[str] = set()
    without = 0
    for at in range(0, len(land), CHUNK):
        part = land[at : at + CHUNK]
        found, anchors = codes.codes_of(batch.geometry[part], crs)
        taken: set[str] = set()
        if not fresh:
            rows = conn.execute("SELECT code FROM fabric.parcel WHERE code = ANY(%s)", (found,)).fetchall()
            taken = {row["code"] for row in rows}
        template = codes.origin_json((0, 0))
        for i, name, anchor in zip(part, found, anchors.tolist(), strict=True):
            if name in seen or name in taken:
                without += 1
                continue
            seen.add(name)
            code[i] = name
            origin[i] = orjson.dumps(template | {"anchor": [round(anchor[0], 4), round(anchor[1], 4)]})
        report("codes", min(at + CHUNK, len(land)), len(land))
    with conn.cursor() as cursor, cursor.copy("COPY fabric.parcel (id, code, code_origin) FROM STDIN") as copy:
        for at in range(0, len(new), CHUNK):
            copy.write(
                "".join(
                    f"{ids[i]}\t{code[i] or NULL}\t{origin[i].decode() if origin[i] else NULL}\n"
                    for i in new[at : at + CHUNK]
                )
            )
    conn.execute("ANALYZE fabric.parcel")
    return ids, kept, without


NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _column(values: pd.Series) -> list[str]:
    """A column as COPY text; missing values become null."""
    missing = values.isna().to_numpy()
    if values.dtype.kind == "f":
        return [NULL if gone else repr(float(value)) for gone, value in zip(missing, values, strict=True)]
    return [NULL if gone else str(value).translate(_ESCAPES) for gone, value in zip(missing, values, strict=True)]


def _copy_versions(
    conn: Connection,
    crs: FabricCrs,
    batch: FaceBatch,
    ids: NDArray[np.int64],
    kept: NDArray[np.bool_],
    change_set: int,
    report: Callable[[str, int, int], None],
) -> None:
    names = ", ".join(ATTRIBUTES)
    total = len(batch)
    with (
        conn.cursor() as cursor,
        cursor.copy(f"COPY fabric.parcel_version (parcel_id, cause, created_by, {names}, geom) FROM STDIN") as copy,
    ):
        for at in range(0, total, CHUNK):
            rows = slice(at, at + CHUNK)
            attributes = batch.attributes.iloc[rows]
            wkb = shapely.to_wkb(shapely.set_srid(batch.geometry[rows], crs.srid), hex=True, include_srid=True)
            causes = np.where(kept[rows], "adjacent", "subject")
            columns = [
                [str(key) for key in ids[rows]],
                causes.tolist(),
                [str(change_set)] * len(wkb),
                *(_column(attributes[name]) for name in ATTRIBUTES),
                wkb.tolist(),
            ]
            copy.write("".join("\t".join(row) + "\n" for row in zip(*columns, strict=True)))
            report("copy", min(at + CHUNK, total), total)
