"""The sample city: real unit names at their real places, everything else invented, reproducible from a seed.

The faces are a partition on the 1 mm grid by construction (`mesh`), checked at the end with `open_segments`. Sizes:
about 0.1 ms a face and core; units are independent, so they are built in parallel and can be streamed one by one."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from layers.fabric.load import FaceBatch
from layers.sample.blocks import generate_in_blocks
from layers.sample.finish import SampleUnit, finish, join
from layers.sample.territory import Territory, territories, unit_places
from layers.sample.unit import build_unit

Progress = Callable[[str, int, int], None]

LAND_PER_FACE = {True: 175.0, False: 330.0}
"""Land per face in m² that a phường / a xã is given, river and roads included."""
PARALLEL_FROM = 150_000
"""Faces from which a second process pays."""


def plan(units: int, faces: int, seed: int) -> list[tuple[Territory, int]]:
    """The territories of the first ``units`` units and how many faces each shall have.

    Raises ValueError if the register has not so many units with a place or the numbers make no city."""
    places = unit_places()
    if not 1 <= units <= len(places):
        raise ValueError(f"units must be 1 to {len(places)}, not {units}")
    if faces < 50 * units:
        raise ValueError(f"a sample of {units} units needs at least {50 * units} faces, not {faces}")
    chosen = places[:units]
    per_face = sum(LAND_PER_FACE[u.urban] for u in chosen) / units
    pieces = territories(chosen, faces * per_face, np.random.Generator(np.random.PCG64([seed, 0])))
    weight = np.array([(t.area / 1e6 + 2e5) / LAND_PER_FACE[t.unit.urban] for t in pieces])
    share = np.maximum(40, faces * weight / weight.sum()).astype(int)
    return list(zip(pieces, share.tolist(), strict=True))


def _make(job: tuple[Territory, int, tuple[int, ...]]) -> SampleUnit:
    territory, faces, seed = job
    return finish(build_unit(territory, faces, seed), territory.unit, np.random.Generator(np.random.PCG64([*seed, 7])))


def stream(units: int = 3, faces: int = 60_000, seed: int = 1, *, workers: int | None = None) -> Iterator[SampleUnit]:
    """Unit by unit, in register order of the sample; at most a few units are in memory at a time."""
    jobs = [(t, n, (seed, 1, i)) for i, (t, n) in enumerate(plan(units, faces, seed))]
    if workers is None:
        workers = min(os.cpu_count() or 1, len(jobs)) if faces >= PARALLEL_FROM else 1
    if workers <= 1:
        yield from map(_make, jobs)
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_make, jobs)


def generate(
    units: int = 3,
    faces: int = 60_000,
    seed: int = 1,
    blocks: str | os.PathLike[str] | None = None,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> FaceBatch:
    """The sample city as one batch of about ``faces`` faces, a perfect partition.

    ``blocks`` names a polygon file (EPSG:5897): then lots are laid out inside its polygons, nearest to their middle
    first."""
    if blocks is not None:
        return generate_in_blocks(blocks, faces=faces, seed=seed, progress=progress)
    done, parts = 0, []
    for part in stream(units, faces, seed, workers=workers):
        parts.append(part)
        done += part.count
        if progress:
            progress("generate", min(done, faces), faces)
    return join(parts)
