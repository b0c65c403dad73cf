"""What the board must say, counted once more from the events alone: in Python, day by day, without a line of the service's SQL."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import Any
from uuid import UUID

from layers.db import Connection

HANOI = timezone(timedelta(hours=7))
OPENS, LUNCH, AFTER, CLOSES = time(8), time(12), time(13), time(17)
DAY = 8 * 3600
DONE, DECIDED, ENDED = (7, 9, 10), (9, 10), (3, 7, 8, 9, 10)


@dataclass
class Stay:
    step: str
    clock: str
    days: int | None
    entered: datetime
    left: datetime | None
    seconds: int | None = None


@dataclass
class Counted:
    """A dossier as its events tell it."""

    id: UUID
    procedure: str
    competent: str
    received: str
    channel: int
    due_at: datetime | None
    filed_at: datetime
    status: int = 0
    step: str = ""
    clock: str = "none"
    reason: str | None = None
    received_at: datetime | None = None
    clock_start: datetime | None = None
    finished_at: datetime | None = None
    worked: int | None = None
    stays: list[Stay] = field(default_factory=list)

    @property
    def late(self) -> bool:
        return self.finished_at is not None and self.due_at is not None and self.finished_at > self.due_at


class Calendar:
    """Office hours by the table of days that differ."""

    def __init__(self, conn: Connection) -> None:
        self._other = {
            row["day"]: row["working"] for row in conn.execute("SELECT day, working FROM dossier.calendar_day")
        }
        self._before: dict[date, int] = {}
        total, day = 0, date(2020, 1, 1)
        while day < date(2041, 1, 1):
            self._before[day] = total
            total += self.works(day)
            day += timedelta(days=1)

    def works(self, day: date) -> bool:
        return bool(self._other.get(day, day.weekday() < 5))

    def seconds(self, at: datetime) -> float:
        """Of office hours since the calendar began."""
        local = at.astimezone(HANOI)
        whole = self._before[local.date()] * DAY
        if not self.works(local.date()):
            return whole
        part = 0.0
        for begins, ends in ((OPENS, LUNCH), (AFTER, CLOSES)):
            begin, end = (datetime.combine(local.date(), one, HANOI) for one in (begins, ends))
            part += max(0.0, (min(local, end) - begin).total_seconds())
        return whole + part

    def closings(self, since: datetime, until: datetime) -> int:
        """Offices that closed after one moment and up to the other."""

        def before(at: datetime) -> int:
            local = at.astimezone(HANOI)
            closed = self.works(local.date()) and local >= datetime.combine(local.date(), CLOSES, HANOI)
            return self._before[local.date()] + closed

        return before(until) - before(since)


def count(conn: Connection, calendar: Calendar) -> dict[UUID, Counted]:
    """Every dossier from its events."""
    steps = {(row["version_id"], row["code"]): row for row in conn.execute("SELECT * FROM dossier.step")}
    found = {
        row["id"]: Counted(
            row["id"],
            row["procedure"],
            row["competent_unit"],
            row["received_unit"],
            row["channel"],
            row["due_at"],
            row["filed_at"],
        )
        for row in conn.execute("SELECT * FROM dossier.dossier")
    }
    for event in conn.execute("SELECT * FROM dossier.event WHERE to_step IS NOT NULL ORDER BY id"):
        d, step = found[event["dossier_id"]], steps[event["version_id"], event["to_step"]]
        if event["to_step"] == event["from_step"]:
            continue
        if d.stays:
            last = d.stays[-1]
            last.left = event["at"]
            last.seconds = int(calendar.seconds(event["at"]) - calendar.seconds(last.entered))
        d.status, d.step, d.clock, d.reason = step["status"], step["code"], step["clock"], step["reason"]
        if d.received_at is None and d.status not in (1, 3, 5):
            d.received_at = event["at"]
        if d.clock_start is None and d.clock != "none":
            d.clock_start = event["at"]
        if d.finished_at is None and d.status in ENDED:
            d.finished_at = event["at"]
            d.worked = sum(stay.seconds or 0 for stay in d.stays if stay.clock == "running")
        if d.status not in (3, 7, 8, 10):
            d.stays.append(Stay(d.step, d.clock, step["days"], event["at"], None))
    return found


def tone(d: Counted, now: datetime, calendar: Calendar) -> str:
    """How an unfinished dossier stands; amber from two working days before its due date, or four fifths of its time (configuration as shipped)."""
    if d.clock == "paused":
        return "paused"
    if d.due_at is None:
        return "waiting"
    if now > d.due_at:
        return "red"
    assert d.clock_start is not None
    used = calendar.seconds(now) - calendar.seconds(d.clock_start)
    whole = calendar.seconds(d.due_at) - calendar.seconds(d.clock_start)
    return "amber" if calendar.closings(now, d.due_at) <= 2 or used >= 0.8 * whole else "green"


def waited(d: Counted, now: datetime, calendar: Calendar) -> float:
    """Office hours an online dossier has waited for its first answer; 0 for others."""
    return (calendar.seconds(now) - calendar.seconds(d.filed_at)) / 3600 if d.status == 1 and d.channel == 2 else 0


def nth(values: list[int], share: float) -> int | None:
    """The smallest value that at least this share of all do not exceed."""
    ordered = sorted(values)
    return next((value for place, value in enumerate(ordered, 1) if place >= share * len(ordered)), None)


def cells(dossiers: list[Counted], first: date, last: date, now: datetime, calendar: Calendar) -> dict[str, set[UUID]]:
    """Dossiers behind each number of the board."""
    since, until = (datetime.combine(day, time(0), HANOI) for day in (first, last + timedelta(days=1)))

    def within(at: datetime | None) -> bool:
        return at is not None and since <= at < until

    out: dict[str, set[UUID]] = {name: set() for name in (
        "filed", "received", "finished", "in_time", "late", "withdrawn", "refused", "stopped", "open", "waiting", "green", "amber", "red", "paused",
        "unanswered", "unanswered_red",
    )}  # fmt: skip
    for d in dossiers:
        names = [name for name, at in (("filed", d.filed_at), ("received", d.received_at)) if within(at)]
        if within(d.finished_at):
            names += [
                name
                for name, statuses in (("finished", DONE), ("withdrawn", (7,)), ("refused", (3,)), ("stopped", (8,)))
                if d.status in statuses
            ]
            names += [("late" if d.late else "in_time")] if d.status in DONE else []
        if d.finished_at is None:
            names += ["open", tone(d, now, calendar)]
            hours = waited(d, now, calendar)
            names += [name for name, least in (("unanswered", 4), ("unanswered_red", 8)) if hours >= least]
        for name in names:
            out[name].add(d.id)
    return out


def numbers(dossiers: list[Counted], first: date, last: date, now: datetime, calendar: Calendar) -> dict[str, Any]:
    """Members of the board's counts."""
    found = cells(dossiers, first, last, now, calendar)
    out: dict[str, Any] = {name: len(ids) for name, ids in found.items() if name != "open"}
    out["share"] = out["in_time"] / out["finished"] if out["finished"] else None
    since, until = (datetime.combine(day, time(0), HANOI) for day in (first, last + timedelta(days=1)))
    tenths = [
        (d.worked * 20 + DAY) // (2 * DAY)
        for d in dossiers
        if d.status in DECIDED
        and d.finished_at
        and since <= d.finished_at < until
        and d.clock_start
        and d.worked is not None
    ]
    for name, share in (("median_days", 0.5), ("p90_days", 0.9)):
        value = nth(tenths, share)
        out[name] = None if value is None else value / 10
    return out


def reasons(dossiers: list[Counted]) -> Counter[str]:
    return Counter(d.reason for d in dossiers if d.finished_at is None and d.clock == "paused" and d.reason)
