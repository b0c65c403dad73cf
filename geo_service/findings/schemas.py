"""What findings look like over the wire. Areas in m², probabilities and shares from 0 to 1, times as instants in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from geo_service.dossiers.schemas import Note
from imagery.findings.model import Persistence, State
from imagery.findings.reading import Sort
from layers.fabric.intents import NO_NUL

Code = Annotated[str | None, Query(max_length=40, pattern=r"^(\*|[0-9A-Za-z_-]{1,40})$")]
LandUse = Annotated[
    str | None, Query(max_length=10, pattern=r"^[A-Z0-9+]{1,10}$", description="A code, or the code of a group")
]
Area = Annotated[float | None, Query(ge=0, le=1e9, allow_inf_nan=False, description="m²")]
Share = Annotated[float | None, Query(ge=0, le=1, allow_inf_nan=False)]
Order = Annotated[Sort, Query(description="The highest first")]
Cursor = Annotated[str | None, Query(max_length=200, pattern=NO_NUL, description="`next` of the page before")]
Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
Moment = Literal["before", "after"]
Said = Literal["confirmed", "permitted", "false", "not_visible", "withdrawn"]
"""`permitted`: the change is real and allowed; `not_visible`: nothing could be judged on the ground; `withdrawn`: the last verdict is taken back."""
Shape = list[list[tuple[float, float]]]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class VerdictIn(_In):
    """`revision`: of the finding that was looked at. `photo`: SHA-256 of one that was sent before. `withdrawn` takes one's own last verdict back."""

    verdict: Said
    revision: Annotated[int, Field(ge=1, le=2**31 - 1)]
    note: Annotated[str, Field(max_length=4_000, pattern=NO_NUL)] = ""
    photo: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class InspectionIn(_In):
    """`reason`: what the inspection is to find out; by default what was seen from above."""

    reason: Note | None = None


class Parcel(BaseModel):
    """`current`: whether it is on today's map."""

    id: int
    code: str | None
    label: str
    area_m2: float
    current: bool


class Brief(BaseModel):
    """A finding in a list. `number`: its place in the ranking of its run; `parcel` null: outside every parcel; `bounds` in degrees."""

    id: UUID
    number: int
    run_id: UUID
    parcel: Parcel | None
    unit: str | None
    unit_name: str | None
    land_use: str | None
    transition: str
    persistence: Persistence
    area_m2: float
    probability: float
    max_probability: float
    rank_score: float
    state: State
    revision: int
    made_at: datetime
    dossier_id: UUID | None
    before_at: datetime
    after_at: datetime
    model: str
    simulated: bool
    bounds: tuple[float, float, float, float]


class Findings(BaseModel):
    """`next`: for the following page; null on the last one."""

    items: list[Brief]
    next: str | None


class Run(BaseModel):
    id: UUID
    at: datetime
    before_at: datetime
    after_at: datetime
    before_title: str
    after_title: str
    model: str
    simulated: bool


class Counts(BaseModel):
    """How many findings a filter leaves: by state, transition, unit, registered land use and run, each with its own filter left aside."""

    state: dict[str, int]
    transition: dict[str, int]
    unit: dict[str, int]
    land_use: dict[str, int]
    run: dict[str, int]
    runs: list[Run]


class Sentence(BaseModel):
    vi: str
    en: str


class Verdict(BaseModel):
    """`standing`: whether it is the one that holds; `photo`: SHA-256."""

    id: int
    verdict: Said
    note: str
    photo: str | None
    at: datetime
    account: str | None
    mine: bool
    standing: bool | None


class Observed(BaseModel):
    """What a run said of the parcel: not seen is not unchanged, and neither is too small to be judged."""

    run_id: UUID
    before_at: datetime
    after_at: datetime
    model: str
    state: Literal["changed", "unchanged", "not_observed", "below_resolution"]
    probability: float | None
    changed_m2: float | None
    observed_share: float | None


class Inspection(BaseModel):
    """The dossier that was opened about a finding, or that permitted what was found."""

    id: UUID
    code: str
    procedure_vi: str
    procedure_en: str
    status_vi: str
    status_en: str
    filed_at: datetime
    finished_at: datetime | None


class Chip(BaseModel):
    """Outlines in the square that both pictures show, as shares of its side from the upper left corner; `side_m`: metres of ground."""

    finding: Shape
    parcel: Shape
    side_m: float


class BlockSign(BaseModel):
    """That something stops changes of the parcel; `reason` where the reader may know it."""

    id: int
    kind: str
    reason: str


class Finding(Brief):
    """Everything about a finding. `may_judge`, `may_inspect`: whether the reader could now."""

    recorded_at: datetime
    before_id: UUID
    after_id: UUID
    before_title: str
    after_title: str
    sensor: str
    gsd_m: float
    geometry: dict[str, Any]
    indices: dict[str, Any]
    series: list[dict[str, Any]]
    evidence: list[Sentence]
    permitted_at: datetime | None
    permitted_by: Inspection | None
    inspection: Inspection | None
    verdicts: list[Verdict]
    observed: list[Observed]
    others: list[Brief]
    blocks: list[BlockSign]
    chip: Chip
    may_judge: bool
    may_inspect: bool


class Photo(BaseModel):
    sha256: str
    bytes: int


class ShareOf(BaseModel):
    """`hits` of `n` and the 95 % interval (Wilson); null where nothing was counted."""

    hits: int
    n: int
    value: float | None
    low: float | None
    high: float | None


class Judged(BaseModel):
    """Verdicts that stand, and the shares of those that decide: `changed`, the land had really changed; `unpermitted`, without a permission. `enough`:
    whether as many decide as the answer's `least`."""

    code: str
    confirmed: int
    permitted: int
    false: int
    not_visible: int
    changed: ShareOf
    unpermitted: ShareOf
    enough: bool
    simulated: bool


class Precision(BaseModel):
    """From verdicts of what the reader may see. Inspectors judge from the top of the list: this is the precision of the list as it was worked off."""

    least: int
    total: list[Judged]
    model: list[Judged]
    unit: list[Judged]
    transition: list[Judged]


class Opened(BaseModel):
    """The inspection that was opened."""

    dossier: UUID
    code: str
