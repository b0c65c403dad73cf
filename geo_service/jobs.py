"""Background jobs: a queue in the database (procrastinate), worked on in the service's own process or by `worker`.

A job that is deferred in a transaction is lost with it and seen with it, like everything else.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

import procrastinate
import psycopg
import structlog
from procrastinate.schema import SchemaManager

from geo_service.runs import worker as runs
from geo_service.settings import Settings
from geo_service.tiles.snapshots import refresh
from imagery.forecast import making as forecasting
from layers.db import connect
from layers.register import codes

log = structlog.get_logger(__name__)

CONCURRENCY = 4
"""Jobs at once: a detection run of minutes must not hold up the upkeep."""


async def tidy_accounts(context: procrastinate.JobContext, timestamp: int) -> None:
    """End sessions that have run out, forget those that ended a month ago, and attempts of yesterday."""
    await context.app.connector.execute_query_async("SELECT accounts.tidy()")
    log.info("accounts tidied", timestamp=timestamp)


def create_queue(url: str, settings: Settings) -> procrastinate.App:
    """The queue of the database at `url`; open it before use. Snapshots and detection runs are built into the data folder."""
    queue = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=4))
    tidy = queue.task(name="accounts.tidy", queue="upkeep", pass_context=True)(tidy_accounts)
    queue.periodic(cron="17 * * * *")(tidy)

    async def assign_codes(timestamp: int) -> None:
        """Give national codes to the parcels of big loads, a batch a transaction."""
        done = await asyncio.to_thread(assign_all_codes, url)
        if done:
            log.info("codes assigned", parcels=done, timestamp=timestamp)

    async def build_snapshot(timestamp: int) -> None:
        """Build the generalised snapshot when one is due."""
        built = await asyncio.to_thread(refresh, url, settings.data_dir)
        if built:
            log.info("snapshot built", seq=built.seq, faces=built.faces, bytes=built.bytes, timestamp=timestamp)

    async def forecast_building(timestamp: int) -> None:
        """Make a forecast when detection runs have ended that it would rest on."""
        made = await asyncio.to_thread(forecast_if_due, url)
        if made:
            log.info("forecast made", better=made["better"], problem=made["problem"], timestamp=timestamp)

    for name, task in (
        ("codes.assign", assign_codes),
        ("tiles.snapshot", build_snapshot),
        ("imagery.forecast", forecast_building),
    ):
        one_at_a_time = queue.task(name=name, queue="upkeep", lock=name, queueing_lock=name)(task)
        queue.periodic(cron="* * * * *")(one_at_a_time)
    # the database defers this very job when a run is asked for; the clock takes up runs whose process was killed
    detect = queue.task(name=runs.TASK, queue=runs.QUEUE, queueing_lock=runs.TASK)(
        runs.runs_job(lambda: runs.bench_of(settings, url))
    )
    queue.periodic(cron="* * * * *")(detect)
    return queue


def assign_all_codes(url: str) -> int:
    """Work through the codes that wait; returns how many parcels were looked at."""
    total = 0
    with connect(url) as conn:
        while done := codes.assign_waiting(conn):
            conn.commit()
            total += done
    return total


def forecast_if_due(url: str) -> dict[str, Any] | None:
    """A new forecast where runs have ended since the last; its row."""
    with connect(url) as conn:
        return forecasting.make(conn) if forecasting.due(conn) else None


def ensure_tables(url: str) -> None:
    """Make the queue's tables when they are not there; safe when several processes do it at once."""
    with psycopg.connect(url) as conn:
        conn.execute("SELECT pg_advisory_xact_lock(hashtext('geo-service queue'))")
        row = conn.execute("SELECT to_regclass('public.procrastinate_jobs') IS NULL").fetchone()
        if row and row[0]:
            conn.execute("SET LOCAL search_path = public")
            conn.execute(SchemaManager.get_schema().encode())


def workers_alive(url: str) -> int:
    """How many workers have given a sign of life within the last minute."""
    with psycopg.connect(url, connect_timeout=4) as conn:
        row = conn.execute(
            "SELECT count(*) FROM public.procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute'"
        ).fetchone()
    return int(row[0]) if row else 0


Beside = Callable[[], Coroutine[Any, Any, None]]
"""Endless work of another kind that a worker does beside the jobs."""


async def work(url: str, settings: Settings, *, own_signals: bool, beside: Beside | None = None) -> None:
    """Work on jobs until cancelled, or until a signal when `own_signals`; running jobs are finished first, then what is done beside them ends."""
    ensure_tables(url)
    queue = create_queue(url, settings)
    async with queue.open_async(), _doing(beside):
        await queue.run_worker_async(
            install_signal_handlers=own_signals,
            shutdown_graceful_timeout=10,
            delete_jobs="successful",
            concurrency=CONCURRENCY,
        )


@asynccontextmanager
async def _doing(beside: Beside | None) -> AsyncIterator[None]:
    """Do it from `with` to its end."""
    if beside is None:
        yield
        return
    task = asyncio.create_task(beside())
    try:
        yield
    finally:
        while not task.done():  # a cancellation that meets a lost database may be lost with it
            task.cancel()
            await asyncio.wait({task}, timeout=5)
        if not task.cancelled() and (error := task.exception()):
            log.error("the work beside the jobs had ended", error=str(error))


class WorkerThread:
    """Works on jobs beside the web server, in a thread with its own event loop, from `with` to its end."""

    def __init__(self, url: str, settings: Settings, beside: Beside | None = None) -> None:
        self._url = url
        self._settings = settings
        self._beside = beside
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), name="jobs", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(timeout=15)

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ready.set()
        working = asyncio.create_task(self._keep_working())
        await self._ended.wait()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    async def _keep_working(self) -> None:
        """A worker that dies with the database server is started again with it."""
        while True:
            try:
                await work(self._url, self._settings, own_signals=False, beside=self._beside)
            except (psycopg.Error, procrastinate.exceptions.ProcrastinateException) as error:
                log.warning("the job worker lost the database; trying again", error=str(error))
            await asyncio.sleep(2)
