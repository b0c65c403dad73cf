"""The counter in real browsers: with the keyboard alone, and nothing of one entry is left for another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from layers.db import connect
from tests.conftest import Databases
from tests.e2e.conftest import OpenPage
from tests.e2e.desks import (
    DESKTOP,
    Office,
    an_office,
    picture,
    scan,
)
from tests.e2e.officer import until_js


@pytest.fixture(scope="module")
def office(databases: Databases, reachable_tmp: Path) -> Iterator[Office]:
    with an_office(databases, reachable_tmp / "counter") as made:
        yield made


def test_another_number_at_the_counter_is_another_person(office: Office, open_page: OpenPage) -> None:
    name, number = office.holder(next(office.plots))
    page = open_page(office.url, **DESKTOP)
    office.come(page, "reception")
    page.get_by_test_id("counter-button").click()
    written, found = page.get_by_test_id("counter-name"), page.get_by_test_id("counter-person-found")
    identity = page.get_by_test_id("counter-identity")
    identity.fill(number)
    identity.press("Enter")
    expect(written).to_have_value(name)
    expect(found).to_contain_text(name)
    identity.press("End")
    identity.press("Backspace")
    expect(written).to_have_value("")
    expect(found).to_have_count(0)
    identity.fill("001099999999")
    identity.press("Enter")
    expect(page.get_by_test_id("counter-entry")).to_contain_text("Chưa có trong sổ")
    expect(written).to_have_value("")

    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/parties/search", hold, times=1)
    identity.fill(number)
    identity.press("Enter")
    while not held:
        page.wait_for_timeout(20)
    identity.fill("001099999999")
    written.fill("Người Thứ Hai")
    held[0].continue_()
    page.wait_for_timeout(500)
    expect(written).to_have_value("Người Thứ Hai")
    expect(found).to_have_count(0)

    identity.fill(number)
    identity.press("Enter")
    expect(found).to_contain_text(name)
    page.get_by_test_id("counter-clear").click()
    expect(written).to_have_value("")
    expect(found).to_have_count(0)


def opened_by_reception(office: Office) -> list[str]:
    """Dossiers, the last one at the end."""
    with connect(office.service.database) as conn:
        rows = conn.execute(
            "SELECT dossier_id FROM dossier.event WHERE kind = 'open' AND actor = (SELECT id FROM accounts.account WHERE login = 'reception')"
            " ORDER BY id"
        ).fetchall()
    return [str(row["dossier_id"]) for row in rows]


def test_papers_at_the_counter_are_those_of_the_procedure_that_is_chosen(office: Office, open_page: OpenPage) -> None:
    before, plot = len(opened_by_reception(office)), next(office.plots)
    name, number = office.holder(plot)
    page = open_page(office.url, **DESKTOP)
    office.come(page, "reception")
    page.get_by_test_id("counter-button").click()
    page.get_by_test_id("counter-identity").fill(number)
    page.get_by_test_id("counter-identity").press("Enter")
    expect(page.get_by_test_id("counter-name")).to_have_value(name)
    page.get_by_test_id("counter-phone").fill("0987654321")
    page.get_by_test_id("counter-parcel").fill(plot.code)
    page.get_by_test_id("counter-parcel").press("Enter")
    expect(page.get_by_test_id("counter-parcels").locator("li")).to_have_count(1)

    def procedure(words: str) -> None:
        page.get_by_test_id("counter-procedure").fill(words)
        page.get_by_test_id("counter-procedure").press("Enter")

    procedure("tach thua")
    page.get_by_test_id("counter-field-act").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_test_id("counter-field-pieces").fill("2")
    expect(page.get_by_test_id("counter-paper-gcn")).to_contain_text("Hệ thống đã có")
    page.get_by_test_id("file-input-ban_ve").set_input_files(scan("bản vẽ.png"))
    expect(page.get_by_test_id("counter-paper-ban_ve")).to_contain_text("bản vẽ.png")
    procedure("1.013831")  # of which nothing more is written yet
    expect(page.get_by_test_id("counter-paper-hop_dong")).to_be_visible()
    expect(page.get_by_test_id("counter-paper-ban_ve")).to_have_count(0)
    page.get_by_test_id("counter-field-price").fill("2000000000")
    page.get_by_test_id("counter-field-relation").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_test_id("file-input-hop_dong").set_input_files(scan("hợp đồng.png"))
    page.get_by_test_id("file-input-don").set_input_files(scan("đơn.png"))  # while the first is still looked into
    expect(page.get_by_test_id("counter-paper-don")).to_contain_text("đơn.png")
    expect(page.get_by_test_id("counter-paper-hop_dong")).to_contain_text("hợp đồng.png")
    page.keyboard.press("Control+Enter")  # what is there is handed in, the plan is not; other papers are missing
    expect(page.get_by_test_id("counter-stuck").get_by_test_id("missing-papers")).to_be_visible()
    with office.client("reception") as client:
        [mine] = opened_by_reception(office)[before:]
        kept = client.get(f"/api/dossiers/{mine}/documents").json()["items"]
    assert sorted(one["type"] for one in kept if one["origin"] != "issued") == ["don", "hop_dong"]


def test_the_counter_receives_with_the_keyboard_alone(office: Office, open_page: OpenPage) -> None:
    before, plot = len(opened_by_reception(office)), next(office.plots)
    name, number = office.holder(plot)
    page = open_page(office.url, **DESKTOP)
    office.come(page, "reception")
    page.get_by_test_id("counter-button").click()
    page.get_by_test_id("counter-entry").wait_for()
    keys = page.keyboard

    def to(test_id: str) -> None:
        expect(page.get_by_test_id(test_id)).to_be_focused()

    keys.press("Control+Enter")  # what is missing is said next to it
    to("counter-name")
    expect(page.get_by_text("Cần điền.").first).to_be_visible()
    keys.press("F2")
    to("counter-identity")
    keys.type(number)
    keys.press("Enter")
    to("counter-name")
    expect(page.get_by_test_id("counter-name")).to_have_value(name)
    expect(page.get_by_test_id("counter-person-found")).not_to_contain_text(number)
    keys.press("Enter")
    to("counter-phone")
    keys.type("0987654321")
    keys.press("F4")
    to("counter-parcel")
    keys.type(plot.code)
    keys.press("Enter")  # at once, as a scanner does
    expect(page.get_by_test_id("counter-parcels").locator("li")).to_have_count(1)
    expect(page.get_by_test_id("counter-parcels")).to_contain_text(plot.code)
    keys.press("F8")
    to("counter-procedure")
    keys.type("tach thua")
    expect(page.get_by_test_id("counter-procedure-option").first).to_contain_text("Tách thửa hoặc hợp thửa đất")
    keys.press("Enter")
    expect(page.get_by_test_id("counter-limit")).to_contain_text("12 ngày làm việc")
    keys.press("Enter")
    to("counter-field-act")
    keys.press("ArrowDown")
    keys.press("Enter")
    to("counter-field-pieces")
    keys.type("hai")
    keys.press("Control+Enter")
    to("counter-field-pieces")
    expect(page.get_by_text("Nhập một số lớn hơn 0.")).to_be_visible()
    keys.press("Control+a")
    keys.type("2")
    expect(page.get_by_test_id("counter-field-pieces")).to_have_value("2")

    page.reload()  # what was written survives, for this tab and this officer
    until_js(page, "window.__geo && window.__geo.map.loaded()")
    expect(page.get_by_test_id("counter-name")).to_have_value(name)
    expect(page.get_by_test_id("counter-field-pieces")).to_have_value("2")
    assert name not in page.evaluate("JSON.stringify(localStorage)")

    expect(page.get_by_test_id("counter-paper-gcn")).to_contain_text("Hệ thống đã có")
    keys.press("F9")
    picture(page, "counter-entry")
    keys.press("Control+Enter")  # a paper is still missing: the dossier is open, nothing is lost
    stuck = page.get_by_test_id("counter-stuck")
    expect(stuck.get_by_test_id("missing-papers")).to_be_visible()
    picture(page, "counter-missing")
    page.get_by_test_id("file-input-don").set_input_files(scan("đơn.png"))
    page.get_by_test_id("counter-receipt").fill("BL-0002")
    keys.press("Control+Enter")
    received = page.get_by_test_id("counter-received")
    received.wait_for()
    expect(page.get_by_test_id("counter-print")).to_be_focused()
    picture(page, "counter-received")
    code = received.get_attribute("data-code")
    receipt = page.request.get(office.url + str(page.get_by_test_id("counter-print").get_attribute("href")))
    assert receipt.headers["content-type"] == "application/pdf" and receipt.body()[:5] == b"%PDF-"
    with office.client("reception") as client:
        dossier = client.get(f"/api/dossiers/{received.get_attribute('data-dossier')}").json()
    assert (dossier["code"], dossier["status"]["code"], dossier["channel"]) == (code, 2, 1)
    assert all(fee["status"] == "paid" for fee in dossier["payments"] if fee["amount"] and fee["kind"] == "fee")
    assert len(opened_by_reception(office)[before:]) == 1, "two tries opened one dossier"
    keys.press("Alt+n")
    to("counter-identity")
    expect(page.get_by_test_id("counter-name")).to_have_value("")
