"""Whole runs on scenes with known changes, on the real database."""

from __future__ import annotations

import errno
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import rasterio
import shapely
from numpy.typing import NDArray

from imagery.runs import run as running
from imagery.runs import stream, work
from imagery.runs.asking import Asked, Parameters, start
from imagery.runs.grid import moved
from imagery.runs.run import Bench, perform
from imagery.scenes.catalogue import Scene
from layers.errors import Malformed
from tests.imagery.runs.ground import SRID, Ground, a_cluster, cover, fields, frame_of, land, later, on_utm, settle

BEFORE, AFTER = datetime(2024, 1, 10, tzinfo=UTC), datetime(2024, 2, 4, tzinfo=UTC)
BUILT, DUG, FLOODED = 35, 87, 152
CHANGES = ((BUILT, "roof"), (DUG, "soil"), (FLOODED, "water"))
FINDINGS = "SELECT * FROM imagery.finding WHERE run_id = %s ORDER BY number"
SIDE = 1024


@pytest.fixture
def ground(database_url: str, tmp_path: Path) -> Iterator[Ground]:
    made = settle(database_url, tmp_path)
    yield made
    made.conn.close()


def bench(ground: Ground, tmp_path: Path, **facts: Any) -> Bench:
    return Bench(ground.url, ground.store, tmp_path / "runs", tmp_path / "models", **facts)


def changed(image: NDArray[np.float32], grid: Any, *, seed: int = 7) -> NDArray[np.float32]:
    """The land on a later date, with the three changes."""
    after = later(image, seed)
    for parcel, name in CHANGES:
        cover(after, grid, name, on_utm(parcel), parcel + seed)
    return after


def pair(ground: Ground, side: int = 256, **facts: Any) -> tuple[Scene, Scene]:
    grid = frame_of(side, side)
    before = land(grid)
    return ground.add(before, grid, BEFORE, **facts), ground.add(changed(before, grid), grid, AFTER, **facts)


def ask(
    ground: Ground, before: Scene, after: Scene, *later_ones: Scene, network: Path | None = None, **facts: Any
) -> UUID:
    asked = Asked(before.id, after.id, tuple(scene.id for scene in later_ones), **facts)
    run: UUID = start(ground.conn, asked, network)["id"]
    ground.conn.commit()
    return run


def row_of(ground: Ground, run: UUID) -> dict[str, Any]:
    row = ground.conn.execute("SELECT * FROM imagery.run WHERE id = %s", (run,)).fetchone()
    ground.conn.commit()
    assert row is not None
    return row


def findings(ground: Ground, run: UUID) -> list[dict[str, Any]]:
    rows = ground.conn.execute(FINDINGS, (run,)).fetchall()
    ground.conn.commit()
    return rows


def states(ground: Ground, run: UUID) -> dict[int, str]:
    rows = ground.conn.execute("SELECT parcel_id, state FROM imagery.observation WHERE run_id = %s", (run,)).fetchall()
    ground.conn.commit()
    return {row["parcel_id"]: row["state"] for row in rows}


def nothing_remains(ground: Ground, tmp_path: Path, run: UUID) -> bool:
    """No finding, no observation, no file of a run."""
    return not findings(ground, run) and not states(ground, run) and not list((tmp_path / "runs").glob("*"))


def refused(ground: Ground, tmp_path: Path, run: UUID, **facts: Any) -> dict[str, Any]:
    assert perform(bench(ground, tmp_path, **facts), run) == "refused"
    row = row_of(ground, run)
    assert row["state"] == "refused" and row["finished_at"] and row["message_vi"] and row["message_en"]
    assert nothing_remains(ground, tmp_path, run)
    return row


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


@pytest.fixture(scope="module")
def several(
    databases: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Ground, Scene, Scene, dict[str, Any]]]:
    """A pair large enough for many tiles, and what a run in one tile finds."""
    folder = tmp_path_factory.mktemp("several")
    url = databases.create()
    ground = settle(url, folder)
    before, after = pair(ground, SIDE)
    run = ask(ground, before, after, parameters=Parameters(tile=1024))
    perform(bench(ground, folder, threads=1), run)
    yield ground, before, after, facts_of(ground, folder, run)
    ground.conn.close()
    databases.drop(url)


def facts_of(ground: Ground, folder: Path, run: UUID) -> dict[str, Any]:
    """Everything a run has found, apart from its name and times; its rasters too."""
    found = [
        {
            key: row[key]
            for key in (
                "number",
                "parcel_id",
                "geom",
                "transition",
                "persistence",
                "area_m2",
                "probability",
                "max_probability",
                "rank_score",
                "indices",
            )
        }
        for row in findings(ground, run)
    ]
    with rasterio.open(folder / "runs" / str(run) / "changed.tif") as file:
        kept = file.read(1)
    with rasterio.open(folder / "runs" / str(run) / "probability.tif") as file:
        probability = file.read(1).astype(float) / 10_000
    return {"found": found, "states": states(ground, run), "kept": kept, "probability": probability}


def same(one: dict[str, Any], two: dict[str, Any]) -> bool:
    """Same findings, parcels and rasters, within 1e-4."""
    assert one["states"] == two["states"] and (one["kept"] == two["kept"]).all()
    assert np.abs(one["probability"] - two["probability"]).max() <= 1.001e-4
    assert len(one["found"]) == len(two["found"]) > 0
    for first, second in zip(one["found"], two["found"], strict=True):
        for key, value in first.items():
            if isinstance(value, float):
                assert value == pytest.approx(second[key], abs=1e-4)
            else:
                assert value == second[key]
    return True


@pytest.mark.parametrize(("tile", "threads"), [(256, 2), (388, 4), (512, 1)])
def test_the_result_depends_neither_on_the_tiling_nor_on_the_workers(
    several: tuple[Ground, Scene, Scene, dict[str, Any]], tmp_path: Path, tile: int, threads: int
) -> None:
    ground, before, after, alone = several
    run = ask(ground, before, after, parameters=Parameters(tile=tile))
    assert perform(bench(ground, tmp_path, threads=threads), run) == "done"
    assert same(alone, facts_of(ground, tmp_path, run))


PERFORM = """
import sys
from pathlib import Path
from uuid import UUID
from imagery.runs.grid import moved
from imagery.runs.run import Bench, perform
from imagery.scenes.store import ImageStore
url, images, work, run, scheduler = sys.argv[1:]
print(perform(Bench(url, ImageStore(images), Path(work), Path(work), threads=1, scheduler=scheduler or None), UUID(run)))
"""


def process(ground: Ground, folder: Path, run: UUID, scheduler: str = "", **facts: Any) -> subprocess.Popen[str]:
    """A process that works on a run."""
    return subprocess.Popen(
        [sys.executable, "-c", PERFORM, ground.url, ground.store.address, str(folder / "runs"), str(run), scheduler],
        stdout=subprocess.PIPE,
        text=True,
        **facts,
    )


def wait_for(what: Any, seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.02)


def test_after_a_killed_process_the_finished_tiles_are_found_again(
    several: tuple[Ground, Scene, Scene, dict[str, Any]], tmp_path: Path
) -> None:
    ground, before, after, alone = several
    run = ask(ground, before, after, parameters=Parameters(tile=256))
    tiles = tmp_path / "runs" / str(run) / stream.CLASSES
    with process(ground, tmp_path, run) as child:
        wait_for(lambda: child.poll() is not None or len(list(tiles.glob("[0-9]*.npy"))) >= 3)
        child.send_signal(signal.SIGKILL)
    finished = {path.name: path.stat().st_mtime_ns for path in tiles.glob("[0-9]*.npy")}
    assert 3 <= len(finished) < 16 and row_of(ground, run)["state"] == "running" and not findings(ground, run)
    (tiles / f"{work.PASSING}1-1-0-0.npy").write_bytes(b"half")
    scored: list[dict[str, int]] = []

    def watch(step: str, done: int, total: int) -> None:
        if step == "polygons" and not done:
            scored.append({path.name: path.stat().st_mtime_ns for path in tiles.iterdir()})

    ends: list[str] = []

    def again() -> bool:
        ends.append(perform(bench(ground, tmp_path), run, progress=watch))
        return ends[-1] != "busy"  # until the database notices that the process is gone

    wait_for(again)
    assert ends[-1] == "done" and len(scored[0]) == 16 and scored[0].items() >= finished.items()
    assert row_of(ground, run)["attempts"] == 2 and same(alone, facts_of(ground, tmp_path, run))


def test_a_run_that_somebody_works_on_is_left_to_them(ground: Ground, tmp_path: Path) -> None:
    run = ask(ground, *pair(ground))
    with_it: list[str] = []

    def again(step: str, _done: int, _total: int) -> None:
        if not with_it:
            with_it.append(perform(bench(ground, tmp_path), run))

    assert perform(bench(ground, tmp_path), run, progress=again) == "done"
    assert with_it == ["busy"] and perform(bench(ground, tmp_path), run) == "busy"


def test_a_cancelled_run_stops_at_the_next_tile_and_leaves_nothing(ground: Ground, tmp_path: Path) -> None:
    run = ask(ground, *pair(ground, 512), parameters=Parameters(tile=256))

    def cancel(step: str, done: int, _total: int) -> None:
        if step == "sample" and done == 0:
            ground.conn.execute("SELECT imagery.cancel_run(%s)", (run,))
            ground.conn.commit()

    assert perform(bench(ground, tmp_path), run, progress=cancel) == "cancelled"
    row = row_of(ground, run)
    assert row["state"] == "cancelled" and row["message_vi"] and nothing_remains(ground, tmp_path, run)


def test_a_run_cancelled_at_the_last_moment_writes_no_finding(ground: Ground, tmp_path: Path) -> None:
    run = ask(ground, *pair(ground))

    def cancel(step: str, _done: int, _total: int) -> None:
        if step == "record":
            ground.conn.execute("SELECT imagery.cancel_run(%s)", (run,))
            ground.conn.commit()

    assert perform(bench(ground, tmp_path), run, progress=cancel) == "cancelled"
    assert nothing_remains(ground, tmp_path, run)


def test_a_process_that_has_to_end_leaves_its_run_to_be_taken_up(ground: Ground, tmp_path: Path) -> None:
    run = ask(ground, *pair(ground))
    asked = iter([False, False, True])
    assert perform(bench(ground, tmp_path), run, leave=lambda: next(asked)) == "left"
    assert row_of(ground, run)["state"] == "running"
    assert perform(bench(ground, tmp_path), run) == "done" and len(findings(ground, run)) == 3


def test_a_run_whose_processes_keep_dying_is_given_up(ground: Ground, tmp_path: Path) -> None:
    run = ask(ground, *pair(ground))
    ground.conn.execute(
        "UPDATE imagery.run SET state = 'running', attempts = %s WHERE id = %s", (running.MOST_ATTEMPTS, run)
    )
    ground.conn.commit()
    assert perform(bench(ground, tmp_path), run) == "failed"
    assert row_of(ground, run)["problem"] == "run-died" and nothing_remains(ground, tmp_path, run)


# ---- persistence ---------------------------------------------------------------------------------------------------------


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


# ---- what is not seen, and what is too small -----------------------------------------------------------------------------


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


# ---- bad input -----------------------------------------------------------------------------------------------------------


def test_dates_that_lie_five_pixels_apart_are_refused(ground: Ground, tmp_path: Path) -> None:
    grid = frame_of(512, 512)
    image = land(grid)
    run = ask(ground, ground.add(image, grid, BEFORE), ground.add(np.roll(later(image, 2), 5, axis=2), grid, AFTER))
    assert refused(ground, tmp_path, run)["problem"] == "not-registered"


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


def test_all_clouds_are_refused_in_words(ground: Ground, tmp_path: Path) -> None:
    grid = frame_of()
    image = land(grid)
    clouds = np.full(image.shape[1:], 2, np.uint8)
    run = ask(ground, ground.add(image, grid, BEFORE), ground.add(later(image, 2), grid, AFTER, mask=clouds))
    row = refused(ground, tmp_path, run)
    assert row["problem"] == "nothing-observed" and "mây" in row["message_vi"] and "clouds" in row["message_en"]


def test_a_pair_without_change_finds_nothing(ground: Ground, tmp_path: Path) -> None:
    grid = frame_of()
    image = land(grid)
    run = ask(ground, ground.add(image, grid, BEFORE), ground.add(later(image, 2), grid, AFTER))
    assert perform(bench(ground, tmp_path), run) == "done" and not findings(ground, run)
    assert "changed" not in states(ground, run).values()


def test_dates_that_cannot_be_compared_are_not_even_queued(ground: Ground) -> None:
    grid = frame_of()
    image = land(grid)
    one = ground.add(image, grid, BEFORE)
    same_day = ground.add(image, grid, BEFORE + timedelta(hours=3))
    two = ground.add(image, grid, AFTER)
    far = ground.add(image, frame_of(shift=(-400, 0)), AFTER)
    gray = ground.add(image[:1], grid, AFTER, names=("gray",), sensor="orthophoto")
    sharp = frame_of(gsd=0.5)
    roofs = [ground.add(land(sharp), sharp, when, sensor="orthophoto") for when in (BEFORE, AFTER)]
    cases: list[tuple[Asked, str]] = [
        (Asked(*(roof.id for roof in roofs)), "no-network"),
        (Asked(one.id, one.id), "same-scene"),
        (Asked(one.id, two.id, (one.id,)), "same-scene"),
        (Asked(one.id, same_day.id), "same-date"),
        (Asked(two.id, one.id), "dates-swapped"),
        (Asked(one.id, far.id), "no-overlap"),
        (Asked(one.id, gray.id), "no-common-bands"),
        (Asked(one.id, two.id, (same_day.id,)), "later-too-early"),
        (Asked(one.id, two.id, method="learned"), "model-needed"),
    ]
    for asked, slug in cases:
        with pytest.raises(Malformed) as caught:
            start(ground.conn, asked)
        assert caught.value.slug == slug and caught.value.detail_vi != caught.value.detail
        if slug == "dates-swapped":
            assert caught.value.extras == {"before": str(one.id), "after": str(two.id)}
    row = ground.conn.execute("SELECT count(*) AS n FROM imagery.run").fetchone()
    assert row == {"n": 0}


def limited(limit: int = 300_000) -> None:
    """No file of this process may be larger; what would is told so instead of being killed."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def test_a_full_disk_ends_the_run_in_words_and_leaves_nothing(ground: Ground, tmp_path: Path) -> None:
    run = ask(ground, *pair(ground, 512))
    with process(ground, tmp_path, run, preexec_fn=limited) as child:
        said, _ = child.communicate()
    assert said.strip() == "failed"
    row = row_of(ground, run)
    assert row["problem"] == "disk-full" and "đầy" in row["message_vi"] and nothing_remains(ground, tmp_path, run)


FULL_UNDER_THE_PRODUCTS = """
import sys
from pathlib import Path
import numpy as np
from imagery.runs.grid import Grid
from imagery.runs.products import write_products
from tests.imagery.runs.test_runs import limited
limited(int(sys.argv[2]))
chance = np.random.default_rng(1).random((512, 512), dtype=np.float32)
grid = Grid(32648, (10.0, 0.0, 0.0, 0.0, -10.0, 0.0), 512, 512)
try:
    write_products(Path(sys.argv[1]), grid, np.zeros((512, 512), np.uint8), lambda w: chance[w.row : w.row + w.rows])
except OSError as error:
    print(error.errno)
"""


@pytest.mark.parametrize("limit", [2_000, 200_000, 480_000])
def test_a_disk_that_fills_up_under_the_last_files_is_noticed(tmp_path: Path, limit: int) -> None:
    """GDAL reports it while writing or only on closing, and without a number."""
    command = [sys.executable, "-c", FULL_UNDER_THE_PRODUCTS, str(tmp_path), str(limit)]
    said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
    assert said.strip() == str(errno.ENOSPC)
    assert all(path.name == "changed.tif" for path in tmp_path.iterdir())


def test_a_scene_whose_file_is_broken_fails_in_words(ground: Ground, tmp_path: Path) -> None:
    before, after = pair(ground)
    path = Path(ground.store.gdal_path(after.data_key))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    run = ask(ground, before, after)
    assert perform(bench(ground, tmp_path), run) == "failed"
    assert row_of(ground, run)["problem"] == "scene-unreadable" and nothing_remains(ground, tmp_path, run)


# ---- a cluster -----------------------------------------------------------------------------------------------------------


def test_a_scheduler_that_does_not_answer_fails_in_words(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imagery.runs.cluster.ANSWER_WITHIN", 1.0)
    run = ask(ground, *pair(ground))
    assert perform(bench(ground, tmp_path, scheduler="tcp://127.0.0.1:9"), run) == "failed"
    assert row_of(ground, run)["problem"] == "cluster-unreachable" and nothing_remains(ground, tmp_path, run)


def test_two_workers_of_a_cluster_one_of_them_killed_find_the_same_once(
    several: tuple[Ground, Scene, Scene, dict[str, Any]], tmp_path: Path
) -> None:
    ground, before, after, alone = several
    run = ask(ground, before, after, parameters=Parameters(tile=256))
    tiles = tmp_path / "runs" / str(run) / stream.CLASSES
    with a_cluster(tmp_path) as (address, workers), process(ground, tmp_path, run, address) as child:
        wait_for(lambda: child.poll() is not None or len(list(tiles.glob("[0-9]*.npy"))) >= 2)
        workers[0].send_signal(signal.SIGKILL)
        said, _ = child.communicate(timeout=200)
        assert said.strip() == "done" and workers[0].wait() == -signal.SIGKILL and workers[1].poll() is None
    assert same(alone, facts_of(ground, tmp_path, run))
    row = ground.conn.execute(
        "SELECT count(*) AS n, count(DISTINCT parcel_id) AS parcels FROM imagery.finding WHERE run_id = %s", (run,)
    ).fetchone()
    assert row == {"n": 3, "parcels": 3}
