"""What detection runs look like over the wire. Times are instants in UTC; sides of tiles in pixels, areas in m²."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from imagery.runs.asking import MOST_LATER, TILES, Parameters

UnitCode = Annotated[str, Field(max_length=12, pattern=r"^[0-9A-Za-z_-]{1,12}$")]
ModelName = Annotated[str, Field(max_length=80, pattern=r"^[0-9A-Za-z][0-9A-Za-z_-]{0,79}$")]
State = Literal["queued", "running", "done", "refused", "failed", "cancelled"]
Method = Literal["unsupervised", "learned"]
Step = Literal["", "grid", "registration", "sample", "fit", "score", "polygons", "parcels", "leads", "record"]
DEFAULTS = Parameters()


class ParametersIn(BaseModel):
    """How the run is worked on; the result does not depend on `tile`. Regions smaller than `least_pixels` or `least_m2` are dropped."""

    model_config = ConfigDict(extra="forbid")

    tile: Annotated[int, Field(ge=TILES[0], le=TILES[1], multiple_of=4)] = DEFAULTS.tile
    least_pixels: Annotated[int, Field(ge=1, le=1_000_000)] = DEFAULTS.least_pixels
    least_m2: Annotated[float, Field(ge=0, le=1e8, allow_inf_nan=False)] = DEFAULTS.least_m2


class RunIn(BaseModel):
    """A run that is wanted: scenes by id. `later`: dates that may confirm the change; `unit`: only its parcels, by default all that both scenes show."""

    model_config = ConfigDict(extra="forbid")

    before: UUID
    after: UUID
    later: Annotated[list[UUID], Field(max_length=MOST_LATER)] = []
    unit: UnitCode | None = None
    method: Method = "unsupervised"
    model: ModelName | None = None
    parameters: ParametersIn = ParametersIn()


class RunScene(BaseModel):
    """`removed`: its files are no longer there."""

    id: UUID
    code: str
    title: str
    datetime: datetime
    removed: bool


class RunBrief(BaseModel):
    """A run in a list. `progress` 0 to 1; `message_*`: how it ended; `problem`: slug of a refusal; `findings`: those the reader may see."""

    id: UUID
    before: RunScene
    after: RunScene
    later: list[RunScene]
    unit: str | None
    method: Method
    model: str | None
    state: State
    step: Step
    progress: float
    message_vi: str
    message_en: str
    problem: str | None
    mine: bool
    may_cancel: bool
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    simulated: bool
    findings: int


class ParcelStates(BaseModel):
    """How many parcels a run says what of."""

    changed: int
    unchanged: int
    not_observed: int
    below_resolution: int


class Run(RunBrief):
    """`provenance`: one record a step, what was done and its figures. `parcels`: of the whole run, once it is done."""

    parameters: dict[str, Any]
    provenance: list[dict[str, Any]]
    parcels: ParcelStates | None


class RunPage(BaseModel):
    """`next`: the cursor of the page after this one."""

    items: list[RunBrief]
    next: str | None
