"""What a scene can be looked at as: composites of three bands, indices, the mask, or any bands with any stretch.

Colours of the indices follow what readers of such maps expect: vegetation green, water blue, built-up and bare ground red and brown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from imagery.render.source import Source
from layers.errors import Malformed

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Stretch:
    """Which values become black and white: percentiles of the scene (0…100), or stored values; one pair, or a pair for each band."""

    kind: Literal["percentile", "value"] = "percentile"
    pairs: tuple[tuple[float, float], ...] = ((2.0, 98.0),)

    def pair(self, place: int) -> tuple[float, float]:
        return self.pairs[place if len(self.pairs) > 1 else 0]


@dataclass(frozen=True)
class Stop:
    """A value of a legend and its colour; `vi`, `en`: what the value stands for, if it has a name."""

    value: float
    colour: Colour
    vi: str = ""
    en: str = ""

    @property
    def hex(self) -> str:
        return "#{:02x}{:02x}{:02x}".format(*self.colour)


@dataclass(frozen=True)
class Look:
    """How a scene is drawn. `bands`: names or common names, one (gray) or three for a composite, those the formula needs for an index."""

    name: str
    kind: Literal["visual", "composite", "index", "mask"]
    bands: tuple[str, ...] = ()
    stretch: Stretch = field(default_factory=Stretch)
    legend: tuple[Stop, ...] = ()

    @property
    def key(self) -> str:
        """The same for the same picture."""
        return f"{self.name}/{self.kind}/{','.join(self.bands)}/{self.stretch.kind}{self.stretch.pairs}"


NDVI = (
    Stop(-0.2, (33, 102, 172), "mặt nước", "water"),
    Stop(0.0, (214, 200, 178)),
    Stop(0.2, (235, 222, 160), "đất trống, công trình", "bare or built-up"),
    Stop(0.4, (173, 211, 110)),
    Stop(0.6, (84, 168, 72), "cây trồng", "crops"),
    Stop(0.9, (0, 84, 36), "cây rậm", "dense vegetation"),
)
NDBI = (
    Stop(-0.5, (0, 90, 60), "cây, nước", "vegetation, water"),
    Stop(-0.15, (166, 206, 150)),
    Stop(0.0, (245, 240, 225)),
    Stop(0.15, (240, 150, 100), "công trình, đất trống", "built-up or bare"),
    Stop(0.5, (150, 20, 40)),
)
NDWI = (
    Stop(-0.6, (150, 105, 60), "đất khô, cây", "dry ground, vegetation"),
    Stop(-0.2, (232, 220, 195)),
    Stop(0.0, (222, 235, 240)),
    Stop(0.2, (90, 165, 215), "mặt nước", "open water"),
    Stop(0.6, (8, 48, 130)),
)
BSI = (
    Stop(-0.4, (0, 95, 75), "cây, nước", "vegetation, water"),
    Stop(-0.1, (170, 210, 170)),
    Stop(0.0, (245, 240, 220)),
    Stop(0.15, (215, 150, 80), "đất trống", "bare soil"),
    Stop(0.4, (125, 60, 15)),
)
CLASSES = (
    Stop(0, (120, 113, 108), "không có dữ liệu", "no data"),
    Stop(1, (236, 240, 232), "quang mây", "clear"),
    Stop(2, (250, 150, 200), "mây", "cloud"),
    Stop(3, (80, 60, 120), "bóng mây", "cloud shadow"),
    Stop(4, (70, 140, 210), "nước", "water"),
    Stop(5, (150, 230, 240), "tuyết", "snow"),
    Stop(255, (200, 190, 150), "không rõ", "unknown"),
)
"""Values of mask files."""

NATURAL = Look("natural", "composite", ("red", "green", "blue"))
NAMED: dict[str, Look] = {
    "natural": NATURAL,
    "false-colour": Look("false-colour", "composite", ("nir", "red", "green")),
    "swir": Look("swir", "composite", ("swir22", "nir", "red")),
    "ndvi": Look("ndvi", "index", ("red", "nir"), legend=NDVI),
    "ndbi": Look("ndbi", "index", ("nir", "swir16"), legend=NDBI),
    "ndwi": Look("ndwi", "index", ("green", "nir"), legend=NDWI),
    "bsi": Look("bsi", "index", ("blue", "red", "nir", "swir16"), legend=BSI),
    "mask": Look("mask", "mask", legend=CLASSES),
}
ALTERNATIVES = {"swir": Look("swir", "composite", ("swir16", "nir", "red"))}
"""For scenes without the band of the usual one."""

_NUMBER = r"-?\d{1,9}(?:\.\d{1,6})?"
_PAIR = re.compile(rf"({_NUMBER}),({_NUMBER})")


def available(source: Source) -> tuple[Look, ...]:
    """The named looks this scene has bands for."""
    return tuple(look for name in NAMED if (look := _named(source, name)) is not None)


def _named(source: Source, name: str) -> Look | None:
    look = NAMED[name]
    if look.kind == "mask":
        return look if source.mask else None
    if name == "natural" and source.visual:
        return Look("natural", "visual")
    for candidate in (look, ALTERNATIVES.get(name)):
        if candidate and all(source.index(band) for band in candidate.bands):
            return candidate
    if name == "natural" and source.bands:
        first = next((band for band in source.bands if band.common_name == "gray"), source.bands[0])
        return Look("natural", "composite", (first.name,))
    return None


def look_for(source: Source, name: str | None = None, bands: str | None = None, stretch: str | None = None) -> Look:
    """The look a request asks for: a named one, or `bands=swir22,nir,red`; `stretch` as `parse_stretch` reads it.

    Raises Malformed for one that this scene does not have.
    """
    if bands is not None:
        if name is not None:
            raise Malformed(
                "look-or-bands",
                "Ask for a named look or for bands, not for both.",
                "Chỉ chọn kiểu hiển thị hoặc tổ hợp kênh, không chọn cả hai.",
            )
        return Look("bands", "composite", _bands(source, bands), parse_stretch(stretch, bands.count(",") + 1))
    asked = name or "natural"
    look = _named(source, asked) if asked in NAMED else None
    if look is None:
        have = ", ".join(one.name for one in available(source))
        raise Malformed(
            "bad-look",
            f"This scene has no look '{asked[:40]}'; it has: {have}.",
            f"Ảnh này không có kiểu hiển thị '{asked[:40]}'; chỉ có: {have}.",
            looks=[one.name for one in available(source)],
        )
    if stretch is None:
        return look
    if look.kind == "visual":
        look = NATURAL if all(source.index(band) for band in NATURAL.bands) else look
    if look.kind != "composite":
        raise Malformed(
            "no-stretch",
            f"The look '{asked}' has colours of its own and takes no stretch.",
            f"Kiểu hiển thị '{asked}' có thang màu riêng nên không nhận giãn tương phản.",
        )
    return Look(look.name, "composite", look.bands, parse_stretch(stretch, len(look.bands)))


def _bands(source: Source, text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(","))
    unknown = [name[:40] for name in names if source.index(name) is None]
    if len(names) not in (1, 3) or unknown:
        have = ", ".join(band.name for band in source.bands)
        wrong = f"no band {', '.join(unknown)}" if unknown else f"{len(names)} bands"
        wrong_vi = f"không có kênh {', '.join(unknown)}" if unknown else f"{len(names)} kênh"
        raise Malformed(
            "bad-bands",
            f"bands: one or three of {have}; this is {wrong}.",
            f"bands: một hoặc ba trong các kênh {have}; ở đây {wrong_vi}.",
            bands=[band.name for band in source.bands],
        )
    return names


def parse_stretch(text: str | None, bands: int) -> Stretch:
    """`p2,98`: percentiles of the scene; `0,3000`: stored values; `0,3000;0,2500;0,2000`: a pair for each band. None: `p2,98`.

    Raises Malformed.
    """
    if text is None:
        return Stretch()
    kind: Literal["percentile", "value"] = "percentile" if text.startswith("p") else "value"
    found = [_PAIR.fullmatch(part) for part in text.removeprefix("p").split(";")]
    pairs = tuple((float(one[1]), float(one[2])) for one in found if one)
    good = len(pairs) == len(found) and len(pairs) in (1, bands) and all(low < high for low, high in pairs)
    if not good or (kind == "percentile" and any(low < 0 or high > 100 for low, high in pairs)):
        raise Malformed(
            "bad-stretch",
            "stretch: percentiles as p2,98 or stored values as 0,3000; one rising pair, or one for each band with ; between them.",
            "stretch: phân vị như p2,98 hoặc giá trị gốc như 0,3000; một cặp tăng dần, hoặc mỗi kênh một cặp, cách nhau bằng dấu ;.",
        )
    return Stretch(kind, pairs)
