"""What an account is to the rest of the service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Role = Literal["officer", "public"]


@dataclass(frozen=True)
class Account:
    """Somebody who is signed in. `units` are the units an officer works in; None means all of them."""

    id: int
    login: str
    name: str
    role: Role
    units: list[str] | None


@dataclass(frozen=True)
class AccountRecord:
    """A row of the account list that administrators see."""

    id: int
    login: str
    name: str
    role: Role
    units: list[str] | None
    demo: bool
    disabled: bool
    created_at: datetime
