"""An invented year of dossiers, reproducible from a seed: who files what, when, how it walks through its steps, and where it stands now. Pure.

Times are counted in seconds of office hours since the calendar began and become moments at the end. What is invented has the patterns that a board and
a forecast must cope with: busy Mondays, a rising load, days off, units of different speed, papers asked for, taxes awaited, some dossiers late.
"""

from __future__ import annotations

import bisect
import functools
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from layers.sample.names import PLACES, PLANTS

HOUR = 3_600.0
TYPICAL = 0.64
"""Share of the limit that a usual dossier takes at a usual unit, and its spread (log-normal)."""
SPREAD = 0.48
FEWEST = 3
"""Dossiers that stand in each status at the end, and tries to find one."""
TRIES = 2_000
WEEKDAYS = (1.25, 1.08, 1.0, 0.94, 0.80)
RISE = 0.30  # of the load, from the first day to the last
AFTER_A_BREAK = 1.3  # load on the first day after days off beyond a weekend
EVENINGS = 0.12  # of what is filed online is filed when the office is closed
COMMON: Mapping[str, float] = {
    "1.013831": 16, "1.013831-TK": 6, "1.013831-TA": 8, "1.013833": 5, "1.012783": 5, "1.011441": 9, "1.011442": 6, "1.012789": 26, "1.013978": 4,
    "1.013949": 2, "1.013950": 2, "1.013995": 3, "1.012784": 3, "1.012786": 3, "1.012790": 3, "1.012796": 2, "1.013980": 2, "1.012812": 2, "1.013826": 1.5,
}  # fmt: skip
"""How common a procedure is; others are rare."""
RARE = 0.4
WITHOUT_PARCEL = frozenset({"1.012789"})
WEIGHT: Mapping[str, float] = {
    "received": 0.08, "checking": 0.45, "sketching": 0.35, "deciding": 0.28, "confirming": 0.2, "executing": 0.12, "recording": 0.12, "hearing": 0.3,
    "noting": 0.08, "inspecting": 0.3,
}  # fmt: skip
"""Share of a dossier's working time that a step takes; other steps 0.2, and a second time there a third of it."""
WAITS: Mapping[str, tuple[float, float]] = {
    "supplement_first": (14, 0.8), "supplement": (22, 0.8), "tax": (30, 0.5), "paying": (18, 0.9), "posting": (92, 0.08), "expertise": (60, 0.4),
    "done": (7, 1.1),
}  # fmt: skip
"""Median in office hours, and spread, of what no office can hurry."""
CHANCES: Mapping[str, float] = {
    "ask_supplement": 0.09, "withdraw": 0.01, "stop": 0.006, "send_back": 0.05, "refuse": 0.015, "tax_slip": 2.5, "ask_payment": 0.4, "note_dispute": 0.2,
}  # fmt: skip
"""Of each action, or kind of action, where several are possible; others 1."""
ONCE = frozenset({"note_dispute", "ask_expert"})
"""Done at most once, and not by everybody."""
NOTES: Mapping[str, str] = {
    "ask_supplement": "Đề nghị bổ sung bản chính giấy tờ còn thiếu (mô phỏng).",
    "refuse": "Không thuộc thẩm quyền giải quyết (mô phỏng).",
    "send_back": "Rà soát lại nội dung tờ trình (mô phỏng).",
    "stop": "Không đủ điều kiện giải quyết (mô phỏng).",
    "apologise": "Số lượng hồ sơ lớn, cơ quan xin lỗi và hẹn lại (mô phỏng).",
}
SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô", "Dương", "Lý")
MIDDLE = ("Văn", "Thị", "Minh", "Thu", "Đức", "Ngọc")


@dataclass(frozen=True)
class Office:
    """Working days: when each opens, breaks, goes on and closes, and the seconds of office hours before it."""

    days: Sequence[tuple[datetime, datetime, datetime, datetime]]
    before: Sequence[float]

    def when(self, seconds: float) -> datetime:
        """The moment before which there were so many seconds of office hours."""
        place = max(0, bisect.bisect_left(self.before, seconds) - 1)
        opens, lunch_from, lunch_until, _ = self.days[place]
        at = opens + timedelta(seconds=seconds - self.before[place])
        return at if at <= lunch_from else at + (lunch_until - lunch_from)

    def worked(self, at: datetime) -> float:
        """Seconds of office hours before a moment."""
        place = bisect.bisect_right(self.days, at, key=lambda day: day[0]) - 1
        opens, lunch_from, lunch_until, closes = self.days[place]
        morning = min(at, lunch_from) - opens
        afternoon = max(timedelta(0), min(at, closes) - lunch_until)
        return self.before[place] + (morning + afternoon).total_seconds()


@dataclass(frozen=True)
class Procedure:
    """What is known of a procedure: steps by code, and what can be done from each. `days`: its limit in working days, 0 for the same day."""

    code: str
    days: float
    first: str
    steps: Mapping[str, Mapping[str, Any]]
    actions: Mapping[str, Sequence[Mapping[str, Any]]]
    fields: Sequence[Mapping[str, Any]]

    @property
    def whole(self) -> float:
        """Seconds of office hours its limit allows."""
        return (self.days or 0.6) * 8 * HOUR


@dataclass(frozen=True)
class Ground:
    """A parcel that a dossier can be about."""

    parcel: int
    unit: str
    area_m2: float


@dataclass(frozen=True)
class Act:
    at: datetime
    action: str
    kind: str
    note: str | None
    promised_at: datetime | None = None


@dataclass
class Invented:
    """A dossier: how it was filed, what was done with it, where it stands (`step`, `status`), and whether its time is over there (`overdue`). `short`: a paper
    was missing when it was filed."""

    procedure: Procedure
    ground: Ground | None
    received_unit: str | None
    channel: int
    filed_at: datetime
    name: str
    identity_number: str
    phone: str
    form: dict[str, Any]
    step: str
    status: int
    overdue: bool = False
    account: int | None = None
    party: int | None = None
    acts: list[Act] = field(default_factory=list)

    @property
    def short(self) -> bool:
        return bool(self.acts) and self.acts[0].action == "ask_supplement"


class Inventor:
    """Makes dossiers up to a moment. The same seed, calendar, catalogue and parcels give the same dossiers."""

    def __init__(
        self,
        seed: str,
        office: Office,
        now: datetime,
        procedures: Sequence[Procedure],
        grounds: Sequence[Ground],
        units: Sequence[str],
    ) -> None:
        self.rng = random.Random(seed)  # noqa: S311  (invented data, nothing secret)
        self.office = office
        self.now = now
        self.end = office.worked(now)
        self.procedures = procedures
        self.weights = [
            COMMON.get(one.code, RARE) * (1 if grounds or one.code in WITHOUT_PARCEL else 0) for one in procedures
        ]
        self.grounds = grounds
        self.units = units
        self.crowd = [self.rng.paretovariate(2.2) for _ in units]
        self.speed = {unit: self.rng.lognormvariate(0, 0.28) for unit in units}
        self.people = 0

    def year(self, count: int, since: datetime) -> list[Invented]:
        """`count` dossiers filed between two moments, and a few more so that every status stands somewhere."""
        arrivals = sorted(self._arrivals(count, since))
        made = [self.dossier(at) for at in arrivals]
        return made + list(self._missing(made))

    def _arrivals(self, count: int, since: datetime) -> list[float]:
        first = bisect.bisect_left(self.office.before, self.office.worked(since))
        last = bisect.bisect_left(self.office.before, self.end)
        load = []
        for place in range(first, last):
            opens = self.office.days[place][0]
            gap = (opens - self.office.days[place - 1][0]).days if place else 1
            usual = 3 if opens.weekday() == 0 else 1
            rise = 1 + RISE * (place - first) / max(1, last - first)
            load.append(
                WEEKDAYS[min(opens.weekday(), 4)]
                * rise
                * (AFTER_A_BREAK if gap > usual else 1)
                * self.rng.gammavariate(40, 1 / 40)
            )
        places = self.rng.choices(range(first, last), load, k=count)
        return [self.office.before[place] + 8 * HOUR * self._hour() for place in places]

    def _hour(self) -> float:
        """Where in the office's day: most in the morning."""
        return self.rng.betavariate(1.6, 2.2)

    def _missing(self, made: Sequence[Invented]) -> list[Invented]:
        """Dossiers that stand where too few of those made stand now, or are overdue: found by trying."""
        extra: list[Invented] = []
        for status in range(1, 11):
            days = {3: 25.0, 7: 25.0, 8: 25.0, 10: 25.0, 4: 5.0, 5: 5.0, 6: 5.0}.get(status, 1.5)
            lacking = FEWEST - sum(one.status == status for one in made)
            extra += self._found(functools.partial(_stands_in, status), lacking, days)
        lacking = FEWEST + len(made) // 250 - sum(one.overdue for one in made)
        return extra + self._found(lambda one: one.overdue, lacking, 12.0, slow=2.2)

    def _found(
        self, wanted: Callable[[Invented], bool], number: int, days: float, *, slow: float = 1.0
    ) -> list[Invented]:
        """The first `number` that are wanted, of those filed about so many working days ago."""
        found: list[Invented] = []
        for _ in range(TRIES):
            if len(found) >= number:
                break
            one = self.dossier(max(0.0, self.end - self.rng.expovariate(1 / days) * 8 * HOUR), slow)
            if wanted(one):
                found.append(one)
        return found

    def dossier(self, arrival: float, slow: float = 1.0) -> Invented:
        """One that arrives at the counter, or is found in the morning, at a time of office hours, and what becomes of it until now."""
        procedure = self.rng.choices(self.procedures, self.weights)[0]
        ground = None if procedure.code in WITHOUT_PARCEL else self.rng.choice(self.grounds)
        if ground is None or self.rng.random() < 0.25:
            received: str | None = self.rng.choices(self.units, self.crowd)[0]
        else:
            received = None
        self.people += 1
        made = Invented(
            procedure=procedure, ground=ground, received_unit=received, channel=self.rng.choices((1, 2, 3), (30, 65, 5))[0], filed_at=self.office.when(arrival),
            name=self._name(), identity_number=f"998{self.rng.randint(0, 3)}{self.rng.randint(40, 99):02}{self.people % 1_000_000:06}",
            phone=f"0000{self.people % 1_000_000:06}", form=self._form(procedure, ground), step=procedure.first, status=1,
        )  # fmt: skip
        if made.channel == 2 and self.rng.random() < EVENINGS:
            place = max(1, bisect.bisect_right(self.office.before, arrival) - 1)
            made.filed_at = self.office.days[place - 1][3] + timedelta(hours=self.rng.uniform(0.5, 5))
            arrival = self.office.before[place]
        speed = self.speed.get(ground.unit if ground else received or "", 1.0)
        self._walk(made, arrival, procedure.whole * TYPICAL * self.rng.lognormvariate(0, SPREAD) * speed * slow)
        return made

    def _walk(self, made: Invented, arrival: float, time: float) -> None:
        """From step to step until now, or its end; `time`: seconds of office hours that the work on it takes."""
        procedure = made.procedure
        at, counted = arrival, 0.0
        seen: dict[str, int] = {}
        while True:
            step = procedure.steps[made.step]
            made.status = step["status"]
            seen[made.step] = seen.get(made.step, 0) + 1
            choices = procedure.actions.get(made.step, ())
            if not choices:
                return
            lasts = self._lasts(made, step, time, again=seen[made.step] > 1)
            if step["clock"] == "running":
                self._apologise(made, choices, at, lasts, counted)
                counted += lasts
            at += lasts
            action = self._choose(procedure, made.step, seen, at)
            moment = self._moment(made, at)
            if at > self.end or moment > self.now or action is None:
                made.overdue = (
                    step["clock"] == "running" and counted - max(0.0, at - self.end) > procedure.whole + 8 * HOUR
                )
                return
            made.acts.append(
                Act(
                    moment,
                    action["code"],
                    action["kind"],
                    NOTES.get(action["kind"], "Ghi chú mô phỏng.") if action["note"] else None,
                )
            )
            made.step = action["to_step"]

    def _moment(self, made: Invented, at: float) -> datetime:
        moment = self.office.when(at)
        return max(moment, (made.acts[-1].at if made.acts else made.filed_at) + timedelta(seconds=1))

    def _lasts(self, made: Invented, step: Mapping[str, Any], time: float, *, again: bool) -> float:
        """Seconds of office hours in a step."""
        code = step["code"]
        if code in WAITS:
            median, spread = WAITS[code]
            return median * HOUR * self.rng.lognormvariate(0, spread)
        if step["clock"] == "none":
            median = {1: 0.3, 2: 1.6, 3: 1.0}[made.channel]
            return median * HOUR * self.rng.lognormvariate(0, 0.9)
        return time * WEIGHT.get(code, 0.2) * self.rng.lognormvariate(0, 0.3) * (0.35 if again else 1)

    def _choose(self, procedure: Procedure, here: str, seen: Mapping[str, int], at: float) -> Mapping[str, Any] | None:
        """What is done next; None where only drawing on the map leads on, and that is not invented."""
        choices = procedure.actions[here]
        weights = [self._weight(procedure, one, seen, at) for one in choices]
        if procedure.steps[here]["map"] or sum(weights) <= 0:
            return None
        return self.rng.choices(choices, weights)[0]

    def _weight(self, procedure: Procedure, action: Mapping[str, Any], seen: Mapping[str, int], at: float) -> float:
        target = procedure.steps[action["to_step"]]
        if action["kind"] in ("apologise", "propose_map") or action["map"] == "required":
            return 0
        if target["map"]:  # who draws there is still drawing
            return 3.0 if at > self.end - 5 * 8 * HOUR else 0
        if action["to_step"] in seen and (target["clock"] == "paused" or seen[action["to_step"]] > 2):
            return 0
        if action["to_step"] in seen and action["code"] in ONCE:
            return 0
        if action["code"] == "propose" and "posting" in procedure.steps and "posting" not in seen:
            return 0
        return CHANCES.get(action["code"], CHANCES.get(action["kind"], 1.0))

    def _apologise(
        self, made: Invented, choices: Sequence[Mapping[str, Any]], at: float, lasts: float, counted: float
    ) -> None:
        """Half of those that will be late say so half a day before, and promise another day."""
        action = next((one for one in choices if one["kind"] == "apologise"), None)
        before = at + made.procedure.whole - counted - 4 * HOUR
        if (
            action is None
            or made.procedure.days < 2
            or not at < before < min(at + lasts, self.end)
            or self.rng.random() < 0.5
        ):
            return
        promised = self.office.when(before + self.rng.uniform(2, 6) * 8 * HOUR)
        made.acts.append(Act(self._moment(made, before), action["code"], "apologise", NOTES["apologise"], promised))

    def _name(self) -> str:
        return f"{self.rng.choice(SURNAMES)} {self.rng.choice(MIDDLE)} {self.rng.choice(PLANTS + PLACES)}"

    def _form(self, procedure: Procedure, ground: Ground | None) -> dict[str, Any]:
        """Answers to the questions of the online form."""
        return {one["code"]: value for one in procedure.fields if (value := self._answer(one, ground)) is not None}

    def _answer(self, question: Mapping[str, Any], ground: Ground | None) -> Any:
        match question["type"]:
            case "parcel":
                return str(ground.parcel) if ground else None
            case "number":
                return 2 if question["code"] == "pieces" else int(round(math.exp(self.rng.gauss(21.8, 0.5)), -6))
            case "area":
                return round(ground.area_m2, 1) if ground else None
            case "date":
                return (self.now - timedelta(days=self.rng.randint(400, 900))).date().isoformat()
            case "choice":
                return self.rng.choice(question["choices"])["code"]
        return "Nội dung mô phỏng"


def _stands_in(status: int, one: Invented) -> bool:
    return one.status == status
