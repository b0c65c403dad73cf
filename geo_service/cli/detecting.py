"""`geo-service imagery detect …` and `imagery runs`: look for change between two scenes, and see what became of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from geo_service.cli.common import FAILED, connection, database, fail, load_settings, progress_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layers.db import Connection

AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable answer on standard output.")]
SHOWN = 15


def detect(
    before: Annotated[str, typer.Argument(metavar="BEFORE", help="Scene by its code or id.")],
    after: Annotated[str, typer.Argument(metavar="AFTER")],
    later: Annotated[
        list[str] | None, typer.Option(help="A later scene that may confirm the change; as often as wanted.")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="Code of a unit: only its parcels.")] = None,
    model: Annotated[str | None, typer.Option(help="Name of a learned model; without one unsupervised.")] = None,
    network: Annotated[
        Path | None,
        typer.Option(help="Building network (ONNX) for pixels finer than 1 m; default GEO_BUILDING_NETWORK."),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=256, help="Threads.")] = None,
    tile: Annotated[int | None, typer.Option(min=256, max=4096, help="Side of a tile in pixels.")] = None,
    least_m2: Annotated[float | None, typer.Option(min=0, help="Smaller changes are dropped.")] = None,
    as_json: AsJson = False,
) -> None:
    """Look for change between two scenes and write the findings. Ctrl-C stops it and leaves nothing. (Phát hiện biến động)"""
    from layers.db import connect

    settings = load_settings(detection_threads=workers, building_network=network)
    with database(settings) as url:
        with connect(url) as conn:
            run = _start(conn, before, after, later or [], unit, model, settings.building_network, tile, least_m2)
        end = _work(settings, url, run)
        with connect(url) as conn:
            _tell(conn, run, as_json=as_json)
    raise typer.Exit(0 if end == "done" else FAILED)


def _start(
    conn: Connection,
    before: str,
    after: str,
    later: Sequence[str],
    unit: str | None,
    model: str | None,
    network: Path | None,
    tile: int | None,
    least_m2: float | None,
) -> UUID:
    import psycopg

    from geo_service.runs.service import refused
    from imagery.runs.asking import Asked, Parameters, start
    from imagery.scenes import catalogue

    given = {"tile": tile, "least_m2": least_m2}
    one, two = catalogue.by_code(conn, before), catalogue.by_code(conn, after)
    asked = Asked(
        one.id,
        two.id,
        tuple(catalogue.by_code(conn, code).id for code in later),
        unit,
        "learned" if model else "unsupervised",
        model,
        Parameters(**{name: value for name, value in given.items() if value is not None}),  # type: ignore[arg-type]
    )
    try:
        run: UUID = start(conn, asked, network)["id"]
    except psycopg.Error as error:
        if problem := refused(error):
            raise problem from error
        raise
    return run


def _work(settings: Any, url: str, run: UUID) -> str:
    from geo_service.runs.worker import bench_of
    from imagery.runs.run import perform

    with progress_bar() as progress:
        return perform(bench_of(settings, url), run, progress=progress)


def _tell(conn: Connection, run: UUID, *, as_json: bool) -> None:
    row = conn.execute("SELECT * FROM imagery.run WHERE id = %s", (run,)).fetchone()
    assert row is not None
    found = conn.execute(
        "SELECT number, parcel_id, unit, land_use, transition, persistence, round(area_m2::numeric) AS area_m2, probability, rank_score"
        " FROM imagery.finding WHERE run_id = %s ORDER BY number",
        (run,),
    ).fetchall()
    if as_json:
        wanted = ("id", "state", "message_en", "message_vi", "problem", "provenance")
        typer.echo(
            json.dumps({**{name: row[name] for name in wanted}, "findings": found}, default=str, ensure_ascii=False)
        )
        return
    if row["state"] != "done":
        typer.secho(f"Error: {row['message_en']}", err=True, fg=typer.colors.RED)
        typer.secho(f"Lỗi: {row['message_vi']}", err=True)
        return
    for one in found[:SHOWN]:
        place = f"{one['unit'] or '-':8} {one['parcel_id'] or '-':>9} {one['land_use'] or '-':5}"
        typer.echo(
            f"{one['number']:5} {place} {one['transition']:14} {one['persistence']:19} {one['area_m2']:>8} m²  P {one['probability']:.2f}"
        )
    if len(found) > SHOWN:
        typer.echo(f"… {len(found) - SHOWN} more / còn {len(found) - SHOWN} phát hiện nữa")
    typer.echo(f"{row['message_en']} / {row['message_vi']}")


def runs(
    resume: Annotated[str | None, typer.Option(metavar="ID", help="Take up a run whose process was killed.")] = None,
    cancel: Annotated[str | None, typer.Option(metavar="ID", help="Stop a run.")] = None,
    as_json: AsJson = False,
) -> None:
    """List detection runs, the newest first; take one up again, or stop one. (Các lượt phát hiện biến động)"""
    from layers.db import connect

    if resume is not None:
        settings = load_settings()
        run = _id(resume)
        with database(settings) as url:
            if _work(settings, url, run) == "busy":
                fail(
                    "there is no such run, it has ended, or somebody is working on it.",
                    "không có lượt chạy này, hoặc đã kết thúc, hoặc đang được xử lý.",
                )
            with connect(url) as conn:
                _tell(conn, run, as_json=as_json)
        return
    with connection() as conn:
        if cancel is not None:
            row = conn.execute("SELECT (imagery.cancel_run(%s)).id", (_id(cancel),)).fetchone()
            if row is None or row["id"] is None:
                fail("there is no such run, or it has ended.", "không có lượt chạy này, hoặc đã kết thúc.")
            typer.echo("Run cancelled. / Đã dừng lượt chạy.")
            return
        rows = conn.execute(
            "SELECT r.id, r.state, r.step, r.progress, b.code AS before, a.code AS after, r.unit, r.queued_at, r.message_en, r.message_vi"
            " FROM imagery.run r JOIN imagery.scene b ON b.id = r.before_id JOIN imagery.scene a ON a.id = r.after_id"
            " ORDER BY r.queued_at DESC LIMIT 100"
        ).fetchall()
    if as_json:
        typer.echo(json.dumps(rows, default=str, ensure_ascii=False))
        return
    for row in rows:
        state = (
            f"{row['state']} {row['step']} {100 * row['progress']:.0f} %" if row["state"] == "running" else row["state"]
        )
        typer.echo(
            f"{row['id']}  {state:24} {row['before']} → {row['after']}  {row['unit'] or ''}  {row['message_en']}"
        )


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        fail(f"'{text}' is not the id of a run.", f"'{text}' không phải mã lượt chạy.")
