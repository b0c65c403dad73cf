"""What rights look like over the wire. Personal values are masked in every answer but that of a reveal."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from layers.fabric.intents import NO_NUL
from layers.register.rights.model import (
    BaUnitKind,
    BlockKind,
    Member,
    NewCertificate,
    NewParty,
    NewRight,
    PartyKind,
    Registration,
    RrrClass,
)
from layers.register.rights.shares import parse_share

Id = Annotated[int, Path(ge=0, le=2**53)]
ParcelCode = Annotated[str, Path(max_length=40, pattern=NO_NUL, description="12-character code, or internal number")]
ChangeKind = Literal[
    "split",
    "merge",
    "adjust",
    "transfer",
    "reclassify",
    "renumber",
    "correct",
    "resurvey",
    "readjust",
    "revert",
    "composite",
]
RevealedField = Literal["identity_number", "phone", "address"]


class ProblemOut(BaseModel):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    title_vi: str
    status: int
    detail: str
    detail_vi: str


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Documented refusals of a route."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemOut"}}}
    return {status: {"description": "Refused", "model": ProblemOut, "content": content} for status in statuses}


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


def _text(longest: int, shortest: int = 1) -> Any:
    return Field(min_length=shortest, max_length=longest, pattern=NO_NUL)


# ---- answers -------------------------------------------------------------------------------------------------------


class Purpose(BaseModel):
    code: str
    name_vi: str
    name_en: str


class Purposes(BaseModel):
    items: list[Purpose]


class PartyMember(BaseModel):
    party: Party
    share: str


class Party(BaseModel):
    """A person, organisation or group. Numbers and address are masked, and null for who may not unmask them."""

    id: int
    kind: PartyKind
    name: str
    organisation_number: str | None
    identity_number: str | None
    phone: str | None
    address: str | None
    members: list[PartyMember]


class Parties(BaseModel):
    items: list[Party]


class Certificate(BaseModel):
    """`generation` says which printed form it is."""

    id: int
    generation: str
    serial: str
    book_number: str | None
    issued_on: date
    issuer: str
    status: Literal["in_force", "withdrawn", "superseded"]


class Right(BaseModel):
    """A right, restriction or responsibility (`kind`). `party` null: nobody in particular, or somebody the caller may not see."""

    id: int
    kind: RrrClass
    type: str
    type_vi: str
    type_en: str
    share: str
    party: Party | None
    valid_from: date
    valid_to: date | None
    source: str
    certificate: int | None


class ParcelLabel(BaseModel):
    id: int
    code: str | None
    label: str


class BaUnit(BaseModel):
    """An administrative unit in the sense of LADM: what the same rights are about."""

    id: int
    kind: BaUnitKind
    name: str
    unit: str
    unit_name: str | None
    certificates: list[Certificate]
    rights: list[Right]
    parcels: list[ParcelLabel]


class Block(BaseModel):
    """What stops an edit. A holder is told that it stands, not why: `reason` and `source` are null then."""

    model_config = ConfigDict(populate_by_name=True)

    id: int
    kind: BlockKind
    reason: str | None = None
    source: str | None = None
    stops: list[str] = []
    since: date = Field(alias="from")
    until: date | None = None
    lifted_at: datetime | None = None


class ParcelRights(BaseModel):
    ba_units: list[BaUnit]
    blocks: list[Block]


class Revealed(BaseModel):
    """Null where nothing is on record."""

    value: str | None


# ---- questions -----------------------------------------------------------------------------------------------------


class BlockIn(_In):
    """`stops`: kinds of edits that are refused; empty: all. Dates: the block stands from the first up to the day before the second."""

    kind: BlockKind
    reason: Annotated[str, _text(1_000)]
    source: Annotated[str, _text(500)]
    since: date | None = Field(default=None, alias="from")
    until: date | None = None
    stops: Annotated[list[ChangeKind], Field(max_length=12)] = []


class LiftIn(_In):
    reason: Annotated[str, _text(1_000)]
    source: Annotated[str, _text(500)]


class SearchIn(_In):
    identity_number: Annotated[str, _text(40)]
    purpose: Annotated[str, _text(40)]


class RevealIn(_In):
    """`note`: why, in words of one's own; the person can read it."""

    field: RevealedField
    purpose: Annotated[str, _text(40)]
    note: Annotated[str, _text(500)]


class CertificateIn(_In):
    serial: Annotated[str, _text(40)]
    issued_on: date
    book_number: Annotated[str, _text(50)] | None = None
    issuer: Annotated[str, _text(200, 0)] = ""

    def plain(self) -> NewCertificate:
        return NewCertificate(self.serial, self.issued_on, self.book_number, self.issuer)


class SingleIn(_In):
    """Somebody on record by `id`, or by identity or organisation number, or new."""

    id: Annotated[int, Field(ge=0, le=2**53)] | None = None
    kind: PartyKind = "person"
    name: Annotated[str, _text(300, 0)] = ""
    identity_number: Annotated[str, _text(40)] | None = None
    phone: Annotated[str, _text(40)] | None = None
    address: Annotated[str, _text(300)] | None = None
    birth_year: Annotated[int, Field(ge=1850, le=2200)] | None = None
    organisation_number: Annotated[str, _text(40)] | None = None

    def plain(self) -> NewParty:
        return NewParty(
            kind=self.kind,
            name=self.name,
            id=self.id,
            identity_number=self.identity_number,
            phone=self.phone,
            address=self.address,
            birth_year=self.birth_year,
            organisation_number=self.organisation_number,
            members=tuple(self.members_plain()),
        )

    def members_plain(self) -> list[Member]:
        return []


class MemberIn(_In):
    party: SingleIn
    share: Annotated[str, _text(20)]


class PartyIn(SingleIn):
    members: Annotated[list[MemberIn], Field(max_length=100)] = []

    def members_plain(self) -> list[Member]:
        return [Member(member.party.plain(), parse_share(member.share)) for member in self.members]


class RightIn(_In):
    kind: RrrClass = "right"
    type: Annotated[str, _text(40)] = "land_use"
    share: Annotated[str, _text(20)] = "1"
    party: PartyIn | None = None
    valid_to: date | None = None
    certificate: CertificateIn | None = None


class RegistrationIn(_In):
    """The whole new set of rights of a unit of rights (`ba_unit` null: a new one). What is on record and not named here ends on `valid_from`;
    with `mode` correction it is said never to have been so. `certificate` is that of every right that names none."""

    unit: Annotated[str, _text(12)]
    ba_unit: Annotated[int, Field(ge=0, le=2**53)] | None = None
    kind: BaUnitKind = "land"
    name: Annotated[str, _text(200, 0)] = ""
    parcels: Annotated[list[Annotated[str, _text(40)]], Field(max_length=500)] | None = None
    certificate: CertificateIn | None = None
    source: Annotated[str, _text(500)]
    valid_from: date
    mode: Literal["change", "correction"] = "change"
    rights: Annotated[list[RightIn], Field(max_length=200)]

    def plain(self, parcels: list[int] | None) -> Registration:
        """Raises Malformed for a share that is none."""
        common = self.certificate
        rights = tuple(
            NewRight(
                type=right.type,
                party=right.party.plain() if right.party else None,
                share=parse_share(right.share) if right.share else Fraction(1),
                cls=right.kind,
                valid_to=right.valid_to,
                certificate=certificate.plain() if (certificate := right.certificate or common) else None,
            )
            for right in self.rights
        )
        return Registration(
            unit=self.unit,
            source=self.source,
            valid_from=self.valid_from,
            rights=rights,
            parcels=None if parcels is None else tuple(parcels),
            ba_unit=self.ba_unit,
            kind=self.kind,
            name=self.name,
            mode=self.mode,
        )
