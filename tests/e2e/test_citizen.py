"""The citizen's desk in real browsers: finding a procedure, filing with papers, following by code, supplementing, paying."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from geo_service.accounts.service import add_account
from geo_service.tiles.snapshots import refresh
from layers.db import connect
from layers.sample.service import load_sample
from tests.conftest import Databases
from tests.e2e.conftest import OpenPage
from tests.e2e.officer import Staffed, until_js
from tests.geo_service.dossiers import partners_ground as ground
from tests.serving import PASSWORD, free_port, serving

PICTURES = Path(__file__).parents[2] / "build" / "pictures"
SPLIT = "1.012784"
PHONE = {"width": 390, "height": 844, "has_touch": True}


@dataclass
class Hall(Staffed):
    """A sample city with reception and land officer, the citizen who owns land, and simulated partners with a worker."""

    def newest(self) -> dict[str, Any]:
        """The citizen's last dossier, whole."""
        with self.client("citizen") as client:
            first = client.get("/api/me/dossiers").json()["items"][0]
            found: dict[str, Any] = client.get(f"/api/dossiers/{first['id']}").json()
            return found


@pytest.fixture(scope="module")
def hall(databases: Databases, reachable_tmp: Path) -> Iterator[Hall]:
    url, folder, port = databases.create(), reachable_tmp / "hall", free_port()
    with connect(url) as conn:
        load_sample(conn, units=2, faces=2_500, seed=4)
        add_account(conn, "motcua", PASSWORD, name="Bùi Thị Tiếp", roles=["reception"], demo=True)
    refresh(url, folder)
    with ExitStack() as stack:
        partners = stack.enter_context(ground.simulators(folder, service=f"http://127.0.0.1:{port}"))
        service = stack.enter_context(serving(url, folder, port=port, partners=partners.book()))
        stack.enter_context(ground.worker(url, folder, partners.book()))
        passwords = json.loads((folder / "demo-accounts.json").read_text()) | {"motcua": PASSWORD}
        yield Hall(service, passwords)
    databases.drop(url)


def picture(page: Page, name: str, *, whole: bool = False) -> None:
    """Kept for looking at, and for docs/pictures. `whole`: as high as what is on the page."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    size = page.viewport_size
    assert size is not None
    if whole:
        tall = page.evaluate("[...document.querySelectorAll('main')].at(-1).scrollHeight")
        page.set_viewport_size({"width": size["width"], "height": max(size["height"], min(tall + 80, 5_000))})
    page.wait_for_timeout(400)
    page.screenshot(path=PICTURES / f"{name}.png")
    page.set_viewport_size(size)


def photo(name: str, width: int = 900, height: int = 1_200) -> FilePayload:
    """A page of a paper as a camera would take it."""
    data = io.BytesIO()
    Image.new("RGB", (width, height), (246, 243, 234)).save(data, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": data.getvalue()}


def scan(name: str) -> FilePayload:
    """A PDF of one page."""
    data = io.BytesIO()
    Image.new("RGB", (620, 877), "white").save(data, "PDF")
    return {"name": name, "mimeType": "application/pdf", "buffer": data.getvalue()}


def broken(name: str) -> FilePayload:
    """Begins like a PDF and is none."""
    return {"name": name, "mimeType": "application/pdf", "buffer": b"%PDF-1.7\nthis is no PDF at all\n%%EOF\n"}


def hand_in(page: Page, paper: str, *files: FilePayload) -> None:
    page.get_by_test_id(f"paper-{paper}").locator("input[type=file]").first.set_input_files(list(files))


def test_a_procedure_is_found_in_everyday_words_and_filing_begins(hall: Hall, open_page: OpenPage) -> None:
    page = open_page(f"{hall.url}/#page=procedures", 1440, 900)
    picture(page, "procedures")
    page.get_by_test_id("procedure-search").fill("mat so do")
    expect(page.get_by_test_id("procedures-page")).to_contain_text("Cấp lại giấy chứng nhận do bị mất")
    page.get_by_test_id("procedure-search").fill("tach thua")
    page.get_by_test_id(f"procedure-{SPLIT}").get_by_role("button").click()
    detail = page.get_by_test_id("procedure-detail")
    expect(detail).to_contain_text("12 ngày làm việc")
    expect(detail).to_contain_text("Lệ phí cấp giấy chứng nhận: 0\u00a0đ (nộp tại quầy: 25.000\u00a0đ)")
    expect(detail).to_contain_text("QĐ 2304")
    picture(page, "procedure")
    page.get_by_test_id("file-online").click()
    page.get_by_test_id("login").fill("citizen")
    page.get_by_test_id("password").fill(hall.passwords["citizen"])
    page.get_by_test_id("login-submit").click()
    expect(page.get_by_test_id("file-page")).to_contain_text("Tách thửa hoặc hợp thửa đất")

    phone = open_page(f"{hall.url}/#page=procedures&code={SPLIT}", **PHONE)
    expect(phone.get_by_test_id("file-online")).to_be_visible()
    picture(phone, "procedures-phone")


def test_a_split_is_filed_online_followed_by_code_and_moves_before_everybodys_eyes(
    hall: Hall, open_page: OpenPage
) -> None:
    page = open_page(hall.url, 1440, 900)
    hall.come(page, "citizen")
    page.goto(f"{hall.url}/#page=file&code={SPLIT}")
    page.get_by_test_id("own-parcels").get_by_test_id("add-parcel").first.click()
    expect(page.get_by_test_id("chosen-parcels").locator("li")).to_have_count(1)
    picture(page, "file-parcels")
    page.get_by_test_id("step-next").click()
    page.get_by_test_id("step-next").click()
    expect(page.get_by_text("Cần điền mục này.")).to_have_count(2)
    page.get_by_label("Tách thửa", exact=True).check()
    page.get_by_test_id("field-pieces").fill("2")
    picture(page, "file-form")
    page.reload()  # what was typed survives
    until_js(page, "window.__geo && window.__geo.map.loaded()")
    expect(page.get_by_test_id("field-pieces")).to_have_value("2")
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert "pieces" in kept
    page.get_by_test_id("step-next").click()

    papers = page.get_by_test_id("papers-wanted")
    expect(papers.get_by_test_id("paper-gcn")).to_contain_text("Đã có trong cơ sở dữ liệu – không cần nộp")
    hand_in(page, "don", {**photo("x"), "name": "don.pdf", "mimeType": "application/pdf"})
    expect(page.get_by_test_id("file-refused")).to_contain_text("nội dung không đúng với đuôi tệp")
    hand_in(page, "don", photo("trang 1.jpg"), photo("trang 2.jpg", 1_200, 900))
    expect(papers.get_by_test_id("paper-don")).to_contain_text("2 ảnh sẽ được ghép thành một tệp PDF")
    hand_in(page, "ban_ve", broken("ban ve.pdf"))
    picture(page, "file-papers", whole=True)
    page.get_by_test_id("step-next").click()
    expect(page.get_by_test_id("contact-phone")).not_to_have_value("")
    picture(page, "file-review", whole=True)
    page.get_by_test_id("step-next").click()

    code = page.get_by_test_id("dossier-code").inner_text()
    expect(page.get_by_test_id("paper-don")).to_contain_text("2 trang")
    # the service itself refuses what only begins like a PDF; nothing else is lost by it
    expect(page.get_by_test_id("paper-refused")).to_contain_text("Tệp chưa được nhận")
    picture(page, "filed", whole=True)
    page.get_by_test_id("paper-refused").get_by_role("button", name="Chọn tệp khác").click()
    hand_in(page, "ban_ve", scan("bản vẽ.pdf"))
    expect(page.get_by_test_id("paper-ban_ve")).to_contain_text("Đã nộp")
    assert "geo.filing" not in page.evaluate("JSON.stringify(localStorage)")
    dossier = hall.newest()
    assert (dossier["code"], dossier["form"]["pieces"], dossier["status"]["code"]) == (code, 2, 1)

    visitor = open_page(f"{hall.url}/#page=track", 1440, 900)
    visitor.get_by_test_id("track-code").fill(f"Mã hồ sơ: {code.lower()} ")
    visitor.get_by_test_id("track-find").click()
    told = visitor.get_by_test_id("tracked")
    expect(told.get_by_test_id("status")).to_have_text("Mới đăng ký")
    expect(told.get_by_test_id("dossier-parcels")).to_have_count(0)
    phone = open_page(f"{hall.url}/#page=track&code={code}&t={dossier['token']}", **PHONE)
    expect(phone.get_by_test_id("dossier-parcels")).to_contain_text("Thửa")

    hall.act("motcua", dossier["id"], "accept")
    expect(told.get_by_test_id("status")).to_have_text("Được tiếp nhận")
    expect(told.get_by_test_id("track-holder")).to_contain_text("Cán bộ địa chính")
    expect(told.get_by_test_id("deadline")).to_contain_text("ngày làm việc, hạn 17:00 thứ")
    expect(phone.get_by_test_id("status")).to_have_text("Được tiếp nhận")
    expect(page.get_by_test_id("issued-papers")).to_contain_text("Giấy tiếp nhận hồ sơ và hẹn trả kết quả")
    picture(visitor, "track")
    picture(phone, "track-phone", whole=True)
    phone.get_by_test_id("parcel-link").first.click()
    expect(phone.get_by_test_id("panel")).to_be_visible()
    expect(phone.get_by_test_id("track-page")).to_have_count(0)

    visitor.get_by_test_id("track-code").fill("H26.12-261122-9999")
    visitor.get_by_test_id("track-find").click()
    expect(visitor.get_by_test_id("track-unknown")).to_contain_text("So lại từng chữ số")


def test_papers_asked_for_are_handed_in_later(hall: Hall, open_page: OpenPage) -> None:
    dossier = hall.newest()
    hall.act("officer", dossier["id"], "begin")
    page = open_page(hall.url, **PHONE)
    hall.come(page, "citizen")
    page.goto(f"{hall.url}/#page=mine")
    card = page.get_by_test_id(f"mine-{dossier['code']}")
    expect(card.get_by_test_id("status")).to_have_text("Đang xử lý")
    why = "Bản vẽ thiếu chữ ký của chủ sử dụng đất liền kề."
    hall.act("officer", dossier["id"], "ask_supplement", note=why)
    expect(card.get_by_test_id("status")).to_have_text("Yêu cầu bổ sung giấy tờ")
    picture(page, "mine-phone")
    card.get_by_role("button", name="Bổ sung giấy tờ").click()
    expect(page.get_by_test_id("duty")).to_contain_text(why)
    expect(page.get_by_test_id("deadline")).to_contain_text("tạm dừng")
    hand_in(page, "ban_ve", scan("bản vẽ có chữ ký.pdf"))
    expect(page.get_by_test_id("paper-ban_ve")).to_contain_text("bản vẽ có chữ ký.pdf")
    picture(page, "supplement-phone", whole=True)
    page.get_by_test_id("act-supplement").click()
    expect(page.get_by_test_id("status")).to_have_text("Đang xử lý")
    expect(page.get_by_test_id("duty")).not_to_contain_text(why)
    after = hall.newest()
    assert (after["step"]["code"], [e["kind"] for e in after["events"]][-1]) == ("checking", "supplement")


def test_a_fee_is_paid_on_the_partners_page(hall: Hall, open_page: OpenPage) -> None:
    dossier = hall.newest()
    page = open_page(hall.url, 1440, 900)
    hall.come(page, "citizen")
    page.goto(f"{hall.url}/#page=mine&dossier={dossier['id']}")
    duty = page.get_by_test_id("duty")
    expect(duty).to_contain_text("100.000\u00a0đ")
    picture(page, "mine", whole=True)
    duty.get_by_test_id("pay").click()
    page.get_by_role("button", name="Thanh toán").click()
    expect(page.get_by_text("Đã thanh toán (mô phỏng)")).to_be_visible()
    page.goto(f"{hall.url}/#page=mine&dossier={dossier['id']}")
    expect(page.get_by_test_id("payments").first).to_contain_text("Đã nộp")
    expect(page.get_by_test_id("duty")).to_have_count(0)


def test_a_dossier_is_withdrawn_by_who_filed_it(hall: Hall, open_page: OpenPage) -> None:
    page = open_page(hall.url, 1440, 900)
    hall.come(page, "citizen")
    page.goto(f"{hall.url}/#page=file&code=1.012783")
    page.get_by_test_id("own-parcels").get_by_test_id("add-parcel").first.click()
    page.get_by_test_id("step-next").click()
    expect(page.get_by_test_id("field-serial")).not_to_have_value("")  # the register knows it
    page.get_by_test_id("field-reason").fill("Giấy chứng nhận bị ố; gọi tôi số 0912 345 678")
    assert "0912" not in page.evaluate("JSON.stringify(localStorage)"), "numbers of people are not kept"
    page.get_by_test_id("step-next").click()
    hand_in(page, "don", scan("đơn.pdf"))
    expect(page.get_by_test_id("paper-don")).to_contain_text("Sẽ nộp")
    page.get_by_test_id("step-next").click()
    page.get_by_test_id("step-next").click()
    expect(page.get_by_test_id("filed").get_by_test_id("paper-don")).to_contain_text("Đã nộp")
    dossier = hall.newest()
    hall.act("motcua", dossier["id"], "ask_supplement", note="Đề nghị ghi rõ lý do cấp đổi.")
    page.goto(f"{hall.url}/#page=mine&dossier={dossier['id']}")
    page.get_by_test_id("withdraw").click()
    page.get_by_test_id("withdraw-sure").get_by_test_id("act-withdraw").click()
    expect(page.get_by_test_id("status")).to_have_text("Công dân yêu cầu rút hồ sơ")


def test_a_paper_of_an_earlier_dossier_serves_again(hall: Hall, open_page: OpenPage) -> None:
    with hall.client("citizen") as client:
        rights = client.get("/api/me/person").json()["rights"]
        parcel = next(one["code"] for right in rights for one in right["parcels"])
        form = {"price": 2_000_000_000, "relation": "other"}
        body = {"procedure": "1.013831", "parcels": [parcel], "form": form, "channel": 2}
        earlier = client.post("/api/dossiers", json=body).json()
        where = f"/api/dossiers/{earlier['id']}/documents?type=hop_dong&name=h.pdf"
        answer = client.post(where, content=scan("h.pdf")["buffer"], headers={"Content-Type": "application/pdf"})
        assert answer.status_code == 201, answer.text
    page = open_page(f"{hall.url}/#parcel={parcel}", **PHONE)
    hall.come(page, "citizen")
    page.goto(f"{hall.url}/#page=file&code=1.013831-CD&parcel={parcel}")
    page.get_by_test_id("add-parcel").last.click()
    expect(page.get_by_test_id("chosen-parcels").locator("li")).to_have_count(1)
    picture(page, "file-phone", whole=True)
    page.get_by_test_id("step-next").click()
    page.get_by_test_id("step-next").click()
    page.get_by_test_id("reuse-hop_dong").click()
    expect(page.get_by_test_id("paper-hop_dong")).to_contain_text(f"Dùng lại từ hồ sơ {earlier['code']}")
    picture(page, "file-papers-phone", whole=True)
    page.get_by_test_id("step-next").click()
    expect(page.get_by_text("giấy tờ bắt buộc chưa có")).to_be_visible()
    page.get_by_test_id("step-next").click()
    expect(page.get_by_test_id("filed").get_by_test_id("paper-hop_dong")).to_contain_text("Đã nộp")
    expect(page.get_by_test_id("still-missing")).to_be_visible()
    picture(page, "filed-phone", whole=True)
