"""The forecasts on numbers whose answer is known."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from geo_service.dossiers.board import forecast
from geo_service.dossiers.board.forecast import Alike, Running

OFF = {date(2026, 4, 30), date(2026, 5, 1), date(2026, 9, 1), date(2026, 9, 2)} | {
    date(2026, 2, 16) + timedelta(days=n) for n in range(5)
}


def working(first: date, count: int) -> list[date]:
    days: list[date] = []
    while len(days) < count:
        if first.weekday() < 5 and first not in OFF:
            days.append(first)
        first += timedelta(days=1)
    return days


def busy(days: list[date], rng: np.random.Generator, a_day: float = 40) -> list[int]:
    """Poisson numbers: busy Mondays, a rise of a half over the year, one third more after a break."""
    rates = []
    for i, day in enumerate(days):
        gap = (day - days[i - 1]).days if i else 1
        after = 1.33 if gap > (3 if day.weekday() == 0 else 1) else 1
        rates.append(a_day * (1.3, 1.1, 1.0, 0.9, 0.7)[day.weekday()] * (1 + 0.5 * i / len(days)) * after)
    return [int(n) for n in rng.poisson(rates)]


def test_the_model_learns_weekday_trend_and_breaks() -> None:
    days = working(date(2025, 11, 20), 260)
    past, coming = days[:250], days[250:]
    counts = busy(days, np.random.default_rng(1))
    made = forecast.load(counts[:250], past, coming)
    assert made.method == "model"
    assert (
        made.model is not None
        and made.naive is not None
        and made.model.mape is not None
        and made.naive.mape is not None
    )
    assert made.model.mae < 0.8 * made.naive.mae
    assert made.model.mape < made.naive.mape
    assert len(made.expected) == len(made.low) == len(made.high) == 10
    truth = np.asarray(
        [40 * (1.3, 1.1, 1.0, 0.9, 0.7)[day.weekday()] * (1 + 0.5 * i / 260) for i, day in enumerate(coming, 250)]
    )
    assert np.abs(made.expected / truth - 1).max() < 0.15
    assert np.all(made.low <= made.expected) and np.all(made.expected <= made.high)


def test_eight_of_ten_days_lie_in_the_interval() -> None:
    """Over forty invented years, on days that were not known."""
    days = working(date(2025, 11, 20), 260)
    inside = []
    for seed in range(40):
        counts = busy(days, np.random.default_rng(seed), 12)
        made = forecast.load(counts[:250], days[:250], days[250:])
        assert made.coverage is not None
        actual = np.asarray(counts[250:])
        inside.append(((actual >= np.floor(made.low)) & (actual <= np.ceil(made.high))).mean())
    assert 0.72 <= float(np.mean(inside)) <= 0.93


def test_the_week_before_wins_where_weeks_repeat() -> None:
    """Numbers that jump from one level to another: the week before follows at once, the model does not."""
    days = working(date(2025, 11, 20), 260)
    counts = [20 if i // 35 % 2 else 60 for i in range(250)]
    made = forecast.load(counts, days[:250], days[250:])
    assert made.method == "naive"
    assert made.expected.tolist() == [float(n) for n in np.resize(counts[-5:], 10)]


@pytest.mark.parametrize(("counts", "missing"), [([5] * 60, "short"), ([0, 0, 0, 1] * 50, "few"), ([], "short")])
def test_no_forecast_without_enough_to_go_by(counts: list[int], missing: str) -> None:
    days = working(date(2025, 11, 20), len(counts) + 10)
    made = forecast.load(counts, days[: len(counts)], days[len(counts) :])
    assert (made.method, made.missing, made.expected.tolist()) == (None, missing, [])


def test_errors_are_those_of_days_that_were_not_known() -> None:
    """Each tried forecast knows only what came before it: numbers after a start do not move what is said from it."""
    days = working(date(2025, 11, 20), 200)
    counts = np.asarray(busy(days, np.random.default_rng(5)), dtype=float)
    x = forecast.features(days)
    other = counts.copy()
    other[160:] = 999
    first, second = forecast._try_out(counts, x), forecast._try_out(other, x)
    early = first.start <= 160
    assert np.allclose(first.model[early], second.model[early])
    assert np.array_equal(first.naive[early], second.naive[early])
    assert first.start.min() == 140


def alike(
    rest: list[float],
    spent: list[float] | None = None,
    slack: list[float] | None = None,
    finished: list[float] | None = None,
) -> Alike:
    number = len(rest)
    numbers = [
        np.asarray(one, dtype=float)
        for one in (spent or rest, rest, slack or [1e9] * number, finished or [0.0] * number)
    ]
    return Alike(numbers[0], numbers[1], numbers[2], numbers[1] > numbers[2], numbers[3])


def test_the_risk_is_the_share_of_those_as_long_in_the_step_that_needed_longer() -> None:
    known = {("p", "s"): alike([float(n) for n in range(1, 101)])}
    said = forecast.outlook(known, ("p", "s"), Running(spent=0, slack=70))
    assert said == (0.3, 100, 50.5)
    later = forecast.outlook(known, ("p", "s"), Running(spent=60, slack=10))
    assert later is not None
    assert later.alike == 41
    assert later.risk == pytest.approx(30 / 41)
    assert later.needs == 20
    assert forecast.outlook(known, ("p", "s"), Running(spent=90, slack=1)) is None, "too few were there so long"
    assert forecast.outlook(known, ("p", "other"), Running(0, 1)) is None


def test_lateness_is_tried_on_what_was_decided_after_what_it_knows() -> None:
    before = [float(n) for n in range(1, 41)]
    after_rest, after_slack = [10.0, 30.0, 35.0, 5.0], [30.0, 10.0, 30.0, -1.0]
    one = alike(before + after_rest, slack=[1e9] * 40 + after_slack, finished=[0.0] * 40 + [10.0] * 4)
    score = forecast.measure({("p", "s"): one}, cut=5)
    assert score is not None
    # risks: 10 of 40, 30 of 40, 10 of 40; the one that was late already is not tried
    assert (score.tried, score.late, score.flagged, score.right) == (3, 2, 1, 1)
    assert score.brier == pytest.approx((0.25**2 + 0.25**2 + 0.75**2) / 3)
    assert score.brier_usual == pytest.approx(2 / 9)
    assert forecast.measure({("p", "s"): one}, cut=50) is None
    assert forecast.measure({}, cut=0) is None
