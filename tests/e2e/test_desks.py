"""The dossier through its desks in real browsers: from the citizen to the changed map, a live inbox, a drawing gone stale."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from layers.db import connect
from tests.conftest import Databases
from tests.e2e.conftest import OpenPage
from tests.e2e.desks import (
    DESKTOP,
    PHONE,
    SPLIT,
    Office,
    act,
    address,
    an_office,
    at_dossier,
    picture,
    settled,
)
from tests.e2e.officer import click_map, ids_at, until_js


@pytest.fixture(scope="module")
def office(databases: Databases, reachable_tmp: Path) -> Iterator[Office]:
    with an_office(databases, reachable_tmp / "office") as made:
        yield made


def test_a_split_goes_from_the_citizen_to_the_changed_map(office: Office, open_page: OpenPage) -> None:
    plot = next(office.plots)
    dossier = office.file(plot)
    code = dossier["code"]

    # reception: the inbox hears of it without reloading; fees are taken in, the dossier is accepted
    reception = open_page(f"{office.url}/#page=desk", **DESKTOP)
    office.come(reception, "reception")
    reception.goto(f"{office.url}/#page=desk")
    reception.get_by_test_id("filter-text").fill(code)
    reception.get_by_test_id(f"inbox-{code}").click()
    expect(reception.get_by_test_id("dossier-step")).to_have_attribute("data-step", "filed")
    fee = reception.get_by_test_id("dossier-payments").get_by_label("Số biên lai")
    while fee.count():
        left = fee.count()
        fee.first.fill("BL-0001")
        fee.first.press("Enter")
        expect(fee).to_have_count(left - 1)
    reception.get_by_test_id("dossier-tab-papers").click()
    expect(reception.get_by_test_id("dossier-papers")).to_contain_text("Đủ giấy tờ bắt buộc")
    picture(reception, "desk-reception-papers")
    act(reception, "accept")
    expect(reception.get_by_test_id("dossier-step")).to_have_attribute("data-step", "received")

    # the land officer takes it, checks it and draws
    officer = open_page(address(office, plot), **DESKTOP)
    office.come(officer, "officer")
    officer.get_by_test_id("desk-button").click()
    officer.get_by_test_id("inbox").wait_for()
    picture(officer, "desk-inbox")
    officer.get_by_test_id("filter-text").fill(code)
    expect(officer.get_by_test_id("inbox").locator("tbody tr")).to_have_count(1)
    officer.get_by_test_id(f"inbox-{code}").focus()
    officer.keyboard.press("t")
    expect(officer.get_by_test_id(f"inbox-{code}")).to_contain_text("Nguyễn Văn Địa")
    officer.keyboard.press("Enter")
    expect(officer.get_by_test_id("dossier-holder")).to_contain_text("Bạn đang xử lý")
    act(officer, "begin")
    act(officer, "to_sketch")
    officer.get_by_test_id("act-propose_map").click()
    settled(officer)
    officer.get_by_test_id("tool-split_by_area").click()
    click_map(officer, *plot.inside)
    click_map(officer, *(a + (b - a) * 0.06 for a, b in zip(plot.side, plot.inside, strict=True)))
    officer.get_by_test_id("area").fill("29")
    officer.get_by_test_id("preview").click()
    rule = officer.get_by_test_id("rule-area").first
    expect(rule).to_have_attribute("data-verdict", "fail")
    expect(rule).to_contain_text("29,0 m², nhỏ hơn mức tối thiểu 50 m² đối với đất ở tại phường")
    expect(rule).to_contain_text("Căn cứ: QĐ 61/2024/QĐ-UBND")
    expect(officer.get_by_test_id("propose-drawing")).to_be_disabled()
    picture(officer, "desk-rule-refuses")

    # the service itself refuses it too, whatever the button says
    with office.client("officer") as client:
        seen = client.get(f"/api/dossiers/{dossier['id']}").json()["revision"]
        refused = client.post(f"/api/dossiers/{dossier['id']}/actions/propose_map", json={"revision": seen})
    assert refused.status_code == 422 and refused.json()["type"].endswith("rules-broken")

    # the piece goes to the neighbour in the same act
    officer.get_by_test_id("tool-merge").click()
    click_map(officer, *plot.piece)
    click_map(officer, *plot.neighbour_inside)
    officer.get_by_test_id("preview").click()
    expect(officer.get_by_test_id("rules")).to_contain_text("Đạt các quy định đã kiểm tra")
    picture(officer, "desk-drawing")
    officer.get_by_test_id("propose-drawing").click()
    expect(officer.get_by_test_id("dossier-step")).to_have_attribute("data-step", "deciding")

    # a citizen looks at the map, another follows the dossier
    citizen = open_page(address(office, plot), **DESKTOP)
    follower = open_page(f"{office.url}/#page=track&code={code}", **DESKTOP)
    expect(follower.get_by_test_id("track-step")).to_be_visible()
    before = citizen.evaluate("__geo.lastSeq")

    approver = open_page(office.url, **DESKTOP)
    office.come(approver, "approver")
    at_dossier(approver, office, dossier)
    review = approver.get_by_test_id("review-drawing")
    expect(review.get_by_test_id("compare").locator("figure")).to_have_count(3)
    expect(review).to_contain_text("Đạt các quy định đã kiểm tra")
    settled(approver)
    picture(approver, "desk-review")
    approver.get_by_test_id("remark-new").click()
    approver.get_by_test_id("remark-text").wait_for()
    settled(approver)
    click_map(approver, *plot.side)
    approver.get_by_test_id("remark-text").fill("Cạnh này đã có mốc ngoài thực địa")
    expect(approver.get_by_test_id("remark-side")).not_to_have_value("")
    picture(approver, "desk-remark")
    approver.get_by_test_id("remark-save").click()
    expect(approver.get_by_test_id("remarks")).to_contain_text("đã có mốc")
    act(approver, "approve")
    expect(approver.get_by_test_id("dossier-step")).to_have_attribute("data-step", "done")

    # everybody who looks sees it
    until_js(citizen, "n => __geo.lastPaintedSeq > n", before)
    with connect(office.service.database) as conn:
        heirs = {r["child"] for r in conn.execute("SELECT child FROM lineage WHERE parent = %s", (plot.id,))}
        units = conn.execute(
            "SELECT count(DISTINCT ba_unit) AS n FROM rights.ba_unit_parcel WHERE parcel_id = ANY(%s) AND upper_inf(recorded)",
            (list(heirs),),
        ).fetchone()
        row = conn.execute(
            "SELECT d.status, c.seq FROM dossier.dossier d JOIN dossier.event e ON e.dossier_id = d.id JOIN fabric.change_set c ON c.id = e.change_set"
            " WHERE d.id = %s",
            (dossier["id"],),
        ).fetchone()
    assert row is not None and row["status"] == 9
    assert len(heirs) == 2 and set(ids_at(citizen, *plot.inside)) & heirs
    assert units == {"n": 2}, "rights followed the map"
    expect(follower.get_by_test_id("track-step")).to_contain_text("Chờ trả kết quả")
    picture(follower, "desk-followed")
    citizen.get_by_test_id("search").fill(plot.label)
    citizen.get_by_test_id("search-result").filter(has_text="số hiệu cũ").first.click()
    expect(citizen.get_by_test_id("panel-status")).to_have_text("Đã kết thúc")
    successors = citizen.get_by_test_id("panel").locator("dt:has-text('Thửa kế tiếp') + dd button")
    expect(successors).to_have_count(2)
    successors.first.click()
    expect(citizen.get_by_test_id("panel-status")).to_have_text("Hiện hành")

    # from the parcel to its dossiers, from the dossier to what came of it
    approver.get_by_test_id("dossier-tab-form").click()
    results = approver.get_by_test_id("dossier-parcels").get_by_text("kết quả của hồ sơ")
    expect(results).to_have_count(2)
    approver.get_by_test_id("dossier-tab-log").click()
    expect(approver.get_by_test_id("event-approve")).to_contain_text("Bản đồ đã đổi")
    picture(approver, "desk-log")
    new = next(iter(heirs))
    officer.goto(f"{office.url}/#parcel={new}")
    officer.get_by_test_id("tab-dossiers").click()
    expect(officer.get_by_test_id(f"parcel-dossier-{code}")).to_contain_text("Đã xử lý xong")
    picture(officer, "desk-parcel-dossiers")

    # the counter hands the result out
    act(reception, "hand_out")
    expect(reception.get_by_test_id("dossier-status")).to_have_attribute("data-status", "10")


def test_the_inbox_is_live_and_holds_still_under_the_hand(office: Office, open_page: OpenPage) -> None:
    page = open_page(office.url, **DESKTOP)
    office.come(page, "officer")
    button = page.get_by_test_id("desk-button")
    with office.client("officer") as client:
        before = client.get("/api/desk/counts").json()["todo"]
    expect(button).to_have_attribute("data-count", str(before))
    first, second = office.file(next(office.plots)), office.file(next(office.plots))
    office.act("reception", first["id"], "accept")
    expect(button).to_have_attribute("data-count", str(before + 1))
    button.click()
    page.get_by_test_id("filter-procedure").select_option(SPLIT)
    row = page.get_by_test_id(f"inbox-{first['code']}")
    row.hover()
    page.evaluate("document.querySelectorAll('[data-testid=inbox] tbody tr').length")
    rows = page.get_by_test_id("inbox").locator("tbody tr")
    count, place = rows.count(), row.bounding_box()
    office.act("reception", second["id"], "accept")
    expect(page.get_by_test_id("desk-fresh")).to_contain_text("1 hồ sơ mới")
    assert rows.count() == count, "what comes does not push what is pointed at"
    with office.client("diachinh2") as client:
        seen = client.get(f"/api/dossiers/{first['id']}").json()
        me = client.get("/api/session").json()["user"]["id"]
        client.post(f"/api/dossiers/{first['id']}/assign", json={"account": me, "revision": seen["revision"]})
    expect(row).to_have_attribute("data-gone", "true")
    after = row.bounding_box()
    assert place and after and place["x"] == after["x"]
    page.get_by_test_id("filter-text").hover()
    expect(page.get_by_test_id(f"inbox-{second['code']}")).to_be_visible()
    expect(row).to_have_count(0)

    # somebody else was quicker: said, with what to do next
    other = open_page(office.url, **DESKTOP)
    office.come(other, "diachinh2")
    at_dossier(other, office, second)
    other.get_by_test_id("act-begin").click()
    other.get_by_test_id("act-note").fill("Hồ sơ đủ điều kiện")
    office.act("officer", second["id"], "begin")
    expect(other.get_by_role("dialog").get_by_test_id("what-next")).to_contain_text("Hãy xem lại hồ sơ")
    expect(other.get_by_test_id("act-confirm")).to_have_count(0)
    expect(other.get_by_test_id("act-note")).to_have_value("Hồ sơ đủ điều kiện")
    picture(other, "desk-quicker")

    phone = open_page(office.url, **PHONE)
    office.come(phone, "officer")
    picture(phone, "desk-map-phone")
    phone.goto(f"{office.url}/#page=desk")
    expect(phone.get_by_test_id(f"inbox-{second['code']}")).to_be_visible()
    picture(phone, "desk-inbox-phone")
    phone.get_by_test_id(f"inbox-{second['code']}").click()
    expect(phone.get_by_test_id("dossier-code")).to_have_text(second["code"])
    picture(phone, "desk-dossier-phone")
    counter = open_page(office.url, **PHONE)
    office.come(counter, "reception")
    counter.goto(f"{office.url}/#page=counter")
    counter.get_by_test_id("counter-entry").wait_for()
    picture(counter, "counter-phone")


def test_a_drawing_gone_stale_is_rebuilt_before_everybodys_eyes(office: Office, open_page: OpenPage) -> None:
    """Somebody changes the parcel after it was proposed: the approver sees why, returns it, the officer rebuilds it, and it is approved."""
    plot = next(office.plots)
    dossier = office.file(plot)
    office.pay(dossier["id"])
    office.act("reception", dossier["id"], "accept")
    office.act("officer", dossier["id"], "begin", "to_sketch")
    line = {"type": "merge", "parcels": [plot.id, plot.neighbour]}
    with office.client("officer") as client:
        draft = client.post(f"/api/dossiers/{dossier['id']}/draft").json()["id"]
        assert client.put(f"/api/drafts/{draft}", json={"intents": [line]}).status_code == 200
    office.act("officer", dossier["id"], "propose_map")
    approver = open_page(office.url, **DESKTOP)
    office.come(approver, "approver")
    at_dossier(approver, office, dossier)
    expect(approver.get_by_test_id("compare")).to_be_visible()

    corner = _corner(office, plot.id)
    office.service.login("canbo")
    office.service.edit(
        {"type": "move_point", "from": {"mm": corner}, "to": {"mm": [corner[0] + 150, corner[1] + 150]}}
    )
    approver.get_by_test_id("act-approve").click()
    approver.get_by_test_id("act-confirm").click()
    expect(approver.get_by_role("dialog").get_by_test_id("what-next")).to_be_visible()
    approver.keyboard.press("Escape")
    expect(approver.get_by_test_id("conflict")).to_be_visible()
    picture(approver, "desk-stale")
    act(approver, "return_map", "Hiện trạng đã đổi, hãy dựng lại")

    officer = open_page(office.url, **DESKTOP)
    office.come(officer, "officer")
    at_dossier(officer, office, dossier)
    expect(officer.get_by_test_id("dossier-panel")).to_contain_text("Hiện trạng đã đổi, hãy dựng lại")
    officer.get_by_test_id("act-propose_map").click()
    officer.get_by_test_id("rebase").click()
    officer.get_by_test_id("propose-drawing").click()
    expect(officer.get_by_test_id("dossier-step")).to_have_attribute("data-step", "deciding")
    expect(approver.get_by_test_id("compare")).to_be_visible()
    act(approver, "approve")
    expect(approver.get_by_test_id("dossier-step")).to_have_attribute("data-step", "done")
    assert re.search(r"STT", approver.get_by_test_id("dossier-map").inner_text())


def _corner(office: Office, parcel: int) -> list[int]:
    with office.client("officer") as client:
        corner: list[int] = client.get(f"/api/parcels/{parcel}").json()["rings"][0][0]["mm"]
        return corner
