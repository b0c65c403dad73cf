"""When the snapshot for the small zooms is built."""

from __future__ import annotations

from pathlib import Path

from geo_service.tiles.snapshots import refresh
from layers.db import connect
from layers.fabric.load import load_faces
from tests.layers.fabric.fabrics import grid_batch


def test_a_lost_snapshot_is_built_again(database_url: str, tmp_path: Path) -> None:
    """A backup of the database does not hold the files; after a restore the small zooms must come back."""
    with connect(database_url) as conn:
        load_faces(conn, grid_batch(5, 5), reason="lưới")
    built = refresh(database_url, tmp_path)
    assert built is not None and built.seq == 1
    assert refresh(database_url, tmp_path) is None, "nothing is due"
    (tmp_path / "tiles" / built.file).unlink()
    again = refresh(database_url, tmp_path)
    assert again is not None and (tmp_path / "tiles" / again.file).is_file()
