"""`geo-service imagery forecast`: where building comes next, and how well such a forecast did."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from geo_service.cli.common import FAILED, connection

AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable answer on standard output.")]
WHY = {
    "too-few-changes": (
        "too little was built in the earlier period to learn from",
        "kỳ trước có quá ít thửa được xây dựng để học",
    ),
    "nothing-came": (
        "nothing was built in the later period to judge by",
        "kỳ sau không có thửa nào được xây dựng để đối chiếu",
    ),
}


def forecast(as_json: AsJson = False) -> None:
    """Learn from one period where building goes, judge it on the next, keep both. Exit code 0 only if it is better than the plain guess. (Dự báo xây dựng)"""
    from imagery.forecast.making import make

    with connection() as conn:
        row = make(conn)
    if as_json:
        typer.echo(json.dumps({name: value for name, value in row.items() if name != "runs"}, default=str))
    else:
        _tell(row)
    raise typer.Exit(0 if row["better"] else FAILED)


def _tell(row: dict[str, Any]) -> None:
    days = [f"{row[name]:%Y-%m-%d}" for name in ("learned_from", "learned_to", "judged_from", "judged_to")]
    typer.echo("learned from {}…{}, judged on {}…{}".format(*days))
    if row["problem"]:
        typer.echo("No forecast: {}. / Không có dự báo: {}.".format(*WHY[row["problem"]]))
        return
    said = row["figures"]
    k = said["k"]
    typer.echo(f"{'':24}{'AP':>8}{f'P@{k}':>8}{'Brier':>9}")
    typer.echo(
        f"{'forecast / dự báo':24}{said['average_precision']:8.3f}{said['precision_at_k']:8.2f}{said['brier']:9.4f}"
    )
    typer.echo(
        f"{'plain / phỏng đoán':24}{said['persistence_average_precision']:8.3f}{said['persistence_precision_at_k']:8.2f}"
    )
    typer.echo(f"{'no idea / tỷ lệ nền':24}{said['base_rate']:8.3f}{said['base_rate']:8.2f}{said['base_brier']:9.4f}")
    if not row["better"]:
        typer.echo("No better than the plain guess: not shown. / Không hơn phỏng đoán đơn giản: không hiển thị.")
