"""Pictures as bytes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal

from PIL import Image

Form = Literal["png", "webp", "jpg"]
MEDIA: dict[str, str] = {"png": "image/png", "webp": "image/webp", "jpg": "image/jpeg"}
WHITE = (255, 255, 255)


@dataclass(frozen=True)
class Picture:
    """Colours and, unless all of it is there, what is there (255) and what is not (0)."""

    colours: Image.Image
    there: Image.Image | None


def encoded(picture: Picture, form: Form) -> bytes:
    """PNG for exact colours, WebP (lossy, with transparency) for little data, JPEG for old readers: there, what is missing is white."""
    out = io.BytesIO()
    image = picture.colours
    if picture.there is not None:
        if form == "jpg":
            image = Image.composite(image, Image.new("RGB", image.size, WHITE), picture.there)
        else:
            image = image.copy()
            image.putalpha(picture.there)
    if form == "jpg":
        image.save(out, "JPEG", quality=85)
    elif form == "webp":
        image.save(out, "WEBP", quality=82, method=1, alpha_quality=100)
    else:
        image.save(out, "PNG", compress_level=3)
    return out.getvalue()
