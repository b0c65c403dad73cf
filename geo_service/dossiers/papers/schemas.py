"""What printable papers look like over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import BaseModel

from layers.fabric.intents import NO_NUL

Form = Annotated[
    Literal["01", "02", "03", "04", "05", "06", "07"], Path(description="Number of the form (TT 03/2025/TT-VPCP)")
]
Revision = Annotated[
    int | None, Query(ge=1, le=2**31 - 1, description="Of the event; the newest that calls for the form without one")
]
UnitCode = Annotated[str, Query(max_length=12, pattern=r"^([0-9A-Za-z_-]{1,12}|\*)$")]
ParcelName = Annotated[str, Query(max_length=40, pattern=NO_NUL, description="12-character code, or internal number")]


class Paper(BaseModel):
    """A paper that can be printed now. `revision`: of the event it belongs to; `document`: as which it was issued; `url`: where it is."""

    form: Literal["01", "02", "03", "04", "05", "06", "07", "extract"]
    name_vi: str
    name_en: str
    revision: int | None
    at: datetime | None
    action_vi: str | None
    action_en: str | None
    document: int | None
    parcel: int | None
    url: str


class Papers(BaseModel):
    items: list[Paper]
