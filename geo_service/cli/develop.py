"""Commands for those who work on the service itself: `bench`, `openapi`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from geo_service.cli.common import fail, load_settings

ROOT = Path(__file__).resolve().parents[2]


def bench(ctx: typer.Context) -> None:
    """Run the benchmarks of a source checkout (tests/benchmarks); options are passed on. Prints a table."""
    if not (ROOT / "tests" / "benchmarks").is_dir():
        fail("benchmarks need a source checkout.", "chỉ chạy được trong thư mục mã nguồn.")
    raise typer.Exit(
        subprocess.run([sys.executable, "-m", "tests.benchmarks", *ctx.args], cwd=ROOT, check=False).returncode
    )


def openapi(
    file: Annotated[Path, typer.Argument(help="Where to write it; - is standard output.")] = Path("openapi.json"),
) -> None:
    """Write the OpenAPI document of the HTTP interface. Needs no database."""
    import orjson

    from geo_service.app import create_app

    document = create_app(load_settings()).openapi()
    text = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"
    if str(file) == "-":
        sys.stdout.write(text)
    else:
        file.write_text(text, encoding="utf-8")
