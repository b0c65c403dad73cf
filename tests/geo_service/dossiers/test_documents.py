"""Papers handed in: files that lie, who may add and read them, what is not asked for again, and what a crash leaves behind."""

from __future__ import annotations

import hashlib
import http.client
import io
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio
import httpx
import pytest
import typst
from PIL import Image

from geo_service.dossiers.documents import sniff
from geo_service.dossiers.documents.service import disposition
from geo_service.dossiers.documents.store import FileLost, FileStore
from layers.db import connect
from layers.errors import Malformed, TooLarge
from layers.fabric.load import load_faces
from tests.geo_service.dossiers.office import DESKS, Office, an_office, street
from tests.geo_service.site import OURS, problem
from tests.serving import serving


def picture(kind: str = "PNG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 0).save(out, kind, **more)
    return out.getvalue()


def pdf(words: str = "Đơn đề nghị", pages: int = 1) -> bytes:
    text = f"#set page(width: 60mm, height: 80mm)\n#set document(date: none)\n{words}\n" + "#pagebreak()\nthêm\n" * (
        pages - 1
    )
    made = typst.compile(text.encode(), format="pdf", timestamp=0)
    assert isinstance(made, bytes)
    return made


def locked(*, opens: bool) -> bytes:
    """An encrypted PDF (PDF 1.4, standard security handler, 40-bit RC4); `opens`: without a password, as with one for the owner only."""
    padding = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
    owner, permissions, key_id = bytes(range(1, 33)), -4, bytes(16)
    key = hashlib.md5(padding + owner + permissions.to_bytes(4, "little", signed=True) + key_id).digest()[:5]
    user = rc4(key, padding) if opens else bytes(32)
    parts = [
        b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n",
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\n",
        b"4 0 obj<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>endobj\n" % (owner.hex().encode(), user.hex().encode()),
    ]
    body, places = b"%PDF-1.4\n", []
    for part in parts:
        places.append(len(body))
        body += part
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 5\n0000000000 65535 f \n%strailer<</Size 5/Root 1 0 R/Encrypt 4 0 R/ID[<%s><%s>]>>\nstartxref\n%d\n%%%%EOF"
    return body + end % (table, key_id.hex().encode(), key_id.hex().encode(), len(body))


def rc4(key: bytes, data: bytes) -> bytes:
    state, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


# ---- what a file is --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name", "media_type", "pages", "called"),
    [
        (pdf(pages=3), "Đơn đề nghị tách thửa.pdf", "application/pdf", 3, "Đơn đề nghị tách thửa.pdf"),
        (picture("JPEG"), "ảnh.JPG", "image/jpeg", 1, "ảnh.JPG"),
        (picture("PNG", mode="RGBA"), "ảnh", "image/png", 1, "ảnh.png"),
        (picture("WEBP"), "v1.2", "image/webp", 1, "v1.2.webp"),
        (picture("TIFF", mode="1"), "bản vẽ.tiff", "image/tiff", 1, "bản vẽ.tiff"),
        (
            picture("TIFF", save_all=True, append_images=[Image.new("L", (9, 9))] * 4),
            "quét.tif",
            "image/tiff",
            5,
            "quét.tif",
        ),
    ],
)
def test_what_is_accepted_is_known_by_its_bytes(
    data: bytes, name: str, media_type: str, pages: int, called: str
) -> None:
    assert sniff.examine(data, name, "application/octet-stream") == sniff.Looked(media_type, pages, called)


@pytest.mark.parametrize(
    ("data", "name", "declared", "claimed", "found"),
    [
        (pdf(), "sổ đỏ.jpg", None, "ảnh JPEG", "tệp PDF"),
        (picture("JPEG"), "sổ đỏ.pdf", None, "tệp PDF", "ảnh JPEG"),
        (b"MZ\x90\x00" + bytes(200), "hợp đồng.pdf", None, "tệp PDF", "một chương trình máy tính"),
        (b"\x7fELF" + bytes(200), "hợp đồng.PDF", None, "tệp PDF", "một chương trình máy tính"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "hợp đồng.pdf", None, "tệp PDF", "một trang web"),
        (b"PK\x03\x04" + bytes(60), "hợp đồng.pdf", None, "tệp PDF", "tệp Word, Excel hoặc tệp nén ZIP"),
        (picture("PNG"), "không đuôi", "image/jpeg; charset=x", "ảnh JPEG", "ảnh PNG"),
        (picture("PNG"), "trang\u202egnp.exe", None, "một chương trình máy tính", "ảnh PNG"),
        (bytes(100), "rỗng.png", None, "ảnh PNG", "một loại tệp không xác định"),
    ],
)
def test_a_file_that_lies_is_refused_with_what_it_is(
    data: bytes, name: str, declared: str | None, claimed: str, found: str
) -> None:
    with pytest.raises(Malformed) as refused:
        sniff.examine(data, name, declared)
    assert refused.value.slug == "file-lies"
    assert refused.value.detail_vi == f"Tệp mang tên {claimed} nhưng thực chất là {found}."


@pytest.mark.parametrize(
    ("data", "name", "slug", "said"),
    [
        (b"", "a.pdf", "file-empty", "không có nội dung"),
        (b"GIF89a" + bytes(50), "a.gif", "file-type", "ảnh GIF"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(50), "IMG_1.HEIC", "file-type", "HEIC"),
        (b"PK\x03\x04" + bytes(60), "a.docx", "file-type", "Word"),
        ("chào".encode(), "a.txt", "file-type", "văn bản thuần"),
        (pdf()[:2000], "a.pdf", "file-broken", "hỏng hoặc bị cắt cụt"),
        (b"%PDF-1.7\n" + bytes(500), "a.pdf", "file-broken", "hỏng hoặc bị cắt cụt"),
        (picture("JPEG", (600, 400))[:-900], "a.jpg", "file-broken", "hỏng hoặc bị cắt cụt"),
        (picture("PNG", (600, 400))[:-30], "a.png", "file-broken", "hỏng hoặc bị cắt cụt"),
        (picture("WEBP", (600, 400))[:-30], "a.webp", "file-broken", "hỏng hoặc bị cắt cụt"),
        (picture("TIFF", (600, 400))[:-9000], "a.tif", "file-broken", "hỏng hoặc bị cắt cụt"),
        (locked(opens=False), "a.pdf", "file-encrypted", "mật khẩu"),
        (locked(opens=True), "a.pdf", "file-encrypted", "bị mã hóa"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(data: bytes, name: str, slug: str, said: str) -> None:
    with pytest.raises(Malformed) as refused:
        sniff.examine(data, name)
    assert refused.value.slug == slug and said in refused.value.detail_vi and refused.value.detail


def test_a_picture_that_would_fill_the_memory_is_refused_quickly() -> None:
    bomb = picture("PNG", (40_000, 40_000), "1")
    assert len(bomb) < 300_000
    began = time.monotonic()
    with pytest.raises(Malformed) as refused:
        sniff.examine(bomb, "a.png")
    assert refused.value.slug == "file-too-big" and time.monotonic() - began < 5


def test_a_program_that_opens_a_file_and_crashes_takes_nothing_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashing = tmp_path / "examine.py"
    for body, slug in (
        ("import os; os.kill(os.getpid(), 11)", "file-too-big"),
        ("import time; time.sleep(60)", "file-too-big"),
        ("raise SystemExit(1)", "file-broken"),
    ):
        crashing.write_text(body)
        monkeypatch.setattr(sniff, "EXAMINE", crashing)
        monkeypatch.setattr(sniff, "PATIENCE", 1.0)
        with pytest.raises(Malformed) as refused:
            sniff.examine(picture(), "a.png")
        assert refused.value.slug == slug


@pytest.mark.parametrize(
    ("name", "tidy"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\Lan\\hợp đồng.pdf", "hợp đồng.pdf"),
        ("e\u0302\u0323.PDF", "ệ.PDF"),
        ("a\x00\x1b\u200b\u202eb.pdf", "ab.pdf"),
        (' . <"?*|>. ', "giấy tờ.pdf"),
        ("d" * 400 + ".pdf", "d" * 196 + ".pdf"),
        ("bản vẽ   lần 2", "bản vẽ lần 2.pdf"),
    ],
)
def test_a_name_keeps_its_letters_and_loses_its_tricks(name: str, tidy: str) -> None:
    assert sniff.tidy_name(name, sniff.PDF) == tidy


def test_the_header_carries_the_name_for_new_and_old_programs() -> None:
    assert disposition('Đơn "ký" – ổ.pdf') == (
        "attachment; filename=\"Don _ky_  o.pdf\"; filename*=UTF-8''%C4%90%C6%A1n%20%22k%C3%BD%22%20%E2%80%93%20%E1%BB%95.pdf"
    )
    assert disposition("字.pdf").startswith('attachment; filename=".pdf"')


def test_a_preview_tells_nothing_of_place_or_camera(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0110] = "CAMERA-OF-LAN"
    exif[0x0112] = 6  # to be turned
    exif.get_ifd(0x8825)[2] = (21.0, 2.0, 3.0)
    shown = sniff.picture(picture("JPEG", (90, 60), exif=exif), 1, 200)
    turned = Image.open(io.BytesIO(shown))
    assert b"CAMERA-OF-LAN" not in shown and not turned.getexif()
    assert turned.format == "WEBP" and turned.size == (60, 90)
    with pytest.raises(Malformed, match="no page 2"):
        sniff.picture(pdf(), 2, 200)


# ---- where bytes lie -------------------------------------------------------------------------------------------------


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def in_pieces(data: bytes, piece: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), piece):
        yield data[start : start + piece]


def test_the_same_bytes_twice_are_one_object_and_damage_is_noticed_and_mended(tmp_path: Path) -> None:
    store = FileStore(str(tmp_path / "files"), tmp_path / "incoming")
    data = os.urandom(70_000)

    async def receive() -> bytes:
        with await store.receive(in_pieces(data), 100_000) as received:
            assert received.size == len(data) and received.content() == data
            return received.sha256

    sha256 = anyio.run(receive)
    assert sha256 == hashlib.sha256(data).digest()
    assert store.keep(data, sha256) and not store.keep(data, sha256)
    (path,) = files_in(tmp_path)
    assert path.name == sha256.hex() and store.read(sha256) == data
    path.write_bytes(data[:-1] + b"!")
    with pytest.raises(FileLost):
        store.read(sha256)
    store.keep(data, sha256)
    assert store.read(sha256) == data
    path.unlink()
    with pytest.raises(FileLost):
        store.read(sha256)


def test_what_is_too_big_or_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    store = FileStore(str(tmp_path / "files"), tmp_path / "incoming")

    async def breaks_off() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(TooLarge):
        anyio.run(store.receive, in_pieces(bytes(5000)), 4999)
    with pytest.raises(ConnectionResetError):
        anyio.run(store.receive, breaks_off(), 4999)
    assert files_in(tmp_path) == []


def test_a_preview_is_made_once(tmp_path: Path) -> None:
    store = FileStore(str(tmp_path / "files"), tmp_path / "incoming")
    made: list[int] = []

    def make() -> bytes:
        made.append(1)
        return b"picture"

    assert [store.preview(bytes(32), "1-200.webp", make) for _ in range(3)] == [b"picture"] * 3 and made == [1]


def test_a_bucket_is_an_address(tmp_path: Path) -> None:
    store = FileStore("memory://", tmp_path / "incoming")
    sha256 = hashlib.sha256(b"x").digest()
    assert store.keep(b"x", sha256) and not store.keep(b"x", sha256) and store.read(sha256) == b"x"


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
