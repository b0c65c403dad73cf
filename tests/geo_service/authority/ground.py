"""What an attacker finds: a world with values planted that nobody but their owners and officers may ever read."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import mapbox_vector_tile
from PIL import Image, PngImagePlugin

from layers.fabric import intents, ledger
from layers.register.rights import blocks
from layers.register.rights.model import NewCertificate
from tests.geo_service.accounts.people import OURS
from tests.geo_service.authority import desk
from tests.geo_service.authority.asking import CRS
from tests.geo_service.authority.world import COLLEAGUE, EVERY_ROLE, FIRST, STRANGER, UNIT, Person, World, a_world
from tests.layers.register.rights import holders

CANARIES = {
    "name": STRANGER.name,
    "number": str(STRANGER.identity_number),
    "phone": str(STRANGER.phone),
    "address": "Ngõ 9",
    "serial": "BX 654321",
    "book": "SỔ-KÍN-4417",
    "document": "hồ sơ kín 5512",
    "reason of a change": "lý do kín 7431",
    "reason of a draft": "bản thảo kín 2290",
    "reason of a block": "khoản nợ kín 8841",
    "note of a look": "ghi chú kín 9952",
    "value of a correction": "giá trị kín 6613",
    "name of a token": "mã kín 3306",
    "browser of a session": "TrinhDuyetKin/1.0",
    "name of an officer": f"Người {COLLEAGUE}",
    "login of an officer": f'"{COLLEAGUE}"',
    "name of an applicant": "Đỗ Thị Hồ Kín",
    "number of an applicant": "999066000007",
    "phone of an applicant": "0966000007",
    "address of an applicant": "Ngách 66/7",
    "word of a receipt": "tu-khoa-bien-nhan-kin-0815",
    "name of a paper": "giấy kín 8123",
    "content of a paper": "noi dung kin 7710",
    "note of a dossier": "lời ghi kín 4402",
    "remark on a dossier": "nhận xét kín 3317",
    "answer in a form": "điền kín 5508",
    "receipt of a payment": "biên lai kín 1190",
}
OF_DOSSIERS = (
    "dossier.dossier", "dossier.applicant", "dossier.parcel", "dossier.event", "dossier.clock", "dossier.document", "dossier.comment", "dossier.payment",
    "dossier.outbox", "dossier.inbox",
)  # fmt: skip
STATE = (
    "rights.party", "rights.personal", "rights.ba_unit", "rights.ba_unit_parcel", "rights.certificate", "rights.rrr", "rights.block", "rights.consent",
    "rights.correction", "fabric.change_set", "fabric.parcel_version", "fabric.deployment", "feed.head", "work.draft", "accounts.account",
    "accounts.assignment", "accounts.role", "accounts.scope", "accounts.token", "accounts.identity", "register.unit", *OF_DOSSIERS,
)  # fmt: skip


@dataclass
class Ground:
    """`visitor` and `thief` attack; the thief is a citizen who holds parcel 1. `ids` are those of somebody else's things."""

    world: World
    ids: dict[str, Any] = field(default_factory=dict)

    @property
    def attackers(self) -> tuple[Person, Person]:
        return self.world.people["visitor"], self.world.people["citizen"]

    def ask(self, person: Person, method: str, url: str, body: Any = None, **more: Any) -> httpx.Response:
        """A request as the attacker makes it: any header may be added or replaced (None leaves it out)."""
        self.world.client.cookies.clear()
        headers: dict[str, str | None] = dict(OURS)
        if person.account is not None:
            headers["Cookie"] = f"geo_session={person.secret}"
        headers |= more.pop("headers", {})
        kept = {name: value for name, value in headers.items() if value is not None}
        if body is not None:
            more["json"] = body
        return self.world.client.request(method, url, headers=kept, follow_redirects=False, **more)

    def state(self) -> dict[str, str]:
        """What no attack may alter: a digest of every table that matters, and whose sessions live."""
        found = {
            table: self.world.one(
                f"SELECT coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '') AS k FROM {table} t"
            )["k"]
            for table in STATE
        }
        thief = self.attackers[1].account
        found["sessions"] = self.world.one(
            "SELECT string_agg(id || ':' || (revoked_at IS NULL), ',' ORDER BY id) AS k FROM accounts.session WHERE account_id <> %s",
            thief,
        )["k"]
        return found


def texts_of(answer: httpx.Response) -> Iterator[str]:
    """Everything an answer says: headers, body as it came, as JSON without escapes, unpacked, as a vector tile."""
    yield " ".join(f"{name}: {value}" for name, value in answer.headers.items())
    body = answer.content
    if body[:2] == b"\x1f\x8b":
        body = gzip.decompress(body)
    yield body.decode("utf-8", "replace")
    kind = answer.headers.get("content-type", "")
    if "json" in kind and body:
        yield json.dumps(json.loads(body), ensure_ascii=False)
    if "vector-tile" in kind and body:
        yield json.dumps(mapbox_vector_tile.decode(body), ensure_ascii=False, default=str)


def leaks(answer: httpx.Response, asked: str = "") -> list[str]:
    """Names of the planted values that the answer tells. What the attacker has typed may come back."""
    said = " ".join(texts_of(answer)).lower()
    return [name for name, value in CANARIES.items() if value.lower() in said and value.lower() not in asked.lower()]


@contextmanager
def a_ground(url: str, folder: Path) -> Iterator[Ground]:
    with a_world(url, folder) as world:
        everybody = Person("city officer", "city-officer", world.account(EVERY_ROLE, None, "city-officer"))
        world.open(everybody)
        world.people["city officer"] = everybody  # holds every role: what this person reads, the others must not
        ground = Ground(world)
        _plant(ground)
        yield ground


def _plant(ground: Ground) -> None:
    world, conn = ground.world, ground.world.conn
    conn.execute("UPDATE fabric.deployment SET four_eyes = true")
    rights = holders.right(
        STRANGER, certificate=NewCertificate(CANARIES["serial"], date(2015, 3, 1), CANARIES["book"], "UBND mô phỏng")
    )
    conn.autocommit = False
    done = holders.enter(conn, rights, parcels=(FIRST["other"] + 2,), unit=UNIT["other"], source=CANARIES["document"])
    work = intents.resolve(
        intents.parse([{"type": "reclassify", "parcel": FIRST["other"] + 4, "official_area_m2": 91}]), CRS
    )
    ledger.commit(conn, CRS, work, reason=CANARIES["reason of a change"], author=COLLEAGUE, base_seq=2)
    conn.commit()
    conn.autocommit = True
    block = blocks.put(
        conn, FIRST["other"] + 2, UNIT["other"], kind="mortgage", reason=CANARIES["reason of a block"], source="HĐ thử"
    )
    victim = world.account(("land_officer",), UNIT["other"])
    other = Person("", account=victim, scope="read")
    world.open(other)
    token = world.one(
        "UPDATE accounts.token SET name = %s WHERE account_id = %s RETURNING id", CANARIES["name of a token"], victim
    )["id"]
    session = world.session_id(victim)
    conn.execute(
        "UPDATE accounts.session SET user_agent = %s WHERE id = %s", [CANARIES["browser of a session"], session]
    )
    sealed = world.vault.seal(CANARIES["value of a correction"], f"correction other:{world.parties['other']}")
    correction = world.one(
        "INSERT INTO rights.correction (party_id, field, value_sealed, note) VALUES (%s, 'other', %s, %s) RETURNING id",
        world.parties["other"], sealed, CANARIES["value of a correction"],
    )["id"]  # fmt: skip
    conn.execute(
        "SELECT audit.write('person.revealed', %s, %s, jsonb_build_object('note', %s::text))",
        [f"party:{world.parties['other']}", UNIT["other"], CANARIES["note of a look"]],
    )
    drafts = {status: world.draft("other", COLLEAGUE, status) for status in ("open", "submitted")}
    dossier = _plant_dossier(world)
    conn.execute(
        "UPDATE work.draft SET reason = %s, returned_note = %s",
        [CANARIES["reason of a draft"], CANARIES["reason of a draft"]],
    )
    conn.execute("UPDATE accounts.account SET party_id = %s WHERE id = %s", [world.parties["other"], victim])
    ground.ids = {
        "party": world.parties["other"], "ba_unit": done.ba_unit, "block": block["id"], "account": victim, "token": token, "session": session,
        "correction": correction, "draft": drafts["open"], "submitted": drafts["submitted"], "parcel": FIRST["other"], "held": FIRST["other"] + 2,
        "changed": FIRST["other"] + 4, "secret": world.session(victim), "pat": other.secret,
        "assignment": world.one("SELECT id FROM accounts.assignment WHERE account_id = %s", victim)["id"], **dossier,
    }  # fmt: skip


def _plant_dossier(world: World) -> dict[str, Any]:
    """A stranger's dossier that waits for papers, with a secret in everything that hangs on it; and one of the thief's own."""
    who = {
        "name": CANARIES["name of an applicant"], "identity_number": CANARIES["number of an applicant"], "phone": CANARIES["phone of an applicant"],
        "address": CANARIES["address of an applicant"],
    }  # fmt: skip
    key = desk.opened(world, "other", step="checking", who=who, reason=CANARIES["answer in a form"])
    world.conn.execute(
        "UPDATE dossier.applicant SET identity_fingerprint = %s WHERE dossier_id = %s",
        [world.vault.fingerprint(who["identity_number"]), key],
    )
    with world.conn.transaction():
        world.conn.execute("ALTER TABLE dossier.dossier DISABLE TRIGGER dossier_changed")
        world.conn.execute("UPDATE dossier.dossier SET token = %s WHERE id = %s", [CANARIES["word of a receipt"], key])
        world.conn.execute("ALTER TABLE dossier.dossier ENABLE TRIGGER dossier_changed")
    desk.act(world, key, "ask_supplement", note=CANARIES["note of a dossier"])
    picture, told = io.BytesIO(), PngImagePlugin.PngInfo()
    told.add_text("Comment", CANARIES["content of a paper"])
    Image.new("RGB", (6, 4)).save(picture, "PNG", pnginfo=told)
    wanted = world.one(
        "SELECT p ->> 'code' AS code FROM dossier.dossier d, jsonb_array_elements(d.terms -> 'documents') p"
        " WHERE d.id = %s AND coalesce(p ->> 'form', '') = '' LIMIT 1",
        key,
    )["code"]
    paper = desk.document(world, key, name=f"{CANARIES['name of a paper']}.png", kind=wanted, data=picture.getvalue())
    return {
        "dossier": key, "code": desk.code(world, key)["code"], "paper": paper, "wanted": wanted,
        "remark": desk.remark(world, key, CANARIES["remark on a dossier"]),
        "payment": desk.payment(world, key, CANARIES["receipt of a payment"]), "mine": desk.opened(world, "own"),
        "message": desk.message(world, key),
    }  # fmt: skip
