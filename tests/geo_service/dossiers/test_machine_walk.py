"""Every transition of every shipped procedure, walked in the real database beside the oracle; then random walks, wrong steps included.

The operator walks (all desks at once): who may do what has tests of its own.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from layers.crs import FabricCrs
from layers.db import Connection, connect
from layers.fabric import ledger
from layers.fabric.intents import Reclassify
from layers.fabric.load import load_faces
from tests.geo_service.dossiers import oracle
from tests.geo_service.dossiers.oracle import FLOW_OF, Expected
from tests.layers.fabric.fabrics import grid_batch

UNIT = "00004"
SEEN = """
    SELECT d.step, d.status, d.revision, d.received_at IS NOT NULL AS received, d.finished_at IS NOT NULL AS finished, d.due_at IS NOT NULL AS due,
           d.clock_start IS NOT NULL AS begun, s.final, d.competent_unit, coalesce((
               SELECT CASE WHEN c.counts THEN 'run' ELSE c.reason END FROM dossier.clock c WHERE c.dossier_id = d.id AND c.ended_at IS NULL), '-') AS clock,
           ARRAY(SELECT p.code FROM dossier.possible(d.id) p) AS possible,
           (SELECT kind FROM dossier.event e WHERE e.dossier_id = d.id AND e.revision = d.revision) AS told
    FROM dossier.dossier d JOIN dossier.status s ON s.code = d.status WHERE d.id = %s
"""


class Walker:
    """One dossier in the database and what the oracle expects of it."""

    def __init__(self, conn: Connection, procedure: str, parcel: int) -> None:
        self.conn, self.parcel, self.key = conn, parcel, uuid4()
        self.expected = Expected(procedure)
        self.steps: list[str] = []
        conn.execute(
            "SELECT dossier.open(%s, %s, %s, %s, 1::smallint, %s, '{}', NULL, NULL)",
            (self.key, procedure, UNIT, UNIT, [parcel]),
        )
        conn.commit()
        self.compare("open")

    def compare(self, told: str | None = None) -> None:
        """What is seen is what is expected."""
        seen = self.conn.execute(SEEN, (self.key,)).fetchone()
        assert seen is not None
        e = self.expected
        wanted = {
            "step": e.step, "status": e.status, "revision": e.revision, "received": e.received, "finished": e.finished, "due": e.due,
            "begun": e.begun, "final": e.final, "clock": e.clock, "competent_unit": "*" if e.procedure in oracle.CITY else UNIT,
        }  # fmt: skip
        assert {name: seen[name] for name in wanted} == wanted, (e.procedure, self.steps)
        assert set(seen["possible"]) == e.ways.keys() - oracle.PARTNERS, (e.procedure, self.steps)
        assert told is None or seen["told"] == told

    def act(self, action: str) -> None:
        """Do what the step needs, then the step, then compare."""
        start = self.expected.step
        if (start, action) in oracle.PAPERS:
            self.papers()
        if action == "propose_map":
            self.draw()
        change_set = self.commit_map() if self.expected.commits_map(action) else None
        note = "vì thế" if action in oracle.REASONS else None
        self.conn.execute(
            "SELECT dossier.act(%s, %s, %s, %s, '{}', %s)", (self.key, action, self.expected.revision, note, change_set)
        )
        self.conn.commit()
        self.steps.append(action)
        self.expected.act(action)
        self.compare()

    def papers(self) -> None:
        self.conn.execute(
            "INSERT INTO dossier.document (dossier_id, type, name, media_type, bytes, sha256)"
            " SELECT %(key)s, p ->> 'code', 'giấy.pdf', 'application/pdf', 1, sha256(convert_to(p ->> 'code', 'UTF8'))"
            " FROM jsonb_array_elements(dossier.missing(%(key)s)) p",
            {"key": self.key},
        )

    def draw(self) -> None:
        """A drawing that is handed over."""
        self.conn.execute(
            "INSERT INTO work.draft (owner, reason, base_seq, dossier_id) VALUES ('tester', 'thử', (SELECT seq FROM feed.head), %s)"
            " ON CONFLICT (dossier_id) WHERE dossier_id IS NOT NULL AND status IN ('open', 'submitted') DO NOTHING",
            (self.key,),
        )
        self.conn.execute(
            "UPDATE work.draft SET status = 'submitted' WHERE dossier_id = %s AND status = 'open'", (self.key,)
        )

    def commit_map(self) -> int | None:
        """Commit the drawing, if there is one; the change set."""
        row = self.conn.execute(
            "SELECT id FROM work.draft WHERE dossier_id = %s AND status IN ('open', 'submitted')", (self.key,)
        ).fetchone()
        if row is None:
            return None
        intent = Reclassify(type="reclassify", parcel=self.parcel, address=f"số {self.key.hex[:6]}")
        done = ledger.commit(
            self.conn,
            FabricCrs(5897),
            [intent],
            reason="thử",
            author="tester",
            base_seq=ledger.head(self.conn),
            draft=row["id"],
        )
        self.conn.execute(
            "UPDATE work.draft SET status = 'committed', committed_seq = %s WHERE id = %s", (done.seq, row["id"])
        )
        found = self.conn.execute("SELECT id FROM fabric.change_set WHERE seq = %s", (done.seq,)).fetchone()
        assert found is not None
        return int(found["id"])

    def refused(self, state: str, action: str, *, revision: int | None = None, note: str | None = "vì thế") -> None:
        """The database says no, and nothing is different afterwards."""
        with pytest.raises(psycopg.Error) as refusal:
            self.conn.execute(
                "SELECT dossier.act(%s, %s, %s, %s)",
                (self.key, action, self.expected.revision if revision is None else revision, note),
            )
        self.conn.rollback()
        assert refusal.value.sqlstate == state, (self.expected, action, refusal.value)
        self.compare()


@pytest.fixture(scope="module")
def land(databases) -> Iterator[Connection]:
    url = databases.create()
    with connect(url) as conn:
        load_faces(conn, grid_batch(10, 10), reason="một")
        conn.commit()
        yield conn
    databases.drop(url)


def cover(conn: Connection, procedure: str, visited: set[tuple[str, str, str]], statuses: set[int]) -> None:
    """Walk until every transition of the oracle has been made; at every end, nothing more is possible."""
    open_ones = {(step, action) for step, action, _ in oracle.transitions(procedure)}
    parcel = 1 + sorted(FLOW_OF).index(procedure) % 100
    while open_ones:
        walker = Walker(conn, procedure, parcel)
        while (actions := oracle.way(procedure, walker.expected.step, open_ones)) is not None:
            for action in actions:
                start = walker.expected.step
                statuses.add(walker.expected.status)
                walker.act(action)
                open_ones.discard((start, action))
                visited.add((start, action, walker.expected.step))
        statuses.add(walker.expected.status)
        if walker.expected.final:
            walker.refused("GD003", random.Random(1).choice(["accept", "begin", "approve", "withdraw", "hand_out"]))


def test_the_oracle_knows_every_shipped_procedure_and_no_other(land: Connection) -> None:
    rows = land.execute(
        "SELECT DISTINCT procedure FROM dossier.procedure_version WHERE status = 'published'"
    ).fetchall()
    assert {row["procedure"] for row in rows} == FLOW_OF.keys()
    moves = {
        (row["from_status"], row["to_status"]) for row in land.execute("SELECT * FROM dossier.status_move").fetchall()
    }
    assert moves == oracle.MOVES
    finals = {row["code"] for row in land.execute("SELECT code FROM dossier.status WHERE final").fetchall()}
    assert finals == oracle.FINAL


def test_every_status_and_every_transition_of_every_procedure_is_walked(land: Connection) -> None:
    statuses: set[int] = set()
    made = 0
    for procedure in FLOW_OF:
        visited: set[tuple[str, str, str]] = set()
        cover(land, procedure, visited, statuses)
        rows = land.execute(
            "SELECT a.from_step, a.code, a.to_step FROM dossier.action a JOIN dossier.procedure_version v ON v.id = a.version_id"
            " WHERE v.procedure = %s AND v.status = 'published'",
            (procedure,),
        ).fetchall()
        assert visited == {(row["from_step"], row["code"], row["to_step"]) for row in rows}, procedure
        made += len(visited)
    total = land.execute("SELECT count(*) AS n FROM dossier.action").fetchone()
    assert total is not None and made == total["n"] > 1_500
    assert statuses == set(range(1, 11))
    audit(land)


def audit(conn: Connection) -> None:
    """Of all dossiers: events without a gap, clocks without gap or overlap from their start to now or the end."""
    wrong = conn.execute(
        """
        SELECT d.id FROM dossier.dossier d LEFT JOIN LATERAL (
            SELECT count(*) AS n, max(revision) AS last FROM dossier.event e WHERE e.dossier_id = d.id AND e.revision > 0) e ON true
        WHERE e.n <> d.revision OR e.last <> d.revision
        UNION ALL
        SELECT c.dossier_id FROM (
            SELECT dossier_id, ended_at, lead(started_at) OVER (PARTITION BY dossier_id ORDER BY started_at) AS next FROM dossier.clock) c
        WHERE c.next IS NOT NULL AND c.ended_at IS DISTINCT FROM c.next
        UNION ALL
        SELECT d.id FROM dossier.dossier d
        WHERE d.finished_at IS NOT NULL AND EXISTS (SELECT 1 FROM dossier.clock c WHERE c.dossier_id = d.id AND c.ended_at IS NULL)
           OR d.clock_start IS DISTINCT FROM (SELECT min(c.started_at) FROM dossier.clock c WHERE c.dossier_id = d.id)
        """
    ).fetchall()
    assert wrong == []


ACTIONS = sorted({action for flow, _ in oracle.FLOWS.values() for moves in flow.values() for action in moves})


class Machine(RuleBasedStateMachine):
    """Several dossiers at once, by people who do what can be done and what cannot."""

    land: Connection

    def __init__(self) -> None:
        super().__init__()
        self.walkers: list[Walker] = []

    @rule(procedure=st.sampled_from(sorted(FLOW_OF)), parcel=st.integers(1, 100))
    def open(self, procedure: str, parcel: int) -> None:
        self.walkers.append(Walker(self.land, procedure, parcel))

    @precondition(lambda self: any(not walker.expected.final for walker in self.walkers))
    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        walker = data.draw(st.sampled_from([one for one in self.walkers if not one.expected.final]))
        walker.act(data.draw(st.sampled_from(sorted(walker.expected.ways))))

    @precondition(lambda self: self.walkers)
    @rule(data=st.data(), action=st.sampled_from([*ACTIONS, "no_such_action", ""]))
    def out_of_step(self, data: st.DataObject, action: str) -> None:
        walker = data.draw(st.sampled_from(self.walkers))
        if action not in walker.expected.ways:
            walker.refused("GD003", action)

    @precondition(lambda self: self.walkers)
    @rule(data=st.data(), off=st.sampled_from([-1, 1, 7]))
    def stale(self, data: st.DataObject, off: int) -> None:
        walker = data.draw(st.sampled_from(self.walkers))
        walker.refused("GD002", "accept", revision=walker.expected.revision + off)

    @precondition(lambda self: self.walkers)
    @rule(data=st.data(), note=st.sampled_from([None, "", "  "]))
    def without_a_reason(self, data: st.DataObject, note: str | None) -> None:
        walker = data.draw(st.sampled_from(self.walkers))
        if need := sorted(walker.expected.ways.keys() & oracle.REASONS):
            walker.refused("GD005", data.draw(st.sampled_from(need)), note=note)

    @precondition(lambda self: any(walker.expected.step == "deciding" for walker in self.walkers))
    @rule(data=st.data())
    def approve_without_the_map(self, data: st.DataObject) -> None:
        walker = data.draw(st.sampled_from([one for one in self.walkers if one.expected.step == "deciding"]))
        if walker.expected.commits_map("approve") == oracle.DRAWN and "approve" in walker.expected.ways:
            walker.refused("GD007", "approve")

    @precondition(lambda self: self.walkers)
    @rule(data=st.data())
    def accept_without_papers(self, data: st.DataObject) -> None:
        walker = data.draw(st.sampled_from(self.walkers))
        missing = self.land.execute("SELECT jsonb_array_length(dossier.missing(%s)) AS n", (walker.key,)).fetchone()
        if walker.expected.step == "filed" and missing and missing["n"]:
            walker.refused("GD006", "accept")

    @rule()
    def look_at_all(self) -> None:
        """None moved with another."""
        for walker in self.walkers:
            walker.compare()


def test_random_walks_of_several_dossiers_agree_with_the_oracle(land: Connection) -> None:
    Machine.land = land
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=60, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
    audit(land)


def test_two_approvers_at_once_decide_once(land: Connection) -> None:
    """The second sees that the dossier moved on."""
    walker = Walker(land, "1.012783", 5)
    for action in ("accept", "begin", "propose"):
        walker.act(action)
    revision = walker.expected.revision
    walker.act("approve")
    walker.refused("GD002", "approve", revision=revision)


def test_a_dossier_that_nobody_opened_is_not_acted_on(land: Connection) -> None:
    with pytest.raises(psycopg.Error) as refusal:
        land.execute("SELECT dossier.act(%s, 'accept', 1)", (UUID(int=0),))
    land.rollback()
    assert refusal.value.sqlstate == "GD001"


def test_the_oracle_itself_holds() -> None:
    """Its tables end, begin with a filing, and move as the portal allows."""
    for name, (ways, _) in oracle.FLOWS.items():
        assert ways.keys() <= oracle.STANDS.keys(), name
        for step, moves in ways.items():
            status: Any = oracle.STANDS[step][0]
            assert (status in oracle.FINAL) == (not moves), (name, step)
            for to in moves.values():
                there = oracle.STANDS[to][0]
                assert there == status or (status, there) in oracle.MOVES, (name, step, to)
