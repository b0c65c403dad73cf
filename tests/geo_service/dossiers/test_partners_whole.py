"""The whole way as separate processes: slip, notice, order, page, money; partners that misbehave; the administrator's pages."""

from __future__ import annotations

import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import typer
from psycopg.rows import DictRow

from geo_service.accounts.service import add_account
from geo_service.cli.serve import _simulates as simulates
from geo_service.dossiers.money.service import raise_fees
from geo_service.dossiers.partners.reconciliation import HANOI
from geo_service.settings import Settings
from tests.geo_service.dossiers import partners_ground as ground
from tests.geo_service.dossiers.partners_ground import (
    Process,
    Simulators,
    at_tax,
    counts,
    fates,
    payments,
    read,
    taxes,
    until,
)
from tests.serving import PASSWORD, Service, free_port, serving

Conn = psycopg.Connection[DictRow]


@dataclass
class World:
    """Service, worker and partners, each a process; `admin` is signed in as administrator, `counter` as reception."""

    service: Service
    partners: Simulators
    worker: Process
    admin: httpx.Client
    counter: httpx.Client
    conn: Conn

    def step(self, dossier: dict[str, Any]) -> str:
        found = read(self.conn, dossier["id"])["step"]
        self.conn.rollback()
        return str(found)

    def taxes(self, dossier: dict[str, Any]) -> dict[str, tuple[int, str]]:
        found = payments(self.conn, dossier["id"])
        self.conn.rollback()
        return found

    def pay_page(self, dossier: dict[str, Any], code: str) -> str:
        """Where the counter sends somebody to pay a tax."""
        listed = self.counter.get(f"/api/dossiers/{dossier['id']}/payments").json()["items"]
        one = next(item for item in listed if item["code"] == code)
        answer = self.counter.post(f"/api/dossiers/{dossier['id']}/payments/{one['id']}/pay")
        assert answer.status_code == 200, answer.text
        again = self.counter.post(f"/api/dossiers/{dossier['id']}/payments/{one['id']}/pay")
        assert again.json() == answer.json()
        return str(answer.json()["address"])

    def reconciliation(self) -> dict[str, Any]:
        day = datetime.now(HANOI).date().isoformat()
        answer = self.admin.get("/api/partners/reconciliation", params={"day": day})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def person(stack: ExitStack, service: Service, login: str) -> httpx.Client:
    client = stack.enter_context(
        httpx.Client(base_url=service.url, headers={"X-Requested-With": "geo-service"}, timeout=30)
    )
    assert client.post("/api/session", json={"login": login, "password": PASSWORD}).status_code == 200
    return client


@pytest.fixture
def world(conn: Conn, database_url: str, tmp_path: Path) -> Iterator[World]:
    folder, port = tmp_path / "data", free_port()
    ground.land(conn)
    for login, role in (("quantri", "administrator"), ("tiepnhan", "reception"), ("diachinh", "land_officer")):
        add_account(conn, login, PASSWORD, name=login, roles=[role], demo=True)
    conn.commit()
    with ExitStack() as stack:
        partners = stack.enter_context(ground.simulators(folder, service=f"http://127.0.0.1:{port}"))
        book = partners.book()
        service = stack.enter_context(serving(database_url, folder, port=port, partners=book))
        worker = stack.enter_context(ground.worker(database_url, folder, book))
        admin, counter = (person(stack, service, login) for login in ("quantri", "tiepnhan"))
        yield World(service, partners, worker, admin, counter, conn)


def pay(address: str, label: str = "Thanh toán / Pay") -> str:
    """Press the button on the partner's page; the page afterwards."""
    page = until(lambda: (text := httpx.get(address).text) and label in text and text)
    assert "MÔ PHỎNG" in page and "SIMULATED" in page
    return httpx.post(address).text


def test_from_the_slip_to_the_money(world: World) -> None:
    dossier = at_tax(world.conn)
    raise_fees(world.conn, dossier["id"])
    world.conn.commit()
    until(lambda: world.step(dossier) == "paying")
    assert world.taxes(dossier) == {"le_phi_truoc_ba": (10_000_000, "due"), "thue_tncn": (40_000_000, "due")}
    listed = world.counter.get(f"/api/dossiers/{dossier['id']}/payments").json()
    assert listed["open_total"] >= 50_000_000
    for fee in (item for item in listed["items"] if item["kind"] == "fee" and item["status"] == "due"):
        path = f"/api/dossiers/{dossier['id']}/payments/{fee['id']}/counter"
        assert world.counter.post(path, json={"receipt": "BL-7"}).json()["status"] == "paid"
        assert world.counter.post(path, json={"receipt": "BL-8"}).status_code == 409
    for code in ("le_phi_truoc_ba", "thue_tncn"):
        assert "Đã thanh toán" in pay(world.pay_page(dossier, code))
    until(lambda: world.step(dossier) == "deciding")
    assert {status for _, status in world.taxes(dossier).values()} == {"paid"}
    until(lambda: counts(world.conn).keys() <= {(p, "sent") for p in ("tax", "payment", "portal", "notification")})
    until(lambda: {state for state, _ in fates(world.service.database)} == {"done"})
    health = {one["code"]: one for one in world.admin.get("/api/partners").json()["items"]}
    assert all(one["configured"] and one["waiting"] == one["dead"] == one["inbox_dead"] == 0 for one in health.values())
    assert health["tax"]["sent_last_hour"] == 1 and health["payment"]["sent_last_hour"] == 2
    page = world.reconciliation()
    assert page["differences"] == page["attention"] == page["unanswered"] == []
    tax = next(one for one in page["partners"] if one["partner"] == "tax")
    assert (tax["reachable"], tax["complete"], tax["sent"], tax["they_got"], tax["heard"], tax["they_sent"]) == (
        True,
        True,
        1,
        1,
        1,
        1,
    )


@pytest.mark.parametrize("mode", ["twice", "late"])
def test_a_notice_twice_or_late_counts_once(world: World, mode: str) -> None:
    world.partners.misbehave("tax", mode, seconds=2)
    dossier = at_tax(world.conn)
    until(lambda: world.step(dossier) == "paying")
    until(lambda: world.partners.state()["tax"]["due"] == 0)
    until(lambda: {state for state, _ in fates(world.service.database)} == {"done"})
    assert len(world.taxes(dossier)) == 2
    notices = world.conn.execute("SELECT count(*) AS n FROM dossier.event WHERE kind = 'tax_notice'").fetchone()
    assert notices == {"n": 1}
    words = [word for _, word in fates(world.service.database) if word]
    assert words == (["again"] if mode == "twice" else [])


def test_money_that_is_said_twice_or_wrongly_is_booked_once(world: World) -> None:
    dossier = at_tax(world.conn)
    until(lambda: world.step(dossier) == "paying")
    world.partners.misbehave("payment", "twice", times=1)
    first = world.pay_page(dossier, "thue_tncn")
    world.partners.misbehave("payment", "well")
    until(lambda: "Thanh toán / Pay" in httpx.get(first).text)
    world.partners.misbehave("payment", "twice", times=1)
    pay(first)
    until(lambda: world.taxes(dossier)["thue_tncn"] == (40_000_000, "paid"))
    second = world.pay_page(dossier, "le_phi_truoc_ba")
    until(lambda: "Thanh toán / Pay" in httpx.get(second).text)
    world.partners.misbehave("payment", "wrong_amount", times=1)
    pay(second)
    until(lambda: ("dead", "other-amount") in fates(world.service.database))
    assert world.taxes(dossier)["le_phi_truoc_ba"] == (10_000_000, "pending")
    assert world.step(dossier) == "paying"
    page = world.reconciliation()
    (told,) = page["attention"]
    assert told["error"]["slug"] == "other-amount" and told["dossier"] == dossier["code"]
    assert "Số tiền" in told["error"]["text_vi"] and told["body"]["amount"] == 9_000_000
    assert [(one["kind"], one["late"]) for one in page["unanswered"]] == [("order", False)]
    assert (
        world.admin.post(f"/api/partners/messages/{told['id']}/drop", json={"note": "đã báo đối tác"}).status_code
        == 204
    )
    assert world.admin.post(f"/api/partners/messages/{told['id']}/drop", json={"note": "lần nữa"}).status_code == 409
    assert world.admin.post("/api/partners/messages/in-999999/retry").status_code == 404
    assert world.admin.post(f"/api/partners/messages/{told['id']}/drop", json={}).status_code == 422
    assert world.reconciliation()["attention"] == []
    dropped = world.admin.get("/api/partners/messages", params={"direction": "in", "state": "dropped"}).json()["items"]
    assert [one["id"] for one in dropped] == [told["id"]]


def test_a_notice_that_is_wrongly_signed_is_turned_away_and_one_that_never_comes_is_listed(world: World) -> None:
    world.partners.misbehave("tax", "wrongly_signed", times=1)
    forged = at_tax(world.conn)
    until(lambda: world.partners.state().get("tax", {}).get("refused"))
    world.partners.misbehave("tax", "never", times=1)
    silent = at_tax(world.conn, parcel=2)
    until(lambda: world.partners.state()["tax"]["taken"] == 2)
    until(lambda: counts(world.conn).get(("tax", "sent")) == 2)
    assert (world.step(forged), world.step(silent)) == ("tax", "tax")
    health = next(one for one in world.admin.get("/api/partners").json()["items"] if one["code"] == "tax")
    assert health["turned_away"] == {"wrong-signature": 1}
    page = world.reconciliation()
    assert {(one["dossier"], one["kind"]) for one in page["unanswered"]} == {
        (forged["code"], "slip"),
        (silent["code"], "slip"),
    }
    (gone,) = page["differences"]
    assert (gone["partner"], gone["direction"], gone["why"]["slug"]) == ("tax", "in", "not-arrived")
    world.conn.execute("UPDATE dossier.outbox SET done_at = done_at - interval '20 days' WHERE kind = 'slip'")
    world.conn.execute("UPDATE dossier.dossier SET step_since = step_since - interval '20 days'")
    world.conn.commit()
    late = world.reconciliation()["unanswered"]
    assert [(one["late"], one["why"]["slug"]) for one in late] == [(True, "late-answer")] * 2
    text = ground.token(world.partners.signer("tax"), "notice", silent["code"], taxes(thue_tncn=1))
    door = f"{world.service.url}/api/partners/tax/messages"
    assert httpx.post(door, content=text, headers={"Content-Type": "application/jose"}).status_code == 202
    until(lambda: world.step(silent) == "paying")


def test_partners_that_lost_or_invented_messages_are_found_out(world: World) -> None:
    dossier = at_tax(world.conn)
    until(lambda: world.step(dossier) == "paying")
    until(lambda: not any(state == "waiting" for _, state in counts(world.conn)))
    row = world.conn.execute("SELECT key FROM dossier.outbox WHERE kind = 'slip'").fetchone()
    assert row is not None
    world.conn.execute("UPDATE dossier.outbox SET key = gen_random_uuid() WHERE kind = 'slip'")
    world.conn.commit()
    found = {(one["why"]["slug"], one["message"] == str(row["key"])) for one in world.reconciliation()["differences"]}
    assert found == {("not-there", False), ("not-here", True)}
    world.partners.kill()
    unreachable = world.reconciliation()
    assert [one["reachable"] for one in unreachable["partners"]] == [False] * 4
    assert unreachable["differences"] == [], "a partner that shows no log has not lost anything by that"


def test_killing_all_of_it_in_the_middle_leaves_every_dossier_where_it_belongs(world: World) -> None:
    made = [at_tax(world.conn, parcel=1 + k) for k in range(12)]
    for number in range(3):
        goal = 3 * (number + 1)
        until(lambda goal=goal: sum(world.step(one) == "paying" for one in made) >= goal)
        world.worker.kill()
        if number == 1:
            world.service.kill()
            world.service.start_again()
        if number == 2:
            world.partners.kill()
            world.partners.start()
            world.partners.wait()
        world.worker.start()
    until(lambda: all(world.step(one) == "paying" for one in made), 60)
    until(lambda: not any(state == "waiting" for _, state in counts(world.conn)), 60)
    until(lambda: world.partners.state()["tax"]["due"] == 0)
    until(lambda: not any(state == "waiting" for state, _ in fates(world.service.database)))
    assert {state for state, _ in fates(world.service.database)} == {"done"}
    events = world.conn.execute(
        "SELECT dossier_id, count(*) AS n FROM dossier.event WHERE kind = 'tax_notice' GROUP BY 1"
    ).fetchall()
    assert [row["n"] for row in events] == [1] * 12
    assert world.partners.state()["tax"]["taken"] == 12
    assert world.reconciliation()["differences"] == []


def test_only_administrators_see_the_partners_and_only_the_counter_takes_money(world: World) -> None:
    dossier = at_tax(world.conn)
    until(lambda: world.step(dossier) == "paying")
    one = world.counter.get(f"/api/dossiers/{dossier['id']}/payments").json()["items"][0]["id"]
    with ExitStack() as stack:
        officer = person(stack, world.service, "diachinh")
        nobody = stack.enter_context(
            httpx.Client(base_url=world.service.url, headers={"X-Requested-With": "geo-service"})
        )
        for path in ("", "/messages", "/reconciliation?day=2026-01-01"):
            assert officer.get(f"/api/partners{path}").status_code == 403
            assert nobody.get(f"/api/partners{path}").status_code == 401
        assert officer.post("/api/partners/messages/out-1/retry").status_code == 403
        assert officer.post(f"/api/dossiers/{dossier['id']}/payments/{one}/pay").status_code == 404
        assert (
            officer.post(f"/api/dossiers/{dossier['id']}/payments/{one}/counter", json={"receipt": "x"}).status_code
            == 403
        )
        assert nobody.get(f"/api/dossiers/{dossier['id']}/payments").status_code == 401
        assert world.admin.get(f"/api/dossiers/{dossier['id']}/payments").status_code == 404
        tax = world.counter.post(f"/api/dossiers/{dossier['id']}/payments/{one}/counter", json={"receipt": "x"})
        assert tax.status_code == 422 and tax.json()["type"].endswith("tax-not-at-counter")


def test_the_list_of_messages_is_read_in_pages(world: World) -> None:
    made = [at_tax(world.conn, parcel=1 + k) for k in range(3)]
    until(lambda: all(world.step(one) == "paying" for one in made))
    until(lambda: not any(state == "waiting" for _, state in counts(world.conn)))
    seen, before = [], None
    while True:
        page = world.admin.get(
            "/api/partners/messages", params={"limit": 4} | ({"before": before} if before else {})
        ).json()
        seen += [int(one["id"].removeprefix("out-")) for one in page["items"]]
        if (before := page["before"]) is None:
            break
    assert seen == sorted(seen, reverse=True) and len(seen) == len(set(seen)) == sum(counts(world.conn).values())
    one = world.admin.get("/api/partners/messages", params={"partner": "tax", "state": "sent"}).json()["items"][0]
    assert one["kind"] == "slip" and one["dossier"] and one["answer"]["status"] == 202


# ---- the command line --------------------------------------------------------------------------------------------------


def test_up_starts_the_simulated_partners_and_takes_them_along_when_it_ends(database_url: str, tmp_path: Path) -> None:
    port = free_port()
    made = Process(
        [sys.executable, "-m", "geo_service", "up", "--no-sample", "--port", str(port), "--simulate-partners"],
        ground.environment(database_url, tmp_path / "data"),
        tmp_path / "up.log",
    )
    made.start()
    try:
        until(lambda: "Ctrl-C" in made.log.read_text(), 60, made.log.read_text())
        assert made.process is not None
        children = simulators_of(tmp_path)
        assert len(children) == 1
        conn = psycopg.connect(database_url, autocommit=True)
        conn.execute("SELECT dossier.tell('portal', 'status', NULL, '{}')")
        until(lambda: conn.execute("SELECT 1 FROM dossier.inbox WHERE state = 'dead' OR state = 'done'").fetchone())
        conn.close()
        made.kill()
        until(lambda: not simulators_of(tmp_path), 15, "the simulators outlive who started them")
    finally:
        made.stop()


def simulators_of(folder: Path) -> list[str]:
    """Processes of simulators that keep their books below a folder."""
    found = subprocess.run(["ps", "-wweo", "args"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in found if "partners-simulate" in line and str(folder) in line]


def test_partners_are_simulated_beside_the_embedded_database_while_none_is_configured(tmp_path: Path) -> None:
    sample, own = Settings(data_dir=tmp_path), Settings(data_dir=tmp_path, database_url="postgresql://x/y")
    real = sample.model_copy(update={"partners": "{}"})
    assert [simulates(one, None, True) for one in (sample, own, real)] == [True, False, False]
    assert [simulates(one, True, True) for one in (sample, own, real)] == [True, True, False]
    assert not simulates(sample, None, False) and not simulates(sample, False, True)
    with pytest.raises(typer.Exit):
        simulates(sample.model_copy(update={"env": "production"}), True, True)


def test_partners_are_never_simulated_in_production(tmp_path: Path) -> None:
    env = ground.environment(
        "postgresql://nowhere/x",
        tmp_path,
        env="production",
        secret_key=secrets.token_hex(32),
        personal_key=secrets.token_hex(32),
    )
    said = subprocess.run(
        [sys.executable, "-m", "geo_service", "partners-simulate"], env=env, capture_output=True, text=True, check=False
    )
    assert said.returncode == 1 and "production" in said.stderr
    key = subprocess.run(
        [sys.executable, "-m", "geo_service", "partners-key"], env=env | {"GEO_PARTNER_KEY": "01" * 32}, capture_output=True, text=True, check=True
    )  # fmt: skip
    assert re.search(r'"x": "[A-Za-z0-9_-]{43}"', key.stdout)
