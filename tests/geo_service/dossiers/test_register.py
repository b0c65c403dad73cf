"""A decision that is there to change the register of rights changes it in the same act, or says why it does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.geo_service.dossiers.office import HERE, Office, an_office, rights_on

TRANSFER, MORTGAGE, DISCHARGE = "1.013831", "1.011441", "1.011443"


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with an_office(database_url, tmp_path) as made:
        yield made


def proposed(office: Office, procedure: str = TRANSFER) -> dict[str, Any]:
    """About parcel 1, waiting for the registrar."""
    dossier = office.file(1, procedure=procedure)
    office.hand_in_papers(dossier)
    for login, action in (("tiepnhan", "accept"), ("diachinh", "begin"), ("diachinh", "propose")):
        dossier = office.act(login, dossier, action)
    return dossier


def sold(unit: int | None, **more: Any) -> dict[str, Any]:
    """The whole parcel to somebody new."""
    buyer = {"name": "Trần Thị Mua", "identity_number": "001185000007", "birth_year": 1985}
    rights = [{"type": "land_use", "share": "1", "party": buyer}]
    return {
        "unit": HERE,
        "ba_unit": unit,
        "source": "Hợp đồng số 12",
        "valid_from": "2026-11-02",
        "rights": rights,
    } | more


def holders(office: Office, parcel: int = 1) -> list[str]:
    answer = office.dangky.get(f"/api/parcels/{parcel}/rights")
    assert answer.status_code == 200, answer.text
    return sorted(right["party"]["name"] for unit in answer.json()["ba_units"] for right in unit["rights"])


def slug(problem: dict[str, Any]) -> str:
    return str(problem["type"]).rsplit(":", 1)[-1]


def test_a_transfer_is_decided_by_registering_who_holds_the_land_now(office: Office) -> None:
    unit = rights_on(office, 1, "Nguyễn Văn Bán")
    dossier = proposed(office)
    done = office.act("dangky", dossier, "approve", registration=sold(unit))
    assert done["status"]["code"] == 9 and holders(office) == ["Trần Thị Mua"]
    past = office.row(
        "SELECT upper(r.valid) AS until FROM rights.rrr r JOIN rights.party p ON p.id = r.party_id"
        " WHERE p.name = 'Nguyễn Văn Bán' AND upper_inf(r.recorded)"
    )
    assert past["until"].isoformat() == "2026-11-02"


def test_a_transfer_without_a_new_holder_is_refused_and_stays_where_it_was(office: Office) -> None:
    rights_on(office, 1, "Nguyễn Văn Bán")
    dossier = proposed(office)
    refused = office.act("dangky", dossier, "approve", 422)
    assert slug(refused) == "registration-needed" and "sổ đăng ký" in refused["detail_vi"]
    assert slug(office.act("dangky", dossier, "approve", 422, register_stays=True)) == "note-needed"
    assert slug(office.act("dangky", dossier, "approve", 422, register_stays=True, note="  ")) == "note-needed"
    assert office.read("dangky", dossier)["revision"] == dossier["revision"] and holders(office) == ["Nguyễn Văn Bán"]


def test_a_registration_about_other_land_is_refused_and_nothing_of_it_remains(office: Office) -> None:
    rights_on(office, 1, "Nguyễn Văn Bán")
    other = rights_on(office, 2, "Lê Văn Bên")
    dossier = proposed(office)
    refused = office.act("dangky", dossier, "approve", 422, registration=sold(other))
    assert slug(refused) == "registration-elsewhere"
    assert holders(office, 2) == ["Lê Văn Bên"]
    assert office.row("SELECT count(*) AS n FROM rights.party WHERE name = 'Trần Thị Mua'") == {"n": 0}
    assert office.read("dangky", dossier)["step"]["code"] == "deciding"


def test_the_register_may_stay_with_a_reason_that_the_log_keeps(office: Office) -> None:
    rights_on(office, 1, "Nguyễn Văn Bán")
    dossier = proposed(office)
    done = office.act("dangky", dossier, "approve", register_stays=True, note="Đã đăng ký theo bản án số 5")
    assert done["status"]["code"] == 9 and holders(office) == ["Nguyễn Văn Bán"]
    event = next(one for one in done["events"] if one["action"] and one["action"]["code"] == "approve")
    assert event["detail"]["register_stays"] is True and event["note"] == "Đã đăng ký theo bản án số 5"


def test_a_mortgage_puts_its_block_and_its_discharge_lifts_it(office: Office) -> None:
    rights_on(office, 1, "Nguyễn Văn Vay")
    dossier = proposed(office, MORTGAGE)
    assert slug(office.act("dangky", dossier, "approve", 422)) == "registration-needed"
    block = {"kind": "mortgage", "reason": "Thế chấp tại ngân hàng", "source": "Hợp đồng số 3"}
    assert slug(office.act("dangky", dossier, "approve", 422, registration=sold(None))) == "no-such-effect"
    assert office.act("dangky", dossier, "approve", block=block)["status"]["code"] == 9
    standing = office.dangky.get("/api/parcels/1/rights").json()["blocks"]
    assert [one["kind"] for one in standing] == ["mortgage"] and standing[0]["lifted_at"] is None
    discharge = proposed(office, DISCHARGE)
    assert slug(office.act("dangky", discharge, "approve", 422)) == "registration-needed"
    lift = [standing[0]["id"], {"reason": "Đã trả hết nợ", "source": "Phiếu yêu cầu số 4"}]
    assert office.act("dangky", discharge, "approve", lift=lift)["status"]["code"] == 9
    assert office.dangky.get("/api/parcels/1/rights").json()["blocks"][0]["lifted_at"] is not None
