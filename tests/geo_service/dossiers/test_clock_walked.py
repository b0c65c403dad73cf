"""The clock against one that walks."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.geo_service.dossiers.calendar_ground import HANOI, Conn, due_at
from tests.geo_service.dossiers.walking_clock import (
    DAY,
    MINUTE,
    Stops,
    is_open,
    walked_calendar,
    walked_days,
    walked_hours,
    works,
)

FIRST = datetime(2025, 11, 1, tzinfo=HANOI)
MOMENTS = st.integers(0, 500 * 1440).map(lambda minutes: FIRST + minutes * MINUTE)
EDGES = st.builds(  # just at, before or after an hour that matters, on any day
    lambda day, hour, off: FIRST + day * DAY + hour * timedelta(hours=1) + off * MINUTE,
    st.integers(0, 500),
    st.sampled_from([0, 8, 12, 13, 15, 17]),
    st.sampled_from([-1, 0, 1]),
)
STARTS = MOMENTS | EDGES


@st.composite
def terms(draw: st.DrawFn, most: int, longest_h: int) -> tuple[datetime, int, Stops]:
    """A beginning, a number, and up to five stops around it, in any order, perhaps meeting, the last perhaps open."""
    since = draw(STARTS)
    stops: Stops = []
    for _ in range(draw(st.integers(0, 5))):
        offset = draw(st.integers(-72 * 60, 30 * 1440) | st.sampled_from([0]))
        edge = draw(st.sampled_from([None, 0, 8, 17]))
        first = since + offset * MINUTE
        if edge is not None:
            first = first.replace(hour=edge, minute=0)
        length = draw(st.integers(1, longest_h * 60) | st.integers(1, 12).map(lambda hours: hours * 60))
        open_end = draw(st.integers(0, 19)) == 0
        stops.append((first, None if open_end else first + length * MINUTE))
    return since, draw(st.integers(0, most)), stops


@settings(max_examples=400, deadline=None)
@given(term=terms(45, 240), cutoff=st.sampled_from([None, time(15), time(10, 30)]))
def test_working_days_agree_with_a_clock_that_walks(
    shipped: Conn, term: tuple[datetime, int, Stops], cutoff: time | None
) -> None:
    since, n, stops = term
    expected = walked_days(since, n, cutoff, stops)
    assert due_at(shipped, since, n, "working_day", str(cutoff or ""), stops) == expected


@settings(max_examples=400, deadline=None)
@given(term=terms(70, 240))
def test_calendar_days_agree_with_a_clock_that_walks(shipped: Conn, term: tuple[datetime, int, Stops]) -> None:
    since, n, stops = term
    assert due_at(shipped, since, n, "calendar_day", None, stops) == walked_calendar(since, n, stops)


@settings(max_examples=150, deadline=None)
@given(term=terms(40, 60))
def test_working_hours_agree_with_a_clock_that_walks(shipped: Conn, term: tuple[datetime, int, Stops]) -> None:
    since, n, stops = term
    n = max(n, 1)
    if any(last is None for _, last in stops):
        stops = [(first, last or first + 2 * DAY) for first, last in stops]
    assert due_at(shipped, since, n, "working_hour", None, stops) == walked_hours(since, n, stops)


@settings(max_examples=100, deadline=None)
@given(a=STARTS, length=st.integers(0, 20 * 1440))
def test_minutes_and_days_between_agree_with_counting_them(shipped: Conn, a: datetime, length: int) -> None:
    b = a + length * MINUTE
    row = shipped.execute(
        "SELECT dossier.working_minutes(%(a)s, %(b)s) AS minutes, dossier.working_days_between(%(a)s, %(b)s) AS days,"
        " dossier.working_minutes(%(b)s, %(a)s) AS back, dossier.working_days_between(%(b)s, %(a)s) AS days_back",
        {"a": a, "b": b},
    ).fetchone()
    assert row is not None
    minutes = sum(is_open(a + k * MINUTE) for k in range(length))
    closings = [datetime.combine(a.date() + k * DAY, time(17), HANOI) for k in range(23)]
    days = sum(works(one.date()) and a < one <= b for one in closings)
    assert (row["minutes"], row["days"], row["back"], row["days_back"]) == (minutes, days, -minutes, -days)


@settings(max_examples=100, deadline=None)
@given(term=terms(20, 48), more=st.integers(1, 2000))
def test_a_longer_pause_never_makes_anything_due_earlier(
    shipped: Conn, term: tuple[datetime, int, Stops], more: int
) -> None:
    since, n, stops = term
    longer = [(first, last and last + more * MINUTE) for first, last in stops]
    for unit in ("working_day", "calendar_day", "working_hour"):
        before, after = (due_at(shipped, since, max(n, 1), unit, None, some) for some in (stops, longer))
        assert after is None or (before is not None and before <= after)
