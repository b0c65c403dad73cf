"""The catalogue of scenes in PostgreSQL, and the files that belong to it.

Rows and files cannot share a transaction, so their order keeps a scene whole: files are put into the store under a new id, then the row is written;
a row goes first, then its files. Whoever is killed in between leaves files without a row, which `sweep` removes. An advisory lock on the id keeps a
sweep away from a scene that is just being added; the database lets go of it with the connection of whoever dies.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import UUID, uuid4

import psycopg
import shapely
from psycopg.pq import TransactionStatus
from psycopg.types.json import Jsonb

from imagery.scenes.cog import writing
from imagery.scenes.ingest import convert
from imagery.scenes.model import Band, Note, Said, Scene
from imagery.scenes.package import Progress
from imagery.scenes.recognise import recognise
from imagery.scenes.sensors import common_names
from imagery.scenes.store import ImageStore
from layers.db import Connection
from layers.errors import NotFound, Stale

__all__ = ["Band", "Note", "Said", "Scene", "add", "get", "listed", "remove", "sweep"]
SCENES = "scenes"
UPLOADS = "uploads"
COLUMNS = """
    s.id, s.code, s.title, s.sensor, s.datetime, s.gsd, s.epsg, s.width, s.height, s.transform, ST_AsBinary(s.footprint) AS footprint, s.bands,
    s.data_key, s.visual_key, s.mask_key, s.size_bytes, s.licence, s.source, s.simulated, s.public, s.elsewhere, s.cloud_cover, s.notes,
    s.content_sha256, s.added_at, s.removed_at
"""


def _scene(row: dict[str, Any]) -> Scene:
    footprint = shapely.from_wkb(row["footprint"])
    return Scene(
        **row
        | {
            "footprint": footprint,
            "transform": tuple(row["transform"]),
            "bands": tuple(row["bands"]),
            "notes": tuple(row["notes"]),
            "content_sha256": bytes(row["content_sha256"]),
        }
    )


# ---- reading -------------------------------------------------------------------------------------------------------------


def get(conn: Connection, scene: UUID, *, removed: bool = False) -> Scene:
    """A scene by id; with `removed` also one whose files are gone. Raises NotFound, also for one that the login may not see."""
    row = conn.execute(
        f"SELECT {COLUMNS} FROM imagery.scene s WHERE s.id = %s AND (%s OR s.removed_at IS NULL)", (scene, removed)
    ).fetchone()
    if row is None:
        raise no_such_scene()
    return _scene(row)


def by_code(conn: Connection, code: str) -> Scene:
    """A scene by its code, or by its id written out. Raises NotFound."""
    row = conn.execute(
        f"SELECT {COLUMNS} FROM imagery.scene s WHERE %s IN (s.code, s.id::text) AND s.removed_at IS NULL", (code,)
    ).fetchone()
    if row is None:
        raise no_such_scene()
    return _scene(row)


@dataclass(frozen=True)
class Wanted:
    """Which scenes, all conditions together. `intersects` in lon/lat; `since` and `until` inclusive; `elsewhere` None: both."""

    ids: Sequence[UUID] | None = None
    codes: Sequence[str] | None = None
    sensors: Sequence[str] | None = None
    intersects: shapely.Geometry | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    elsewhere: bool | None = None


@dataclass(frozen=True, order=True)
class After:
    """Where a page ended: the next begins behind this scene in the order of `listed`."""

    datetime: dt.datetime
    id: UUID

    def token(self) -> str:
        """As text for an address."""
        return base64.urlsafe_b64encode(f"{self.datetime.isoformat()}|{self.id}".encode()).decode().rstrip("=")

    @classmethod
    def read(cls, token: str) -> Self:
        """What `token` gave. Raises ValueError for anything else."""
        when, _, the_id = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode().partition("|")
        try:
            return cls(dt.datetime.fromisoformat(when).astimezone(dt.UTC), UUID(the_id))
        except OverflowError as error:
            raise ValueError(token) from error


CONDITIONS = """
    s.removed_at IS NULL
    AND (%(ids)s::uuid[] IS NULL OR s.id = ANY(%(ids)s)) AND (%(codes)s::text[] IS NULL OR s.code = ANY(%(codes)s))
    AND (%(sensors)s::text[] IS NULL OR s.sensor = ANY(%(sensors)s))
    AND (%(area)s::bytea IS NULL OR ST_Intersects(s.footprint, ST_GeomFromWKB(%(area)s, 4326)))
    AND (%(since)s::timestamptz IS NULL OR s.datetime >= %(since)s) AND (%(until)s::timestamptz IS NULL OR s.datetime <= %(until)s)
    AND (%(elsewhere)s::boolean IS NULL OR s.elsewhere = %(elsewhere)s)
    AND (%(after_when)s::timestamptz IS NULL OR (s.datetime, s.id) < (%(after_when)s, %(after_id)s::uuid))
"""


def listed(
    conn: Connection, wanted: Wanted | None = None, *, limit: int | None = None, after: After | None = None
) -> list[Scene]:
    """Scenes that the login may see, the newest picture first; `limit` None: all of them."""
    wanted = wanted or Wanted()
    rows = conn.execute(
        f"SELECT {COLUMNS} FROM imagery.scene s WHERE {CONDITIONS} ORDER BY s.datetime DESC, s.id DESC LIMIT %(limit)s",
        {
            "ids": None if wanted.ids is None else list(wanted.ids),
            "codes": None if wanted.codes is None else list(wanted.codes),
            "sensors": None if wanted.sensors is None else list(wanted.sensors),
            "area": None if wanted.intersects is None else shapely.to_wkb(wanted.intersects),
            "since": wanted.since,
            "until": wanted.until,
            "elsewhere": wanted.elsewhere,
            "after_when": after and after.datetime,
            "after_id": after and after.id,
            "limit": limit,
        },
    ).fetchall()
    return [_scene(row) for row in rows]


def page(conn: Connection, wanted: Wanted, size: int, after: After | None) -> tuple[list[Scene], str | None]:
    """At most `size` scenes, and the token of the page behind them if there is one."""
    found = listed(conn, wanted, limit=size + 1, after=after)
    last = found[size - 1] if len(found) > size else None
    return found[:size], After(last.datetime, last.id).token() if last else None


def same_content(conn: Connection, sha256: bytes) -> Scene | None:
    """The scene that was made of these very files, if it is here."""
    row = conn.execute(
        f"SELECT {COLUMNS} FROM imagery.scene s WHERE s.content_sha256 = %s AND s.removed_at IS NULL", (sha256,)
    ).fetchone()
    return None if row is None else _scene(row)


def region(conn: Connection) -> shapely.Geometry | None:
    """Where the city is (lon/lat); None for a deployment that knows neither places of units nor parcels."""
    row = conn.execute("SELECT ST_AsBinary(imagery.region()) AS area").fetchone()
    return None if row is None or row["area"] is None else shapely.from_wkb(row["area"])


# ---- writing -------------------------------------------------------------------------------------------------------------


def add(
    conn: Connection,
    store: ImageStore,
    path: Path,
    *,
    when: dt.datetime | None = None,
    sensor: str | None = None,
    licence: str | None = None,
    title: str | None = None,
    source: str | None = None,
    bands: Sequence[str] | None = None,
    crs: int | None = None,
    elsewhere: bool = False,
    public: bool = True,
    simulated: bool = False,
    added_by: int | None = None,
    trusted: bool = True,
    now: dt.datetime | None = None,
    progress: Progress | None = None,
) -> Scene:
    """Check, convert and catalogue what lies at `path` (file, folder, .zip or .tar); whole, or nothing of it remains.

    On a connection outside a transaction each step has its own, and none is open while the picture is converted. What is None is taken from the files.
    `trusted`: from the operator's own machine, any format GDAL reads; otherwise only formats that refer to no other file.
    `progress(stage, done, total)`: stages hash, read, overviews, write, verify, mask, visual.
    Raises NotFound, Malformed with what is wrong with the picture, Stale `scene-exists` for the same files again, TooLarge, StoreFull.
    """
    named = None if bands is None else common_names(bands)
    said = Said(when, sensor, licence, title, source, named, crs, elsewhere, public, simulated)
    package, delivery = recognise(path, said, trusted=trusted)
    sha256 = package.sha256(delivery.used, progress)
    with conn.transaction():
        if found := same_content(conn, sha256):
            raise exists(found)
        area = region(conn)
    the_id = uuid4()
    with store.passing() as place:
        now = now or dt.datetime.now(dt.UTC)
        converted = convert(delivery, said, area, place, now=now, progress=progress)
        keys = {name: f"{SCENES}/{the_id}/{name}.tif" for name in converted.files}
        with conn.transaction():
            lock(conn, the_id)
            try:
                with writing(place):
                    for name, file in converted.files.items():
                        store.put(keys[name], file)
                facts = {f"{name}_key": keys.get(name) for name in ("data", "visual", "mask")}
                return record(
                    conn, {**converted.facts, **facts, "id": the_id, "content_sha256": sha256, "added_by": added_by}
                )
            except BaseException:
                for key in keys.values():
                    store.remove(key)
                raise


INSERT = """
    INSERT INTO imagery.scene (id, code, title, sensor, datetime, gsd, epsg, width, height, transform, footprint, bands, data_key, visual_key, mask_key,
                               size_bytes, licence, source, simulated, public, elsewhere, cloud_cover, notes, content_sha256, added_by)
    VALUES (%(id)s, %(code)s, %(title)s, %(sensor)s, %(datetime)s, %(gsd)s, %(epsg)s, %(width)s, %(height)s, %(transform)s,
            ST_GeomFromWKB(%(footprint)s, 4326), %(bands)s, %(data_key)s, %(visual_key)s, %(mask_key)s, %(size_bytes)s, %(licence)s, %(source)s,
            %(simulated)s, %(public)s, %(elsewhere)s, %(cloud_cover)s, %(notes)s, %(content_sha256)s, %(added_by)s)
"""


def record(conn: Connection, facts: dict[str, Any]) -> Scene:
    """Write the row of a scene whose files are in the store; `facts` are its columns, `code` the wish for one (a number is added where it is taken).

    Raises Stale `scene-exists` when somebody else has just added the same picture.
    """
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('imagery scene codes'))")
    row = conn.execute(
        "SELECT CASE n WHEN 1 THEN %(code)s ELSE %(code)s || '-' || n END AS code FROM generate_series(1, 10000) n"
        " WHERE NOT EXISTS (SELECT 1 FROM imagery.scene WHERE code = CASE n WHEN 1 THEN %(code)s ELSE %(code)s || '-' || n END) ORDER BY n LIMIT 1",
        {"code": facts["code"]},
    ).fetchone()
    assert row is not None
    try:
        with conn.transaction():
            conn.execute(
                INSERT,
                facts
                | {
                    "code": row["code"],
                    "transform": list(facts["transform"]),
                    "footprint": shapely.to_wkb(facts["footprint"]),
                    "bands": Jsonb(list(facts["bands"])),
                    "notes": Jsonb(list(facts["notes"])),
                },
            )
    except psycopg.errors.UniqueViolation:
        found = same_content(conn, facts["content_sha256"])
        if found is None:
            raise
        raise exists(found) from None
    conn.execute(
        "SELECT audit.write('scene.add', %s, NULL, %s)",
        (f"scene:{row['code']}", Jsonb({"id": str(facts["id"]), "sensor": facts["sensor"], "by": facts["added_by"]})),
    )
    return get(conn, facts["id"])


def lock(conn: Connection, the_id: UUID) -> None:
    """Until the transaction ends no sweep touches the files of this id."""
    conn.execute("SELECT pg_advisory_xact_lock(imagery.lock_key(%s))", (the_id,))


def remove(conn: Connection, store: ImageStore, scene: UUID) -> None:
    """Take a scene out: the row first, then its files. One that a run has used keeps a row that says when it was removed.

    On a connection that is already inside a transaction the files stay until the next `sweep`, because that transaction may still be undone.
    Raises NotFound, Stale `scene-in-use` while a run reads it, and the database's refusal for a login that may not.
    """
    alone = conn.info.transaction_status == TransactionStatus.IDLE
    with conn.transaction():
        keys = take_out(conn, scene)
    if alone:
        for key in keys:
            store.remove(key)


def take_out(conn: Connection, scene: UUID) -> list[str]:
    """Take the row out, in the caller's transaction; the keys of the files that may go once it is committed. Raises as `remove`."""
    try:
        row = conn.execute("SELECT imagery.remove_scene(%s) AS keys", (scene,)).fetchone()
    except psycopg.Error as error:
        if error.sqlstate != "GI001":
            raise
        raise Stale(
            "scene-in-use",
            "A detection run is using the scene; wait for it or cancel it first.",
            "Cảnh ảnh đang được một lượt phát hiện biến động sử dụng; hãy chờ hoặc hủy lượt chạy trước.",
        ) from None
    if row is None or row["keys"] is None:
        raise no_such_scene()
    return list(row["keys"])


def sweep(conn: Connection, store: ImageStore) -> int:
    """Remove what killed processes have left: passing folders, files of scenes and uploads that have no row. How many were removed.

    Call it on a connection that is not inside a transaction; each leftover is looked at in one of its own.
    """
    swept = store.sweep_passing()
    alive = {
        SCENES: "SELECT 1 FROM imagery.scene WHERE id = %s AND removed_at IS NULL",
        UPLOADS: "SELECT 1 FROM imagery.upload WHERE id = %s AND state IN ('queued', 'converting')",
    }
    for prefix, living in alive.items():
        for name in store.groups(prefix):
            the_id = _as_uuid(name)
            if the_id is None:
                continue
            with conn.transaction():
                row = conn.execute(
                    "SELECT pg_try_advisory_xact_lock(imagery.lock_key(%s)) AS free", (the_id,)
                ).fetchone()
                if row is None or not row["free"] or conn.execute(living, (the_id,)).fetchone():
                    continue
                for key in store.keys(f"{prefix}/{name}"):
                    store.remove(key)
                swept += 1
    return swept


def _as_uuid(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


# ---- refusals ------------------------------------------------------------------------------------------------------------


def no_such_scene() -> NotFound:
    return NotFound("no-such-scene", "There is no such scene.", "Không có cảnh ảnh này.")


def exists(scene: Scene) -> Stale:
    """The very same picture is here already."""
    return Stale(
        "scene-exists",
        f"This picture is here already: {scene.code} ({scene.title}).",
        f"Ảnh này đã có trong hệ thống: {scene.code} ({scene.title}).",
        scene=str(scene.id),
        code=scene.code,
    )
