"""The embedded cluster survives what happens to real machines: kills, stale files, several processes, wrong folders."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from geo_service.embedded import Binaries, Cluster, ClusterError, Supervisor, running
from geo_service.embedded.binaries import choose, installed
from geo_service.embedded.config import postgresql_conf
from geo_service.embedded.process import belongs, members, owner_for
from geo_service.settings import Settings

GIB = 1024**3
numbers = count(1)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as two users")

HOLDER = """
import sys, time
from pathlib import Path
from geo_service.embedded import Cluster
with Cluster(Path(sys.argv[1])).session():
    print("holding", flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def original(reachable_tmp: Path) -> Path:
    """A data folder whose cluster has been started and stopped once; the tests work on copies."""
    root = reachable_tmp / "original"
    with Cluster(root).session() as url, psycopg.connect(url) as conn:
        conn.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    return root


@pytest.fixture
def root(original: Path, reachable_tmp: Path) -> Iterator[Path]:
    copy = reachable_tmp / f"copy{next(numbers)}"
    subprocess.run(["cp", "-a", original, copy], check=True)
    yield copy
    for pid in members(Path(os.path.realpath(copy)) / "postgres"):
        os.kill(pid, signal.SIGKILL)


def answer(url: str) -> int:
    with psycopg.connect(url) as conn:
        row = conn.execute("SELECT answer FROM kept").fetchone()
    assert row is not None
    return int(row[0])


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def postmaster(cluster: Cluster) -> int:
    pid = cluster.status().pid
    assert pid is not None
    return pid


def holder(root: Path) -> subprocess.Popen[str]:
    """Another process that uses the cluster until its standard input is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "holding\n"
    return process


def test_data_is_kept_and_the_last_user_stops_the_server(root: Path) -> None:
    cluster = Cluster(root)
    assert cluster.status().state == "stopped"
    with cluster.session() as url:
        assert answer(url) == 42
        assert cluster.status().state == "running"
        assert cluster.status().users == [os.getpid()]
        with psycopg.connect(url) as conn:
            conn.execute("UPDATE kept SET answer = 43")
    assert cluster.status().state == "stopped"
    assert members(cluster.data) == []
    with Cluster(root).session() as url:
        assert answer(url) == 43


def test_the_database_is_utf8_with_checksums_and_has_its_extensions(root: Path) -> None:
    with Cluster(root).session() as url, psycopg.connect(url) as conn:

        def one(query: str) -> object:
            row = conn.execute(query).fetchone()
            return row[0] if row else None

        assert one("SHOW server_encoding") == "UTF8"
        assert one("SELECT datcollate FROM pg_database WHERE datname = 'geo'") == "C.UTF-8"
        assert one("SHOW data_checksums") == "on"
        assert one("SHOW listen_addresses") == ""
        assert one("SHOW fsync") == "on"
        assert (
            one("SELECT count(*) FROM pg_extension WHERE extname IN ('postgis', 'btree_gist', 'pg_trgm', 'unaccent')")
            == 4
        )
        assert one("SELECT public.unaccent('Hoàn Kiếm')") == "Hoan Kiem"


def test_a_killed_postmaster_with_a_busy_orphan_is_replaced(root: Path) -> None:
    cluster = Cluster(root)
    url = cluster.hold()
    with psycopg.connect(url) as conn:
        conn.execute("UPDATE kept SET answer = 44")
    busy = subprocess.Popen(
        [cluster._binaries.path("psql"), url, "-c", "DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$"],
        stderr=subprocess.DEVNULL,
    )
    with psycopg.connect(url, autocommit=True) as conn:
        look = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'DO %' AND state = 'active'"
        until(lambda: conn.execute(look).fetchone() is not None)
        first = postmaster(cluster)
        os.kill(first, signal.SIGKILL)
    until(lambda: not belongs(first, cluster.data))
    assert members(cluster.data), "the busy backend outlives its postmaster"
    cluster.release()
    with Cluster(root).session() as again:
        assert answer(again) == 44
        assert postmaster(cluster) != first
    assert busy.wait(10) != 0


def test_a_stale_pid_file_is_no_obstacle(root: Path) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    write_pid_file(root, dead.pid)
    with Cluster(root).session() as url:
        assert answer(url) == 42


def test_a_pid_reused_by_another_program_is_no_obstacle(root: Path) -> None:
    owner = owner_for(root / "postgres")
    other = subprocess.Popen(["sleep", "100"], user=owner.uid if owner.drops else None)  # the server's own user
    write_pid_file(root, other.pid)
    try:
        assert Cluster(root).status().state == "stopped"
        with Cluster(root).session() as url:
            assert answer(url) == 42
        assert other.poll() is None, "the other program was left alone"
    finally:
        other.kill()
        other.wait()


def write_pid_file(root: Path, pid: int) -> None:
    data = root / "postgres"
    text = f"{pid}\n{data}\n1700000000\n5432\n{root}/run\n\n  1234567         0\nready   \n"
    for path in (data / "postmaster.pid", root / "run" / ".s.PGSQL.5432.lock"):
        path.write_text(text)
        os.chown(path, data.stat().st_uid, data.stat().st_gid)
        path.chmod(0o600)


def test_a_killed_user_leaves_a_server_that_the_next_one_adopts(root: Path) -> None:
    cluster = Cluster(root)
    user = holder(root)
    pid = postmaster(cluster)
    user.kill()
    user.communicate()
    assert cluster.status().state == "running"
    with cluster.session() as url:
        assert postmaster(cluster) == pid
        assert answer(url) == 42
    assert cluster.status().state == "stopped"


def test_two_processes_share_one_server(root: Path) -> None:
    cluster = Cluster(root)
    user = holder(root)
    pid = postmaster(cluster)
    with cluster.session():
        assert postmaster(cluster) == pid
        assert cluster.status().users == sorted([os.getpid(), user.pid])
        with pytest.raises(ClusterError, match="in use by process"):
            Cluster(root).stop()
    assert postmaster(cluster) == pid
    user.communicate()
    assert user.returncode == 0
    assert cluster.status().state == "stopped"


def test_processes_that_start_at_once_get_one_server(root: Path) -> None:
    users = [
        subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for user in users:
        assert user.stdout is not None
        assert user.stdout.readline() == "holding\n"
    cluster = Cluster(root)
    assert cluster.status().users == sorted(user.pid for user in users)
    for user in users:
        user.communicate()
    assert cluster.status().state == "stopped"


def test_an_initialisation_cut_short_is_redone(reachable_tmp: Path) -> None:
    root = reachable_tmp / "cut"
    starter = subprocess.Popen([sys.executable, "-c", HOLDER, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    until(lambda: any(root.glob("postgres.new-*/base")))
    starter.kill()
    starter.communicate()
    assert not (root / "postgres").exists()
    with Cluster(root).session() as url, psycopg.connect(url) as conn:
        assert conn.execute("SELECT postgis_version()").fetchone()
    assert list(root.glob("postgres.new-*")) == []


def test_files_that_are_no_cluster_are_never_deleted(reachable_tmp: Path) -> None:
    root = reachable_tmp / "foreign"
    (root / "postgres").mkdir(parents=True)
    (root / "postgres" / "thesis.txt").write_text("mine")
    if os.geteuid() == 0:
        os.chown(root / "postgres", pwd.getpwnam("postgres").pw_uid, -1)
    with pytest.raises(ClusterError, match="not a PostgreSQL cluster"):
        Cluster(root).hold()
    assert (root / "postgres" / "thesis.txt").read_text() == "mine"


def test_the_supervisor_restarts_a_server_that_dies(root: Path) -> None:
    cluster = Cluster(root)
    with cluster.session() as url, Supervisor(cluster) as supervisor:
        first = postmaster(cluster)
        os.kill(first, signal.SIGKILL)
        until(lambda: supervisor.restarts == 1)
        assert answer(url) == 42
        assert postmaster(cluster) != first
    assert cluster.status().state == "stopped"


def test_a_started_server_stays_until_it_is_stopped(root: Path) -> None:
    cluster = Cluster(root)
    cluster.start()
    with cluster.session():
        pass
    assert cluster.status().state == "running"
    assert cluster.status().pinned
    assert cluster.stop()
    assert cluster.status().state == "stopped"
    assert not cluster.stop()


def test_reset_deletes_the_data(root: Path) -> None:
    cluster = Cluster(root)
    with cluster.session(), pytest.raises(ClusterError, match="in use"):
        Cluster(root).reset()
    cluster.reset()
    assert cluster.status().state == "absent"
    assert not cluster.data.exists()


def test_a_long_path_gets_its_socket_elsewhere(original: Path, reachable_tmp: Path) -> None:
    root = reachable_tmp / ("long" * 25)
    subprocess.run(["cp", "-a", original, root], check=True)
    cluster = Cluster(root)
    with cluster.session() as url:
        assert answer(url) == 42
        assert "geo-service-" in url
    cluster._socket_dir().rmdir()  # empty again


def test_an_interrupted_block_still_lets_go(root: Path) -> None:
    cluster = Cluster(root)
    with pytest.raises(KeyboardInterrupt), cluster.session():
        raise KeyboardInterrupt
    assert cluster.status().state == "stopped"


@needs_root
def test_root_hears_which_folder_is_closed_to_the_server(reachable_tmp: Path) -> None:
    closed = reachable_tmp / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(ClusterError, match=rf"cannot enter {closed} \(mode 700\)") as caught:
        Cluster(closed / "data").hold()
    assert "không vào được" in caught.value.detail_vi


@needs_root
def test_an_ordinary_user_runs_its_own_server(reachable_tmp: Path) -> None:
    """The same code in a child process that has given root away for good."""
    subprocess.run(["useradd", "--system", "--no-create-home", "geotester"], check=False, capture_output=True)
    user = pwd.getpwnam("geotester")
    home = reachable_tmp / "user"
    home.mkdir()
    os.chown(home, user.pw_uid, user.pw_gid)
    try:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.setgroups([])
                os.setgid(user.pw_gid)
                os.setuid(user.pw_uid)
                with Cluster(home / "data").session() as url, psycopg.connect(url) as conn:
                    row = conn.execute("SELECT postgis_lib_version()").fetchone()
                    code = 0 if row else 2
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        data = home / "data" / "postgres"
        assert data.stat().st_uid == user.pw_uid
        with Cluster(home / "data").session() as url, psycopg.connect(url) as conn:  # root finds the owner by itself
            assert conn.execute("SELECT 1").fetchone() == (1,)
        assert data.stat().st_uid == user.pw_uid
    finally:
        subprocess.run(["userdel", "geotester"], check=True, capture_output=True)


def test_a_database_address_is_used_as_it_is(tmp_path: Path) -> None:
    settings = Settings(database_url="postgresql://db.example/geo", data_dir=tmp_path)
    with running(settings) as url:
        assert url == "postgresql://db.example/geo"
    assert list(tmp_path.iterdir()) == []


def fake_server(folder: Path, major: int, *, postgis: bool) -> Binaries:
    share = folder / "share"
    (share / "extension").mkdir(parents=True)
    (folder / "bin").mkdir()
    if postgis:
        (share / "extension" / "postgis.control").touch()
    program = folder / "bin" / "pg_config"
    program.write_text(f"#!/bin/sh\necho {share}\n")
    program.chmod(0o755)
    return Binaries(major, folder / "bin")


def test_the_newest_server_with_postgis_is_taken(tmp_path: Path) -> None:
    old, new = fake_server(tmp_path / "a", 15, postgis=True), fake_server(tmp_path / "b", 16, postgis=True)
    bare = fake_server(tmp_path / "c", 17, postgis=False)
    assert choose([bare, old, new]) == new
    assert choose([bare, old, new], data_major=15) == old


def test_a_missing_postgis_names_the_package(tmp_path: Path) -> None:
    with pytest.raises(
        ClusterError, match=r"PostgreSQL with PostGIS is not installed.*apt-get install postgresql-\d+-postgis-3"
    ):
        choose([])
    with pytest.raises(ClusterError, match=r"PostGIS is not installed.*postgresql-16-postgis-3") as caught:
        choose([fake_server(tmp_path / "bare", 16, postgis=False)])
    assert "Chưa cài PostGIS" in caught.value.detail_vi


def test_data_of_another_major_version_is_not_touched(root: Path, tmp_path: Path) -> None:
    newer = fake_server(tmp_path / "newer", 99, postgis=True)
    with pytest.raises(ClusterError, match=r"written by PostgreSQL \d+, but .* are: 99"):
        Cluster(root, candidates=lambda: [newer]).hold()
    with Cluster(root).session() as url:
        assert answer(url) == 42


def test_installed_servers_are_found() -> None:
    servers = installed()
    assert servers == sorted(servers, reverse=True)
    assert any(server.postgis and server.major >= 15 for server in servers)


@pytest.mark.parametrize(
    ("memory", "buffers"), [(24 * GIB, "2048MB"), (4 * GIB, "1024MB"), (GIB // 16, "32MB")], ids=["24G", "4G", "64M"]
)
def test_memory_settings_follow_the_machine(memory: int, buffers: str) -> None:
    text = postgresql_conf(socket_dir=Path("/s"), log_dir=Path("/l"), memory=memory, cores=2, durable=True)
    assert f"shared_buffers = {buffers}\n" in text
    assert "jit = off\n" in text
    assert "fsync" not in text
