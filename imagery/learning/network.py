"""A slot for a network that maps changes of buildings on orthophotos: an ONNX file that states what it expects, run in overlapping tiles on the CPU.

The tiles lie where they lie in the scene, whatever part of it is asked for, so a pixel gets the same bits in any part that covers its tiles.

Pixel methods are no better than calling everything changed at 0.5 m, and no network may be shipped (the open labels forbid it). So without a file the
service says that it maps no buildings, and a file that does not keep the contract is refused:

- one input (n, 2·bands, tile, tile), the earlier date first, or two inputs (n, bands, tile, tile) named `before` and `after`; float32;
- one output (n, 1, tile, tile), float32: the probability, or its logit where the metadata says `output` = `logit`;
- metadata of the file: `bands` (common names, comma-separated), `gsd` (m), `tile` (px), `overlap` (px), `divide_by` (of the values), `output`, `licence`.
"""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.errors import Malformed

GSD_TOLERANCE = 1.5
"""A network is not run on pixels more than this many times larger or smaller than those it was trained on."""
NEEDED = ("bands", "gsd", "tile", "overlap", "divide_by", "output", "licence")
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Contract:
    """What a network says of itself. `gsd` in m, `tile` and `overlap` in px, `logit`: whether its output is one."""

    bands: tuple[str, ...]
    gsd: float
    tile: int
    overlap: int
    divide_by: float
    logit: bool
    licence: str


def no_network() -> Malformed:
    """What is said where a network would be needed and none is set up."""
    return Malformed(
        "no-network",
        "No building network is set up, so changes of buildings are not mapped on orthophotos; pixel methods would give a bad map.",
        "Chưa cài mạng nơ-ron nhận dạng công trình nên không lập bản đồ biến động nhà trên ảnh trực giao; phương pháp điểm ảnh sẽ cho bản đồ sai.",
    )


class BuildingNetwork:
    """A network that kept the contract. Make it with `load`."""

    def __init__(self, session: Any, contract: Contract, sha256: str) -> None:
        self._session, self.contract, self.sha256 = session, contract, sha256
        self._inputs = [one.name for one in session.get_inputs()]

    @classmethod
    def load(cls, path: Path | None) -> BuildingNetwork:
        """Read and try it once. Raises Malformed 'no-network' (none given), 'no-onnxruntime', 'network-contract'."""
        if path is None:
            raise no_network()
        try:
            import onnxruntime  # noqa: PLC0415  (an extra)
        except ImportError as error:
            raise Malformed(
                "no-onnxruntime",
                "A building network is set up, but onnxruntime is not installed (extra `network`).",
                "Đã cấu hình mạng nơ-ron nhưng chưa cài onnxruntime (gói mở rộng `network`).",
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # the run has its own threads
        options.log_severity_level = 3
        try:
            content = path.read_bytes()
            session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises its own classes, one for each way a file can be broken
            raise _broken(
                f"{path.name} cannot be read as ONNX", f"không đọc được {path.name} theo định dạng ONNX"
            ) from error
        contract = _contract(session.get_modelmeta().custom_metadata_map)
        _check_shapes(session, contract)
        network = cls(session, contract, hashlib.sha256(content).hexdigest())
        blank = np.zeros((len(contract.bands), contract.tile, contract.tile), np.float32)
        network._check_output(network._run(blank, blank))
        return network

    def covering(self, part: tuple[slice, slice], whole: tuple[int, int]) -> tuple[slice, slice]:
        """The rows and columns that `probability` has to be given for `part` of a scene of `whole` (rows, cols): all tiles that touch it."""
        return self._hull(part[0], whole[0]), self._hull(part[1], whole[1])

    def _hull(self, span: slice, length: int) -> slice:
        tile = self.contract.tile
        touching = [start for start in self._starts(length) if start < span.stop and start + tile > span.start]
        return slice(touching[0], min(length, touching[-1] + tile))

    def probability(
        self,
        before: Floats,
        after: Floats,
        valid: NDArray[np.bool_],
        names: tuple[str, ...],
        *,
        place: tuple[int, int] = (0, 0),
        whole: tuple[int, int] | None = None,
    ) -> Floats:
        """Probability that a building came or went, (rows, cols), NaN where not observed or in no tile that is wholly there.

        `before`, `after`: (bands, rows, cols) in the units of the sensor, bands called `names`, of a pair that passed `check`; they lie at `place`
        (row, col) of a scene of `whole` (rows, cols). Overlapping tiles are averaged with a weight that falls to their edges, so that no seam is seen.
        """
        order = [names.index(band) for band in self.contract.bands]
        scale = np.float32(self.contract.divide_by)
        one, two = (
            np.where(valid, image[order], np.float32(0)).astype(np.float32) / scale for image in (before, after)
        )
        total, weights = np.zeros(valid.shape, np.float32), np.zeros(valid.shape, np.float32)
        weight = _weight(self.contract.tile, self.contract.overlap)
        for part in self._tiles(valid.shape, place, whole or valid.shape):
            if valid[part].any():
                height, width = valid[part].shape
                answer = self._run(self._padded(one[:, *part]), self._padded(two[:, *part]))[0, 0, :height, :width]
                total[part] += answer * weight[:height, :width]
                weights[part] += weight[:height, :width]
        seen = valid & (weights > 0)
        result = total / np.where(seen, weights, np.float32(1))
        if self.contract.logit:
            result = 1 / (1 + np.exp(-np.clip(result, -30, 30)))
        return np.where(seen, np.clip(result, 0, 1), np.float32(np.nan)).astype(np.float32)

    def _starts(self, length: int) -> list[int]:
        """Where tiles begin along a side of the scene; the last one is moved inwards, so that all of it is covered."""
        tile, overlap = self.contract.tile, self.contract.overlap
        return sorted(
            {min(start, max(0, length - tile)) for start in range(0, max(1, length - overlap), tile - overlap)}
        )

    def _tiles(self, shape: tuple[int, ...], place: tuple[int, int], whole: tuple[int, int]) -> list[tuple[slice, ...]]:
        """The tiles of the scene that lie wholly in an array of `shape` at `place`, as parts of the array."""
        sides = [
            [
                slice(start - first, start - first + min(self.contract.tile, length))
                for start in self._starts(length)
                if first <= start and start + min(self.contract.tile, length) <= first + count
            ]
            for first, count, length in zip(place, shape, whole, strict=True)
        ]
        return list(itertools.product(*sides))

    def _run(self, before: Floats, after: Floats) -> Floats:
        both = {"before": before[None], "after": after[None]}
        feed = both if len(self._inputs) > 1 else {self._inputs[0]: np.concatenate([before, after])[None]}
        try:
            answer: Floats = self._session.run(None, feed)[0]
        except Exception as error:  # see above
            raise _broken(
                f"it does not run on tiles of {self.contract.tile} px",
                f"mạng không chạy được trên ô {self.contract.tile} điểm ảnh",
            ) from error
        return answer

    def _padded(self, image: Floats) -> Floats:
        short = [(0, self.contract.tile - side) for side in image.shape[1:]]
        return np.pad(image, [(0, 0), *short], mode="edge")

    def _check_output(self, answer: Floats) -> None:
        tile = self.contract.tile
        if answer.shape != (1, 1, tile, tile):
            raise _broken(
                f"it answers {answer.shape}, not (1, 1, {tile}, {tile})",
                f"kết quả có dạng {answer.shape}, không phải (1, 1, {tile}, {tile})",
            )
        if not np.isfinite(answer).all() or (not self.contract.logit and (answer.min() < 0 or answer.max() > 1)):
            raise _broken("its answers are no probabilities", "kết quả không phải là xác suất")

    def check(self, names: tuple[str, ...], gsd: float) -> None:
        """Raises Malformed 'network-misfit' when bands are missing or pixels (m) are of another size than those the network was trained on."""
        missing = [band for band in self.contract.bands if band not in names]
        ratio = max(gsd / self.contract.gsd, self.contract.gsd / gsd)
        if missing or ratio > GSD_TOLERANCE:
            wanted, has = f"{', '.join(self.contract.bands)}; {self.contract.gsd:g} m", f"{', '.join(names)}; {gsd:g} m"
            raise Malformed(
                "network-misfit",
                f"The building network was trained for {wanted}; this pair has {has}.",
                f"Mạng nơ-ron được huấn luyện cho {wanted}; cặp ảnh này có {has}.",
            )


def _contract(metadata: dict[str, str]) -> Contract:
    missing = [name for name in NEEDED if not metadata.get(name, "").strip()]
    if missing:
        raise _broken(f"its metadata lack {', '.join(missing)}", f"siêu dữ liệu thiếu {', '.join(missing)}")
    try:
        contract = Contract(
            bands=tuple(name.strip() for name in metadata["bands"].split(",")),
            gsd=float(metadata["gsd"]),
            tile=int(metadata["tile"]),
            overlap=int(metadata["overlap"]),
            divide_by=float(metadata["divide_by"]),
            logit={"logit": True, "probability": False}[metadata["output"].strip()],
            licence=metadata["licence"].strip(),
        )
    except (ValueError, KeyError) as error:
        raise _broken(f"its metadata cannot be read: {error}", f"không đọc được siêu dữ liệu: {error}") from error
    if not (
        contract.gsd > 0
        and contract.divide_by > 0
        and 0 <= contract.overlap * 2 <= contract.tile
        and 32 <= contract.tile <= 4096
    ):
        raise _broken("its metadata hold impossible sizes", "siêu dữ liệu có kích thước không hợp lệ")
    return contract


def _check_shapes(session: Any, contract: Contract) -> None:
    inputs, outputs, bands = session.get_inputs(), session.get_outputs(), len(contract.bands)
    names = {one.name for one in inputs}
    planes = 2 * bands if len(inputs) == 1 else bands
    known = len(inputs) == 1 or names == {"before", "after"}
    fitting = all(
        one.type == "tensor(float)" and len(one.shape) == 4 and one.shape[1] in (planes, None) for one in inputs
    )
    if not (known and fitting and len(outputs) == 1 and outputs[0].type == "tensor(float)"):
        told = "; ".join(f"{one.name} {one.type} {one.shape}" for one in (*inputs, *outputs))
        raise _broken(
            f"its inputs and outputs are not those of the contract ({told})",
            f"đầu vào và đầu ra không đúng quy ước ({told})",
        )


def _weight(tile: int, overlap: int) -> Floats:
    """Rises over `overlap` px from the edges, never 0."""
    ramp = np.minimum(1.0, (np.minimum(np.arange(tile), np.arange(tile)[::-1]) + 1) / (overlap + 1))
    return np.outer(ramp, ramp).astype(np.float32)


def _broken(why: str, why_vi: str) -> Malformed:
    return Malformed(
        "network-contract",
        f"This is no building network for the service: {why}.",
        f"Tệp mạng nơ-ron không dùng được: {why_vi}.",
    )
