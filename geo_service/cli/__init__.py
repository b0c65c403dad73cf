"""The command line. Commands live beside this file; heavy modules are imported inside them, so `--help` is quick."""

from __future__ import annotations

from typing import Annotated

import typer

from geo_service.cli import data, db, develop, imagery, importing, partners, rights, serve, user
from geo_service.cli.common import SentenceGroup

app = typer.Typer(
    name="geo-service",
    cls=SentenceGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="The electronic cadastre. / Địa chính điện tử.",
)
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


@app.callback()
def main(
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")] = False,
) -> None:
    """The electronic cadastre: a parcel ledger without gaps or overlaps. / Địa chính điện tử."""


app.command()(serve.up)
app.command("worker")(serve.work)
app.command()(serve.health)
app.add_typer(db.app, name="db")
app.add_typer(data.units, name="units")
app.command("import")(importing.import_)
app.command()(data.sample)
app.command("sample-dossiers")(data.sample_dossiers)
app.command()(data.audit)
app.add_typer(imagery.app, name="imagery")
app.add_typer(user.app, name="user")
app.add_typer(rights.app, name="rights")
app.command("partners-key")(partners.key)
app.command("partners-simulate")(partners.simulate)
app.command(context_settings=PASS_ON)(develop.bench)
app.command()(develop.openapi)
