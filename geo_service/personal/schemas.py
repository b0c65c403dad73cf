"""What the people themselves see and say of their data."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from geo_service.rights.schemas import BaUnit, Certificate, ParcelLabel, Party, Right
from layers.fabric.intents import NO_NUL

CorrectedField = Literal["name", "identity_number", "phone", "address", "other"]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class OwnRight(Right):
    """A right of one's own, with what it is about."""

    ba_unit: int
    ba_unit_kind: str
    unit: str
    unit_name: str | None
    certificates: list[Certificate]
    parcels: list[ParcelLabel]

    @classmethod
    def of(cls, unit: BaUnit) -> list[OwnRight]:
        """The rights of a unit, each on its own."""
        about = {
            "ba_unit": unit.id,
            "ba_unit_kind": unit.kind,
            "unit": unit.unit,
            "unit_name": unit.unit_name,
            "parcels": unit.parcels,
        }
        return [
            cls.model_validate(
                {
                    **dict(right),
                    **about,
                    "certificates": [one for one in unit.certificates if one.id == right.certificate],
                }
            )
            for right in unit.rights
        ]


class OwnData(BaseModel):
    """Values of `party` are in clear: it is the person who asks."""

    party: Party
    birth_year: int | None
    rights: list[OwnRight]


class LookedAt(BaseModel):
    """Somebody looked: `what` is the field that was unmasked, `search`, or another act; `who_role` the code of the officer's role."""

    at: datetime
    who_role: str | None
    who_role_vi: str | None
    who_role_en: str | None
    unit: str | None
    unit_name: str | None
    what: str
    purpose_vi: str | None
    purpose_en: str | None
    note: str | None


class Accesses(BaseModel):
    """Newest first; the last thousand."""

    items: list[LookedAt]


class Consent(BaseModel):
    """`at` null: never asked, which counts as no."""

    purpose: str
    name_vi: str
    name_en: str
    given: bool
    at: datetime | None


class Consents(BaseModel):
    items: list[Consent]


class ConsentIn(_In):
    given: bool


class CorrectionIn(_In):
    """What is wrong, and what would be right."""

    field: CorrectedField
    value: Annotated[str, Field(min_length=1, max_length=300, pattern=NO_NUL)]
    note: Annotated[str, Field(max_length=1_000, pattern=NO_NUL)] = ""


class Correction(BaseModel):
    """A request for correction. `value` is what the person says is right; `party_name` is told to the officer who decides."""

    id: int
    party: int
    party_name: str
    field: CorrectedField
    value: str
    note: str
    status: Literal["open", "accepted", "refused"]
    created_at: datetime
    decided_at: datetime | None
    decision_note: str | None


class Corrections(BaseModel):
    items: list[Correction]


class DecisionIn(_In):
    accepted: bool
    note: Annotated[str, Field(min_length=1, max_length=1_000, pattern=NO_NUL)]


class Export(BaseModel):
    """Everything on record about a person, for taking along."""

    exported_at: datetime
    person: OwnData
    accesses: list[LookedAt]
    consents: list[Consent]
    corrections: list[Correction]
