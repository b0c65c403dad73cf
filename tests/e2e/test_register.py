"""A sale in a real browser: the registrar decides the dossier by entering who holds the land now, and the register says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from layers.db import connect
from tests.conftest import Databases
from tests.e2e.conftest import OpenPage
from tests.e2e.desks import DESKTOP, PHONE, Office, Plot, an_office, at_dossier, picture

TRANSFER = "1.013831"
BUYER = "Trần Thị Mua"


@pytest.fixture(scope="module")
def office(databases: Databases, reachable_tmp: Path) -> Iterator[Office]:
    with an_office(databases, reachable_tmp / "office") as made:
        yield made


def proposed(office: Office, plot: Plot) -> dict[str, Any]:
    """A transfer that waits for the registrar."""
    dossier = office.file(plot, TRANSFER)
    office.pay(dossier["id"])
    office.act("reception", dossier["id"], "accept")
    office.act("officer", dossier["id"], "begin", "propose")
    return dossier


def test_a_sale_is_decided_by_entering_the_new_holder(office: Office, open_page: OpenPage) -> None:
    plot = next(office.plots)
    dossier = proposed(office, plot)
    seller, _ = office.holder(plot)
    page = open_page(office.url, **DESKTOP)
    office.come(page, "registrar")
    at_dossier(page, office, dossier)
    page.get_by_test_id("act-approve").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_test_id("holder").first).to_be_visible()
    expect(dialog.get_by_test_id("holder-sum")).to_contain_text("Tổng tỷ lệ: 1")
    confirm = page.get_by_test_id("act-confirm")

    # the seller gives up, nobody follows yet: nothing to confirm but an empty register; with half a buyer the sum says why not
    for ends in dialog.get_by_test_id("holder-ends").all():
        ends.click()
    dialog.get_by_test_id("holder-add").click()
    dialog.get_by_test_id("holder-name").fill(BUYER)
    dialog.get_by_test_id("holder-share").fill("1/2")
    expect(dialog.get_by_test_id("holder-sum")).to_contain_text("Tổng tỷ lệ: 1/2")
    expect(confirm).to_be_disabled()
    dialog.get_by_test_id("holder-share").fill("1")
    dialog.get_by_test_id("holder-number").fill("0011850")
    dialog.get_by_test_id("register-source").fill("Hợp đồng chuyển nhượng số 12/2026")
    confirm.click()
    expect(
        dialog.get_by_role("alert")
    ).to_be_visible()  # the service knows that this is no number; what was written stays
    expect(dialog.get_by_test_id("holder-name")).to_have_value(BUYER)
    dialog.get_by_test_id("holder-number").fill("001185000007")
    picture(page, "register-transfer")
    confirm.click()
    confirm.wait_for(state="detached")
    expect(page.get_by_test_id("dossier-step")).to_have_attribute("data-step", "done")

    with connect(office.service.database) as conn:
        now = conn.execute(
            """
            SELECT p.name, r.source FROM rights.ba_unit_parcel l JOIN rights.rrr r ON r.ba_unit = l.ba_unit AND r.class = 'right'
            JOIN rights.party p ON p.id = r.party_id
            WHERE l.parcel_id = %s AND upper_inf(l.recorded) AND upper_inf(r.recorded) AND upper_inf(r.valid)
            """,
            (plot.id,),
        ).fetchall()
    assert now == [{"name": BUYER, "source": "Hợp đồng chuyển nhượng số 12/2026"}] and seller != BUYER


def test_a_register_that_stays_needs_a_reason_and_fits_a_phone(office: Office, open_page: OpenPage) -> None:
    dossier = proposed(office, next(office.plots))
    page = open_page(office.url, **PHONE)
    office.come(page, "registrar")
    at_dossier(page, office, dossier)
    page.get_by_test_id("act-approve").click()
    expect(page.get_by_test_id("holder").first).to_be_visible()
    picture(page, "register-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_test_id("register-mode").get_by_text("Giữ nguyên").click()
    expect(page.get_by_test_id("act-confirm")).to_be_disabled()
    page.get_by_test_id("act-note").fill("Đã đăng ký theo bản án số 5")
    page.get_by_test_id("act-confirm").click()
    expect(page.get_by_test_id("dossier-step")).to_have_attribute("data-step", "done")
