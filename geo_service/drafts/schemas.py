"""What drafts look like over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from layers.fabric.intents import NO_NUL, Intents

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
    """`digest` of the preview the officer looked at."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, Field(min_length=1, max_length=2_000, pattern=NO_NUL)]
    digest: Annotated[str, Field(max_length=100, pattern=r"^\d{1,16}:[0-9a-f]{32}$")] | None = None


class Draft(BaseModel):
    id: UUID
    base_seq: int
    seq: int
    reason: str
    status: Literal["open", "committed", "discarded"]
    intents: list[dict[str, Any]]
    committed_seq: int | None
    created_at: datetime
    updated_at: datetime
