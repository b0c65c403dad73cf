"""Dossiers to ask about: in the own commune and in another one, at any step, with papers, payments and remarks.

Everything is made by the owner of the database, whom no guard asks. A citizen's own dossier is one the citizen has applied for; the other one is a
stranger's.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from PIL import Image
from psycopg.types.json import Jsonb

from geo_service.dossiers.documents.store import FileStore
from geo_service.dossiers.partners.signing import Signer
from tests.geo_service.authority.world import COLLEAGUE, FIRST, PARTNER_SEED, UNIT, Person, Place, World
from tests.layers.fabric.fabrics import at

SPLIT, SAME_DAY, TRANSFER, CASE = "1.012784", "1.013988", "1.013831", "NB.KIEMTRA"
WAY = ("accept", "begin", "to_sketch", "propose_map")
STEPS = {"filed": 0, "received": 1, "checking": 2, "sketching": 3, "deciding": 4}
APPLICANT = {"name": "Lý Thị Thử", "identity_number": "999088000001", "phone": "0988000001", "address": "Ngõ 1, Hà Nội"}


def partner() -> Signer:
    """The key under which every partner of the world signs."""
    return Signer.of("tax", PARTNER_SEED)


def png(shade: int = 0) -> bytes:
    """A small picture; another shade is another file."""
    out = io.BytesIO()
    Image.new("RGB", (6, 4), (shade % 256, shade // 256 % 256, 0)).save(out, "PNG")
    return out.getvalue()


def stored(world: World, data: bytes) -> bytes:
    """Put bytes into the store; their hash."""
    store: FileStore = world.app.state.files
    digest = hashlib.sha256(data).digest()
    store.keep(data, digest)
    return digest


def stranger(world: World) -> int:
    """The account of somebody else, who has applied for everything that is not one's own."""
    row = world.conn.execute("SELECT id FROM accounts.account WHERE login = 'stranger'").fetchone()
    return int(row["id"]) if row else world.account(("citizen",), None, "stranger")


def opened(
    world: World,
    place: Place,
    *,
    procedure: str = SPLIT,
    applicant: int | None = None,
    step: str = "filed",
    who: Mapping[str, str] = APPLICANT,
    **form: Any,
) -> str:
    """A dossier at a step of its life. `applicant`: an account; by default the citizen's for the own place, a stranger's for the other."""
    key, party = str(uuid4()), None
    if applicant is None:
        applicant = world.people["citizen"].account if place == "own" else stranger(world)
        party = world.parties[place]
    with world.conn.transaction():
        world.conn.execute(
            "SELECT dossier.open(%s, %s, %s, NULL, 2::smallint, %s::bigint[], %s, %s, %s)",
            [key, procedure, UNIT[place], [FIRST[place] + 4], Jsonb(form), applicant, party],
        )
        sealed = {
            name: world.vault.seal(who[field], f"dossier.{name}:{key}")
            for name, field in (
                ("name", "name"), ("identity", "identity_number"), ("phone", "phone"), ("address", "address"),
            )
        }  # fmt: skip
        world.conn.execute(
            "INSERT INTO dossier.applicant VALUES (%s, %s, %s, NULL, %s, %s)",
            [key, sealed["name"], sealed["identity"], sealed["phone"], sealed["address"]],
        )
        world.conn.execute(
            "INSERT INTO dossier.document (dossier_id, type, name, media_type, bytes, pages, sha256)"
            " SELECT %s, p ->> 'code', 'giấy.png', 'image/png', 1, 1, %s FROM jsonb_array_elements(dossier.missing(%s)) p",
            [key, stored(world, png()), key],
        )
        for action in WAY[: STEPS[step]]:
            if action == "propose_map":
                drawing(world, key, place, COLLEAGUE, submitted=True)
            act(world, key, action)
    return key


def act(world: World, dossier: str, *actions: str, note: str = "vì lẽ này") -> None:
    for action in actions:
        world.conn.execute("SELECT dossier.act(%s, %s, NULL, %s)", [dossier, action, note])


def drawing(world: World, dossier: str, place: Place, owner: str, *, submitted: bool) -> str:
    """The drawing of a dossier. Drawings of other dossiers on the same land are given up, so that this one is the only one."""
    world.conn.execute(
        "UPDATE work.draft SET status = 'discarded' WHERE dossier_id IS NOT NULL AND status IN ('open', 'submitted')"
    )
    parcel = FIRST[place] + 4
    intent = {"type": "reclassify", "parcel": parcel, "official_area_m2": 100 + next(world.numbers) / 100}
    key = world.one(
        "INSERT INTO work.draft (owner, reason, intents, base_seq, dossier_id) VALUES (%s, 'hồ sơ', %s, (SELECT seq FROM feed.head), %s) RETURNING id",
        owner, Jsonb([intent]), dossier,
    )["id"]  # fmt: skip
    if submitted:
        world.conn.execute(
            "UPDATE work.draft SET status = 'submitted', units = %s, subjects = %s, submitted_at = now() WHERE id = %s",
            [[UNIT[place]], [parcel], key],
        )
    return str(key)


def revision(world: World, dossier: str) -> int:
    return int(world.one("SELECT revision FROM dossier.dossier WHERE id = %s", dossier)["revision"])


def code(world: World, dossier: str) -> dict[str, Any]:
    """Code and token of a dossier."""
    return world.one("SELECT code, token FROM dossier.dossier WHERE id = %s", dossier)


def payment(world: World, dossier: str, reference: str | None = None) -> str:
    return str(
        world.one(
            "INSERT INTO dossier.payment (dossier_id, kind, code, name_vi, name_en, amount, reference)"
            " VALUES (%s, 'fee', %s, 'Phí thử', 'Trial fee', 50000, %s) RETURNING id",
            dossier, f"thu{next(world.numbers)}", reference,
        )["id"]
    )  # fmt: skip


def remark(world: World, dossier: str, text: str = "xem lại cạnh này") -> int:
    return int(
        world.one(
            "INSERT INTO dossier.comment (dossier_id, text, author) VALUES (%s, %s, (SELECT id FROM accounts.account WHERE login = %s)) RETURNING id",
            dossier, text, COLLEAGUE,
        )["id"]
    )  # fmt: skip


def document(
    world: World,
    dossier: str,
    *,
    name: str = "giấy.png",
    kind: str = "other",
    added_by: int | None = None,
    data: bytes | None = None,
) -> int:
    """A paper whose bytes are in the store."""
    data = data or png(next(world.numbers))
    return int(
        world.one(
            "INSERT INTO dossier.document (dossier_id, type, name, media_type, bytes, pages, sha256, added_by)"
            " VALUES (%s, %s, %s, 'image/png', %s, 1, %s, %s) RETURNING id",
            dossier, kind, name, len(data), stored(world, data), added_by,
        )["id"]
    )  # fmt: skip


def reusable(world: World, place: Place, applicant: int | None = None) -> tuple[str, int]:
    """A dossier, and a paper of an earlier one of the same applicant about the same land that could serve again."""
    earlier, later = (opened(world, place, applicant=applicant) for _ in range(2))
    wanted = world.one(
        "SELECT p ->> 'code' AS code FROM dossier.dossier d, jsonb_array_elements(d.terms -> 'documents') p"
        " WHERE d.id = %s AND coalesce(p ->> 'form', '') = '' LIMIT 1",
        later,
    )["code"]
    return later, document(world, earlier, kind=wanted)


def message(world: World, dossier: str) -> str:
    """A message to a partner that waits."""
    key = world.one("SELECT dossier.post('tax', 'slip', %s, '{}') AS key", dossier)["key"]
    return f"out-{world.one('SELECT id FROM dossier.outbox WHERE key = %s', key)['id']}"


def refuse_waiting(world: World, person: Person) -> None:
    """So that the person may file again: at most twenty wait at a time."""
    for row in world.conn.execute(
        "SELECT id FROM dossier.dossier WHERE applicant_account = %s AND status = 1", [person.account]
    ).fetchall():
        act(world, row["id"], "refuse")


def line() -> list[int]:
    """A side of a parcel in mm."""
    (x1, y1), (x2, y2) = at(0, 0), at(6, 0)
    return [x1, y1, x2, y2]
