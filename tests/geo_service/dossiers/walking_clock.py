"""A second clock that walks minute by minute, day by day; it shares nothing with the first but the file of days off."""

from __future__ import annotations

import csv
from datetime import date, datetime, time, timedelta
from itertools import islice

from tests.conftest import ROOT
from tests.geo_service.dossiers.calendar_ground import HANOI

Stops = list[tuple[datetime, datetime | None]]


def _shipped_days() -> dict[date, bool]:
    file = ROOT / "geo_service" / "dossiers" / "clock" / "data" / "calendar.csv"
    with file.open(encoding="utf-8") as lines:
        return {date.fromisoformat(row["day"]): row["kind"] == "swap_on" for row in csv.DictReader(lines)}


EXCEPTIONS = _shipped_days()
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def works(day: date) -> bool:
    return EXCEPTIONS.get(day, day.weekday() < 5)


def is_open(moment: datetime) -> bool:
    """Whether the office is open in the minute that begins then."""
    hour = moment.hour
    return works(moment.date()) and (8 <= hour < 12 or 13 <= hour < 17)


def stands(moment: datetime, stops: Stops) -> bool:
    return any(first <= moment and (last is None or moment < last) for first, last in stops)


def closing(day: date) -> datetime:
    return datetime.combine(day, time(17), HANOI)


def midnight_after(day: date) -> datetime:
    return datetime.combine(day + DAY, time(0), HANOI)


def walked_hours(since: datetime, n: int, stops: Stops) -> datetime:
    """Minute by minute; nights between days off are skipped."""
    left, moment = n * 60, since
    while left:
        left -= is_open(moment) and not stands(moment, stops)
        moment += MINUTE
        while moment.time() == time(0) and not works(moment.date()):
            moment += DAY
    return moment


def walked_days(since: datetime, n: int, cutoff: time | None, stops: Stops) -> datetime | None:
    """Working day by working day; None when the clock still stands after three years."""
    days = (since.date() + k * DAY for k in range(1100))
    working = [day for day in days if works(day)]
    if working[0] == since.date() and since >= datetime.combine(since.date(), cutoff or time(17), HANOI):
        del working[0]
    candidates = working if n == 0 else working[1:]
    counted = [closing(day) for day in candidates if not stands(closing(day), stops)]
    return next(islice(counted, max(n, 1) - 1, None), None)


def walked_calendar(since: datetime, n: int, stops: Stops) -> datetime | None:
    """Night by night, then on to a working day."""
    days = [since.date() + k * DAY for k in range(1100)]
    candidates = days if n == 0 else days[1:]
    counted = [day for day in candidates if not stands(midnight_after(day), stops)]
    last = next(islice(counted, max(n, 1) - 1, None), days[-1])
    return next((closing(day) for day in days if day >= last and works(day) and not stands(closing(day), stops)), None)
