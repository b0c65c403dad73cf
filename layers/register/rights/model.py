"""What a registration says, as plain values. Checked by `registering`, and again by the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

PartyKind = Literal["person", "organisation", "household", "couple", "community", "group"]
GROUP_KINDS = ("household", "couple", "community", "group")
BaUnitKind = Literal["land", "apartment"]
RrrClass = Literal["right", "restriction", "responsibility"]
BlockKind = Literal["mortgage", "seizure", "dispute", "injunction"]
PERSONAL_FIELDS = {"identity_number": "identity", "phone": "phone", "address": "address"}
"""Field as it is called outside, and the beginning of its column and of the context it is sealed in."""


def today() -> date:
    """The day in Hanoi, as `accounts.today()` in the database."""
    return datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()


class Sealer(Protocol):
    """Seals what only the person and officers with a purpose may read. The key is never in the database."""

    def seal(self, text: str, context: str) -> bytes: ...

    def open(self, sealed: bytes, context: str) -> str: ...

    def fingerprint(self, identity_number: str) -> bytes: ...


@dataclass(frozen=True)
class Member:
    """Who belongs to a group party, with which share of it."""

    party: NewParty
    share: Fraction


@dataclass(frozen=True)
class NewParty:
    """Who gets a right: a party on record (`id`), one found by identity or organisation number, or a new one."""

    kind: PartyKind = "person"
    name: str = ""
    id: int | None = None
    identity_number: str | None = None
    phone: str | None = None
    address: str | None = None
    birth_year: int | None = None
    organisation_number: str | None = None
    members: tuple[Member, ...] = ()


@dataclass(frozen=True)
class NewCertificate:
    """A certificate as it is printed; its generation follows from serial and date."""

    serial: str
    issued_on: date
    book_number: str | None = None
    issuer: str = ""


@dataclass(frozen=True)
class NewRight:
    """One right, restriction or responsibility. `party` None only for the latter two; `valid_to` is the first day it no longer holds."""

    type: str
    party: NewParty | None
    share: Fraction = Fraction(1)
    cls: RrrClass = "right"
    valid_to: date | None = None
    certificate: NewCertificate | None = None


@dataclass(frozen=True)
class Registration:
    """The whole new set of rights of an administrative unit; what is on record of it and not in `rights` ends.

    `mode` change: something happened in law on `valid_from`, what held before is kept up to that day. correction: what is on record was never so.
    """

    unit: str
    source: str
    valid_from: date
    rights: tuple[NewRight, ...]
    parcels: tuple[int, ...] | None = None
    ba_unit: int | None = None
    kind: BaUnitKind = "land"
    name: str = ""
    mode: Literal["change", "correction"] = "change"
