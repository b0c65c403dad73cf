"""What drafts look like over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from geo_service.parcels.schemas import Answer, Cause, Polygon, Vertex
from layers.fabric.intents import NO_NUL, Intents
from layers.fabric.model import Kind

Reason = Annotated[str, Field(max_length=2_000, pattern=NO_NUL)]


class DraftIn(BaseModel):
    """A new draft, or what to change of one; members left out stay as they are."""

    model_config = ConfigDict(extra="forbid")
    reason: Reason | None = None
    intents: Intents | None = None


class PreviewIn(BaseModel):
    """`intents` replace those of the draft first; `rebase` accepts what others changed since the draft was made."""

    model_config = ConfigDict(extra="forbid")
    intents: Intents | None = None
    rebase: bool = False


class CommitIn(BaseModel):
    """`digest` of the preview the officer looked at; without `reason` that of the draft stands."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, Field(min_length=1, max_length=2_000, pattern=NO_NUL)] | None = None
    digest: Annotated[str, Field(max_length=100, pattern=r"^\d{1,16}:[0-9a-f]{32}$")] | None = None


class SubmitIn(BaseModel):
    """Why the map shall change; who decides reads it."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, Field(min_length=1, max_length=2_000, pattern=NO_NUL)]


class ReturnIn(BaseModel):
    """What the proposer is to mend."""

    model_config = ConfigDict(extra="forbid")
    note: Annotated[str, Field(min_length=1, max_length=2_000, pattern=NO_NUL)]


class Draft(BaseModel):
    """`owner` is the login of who proposes. A draft that was returned is open again and says by whom and why."""

    id: UUID
    owner: str
    base_seq: int
    seq: int
    reason: str
    status: Literal["open", "submitted", "committed", "discarded"]
    submitted_at: datetime | None
    returned_by: str | None
    returned_note: str | None
    intents: list[dict[str, Any]]
    committed_seq: int | None
    created_at: datetime
    updated_at: datetime
    dossier_id: UUID | None = None


# ---- what is answered without passing through a model: descriptions, which the tests hold the answers to ------------


class FaceProperties(Answer):
    """`id` is negative for a parcel that the draft would make."""

    id: int
    label: str | None
    kind: Kind
    role: Cause
    area_m2: float
    land_use: str | None
    rings: list[list[Vertex]]


class FaceFeature(Answer):
    type: Literal["Feature"]
    id: int
    geometry: Polygon
    properties: FaceProperties


class FaceCollection(Answer):
    type: Literal["FeatureCollection"]
    features: list[FaceFeature]


class Affected(Answer):
    id: int
    label: str | None
    kind: Kind
    role: Cause
    area_before_m2: float | None
    area_after_m2: float | None
    area_change_m2: float | None
    max_shift_mm: float
    vertices_added: int


class PreviewCertificate(Answer):
    segments_cancelled: int
    area_before_m2: float
    area_after_m2: float
    area_difference_m2: float


class SharedArea(Answer):
    parent: int
    child: int
    shared_m2: float


class RuleVerdict(Answer):
    """What a rule of the map says of a parcel (id negative for one the draft would make). `measured` and `threshold` in `unit`."""

    rule: str
    verdict: Literal["pass", "fail", "not_testable"]
    severity: Literal["refuse", "warn", "info"]
    moments: list[str]
    parcel: int
    measured: float | None
    threshold: float | None
    unit: Literal["m", "m2"]
    text_vi: str
    text_en: str
    source: str
    where: list[list[tuple[int, int]]]
    segments: dict[str, Any]


class Preview(Answer):
    """What the draft would do to state `seq`; `digest` stands for exactly this."""

    draft: UUID
    base_seq: int
    seq: int
    digest: str
    intents: list[dict[str, Any]]
    created: FaceCollection
    retired: FaceCollection
    affected: list[Affected]
    certificate: PreviewCertificate
    lineage: list[SharedArea]
    rules: list[RuleVerdict]
    rebased: bool


class ChangeSet(Answer):
    seq: int
    kind: str
    hash: str
    certificate: dict[str, Any]


class WrittenParcel(Answer):
    id: int
    code: str | None
    label: str | None
    area_m2: float
    new: bool


class Written(Answer):
    """The change set that a draft became."""

    seq: int
    change_set: ChangeSet
    parcels: list[WrittenParcel]
