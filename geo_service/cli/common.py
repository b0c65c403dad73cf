"""What every command shares: one clear sentence per error, exit codes, a database that is up and migrated."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.exceptions import Abort, Exit, TyperException

from layers.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_service.embedded import Cluster
    from geo_service.settings import Settings
    from layers.db import Connection

FAILED = 1
WRONG_USE = 2
INTERRUPTED = 130


def fail(detail: str, detail_vi: str, code: int = FAILED) -> NoReturn:
    """Say what is wrong, in both languages, and end."""
    typer.secho(f"Error: {detail}", err=True, fg=typer.colors.RED)
    typer.secho(f"Lỗi: {detail_vi}", err=True)
    raise typer.Exit(code)


class SentenceGroup(TyperGroup):
    """Turns whatever a command raises into one sentence and an exit code; `--debug` shows the traceback instead."""

    def invoke(self, ctx: Any) -> Any:
        with _signals_unwind():
            try:
                return super().invoke(ctx)
            except (TyperException, Exit, Abort):
                raise
            except KeyboardInterrupt:
                fail("stopped at your request.", "đã dừng theo yêu cầu.", INTERRUPTED)
            except Exception as caught:
                if ctx.params.get("debug"):
                    raise
                error = getattr(caught, "orig", None) or caught  # SQLAlchemy wraps the driver's error
                if isinstance(error, Problem):
                    fail(error.detail, error.detail_vi, WRONG_USE if error.slug == "settings" else FAILED)
                text = " ".join(str(error).split()) or type(error).__name__
                if _is_connection_error(error):
                    fail(f"the database does not answer: {text}", f"cơ sở dữ liệu không trả lời: {text}")
                kind = type(error).__name__
                fail(f"unexpected {kind}: {text} (--debug shows where).", f"lỗi không lường trước {kind}: {text}")


def _is_connection_error(error: Exception) -> bool:
    psycopg = sys.modules.get("psycopg")  # not imported just to look
    return psycopg is not None and isinstance(error, psycopg.OperationalError)


@contextmanager
def _signals_unwind() -> Iterator[None]:
    """SIGTERM and a closed terminal end the program the way Ctrl-C does: transactions roll back, locks are let go."""

    def unwind(number: int, _frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    previous = {number: signal.signal(number, unwind) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def load_settings(**overrides: Any) -> Settings:
    """Settings of this deployment; command-line options win over the environment."""
    from geo_service.settings import Settings

    return Settings.load(**overrides)


def own_cluster(settings: Settings) -> Cluster:
    """The embedded cluster, for commands that operate it. Refused when DATABASE_URL names somebody else's server."""
    from geo_service.embedded import Cluster

    if settings.database_url:
        fail(
            "DATABASE_URL is set: that database server is operated elsewhere; unset it to use the embedded one.",
            "DATABASE_URL đã được đặt: máy chủ đó do nơi khác quản lý; hãy bỏ biến này để dùng cơ sở dữ liệu nhúng.",
            WRONG_USE,
        )
    return Cluster(settings.data_dir)


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """Address of the database, up and migrated, for as long as the block lasts."""
    from geo_service.embedded import running
    from geo_service.migrations import migrate

    with running(settings) as url:
        migrate(url, settings.fabric_srid)
        yield url


@contextmanager
def connection(settings: Settings | None = None) -> Iterator[Connection]:
    """A connection in one transaction: committed when the block ends well, rolled back on any error or Ctrl-C."""
    from layers.db import connect

    with database(settings or load_settings()) as url, connect(url) as conn:
        yield conn


def show_on_small_zooms() -> None:
    """After land came in: build the generalised snapshot now instead of within the minute."""
    from geo_service.tiles.snapshots import refresh

    settings = load_settings()
    with database(settings) as url:
        refresh(url, settings.data_dir)


@contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """`report(stage, done, total)` for long work: one bar a stage on stderr, if that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                finish()
                tasks[stage] = progress.add_task(stage, total=total)
            progress.update(tasks[stage], completed=done, total=total)

        def finish() -> None:  # a stage that counts nothing, or less than it announced, is done when the next begins
            for task in progress.tasks:
                progress.update(task.id, completed=task.completed or task.total, total=task.completed or task.total)

        yield report
        finish()
