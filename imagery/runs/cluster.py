"""Where the tiles of a step are worked on: threads of this process, or the workers of a `dask.distributed` cluster.

Only the path of the work folder and the window of a tile travel; a tile's result is a file in the folder, which all workers have to share.
A task that is done twice, because its worker was killed, writes the same file again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from itertools import islice
from typing import Any, TypeVar

from imagery.runs.grid import Window
from imagery.runs.reading import release
from layers.errors import Busy

Result = TypeVar("Result")
Task = Callable[[str, Window], Result]
Report = Callable[[int, int], None]
"""Told how many tiles are done, of how many; what it raises ends the step."""
AHEAD = 3
"""Tiles that wait for each worker; few, so that a cancelled run stops soon."""
RETRIES = 2
ANSWER_WITHIN = 10.0
"""Seconds that a scheduler has to answer."""


def each(
    task: Task[Result], folder: str, windows: Sequence[Window], *, workers: int, address: str | None, report: Report
) -> list[Result]:
    """Do `task` for every window; the results in the order of the windows. The first error ends the step.

    Raises Busy 'cluster-unreachable' when nobody answers at `address`.
    """
    run = _on_cluster(task, folder, windows, address) if address else _on_threads(task, folder, windows, workers)
    results: dict[int, Result] = {}
    report(0, len(windows))
    with closing(run):
        for place, result in run:
            results[place] = result
            report(len(results), len(windows))
    return [results[place] for place in range(len(windows))]


def _on_threads(
    task: Task[Result], folder: str, windows: Sequence[Window], workers: int
) -> Generator[tuple[int, Result], None, None]:
    waiting = iter(enumerate(windows))
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="tiles") as pool:
        running: dict[Future[Result], int] = {}
        try:
            while True:
                for place, window in islice(waiting, workers * AHEAD - len(running)):
                    running[pool.submit(task, folder, window)] = place
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future), future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _on_cluster(
    task: Task[Result], folder: str, windows: Sequence[Window], address: str
) -> Generator[tuple[int, Result], None, None]:
    import distributed  # noqa: PLC0415  (an extra; threads need none)

    library: Any = distributed  # it has no types
    try:
        client = library.Client(address, timeout=ANSWER_WITHIN, set_as_default=False)
    except OSError as error:
        raise Busy(
            "cluster-unreachable",
            f"No cluster answers at {address}.",
            f"Không kết nối được cụm máy tính tại {address}.",
        ) from error
    with client:
        waiting = iter(enumerate(windows))
        places: dict[str, int] = {}

        def next_ones(count: int) -> list[Any]:
            made = [
                (place, client.submit(task, folder, window, pure=False, retries=RETRIES))
                for place, window in islice(waiting, count)
            ]
            places.update({future.key: place for place, future in made})
            return [future for _, future in made]

        threads = sum(client.nthreads().values()) or 1
        queue = library.as_completed(next_ones(threads * AHEAD), loop=client.loop)
        for future in queue:
            yield places.pop(future.key), future.result()
            queue.update(next_ones(1))
        client.run(release)
