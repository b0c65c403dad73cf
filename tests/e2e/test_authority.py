"""Who may do what, in real browsers: second factor, the real identity provider, roles, four eyes, masked numbers and who looked at them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from geo_service.accounts.service import add_account
from geo_service.personal.vault import Vault
from geo_service.tiles.snapshots import refresh
from layers.db import connect
from layers.sample.service import load_sample
from tests.conftest import Databases
from tests.e2e.conftest import OpenPage
from tests.e2e.officer import Staffed, address, draw_split, ids_at, parcel, sign_in, until_js
from tests.geo_service.accounts.people import code_of
from tests.oidc_provider import running as oidc
from tests.serving import PASSWORD, free_port, serving

PICTURES = Path(__file__).parents[2] / "build" / "pictures"


@dataclass
class Town(Staffed):
    """A sample city with four eyes on, holders of rights, demonstration accounts, and a real identity provider."""

    vault: Vault
    provider: oidc.Provider
    holder: dict[str, object]


@pytest.fixture(scope="module")
def town(databases: Databases, reachable_tmp: Path) -> Iterator[Town]:
    url, folder, port = databases.create(), reachable_tmp / "town", free_port()
    with connect(url) as conn:
        load_sample(conn, units=2, faces=2_500, seed=4)
        add_account(conn, "dodac", PASSWORD, name="Vũ Đo Đạc", roles=["surveyor"])
        add_account(conn, "moi", PASSWORD, name="Bùi Mới Đến", demo=True)
        add_account(conn, "ngoai", PASSWORD, name="Hồ Ngoài Xã", roles=["land_officer"], units=["00004"], demo=True)
    refresh(url, folder)
    with serving(url, folder, port=port):
        pass  # makes the keys, the demonstration accounts and the sample rights
    vault = Vault(bytes.fromhex((folder / "personal.key").read_text()))
    with connect(url) as conn:
        holder = conn.execute(
            """
            SELECT t.id, t.name, p.identity_sealed, l.parcel_id, f.code FROM rights.party t JOIN rights.personal p ON p.party_id = t.id
            JOIN rights.rrr r ON r.party_id = t.id AND r.class = 'right' JOIN rights.ba_unit_parcel l ON l.ba_unit = r.ba_unit
            JOIN fabric.parcel f ON f.id = l.parcel_id
            WHERE t.kind = 'person' AND t.id NOT IN (SELECT party_id FROM accounts.account WHERE party_id IS NOT NULL)
              AND NOT EXISTS (SELECT 1 FROM rights.block b WHERE b.parcel_id = l.parcel_id) ORDER BY t.id LIMIT 1
            """
        ).fetchone()
    assert holder is not None
    number = vault.open(holder["identity_sealed"], f"identity:{holder['id']}")
    back = f"http://127.0.0.1:{port}/api/oidc/callback"
    person = oidc.User(
        "citizen-1", acr=oidc.STRONG, claims={"name": holder["name"], "citizen_id": number, "citizen_id_verified": True}
    )
    with oidc.running(clients=[oidc.client(back)], users={"chuho": person}) as provider:  # noqa: SIM117
        with serving(url, folder, port=port, **oidc.settings_for(provider.issuer, back)) as service:
            passwords = json.loads((folder / "demo-accounts.json").read_text())
            yield Town(service, passwords, vault, provider, holder | {"number": number})
    databases.drop(url)


def picture(page: Page, name: str) -> None:
    """Kept for looking at, and for docs/pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(400)
    page.screenshot(path=PICTURES / f"{name}.png")


def test_signing_in_with_a_second_factor(town: Town, open_page: OpenPage) -> None:
    page = open_page(town.url)
    sign_in(page, "dodac")
    secret = page.get_by_test_id("enrol-secret").inner_text().replace(" ", "").replace("\n", "")
    picture(page, "enrol")
    page.get_by_test_id("enrol-code").fill("000000")
    page.get_by_test_id("enrol-confirm").click()
    expect(page.get_by_role("dialog")).to_contain_text("không đúng")
    page.get_by_test_id("enrol-code").fill(code_of(secret))
    page.get_by_test_id("enrol-confirm").click()
    codes = re.findall(r"[a-z2-7]{4}(?:-[a-z2-7]{4})+", page.get_by_test_id("recovery-codes").inner_text())
    assert len(codes) == 10
    page.get_by_test_id("recovery-kept").check()
    page.get_by_test_id("recovery-done").click()
    page.get_by_test_id("account").click()
    page.get_by_test_id("sign-out").click()

    page.get_by_test_id("sign-in").click()
    page.get_by_test_id("login").fill("dodac")
    page.get_by_test_id("password").fill(PASSWORD)
    page.get_by_test_id("login-submit").click()
    page.get_by_test_id("sign-in-code").fill(code_of(secret, ahead=1))
    picture(page, "second-factor")
    page.get_by_test_id("login-submit").click()
    page.get_by_test_id("account").wait_for()
    session = page.request.get(f"{town.url}/api/session").json()["user"]
    assert (session["login"], session["level"], session["needs"]) == ("dodac", 2, None)


def test_an_administrator_gives_a_role(town: Town, open_page: OpenPage) -> None:
    newcomer = open_page(town.url)
    sign_in(newcomer, "moi")
    assert newcomer.request.get(f"{town.url}/api/session").json()["user"]["capabilities"] == {}
    page = open_page(town.url, 1440, 900)
    town.come(page, "admin")
    page.get_by_test_id("account").click()
    page.get_by_test_id("open-admin").click()
    page.get_by_test_id("admin-search").fill("bui moi den")
    page.get_by_test_id("admin-person-moi").click()
    page.get_by_test_id("assign-role").select_option("surveyor")
    page.get_by_test_id("assign-unit").select_option("00008")
    page.get_by_test_id("assign-until").fill("2030-12-31")
    page.get_by_test_id("assign-note").fill("Quyết định số 15/QĐ-UBND")
    page.get_by_test_id("assign-save").click()
    given = page.get_by_test_id("assignment-surveyor")
    expect(given).to_contain_text("31/12/2030")
    picture(page, "administration")
    held = newcomer.request.get(f"{town.url}/api/session").json()["user"]
    assert held["capabilities"]["edit.propose"] == ["00008"], "it is in force at the next request"
    with connect(town.service.database) as conn:
        row = conn.execute(
            "SELECT upper(valid)::text AS over FROM accounts.assignment a JOIN accounts.account p ON p.id = a.account_id"
            " WHERE p.login = 'moi'"
        ).fetchone()
    assert row == {"over": "2031-01-01"}, "the last day is a whole day"


def test_one_proposes_another_decides_and_the_map_changes(town: Town, open_page: OpenPage) -> None:
    place = parcel(town.service.database, 21)
    inside = (place["lon"], place["lat"])
    officer, citizen = open_page(address(town.url, place)), open_page(address(town.url, place, select=False))
    town.come(officer, "officer")
    draw_split(officer, place)
    officer.get_by_test_id("preview").click()
    officer.get_by_test_id("preview-panel").wait_for()
    officer.get_by_test_id("reason").fill("Tách thửa theo đơn của chủ sử dụng")
    officer.get_by_test_id("submit-draft").click()
    officer.get_by_test_id("submitted").wait_for()
    draft = officer.get_by_test_id("submitted").get_attribute("data-draft")

    approver = open_page(town.url, 1440, 900)
    town.come(approver, "approver")
    approver.get_by_test_id("account").click()
    approver.get_by_test_id("open-approvals").click()
    approver.get_by_test_id(f"approval-{draft}").click()
    expect(approver.get_by_test_id("review")).to_contain_text("Tách thửa theo đơn")
    approver.wait_for_timeout(1_500)
    picture(approver, "approval")
    before = citizen.evaluate("__geo.lastSeq")
    approver.get_by_test_id("approve-draft").click()
    until_js(citizen, "n => __geo.lastPaintedSeq > n", before)
    with connect(town.service.database) as conn:
        new = {row["child"] for row in conn.execute("SELECT child FROM lineage WHERE parent = %s", (place["id"],))}
        change = conn.execute("SELECT author, approver FROM fabric.change_set ORDER BY seq DESC LIMIT 1").fetchone()
    assert len(new) == 2 and set(ids_at(citizen, *inside)) & new
    assert change == {"author": "officer", "approver": "approver"}


def test_an_officer_of_another_unit_is_refused(town: Town, open_page: OpenPage) -> None:
    place = parcel(town.service.database, 13)
    page = open_page(address(town.url, place))
    sign_in(page, "ngoai")
    draw_split(page, place)
    page.get_by_test_id("preview").click()
    expect(page.get_by_role("alert", name="Không có quyền")).to_contain_text("không có thẩm quyền tại đơn vị")
    picture(page, "not-your-unit")
    with connect(town.service.database) as conn:
        row = conn.execute("SELECT count(*) AS n FROM parcel_version WHERE parcel_id = %s", (place["id"],)).fetchone()
    assert row == {"n": 1}


def test_an_officer_reveals_a_number_and_the_person_sees_who_looked(town: Town, open_page: OpenPage) -> None:
    """The person signs in through the real OpenID Connect provider."""
    page = open_page(f"{town.url}/#parcel={town.holder['code']}", 1440, 900)
    expect(page.get_by_test_id("panel")).to_be_visible()
    expect(page.get_by_test_id("tab-rights")).to_have_count(0)
    town.come(page, "officer")
    page.get_by_test_id("tab-rights").click()
    rights = page.get_by_test_id("rights")
    expect(rights).to_contain_text(str(town.holder["name"]))
    number = str(town.holder["number"])
    assert number not in page.content()
    page.get_by_test_id("reveal-identity_number").first.click()
    page.get_by_test_id("reveal-purpose").select_option(index=1)
    page.get_by_test_id("reveal-note").fill("Đối chiếu hồ sơ tách thửa")
    page.get_by_test_id("reveal-confirm").click()
    expect(page.get_by_test_id("revealed-value")).to_contain_text(number)
    picture(page, "revealed")

    person = open_page(town.url)
    person.get_by_test_id("sign-in").click()
    person.get_by_test_id("oidc-sign-in").click()
    person.locator("input[name=login]").fill("chuho")
    person.locator("input[name=password]").fill(town.provider.users["chuho"].password)
    person.locator("[type=submit]").first.click()
    person.wait_for_url(re.compile(re.escape(town.url)))
    person.get_by_test_id("account").wait_for()
    user = person.request.get(f"{town.url}/api/session").json()["user"]
    assert user["person"] and user["level"] == 2
    person.get_by_test_id("account").click()
    person.get_by_test_id("open-account").click()
    person.get_by_test_id("tab-accesses").click()
    seen = person.get_by_test_id("accesses-list")
    expect(seen).to_contain_text("Đối chiếu hồ sơ tách thửa")
    expect(seen).to_contain_text("Cán bộ địa chính")
    expect(seen).not_to_contain_text("officer")
    picture(person, "who-looked")
    person.get_by_test_id("tab-my-data").click()
    expect(person.get_by_test_id("own-data")).to_contain_text(number)


def test_the_log_can_be_searched(town: Town, open_page: OpenPage) -> None:
    page = open_page(town.url, 1440, 900)
    town.come(page, "leader")
    page.get_by_test_id("account").click()
    page.get_by_test_id("open-audit").click()
    expect(page.get_by_test_id("audit-state")).to_contain_text("nguyên vẹn")
    expect(page.get_by_test_id("audit-list")).to_contain_text("leader")
    picture(page, "audit")
    page.get_by_test_id("audit-actor").fill("admin")
    expect(page.get_by_test_id("audit-list")).not_to_contain_text("leader")
