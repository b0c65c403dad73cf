"""Reading the log and checking its chain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from layers.db import Connection


def search(
    conn: Connection,
    *,
    actor: str | None = None,
    kind: str | None = None,
    subject: str | None = None,
    unit: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """Entries the caller may see, newest first. `actor` is a login, `kind` a kind or its beginning ("person"), `subject` exact ("account:7")."""
    return conn.execute(
        """
        SELECT e.id, e.at, a.login AS actor, a.name AS actor_name, e.kind, e.subject, e.unit, e.detail, encode(e.hash, 'hex') AS hash
        FROM audit.entry e LEFT JOIN accounts.account a ON a.id = e.actor
        WHERE (%(actor)s::text IS NULL OR a.login = lower(%(actor)s)) AND (%(kind)s::text IS NULL OR starts_with(e.kind, %(kind)s))
          AND (%(subject)s::text IS NULL OR e.subject = %(subject)s) AND (%(unit)s::text IS NULL OR e.unit = %(unit)s)
          AND (%(since)s::timestamptz IS NULL OR e.at >= %(since)s) AND (%(until)s::timestamptz IS NULL OR e.at < %(until)s)
          AND (%(before)s::bigint IS NULL OR e.id < %(before)s)
        ORDER BY e.id DESC LIMIT %(limit)s
        """,
        {
            "actor": actor,
            "kind": kind,
            "subject": subject,
            "unit": unit,
            "since": since,
            "until": until,
            "before": before,
            "limit": limit,
        },
    ).fetchall()


def state(conn: Connection) -> dict[str, Any]:
    """How many entries there are, the newest hash, and the first entry that does not follow from the one before (None: the chain is whole)."""
    row = conn.execute(
        "SELECT id AS entries, encode(hash, 'hex') AS head, audit.first_broken() AS broken FROM audit.head"
    ).fetchone()
    assert row is not None
    return row
