"""What partners and their messages look like over the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from geo_service.dossiers.partners.config import Code
from layers.fabric.intents import NO_NUL

Direction = Literal["out", "in"]
State = Literal["waiting", "sent", "done", "dead", "dropped"]
MessageId = Annotated[str, Path(pattern=r"^(out|in)-[1-9][0-9]{0,17}$", description="out-17, in-5")]


class Taken(BaseModel):
    """A message was taken; `new`: for the first time."""

    message: str
    new: bool


class Said(BaseModel):
    """A word of ours with its sentences; `detail`: what the partner or the database said."""

    slug: str
    text_vi: str
    text_en: str
    detail: str


class Breaker(BaseModel):
    """`open`: nothing is sent until then; `trying`: the next message shows whether the partner is back."""

    state: Literal["closed", "open", "trying"]
    until: datetime | None
    failures: int
    last_ok_at: datetime | None
    last_failed_at: datetime | None
    last_error: Said | None


class Health(BaseModel):
    """How it stands with one partner. `why`: why nothing is sent to it. `turned_away`: refused at the door today, by reason."""

    code: Code
    name_vi: str
    name_en: str
    configured: bool
    why: Said | None
    waiting: int
    oldest: datetime | None
    sent_last_hour: int
    dead: int
    breaker: Breaker
    inbox_waiting: int
    inbox_dead: int
    inbox_last: datetime | None
    turned_away: dict[str, int]


class Partners(BaseModel):
    items: list[Health]


class Message(BaseModel):
    """One message, of either direction. `message`: its identity for the partner; `dossier`: a code; `answer`: what the partner said to it."""

    id: str
    direction: Direction
    partner: Code
    message: str
    kind: str | None
    dossier: str | None
    state: State
    tries: int
    made_at: datetime
    next_at: datetime | None
    done_at: datetime | None
    error: Said | None
    body: dict[str, Any]
    answer: dict[str, Any] | None


class Messages(BaseModel):
    """`before`: for the next page; None on the last one."""

    items: list[Message]
    before: int | None


class NoteIn(BaseModel):
    """Why a message is settled by hand."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[str, Field(min_length=5, max_length=500, pattern=NO_NUL)]


class Difference(BaseModel):
    """Something one side knows and the other does not."""

    partner: Code
    direction: Direction
    message: str
    kind: str | None
    dossier: str | None
    at: datetime
    why: Said


class Compared(BaseModel):
    """One partner's log against ours. `reachable` false: it gave no log, and nothing was compared; `complete` false: it was too long for one look."""

    partner: Code
    reachable: bool
    complete: bool
    trouble: str | None
    sent: int
    they_got: int
    heard: int
    they_sent: int


class Unanswered(BaseModel):
    """A question of ours that a partner has not answered. `late`: for longer than it is expected to take, as `why` says."""

    id: str
    partner: Code
    kind: str
    message: str
    dossier: str
    sent_at: datetime
    working_days: int
    late: bool
    why: Said | None


class Reconciliation(BaseModel):
    """A day compared, and what needs a person whatever the day."""

    day: date
    partners: list[Compared]
    differences: list[Difference]
    unanswered: list[Unanswered]
    attention: list[Message]
