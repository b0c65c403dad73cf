"""The catalogue over HTTP: everybody reads, the administrator of the whole city edits, checks and publishes without code."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from geo_service.accounts.service import add_account
from geo_service.dossiers.catalogue.schemas import Procedure
from layers.db import connect
from layers.register.rights.model import today
from tests.geo_service.dossiers.office import Office, an_office
from tests.geo_service.site import PASSWORD, problem

SPLIT = "/api/procedures/1.012784"
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def office(databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The office, with an administrator of the whole city (`chutri`) beside that of one unit (`quantri`)."""
    url = databases.create()
    with connect(url) as conn:
        add_account(conn, "chutri", PASSWORD, name="Chủ trì danh mục", roles=["administrator"], demo=True)
    with an_office(url, tmp_path_factory.mktemp("office")) as made:
        chutri = type(made.quantri)(made.app, headers=dict(made.quantri.headers), raise_server_exceptions=False)
        chutri.portal = made.visitor.portal
        assert chutri.post("/api/session", json={"login": "chutri", "password": PASSWORD}).status_code == 200
        made.people["chutri"] = chutri
        yield made
    databases.drop(url)


def read(office: Office, path: str, **params: Any) -> Any:
    answer = office.visitor.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def codes(office: Office, **params: Any) -> list[str]:
    return [item["code"] for item in read(office, "/api/procedures", **params)["items"]]


def draft_of(office: Office, document: dict[str, Any], seen: str | None = None) -> dict[str, Any]:
    answer = office.chutri.put(f"/api/procedures/{document['code']}/draft", json={"definition": document, "seen": seen})
    assert answer.status_code == 200, answer.text
    return answer.json()  # type: ignore[no-any-return]


def last_entry(office: Office) -> dict[str, Any]:
    return office.row(
        "SELECT e.kind, e.subject, a.login, e.detail FROM audit.entry e JOIN accounts.account a ON a.id = e.actor ORDER BY e.id DESC LIMIT 1"
    )


# ---- everybody -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["tách thửa", "tach thua", "TACH   thửa", "thua tach", "1.012784", "split"])
def test_a_procedure_is_found_without_diacritics_and_in_any_order(office: Office, typed: str) -> None:
    assert "1.012784" in codes(office, q=typed)


@pytest.mark.parametrize("typed", ["không có gì như vậy", "%", "_", "\\", "'; DROP TABLE x"])
def test_what_is_nowhere_finds_nothing(office: Office, typed: str) -> None:
    assert codes(office, q=typed) == []


def test_procedures_by_level_and_in_pages(office: Office) -> None:
    everything = codes(office)
    assert len(everything) == 53 and everything == sorted(everything)
    parts = [set(codes(office, level=level)) for level in ("commune", "branch", "city")]
    assert set.union(*parts) == set(everything) and sum(map(len, parts)) == 53
    found, after = [], ""
    while after is not None:
        page = read(office, "/api/procedures", after=after, limit=10)
        found += [item["code"] for item in page["items"]]
        after = page["next"]
    assert found == everything


def test_a_procedure_as_it_is_in_force_on_a_day(office: Office) -> None:
    now = read(office, SPLIT)
    assert Procedure.model_validate(now).model_dump(mode="json", by_alias=True) == now
    assert (now["version"], now["valid_from"], now["valid_until"], now["terms"]) == (1, "2025-07-01", None, None)
    assert now["definition"]["steps"][0]["code"] == "filed"
    assert now["definition"]["actions"][0]["from"] == "filed"
    assert read(office, SPLIT, at="2025-07-01")["version"] == 1
    problem(office.visitor.get(SPLIT, params={"at": "2025-06-30"}), 404, "no-such-procedure")
    problem(office.visitor.get("/api/procedures/9.999999"), 404, "no-such-procedure")
    problem(office.visitor.get("/api/procedures/9.999999/versions"), 404, "no-such-procedure")
    for wrong in ({"at": "hôm nay"}, {"unit": "x" * 13}, {"at": "2025-02-30"}):
        problem(office.visitor.get(SPLIT, params=wrong), 422)
    problem(office.visitor.get("/api/procedures", params={"level": "state"}), 422)


def test_nobody_else_sees_or_writes_a_draft(office: Office) -> None:
    """Not an officer, not even the administrator of a unit."""
    body = {"definition": read(office, SPLIT)["definition"]}
    later = {"from": str(today() + DAY)}
    requests = [
        ("get", "/draft", None), ("put", "/draft", body), ("delete", "/draft", None), ("post", "/draft/check", None),
        ("post", "/draft/publish", later), ("post", "/end", later), ("get", "/variations", None), ("get", "/variations/00004", None),
        ("put", "/variations/00004", {**later, "changes": {"level": "city"}, "legal_document": "x"}), ("delete", f"/variations/00004?from={today()}", None),
    ]  # fmt: skip
    for method, path, json in requests:
        for login in ("tiepnhan", "duyet", "lanhdao", "quantri", "congdan"):
            problem(office.people[login].request(method, SPLIT + path, json=json), 403)
        problem(office.visitor.request(method, SPLIT + path, json=json), 401, "not-signed-in")
    for login in ("quantri", "duyet"):
        problem(office.people[login].get("/api/catalogue"), 403)
        problem(office.people[login].get("/api/catalogue/1.012784"), 403)
        problem(office.people[login].get("/api/agencies"), 403)
        problem(office.people[login].put("/api/agencies", json={"items": []}), 403)
    assert office.row("SELECT count(*) AS n FROM dossier.procedure_version WHERE status = 'draft'")["n"] == 0


# ---- the administrator ---------------------------------------------------------------------------------------------


def test_a_procedure_is_edited_checked_and_published_without_code(office: Office) -> None:
    path = "/api/procedures/1.012786"
    document = read(office, path)["definition"]
    running = office.file(1, procedure="1.012786")
    document["limit"]["n"] = 7
    posting = next(a for a in document["actions"] if (a["from"], a["code"]) == ("posting", "resume"))
    document["actions"].remove(posting)  # who waits there for ever
    withdraw = [a for a in document["actions"] if a["from"] == "posting"]
    document["actions"] = [a for a in document["actions"] if a not in withdraw]
    first = draft_of(office, document)
    assert (first["version"], first["edited_by"]) == (2, "Chủ trì danh mục")
    assert last_entry(office) == {
        "kind": "procedure.drafted", "subject": "procedure:1.012786", "login": "chutri", "detail": {"version": 2},
    }  # fmt: skip

    check = office.chutri.post(f"{path}/draft/check").json()
    assert not check["publishable"] and check["in_force"] == 1
    assert {(f["code"], f["severity"]) for f in check["findings"]} == {("P03", "error")}
    assert "ngõ cụt" in check["findings"][0]["vi"]
    changed = {change["path"]: (change["before"], change["after"]) for change in check["changes"]}
    assert changed["limit.n"] == (10, 7)
    assert changed["actions.posting.resume"][0]["to"] == "checking" and changed["actions.posting.resume"][1] is None

    refused = problem(office.chutri.post(f"{path}/draft/publish", json={"from": str(today())}), 422, "draft-has-errors")
    assert refused["findings"][0]["path"].startswith("steps.") and "ngõ cụt" in refused["detail_vi"]
    assert read(office, path)["version"] == 1

    document["actions"] += [posting, *withdraw]
    problem(office.chutri.put(f"{path}/draft", json={"definition": document}), 409, "draft-edited")
    second = draft_of(office, document, first["edited_at"])
    assert office.chutri.get(f"{path}/draft").json() == second
    early = problem(
        office.chutri.post(f"{path}/draft/publish", json={"from": str(today() - DAY)}), 422, "day-not-possible"
    )
    assert early["earliest"] == str(today())
    published = office.chutri.post(f"{path}/draft/publish", json={"from": str(today())})
    assert published.status_code == 200, published.text
    assert published.json()["version"] == 2 and published.json()["definition"]["limit"]["n"] == 7
    assert last_entry(office)["kind"] == "procedure.published"
    listed = read(office, f"{path}/versions")["items"]
    assert [(v["version"], v["valid_from"], v["valid_until"]) for v in listed] == [
        (2, str(today()), None), (1, "2025-07-01", str(today())),
    ]  # fmt: skip
    problem(office.chutri.get(f"{path}/draft"), 404, "no-draft")

    assert (
        office.row(
            "SELECT v.version FROM dossier.dossier d JOIN dossier.procedure_version v ON v.id = d.version_id WHERE d.id = %s",
            running["id"],
        )["version"]
        == 1
    ), "running dossiers stay on theirs"
    fresh = office.file(2, procedure="1.012786")
    assert office.row("SELECT terms FROM dossier.dossier WHERE id = %s", fresh["id"])["terms"]["limit"]["n"] == 7


def test_a_new_procedure_is_made_and_published(office: Office) -> None:
    document = read(office, SPLIT)["definition"] | {
        "code": "1.115667",
        "name_vi": "Thủ tục mới của thành phố",
        "name_en": "The city's new one",
    }
    problem(office.chutri.put(f"{SPLIT}/draft", json={"definition": document}), 422, "other-procedure")
    draft_of(office, document)
    assert codes(office, q="thu tuc moi") == []
    check = office.chutri.post("/api/procedures/1.115667/draft/check").json()
    assert check["publishable"] and check["in_force"] is None and check["changes"] == []
    answer = office.chutri.post("/api/procedures/1.115667/draft/publish", json={"from": str(today())})
    assert answer.status_code == 200, answer.text
    assert codes(office, q="thu tuc moi") == ["1.115667"]
    assert office.file(3, procedure="1.115667")["procedure"]["code"] == "1.115667"

    ending = office.chutri.post("/api/procedures/1.115667/end", json={"from": str(today() + 3 * DAY)})
    assert ending.status_code == 204
    assert read(office, "/api/procedures/1.115667")["valid_until"] == str(today() + 3 * DAY)
    problem(office.visitor.get("/api/procedures/1.115667", params={"at": str(today() + 3 * DAY)}), 404)
    problem(office.chutri.post("/api/procedures/1.115667/end", json={"from": str(today() + 3 * DAY)}), 404)


def test_an_unfinished_draft_is_kept_and_can_be_given_up(office: Office) -> None:
    path = "/api/procedures/1.012783"
    document = read(office, path)["definition"] | {"name_en": "", "steps": [], "actions": []}
    draft_of(office, document)
    assert {f["code"] for f in office.chutri.post(f"{path}/draft/check").json()["findings"]} == {"P01", "P03", "P16"}
    assert office.chutri.delete(f"{path}/draft").status_code == 204
    assert last_entry(office)["kind"] == "procedure.draft_dropped"
    problem(office.chutri.delete(f"{path}/draft"), 404, "no-draft")
    problem(office.chutri.post(f"{path}/draft/check"), 404, "no-draft")
    problem(office.chutri.post(f"{path}/draft/publish", json={"from": str(today())}), 404, "no-draft")


@pytest.mark.parametrize(
    "wrong",
    [
        {"definition": {}}, {"definition": {"code": "1.012784"}, "surprise": 1}, [], None,
        {"definition": {"code": "1.012784", "name_vi": "a", "name_en": "b", "level": "city", "limit": {"n": 10**9}, "steps": [], "actions": []}},
    ],
)  # fmt: skip
def test_what_is_no_definition_is_refused_in_words(office: Office, wrong: Any) -> None:
    assert problem(office.chutri.put(f"{SPLIT}/draft", json=wrong), 422, "invalid-request")["errors"]


# ---- variations and agencies ---------------------------------------------------------------------------------------


def vary(office: Office, unit: str, changes: dict[str, Any], since: date | None = None, **more: Any) -> Any:
    body = {"from": str(since or today()), "changes": changes, "legal_document": "QĐ 12/2026/QĐ-UBND", **more}
    return office.chutri.put(f"/api/procedures/1.012790/variations/{unit}", json=body)


def test_a_unit_does_otherwise_and_everybody_can_see_its_terms(office: Office) -> None:
    path = "/api/procedures/1.012790"
    answer = vary(office, "00004", {"limit": {"n": 6}}, until=str(today() + 30 * DAY))
    assert answer.status_code == 200, answer.text
    assert answer.json()["items"][0]["changes"]["limit"] == {"n": 6, "unit": "working_day", "cutoff": None}
    assert last_entry(office)["detail"] == {"changes": ["limit"], "from": str(today())}
    here, there = read(office, path, unit="00004"), read(office, path, unit="00008")
    assert (here["terms"]["limit"]["n"], here["varied"], there["terms"]["limit"]["n"], there["varied"]) == (
        6,
        True,
        8,
        False,
    )
    assert here["definition"]["limit"]["n"] == 8
    assert read(office, path, unit="00004", at=str(today() + 30 * DAY))["varied"] is False
    listed = office.chutri.get(f"{path}/variations").json()["items"]
    assert [(one["unit"], one["legal_document"]) for one in listed] == [("00004", "QĐ 12/2026/QĐ-UBND")]
    gone = office.chutri.delete(f"{path}/variations/00004", params={"from": str(today() + DAY)})
    assert gone.status_code == 204
    assert office.chutri.get(f"{path}/variations/00004").json()["items"][0]["valid_until"] == str(today() + DAY)
    problem(office.chutri.delete(f"{path}/variations/00008", params={"from": str(today())}), 404, "no-variation")


def test_a_variation_that_makes_no_sense_is_refused(office: Office) -> None:
    problem(vary(office, "00008", {}), 422, "empty-variation")
    problem(vary(office, "00008", {"level": "city"}, until=str(today())), 422, "empty-variation")
    wrong = problem(vary(office, "00008", {"limit": {"n": 0, "unit": "calendar_day"}}), 422, "variation-has-errors")
    assert wrong["findings"][0]["code"] == "P11"
    twice = [{"code": "don", "name_vi": "Đơn", "name_en": "Form"}] * 2
    assert (
        problem(vary(office, "00008", {"documents": twice}), 422, "variation-has-errors")["findings"][0]["path"]
        == "documents"
    )
    problem(vary(office, "99999", {"level": "city"}), 422, "no-such-unit")
    assert problem(vary(office, "00008", {"level": "city"}, today() - DAY), 422, "day-not-possible")["earliest"] == str(
        today()
    )
    problem(vary(office, "00008", {"steps": []}), 422, "invalid-request")


def test_many_variations_are_entered_at_once_or_not_at_all(office: Office) -> None:
    units = [row["unit"] for row in office.chutri.get("/api/agencies").json()["items"]]
    row = {"procedure": "1.013947", "from": str(today()), "changes": {"limit": {"n": 5}}, "legal_document": "QĐ 5"}
    rows = [row | {"unit": unit} for unit in units]
    wrong = problem(
        office.chutri.post("/api/variations", json={"items": [*rows, row | {"unit": "99999"}]}), 422, "no-such-unit"
    )
    assert wrong["row"] == len(rows)
    assert office.chutri.get("/api/procedures/1.013947/variations").json()["items"] == []
    broken = problem(office.chutri.post("/api/variations", json={"items": [rows[0], rows[1] | {"changes": {}}]}), 422)
    assert broken["row"] == 1
    assert office.chutri.post("/api/variations", json={"items": rows}).json() == {"rows": 127}
    assert len(office.chutri.get("/api/procedures/1.013947/variations").json()["items"]) == 127
    assert read(office, "/api/procedures/1.013947", unit="00070")["terms"]["limit"]["n"] == 5
    assert last_entry(office)["detail"] == {"rows": 127}
    problem(office.duyet.post("/api/variations", json={"items": rows}), 403)


def test_the_keeper_sees_drafts_what_ended_and_how_many_dossiers_run(office: Office) -> None:
    """By version: what is open stays on the one it was opened under."""
    path = "/api/procedures/1.012756"
    listed = {one["code"]: one for one in office.chutri.get("/api/catalogue").json()["items"]}
    before = listed["1.012756"]
    assert (before["version"], before["draft"], before["varied"], before["running"]) == (1, None, 0, 0)
    document = read(office, path)["definition"]
    office.file(7, procedure="1.012756")
    first = draft_of(office, document | {"limit": document["limit"] | {"n": 9}})
    newer = draft_of(office, document | {"code": "9.000001", "name_vi": "Thủ tục mới", "name_en": "A new one"})
    listed = {one["code"]: one for one in office.chutri.get("/api/catalogue").json()["items"]}
    assert listed["1.012756"]["draft"] == {"edited_at": first["edited_at"], "edited_by": "Chủ trì danh mục"}
    assert listed["1.012756"]["running"] == 1
    assert (listed["9.000001"]["version"], listed["9.000001"]["draft"]["edited_at"]) == (None, newer["edited_at"])
    assert office.chutri.get("/api/catalogue/9.000001").json() == {"items": []}

    answer = office.chutri.post(f"{path}/draft/publish", json={"from": str(today() + DAY)})
    assert answer.status_code == 200, answer.text
    (entry,) = [one for one in office.chutri.get("/api/catalogue").json()["items"] if one["code"] == "1.012756"]
    assert (entry["version"], entry["next_from"], entry["draft"]) == (1, str(today() + DAY), None)
    second, one = office.chutri.get("/api/catalogue/1.012756").json()["items"]
    assert (second["version"], second["running"], second["published_by"]) == (2, 0, "Chủ trì danh mục")
    assert (one["version"], one["running"], one["published_by"]) == (1, 1, None)
    assert office.chutri.delete("/api/procedures/9.000001/draft").status_code == 204


def test_agencies_are_the_operators_to_set(office: Office) -> None:
    before = {one["unit"]: one["code"] for one in office.chutri.get("/api/agencies").json()["items"]}
    assert before["*"] == "H26" and len(before) == 127
    answer = office.chutri.put("/api/agencies", json={"items": [{"unit": "00004", "code": "H26.103.25.7"}]})
    assert answer.status_code == 200, answer.text
    after = {one["unit"]: one["code"] for one in answer.json()["items"]}
    assert after == before | {"00004": "H26.103.25.7"}
    assert office.file(4)["code"].startswith("H26.103.25.7-")
    for wrong in (
        [{"unit": "99999", "code": "H26"}], [{"unit": "00004", "code": "h26"}], [{"unit": "00004", "code": "H26"}] * 2,
        [{"unit": "00004"}],
    ):  # fmt: skip
        problem(office.chutri.put("/api/agencies", json={"items": wrong}), 422)
