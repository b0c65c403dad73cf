"""The whole application on a small piece of land, with people who sign in, for tests that talk to its routes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.testclient import TestClient

from geo_service.accounts.service import add_account
from geo_service.app import create_app
from geo_service.settings import Settings
from layers.db import connect
from layers.fabric.load import load_faces
from tests.layers.fabric.fabrics import at, grid_batch

PASSWORD = "một mật khẩu đủ dài để thử"
EDITORS = ("land_officer", "approver")
OURS = {"X-Requested-With": "geo-service"}
MEMBERS = {"type", "title", "title_vi", "status", "detail", "detail_vi"}
CONTENT = """
    SELECT (SELECT seq FROM feed.head), (SELECT count(*) FROM fabric.parcel_version) AS versions,
           (SELECT count(*) FROM fabric.parcel) AS parcels,
           (SELECT coalesce(string_agg(t::text, ';' ORDER BY t.id), '') FROM work.draft t) AS drafts
"""


@dataclass
class Site:
    """`visitor` is nobody; `an`, `binh` are officers of every unit, `chi` only of unit 00008, `dan` is no officer."""

    app: FastAPI
    url: str
    visitor: TestClient
    an: TestClient
    binh: TestClient
    chi: TestClient
    dan: TestClient

    def content(self) -> dict[str, Any]:
        """What a refused request must leave as it was."""
        with connect(self.url) as conn:
            row = conn.execute(CONTENT).fetchone()
        assert row is not None
        return row


@contextmanager
def a_site(url: str, folder: Path) -> Iterator[Site]:
    """Two grids of parcels of 6 x 15 m: ids 1 to 100 in unit 00004, 101 to 120 in unit 00008; two change sets."""
    with connect(url) as conn:
        load_faces(conn, grid_batch(10, 10), reason="một")
        other = grid_batch(10, 2, x0=585_100)
        other.attributes["unit"] = "00008"
        load_faces(conn, other, reason="hai")
        conn.execute("UPDATE fabric.deployment SET four_eyes = false")  # four eyes have tests of their own
        for login, units in (("an", None), ("binh", None), ("chi", ["00008"])):
            add_account(conn, login, PASSWORD, name=f"Cán bộ {login}", roles=EDITORS, units=units, demo=True)
        add_account(conn, "dan", PASSWORD, name="Dân", roles=["citizen"], demo=True)
    app = create_app(Settings(database_url=url, data_dir=folder, rates="off"))
    with ExitStack() as stack:
        visitor = stack.enter_context(TestClient(app, headers=OURS, raise_server_exceptions=False))
        people = {}
        for login in ("an", "binh", "chi", "dan"):
            people[login] = TestClient(app, headers=OURS, raise_server_exceptions=False)
            people[login].portal = visitor.portal  # one event loop and one lifespan for all
            answer = people[login].post("/api/session", json={"login": login, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
        yield Site(app, url, visitor, **people)


def problem(answer: httpx.Response, status: int, slug: str | None = None) -> dict[str, Any]:
    """The problem document of a refusal."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document.keys() >= MEMBERS
    assert document["status"] == status
    assert all(document[name] and isinstance(document[name], str) for name in MEMBERS - {"status"})
    assert document["type"].startswith("urn:geo-service:problem:")
    if slug is not None:
        assert document["type"].endswith(f":{slug}"), document
    return document


def mm(x: float, y: float) -> dict[str, Any]:
    return {"mm": at(x, y)}


def cut(parcel: int, y: float = 7) -> dict[str, Any]:
    """Split a parcel of the first grid from left to right, `y` metres above its lower side."""
    x0, y0 = 6 * ((parcel - 1) % 10), 15 * ((parcel - 1) // 10)
    return {"type": "split_by_line", "parcel": parcel, "line": [mm(x0 - 1, y0 + y), mm(x0 + 7, y0 + y)]}


def draft(client: TestClient, *intents: dict[str, Any]) -> str:
    answer = client.post("/api/drafts", json={"intents": list(intents)})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def commit(client: TestClient, *intents: dict[str, Any]) -> dict[str, Any]:
    """Draft and commit; the answer."""
    answer = client.post(f"/api/drafts/{draft(client, *intents)}/commit", json={"reason": "thử"})
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()
    return done
