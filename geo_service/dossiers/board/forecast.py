"""How many dossiers will come, and which running ones will be late: small models, tried on the past before they are shown. Pure.

Load: Poisson regression with a ridge (weekday, trend, day after a break) against "as on the same day of the week before"; whichever was less wrong in the last
weeks is shown, with both errors. Lateness: what earlier dossiers still needed that had been as long in the same step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

HORIZON = 10
"""Working days that are forecast."""
TRIED_DAYS = 60
"""Working days at the end of the history on which the methods are tried, from a start every five days."""
LEAST_DAYS = 100
LEAST_A_DAY = 1.0
INTERVAL = 0.8
RIDGE = 2.0
WEEK = 5
LIKELY = 0.5
"""From this risk on a dossier counts as one that will be late."""
LEAST_ALIKE = 15

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Errors:
    """Mean absolute error (dossiers a day) and mean absolute percentage error (of days on which something came)."""

    mae: float
    mape: float | None


@dataclass(frozen=True)
class LoadForecast:
    """`missing`: why there is none: too short a history, or too few dossiers a day to say anything of one day."""

    method: Literal["model", "naive"] | None
    missing: Literal["short", "few"] | None
    expected: Numbers
    low: Numbers
    high: Numbers
    model: Errors | None
    naive: Errors | None
    coverage: float | None
    tested: int


def load(counts: Sequence[int], days: Sequence[date], coming: Sequence[date]) -> LoadForecast:
    """Expected numbers on the working days `coming`, from those of the working days `days` (oldest first, all of them, also with nothing)."""
    y = np.asarray(counts, dtype=np.float64)
    empty = np.zeros(0)
    if len(y) < LEAST_DAYS:
        return LoadForecast(None, "short", empty, empty, empty, None, None, None, 0)
    if y[-LEAST_DAYS:].mean() < LEAST_A_DAY:
        return LoadForecast(None, "few", empty, empty, empty, None, None, None, 0)
    x = features(days, coming)
    tried = _try_out(y, x)
    errors = {name: _errors(tried.actual, said) for name, said in (("model", tried.model), ("naive", tried.naive))}
    method: Literal["model", "naive"] = "model" if errors["model"].mae <= errors["naive"].mae else "naive"
    said = tried.model if method == "model" else tried.naive
    residuals = (tried.actual - said) / np.sqrt(said + 1)
    expected = (_poisson(y, x[: len(y)], x[len(y) :]) if method == "model" else _naive(y, len(coming)))[: len(coming)]
    low, high = _between(expected, residuals)
    return LoadForecast(
        method,
        None,
        expected,
        low,
        high,
        errors["model"],
        errors["naive"],
        _coverage(tried, said, residuals),
        len(tried.actual),
    )


def features(days: Sequence[date], coming: Sequence[date] = ()) -> Numbers:
    """A row for each day: constant, trend, four weekdays, and whether it follows more days off than a weekend."""
    every = [*days, *coming]
    rows = np.zeros((len(every), 7))
    rows[:, 0] = 1
    rows[:, 1] = (np.arange(len(every)) - len(days)) / 250  # in working years
    for i, day in enumerate(every):
        if 0 < day.weekday() < 5:
            rows[i, 1 + day.weekday()] = 1
        gap = (day - every[i - 1]).days if i else 1
        rows[i, 6] = gap > (3 if day.weekday() == 0 else 1)
    return rows


def _poisson(y: Numbers, x: Numbers, ahead: Numbers) -> Numbers:
    """Expected values for the rows `ahead` of a log-linear Poisson regression of y on x, by Newton's steps; a ridge on all but the constant."""
    ridge = np.diag([1e-6, *[RIDGE] * (x.shape[1] - 1)])
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(y.mean() + 0.1)
    for _ in range(25):
        mu = np.exp(np.clip(x @ beta, -10, 12))
        step = np.linalg.solve(x.T @ (x * mu[:, None]) + ridge, x.T @ (y - mu) - ridge @ beta)
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    out: Numbers = np.exp(np.clip(ahead @ beta, -10, 12))
    return out


def _naive(y: Numbers, steps: int) -> Numbers:
    """As on the same day of the last week."""
    return np.resize(y[-WEEK:], steps)


class _Tried(NamedTuple):
    actual: Numbers
    model: Numbers
    naive: Numbers
    start: NDArray[np.int64]


def _try_out(y: Numbers, x: Numbers) -> _Tried:
    """Both methods from every fifth day of the last weeks, each knowing only what came before it."""
    parts: list[tuple[Numbers, Numbers, Numbers, NDArray[np.int64]]] = []
    for start in range(len(y) - TRIED_DAYS, len(y) - WEEK + 1, WEEK):
        end = min(start + HORIZON, len(y))
        moved = x.copy()
        moved[:, 1] -= moved[start, 1]
        said = _poisson(y[:start], moved[:start], moved[start:end])
        parts.append((y[start:end], said, _naive(y[:start], end - start), np.full(end - start, start)))
    return _Tried(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _errors(actual: Numbers, said: Numbers) -> Errors:
    off, some = np.abs(actual - said), actual > 0
    return Errors(float(off.mean()), float((off[some] / actual[some]).mean()) if some.any() else None)


def _between(expected: Numbers, residuals: Numbers) -> tuple[Numbers, Numbers]:
    """An interval that held as often as promised for these residuals; their spread grows with the root of what is expected."""
    low, high = np.quantile(residuals, [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2])
    scale = np.sqrt(expected + 1)
    return np.maximum(0, expected + min(low, 0) * scale), expected + max(high, 0) * scale


def _coverage(tried: _Tried, said: Numbers, residuals: Numbers) -> float:
    """Share of the tried days inside the interval that the other starts give."""
    inside = []
    for start in np.unique(tried.start):
        own = tried.start == start
        low, high = _between(said[own], residuals[~own])
        inside.append((tried.actual[own] >= low) & (tried.actual[own] <= high))
    return float(np.concatenate(inside).mean())


# ---- lateness ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Alike:
    """Earlier dossiers in one step: seconds of office hours each was there (`spent`), needed from its arrival (`rest`) and had then until it was due (`slack`),
    whether it was late in the end, and when it was decided (seconds)."""

    spent: Numbers
    rest: Numbers
    slack: Numbers
    late: NDArray[np.bool_]
    finished: Numbers


class Running(NamedTuple):
    """A dossier whose clock runs: how long it has been in its step, and what it has until it is due."""

    spent: float
    slack: float


class Outlook(NamedTuple):
    """Share of `alike` dossiers that needed longer than there is, and what the middle one still needed (seconds)."""

    risk: float
    alike: int
    needs: float


Key = tuple[str, str]
"""Procedure and step."""


def outlook(known: Mapping[Key, Alike], key: Key, running: Running) -> Outlook | None:
    """What earlier dossiers say of one that has been `running.spent` in its step; None where too few were there so long."""
    alike = known.get(key)
    if alike is None:
        return None
    there = alike.spent >= running.spent
    number = int(there.sum())
    if number < LEAST_ALIKE:
        return None
    needed = alike.rest[there] - running.spent
    return Outlook(float((needed > running.slack).mean()), number, float(np.median(needed)))


@dataclass(frozen=True)
class Score:
    tried: int
    late: int
    flagged: int
    right: int
    brier: float
    brier_usual: float


def measure(known: Mapping[Key, Alike], cut: float) -> Score | None:
    """Try the forecast at each arrival in a step of the dossiers decided since `cut`, knowing what was decided before; None without any."""
    risks, late = [], []
    for one in known.values():
        before, after = one.finished < cut, (one.finished >= cut) & (one.slack >= 0)
        if before.sum() >= LEAST_ALIKE and after.any():
            needed = np.sort(one.rest[before])
            risks.append(1 - np.searchsorted(needed, one.slack[after], side="right") / len(needed))
            late.append(one.late[after])
    if not risks:
        return None
    risk, was = np.concatenate(risks), np.concatenate(late)
    said = risk >= LIKELY
    usual = float(was.mean())
    return Score(
        tried=len(was), late=int(was.sum()), flagged=int(said.sum()), right=int((said & was).sum()), brier=float(((risk - was) ** 2).mean()),
        brier_usual=usual * (1 - usual),
    )  # fmt: skip
