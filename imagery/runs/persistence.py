"""Whether a change lasts: later dates that agree, or a break in the seasonal series of an index.

One pair cannot tell building from harvest, fallow or flooding. Later dates: where each stands on the way from the medians before to those after. Series: a
year's wave fitted to the history, and the cumulated residuals watched from then on (OLS-CUSUM monitoring with the boundary of Chu,
Stinchcombe and White 1996, Econometrica 64(5), 5 % level).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from imagery.runs.transitions import NAMES, Medians, Persistence

AGREES = 0.6
CONTRADICTS = 0.3
"""A later date at this share of the way from before (0) to after (1), or beyond, agrees; at the other, or short of it, contradicts."""
LEAST_AGREEING = 2
LEAST_MOVE = 0.05
"""Length of the way below which the indices say nothing about later dates."""
LEAST_HISTORY = 10
LEAST_SPAN_DAYS = 330.0
"""A wave of a year is fitted to no shorter history."""
LEAST_AFTER = 2
CRITICAL = 7.78
"""a² of the boundary at 5 % (Chu, Stinchcombe and White 1996)."""
LASTING = 3.0
"""Residuals after the change stay this many standard deviations away."""
LEAST_SCATTER = 0.02
"""Of an index; less is luck of few observations."""
YEAR = 365.25


@dataclass(frozen=True)
class Seen:
    """One date of a lead. `medians` by index, `observed`: at least half of it was seen."""

    at: datetime
    medians: Medians
    observed: bool


@dataclass(frozen=True)
class Lasting:
    """`agree`, `contradict`: how many later dates; `broken`: index whose series broke."""

    persistence: Persistence
    agree: int
    contradict: int
    broken: str | None


def judge(before: Seen, after: Seen, later: Sequence[Seen], history: Sequence[Seen]) -> Lasting:
    """What later dates and the history (dates before `before`, oldest first) say of a change."""
    places = [
        place
        for seen in later
        if seen.observed and (place := _place(before.medians, after.medians, seen.medians)) is not None
    ]
    agree = sum(place >= AGREES for place in places)
    contradict = sum(place <= CONTRADICTS for place in places)
    broken = None
    if contradict <= agree:
        broken = _broken([*history, before], [after, *later])
    if broken is not None:
        return Lasting("series_break", agree, contradict, broken)
    if agree >= LEAST_AGREEING and agree > contradict:
        return Lasting("confirmed_later", agree, contradict, None)
    if contradict and contradict >= agree:
        return Lasting("contradicted_later", agree, contradict, None)
    return Lasting("one_pair", agree, contradict, None)


def _vector(medians: Medians, names: Sequence[str]) -> NDArray[np.float64]:
    return np.array([math.nan if medians.get(name) is None else medians[name] for name in names], np.float64)


def _place(before: Medians, after: Medians, now: Medians) -> float | None:
    """How far `now` is on the way from `before` to `after`: 0 as before, 1 as after; None where that cannot be said."""
    first, second, third = (_vector(one, NAMES) for one in (before, after, now))
    known = np.isfinite(first) & np.isfinite(second) & np.isfinite(third)
    way = (second - first)[known]
    length = float(way @ way)
    if length < LEAST_MOVE**2:
        return None
    return float((third - first)[known] @ way) / length


def _broken(history: Sequence[Seen], since: Sequence[Seen]) -> str | None:
    """The index whose series broke, the one with the longest residuals first; None where none did, or the history is too short."""
    breaks: dict[str, float] = {}
    for name in NAMES:
        old, new = _series(history, name), _series(since, name)
        size = monitor(old, new)
        if size is not None:
            breaks[name] = size
    return max(breaks, key=lambda name: breaks[name]) if breaks else None


def _series(dates: Sequence[Seen], name: str) -> NDArray[np.float64]:
    rows = [
        (seen.at.timestamp() / 86_400, float(value))
        for seen in dates
        if seen.observed and (value := seen.medians.get(name)) is not None and math.isfinite(value)
    ]
    return np.array(sorted(rows), np.float64).reshape(-1, 2)


def monitor(history: NDArray[np.float64], since: NDArray[np.float64]) -> float | None:
    """Length of a lasting break (standard deviations of the history's residuals), None where there is none or too little to tell.

    `history`, `since`: (n, 2) rows of day and value. A break: the cumulated residuals leave the boundary, and all residuals since stay beyond
    `LASTING` on one side.
    """
    if len(history) < LEAST_HISTORY or np.ptp(history[:, 0]) < LEAST_SPAN_DAYS or len(since) < LEAST_AFTER:
        return None
    waves, *_ = np.linalg.lstsq(_wave(history[:, 0]), history[:, 1], rcond=None)
    old = history[:, 1] - _wave(history[:, 0]) @ waves
    scatter = max(LEAST_SCATTER, math.sqrt(float(old @ old) / max(1, len(old) - len(waves))))
    new = (since[:, 1] - _wave(since[:, 0]) @ waves) / scatter
    n = len(old)
    walk = np.abs(np.cumsum(new)) / math.sqrt(n)
    x = 1 + np.arange(1, len(new) + 1) / n
    left = bool((walk > np.sqrt(x * (x - 1) * (CRITICAL + np.log(x / (x - 1))))).any())
    lasts = bool((new > LASTING).all() or (new < -LASTING).all())
    return float(np.abs(new).mean()) if left and lasts else None


def _wave(days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Level and one wave a year, (n, 3)."""
    turn = 2 * np.pi * days / YEAR
    return np.column_stack([np.ones_like(turn), np.cos(turn), np.sin(turn)])


def words(lasting: Lasting, later: int) -> dict[str, str]:
    """The evidence in a sentence. `later`: how many later dates were looked at."""
    return dict(zip(("vi", "en"), _words(lasting, later), strict=True))


def _words(lasting: Lasting, later: int) -> tuple[str, str]:
    match lasting.persistence:
        case "series_break":
            name = (lasting.broken or "").upper()
            return (
                f"Chuỗi {name} theo mùa bị đứt và không trở lại như trước.",
                f"The seasonal series of {name} broke and has not come back.",
            )
        case "confirmed_later":
            return (
                f"{lasting.agree}/{later} ảnh chụp sau vẫn cho thấy biến động.",
                f"{lasting.agree} of {later} later images still show the change.",
            )
        case "contradicted_later":
            return (
                f"{lasting.contradict}/{later} ảnh chụp sau cho thấy đất đã trở lại như trước.",
                f"{lasting.contradict} of {later} later images show the land as it was before.",
            )
        case _:
            return (
                "Chỉ dựa trên một cặp ảnh; chưa phân biệt được với mùa vụ, thu hoạch, ngập nước.",
                "One pair of images only; harvest, fallow or flooding cannot be told apart from it.",
            )


def as_series(dates: Sequence[Seen]) -> list[Mapping[str, object]]:
    """The dates as they are kept with a finding, oldest first."""
    return [
        {
            "date": seen.at.isoformat(),
            **{name: _rounded(seen.medians.get(name)) for name in NAMES},
            "observed": seen.observed,
        }
        for seen in sorted(dates, key=lambda seen: seen.at)
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, 4)
