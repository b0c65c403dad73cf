"""The quickstart notebook, executed against a real server; its figures are compared with SQL on the same database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from layers.db import connect
from tests.conftest import ROOT, NewDatabase
from tests.notebooks.served import load, serving, split_and_merge

NOTEBOOK = ROOT / "notebooks" / "01_quickstart.ipynb"
RESULTS = """
import json
print(json.dumps({
    "then": [then.attrs["seq"], len(then)], "now": [now.attrs["seq"], len(now)], "crs": now.crs.to_epsg(),
    "checks": checks, "ha": facts.groupby("section")["ha"].sum().to_dict(), "total_ha": statistics.iloc[-1, -1],
    "by_unit": {f"{unit} {row[1]}": ha for unit, column in statistics.items() for row, ha in column.items()},
    "delta": sorted([int(face.id), face.change] for face in delta.itertuples()), "drift": drift, "changed": changed,
    "edges": sorted([int(e.parent), int(e.child), int(e.seq), e.shared_m2] for e in edges.itertuples()),
    "neighbourhood": sorted(neighbourhood["id"].tolist()), "x": x, "y": y,
}))
"""


@pytest.fixture
def kernel_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of the person who runs the tests reaches the kernel, and the kernel writes into no home folder."""
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return tmp_path


def execute(address: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], list[Any]]:
    """Run the committed notebook with one cell added at its end; returns that cell's JSON and all other outputs."""
    monkeypatch.setenv("GEO_URL", address)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(RESULTS))
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(home)}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in outputs if output.get("name") == "stderr"], "the notebook warns"
    return json.loads(outputs[-1]["text"]), outputs[:-1]


def text_of(outputs: list[Any]) -> str:
    return "\n".join(output.get("text") or output["data"].get("text/html", "") for output in outputs)


def test_the_committed_notebook_has_no_outputs() -> None:
    for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_the_quickstart_says_what_the_database_says(
    database: NewDatabase, kernel_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database()
    load(url)
    edited = split_and_merge(url)
    with serving(url, kernel_home / "data") as address:
        found, outputs = execute(address, kernel_home, monkeypatch)

    with connect(url) as conn:

        def ask(statement: str, *values: object) -> list[tuple[Any, ...]]:
            return [tuple(row.values()) for row in conn.execute(statement, values)]

        ((at_load,),) = ask("SELECT count(*) FROM fabric.parcel_version WHERE created_by = 1")
        ((at_end, area),) = ask(
            "SELECT count(*), sum(ST_Area(geom)) FROM fabric.parcel_version WHERE retired_by IS NULL"
        )
        by_use = ask(
            """
            SELECT u.name, CASE WHEN g.parent IN ('NNP', 'PNN', 'CSD') THEN g.code ELSE coalesce(g.parent, g.code) END,
                   sum(ST_Area(v.geom)) / 1e4
            FROM fabric.parcel_version v JOIN register.unit u ON u.code = v.unit
            JOIN register.land_use g ON g.code = v.land_use WHERE v.retired_by IS NULL GROUP BY 1, 2
            """
        )
        edges = ask(
            "SELECT l.parent, l.child, c.seq, l.shared_m2::float8 FROM fabric.lineage l"
            " JOIN fabric.change_set c ON c.id = l.change_set ORDER BY 1, 2"
        )
        differing = ask(
            """
            SELECT parcel_id,
                   CASE WHEN o.id IS NULL THEN 'created' WHEN n.id IS NULL THEN 'retired' ELSE 'changed' END
            FROM (SELECT parcel_id, id FROM fabric.parcel_version WHERE created_by = 1) o
            FULL JOIN (SELECT parcel_id, id FROM fabric.parcel_version WHERE retired_by IS NULL) n USING (parcel_id)
            WHERE o.id IS DISTINCT FROM n.id ORDER BY 1
            """
        )
        near = ask(
            "SELECT parcel_id FROM fabric.parcel_version WHERE retired_by IS NULL"
            " AND ST_Intersects(geom, ST_MakeEnvelope(%s, %s, %s, %s, 5897)) ORDER BY 1",
            found["x"] - 120, found["y"] - 120, found["x"] + 120, found["y"] + 120,
        )  # fmt: skip

    assert found["then"] == [1, at_load]
    assert found["now"] == [3, at_end]
    assert found["crs"] == 5897
    for check in found["checks"].values():
        assert check["coverage is valid"] is True
        assert check["holes inside"] == 0
        assert check["area, ha"] == pytest.approx(area / 1e4, abs=1e-6)
        assert check["area of the outline, ha"] == pytest.approx(area / 1e4, abs=1e-6)

    rounding = 1e-7 * at_end  # areas arrive in whole 0.001 m²
    assert found["total_ha"] == pytest.approx(area / 1e4, abs=rounding)
    sections = {section for _, section, _ in by_use}
    assert found["ha"].keys() == sections
    for section in sections:
        assert found["ha"][section] == pytest.approx(sum(ha for _, s, ha in by_use if s == section), abs=rounding)
    for unit, section, ha in by_use:
        assert found["by_unit"][f"{unit} {section}"] == pytest.approx(ha, abs=rounding)

    assert found["changed"] == edited.merged
    assert [tuple(edge) for edge in found["edges"]] == [edge for edge in edges if edge[1] != edited.left]
    assert [tuple(face) for face in found["delta"]] == differing
    assert found["drift"] == pytest.approx(0, abs=0.01)
    assert found["neighbourhood"] == [key for (key,) in near]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2
    said = text_of(outputs)
    assert "Hợp thửa thử nghiệm" not in said, "reasons are told to staff only"
    assert "Dữ liệu mô phỏng" in said
    assert "leaflet" in said


def test_the_quickstart_says_when_nothing_has_changed(
    database: NewDatabase, kernel_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database()
    load(url, units=1, faces=300)
    with serving(url, kernel_home / "data") as address:
        found, outputs = execute(address, kernel_home, monkeypatch)
    assert found["changed"] is None
    assert found["delta"] == found["edges"] == []
    assert found["then"] == found["now"]
    assert "No parcel has been split or merged since the load" in text_of(outputs)
