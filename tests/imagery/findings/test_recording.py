"""Findings are written once for a run, in rank order, with the unit they lie in; older ones step back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import shapely

from imagery.findings import Lead, record
from layers.db import Connection, connect
from layers.errors import Malformed, NotFound
from layers.fabric.load import load_faces
from tests.conftest import Databases
from tests.geo_service.dossiers.office import street
from tests.imagery.findings.ground import a_run, lead, outside, pair


@pytest.fixture(scope="module")
def ground(databases: Databases) -> Iterator[str]:
    """A database with parcels 1 to 20 along a road, which is face 21, in unit 00004."""
    url = databases.create()
    with connect(url) as conn:
        load_faces(conn, street(), reason="thử")
    yield url
    databases.drop(url)


@pytest.fixture
def land(ground: str) -> Iterator[Connection]:
    """A connection whose work is undone at the end."""
    with connect(ground) as conn:
        yield conn
        conn.rollback()


def rows(conn: Connection, columns: str, where: str = "true") -> list[dict[str, Any]]:
    return conn.execute(f"SELECT {columns} FROM imagery.finding WHERE {where} ORDER BY run_id, number").fetchall()


def test_findings_are_ranked_and_lie_in_the_unit_of_their_parcel_or_place(land: Connection) -> None:
    run = a_run(land, pair(land))
    road, field = outside(land, 2, 1, 4), outside(land, 5_000, 5_000)
    written = record(
        land,
        run,
        [lead(land, 3, 0.5), lead(land, None, 0.2, geometry=road), lead(land, 7, 2.5), lead(land, None, 0.1, geometry=field)],
    )  # fmt: skip
    assert (written.leads, written.superseded, written.permitted, written.new) == (4, 0, 0, True)
    found = rows(land, "number, parcel_id, unit, state, land_use, revision")
    assert [(row["number"], row["parcel_id"], row["unit"]) for row in found] == [
        (1, 7, "00004"), (2, 3, "00004"), (3, None, "00004"), (4, None, None),
    ]  # fmt: skip
    assert {(row["state"], row["land_use"], row["revision"]) for row in found} == {("open", "LUC", 1)}


def test_what_was_not_seen_is_null_and_never_a_figure(land: Connection) -> None:
    record(land, a_run(land, pair(land)), [lead(land, 1)])
    (row,) = rows(land, "indices, evidence")
    assert row["indices"]["after"] == {"ndvi": 0.12, "ndbi": 0.18, "bsi": None}
    assert row["evidence"][0]["vi"].startswith("Chỉ số thực vật")


def test_a_second_call_changes_nothing_and_tells_nobody(land: Connection) -> None:
    run = a_run(land, pair(land))
    first = record(land, run, [lead(land, 3), lead(land, 4)])
    before = land.execute(
        "SELECT array_agg(f ORDER BY number)::text AS all, (SELECT seq FROM feed.head) FROM imagery.finding f"
    ).fetchone()
    again = record(land, run, [lead(land, 9), lead(land, 10), lead(land, 11)])
    assert not again.new
    assert (again.leads, again.superseded, again.permitted) == (first.leads, first.superseded, first.permitted)
    assert (
        before
        == land.execute(
            "SELECT array_agg(f ORDER BY number)::text AS all, (SELECT seq FROM feed.head) FROM imagery.finding f"
        ).fetchone()
    )


def test_a_run_without_leads_is_recorded_too(land: Connection) -> None:
    run = a_run(land, pair(land))
    assert record(land, run, []).new
    assert not record(land, run, [lead(land, 3)]).new
    assert rows(land, "id") == []


def test_a_later_run_of_the_same_pair_takes_the_place_of_open_findings_only(land: Connection) -> None:
    scenes = pair(land)
    old = a_run(land, scenes)
    record(land, old, [lead(land, 3, 3), lead(land, 4, 2), lead(land, 5, 1)])
    judged = rows(land, "id", "parcel_id = 4")[0]["id"]
    land.execute("INSERT INTO accounts.account (login, name) VALUES ('ai', 'Ai đó')")
    land.execute(
        "INSERT INTO imagery.verdict (finding_id, verdict, account) SELECT %s, 'false', max(id) FROM accounts.account",
        (judged,),
    )
    land.execute(
        "UPDATE imagery.finding SET state = 'false', revision = revision + 1, verdict_id = (SELECT max(id) FROM imagery.verdict) WHERE id = %s",
        (judged,),
    )
    other_pair = a_run(land, pair(land))
    assert record(land, other_pair, [lead(land, 5)]).superseded == 0
    new = a_run(land, scenes, model="đồng bằng 2")
    assert record(land, new, [lead(land, 3), lead(land, 4), lead(land, 6)]).superseded == 1
    states = {row["parcel_id"]: row["state"] for row in rows(land, "parcel_id, state", f"run_id = '{old}'")}
    assert states == {3: "superseded", 4: "false", 5: "open"}
    assert rows(land, "superseded_by", "state = 'superseded'") == [{"superseded_by": new}]


def test_outside_parcels_a_later_finding_on_the_same_ground_takes_the_place(land: Connection) -> None:
    scenes = pair(land)
    record(
        land,
        a_run(land, scenes),
        [lead(land, None, geometry=outside(land, 300, 0)), lead(land, None, geometry=outside(land, 400, 0))],
    )
    assert record(land, a_run(land, scenes), [lead(land, None, geometry=outside(land, 310, 5))]).superseded == 1


def test_the_feed_hears_of_each_unit_once_and_of_no_parcel(land: Connection) -> None:
    record(
        land,
        a_run(land, pair(land)),
        [lead(land, 3), lead(land, 4), lead(land, None, geometry=outside(land, 5_000, 5_000))],
    )
    told = land.execute("SELECT cells, payload, bounds FROM feed.event WHERE kind = 'finding' ORDER BY seq").fetchall()
    assert [sorted(event["cells"]) for event in told] == [["finding/*", "finding/00004"], ["finding/*"]]
    assert [event["payload"] for event in told] == [
        {"finding": {"id": None, "unit": "00004", "kind": "recorded"}},
        {"finding": {"id": None, "unit": None, "kind": "recorded"}},
    ]
    assert {event["bounds"] for event in told} == {None}


@pytest.mark.parametrize(
    "wrong",
    [
        {"geometry": shapely.MultiPolygon()},
        {"area_m2": 0.0},
        {"area_m2": float("nan")},
        {"rank_score": float("inf")},
        {"probability": 1.2},
        {"max_probability": -0.1},
    ],
)
def test_a_lead_that_says_nothing_refuses_the_whole_run(land: Connection, wrong: dict[str, Any]) -> None:
    run, good = a_run(land, pair(land)), lead(land, 3)
    bad = Lead(**{**vars(good), **wrong})
    with pytest.raises(Malformed), land.transaction():
        record(land, run, [good, bad])
    assert rows(land, "id") == []
    assert record(land, run, [good]).new


def test_a_bow_tie_is_written_as_the_areas_it_encloses(land: Connection) -> None:
    x, y = shapely.get_coordinates(outside(land, 10, 10))[0]
    d = 0.0002
    tie = shapely.MultiPolygon([shapely.Polygon([(x, y), (x + d, y + d), (x + d, y), (x, y + d)])])
    record(land, a_run(land, pair(land)), [lead(land, 3, geometry=tie)])
    assert rows(land, "ST_IsValid(geom) AS valid, ST_NumGeometries(geom) AS parts") == [{"valid": True, "parts": 2}]


def test_there_is_no_such_run(land: Connection) -> None:
    with pytest.raises(NotFound):
        record(land, uuid4(), [])


def test_what_was_seen_is_never_altered_and_nothing_is_deleted(land: Connection) -> None:
    record(land, a_run(land, pair(land)), [lead(land, 3)])
    for statement in (
        "UPDATE imagery.finding SET probability = 0.1, revision = revision + 1",
        "UPDATE imagery.finding SET state = 'superseded', superseded_by = run_id",
        "DELETE FROM imagery.finding",
        "TRUNCATE imagery.verdict CASCADE",
    ):
        with pytest.raises(psycopg.Error) as refused, land.transaction():
            land.execute(statement)
        assert refused.value.sqlstate == "GF010"
