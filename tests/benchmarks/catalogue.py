"""The catalogue of procedures with every unit doing something otherwise: 126 units x 700 procedures, each with a variation.

What a dossier is opened under (`dossier.terms`) and what a citizen reads (`GET /api/procedures/{code}`) must not feel it.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

from geo_service.embedded import Cluster
from layers.db import Connection, connect
from tests.benchmarks.city import drop_database, new_database
from tests.benchmarks.report import Results, percentile
from tests.benchmarks.service import Server, service

PROCEDURES = 700
DATABASE = "bench_catalogue"


def run(results: Results, instance: Cluster, folder: Path, calls: int) -> None:
    """Measure with the shipped catalogue, fill, measure again."""
    url, data = new_database(instance, DATABASE), folder / "catalogue"
    data.mkdir()
    with connect(url) as conn:
        before = terms(conn, calls)
        started = time.perf_counter()
        count = fill(conn, PROCEDURES)
        conn.commit()
        results.add("catalogue_fill", time.perf_counter() - started, f"{count:,} variations")
        conn.autocommit = True
        conn.execute("ANALYZE dossier.procedure_version, dossier.variation, dossier.step, dossier.action")
        after = terms(conn, calls)
        codes = [row["code"] for row in conn.execute("SELECT code FROM dossier.procedure").fetchall()]
    alone = f"{percentile(before, 0.5):.0f} / {percentile(before, 0.99):.0f} µs with what is shipped and no variation"
    results.add("catalogue_terms_p50", percentile(after, 0.5), alone)
    results.add("catalogue_terms_p99", percentile(after, 0.99))
    with service(url, data) as server:
        times = reads(server, codes, calls // 2)
        results.add("catalogue_read_p50", percentile(times, 0.5), "with the terms of a unit")
        results.add("catalogue_read_p99", percentile(times, 0.99))
    drop_database(instance, DATABASE)


def fill(conn: Connection, procedures: int) -> int:
    """Copies of the shipped procedures up to that many, published, and a variation of each in every unit; the number of variations."""
    conn.execute(
        """
        CREATE TEMP TABLE fresh ON COMMIT DROP AS
        SELECT '8.' || lpad(n::text, 6, '0') AS code, n, s.definition
        FROM (SELECT definition, row_number() OVER (ORDER BY procedure) - 1 AS i, count(*) OVER () AS shipped FROM dossier.procedure_version) s
        JOIN generate_series(1, %s::integer) n ON n %% s.shipped = s.i AND n <= %s::integer - s.shipped
        """,
        (procedures, procedures),
    )
    conn.execute(
        "INSERT INTO dossier.procedure (code, name_vi, name_en) SELECT code, 'Thủ tục ' || n, 'Procedure ' || n FROM fresh"
    )
    conn.execute(
        "INSERT INTO dossier.procedure_version (procedure, version, definition)"
        " SELECT code, 1, definition || jsonb_build_object('code', code) FROM fresh"
    )
    conn.execute(
        "SELECT count(dossier.write_rows(id, definition)) FROM dossier.procedure_version WHERE status = 'draft'"
    )
    conn.execute(
        "UPDATE dossier.procedure_version SET status = 'published', valid = daterange('2025-07-01', NULL), published_at = now() WHERE status = 'draft'"
    )
    return conn.execute(
        """
        INSERT INTO dossier.variation (unit, procedure, valid, changes, legal_document)
        SELECT u.code, p.code, daterange('2025-07-01', NULL),
               jsonb_build_object('limit', jsonb_build_object('n', 1 + abs(hashtext(u.code || p.code)) % 20, 'unit', 'working_day', 'cutoff', NULL)), 'QĐ'
        FROM register.unit u CROSS JOIN dossier.procedure p
        """
    ).rowcount


def terms(conn: Connection, calls: int) -> list[float]:
    """Microseconds of each look at the terms of some procedure in some unit, on one connection."""
    codes = [row["code"] for row in conn.execute("SELECT code FROM dossier.procedure").fetchall()]
    units = [row["code"] for row in conn.execute("SELECT code FROM register.unit").fetchall()]
    chance, times = random.Random(7), []
    for i in range(calls + 50):
        question = (chance.choice(codes), chance.choice(units))
        started = time.perf_counter()
        row = conn.execute("SELECT * FROM dossier.terms(%s, %s, current_date)", question, prepare=True).fetchone()
        if i >= 50:
            times.append(1e6 * (time.perf_counter() - started))
        assert row is not None
    return times


def reads(server: Server, codes: list[str], calls: int) -> list[float]:
    """Milliseconds of each answer to a visitor who asks about a procedure in a unit."""
    chance, times = random.Random(8), []
    for i in range(calls + 20):
        path = f"/api/procedures/{chance.choice(codes)}?unit=00004"
        started = time.perf_counter()
        status = server.get(path)[0]
        if i >= 20:
            times.append(1e3 * (time.perf_counter() - started))
        assert status == 200, path
    return times
