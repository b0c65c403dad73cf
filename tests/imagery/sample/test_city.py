"""The simulated scenes of the sample city, drawn over a real ledger."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from imagery.forecast.model import fit, judge
from imagery.forecast.predictors import predictors
from imagery.sample.city import PERIODS, SHOTS, Truth, lay_out_city
from imagery.sample.simulate import draw
from layers.db import connect
from layers.errors import EditRefused
from layers.sample.service import load_sample


@pytest.fixture(scope="module")
def truth(databases) -> Truth:
    url = databases.create()
    with connect(url) as conn:
        load_sample(conn, units=3, faces=4_000, seed=1)
        found = lay_out_city(conn)
    databases.drop(url)
    return found


def test_real_land_gets_no_invented_pictures(conn):
    with pytest.raises(EditRefused) as refused:
        lay_out_city(conn)
    assert refused.value.slug == "not-simulated"


def test_each_period_changes_other_parcels(truth):
    first, second = ({one.parcel for one in period} for period in truth.changes)
    assert len(first) >= 20
    assert not first & second
    assert all(one.since == since for period, since in zip(truth.changes, PERIODS, strict=True) for one in period)
    assert SHOTS[0].when < PERIODS[0] < SHOTS[1].when < PERIODS[1] < SHOTS[2].when


def test_the_changed_place_looks_otherwise_after_its_period_and_not_before(truth):
    city = truth.city
    pictures = [draw(city, shot.when)[0].astype(float) for shot in SHOTS[:3]]
    for period in (0, 1):
        mask = np.zeros(city.index.shape, bool)
        for (since, _), each in city.changed.items():
            if since == PERIODS[period]:
                mask |= each
        rows, cols = city.shape
        inside = mask.reshape(rows, 2, cols, 2).all(axis=(1, 3))
        difference = [np.abs(np.log(b[:, inside] / a[:, inside])).mean() for a, b in pairwise(pictures)]
        assert difference[period] > 3 * difference[1 - period]


def test_a_forecast_learned_from_the_first_period_holds_in_the_second(truth):
    """Roads and earlier building drive the simulated building; the model must find that, and beat the guess that knows earlier building only."""
    land = truth.city.land
    kind = np.where(
        np.isin(land.land_use, ("DGT",)),
        "road",
        np.where(np.isin(land.land_use, ("SON", "MNC", "DTL")), "water", "land"),
    )
    built = [np.isin(land.ids, [one.parcel for one in period]) for period in truth.changes]
    at_first = predictors(land.geometry, kind, land.land_use, np.zeros(len(kind), bool))
    model = fit(at_first, built[0][at_first.index])
    later = predictors(land.geometry, kind, land.land_use, built[0])
    judged = judge(model, later, built[1][later.index])
    assert model.weights["log_road_m"] < 0
    assert judged.better, judged
