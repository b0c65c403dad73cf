"""Making forecasts from recorded runs: what is counted, what is kept, and what never reaches the map."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
import pytest
import shapely

from geo_service.accounts.service import add_account
from imagery.forecast import reading
from imagery.forecast.making import BUILT, basis, due, make
from imagery.forecast.model import fit, judge
from imagery.forecast.predictors import OPEN, predictors
from imagery.sample.city import Truth, lay_out_city
from layers.db import Connection, connect
from layers.errors import Malformed
from layers.sample.service import load_sample
from tests.imagery.forecast.ground import DATES, both_periods, built, observed
from tests.serving import PASSWORD


@pytest.fixture(scope="module")
def city(databases) -> Iterator[tuple[str, Truth]]:
    url = databases.create()
    with connect(url) as conn:
        load_sample(conn, units=3, faces=4_000, seed=1)
        conn.commit()
        truth = lay_out_city(conn)
    yield url, truth
    databases.drop(url)


@pytest.fixture
def truth(city: tuple[str, Truth]) -> Truth:
    return city[1]


@pytest.fixture
def town(city: tuple[str, Truth]) -> Iterator[Connection]:
    """A connection whose work is undone."""
    with connect(city[0]) as conn:
        yield conn
        conn.rollback()


def expected(conn: Connection, truth: Truth) -> tuple[float, int]:
    """AP and parcels learned from, counted from the truth itself."""
    land = truth.city.land
    rows = conn.execute("SELECT parcel_id, kind FROM fabric.parcel_version WHERE retired_by IS NULL").fetchall()
    kinds = {row["parcel_id"]: row["kind"] for row in rows}
    kind = np.array([kinds[one] for one in land.ids])
    first, second = (
        np.isin(land.ids, [one.parcel for one in period if one.transition in BUILT]) for period in truth.changes
    )
    at_first = predictors(land.geometry, kind, land.land_use, np.zeros(len(kind), bool))
    model = fit(at_first, first[at_first.index])
    later = predictors(land.geometry, kind, land.land_use, first)
    return judge(model, later, second[later.index]).average_precision, len(at_first)


def test_a_forecast_is_made_of_what_runs_recorded(town: Connection, truth: Truth) -> None:
    both_periods(town, truth)
    row = make(town)
    precision, parcels = expected(town, truth)
    assert row["figures"]["average_precision"] == pytest.approx(precision)
    assert row["figures"]["learned_parcels"] == parcels
    assert row["better"] and row["problem"] is None and row["simulated"]
    assert (row["learned_from"], row["learned_to"], row["judged_to"]) == DATES
    (newest,) = reading.forecasts(town)
    assert newest["until"] - newest["judged_to"] == DATES[1] - DATES[0]

    said = town.execute("SELECT * FROM imagery.forecast_parcel ORDER BY rank").fetchall()
    gone = {parcel for period in (0, 1) for parcel, kind in built(truth, period).items() if kind in BUILT}
    still_open = set(truth.city.land.ids[np.isin(truth.city.land.land_use, OPEN)].tolist()) - gone
    assert {one["parcel_id"] for one in said} == still_open
    assert [one["rank"] for one in said] == list(range(1, len(said) + 1))
    chances = [one["probability"] for one in said]
    assert chances == sorted(chances, reverse=True) and chances[0] > 4 * np.median(chances)


def test_what_was_not_seen_or_was_a_false_alarm_is_not_counted(town: Connection, truth: Truth) -> None:
    first, _ = both_periods(town, truth)
    whole = make(town)["figures"]
    real = [parcel for parcel, kind in built(truth, 0).items() if kind in BUILT]
    town.execute(
        "UPDATE imagery.observation SET state = 'not_observed' WHERE run_id = %s AND parcel_id = %s", (first, real[0])
    )
    account = add_account(town, "thanhtra", PASSWORD, name="Thanh tra", roles=["inspector"], demo=True)
    town.execute(
        "WITH said AS (INSERT INTO imagery.verdict (finding_id, verdict, account) SELECT id, 'false', %s FROM imagery.finding"
        " WHERE run_id = %s AND parcel_id = %s RETURNING id, finding_id)"
        " UPDATE imagery.finding f SET state = 'false', verdict_id = said.id, revision = revision + 1 FROM said WHERE f.id = said.finding_id",
        (account, first, real[1]),
    )
    fewer = make(town)["figures"]
    assert fewer["learned_parcels"] == whole["learned_parcels"] - 1
    assert fewer["learned_events"] == whole["learned_events"] - 2


def test_a_forecast_is_due_once_its_runs_have_ended(town: Connection, truth: Truth) -> None:
    assert not due(town)
    observed(town, *DATES[:2], built(truth, 0))
    assert not due(town)  # one period can be learned from but not be judged
    with pytest.raises(Malformed) as refused:
        make(town)
    assert refused.value.slug == "too-few-periods"
    observed(town, *DATES[1:], built(truth, 1))
    assert due(town)
    make(town)
    assert not due(town)


def test_only_the_newest_forecast_is_on_the_map(town: Connection, truth: Truth) -> None:
    both_periods(town, truth)
    first, second = make(town), make(town)
    rows = town.execute("SELECT DISTINCT forecast_id FROM imagery.forecast_parcel").fetchall()
    assert [row["forecast_id"] for row in rows] == [second["id"]] != [first["id"]]


def test_one_that_is_no_better_than_the_plain_guess_is_kept_and_not_shown(town: Connection, truth: Truth) -> None:
    """In the second period the world has turned: building goes where no road is, beside earlier building only."""
    both_periods(town, truth)
    assert make(town)["better"]
    town.rollback()
    land, first = truth.city.land, built(truth, 0)
    open_land = np.flatnonzero(np.isin(land.land_use, OPEN) & ~np.isin(land.ids, list(first)))
    roads = shapely.union_all(land.geometry[land.land_use == "DGT"])
    away = open_land[np.argsort(-shapely.distance(land.geometry[open_land], roads))][: len(first)]
    observed(town, *DATES[:2], first)
    observed(town, *DATES[1:], dict.fromkeys(land.ids[away].tolist(), "to_built"))
    row = make(town)
    assert not row["better"] and row["figures"]["average_precision"] < row["figures"]["base_rate"] * 2
    assert reading.forecasts(town)[0]["id"] == row["id"]
    assert town.execute("SELECT count(*) AS n FROM imagery.forecast_parcel").fetchone() == {"n": 0}
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        town.execute(
            "INSERT INTO imagery.forecast_parcel (forecast_id, parcel_id, unit, rank, probability) VALUES (%s, %s, '1', 1, 0.5)",
            (row["id"], int(land.ids[0])),
        )


def test_too_little_building_is_kept_as_the_reason(town: Connection, truth: Truth) -> None:
    few = dict(list(built(truth, 0).items())[:5])
    observed(town, *DATES[:2], few)
    observed(town, *DATES[1:], built(truth, 1))
    row = make(town)
    assert row["problem"] == "too-few-changes" and not row["better"] and row["figures"] is None
    assert not due(town)  # trying again would say the same


def test_periods_follow_one_another_and_are_alike(town: Connection) -> None:
    def scenes(*years: float) -> None:
        first, last = (datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=365 * year) for year in years)
        observed(town, first, last, {})

    for pair in ((0, 2), (2, 4), (4, 4.2), (4.2, 4.4), (4, 10), (1, 5)):
        scenes(*pair)
    found = basis(town)
    assert [(one.before_at.year, one.after_at.year) for one in (found.learned, found.judged)] == [
        (2020, 2021),
        (2021, 2023),
    ]
    assert found.earlier == ()
    scenes(4, 6)
    found = basis(town)
    assert found.learned.before_at.year == 2021 and [one.before_at.year for one in found.earlier] == [2020]


def test_a_tile_has_parcels_when_one_is_near_and_the_likeliest_always(town: Connection, truth: Truth) -> None:
    both_periods(town, truth)
    forecast = make(town)["id"]
    best = town.execute(
        "SELECT ST_X(c) AS x, ST_Y(c) AS y FROM imagery.forecast_parcel p JOIN fabric.parcel_version v ON v.parcel_id = p.parcel_id AND v.retired_by IS NULL,"
        " LATERAL (SELECT ST_PointOnSurface(v.geom_3857) AS c) q WHERE p.rank = 1"
    ).fetchone()
    assert best is not None
    half = 20_037_508.342789244

    def at(zoom: int, first: int = 50) -> bytes:
        side = 2 * half / 2**zoom
        return reading.tile(town, forecast, zoom, int((best["x"] + half) / side), int((half - best["y"]) / side), first)

    assert b"parcels" in at(16) and b"likely" in at(16)
    assert b"parcels" not in at(12) and b"likely" in at(12)
    assert at(12, first=0) == b""
    assert reading.tile(town, forecast, 16, 0, 0, 50) == b""
