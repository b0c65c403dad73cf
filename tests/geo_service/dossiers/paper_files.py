"""Files as people hand them in."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import typst
from PIL import Image


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


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
