"""Scenes and uploads for the routes: reading pages, taking in what is sent, giving out files."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID, uuid4

import anyio
import shapely
from psycopg.types.json import Jsonb

from geo_service.scenes import schemas
from imagery.scenes import catalogue
from imagery.scenes.catalogue import After, Scene, Wanted
from imagery.scenes.cog import StoreFull, writing
from imagery.scenes.sensors import COMMON_NAMES, SENSORS, common_names, moment, sensor_of
from imagery.scenes.store import ImageStore
from layers.db import Connection
from layers.errors import Malformed, NotFound, TooLarge

MANAGE = "imagery.manage"
FILES = {"data.tif": "data_key", "visual.tif": "visual_key", "mask.tif": "mask_key"}
UPLOAD = "id, name, bytes, state, step, progress, message_vi, message_en, problem, scene_id, made_at, changed_at"
ROOM_LEFT = 256 * 1024**2  # bytes of a disk that uploads do not take
RECENT = 50


# ---- reading -------------------------------------------------------------------------------------------------------------


def listed(conn: Connection, wanted: Wanted, limit: int, cursor: str | None) -> schemas.Scenes:
    """A page of scenes, the newest picture first. Raises Malformed for a cursor that is not ours."""
    try:
        after = After.read(cursor) if cursor else None
    except ValueError:
        raise Malformed("bad-cursor", "The cursor is not one of ours.", "Mã trang không hợp lệ.") from None
    found, following = catalogue.page(conn, wanted, limit, after)
    return schemas.Scenes(items=[shown(scene) for scene in found], next=following)


def shown(scene: Scene) -> schemas.Scene:
    """A scene as the routes answer it."""
    keys = {"data": scene.data_key, "visual": scene.visual_key, "mask": scene.mask_key}
    return schemas.Scene.model_validate(
        {name: getattr(scene, name) for name in schemas.Scene.model_fields if hasattr(scene, name)}
        | {
            "bounds": scene.footprint.bounds,
            "footprint": shapely.geometry.mapping(scene.footprint),
            "bands": list(scene.bands),
            "notes": list(scene.notes),
            "files": {name: f"/api/scenes/{scene.id}/files/{name}.tif" for name, key in keys.items() if key},
        }
    )


def sensors(limit: int) -> schemas.Sensors:
    """Sensors, names of bands and the size limit, for the upload form."""
    return schemas.Sensors(
        items=[
            schemas.Sensor(code=one.code, name_vi=one.name_vi, name_en=one.name_en, licence=one.licence)
            for one in SENSORS.values()
        ],
        bands=sorted(COMMON_NAMES),
        limit_bytes=limit,
    )


def box(text: str | None) -> shapely.Geometry | None:
    """west,south,east,north in degrees. Raises Malformed."""
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        west = south = east = north = float("nan")
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise Malformed("bad-bbox", "bbox is west,south,east,north in degrees.", "bbox gồm tây,nam,đông,bắc theo độ.")
    return shapely.box(west, south, east, north)


# ---- files ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class File:
    """A file of a scene that its reader may have."""

    key: str
    name: str
    size: int
    public: bool


def file_of(conn: Connection, store: ImageStore, scene: UUID, name: str) -> File:
    """Raises NotFound for a scene that the login does not see, or a file that it does not have."""
    found = catalogue.get(conn, scene)
    key = getattr(found, FILES[name]) if name in FILES else None
    try:
        size = store.size(key) if key else None
    except FileNotFoundError:  # removed in this moment
        size = None
    if key is None or size is None:
        raise NotFound("no-such-file", f"The scene has no {name}.", f"Cảnh ảnh không có tệp {name}.")
    return File(key, f"{found.code}-{name}", size, found.public)


# ---- uploads -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """What is said with an upload, as the query has it."""

    title: str | None
    datetime: str | None
    sensor: str | None
    licence: str | None
    source: str | None
    bands: str | None
    crs: int | None
    elsewhere: bool
    public: bool

    def check(self) -> dict[str, Any]:
        """As it is kept until the file is converted. Raises Malformed at once for what can be seen to be wrong without the file."""
        if self.datetime:
            moment(self.datetime)
        if self.sensor:
            sensor_of(self.sensor)
        names = [name.strip() for name in self.bands.split(",")] if self.bands else None
        if names:
            common_names(names)
        said = {name: value for name, value in vars(self).items() if value not in (None, "")}
        return said | {"bands": names} if names else said


@dataclass(frozen=True)
class Received:
    """A file that has arrived whole, in a passing folder."""

    path: Path
    size: int
    sha256: bytes


async def receive(chunks: AsyncIterator[bytes], place: Path, name: str, limit: int, announced: int) -> Received:
    """Write what arrives into the folder `place`, hashing on the way.

    Raises TooLarge past `limit` bytes, StoreFull where it would fill the disk, Malformed for nothing at all.
    """
    _check_room(place, min(announced, limit))
    path = place / safe_name(name)
    digest, size = hashlib.sha256(), 0
    with writing(place):
        async with await anyio.open_file(path, "wb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    most = f"{limit / 1024**3:.1f}"
                    raise TooLarge(
                        "file-too-large",
                        f"A picture may have at most {most} GiB.",
                        f"Mỗi ảnh không được quá {most} GiB.",
                    )
                digest.update(chunk)
                await file.write(chunk)
    if not size:
        raise Malformed("empty-file", "Nothing was sent.", "Tệp gửi lên trống.")
    return Received(path, size, digest.digest())


def _check_room(place: Path, wanted: int) -> None:
    free = shutil.disk_usage(place).free
    if free < wanted + ROOM_LEFT:
        raise StoreFull(
            "no-room",
            f"There is no room for a file of {wanted // 1024**2} MiB; {free // 1024**2} MiB are free.",
            f"Không đủ chỗ cho tệp {wanted // 1024**2} MiB; còn trống {free // 1024**2} MiB.",
        )


def safe_name(name: str) -> str:
    """The last part of a name, fit for any file system; its ending stays, formats are told by it."""
    last = PurePosixPath(name.replace("\\", "/")).name
    kept = "".join(char if char.isalnum() or char in "._-" else "_" for char in last).strip(".")
    while len(kept.encode()) > 150:
        kept = kept[1:]
    return kept or "anh"


def take(conn: Connection, store: ImageStore, received: Received, name: str, told: dict[str, Any]) -> schemas.Upload:
    """Put a received file into the store and note it, in the caller's transaction.

    Raises Stale `scene-exists` when the same picture is here.
    """
    if found := catalogue.same_content(conn, received.sha256):
        raise catalogue.exists(found)
    the_id = uuid4()
    key = f"{catalogue.UPLOADS}/{the_id}/{received.path.name}"
    catalogue.lock(conn, the_id)
    try:
        with writing(received.path.parent):
            store.put(key, received.path)
        conn.execute(
            "SELECT imagery.take_upload(%s, %s, %s, %s, %s, %s)",
            (the_id, name, key, received.size, received.sha256, Jsonb(told)),
        )
    except BaseException:
        store.remove(key)
        raise
    return upload(conn, the_id)


def upload(conn: Connection, the_id: UUID) -> schemas.Upload:
    """How far an upload is. Raises NotFound."""
    row = conn.execute(f"SELECT {UPLOAD} FROM imagery.upload WHERE id = %s", (the_id,)).fetchone()
    if row is None:
        raise NotFound("no-such-upload", "There is no such upload.", "Không có lượt tải lên này.")
    return schemas.Upload.model_validate(row)


def uploads(conn: Connection) -> schemas.Uploads:
    """The latest uploads, the newest first."""
    rows = conn.execute(f"SELECT {UPLOAD} FROM imagery.upload ORDER BY made_at DESC LIMIT %s", (RECENT,)).fetchall()
    return schemas.Uploads(items=[schemas.Upload.model_validate(row) for row in rows])
