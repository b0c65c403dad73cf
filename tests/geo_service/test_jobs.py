"""The job queue: its tables are made once, jobs get done, and the worker survives a lost database."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
from psycopg.rows import DictRow

from geo_service.accounts.service import add_account
from geo_service.jobs import WorkerThread, ensure_tables, workers_alive
from geo_service.settings import Settings

Conn = psycopg.Connection[DictRow]


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def old_session(conn: Conn, account: int) -> None:
    conn.execute(
        "INSERT INTO accounts.session (token_hash, account_id, created_at, expires_at)"
        " VALUES (sha256(random()::text::bytea), %s, now() - interval '60 days', now() - interval '59 days')",
        [account],
    )
    conn.execute(
        "INSERT INTO public.procrastinate_jobs (queue_name, task_name, args)"
        """ VALUES ('upkeep', 'accounts.tidy', '{"timestamp": 0}')"""
    )
    conn.commit()


def sessions(conn: Conn) -> int:
    row = conn.execute("SELECT count(*) AS n FROM accounts.session").fetchone()
    conn.commit()
    assert row is not None
    return int(row["n"])


def test_the_tables_are_made_once_by_whoever_is_first(database_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(ensure_tables, [database_url] * 4))
    ensure_tables(database_url)
    assert workers_alive(database_url) == 0


def test_jobs_are_done_and_the_worker_survives_a_lost_connection(database_url: str, conn: Conn, tmp_path: Path) -> None:
    account = add_account(conn, "canbo", "thửa đất nhà tôi 35", name="Cán bộ")
    conn.commit()
    ensure_tables(database_url)
    with WorkerThread(database_url, Settings(data_dir=tmp_path)):
        old_session(conn, account)
        until(lambda: sessions(conn) == 0)
        until(lambda: workers_alive(database_url) == 1)
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        conn.commit()
        old_session(conn, account)
        until(lambda: sessions(conn) == 0)
    assert workers_alive(database_url) == 0
