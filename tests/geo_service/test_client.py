"""The Python client, against a real server on the sample city, and a pretended one for what is rare."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import httpx
import numpy as np
import pytest
import shapely
from pandas.testing import assert_frame_equal

from geo_service.client import Client, ServiceError, differences, folium_map, transport
from geo_service.client import client as module
from geo_service.client.events import parse
from geo_service.client.states import VIETNAM, moment
from layers.db import connect
from tests.conftest import Databases
from tests.notebooks.served import Edited, commit, load, serving, split_and_merge


@pytest.fixture(scope="module")
def url(databases: Databases) -> Iterator[str]:
    made = databases.create()
    load(made)
    yield made
    databases.drop(made)


@pytest.fixture(scope="module")
def edited(url: str) -> Edited:
    return split_and_merge(url)


@pytest.fixture(scope="module")
def client(url: str, edited: Edited, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with serving(url, tmp_path_factory.mktemp("data")) as address, Client(address) as made:
        yield made


@pytest.fixture(scope="module")
def now(client: Client) -> gpd.GeoDataFrame:
    return client.open_state()


def rows(url: str, statement: str, *values: object) -> list[dict[str, Any]]:
    with connect(url) as conn:
        return conn.execute(statement, values).fetchall()


STATE_1 = """
    SELECT v.parcel_id, ST_AsBinary(v.geom) AS wkb, v.area_m2, v.land_use, v.number, v.official_area_m2, p.code
    FROM fabric.parcel_version v JOIN fabric.parcel p ON p.id = v.parcel_id
    JOIN fabric.change_set c ON c.id = v.created_by WHERE c.seq = 1 ORDER BY v.parcel_id
"""


def test_a_past_state_is_the_database_to_the_last_bit(
    client: Client, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 700)  # several pages
    heard: list[int] = []
    state = client.open_state(as_of=1, progress=heard.append).sort_values("id")
    truth = rows(url, STATE_1)
    assert heard[:2] == [700, 1400]
    assert heard[-1] == len(state) == len(truth)
    assert state["id"].tolist() == [row["parcel_id"] for row in truth]
    for name in ("code", "number", "land_use"):
        assert state[name].astype(object).where(state[name].notna(), None).tolist() == [row[name] for row in truth]
    shapes = shapely.from_wkb([row["wkb"] for row in truth])
    assert shapely.equals_exact(state.geometry.to_numpy(), shapes, tolerance=0).all()
    papers = [np.nan if row["official_area_m2"] is None else row["official_area_m2"] for row in truth]
    np.testing.assert_array_equal(state["official_area_m2"], papers)
    np.testing.assert_allclose(state["computed_area_m2"], [row["area_m2"] for row in truth], rtol=0, atol=0.00051)
    assert set(state["seq_from"]) == {1}
    assert state.attrs["seq"] == 1
    assert state.attrs["simulated"] is True


def test_a_state_has_its_system_columns_and_types(now: gpd.GeoDataFrame) -> None:
    assert now.crs.to_epsg() == 5897
    names = (
        "id code kind unit sheet number land_use official_area_m2 computed_area_m2 address source_id seq_from geometry"
    )
    assert list(now.columns) == names.split()
    assert {str(now[name].dtype) for name in ("code", "kind", "number")} == {"str"}
    assert shapely.coverage_is_valid(now.geometry.to_numpy())


def test_one_unit_and_a_state_before_everything(client: Client, now: gpd.GeoDataFrame) -> None:
    unit = now["unit"].iloc[0]
    part = client.open_state(unit=unit)
    assert 0 < len(part) < len(now)
    assert part["id"].tolist() == now.loc[now["unit"] == unit, "id"].tolist()
    empty = client.open_state(as_of=0)
    assert empty.empty
    assert empty.crs == now.crs
    assert empty.dtypes.to_dict() == now.dtypes.to_dict()


def test_a_moment_opens_the_state_that_stood_then(client: Client, url: str, edited: Edited) -> None:
    times = [row["at"] for row in rows(url, "SELECT at FROM feed.event ORDER BY seq LIMIT 3")]
    assert client.seq(times[0] - timedelta(microseconds=1)) == 0
    assert [client.seq(at) for at in times] == [1, 2, 3]
    assert client.seq(times[1].isoformat()) == 2
    assert client.seq(times[2].astimezone(VIETNAM).date().isoformat()) >= 3
    assert client.open_state(as_of=times[1])["seq_from"].max() == 2
    assert client.parcel(edited.split, at=times[0])["status"] == "current"


def test_moments_are_vietnamese_and_a_date_means_its_end() -> None:
    evening = "2026-11-22T23:59:59.999999+07:00"
    assert moment("2026-11-22") == moment(date(2026, 11, 22)) == {"date": evening}
    morning = datetime(2026, 11, 22, 8, 30)  # noqa: DTZ001  (what is tested)
    assert moment("2026-11-22T08:30") == moment(morning) == {"date": "2026-11-22T08:30:00.000000+07:00"}
    assert moment("2026-11-22T01:30Z") == {"date": "2026-11-22T01:30:00.000000+00:00"}
    assert moment(np.int64(7)) == {"at": 7}
    assert moment(None) == {}
    with pytest.raises(ValueError, match="“yesterday” is no date"):
        moment("yesterday")
    for wrong in (True, 1.5, [3]):
        with pytest.raises(TypeError, match="as_of must be"):
            moment(wrong)


def test_the_difference_of_two_states_names_what_was_edited(
    client: Client, now: gpd.GeoDataFrame, url: str, edited: Edited
) -> None:
    first, second, third = client.open_state(as_of=1), client.open_state(as_of=2), client.open_state(as_of=3)
    split = differences(first, second).set_index("id")
    assert split.groupby("change").groups["retired"].tolist() == [edited.split]
    assert sorted(split.index[split["change"] == "created"]) == sorted([edited.left, edited.right])
    assert np.nansum(split["area_after_m2"]) == pytest.approx(np.nansum(split["area_before_m2"]), abs=0.005)
    neighbours = rows(
        url,
        "SELECT v.parcel_id FROM fabric.parcel_version v JOIN fabric.change_set c ON c.id = v.created_by"
        " WHERE c.seq = 2 AND v.cause = 'adjacent' ORDER BY 1",
    )
    changed = split[split["change"] == "changed"]
    assert sorted(changed.index) == [row["parcel_id"] for row in neighbours]
    assert changed["shape_changed"].all()
    backwards = differences(third, second).set_index("id")
    assert backwards.at[edited.merged, "change"] == "retired"
    assert backwards.at[edited.neighbour, "change"] == "created"
    assert differences(third, third).empty
    with pytest.raises(ValueError, match="two systems"):
        differences(first, second.to_crs(4326))


def test_a_parcel_its_history_and_its_lineage(client: Client, url: str, edited: Edited) -> None:
    parcel = client.parcel(edited.merged)
    (truth,) = rows(
        url, "SELECT ST_AsBinary(geom) AS wkb FROM fabric.parcel_version WHERE parcel_id = %s AND retired_by IS NULL",
        edited.merged,
    )  # fmt: skip
    assert parcel["polygon"].equals_exact(shapely.from_wkb(truth["wkb"]), 0)
    assert client.parcel(parcel["code"])["id"] == edited.merged
    assert client.parcel(edited.split, at=1)["status"] == "current"
    assert client.parcel(edited.split)["status"] == "retired"

    history = client.history(edited.split)
    assert history["kind"].tolist() == ["split", "load"]
    assert history["seq"].tolist() == [2, 1]
    assert history[["reason", "author", "approver"]].isna().all(axis=None)  # told to staff only
    assert history["at"].dt.tz == VIETNAM

    nodes, edges = client.lineage(edited.split)
    assert set(nodes["id"]) == {edited.split, edited.left, edited.right, edited.merged}
    pairs = rows(
        url,
        "SELECT parent, child, shared_m2::float8 AS m2 FROM fabric.lineage WHERE parent = ANY(%s) ORDER BY 1, 2",
        [edited.split, edited.right],
    )  # fmt: skip
    found = edges.sort_values(["parent", "child"])[["parent", "child", "shared_m2"]]
    assert list(found.itertuples(index=False, name=None)) == [tuple(row.values()) for row in pairs]
    assert nodes.set_index("id")["seq_to"].isna().to_dict() == {
        edited.split: False, edited.left: True, edited.right: False, edited.merged: True,
    }  # fmt: skip


def test_lineage_of_a_parcel_that_never_changed_is_empty_with_columns(
    client: Client, now: gpd.GeoDataFrame, edited: Edited
) -> None:
    untouched = now.loc[now["seq_from"] == 1, "id"].iloc[-1]
    nodes, edges = client.lineage(int(untouched))
    assert nodes["id"].tolist() == [untouched]
    assert edges.empty
    assert "shared_m2" in edges.columns


def test_search_units_and_land_use(client: Client, now: gpd.GeoDataFrame, edited: Edited) -> None:
    code = client.parcel(edited.merged)["code"]
    assert client.search(code)["parcel_id"].tolist() == [edited.merged]
    assert len(client.units()) == 126
    uses = client.land_use().set_index("code")
    assert uses.loc["LUC", ["group", "section", "main"]].tolist() == ["NNP", "LUC", "NNP"]
    assert uses.loc["DGD", ["group", "section", "main", "color"]].tolist() == ["DSN", "DSN", "PNN", "#ffaaa0"]
    assert uses.loc["NNP", ["section", "main"]].tolist() == ["NNP", "NNP"]
    assert set(now["land_use"].dropna()) <= set(uses.index)


def test_the_log_in_pages(client: Client, edited: Edited, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = client.changes()
    monkeypatch.setattr(module, "EVENTS_PAGE", 1)
    assert_frame_equal(client.changes(), whole)
    assert whole["seq"].tolist()[:3] == [1, 2, 3]
    assert whole["kind"].tolist()[:3] == ["load", "split", "merge"]
    assert edited.split in whole["retired"].iloc[1]
    assert client.changes(after=client.seq()).empty


@pytest.mark.parametrize(
    ("ask", "slug", "sentence"),
    [
        (lambda c: c.open_state(as_of=10**6), "no-such-seq", "There is no seq 1000000; the newest is"),
        (lambda c: c.parcel("zzzzzzzzzzzz"), "no-such-parcel", "There is no parcel zzzzzzzzzzzz"),
        (lambda c: c.history("../../x"), None, ""),
        (lambda c: c.lineage("thửa nào?"), "bad-code", "neither a 12-character parcel code"),
        (lambda c: c.search("x" * 500), "invalid-request", "at most 200"),
        (lambda c: next(c.live(cells=["nowhere"])), "bad-cells", "12/x/y"),
    ],
)  # fmt: skip
def test_a_refusal_is_one_error_with_a_sentence(
    client: Client, ask: Callable[[Client], object], slug: str | None, sentence: str
) -> None:
    with pytest.raises(ServiceError) as caught:
        ask(client)
    assert sentence in str(caught.value)
    assert caught.value.detail_vi in str(caught.value)
    assert caught.value.status in {404, 422}
    if slug:
        assert caught.value.type == f"urn:geo-service:problem:{slug}"


def test_live_events_arrive_and_go_on_over_a_restart(url: str, edited: Edited, tmp_path: Path) -> None:
    def touch(conn: Any, text: str) -> int:
        return commit(conn, {"type": "reclassify", "parcel": edited.left, "address": text}, reason="Sửa địa chỉ").seq

    with connect(url) as conn:
        with serving(url, tmp_path) as address, Client(address) as client:
            assert [event.seq for event in itertools.islice(client.live(after=0), 3)] == [1, 2, 3]
            stream = client.live()
            first = touch(conn, "số 1")
            assert next(stream).seq == first
            again = client.live(after=first)
            second = touch(conn, "số 2")
            event = next(again)
            assert (event.event, event.seq) == ("change", second)
            assert event.data["created"][0]["id"] == edited.left
        third = touch(conn, "số 3")  # while nobody serves
        with serving(url, tmp_path, port=httpx.URL(address).port or 0):
            client = Client(address)
            stream = client.live(after=second)
            assert next(stream).seq == third
            stream.close()
            client.close()


def pretend(answer: Callable[[httpx.Request], httpx.Response]) -> Client:
    return Client("http://geo.test", transport=httpx.MockTransport(answer))


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    return waited


def sse(*events: tuple[str, dict[str, Any]]) -> bytes:
    return b": hi\n\n" + b"".join(f"event: {name}\ndata: {json.dumps(data)}\n\n".encode() for name, data in events)


def test_a_stream_resumes_after_breaks_without_loss_or_repetition(no_waiting: list[float]) -> None:
    asked: list[str] = []
    bodies: list[bytes | httpx.Response | Exception] = [
        sse(("hello", {"seq": 5, "after": 3}), ("change", {"seq": 4})) + b"event: change\ndata: {\"seq\": 5",  # cut off
        httpx.ConnectError("refused"),
        httpx.Response(503, json={"detail": "Busy"}),
        sse(("hello", {"seq": 4, "after": 4}), ("change", {"seq": 4}), ("change", {"seq": 5}), ("bye", {})),
        sse(("hello", {"seq": 9, "after": 5}), ("resync", {"seq": 9})),
        httpx.Response(422, json={"detail": "No", "status": 422}),
    ]  # fmt: skip

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params["after"])
        body = bodies[len(asked) - 1]
        if isinstance(body, Exception):
            raise body
        return body if isinstance(body, httpx.Response) else httpx.Response(200, content=body)

    stream = pretend(answer).live(after=3)
    assert [(e.event, e.seq) for e in itertools.islice(stream, 3)] == [("change", 4), ("change", 5), ("resync", 9)]
    with pytest.raises(ServiceError, match="No"):
        next(stream)
    assert asked == ["3", "4", "4", "4", "5", "9"]
    assert no_waiting == [0.2, 0.4, 0.8, 0.2, 0.2]


def test_another_database_behind_the_address_is_told_as_resync(no_waiting: list[float]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/changes":
            return httpx.Response(200, json={"items": [], "head_seq": 2})
        return httpx.Response(200, content=sse(("hello", {"seq": 2, "after": 2}), ("change", {"seq": 3})))

    stream = pretend(answer).live(after=50)
    assert [(e.event, e.seq) for e in itertools.islice(stream, 2)] == [("resync", 2), ("change", 3)]


def test_patience_ends(no_waiting: list[float]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(ServiceError, match=r"No answer from http://geo\.test"):
        next(pretend(answer).live(after=1, patience=0))


def test_events_are_cut_at_newlines_only_however_the_bytes_arrive() -> None:
    body = 'event: change\r\ndata: {"seq": 1, "num": "a\u2028b\x85c"}\r\n\r\ndata: {"x": 1}\n\n'.encode()
    parts = [body[i : i + 3] for i in range(0, len(body), 3)]
    assert list(parse(parts)) == [("change", {"seq": 1, "num": "a\u2028b\x85c"}), ("message", {"x": 1})]


def test_a_busy_service_is_asked_again_and_a_strange_one_is_told(no_waiting: list[float]) -> None:
    answers = iter(
        [httpx.Response(503, json={"detail": "Busy"}), httpx.Response(200, json={"items": [], "head_seq": 4})]
    )
    assert pretend(lambda _: next(answers)).seq() == 4
    assert no_waiting == [transport.PAUSE_SECONDS]
    with pytest.raises(ServiceError, match="not as this service does"):
        pretend(lambda _: httpx.Response(200, text="<html>")).units()
    with pytest.raises(ServiceError, match="Busy"):
        pretend(lambda _: httpx.Response(503, json={"detail": "Busy"})).units()


def test_a_wrong_address_says_so(no_waiting: list[float]) -> None:
    with pytest.raises(ServiceError, match=r"No answer from http://127.0.0.1:9 .*Dịch vụ đã chạy chưa") as caught:
        Client("http://127.0.0.1:9").open_state()
    assert caught.value.status is None
    with pytest.raises(ServiceError, match="No answer"):
        Client("localhost:8000").seq()


def test_a_map_has_the_official_colours_and_escapes_what_people_wrote(
    client: Client, now: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    few = now.iloc[:40].copy()
    few.loc[few.index[0], "number"] = "</script><b>1</b>"
    uses = client.land_use()
    page = folium_map(few, uses).get_root().render()
    for color in uses.set_index("code").loc[few["land_use"].dropna().unique(), "color"]:
        assert color in page
    assert "<b>1</b>" not in page
    assert "Dữ liệu mô phỏng" in page
    assert "openstreetmap" not in page
    assert "Simulated data" in folium_map(few, uses, language="en").get_root().render()
    with pytest.raises(ValueError, match=r"30 faces are too many .*\(at most 20\)"):
        folium_map(now.iloc[:30], uses, limit=20)
    with pytest.raises(ValueError, match="no face"):
        folium_map(now.iloc[:0], uses)
