"""A private PostgreSQL + PostGIS for deployments that bring no database of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from geo_service.embedded.binaries import Binaries, ClusterError
from geo_service.embedded.cluster import Cluster, Status, run_psql
from geo_service.embedded.supervisor import Supervisor
from geo_service.settings import Settings

__all__ = ["Binaries", "Cluster", "ClusterError", "Status", "Supervisor", "run_psql", "running"]


@contextmanager
def running(settings: Settings, *, supervise: bool = False) -> Iterator[str]:
    """The address of a database that is up: `DATABASE_URL`, or the embedded cluster for as long as the block lasts.

    With `supervise` a server that dies meanwhile is restarted (the service wants that; a short command does not).
    """
    if settings.database_url:
        yield settings.database_url
        return
    cluster = Cluster(settings.data_dir)
    with cluster.session() as url:
        if not supervise:
            yield url
            return
        with Supervisor(cluster):
            yield url
