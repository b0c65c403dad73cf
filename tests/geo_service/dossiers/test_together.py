"""Approving the step is changing the map: whatever is killed, at whatever statement, both happened or neither did."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from geo_service.embedded import Cluster
from geo_service.migrations import migrate
from layers.db import connect
from tests.geo_service.dossiers.office import Office, an_office, cut
from tests.geo_service.dossiers.test_life import rights_on

STATE = """
    SELECT (SELECT status FROM dossier.dossier WHERE id = %(id)s) = 9 AS approved,
           (SELECT count(*) FROM fabric.change_set WHERE draft_id IS NOT NULL AND seq IS NOT NULL) AS changes,
           (SELECT count(*) FROM fabric.change_set WHERE seq IS NULL) AS unsealed,
           (SELECT count(*) FROM dossier.event WHERE change_set IS NOT NULL) AS deciding_events,
           (SELECT count(*) FROM dossier.outbox WHERE dossier_id = %(id)s AND body ->> 'status' = '9') AS told,
           (SELECT status FROM work.draft WHERE dossier_id = %(id)s) = 'committed' AS drawn,
           (SELECT count(*) FROM rights.certificate WHERE status = 'superseded') AS superseded,
           (SELECT count(*) FROM dossier.parcel WHERE dossier_id = %(id)s AND role = 'result') AS results
"""
NEITHER = {
    "approved": False,
    "changes": 0,
    "unsealed": 0,
    "deciding_events": 0,
    "told": 0,
    "drawn": False,
    "superseded": 0,
    "results": 0,
}
BOTH = {
    "approved": True,
    "changes": 1,
    "unsealed": 0,
    "deciding_events": 1,
    "told": 2,
    "drawn": True,
    "superseded": 1,
    "results": 2,
}


class Mortals:
    """The process that dies in our place."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.geo_service.dossiers.dying"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, **order: Any) -> dict[str, int]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())  # type: ignore[no-any-return]


@pytest.fixture
def mortals() -> Iterator[Mortals]:
    made = Mortals()
    yield made
    assert made.process.stdin and made.process.stdout
    made.process.stdin.close()
    made.process.wait(10)
    made.process.stdout.close()


@pytest.fixture
def own_cluster(reachable_tmp: Path) -> Iterator[str]:
    """A cluster that may be killed, with fsync as in production."""
    folder = Path(tempfile.mkdtemp(dir=reachable_tmp))
    folder.chmod(0o755)  # the database has a user of its own
    cluster = Cluster(folder)
    with cluster.session():
        migrate(cluster.url(), 5897)
        yield cluster.url()


def waiting(office: Office, folder: Path) -> dict[str, Any]:
    """A dossier that waits for its approver, and everything the one who dies needs to decide on it."""
    rights_on(office, 1, "Nguyễn Văn Giả")
    with connect(office.url) as conn:
        conn.execute("INSERT INTO rights.certificate_stock VALUES ('ZZ', 1, 9999)")
    dossier = office.to_sketching(1)
    office.draw("diachinh", dossier, cut(1, 6))
    dossier = office.act("diachinh", dossier, "propose_map")
    draft = office.read("duyet", dossier)["draft"]["id"]
    digest = office.duyet.post(f"/api/drafts/{draft}/preview").json()["digest"]
    secret = next(value for name, value in office.duyet.cookies.items() if "session" in name)
    return {
        "url": office.url, "folder": str(folder), "secret": secret, "dossier": dossier["id"], "revision": dossier["revision"], "digest": digest,
    }  # fmt: skip


def state(url: str, dossier: str) -> dict[str, Any]:
    """Approved and changed; waits for a server that is recovering."""
    for _ in range(600):
        try:
            with psycopg.connect(url, connect_timeout=2) as conn:
                row = conn.execute(STATE, {"id": dossier}).fetchone()
            assert row is not None
            return dict(zip(NEITHER, row, strict=True))
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise AssertionError("the database did not come back")


@pytest.mark.parametrize("mode", ["before", "after"])
def test_a_service_killed_at_any_statement_of_the_approval_leaves_both_or_neither(
    database_url: str, tmp_path: Path, mortals: Mortals, mode: str
) -> None:
    with an_office(database_url, tmp_path) as office:
        order = waiting(office, tmp_path)
        at = 0
        while True:
            at += 1
            answer = mortals.ask(**order, mode=mode, at=at)
            found = state(order["url"], order["dossier"])
            if found == BOTH:
                break
            assert answer["ended"] == -9 and found == NEITHER, (at, answer, found)
    # the last exchange is COMMIT: killed before it nothing stands, killed after it all does
    assert at > 15
    assert answer == ({"ended": 0, "exchanges": at - 1} if mode == "before" else {"ended": -9, "exchanges": 0})


@pytest.mark.timeout(1_500)
def test_a_server_killed_at_any_statement_of_the_approval_leaves_both_or_neither(
    own_cluster: str, tmp_path: Path, mortals: Mortals
) -> None:
    with an_office(own_cluster, tmp_path) as office:
        order = waiting(office, tmp_path)
    at = 0
    while True:
        at += 1
        answer = mortals.ask(**order, mode="server", at=at)
        found = state(order["url"], order["dossier"])
        if found == BOTH:
            break
        assert answer["ended"] == 7 and found == NEITHER, (at, answer, found)
    assert at > 15


@pytest.mark.timeout(1_500)  # a server is killed and started again a hundred times
def test_a_server_killed_in_the_middle_of_statements_leaves_both_or_neither(
    own_cluster: str, tmp_path: Path, mortals: Mortals
) -> None:
    with an_office(own_cluster, tmp_path) as office:
        order = waiting(office, tmp_path)
    deaths, microseconds = 0, 1_000
    while True:
        answer = mortals.ask(**order, mode="later", at=microseconds)
        found = state(order["url"], order["dossier"])
        if found == BOTH:
            break
        assert answer["ended"] == 7 and found == NEITHER, (microseconds, answer, found)
        deaths += 1
        microseconds += max(2_500, microseconds // 20)  # a busy machine takes as long as it takes
    assert deaths > 3
