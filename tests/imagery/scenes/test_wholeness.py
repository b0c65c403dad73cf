"""A scene is there whole or not at all, whoever is killed and however full the disk; removal and taking in again are clean."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
import rasterio
from rio_cogeo.cogeo import cog_validate

from imagery.scenes import catalogue
from imagery.scenes.sensors import moment
from imagery.scenes.store import ImageStore
from layers.db import Connection, connect
from layers.errors import NotFound, Problem, Stale
from tests.imagery.scenes.conftest import files_in
from tests.imagery.scenes.deliveries import ramp, write_tif

WHEN = moment("2024-02-03")
CHILD = """
import json, os, resource, signal, sys
from pathlib import Path
from imagery.scenes import catalogue
from imagery.scenes.sensors import moment
from imagery.scenes.store import ImageStore
from layers.db import connect
from layers.errors import Problem
url, folder, path, die_at, limit = sys.argv[1:]
class Store(ImageStore):
    def put(self, key, path):
        super().put(key, path)
        if die_at == "put": os.kill(os.getpid(), signal.SIGKILL)
        if die_at == "interrupt": raise KeyboardInterrupt
def progress(stage, done, total):
    if stage == die_at: os.kill(os.getpid(), signal.SIGKILL)
if int(limit): resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
with connect(url, autocommit=True) as conn:
    try:
        catalogue.add(conn, Store(folder), Path(path), when=moment("2024-02-03"), progress=progress, bands=("red", "green", "blue"))
    except Problem as problem:
        print(json.dumps([problem.slug, problem.status, problem.detail]))
"""


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise of about 3 MB that does not compress, larger than one window."""
    noise = np.random.default_rng(1).integers(0, 255, (3, 800, 1_200), np.uint8)
    return write_tif(tmp_path_factory.mktemp("p") / "a.tif", noise)


def child(
    url: str, store: ImageStore, picture: Path, *, die_at: str = "-", limit: int = 0
) -> subprocess.CompletedProcess[str]:
    assert store.folder is not None
    command = [sys.executable, "-c", CHILD, url, str(store.folder), str(picture), die_at, str(limit)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("stage", ["read", "visual", "put"])
def test_who_is_killed_leaves_nothing_that_counts_and_the_next_start_sweeps_it(
    idle: Connection, scene_database: str, store: ImageStore, picture: Path, stage: str
) -> None:
    done = child(scene_database, store, picture, die_at=stage)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert catalogue.listed(idle) == []
    assert files_in(store), "it was killed too late or too early to leave anything"
    assert catalogue.sweep(idle, store) >= 1
    assert files_in(store) == []
    scene = catalogue.add(idle, store, picture, when=WHEN, bands=("red", "green", "blue"))
    assert whole(store, scene, picture)
    assert catalogue.sweep(idle, store) == 0
    assert whole(store, scene, picture)


def test_who_stops_with_ctrl_c_cleans_up_at_once(
    idle: Connection, scene_database: str, store: ImageStore, picture: Path
) -> None:
    done = child(scene_database, store, picture, die_at="interrupt")
    assert "KeyboardInterrupt" in done.stderr
    assert catalogue.listed(idle) == []
    assert files_in(store) == []


@pytest.mark.parametrize("limit", [100_000, 2_750_000, 3_650_000])
def test_a_full_disk_is_said_and_nothing_half_written_remains(
    idle: Connection, scene_database: str, store: ImageStore, picture: Path, limit: int
) -> None:
    done = child(scene_database, store, picture, limit=limit)
    assert done.stdout, done.stderr
    slug, status, detail = json.loads(done.stdout)
    assert (slug, status) == ("no-room", 507), detail
    assert catalogue.listed(idle) == []
    assert files_in(store) == []


def whole(store: ImageStore, scene: catalogue.Scene, picture: Path) -> bool:
    """The data file holds the picture bit for bit; every file is a valid COG."""
    with rasterio.open(picture) as source, rasterio.open(store.gdal_path(scene.data_key)) as data:
        same = np.array_equal(source.read(), data.read())
    keys = [key for key in (scene.data_key, scene.visual_key, scene.mask_key) if key]
    assert sum(store.size(key) for key in keys) == scene.size_bytes
    return same and all(cog_validate(store.gdal_path(key), strict=True, quiet=True)[0] for key in keys)


def test_the_files_are_cogs_of_512_px_blocks_with_overviews(idle: Connection, store: ImageStore, picture: Path) -> None:
    scene = catalogue.add(idle, store, picture, when=WHEN, bands=("red", "green", "blue"))
    assert whole(store, scene, picture)
    assert scene.visual_key
    for key in (scene.data_key, scene.visual_key):
        with rasterio.open(store.gdal_path(key)) as file:
            assert set(file.block_shapes) == {(512, 512)}
            assert file.overviews(1) == [2, 4]
    assert store.read(scene.data_key, 0, 4) in (b"II*\0", b"II+\0")


def test_the_same_file_twice_is_said_to_be_there(
    idle: Connection, store: ImageStore, picture: Path, tmp_path: Path
) -> None:
    scene = catalogue.add(idle, store, picture, when=WHEN, bands=("red", "green", "blue"))
    other_name = tmp_path / "khác.tif"
    other_name.write_bytes(picture.read_bytes())
    before = files_in(store)
    with pytest.raises(Stale) as refusal:
        catalogue.add(idle, store, other_name, when=moment("2020-01-01"), bands=("blue", "green", "red"))
    assert refusal.value.slug == "scene-exists" and refusal.value.extras["scene"] == str(scene.id)
    assert files_in(store) == before


def test_two_who_add_the_same_at_once_make_one_scene(
    scene_database: str, idle: Connection, store: ImageStore, picture: Path
) -> None:
    meeting = threading.Barrier(2)
    ends: list[str] = []

    def add() -> None:
        def together(stage: str, done: int, total: int) -> None:
            if (stage, done) == ("verify", total):
                meeting.wait(60)

        with connect(scene_database, autocommit=True) as conn:
            try:
                ends.append(
                    catalogue.add(
                        conn, store, picture, when=WHEN, bands=("red", "green", "blue"), progress=together
                    ).code
                )
            except Problem as problem:
                ends.append(problem.slug)

    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(ends) == ["a-20240203", "scene-exists"]
    (scene,) = catalogue.listed(idle)
    assert sorted(key.split("/")[1] for key in files_in(store)) == [str(scene.id)] * 2


def test_a_sweep_spares_what_is_just_being_added(
    scene_database: str, idle: Connection, store: ImageStore, tmp_path: Path
) -> None:
    swept = []

    def meanwhile(stage: str, done: int, total: int) -> None:
        with connect(scene_database, autocommit=True) as other:
            swept.append(catalogue.sweep(other, store))

    path = write_tif(tmp_path / "a.tif", ramp(40, 40)[np.newaxis])
    scene = catalogue.add(idle, store, path, when=WHEN, progress=meanwhile)
    assert len(swept) > 3 and not any(swept)
    assert whole(store, scene, path)
    the_id = uuid4()
    store.put(f"scenes/{the_id}/data.tif", Path(write_tif(tmp_path / "b.tif", ramp(9, 9)[np.newaxis])))
    with idle.transaction():
        catalogue.lock(idle, the_id)  # as between putting the files there and writing the row
        meanwhile("", 0, 0)
        assert store.size(f"scenes/{the_id}/data.tif")
    meanwhile("", 0, 0)
    with pytest.raises(FileNotFoundError):
        store.size(f"scenes/{the_id}/data.tif")


def test_removal_takes_row_and_files_and_the_scene_can_come_again(
    idle: Connection, store: ImageStore, picture: Path
) -> None:
    first = catalogue.add(idle, store, picture, when=WHEN, bands=("red", "green", "blue"), title="Ảnh thử")
    assert catalogue.by_code(idle, first.code) == catalogue.get(idle, first.id) == first
    catalogue.remove(idle, store, first.id)
    assert catalogue.listed(idle) == [] and files_in(store) == []
    with pytest.raises(NotFound):
        catalogue.get(idle, first.id, removed=True)
    with pytest.raises(NotFound):
        catalogue.remove(idle, store, first.id)
    again = catalogue.add(idle, store, picture, when=WHEN, bands=("red", "green", "blue"), title="Ảnh thử")
    assert (again.code, again.title) == (first.code, first.title) and again.id != first.id
    kinds = [
        row["kind"]
        for row in idle.execute("SELECT kind FROM audit.entry WHERE subject = %s ORDER BY id", [f"scene:{first.code}"])
    ]
    assert kinds[-3:] == ["scene.add", "scene.remove", "scene.add"]


def test_a_scene_that_a_run_has_used_keeps_its_row(conn: Connection, store: ImageStore, tmp_path: Path) -> None:
    conn.autocommit = True
    before, after, later = (
        catalogue.add(
            conn, store, write_tif(tmp_path / f"{n}.tif", ramp(40, 40, n)[np.newaxis]), when=moment(f"202{n}-01-01")
        )
        for n in range(3)
    )
    run = conn.execute(
        "INSERT INTO imagery.run (before_id, after_id, later_ids, state, simulated) VALUES (%s, %s, %s, 'queued', false) RETURNING id",
        (before.id, after.id, [later.id]),
    ).fetchone()
    assert run
    for scene in (before, after, later):
        with pytest.raises(Stale) as refusal:
            catalogue.remove(conn, store, scene.id)
        assert refusal.value.slug == "scene-in-use"
    conn.execute("UPDATE imagery.run SET state = 'running', started_at = now()")
    conn.execute("UPDATE imagery.run SET state = 'done', finished_at = now()")
    for scene in (before, after, later):
        catalogue.remove(conn, store, scene.id)
        assert catalogue.get(conn, scene.id, removed=True).removed_at is not None
    assert catalogue.listed(conn) == [] and files_in(store) == []
    again = catalogue.add(conn, store, tmp_path / "0.tif", when=moment("2020-01-01"))
    assert (again.id != before.id, again.code) == (True, f"{before.code}-2")  # the run still names what it saw


def test_a_removal_that_is_undone_has_cost_no_file(conn: Connection, store: ImageStore, tmp_path: Path) -> None:
    path = write_tif(tmp_path / "a.tif", ramp(40, 40)[np.newaxis])
    scene = catalogue.add(conn, store, path, when=WHEN)
    conn.commit()
    conn.execute("SELECT 1")  # inside a transaction from here on
    catalogue.remove(conn, store, scene.id)
    conn.rollback()
    assert whole(store, catalogue.get(conn, scene.id), path)
    catalogue.remove(conn, store, scene.id)
    conn.commit()
    assert catalogue.sweep(conn, store) == 1
    assert files_in(store) == []
