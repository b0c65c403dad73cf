"""SQL text that could hold somebody else's words is found; text built from our own is let through."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from scripts.check_sql import findings, findings_in_sql, load, main


def found_in(folder: Path, code: str) -> list[str]:
    path = folder / "module.py"
    path.write_text(textwrap.dedent(code), encoding="utf-8")
    load.cache_clear()
    return [what for _line, _place, what in findings(load(path))]


@pytest.mark.parametrize(
    "code",
    [
        'def f(conn, name):\n    conn.execute(f"SELECT * FROM t WHERE a = \'{name}\'")',
        'def f(conn, name):\n    conn.execute("SELECT " + name)',
        'def f(conn, name):\n    conn.execute("SELECT %s" % name)',
        'def f(conn, name):\n    conn.execute("SELECT {}".format(name))',
        'def f(conn, name):\n    text = "SELECT 1"\n    if name:\n        text = text + name\n    conn.execute(text)',
        'def f(conn, name):\n    text = "SELECT 1"\n    text += f" ORDER BY {name}"\n    conn.execute(text)',
        'def f(conn, body):\n    for field in body.fields:\n        conn.execute(f"UPDATE t SET {field} = 1")',
        'def f(conn, body):\n    names = ", ".join(body)\n    conn.execute(f"SELECT {names} FROM t")',
        'def f(conn):\n    row = conn.execute("SELECT a FROM t").fetchone()\n    conn.execute("SELECT " + row["a"])',
        'async def f(conn, q):\n    await conn.execute(q)',
        'def _g(conn, text):\n    conn.execute(text)\ndef f(conn, q):\n    _g(conn, "SELECT 1")\n    _g(conn, q)',
        'def g(q):\n    return "SELECT " + q\ndef f(conn, q):\n    conn.execute(g(q))',
        'import sqlalchemy as sa\ndef f(q):\n    return sa.text("SELECT " + q)',
        'from psycopg import sql\ndef f(q):\n    return sql.SQL(q)',
        'def f(cursor, table):\n    with cursor.copy(f"COPY {table} FROM STDIN") as copy:\n        pass',
        'def f(conn, q):\n    conn.executemany("SELECT " + q, [])',
        'class A:\n    def g(self, row: str):\n        return row\ndef f(conn, a: A, q):\n    conn.execute(a.g(q))',
        'class A:\n    def f(self):\n        self.conn.execute(self.text)',
    ],
)  # fmt: skip
def test_foreign_text_is_found(tmp_path: Path, code: str) -> None:
    assert len(found_in(tmp_path, code)) == 1


@pytest.mark.parametrize(
    "code",
    [
        'def f(conn, name):\n    conn.execute("SELECT * FROM t WHERE a = %s", (name,))',
        'COLUMNS = "a, b"\ndef f(conn):\n    conn.execute(f"SELECT {COLUMNS} FROM t")',
        'NOW, PAST = "a", "b"\ndef f(conn, past):\n    alive = PAST if past else NOW\n    conn.execute("SELECT 1 WHERE " + alive)',
        'def f(conn, limit: int):\n    conn.execute(f"SELECT 1 LIMIT {limit}")',
        'def f(conn, unit):\n    conn.execute(f"SELECT 1 {\'WHERE u = %(u)s\' if unit else \'\'}", {"u": unit})',
        'def f(conn):\n    for table in ("a", "b"):\n        conn.execute(f"DELETE FROM {table}")',
        'NAMES = ("a", "b")\ndef f(conn):\n    conn.execute("SELECT " + ", ".join("v." + n for n in NAMES))',
        'def f(conn):\n    text = "SELECT 1"\n    text += " WHERE true"\n    conn.execute(text)',
        'def _g(conn, text):\n    conn.execute(text)\ndef f(conn):\n    _g(conn, "SELECT 1")\n    _g(conn, text="SELECT 2")',
        'def g(past: bool, table):\n    return "SELECT 1 FROM " + (table if past else "b")\ndef f(conn, past):\n    conn.execute(g(past, "a"))',
        'from layers.db import sql\ndef f(conn, alive):\n    conn.execute(sql("layers.fabric", "audit.sql"))',
        'from layers.fabric import history\ndef f(conn):\n    conn.execute(f"SELECT {history.VERSION} FROM {history.JOINS}")',
        'from psycopg import sql\ndef f(conn, name):\n    conn.execute(sql.SQL("SELECT {}").format(sql.Identifier(name)))',
        'def f(batch):\n    return batch.copy()',
        'class A:\n    def g(self, row: str):\n        return f"{row}.a = 1"\ndef f(conn, a: A):\n    conn.execute("SELECT 1 WHERE " + a.g("r"))',
    ],
)  # fmt: skip
def test_text_of_our_own_is_let_through(tmp_path: Path, code: str) -> None:
    assert found_in(tmp_path, code) == []


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("EXECUTE format('ALTER ROLE %I SET a = %L', login, value);", 0),
        ("EXECUTE 'SELECT 1' INTO x USING y;", 0),
        ("EXECUTE format($q$SELECT %1$I$q$, name);", 0),
        ("CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f();", 0),
        ("GRANT EXECUTE ON FUNCTION f() TO somebody;", 0),
        ("-- we never EXECUTE what we are told;", 0),
        ("EXECUTE format('SELECT 1 FROM %I', name || '_kept');", 0),
        ("EXECUTE format('SELECT %s', name);", 1),
        ("EXECUTE 'SELECT 1' || name INTO x;", 1),
        ("EXECUTE 'SELECT ' || name;", 1),
        ("EXECUTE statement;", 1),
        ("EXECUTE format('SELECT %I', a) || b;", 1),
    ],
)
def test_dynamic_statements_in_sql_files(statement: str, number: int) -> None:
    assert len(list(findings_in_sql(f"BEGIN\n    {statement}\nEND"))) == number


def test_the_service_holds_to_it() -> None:
    load.cache_clear()
    assert main() == 0
