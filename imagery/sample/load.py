"""Putting simulated scenes of the sample city into the catalogue."""

from __future__ import annotations

from collections.abc import Callable

from imagery.sample.city import LICENCE, SENSOR, SHOTS, Truth, lay_out_city
from imagery.sample.simulate import write
from imagery.sample.spectra import BANDS
from imagery.scenes import catalogue
from imagery.scenes.model import Scene
from imagery.scenes.store import ImageStore
from layers.db import Connection

Progress = Callable[[str, int, int], None]
SOURCE = "Simulated over the sample city. / Ảnh mô phỏng trên dữ liệu mẫu."


def load_scenes(
    conn: Connection, store: ImageStore, seed: int = 1, *, progress: Progress | None = None
) -> tuple[list[Scene], Truth]:
    """Draw and add one scene for each of SHOTS, oldest first, and tell the truth about them. On a connection without a transaction each is there at once.

    Raises EditRefused where the land is real, Stale `scene-exists` when they are there already.
    """
    truth = lay_out_city(conn, seed)
    conn.commit()
    scenes = []
    for number, shot in enumerate(SHOTS):
        if progress:
            progress("scenes", number, len(SHOTS))
        with store.passing() as place:
            path = place / f"mo-phong-{shot.when:%Y%m%d}.tif"
            write(truth.city, path, shot.when, shot.look)
            scenes.append(
                catalogue.add(
                    conn, store, path, when=shot.when, sensor=SENSOR, licence=LICENCE, source=SOURCE, bands=BANDS, simulated=True,
                    title=f"Ảnh mô phỏng {shot.when:%d/%m/%Y}",
                )
            )  # fmt: skip
            conn.commit()
    if progress:
        progress("scenes", len(SHOTS), len(SHOTS))
    return scenes, truth
