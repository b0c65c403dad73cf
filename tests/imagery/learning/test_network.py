"""The slot for a building network: networks that keep the contract are run without seams, all others are refused in words."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from imagery.learning.network import BuildingNetwork
from layers.errors import Malformed
from tests.imagery.learning.networks import write_network

RGB = ("red", "green", "blue")
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a network that tells the mean absolute difference of two dates."""
    return partial(write_network, tmp_path / "network.onnx")


def images(rows: int, cols: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    before, after = rng.uniform(0, 255, (2, 3, rows, cols)).astype(np.float32)
    return before, after


@pytest.mark.parametrize("shape", [(150, 203), (64, 64), (30, 90)])
def test_tiles_leave_no_seam(write: Write, shape: tuple[int, int]) -> None:
    before, after = images(*shape)
    answer = BuildingNetwork.load(write()).probability(before, after, np.ones(shape, bool), RGB)
    np.testing.assert_allclose(answer, np.abs(before - after).mean(axis=0) / 255, atol=1e-5)


@pytest.mark.parametrize("part", [np.s_[0:60, 0:203], np.s_[50:90, 100:130], np.s_[149:150, 0:1]])
def test_a_part_of_a_scene_gets_the_same_bits(write: Write, part: tuple[slice, slice]) -> None:
    """Although the network looks beyond the edge of its tiles, where there is nothing."""
    (before, after), whole = images(150, 203), (150, 203)
    network = BuildingNetwork.load(write(kernel=5))
    answer = network.probability(before, after, np.ones(whole, bool), RGB)
    given = network.covering(part, whole)
    place = (given[0].start, given[1].start)
    again = network.probability(
        before[:, *given], after[:, *given], np.ones(whole, bool)[given], RGB, place=place, whole=whole
    )
    inner = tuple(slice(side.start - first, side.stop - first) for side, first in zip(part, place, strict=True))
    np.testing.assert_array_equal(again[inner], answer[part])


def test_bands_are_taken_by_name_and_what_was_not_observed_stays_unknown(write: Write) -> None:
    before, after = images(70, 80)
    valid = np.ones((70, 80), bool)
    valid[:10] = False
    network = BuildingNetwork.load(write(bands="blue,green,red"))
    answer = network.probability(before[::-1], after[::-1], valid, RGB[::-1])
    assert np.isnan(answer[:10]).all() and np.isfinite(answer[10:]).all()
    np.testing.assert_allclose(answer[10:], np.abs(before - after).mean(axis=0)[10:] / 255, atol=1e-5)


def test_a_logit_is_turned_into_a_probability(write: Write) -> None:
    before, after = images(64, 64)
    answer = BuildingNetwork.load(write(output="logit", factor=5.0)).probability(
        before, after, np.ones((64, 64), bool), RGB
    )
    np.testing.assert_allclose(answer, 1 / (1 + np.exp(-5 * np.abs(before - after).mean(axis=0) / 255)), atol=1e-5)


def test_without_a_network_the_service_says_so_in_both_languages() -> None:
    with pytest.raises(Malformed) as caught:
        BuildingNetwork.load(None)
    assert caught.value.slug == "no-network"
    assert "not mapped" in caught.value.detail and "không lập bản đồ" in caught.value.detail_vi


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"licence": None}, "licence"),
        ({"gsd": "half a metre"}, "could not convert"),
        ({"overlap": "40"}, "impossible sizes"),
        ({"output": "classes"}, "classes"),
        ({"bands": "red,green"}, "inputs and outputs"),
        ({"outputs": 2}, "answers"),
    ],
)
def test_a_network_that_breaks_the_contract_is_refused(write: Write, change: dict[str, Any], word: str) -> None:
    with pytest.raises(Malformed) as caught:
        BuildingNetwork.load(write(**change))
    assert caught.value.slug == "network-contract"
    assert word in caught.value.detail


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "network.onnx"
    path.write_bytes(b"not a network")
    with pytest.raises(Malformed) as caught:
        BuildingNetwork.load(path)
    assert caught.value.slug == "network-contract"


@pytest.mark.parametrize(("names", "gsd"), [(RGB, 10.0), (("gray",), 0.5)])
def test_a_network_is_not_run_on_imagery_it_was_not_made_for(write: Write, names: tuple[str, ...], gsd: float) -> None:
    with pytest.raises(Malformed) as caught:
        BuildingNetwork.load(write()).check(names, gsd)
    assert caught.value.slug == "network-misfit"
