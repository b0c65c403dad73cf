"""A question to a route: what is asked, and how one sees that the answer holds what it could hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from geo_service.dossiers.papers.words import HANOI
from layers.crs import FabricCrs
from tests.geo_service.authority.world import Person, Place, World

CRS = FabricCrs(5897)
TODAY = datetime.now(HANOI).date().isoformat()
Shows = Callable[[httpx.Response], bool]


@dataclass(frozen=True)
class Ask:
    """One request. `shows`: whether an answer of 200 holds what was to be seen; without it any 2xx is a yes.

    `content`: what is sent instead of JSON, of the type `media`.
    """

    url: str
    body: Any = None
    shows: Shows | None = None
    cookie: str = ""  # besides that of the session
    content: bytes | None = None
    media: str = "application/octet-stream"

    @property
    def payload(self) -> dict[str, Any]:
        """The same for httpx."""
        return {"json": self.body} if self.content is None else {"content": self.content}

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.content is None else {"Content-Type": self.media}


@dataclass(frozen=True)
class Question:
    """A route, and what is asked of it. `placed`: whether the answer may depend on the unit the object lies in.

    `spends`: the session that asks is over afterwards, or another one.
    """

    method: str
    path: str
    about: str
    build: Callable[[World, Person, Place], Ask]
    placed: bool
    spends: bool


QUESTIONS: list[Question] = []
Builder = Callable[[World, Person, Place], Ask]


def ask(
    method: str, path: str, about: str = "", *, placed: bool = True, spends: bool = False
) -> Callable[[Builder], Builder]:
    def note(build: Builder) -> Builder:
        QUESTIONS.append(Question(method, path, about, build, placed, spends))
        return build

    return note


def simply(path: str, url: str = "", shows: Shows | None = None) -> None:
    """A GET that asks for nothing of anybody."""
    ask("GET", path, placed=False)(lambda _w, _p, _place: Ask(url or path, shows=shows))


def items_have(name: str, value: Any) -> Shows:
    return lambda answer: any(item[name] == value for item in answer.json()["items"])


def own_account(world: World, person: Person) -> int:
    """The person's, or for a visitor somebody's."""
    return person.account if person.account is not None else world.account()
