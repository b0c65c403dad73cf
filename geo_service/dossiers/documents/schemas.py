"""What papers look like over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from layers.fabric.intents import NO_NUL

DocumentId = Annotated[int, Path(ge=0, le=2**53)]
PaperType = Annotated[
    str, Query(pattern=r"^[a-z][a-z0-9_]{0,39}$", description="Code of the procedure's list, or other")
]
FileName = Annotated[str, Query(min_length=1, max_length=300, pattern=NO_NUL)]
Kind = Annotated[int, Query(ge=0, le=2, description="0 original, 1 copy, 2 electronic")]
PageNumber = Annotated[int, Query(ge=1, le=500)]
Width = Annotated[int, Query(ge=50, le=2_000, description="Pixels; rounded up to 200, 400, 800, 1200, 1600 or 2000")]


class Document(BaseModel):
    """A paper. `kind`: 0 original, 1 copy, 2 electronic; `origin`: upload, held (taken over from an earlier dossier) or issued by this service.

    `current` is false for a version that a later one has replaced. `form`: number of the form of an issued paper.
    """

    id: int
    type: str
    form: str | None
    version: int
    current: bool
    name: str
    media_type: str
    bytes: int
    pages: int | None
    sha256: str
    kind: Literal[0, 1, 2]
    origin: Literal["upload", "held", "issued"]
    added_at: datetime


class Earlier(BaseModel):
    """A paper of an earlier dossier that can be taken over."""

    document: int
    dossier: str
    added_at: datetime


class Wanted(BaseModel):
    """A paper of the procedure's list. `state`: attached; held by the register; reusable from an earlier dossier; missing."""

    code: str
    name_vi: str
    name_en: str
    form: str | None
    required: bool
    original: bool
    held_as: Literal["certificate", "identity", "extract"] | None
    files: int
    state: Literal["attached", "held", "reusable", "missing"]
    earlier: Earlier | None


class Documents(BaseModel):
    """Papers of a dossier, and what its procedure asks for. `may_attach`: whether the reader may add papers now."""

    items: list[Document]
    checklist: list[Wanted]
    may_attach: bool
    limit_bytes: int


class ReuseIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    document: Annotated[int, Field(ge=0, le=2**53)]
