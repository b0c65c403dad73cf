"""The square around a finding, its outlines in it, and the light of its picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
import shapely
from PIL import Image

from imagery.findings import chips


def test_the_square_holds_the_shapes_and_is_never_only_a_few_pixels() -> None:
    field = shapely.box(1_000, 2_000, 1_400, 2_100)
    wide = chips.frame([field], gsd_m=1.0, latitude=0.0)
    assert (wide.x, wide.y, wide.side) == (1_200, 2_050, pytest.approx(880))
    west, south, east, north = wide.bounds
    assert east - west == north - south == pytest.approx(880)
    lot = chips.frame([shapely.box(0, 0, 5, 12)], gsd_m=10.0, latitude=60.0)
    assert lot.side == pytest.approx(480)  # 240 m of ground, twice as long on the map at 60 degrees


def test_outlines_are_shares_of_the_square_from_its_upper_left_corner() -> None:
    square = chips.Frame(100, 100, 200)
    ringed = shapely.box(0, 0, 100, 100) - shapely.box(25, 25, 50, 50)
    outer, inner = chips.outline(shapely.MultiPolygon([ringed]), square)
    assert set(outer) == {(0.0, 1.0), (0.5, 1.0), (0.5, 0.5), (0.0, 0.5)}
    assert set(inner) == {(0.125, 0.875), (0.25, 0.875), (0.25, 0.75), (0.125, 0.75)}


def png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8), "RGBA").save(out, "PNG")
    return out.getvalue()


def test_a_dark_picture_is_drawn_apart_without_turning_another_colour() -> None:
    rng = np.random.default_rng(5)
    dark = np.dstack(
        [
            rng.integers(10, 40, (40, 40)),
            rng.integers(10, 60, (40, 40)),
            rng.integers(10, 30, (40, 40)),
            np.full((40, 40), 255),
        ]
    )
    dark[:10, :, 3] = 0
    dark[:10, :, :3] = 255  # what is transparent says nothing
    shown = np.asarray(Image.open(io.BytesIO(chips.lit(png(dark)))), dtype=float)
    seen = dark[..., 3] > 0
    assert shown[seen][:, :3].max() == 255 and shown[seen][:, :3].min() == 0
    assert (shown[..., 3] == dark[..., 3]).all()
    order = np.sign(dark[seen][:, 0] - dark[seen][:, 1])
    assert (np.sign(shown[seen][:, 0] - shown[seen][:, 1]) * order >= 0).all()


@pytest.mark.parametrize("alpha", [0, 255])
def test_a_picture_of_nothing_stays_as_it_is(alpha: int) -> None:
    flat = np.dstack([np.full((8, 8, 3), 120), np.full((8, 8), alpha)])
    assert chips.lit(png(flat)) == png(flat)
