"""What inspectors concluded becomes labels: on the ground that was judged, in the right sense, read as the run read it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from imagery.learning import training, verdicts
from imagery.runs.asking import Asked, start
from imagery.runs.run import Bench, perform
from layers.errors import Malformed
from tests.imagery.learning.conftest import QUICK
from tests.imagery.runs.ground import BANDS, Ground, cover, frame_of, land, later, on_utm, settle

PARCELS = ((35, "roof"), (87, "soil"), (152, "water"), (200, "roof"))


@pytest.fixture
def ground(database_url: str, tmp_path: Path) -> Iterator[Ground]:
    made = settle(database_url, tmp_path)
    yield made
    made.conn.close()


def run(ground: Ground, tmp_path: Path, seed: int) -> None:
    """A detection run over a new pair of scenes."""
    grid = frame_of(192, 192)
    before = land(grid, seed)
    after = later(before, seed + 1)
    for parcel, name in PARCELS:
        cover(after, grid, name, on_utm(parcel), parcel + seed)
    one, two = (
        ground.add(image, grid, datetime(2024, month, seed, tzinfo=UTC)) for image, month in ((before, 1), (after, 2))
    )
    asked = start(ground.conn, Asked(one.id, two.id))["id"]
    ground.conn.commit()
    assert perform(Bench(ground.url, ground.store, tmp_path / "runs", tmp_path / "models"), asked) == "done"


def conclude(ground: Ground, parcel: int, verdict: str) -> None:
    """An inspector's word on the open findings of a parcel."""
    conn = ground.conn
    conn.execute(
        "INSERT INTO accounts.account (login, name) SELECT 'thu', 'Thử' WHERE NOT EXISTS (SELECT FROM accounts.account)"
    )
    conn.execute(
        """
        WITH said AS (
            INSERT INTO imagery.verdict (finding_id, verdict, account)
            SELECT f.id, %s, (SELECT max(id) FROM accounts.account) FROM imagery.finding f WHERE f.parcel_id = %s AND f.state = 'open'
            RETURNING id, finding_id
        )
        UPDATE imagery.finding f SET state = %s, revision = revision + 1, verdict_id = said.id FROM said WHERE f.id = said.finding_id
        """,
        [verdict, parcel, verdict],
    )
    conn.commit()


def test_before_the_first_verdict_there_is_nothing_to_learn_from(ground: Ground) -> None:
    with pytest.raises(Malformed) as caught:
        verdicts.judged(ground.conn)
    assert caught.value.slug == "no-verdicts"


def test_verdicts_become_labels_and_a_model(ground: Ground, tmp_path: Path) -> None:
    for seed in (3, 4):
        run(ground, tmp_path, seed)
    for parcel, verdict in ((35, "confirmed"), (87, "false"), (152, "not_visible"), (200, "permitted")):
        conclude(ground, parcel, verdict)
    judged = verdicts.judged(ground.conn)
    said = np.concatenate([one.changed for one in judged])
    assert set(said.tolist()) == {True, False}
    scenes = verdicts.scenes(judged, ground.store)
    for scene in scenes:
        assert scene.bands == BANDS
        assert (scene.truth <= scene.scored).all() and (scene.scored <= scene.valid).all()
    pixels = sum(int(scene.truth.sum()) for scene in scenes)
    assert pixels == pytest.approx(36 * said.sum(), rel=0.35)  # a parcel is 60 x 60 m, a pixel 10 x 10
    fitted = training.fit(scenes, QUICK)
    probability = fitted.probability(scenes[0])
    assert np.isfinite(probability[scenes[0].scored]).all()
