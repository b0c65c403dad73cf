"""The notebooks about imagery, executed against a real server over simulated scenes whose truth is known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

from geo_service.accounts.service import account_id, add_account
from geo_service.client import precision_curve
from geo_service.jobs import ensure_tables
from geo_service.runs.worker import bench_of
from geo_service.settings import Settings
from imagery.runs.asking import Asked, start
from imagery.runs.run import perform
from imagery.sample.load import load_scenes
from imagery.scenes.store import ImageStore
from layers.db import connect
from tests.conftest import ROOT, Databases
from tests.notebooks.served import load, serving, split_and_merge
from tests.notebooks.test_dossiers import token_for
from tests.notebooks.test_quickstart import kernel_home  # noqa: F401  (a fixture)

CHANGE, DYNAMICS = (ROOT / "notebooks" / name for name in ("03_change_detection.ipynb", "04_land_use_dynamics.ipynb"))


@dataclass(frozen=True)
class Seen:
    """A served city: both detection runs are done, and what they found was judged by whom knows the truth."""

    url: str
    folder: Path
    changed: dict[str, set[int]]  # run → parcels that really changed


@pytest.fixture(scope="module")
def seen(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    url, folder = databases.create(), tmp_path_factory.mktemp("seen")
    load(url, units=3, faces=4_000)
    split_and_merge(url)
    settings = Settings(database_url=url, data_dir=folder)
    ensure_tables(url)
    with connect(url) as conn:
        scenes, truth = load_scenes(conn, ImageStore(settings.images_address))
        one, two, three, *later = (scene.id for scene in scenes)
        runs = [start(conn, Asked(one, two))["id"], start(conn, Asked(two, three, tuple(later)))["id"]]
    for run in runs:
        assert perform(bench_of(settings, url), run) == "done"
    changed = {str(run): {each.parcel for each in period} for run, period in zip(runs, truth.changes, strict=True)}
    with connect(url) as conn:
        add_account(
            conn, "kiemtra", "một mật khẩu đủ dài để thử", name="Người kiểm tra", roles=["inspector"], demo=True
        )
        account = account_id(conn, "kiemtra")
        for run, true in changed.items():
            conn.execute(
                "WITH said AS (INSERT INTO imagery.verdict (finding_id, verdict, account)"
                " SELECT id, CASE WHEN parcel_id = ANY(%s) THEN 'confirmed' ELSE 'false' END, %s FROM imagery.finding WHERE run_id = %s"
                " RETURNING id, finding_id, verdict) UPDATE imagery.finding f SET state = said.verdict, verdict_id = said.id, revision = revision + 1"
                " FROM said WHERE f.id = said.finding_id",
                (list(true), account, run),
            )
    yield Seen(url, folder, changed)
    databases.drop(url)


def execute(path: Path, home: Path, results: str) -> tuple[Any, list[Any]]:
    """Run a committed notebook with one cell added at its end; that cell's JSON, and all outputs."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(f"import json\nprint(json.dumps({results}))"))
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(home)}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in outputs if output.get("name") == "stderr"], "the notebook warns"
    return json.loads(outputs[-1]["text"]), outputs


def words(outputs: list[Any]) -> str:
    return "\n".join(output.get("text") or output["data"].get("text/html", "") for output in outputs)


def test_the_committed_notebooks_have_no_outputs() -> None:
    for path in (CHANGE, DYNAMICS):
        for cell in nbformat.read(path, as_version=4).cells:
            assert not cell.get("outputs")
            assert cell.get("execution_count") is None


def test_from_scenes_to_findings_to_parcels_to_precision(
    seen: Seen,
    kernel_home: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(seen.url, seen.folder) as address:
        monkeypatch.setenv("GEO_URL", address)
        monkeypatch.setenv("GEO_TOKEN", token_for(seen.url, "lanhdao", "leader"))
        monkeypatch.setenv("GEO_LIMIT", "1000")
        found, outputs = execute(
            CHANGE, kernel_home,
            "{'scenes': len(scenes), 'findings': json.loads(findings.drop(columns='geometry').to_json(orient='records', date_format='iso')),"
            " 'area': findings.to_crs(5897).area.tolist(), 'curve': json.loads(curve.to_json(orient='records')),"
            " 'facts': json.loads(facts.to_json(orient='records'))}",
        )  # fmt: skip
    assert found["scenes"] == 5
    findings = pd.DataFrame(found["findings"])
    with connect(seen.url) as conn:
        rows = conn.execute(
            "SELECT id::text, run_id::text, parcel_id, state, area_m2 FROM imagery.finding ORDER BY rank_score DESC, id"
        ).fetchall()
    assert set(findings["id"]) == {row["id"] for row in rows}
    assert findings["rank_score"].is_monotonic_decreasing
    assert found["area"] == pytest.approx(findings["area_m2"].tolist(), rel=0.02)
    for row in rows:
        assert row["state"] == ("confirmed" if row["parcel_id"] in seen.changed[row["run_id"]] else "false")
    right = (findings["state"] == "confirmed").cumsum() / pd.RangeIndex(1, len(findings) + 1).to_series(index=findings.index)
    assert [one["precision"] for one in found["curve"]] == pytest.approx(right.tolist())
    assert all(one["low"] <= one["precision"] <= one["high"] for one in found["curve"])
    assert found["curve"][19]["precision"] >= 0.9  # of the first twenty leads
    assert [fact["parcel"] for fact in found["facts"]] == findings["parcel"].dropna().head(5).astype(int).tolist()
    said = words(outputs)
    assert "Dữ liệu mô phỏng" in said
    assert "leaflet-side-by-side" in said
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2


def test_the_change_matrix_holds_what_the_ledger_holds_and_the_forecast_says_its_error(
    seen: Seen,
    kernel_home: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(seen.url, seen.folder) as address:
        monkeypatch.setenv("GEO_URL", address)
        monkeypatch.setenv("GEO_TOKEN", token_for(seen.url, "lanhdao2", "leader"))
        found, outputs = execute(
            DYNAMICS, kernel_home,
            "{'matrix': json.loads(matrix.to_json()), 'shares': float(shares.to_numpy().sum()), 'periods': list(by_period.index),"
            " 'total': float(by_period.to_numpy().sum()), 'judged': None if judged is None else"
            " [judged.average_precision, judged.persistence_average_precision, judged.base_rate]}",
        )  # fmt: skip
    with connect(seen.url) as conn:
        row = conn.execute(
            "SELECT sum(ST_Area(geom)) FILTER (WHERE retired_by IS NULL) / 1e4 AS now, sum(ST_Area(geom)) FILTER (WHERE retired_by IS NOT NULL) / 1e4 AS gone"
            " FROM fabric.parcel_version"
        ).fetchone()
        leads = conn.execute("SELECT sum(area_m2) / 1e4 AS ha FROM imagery.finding WHERE state <> 'false'").fetchone()
    assert row is not None and leads is not None
    assert found["shares"] == pytest.approx(row["now"], rel=1e-6)
    assert found["total"] == pytest.approx(leads["ha"], rel=1e-6)
    assert len(found["periods"]) == 2
    moved = sum(value for column in found["matrix"].values() for value in column.values())
    assert 0 < moved <= row["gone"]
    said = words(outputs)
    assert "Brier" in said or "Quá ít" in said
    if found["judged"] is not None:
        ap, guess, base = found["judged"]
        assert 0 < base < ap <= 1 and 0 <= guess <= 1


def test_the_precision_curve_leaves_out_what_nobody_could_judge() -> None:
    found = pd.DataFrame(
        {"rank_score": [5, 4, 3, 2, 1], "state": ["confirmed", "open", "false", "not_visible", "permitted"]}
    )
    curve = precision_curve(found)
    assert curve["k"].tolist() == [1, 2, 3]
    assert curve["precision"].tolist() == pytest.approx([1, 1 / 2, 2 / 3])
    assert curve["low"].iloc[0] == pytest.approx(0.2065, abs=1e-4)  # Wilson, 1 of 1
    assert precision_curve(found[found["state"] == "open"]).empty
