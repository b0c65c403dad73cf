"""Rules of reading and changing rights, in the caller's transaction.

Other people's data answer the same as data that do not exist. The policies of the database say the same again; here it is said in words.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from psycopg.types.json import Jsonb

from geo_service.accounts.guards import require_in
from geo_service.accounts.models import Account
from geo_service.rights import schemas
from layers.db import Connection
from layers.errors import Forbidden, Malformed
from layers.fabric import history
from layers.register.rights import blocks, reading, registering
from layers.register.rights.masking import identity_digits, mask_address, mask_identity, mask_phone
from layers.register.rights.model import PERSONAL_FIELDS, Sealer
from layers.register.rights.parties import no_such_party
from layers.register.rights.shares import share_text

SHORTEST_NOTE = 5  # letters
MASKS = {"identity": mask_identity, "phone": mask_phone, "address": mask_address}
Shown = Literal["masked", "plain", "nothing"]


def purposes(conn: Connection) -> list[dict[str, Any]]:
    """What can be given as the reason to unmask a value."""
    return conn.execute(
        "SELECT code, name_vi, name_en FROM rights.purpose WHERE reveals ORDER BY basis DESC, code"
    ).fetchall()


def audit(conn: Connection, kind: str, subject: str, unit: str | None, detail: dict[str, Any]) -> None:
    """An entry in the log, in the same transaction. Never a personal value in `detail`."""
    conn.execute("SELECT audit.write(%s, %s, %s, %s)", (kind, subject, unit, Jsonb(detail)))


def unit_of(conn: Connection, parcel: int) -> str:
    """The commune a parcel lies in, or lay in last."""
    row = conn.execute(
        "SELECT unit FROM fabric.parcel_version WHERE parcel_id = %s ORDER BY id DESC LIMIT 1", (parcel,)
    ).fetchone()
    return str(row["unit"]) if row else ""


# ---- reading -------------------------------------------------------------------------------------------------------


def parcel_rights(conn: Connection, sealer: Sealer, account: Account, code: str) -> schemas.ParcelRights:
    """Rights and blocks of a parcel: for an officer of its commune all of them, for a holder one's own.

    Raises NotFound for an unknown parcel, Forbidden for everybody else, whether or not there are rights.
    """
    parcel = history.parcel_id(conn, code)
    unit = unit_of(conn, parcel)
    if account.may("rights.read", unit):
        units = reading.describe(conn, reading.ba_units_on(conn, parcel))
        shown: Shown = "masked" if account.may("person.reveal", unit) else "nothing"
        if units:
            audit(conn, "rights.read", f"parcel:{parcel}", unit, {"ba_units": [one["id"] for one in units]})
        return schemas.ParcelRights(
            ba_units=present(conn, sealer, units, shown),
            blocks=[schemas.Block.model_validate(row) for row in blocks.on_parcel(conn, parcel)],
        )
    own = own_parties(conn, account)
    mine = set(reading.ba_units_of(conn, own)) & set(reading.ba_units_on(conn, parcel))
    if not mine:
        raise Forbidden(
            "no-right-here",
            "Rights are shown to officers of the commune and to who holds a right here.",
            "Thông tin quyền chỉ hiển thị cho cán bộ của đơn vị này và người có quyền đối với thửa đất.",
        )
    units = reading.describe(conn, sorted(mine), only_parties=own)
    return schemas.ParcelRights(
        ba_units=present(conn, sealer, units, "masked", only=account.party_id),
        blocks=[schemas.Block.model_validate(row) for row in blocks.on_own_parcel(conn, parcel)],
    )


def own_parties(conn: Connection, account: Account) -> list[int]:
    """The person of a session and the groups it belongs to. An access token is for machines and stands for no person."""
    if account.party_id is None or account.scopes is not None:
        return []
    return reading.own_parties(conn)


def present(
    conn: Connection, sealer: Sealer, units: list[dict[str, Any]], shown: Shown, *, only: int | None = None
) -> list[schemas.BaUnit]:
    """Units of rights as they go out. `only`: of groups, no other member than this one."""
    parties = reading.parties(
        conn, (right["party_id"] for unit in units for right in unit["rights"] if right["party_id"] is not None)
    )
    out = {key: party_out(sealer, parties, key, shown, only=only) for key in parties}
    return [
        schemas.BaUnit.model_validate(
            unit
            | {
                "rights": [
                    {
                        "id": right["id"],
                        "kind": right["class"],
                        "type": right["type"],
                        "type_vi": right["name_vi"],
                        "type_en": right["name_en"],
                        "share": share_text(right["share_num"], right["share_den"]),
                        "party": out.get(right["party_id"]),
                        "valid_from": right["valid_from"],
                        "valid_to": right["valid_to"],
                        "source": right["source"],
                        "certificate": right["certificate_id"],
                    }
                    for right in unit["rights"]
                ]
            }
        )
        for unit in units
    ]


def party_out(
    sealer: Sealer, parties: dict[int, dict[str, Any]], key: int, shown: Shown, *, only: int | None = None
) -> schemas.Party:
    """A party as it goes out, with what is `shown` of its personal values."""
    row = parties[key]
    values = {}
    for field, name in PERSONAL_FIELDS.items():
        sealed = row[f"{name}_sealed"]
        plain = sealer.open(sealed, f"{name}:{key}") if sealed is not None and shown != "nothing" else None
        values[field] = MASKS[name](plain) if plain is not None and shown == "masked" else plain
    return schemas.Party(
        id=key,
        kind=row["kind"],
        name=row["name"],
        organisation_number=row["organisation_number"],
        members=[
            schemas.PartyMember(party=party_out(sealer, parties, member, shown), share=share_text(num, den))
            for member, num, den in row["members"]
            if only in (None, member)
        ],
        **values,
    )


# ---- blocks --------------------------------------------------------------------------------------------------------


def put_block(conn: Connection, account: Account, code: str, body: schemas.BlockIn) -> schemas.Block:
    """Block a parcel. Raises NotFound, Forbidden outside one's units, Malformed."""
    parcel = history.parcel_id(conn, code)
    unit = unit_of(conn, parcel)
    require_in(account, "block.write", unit)
    row = blocks.put(
        conn, parcel, unit,
        kind=body.kind, reason=body.reason, source=body.source, since=body.since, until=body.until, stops=tuple(body.stops),
    )  # fmt: skip
    audit(conn, "block.put", f"parcel:{parcel}", unit, {"block": row["id"], "kind": body.kind})
    return schemas.Block.model_validate(row)


def lift_block(conn: Connection, account: Account, block: int, body: schemas.LiftIn) -> schemas.Block:
    """Lift a block. Raises NotFound for one of another unit as for one that does not exist, Stale when it is lifted already."""
    found = blocks.get(conn, block)
    if not account.may("block.write", found["unit"]):
        raise blocks.no_such_block()
    row = blocks.lift(conn, block, reason=body.reason, source=body.source)
    audit(conn, "block.lifted", f"parcel:{row['parcel_id']}", row["unit"], {"block": block, "kind": row["kind"]})
    return schemas.Block.model_validate(row)


# ---- registering ---------------------------------------------------------------------------------------------------


def register(conn: Connection, sealer: Sealer, account: Account, body: schemas.RegistrationIn) -> schemas.BaUnit:
    """Register the new set of rights of a unit of rights."""
    require_in(account, "rights.write", body.unit)
    parcels = None if body.parcels is None else [history.parcel_id(conn, code) for code in body.parcels]
    done = registering.register(conn, sealer, body.plain(parcels))
    audit(
        conn, "rights.registered", f"ba_unit:{done.ba_unit}", body.unit,
        {"mode": body.mode, "rights": len(done.rights), "parties": done.parties, "parcels": done.parcels},
    )  # fmt: skip
    shown: Shown = "masked" if account.may("person.reveal", body.unit) else "nothing"
    return present(conn, sealer, reading.describe(conn, [done.ba_unit]), shown)[0]


# ---- people --------------------------------------------------------------------------------------------------------


def _purpose(conn: Connection, code: str) -> dict[str, Any]:
    row = conn.execute("SELECT code, basis FROM rights.purpose WHERE code = %s AND reveals", (code,)).fetchone()
    if row is None:
        raise Malformed("unknown-purpose", "Choose a purpose from the list.", "Hãy chọn mục đích trong danh sách.")
    return row


def check_purpose(conn: Connection, code: str, note: str) -> str:
    """The code of a purpose that a duty of the office gives, with a note that says why. Raises Malformed."""
    purpose = _purpose(conn, code)
    _check_note(note)
    return str(purpose["code"])


def _unit_of_party(conn: Connection, account: Account, party: int) -> str | None:
    """A commune in which the party holds something and the account may unmask."""
    rows = conn.execute(
        """
        SELECT DISTINCT b.unit FROM rights.rrr r JOIN rights.ba_unit b ON b.id = r.ba_unit
        WHERE (r.party_id = %(party)s OR r.party_id IN (SELECT group_id FROM rights.group_member WHERE member_id = %(party)s))
          AND upper_inf(r.recorded) AND rights.stands(r.valid) ORDER BY 1
        """,
        {"party": party},
    ).fetchall()
    return next((row["unit"] for row in rows if account.may("person.reveal", row["unit"])), None)


def search_party(conn: Connection, sealer: Sealer, account: Account, body: schemas.SearchIn) -> list[schemas.Party]:
    """Who has this identity number, among those who hold something where the account may unmask. The number itself is not logged."""
    purpose = _purpose(conn, body.purpose)
    fingerprint = sealer.fingerprint(identity_digits(body.identity_number))
    row = conn.execute(
        "SELECT party_id FROM rights.personal WHERE identity_fingerprint = %s AND rights.sees_party(party_id, 'person.reveal')",
        (fingerprint,),
    ).fetchone()
    party = row["party_id"] if row else None
    unit = _unit_of_party(conn, account, party) if party is not None else None
    found = [] if party is None else [party_out(sealer, reading.parties(conn, [party]), party, "masked")]
    subject = "party:unknown" if party is None else f"party:{party}"
    audit(conn, "person.searched", subject, unit, {"purpose": purpose["code"], "found": len(found)})
    return found


def reveal(conn: Connection, sealer: Sealer, account: Account, party: int, body: schemas.RevealIn) -> str | None:
    """A value in clear, and the entry in the log that the person can read.

    Raises NotFound for a party the account may not unmask as for one that does not exist, Malformed for a purpose or note that says nothing,
    Forbidden when the purpose rests on a consent that was not given.
    """
    purpose = _purpose(conn, body.purpose)
    _check_note(body.note)
    row = conn.execute(
        "SELECT s.* FROM rights.party p LEFT JOIN rights.personal s ON s.party_id = p.id"
        " WHERE p.id = %s AND rights.sees_party(p.id, 'person.reveal')",
        (party,),
    ).fetchone()
    if row is None:
        raise no_such_party()
    if purpose["basis"] == "consent" and not consents(conn, party, purpose["code"]):
        raise Forbidden("no-consent", "The person has not agreed to this.", "Người này chưa đồng ý cho mục đích này.")
    name = PERSONAL_FIELDS[body.field]
    sealed = row[f"{name}_sealed"]
    value = sealer.open(sealed, f"{name}:{party}") if sealed is not None else None
    audit(
        conn, "person.revealed", f"party:{party}", _unit_of_party(conn, account, party),
        {"field": body.field, "purpose": purpose["code"], "note": body.note.strip()},
    )  # fmt: skip
    return value


def _check_note(note: str) -> None:
    """The note says why, and holds no number of anybody: it is kept in the log."""
    if sum(sign.isalpha() for sign in note) < SHORTEST_NOTE:
        raise Malformed("note-too-short", "Say in a few words why.", "Hãy ghi rõ lý do bằng vài từ.")
    if re.search(r"\d{9}", re.sub(r"[\s.\-]", "", note)):
        raise Malformed(
            "note-has-number",
            "Leave identity and phone numbers out of the note: it is kept in the log.",
            "Không ghi số định danh, số điện thoại vào lý do: nội dung này được lưu trong nhật ký.",
        )


def consents(conn: Connection, party: int, purpose: str) -> bool:
    """Whether the newest word of a person on a purpose is yes."""
    row = conn.execute(
        "SELECT given FROM rights.consent WHERE party_id = %s AND purpose = %s ORDER BY id DESC LIMIT 1",
        (party, purpose),
    ).fetchone()
    return bool(row and row["given"])
