"""Dossiers that are invented for a sample city."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from geo_service.cli import app as cli
from geo_service.dossiers.sample import file_store, fill
from geo_service.personal.vault import Vault
from geo_service.settings import Settings
from layers.db import connect
from layers.sample.service import load_sample
from tests.conftest import Databases, NewDatabase
from tests.geo_service.dossiers import counted


def test_the_command_invents_dossiers_on_invented_land_only(
    database: NewDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database()
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("GEO_DATA_DIR", str(tmp_path))
    command = ["sample-dossiers", "--count", "30", "--json"]
    refused = CliRunner().invoke(cli, command)
    assert refused.exit_code == 1
    assert "only where the land is" in refused.stderr
    with connect(url) as conn:
        load_sample(conn, units=1, faces=200, seed=2)
    made = CliRunner().invoke(cli, command)
    assert made.exit_code == 0, made.stderr
    said = json.loads(made.stdout)
    assert said["dossiers"] >= 30
    assert len(said["statuses"]) == 10
    with connect(url) as conn:
        row = conn.execute("SELECT count(*) AS n FROM dossier.dossier").fetchone()
    assert row == {"n": said["dossiers"]}


def test_the_same_seed_invents_the_same_dossiers(databases: Databases, tmp_path: Path) -> None:
    now = datetime(2026, 11, 20, 15, tzinfo=counted.HANOI)
    made = []
    for name in ("a", "b"):
        url = databases.create()
        settings = Settings(database_url=url, data_dir=tmp_path / name)
        with connect(url) as conn:
            load_sample(conn, units=1, faces=300, seed=2)
            fill(conn, Vault(settings.personal_secret()), file_store(settings), 40, seed=3, now=now)
            made.append(conn.execute("SELECT dossier_id, at, kind, to_step FROM dossier.event ORDER BY id").fetchall())
        databases.drop(url)
    assert made[0] == made[1]
    assert max(row["at"] for row in made[0]) <= now
