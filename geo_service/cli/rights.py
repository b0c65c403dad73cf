"""`geo-service rights …`: the national sheet of certificates and rights (PL3), a unit at a time."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_service.cli.common import FAILED, connection, load_settings

if TYPE_CHECKING:
    from geo_service.personal.vault import Vault

app = typer.Typer(no_args_is_help=True, help="Rights on land. (Quyền sử dụng đất)")
Unit = Annotated[str, typer.Option(help="Code of the unit.")]


def _vault() -> Vault:
    from geo_service.personal.vault import Vault

    return Vault(load_settings().personal_secret())


@app.command()
def export(
    unit: Unit,
    file: Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False, help="Where to write; .xlsx or .csv.")],
) -> None:
    """Write the rights of a unit with the columns of the national sheet. The file holds personal data in clear: guard it."""
    from layers.register.rights.sheet import export_sheet

    with connection() as conn:
        data = export_sheet(conn, _vault(), unit, "csv" if file.suffix.lower() == ".csv" else "xlsx")
    file.touch(mode=0o600)
    file.write_bytes(data)
    typer.echo(f"{file} written. / Đã ghi tệp.")


@app.command("import")
def import_(
    unit: Unit,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The sheet, .xlsx or .csv.")
    ],
    partial: Annotated[bool, typer.Option("--partial", help="Enter the good rows even if others are refused.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Enter rights from the national sheet: all rows or, with --partial, those that are sound. Says of each row what became of it."""
    from layers.register.rights.sheet import import_sheet

    with connection() as conn:
        report = import_sheet(conn, _vault(), unit, file.read_bytes(), partial=partial)
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(report), ensure_ascii=False))
    else:
        for row in report.rows:
            if not row.entered:
                typer.echo(f"{row.row:6}  {row.why}  {row.why_vi}")
        typer.echo(
            f"{report.entered} registrations entered, {report.refused} rows refused. / Đã nhập {report.entered}, từ chối {report.refused} dòng."
        )
    raise typer.Exit(FAILED if report.refused else 0)
