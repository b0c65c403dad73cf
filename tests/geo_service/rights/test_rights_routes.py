"""Rights over HTTP: masks, reveals that the person can read, searches that log no number, registrations, blocks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from layers.db import connect
from tests.geo_service.rights.registry import SECRET_WORDS, Office, an_office
from tests.geo_service.site import cut, draft, problem

REVEAL = {"field": "identity_number", "purpose": "dossier", "note": "Đối chiếu hồ sơ tách thửa"}


@pytest.fixture(scope="module")
def office(databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    url = databases.create()
    with an_office(url, tmp_path_factory.mktemp("office")) as made:
        yield made
    databases.drop(url)


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def rights(office: Office, login: str, parcel: int | str = 1) -> Any:
    return ok(office[login].get(f"/api/parcels/{parcel}/rights"))


# --- reading -------------------------------------------------------------------------------------------------------


def test_an_officer_reads_names_and_masked_numbers_and_it_is_logged(office: Office) -> None:
    found = rights(office, "reception")
    (unit,) = found["ba_units"]
    (right,) = unit["rights"]
    assert right["kind"] == "right" and right["type"] == "land_use" and right["share"] == "1" and right["type_vi"]
    party = right["party"]
    assert (
        party["name"] == "Nguyễn Thị Ngọc Lan"
        and party["identity_number"] == "•••••••••001"
        and party["phone"] == "••••••••01"
    )
    assert party["address"] == "•••, Phường Ba Đình, Hà Nội"
    assert unit["certificates"][0]["generation"] == "gcn2014" and right["certificate"] == unit["certificates"][0]["id"]
    assert [parcel["id"] for parcel in unit["parcels"]] == [1] and unit["parcels"][0]["label"] == "1/1"
    assert found["blocks"][0]["reason"] == "Thi hành án thử" and found["blocks"][0]["from"]
    entry = office.audit()[-1]
    assert (entry["kind"], entry["actor"], entry["subject"], entry["unit"]) == (
        "rights.read",
        "reception",
        "parcel:1",
        "00004",
    )


def test_who_may_not_unmask_sees_no_number_at_all(office: Office) -> None:
    party = rights(office, "approver")["ba_units"][0]["rights"][0]["party"]
    assert party["name"] and party["identity_number"] is party["phone"] is party["address"] is None


def test_groups_come_with_their_members(office: Office) -> None:
    party = rights(office, "reception", 3)["ba_units"][0]["rights"][0]["party"]
    assert party["kind"] == "couple" and [member["share"] for member in party["members"]] == ["1/2", "1/2"]
    assert {member["party"]["identity_number"] for member in party["members"]} == {"•••••••••001", "•••••••••002"}


def test_a_holder_reads_the_own_right_and_not_the_other_half(office: Office) -> None:
    (unit,) = rights(office, "lan", 2)["ba_units"]
    assert [right["party"]["name"] for right in unit["rights"]] == ["Nguyễn Thị Ngọc Lan"]
    assert [one["serial"] for one in unit["certificates"]] == ["CX 000001"]
    (block,) = rights(office, "lan", 1)["blocks"]
    assert block["kind"] == "seizure" and block["reason"] is None and block["source"] is None
    couple = rights(office, "lan", 3)["ba_units"][0]["rights"][0]["party"]
    assert [member["party"]["name"] for member in couple["members"]] == ["Nguyễn Thị Ngọc Lan"]


@pytest.mark.parametrize("login", ["nobody", "hai", "surveyor", "admin", "analyst", "far"])
def test_land_with_and_without_rights_answers_others_the_same(office: Office, login: str) -> None:
    held = problem(office[login].get("/api/parcels/1/rights"), 403, "no-right-here")
    assert problem(office[login].get("/api/parcels/20/rights"), 403) == held
    problem(office[login].get("/api/parcels/999999/rights"), 404, "no-such-parcel")
    problem(office["visitor"].get("/api/parcels/1/rights"), 401)
    problem(office["visitor"].get("/api/purposes"), 401)


# --- people --------------------------------------------------------------------------------------------------------


def test_a_reveal_is_written_where_its_owner_reads_it(office: Office) -> None:
    lan = office.registry.parties["lan"]
    before = len(ok(office["lan"].get("/api/me/accesses"))["items"])
    assert ok(office["reception"].post(f"/api/parties/{lan}/reveal", json=REVEAL)) == {"value": "999190000001"}
    assert ok(office["reception"].post(f"/api/parties/{lan}/reveal", json=REVEAL | {"field": "address"}))[
        "value"
    ].startswith("Số 7")
    entry = office.audit()[-1]
    assert (entry["kind"], entry["subject"], entry["unit"]) == ("person.revealed", f"party:{lan}", "00004")
    items = ok(office["lan"].get("/api/me/accesses"))["items"]
    assert len(items) == before + 2
    assert items[0] | {"at": None} == {
        "at": None, "who_role": "reception", "who_role_vi": "Tiếp nhận", "who_role_en": "Reception", "unit": "00004", "unit_name": "Ba Đình",
        "what": "address", "purpose_vi": "Giải quyết hồ sơ của người này", "purpose_en": "Handling a dossier of this person",
        "note": REVEAL["note"],
    }  # fmt: skip
    assert items[1]["what"] == "identity_number"
    assert ok(office["hai"].get("/api/me/accesses")) == {"items": []}  # not somebody else's entries


def test_what_is_not_on_record_reveals_as_null(office: Office) -> None:
    truc = office.registry.parties["truc"]
    assert ok(office["registrar"].post(f"/api/parties/{truc}/reveal", json=REVEAL | {"field": "phone"})) == {
        "value": None
    }


@pytest.mark.parametrize(
    ("change", "slug"),
    [
        ({"purpose": "curiosity"}, "unknown-purpose"),
        ({"purpose": "notices"}, "unknown-purpose"),
        ({"note": "abc"}, "note-too-short"),
        ({"note": "12 34 !!"}, "note-too-short"),
        ({"note": "CCCD 999 190 000 001 của ông"}, "note-has-number"),
        ({"field": "birth_year"}, "invalid-request"),
        ({"note": "a\0bcdef"}, "invalid-request"),
    ],
)
def test_a_reveal_says_why(office: Office, change: dict[str, str], slug: str) -> None:
    before = office.audit()
    problem(
        office["reception"].post(f"/api/parties/{office.registry.parties['lan']}/reveal", json=REVEAL | change),
        422,
        slug,
    )
    assert office.audit() == before


def test_people_of_another_commune_answer_like_people_who_do_not_exist(office: Office) -> None:
    hai = office.registry.parties["hai"]
    for login in ("registrar", "reception"):
        there = problem(office[login].post(f"/api/parties/{hai}/reveal", json=REVEAL), 404, "no-such-party")
        assert problem(office[login].post("/api/parties/987654/reveal", json=REVEAL), 404) == there
    for login in ("approver", "lan", "hai", "admin"):
        assert office[login].post(f"/api/parties/{hai}/reveal", json=REVEAL).status_code == 403
    assert ok(office["far"].post(f"/api/parties/{hai}/reveal", json=REVEAL))["value"] == "999075000009"


def test_consent_is_asked_where_a_purpose_rests_on_it(office: Office) -> None:
    lan = office.registry.parties["lan"]
    path, body = f"/api/parties/{lan}/reveal", REVEAL | {"purpose": "disclosure"}
    problem(office["reception"].post(path, json=body), 403, "no-consent")
    ok(office["lan"].put("/api/me/consents/disclosure", json={"given": True}))
    ok(office["reception"].post(path, json=body))
    ok(office["lan"].put("/api/me/consents/disclosure", json={"given": False}))
    problem(office["reception"].post(path, json=body), 403, "no-consent")


def search(office: Office, login: str, number: str) -> Any:
    return office[login].post("/api/parties/search", json={"identity_number": number, "purpose": "registration"})


def test_a_search_finds_by_number_and_logs_no_number(office: Office) -> None:
    (found,) = ok(search(office, "registrar", "999 190 000 001"))["items"]
    assert found["id"] == office.registry.parties["lan"] and found["identity_number"] == "•••••••••001"
    entry = office.audit()[-1]
    assert entry["kind"] == "person.searched" and entry["detail"] == {"purpose": "registration", "found": 1}
    assert entry["subject"] == f"party:{found['id']}"
    assert ok(office["lan"].get("/api/me/accesses"))["items"][0]["what"] == "search"
    elsewhere = search(office, "registrar", "999075000009")  # somebody of the other commune
    nobody = search(office, "registrar", "999999999999")
    assert ok(elsewhere) == ok(nobody) == {"items": []}
    assert [(e["subject"], e["detail"]["found"]) for e in office.audit()[-2:]] == [("party:unknown", 0)] * 2
    assert len(ok(search(office, "inspector", "999075000009"))["items"]) == 1
    with connect(office.registry.url) as conn:
        log = str(conn.execute("SELECT json_agg(e) AS all FROM audit.entry e").fetchone())
    assert not any(word in log for word in SECRET_WORDS) and "999999999999" not in log


@pytest.mark.parametrize("number", ["1", "12345678901", "99919000000x", "0" * 13, "' OR 1=1 --"])
def test_wrong_numbers_are_refused_and_not_repeated(office: Office, number: str) -> None:
    answer = search(office, "registrar", number)
    problem(answer, 422, "bad-identity-number")
    assert len(number) < 3 or number not in answer.text


def test_purposes(office: Office) -> None:
    codes = [item["code"] for item in ok(office["nobody"].get("/api/purposes"))["items"]]
    assert "dossier" in codes and "disclosure" in codes and "notices" not in codes


# --- registering ---------------------------------------------------------------------------------------------------

BUYER = {"kind": "person", "name": "Bùi Thị Sim Tím", "identity_number": "999192000077", "phone": "0000000077"}


def registration(**more: Any) -> dict[str, Any]:
    facts = {
        "unit": "00004",
        "parcels": ["10"],
        "source": "Hồ sơ H26",
        "valid_from": "2025-02-01",
        "rights": [{"share": "1", "party": BUYER}],
    }
    return facts | more


def test_a_first_registration_and_a_sale(office: Office) -> None:
    certificate = {"serial": "AA 00000010", "issued_on": "2025-02-01", "issuer": "VPĐK"}
    made = ok(office["registrar"].post("/api/rights/registrations", json=registration(certificate=certificate)), 201)
    assert (
        made["rights"][0]["party"]["identity_number"] == "•••••••••077"
        and made["certificates"][0]["generation"] == "gcn2025"
    )
    entry = office.audit()[-1]
    assert (entry["kind"], entry["subject"]) == ("rights.registered", f"ba_unit:{made['id']}")
    hai = {"identity_number": "999075000009", "name": "Phạm Hải Đường"}  # known in the other commune, found by number
    sold = registration(
        ba_unit=made["id"], parcels=None, valid_from="2026-01-05",
        rights=[{"share": "1/3", "party": {"id": made["rights"][0]["party"]["id"]}}, {"share": "2/3", "party": hai}],
    )  # fmt: skip
    after = ok(office["registrar"].post("/api/rights/registrations", json=sold), 201)
    assert {right["share"] for right in after["rights"]} == {"1/3", "2/3"}
    assert office.registry.parties["hai"] in {right["party"]["id"] for right in after["rights"]}
    assert ok(office["hai"].get("/api/parcels/10/rights"))["ba_units"][0]["rights"][0]["share"] == "2/3"


@pytest.mark.parametrize(
    ("change", "status", "slug"),
    [
        ({"unit": "00008"}, 403, "not-your-unit"),
        ({"parcels": ["26"]}, 422, "other-unit"),
        ({"parcels": ["888888"]}, 404, "no-such-parcel"),
        ({"parcels": []}, 422, "nothing-to-register"),
        ({"parcels": ["1"]}, 422, "land-has-rights"),
        ({"ba_unit": 4444}, 404, "no-such-ba-unit"),
        ({"rights": [{"share": "1/2", "party": BUYER}]}, 422, "shares"),
        ({"rights": [{"share": "0.5", "party": BUYER}]}, 422, "bad-share"),
        ({"rights": [{"share": "1", "party": BUYER | {"identity_number": "12"}}]}, 422, "bad-identity-number"),
        ({"rights": [{"share": "1", "party": {"id": 987654}}]}, 404, "no-such-party"),
        ({"rights": [{"share": "1", "party": BUYER | {"phone": "99"}}]}, 422, "bad-phone"),
        ({"rights": [{"share": "1", "party": {"name": "<b>"}}]}, 422, "bad-name"),
        ({"rights": [{"share": "1", "type": "kingship", "party": BUYER}]}, 422, "bad-right"),
        ({"rights": [{"share": "1", "party": None}]}, 422, "bad-right"),
        ({"certificate": {"serial": "AA 00000010", "issued_on": "2011-01-01"}}, 422, "serial-and-date"),
        ({"certificate": {"serial": "BX 123456", "issued_on": "2015-03-01"}}, 422, "serial-taken"),
        ({"valid_from": "soon"}, 422, "invalid-request"),
        ({"surprise": 1}, 422, "invalid-request"),
    ],
)
def test_bad_registrations(office: Office, change: dict[str, Any], status: int, slug: str) -> None:
    wish = registration(**({"parcels": ["11"]} | change))
    answer = office["registrar"].post("/api/rights/registrations", json=wish)
    problem(answer, status, slug)
    if slug == "no-such-party":  # somebody of the other commune is no better known
        hai = office.registry.parties["hai"]
        wish["rights"][0]["party"]["id"] = hai
        assert office["reception"].post("/api/rights/registrations", json=wish).status_code == 403
    with connect(office.registry.url) as conn:
        row = conn.execute("SELECT count(*) AS n FROM rights.ba_unit_parcel WHERE parcel_id = 11").fetchone()
    assert row == {"n": 0}


# --- blocks --------------------------------------------------------------------------------------------------------


def test_a_block_is_put_stops_the_edit_and_is_lifted(office: Office) -> None:
    body = {"kind": "injunction", "reason": "Theo quyết định của tòa", "source": "QĐ 1/TA"}
    block = ok(office["registrar"].post("/api/parcels/13/blocks", json=body), 201)
    assert rights(office, "approver", 13)["blocks"][0]["id"] == block["id"]
    lift = {"reason": "Tòa đã bỏ", "source": "QĐ 2/TA"}
    problem(office["far"].post(f"/api/blocks/{block['id']}/lift", json=lift), 404, "no-such-block")
    problem(office["far"].post("/api/blocks/99999/lift", json=lift), 404, "no-such-block")
    problem(office["approver"].post(f"/api/blocks/{block['id']}/lift", json=lift), 403)
    problem(office["far"].post("/api/parcels/13/blocks", json=body), 403, "not-your-unit")
    problem(office["registrar"].post("/api/parcels/13/blocks", json=body | {"until": "2001-01-01"}), 422, "bad-dates")
    problem(office["registrar"].post("/api/parcels/13/blocks", json=body | {"reason": "  "}), 422, "no-reason")
    problem(office["registrar"].post("/api/parcels/13/blocks", json=body | {"kind": "curse"}), 422)
    lifted = ok(office["registrar"].post(f"/api/blocks/{block['id']}/lift", json=lift))
    assert lifted["lifted_at"]
    problem(office["registrar"].post(f"/api/blocks/{block['id']}/lift", json=lift), 409, "block-lifted")
    assert [e["kind"] for e in office.audit() if e["subject"] == "parcel:13" and e["kind"].startswith("block.")] == [
        "block.put",
        "block.lifted",
    ]


def test_no_public_answer_carries_a_personal_value(office: Office) -> None:
    words = (*SECRET_WORDS, "Ngọc Lan", "BX 123456", "Thi hành án thử")
    for path in (
        "/api/map", "/api/parcels/1", "/api/parcels/1/history", "/api/parcels/1/lineage", "/api/faces", "/api/search?q=Ngọc Lan",
        "/api/search?q=999190000001", "/api/changes", "/api/changes/1", "/api/units", "/openapi.json", "/api/parties", "/api/parties/1",
        "/api/parcels/1/rights", "/api/me/person", "/api/me/export", "/api/corrections",
    ):  # fmt: skip
        answer = office["visitor"].get(path)
        assert answer.status_code < 500, path
        text = answer.text + json.dumps(dict(answer.headers))
        assert not any(word in text for word in words if "search?q=" + word not in path), path


def test_every_route_documents_its_refusals(office: Office) -> None:
    paths = ok(office["visitor"].get("/openapi.json"))["paths"]
    ours = {
        path: item
        for path, item in paths.items()
        if item and next(iter(item.values()))["tags"] in (["rights"], ["personal data"])
    }
    assert len(ours) >= 14
    for path, item in ours.items():
        for operation in item.values():
            assert {"401"} < set(operation["responses"]), path
            good = next(code for code in operation["responses"] if code.startswith("2"))
            assert "$ref" in operation["responses"][good]["content"]["application/json"]["schema"], path


def test_an_approver_cannot_commit_what_a_block_stops(office: Office) -> None:
    """Parcel 1 is seized; the approver is told why, a citizen never gets as far as a draft."""
    key = draft(office["officer"], cut(1))
    ok(office["officer"].post(f"/api/drafts/{key}/submit", json={"reason": "Tách thửa"}))
    document = problem(
        office["approver"].post(f"/api/drafts/{key}/commit", json={"reason": "Tách thửa"}), 422, "blocked"
    )
    assert [(block["kind"], block["parcel"]) for block in document["blocks"]] == [
        ("seizure", 1)
    ] and "Thi hành án thử" in document["detail_vi"]
    assert office["lan"].post("/api/drafts", json={"intents": [cut(1)]}).status_code == 403
