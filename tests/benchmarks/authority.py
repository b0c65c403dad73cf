"""What authority costs: the same requests to two services on one database, one under the four logins with row-level security, triggers and proof of
identity, the other with the owner's login, which is exempt from them. Rounds alternate; a row is the median of the ratios."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from layers.db import connect
from tests.benchmarks import editing, load
from tests.benchmarks.city import City
from tests.benchmarks.report import Results, percentile
from tests.benchmarks.service import Server, service


def run(results: Results, city: City, rounds: int, edits: int, seconds: float) -> None:
    with service(city.url, city.data) as guarded, service(city.url, city.data, logins="owner") as open_:
        paths = editing.lookup_paths(city, 5_000)
        tiles = [f"/tiles/fabric/16/{x}/{y}.mvt" for x, y in _tiles(city)]
        look_up = _ratios(rounds, guarded, open_, lambda server: 1e6 / load.repeated(server, paths, 8, seconds).rate)
        cached = _ratios(rounds, guarded, open_, lambda server: 1e6 / load.repeated(server, tiles, 16, seconds).rate)
        results.add("authority_lookup", statistics.median(look_up), _spread(look_up))
        results.add("authority_cached", statistics.median(cached), _spread(cached))
        with_it, without = editing.Client(city, guarded, 31), editing.Client(city, open_, 32)
        for _ in range(rounds):
            for client in (with_it, without):
                until = len(client.commit_ms) + edits
                while len(client.commit_ms) < until:
                    client.one()
        for share, name in ((0.5, "p50"), (0.99, "p99")):
            a, b = percentile(with_it.commit_ms, share), percentile(without.commit_ms, share)
            results.add(
                f"authority_commit_{name}", a / b, f"{a:.1f} against {b:.1f} ms, {len(with_it.commit_ms)} commits each"
            )
        with_it.close()
        without.close()


def _ratios(rounds: int, guarded: Server, open_: Server, microseconds: Callable[[Server], float]) -> list[float]:
    return [microseconds(guarded) / microseconds(open_) for _ in range(rounds)]


def _spread(ratios: list[float]) -> str:
    return f"ratios {min(ratios):.2f}–{max(ratios):.2f}"


def _tiles(city: City) -> list[tuple[int, int]]:
    """A few z16 tiles with land in them."""
    with connect(city.url) as conn:
        rows = conn.execute(
            """
            SELECT DISTINCT floor((ST_XMin(geom_3857) + 20037508.342789244) / 40075016.685578488 * 65536)::int AS x,
                   floor((20037508.342789244 - ST_YMax(geom_3857)) / 40075016.685578488 * 65536)::int AS y
            FROM fabric.parcel_version TABLESAMPLE SYSTEM (0.1) LIMIT 24
            """
        ).fetchall()
    return [(row["x"], row["y"]) for row in rows]
