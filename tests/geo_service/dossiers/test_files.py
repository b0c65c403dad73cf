"""Files of papers: known by their bytes, refused in words, kept once, shown without what they would tell of their maker."""

from __future__ import annotations

import hashlib
import io
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from PIL import Image

from geo_service.dossiers.documents import sniff
from geo_service.dossiers.documents.service import disposition
from geo_service.dossiers.documents.store import FileLost, FileStore
from layers.errors import Malformed, TooLarge
from tests.geo_service.dossiers.paper_files import files_in, locked, pdf, picture

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
