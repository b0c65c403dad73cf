"""`geo-service imagery add | list | remove`: scenes taken from above, from files of this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geo_service.cli.common import FAILED, INTERRUPTED, database, fail, load_settings

if TYPE_CHECKING:
    from imagery.scenes.catalogue import Scene
    from imagery.scenes.package import Progress
    from imagery.scenes.store import ImageStore
    from layers.db import Connection

STAGES = {
    "hash": "fingerprint / lấy dấu vân tệp",
    "read": "read, check / đọc, kiểm tra",
    "overviews": "overviews / lớp thu nhỏ",
    "write": "write COG / ghi COG",
    "verify": "verify / kiểm chứng",
    "mask": "mask / mặt nạ mây",
    "visual": "display copy / bản hiển thị",
}
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable answer on standard output.")]


def add(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…",
            help="Rasters, Sentinel-2 or Landsat products (folder, .zip, .tar), folders of band files: a scene each.",
        ),
    ],
    datetime: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="When it was taken, if the files do not say: 2024-02-03, or a time of ISO 8601."
        ),
    ] = None,
    sensor: Annotated[str | None, typer.Option(help="sentinel-2-l2a, landsat-c2-l2, naip, orthophoto, …")] = None,
    bands: Annotated[
        str | None, typer.Option(metavar="NAMES", help="What the bands are, in order: red,green,blue,nir.")
    ] = None,
    crs: Annotated[
        int | None, typer.Option(metavar="EPSG", help="CRS of the file, if it says none or a wrong one.")
    ] = None,
    licence: Annotated[str | None, typer.Option(help="Licence of the picture; default: the sensor's.")] = None,
    title: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    source: Annotated[str | None, typer.Option(help="Who made it.")] = None,
    elsewhere: Annotated[bool, typer.Option("--elsewhere", help="It is meant to lie outside the city.")] = False,
    private: Annotated[bool, typer.Option("--private", help="Only for who manages imagery or runs detection.")] = False,
    simulated: Annotated[bool, typer.Option("--simulated", help="It is not a real picture.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check pictures, convert them to COG and put them into the catalogue; each whole, or not at all."""
    from imagery.scenes import catalogue
    from imagery.scenes.sensors import moment
    from layers.errors import Problem

    when = moment(datetime) if datetime else None
    names = [name.strip() for name in bands.split(",")] if bands else None
    added: list[Scene] = []
    refused = 0
    with _catalogue() as (conn, store), _bars() as bar:
        catalogue.sweep(conn, store)
        for file in files:
            try:
                with bar(file.name) as progress:
                    scene = catalogue.add(
                        conn, store, file, when=when, sensor=sensor, bands=names, crs=crs, licence=licence, title=title, source=source,
                        elsewhere=elsewhere, public=not private, simulated=simulated, progress=progress,
                    )  # fmt: skip
            except KeyboardInterrupt:
                fail(
                    f"stopped at your request; of {file.name} nothing was kept, {len(added)} scenes before it were.",
                    f"đã dừng; không giữ lại phần nào của {file.name}, đã thêm {len(added)} cảnh trước đó.",
                    INTERRUPTED,
                )
            except Problem as problem:
                refused += 1
                typer.secho(f"{file.name}: {problem.detail}", err=True, fg=typer.colors.RED)
                typer.secho(f"{file.name}: {problem.detail_vi}", err=True)
                continue
            added.append(scene)
            if not as_json:
                _tell(scene)
    if as_json:
        typer.echo(json.dumps([_facts(scene) for scene in added], ensure_ascii=False))
    if refused:
        raise typer.Exit(FAILED)


def list_(as_json: AsJson = False) -> None:
    """List the scenes, the newest picture first."""
    from imagery.scenes import catalogue

    with _catalogue() as (conn, _):
        scenes = catalogue.listed(conn)
    if as_json:
        typer.echo(json.dumps([_facts(scene) for scene in scenes], ensure_ascii=False))
        return
    for scene in scenes:
        marks = "".join(
            sign for sign, shown in (("S", scene.simulated), ("E", scene.elsewhere), ("P", not scene.public)) if shown
        )
        typer.echo(
            f"{scene.datetime:%Y-%m-%d}  {scene.sensor:16} {scene.gsd:7.2f} m {scene.size_bytes / 1024**2:9.1f} MiB  {marks:3} {scene.code}  {scene.title}"
        )
    if scenes:
        typer.echo("S simulated / mô phỏng · E elsewhere / ngoài địa bàn · P private / không công khai", err=True)


def remove(
    codes: Annotated[list[str], typer.Argument(metavar="CODE…", help="Codes or ids of scenes.")],
) -> None:
    """Remove scenes and their files. One that a detection run has used leaves its row behind; one that a run is using stays."""
    from imagery.scenes import catalogue

    with _catalogue() as (conn, store):
        for code in codes:
            scene = catalogue.by_code(conn, code)
            catalogue.remove(conn, store, scene.id)
            typer.echo(f"Removed {scene.code}. / Đã xóa {scene.title}.")


@contextmanager
def _catalogue() -> Iterator[tuple[Connection, ImageStore]]:
    """A connection of the owner outside a transaction, and the store."""
    from imagery.scenes.store import ImageStore
    from layers.db import connect

    settings = load_settings()
    with database(settings) as url, connect(url, autocommit=True) as conn:
        yield conn, ImageStore(settings.images_address)


@contextmanager
def _bars() -> Iterator[Any]:
    """`with bar(name) as progress`: one line a picture on stderr, if that is a terminal, with the stage it is in."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    from geo_service.scenes.stages import share

    columns = (
        TextColumn("{task.description:32.32}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Bars(*columns, TextColumn("{task.fields[stage]}"), console=console, disable=not console.is_terminal) as bars:

        @contextmanager
        def bar(name: str) -> Iterator[Progress]:
            task = bars.add_task(name, total=1.0, stage="")

            def report(stage: str, done: int, total: int) -> None:
                bars.update(task, completed=share(stage, done, total), stage=STAGES[stage])

            yield report
            bars.update(task, completed=1.0, stage="")

        yield bar


def _tell(scene: Scene) -> None:
    bands = ", ".join(band["common_name"] or band["name"] for band in scene.bands)
    typer.echo(
        f"{scene.code}: {scene.datetime:%Y-%m-%d}, {scene.sensor}, {scene.width} × {scene.height} px of {scene.gsd:g} m, {bands}. / Đã thêm."
    )
    for note in scene.notes:
        typer.secho(f"  {note['en']}", err=True, fg=typer.colors.YELLOW)
        typer.secho(f"  {note['vi']}", err=True)


def _facts(scene: Scene) -> dict[str, Any]:
    return {
        "id": str(scene.id), "code": scene.code, "title": scene.title, "sensor": scene.sensor, "datetime": scene.datetime.isoformat(),
        "gsd": scene.gsd, "epsg": scene.epsg, "width": scene.width, "height": scene.height, "bands": list(scene.bands),
        "cloud_cover": scene.cloud_cover, "licence": scene.licence, "elsewhere": scene.elsewhere, "public": scene.public,
        "simulated": scene.simulated, "size_bytes": scene.size_bytes, "notes": list(scene.notes),
    }  # fmt: skip
