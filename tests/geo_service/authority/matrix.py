"""Routes of the application, the table in the documentation, and what really happens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.routing import Mount

from tests.geo_service.authority.questions import QUESTIONS, Question
from tests.geo_service.authority.world import Person, Place, World

PAPER = Path(__file__).resolve().parents[3] / "docs" / "security" / "authority.md"
PLACES: tuple[Place, Place] = ("own", "other")
Key = tuple[str, str, str]  # method, path, what is asked
HEAD = ("Method", "Path", "What is asked")
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


def routes_of(app: FastAPI) -> set[tuple[str, str]]:
    """(method, path) of everything the application answers. HEAD goes with GET; a folder of files counts as one path."""
    return set(_walk(app.routes, ""))


def _walk(routes: Any, prefix: str) -> Iterator[tuple[str, str]]:
    for route in routes:
        router = getattr(route, "original_router", None)
        if router is not None:
            yield from _walk(router.routes, prefix + getattr(route.include_context, "prefix", ""))
        elif isinstance(route, Mount):
            yield "GET", f"{prefix}{route.path}/{{path}}"
        else:
            for method in route.methods - {"HEAD"}:
                yield method, prefix + route.path


def key_of(question: Question) -> Key:
    return question.method, question.path, question.about


def outcome(answer: httpx.Response, question_shows: Any) -> str:
    """yes, less, or the status of the refusal.

    Raises AssertionError for anything else: then the question was not a valid one, and the table would prove nothing.
    """
    if answer.is_success or (answer.status_code == 303 and "error" not in answer.headers["location"]):
        return "yes" if question_shows is None or question_shows(answer) else "less"
    assert answer.status_code in (401, 403, 404), (
        f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:400]}"
    )
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.status_code)


def put(world: World, person: Person, question: Question) -> str:
    """What this person gets for this question: one word, or `own / other` where the place matters."""
    found = []
    for place in PLACES if question.placed else PLACES[:1]:
        ask = question.build(world, person, place)
        found.append(
            outcome(
                world.send(person, question.method, ask.url, cookie=ask.cookie, **ask.payload, headers=ask.headers),
                ask.shows,
            )
        )
        if question.spends:  # whoever shares the account is signed out too
            for one in world.people.values():
                if one.account == person.account:
                    world.open(one)
    return found[0] if len(set(found)) == 1 else " / ".join(found)


def try_out(world: World) -> dict[Key, dict[str, str]]:
    """The table as it is."""
    return {
        key_of(question): {who: put(world, person, question) for who, person in world.people.items()}
        for question in QUESTIONS
    }


def rendered(found: dict[Key, dict[str, str]], columns: list[str]) -> str:
    """The table as Markdown, by path, then method, then as the questions are listed."""
    order = sorted(found, key=lambda key: (key[1], METHODS.index(key[0])))
    lines = [[*HEAD, *columns], ["---"] * (len(HEAD) + len(columns))]
    lines += [[key[0], f"`{key[1]}`", key[2], *(found[key][who] for who in columns)] for key in order]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CELL = re.compile(r"(yes|less|40[134])( / (yes|less|40[134]))?")


def written(text: str) -> tuple[list[str], dict[Key, dict[str, str]]]:
    """Columns and rows of the table in the documentation.

    Raises ValueError for a cell that is none, or a row that comes twice.
    """
    lines = [line for line in text.partition(BEGIN)[2].partition(END)[0].splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    columns = cells[0][len(HEAD) :]
    rows: dict[Key, dict[str, str]] = {}
    for method, path, about, *values in cells[2:]:
        key = (method, path.strip("`"), about)
        if key in rows or len(values) != len(columns) or not all(CELL.fullmatch(value) for value in values):
            raise ValueError(f"{PAPER.name}: the row of {key} is wrong, or there twice")
        rows[key] = dict(zip(columns, values, strict=True))
    return columns, rows
