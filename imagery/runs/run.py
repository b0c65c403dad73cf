"""A run from queued to its end: `queued → running → done | refused | failed | cancelled`.

Whoever works on a run holds its advisory lock, on a connection that dies with the process: a run that says `running` while the lock is free was killed,
and whoever takes it up finds its finished tiles again. Observations, findings and the word `done` appear in one transaction; any other end removes the
work folder.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import psycopg
import rasterio.errors
from psycopg.types.json import Jsonb

from imagery.findings import recording
from imagery.runs import work
from imagery.runs.asking import Parameters, earlier, model_path, scenes_of
from imagery.runs.steps import Outcome, Steps
from imagery.scenes.store import ImageStore
from layers.db import Connection, connect
from layers.errors import Busy, Problem

End = Literal["done", "refused", "failed", "cancelled", "left", "busy"]
"""How working on a run ended; `left`: to be taken up again, `busy`: somebody else is at it, or it has ended."""
SHARES: dict[str, float] = {
    "grid": 0.01,
    "registration": 0.08,
    "sample": 0.1,
    "fit": 0.08,
    "score": 0.5,
    "polygons": 0.06,
    "parcels": 0.1,
    "leads": 0.05,
    "record": 0.02,
}
"""Steps in their order, and their usual part of the time."""
TELL_EVERY = 0.5
"""Seconds between two words of progress to the database."""
MOST_ATTEMPTS = 5
DIED = (
    f"Tiến trình xử lý đã chết {MOST_ATTEMPTS} lần (có thể do thiếu bộ nhớ).",
    f"The process working on it died {MOST_ATTEMPTS} times (it may lack memory).",
)
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

Progress = Callable[[str, int, int], None]
"""`progress(step, done, total)`, for a bar."""


class CancelledError(Exception):
    """Somebody stopped the run."""


class LeftError(Exception):
    """The process is asked to end; the run is to be taken up again."""


@dataclass(frozen=True)
class Bench:
    """What runs are worked on with. `folder`: where work folders lie, shared with the workers of `scheduler` (dask.distributed) where there is one.
    `network`: the building network (ONNX) where one is set up."""

    url: str
    store: ImageStore
    folder: Path
    models: Path
    threads: int = 2
    scheduler: str | None = None
    network: Path | None = None


def perform(
    bench: Bench, run: UUID, *, progress: Progress | None = None, leave: Callable[[], bool] = lambda: False
) -> End:
    """Work on a run until its end. `leave` is asked now and then whether the process has to end; the run then waits to be taken up again."""
    with connect(bench.url, autocommit=True) as status:
        if not _locked(status, run):
            return "busy"
        row = _claimed(status, run)
        if row is None:
            return "busy"
        folder = work.folder_of(bench.folder, run)
        if row["attempts"] > MOST_ATTEMPTS:
            _finish(status, run, "failed", DIED, "run-died")
            work.remove(folder)
            return "failed"
        told = _Told(status, run, progress, leave)
        try:
            end = _end_of(bench, row, folder, told)
        except BaseException:  # Ctrl-C at the command line: nobody goes on with it
            _finish(status, run, "cancelled", ("Đã dừng theo yêu cầu.", "Stopped on request."), None)
            work.remove(folder)
            raise
        if end in ("refused", "failed", "cancelled"):
            work.remove(folder)
        return end


def _end_of(bench: Bench, row: dict[str, Any], folder: Path, told: _Told) -> End:
    """Do the work and say how it ended."""
    run: UUID = row["id"]
    try:
        work.sweep(folder)
        _work(bench, row, folder, told)
    except CancelledError:
        return "cancelled"
    except (LeftError, psycopg.OperationalError):  # without its database a run is taken up again
        return "left"
    except Problem as problem:
        end: End = "failed" if isinstance(problem, Busy) else "refused"
        _finish(told.conn, run, end, (problem.detail_vi, problem.detail), problem.slug)
        return end
    except Exception as error:  # noqa: BLE001  (whatever ended it has to be said to whoever waits for it)
        _finish(told.conn, run, "failed", *_words(error))
        return "failed"
    return "done"


def _words(error: Exception) -> tuple[tuple[str, str], str]:
    """(Vietnamese, English) and the slug of a failure."""
    if isinstance(error, OSError) and error.errno in FULL:
        return (
            "Ổ đĩa đã đầy hoặc tệp vượt giới hạn; hãy giải phóng dung lượng rồi chạy lại.",
            "The disk is full, or a file has reached its limit; make room and start again.",
        ), "disk-full"
    text = " ".join(str(error).split())[:500] or type(error).__name__
    if isinstance(error, rasterio.errors.RasterioError):
        return (f"Không đọc được tệp ảnh: {text}.", f"A file of a scene cannot be read: {text}."), "scene-unreadable"
    if isinstance(error, MemoryError):
        return ("Không đủ bộ nhớ.", "There is not enough memory."), "out-of-memory"
    return (f"Lỗi không lường trước: {text}.", f"Unexpected: {text}."), "run-failed"


def _locked(conn: Connection, run: UUID) -> bool:
    row = conn.execute("SELECT pg_try_advisory_lock(imagery.run_key(%s)) AS mine", (run,)).fetchone()
    return bool(row and row["mine"])


def _claimed(conn: Connection, run: UUID) -> dict[str, Any] | None:
    return conn.execute(
        "UPDATE imagery.run SET state = 'running', started_at = coalesce(started_at, clock_timestamp()), attempts = attempts + 1"
        " WHERE id = %s AND state IN ('queued', 'running') RETURNING *",
        (run,),
    ).fetchone()


def _finish(conn: Connection, run: UUID, state: str, words: tuple[str, str], slug: str | None) -> None:
    with suppress(psycopg.OperationalError):
        conn.execute(
            "UPDATE imagery.run SET state = %s, message_vi = %s, message_en = %s, problem = %s, finished_at = clock_timestamp()"
            " WHERE id = %s AND state = 'running'",
            (state, *words, slug, run),
        )


class _Told:
    """Tells the database and a bar how far a run is, and notices when it was stopped."""

    def __init__(self, conn: Connection, run: UUID, progress: Progress | None, leave: Callable[[], bool]) -> None:
        self.conn = conn
        self._run = run
        self._progress = progress
        self._leave = leave
        self._last = -TELL_EVERY
        self._step = ""

    def __call__(self, step: str, done: int, total: int) -> None:
        """Raises CancelledError, LeftError."""
        if self._progress:
            self._progress(step, done, total)
        if self._leave():
            raise LeftError
        if step == self._step and time.monotonic() - self._last < TELL_EVERY:
            return
        self._step, self._last = step, time.monotonic()
        names = list(SHARES)
        before = sum(SHARES[name] for name in names[: names.index(step)])
        share = min(1.0, before + SHARES[step] * (done / total if total else 1))
        going_on = self.conn.execute(
            "UPDATE imagery.run SET step = %s, progress = %s WHERE id = %s AND state = 'running' RETURNING id",
            (step, share, self._run),
        ).fetchone()
        if going_on is None:
            raise CancelledError

    def record(self, provenance: Sequence[dict[str, Any]]) -> None:
        """Keep what the steps so far have done."""
        self.conn.execute(
            "UPDATE imagery.run SET provenance = %s WHERE id = %s AND state = 'running'",
            (Jsonb(list(provenance)), self._run),
        )


def _work(bench: Bench, row: dict[str, Any], folder: Path, told: _Told) -> None:
    told("grid", 0, 1)
    with connect(bench.url) as conn:
        scenes = scenes_of(conn, row["before_id"], row["after_id"], row["later_ids"], bench.network)
        history = earlier(conn, scenes)
    steps = Steps(
        url=bench.url,
        folder=folder,
        store=bench.store,
        scenes=scenes,
        history=history,
        unit=row["unit"],
        learned=str(model_path(bench.models, row["model"])) if row["model"] and not scenes.fine else None,
        network=bench.network if scenes.fine else None,
        parameters=Parameters(**row["parameters"]),
        threads=bench.threads,
        scheduler=bench.scheduler,
        tell=told,
        record=told.record,
    )
    outcome = steps.run()
    told("record", 0, 1)
    with connect(bench.url) as conn:
        _write(conn, row["id"], outcome)
    steps.clear()


def _write(conn: Connection, run: UUID, outcome: Outcome) -> None:
    """Observations, findings and the end, in the caller's transaction. Raises CancelledError when the run was stopped meanwhile."""
    mine = conn.execute("SELECT 1 FROM imagery.run WHERE id = %s AND state = 'running' FOR UPDATE", (run,)).fetchone()
    if mine is None:
        raise CancelledError
    with conn.cursor().copy(
        "COPY imagery.observation (run_id, parcel_id, unit, state, probability, changed_m2, observed_share) FROM STDIN"
    ) as copy:
        for parcels, seen in outcome.observed:
            for k in range(len(parcels)):
                probability = float(seen.probability[k])
                copy.write_row(
                    (
                        run,
                        int(parcels.ids[k]),
                        parcels.units[k],
                        seen.states[k],
                        None if probability != probability else probability,  # noqa: PLR0124  (NaN)
                        float(seen.changed_m2[k]),
                        float(seen.observed_share[k]),
                    )
                )
    written = recording.record(conn, run, outcome.leads)
    record = {
        "step": "record",
        "at": datetime.now(UTC).isoformat(),
        "findings": written.leads,
        "permitted": written.permitted,
        "superseded": written.superseded,
    }
    conn.execute(
        "UPDATE imagery.run SET state = 'done', step = 'record', progress = 1, provenance = provenance || %s, message_vi = %s, message_en = %s,"
        " finished_at = clock_timestamp() WHERE id = %s",
        (Jsonb([record]), *outcome.words, run),
    )


# ---- the runs that wait --------------------------------------------------------------------------------------------------


def work_through(bench: Bench, leave: Callable[[], bool] = lambda: False) -> list[tuple[UUID, End]]:
    """Work on the runs that wait, and on those whose process was killed, oldest first, until none is left; clears what ended runs left behind."""
    sweep(bench)
    ended: dict[UUID, End] = {}
    while not leave() and (run := _next(bench, list(ended))) is not None:
        ended[run] = perform(bench, run, leave=leave)
    return list(ended.items())


def waiting(bench: Bench) -> bool:
    """Whether a run waits that nobody has begun."""
    with connect(bench.url) as conn:
        return conn.execute("SELECT 1 FROM imagery.run WHERE state = 'queued' LIMIT 1").fetchone() is not None


def _next(bench: Bench, but: Sequence[UUID]) -> UUID | None:
    with connect(bench.url) as conn:
        row = conn.execute(
            "SELECT id FROM imagery.run WHERE state IN ('queued', 'running') AND id <> ALL(%s) ORDER BY queued_at, id LIMIT 1",
            (list(but),),
        ).fetchone()
    return row["id"] if row else None


def sweep(bench: Bench) -> int:
    """Remove work folders of runs that ended otherwise than done while nobody worked on them. How many."""
    swept = 0
    folders = [path for path in bench.folder.iterdir() if path.is_dir()] if bench.folder.is_dir() else []
    with connect(bench.url, autocommit=True) as conn:
        for folder in folders:
            row = conn.execute("SELECT id, state FROM imagery.run WHERE id::text = %s", (folder.name,)).fetchone()
            if row is None or row["state"] not in ("refused", "failed", "cancelled") or not _locked(conn, row["id"]):
                continue
            work.remove(folder)
            conn.execute("SELECT pg_advisory_unlock(imagery.run_key(%s))", (row["id"],))
            swept += 1
    return swept
