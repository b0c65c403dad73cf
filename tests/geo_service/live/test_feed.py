"""The feed: gapless, in commit order, resumable; nothing lost, doubled or out of order, whatever is killed."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from pathlib import Path

import httpx
import pytest

from geo_service.embedded import Cluster, Supervisor
from geo_service.migrations import migrate
from layers.crs import FabricCrs
from layers.db import connect
from layers.errors import Problem
from layers.fabric import intents, ledger
from layers.fabric.audit import audit
from layers.fabric.load import load_faces
from tests.layers.fabric.fabrics import grid_batch
from tests.serving import serving


class Listener(threading.Thread):
    """An open map: reads /live, reconnects with Last-Event-ID as browsers do, hangs up by itself now and then."""

    def __init__(self, url: str, seed: int | None = None, query: str = "") -> None:
        super().__init__(daemon=True)
        self.url, self.query = url, query
        self.rng = random.Random(seed) if seed is not None else None
        self.seqs: list[int] = []
        self.events: list[dict] = []
        self.resyncs = 0
        self.connections = 0
        self.over = threading.Event()
        self.ready = threading.Event()

    def run(self) -> None:
        while not self.over.is_set():
            try:
                self._listen()
            except httpx.TransportError:
                time.sleep(0.05)

    def _listen(self) -> None:
        headers = {"Last-Event-ID": str(self.seqs[-1])} if self.seqs else {}
        with httpx.stream(
            "GET", f"{self.url}/live{self.query}", headers=headers, timeout=httpx.Timeout(5, read=2)
        ) as answer:
            if answer.status_code != 200:
                time.sleep(0.05)
                return
            self.connections += 1
            hang_up = self.rng.randint(5, 60) if self.rng else None
            name, seq = "", 0
            for line in answer.iter_lines():
                if self.over.is_set():
                    return
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("id: "):
                    seq = int(line[4:])
                elif line.startswith("data: "):
                    self._take(name, seq, json.loads(line[6:]))
                elif not line and hang_up is not None:
                    hang_up -= 1
                    if hang_up == 0:
                        return

    def _take(self, name: str, seq: int, data: dict) -> None:
        if name == "hello":
            if not self.seqs:
                self.seqs.append(data["seq"])
            self.ready.set()
        elif name == "change":
            self.seqs.append(seq)
            self.events.append(data)
        elif name == "resync":
            self.resyncs += 1
            self.seqs.append(seq)

    def reached(self, seq: int, seconds: float = 60) -> bool:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.seqs and self.seqs[-1] >= seq:
                return True
            time.sleep(0.02)
        return False

    def stop(self) -> None:
        self.over.set()
        self.join(10)

    def check(self, first: int, last: int) -> None:
        assert self.resyncs == 0
        assert self.seqs == list(range(first, last + 1)), "lost, doubled or out of order"


def change_my_mind() -> None:
    raise RuntimeError("changed my mind")


def renumber_some(url: str, seed: int, count: int, acknowledged: list[int], parcels: range) -> None:
    """A writer: random sleeps, rollbacks; notes the seq of every acknowledged commit."""
    rng = random.Random(seed)
    crs = FabricCrs(5897)
    done = 0
    while done < count:
        try:
            with connect(url, autocommit=True) as conn:
                while done < count:
                    item = {
                        "type": "renumber",
                        "parcel": rng.choice(parcels),
                        "sheet": "1",
                        "number": str(rng.randint(1, 10**6)),
                    }
                    roll_back = rng.random() < 0.1
                    try:
                        with conn.transaction():
                            made = ledger.commit(
                                conn, crs, intents.parse([item]), reason="thử", author=None, base_seq=ledger.head(conn)
                            )
                            time.sleep(rng.random() * 0.004)
                            if roll_back:
                                change_my_mind()
                    except RuntimeError:
                        continue
                    except Problem:
                        continue
                    acknowledged.append(made.seq)
                    done += 1
        except Exception as error:  # the database was killed: try again, as the service's pool does
            if done < count and "psycopg" not in type(error).__module__:
                raise
            time.sleep(0.1)


@pytest.fixture
def land(database_url: str) -> str:
    with connect(database_url) as conn:
        load_faces(conn, grid_batch(10, 10), reason="lưới")
    return database_url


def test_concurrent_writers_and_restless_listeners(land: str, tmp_path: Path) -> None:
    with serving(land, tmp_path / "d") as service:
        listeners = [Listener(service.url, seed) for seed in (1, 2, 3)] + [Listener(service.url)]
        for listener in listeners:
            listener.start()
        assert all(listener.ready.wait(20) for listener in listeners)
        notes: list[list[int]] = [[] for _ in range(4)]
        writers = [
            threading.Thread(target=renumber_some, args=(land, n, 60, notes[n], range(1 + 25 * n, 26 + 25 * n)))
            for n in range(4)
        ]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(120)
        written = sorted(seq for note in notes for seq in note)
        assert written == list(range(2, 242)), "seq is gapless although every tenth transaction rolled back"
        assert all(listener.reached(241) for listener in listeners)
        for listener in listeners:
            listener.stop()
            listener.check(1, 241)
        assert all(listener.connections > 1 for listener in listeners[:3])
        paged, after = [], 0
        while True:
            page = service.client.get("/api/changes", params={"after": after, "limit": 37}).json()
            paged += [item["seq"] for item in page["items"]]
            if not page["items"]:
                break
            after = paged[-1]
        assert paged == list(range(1, 242))


def test_only_the_cells_of_the_viewport(land: str, tmp_path: Path) -> None:
    with serving(land, tmp_path / "d") as service:
        cell = service.client.get("/api/changes").json()["items"][0]["cells"][0]
        here, elsewhere = Listener(service.url, query=f"?cells={cell}"), Listener(service.url, query="?cells=12/1/1")
        here.start(), elsewhere.start()
        assert here.ready.wait(20) and elsewhere.ready.wait(20)
        note: list[int] = []
        renumber_some(land, 1, 5, note, range(1, 3))
        assert here.reached(note[-1])
        time.sleep(0.3)
        here.stop(), elsewhere.stop()
        assert len(here.events) == 5 and not elsewhere.events
        assert here.events[0]["features"]["features"][0]["properties"]["id"] in (1, 2)


def test_kill_the_service_while_commits_go_on(land: str, tmp_path: Path) -> None:
    with serving(land, tmp_path / "d") as service:
        listener = Listener(service.url)
        listener.start()
        assert listener.ready.wait(20)
        notes: list[list[int]] = [[], []]
        writers = [
            threading.Thread(target=renumber_some, args=(land, n, 150, notes[n], range(1 + 50 * n, 51 + 50 * n)))
            for n in range(2)
        ]
        for writer in writers:
            writer.start()
        for _ in range(2):
            time.sleep(0.5)
            service.kill()
            time.sleep(0.3)
            service.start_again()
        for writer in writers:
            writer.join(120)
        assert listener.reached(301)
        listener.stop()
        listener.check(1, 301)
        assert listener.connections >= 3
        with connect(land) as conn:
            assert audit(conn).clean


@pytest.mark.timeout(300)
def test_kill_postgresql_while_commits_go_on(reachable_tmp: Path) -> None:
    """The service runs on its own durable cluster; the postmaster is killed twice in the middle of commits."""
    folder = reachable_tmp / "kill-pg"
    cluster = Cluster(folder)
    with cluster.session() as url, Supervisor(cluster):
        migrate(url, 5897)
        with connect(url) as conn:
            load_faces(conn, grid_batch(10, 10), reason="lưới")
        with serving(url, folder / "d") as service:
            listener = Listener(service.url)
            listener.start()
            assert listener.ready.wait(20)
            notes: list[list[int]] = [[], []]
            writers = [
                threading.Thread(target=renumber_some, args=(url, n, 150, notes[n], range(1 + 50 * n, 51 + 50 * n)))
                for n in range(2)
            ]
            for writer in writers:
                writer.start()
            for _ in range(2):
                time.sleep(0.6)
                os.kill(int((folder / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
                time.sleep(3)
            for writer in writers:
                writer.join(150)
                assert not writer.is_alive()
            with connect(url) as conn:
                head = ledger.head(conn)
                there = {row["seq"] for row in conn.execute("SELECT seq FROM change_set WHERE seq IS NOT NULL")}
                found = audit(conn)
            acknowledged = {seq for note in notes for seq in note}
            assert acknowledged <= there, "every acknowledged commit is there"
            assert len(acknowledged) == sum(map(len, notes)) == 300
            assert found.clean and found.seq == head
            assert listener.reached(head, 90)
            listener.stop()
            listener.check(1, head)
