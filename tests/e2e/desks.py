"""An office with every desk for tests in browsers, and what officers do with the mouse."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
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
from tests.e2e.officer import Staffed, until_js
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
class Office(Staffed):
    """A sample city with its demonstration accounts and a second land officer."""

    plots: Iterator[Plot]
    vault: Vault

    def file(self, plot: Plot, procedure: str = SPLIT) -> dict[str, Any]:
        """The citizen files online, with every paper that is missing."""
        form = {"parcel": plot.code} | ({"act": "split_merge", "pieces": 2} if procedure == SPLIT else {})
        with self.client("citizen") as client:
            answer = client.post(
                "/api/dossiers",
                json={
                    "procedure": procedure,
                    "parcels": [plot.code],
                    "form": form,
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


@contextmanager
def an_office(databases: Databases, folder: Path) -> Iterator[Office]:
    """A small sample city with its people, papers and 250 dossiers, being served."""
    url = databases.create()
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
