"""The working calendar over the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from geo_service.times import ZonedMoment
from layers.fabric.intents import NO_NUL

FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2040, 12, 31)
DayKind = Literal["holiday", "compensation", "swap_off", "swap_on"]
Grade = Literal["A", "B", "C", "D"]
DayPath = Annotated[date, Path(ge=FIRST_DAY, le=LAST_DAY)]
Id = Annotated[int, Path(ge=0, le=2**53)]
Hour = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="HH:MM in Hanoi")]


def _text(longest: int) -> Any:
    return Field(min_length=1, max_length=longest, pattern=NO_NUL)


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


# ---- answers -------------------------------------------------------------------------------------------------------


class OfficeHours(BaseModel):
    """Office hours from a day on. `cut_off` null: what is handed in before the closing hour counts as handed in that day."""

    valid_from: date
    opens: Hour
    lunch_from: Hour
    lunch_until: Hour
    closes: Hour
    cut_off: Hour | None
    source: str
    grade: Grade
    edited_at: datetime | None


class CalendarDay(BaseModel):
    """A day that is not what its day of the week says. `provisional`: proposed or expected, not ordered yet. `grade`: how sure the source is, A best."""

    day: date
    kind: DayKind
    working: bool
    name_vi: str
    name_en: str
    source: str
    grade: Grade
    provisional: bool
    edited_at: datetime | None


class Calendar(BaseModel):
    """`working_days`: how many the year has, with these days and hours."""

    year: int
    working_days: int
    hours: list[OfficeHours]
    days: list[CalendarDay]


class Moved(BaseModel):
    """Running dossiers whose due date is another one after the change."""

    total: int
    earlier: int
    later: int


class Change(BaseModel):
    """`preview`: nothing was changed, these due dates would be moved."""

    preview: bool
    moved: Moved


class Outage(BaseModel):
    """`procedures` null: all. Not announced or withdrawn: it stops no clock. `notice_days`: working days between announcement and beginning."""

    model_config = ConfigDict(populate_by_name=True)

    id: int
    from_at: datetime = Field(alias="from")
    until: datetime
    procedures: list[str] | None
    announced_at: datetime | None
    notice_days: int | None
    withdrawn_at: datetime | None
    note: str


class Outages(BaseModel):
    items: list[Outage]


class OutageChanged(Change):
    """`outage` null: it was only a preview of a new one."""

    outage: Outage | None


class Thresholds(BaseModel):
    """`amber_days`: working days left, `amber_share`: part of the time used; `answer_*`: office hours an online dossier waits for its first answer."""

    amber_days: int
    amber_share: float
    answer_amber_hours: float
    answer_red_hours: float
    edited_at: datetime | None


# ---- questions -----------------------------------------------------------------------------------------------------


class DayIn(_In):
    """`source`: what it rests on."""

    kind: DayKind
    name_vi: Annotated[str, _text(200)]
    name_en: Annotated[str, _text(200)]
    source: Annotated[str, _text(500)]
    grade: Grade
    provisional: bool = False


class HoursIn(_In):
    valid_from: Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
    opens: Hour
    lunch_from: Hour
    lunch_until: Hour
    closes: Hour
    cut_off: Hour | None = None
    source: Annotated[str, _text(500)]
    grade: Grade


class OutageIn(_In):
    """`announced` false: noted, clocks go on."""

    from_at: ZonedMoment = Field(alias="from")
    until: ZonedMoment
    procedures: Annotated[list[Annotated[str, _text(40)]], Field(min_length=1, max_length=100)] | None = None
    note: Annotated[str, _text(1_000)]
    announced: bool = True


class OutageChangeIn(_In):
    """What is null stays. An outage that was withdrawn stays withdrawn."""

    until: ZonedMoment | None = None
    announced: Literal[True] | None = None
    withdrawn: Literal[True] | None = None


class ThresholdsIn(_In):
    amber_days: Annotated[int, Field(ge=0, le=60, strict=True)]
    amber_share: Annotated[float, Field(ge=0.001, le=1, strict=True)]
    answer_amber_hours: Annotated[float, Field(ge=0.01, le=200, strict=True)]
    answer_red_hours: Annotated[float, Field(ge=0.01, le=200, strict=True)]
