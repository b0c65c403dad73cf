"""What a scene can be looked at as, and what each look shows."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imagery.render.datasets import gdal
from imagery.render.looks import CLASSES, NAMED, NDVI, available, look_for, parse_stretch
from imagery.render.renderer import Renderer
from imagery.render.source import Source
from layers.errors import Malformed
from tests.imagery.render.ground import cog, ramps, source

SIZE, GSD = 256, 10.0
SIX = ("blue", "green", "red", "nir", "swir16", "swir22")


@pytest.fixture
def renderer() -> Iterator[Renderer]:
    with gdal():
        instance = Renderer()
        yield instance
        instance.close()


@pytest.fixture
def scene(tmp_path: Path) -> Source:
    """Left half: crops (reflectance 0.05 red, 0.45 nir). Right half: water. Stored as Sentinel-2 does: (reflectance + 0.1) * 10,000."""
    crops, water = (0.04, 0.08, 0.05, 0.45, 0.20, 0.10), (0.06, 0.07, 0.05, 0.02, 0.01, 0.01)
    values = np.empty((6, SIZE, SIZE), np.uint16)
    values[:, :, : SIZE // 2] = np.array([(v + 0.1) * 10_000 for v in crops]).reshape(6, 1, 1).round()
    values[:, :, SIZE // 2 :] = np.array([(v + 0.1) * 10_000 for v in water]).reshape(6, 1, 1).round()
    data = cog(tmp_path / "data.tif", values, gsd=GSD, nodata=0, compress="DEFLATE")
    classes = np.ones((1, SIZE, SIZE), np.uint8)
    classes[:, :, SIZE // 2 :] = 4
    classes[:, :20] = 2
    mask = cog(tmp_path / "mask.tif", classes, gsd=GSD, compress="DEFLATE", overview_resampling="MODE")
    return source(data, SIZE, GSD, SIX, mask=mask, scale=0.0001, offset=-0.1)


def drawn(renderer: Renderer, scene: Source, *asked: str | None) -> np.ndarray:
    body = renderer.chip(scene, look_for(scene, *asked), scene.footprint.bounds, 256)
    assert body is not None
    return np.asarray(Image.open(io.BytesIO(body)).convert("RGBA"))


def test_an_index_is_that_of_reflectance_and_not_of_stored_values(renderer: Renderer, scene: Source) -> None:
    seen = drawn(renderer, scene, "ndvi")
    values = [stop.value for stop in NDVI]
    for column, ndvi in ((64, (0.45 - 0.05) / 0.5), (192, (0.02 - 0.05) / 0.07)):
        wanted = [np.interp(ndvi, values, [stop.colour[c] for stop in NDVI]) for c in range(3)]
        assert abs(seen[128, column, :3] - np.array(wanted)).max() <= 3


def test_classes_keep_their_colours_also_at_their_edges(renderer: Renderer, scene: Source) -> None:
    seen = drawn(renderer, scene, "mask")
    colours = {tuple(pixel) for pixel in seen[seen[..., 3] == 255][:, :3].tolist()}
    assert colours == {stop.colour for stop in CLASSES if stop.value in (1, 2, 4)}


def test_a_scene_offers_the_looks_it_has_bands_for(scene: Source, tmp_path: Path) -> None:
    assert [look.name for look in available(scene)] == list(NAMED)
    colours = source(Path(scene.data), SIZE, GSD, ("red", "green", "blue"))
    assert [look.name for look in available(colours)] == ["natural"]
    naip = source(Path(scene.data), SIZE, GSD, ("red", "green", "blue", "nir"))
    assert [look.name for look in available(naip)] == ["natural", "false-colour", "ndvi", "ndwi"]
    gray = source(Path(scene.data), SIZE, GSD, ("gray",))
    assert look_for(gray).bands == ("B1",)
    landsat = source(Path(scene.data), SIZE, GSD, ("blue", "green", "red", "nir08", "swir16"))
    assert look_for(landsat, "swir").bands == ("swir16", "nir", "red") and landsat.index("nir") == 4


def test_what_a_scene_does_not_have_is_refused_in_two_languages(scene: Source) -> None:
    naip = source(Path(scene.data), SIZE, GSD, ("red", "green", "blue", "nir"))
    for asked, slug in (
        (("ndbi", None, None), "bad-look"),
        (("sepia", None, None), "bad-look"),
        (("mask", None, None), "bad-look"),
        (("ndvi", None, "0,1"), "no-stretch"),
        (("ndvi", "red", None), "look-or-bands"),
        ((None, "red,swir16,blue", None), "bad-bands"),
        ((None, "red,green", None), "bad-bands"),
        ((None, "red", "5"), "bad-stretch"),
    ):
        with pytest.raises(Malformed) as refused:
            look_for(naip, *asked)
        assert refused.value.slug == slug and refused.value.detail_vi != refused.value.detail


@pytest.mark.parametrize(
    "text", ["", "p", "2", "9,1", "p-1,50", "p2,101", "1,2;3,4", "1,2;3,4;5", "nan,1", "1e9,2", "1,2,3"]
)
def test_a_stretch_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_stretch(text, 3)
    assert refused.value.slug == "bad-stretch"


def test_a_stretch_of_stored_values_is_linear_between_them(renderer: Renderer, scene: Source) -> None:
    seen = drawn(renderer, scene, None, "nir", "1000,6000")
    assert abs(int(seen[128, 64, 0]) - 255 * (5_500 - 1_000) / 5_000) <= 1
    assert abs(int(seen[128, 192, 0]) - 255 * (1_200 - 1_000) / 5_000) <= 1
    pairs = drawn(renderer, scene, None, "nir,red,green", "0,11000;0,3000;0,1800")
    assert abs(pairs[128, 64, :3].astype(int) - [127.5, 127.5, 255]).max() <= 1.5


def test_clouds_do_not_make_the_land_dark(renderer: Renderer, tmp_path: Path) -> None:
    land = (ramps(SIZE) % 100 + 1_000).astype(np.uint16)
    land[:, :100] = 9_000
    data = cog(tmp_path / "data.tif", land, gsd=GSD, compress="DEFLATE")
    classes = np.ones((1, SIZE, SIZE), np.uint8)
    classes[:, :100] = 2
    mask = cog(tmp_path / "mask.tif", classes, gsd=GSD, compress="DEFLATE")
    names = ("red", "green", "blue")
    with_mask = source(data, SIZE, GSD, names, mask=mask)
    low, high = renderer.percentiles.pair(with_mask, 1, 2, 98)
    assert 1_000 <= low <= 1_010 and 1_090 <= high <= 1_100
    data.unlink()
    assert renderer.percentiles.pair(with_mask, 1, 2, 98) == (low, high)
