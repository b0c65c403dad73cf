"""Labelled pairs from files: layouts, bands by name, registration, unknown ground, and refusals in words."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning
from scipy import ndimage

from imagery.learning import pairs
from layers.errors import Malformed


def image(path: Path, data: NDArray[np.generic], bands: tuple[str, ...] = (), nodata: float | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(
            path, "w", driver="GTiff" if path.suffix == ".tif" else "PNG", count=len(data), height=data.shape[1], width=data.shape[2],
            dtype=data.dtype, nodata=nodata,
        ) as file:  # fmt: skip
            file.write(data)
            if bands:
                file.descriptions = bands


def ground(bands: int, seed: int = 3) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    return np.stack(
        [1000 + 300 * ndimage.gaussian_filter(rng.standard_normal((256, 256)), 2.0) for _ in range(bands)]
    ).astype(np.float32)


def test_a_plain_folder_keeps_what_is_known_and_what_was_seen(tmp_path: Path) -> None:
    before = ground(2)
    after = before.copy()
    after[:, :8] = -1
    changed, unchanged = np.zeros((2, 1, 256, 256), np.uint8)
    changed[:, 100:120, 100:120], unchanged[:, 200:] = 255, 255
    image(tmp_path / "x" / "before.tif", before, ("red", "nir"), -1)
    image(tmp_path / "x" / "after.tif", after, ("red", "nir"), -1)
    image(tmp_path / "x" / "change.png", changed)
    image(tmp_path / "x" / "unchanged.png", unchanged)
    (folder,) = pairs.found(tmp_path)
    pair = pairs.read(folder)
    assert (pair.name, pair.names) == ("x", ("red", "nir"))
    assert pair.truth.sum() == 400 and pair.known.sum() == 400 + 56 * 256
    assert not pair.valid[:8].any() and pair.valid[8:].all()


def test_a_second_date_that_lies_beside_the_first_is_moved_onto_it(tmp_path: Path) -> None:
    before = ground(3)
    after = np.stack([ndimage.shift(band, (1.2, -0.7), order=3, mode="nearest") for band in before])
    image(tmp_path / "before.tif", before)
    image(tmp_path / "after.tif", after)
    image(tmp_path / "change.png", np.zeros((1, 256, 256), np.uint8))
    pair = pairs.read(tmp_path)
    assert pair.names == ("red", "green", "blue")
    inner = np.s_[:, 10:-10, 10:-10]
    assert np.abs(pair.after[inner] - before[inner]).mean() < 0.1 * np.abs(after[inner] - before[inner]).mean()
    assert not pair.valid.all()  # the strip that moved in from outside


def test_dates_with_other_bands_are_refused(tmp_path: Path) -> None:
    image(tmp_path / "before.tif", ground(2), ("red", "nir"))
    image(tmp_path / "after.tif", ground(2), ("red", "green"))
    image(tmp_path / "change.png", np.zeros((1, 256, 256), np.uint8))
    with pytest.raises(Malformed) as caught:
        pairs.read(tmp_path)
    assert caught.value.slug == "pair-unreadable" and "bands differ" in caught.value.detail


def test_labels_of_another_size_are_refused(tmp_path: Path) -> None:
    image(tmp_path / "before.tif", ground(1))
    image(tmp_path / "after.tif", ground(1))
    image(tmp_path / "change.png", np.zeros((1, 50, 50), np.uint8))
    with pytest.raises(Malformed) as caught:
        pairs.read(tmp_path)
    assert "sizes differ" in caught.value.detail


def test_a_broken_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "before.tif").write_bytes(b"II*\0broken")
    image(tmp_path / "change.png", np.zeros((1, 50, 50), np.uint8))
    with pytest.raises(Malformed) as caught:
        pairs.read(tmp_path)
    assert caught.value.slug == "pair-unreadable"


def test_a_folder_without_pairs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Malformed) as caught:
        pairs.found(tmp_path)
    assert caught.value.slug == "no-pairs"


def test_clouds_hide_ground_that_is_still_known(tmp_path: Path) -> None:
    dates = ground(5), ground(5)
    dates[1][:, 100:140, 100:140] += 5000
    for number, date in enumerate(dates, 1):
        for code, band in zip(("B02", "B03", "B04", "B08", "B11"), date, strict=True):
            image(tmp_path / f"imgs_{number}" / f"{code}.tif", band[None])
    image(tmp_path / "cm" / "cm.png", np.zeros((1, 256, 256), np.uint8))
    pair = pairs.read(tmp_path)
    assert not pair.valid[100:140, 100:140].any() and pair.valid[:60].all()
    assert pair.known.all()


def test_the_layouts_of_open_data_sets_are_read(test_data: Path) -> None:
    onera = pairs.read(test_data / "change" / "oscd" / "paris")
    assert onera.names == ("blue", "green", "red", "nir", "nir08", "swir16", "swir22")
    assert onera.before.shape == (7, 408, 390) and 0.001 < onera.truth.mean() < 0.01
    sztaki = pairs.read(test_data / "change" / "sztaki" / "szada" / "2")
    assert sztaki.name == "szada-2" and sztaki.names == ("red", "green", "blue") and sztaki.truth.any()
