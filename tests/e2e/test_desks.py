"""The officers' desks in real browsers: a split from the citizen's filing to the changed map, the counter with the keyboard alone, the live inbox."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from geo_service.accounts.service import add_account
from geo_service.dossiers.documents.store import FileStore
from geo_service.dossiers.sample import fill
from geo_service.personal.vault import Vault
from geo_service.tiles.snapshots import refresh
from layers.db import connect
from layers.sample.service import load_sample
from tests.conftest import Databases
from tests.e2e.conftest import OpenPage
from tests.e2e.officer import click_map, ids_at, sign_in, until_js
from tests.serving import HEADERS, PASSWORD, Service, serving

PICTURES = Path(__file__).parents[2] / "build" / "pictures"
SPLIT = "1.012784"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844, "has_touch": True}
Place = tuple[float, float]


@dataclass
class Plot:
    """A parcel to split and the neighbour that takes the piece which is too small; places in lon/lat."""

    id: int
    code: str
    label: str
    inside: Place
    side: Place
    """On the boundary to the neighbour."""
    piece: Place
    """In the piece of 29 m² along that boundary."""
    neighbour: int
    neighbour_inside: Place


@dataclass
class Office:
    """A sample city with its demonstration accounts and a second land officer."""

    service: Service
    passwords: dict[str, str]
    plots: Iterator[Plot]
    vault: Vault

    @property
    def url(self) -> str:
        return self.service.url

    def come(self, page: Page, login: str) -> None:
        sign_in(page, login, self.passwords[login])

    @contextmanager
    def client(self, login: str) -> Iterator[httpx.Client]:
        with httpx.Client(base_url=self.url, headers=HEADERS, timeout=30) as made:
            answer = made.post("/api/session", json={"login": login, "password": self.passwords[login]})
            assert answer.status_code == 200, answer.text
            yield made

    def file(self, plot: Plot) -> dict[str, Any]:
        """The citizen files a split online, with every paper that is missing."""
        with self.client("citizen") as client:
            answer = client.post(
                "/api/dossiers",
                json={
                    "procedure": SPLIT,
                    "parcels": [plot.code],
                    "form": {"parcel": plot.code, "act": "split_merge", "pieces": 2},
                    "applicant": {"name": "Lê Công Dân", "phone": "0912345678"},
                },
            )
            assert answer.status_code == 201, answer.text
            dossier: dict[str, Any] = answer.json()
            papers = client.get(f"/api/dossiers/{dossier['id']}/documents").json()
            for wanted in papers["checklist"]:
                if wanted["required"] and wanted["state"] in ("missing", "reusable"):
                    sent = client.post(
                        f"/api/dossiers/{dossier['id']}/documents",
                        params={"type": wanted["code"], "name": f"{wanted['code']}.png"},
                        content=scan("x")["buffer"],
                        headers={"Content-Type": "image/png"},
                    )
                    assert sent.status_code == 201, sent.text
            return dossier

    def holder(self, plot: Plot) -> tuple[str, str]:
        """Name and identity number of a person who holds the parcel."""
        with connect(self.service.database) as conn:
            row = conn.execute(
                """
                SELECT t.id, t.name, p.identity_sealed FROM rights.ba_unit_parcel l JOIN rights.rrr r ON r.ba_unit = l.ba_unit AND r.class = 'right'
                LEFT JOIN rights.group_member m ON m.group_id = r.party_id JOIN rights.party t ON t.id = coalesce(m.member_id, r.party_id)
                JOIN rights.personal p ON p.party_id = t.id
                WHERE l.parcel_id = %s AND upper_inf(l.recorded) AND t.kind = 'person' AND p.identity_sealed IS NOT NULL LIMIT 1
                """,
                (plot.id,),
            ).fetchone()
        assert row is not None
        return row["name"], self.vault.open(row["identity_sealed"], f"identity:{row['id']}")

    def act(self, login: str, dossier: str, *actions: str, **body: Any) -> None:
        """Steps of an officer, through the API."""
        with self.client(login) as client:
            for action in actions:
                seen = client.get(f"/api/dossiers/{dossier}").json()["revision"]
                answer = client.post(f"/api/dossiers/{dossier}/actions/{action}", json={"revision": seen, **body})
                assert answer.status_code == 200, answer.text

    def pay(self, dossier: str) -> None:
        """The counter takes the fees in."""
        with self.client("reception") as client:
            for fee in client.get(f"/api/dossiers/{dossier}/payments").json()["items"]:
                if fee["status"] == "due" and fee["amount"]:
                    path = f"/api/dossiers/{dossier}/payments/{fee['id']}/counter"
                    assert client.post(path, json={"receipt": "BL-0001"}).status_code == 200


def scan(name: str) -> FilePayload:
    """A page as a scanner gives it."""
    data = io.BytesIO()
    Image.new("RGB", (620, 877), (247, 244, 236)).save(data, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": data.getvalue()}


def plots(service: Service, password: str) -> Iterator[Plot]:
    """Parcels of a phường from which 29 m² can be cut along a neighbour that may take them. Each is tried, and given once."""
    with connect(service.database) as conn:
        rows = conn.execute(
            """
            SELECT v.parcel_id AS id, v.area_m2 BETWEEN 105 AND 200 AS small FROM fabric.parcel_version v
            JOIN fabric.parcel p ON p.id = v.parcel_id JOIN register.unit u ON u.code = v.unit
            WHERE v.retired_by IS NULL AND v.created_by = 1 AND v.kind = 'land' AND v.land_use = 'ODT' AND p.code IS NOT NULL AND u.unit_type = 'Phường'
              AND ST_NPoints(v.geom) BETWEEN 5 AND 7 AND NOT EXISTS (SELECT 1 FROM rights.block b WHERE b.parcel_id = v.parcel_id)
              AND EXISTS (SELECT 1 FROM rights.ba_unit_parcel l WHERE l.parcel_id = v.parcel_id AND upper_inf(l.recorded)) ORDER BY v.parcel_id
            """
        ).fetchall()
    able, taken = {row["id"] for row in rows}, set[int]()
    with httpx.Client(base_url=service.url, headers=HEADERS, timeout=30) as client:
        client.post("/api/session", json={"login": "surveyor", "password": password}).raise_for_status()
        for key in (row["id"] for row in rows if row["small"]):
            parcel = client.get(f"/api/parcels/{key}").json()
            for side in parcel["sides"]:
                other = side["neighbour"] and side["neighbour"]["id"]
                if side["length_m"] > 8 and other in able and not taken & {key, other}:
                    plot = _tried(client, parcel, side, other)
                    if plot:
                        taken |= {key, other}
                        yield plot


def _tried(client: httpx.Client, parcel: dict[str, Any], side: dict[str, Any], other: int) -> Plot | None:
    """The plot if cutting breaks a rule and merging the piece mends it."""
    ring = parcel["rings"][side["ring"]]
    ends = ring[side["index"]], ring[(side["index"] + 1) % len(ring)]
    cut = {
        "type": "split_by_area",
        "parcel": parcel["id"],
        "area_m2": 29,
        "along": [{"mm": end["mm"]} for end in ends],
        "side": "right",
    }
    draft = f"/api/drafts/{client.post('/api/drafts', json={'intents': [cut]}).raise_for_status().json()['id']}"
    seen = client.post(f"{draft}/preview", json={}).raise_for_status().json()
    piece = min(seen["created"]["features"], key=lambda face: face["properties"]["area_m2"])
    merge = {"type": "merge", "parcels": [piece["properties"]["id"], other]}
    client.put(draft, json={"intents": [cut, merge]}).raise_for_status()
    mended = client.post(f"{draft}/preview", json={}).json()
    client.delete(draft).raise_for_status()
    if not broken(seen) or "rules" not in mended or broken(mended):
        return None
    neighbour = client.get(f"/api/parcels/{other}").json()
    (x1, y1), (x2, y2) = (end["lonlat"] for end in ends)
    return Plot(
        parcel["id"],
        parcel["code"],
        f"{parcel['sheet']}/{parcel['number']}",
        inside(parcel["geometry"]),
        ((x1 + x2) / 2, (y1 + y2) / 2),
        inside(piece["geometry"]),
        other,
        inside(neighbour["geometry"]),
    )


def broken(preview: dict[str, Any]) -> set[str]:
    return {one["rule"] for one in preview["rules"] if one["verdict"] == "fail" and one["severity"] == "refuse"}


def inside(polygon: dict[str, Any]) -> Place:
    """The middle of the corners: inside, as these parcels are convex."""
    corners = polygon["coordinates"][0][:-1]
    return sum(x for x, _ in corners) / len(corners), sum(y for _, y in corners) / len(corners)


@pytest.fixture(scope="module")
def office(databases: Databases, reachable_tmp: Path) -> Iterator[Office]:
    url, folder = databases.create(), reachable_tmp / "office"
    with connect(url) as conn:
        load_sample(conn, units=2, faces=2_500, seed=4)
        add_account(conn, "diachinh2", PASSWORD, name="Đinh Thị Thửa", roles=["land_officer"], demo=True)
    refresh(url, folder)
    with serving(url, folder):
        pass  # makes the keys, the demonstration accounts and the sample rights
    vault = Vault(bytes.fromhex((folder / "personal.key").read_text()))
    with connect(url) as conn:
        fill(conn, vault, FileStore(str(folder / "files"), folder / "incoming"), count=250)
    with serving(url, folder) as service:
        passwords = json.loads((folder / "demo-accounts.json").read_text()) | {"diachinh2": PASSWORD}
        yield Office(service, passwords, plots(service, passwords["surveyor"]), vault)
    databases.drop(url)


def picture(page: Page, name: str) -> None:
    """Kept for looking at, and for docs/pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(500)
    page.screenshot(path=PICTURES / f"{name}.png")


def address(office: Office, plot: Plot, **more: str) -> str:
    lon, lat = plot.inside
    return f"{office.url}/#map=19.50/{lat:.7f}/{lon:.7f}" + "".join(f"&{key}={value}" for key, value in more.items())


def at_dossier(page: Page, office: Office, dossier: dict[str, Any]) -> None:
    page.goto(f"{office.url}/#page=dossier&dossier={dossier['id']}")
    expect(page.get_by_test_id("dossier-code")).to_have_text(dossier["code"])


def settled(page: Page) -> None:
    """The map has flown where it was going."""
    until_js(page, "!__geo.map.isMoving() && __geo.map.loaded()")


def act(page: Page, action: str, note: str | None = None) -> None:
    """A step through its button and its dialog."""
    button = page.get_by_test_id(f"act-{action}")
    if button.count() == 0:
        page.get_by_test_id("act-more").click()
    button.click()
    if note:
        page.get_by_test_id("act-note").fill(note)
    page.get_by_test_id("act-confirm").click()
    page.get_by_test_id("act-confirm").wait_for(state="detached")


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


def test_the_counter_receives_with_the_keyboard_alone(office: Office, open_page: OpenPage) -> None:
    plot = next(office.plots)
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
    page.get_by_test_id("counter-parcel-option").first.wait_for()
    keys.press("Enter")
    expect(page.get_by_test_id("counter-parcels").locator("li")).to_have_count(1)
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
    with connect(office.service.database) as conn:
        row = conn.execute(
            "SELECT count(*) AS n FROM dossier.event WHERE kind = 'open' AND actor = (SELECT id FROM accounts.account WHERE login = 'reception')"
        ).fetchone()
    assert row == {"n": 1}, "two tries opened one dossier"
    keys.press("Alt+n")
    to("counter-identity")
    expect(page.get_by_test_id("counter-name")).to_have_value("")


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
