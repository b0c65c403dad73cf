"""The land from above to ask about: scenes with real files, runs, and findings in the own commune and in another one."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid4

import numpy as np
from psycopg.types.json import Jsonb
from rasterio.io import MemoryFile
from rasterio.transform import from_origin

from geo_service.forecasts.schemas import Figures
from imagery.findings import record
from imagery.scenes import catalogue
from tests.geo_service.authority.desk import png
from tests.geo_service.authority.world import FIRST, UNIT, Place, World
from tests.imagery.findings.ground import lead

LONG_AGO = datetime(2020, 1, 1, 3, tzinfo=UTC)


def picture(number: int) -> bytes:
    """A small GeoTIFF of four bands that is not like any other, as bytes."""
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", width=64, height=64, count=4, dtype="uint16", nodata=0, crs="EPSG:32648",
            transform=from_origin(585_000, 2_325_000, 10, 10),
        ) as file:  # fmt: skip
            file.write(np.random.default_rng(number).integers(1, 3_000, (4, 64, 64), dtype="uint16"))
        return bytes(memory.read())


def scene(world: World, *, public: bool = True, days: int = 0) -> UUID:
    """A small scene, taken some minutes after the one before, and that many days later."""
    number = next(world.numbers)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.tif"
        path.write_bytes(picture(number))
        made = catalogue.add(
            world.conn, world.app.state.images, path, when=LONG_AGO + timedelta(days=days, minutes=number),
            sensor="orthophoto", licence="CC0-1.0", title=f"Ảnh {number}", bands=("blue", "green", "red", "nir"), elsewhere=True, public=public,
        )  # fmt: skip
    return made.id


def code(world: World, scene_id: UUID) -> str:
    """What the catalogue calls a scene."""
    return str(world.one("SELECT code FROM imagery.scene WHERE id = %s", scene_id)["code"])


def upload(world: World) -> UUID:
    """A picture that somebody sent and that waits to be converted."""
    key = uuid4()
    world.conn.execute(
        "INSERT INTO imagery.upload (id, name, key, bytes, sha256, account) SELECT %s, 'anh.tif', %s, 1, sha256('x'), min(id) FROM accounts.account",
        [key, f"uploads/{key}"],
    )
    return key


def pair(world: World) -> tuple[UUID, UUID]:
    return scene(world), scene(world, days=1_000)


def run(world: World, place: Place, state: str = "running") -> UUID:
    """A detection run in a commune, as somebody started it."""

    key = uuid4()
    world.conn.execute(
        "INSERT INTO imagery.run (id, before_id, after_id, unit, state, parameters, simulated) VALUES (%s, %s, %s, %s, %s, %s, true)",
        [key, *pair(world), UNIT[place], state, Jsonb({})],
    )
    return key


def finding(world: World, place: Place) -> UUID:
    """Rice land that was built on, of a run of its own."""
    key, parcel = run(world, place), FIRST[place] + 4
    with world.conn.transaction():
        record(world.conn, key, [lead(world.conn, parcel)])
    found: UUID = world.one("SELECT id FROM imagery.finding WHERE run_id = %s", key)["id"]
    return found


def judged(world: World, finding_id: UUID) -> None:
    """Somebody confirmed it."""
    world.conn.execute(
        "WITH said AS (INSERT INTO imagery.verdict (finding_id, verdict, account) SELECT %s, 'confirmed', min(id) FROM accounts.account"
        " RETURNING id, finding_id) UPDATE imagery.finding f SET state = 'confirmed', verdict_id = said.id, revision = revision + 1 FROM said"
        " WHERE f.id = said.finding_id",
        [finding_id],
    )


def photo(world: World, finding_id: UUID) -> str:
    """One that lies with a finding; its hash."""

    data = png(next(world.numbers))
    digest = hashlib.sha256(data).digest()
    world.app.state.files.keep(data, digest)
    world.conn.execute(
        "INSERT INTO imagery.photo (finding_id, sha256, bytes, account) SELECT %s, %s, %s, min(id) FROM accounts.account",
        [finding_id, digest, len(data)],
    )
    return digest.hex()


def forecast(world: World, place: Place) -> UUID:
    """One that is on the map, and says something of a parcel in a commune."""
    made: UUID = world.one(
        "INSERT INTO imagery.forecast (learned_from, learned_to, judged_from, judged_to, runs, weights, figures, better, simulated)"
        " VALUES ('2020-01-01', '2022-01-01', '2022-01-01', '2024-01-01', '{}', '{}', %s, true, true) RETURNING id",
        Jsonb(dict.fromkeys(Figures.model_fields, 0.0) | {"calibration": []}),
    )["id"]
    world.conn.execute(
        "INSERT INTO imagery.forecast_parcel (forecast_id, parcel_id, unit, rank, probability) VALUES (%s, %s, %s, 1, 0.5)",
        [made, FIRST[place] + 4, UNIT[place]],
    )
    return made


BOX = "105.8185,21.0185,105.8235,21.0235"
"""Degrees; around every scene here."""
TILE = (13, 6504, 3606)
"""z, x, y of a tile that shows every scene here."""
