"""`geo-service db …`: operate the database."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from typing import Annotated

import typer

from geo_service.cli.common import WRONG_USE, database, fail, load_settings, own_cluster

app = typer.Typer(no_args_is_help=True, help="The database: start, stop, reset, look at it. (Cơ sở dữ liệu)")


@app.command()
def start() -> None:
    """Start the embedded database and keep it up until `db stop`."""
    settings = load_settings()
    url = own_cluster(settings).start()
    with database(settings):  # brings the schema up to date
        typer.echo(f"Running / Đang chạy: {url}")


@app.command()
def stop() -> None:
    """Stop the embedded database. Refused while a process uses it."""
    stopped = own_cluster(load_settings()).stop()
    typer.echo("Stopped. / Đã dừng." if stopped else "It was not running. / Cơ sở dữ liệu không chạy.")


@app.command()
def reset(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask. Needed in production.")] = False,
) -> None:
    """Delete ALL data of the embedded database and make an empty one."""
    settings = load_settings()
    cluster = own_cluster(settings)
    if not yes and settings.production:
        fail("in production say `db reset --yes`.", "trong môi trường thật phải dùng `db reset --yes`.", WRONG_USE)
    if not yes and sys.stdin.isatty():
        typer.confirm(f"Delete everything in {cluster.data}? / Xoá toàn bộ dữ liệu?", abort=True)
    pinned = cluster.status().pinned
    cluster.reset()
    if pinned:
        cluster.start()
    with database(settings):
        typer.echo(f"Empty database in {cluster.data}. / Cơ sở dữ liệu trống.")


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False) -> None:
    """Say whether the embedded database runs, where, and who uses it. Exit code 0 if it runs, else 1."""
    now = own_cluster(load_settings()).status()
    facts = dataclasses.asdict(now) | {"data": str(now.data)}
    if as_json:
        typer.echo(json.dumps(facts))
    else:
        for name, value in facts.items():
            typer.echo(f"{name:8} {'-' if value in (None, []) else value}")
    raise typer.Exit(0 if now.state == "running" else 1)


@app.command()
def migrate() -> None:
    """Bring the schema up to date (also that of DATABASE_URL)."""
    settings = load_settings()
    with database(settings):
        typer.echo(f"The schema is up to date (EPSG:{settings.fabric_srid}). / Lược đồ đã cập nhật.")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(ctx: typer.Context) -> None:
    """Run psql on the database: `geo-service db psql -- -c 'SELECT 1'`. Its exit code is passed on."""
    settings = load_settings()
    if not settings.database_url:
        raise typer.Exit(own_cluster(settings).psql(ctx.args))
    from geo_service.embedded import run_psql

    program = shutil.which("psql")
    if program is None:
        fail("psql is not installed (apt-get install postgresql-client).", "chưa cài psql (gói postgresql-client).")
    raise typer.Exit(run_psql([program, settings.database_url, *ctx.args]))
