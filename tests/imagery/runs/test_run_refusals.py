"""Runs on scenes that cannot be compared, read or written: told in words, and nothing remains."""

from __future__ import annotations

import errno
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from imagery.runs.asking import Asked, start
from imagery.runs.run import perform
from layers.errors import Malformed
from tests.imagery.runs.ground import Ground, frame_of, land, later
from tests.imagery.runs.whole import (
    AFTER,
    BEFORE,
    ask,
    bench,
    limited,
    nothing_remains,
    pair,
    process,
    refused,
    row_of,
)


def test_dates_that_lie_five_pixels_apart_are_refused(ground: Ground, tmp_path: Path) -> None:
    grid = frame_of(512, 512)
    image = land(grid)
    run = ask(ground, ground.add(image, grid, BEFORE), ground.add(np.roll(later(image, 2), 5, axis=2), grid, AFTER))
    assert refused(ground, tmp_path, run)["problem"] == "not-registered"


def test_all_clouds_are_refused_in_words(ground: Ground, tmp_path: Path) -> None:
    grid = frame_of()
    image = land(grid)
    clouds = np.full(image.shape[1:], 2, np.uint8)
    run = ask(ground, ground.add(image, grid, BEFORE), ground.add(later(image, 2), grid, AFTER, mask=clouds))
    row = refused(ground, tmp_path, run)
    assert row["problem"] == "nothing-observed" and "mây" in row["message_vi"] and "clouds" in row["message_en"]


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
from tests.imagery.runs.whole import limited
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
