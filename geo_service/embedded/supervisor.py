"""A thread that restarts the embedded server when it dies under a living service."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

import structlog

from geo_service.embedded.cluster import Cluster
from layers.errors import Problem

log = structlog.get_logger(__name__)
LOOK_EVERY = 0.25  # s
LONGEST_PAUSE = 30.0  # s


class Supervisor:
    """Watches the server from `with` to its end. A failed restart is tried again after a growing pause."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="postgres-supervisor", daemon=True)
        self.restarts = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        pause = LOOK_EVERY
        while not self._ended.wait(pause):
            try:
                restarted = self._cluster.recover()
            except (Problem, OSError):
                pause = min(2 * max(pause, 1.0), LONGEST_PAUSE)
                log.exception("the database server could not be restarted", next_try_s=pause)
                continue
            if restarted:
                self.restarts += 1
                log.warning("the database server had died and was restarted", restarts=self.restarts)
            pause = LOOK_EVERY
