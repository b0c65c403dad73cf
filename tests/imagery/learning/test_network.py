"""The slot for a building network: networks that keep the contract are run without seams, all others are refused in words."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from imagery.learning.network import BuildingNetwork
from layers.errors import Malformed

RGB = ("red", "green", "blue")
METADATA = {
    "bands": "red,green,blue", "gsd": "0.5", "tile": "64", "overlap": "16", "divide_by": "255", "output": "probability", "licence": "test",
}  # fmt: skip
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a network that tells the mean absolute difference of two dates."""

    def network(*, planes: int = 3, factor: float = 1.0, outputs: int = 1, **metadata: str | None) -> Path:
        dates = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", planes, "h", "w"])
            for name in ("before", "after")
        ]
        answer = helper.make_tensor_value_info("change", TensorProto.FLOAT, ["n", outputs, "h", "w"])
        weight = np.full((outputs, planes, 1, 1), factor / planes, np.float32)
        nodes = [
            helper.make_node("Sub", ["before", "after"], ["difference"]),
            helper.make_node("Abs", ["difference"], ["size"]),
            helper.make_node("Conv", ["size", "weight"], ["change"]),
        ]
        initial = [helper.make_tensor("weight", TensorProto.FLOAT, weight.shape, weight.ravel().tolist())]
        graph = helper.make_graph(nodes, "difference", dates, [answer], initial)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        told: dict[str, Any] = METADATA | metadata
        helper.set_model_props(model, {name: value for name, value in told.items() if value is not None})
        path = tmp_path / "network.onnx"
        onnx.save(model, path)
        return path

    return network


def images(rows: int, cols: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    before, after = rng.uniform(0, 255, (2, 3, rows, cols)).astype(np.float32)
    return before, after


@pytest.mark.parametrize("shape", [(150, 203), (64, 64), (30, 90)])
def test_tiles_leave_no_seam(write: Write, shape: tuple[int, int]) -> None:
    before, after = images(*shape)
    answer = BuildingNetwork.load(write()).probability(before, after, np.ones(shape, bool), RGB, 0.5)
    np.testing.assert_allclose(answer, np.abs(before - after).mean(axis=0) / 255, atol=1e-5)


def test_bands_are_taken_by_name_and_what_was_not_observed_stays_unknown(write: Write) -> None:
    before, after = images(70, 80)
    valid = np.ones((70, 80), bool)
    valid[:10] = False
    network = BuildingNetwork.load(write(bands="blue,green,red"))
    answer = network.probability(before[::-1], after[::-1], valid, RGB[::-1], 0.5)
    assert np.isnan(answer[:10]).all() and np.isfinite(answer[10:]).all()
    np.testing.assert_allclose(answer[10:], np.abs(before - after).mean(axis=0)[10:] / 255, atol=1e-5)


def test_a_logit_is_turned_into_a_probability(write: Write) -> None:
    before, after = images(64, 64)
    answer = BuildingNetwork.load(write(output="logit", factor=5.0)).probability(
        before, after, np.ones((64, 64), bool), RGB, 0.5
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
    before, after = images(64, 64)
    with pytest.raises(Malformed) as caught:
        BuildingNetwork.load(write()).probability(before, after, np.ones((64, 64), bool), names, gsd)
    assert caught.value.slug == "network-misfit"
