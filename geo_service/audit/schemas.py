"""The audit log over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel


class Entry(BaseModel):
    """`actor` null: a visitor, or the operator at the command line."""

    id: int
    at: datetime
    actor: str | None
    actor_name: str | None
    kind: str
    subject: str
    unit: str | None
    detail: dict[str, Any]
    hash: str


class Entries(BaseModel):
    """Ask again with `before` = `next`."""

    items: list[Entry]
    next: int | None


class ChainState(BaseModel):
    entries: int
    head: str
    verified: bool
