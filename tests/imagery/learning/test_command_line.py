"""`geo-service imagery train` and `evaluate`: from folders of files to a model and its figures, wrong use in one sentence."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import pytest
import rasterio
from rasterio.errors import NotGeoreferencedWarning
from typer.testing import CliRunner

from geo_service.cli import app
from imagery.learning import training
from imagery.learning.pairs import LabelledPair
from tests.imagery.learning.conftest import QUICK


@pytest.fixture
def folder(simulated: list[LabelledPair], tmp_path: Path) -> Path:
    """The simulated pairs as files."""
    for pair in simulated:
        place = tmp_path / "pairs" / pair.name
        place.mkdir(parents=True)
        layers = {"before": pair.before, "after": pair.after, "change": pair.truth[None].astype("uint8")}
        for name, data in layers.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", NotGeoreferencedWarning)
                with rasterio.open(
                    place / f"{name}.tif", "w", driver="GTiff", count=len(data), height=120, width=120, dtype=data.dtype
                ) as file:
                    file.write(data)
                    if len(data) > 1:
                        file.descriptions = pair.names
    return tmp_path / "pairs"


def ask(*words: str | Path) -> tuple[int, str]:
    answer = CliRunner().invoke(app, ["imagery", *map(str, words)])
    return answer.exit_code, answer.output


def test_a_model_is_trained_on_a_folder_and_scored_on_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "Settings", lambda: QUICK)
    code, told = ask(
        "train", folder, "--licence", "CC0", "--name", "own", "--out", tmp_path / "models", "--on", "2026-11-22"
    )
    assert code == 0, told
    card = json.loads((tmp_path / "models" / "own.json").read_text())
    assert card["sources"][0]["licence"] == "CC0" and card["created"] == "2026-11-22" and not card["simulated"]
    code, told = ask("evaluate", folder, "--model", tmp_path / "models" / "own.json", "--json")
    assert code == 0, told
    figures = json.loads(told)["pairs"]
    assert set(figures) == {"simulated-100", "simulated-101", "simulated-102", "mean"}
    assert figures["mean"]["average_precision"] > 3 * figures["mean"]["changed"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["train"], "name folders of labelled pairs"),
        (["train", "--simulated", "--verdicts"], "name folders of labelled pairs"),
        (["train", "{folder}"], "--licence"),
        (["train", "{folder}", "--licence", "x", "--name", "../x"], "no name for a model"),
        (["train", "{empty}", "--licence", "x"], "no labelled pair"),
        (["evaluate"], "name folders of labelled pairs"),
    ],
)
def test_wrong_use_is_answered_in_a_sentence(folder: Path, tmp_path: Path, words: list[str], sentence: str) -> None:
    (tmp_path / "empty").mkdir()
    code, told = ask(*(word.format(folder=folder, empty=tmp_path / "empty") for word in words))
    assert code in (1, 2) and sentence in told
