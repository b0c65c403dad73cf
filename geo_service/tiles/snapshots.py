"""When the generalised snapshot is built again: after every load, and when the live delta over it has grown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from layers.db import Connection, connect
from layers.tiles import snapshot

STALE_AFTER = 2_000  # change sets drawn as delta before a new snapshot is worth its time

PENDING = """
    SELECT h.seq - coalesce(s.seq, 0) AS behind, s.seq IS NULL AND h.seq > 0 OR EXISTS (
        SELECT 1 FROM fabric.change_set c WHERE c.kind IN ('load', 'extend') AND c.seq > coalesce(s.seq, 0)) AS loaded
    FROM feed.head h LEFT JOIN LATERAL (SELECT seq FROM tiles.snapshot ORDER BY seq DESC LIMIT 1) s ON true
"""


def refresh(
    url: str, data_dir: Path, *, force: bool = False, progress: Callable[[str, int, int], None] | None = None
) -> snapshot.Snapshot | None:
    """Build a snapshot if one is due (or `force`). One builder at a time; another one asking meanwhile does nothing."""
    with connect(url, autocommit=True) as conn:
        row = conn.execute("SELECT pg_try_advisory_lock(hashtext('tiles.snapshot')) AS mine").fetchone()
        if not (row and row["mine"]):
            return None
        _forget_missing(conn, data_dir / "tiles")
        pending = conn.execute(PENDING).fetchone()
        due = force or (pending is not None and (pending["loaded"] or pending["behind"] > STALE_AFTER))
        if not due:
            return None
        with conn.transaction():
            return snapshot.build(conn, data_dir / "tiles", progress)


def _forget_missing(conn: Connection, folder: Path) -> None:
    """Snapshots whose file is gone, as after a restore of the database alone, count as never built."""
    gone = [
        row["seq"]
        for row in conn.execute("SELECT seq, file FROM tiles.snapshot")
        if not (folder / row["file"]).is_file()
    ]
    conn.execute("DELETE FROM tiles.snapshot WHERE seq = ANY(%s)", (gone,))
