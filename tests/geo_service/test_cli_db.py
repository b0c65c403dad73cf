"""The command line as a person or a script meets it: output, exit codes, one sentence for an error, no traceback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from geo_service.embedded import Cluster

PROGRAM = [sys.executable, "-c", "from geo_service.cli import app; app()"]
Answer = subprocess.CompletedProcess[str]


def run(*arguments: str, stdin: str = "", **environment: str | Path) -> Answer:
    """`geo-service …` in a process of its own."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("GEO_", "DATABASE_"))}
    variables |= {name: str(value) for name, value in environment.items()}
    return subprocess.run(
        [*PROGRAM, *arguments], input=stdin, capture_output=True, text=True, env=variables, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def home(reachable_tmp: Path) -> Iterator[Path]:
    """A data folder for the embedded cluster of these tests; started by the first of them."""
    folder = reachable_tmp / "cli"
    yield folder
    Cluster(folder).stop()


@pytest.fixture(scope="module")
def started(home: Path) -> Path:
    answer = run("db", "start", GEO_DATA_DIR=home)
    assert answer.returncode == 0, answer.stderr
    assert "Running" in answer.stdout
    return home


def one_sentence(answer: Answer, code: int, *words: str) -> None:
    assert answer.returncode == code, answer.stderr
    assert "Traceback" not in answer.stderr
    assert answer.stderr.startswith("Error: ")
    assert "\nLỗi: " in answer.stderr
    for word in words:
        assert word in answer.stderr


def test_help_is_quick_and_names_every_command() -> None:
    started_at = time.monotonic()
    answer = run("--help")
    assert answer.returncode == 0
    for command in ("up", "worker", "db", "units", "import", "sample", "audit", "user", "bench", "openapi"):
        assert f" {command} " in answer.stdout
    assert time.monotonic() - started_at < 10
    heavy = "import sys, geo_service.cli; print({'numpy', 'psycopg', 'fastapi', 'shapely'}.intersection(sys.modules))"
    assert subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True).stdout == "set()\n"


def test_status_before_anything_is_there(reachable_tmp: Path) -> None:
    answer = run("db", "status", "--json", GEO_DATA_DIR=reachable_tmp / "nothing")
    assert answer.returncode == 1
    assert json.loads(answer.stdout)["state"] == "absent"
    assert not (reachable_tmp / "nothing").exists()
    assert run("db", "stop", GEO_DATA_DIR=reachable_tmp / "nothing").returncode == 0


def test_a_started_database_is_migrated_and_stays(started: Path) -> None:
    status = run("db", "status", "--json", GEO_DATA_DIR=started)
    assert status.returncode == 0
    facts = json.loads(status.stdout)
    assert facts["state"] == "running"
    assert facts["pinned"]
    with psycopg.connect(facts["url"]) as conn:
        assert conn.execute("SELECT srid FROM fabric.deployment").fetchone() == (5897,)
        assert conn.execute("SELECT count(*) FROM register.unit").fetchone() == (126,)


def test_psql_passes_arguments_and_exit_codes_on(started: Path) -> None:
    answer = run("db", "psql", "--", "-tAc", "SELECT 40 + 2", GEO_DATA_DIR=started)
    assert (answer.returncode, answer.stdout) == (0, "42\n")
    assert run("db", "psql", "-v", "ON_ERROR_STOP=1", GEO_DATA_DIR=started, stdin="SELECT 1/0;").returncode == 3
    assert run("db", "psql", GEO_DATA_DIR=started, stdin="SELECT 'từ stdin';").stdout.count("từ stdin") == 1


def test_units_are_added_once(started: Path) -> None:
    assert run("units", "add", "99001", "Xã Thử", GEO_DATA_DIR=started).returncode == 0
    one_sentence(run("units", "add", "99001", "Xã Thử", GEO_DATA_DIR=started), 1, "already is a unit 99001")
    one_sentence(run("units", "add", "no code!", "X", GEO_DATA_DIR=started), 1, "not a unit code")
    listed = json.loads(run("units", "list", "--json", GEO_DATA_DIR=started).stdout)
    assert {"code": "99001", "name": "Xã Thử", "name_en": "", "type": "", "lon": None, "lat": None} in listed
    assert run("units", "add", "99002", "X", "--lon", "105", GEO_DATA_DIR=started).returncode == 2


def test_people_are_managed(started: Path) -> None:
    added = run("user", "add", "canbo", "--name", "Cán bộ", "--role", "surveyor", "--unit", "00004", "--password-stdin",
                stdin="thửa đất nhà tôi 35\n", GEO_DATA_DIR=started)  # fmt: skip
    assert added.returncode == 0, added.stderr
    people = json.loads(run("user", "list", "--json", GEO_DATA_DIR=started).stdout)
    held = [[(a["role"], a["unit"]) for a in who["assignments"]] for who in people]
    assert (people[0]["login"], held, people[0]["disabled"]) == ("canbo", [[("surveyor", "00004")]], False)
    given = run("user", "give", "CanBo", "approver", "--until", "2099-12-31", GEO_DATA_DIR=started)
    assert given.returncode == 0, given.stderr
    assert "approver@*" in run("user", "list", "canbo", GEO_DATA_DIR=started).stdout
    one_sentence(run("user", "give", "canbo", "king", GEO_DATA_DIR=started), 1, "no role king")
    assert run("user", "end", "canbo", given.stdout.split()[0], GEO_DATA_DIR=started).returncode == 0
    assert "approver" not in run("user", "list", "canbo", GEO_DATA_DIR=started).stdout
    assert "accounts.manage" in run("user", "roles", GEO_DATA_DIR=started).stdout
    assert run("user", "four-eyes", "false", GEO_DATA_DIR=started).returncode == 0
    chain = run("audit", "--log", GEO_DATA_DIR=started)
    assert (chain.returncode, "whole" in chain.stdout) == (0, True), chain.stderr
    assert "password_hash" not in people[0]
    weak = run("user", "password", "canbo", "--password-stdin", stdin="12345\n", GEO_DATA_DIR=started)
    one_sentence(weak, 1, "too weak", "quá yếu")
    assert run("user", "disable", "canbo", GEO_DATA_DIR=started).returncode == 0
    assert "disabled" in run("user", "list", GEO_DATA_DIR=started).stdout
    one_sentence(run("user", "disable", "ai-do", GEO_DATA_DIR=started), 1, "no account 'ai-do'")
    one_sentence(run("user", "add", "x1", "--name", "X", GEO_DATA_DIR=started), 2, "--password-stdin")


def test_an_empty_fabric_is_clean(started: Path) -> None:
    answer = run("audit", "--json", GEO_DATA_DIR=started)
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert {name: found[name] for name in ("seq", "faces", "open_segments", "overlaps", "gaps")} == dict.fromkeys(
        ("seq", "faces", "open_segments", "overlaps", "gaps"), 0
    )
    one_sentence(run("audit", "--at", "99", GEO_DATA_DIR=started), 1, "no seq 99")


def test_a_small_sample_is_loaded_once_and_clean(database_url: str) -> None:
    answer = run("sample", "--units", "1", "--faces", "300", "--json", DATABASE_URL=database_url)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["faces"] > 50
    assert run("audit", DATABASE_URL=database_url).returncode == 0
    one_sentence(run("sample", DATABASE_URL=database_url), 1, "empty fabric only")
    one_sentence(
        run("import", "/nonexistent.gpkg", "--unit", "00004", DATABASE_URL=database_url), 1, "nonexistent.gpkg"
    )


@pytest.mark.parametrize("command", [("db", "start"), ("db", "stop"), ("db", "reset"), ("db", "status")])
def test_a_foreign_server_is_not_operated(command: tuple[str, ...]) -> None:
    one_sentence(run(*command, DATABASE_URL="postgresql://db.example/geo"), 2, "DATABASE_URL is set")


def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    answer = run("audit", DATABASE_URL=f"postgresql://geo@/geo?host={tmp_path}")
    one_sentence(answer, 1, "the database does not answer")


def test_a_wrong_setting_is_one_sentence() -> None:
    one_sentence(run("db", "status", GEO_PORT="eighty"), 2, "GEO_PORT")
    one_sentence(run("up", GEO_ENV="production"), 2, "GEO_SECRET_KEY must be set in production")


def test_reset_empties_the_database(reachable_tmp: Path) -> None:
    home = reachable_tmp / "reset"
    assert run("units", "add", "99001", "Xã Thử", GEO_DATA_DIR=home).returncode == 0
    production = {
        "GEO_ENV": "production",
        "GEO_SECRET_KEY": "8f3b1c7d9e2a4f60b5c8d1e7a3f92b46",
        "GEO_PERSONAL_KEY": "c4" * 32,
    }
    one_sentence(run("db", "reset", GEO_DATA_DIR=home, **production), 2, "db reset --yes")
    assert "99001" in run("units", "list", GEO_DATA_DIR=home).stdout
    assert run("db", "reset", GEO_DATA_DIR=home).returncode == 0
    assert "99001" not in run("units", "list", GEO_DATA_DIR=home).stdout
    assert Cluster(home).status().state == "stopped"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[str]) -> dict[str, object]:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, "the service ended by itself"
        try:
            answer = httpx.get(f"http://127.0.0.1:{port}/health", timeout=5, trust_env=False)
        except httpx.HTTPError:
            time.sleep(0.1)
            continue
        if answer.status_code == 200:
            facts: dict[str, object] = answer.json()
            return facts
    raise AssertionError("the service did not come up")


def up(home: Path, port: int) -> subprocess.Popen[str]:
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("GEO_", "DATABASE_"))}
    variables |= {"GEO_DATA_DIR": str(home), "GEO_PORT": str(port), "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [*PROGRAM, "up", "--no-sample"], env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_the_service_starts_signs_in_and_stops_cleanly(reachable_tmp: Path, number: signal.Signals) -> None:
    home, port = reachable_tmp / f"up-{number.name}", free_port()
    service = up(home, port)
    try:
        facts = wait_for(port, service)
        assert facts["status"] == "ok"
        assert facts["environment"] == "development"
        taken = run("up", GEO_DATA_DIR=home, GEO_PORT=str(port))
        one_sentence(taken, 1, f"cannot listen on 127.0.0.1 port {port}")
        assert run("health", GEO_PORT=str(port)).returncode == 0
        passwords = json.loads((home / "demo-accounts.json").read_text())
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            signed_in = client.post(
                "/api/session",
                json={"login": "officer", "password": passwords["officer"]},
                headers={"X-Requested-With": "geo-service"},
            )
            assert signed_in.status_code == 200
            assert client.get("/api/session").json()["user"]["capabilities"]["edit.propose"] == ["*"]
    finally:
        service.send_signal(number)
        output, errors = service.communicate(timeout=60)
    assert service.returncode == 0, errors
    assert f"http://localhost:{port}" in output
    assert passwords["officer"] in output
    assert "Traceback" not in errors
    assert Cluster(home).status().state == "stopped"


def test_a_killed_service_is_followed_by_the_next_one(reachable_tmp: Path) -> None:
    home, port = reachable_tmp / "killed", free_port()
    first = up(home, port)
    wait_for(port, first)
    pid = Cluster(home).status().pid
    first.kill()
    first.communicate()
    assert Cluster(home).status().pid == pid, "the database lives on"
    second = up(home, port)
    try:
        wait_for(port, second)
        assert Cluster(home).status().pid == pid, "and was adopted"
    finally:
        second.send_signal(signal.SIGINT)
        second.communicate(timeout=60)
    assert Cluster(home).status().state == "stopped"
    shutil.rmtree(home)
