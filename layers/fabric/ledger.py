"""The ledger: reading local states, committing deltas. The database itself has the last word (sql/functions.sql).

READ COMMITTED is enough: the proof for one change set never mentions other parcels, and two change sets with a parcel in common meet at its row
lock. Locks are taken in one order everywhere: versions by id, sheet counters, the outer ring, the head of the feed.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
import shapely
from psycopg import errors as pg
from psycopg.types.json import Jsonb

from layers.crs import FabricCrs, Point, Ring, polygon_from_rings, rings_from_polygon
from layers.db import Connection
from layers.errors import Busy, EditRefused, Malformed, NotFound, Stale
from layers.fabric import edits
from layers.fabric.intents import Intent, Revert, change_kind, named_parcels, named_points, to_json
from layers.fabric.model import Chain, Delta, Face, Facts, PastChange, State
from layers.register import codes, labels

COLUMNS = "id, parcel_id, unit, kind, sheet, number, land_use, official_area_m2, address, source_id"


@dataclass(frozen=True)
class Committed:
    """What a commit did. `parcels` maps ids in the delta (negative for drafted ones) to parcel ids."""

    change_set: int
    seq: int
    kind: str
    certificate: dict[str, Any]
    hash: str
    parcels: dict[int, int]


def face_from_row(row: dict[str, Any]) -> Face:
    """A face from a row with COLUMNS and `wkb`."""
    facts = Facts(
        row["unit"],
        row["kind"],
        row["sheet"],
        row["number"],
        row["land_use"],
        row["official_area_m2"],
        row["address"],
        row["source_id"],
    )
    polygon = shapely.from_wkb(row["wkb"])
    return Face(row["parcel_id"], rings_from_polygon(polygon), facts, row["id"])


def head(conn: Connection) -> int:
    """The newest seq."""
    return int(conn.execute("SELECT seq FROM feed.head").fetchone()["seq"])  # type: ignore[index]


def load_state(
    conn: Connection, crs: FabricCrs, ids: Iterable[int], points: Iterable[Point] = (), *, at: int | None = None
) -> State:
    """Named parcels, faces at named points and everything around them, now or as of seq `at`."""
    keys, places = sorted(set(ids)), sorted(set(points))
    alive = "v.retired_by IS NULL"
    joins = ""
    if at is not None:
        joins = "JOIN fabric.change_set c ON c.id = v.created_by LEFT JOIN fabric.change_set r ON r.id = v.retired_by"
        alive = "c.seq <= %(at)s AND (r.seq IS NULL OR r.seq > %(at)s)"
    point = crs.to_web_sql(f"ST_SetSRID(ST_MakePoint(p.x, p.y), {crs.srid})")
    rows = conn.execute(
        f"""
        WITH subject AS (
            SELECT v.geom_3857 FROM fabric.parcel_version v {joins} WHERE v.parcel_id = ANY(%(ids)s) AND {alive}
            UNION ALL
            SELECT ST_Expand({point}, 0.01) FROM unnest(%(xs)s::float8[], %(ys)s::float8[]) AS p (x, y))
        SELECT DISTINCT ON (v.id) {", ".join("v." + c for c in COLUMNS.split(", "))}, ST_AsBinary(v.geom) AS wkb
        FROM subject s JOIN fabric.parcel_version v ON v.geom_3857 && s.geom_3857 {joins} WHERE {alive}
        """,
        {"ids": keys, "xs": [p[0] / 1000 for p in places], "ys": [p[1] / 1000 for p in places], "at": at},
    ).fetchall()
    return State({face.id: face for face in map(face_from_row, rows)})


def past_change(conn: Connection, seq: int) -> PastChange:
    """A committed change set for `Revert`.

    Raises NotFound for an unknown seq, EditRefused for one that cannot be taken back.
    """
    change = conn.execute("SELECT id, kind FROM fabric.change_set WHERE seq = %s", (seq,)).fetchone()
    if change is None:
        raise NotFound("no-such-change", f"There is no change {seq}.", f"Không có biến động số {seq}.")
    if change["kind"] in ("load", "extend", "readjust"):
        raise EditRefused(
            "cannot-revert-load", "A load cannot be taken back as an edit.", "Không thể hoàn tác một lần nạp dữ liệu."
        )
    created = conn.execute(
        "SELECT parcel_id, id FROM fabric.parcel_version WHERE created_by = %s", (change["id"],)
    ).fetchall()
    retired = conn.execute(
        f"SELECT {COLUMNS}, ST_AsBinary(geom) AS wkb FROM fabric.parcel_version WHERE retired_by = %s", (change["id"],)
    ).fetchall()
    return PastChange(seq, {row["parcel_id"]: row["id"] for row in created}, tuple(map(face_from_row, retired)))


def state_for(conn: Connection, crs: FabricCrs, intents: Sequence[Intent], *, at: int | None = None) -> State:
    """Everything the intents need to be applied."""
    past = {intent.seq: past_change(conn, intent.seq) for intent in intents if isinstance(intent, Revert)}
    ids = named_parcels(tuple(intents)) | {key for change in past.values() for key in change.created}
    state = load_state(conn, crs, ids, named_points(tuple(intents)), at=at)
    return replace(state, past=past)


def digest_of(delta: Delta) -> str:
    """What an officer reviewed: the created subject faces, as they would be drawn."""
    subject = [(face.id, face.rings, repr(face.facts)) for face in delta.created if delta.causes[face.id] == "subject"]
    return hashlib.sha256(json.dumps(sorted(subject)).encode()).hexdigest()[:32]


def changes_since(conn: Connection, ids: Iterable[int], seq: int) -> list[dict[str, Any]]:
    """Change sets after `seq` that touched one of the parcels as a subject, or ended it."""
    return conn.execute(
        """
        SELECT DISTINCT c.seq, c.kind, c.committed_at AS at FROM fabric.parcel_version v
        JOIN fabric.change_set c ON c.id = v.retired_by
        LEFT JOIN fabric.parcel_version n ON n.parcel_id = v.parcel_id AND n.created_by = v.retired_by
        WHERE v.parcel_id = ANY(%s) AND c.seq > %s AND (n.id IS NULL OR n.cause = 'subject') ORDER BY c.seq
        """,
        (sorted(ids), seq),
    ).fetchall()


def commit(
    conn: Connection,
    crs: FabricCrs,
    intents: Sequence[Intent],
    *,
    reason: str,
    author: str | None,
    base_seq: int,
    reviewed: tuple[int, str] | None = None,
    effective_on: date | None = None,
    draft: UUID | None = None,
) -> Committed:
    """Apply the intents to the newest state and write the change set, inside the caller's transaction.

    `reviewed`: seq and digest of the preview the officer saw; `draft`: what is being decided on. Raises EditRefused (the edit is not possible, or a
    block stops it), Stale (a subject changed since `base_seq`, or what would be written is not what was reviewed), Busy (a lock was not free within
    two tries of 2 s).
    """
    if not reason.strip():
        raise Malformed("no-reason", "Say why the map changes.", "Hãy ghi lý do chỉnh lý.")
    blocked = False
    for _ in range(2):
        try:
            with conn.transaction():
                conn.execute(
                    "SET LOCAL lock_timeout = '2s'; SET CONSTRAINTS fabric.change_set_unblocked, fabric.change_set_sealed DEFERRED"
                )
                return _commit_once(conn, crs, intents, reason, author, base_seq, reviewed, effective_on, draft)
        except (pg.LockNotAvailable, pg.DeadlockDetected):
            blocked = True
        except _Moved:
            blocked = False
    winners = changes_since(conn, named_parcels(tuple(intents)), base_seq)
    if blocked and not winners:
        raise Busy(
            "locked",
            "Somebody else is saving these parcels; try again.",
            "Có người khác đang lưu các thửa này; hãy thử lại.",
        )
    raise Stale(
        "state-moved",
        "These parcels changed while you were saving.",
        "Các thửa này vừa thay đổi trong khi bạn lưu.",
        winners=[winner_json(row) for row in winners],
    )


def winner_json(row: dict[str, Any]) -> dict[str, Any]:
    return {"seq": row["seq"], "kind": row["kind"], "at": row["at"].isoformat()}


class _Moved(Exception):  # noqa: N818
    """A version that was read is no longer current; read again."""


def _commit_once(
    conn: Connection,
    crs: FabricCrs,
    intents: Sequence[Intent],
    reason: str,
    author: str | None,
    base_seq: int,
    reviewed: tuple[int, str] | None,
    effective_on: date | None,
    draft: UUID | None,
) -> Committed:
    state = state_for(conn, crs, intents)
    delta = edits.delta(intents, state)
    versions = sorted(face.version for face in delta.retired if face.version is not None)
    locked = conn.execute(
        "SELECT id FROM fabric.parcel_version WHERE id = ANY(%s) AND retired_by IS NULL ORDER BY id FOR UPDATE",
        (versions,),
    ).fetchall()
    if len(locked) != len(versions):
        raise _Moved
    subjects = named_parcels(tuple(intents)) | {
        face.id for face in delta.retired if delta.causes.get(face.id, "subject") == "subject"
    }
    since = min(base_seq, reviewed[0]) if reviewed else base_seq
    winners = changes_since(conn, subjects, since)
    if winners or (reviewed and reviewed[1] != digest_of(delta) and not _only_adjacent(conn, subjects, reviewed[0])):
        raise Stale(
            "stale-draft",
            "The parcels changed since this draft was made.",
            "Thửa đất đã thay đổi kể từ khi lập bản thảo.",
            winners=[winner_json(row) for row in winners],
        )
    past = [intent.seq for intent in intents if isinstance(intent, Revert)]
    return write(
        conn,
        crs,
        delta,
        kind=change_kind(tuple(intents)),
        reason=reason,
        author=author,
        intents=to_json(tuple(intents)),
        base_seq=base_seq,
        effective_on=effective_on,
        reverts=past[0] if past else None,
        draft=draft,
    )


def _only_adjacent(conn: Connection, subjects: Iterable[int], seq: int) -> bool:
    """Whether the subjects did gain vertices after `seq`, which alone may explain another digest."""
    row = conn.execute(
        "SELECT EXISTS (SELECT 1 FROM fabric.parcel_version v JOIN fabric.change_set c ON c.id = v.created_by"
        " WHERE v.parcel_id = ANY(%s) AND c.seq > %s AND v.cause = 'adjacent') AS found",
        (sorted(subjects), seq),
    ).fetchone()
    return bool(row and row["found"])


def write(
    conn: Connection,
    crs: FabricCrs,
    delta: Delta,
    *,
    kind: str,
    reason: str,
    author: str | None,
    intents: list[dict[str, Any]],
    base_seq: int,
    effective_on: date | None = None,
    reverts: int | None = None,
    draft: UUID | None = None,
) -> Committed:
    """Write a delta whose retired versions are locked, have the database check and seal it, and return its seq."""
    row = conn.execute(
        "INSERT INTO fabric.change_set (kind, reason, author, intents, base_seq, effective_on, reverts, draft_id) VALUES"
        " (%s, %s, %s, %s, %s, coalesce(%s, current_date), (SELECT id FROM fabric.change_set WHERE seq = %s), %s) RETURNING id",
        (kind, reason, author, Jsonb(intents), base_seq, effective_on, reverts, draft),
    ).fetchone()
    change_set = int(row["id"])  # type: ignore[index]
    conn.execute(
        "UPDATE fabric.parcel_version SET retired_by = %s WHERE id = ANY(%s)",
        (change_set, [face.version for face in delta.retired]),
    )
    # Versions first, sheet counters second: also a caller that took no locks before keeps the order here.
    delta = labels.number_new_parcels(conn, delta)
    ids = codes.create_parcels(conn, crs, [face for face in delta.created if face.id < 0])
    created = delta.created
    facts = [face.facts for face in created]
    conn.execute(
        f"""
        INSERT INTO fabric.parcel_version
            (parcel_id, unit, kind, sheet, number, land_use, official_area_m2, address, source_id, cause, created_by, geom)
        SELECT p, u, k, s, n, l, a, d, o, c, %s, ST_GeomFromWKB(g, {crs.srid})
        FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::float8[], %s::text[], %s::text[],
                    %s::text[], %s::bytea[]) AS r (p, u, k, s, n, l, a, d, o, c, g)
        """,
        (
            change_set,
            [ids.get(face.id, face.id) for face in created],
            [f.unit for f in facts],
            [f.kind for f in facts],
            [f.sheet for f in facts],
            [f.number for f in facts],
            [f.land_use for f in facts],
            [f.official_area_m2 for f in facts],
            [f.address for f in facts],
            [f.source_id for f in facts],
            [delta.causes[face.id] for face in created],
            [shapely.to_wkb(polygon_from_rings(face.rings)) for face in created],
        ),
    )
    if delta.refined:
        refine_outline(conn, crs, change_set, delta.refined)
    sealed = seal(conn, change_set)
    return Committed(
        change_set,
        sealed["seq"],
        kind,
        sealed["certificate"],
        sealed["hash"],
        {face.id: ids.get(face.id, face.id) for face in created},
    )


def seal(conn: Connection, change_set: int) -> dict[str, Any]:
    """Fire the deferred checks now and read what they wrote. From here to COMMIT the head row is locked."""
    try:
        conn.execute("SET CONSTRAINTS fabric.change_set_unblocked, fabric.change_set_sealed IMMEDIATE")
    except psycopg.DatabaseError as error:
        raise refusal(error) from error
    row = conn.execute(
        "SELECT c.seq, c.certificate, encode(e.hash, 'hex') AS hash FROM fabric.change_set c JOIN feed.event e ON e.seq = c.seq"
        " WHERE c.id = %s",
        (change_set,),
    ).fetchone()
    return dict(row)  # type: ignore[arg-type]


def refusal(error: psycopg.DatabaseError) -> Exception:
    """The refusal of the database as an error a person understands; other errors come back as they are."""
    state = error.sqlstate or ""
    if not state.startswith("GF"):
        return error
    if state == "GF012":
        return _blocked(error)
    where: list[tuple[Point, ...]] = []
    if state in ("GF004", "GF005") and error.diag.message_detail:
        for x1, y1, x2, y2, _ in json.loads(error.diag.message_detail):
            where.append(((x1, y1), (x2, y2)))
    return EditRefused(
        "not-conserved" if state == "GF005" else "ledger-refused",
        f"The ledger refused the change: {error.diag.message_primary}.",
        "Sổ cái địa chính từ chối: thay đổi sẽ tạo khe hở, chồng lấn hoặc ranh không hợp lệ.",
        where=where,
        code=state,
    )


BLOCKS = {
    "mortgage": ("mortgage", "thế chấp"),
    "seizure": ("seizure", "kê biên"),
    "dispute": ("dispute", "tranh chấp"),
    "injunction": ("injunction", "biện pháp ngăn chặn"),
}


def _blocked(error: psycopg.DatabaseError) -> EditRefused:
    """A block in force on a parcel stops the edit; the officer is told which and why."""
    blocks = json.loads(error.diag.message_detail or "{}").get("blocks", [])
    said = [(BLOCKS.get(b["kind"], (b["kind"], b["kind"])), b["parcel"], b["reason"]) for b in blocks]
    return EditRefused(
        "blocked",
        "A block stops this edit: "
        + "; ".join(f"{kind[0]} on parcel {parcel}: {why}" for kind, parcel, why in said)
        + ".",
        "Thửa đất đang bị chặn biến động: "
        + "; ".join(f"{kind[1]}, thửa {parcel}: {why}" for kind, parcel, why in said)
        + ".",
        blocks=blocks,
    )


def refine_outline(conn: Connection, crs: FabricCrs, change_set: int, chains: Sequence[Chain]) -> None:
    """Declare the outer ring with the points that its segments gained."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('fabric.outline'))")
    row = conn.execute("SELECT ST_AsBinary(fabric.outline_at((SELECT seq FROM feed.head))) AS wkb").fetchone()
    if row is None or row["wkb"] is None:
        raise EditRefused("no-outline", "The fabric is empty.", "Chưa có dữ liệu bản đồ.")
    parts = []
    for part in shapely.get_parts(shapely.from_wkb(row["wkb"])):
        rings = [functools.reduce(_with_chain, chains, ring) for ring in rings_from_polygon(part)]
        parts.append(polygon_from_rings(rings))
    insert_outline(conn, crs, change_set, shapely.MultiPolygon(parts))


def _with_chain(ring: Ring, chain: Chain) -> Ring:
    for i, point in enumerate(ring):
        if ring[i - 1] == chain[0] and point == chain[-1]:
            return ring[:i] + chain[1:-1] + ring[i:]
    return ring


def insert_outline(conn: Connection, crs: FabricCrs, change_set: int, outline: shapely.MultiPolygon) -> None:
    conn.execute(
        "INSERT INTO fabric.outline (change_set, geom) VALUES (%s, ST_GeomFromWKB(%s, %s))",
        (change_set, shapely.to_wkb(outline), crs.srid),
    )
