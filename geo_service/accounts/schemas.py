"""What goes over the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from layers.fabric.intents import NO_NUL

Text = Annotated[str, Field(max_length=500, pattern=NO_NUL)]
Password = Annotated[str, Field(min_length=1, max_length=256, json_schema_extra={"format": "password"})]
Code = Annotated[str, Field(min_length=6, max_length=60, pattern=NO_NUL, examples=["123456"])]
UnitCode = Annotated[str, Field(min_length=1, max_length=12, pattern=r"^[0-9A-Za-z_-]+$")]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Credentials(_In):
    """The limits only keep nonsense out; the rules for a new password are in `passwords`. `code`: six digits, or a recovery code."""

    login: Annotated[str, Field(min_length=1, max_length=64, examples=["officer"])]
    password: Password
    code: Code | None = None


class HeldRole(BaseModel):
    """A role of the person who is signed in; `unit` null is the whole city; on the day `until` it is over, null has no end."""

    role: str
    name_vi: str
    name_en: str
    unit: str | None
    unit_name: str | None
    until: date | None
    deputy_for: str | None


class User(BaseModel):
    """The person who is signed in. `needs`: what stands between this session and its capabilities."""

    id: int
    login: str
    name: str
    level: Literal[1, 2]
    needs: Literal["enrol-totp", "stronger-sign-in"] | None
    has_totp: bool
    demo: bool
    person: bool
    capabilities: dict[str, list[str]]
    roles: list[HeldRole]


class Provider(BaseModel):
    name: str


class SignInWays(BaseModel):
    """`oidc` is null where no identity provider is configured."""

    oidc: Provider | None


class Session(BaseModel):
    """`user` is null for a visitor who is not signed in."""

    user: User | None
    sign_in: SignInWays


class TotpSecret(BaseModel):
    """Shown once. `qr_svg` is a picture of `uri`."""

    secret: str
    uri: str
    qr_svg: str


class CodeIn(_In):
    code: Code


class RecoveryCodes(BaseModel):
    recovery_codes: list[str]


class PasswordChange(_In):
    old: Password
    new: Password


class OwnSession(BaseModel):
    id: int
    created_at: datetime
    last_seen_at: datetime
    user_agent: str
    method: Literal["password", "oidc"]
    current: bool


class OwnSessions(BaseModel):
    items: list[OwnSession]


class TokenIn(_In):
    name: Annotated[str, Field(min_length=1, max_length=100, pattern=NO_NUL)]
    scopes: Annotated[list[Annotated[str, Field(max_length=20, pattern=NO_NUL)]], Field(min_length=1, max_length=10)]
    days: Annotated[int, Field(ge=1, le=366)]


class Token(BaseModel):
    id: int
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


class NewToken(Token):
    """`token` is shown this once."""

    token: str


class Tokens(BaseModel):
    items: list[Token]


class Role(BaseModel):
    code: str
    name_vi: str
    name_en: str
    capabilities: list[str]


class Roles(BaseModel):
    items: list[Role]


class Assignment(BaseModel):
    """A role in a unit (null: the whole city) from a day until another, on which it is over (null: open); `ended_at`: when somebody ended it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    role: str
    unit: str | None
    unit_name: str | None
    from_: Annotated[date, Field(validation_alias=AliasChoices("from", "valid_from"), serialization_alias="from")]
    until: Annotated[date | None, Field(validation_alias=AliasChoices("until", "valid_until"))]
    deputy_for: str | None
    note: str
    given_by: str | None
    given_at: datetime
    ended_at: datetime | None


class AssignmentIn(_In):
    role: Annotated[str, Field(max_length=40, pattern=NO_NUL)]
    unit: UnitCode | None
    from_: Annotated[date | None, Field(alias="from")] = None
    until: date | None = None
    deputy_for: Annotated[str | None, Field(max_length=64, pattern=NO_NUL)] = None
    note: Text = ""


class Person(BaseModel):
    """An account as administrators see it."""

    id: int
    login: str
    name: str
    demo: bool
    disabled: bool
    has_totp: bool
    created_at: datetime
    last_seen_at: datetime | None
    assignments: list[Assignment]


class People(BaseModel):
    """Ask again with `after` = `next`."""

    items: list[Person]
    next: int | None


class PersonIn(_In):
    login: Annotated[str, Field(min_length=1, max_length=64, pattern=NO_NUL)]
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]
    password: Password


class PersonChange(_In):
    name: Annotated[str | None, Field(max_length=200, pattern=NO_NUL)] = None
    disabled: bool | None = None


class PasswordIn(_In):
    password: Password


class UnitIn(_In):
    code: UnitCode
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]
    name_en: Annotated[str, Field(max_length=200, pattern=NO_NUL)] = ""
    type: Annotated[str, Field(max_length=40, pattern=NO_NUL)] = ""


class UnitEnd(_In):
    """From `ended_on` on the unit is part of `successor`; its assignments are carried over."""

    ended_on: date
    successor: UnitCode


class UnitOut(BaseModel):
    code: str
    name: str
    name_en: str
    type: str
    ended_on: date | None
    successor: str | None
