"""The job that works on detection runs: those that wait, and those whose process was killed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import structlog

from geo_service.settings import Settings
from imagery.runs.run import Bench, End, waiting, work_through
from imagery.scenes.store import ImageStore

log = structlog.get_logger(__name__)
QUEUE, TASK = "imagery", "imagery.runs"
"""Names of the queue and the task; imagery.wake_runner defers the job under them."""


def bench_of(settings: Settings, url: str) -> Bench:
    """What runs are worked on with in a deployment."""
    return Bench(
        url=url,
        store=ImageStore(settings.images_address),
        folder=settings.data_dir / "runs",
        models=models_of(settings.data_dir),
        threads=settings.detection_threads,
        scheduler=settings.dask,
        network=settings.building_network,
    )


def models_of(data_dir: Path) -> Path:
    """Where the deployment's own learned models lie."""
    return data_dir / "models"


def runs_job(make_bench: Callable[[], Bench]) -> Callable[[int], Awaitable[None]]:
    """The job, for the queue: works until no run waits, one run at a time in this process. Cancelled with the worker, it leaves its run at the next
    tile, to be taken up again."""
    at_work = threading.Lock()

    def work_on(leave: threading.Event) -> list[tuple[UUID, End]]:
        bench, ended = make_bench(), []
        while not leave.is_set() and at_work.acquire(blocking=False):
            try:
                ended += work_through(bench, leave.is_set)
            finally:
                at_work.release()
            if not waiting(bench):  # asked once more: a job that came while this one was ending went away again
                break
        return ended

    async def work_on_runs(timestamp: int) -> None:
        """Work on the detection runs that wait."""
        leave = threading.Event()
        work = asyncio.ensure_future(asyncio.to_thread(work_on, leave))
        try:
            ended = await asyncio.shield(work)
        except asyncio.CancelledError:
            leave.set()
            await work
            raise
        for run, end in ended:
            log.info("detection run", run=str(run), end=end, asked=timestamp)

    return work_on_runs
