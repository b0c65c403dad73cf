"""What an account is to the rest of the service."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

EVERYWHERE = "*"


@dataclass(frozen=True)
class Account:
    """Somebody who is signed in, as the database proved it for this transaction (`accounts.enter`).

    `capabilities`: for each capability the codes of its units, or `["*"]` for the whole city; empty below level 2. `scopes`: None for a session,
    what an access token may be used for otherwise. `party_id`: the person in the land register, once proven.
    """

    id: int
    login: str
    name: str
    demo: bool
    level: int
    scopes: list[str] | None
    party_id: int | None
    session_id: int
    has_totp: bool
    capabilities: dict[str, list[str]] = field(default_factory=dict)

    def may(self, capability: str, unit: str | None = None) -> bool:
        """Whether the capability is held in `unit`; with None, anywhere."""
        units = self.capabilities.get(capability, [])
        return bool(units) if unit is None else EVERYWHERE in units or unit in units


@dataclass(frozen=True)
class Assignment:
    """A role in a unit (None: the whole city) from one day until another, on which it is over (None: open), perhaps as somebody's deputy."""

    id: int
    role: str
    unit: str | None
    unit_name: str | None
    valid_from: date
    valid_until: date | None
    deputy_for: str | None
    note: str
    given_by: str | None
    given_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class AccountRecord:
    """A row of the account list that administrators see."""

    id: int
    login: str
    name: str
    demo: bool
    disabled: bool
    has_totp: bool
    created_at: datetime
    last_seen_at: datetime | None
    assignments: list[dict[str, Any]]
