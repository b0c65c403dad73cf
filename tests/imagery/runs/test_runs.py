"""Whole runs on scenes with known changes, on the real database."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely

from imagery.runs import run as running
from imagery.runs.grid import moved
from imagery.runs.run import perform
from tests.imagery.runs.ground import SRID, Ground, cover, fields, frame_of, land, later, on_utm
from tests.imagery.runs.whole import (
    AFTER,
    BEFORE,
    BUILT,
    DUG,
    FLOODED,
    ask,
    bench,
    changed,
    findings,
    pair,
    row_of,
    states,
)


def test_it_finds_what_was_built_dug_and_flooded_and_nothing_else(ground: Ground, tmp_path: Path) -> None:
    run = ask(ground, *pair(ground))
    heard: list[str] = []
    assert perform(bench(ground, tmp_path), run, progress=lambda step, _done, _total: heard.append(step)) == "done"
    found = {row["parcel_id"]: row for row in findings(ground, run)}
    assert {parcel: row["transition"] for parcel, row in found.items()} == {
        BUILT: "to_built",
        DUG: "to_bare",
        FLOODED: "to_water",
    }
    assert found[BUILT]["number"] == 1 and found[BUILT]["land_use"] == "LUC" and found[BUILT]["unit"] == "00004"
    assert all(3200 < row["area_m2"] <= 3600 and 0.5 < row["probability"] <= 1 for row in found.values())
    seen = states(ground, run)
    assert {parcel for parcel, state in seen.items() if state == "changed"} == {BUILT, DUG, FLOODED}
    assert {parcel for parcel, state in seen.items() if state == "below_resolution"} == set(range(257, 273))
    row = row_of(ground, run)
    assert row["state"] == "done" and row["progress"] == 1 and row["simulated"]
    assert list(dict.fromkeys(heard)) == list(running.SHARES)
    records = {record["step"]: record for record in row["provenance"]}
    assert list(records) == list(running.SHARES) and records["registration"]["decision"] == "keep"
    assert records["parcels"]["seq"] == 1 and records["parcels"]["unchanged"] == 253
    kept = {path.name for path in (tmp_path / "runs" / str(run)).iterdir()}
    assert {"changed.tif", "probability.tif", "provenance.json", "model.json"} <= kept and "classes" not in kept
    with rasterio.open(tmp_path / "runs" / str(run) / "changed.tif") as file:
        assert (file.read(1) == 1).sum() * 100 == pytest.approx(records["polygons"]["changed_m2"])


def test_a_finding_lies_within_its_parcel_and_says_why_in_two_languages(ground: Ground, tmp_path: Path) -> None:
    run = ask(ground, *pair(ground))
    perform(bench(ground, tmp_path), run)
    rows = ground.conn.execute(
        "SELECT f.evidence, f.series, f.indices, ST_AsBinary(f.geom) AS geom, f.parcel_id FROM imagery.finding f WHERE run_id = %s",
        (run,),
    ).fetchall()
    for row in rows:
        piece = moved(np.array([shapely.from_wkb(bytes(row["geom"]))], object), 4326, SRID)[0]
        parcel = fields().geometry[row["parcel_id"] - 1]
        assert shapely.area(shapely.difference(piece, parcel)) < 0.01 * piece.area
        assert all(set(sentence) == {"vi", "en"} and "NaN" not in sentence["en"] for sentence in row["evidence"])
        assert [one["date"][:10] for one in row["series"]] == ["2024-01-10", "2024-02-04"]
        assert row["indices"]["before"]["ndvi"] > 0.7 > row["indices"]["after"]["ndvi"]


def test_two_later_dates_make_of_building_on_rice_land_what_the_law_calls_it(ground: Ground, tmp_path: Path) -> None:
    grid = frame_of()
    image = land(grid)
    before, after = ground.add(image, grid, BEFORE), ground.add(changed(image, grid), grid, AFTER)
    back = later(image, 9)
    cover(back, grid, "roof", on_utm(BUILT), 3)
    cover(back, grid, "water", on_utm(FLOODED), 4)  # the pit of DUG is a field again
    following = [ground.add(back, grid, AFTER + timedelta(days=days)) for days in (20, 40)]
    run = ask(ground, before, after, *following)
    assert perform(bench(ground, tmp_path), run) == "done"
    found = {row["parcel_id"]: row for row in findings(ground, run)}
    assert {parcel: (row["transition"], row["persistence"]) for parcel, row in found.items()} == {
        BUILT: ("built_on_rice", "confirmed_later"),
        DUG: ("to_bare", "contradicted_later"),
        FLOODED: ("to_water", "confirmed_later"),
    }
    assert [row["parcel_id"] for row in findings(ground, run)] == [BUILT, FLOODED, DUG]
    assert any("123/2024" in sentence["vi"] for sentence in found[BUILT]["evidence"])
    assert len(found[BUILT]["series"]) == 4


def test_what_clouds_hide_is_not_observed_and_never_unchanged(ground: Ground, tmp_path: Path) -> None:
    grid = frame_of()
    image = land(grid)
    after = changed(image, grid)
    mask = np.ones(image.shape[1:], np.uint8)
    cloudy = rasterio.features.rasterize(
        list(shapely.buffer(on_utm(DUG), 15)), out_shape=mask.shape, transform=grid.affine, fill=0
    ).astype(bool)
    mask[cloudy] = 2
    after[:, cloudy] = 0.6
    run = ask(ground, ground.add(image, grid, BEFORE), ground.add(after, grid, AFTER, mask=mask))
    assert perform(bench(ground, tmp_path), run) == "done"
    assert states(ground, run)[DUG] == "not_observed" and {row["parcel_id"] for row in findings(ground, run)} == {
        BUILT,
        FLOODED,
    }


def test_change_over_parcels_too_small_for_the_pixels_is_one_finding_of_no_parcel(
    ground: Ground, tmp_path: Path
) -> None:
    grid = frame_of()
    image = land(grid)
    lots = on_utm(*range(257, 273))
    cover(image, grid, "rice", lots)
    after = later(image, 3)
    cover(after, grid, "roof", lots)
    before, after_scene = ground.add(image, grid, BEFORE), ground.add(after, grid, AFTER)
    for unit in (None, "00004"):
        run = ask(ground, before, after_scene, unit=unit)
        assert perform(bench(ground, tmp_path), run) == "done"
        [row] = findings(ground, run)
        assert row["parcel_id"] is None and row["unit"] == "00004" and row["transition"] == "to_built"
        assert any("16" in sentence["en"] for sentence in row["evidence"])
        assert {states(ground, run)[lot] for lot in range(257, 273)} == {"below_resolution"}


def test_a_run_for_a_unit_looks_at_its_parcels_only(ground: Ground, tmp_path: Path) -> None:
    before, after = pair(ground)
    run = ask(ground, before, after, unit="00008")
    assert perform(bench(ground, tmp_path), run) == "done"
    assert set(states(ground, run)) == set(range(16, 257, 16)) and not findings(ground, run)
    assert row_of(ground, run)["message_en"].startswith("No change")


def test_a_shift_of_a_pixel_is_corrected_and_changes_nothing(ground: Ground, tmp_path: Path) -> None:
    wide = frame_of(264, 264)
    image = land(wide)
    after = changed(image, wide)
    grid = frame_of()
    moved_by = (3, 5)  # rows 4 - 1, columns 4 + 1
    before = ground.add(image[:, 4:-4, 4:-4], grid, BEFORE)
    run = ask(
        ground,
        before,
        ground.add(after[:, moved_by[0] : moved_by[0] + 256, moved_by[1] : moved_by[1] + 256], grid, AFTER),
    )
    assert perform(bench(ground, tmp_path), run) == "done"
    record = next(record for record in row_of(ground, run)["provenance"] if record["step"] == "registration")
    assert record["decision"] == "correct" and (record["dy"], record["dx"]) == pytest.approx((1, -1), abs=0.05)
    assert {row["parcel_id"] for row in findings(ground, run)} == {BUILT, DUG, FLOODED}


def test_a_pair_without_change_finds_nothing(ground: Ground, tmp_path: Path) -> None:
    grid = frame_of()
    image = land(grid)
    run = ask(ground, ground.add(image, grid, BEFORE), ground.add(later(image, 2), grid, AFTER))
    assert perform(bench(ground, tmp_path), run) == "done" and not findings(ground, run)
    assert "changed" not in states(ground, run).values()
