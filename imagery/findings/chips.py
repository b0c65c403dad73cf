"""The square of ground that is shown of a finding on both dates, its outlines in that square, and a picture that can be read.

Everything in Web Mercator (EPSG:3857), as the picture is drawn; its units are stretched by 1 / cos(latitude) against metres on the ground.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from PIL import Image

Ring = list[tuple[float, float]]
AROUND = 2.2
"""Side of the square in lengths of the finding: enough of its neighbourhood to know it again."""
LEAST_PIXELS = 24
"""A picture of fewer pixels than this shows colours, not places."""

LEAST_RANGE = 8
"""Of 255: a picture with less in it is noise, and stays as it is."""


@dataclass(frozen=True)
class Frame:
    """A square: its middle and its side."""

    x: float
    y: float
    side: float

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        half = self.side / 2
        return self.x - half, self.y - half, self.x + half, self.y + half


def frame(shapes: Sequence[shapely.Geometry], gsd_m: float, latitude: float) -> Frame:
    """The square around shapes (not empty). `gsd_m`: metres of ground in a pixel of the coarser scene; `latitude` in degrees."""
    west, south, east, north = shapely.total_bounds(list(shapes))
    least = LEAST_PIXELS * gsd_m / math.cos(math.radians(latitude))
    side = max(AROUND * max(east - west, north - south), least)
    return Frame((west + east) / 2, (south + north) / 2, float(side))


def outline(shape: shapely.Geometry, within: Frame) -> list[Ring]:
    """Rings of a polygon or multipolygon as shares of the square, from its upper left corner; four decimals are a tenth of a pixel on any screen."""
    west, _south, _east, north = within.bounds
    return [
        [(round((x - west) / within.side, 4), round((north - y) / within.side, 4)) for x, y in ring.coords]
        for part in shapely.get_parts(shape)
        for ring in (part.exterior, *part.interiors)
    ]


def lit(picture: bytes) -> bytes:
    """A PNG with its darkest and brightest hundredths drawn apart to black and white, the three colours alike, so that hues stay what they were: the
    light of a whole scene, with its clouds, leaves a field in the dark. What is transparent counts for nothing and stays so."""
    image = Image.open(io.BytesIO(picture)).convert("RGBA")
    pixels = np.asarray(image, dtype=np.float32)
    seen = pixels[pixels[..., 3] > 0][:, :3]
    if not seen.size:
        return picture
    low, high = np.percentile(seen, (1, 99))
    if high - low < LEAST_RANGE:
        return picture
    drawn = np.clip((pixels[..., :3] - low) * (255 / (high - low)), 0, 255)
    out = io.BytesIO()
    whole = np.dstack([drawn, pixels[..., 3:]]).round().astype(np.uint8)
    Image.fromarray(whole, "RGBA").save(out, "PNG", compress_level=4)
    return out.getvalue()
