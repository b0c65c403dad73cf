"""`geo-service imagery train` and `imagery evaluate`: models of change from labelled pairs, verdicts or simulated change, and what they are worth."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geo_service.cli.common import WRONG_USE, connection, fail, load_settings, progress_bar

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagery.learning.card import Source
    from imagery.learning.evaluation import Metrics
    from imagery.learning.training import Scene

    Progress = Callable[[str, int, int], None]

Folders = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="FOLDER…", exists=True, file_okay=False, help="Folders of labelled pairs (before, after, change)."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable answer on standard output.")]
COLUMNS = {
    "average_precision": "AP", "precision_first": "P@50", "recall_budget": "recall 5 %", "f1": "F1", "calibration_error": "ECE", "changed": "changed",
}  # fmt: skip


def train(
    folders: Folders = None,
    out: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Folder for the model and its card; default: the service's own models."),
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the model and its files: letters, digits, '-', '_'.")] = "change",
    licence: Annotated[str, typer.Option(help="Licence of the labels in the folders; kept on the card.")] = "",
    verdicts: Annotated[
        bool, typer.Option("--verdicts", help="Learn from what inspectors concluded about findings.")
    ] = False,
    simulated: Annotated[
        bool,
        typer.Option("--simulated", help="Learn from simulated change only; this is how the shipped model is made."),
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="The same seed and data give the same model.")] = 1,
    on: Annotated[str, typer.Option(metavar="DATE", help="Date on the card; default: today.")] = "",
    score: Annotated[
        bool,
        typer.Option(
            "--score", help="Also leave out each scene in turn, and put the figures on the card (takes longer)."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Train a model of change and write its card. / Huấn luyện mô hình biến động và ghi thẻ mô hình."""
    from geo_service.runs.worker import models_of
    from imagery.learning import shipping, training

    if (bool(folders), verdicts, simulated).count(True) != 1:
        fail(
            "name folders of labelled pairs, or --verdicts, or --simulated.",
            "hãy nêu thư mục cặp ảnh gán nhãn, hoặc --verdicts, hoặc --simulated.",
            WRONG_USE,
        )
    if folders and not licence.strip():
        fail("say under which --licence the labels are.", "hãy nêu giấy phép của nhãn (--licence).", WRONG_USE)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", name):
        fail(f"'{name}' is no name for a model.", f"'{name}' không phải là tên mô hình hợp lệ.", WRONG_USE)
    day = on or datetime.now(UTC).date().isoformat()
    out = out or models_of(load_settings().data_dir)
    with progress_bar() as progress:
        settings = replace(shipping.SETTINGS if simulated else training.Settings(), seed=seed)
        scenes, source = _examples(folders, licence.strip(), verdicts, seed, progress)
        figures = training.left_out(scenes, settings, progress) if score else {}
        scores = {scene: metrics.to_dict() for scene, metrics in figures.items()}
        model = training.train(
            scenes, settings, name=name, created=day, sources=[source], scores=scores, progress=progress
        )
    path = model.save(out)
    if as_json:
        typer.echo(model.card.to_json())
        return
    if figures:
        _table(figures)
    typer.echo(f"{path}: {len(scenes)} scenes. / Đã huấn luyện trên {len(scenes)} cảnh ảnh.")


def evaluate(
    folders: Folders = None,
    model: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Card of the model; default: the shipped one.")
    ] = None,
    leave_one_out: Annotated[
        bool,
        typer.Option(
            "--leave-one-out", help="No model: fit on all other pairs of a folder and score the one left out."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Score a model on labelled pairs, folder by folder. / Đánh giá mô hình trên các cặp ảnh gán nhãn."""
    from imagery.learning import evaluation, training
    from imagery.learning.model import SHIPPED, LearnedModel

    if not folders:
        fail("name folders of labelled pairs.", "hãy nêu thư mục cặp ảnh gán nhãn.", WRONG_USE)
    answer: dict[str, Any] = {}
    learned = None if leave_one_out else LearnedModel.load(model or SHIPPED)
    with progress_bar() as progress:
        for folder in folders:
            scenes = _scenes([folder], progress, to_learn=leave_one_out)
            if learned is None:
                figures = training.left_out(scenes, training.Settings(), progress)
            else:
                figures = {scene.name: training.judged(learned, scene) for scene in scenes}
            answer[folder.name] = figures | {"mean": evaluation.mean(figures.values())}
    if as_json:
        typer.echo(
            json.dumps(
                {
                    name: {scene: metrics.to_dict() for scene, metrics in figures.items()}
                    for name, figures in answer.items()
                }
            )
        )
        return
    if learned is not None:
        card = learned.card
        typer.echo(f"{card.name}, {card.created}: {card.use_en} / {card.use_vi}")
    for name, figures in answer.items():
        typer.echo(f"\n{name}")
        _table(figures)


def _examples(
    folders: list[Path] | None, licence: str, verdicts: bool, seed: int, progress: Progress
) -> tuple[list[Scene], Source]:
    """The scenes to learn from, and what the card says of them."""
    from imagery.learning import shipping
    from imagery.learning.card import Source

    if folders:
        scenes, name = _scenes(folders, progress), ", ".join(folder.resolve().name for folder in folders)
    elif verdicts:
        scenes, name, licence = _judged(progress), "verdicts of inspectors", "of this deployment"
    else:
        return shipping.scenes(shipping.BANDS, seed, progress), shipping.SOURCE
    return scenes, Source(name, licence, len(scenes), sum(int(scene.scored.sum()) for scene in scenes), False)


def _judged(progress: Progress) -> list[Scene]:
    from imagery.learning import verdicts
    from imagery.scenes.store import ImageStore

    settings = load_settings()
    with connection(settings) as conn:
        return verdicts.scenes(verdicts.judged(conn), ImageStore(settings.images_address), progress)


def _scenes(folders: list[Path], progress: Progress, *, to_learn: bool = True) -> list[Scene]:
    from imagery.learning import pairs, training

    found = [path for folder in folders for path in pairs.found(folder)]
    scenes = []
    for done, path in enumerate(found, 1):
        scenes.append(training.prepared(pairs.read(path), to_learn=to_learn))
        progress("features", done, len(found))
    return scenes


def _table(figures: dict[str, Metrics]) -> None:
    typer.echo(f"{'':24}" + "".join(f"{title:>12}" for title in COLUMNS.values()))
    for scene, metrics in figures.items():
        typer.echo(f"{scene:24}" + "".join(f"{getattr(metrics, column):12.3f}" for column in COLUMNS))
