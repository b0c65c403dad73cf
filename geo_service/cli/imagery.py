"""`geo-service imagery …`: scenes, detection runs, forecasts, learned models, the simulated scenes of the sample city."""

from __future__ import annotations

import typer

from geo_service.cli import data, detecting, forecasting, learning, scenes
from geo_service.cli.common import SentenceGroup

app = typer.Typer(cls=SentenceGroup, no_args_is_help=True, help="The land from above. / Ảnh nhìn từ trên cao.")
app.command()(scenes.add)
app.command("list")(scenes.list_)
app.command()(scenes.remove)
app.command("sample")(data.sample_scenes)
app.command()(detecting.detect)
app.command()(detecting.runs)
app.command()(forecasting.forecast)
app.command()(learning.train)
app.command()(learning.evaluate)
