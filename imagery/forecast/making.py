"""Making a forecast from what runs found: learned from one period, judged on a later one that is about as long, kept with its figures whatever they say.

Built on is a parcel with a finding of building or stripped ground that nobody called a false alarm. A parcel that the run of a period did not observe, or
that is below its resolution, says nothing of that period. The land is today's: a parcel whose change of use is registered by now is open land no longer
and is not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from psycopg.types.json import Jsonb

from imagery.forecast.model import Forecast, Judged, fit, judge
from imagery.forecast.predictors import predictors
from layers.db import Connection
from layers.errors import Malformed

BUILT = ("to_built", "to_bare", "built_on_rice")
"""Transitions (imagery/runs/data) after which land counts as built on; stripped ground is where building begins."""
LEAST_PERIOD = timedelta(days=300)
"""A shorter pair of scenes shows a season, not how a town grows."""
ALIKE = 1.5
"""Longest ratio of the two periods: a chance within two years is not judged by what came within one."""
PERIODS = """
    SELECT before_at, after_at, array_agg(run_id ORDER BY run_id) AS runs, bool_or(simulated) AS simulated
    FROM imagery.recording WHERE after_at - before_at >= %s GROUP BY before_at, after_at ORDER BY after_at, before_at
"""
OBSERVED = """
    SELECT o.parcel_id, bool_or(f.id IS NOT NULL) AS built FROM imagery.observation o
    LEFT JOIN imagery.finding f ON f.run_id = o.run_id AND f.parcel_id = o.parcel_id AND f.transition = ANY(%s) AND f.state NOT IN ('false', 'superseded')
    WHERE o.run_id = ANY(%s) AND o.state IN ('changed', 'unchanged') GROUP BY o.parcel_id
"""
LAND = """
    SELECT parcel_id, unit, kind, coalesce(land_use, '') AS land_use, ST_AsBinary(geom) AS wkb
    FROM fabric.parcel_version WHERE retired_by IS NULL ORDER BY parcel_id
"""

KEEP = """
    INSERT INTO imagery.forecast (learned_from, learned_to, judged_from, judged_to, runs, weights, figures, better, problem, simulated)
    VALUES (%(learned_from)s, %(learned_to)s, %(judged_from)s, %(judged_to)s, %(runs)s, %(weights)s, %(figures)s, %(better)s, %(problem)s, %(simulated)s)
    RETURNING *
"""


@dataclass(frozen=True)
class Period:
    """Two dates that were compared, and the runs that did."""

    before_at: datetime
    after_at: datetime
    runs: tuple[UUID, ...]
    simulated: bool

    @property
    def length(self) -> timedelta:
        return self.after_at - self.before_at


@dataclass(frozen=True)
class Basis:
    """`learned`, the period before `judged`; `earlier`: those before both, known when the forecast learns."""

    learned: Period
    judged: Period
    earlier: tuple[Period, ...]

    @property
    def runs(self) -> list[UUID]:
        return sorted({run for period in (self.learned, self.judged, *self.earlier) for run in period.runs})


def basis(conn: Connection) -> Basis:
    """The newest two periods that follow one another and are about as long. Raises Malformed 'too-few-periods'."""
    periods = [
        Period(**row | {"runs": tuple(row["runs"])}) for row in conn.execute(PERIODS, (LEAST_PERIOD,)).fetchall()
    ]
    for judged in reversed(periods):
        before = [one for one in periods if one.after_at <= judged.before_at]
        for learned in reversed(before):
            if 1 / ALIKE <= learned.length / judged.length <= ALIKE:
                return Basis(learned, judged, tuple(one for one in before if one.after_at <= learned.before_at))
    raise Malformed(
        "too-few-periods",
        "A forecast needs detection runs over two periods that follow one another, each of about a year or more and about as long as the other.",
        "Dự báo cần kết quả phát hiện của hai kỳ nối tiếp, mỗi kỳ khoảng một năm trở lên và dài gần bằng nhau.",
    )


def due(conn: Connection) -> bool:
    """Whether runs have ended since that a new forecast would rest on."""
    try:
        found = basis(conn)
    except Malformed:
        return False
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM imagery.forecast WHERE runs = %s) AS known", (found.runs,)
    ).fetchone()
    return row is not None and not row["known"]


def make(conn: Connection) -> dict[str, Any]:
    """Learn, judge, keep: the row of the new forecast, in the caller's transaction (of the owner's login). One that could not be learned or judged is
    kept with the slug of the problem. Raises Malformed 'too-few-periods'."""
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('imagery forecast'))")
    found, town = basis(conn), _Town.read(conn)
    conn.execute("DELETE FROM imagery.forecast_parcel")
    try:
        model, judged = _judged(conn, town, found)
    except Malformed as problem:
        return _kept(conn, found, problem=problem.slug)
    row = _kept(conn, found, model, judged)
    if judged.better:
        town.write(conn, row["id"], model, _built(conn, town, (found.learned, found.judged, *found.earlier)))
    return row


def _judged(conn: Connection, town: _Town, found: Basis) -> tuple[Forecast, Judged]:
    before = _built(conn, town, found.earlier)
    model = fit(*town.seen(conn, found.learned, before))
    return model, judge(model, *town.seen(conn, found.judged, before | _built(conn, town, (found.learned,))))


def _built(conn: Connection, town: _Town, periods: Sequence[Period]) -> NDArray[np.bool_]:
    """Which faces were built on in these periods."""
    outcome = _outcome(conn, periods)
    return np.isin(town.ids, outcome.index[outcome.to_numpy()])


def _outcome(conn: Connection, periods: Sequence[Period]) -> pd.Series[bool]:
    """Parcels that were observed in these periods → whether they were built on."""
    runs = [run for period in periods for run in period.runs]
    rows = conn.execute(OBSERVED, (list(BUILT), runs)).fetchall()
    return pd.Series({row["parcel_id"]: row["built"] for row in rows}, dtype=bool)


@dataclass(frozen=True)
class _Town:
    """The faces of the present state in the order of their ids; geometry in the fabric's CRS (m)."""

    ids: NDArray[np.int64]
    units: NDArray[Any]
    kind: NDArray[Any]
    land_use: NDArray[Any]
    geometry: NDArray[Any]

    @classmethod
    def read(cls, conn: Connection) -> _Town:
        rows = conn.execute(LAND).fetchall()
        ids, units, kind, land_use = (
            np.array([row[name] for row in rows]) for name in ("parcel_id", "unit", "kind", "land_use")
        )
        return cls(ids, units, kind, land_use, shapely.from_wkb([row["wkb"] for row in rows]))

    def known(self, built: NDArray[np.bool_]) -> pd.DataFrame:
        """Predictors of open land that had not been built on; index: position of the face."""
        return predictors(self.geometry, self.kind, self.land_use, built)

    def seen(
        self, conn: Connection, period: Period, before: NDArray[np.bool_]
    ) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
        """Predictors at the start of a period, and what was built by its end, of the parcels that were observed in it."""
        known, outcome = self.known(before), _outcome(conn, (period,))
        known = known[np.isin(self.ids[known.index], outcome.index)]
        return known, outcome.reindex(self.ids[known.index]).to_numpy(bool)

    def write(self, conn: Connection, forecast: UUID, model: Forecast, built: NDArray[np.bool_]) -> None:
        """The chance of every parcel of open land that is still unbuilt, the most likely first."""
        known = self.known(built)
        chance = model.probability(known)
        order = np.argsort(-chance, kind="stable")
        with conn.cursor().copy(
            "COPY imagery.forecast_parcel (forecast_id, parcel_id, unit, rank, probability) FROM STDIN"
        ) as copy:
            for rank, place in enumerate(order, 1):
                face = known.index[place]
                copy.write_row((forecast, int(self.ids[face]), str(self.units[face]), rank, float(chance[place])))


def _kept(
    conn: Connection,
    found: Basis,
    model: Forecast | None = None,
    judged: Judged | None = None,
    problem: str | None = None,
) -> dict[str, Any]:
    """The row of a forecast that was judged, or of one that came to nothing."""
    learned = {"learned_events": model.events, "learned_parcels": model.parcels} if model else {}
    row = conn.execute(
        KEEP,
        {
            "learned_from": found.learned.before_at,
            "learned_to": found.learned.after_at,
            "judged_from": found.judged.before_at,
            "judged_to": found.judged.after_at,
            "runs": found.runs,
            "weights": Jsonb(model.weights) if model else None,
            "figures": Jsonb(asdict(judged) | learned) if judged else None,
            "better": judged is not None and judged.better,
            "problem": problem,
            "simulated": any(one.simulated for one in (found.learned, found.judged, *found.earlier)),
        },
    ).fetchone()
    assert row is not None
    return row
