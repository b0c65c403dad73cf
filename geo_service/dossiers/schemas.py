"""What dossiers look like over the wire. Times are instants in UTC; lengths of terms are in the unit they name."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from geo_service.drafts.schemas import Written
from geo_service.parcels.schemas import Answer
from geo_service.rights.schemas import BlockIn, LiftIn, RegistrationIn
from layers.fabric.intents import NO_NUL

Note = Annotated[str, Field(min_length=1, max_length=4_000, pattern=NO_NUL)]
Code = Annotated[str, Field(min_length=2, max_length=40, pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{1,39}$")]
ParcelName = Annotated[str, Field(max_length=40, pattern=NO_NUL, description="12-character code, or internal number")]
UnitCode = Annotated[str, Field(max_length=12, pattern=r"^[0-9A-Za-z_-]{1,12}$")]
ActionCode = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
DossierCode = Annotated[str, Query(min_length=8, max_length=60, pattern=NO_NUL)]
Token = Annotated[str | None, Query(max_length=40, pattern=NO_NUL)]
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
FieldValue = (
    Annotated[str, Field(max_length=4_000, pattern=NO_NUL)]
    | Annotated[int, Field(ge=-(2**53), le=2**53)]
    | float
    | bool
    | None
)
Tab = Literal["todo", "mine", "unit", "waiting", "done"]
Tone = Literal["green", "amber", "red"]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


# ---- requests ------------------------------------------------------------------------------------------------------


class ApplicantIn(_In):
    """Who applies, as the counter writes it down. Numbers are checked, sealed and never shown whole again."""

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]
    identity_number: Annotated[str, Field(max_length=30, pattern=NO_NUL)] | None = None
    phone: Annotated[str, Field(max_length=30, pattern=NO_NUL)] | None = None
    address: Annotated[str, Field(max_length=300, pattern=NO_NUL)] | None = None


class DossierIn(_In):
    """A new dossier. A citizen files online for oneself; the counter names the applicant and where it was received.

    `id`: a key of the client's making; asked again with the same key, the dossier of the first time is answered.
    """

    id: UUID | None = None
    procedure: Code
    parcels: Annotated[list[ParcelName], Field(max_length=50)] = []
    form: Annotated[dict[FieldName, FieldValue], Field(max_length=60)] = {}
    received_unit: UnitCode | None = None
    channel: Literal[1, 2, 3] = 2
    applicant: ApplicantIn | None = None


class ActIn(_In):
    """One step. `revision`: of the dossier that was looked at. `digest`: of the preview that was looked at, where the map changes.

    A step that is there to change the register of rights brings `registration`, `block` or `lift`, or says with `register_stays` and a note why it does not.
    """

    revision: Annotated[int, Field(ge=1, le=2**31 - 1)]
    note: Note | None = None
    promised_at: datetime | None = None
    digest: Annotated[str, Field(max_length=100, pattern=r"^\d{1,16}:[0-9a-f]{32}$")] | None = None
    registration: RegistrationIn | None = None
    block: BlockIn | None = None
    lift: tuple[Annotated[int, Field(ge=0, le=2**53)], LiftIn] | None = None
    register_stays: bool = False


class AssignIn(_In):
    """`account` null lays the dossier back to everybody with the desk."""

    account: Annotated[int, Field(ge=0, le=2**53)] | None
    revision: Annotated[int, Field(ge=1, le=2**31 - 1)]
    note: Note | None = None


class RemarkIn(_In):
    """`segment`: a side of the parcel as x1, y1, x2, y2 in whole mm (VN-2000)."""

    text: Annotated[str, Field(min_length=1, max_length=2_000, pattern=NO_NUL)]
    parcel: Annotated[int, Field(ge=0, le=2**53)] | None = None
    segment: tuple[int, int, int, int] | None = None


class RevealIn(_In):
    field: Literal["identity_number", "phone", "address"]
    purpose: Annotated[str, Field(max_length=60, pattern=NO_NUL)]
    note: Annotated[str, Field(min_length=1, max_length=500, pattern=NO_NUL)]


# ---- answers -------------------------------------------------------------------------------------------------------


class Named(BaseModel):
    code: str
    name_vi: str
    name_en: str


class Unit(BaseModel):
    code: str
    name: str


class Status(BaseModel):
    code: int
    name_vi: str
    name_en: str


class Step(BaseModel):
    """Where a dossier stands; `role`: who has it; `reason`: why its clock stands still."""

    code: str
    name_vi: str
    name_en: str
    role: str
    role_vi: str
    role_en: str
    place: Literal["reception", "competent"]
    clock: Literal["none", "running", "paused"]
    reason: Named | None
    map: bool


class Person(BaseModel):
    id: int
    name: str


class Brief(BaseModel):
    """A dossier in a list. `waited_minutes`: office minutes since it was filed, while nobody has answered."""

    id: UUID
    code: str
    procedure: Named
    status: Status
    step: Step
    received_unit: Unit
    competent_unit: Unit
    channel: int
    assignee: Person | None
    filed_at: datetime
    received_at: datetime | None
    due_at: datetime | None
    tone: Tone | None
    step_since: datetime
    finished_at: datetime | None
    revision: int
    simulated: bool
    waited_minutes: int | None


class Page(BaseModel):
    items: list[Brief]
    total: int


class Applicant(BaseModel):
    """Numbers are masked except for the applicant."""

    name: str | None
    identity_number: str | None
    phone: str | None
    address: str | None
    mine: bool


class DossierParcel(BaseModel):
    """`current`: whether the parcel is on today's map; `at_seq`: the state in which it was bound."""

    id: int
    code: str | None
    label: str
    unit: str
    land_use: str | None
    area_m2: float
    role: Literal["subject", "result"]
    at_seq: int
    current: bool


class Event(BaseModel):
    id: int
    at: datetime
    kind: str
    actor: str | None
    action: Named | None
    from_step: Named | None
    to_step: Named | None
    from_status: int | None
    to_status: int | None
    note: str | None
    detail: dict[str, Any]
    seq: int
    map_seq: int | None


class Interval(BaseModel):
    started_at: datetime
    ended_at: datetime | None
    counts: bool
    reason: Named | None


class Action(BaseModel):
    """Something the reader may do now. `map`: whether it commits the drawing."""

    code: str
    kind: str
    name_vi: str
    name_en: str
    note: bool
    documents: bool
    map: Literal["none", "optional", "required"]
    effect: Literal["none", "rights", "block", "lift"]
    to_status: int


class Remark(BaseModel):
    id: int
    text: str
    parcel: int | None
    segment: list[int] | None
    line: list[list[float]] | None
    author: str
    at: datetime
    resolved_at: datetime | None


class Payment(BaseModel):
    """`amount` in đồng."""

    id: UUID
    kind: Literal["fee", "tax"]
    code: str
    name_vi: str
    name_en: str
    amount: int
    status: Literal["due", "pending", "paid", "cancelled"]
    due_on: Any
    paid_at: datetime | None


class BoundDraft(BaseModel):
    id: UUID
    status: Literal["open", "submitted", "committed", "discarded"]
    owner: str
    mine: bool
    returned_note: str | None
    committed_seq: int | None


class Dossier(Brief):
    """Everything about a dossier that the reader may see. `token`: for the address in the QR code, to the applicant and the counter."""

    applicant: Applicant
    form: dict[str, Any]
    fields: list[dict[str, Any]]
    terms: dict[str, Any]
    parcels: list[DossierParcel]
    events: list[Event]
    clock: list[Interval]
    actions: list[Action]
    remarks: list[Remark]
    payments: list[Payment]
    draft: BoundDraft | None
    blocks: list[dict[str, Any]]
    promised_at: datetime | None
    clock_start: datetime | None
    token: str | None
    finding: dict[str, Any] | None


class Acted(BaseModel):
    """The dossier after the step and, where the map changed, what was written to the ledger."""

    dossier: Dossier
    written: Written | None
    rights: list[dict[str, Any]]


class Colleague(Person):
    open: int


class Colleagues(BaseModel):
    items: list[Colleague]


class MadeRemark(BaseModel):
    id: int


class Revealed(BaseModel):
    value: str | None


class Counts(BaseModel):
    """How many dossiers lie in each tab, for the badges."""

    todo: int
    mine: int
    unit: int
    waiting: int
    late: int
    due_soon: int


class ParcelDossiers(BaseModel):
    items: list[Brief]


class DossierMap(Answer):
    """`then`: the parcels in the state they were bound; `now`: what lies there today; GeoJSON in lon/lat, to look at."""

    then: dict[str, Any]
    now: dict[str, Any]
    at_seq: int
    seq: int


class Tracked(Answer):
    """What whoever has the code is told; parcels, papers, payments and notes only with the token of the receipt."""

    model_config = ConfigDict(extra="allow")
    id: UUID
    code: str
    status: int
    step_vi: str
    step_en: str
