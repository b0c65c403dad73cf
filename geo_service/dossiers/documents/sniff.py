"""What a file is: what its bytes say, not its name and not what the browser called it.

Accepted are PDF, JPEG, PNG, TIFF and WebP that really open (see `examine`, which is run as a process of its own). Everything else is refused with a
sentence that says what it is, and so is a file that goes by the name of another type: whoever sent it should know.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from layers.errors import Busy, Malformed, Problem

EXAMINE = Path(__file__).with_name("examine.py")
PATIENCE = 30.0  # seconds for one paper
AT_ONCE = threading.BoundedSemaphore(2)  # papers being opened in this process: 2 GiB at the very most
REFUSED = 3
LONGEST_NAME = 200


@dataclass(frozen=True)
class FileType:
    """A type of file in words; `extensions` are those it may go by, the first is the usual one. `media_type` None: not accepted."""

    vi: str
    en: str
    extensions: tuple[str, ...]
    media_type: str | None = None


PDF = FileType("tệp PDF", "a PDF", ("pdf",), "application/pdf")
JPEG = FileType("ảnh JPEG", "a JPEG picture", ("jpg", "jpeg", "jpe", "jfif"), "image/jpeg")
PNG = FileType("ảnh PNG", "a PNG picture", ("png",), "image/png")
TIFF = FileType("ảnh TIFF", "a TIFF picture", ("tif", "tiff"), "image/tiff")
WEBP = FileType("ảnh WebP", "a WebP picture", ("webp",), "image/webp")
ACCEPTED = (PDF, JPEG, PNG, TIFF, WEBP)
_HEIC = FileType("ảnh HEIC của điện thoại", "a HEIC picture of a phone", ("heic", "heif"))
_OFFICE = FileType("tệp Word, Excel hoặc tệp nén ZIP", "a Word, Excel or ZIP file", ("docx", "xlsx", "pptx", "zip"))
_OLD_OFFICE = FileType("tệp Word hoặc Excel đời cũ", "an old Word or Excel file", ("doc", "xls", "ppt"))
_PROGRAM = FileType("một chương trình máy tính", "a computer program", ("exe", "dll", "so"))
_PAGE = FileType("một trang web", "a web page", ("html", "htm", "xhtml", "svg", "xml"))
_TEXT = FileType("tệp văn bản thuần", "plain text", ("txt", "csv", "json", "js", "sh", "py", "dxf"))
_OTHER = FileType("một loại tệp không xác định", "an unknown kind of file", ())

# First bytes of what people send; TIFF also as BigTIFF.
MAGIC: tuple[tuple[bytes, FileType], ...] = (
    (rb"%PDF-", PDF),
    (rb"\xff\xd8\xff", JPEG),
    (rb"\x89PNG\r\n\x1a\n", PNG),
    (rb"II[*+]\x00|MM\x00[*+]", TIFF),
    (rb"RIFF.{4}WEBP", WEBP),
    (rb".{4}ftyp(?:hei|hev|mif1|msf1|avi[fs])", _HEIC),
    (rb".{4}ftyp", FileType("một đoạn phim", "a film", ("mp4", "mov"))),
    (rb"PK(?:\x03\x04|\x05\x06)", _OFFICE),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLD_OFFICE),
    (rb"MZ|\x7fELF|\xca\xfe\xba\xbe|[\xce\xcf]\xfa\xed\xfe|#!", _PROGRAM),
    (rb"GIF8", FileType("ảnh GIF", "a GIF picture", ("gif",))),
    (rb"BM.{4}\x00\x00\x00\x00", FileType("ảnh BMP", "a BMP picture", ("bmp",))),
    (rb"Rar!|7z\xbc\xaf\x27\x1c|\x1f\x8b|BZh|\xfd7zXZ", FileType("một tệp nén", "a compressed file", ("rar", "7z", "gz"))),
    (rb"AC10\d\d", FileType("bản vẽ DWG", "a DWG drawing", ("dwg",))),
    (rb"\{\\rtf", FileType("tệp RTF", "an RTF file", ("rtf",))),
    (rb"(?i)\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|\?xml|svg|script|head|body)", _PAGE),
)  # fmt: skip
_KNOWN = tuple((re.compile(pattern, re.DOTALL), kind) for pattern, kind in MAGIC)
BY_EXTENSION = {extension: kind for kind in (_TEXT, *(kind for _, kind in MAGIC)) for extension in kind.extensions}
BY_MEDIA_TYPE = {kind.media_type: kind for kind in ACCEPTED} | {
    "image/jpg": JPEG,
    "image/tif": TIFF,
    "application/x-pdf": PDF,
}
_WORDS_OF_REFUSAL = {
    "encrypted": (
        "The PDF is encrypted or asks for a password; send it without.",
        "Tệp PDF bị mã hóa hoặc đặt mật khẩu; hãy gửi lại bản không có mật khẩu.",
    ),
    "too-big": (
        "The file is too heavy to open (too many pages or pixels); send it at a lower resolution or in parts.",
        "Tệp quá nặng để mở (quá nhiều trang hoặc điểm ảnh); hãy giảm độ phân giải hoặc chia nhỏ.",
    ),
}


@dataclass(frozen=True)
class Looked:
    media_type: str
    pages: int
    name: str


def type_of(head: bytes) -> FileType:
    """What the first bytes (64 are enough) say."""
    for pattern, kind in _KNOWN:
        if pattern.match(head):
            return kind
    printable = all(byte >= 0x20 or byte in b"\t\r\n\x0c" for byte in head)
    return _TEXT if head and printable else _OTHER


def examine(data: bytes, name: str, declared: str | None = None) -> Looked:
    """What a file is, with a name that suits it. `declared`: the media type its sender gave it.

    Raises Malformed for an empty file, a type that is not accepted, a name or `declared` of another type, and what does not open; Busy when others
    are being looked at.
    """
    if not data:
        raise Malformed("file-empty", "The file is empty.", "Tệp không có nội dung.")
    kind = type_of(data[:64])
    clean, claimed = tidy_name(name, kind), _claimed(name, declared)
    if claimed is not None and claimed is not kind:
        raise Malformed(
            "file-lies",
            f"The file goes by the name of {claimed.en} but is {kind.en}.",
            f"Tệp mang tên {claimed.vi} nhưng thực chất là {kind.vi}.",
            claimed=claimed.en,
            found=kind.en,
        )
    if kind.media_type is None:
        raise Malformed(
            "file-type",
            f"This is {kind.en}. A paper is handed in as PDF, JPEG, PNG, TIFF or WebP.",
            f"Đây là {kind.vi}. Giấy tờ cần nộp ở dạng PDF, JPEG, PNG, TIFF hoặc WebP.",
            found=kind.en,
        )
    answer = _run(data, "look")
    if answer.refused:
        raise _refusal(answer.refused, kind)
    return Looked(kind.media_type, int(json.loads(answer.said)["pages"]), clean)


def picture(data: bytes, page: int, width: int) -> bytes:
    """A page (from 1) as WebP, at most `width` pixels wide. Raises Malformed for a page that is not there."""
    answer = _run(data, "picture", str(page), str(width))
    if answer.refused == "no-page":
        raise Malformed("no-such-page", f"There is no page {page}.", f"Không có trang {page}.")
    if answer.refused:
        raise _refusal(answer.refused, type_of(data[:64]))
    return answer.said


def _claimed(name: str, declared: str | None) -> FileType | None:
    """The type a file pretends to be: by its extension, or else by its media type; None where neither says anything we know."""
    extension = name.rpartition(".")[2].strip().lower() if "." in name else ""
    named = BY_EXTENSION.get(extension)
    called = BY_MEDIA_TYPE.get((declared or "").partition(";")[0].strip().lower())
    return named or called


def _refusal(why: str, kind: FileType) -> Problem:
    english, vietnamese = _WORDS_OF_REFUSAL.get(
        why,
        (
            f"The file begins like {kind.en} but cannot be opened: it is damaged or was cut off. Send it again.",
            f"Tệp có phần đầu của {kind.vi} nhưng không mở được: tệp hỏng hoặc bị cắt cụt. Hãy gửi lại.",
        ),
    )
    return Malformed(f"file-{why}", english, vietnamese, found=kind.en)


@dataclass(frozen=True)
class _Answer:
    said: bytes
    refused: str | None


def _run(data: bytes, *words: str) -> _Answer:
    """Run `examine.py` on a file. A process that crashes, eats too much or takes too long has met a file that cannot be opened."""
    if not AT_ONCE.acquire(timeout=PATIENCE / 3):
        raise Busy("busy", "Other files are being looked at; try again.", "Đang kiểm tra các tệp khác; hãy thử lại.")
    command = [sys.executable, "-I", str(EXAMINE), *words]
    try:
        done = subprocess.run(
            command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, timeout=PATIENCE, check=False
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return _Answer(b"", "too-big")
    finally:
        AT_ONCE.release()
    if done.returncode == 0:
        return _Answer(done.stdout, None)
    if done.returncode == REFUSED:
        return _Answer(b"", str(json.loads(done.stdout)["refused"]))
    return _Answer(b"", "too-big" if done.returncode < 0 else "broken")


def tidy_name(name: str, kind: FileType) -> str:
    """A name to show and to save under: the last part of a path, composed letters, nothing that cannot be seen, an extension that is true.

    Bidirectional and other invisible signs could make a name read as something else; they go, and so do the signs no file system takes.
    """
    text = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    text = "".join(sign for sign in text if unicodedata.category(sign)[0] != "C" and sign not in '<>:"|?*')
    text = re.sub(r"\s+", " ", text).strip(" .")
    stem, dot, extension = text.rpartition(".")
    if not dot or extension.lower() not in kind.extensions:
        stem, extension = text, kind.extensions[0] if kind.extensions else ""
    stem = stem.strip(" .") or "giấy tờ"
    return f"{stem[: LONGEST_NAME - len(extension) - 1].rstrip()}.{extension}" if extension else stem[:LONGEST_NAME]
