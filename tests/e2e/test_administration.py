"""The administrator of procedures, calendar and partners in real browsers: a new version is checked, mended and published while a dossier keeps its own, a
holiday is seen before it is confirmed, a dead letter is tried again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Page, Route, expect
from psycopg.rows import DictRow

from geo_service.dossiers.partners.reconciliation import HANOI
from geo_service.tiles.snapshots import refresh
from layers.db import connect
from layers.register.rights.model import today
from layers.sample.service import load_sample
from tests.conftest import Databases
from tests.e2e.conftest import OpenPage
from tests.e2e.officer import Staffed, until_js
from tests.geo_service.dossiers import partners_ground as ground
from tests.serving import free_port, serving

PICTURES = Path(__file__).parents[2] / "build" / "pictures"
SPLIT = "1.012784"
PHONE = {"width": 390, "height": 844, "has_touch": True}
Conn = psycopg.Connection[DictRow]


@dataclass
class Hall(Staffed):
    """A sample city with its dossiers, and the simulated partners with the worker that talks to them."""

    partners: ground.Simulators
    conn: Conn
    parcels: Iterator[int]

    def go(self, page: Page, name: str) -> None:
        """To one of the administrator's pages, as the menu leads."""
        page.get_by_test_id("menu").click()
        page.get_by_test_id(f"open-{name}").click()
        page.get_by_test_id(f"{name}-page").wait_for()

    def running(self) -> dict[str, Any]:
        """A split that was received today."""
        made = ground.opened(self.conn, procedure=SPLIT, parcel=next(self.parcels))
        done = ground.act(self.conn, made["id"], "accept", "begin")
        self.conn.commit()
        return done

    def version_of(self, dossier: dict[str, Any]) -> tuple[int, Any]:
        """Under which version it runs, and when it is due."""
        row = self.conn.execute(
            "SELECT v.version, d.due_at FROM dossier.dossier d JOIN dossier.procedure_version v ON v.id = d.version_id WHERE d.id = %s",
            (dossier["id"],),
        ).fetchone()
        self.conn.rollback()
        assert row is not None
        return row["version"], row["due_at"]


@pytest.fixture(scope="module")
def hall(databases: Databases, reachable_tmp: Path) -> Iterator[Hall]:
    url, folder, port = databases.create(), reachable_tmp / "hall", free_port()
    with connect(url) as conn:
        load_sample(conn, units=2, faces=2_500, seed=4)
    refresh(url, folder)
    with ExitStack() as stack:
        partners = stack.enter_context(ground.simulators(folder, service=f"http://127.0.0.1:{port}"))
        book = partners.book()
        service = stack.enter_context(serving(url, folder, port=port, partners=book))
        stack.enter_context(ground.worker(url, folder, book))
        conn = stack.enter_context(connect(url))
        parcels = conn.execute(
            "SELECT v.parcel_id AS id FROM fabric.parcel_version v WHERE v.retired_by IS NULL AND v.kind = 'land' AND NOT EXISTS"
            " (SELECT 1 FROM rights.block b WHERE b.parcel_id = v.parcel_id)"
            " AND NOT EXISTS (SELECT 1 FROM dossier.parcel p WHERE p.parcel_id = v.parcel_id) ORDER BY 1 LIMIT 20"
        ).fetchall()
        conn.commit()
        passwords = json.loads((folder / "demo-accounts.json").read_text())
        yield Hall(service, passwords, partners, conn, (row["id"] for row in parcels))
    databases.drop(url)


def picture(page: Page, name: str) -> None:
    """Kept for looking at, and for docs/pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(500)
    page.screenshot(path=PICTURES / f"{name}.png")


def test_a_wrong_step_is_shown_mended_and_published_from_tomorrow(hall: Hall, open_page: OpenPage) -> None:
    dossier = hall.running()
    assert hall.version_of(dossier)[0] == 1
    page = open_page(hall.service.url, 1440, 900)
    hall.come(page, "admin")
    hall.go(page, "catalogue")
    page.get_by_test_id("catalogue-search").fill("tach hop thua")
    expect(page.get_by_test_id("catalogue-list")).to_contain_text("Tách thửa hoặc hợp thửa đất")
    picture(page, "catalogue")
    page.get_by_test_id(f"procedure-{SPLIT}").click()
    expect(page.get_by_test_id("flow-diagram")).to_contain_text("Đang thẩm tra hồ sơ")
    picture(page, "catalogue-in-force")

    page.get_by_test_id("tab-draft").click()
    page.get_by_test_id("begin-draft").click()
    page.get_by_test_id("section-general").click()
    page.get_by_test_id("limit-n").fill("10")
    page.get_by_test_id("section-flow").click()
    page.get_by_test_id("step-sketching").click()
    page.get_by_test_id("step-role").select_option("citizen")
    picture(page, "catalogue-step")
    page.keyboard.press("Escape")
    page.get_by_test_id("publish-draft").click()
    expect(page.get_by_test_id("check-bad")).to_contain_text("Chưa thể công bố")
    assert page.get_by_test_id("publish-from").count() == 0, "nothing with errors is published"
    finding = page.get_by_test_id("finding-P07").first
    expect(finding).to_contain_text("Đang lập bản vẽ")
    expect(finding).to_contain_text("Ai thực hiện")
    expect(page.get_by_test_id("changes")).to_contain_text("12 → 10")
    picture(page, "catalogue-check")

    finding.click()
    drawer = page.get_by_test_id("flow-drawer")
    expect(drawer).to_contain_text("không thể do người nộp hoặc đối tác giữ")
    expect(page.get_by_test_id("step-sketching")).to_have_attribute("aria-pressed", "true")
    picture(page, "catalogue-finding")
    page.get_by_test_id("step-role").select_option("land_officer")
    page.keyboard.press("Escape")
    page.get_by_test_id("check-draft").click()
    expect(page.get_by_test_id("check-good")).to_be_visible()

    page.get_by_test_id("publish-draft").click()
    expect(page.get_by_test_id("publish-keeps")).to_contain_text("Hồ sơ đang chạy giữ nguyên phiên bản cũ")
    tomorrow = today() + timedelta(days=1)
    expect(page.get_by_test_id("publish-from")).to_have_value(str(tomorrow))
    picture(page, "catalogue-publish")
    page.get_by_test_id("publish-confirm").click()
    expect(page.get_by_test_id("published")).to_contain_text(f"{tomorrow:%d/%m/%Y}")
    expect(page.get_by_test_id("version-2")).to_contain_text("sắp có hiệu lực")
    expect(page.get_by_test_id("running-2")).to_have_text("0")
    expect(page.get_by_test_id("running-1")).not_to_have_text("0")
    picture(page, "catalogue-versions")
    assert hall.version_of(dossier)[0] == 1
    document = page.request.get(f"{hall.service.url}/api/procedures/{SPLIT}?at={tomorrow}").json()
    assert (document["version"], document["definition"]["limit"]["n"]) == (2, 10)


def test_edits_are_undone_with_keys_and_not_lost_by_leaving(hall: Hall, open_page: OpenPage) -> None:
    page = open_page(hall.service.url, 1440, 900)
    hall.come(page, "admin")
    hall.go(page, "catalogue")
    page.get_by_test_id("procedure-1.013831").click()
    page.get_by_test_id("tab-draft").click()
    page.get_by_test_id("begin-draft").click()
    page.get_by_test_id("section-documents").click()
    rows = page.get_by_test_id("rows-documents").get_by_role("listitem")
    before = rows.count()
    page.get_by_test_id("add-documents").click()
    page.get_by_test_id("documents-name_vi").fill("Bản cam kết")
    expect(rows).to_have_count(before + 1)
    page.get_by_test_id("documents-name_en").fill("Undertaking")
    expect(page.get_by_test_id("row-documents-ban_cam_ket")).to_be_visible()
    for _ in range(4):
        page.keyboard.press("Control+z")
    expect(rows).to_have_count(before)
    page.keyboard.press("Control+Shift+z")
    expect(rows).to_have_count(before + 1)

    page.get_by_test_id("page-close").click()
    expect(page.get_by_test_id("leave-dialog")).to_contain_text("chưa lưu")
    page.get_by_test_id("leave-stay").click()
    hall.go(page, "calendar")  # the menu is there too; what was typed waits
    hall.go(page, "catalogue")
    page.get_by_test_id("procedure-1.013831").click()
    page.get_by_test_id("tab-draft").click()
    page.get_by_test_id("section-documents").click()
    expect(rows).to_have_count(before + 1)
    page.keyboard.press("Control+s")
    expect(page.get_by_test_id("draft-state")).to_contain_text("Đã lưu")
    page.get_by_test_id("draft-more").click()
    page.get_by_test_id("discard-draft").click()
    page.get_by_test_id("discard-confirm").click()
    expect(page.get_by_test_id("begin-draft")).to_be_visible()


def test_units_do_otherwise_from_a_day_on(hall: Hall, open_page: OpenPage) -> None:
    page = open_page(hall.service.url, 1440, 900)
    hall.come(page, "admin")
    hall.go(page, "catalogue")
    page.get_by_test_id(f"procedure-{SPLIT}").click()
    page.get_by_test_id("tab-variations").click()
    page.get_by_test_id("add-variation").click()
    page.get_by_test_id("vary-find").fill("hoan kiem")
    page.get_by_test_id("vary-unit-00070").check()
    page.get_by_test_id("vary-limit").check(force=True)
    page.get_by_test_id("vary-limit-n").fill("8")
    page.get_by_test_id("vary-from").fill(str(today()))
    page.get_by_test_id("vary-document").fill("QĐ 12/2026/QĐ-UBND")
    picture(page, "catalogue-variation")
    page.get_by_test_id("vary-save").click()
    row = page.get_by_test_id("variation-00070")
    expect(row).to_contain_text("8 ngày làm việc")
    terms = page.request.get(f"{hall.service.url}/api/procedures/{SPLIT}?unit=00070").json()["terms"]
    assert terms["limit"]["n"] == 8
    page.get_by_test_id("end-variation-00070").click()
    page.get_by_test_id("end-variation-confirm").click()
    expect(row).to_contain_text(f"{today():%d/%m/%Y} – {today():%d/%m/%Y}")


def test_a_holiday_shows_how_many_due_dates_move_before_it_is_confirmed(hall: Hall, open_page: OpenPage) -> None:
    dossier = hall.running()
    due = hall.version_of(dossier)[1]
    day = due.astimezone(HANOI).date() - timedelta(days=1)
    while day.isoweekday() > 5:
        day -= timedelta(days=1)
    page = open_page(hall.service.url, 1440, 900)
    hall.come(page, "admin")
    hall.go(page, "calendar")
    expect(page.get_by_test_id("working-days")).to_contain_text("ngày làm việc")
    picture(page, "calendar-year")
    page.get_by_test_id("calendar-year").select_option(str(day.year))
    page.get_by_test_id(f"day-{day}").click()
    page.get_by_test_id("day-name-vi").fill("Nghỉ theo quyết định của Thủ tướng")
    page.get_by_test_id("day-name-en").fill("Day off ordered by the Prime Minister")
    page.get_by_test_id("day-source").fill("QĐ 1/QĐ-TTg")
    page.get_by_test_id("calendar-preview").click()
    moved = page.get_by_test_id("moved")
    expect(moved).to_contain_text("Chưa có gì thay đổi")
    total = int(moved.get_attribute("data-total") or 0)
    assert total >= 1
    assert hall.version_of(dossier)[1] == due, "only looked at so far"
    picture(page, "calendar-preview")
    page.get_by_test_id("calendar-confirm").click()
    expect(page.get_by_test_id(f"day-{day}")).to_have_attribute("data-state", "holiday")
    assert hall.version_of(dossier)[1] > due
    row = hall.conn.execute("SELECT count(*) AS n FROM dossier.event WHERE kind = 'calendar'").fetchone()
    hall.conn.rollback()
    assert row == {"n": total}, "as many as the preview said"

    page.get_by_test_id(f"day-{day}").press("ArrowRight")
    expect(page.get_by_test_id(f"day-{day + timedelta(days=1)}")).to_be_focused()
    page.get_by_test_id(f"day-{day}").click()
    page.get_by_test_id("day-to").get_by_text("Trả về lịch tuần").click()
    page.get_by_test_id("calendar-preview").click()
    expect(moved).to_have_attribute("data-total", str(total))
    page.get_by_test_id("calendar-confirm").click()
    expect(page.get_by_test_id(f"day-{day}")).to_have_attribute("data-state", "working")
    assert hall.version_of(dossier)[1] == due


def test_hours_and_an_outage_are_seen_first_too(hall: Hall, open_page: OpenPage) -> None:
    page = open_page(hall.service.url, 1440, 900)
    hall.come(page, "admin")
    hall.go(page, "calendar")
    page.get_by_test_id("tab-hours").click()
    page.get_by_test_id("change-hours").click()
    page.get_by_test_id("hours-closes").fill("16:30")
    page.get_by_test_id("hours-source").fill("QĐ 2/QĐ-UBND")
    page.get_by_test_id("calendar-preview").click()
    expect(page.get_by_test_id("moved")).to_be_visible()
    picture(page, "calendar-hours")
    page.get_by_test_id("threshold-amber_days").fill("3")
    page.get_by_test_id("thresholds-save").click()
    expect(page.get_by_role("status").filter(has_text="Đã lưu")).to_be_visible()
    assert page.request.get(f"{hall.service.url}/api/calendar/thresholds").json()["amber_days"] == 3

    page.get_by_test_id("tab-outages").click()
    page.get_by_test_id("add-outage").click()
    start = today() + timedelta(days=7)
    page.get_by_test_id("outage-from").fill(f"{start}T20:00")
    page.get_by_test_id("outage-until").fill(f"{start}T23:30")
    page.get_by_test_id("outage-note").fill("Nâng cấp hệ thống")
    page.get_by_test_id("calendar-preview").click()
    page.get_by_test_id("calendar-confirm").click()
    expect(page.get_by_test_id("outages")).to_contain_text(f"{start:%d/%m/%Y} 20:00 – {start:%d/%m/%Y} 23:30")
    picture(page, "calendar-outages")


def test_a_dead_letter_is_seen_and_tried_again(hall: Hall, open_page: OpenPage) -> None:
    """Live: the page is open before the partner refuses."""
    page = open_page(hall.service.url, 1440, 900)
    hall.come(page, "admin")
    hall.go(page, "partners")
    tax = page.get_by_test_id("partner-tax")
    expect(tax).to_have_attribute("data-standing", "good")
    hall.partners.misbehave("tax", "refuse", times=1)
    dossier = ground.at_tax(hall.conn, parcel=next(hall.parcels))
    expect(tax).to_have_attribute("data-standing", "bad")
    picture(page, "partners")
    page.get_by_test_id("dead-tax").click()
    message = page.get_by_test_id("messages").get_by_role("listitem").filter(has_text=dossier["code"])
    expect(message).to_contain_text("cần người xử lý")
    expect(message).to_contain_text("Đối tác từ chối hẳn thông điệp này")
    key = str(message.get_attribute("data-testid")).removeprefix("message-")
    page.get_by_test_id(f"open-{key}").click()
    picture(page, "partners-dead")
    page.get_by_test_id(f"retry-{key}").click()
    expect(page.get_by_test_id(f"message-{key}")).to_have_count(0)
    page.get_by_test_id("message-state").select_option("sent")
    expect(page.get_by_test_id(f"message-{key}")).to_contain_text("đã gửi")

    hall.partners.misbehave("notification", "refuse", times=1)
    ground.act(hall.conn, hall.running()["id"], "ask_supplement")
    hall.conn.commit()
    page.get_by_test_id("message-partner").select_option("notification")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/messages?*state=dead*", hold, times=1)
    page.get_by_test_id("message-state").select_option("dead")
    # The messages that were sent are still there to read, but not to be acted on, until those that were refused have come.
    expect(page.locator("[inert]").get_by_test_id("messages")).to_contain_text("đã gửi")
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()
    dead = page.get_by_test_id("messages").get_by_role("listitem").first
    dead.get_by_role("button").first.click()
    key = str(dead.get_attribute("data-testid")).removeprefix("message-")
    page.get_by_test_id(f"drop-{key}").click()
    page.get_by_test_id(f"drop-note-{key}").fill("Đã gọi điện cho người nộp")
    page.get_by_test_id(f"drop-confirm-{key}").click()
    expect(page.get_by_test_id(f"message-{key}")).to_have_count(0)

    page.get_by_test_id("tab-reconciliation").click()
    page.get_by_test_id("reconcile-day").fill(str(today()))
    page.get_by_test_id("reconcile").click()
    expect(page.get_by_test_id("compared")).to_contain_text("Cơ quan thuế")
    expect(page.get_by_test_id("reconciliation")).to_contain_text("khớp")
    picture(page, "partners-reconciliation")


def test_it_can_be_done_on_a_phone_and_in_english(hall: Hall, open_page: OpenPage) -> None:
    page = open_page(f"{hall.service.url}/#lang=en", **PHONE)
    hall.come(page, "admin")
    hall.go(page, "catalogue")
    page.get_by_test_id("catalogue-search").fill("split")
    picture(page, "catalogue-phone")
    page.get_by_test_id(f"procedure-{SPLIT}").click()
    expect(page.get_by_test_id("flow-list")).to_contain_text("Map being drawn")
    picture(page, "catalogue-in-force-phone")
    page.get_by_test_id("list-step-checking").click()
    expect(page.get_by_test_id("flow-drawer")).to_contain_text("Actions in this step")
    picture(page, "catalogue-step-phone")
    page.keyboard.press("Escape")
    for name, ready in (("calendar", "year"), ("partners", "partners")):
        page.evaluate(f"location.hash = '#page={name}&lang=en'")
        page.get_by_test_id(ready).wait_for()
        picture(page, f"{name}-phone")
        until_js(page, "document.documentElement.scrollWidth <= innerWidth")


def test_nobody_else_gets_there(hall: Hall, open_page: OpenPage) -> None:
    page = open_page(hall.service.url)
    hall.come(page, "officer")
    for name in ("catalogue", "calendar", "partners"):
        page.evaluate(f"location.hash = '#page={name}'")
        page.wait_for_timeout(300)
        expect(page.get_by_test_id(f"{name}-page")).to_have_count(0)
    assert page.request.get(f"{hall.service.url}/api/catalogue").status == 403


def test_a_new_procedure_begins_as_a_draft_that_only_its_keeper_sees(hall: Hall, open_page: OpenPage) -> None:
    page = open_page(hall.service.url, 1440, 900)
    hall.come(page, "admin")
    hall.go(page, "catalogue")
    page.get_by_test_id("new-procedure").click()
    page.get_by_test_id("new-code").fill("9.000001")
    page.get_by_test_id("new-name-vi").fill("Thủ tục thử nghiệm")
    page.get_by_test_id("new-name-en").fill("Trial procedure")
    page.get_by_test_id("new-like").select_option("1.012789")
    page.get_by_test_id("new-save").click()
    expect(page.get_by_test_id("procedure")).to_contain_text("Thủ tục thử nghiệm")
    page.get_by_test_id("section-flow").click()
    page.get_by_test_id("add-step").click()
    drawer = page.get_by_test_id("flow-drawer")
    drawer.get_by_test_id("step-name_vi").fill("Hỏi ý kiến")
    drawer.get_by_test_id("step-name_en").fill("Opinion asked for")
    drawer.get_by_test_id("add-action").click()
    drawer.get_by_test_id("action-kind").select_option("send_back")
    expect(drawer.get_by_test_id("action-note")).to_be_checked()
    drawer.get_by_test_id("action-name_vi").fill("Đã có ý kiến")
    drawer.get_by_test_id("action-name_en").fill("Opinion given")
    drawer.get_by_test_id("action-to").select_option("checking")
    picture(page, "catalogue-new-step")
    page.keyboard.press("Escape")
    page.get_by_test_id("check-draft").click()
    expect(page.get_by_test_id("finding-P04")).to_contain_text("Hỏi ý kiến")
    assert page.request.get(f"{hall.service.url}/api/procedures/9.000001").status == 404
    page.get_by_test_id("draft-more").click()
    page.get_by_test_id("discard-draft").click()
    page.get_by_test_id("discard-confirm").click()
    expect(page.get_by_test_id("catalogue-list")).to_be_visible()
    expect(page.get_by_test_id("procedure-9.000001")).to_have_count(0)


def test_the_code_of_an_agency_is_changed(hall: Hall, open_page: OpenPage) -> None:
    page = open_page(hall.service.url, 1440, 900)
    hall.come(page, "admin")
    hall.go(page, "catalogue")
    page.get_by_test_id("tab-agencies").click()
    page.get_by_test_id("agency-find").fill("hoan kiem")
    field = page.get_by_test_id("agency-00070")
    field.fill("h26")
    expect(page.get_by_test_id("agency-save")).to_be_disabled()
    field.fill("H26.103.25.7")
    page.get_by_test_id("agency-save").click()
    expect(page.get_by_role("status").filter(has_text="Đã lưu mã cơ quan")).to_be_visible()
    items = page.request.get(f"{hall.service.url}/api/agencies").json()["items"]
    assert {"unit": "00070", "code": "H26.103.25.7"} in items
