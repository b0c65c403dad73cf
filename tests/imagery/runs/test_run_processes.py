"""Whole runs in any number of tiles, threads and processes, some of which are killed, stopped or called off: the same findings, or nothing."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from imagery.runs import run as running
from imagery.runs import stream, work
from imagery.runs.asking import Parameters
from imagery.runs.run import perform
from imagery.scenes.catalogue import Scene
from tests.imagery.runs.ground import Ground, a_cluster, settle
from tests.imagery.runs.whole import (
    ask,
    bench,
    facts_of,
    findings,
    nothing_remains,
    pair,
    process,
    row_of,
    same,
    wait_for,
)


@pytest.fixture(scope="module")
def several(
    databases: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Ground, Scene, Scene, dict[str, Any]]]:
    """A pair large enough for many tiles, and what a run in one tile finds."""
    folder = tmp_path_factory.mktemp("several")
    url = databases.create()
    ground = settle(url, folder)
    before, after = pair(ground, 1024)
    run = ask(ground, before, after, parameters=Parameters(tile=1024))
    perform(bench(ground, folder, threads=1), run)
    yield ground, before, after, facts_of(ground, folder, run)
    ground.conn.close()
    databases.drop(url)


@pytest.mark.parametrize(("tile", "threads"), [(256, 2), (388, 4), (512, 1)])
def test_the_result_depends_neither_on_the_tiling_nor_on_the_workers(
    several: tuple[Ground, Scene, Scene, dict[str, Any]], tmp_path: Path, tile: int, threads: int
) -> None:
    ground, before, after, alone = several
    run = ask(ground, before, after, parameters=Parameters(tile=tile))
    assert perform(bench(ground, tmp_path, threads=threads), run) == "done"
    assert same(alone, facts_of(ground, tmp_path, run))


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
