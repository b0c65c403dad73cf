"""The work folder of a run: every step leaves a file and a record of what it did.

A file is written under a passing name and renamed when it is whole, so what is found under its own name after a killed process is
finished, and need not be made again.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from imagery.runs.grid import Grid, Window

PASSING = ".passing-"


def folder_of(base: Path, run: UUID) -> Path:
    """Where a run works: `<data folder>/runs/<id>`."""
    return base / str(run)


@contextmanager
def fresh(path: Path) -> Iterator[Path]:
    """A passing name to write to; becomes `path` when the block ends well and vanishes when it does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{PASSING}{os.getpid()}-{threading.get_ident()}-{path.name}")
    try:
        yield draft
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    with fresh(path) as draft:
        draft.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def read_json(path: Path) -> Any:
    """What a step left, None where it has not been done."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def write_array(path: Path, array: NDArray[Any]) -> None:
    """An array as .npy; by Python's own writing, which says with its number why a disk does not take it."""
    whole = np.ascontiguousarray(array)
    with fresh(path) as draft, draft.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(whole))
        file.write(whole.data)


def tile_path(folder: Path, what: str, window: Window) -> Path:
    return folder / what / f"{window.row}-{window.col}.npy"


def sweep(folder: Path) -> None:
    """Forget what a killed process had begun."""
    for draft in folder.rglob(f"{PASSING}*"):
        draft.unlink(missing_ok=True)


def remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


class Mosaic:
    """The tiles of one step read as one raster; what no tile covers is `fill`."""

    def __init__(self, folder: Path, what: str, grid: Grid, side: int, fill: float, dtype: type[np.generic]) -> None:
        self._folder = folder
        self._what = what
        self._grid = grid
        self._side = side
        self._fill = fill
        self._dtype = dtype

    def read(self, window: Window) -> NDArray[Any]:
        """Values (rows, cols) of a window."""
        result = np.full((window.rows, window.cols), self._fill, self._dtype)
        for tile in self._grid.tiles(self._side, window):
            path = tile_path(self._folder, self._what, tile)
            if not path.exists():
                continue
            row, col = max(tile.row, window.row), max(tile.col, window.col)
            shared = Window(
                row,
                col,
                min(tile.row + tile.rows, window.row + window.rows) - row,
                min(tile.col + tile.cols, window.col + window.cols) - col,
            )
            result[shared.within(window)] = np.load(path, mmap_mode="r")[shared.within(tile)]
        return result
