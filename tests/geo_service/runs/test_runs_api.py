"""Detection runs over HTTP: who may start them and where, what the worker makes of them, what a refusal says."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from geo_service.accounts.service import add_account
from geo_service.app import create_app
from geo_service.cli import app as cli
from geo_service.database import address_of
from geo_service.jobs import WorkerThread, ensure_tables, workers_alive
from geo_service.runs.worker import QUEUE, TASK, bench_of, runs_job
from geo_service.settings import Settings
from imagery.runs.run import perform, sweep, work_through
from layers.db import connect
from tests.conftest import Databases
from tests.geo_service.site import OURS, PASSWORD, problem
from tests.geo_service.test_jobs import until
from tests.imagery.learning.networks import write_network
from tests.imagery.runs.ground import Ground, frame_of, land, later, settle
from tests.imagery.runs.test_network_runs import RUN, orthophotos
from tests.imagery.runs.whole import AFTER, BEFORE, BUILT, DUG, FLOODED, changed

PEOPLE: dict[str, tuple[list[str], list[str] | None]] = {
    "thanhtra": (["inspector"], None),
    "thanhtraxa": (["inspector"], ["00008"]),
    "diachinh": (["land_officer"], ["00008"]),
    "quantri": (["administrator"], None),
    "dan": (["citizen"], None),
}

NETWORK = "buildings.onnx"


class Office:
    """The application over the ground, people, two dates, and the worker's bench."""

    def __init__(self, ground: Ground, settings: Settings, people: dict[str, TestClient]) -> None:
        self.ground = ground
        self.settings = settings
        self.people = people
        self.bench = bench_of(settings, ground.url)
        grid = frame_of()
        image = land(grid)
        self.before = ground.add(image, grid, BEFORE)
        self.after = ground.add(changed(image, grid), grid, AFTER)

    def wish(self, **more: Any) -> dict[str, Any]:
        return {"before": str(self.before.id), "after": str(self.after.id), **more}

    def ask(self, login: str = "thanhtra", **more: Any) -> dict[str, Any]:
        answer = self.people[login].post("/api/runs", json=self.wish(**more))
        assert answer.status_code == 201, answer.text
        return answer.json()  # type: ignore[no-any-return]

    def work(self) -> None:
        """What the queue does with the job."""
        asyncio.run(runs_job(lambda: self.bench)(0))  # type: ignore[arg-type]

    def read(self, run: str, login: str = "thanhtra") -> dict[str, Any]:
        answer = self.people[login].get(f"/api/runs/{run}")
        assert answer.status_code == 200, answer.text
        return answer.json()  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def world(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The application, its people and the two dates, made once."""
    url, folder = databases.create(), tmp_path_factory.mktemp("office")
    settings = Settings(database_url=url, data_dir=folder, rates="off", building_network=folder / NETWORK)
    ground = settle(url, folder)
    for login, (roles, units) in PEOPLE.items():
        add_account(ground.conn, login, PASSWORD, name=f"Người {login}", roles=roles, units=units, demo=True)
    ground.conn.commit()
    ensure_tables(url)
    app = create_app(settings)
    with ExitStack() as stack:
        visitor = stack.enter_context(TestClient(app, headers=OURS, raise_server_exceptions=False))
        people = {"": visitor}
        for login in PEOPLE:
            people[login] = TestClient(app, headers=OURS, raise_server_exceptions=False)
            people[login].portal = visitor.portal
            assert people[login].post("/api/session", json={"login": login, "password": PASSWORD}).status_code == 200
        yield Office(ground, settings, people)
    ground.conn.close()
    databases.drop(url)


@pytest.fixture
def office(world: Office) -> Iterator[Office]:
    """The same office, afterwards without any run: what a run leaves is kept for good, so the guards are set aside for that."""
    yield world
    world.ground.conn.rollback()
    with world.ground.conn.transaction():
        world.ground.conn.execute("SET LOCAL session_replication_role = replica")
        for table in (
            "imagery.observation",
            "imagery.finding",
            "imagery.recording",
            "imagery.run",
            "public.procrastinate_jobs",
        ):
            world.ground.conn.execute(f"DELETE FROM {table}")
        world.ground.conn.execute("UPDATE imagery.scene SET removed_at = NULL")
    shutil.rmtree(world.bench.folder, ignore_errors=True)


def test_an_inspector_starts_a_run_and_reads_what_it_found(office: Office) -> None:
    made = office.ask(later=[])
    assert made["state"] == "queued" and made["mine"] and made["may_cancel"] and made["progress"] == 0
    assert made["before"]["code"] == office.before.code and made["parcels"] is None
    office.work()
    read = office.read(made["id"])
    assert (read["state"], read["findings"], read["progress"]) == ("done", 3, 1) and not read["may_cancel"]
    assert read["parcels"] == {"changed": 3, "unchanged": 253, "not_observed": 0, "below_resolution": 16}
    assert [record["step"] for record in read["provenance"]][:2] == ["grid", "registration"]
    listed = office.people["diachinh"].get("/api/runs").json()
    assert [one["id"] for one in listed["items"]] == [made["id"]] and listed["next"] is None
    assert not listed["items"][0]["mine"] and "provenance" not in listed["items"][0]
    assert office.people["thanhtra"].get("/api/runs", params={"state": "failed"}).json()["items"] == []


def test_the_queue_is_woken_in_the_transaction_of_the_request_and_only_once(office: Office) -> None:
    office.ask()
    office.ask()
    rows = office.ground.conn.execute(
        "SELECT queue_name, task_name FROM public.procrastinate_jobs WHERE task_name = %s AND status = 'todo'", (TASK,)
    ).fetchall()
    assert rows == [{"queue_name": QUEUE, "task_name": TASK}]


def test_a_worker_begins_as_soon_as_a_run_is_asked_for(office: Office) -> None:
    with WorkerThread(office.ground.url, office.settings):
        until(lambda: workers_alive(office.ground.url) == 1)
        run = office.ask()["id"]
        until(lambda: office.read(run)["state"] == "done")
    assert office.read(run)["findings"] == 3


def test_orthophotos_are_read_by_the_building_network_that_is_set_up(office: Office) -> None:
    before, after = orthophotos(office.ground, frame_of(640, 512, gsd=0.5))
    wish = {"before": str(before.id), "after": str(after.id)}
    missing = office.ask(**wish)["id"]
    office.work()
    assert office.read(missing)["problem"] == "network-contract"
    network = write_network(office.settings.data_dir / NETWORK, **RUN)  # type: ignore[arg-type]
    run = office.ask(**wish)
    assert (run["method"], run["model"]) == ("learned", "buildings")
    office.work()
    read = office.read(run["id"])
    assert read["state"] == "done" and read["provenance"][0]["network"]["licence"] == RUN["licence"]
    assert "No building network" in call(office, "detect", before.code, after.code)
    assert "2 findings" in call(office, "detect", before.code, after.code, "--network", str(network))


def call(office: Office, *words: str) -> str:
    """What `geo-service imagery WORDS…` says."""
    known = {"DATABASE_URL": office.ground.url, "GEO_DATA_DIR": str(office.settings.data_dir)}
    answer = CliRunner().invoke(cli, ["imagery", *words], env=known)
    assert answer.exit_code == (1 if "Error" in answer.output else 0), answer.output
    return answer.output


def test_the_command_line_detects_lists_and_stops(office: Office) -> None:
    made = json.loads(
        call(office, "detect", office.before.code, office.after.code, "--tile", "256", "--workers", "2", "--json")
    )
    assert made["state"] == "done" and made["findings"][0]["transition"] == "to_built"
    assert "3 findings" in call(office, "detect", office.before.code, str(office.after.id))
    assert "did you mean" in call(office, "detect", office.after.code, office.before.code)
    assert "No change" in call(office, "detect", office.before.code, office.after.code, "--unit", "00008")
    assert "There is no such unit" in call(office, "detect", office.before.code, office.after.code, "--unit", "nowhere")
    waiting = office.ask()["id"]
    listed = json.loads(call(office, "runs", "--json"))
    assert [one["state"] for one in listed] == ["queued", "done", "done", "done"] and listed[0]["id"] == waiting
    assert "cancelled" in call(office, "runs", "--cancel", waiting) and "has ended" in call(
        office, "runs", "--cancel", waiting
    )
    again = office.ask()["id"]
    assert "3 findings" in call(office, "runs", "--resume", again) and "has ended" in call(
        office, "runs", "--resume", again
    )
    assert "not the id" in call(office, "runs", "--resume", "abc") and office.before.code in call(office, "runs")


def test_who_may_start_and_stop_what_where(office: Office) -> None:
    wish, in_08, in_04 = office.wish(), office.wish(unit="00008"), office.wish(unit="00004")
    problem(office.people[""].post("/api/runs", json=wish), 401, "not-signed-in")
    for login in ("diachinh", "dan"):
        problem(office.people[login].post("/api/runs", json=in_08), 403, "no-authority")
    problem(office.people["thanhtraxa"].post("/api/runs", json=wish), 403, "not-your-unit")
    problem(office.people["thanhtraxa"].post("/api/runs", json=in_04), 403, "not-your-unit")
    problem(office.people["dan"].get("/api/runs"), 403, "no-authority")
    whole = office.ask("quantri")
    own = office.ask("thanhtraxa", unit="00008")
    stop = f"/api/runs/{whole['id']}/cancel"
    assert not office.read(whole["id"], "thanhtraxa")["may_cancel"]
    problem(office.people["thanhtraxa"].post(stop), 403, "not-your-unit")
    problem(office.people["dan"].post(stop), 403, "no-authority")
    assert office.people["thanhtraxa"].post(f"/api/runs/{own['id']}/cancel").json()["state"] == "cancelled"
    assert office.people["thanhtra"].post(stop).json()["message_vi"] == "Đã dừng theo yêu cầu."
    problem(office.people["thanhtra"].post(stop), 409, "run-ended")
    problem(office.people["thanhtra"].post(f"/api/runs/{uuid4()}/cancel"), 404, "no-such-run")
    problem(office.people["thanhtra"].get(f"/api/runs/{uuid4()}"), 404, "no-such-run")


def test_an_inspector_of_a_unit_sees_the_run_but_only_findings_of_the_unit(office: Office) -> None:
    run = office.ask()["id"]
    office.work()
    assert office.read(run)["findings"] == 3 and office.read(run, "thanhtraxa")["findings"] == 0
    seen = {}
    for login in ("thanhtra", "thanhtraxa"):
        with psycopg.connect(address_of(office.ground.url, "geo_service", office.settings)) as conn:
            secret = office.people[login].cookies["geo_session"]
            conn.execute("SELECT * FROM accounts.enter(%s, true)", (secret,))
            row = conn.execute("SELECT count(*), count(DISTINCT unit) FROM imagery.observation").fetchone()
            seen[login] = row
    assert seen == {"thanhtra": (272, 2), "thanhtraxa": (16, 1)}


@pytest.mark.parametrize("login", ["geo_service", "geo_public", "geo_analyst"])
def test_no_login_of_the_service_writes_runs_by_itself(office: Office, login: Any) -> None:
    office.ask()
    for statement in (
        "UPDATE imagery.run SET state = 'done', finished_at = now()",
        "DELETE FROM imagery.run",
        "INSERT INTO imagery.observation VALUES (gen_random_uuid(), 1, '00004', 'changed', 1, 1, 1)",
    ):
        with (
            psycopg.connect(address_of(office.ground.url, login, office.settings)) as conn,
            pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)),
        ):
            conn.execute(statement)


def test_what_a_run_was_asked_and_how_it_ended_stays(office: Office) -> None:
    run = office.ask()["id"]
    conn = office.ground.conn
    for statement in (
        "UPDATE imagery.run SET unit = '00004'",
        "UPDATE imagery.run SET before_id = after_id",
        "DELETE FROM imagery.run",
        "TRUNCATE imagery.run CASCADE",
    ):
        with pytest.raises(psycopg.Error), conn.transaction():
            conn.execute(statement)
    conn.commit()
    office.people["thanhtra"].post(f"/api/runs/{run}/cancel")
    with pytest.raises(psycopg.Error), conn.transaction():
        conn.execute("UPDATE imagery.run SET state = 'running', finished_at = NULL")


def test_wishes_that_cannot_be_met_are_refused_in_words(office: Office) -> None:
    swapped = problem(
        office.people["thanhtra"].post(
            "/api/runs", json={"before": str(office.after.id), "after": str(office.before.id)}
        ),
        422,
        "dates-swapped",
    )
    assert swapped["before"] == str(office.before.id) and swapped["after"] == str(office.after.id)
    assert office.after.code in swapped["detail"] and "ảnh trước" in swapped["detail_vi"]
    for more, status, slug in (
        ({"after": str(uuid4())}, 404, "no-such-scene"),
        ({"unit": "99999"}, 422, "no-such-unit"),
        ({"method": "learned"}, 422, "model-needed"),
        ({"model": "../../etc/passwd"}, 422, "invalid-request"),
        ({"parameters": {"tile": 1022}}, 422, "invalid-request"),
        ({"later": [str(office.after.id)]}, 422, "same-scene"),
    ):
        problem(office.people["thanhtra"].post("/api/runs", json=office.wish(**more)), status, slug)
    problem(office.people["thanhtra"].get("/api/runs", params={"cursor": "abc"}), 422, "bad-cursor")
    assert office.people["thanhtra"].get("/api/runs").json()["items"] == []


def test_a_learned_run_without_its_model_is_refused(office: Office) -> None:
    run = office.ask(method="learned", model="khong-co")["id"]
    office.work()
    read = office.read(run)
    assert read["state"] == "refused" and read["problem"] == "no-model" and read["message_vi"]


def test_ten_runs_may_wait_for_one_person(office: Office) -> None:
    for _ in range(10):
        office.ask()
    problem(office.people["thanhtra"].post("/api/runs", json=office.wish()), 429, "too-many-runs")
    assert office.ask("quantri")["state"] == "queued"


def test_runs_are_listed_page_by_page(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo_service.runs.service.PAGE", 2)
    made = [office.ask()["id"] for _ in range(3)]
    first = office.people["thanhtra"].get("/api/runs").json()
    second = office.people["thanhtra"].get("/api/runs", params={"cursor": first["next"]}).json()
    assert [one["id"] for page in (first, second) for one in page["items"]] == made[::-1] and second["next"] is None


def test_a_worker_takes_up_what_a_killed_one_left_and_clears_the_rest(office: Office) -> None:
    killed, ended = office.ask()["id"], office.ask()["id"]
    asked = iter([False] * 6)
    assert perform(office.bench, UUID(killed), leave=lambda: next(asked, True)) == "left"
    office.people["thanhtra"].post(f"/api/runs/{ended}/cancel")
    left_over = office.bench.folder / ended
    left_over.mkdir()
    (left_over / "tile.npy").write_bytes(b"x")
    assert work_through(office.bench) == [(UUID(killed), "done")] and not left_over.exists()
    assert sweep(office.bench) == 0 and office.read(killed)["findings"] == 3
    assert (office.bench.folder / killed / "changed.tif").exists()


def test_a_scene_in_use_stays_until_its_run_has_ended(office: Office) -> None:
    run = office.ask()["id"]
    with connect(office.ground.url) as conn, pytest.raises(psycopg.Error) as caught:
        conn.execute("SELECT imagery.remove_scene(%s)", (office.before.id,))
    assert caught.value.sqlstate == "GI001"
    office.people["thanhtra"].post(f"/api/runs/{run}/cancel")
    with connect(office.ground.url) as conn:
        conn.execute("SELECT imagery.remove_scene(%s)", (office.before.id,))
    assert office.read(run)["before"]["removed"]


def test_later_dates_are_kept_in_their_order(office: Office) -> None:
    grid = frame_of()
    image = later(land(grid), 5)
    last = office.ground.add(image, grid, AFTER + timedelta(days=40))
    first = office.ground.add(image, grid, AFTER + timedelta(days=20))
    made = office.ask(later=[str(last.id), str(first.id)])
    assert [one["id"] for one in made["later"]] == [str(first.id), str(last.id)]
    office.work()
    rows = office.ground.conn.execute("SELECT parcel_id, persistence FROM imagery.finding").fetchall()
    assert {row["parcel_id"]: row["persistence"] for row in rows} == dict.fromkeys(
        (BUILT, DUG, FLOODED), "contradicted_later"
    )
