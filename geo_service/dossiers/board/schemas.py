"""What the board looks like over the wire. Shares are from 0 to 1, lengths in working days of office hours with the clock running."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from geo_service.dossiers.schemas import Brief, Named, Unit
from geo_service.parcels.schemas import Answer

By = Literal["competent", "received"]
Cell = Literal[
    "filed", "received", "finished", "in_time", "late", "withdrawn", "refused", "stopped",
    "open", "waiting", "green", "amber", "red", "paused", "unanswered", "unanswered_red", "step", "at_risk",
]  # fmt: skip
Detail = Annotated[str | None, Query(max_length=40, pattern=r"^[a-z][a-z0-9_]{0,39}$")]
FIRST_DAY, LAST_DAY = date(2020, 1, 1), date(2040, 12, 31)


class Counts(BaseModel):
    """Of the period: filed to stopped, where `finished` is decided, handed out or withdrawn, `in_time` and `late` are its parts, `share` is in_time of finished
    (null: none finished). Now: waiting to paused, and how many filed online wait for a first answer longer than they should. Pace of what was decided in the
    period: `median_days`, `p90_days`."""

    filed: int = 0
    received: int = 0
    finished: int = 0
    in_time: int = 0
    late: int = 0
    share: float | None = None
    withdrawn: int = 0
    refused: int = 0
    stopped: int = 0
    waiting: int = 0
    green: int = 0
    amber: int = 0
    red: int = 0
    paused: int = 0
    unanswered: int = 0
    unanswered_red: int = 0
    median_days: float | None = None
    p90_days: float | None = None


class UnitCounts(Counts):
    unit: Unit


class ProcedureCounts(Counts):
    procedure: Named


class PausedCount(Named):
    number: int


class Band(BaseModel):
    """What a share of dossiers finished in time is called, from `share` on."""

    share: Annotated[float, Field(ge=0, le=1, strict=True)]
    name_vi: Annotated[str, Field(min_length=1, max_length=60)]
    name_en: Annotated[str, Field(min_length=1, max_length=60)]


class Bands(BaseModel):
    model_config = ConfigDict(extra="forbid")
    items: Annotated[list[Band], Field(min_length=1, max_length=12)]


class Alarm(BaseModel):
    """Office hours an online dossier may wait for its first answer."""

    amber_hours: float
    red_hours: float


class Board(BaseModel):
    """`scope`: units whose dossiers are counted, null for the whole city; a unit's dossiers are those it decides (`by` competent) or received."""

    at: datetime
    from_day: date = Field(serialization_alias="from")
    to_day: date = Field(serialization_alias="to")
    by: By
    scope: list[str] | None
    total: Counts
    paused_for: list[PausedCount]
    units: list[UnitCounts]
    procedures: list[ProcedureCounts]
    bands: list[Band]
    alarm: Alarm


class MapUnit(Counts):
    """A unit on the map; counts are zero where nothing happened."""

    code: str
    name: str
    lon: float | None
    lat: float | None
    outlined: bool


class MapUnits(BaseModel):
    items: list[MapUnit]


class Outlines(Answer):
    """GeoJSON: generalised outlines of units in lon/lat, to look at, `code` in properties."""

    type: Literal["FeatureCollection"]
    features: list[dict[str, Any]]


class StepCount(BaseModel):
    """Stays in a step that ended in the period. `days`: working days the step is meant to take; `over`: stays longer than that, `lost_days`: working days
    over it in all; `standing`, `standing_over`: dossiers there now, and those longer than meant."""

    procedure: Named
    step: Named
    role: str
    role_vi: str
    role_en: str
    clock: Literal["none", "running", "paused"]
    days: int | None
    stays: int
    median_days: float | None
    p90_days: float | None
    over: int
    lost_days: float
    standing: int
    standing_over: int


class Steps(BaseModel):
    items: list[StepCount]


class Day(BaseModel):
    day: date
    received: int
    finished: int
    late: int


class Expected(BaseModel):
    """Dossiers expected on a working day; in `interval` of all cases between low and high."""

    day: date
    expected: float
    low: float
    high: float


class Error(BaseModel):
    """What a method was wrong by when it was tried on the last weeks: dossiers a day, and as a share of what came (days on which something came)."""

    mae: float
    mape: float | None


class Load(BaseModel):
    """`method`: model (Poisson regression on weekday, trend and days off) or naive (as on the same day of the week before), whichever was less wrong when
    tried. `coverage`: share of the tried days that lay in their interval. `missing`: why there is no forecast."""

    method: Literal["model", "naive"] | None
    missing: Literal["short", "few"] | None
    interval: float
    history: list[Day]
    days: list[Expected]
    model: Error | None
    naive: Error | None
    coverage: float | None
    tested_days: int


class AtRisk(BaseModel):
    """A running dossier that is not late yet. Of `alike` earlier dossiers that were as long in the same step, `risk` is the share that then needed longer than
    this one has; `needs_days` is what the middle one still needed, `has_days` what this one has."""

    id: UUID
    risk: float
    alike: int
    needs_days: float
    has_days: float


class Measured(BaseModel):
    """How the same forecast did on what was decided in the last weeks, made at each arrival in a step from what was decided before: of `tried`, `late` were
    late in the end, `flagged` were said to be, `right` both. Brier scores: mean squared error of the risk, and of always saying the usual share."""

    tried: int
    late: int
    flagged: int
    right: int
    precision: float | None
    recall: float | None
    brier: float
    brier_usual: float


class Lateness(BaseModel):
    running: int
    judged: int
    at_risk: list[AtRisk]
    measured: Measured | None


class Forecast(BaseModel):
    at: datetime
    load: Load
    lateness: Lateness


class Listed(BaseModel):
    items: list[Brief]
    total: int


class Fact(Answer):
    """A dossier, without a name, a code or a place smaller than its unit. `worked`: seconds of office hours in steps whose clock runs, when finished."""

    dossier_id: UUID
    procedure: str
    unit: str
    received_unit: str
    channel: int
    status: int
    step: str
    clock: str
    reason: str | None
    filed_at: datetime
    received_at: datetime | None
    clock_start: datetime | None
    due_at: datetime | None
    step_since: datetime
    finished_at: datetime | None
    worked: int | None
    simulated: bool


class Facts(Answer):
    """`next`: where the next page begins."""

    items: list[Fact]
    next: UUID | None
    day_seconds: int


class Stay(Answer):
    """A stay in a step, from one move to the next; `seconds` of office hours, `days` the step is meant to take."""

    event_id: int
    dossier_id: UUID
    procedure: str
    step: str
    role: str
    clock: str
    days: int | None
    unit: str
    received_unit: str
    entered_at: datetime
    left_at: datetime
    action: str
    seconds: int


class Stays(Answer):
    items: list[Stay]
    next: int | None
    day_seconds: int
