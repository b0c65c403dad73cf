"""What the catalogue looks like over the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from geo_service.dossiers.catalogue.model import PROCEDURE_CODE, Definition, Document, Fee, Level, Limit
from layers.fabric.intents import NO_NUL

ProcedureCode = Annotated[str, Path(pattern=PROCEDURE_CODE, description="Code of the national catalogue, as 1.012784")]
Unit = Annotated[
    str, Path(max_length=12, pattern=r"^(\*|[0-9A-Za-z_-]{1,12})$", description="Code of a commune, or * for the city")
]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


# ---- answers -------------------------------------------------------------------------------------------------------


class Summary(BaseModel):
    """A procedure in a list, as it is in force today."""

    code: str
    name_vi: str
    name_en: str
    kind: Literal["request", "internal"]
    level: Level
    limit: Limit
    change_type: str | None
    version: int
    valid_from: date


class Procedures(BaseModel):
    """`next`: the last code, where there may be more."""

    items: list[Summary]
    next: str | None


class Terms(BaseModel):
    """Under what a dossier is opened: the version's, with a unit's variation put in."""

    limit: Limit
    documents: list[Document]
    fees: list[Fee]
    blocks: list[str]
    level: Level
    change_type: str | None


class Procedure(BaseModel):
    """A version of a procedure. `valid_until`: the day from which it no longer holds. `terms`: for the unit that was asked about."""

    version: int
    valid_from: date
    valid_until: date | None
    definition: Definition
    terms: Terms | None = None
    varied: bool = False


class Version(BaseModel):
    """A published version, in force or not."""

    version: int
    valid_from: date
    valid_until: date | None
    published_at: datetime
    source: str


class Versions(BaseModel):
    items: list[Version]


class DraftMark(BaseModel):
    """That there is a draft, and whose."""

    edited_at: datetime
    edited_by: str | None


class Entry(BaseModel):
    """A procedure as its keeper sees it. `version` null: nothing is in force today; `next_from`: the day on which another version begins; `varied`:
    how many units do otherwise; `running`: dossiers that are open under any version."""

    code: str
    name_vi: str
    name_en: str
    kind: Literal["request", "internal"]
    level: Level
    limit: Limit
    version: int | None
    valid_from: date | None
    valid_until: date | None
    next_from: date | None
    draft: DraftMark | None
    varied: int
    running: int


class Catalogue(BaseModel):
    items: list[Entry]


class PastVersion(Version):
    """A version with who published it and how many dossiers run under it."""

    published_by: str | None
    running: int


class History(BaseModel):
    items: list[PastVersion]


class Draft(BaseModel):
    """`edited_at`: name it as `seen` when the draft is written again."""

    version: int
    edited_at: datetime
    edited_by: str | None
    definition: Definition


class FindingOut(BaseModel):
    """`path`: where in the definition, as steps.3.role; counted from 0."""

    code: str
    severity: Literal["error", "warning"]
    path: str
    vi: str
    en: str


class ChangeOut(BaseModel):
    """`before` null: new; `after` null: gone."""

    path: str
    before: Any
    after: Any


class Check(BaseModel):
    """What is wrong with a draft, and what it changes of the version in force (`in_force` null: there is none)."""

    publishable: bool
    findings: list[FindingOut]
    in_force: int | None
    changes: list[ChangeOut]


class Variation(BaseModel):
    unit: str
    valid_from: date
    valid_until: date | None
    changes: Changes
    legal_document: str


class Variations(BaseModel):
    items: list[Variation]


class Agency(_In):
    """The code under which a unit's counter receives; unit *: where no other is given."""

    unit: Annotated[str, Field(pattern=r"^(\*|[0-9A-Za-z_-]{1,12})$")]
    code: Annotated[str, Field(pattern=r"^[A-Z][0-9]{2}([.][0-9]{1,3}){0,4}$")]


class Agencies(_In):
    items: Annotated[list[Agency], Field(max_length=2_000)]


# ---- questions -----------------------------------------------------------------------------------------------------


class DraftIn(_In):
    """`seen`: `edited_at` of the draft one began from; null for a first draft."""

    definition: Definition
    seen: datetime | None = None


class FromIn(_In):
    """The first day on which it holds (publishing) or no longer holds (ending)."""

    since: date = Field(alias="from")


class Changes(_In):
    """What a unit does otherwise. A list replaces the whole list."""

    limit: Limit | None = None
    documents: Annotated[tuple[Document, ...], Field(max_length=60)] | None = None
    fees: Annotated[tuple[Fee, ...], Field(max_length=40)] | None = None
    level: Level | None = None

    def document(self) -> dict[str, Any]:
        """Only what is said, as it lies in `dossier.variation.changes`."""
        whole = self.model_dump(mode="json", by_alias=True)
        return {name: value for name, value in whole.items() if value is not None}


class VariationIn(_In):
    """`until`: the day from which it no longer holds; null: open."""

    since: date = Field(alias="from")
    until: date | None = None
    changes: Changes
    legal_document: Annotated[str, Field(min_length=1, max_length=500, pattern=NO_NUL)]


class VariationRow(VariationIn):
    """The same with its place, for many at once."""

    procedure: Annotated[str, Field(pattern=PROCEDURE_CODE)]
    unit: Annotated[str, Field(pattern=r"^(\*|[0-9A-Za-z_-]{1,12})$")]


class VariationRows(_In):
    items: Annotated[list[VariationRow], Field(min_length=1, max_length=2_000)]


class Varied(BaseModel):
    rows: int


Variation.model_rebuild()
