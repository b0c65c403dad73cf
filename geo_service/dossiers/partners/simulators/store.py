"""The simulated partners' books: one SQLite file, so that a process that is killed has lost and doubled nothing when it comes back."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from geo_service.dossiers.partners.config import Code
from geo_service.dossiers.partners.signing import Claims
from geo_service.dossiers.partners.simulators.behaviour import Answer, Behaviour

TABLES = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS message (
        number INTEGER PRIMARY KEY, partner TEXT NOT NULL, direction TEXT NOT NULL, jti TEXT NOT NULL, kind TEXT NOT NULL, dossier TEXT,
        data TEXT NOT NULL, at REAL NOT NULL, times INTEGER NOT NULL DEFAULT 1, due_at REAL, copies INTEGER NOT NULL DEFAULT 1,
        forged INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0, status INTEGER,
        UNIQUE (partner, direction, jti));
    CREATE INDEX IF NOT EXISTS message_due ON message (due_at) WHERE due_at IS NOT NULL;
    CREATE INDEX IF NOT EXISTS message_at ON message (partner, at);
    CREATE TABLE IF NOT EXISTS orders (
        key TEXT PRIMARY KEY, payment TEXT NOT NULL, dossier TEXT, data TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'open');
    CREATE TABLE IF NOT EXISTS behaviour (partner TEXT PRIMARY KEY, mode TEXT NOT NULL, seconds REAL NOT NULL, times INTEGER);
"""
WELL = {"mode": "well", "seconds": 5.0, "times": None}
LOG_PAGE = 5_000


class Store:
    """Every method is one transaction; any thread may call it."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.executescript(TABLES)

    def close(self) -> None:
        self._db.close()

    def _run(self, text: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[sqlite3.Row]:
        return self._db.execute(text, values).fetchall()

    def behave(self, behaviour: Behaviour) -> None:
        with self._lock:
            self._run(
                "INSERT OR REPLACE INTO behaviour VALUES (?, ?, ?, ?)",
                (behaviour.partner, behaviour.mode, behaviour.seconds, behaviour.times),
            )

    def behaviour(self, partner: Code) -> Behaviour:
        """How the partner behaves towards the message at hand; counts it."""
        with self._lock:
            rows = self._run("SELECT mode, seconds, times FROM behaviour WHERE partner = ?", (partner,))
            found = dict(rows[0]) if rows else WELL
            if found["times"] is not None:
                self._run("DELETE FROM behaviour WHERE partner = ? AND times <= 1", (partner,))
                self._run("UPDATE behaviour SET times = times - 1 WHERE partner = ?", (partner,))
            return Behaviour(partner=partner, **found)

    def take(self, partner: Code, claims: Claims, answers: Sequence[Answer]) -> bool:
        """Take a message and promise its answers, once; whether it is new. What it says of a person is not kept."""
        data = {name: value for name, value in claims.data.items() if name != "person"}
        with self._lock:
            self._run("BEGIN IMMEDIATE")
            try:
                new = self._db.execute(
                    "INSERT OR IGNORE INTO message (partner, direction, jti, kind, dossier, data, at) VALUES (?, 'in', ?, ?, ?, ?, ?)",
                    (partner, claims.jti, claims.kind, claims.dossier, json.dumps(data), time.time()),
                ).rowcount
                if new:
                    self._book(partner, claims, data)
                    self._promise(partner, answers)
                else:
                    self._run(
                        "UPDATE message SET times = times + 1 WHERE partner = ? AND direction = 'in' AND jti = ?",
                        (partner, claims.jti),
                    )
                self._run("COMMIT")
            except BaseException:
                self._run("ROLLBACK")
                raise
        return bool(new)

    def _book(self, partner: Code, claims: Claims, data: dict[str, Any]) -> None:
        if (partner, claims.kind) == ("payment", "order"):
            self._run(
                "INSERT INTO orders (key, payment, dossier, data) VALUES (?, ?, ?, ?)",
                (claims.jti, data.get("payment", ""), claims.dossier, json.dumps(data)),
            )
        elif (partner, claims.kind) == ("payment", "cancel"):
            self._run(
                "UPDATE orders SET state = 'void' WHERE payment = ? AND state = 'open'", (data.get("payment", ""),)
            )

    def _promise(self, partner: Code, answers: Sequence[Answer]) -> None:
        now = time.time()
        for answer in answers:
            self._run(
                "INSERT INTO message (partner, direction, jti, kind, dossier, data, at, due_at, copies, forged)"
                " VALUES (?, 'out', ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    partner, str(uuid4()), answer.kind, answer.dossier, json.dumps(answer.data), now, now + answer.after,
                    answer.copies, answer.forged,
                ),
            )  # fmt: skip

    def order(self, key: str) -> dict[str, Any] | None:
        """An order with its `data`; None for one that has not come."""
        with self._lock:
            rows = self._run("SELECT * FROM orders WHERE key = ?", (key,))
        return {**dict(rows[0]), "data": json.loads(rows[0]["data"])} if rows else None

    def pay(self, key: str, answers: Sequence[Answer]) -> bool:
        """Book an order as paid and promise to say so, once; whether it was open."""
        with self._lock:
            self._run("BEGIN IMMEDIATE")
            done = self._db.execute(
                "UPDATE orders SET state = 'paid' WHERE key = ? AND state = 'open'", (key,)
            ).rowcount
            if done:
                self._promise("payment", answers)
            self._run("COMMIT")
        return bool(done)

    def due(self) -> list[dict[str, Any]]:
        """Answers whose time has come."""
        with self._lock:
            rows = self._run(
                "SELECT * FROM message WHERE due_at IS NOT NULL AND due_at <= ? ORDER BY due_at LIMIT 50",
                (time.time(),),
            )
        return [{**dict(row), "data": json.loads(row["data"])} for row in rows]

    def said(self, number: int, status: int | None, again_in: float | None) -> None:
        """What came of saying it: an HTTP status, or none; when to say it again, if ever."""
        due = None if again_in is None else time.time() + again_in
        with self._lock:
            self._run(
                "UPDATE message SET tries = tries + 1, status = ?, due_at = ?, at = CASE WHEN ? IS NULL THEN ? ELSE at END WHERE number = ?",
                (status, due, due, time.time(), number),
            )

    def log(self, partner: Code, since: float, until: float, after: int) -> list[dict[str, Any]]:
        """What was taken, and what was said and heard, in order."""
        with self._lock:
            rows = self._run(
                "SELECT number, jti, direction, kind, dossier, at FROM message WHERE partner = ? AND at >= ? AND at < ? AND number > ?"
                " AND due_at IS NULL ORDER BY number LIMIT ?",
                (partner, since, until, after, LOG_PAGE + 1),
            )
        return [dict(row) for row in rows]

    def state(self) -> dict[str, dict[str, int]]:
        """For each partner: messages taken, how often they came, answers said, refused, and still to be said."""
        with self._lock:
            rows = self._run(
                "SELECT partner, sum(direction = 'in') AS taken, sum(times) FILTER (WHERE direction = 'in') AS came,"
                " sum(direction = 'out' AND status = 202) AS said, sum(direction = 'out' AND status BETWEEN 400 AND 499) AS refused,"
                " sum(due_at IS NOT NULL) AS due FROM message GROUP BY partner"
            )
        return {row["partner"]: {name: int(row[name] or 0) for name in row.keys()[1:]} for row in rows}
