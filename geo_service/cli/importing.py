"""`geo-service import`: a vector file into the ledger, all of it or nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from geo_service.cli.common import INTERRUPTED, connection, fail, progress_bar, show_on_small_zooms


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Any vector file GDAL reads.")],
    unit: Annotated[str, typer.Option(metavar="CODE", help="Unit the land belongs to.")],
    layer: Annotated[str | None, typer.Option(help="Layer of the file, where it has several.")] = None,
    profile: Annotated[str | None, typer.Option(help="How attributes are mapped: a name or a YAML file.")] = None,
    crs: Annotated[
        str | None, typer.Option(metavar="EPSG:n", help="CRS of the file, if it says none or a wrong one.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", file_okay=False, help="Folder for the reconciliation report.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report on standard output.")] = False,
) -> None:
    """Import a vector file: all of it or nothing. What cannot enter is reported one by one."""
    from layers.exchange.importer import import_file

    try:
        with connection() as conn, progress_bar() as progress:
            done = import_file(
                conn, file, unit=unit, layer=layer, profile=profile, crs=crs, report_dir=report, progress=progress
            )
    except KeyboardInterrupt:
        fail("stopped at your request; nothing was imported.", "đã dừng; không có gì được nhập.", INTERRUPTED)
    if done.seq is not None:
        show_on_small_zooms()
    if as_json:
        typer.echo(json.dumps(done.to_json(), ensure_ascii=False))
    else:
        typer.echo(done.summary())
