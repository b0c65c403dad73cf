"""What goes over the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from geo_service.accounts.models import Account, Role


class Credentials(BaseModel):
    """The limits only keep nonsense out; the rules for a new password are in `passwords`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    login: Annotated[str, Field(min_length=1, max_length=64, examples=["officer"])]
    password: Annotated[str, Field(min_length=1, max_length=256, json_schema_extra={"format": "password"})]


class User(BaseModel):
    """The person who is signed in. `units` null: every unit."""

    login: str
    name: str
    role: Role
    units: list[str] | None


class Session(BaseModel):
    """`user` is null for a visitor who is not signed in."""

    user: User | None

    @classmethod
    def of(cls, account: Account | None) -> Session:
        """The session as its owner sees it."""
        if account is None:
            return cls(user=None)
        return cls(user=User(login=account.login, name=account.name, role=account.role, units=account.units))
