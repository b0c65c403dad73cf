"""An office with inspectors, two scenes of its street, and a run of them, for tests of findings over HTTP."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi.testclient import TestClient
from PIL import Image

from geo_service.accounts.service import add_account
from imagery.findings import Lead, Recorded, record
from layers.db import connect
from tests.geo_service.dossiers.office import ELSEWHERE, HERE, Office, an_office
from tests.geo_service.site import OURS, PASSWORD
from tests.imagery.findings.ground import a_run, pair

INSPECTORS = {"thanhtra": [HERE], "thanhtra2": [HERE], "thanhtraxa": [ELSEWHERE], "thanhtratp": None}


class Bureau(Office):
    """`thanhtra`, `thanhtra2` inspect unit 00004, `thanhtraxa` unit 00008, `thanhtratp` the whole city."""

    def record(
        self, leads: Sequence[Lead], scenes: tuple[UUID, UUID] | None = None, model: str | None = None
    ) -> Recorded:
        with connect(self.url) as conn:
            return record(conn, a_run(conn, scenes or pair(conn), model), leads)

    def found(self, parcel: int) -> UUID:
        """The newest finding on a parcel."""
        key: UUID = self.row(
            "SELECT id FROM imagery.finding WHERE parcel_id = %s ORDER BY made_at DESC LIMIT 1", parcel
        )["id"]
        return key

    def finding(self, login: str, key: UUID) -> dict[str, Any]:
        answer = self.people[login].get(f"/api/findings/{key}")
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]

    def judge(self, login: str, key: UUID, verdict: str, status: int = 200, **body: Any) -> dict[str, Any]:
        """A verdict on what the finding is now; the finding afterwards, or the problem."""
        revision = self.row("SELECT revision FROM imagery.finding WHERE id = %s", key)["revision"]
        answer = self.people[login].post(
            f"/api/findings/{key}/verdict", json={"verdict": verdict, "revision": revision, **body}
        )
        assert answer.status_code == status, answer.text
        return answer.json()  # type: ignore[no-any-return]


@contextmanager
def a_bureau(url: str, folder: Path) -> Iterator[Bureau]:
    with an_office(url, folder) as office:
        bureau = Bureau(office.app, office.url, office.visitor, office.people)
        with connect(url) as conn:
            for login, units in INSPECTORS.items():
                add_account(conn, login, PASSWORD, name=f"Người {login}", roles=["inspector"], units=units, demo=True)
        for login in INSPECTORS:
            person = bureau.people[login] = TestClient(bureau.app, headers=OURS, raise_server_exceptions=False)
            person.portal = bureau.visitor.portal
            answer = person.post("/api/session", json={"login": login, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
        yield bureau


def photo(size: tuple[int, int] = (90, 60)) -> bytes:
    """A JPEG that says where and with what it was taken."""
    exif = Image.Exif()
    exif[0x0110] = "MAY-ANH-CUA-LAN"
    exif.get_ifd(0x8825)[2] = (21.0, 2.0, 3.0)
    out = io.BytesIO()
    Image.new("RGB", size, (90, 140, 60)).save(out, "JPEG", exif=exif)
    return out.getvalue()
