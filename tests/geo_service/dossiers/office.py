"""An office with every desk on a small piece of land, for tests that walk dossiers through the routes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
from fastapi import FastAPI
from fastapi.testclient import TestClient

from geo_service.accounts.service import add_account
from geo_service.app import create_app
from geo_service.settings import Settings
from layers.crs import polygon_from_rings
from layers.db import connect
from layers.fabric.load import FaceBatch, load_faces
from tests.geo_service.site import OURS, PASSWORD
from tests.layers.fabric.fabrics import at, ring

DESKS = {
    "tiepnhan": ["reception"],
    "diachinh": ["land_officer"],
    "diachinh2": ["land_officer"],
    "duyet": ["approver"],
    "duyet2": ["approver"],
    "dangky": ["registrar"],
    "lanhdao": ["leader"],
    "quantri": ["administrator"],
    "congdan": ["citizen"],
    "nguoila": ["citizen"],
}
HERE, ELSEWHERE = "00004", "00008"
SPLIT = "1.012784"


def street(houses: int = 10) -> FaceBatch:
    """Residential parcels of 12 x 20 m (240 m2) on both sides of a road 6 m wide: ids 1 to `houses` north of it, as many south, then the road."""
    north = [ring((12 * k, 6), (12 * k + 12, 6), (12 * k + 12, 26), (12 * k, 26)) for k in range(houses)]
    south = [ring((12 * k, -20), (12 * k + 12, -20), (12 * k + 12, 0), (12 * k, 0)) for k in range(houses)]
    ends = range(houses + 1)
    road = ring(*((12 * k, 0) for k in ends), *((12 * k, 6) for k in reversed(ends)))
    rings = [*north, *south, road]
    frame = pd.DataFrame(
        {
            "kind": ["land"] * (2 * houses) + ["road"],
            "unit": HERE,
            "sheet": "1",
            "number": [str(k + 1) for k in range(len(rings))],
            "land_use": ["ODT"] * (2 * houses) + ["DGT"],
            "official_area_m2": [240.0] * (2 * houses) + [6 * 12.0 * houses],
            "address": None,
            "source_id": None,
        }
    )
    return FaceBatch(np.array([polygon_from_rings((one,)) for one in rings], dtype=object), frame)


def cut(parcel: int, x: float) -> dict[str, Any]:
    """Cut one of the northern parcels from the road to its back, x metres from the corner of the street."""
    (x1, y1), (x2, y2) = at(x, 5), at(x, 27)
    return {"type": "split_by_line", "parcel": parcel, "line": [{"mm": [x1, y1]}, {"mm": [x2, y2]}]}


@dataclass
class Office:
    """A street in unit 00004; everybody works there. `xa` has every desk in another unit."""

    app: FastAPI
    url: str
    visitor: TestClient
    people: dict[str, TestClient]

    def __getattr__(self, name: str) -> TestClient:
        return self.people[name]

    def as_(self, login: str) -> TestClient:
        return self.people[login]

    def ids(self, login: str) -> int:
        with connect(self.url) as conn:
            row = conn.execute("SELECT id FROM accounts.account WHERE login = %s", (login,)).fetchone()
        assert row is not None
        return int(row["id"])

    def row(self, statement: str, *values: Any) -> dict[str, Any]:
        with connect(self.url) as conn:
            found = conn.execute(statement, values).fetchone()
        assert found is not None
        return found

    def file(self, *parcels: int, login: str = "congdan", procedure: str = SPLIT) -> dict[str, Any]:
        """A dossier filed online."""
        answer = self.people[login].post(
            "/api/dossiers",
            json={
                "procedure": procedure,
                "parcels": [str(one) for one in parcels],
                "form": {},
                "applicant": {"name": "Trần Thị Thử", "identity_number": "001099000001", "phone": "0912345678"},
            },
        )
        assert answer.status_code == 201, answer.text
        return answer.json()  # type: ignore[no-any-return]

    def hand_in_papers(self, dossier: dict[str, Any]) -> None:
        """Every paper the procedure wants, as the operator would record it."""
        with connect(self.url) as conn:
            conn.execute(
                "INSERT INTO dossier.document (dossier_id, type, name, media_type, bytes, sha256)"
                " SELECT %s, p ->> 'code', 'giấy.pdf', 'application/pdf', 1, sha256(convert_to(p ->> 'code', 'UTF8'))"
                " FROM jsonb_array_elements(dossier.missing(%s)) p",
                (dossier["id"], dossier["id"]),
            )
            conn.execute("UPDATE dossier.payment SET status = 'cancelled' WHERE dossier_id = %s", (dossier["id"],))

    def act(self, login: str, dossier: dict[str, Any], action: str, status: int = 200, **body: Any) -> dict[str, Any]:
        """One step by somebody; the dossier afterwards, or the problem."""
        answer = self.people[login].post(
            f"/api/dossiers/{dossier['id']}/actions/{action}", json={"revision": dossier["revision"], **body}
        )
        assert answer.status_code == status, answer.text
        document: dict[str, Any] = answer.json()
        return document["dossier"] if status == 200 else document

    def read(self, login: str, dossier: dict[str, Any]) -> dict[str, Any]:
        answer = self.people[login].get(f"/api/dossiers/{dossier['id']}")
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]

    def draw(self, login: str, dossier: dict[str, Any], *intents: dict[str, Any]) -> tuple[str, httpx.Response]:
        """The drawing of a dossier with these intents, and its preview."""
        made = self.people[login].post(f"/api/dossiers/{dossier['id']}/draft")
        assert made.status_code == 200, made.text
        key = made.json()["id"]
        return key, self.people[login].post(f"/api/drafts/{key}/preview", json={"intents": list(intents)})

    def to_sketching(self, *parcels: int) -> dict[str, Any]:
        """A split that was filed, received and is being drawn."""
        dossier = self.file(*parcels)
        self.hand_in_papers(dossier)
        dossier = self.act("tiepnhan", dossier, "accept")
        dossier = self.act("diachinh", dossier, "begin")
        return self.act("diachinh", dossier, "to_sketch")


def rights_on(office: Office, parcel: int, name: str) -> int:
    """A household that holds a parcel, with a certificate."""
    with connect(office.url) as conn:
        party = conn.execute(
            "INSERT INTO rights.party (kind, name) VALUES ('person', %s) RETURNING id", (name,)
        ).fetchone()["id"]  # type: ignore[index]
        unit = conn.execute("INSERT INTO rights.ba_unit (kind, unit) VALUES ('land', '00004') RETURNING id").fetchone()[
            "id"
        ]  # type: ignore[index]
        paper = conn.execute(
            "INSERT INTO rights.certificate (ba_unit, generation, serial, issued_on) VALUES (%s, 'gcn2025', %s, '2025-03-01') RETURNING id",
            (unit, f"BB {parcel:08d}"),
        ).fetchone()["id"]  # type: ignore[index]
        conn.execute(
            "INSERT INTO rights.ba_unit_parcel (ba_unit, parcel_id, valid) VALUES (%s, %s, '[2025-03-01,)')",
            (unit, parcel),
        )
        conn.execute(
            "INSERT INTO rights.rrr (ba_unit, class, type, party_id, certificate_id, source, valid)"
            " SELECT %s, class, code, %s, %s, 'GCN', '[2025-03-01,)' FROM rights.rrr_type WHERE exclusive LIMIT 1",
            (unit, party, paper),
        )
    return int(unit)


@contextmanager
def an_office(url: str, folder: Path) -> Iterator[Office]:
    with connect(url) as conn:
        load_faces(conn, street(), reason="một")
        for login, roles in DESKS.items():
            units = None if roles == ["citizen"] else [HERE]
            add_account(conn, login, PASSWORD, name=f"Người {login}", roles=roles, units=units, demo=True)
        add_account(
            conn,
            "xa",
            PASSWORD,
            name="Người xa",
            roles=["approver", "land_officer", "reception"],
            units=[ELSEWHERE],
            demo=True,
        )
    app = create_app(Settings(database_url=url, data_dir=folder, rates="off"))
    with ExitStack() as stack:
        visitor = stack.enter_context(TestClient(app, headers=OURS, raise_server_exceptions=False))
        people = {}
        for login in (*DESKS, "xa"):
            people[login] = TestClient(app, headers=OURS, raise_server_exceptions=False)
            people[login].portal = visitor.portal  # one event loop and one lifespan for all
            answer = people[login].post("/api/session", json={"login": login, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
        yield Office(app, url, visitor, people)
