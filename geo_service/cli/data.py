"""Commands that put land in and check it: `units`, `import`, `sample`, `audit`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from geo_service.cli.common import FAILED, connection, database, fail, load_settings, progress_bar, show_on_small_zooms

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_service.settings import Settings
    from imagery.scenes.catalogue import Scene

units = typer.Typer(no_args_is_help=True, help="Administrative units. (Đơn vị hành chính)")
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable answer on standard output.")]


@units.command("add")
def add_unit(
    code: Annotated[str, typer.Argument(metavar="CODE", help="5-digit code, or the deployment's own.")],
    name: Annotated[str, typer.Argument(metavar="NAME")],
    unit_type: Annotated[str, typer.Option("--type", help="Phường, Xã, …")] = "",
    name_en: Annotated[str, typer.Option(help="Name in English.")] = "",
    lon: Annotated[
        float | None, typer.Option(min=-180, max=180, help="Place of the unit; imports are checked against it.")
    ] = None,
    lat: Annotated[float | None, typer.Option(min=-90, max=90)] = None,
) -> None:
    """Add a unit. Without a place (--lon, --lat) an import into it skips the place check."""
    import psycopg

    if (lon is None) != (lat is None):
        raise typer.BadParameter("--lon and --lat belong together / --lon và --lat phải đi cùng nhau")
    with connection() as conn:
        try:
            added = conn.execute(
                "INSERT INTO register.unit (code, name, name_en, unit_type, lon, lat) VALUES (%s, %s, %s, %s, %s, %s)"
                " ON CONFLICT (code) DO NOTHING",
                [code, name, name_en, unit_type, lon, lat],
            ).rowcount
        except psycopg.errors.CheckViolation:
            fail(
                f"'{code}' is not a unit code: 1 to 12 letters, digits, '_', '-'.", f"mã đơn vị '{code}' không hợp lệ."
            )
        if not added:
            fail(f"there already is a unit {code}.", f"đơn vị {code} đã có.")
    typer.echo(f"Unit {code} {name} added. / Đã thêm đơn vị.")


@units.command("list")
def list_units(as_json: AsJson = False) -> None:
    """List the units."""
    with connection() as conn:
        rows = conn.execute(
            "SELECT code, unit_type AS type, name, name_en, lon, lat FROM register.unit ORDER BY code"
        ).fetchall()
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        typer.echo(f"{row['code']:8} {row['type']} {row['name']}")


def sample(
    units: Annotated[int, typer.Option(min=1, max=126, help="How many units.")] = 3,
    faces: Annotated[int, typer.Option(min=1, help="About how many faces.")] = 60_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same city.")] = 1,
    blocks: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Street blocks from a polygon file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Load the simulated sample city into an empty database."""
    from layers.errors import Malformed
    from layers.sample.service import load_sample

    with connection() as conn, progress_bar() as progress:
        try:
            loaded = load_sample(conn, units=units, faces=faces, seed=seed, blocks=blocks, progress=progress)
        except ValueError as error:
            raise Malformed("sample", f"{error}.", f"Tham số không hợp lệ: {error}.") from error
    show_on_small_zooms()
    if as_json:
        typer.echo(json.dumps({"faces": loaded.faces, "seqs": loaded.seqs, "seconds": loaded.seconds}))
    else:
        typer.echo(f"Sample city: {loaded.faces} faces, seq {loaded.seqs[-1]}. / Đã nạp {loaded.faces} thửa mô phỏng.")


def sample_dossiers(
    count: Annotated[int, typer.Option(min=1, max=1_000_000, help="About how many.")] = 1_500,
    seed: Annotated[int, typer.Option(help="The same seed gives the same dossiers.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Invent dossiers of the past year on the sample city; every one is marked simulated."""
    from geo_service.dossiers.sample import file_store, fill
    from geo_service.personal.vault import Vault
    from layers.errors import Malformed

    settings = load_settings()
    with connection(settings) as conn, progress_bar() as progress:
        row = conn.execute("SELECT simulated FROM fabric.deployment").fetchone()
        if not (row and row["simulated"]):
            raise Malformed(
                "not-simulated",
                "Dossiers are invented only where the land is: load the sample city first.",
                "Chỉ tạo hồ sơ mô phỏng trên dữ liệu đất mô phỏng: hãy nạp thành phố mẫu trước.",
            )
        made = fill(conn, Vault(settings.personal_secret()), file_store(settings), count, seed, progress=progress)
    if as_json:
        typer.echo(
            json.dumps(
                {"dossiers": made.dossiers, "acts": made.acts, "statuses": made.statuses, "seconds": made.seconds}
            )
        )
    else:
        typer.echo(f"{made.dossiers} dossiers, {made.acts} acts. / Đã tạo {made.dossiers} hồ sơ mô phỏng.")


def sample_scenes(
    seed: Annotated[int, typer.Option(help="The same seed gives the same scenes.")] = 1,
    detect: Annotated[bool, typer.Option(help="Also queue the detection runs of both periods.")] = True,
    as_json: AsJson = False,
) -> None:
    """Draw and add simulated scenes of the sample city: five dates, two periods of building."""
    settings = load_settings()
    with database(settings) as url, progress_bar() as progress:
        scenes = add_scenes(url, settings, seed, detect=detect, progress=progress)
    if as_json:
        typer.echo(json.dumps([{"id": str(scene.id), "code": scene.code} for scene in scenes]))
    else:
        typer.echo(f"{len(scenes)} simulated scenes. / Đã thêm {len(scenes)} cảnh ảnh mô phỏng.")


def add_scenes(
    url: str, settings: Settings, seed: int, *, detect: bool, progress: Callable[[str, int, int], None]
) -> list[Scene]:
    """Add the simulated scenes, oldest first; with `detect` the worker will look for change in both periods."""
    from geo_service.jobs import ensure_tables
    from imagery.runs.asking import Asked, start
    from imagery.sample.load import load_scenes
    from imagery.scenes.store import ImageStore
    from layers.db import connect

    ensure_tables(url)  # a run that is asked for wakes the worker through the queue
    with connect(url) as conn:
        scenes, _truth = load_scenes(conn, ImageStore(settings.images_address), seed, progress=progress)
        first, second, third, *later = (scene.id for scene in scenes)
        if detect:
            start(conn, Asked(first, second, (third,)))
            start(conn, Asked(second, third, tuple(later)))
    return scenes


def audit(
    at: Annotated[int | None, typer.Option(min=0, metavar="SEQ", help="A past state; default: now.")] = None,
    log: Annotated[bool, typer.Option("--log", help="Check the chain of the audit log instead of the land.")] = False,
    as_json: AsJson = False,
) -> None:
    """Recount every boundary segment of a state. Exit code 0 only if there is no gap, no overlap, no broken link."""
    from geo_service.audit.service import state
    from layers.fabric.audit import audit as run_audit

    if log:
        with connection() as conn:
            chain = state(conn)
        broken = chain["broken"]
        typer.echo(
            json.dumps(chain)
            if as_json
            else f"entries {chain['entries']}\nhead    {chain['head']}\n"
            + ("whole / nguyên vẹn" if broken is None else f"BROKEN AT ENTRY {broken} / BỊ ĐỨT TẠI MỤC {broken}")
        )
        raise typer.Exit(0 if broken is None else FAILED)
    with connection() as conn:
        found = run_audit(conn, at)
    facts = found.to_json()
    if as_json:
        typer.echo(json.dumps(facts))
    else:
        for name in ("seq", "faces", "open_segments", "overlaps", "gaps", "invalid_faces", "broken_links", "area_m2"):
            typer.echo(f"{name:14} {facts[name]}")
        typer.echo("clean / sạch" if found.clean else "NOT CLEAN / CÓ LỖI")
    raise typer.Exit(0 if found.clean else FAILED)
