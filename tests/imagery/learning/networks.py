"""Small networks that keep the contract of the slot, or break it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

METADATA = {
    "bands": "red,green,blue", "gsd": "0.5", "tile": "64", "overlap": "16", "divide_by": "255", "output": "probability", "licence": "test",
}  # fmt: skip


def write_network(
    path: Path, *, planes: int = 3, factor: float = 1.0, outputs: int = 1, kernel: int = 1, bias: float = 0.0, **metadata: str | None
) -> Path:  # fmt: skip
    """A network that tells `factor` times the mean absolute difference of two dates within `kernel` x `kernel` px (zeros beyond the tile), plus `bias`."""
    dates = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", planes, "h", "w"]) for name in ("before", "after")
    ]
    answer = helper.make_tensor_value_info("change", TensorProto.FLOAT, ["n", outputs, "h", "w"])
    weight = np.full((outputs, planes, kernel, kernel), factor / planes / kernel**2, np.float32)
    nodes = [
        helper.make_node("Sub", ["before", "after"], ["difference"]),
        helper.make_node("Abs", ["difference"], ["size"]),
        helper.make_node("Conv", ["size", "weight", "bias"], ["change"], pads=[kernel // 2] * 4),
    ]
    initial = [
        helper.make_tensor("weight", TensorProto.FLOAT, weight.shape, weight.ravel().tolist()),
        helper.make_tensor("bias", TensorProto.FLOAT, (outputs,), [bias] * outputs),
    ]
    graph = helper.make_graph(nodes, "difference", dates, [answer], initial)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    told: dict[str, Any] = METADATA | metadata
    helper.set_model_props(model, {name: value for name, value in told.items() if value is not None})
    onnx.save(model, path)
    return path
