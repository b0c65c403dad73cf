"""Sending to partners: at once, in order, each with one effect, whoever fails, hangs or is killed."""

from __future__ import annotations

import functools
import json
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
import uvicorn
from psycopg.rows import DictRow
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from geo_service.dossiers.partners.signing import read as read_token
from geo_service.dossiers.partners.signing import verify
from geo_service.dossiers.partners.worker import work
from geo_service.jobs import WorkerThread
from geo_service.personal.vault import Vault
from geo_service.settings import Settings
from tests.geo_service.dossiers import partners_ground as ground
from tests.geo_service.dossiers.partners_ground import Simulators, counts, until, worker
from tests.serving import free_port

Conn = psycopg.Connection[DictRow]
NUMBERS = count(1)  # of messages, as they are written
NOWHERE = "http://127.0.0.1:9"  # the service does not run here; what partners say is not looked at


@pytest.fixture
def partners(tmp_path: Path) -> Iterator[Simulators]:
    with ground.simulators(tmp_path / "data", service=NOWHERE) as made:
        yield made


@contextmanager
def working(url: str, folder: Path, book: str) -> Iterator[None]:
    """The worker in this process."""
    settings = Settings(database_url=url, data_dir=folder, partners=book)
    with WorkerThread(url, settings, functools.partial(work, url, settings)):
        yield


def tell(conn: Conn, partner: str, dossier: UUID | None = None, times: int = 1) -> None:
    for _ in range(times):
        body = json.dumps({"number": next(NUMBERS)})
        conn.execute("SELECT dossier.tell(%s, 'status', %s, %s)", (partner, dossier, body))
    conn.commit()


def dossiers(conn: Conn, number: int) -> list[UUID]:
    """So many dossiers of whose opening nobody is told."""
    ground.land(conn)
    conn.execute("SET LOCAL geo.untold = 'on'")
    made = [ground.opened(conn, parcel=1 + k)["id"] for k in range(number)]
    conn.commit()
    return made


def waiting(conn: Conn, partner: str) -> int:
    return counts(conn).get((partner, "waiting"), 0)


def tries(conn: Conn, partner: str) -> int:
    row = conn.execute("SELECT sum(tries) AS n FROM dossier.outbox WHERE partner = %s", (partner,)).fetchone()
    conn.rollback()
    assert row is not None
    return int(row["n"])


def came(partners: Simulators, partner: str) -> list[tuple[str, int, int]]:
    """What a partner took, in its order: dossier, number in the message, how often it came."""
    with sqlite3.connect(partners.folder / "partners.sqlite") as db:
        rows = db.execute(
            "SELECT dossier, data, times FROM message WHERE partner = ? AND direction = 'in' ORDER BY number",
            (partner,),
        ).fetchall()
    return [(dossier, json.loads(data)["number"], times) for dossier, data, times in rows]


def in_order(partners: Simulators, partner: str) -> bool:
    by_dossier = defaultdict(list)
    for dossier, number, _ in came(partners, partner):
        by_dossier[dossier].append(number)
    return all(numbers == sorted(numbers) for numbers in by_dossier.values())


def test_history_written_afterwards_and_what_is_rolled_back_is_told_to_nobody(conn: Conn) -> None:
    made = dossiers(conn, 1)
    conn.execute("SELECT dossier.tell('tax', 'slip', %s, '{}')", (made[0],))
    conn.rollback()
    assert counts(conn) == {}


def test_a_message_leaves_as_soon_as_it_is_committed(
    conn: Conn, database_url: str, partners: Simulators, tmp_path: Path
) -> None:
    with working(database_url, tmp_path / "data", partners.book()):
        tell(conn, "portal")
        until(lambda: counts(conn).get(("portal", "sent")) == 1)
        slowest = 0.0
        for _ in range(5):
            conn.execute("SELECT dossier.tell('portal', 'status', NULL, '{\"number\": 0}')")
            conn.commit()
            began = time.monotonic()
            until(lambda: waiting(conn, "portal") == 0)
            slowest = max(slowest, time.monotonic() - began)
    assert slowest < 2, "nobody waits for the clock"
    row = conn.execute("SELECT answer, tries, error FROM dossier.outbox LIMIT 1").fetchone()
    assert row is not None
    assert (row["answer"]["status"], row["tries"], row["error"]) == (202, 1, None)


def test_messages_of_a_dossier_come_in_order_and_once_though_the_partner_stumbles(
    conn: Conn, database_url: str, partners: Simulators, tmp_path: Path
) -> None:
    made = dossiers(conn, 6)
    partners.misbehave("portal", "forget", times=4)
    for _ in range(3):
        for one in made:
            tell(conn, "portal", one, times=3)
    with working(database_url, tmp_path / "data", partners.book()):
        until(lambda: waiting(conn, "portal") == 0)
    arrived = came(partners, "portal")
    assert len(arrived) == 54
    assert sum(times for *_, times in arrived) >= 58, "four were taken and yet answered with an error"
    assert in_order(partners, "portal")


def test_one_partner_that_hangs_slows_no_other_and_gets_all_of_it_once_later(
    conn: Conn, database_url: str, partners: Simulators, tmp_path: Path
) -> None:
    made = dossiers(conn, 10)
    partners.misbehave("tax", "hang", seconds=30)
    for one in made:
        tell(conn, "tax", one, times=3)
    with working(database_url, tmp_path / "data", partners.book()):
        until(
            lambda: conn.execute("SELECT open_until FROM dossier.partner WHERE code = 'tax'").fetchone()["open_until"]
        )  # type: ignore[index]
        conn.rollback()
        began = time.monotonic()
        for one in made:
            tell(conn, "portal", one, times=5)
        until(lambda: waiting(conn, "portal") == 0)
        assert time.monotonic() - began < 10
        assert waiting(conn, "tax") == 30
        time.sleep(1.5)  # what was on its way when the breaker opened has failed too
        before = tries(conn, "tax")
        time.sleep(3)
        assert tries(conn, "tax") - before <= 4, "with the breaker open one message at a time tries"
        partners.misbehave("tax", "well")
        until(lambda: waiting(conn, "tax") == 0)
    assert len(came(partners, "tax")) == 30
    assert in_order(partners, "tax")
    health = conn.execute("SELECT * FROM dossier.partners_health() WHERE code = 'tax'").fetchone()
    assert health is not None
    assert (health["breaker"], health["failures"], health["dead"]) == ("closed", 0, 0)


def test_a_message_the_partner_refuses_is_dead_and_holds_back_only_its_own_dossier(
    conn: Conn, database_url: str, partners: Simulators, tmp_path: Path
) -> None:
    first, second = dossiers(conn, 2)
    partners.misbehave("tax", "refuse", times=1)
    tell(conn, "tax", first, times=3)
    with working(database_url, tmp_path / "data", partners.book()):
        until(lambda: counts(conn).get(("tax", "dead")) == 1)
        tell(conn, "tax", second, times=2)
        until(lambda: counts(conn).get(("tax", "sent")) == 2)
        time.sleep(0.5)
        assert counts(conn) == {("tax", "dead"): 1, ("tax", "sent"): 2, ("tax", "waiting"): 2}
        dead = conn.execute("SELECT id, error FROM dossier.outbox WHERE state = 'dead'").fetchone()
        assert dead is not None and dead["error"].startswith("partner-refused: 422")
        conn.execute("SELECT dossier.retry_message('out', %s)", (dead["id"],))
        conn.commit()
        until(lambda: counts(conn) == {("tax", "sent"): 5})
        partners.misbehave("tax", "refuse", times=1)
        tell(conn, "tax", first, times=2)
        until(lambda: counts(conn).get(("tax", "dead")) == 1)
        conn.execute("SELECT dossier.drop_message('out', id, 'không cần nữa') FROM dossier.outbox WHERE state = 'dead'")
        conn.commit()
        until(lambda: counts(conn) == {("tax", "sent"): 6, ("tax", "dead"): 1})
    assert in_order(partners, "tax")
    said = conn.execute(
        "SELECT kind, subject, detail FROM audit.entry WHERE kind LIKE 'partner.%' ORDER BY id"
    ).fetchall()
    assert [row["kind"] for row in said] == ["partner.retried", "partner.dropped"]
    assert said[1]["detail"] == {"note": "không cần nữa"}
    assert conn.execute("SELECT dossier.drop_message('out', 1, 'lần nữa') AS done").fetchone() == {"done": False}


def test_a_message_is_dead_after_its_last_try_and_alive_when_a_person_says_so(
    conn: Conn, database_url: str, partners: Simulators, tmp_path: Path
) -> None:
    partners.misbehave("portal", "fail")
    tell(conn, "portal")
    with working(database_url, tmp_path / "data", partners.book(tries=3)):
        until(lambda: counts(conn) == {("portal", "dead"): 1})
        row = conn.execute("SELECT id, tries, error FROM dossier.outbox").fetchone()
        assert row is not None and row["tries"] == 3 and row["error"].startswith("partner-silent: answered: 500")
        partners.misbehave("portal", "well")
        conn.execute("SELECT dossier.retry_message('out', %s)", (row["id"],))
        conn.commit()
        until(lambda: counts(conn) == {("portal", "sent"): 1})


def test_a_partner_that_does_not_know_our_key_is_asked_again_and_nothing_is_lost(
    conn: Conn, database_url: str, partners: Simulators, tmp_path: Path
) -> None:
    tell(conn, "portal", times=3)
    with working(database_url, tmp_path / "other", partners.book()):
        until(lambda: (conn.execute("SELECT max(tries) AS n FROM dossier.outbox").fetchone() or {})["n"] >= 2)
        conn.rollback()
        assert counts(conn) == {("portal", "waiting"): 3}
    with working(database_url, tmp_path / "data", partners.book()):
        until(lambda: counts(conn) == {("portal", "sent"): 3})


def test_a_clean_stop_gives_back_what_was_on_its_way(
    conn: Conn, database_url: str, partners: Simulators, tmp_path: Path
) -> None:
    partners.misbehave("portal", "hang", seconds=30)
    tell(conn, "portal", times=3)
    with working(database_url, tmp_path / "data", partners.book(timeout_s=30)):
        until(
            lambda: (
                (
                    conn.execute("SELECT count(*) AS n FROM dossier.outbox WHERE next_at > now() + '10 s'").fetchone()
                    or {}
                )["n"]
                == 3
            )
        )
        conn.rollback()
        began = time.monotonic()
    assert time.monotonic() - began < 10
    row = conn.execute(
        "SELECT count(*) AS n FROM dossier.outbox WHERE state = 'waiting' AND next_at <= now() AND tries = 0"
    ).fetchone()
    assert row == {"n": 3}


def test_a_lost_database_is_waited_for(conn: Conn, database_url: str, partners: Simulators, tmp_path: Path) -> None:
    with working(database_url, tmp_path / "data", partners.book()):
        tell(conn, "portal")
        until(lambda: counts(conn) == {("portal", "sent"): 1})
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        conn.commit()
        tell(conn, "portal", times=5)
        until(lambda: counts(conn) == {("portal", "sent"): 6})
    assert len(came(partners, "portal")) == 6


def test_killing_the_worker_and_the_partners_at_any_moment_loses_and_doubles_nothing(
    conn: Conn, database_url: str, partners: Simulators, tmp_path: Path
) -> None:
    made = dossiers(conn, 20)
    partners.misbehave("tax", "forget", times=20)
    for one in made:
        tell(conn, "portal", one, times=10)
        tell(conn, "tax", one, times=10)
    total, book = 200, partners.book(at_once=4, opens_after=1_000)
    with worker(database_url, tmp_path / "data", book) as process:
        for round_ in range(4):
            goal = min(total - 20, (round_ + 1) * 35)
            until(lambda goal=goal: counts(conn).get(("portal", "sent"), 0) >= goal)
            process.kill()
            if round_ % 2:
                partners.kill()
                partners.start()
                partners.wait()
            process.start()
        until(lambda: waiting(conn, "portal") + waiting(conn, "tax") == 0, 60)
        assert process.stop() in (0, -15, 143)
    assert counts(conn) == {("portal", "sent"): total, ("tax", "sent"): total}
    for partner in ("portal", "tax"):
        arrived = came(partners, partner)
        assert len(arrived) == total
        assert len({(dossier, number) for dossier, number, _ in arrived}) == total
        assert in_order(partners, partner)
    assert sum(times for *_, times in came(partners, "tax")) >= total + 20


# ---- what goes along ---------------------------------------------------------------------------------------------------


@dataclass
class Recorder:
    """A partner that writes down what it is sent."""

    address: str
    heard: dict[str, list[str]]


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    heard: dict[str, list[str]] = defaultdict(list)

    async def hear(request: Request) -> Response:
        heard[request.path_params["partner"]].append((await request.body()).decode("ascii"))
        return Response(status_code=202)

    app = Starlette(routes=[Route("/{partner}/messages", hear, methods=["POST"])])
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started)
    yield Recorder(f"http://127.0.0.1:{port}", heard)
    server.should_exit = True
    thread.join()


def test_personal_values_go_along_only_to_who_needs_them_and_are_kept_nowhere(
    conn: Conn, database_url: str, recorder: Recorder, tmp_path: Path
) -> None:
    (made,) = dossiers(conn, 1)
    settings = Settings(database_url=database_url, data_dir=tmp_path)
    vault = Vault(settings.personal_secret())
    sealed = [
        vault.seal(v, f"dossier.{n}:{made}")
        for n, v in (("name", "Lê Thị Giả"), ("identity", "001099000001"), ("phone", "0912345678"))
    ]
    conn.execute(
        "INSERT INTO dossier.applicant (dossier_id, name_sealed, identity_sealed, phone_sealed) VALUES (%s, %s, %s, %s)",
        (made, *sealed),
    )
    for partner, kind in (
        ("tax", "slip"),
        ("notification", "message"),
        ("portal", "status"),
        ("payment", "order"),
        ("tax", "receipt"),
    ):
        conn.execute("SELECT dossier.tell(%s, %s, %s, '{\"a\": 1}')", (partner, kind, made))
    conn.commit()
    signer = settings.partner_signer()
    book = {
        p: {"address": f"{recorder.address}/{p}", "keys": [signer.public]}
        for p in ("tax", "payment", "portal", "notification")
    }
    with working(database_url, tmp_path, json.dumps(book)):
        until(lambda: set(counts(conn)) == {(p, "sent") for p in book})
    said = {
        (partner, claims.kind): claims.data for partner in book for claims in map(read_token, recorder.heard[partner])
    }
    assert said == {
        ("tax", "slip"): {"a": 1, "person": {"name": "Lê Thị Giả", "identity": "001099000001"}},
        ("notification", "message"): {"a": 1, "person": {"phone": "0912345678"}},
        ("portal", "status"): {"a": 1},
        ("payment", "order"): {"a": 1},
        ("tax", "receipt"): {"a": 1},
    }
    code = ground.read(conn, made)["code"]
    for text in recorder.heard["tax"]:
        assert verify(text, [signer.public], issuer="geo-service", audience="tax").dossier == code
    kept = conn.execute("SELECT string_agg(o::text, '') AS text FROM dossier.outbox o").fetchone()
    assert kept is not None and "0912345678" not in kept["text"] and "001099000001" not in kept["text"]
