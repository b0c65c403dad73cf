"""The program that opens papers. Run as a process of its own for each paper, never imported by the service:

    python -I examine.py look                      < file   → one line of JSON
    python -I examine.py picture <page> <width>    < file   → WebP

What people hand in is opened by big libraries written in C. Here they have no database, no key and no environment, at most `MEMORY` bytes and
`SECONDS` of processor time; a file that makes them crash ends this process and nothing else. Exit code 3: the file is refused, and the line of JSON
says why: {"refused": "broken" | "encrypted" | "too-big" | "no-page"}.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import warnings
from typing import NoReturn

import pypdfium2
from PIL import Image, ImageOps
from pypdfium2 import raw

MEMORY = 1024**3
SECONDS = 20
MOST_DECODED = 256 * 1024**2  # bytes of a picture once it is unpacked: A0 in grey or A2 in colour at 300 dpi
MOST_PAGES = 500
REFUSED = 3


def refuse(why: str) -> NoReturn:
    sys.stdout.write(json.dumps({"refused": why}))
    sys.stdout.flush()
    sys.exit(REFUSED)


def open_picture(data: bytes) -> Image.Image:
    """A picture whose header says that it can be unpacked. Pillow's own guard counts pixels, ours bytes."""
    try:
        picture = Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "TIFF", "WEBP"))
    except Image.DecompressionBombError:
        refuse("too-big")
    weigh(picture)
    return picture


def weigh(picture: Image.Image) -> None:
    if picture.width * picture.height * len(picture.getbands()) > MOST_DECODED:
        refuse("too-big")


def pages_of(picture: Image.Image) -> int:
    """Only a TIFF has pages; what moves is shown by its first picture."""
    return int(getattr(picture, "n_frames", 1)) if picture.format == "TIFF" else 1


def open_document(data: bytes) -> pypdfium2.PdfDocument:
    """A PDF that opens without a password and is not encrypted at all (a paper has to be readable in twenty years)."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        refuse("encrypted" if "password" in str(error).lower() else "broken")
    if raw.FPDF_GetSecurityHandlerRevision(document.raw) != -1:
        refuse("encrypted")
    if len(document) == 0:
        refuse("broken")
    if len(document) > MOST_PAGES:
        refuse("too-big")
    return document


def look(data: bytes) -> dict[str, int]:
    """Number of pages. Every picture is unpacked whole, every page of a PDF is opened: what passes can be shown later."""
    if data.startswith(b"%PDF-"):
        document = open_document(data)
        for number in range(len(document)):
            document[number].close()
        return {"pages": len(document)}
    open_picture(data).verify()
    picture = open_picture(data)
    pages = pages_of(picture)
    if pages > MOST_PAGES:
        refuse("too-big")
    for page in range(pages):
        picture.seek(page)
        weigh(picture)
        picture.load()
    return {"pages": pages}


def drawn(data: bytes, page: int, width: int) -> Image.Image:
    """A page as a picture at most `width` pixels wide and three times as high, upright, on white."""
    if data.startswith(b"%PDF-"):
        document = open_document(data)
        if page > len(document):
            refuse("no-page")
        sheet = document[page - 1]
        scale = min(width / sheet.get_width(), 3 * width / sheet.get_height()) * (1 - 1e-6)  # sizes are rounded up
        page_drawn: Image.Image = sheet.render(scale=scale).to_pil()
        return page_drawn.convert("RGB")
    picture = open_picture(data)
    if page > pages_of(picture):
        refuse("no-page")
    picture.seek(page - 1)
    weigh(picture)
    picture.draft("RGB", (width, 3 * width))  # a JPEG is unpacked no larger than needed
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((width, 3 * width), Image.Resampling.LANCZOS)
    if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
        clear = upright.convert("RGBA")
        white = Image.new("RGB", clear.size, "white")
        white.paste(clear, mask=clear.getchannel("A"))
        return white
    if upright.mode.startswith("I;16"):
        upright = upright.point(lambda value: value / 256).convert("L")
    return upright.convert("RGB")


def picture_of(data: bytes, page: int, width: int) -> bytes:
    """WebP with nothing in it but pixels: no place, camera or author of the original."""
    out = io.BytesIO()
    drawn(data, page, width).save(out, "WEBP", quality=82, method=2)
    return out.getvalue()


def main(words: list[str]) -> None:
    warnings.simplefilter("ignore")
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    data = sys.stdin.buffer.read()
    try:
        if words[0] == "look":
            sys.stdout.write(json.dumps(look(data)))
        else:
            sys.stdout.buffer.write(picture_of(data, int(words[1]), int(words[2])))
    except MemoryError:
        refuse("too-big")
    except Exception:  # noqa: BLE001  (whatever a library says of the file: it cannot be shown)
        refuse("broken")


if __name__ == "__main__":
    main(sys.argv[1:])
