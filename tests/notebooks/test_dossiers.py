"""The notebook about dossiers, executed against a real server with an analyst's token; its figures are those of the leaders' board."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from geo_service.accounts import tokens
from geo_service.accounts.models import Account
from geo_service.accounts.service import account_id, add_account
from geo_service.client import Client, ServiceError
from geo_service.client.states import VIETNAM
from geo_service.dossiers.sample import file_store, fill
from geo_service.personal.vault import Vault
from geo_service.settings import Settings
from layers.db import connect
from tests.conftest import ROOT, NewDatabase
from tests.notebooks.served import load, serving
from tests.notebooks.test_quickstart import kernel_home  # noqa: F401  (a fixture)

NOTEBOOK = ROOT / "notebooks" / "02_dossiers.ipynb"
RESULTS = """
print(json.dumps({
    "units": json.loads(by_unit.reset_index().to_json(orient="records")),
    "procedures": json.loads(by_procedure.reset_index().to_json(orient="records")),
    "steps": json.loads(steps.reset_index().to_json(orient="records")), "paused": now.to_dict(), "columns": sorted({*dossiers.columns, *stays.columns}),
}))
"""
NOBODY = {"name", "code", "applicant", "assignee", "form", "phone", "identity", "note", "actor", "address", "parcels"}


def token_for(url: str, login: str, role: str) -> str:
    with connect(url) as conn:
        add_account(conn, login, "một mật khẩu đủ dài để thử", name=f"Người {login}", roles=[role], demo=True)
        account = Account(account_id(conn, login), login, login, True, 2, None, None, 0, True)
        return str(tokens.make(conn, account, "sổ tay", ["read"], 7)["token"])


def same(found: list[dict[str, Any]], key: str, rows: list[dict[str, Any]]) -> None:
    """The notebook's rows against those of the board (which leaves out what had nothing in the period and is not open)."""
    said = {row[key.removesuffix("s")]["code"]: row for row in rows}
    tables = {row[key.removesuffix("s")]: row for row in found}
    assert said.keys() <= tables.keys()
    for code, table in tables.items():
        row = said.get(code)
        if row is None:
            assert (table["received"], table["finished"], table["open"]) == (0, 0, 0)
            continue
        for name in ("received", "finished", "late", "share", "median_days", "p90_days"):
            assert table[name] == (None if row[name] is None else pytest.approx(row[name])), (code, name)
        assert table["open"] == sum(row[name] for name in ("waiting", "green", "amber", "red", "paused"))


def test_the_committed_notebook_has_no_outputs() -> None:
    for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_the_notebook_says_what_the_board_says(
    database: NewDatabase,
    kernel_home: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = database()
    load(url, units=2, faces=900)
    settings = Settings(database_url=url, data_dir=kernel_home / "data")
    with connect(url) as conn:
        fill(conn, Vault(settings.personal_secret()), file_store(settings), 300, seed=5)
    last = datetime.now(VIETNAM).date()  # what is open is open now, whatever the period
    first = last - timedelta(days=150)
    with serving(url, kernel_home / "data") as address:
        monkeypatch.setenv("GEO_URL", address)
        monkeypatch.setenv("GEO_TOKEN", token_for(url, "phantich", "analyst"))
        monkeypatch.setenv("GEO_FROM", first.isoformat())
        monkeypatch.setenv("GEO_TO", last.isoformat())
        notebook = nbformat.read(NOTEBOOK, as_version=4)
        notebook.cells.append(nbformat.v4.new_code_cell(f"import json\n{RESULTS}"))
        NotebookClient(
            notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(kernel_home)}}
        ).execute()
        outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
        assert not [output for output in outputs if output.get("name") == "stderr"], "the notebook warns"
        found = json.loads(outputs[-1]["text"])

        with Client(address, token=token_for(url, "lanhdao", "leader")) as leader:
            asked = {"from": first, "to": last}
            board = leader._transport.get("/api/board", **asked)
            steps = leader._transport.get("/api/board/steps", **asked)["items"]
        with (
            Client(address, token=token_for(url, "tiepnhan", "reception")) as officer,
            pytest.raises(ServiceError) as refused,
        ):
            officer.dossiers(first, last)
        assert refused.value.status == 403

    same(found["units"], "units", board["units"])
    same(found["procedures"], "procedures", board["procedures"])
    assert found["paused"] == {one["code"]: one["number"] for one in board["paused_for"]}
    lost = {(row["procedure"], row["step"]): row for row in found["steps"]}
    for row in steps:
        if row["stays"]:
            said = lost[row["procedure"]["code"], row["step"]["code"]]
            assert (said["stays"], said["over"]) == (row["stays"], row["over"])
            assert said["lost_days"] == pytest.approx(row["lost_days"], abs=1e-9)
            assert said["median_days"] == pytest.approx(row["median_days"])
    assert not NOBODY & set(found["columns"])
    said = "\n".join(output.get("text") or output["data"].get("text/html", "") for output in outputs)
    assert "Dữ liệu mô phỏng" in said
    assert "leaflet" in said
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2
