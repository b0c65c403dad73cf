"""Papers handed in: files that lie, who may add and read them, what is not asked for again, and what a crash leaves behind."""

from __future__ import annotations

import hashlib
import http.client
import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from PIL import Image

from layers.db import connect
from layers.fabric.load import load_faces
from tests.geo_service.dossiers.office import DESKS, Office, an_office, street
from tests.geo_service.dossiers.paper_files import files_in, pdf, picture
from tests.geo_service.site import OURS, problem
from tests.serving import serving

# ---- through the routes ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def office(databases: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    url = databases.create()
    with an_office(url, tmp_path_factory.mktemp("office")) as made:
        yield made
    databases.drop(url)


def hand_in(
    office: Office,
    login: str,
    dossier: dict[str, Any],
    data: bytes,
    *,
    paper: str = "don",
    name: str = "Đơn.pdf",
    kind: int = 2,
) -> httpx.Response:
    return office.as_(login).post(
        f"/api/dossiers/{dossier['id']}/documents",
        params={"type": paper, "name": name, "kind": kind},
        content=data,
        headers={"Content-Type": "application/octet-stream"},
    )


def listed(office: Office, login: str, dossier: dict[str, Any]) -> dict[str, Any]:
    answer = office.as_(login).get(f"/api/dossiers/{dossier['id']}/documents")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def states(office: Office, login: str, dossier: dict[str, Any]) -> dict[str, str]:
    return {one["code"]: one["state"] for one in listed(office, login, dossier)["checklist"]}


def test_a_paper_is_handed_in_read_shown_and_taken_back(office: Office) -> None:
    dossier, data = office.file(1), pdf(pages=2)
    answer = hand_in(office, "congdan", dossier, data, name="../Đơn đề nghị.pdf")
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["name"], made["pages"], made["bytes"]) == ("Đơn đề nghị.pdf", 2, len(data))
    assert made["version"] == 1 and made["current"] and made["origin"] == "upload" and made["form"] is None
    path = f"/api/documents/{made['id']}"
    for login in ("congdan", "tiepnhan", "diachinh"):
        got = office.as_(login).get(path)
        assert got.content == data and got.headers["content-type"] == "application/pdf"
        assert got.headers["x-content-type-options"] == "nosniff" and got.headers["cache-control"] == "no-store"
        assert got.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert got.headers["content-disposition"].endswith(quote("Đơn đề nghị.pdf"))
    for page in (1, 2):
        shown = office.congdan.get(f"{path}/preview", params={"page": page, "width": 150})
        assert shown.headers["content-type"] == "image/webp"
        assert Image.open(io.BytesIO(shown.content)).width == 200
    problem(office.congdan.get(f"{path}/preview", params={"page": 3}), 422, "no-such-page")
    assert office.congdan.delete(path).status_code == 204 and office.congdan.delete(path).status_code == 404
    problem(office.tiepnhan.get(path), 404, "no-such-document")
    assert listed(office, "congdan", dossier)["items"] == []
    kinds = [event["kind"] for event in office.read("congdan", dossier)["events"]]
    assert kinds == ["open", "attach", "remove"]


def test_an_officer_who_reads_is_logged_and_the_applicant_is_not(office: Office) -> None:
    dossier = office.file(2)
    made = hand_in(office, "congdan", dossier, pdf()).json()
    office.congdan.get(f"/api/documents/{made['id']}")
    office.diachinh.get(f"/api/documents/{made['id']}")
    office.diachinh.get(f"/api/documents/{made['id']}/preview")
    with connect(office.url) as conn:
        rows = conn.execute(
            "SELECT a.login, e.kind, e.detail ->> 'how' AS how FROM audit.entry e JOIN accounts.account a ON a.id = e.actor"
            " WHERE e.subject = %s ORDER BY e.id", (f"dossier:{dossier['id']}",)
        ).fetchall()  # fmt: skip
    assert [tuple(row.values()) for row in rows] == [
        ("diachinh", "document.read", "file"),
        ("diachinh", "document.read", "page 1"),
    ]


def test_a_later_upload_is_the_next_version_and_the_same_one_is_not(office: Office) -> None:
    dossier = office.file(3)
    first, second = pdf("một"), pdf("hai")
    numbers = [hand_in(office, "congdan", dossier, data).json()["version"] for data in (first, first, second, first)]
    assert numbers == [1, 1, 2, 3]
    items = listed(office, "congdan", dossier)["items"]
    assert [(one["version"], one["current"]) for one in items] == [(1, False), (2, False), (3, True)]
    assert office.congdan.get(f"/api/documents/{items[1]['id']}").content == second
    stored = list(office.app.state.settings.data_dir.glob("files/sha256/*/*"))
    assert len(stored) == len({path.name for path in stored})
    other = [hand_in(office, "congdan", dossier, data, paper="other").json()["id"] for data in (first, second)]
    assert all(one["current"] for one in listed(office, "congdan", dossier)["items"] if one["id"] in other)


def test_other_peoples_papers_are_not_found(office: Office) -> None:
    dossier = office.file(4)
    made = hand_in(office, "congdan", dossier, pdf()).json()
    for login in ("nguoila", "xa"):
        other = office.as_(login)
        problem(hand_in(office, login, dossier, pdf("khác")), 404, "no-such-dossier")
        problem(other.get(f"/api/dossiers/{dossier['id']}/documents"), 404, "no-such-dossier")
        problem(other.get(f"/api/documents/{made['id']}"), 404, "no-such-document")
        problem(other.get(f"/api/documents/{made['id']}/preview"), 404, "no-such-document")
        problem(other.delete(f"/api/documents/{made['id']}"), 404, "no-such-document")
        reuse = other.post(f"/api/dossiers/{dossier['id']}/documents/reuse", json={"document": made["id"]})
        problem(reuse, 404, "no-such-dossier")
        assert office.visitor.get(f"/api/documents/{made['id']}").status_code == 401
    problem(office.visitor.post(f"/api/dossiers/{dossier['id']}/documents?type=don&name=a.pdf", content=b"x"), 401)
    problem(office.congdan.get("/api/documents/99999"), 404, "no-such-document")


def test_refused_files_leave_no_row_and_no_object(office: Office) -> None:
    dossier = office.file(5)
    before = files_in(office.app.state.settings.data_dir)
    problem(hand_in(office, "congdan", dossier, picture("PNG")), 422, "file-lies")
    problem(hand_in(office, "congdan", dossier, b""), 422, "file-empty")
    problem(hand_in(office, "congdan", dossier, pdf()[:900]), 422, "file-broken")
    problem(hand_in(office, "congdan", dossier, bytes(20 * 1024**2 + 1)), 413, "too-large")
    problem(hand_in(office, "congdan", dossier, pdf(), name="a\x00b.pdf"), 422, "invalid-request")
    problem(hand_in(office, "congdan", dossier, pdf("lạ"), paper="giay_la"), 422, "no-such-paper")
    problem(hand_in(office, "congdan", dossier, pdf("gốc"), kind=0), 403, "originals-at-counter")
    assert listed(office, "congdan", dossier)["items"] == []
    after = [path for path in files_in(office.app.state.settings.data_dir) if path not in before]
    assert {path.name for path in after} == {hashlib.sha256(pdf(words)).hexdigest() for words in ("lạ", "gốc")}


def test_a_body_without_a_length_is_stopped_at_the_limit(office: Office) -> None:
    dossier = office.file(6)
    pieces = (bytes(1024**2) for _ in range(25))
    answer = office.congdan.post(
        f"/api/dossiers/{dossier['id']}/documents", params={"type": "don", "name": "a.pdf"}, content=pieces
    )
    problem(answer, 413)


def test_other_routes_keep_their_small_limit(office: Office) -> None:
    answer = office.congdan.post(
        "/api/dossiers", content=bytes(5 * 1024**2), headers={"Content-Type": "application/json"}
    )
    problem(answer, 413, "too-large")


def test_sixty_files_are_enough(office: Office) -> None:
    dossier = office.file(7)
    with connect(office.url) as conn:
        for number in range(59):
            conn.execute(
                "SELECT dossier.attach(%s, 'other', 'a.pdf', 'application/pdf', 1, 1, sha256(%s))",
                (dossier["id"], str(number).encode()),
            )
    assert hand_in(office, "congdan", dossier, pdf()).status_code == 201
    problem(hand_in(office, "congdan", dossier, pdf("thừa")), 413, "too-many-files")


def test_who_may_add_follows_the_step(office: Office) -> None:
    """The applicant until the dossier is received and when it waits for them; officers of its units until it has ended."""
    dossier = office.file(8)
    assert listed(office, "congdan", dossier)["may_attach"]
    kept = hand_in(office, "congdan", dossier, pdf("đầu")).json()
    office.hand_in_papers(dossier)
    dossier = office.act("tiepnhan", dossier, "accept")
    assert not listed(office, "congdan", dossier)["may_attach"] and listed(office, "diachinh", dossier)["may_attach"]
    problem(hand_in(office, "congdan", dossier, pdf("sau")), 409, "papers-closed")
    problem(office.congdan.delete(f"/api/documents/{kept['id']}"), 403, "paper-stays")
    assert hand_in(office, "diachinh", dossier, pdf("cán bộ"), paper="gcn", kind=0).json()["kind"] == 0
    dossier = office.act("diachinh", dossier, "begin")
    dossier = office.act("diachinh", dossier, "ask_supplement", note="Thiếu chữ ký")
    added = hand_in(office, "congdan", dossier, pdf("bổ sung"))
    assert added.status_code == 201 and added.json()["version"] == 2
    problem(office.congdan.delete(f"/api/documents/{kept['id']}"), 403, "paper-stays")  # an officer has seen it
    assert office.congdan.delete(f"/api/documents/{added.json()['id']}").status_code == 204
    dossier = office.act("congdan", dossier, "withdraw")
    for login in ("congdan", "tiepnhan", "diachinh"):
        problem(hand_in(office, login, dossier, pdf("muộn")), 409, "papers-closed")


def test_a_paper_is_never_altered_behind_the_functions(office: Office) -> None:
    dossier = office.file(9)
    made = hand_in(office, "congdan", dossier, pdf()).json()
    for statement in (
        "UPDATE dossier.document SET sha256 = sha256('x') WHERE id = %s",
        "UPDATE dossier.document SET name = 'x' WHERE id = %s",
        "DELETE FROM dossier.document WHERE id = %s",
    ):
        with connect(office.url) as conn, pytest.raises(Exception, match=r"not altered|refuse|append|never"):
            conn.execute(statement, (made["id"],))


# ---- never asked for again -------------------------------------------------------------------------------------------


def a_certificate(office: Office, parcel: int) -> None:
    with connect(office.url) as conn:
        unit = conn.execute("INSERT INTO rights.ba_unit (kind, unit) VALUES ('land', '00004') RETURNING id").fetchone()[
            "id"
        ]  # type: ignore[index]
        conn.execute(
            "INSERT INTO rights.ba_unit_parcel (ba_unit, parcel_id, valid) VALUES (%s, %s, '[2020-01-01,)')",
            (unit, parcel),
        )
        conn.execute(
            "INSERT INTO rights.certificate (ba_unit, generation, serial, issued_on) VALUES (%s, 'gcn2025', %s, '2025-03-01')",
            (unit, f"CC {parcel:08d}"),
        )


def holder_applies(office: Office, parcel: int, dossier: dict[str, Any]) -> None:
    """As if the applicant were known to be who holds the parcel."""
    with connect(office.url) as conn:
        party = conn.execute(
            "INSERT INTO rights.party (kind, name) VALUES ('person', 'Chủ thửa') RETURNING id"
        ).fetchone()
        assert party is not None
        conn.execute(
            "INSERT INTO rights.rrr (ba_unit, class, type, party_id, source, valid) SELECT b.ba_unit, t.class, t.code, %s, 'GCN', '[2025-03-01,)'"
            " FROM rights.ba_unit_parcel b, (SELECT * FROM rights.rrr_type WHERE exclusive LIMIT 1) t WHERE b.parcel_id = %s",
            (party["id"], parcel),
        )
        conn.execute("UPDATE dossier.dossier SET applicant_party = %s WHERE id = %s", (party["id"], dossier["id"]))


def test_what_the_register_holds_is_not_asked_for(office: Office) -> None:
    dossier = office.file(11)
    before = states(office, "congdan", dossier)
    assert before["gcn"] == "missing" and before["ban_ve"] == "held" and before["don"] == "missing"
    a_certificate(office, 11)
    assert states(office, "congdan", dossier)["gcn"] == "missing"  # whether somebody else has one is not told
    holder_applies(office, 11, dossier)
    assert states(office, "congdan", dossier)["gcn"] == "held"
    both = office.file(11, 12)
    assert states(office, "congdan", both)["gcn"] == "missing"  # only one of the two parcels has one
    with connect(office.url) as conn:
        conn.execute(
            "UPDATE rights.certificate SET status = 'withdrawn', status_at = now() WHERE serial = 'CC 00000011'"
        )
    assert states(office, "congdan", dossier)["gcn"] == "missing"


def test_who_is_known_is_not_asked_who_it_is(office: Office) -> None:
    dossier = office.file(13)
    assert states(office, "congdan", dossier)["giay_to_tuy_than"] in ("missing", "reusable")
    with connect(office.url) as conn:
        party = conn.execute("INSERT INTO rights.party (kind, name) VALUES ('person', 'Lan') RETURNING id").fetchone()[
            "id"
        ]  # type: ignore[index]
        conn.execute(
            "INSERT INTO rights.personal (party_id, identity_sealed, identity_fingerprint) VALUES (%s, '\\x01', sha256('lan'))",
            (party,),
        )
        conn.execute("UPDATE accounts.account SET party_id = %s WHERE login = 'nguoila'", (party,))
    known = office.file(14, login="nguoila")
    assert states(office, "nguoila", known)["giay_to_tuy_than"] == "held"


def test_a_paper_of_an_earlier_dossier_is_taken_over_with_one_word(office: Office) -> None:
    data = picture("JPEG")
    first = office.file(15)
    hand_in(office, "congdan", first, pdf("đơn cũ"))
    hand_in(office, "congdan", first, data, paper="gcn", name="sổ đỏ.jpg", kind=1)
    hand_in(office, "congdan", first, picture("PNG"), paper="giay_to_tuy_than", name="thẻ.png")

    same_land, other_land = office.file(15), office.file(16)
    assert states(office, "congdan", same_land) == {
        "don": "missing", "ban_ve": "held", "gcn": "reusable", "giay_to_tuy_than": "reusable",
    }  # fmt: skip
    assert states(office, "congdan", other_land)["gcn"] == "missing"  # another parcel, another certificate
    assert states(office, "congdan", other_land)["giay_to_tuy_than"] == "reusable"  # but the same person

    offer = next(one["earlier"] for one in listed(office, "congdan", same_land)["checklist"] if one["code"] == "gcn")
    assert offer["dossier"] == first["code"]
    reuse = f"/api/dossiers/{same_land['id']}/documents/reuse"
    taken = office.tiepnhan.post(reuse, json={"document": offer["document"]})
    assert taken.status_code == 201, taken.text
    assert (taken.json()["origin"], taken.json()["name"], taken.json()["kind"]) == ("held", "sổ đỏ.jpg", 1)
    assert office.congdan.get(f"/api/documents/{taken.json()['id']}").content == data
    assert states(office, "congdan", same_land)["gcn"] == "attached"

    elsewhere = f"/api/dossiers/{other_land['id']}/documents/reuse"
    problem(office.congdan.post(elsewhere, json={"document": offer["document"]}), 404, "no-earlier-paper")
    stranger = office.file(15, login="nguoila")
    problem(office.nguoila.post(f"/api/dossiers/{stranger['id']}/documents/reuse", json={"document": offer["document"]}), 404, "no-earlier-paper")  # fmt: skip


def test_a_dossier_is_received_when_nothing_is_missing_and_not_before(office: Office) -> None:
    a_certificate(office, 17)
    dossier = office.file(17)
    holder_applies(office, 17, dossier)
    refused = office.act("tiepnhan", dossier, "accept", status=422)
    assert [one["code"] for one in refused["missing"]] == ["don", "giay_to_tuy_than"] or [
        one["code"] for one in refused["missing"]
    ] == ["don"]
    assert refused["missing"][0]["name_vi"] and refused["missing"][0]["form"] == "Mẫu 21"
    hand_in(office, "congdan", dossier, pdf())
    hand_in(office, "congdan", dossier, picture("PNG"), paper="giay_to_tuy_than", name="thẻ.png")
    assert office.act("tiepnhan", dossier, "accept")["status"]["code"] == 2


def test_the_tracking_page_names_papers_but_no_file_and_no_other_dossier(office: Office) -> None:
    first = office.file(18)
    hand_in(office, "congdan", first, pdf(), paper="gcn", name="Sổ đỏ nhà bà Lan.pdf")
    later = office.read("congdan", office.file(18))
    told = office.visitor.get("/api/track", params={"code": later["code"], "t": later["token"]})
    assert "gcn" in told.text and "reusable" in told.text
    assert "Lan" not in told.text and first["code"] not in told.text


# ---- a kill ----------------------------------------------------------------------------------------------------------


def test_a_kill_in_the_middle_of_an_upload_leaves_nothing(databases: Any, tmp_path: Path) -> None:
    url = databases.create()
    with connect(url) as conn:
        load_faces(conn, street(), reason="một")
    with serving(url, tmp_path / "data") as service:
        from geo_service.accounts.service import add_account  # noqa: PLC0415
        from tests.serving import PASSWORD  # noqa: PLC0415

        with connect(url) as conn:
            add_account(conn, "congdan", PASSWORD, name="Dân", roles=DESKS["congdan"], demo=True)
        client = service.client
        assert client.post("/api/session", json={"login": "congdan", "password": PASSWORD}).status_code == 200
        made = client.post("/api/dossiers", json={"procedure": "1.012784", "parcels": ["1"], "form": {}})
        assert made.status_code == 201, made.text
        path = f"/api/dossiers/{made.json()['id']}/documents?type=don&name=a.pdf"
        host, port = client.base_url.host, client.base_url.port
        half = http.client.HTTPConnection(host, port, timeout=10)
        half.putrequest("POST", path)
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        for name, value in {**OURS, "Cookie": cookie, "Content-Length": "5000000"}.items():
            half.putheader(name, value)
        half.endheaders()
        half.send(b"%PDF-1.7\n" + bytes(3_000_000))
        time.sleep(1)  # most of it has been written to the disk by now
        service.kill()
        half.close()
        assert [path for path in files_in(tmp_path / "data") if path.stat().st_size > 100_000] == []
        assert files_in(tmp_path / "data" / "incoming") == []
        service.start_again()
        assert client.get(f"/api/dossiers/{made.json()['id']}/documents").json()["items"] == []
        again = client.post(path, content=pdf())
        assert again.status_code == 201, again.text
    databases.drop(url)
