"""Runs on pixels finer than pixel methods can read: by a building network, where one is set up."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import shapely
from rasterio.features import rasterize

from imagery.runs.asking import Asked, Parameters, start
from imagery.runs.grid import Grid
from imagery.runs.run import perform
from imagery.scenes.catalogue import Scene
from layers.errors import Malformed
from tests.imagery.learning.networks import write_network
from tests.imagery.runs.ground import BANDS, Ground, cover, frame_of, land, later, on_utm
from tests.imagery.runs.whole import (
    AFTER,
    BEFORE,
    ask,
    bench,
    facts_of,
    findings,
    pair,
    refused,
    row_of,
    same,
    states,
)

RGB = BANDS[:3]
HOUSES = (120, 136, 138)
"""Parcels in the middle of the land, where a house of 20 x 20 m appears between the dates; clouds hide the last of them."""
RUN = {"factor": 100.0, "bias": -5.0, "kernel": 7, "divide_by": "1", "output": "logit", "licence": "CC0-1.0"}
"""A network that says a half where the dates differ by 0.05 within 7 px."""


@pytest.fixture
def network(tmp_path: Path) -> Path:
    return write_network(tmp_path / "buildings.onnx", **RUN)  # type: ignore[arg-type]


def houses(*parcels: int) -> list[shapely.Geometry]:
    return [shapely.box(c.x - 10, c.y - 10, c.x + 10, c.y + 10) for c in shapely.centroid(on_utm(*parcels))]


def orthophotos(ground: Ground, grid: Grid) -> tuple[Scene, Scene]:
    """Two dates of 0.5 m with three new houses, over the last of which clouds lie."""
    before = land(grid)[:3]
    after = later(before, 3)
    for number, house in enumerate(houses(*HOUSES)):
        inside = rasterize([house], out_shape=after.shape[1:], transform=grid.affine, fill=0).astype(bool)
        roof = np.zeros((len(BANDS), *after.shape[1:]), np.float32)
        cover(roof, grid, "roof", [house], number)
        after[:, inside] = roof[:3, inside]
    mask = np.ones(after.shape[1:], np.uint8)
    mask[rasterize(list(on_utm(HOUSES[-1])), out_shape=mask.shape, transform=grid.affine, fill=0) > 0] = 2
    return (
        ground.add(before, grid, BEFORE, names=RGB, sensor="orthophoto"),
        ground.add(after, grid, AFTER, names=RGB, sensor="orthophoto", mask=mask),
    )


def test_new_houses_are_found_by_the_network_and_the_record_names_it(
    ground: Ground, tmp_path: Path, network: Path
) -> None:
    grid = frame_of(640, 512, gsd=0.5)
    run = ask(ground, *orthophotos(ground, grid), network=network)
    assert perform(bench(ground, tmp_path, network=network), run) == "done", row_of(ground, run)["message_en"]
    found = findings(ground, run)
    assert {row["parcel_id"] for row in found} == set(HOUSES[:2])
    assert all(row["area_m2"] == pytest.approx(400, rel=0.15) and row["probability"] > 0.9 for row in found)
    seen = states(ground, run)
    assert seen[HOUSES[0]] == "changed" and seen[HOUSES[2]] == "not_observed" and seen[HOUSES[0] + 1] == "unchanged"
    row = row_of(ground, run)
    records = {record["step"]: record for record in row["provenance"]}
    assert (row["method"], row["model"]) == ("learned", "buildings") and "buildings" in row["message_vi"]
    assert records["score"]["method"] == "network" and not {"sample", "fit"} & records.keys()
    told = records["grid"]["network"]
    assert told["sha256"] == hashlib.sha256(network.read_bytes()).hexdigest() and told["licence"] == "CC0-1.0"
    assert (told["file"], told["gsd"], told["tile"]) == ("buildings.onnx", 0.5, 64)


def test_the_result_is_the_same_to_the_bit_whatever_tiles_and_threads(
    ground: Ground, tmp_path: Path, network: Path
) -> None:
    scenes = orthophotos(ground, frame_of(640, 512, gsd=0.5))
    facts = []
    for tile, threads in ((1024, 1), (256, 2), (300, 4)):
        run = ask(ground, *scenes, network=network, parameters=Parameters(tile=tile))
        assert perform(bench(ground, tmp_path, network=network, threads=threads), run) == "done"
        facts.append(facts_of(ground, tmp_path, run))
    for other in facts[1:]:
        assert same(facts[0], other) and np.array_equal(facts[0]["probability"], other["probability"])


def test_pixels_that_pixel_methods_can_read_are_left_to_them(ground: Ground, tmp_path: Path, network: Path) -> None:
    run = ask(ground, *pair(ground), network=network)
    assert perform(bench(ground, tmp_path, network=network), run) == "done"
    row = row_of(ground, run)
    records = {record["step"]: record for record in row["provenance"]}
    assert records["score"]["method"] == row["method"] == "unsupervised" and "network" not in records["grid"]


def test_a_network_made_for_other_imagery_is_refused_before_anything_is_written(ground: Ground, tmp_path: Path) -> None:
    scenes = orthophotos(ground, frame_of(256, 256, gsd=0.5))
    for change, slug, word in (
        ({"gsd": "0.1"}, "network-misfit", "0.1 m"),
        ({"bands": "red,green,nir"}, "network-misfit", "nir"),
        ({"licence": None}, "network-contract", "licence"),
    ):
        other = write_network(tmp_path / "other.onnx", **(RUN | change))  # type: ignore[arg-type]
        run = ask(ground, *scenes, network=other)
        row = refused(ground, tmp_path, run, network=other)
        assert row["problem"] == slug and word in row["message_en"]


def test_a_network_that_was_exchanged_under_a_run_is_noticed(ground: Ground, tmp_path: Path, network: Path) -> None:
    run = ask(ground, *orthophotos(ground, frame_of(256, 256, gsd=0.5)), network=network)
    left = bench(ground, tmp_path, network=network)
    asked = iter([False, False, True])
    assert perform(left, run, leave=lambda: next(asked)) == "left"
    write_network(network, **(RUN | {"bias": -4.0}))  # type: ignore[arg-type]
    assert refused(ground, tmp_path, run, network=network)["problem"] == "network-changed"


def test_orthophotos_under_clouds_are_refused(ground: Ground, tmp_path: Path, network: Path) -> None:
    grid = frame_of(256, 256, gsd=0.5)
    image, clouds = land(grid)[:3], np.full((256, 256), 2, np.uint8)
    scenes = [
        ground.add(image, grid, when, names=RGB, sensor="orthophoto", mask=mask)
        for when, mask in ((BEFORE, None), (AFTER, clouds))
    ]
    run = ask(ground, *scenes, network=network)
    assert refused(ground, tmp_path, run, network=network)["problem"] == "nothing-observed"


def test_a_model_of_pixels_is_not_taken_for_them(ground: Ground, network: Path) -> None:
    before, after = orthophotos(ground, frame_of(256, 256, gsd=0.5))
    with pytest.raises(Malformed) as caught:
        start(ground.conn, Asked(before.id, after.id, method="learned", model="simulated"), network)
    assert caught.value.slug == "pixels-too-fine"
