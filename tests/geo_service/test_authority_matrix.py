"""The table of authority in the documentation is what the service does: every route, everybody, own unit and other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.geo_service.authority.matrix import METHODS, PAPER, Key, key_of, put, routes_of, written
from tests.geo_service.authority.questions import QUESTIONS
from tests.geo_service.authority.world import World, a_world

COLUMNS, TABLE = written(PAPER.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def world(databases, reachable_tmp) -> Iterator[World]:
    url = databases.create()
    folder = reachable_tmp / "authority"
    folder.mkdir()
    with a_world(url, folder) as made:
        yield made
    databases.drop(url)


def test_every_route_has_a_row_and_every_row_a_route(world: World) -> None:
    routes, rows = routes_of(world.app), {(method, path) for method, path, _ in TABLE}
    assert not routes - rows, f"routes without a row in {PAPER.name}: {sorted(routes - rows)}"
    assert not rows - routes, f"rows of {PAPER.name} without a route: {sorted(rows - routes)}"


def test_every_row_is_asked_and_by_everybody(world: World) -> None:
    asked = [key_of(question) for question in QUESTIONS]
    assert len(set(asked)) == len(asked)
    assert set(asked) == set(TABLE), f"asked and not written, or the other way: {sorted(set(asked) ^ set(TABLE))}"
    assert list(world.people) == COLUMNS
    assert list(TABLE) == sorted(TABLE, key=lambda key: (key[1], METHODS.index(key[0]))), (
        "the order of the rows is by path, then method"
    )


@pytest.mark.parametrize(
    "question", QUESTIONS, ids=lambda question: f"{question.method} {question.path} {question.about}".strip()
)
def test_the_table_is_what_happens(world: World, question) -> None:
    expected = TABLE[key_of(question)]
    assert {who: put(world, person, question) for who, person in world.people.items()} == expected


NOBODYS: set[Key] = {
    ("POST", "/api/accounts/{account_id}/assignments", "a role in the unit, to oneself"),
    ("PUT", "/api/drafts/{draft_id}", "a colleague's"),
    ("GET", "/api/drafts/{draft_id}", "a colleague's"),
    ("DELETE", "/api/drafts/{draft_id}", "a colleague's, submitted"),
    ("POST", "/api/drafts/{draft_id}/preview", "a colleague's"),
    ("POST", "/api/drafts/{draft_id}/submit", "a colleague's"),
    ("POST", "/api/drafts/{draft_id}/commit", "a colleague's"),
    ("POST", "/api/drafts/{draft_id}/commit", "one's own, submitted"),
    ("POST", "/api/dossiers/{dossier_id}/actions/{action}", "what only a partner says: the tax notice"),
    ("GET", "/api/track", "with a wrong word"),
    ("POST", "/api/partners/{partner}/messages", "signed with another key"),
}
"""Questions whose answer is no for everybody, and has to be."""


def test_a_refusal_means_something() -> None:
    """Each question is a yes for somebody, so that its refusals are about authority and not about a question that never works."""
    for key, cells in TABLE.items():
        assert any(value.startswith("yes") for value in cells.values()) != (key in NOBODYS), key


DOOR = "/api/partners/{partner}/messages"
OUTLINES = "/api/board/outlines"  # land itself is open
OF_DOSSIERS = ("/api/dossiers", "/api/documents", "/api/remarks", "/api/outlook")
KEPT_BY_THE_CITY = (
    "/api/procedures",
    "/api/calendar",
    "/api/agencies",
    "/api/variations",
    "/api/board",
    "/api/partners/messages",
)
OFFICERS = {"reception", "surveyor", "land officer", "approver", "registrar", "inspector", "leader"}
PRIVATELY = {"/api/outlook", "/api/dossiers"}
"""What everybody may do for oneself, whatever else one does."""


def able_of(cells: dict[str, str]) -> set[str]:
    return {who for who, cell in cells.items() if "yes" in cell}


def test_what_must_hold_whatever_the_table_says() -> None:
    """Rules of the office, read off the table: a careless edit of it does not pass."""
    for (method, path, about), cells in TABLE.items():
        able = able_of(cells)
        assert not any(cell.endswith("/ yes") for cell in cells.values()), f"{path}: more elsewhere than at home"
        if method != "GET" and path not in ("/api/session", DOOR):
            assert cells["visitor"] == "401", path
        if method != "GET" and path != DOOR and not path.startswith(("/api/session", "/api/oidc")):
            assert "read token" not in able, f"{path}: a token for reading changes something"
        if method != "GET" and path != DOOR and not path.startswith(("/api/me/", "/api/session", *OF_DOSSIERS)):
            assert not able & {"citizen", "analyst", "leader", "password only"}, path
        if "/rights" in path or path.startswith(("/api/parties", "/api/blocks", "/api/corrections")):
            assert not able & {"surveyor", "analyst", "administrator", "city administrator", "password only"}, path
            assert not any(cell == "yes" for cell in cells.values()), f"{path}: without regard to the unit"
        if path == "/api/drafts/{draft_id}/commit":
            assert able <= {"approver"}, about
        if path.startswith(("/api/accounts", "/api/units", "/api/roles")) and path != "/api/units":
            assert able <= {"administrator", "city administrator"}, path


def test_what_must_hold_of_dossiers_whatever_the_table_says() -> None:
    for (method, path, about), cells in TABLE.items():
        able = able_of(cells)
        if path.startswith(("/api/dossiers/", "/api/documents/", "/api/remarks/", "/api/desk", "/api/papers")):
            assert able <= OFFICERS | {"citizen", "read token"}, (
                f"{path}: administrators, analysts and half signed-in people have no dossiers"
            )
            assert not any(cell == "yes" for cell in cells.values()), f"{path}: without regard to the unit"
            assert not any("less" in cell.partition(" / ")[2] for cell in cells.values()) or path.startswith(
                "/api/desk"
            ), path
        if path in PRIVATELY and "for oneself" in about:
            assert able == set(COLUMNS) - {"visitor", "read token", "edit token"}, path
        if path.endswith("/actions/{action}"):
            assert len(able - {"citizen", "reception"}) <= 1 and len(able) <= 2, f"{about}: a step has one desk"
            assert "citizen" not in able or "reception" in able, f"{about}: what citizens do, the counter does for them"
        if path.startswith(KEPT_BY_THE_CITY) and method != "GET":
            assert able <= {"city administrator"}, path
        if path.startswith(("/api/board", "/api/statistics", "/api/partners")) and path not in (DOOR, OUTLINES):
            assert not able & (
                OFFICERS - {"leader"} | {"visitor", "citizen", "password only", "read token", "edit token"}
            ), path
        if path.endswith("/applicant/reveal"):
            assert able == {"reception", "land officer", "registrar", "inspector"}, path
        if path.startswith("/api/track"):
            assert len(set(cells.values())) == 1, f"{about}: it is the code and the word that count, not who asks"
