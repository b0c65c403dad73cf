"""What a procedure is: steps, actions between them, papers, fields, fees and a time limit. Frozen values, as they lie in the database.

A definition may be unfinished (an empty name, an action that leads nowhere) while it is a draft; `validate.problems` says what is missing.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from layers.fabric.intents import NO_NUL
from layers.register.rights.model import BlockKind

Level = Literal["commune", "branch", "city"]
Grade = Literal["A", "B", "C", "D"]
TimeUnit = Literal["working_day", "calendar_day", "working_hour"]
Place = Literal["reception", "competent"]
Clock = Literal["none", "running", "paused"]
Reason = Literal["supplement", "tax", "payment", "posting", "survey", "expertise", "outage"]
FieldType = Literal["text", "number", "area", "date", "choice", "parcel"]
Channel = Literal["any", "counter", "online", "post"]
HeldAs = Literal["certificate", "identity", "extract"]
MapUse = Literal["none", "optional", "required"]
Effect = Literal["none", "rights", "block", "lift"]
Paper = Literal["01", "02", "03", "04", "05", "06", "07"]
ActionKind = Literal[
    "accept",
    "refuse",
    "ask_supplement",
    "supplement",
    "forward",
    "send_back",
    "propose_map",
    "approve",
    "tax_slip",
    "tax_notice",
    "ask_payment",
    "paid",
    "withdraw",
    "stop",
    "resume",
    "finish",
    "hand_out",
    "apologise",
]

PROCEDURE_CODE = r"^[0-9A-Za-z][0-9A-Za-z._-]{1,39}$"
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Name = Annotated[str, Field(max_length=300, pattern=NO_NUL)]
Words = Annotated[str, Field(max_length=1_000, pattern=NO_NUL)]
Role = Annotated[str, Field(max_length=40, pattern=NO_NUL)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Limit(_Part):
    """How long the competent authority has. `cutoff` (HH:MM): what comes later counts as come on the next working day."""

    n: Annotated[int, Field(ge=0, le=10_000)]
    unit: TimeUnit = "working_day"
    cutoff: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] | None = None


class Document(_Part):
    """A paper of the file. `held_as`: where the system holds it already, it is not asked for (NQ 66.7/2025/NQ-CP); `original`: to be seen or
    handed in as an original."""

    code: Code
    name_vi: Name
    name_en: Name
    form: Annotated[str, Field(max_length=60, pattern=NO_NUL)] | None = None
    required: bool = True
    held_as: HeldAs | None = None
    original: bool = False


class Choice(_Part):
    code: Code
    name_vi: Name
    name_en: Name


class FormField(_Part):
    """A question of the online form; `choices` for type choice."""

    code: Code
    name_vi: Name
    name_en: Name
    type: FieldType
    required: bool = False
    choices: Annotated[tuple[Choice, ...], Field(max_length=50)] = ()


class Exemption(_Part):
    """Nothing is to be paid when the form's choice `field` is one of `values`."""

    field: Code
    values: Annotated[tuple[Code, ...], Field(min_length=1, max_length=50)]
    source: Words = ""


class Fee(_Part):
    """Money to be paid: `amount` in đồng (rule fixed), or `percent` of the price of the form's field `price`. A code has a row for each channel in
    which it differs."""

    code: Code
    name_vi: Name
    name_en: Name
    kind: Literal["fee", "tax"] = "fee"
    channel: Channel = "any"
    rule: Literal["fixed", "percent_of_price"] = "fixed"
    amount: Annotated[int, Field(ge=0, le=10**12)] = 0
    percent: Annotated[float, Field(gt=0, le=100)] | None = None
    exempt: Annotated[tuple[Exemption, ...], Field(max_length=10)] = ()
    source: Words = ""
    grade: Grade = "D"


class Step(_Part):
    """Where a dossier can stand: what the national portal is told (`status`), who has it, and whether time runs. `days`: working days it is
    meant to take; `map`: whether a draft may be drawn there."""

    code: Code
    name_vi: Name
    name_en: Name
    status: Annotated[int, Field(ge=1, le=10)]
    role: Role
    place: Place = "competent"
    clock: Clock = "none"
    reason: Reason | None = None
    days: Annotated[int, Field(ge=1, le=1_000)] | None = None
    map: bool = False


class Action(_Part):
    """A move somebody can make. `note`: a reason in words is needed; `documents`: every required paper must be there; `map`: whether it
    commits the draft; `effect`: what it does to rights and blocks."""

    from_step: Annotated[str, Field(alias="from", pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    code: Code
    to: Code
    kind: ActionKind
    name_vi: Name
    name_en: Name
    role: Role
    place: Place = "competent"
    note: bool = False
    documents: bool = False
    paper: Paper | None = None
    map: MapUse = "none"
    effect: Effect = "none"


class Definition(_Part):
    """A procedure. The first step is where a dossier begins. `kind` internal: opened by officers, not asked for by anybody.

    `change_type`: what the books call the change (TT 10/2024, codes of VBDLIS); none where nothing in them changes. A code with a suffix
    after a hyphen (1.013831-TK) is one of several cases of one national procedure.
    """

    code: Annotated[str, Field(pattern=PROCEDURE_CODE)]
    name_vi: Name
    name_en: Name
    kind: Literal["request", "internal"] = "request"
    change_type: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    level: Level
    limit: Limit
    source: Words = ""
    grade: Grade = "D"
    result_vi: Name = ""
    result_en: Name = ""
    blocks: Annotated[tuple[BlockKind, ...], Field(max_length=4)] = ()
    documents: Annotated[tuple[Document, ...], Field(max_length=60)] = ()
    fields: Annotated[tuple[FormField, ...], Field(max_length=60)] = ()
    fees: Annotated[tuple[Fee, ...], Field(max_length=40)] = ()
    steps: Annotated[tuple[Step, ...], Field(max_length=60)]
    actions: Annotated[tuple[Action, ...], Field(max_length=300)]

    def document(self) -> dict[str, Any]:
        """As it lies in `dossier.procedure_version.definition`."""
        return self.model_dump(mode="json", by_alias=True)
