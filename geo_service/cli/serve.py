"""`geo-service up` and `worker`: the long-running processes, and how they start and stop."""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from geo_service.cli.common import FAILED, fail, load_settings, progress_bar

if TYPE_CHECKING:
    from geo_service.accounts.demo import DemoAccount
    from geo_service.settings import Settings

SAMPLE_UNITS = 3
SAMPLE_FACES = 60_000
SAMPLE_SEED = 1
SNAPSHOT_AT_START = 500_000  # parcels; a snapshot of so many takes about ten seconds
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  (recognised, not chosen)
DRAIN_SECONDS = 5  # open streams get this long to end by themselves


def up(
    host: Annotated[str | None, typer.Option(help="Address to listen on (GEO_HOST).")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port (GEO_PORT); 0 takes a free one.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=64, help="Server processes (GEO_WORKERS).")] = None,
    sample: Annotated[
        bool | None, typer.Option(help="Load the sample city into an empty database. Default: in development only.")
    ] = None,
    worker: Annotated[bool, typer.Option(help="Also work on background jobs.")] = True,
    simulate_partners: Annotated[
        bool | None,
        typer.Option(
            help="Simulate the partners. Default: in development, with the embedded database, while none is configured."
        ),
    ] = None,
) -> None:
    """Start everything: database, schema, sample data, web service, jobs. Ctrl-C stops it cleanly."""
    from geo_service import logs
    from geo_service.database import ensure_logins
    from geo_service.dossiers.partners.simulators.running import simulated
    from geo_service.embedded import running
    from geo_service.jobs import WorkerThread
    from geo_service.migrations import migrate

    settings = load_settings(host=host, port=port, workers=workers)
    logs.configure(settings)
    with ExitStack() as stack:
        listener = stack.enter_context(_listen(settings.host, settings.port))
        url = stack.enter_context(running(settings, supervise=True))
        migrate(url, settings.fabric_srid)
        ensure_logins(url, settings)
        invented = sample or (sample is None and not settings.production)
        if invented:
            _load_sample_if_empty(url, settings)
        _snapshot_if_due(url, settings)
        demo = _demo_accounts(url, settings)
        if invented and not settings.production:
            _invent_dossiers_if_none(url, settings)
        if settings.public_url is None and not settings.production:
            settings = settings.model_copy(update={"public_url": f"http://127.0.0.1:{listener.getsockname()[1]}"})
        if _simulates(settings, simulate_partners, worker):
            book = stack.enter_context(simulated(settings, listener.getsockname()[1]))
            settings = settings.model_copy(update={"partners": book})
        if worker:
            stack.enter_context(WorkerThread(url, settings, functools.partial(_beside, url, settings)))
        _serve(settings.model_copy(update={"database_url": url}), listener, demo)


def work() -> None:
    """Work on background jobs only; `up --no-worker` elsewhere serves the pages."""
    from geo_service import logs
    from geo_service.embedded import running
    from geo_service.jobs import work as work_on_jobs

    settings = load_settings()
    logs.configure(settings)
    with running(settings) as url:
        beside = functools.partial(_beside, url, settings)
        asyncio.run(work_on_jobs(url, settings, own_signals=True, beside=beside))


async def _beside(url: str, settings: Settings) -> None:
    """What a worker does beside the jobs: telling partners, issuing papers, converting scenes."""
    from geo_service.dossiers.papers.worker import work as issue
    from geo_service.dossiers.partners.worker import work as deliver
    from geo_service.scenes.worker import work as convert

    async with asyncio.TaskGroup() as together:
        for kind in (deliver, issue, convert):
            together.create_task(kind(url, settings))


def health(
    worker: Annotated[
        bool, typer.Option("--worker", help="Ask for a living job worker instead of the web service.")
    ] = False,
) -> None:
    """Say whether the service on this machine answers. Exit code 0 if it does; for health checks of containers."""
    settings = load_settings()
    if worker:
        from geo_service.jobs import workers_alive

        alive = workers_alive(settings.database_url or "")
        typer.echo(f"{alive} workers alive / tiến trình đang chạy")
        raise typer.Exit(0 if alive else FAILED)
    import httpx

    host = settings.host if settings.host not in EVERYWHERE else "127.0.0.1"
    try:
        answer = httpx.get(f"http://{host}:{settings.port}/health", timeout=4, trust_env=False)
    except httpx.HTTPError as error:
        fail(f"the service does not answer: {error}.", f"dịch vụ không trả lời: {error}.")
    typer.echo(answer.text)
    raise typer.Exit(0 if answer.status_code == httpx.codes.OK else FAILED)


@contextmanager
def _listen(host: str, port: int) -> Iterator[socket.socket]:
    """The socket to serve on, taken before anything slow starts, so that a port in use is said at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            fail(
                f"cannot listen on {host} port {port}: {error.strerror}; choose another with --port or GEO_PORT.",
                f"không mở được cổng {port} trên {host}; hãy chọn cổng khác bằng --port hoặc GEO_PORT.",
            )
        listener.set_inheritable(True)
        yield listener


def _load_sample_if_empty(url: str, settings: Settings) -> None:
    from layers.db import connect

    with connect(url) as conn:
        row = conn.execute("SELECT NOT EXISTS (SELECT 1 FROM fabric.parcel_version) AS empty").fetchone()
        if not (row and row["empty"]) or settings.fabric_srid != 5897:
            return
        from geo_service.cli.data import add_scenes
        from layers.sample.service import load_sample

        typer.echo("Loading the sample city (once). / Đang nạp dữ liệu mô phỏng (chỉ một lần).", err=True)
        with progress_bar() as progress:
            load_sample(conn, units=SAMPLE_UNITS, faces=SAMPLE_FACES, seed=SAMPLE_SEED, progress=progress)
            conn.commit()
            add_scenes(url, settings, SAMPLE_SEED, detect=True, progress=progress)


def _snapshot_if_due(url: str, settings: Settings) -> None:
    """The small zooms are there from the first page on; for a big city the worker builds them while the map is up already."""
    from geo_service.tiles.snapshots import refresh
    from layers.db import connect

    with connect(url) as conn:
        row = conn.execute(
            "SELECT count(*) AS n FROM (SELECT FROM fabric.parcel LIMIT %s) p", [SNAPSHOT_AT_START]
        ).fetchone()
    if row and row["n"] < SNAPSHOT_AT_START:
        refresh(url, settings.data_dir)


def _simulates(settings: Settings, wanted: bool | None, worker: bool) -> bool:
    """Whether partners are simulated here: never in production, and never in the place of real ones."""
    if wanted and settings.production:
        fail("partners are not simulated in production.", "không mô phỏng đối tác trong môi trường vận hành thật.")
    if settings.production or settings.partners:
        return False
    return worker and settings.database_url is None if wanted is None else wanted


def _demo_accounts(url: str, settings: Settings) -> list[DemoAccount]:
    if settings.production:
        return []
    from geo_service.accounts.demo import ensure_demo_accounts, ensure_demo_rights
    from layers.db import connect

    with connect(url) as conn:
        accounts = ensure_demo_accounts(conn, settings)
        ensure_demo_rights(conn, settings)
        return accounts


def _invent_dossiers_if_none(url: str, settings: Settings) -> None:
    """After the accounts: some of the dossiers are the demonstration citizen's."""
    from geo_service.dossiers.sample import ensure_demo_dossiers
    from layers.db import connect

    with connect(url) as conn, progress_bar() as progress:
        ensure_demo_dossiers(conn, settings, progress)


def _serve(settings: Settings, listener: socket.socket, demo: list[DemoAccount]) -> None:
    """Serve until a signal; returns after a clean stop, ends with exit code 1 when the application cannot start."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    _export(settings)
    config = uvicorn.Config(
        "geo_service.app:create_app",
        factory=True,
        workers=settings.workers,
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        timeout_keep_alive=15,
        h11_max_incomplete_event_size=64 * 1024,
    )
    for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises a signal again after its clean stop
        signal.signal(number, _nothing)
    port = listener.getsockname()[1]
    if settings.workers > 1:
        _greet(settings, port, demo)
        Multiprocess(config, [listener]).run()
        return

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            _greet(settings, port, demo)

    try:
        Server(config).run([listener])
    except SystemExit as error:
        if error.code:
            raise typer.Exit(FAILED) from None


def _nothing(_number: int, _frame: object) -> None:
    """Signals between two handlers of uvicorn: it stops by itself."""


def _export(settings: Settings) -> None:
    """Server processes read their settings from the environment; options given here must reach them."""
    os.environ["DATABASE_URL"] = settings.database_url or ""
    os.environ["GEO_DATA_DIR"] = str(settings.data_dir)
    os.environ["GEO_HOST"], os.environ["GEO_PORT"] = settings.host, str(settings.port)
    os.environ["GEO_WORKERS"] = str(settings.workers)
    os.environ["GEO_PARTNERS"] = settings.partners or ""
    os.environ["GEO_PUBLIC_URL"] = settings.public_url or ""


def _greet(settings: Settings, port: int, demo: list[DemoAccount]) -> None:
    """Say where the map is and who may sign in."""
    host = "localhost" if settings.host in ("127.0.0.1", "::1", *EVERYWHERE) else settings.host
    lines = [f"\n  http://{host}:{port}"]
    if demo:
        lines.append("\n  Accounts for trying things / Tài khoản dùng thử:")
        lines += [f"    {who.login:10} {who.password or '(changed / đã đổi)':18} {who.roles}" for who in demo]
    lines.append("\n  Ctrl-C stops the service. / Nhấn Ctrl-C để dừng.\n")
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
