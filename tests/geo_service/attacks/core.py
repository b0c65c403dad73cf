"""Ways to reach somebody else's data, each with a name. An attack asks and yields the answers; whoever runs it looks for what leaked."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx

from tests.geo_service.authority.ground import Ground
from tests.geo_service.authority.world import Person

Answers = Iterator[httpx.Response]
Attack = Callable[[Ground, Person], Answers]
ATTACKS: dict[str, Attack] = {}
REFUSED = frozenset({400, 401, 403, 404, 405, 409, 413, 415, 422, 429})
REVEAL = {"field": "phone", "purpose": "dossier", "note": "tôi muốn biết"}


def attack(name: str) -> Callable[[Attack], Attack]:
    """Enter an attack under its name."""

    def note(made: Attack) -> Attack:
        assert name not in ATTACKS
        ATTACKS[name] = made
        return made

    return note


def refused(*answers: httpx.Response) -> Answers:
    """The answers, all of which must be refusals."""
    for answer in answers:
        asked = f"{answer.request.method} {answer.request.url}"
        assert answer.status_code in REFUSED, f"{asked}: {answer.status_code} {answer.text[:300]}"
        yield answer
