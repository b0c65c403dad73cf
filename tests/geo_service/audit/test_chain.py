"""The chain of the audit log: gapless, in order, and any tampering is found, also by the owner of the database."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import DictRow

from layers.db import connect

Conn = psycopg.Connection[DictRow]


def write(conn: Conn, count: int) -> None:
    for number in range(count):
        conn.execute(
            "SELECT audit.write('test.act', %s, NULL, %s)",
            [f"thing:{number}", psycopg.types.json.Jsonb({"n": number, "tên": "ô"})],
        )
    conn.commit()


def broken(conn: Conn) -> int | None:
    row = conn.execute("SELECT audit.first_broken() AS at").fetchone()
    assert row
    return row["at"]


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE audit.entry SET subject = 'thing:x' WHERE id = 4", 4),
        ("UPDATE audit.entry SET at = at + interval '1 second' WHERE id = 4", 4),
        ("UPDATE audit.entry SET actor = 1 WHERE id = 4", 4),
        ("UPDATE audit.entry SET detail = '{}' WHERE id = 4", 4),
        ("DELETE FROM audit.entry WHERE id = 4", 4),
        ("DELETE FROM audit.entry WHERE id = 9", 9),
        ("UPDATE audit.entry SET id = 10 WHERE id = 9", 9),
        (
            "INSERT INTO audit.entry SELECT 10, at, actor, kind, subject, unit, detail, hash FROM audit.entry WHERE id = 9",
            10,
        ),
        ("UPDATE audit.head SET id = 8", 10),
        ("UPDATE audit.entry SET hash = sha256(hash || audit.content(entry.*)) WHERE id = 4", 4),
    ],
)
def test_tampering_is_found(conn: Conn, tampering: str, found: int) -> None:
    write(conn, 9)
    assert broken(conn) is None
    if "INSERT" not in tampering and "head" not in tampering:  # the owner may do these two; the chain shows it
        with pytest.raises(psycopg.DatabaseError, match="append-only"):
            conn.execute(tampering)
        conn.rollback()
    conn.execute("SET session_replication_role = replica")  # as the owner of the database can: no trigger fires
    conn.execute(tampering)
    assert broken(conn) == found


def test_what_is_rolled_back_leaves_no_gap(conn: Conn) -> None:
    write(conn, 2)
    conn.execute("SELECT audit.write('test.act', 'x')")
    conn.rollback()
    write(conn, 2)
    assert [row["id"] for row in conn.execute("SELECT id FROM audit.entry ORDER BY id")] == [1, 2, 3, 4]
    assert broken(conn) is None


def test_many_writers_make_one_chain(database_url: str, conn: Conn) -> None:
    def work() -> None:
        with connect(database_url) as mine:
            for _ in range(40):
                mine.execute("SELECT audit.write('test.act', 'x')")
                mine.commit()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = conn.execute(
        "SELECT count(*) AS n, max(id) AS last, bool_and(at >= before) AS ordered"
        " FROM (SELECT id, at, lag(at, 1, at) OVER (ORDER BY id) AS before FROM audit.entry) e"
    ).fetchone()
    assert row == {"n": 240, "last": 240, "ordered": True}
    assert broken(conn) is None


def test_the_command_says_where_it_broke(database_url: str, conn: Conn, tmp_path: Path) -> None:
    def run() -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"DATABASE_URL": database_url, "GEO_DATA_DIR": str(tmp_path)}
        command = [sys.executable, "-m", "geo_service", "audit", "--log"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    write(conn, 5)
    whole = run()
    assert whole.returncode == 0 and "entries 5" in whole.stdout, whole.stderr
    conn.execute("SET session_replication_role = replica")
    conn.execute("UPDATE audit.entry SET subject = 'y' WHERE id = 3")
    conn.commit()
    damaged = run()
    assert damaged.returncode == 1 and "BROKEN AT ENTRY 3" in damaged.stdout
