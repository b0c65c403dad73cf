"""Converts what was uploaded, beside the jobs: one file at a time, with progress that the browser can ask for.

Who converts an upload holds an advisory lock on it. The lock of a worker that was killed is free, so the upload is taken up again, three times at
most; nothing half-written is left of the attempts (imagery.scenes.catalogue).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import structlog

from geo_service.scenes.stages import share
from geo_service.settings import Settings
from imagery.scenes import catalogue
from imagery.scenes.sensors import moment
from imagery.scenes.store import ImageStore
from layers.db import Connection, connect
from layers.errors import Problem

log = structlog.get_logger(__name__)
PAUSE_SECONDS = 1.0
ATTEMPTS = 3
REPORT_SECONDS = 0.5
WAITS = "SELECT * FROM imagery.upload WHERE state IN ('queued', 'converting')"
LOST = (
    "Máy xử lý ảnh đã dừng đột ngột nhiều lần khi đang xử lý tệp này.",
    "The worker died several times while it was converting this file.",
)
UNEXPECTED = (
    "Lỗi không lường trước; đã ghi vào nhật ký cho quản trị viên.",
    "An unexpected error; the operator can see it in the log.",
)


async def work(url: str, settings: Settings) -> None:
    """Sweep what a killed process has left, then convert what waits, until cancelled."""
    store = ImageStore(settings.images_address)
    await asyncio.to_thread(_sweep, url, store)
    while True:
        try:
            done = await asyncio.to_thread(convert_next, url, store)
        except psycopg.OperationalError as error:
            log.warning("no pictures converted: the database is away", error=str(error).strip())
            done = False
        if not done:
            await asyncio.sleep(PAUSE_SECONDS)


def _sweep(url: str, store: ImageStore) -> None:
    with connect(url, autocommit=True) as conn:
        if swept := catalogue.sweep(conn, store):
            log.info("leftovers of pictures removed", count=swept)


def convert_next(url: str, store: ImageStore) -> bool:
    """Convert the oldest upload that nobody else is converting; whether there was one. `url`: the owner's."""
    with connect(url, autocommit=True) as conn:
        for row in conn.execute(f"{WAITS} ORDER BY made_at").fetchall():
            if not _claim(conn, row["id"]):
                continue
            try:
                _convert(conn, store, row)
            finally:
                conn.execute("SELECT pg_advisory_unlock(imagery.lock_key(%s))", (row["id"],))
            return True
    return False


def _claim(conn: Connection, the_id: UUID) -> bool:
    """Take the lock of an upload that still waits."""
    row = conn.execute("SELECT pg_try_advisory_lock(imagery.lock_key(%s)) AS mine", (the_id,)).fetchone()
    if row is None or not row["mine"]:
        return False
    if conn.execute(f"{WAITS} AND id = %s", (the_id,)).fetchone():
        return True
    conn.execute("SELECT pg_advisory_unlock(imagery.lock_key(%s))", (the_id,))
    return False


def _convert(conn: Connection, store: ImageStore, upload: dict[str, Any]) -> None:
    the_id = upload["id"]
    if upload["attempts"] >= ATTEMPTS:
        _end(conn, store, upload, "failed", *LOST, problem="worker-died")
        return
    conn.execute(
        "UPDATE imagery.upload SET state = 'converting', attempts = attempts + 1, progress = 0, changed_at = now() WHERE id = %s",
        (the_id,),
    )
    report = _Report(conn, the_id)
    try:
        with store.passing() as place:
            path = store.fetch(upload["key"], place / Path(upload["key"]).name)
            scene = catalogue.add(
                conn,
                store,
                path,
                **_said(upload["parameters"]),
                added_by=upload["account"],
                trusted=False,
                progress=report,
            )
    except Problem as problem:
        _end(conn, store, upload, "refused", problem.detail_vi, problem.detail, problem=problem.slug)
    except psycopg.OperationalError:
        raise
    except Exception:
        log.exception("a picture could not be converted", upload=str(the_id))
        _end(conn, store, upload, "failed", *UNEXPECTED, problem="internal")
    else:
        notes = " ".join(note["vi"] for note in scene.notes), " ".join(note["en"] for note in scene.notes)
        _end(conn, store, upload, "done", *notes, scene=scene.id)


def _said(told: dict[str, Any]) -> dict[str, Any]:
    """What was said with the upload, as `catalogue.add` wants it."""
    said = {
        name: told[name]
        for name in ("title", "sensor", "licence", "source", "bands", "crs", "elsewhere", "public")
        if name in told
    }
    return said | ({"when": moment(told["datetime"])} if "datetime" in told else {})


def _end(
    conn: Connection,
    store: ImageStore,
    upload: dict[str, Any],
    state: str,
    vi: str,
    en: str,
    *,
    problem: str | None = None,
    scene: UUID | None = None,
) -> None:
    conn.execute(
        "UPDATE imagery.upload SET state = %s, step = '', progress = CASE WHEN %s = 'done' THEN 1 ELSE progress END, message_vi = %s, message_en = %s,"
        " problem = %s, scene_id = %s, changed_at = now() WHERE id = %s",
        (state, state, vi, en, problem, scene, upload["id"]),
    )
    store.remove(upload["key"])
    log.info("upload ended", upload=str(upload["id"]), state=state, problem=problem)


@dataclass
class _Report:
    """Writes how far it is, twice a second at most."""

    conn: Connection
    the_id: UUID
    clock: Callable[[], float] = time.monotonic
    last: float = float("-inf")
    step: str = ""

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = self.clock()
        if stage == self.step and now - self.last < REPORT_SECONDS:
            return
        self.last, self.step = now, stage
        self.conn.execute(
            "UPDATE imagery.upload SET step = %s, progress = %s, changed_at = now() WHERE id = %s",
            (stage, share(stage, done, total), self.the_id),
        )
