"""Photos of the ground: taken in as a picture made anew, so that nothing goes with it that the picture does not show."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from geo_service.dossiers.documents import schemas, sniff
from layers.errors import Malformed

Name = schemas.FileName
Width = schemas.Width
WIDEST = 2_000
"""Pixels across a photo that is kept."""


@dataclass(frozen=True)
class Picture:
    data: bytes
    sha256: bytes


def bare(data: bytes, name: str, declared: str | None) -> Picture:
    """A photo as WebP at most WIDEST pixels wide, without EXIF, XMP, IPTC or any other note of place, time, camera or author.

    Raises Malformed for what is no picture, or not the one it goes by.
    """
    looked = sniff.examine(data, name, declared)
    if not looked.media_type.startswith("image/"):
        raise Malformed(
            "no-photo",
            "A photo of the ground is a JPEG, PNG, TIFF or WebP picture.",
            "Ảnh hiện trường phải là tệp JPEG, PNG, TIFF hoặc WebP.",
        )
    made = sniff.picture(data, 1, WIDEST)
    return Picture(made, hashlib.sha256(made).digest())
