"""Reading the ledger: a parcel as of any seq, its history, lineage in both directions, everything that ever lay at a place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from layers.crs import FabricCrs
from layers.db import Connection
from layers.errors import Malformed, NotFound
from layers.fabric import ledger
from layers.register.labels import label_of

VERSION = """
    v.id, v.parcel_id, v.unit, v.kind, v.sheet, v.number, v.land_use, v.official_area_m2, v.address, v.source_id, v.cause,
    v.area_m2, p.code, p.code_origin, c.seq AS seq_from, c.committed_at AS "from", r.seq AS seq_to, r.committed_at AS "to"
"""
JOINS = """
    fabric.parcel_version v JOIN fabric.parcel p ON p.id = v.parcel_id JOIN fabric.change_set c ON c.id = v.created_by
    LEFT JOIN fabric.change_set r ON r.id = v.retired_by
"""


def check_seq(conn: Connection, at: int | None) -> int:
    """The seq to look at: `at` if it exists, the newest if None.

    Raises Malformed for one that does not exist.
    """
    newest = ledger.head(conn)
    if at is None:
        return newest
    if not 0 <= at <= newest:
        raise Malformed(
            "no-such-seq",
            f"There is no seq {at}; the newest is {newest}.",
            f"Không có số thứ tự {at}; mới nhất là {newest}.",
        )
    return at


def seq_at(conn: Connection, moment: datetime) -> int:
    """The last seq committed up to a moment; 0 before the first."""
    row = conn.execute("SELECT coalesce(max(seq), 0) AS seq FROM feed.event WHERE at <= %s", (moment,)).fetchone()
    return int(row["seq"])  # type: ignore[index]


def parcel_id(conn: Connection, code: str) -> int:
    """Parcel by its 12-character code or its internal id.

    Raises Malformed for anything that is neither, NotFound.
    """
    row = conn.execute(
        "SELECT id FROM fabric.parcel WHERE code = %(code)s::bpchar OR id = %(key)s::bigint", names(code)
    ).fetchone()
    if row is None:
        raise NotFound("no-such-parcel", f"There is no parcel {code}.", f"Không có thửa {code}.")
    return int(row["id"])


def names(code: str) -> dict[str, Any]:
    """`code` and `key`, one of them None, for a 12-character code or an internal number. Raises Malformed for anything that is neither."""
    text = code.strip().lower()
    if len(text) == 12 and text.isalnum():
        return {"code": text, "key": None}
    if text.isdecimal() and len(text) < 12:
        return {"code": None, "key": int(text)}
    raise Malformed(
        "bad-code",
        f"“{code[:40]}” is neither a 12-character parcel code nor a parcel number of this system.",
        f"“{code[:40]}” không phải mã định danh thửa 12 ký tự, cũng không phải số nội bộ.",
    )


def version_at(conn: Connection, key: int, at: int | None) -> dict[str, Any]:
    """The version of a parcel as of `at`; if it did not exist then, its last version before or its first after. Rows as in VERSION, with `wkb`.

    Raises NotFound when the parcel has no version at all.
    """
    seq = check_seq(conn, at)
    row = conn.execute(
        f"""
        SELECT {VERSION}, ST_AsBinary(v.geom) AS wkb, c.seq <= %(seq)s AND (r.seq IS NULL OR r.seq > %(seq)s) AS alive,
               %(seq)s::bigint AS at_seq, u.name AS unit_name, u.unit_type, l.name_vi AS use_vi, l.name_en AS use_en, l.color
        FROM {JOINS} LEFT JOIN register.unit u ON u.code = v.unit LEFT JOIN register.land_use l ON l.code = v.land_use
        WHERE v.parcel_id = %(key)s
        ORDER BY alive DESC, c.seq <= %(seq)s DESC, CASE WHEN c.seq <= %(seq)s THEN -c.seq ELSE c.seq END LIMIT 1
        """,
        {"key": key, "seq": seq},
    ).fetchone()
    if row is None:
        raise NotFound("no-such-parcel", f"There is no parcel {key}.", f"Không có thửa {key}.")
    return row


def brief(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["parcel_id"],
        "code": row["code"],
        "label": label_of(row["sheet"], row["number"]),
        "kind": row["kind"],
    }


# Who and why; without them the public's login may ask.
NAMES = {True: "c.reason, c.author, c.approver", False: "NULL AS reason, NULL AS author, NULL AS approver"}


def history(conn: Connection, key: int, *, names: bool = True) -> list[dict[str, Any]]:
    """Change sets that touched a parcel, newest first; `names`: with who proposed, who decided and why."""
    return conn.execute(
        f"""
        SELECT c.seq, c.committed_at AS at, c.kind, {NAMES[names]}, c.effective_on, n.cause, n.id AS version_id,
               coalesce(n.area_m2, o.area_m2) AS area_m2, n.id IS NULL AS retired, n.official_area_m2, n.land_use, n.sheet, n.number
        FROM (SELECT created_by AS id FROM fabric.parcel_version WHERE parcel_id = %(key)s
              UNION SELECT retired_by FROM fabric.parcel_version WHERE parcel_id = %(key)s AND retired_by IS NOT NULL) t
        JOIN fabric.change_set c ON c.id = t.id
        LEFT JOIN fabric.parcel_version n ON n.parcel_id = %(key)s AND n.created_by = c.id
        LEFT JOIN fabric.parcel_version o ON o.parcel_id = %(key)s AND o.retired_by = c.id
        ORDER BY c.seq DESC LIMIT 500
        """,
        {"key": key},
    ).fetchall()


def lineage(conn: Connection, key: int) -> dict[str, Any]:
    """Ancestors and descendants of a parcel with the m2 each pair shares. At most 400 edges either way, nearest first."""
    edges = conn.execute(
        """
        WITH RECURSIVE up AS (
            SELECT l.*, 1 AS depth FROM fabric.lineage l WHERE l.child = %(key)s
            UNION SELECT l.*, u.depth + 1 FROM up u JOIN fabric.lineage l ON l.child = u.parent AND l.change_set < u.change_set WHERE u.depth < 12),
        down AS (
            SELECT l.*, 1 AS depth FROM fabric.lineage l WHERE l.parent = %(key)s
            UNION SELECT l.*, d.depth + 1 FROM down d JOIN fabric.lineage l ON l.parent = d.child AND l.change_set > d.change_set WHERE d.depth < 12)
        SELECT e.parent, e.child, c.seq, c.kind, e.shared_m2::float8 AS shared_m2 FROM (
            SELECT change_set, parent, child, shared_m2, min(depth) AS depth FROM (SELECT * FROM up UNION ALL SELECT * FROM down) a
            GROUP BY 1, 2, 3, 4 ORDER BY 5 LIMIT 800) e
        JOIN fabric.change_set c ON c.id = e.change_set ORDER BY c.seq
        """,
        {"key": key},
    ).fetchall()
    ids = {key} | {edge["parent"] for edge in edges} | {edge["child"] for edge in edges}
    nodes = conn.execute(
        """
        SELECT DISTINCT ON (v.parcel_id) v.parcel_id AS id, p.code, v.sheet, v.number, v.kind, v.area_m2,
               first_value(c.seq) OVER (PARTITION BY v.parcel_id ORDER BY c.seq) AS seq_from, r.seq AS seq_to
        FROM fabric.parcel_version v JOIN fabric.parcel p ON p.id = v.parcel_id JOIN fabric.change_set c ON c.id = v.created_by
        LEFT JOIN fabric.change_set r ON r.id = v.retired_by
        WHERE v.parcel_id = ANY(%s) ORDER BY v.parcel_id, c.seq DESC
        """,
        (sorted(ids),),
    ).fetchall()
    return {
        "nodes": [
            {
                "id": n["id"],
                "code": n["code"],
                "label": label_of(n["sheet"], n["number"]),
                "kind": n["kind"],
                "area_m2": round(n["area_m2"], 3),
                "seq_from": n["seq_from"],
                "seq_to": n["seq_to"],
            }
            for n in nodes
        ],
        "edges": edges,
    }


def lying_at(conn: Connection, crs: FabricCrs, lon: float, lat: float, at: int | None = None) -> list[dict[str, Any]]:
    """Everything that lies, or ever lay, at a place; newest first. With `at`: only what lay there then."""
    x, y = crs.mm_from_lonlat(lon, lat)
    when = "" if at is None else "AND c.seq <= %(at)s AND (r.seq IS NULL OR r.seq > %(at)s)"
    point = f"ST_SetSRID(ST_MakePoint(%(x)s, %(y)s), {crs.srid})"
    rows = conn.execute(
        f"""
        SELECT {VERSION} FROM {JOINS}
        WHERE v.geom_3857 && {crs.to_web_sql(point)} AND ST_Intersects(v.geom, {point}) {when}
        ORDER BY c.seq DESC, v.id LIMIT 300
        """,
        {"x": x / 1000, "y": y / 1000, "at": at},
    ).fetchall()
    return [
        brief(row)
        | {
            "unit": row["unit"],
            "land_use": row["land_use"],
            "official_area_m2": row["official_area_m2"],
            "computed_area_m2": round(row["area_m2"], 3),
            "seq_from": row["seq_from"],
            "seq_to": row["seq_to"],
            "from": row["from"],
            "to": row["to"],
        }
        for row in rows
    ]


def change(conn: Connection, seq: int, *, names: bool = True) -> dict[str, Any]:
    """One change set with certificate, hashes, faces and lineage; `names`: with who, why and the intents as they were drawn.

    Raises NotFound when `seq` is not that of a change set.
    """
    row = conn.execute(
        f"SELECT c.id, c.seq, c.kind, {NAMES[names]}, {'c.intents' if names else 'NULL AS intents'}, c.base_seq, c.committed_at, c.effective_on, c.certificate,"
        " encode(e.hash, 'hex') AS hash, encode(b.hash, 'hex') AS prev_hash, encode(c.digest, 'hex') AS digest"
        " FROM fabric.change_set c JOIN feed.event e ON e.seq = c.seq LEFT JOIN feed.event b ON b.seq = c.seq - 1 WHERE c.seq = %s",
        (seq,),
    ).fetchone()
    if row is None:
        raise NotFound("no-such-change", f"There is no change {seq}.", f"Không có biến động số {seq}.")
    faces = {}
    for name, column in (("retired", "retired_by"), ("created", "created_by")):
        found = conn.execute(
            f"SELECT v.parcel_id, p.code, v.sheet, v.number, v.kind, v.area_m2, v.cause FROM fabric.parcel_version v"
            f" JOIN fabric.parcel p ON p.id = v.parcel_id WHERE v.{column} = %s ORDER BY v.parcel_id LIMIT 500",
            (row["id"],),
        ).fetchall()
        faces[name] = [brief(f) | {"area_m2": round(f["area_m2"], 3), "cause": f["cause"]} for f in found]
    pairs = conn.execute(
        "SELECT parent, child, shared_m2::float8 AS shared_m2 FROM fabric.lineage WHERE change_set = %s LIMIT 1000",
        (row["id"],),
    ).fetchall()
    return {key: value for key, value in row.items() if key != "id"} | faces | {"lineage": pairs}
