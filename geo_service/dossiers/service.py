"""Rules of dossiers, in the caller's transaction. What may be done when, and by whom, is decided by the database (sql/functions.sql)."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from geo_service.accounts.models import Account
from geo_service.dossiers import binding, reading, schemas
from geo_service.dossiers.money.service import raise_fees
from geo_service.dossiers.refusals import no_such_dossier
from geo_service.rights import service as rights
from layers.crs import FabricCrs
from layers.db import Connection
from layers.errors import Malformed
from layers.fabric import history
from layers.register.rights.masking import identity_digits, phone_digits
from layers.register.rights.model import Sealer

ENTRIES = {"rights": "registration", "block": "block", "lift": "lift"}
"""What a step does to the register of rights, and the part of an act that says so."""


def file(
    conn: Connection, crs: FabricCrs, sealer: Sealer, account: Account, body: schemas.DossierIn
) -> schemas.Dossier:
    """Open a dossier: a citizen online for oneself, the counter for whom stands there.

    Raises NotFound for an unknown parcel or procedure, Malformed for a value that cannot be one, Forbidden outside one's units.
    """
    if body.id is not None and _opened_by(conn, account, body.id):
        return reading.full(conn, crs, sealer, account, body.id)
    parcels = [history.parcel_id(conn, name) for name in body.parcels]
    applicant = body.applicant or schemas.ApplicantIn(name=account.name)
    internal = _internal(conn, body.procedure)
    counter = not internal and body.received_unit is not None and account.may("desk.reception", body.received_unit)
    fingerprint = sealer.fingerprint(identity_digits(applicant.identity_number)) if applicant.identity_number else None
    party = None if internal else _party(conn, account, fingerprint, counter=counter)
    if not counter and fingerprint is not None and not _own_number(conn, party, fingerprint):
        fingerprint = None  # only claimed: it must not lead to the papers of somebody else
    key = body.id or uuid4()
    conn.execute(
        "SELECT dossier.open(%s, %s, %s, NULL, %s::smallint, %s::bigint[], %s, %s, %s)",
        (
            key,
            body.procedure,
            body.received_unit,
            body.channel,
            parcels,
            Jsonb(body.form),
            None if counter or internal else account.id,
            party,
        ),
    )
    conn.execute(
        "SELECT dossier.name_applicant(%s, %s, %s, %s, %s, %s)",
        (key, *_sealed(sealer, key, applicant, fingerprint)),
    )
    if not internal:  # nobody pays for what officers open
        raise_fees(conn, key)
    return reading.full(conn, crs, sealer, account, key)


def _opened_by(conn: Connection, account: Account, key: UUID) -> bool:
    """Whether this account has opened the dossier of this key already."""
    row = conn.execute(
        "SELECT 1 FROM dossier.event WHERE dossier_id = %s AND kind = 'open' AND actor = %s", (key, account.id)
    ).fetchone()
    return row is not None


def _internal(conn: Connection, procedure: str) -> bool:
    """Whether officers open such a dossier of themselves; which of them may is checked in the database."""
    row = conn.execute(
        "SELECT definition ->> 'kind' AS kind FROM dossier.procedure_version WHERE procedure = %s AND status = 'published' AND valid @> accounts.today()",
        (procedure,),
    ).fetchone()
    return row is not None and row["kind"] == "internal"


def _own_number(conn: Connection, party: int | None, fingerprint: bytes) -> bool:
    row = conn.execute(
        "SELECT 1 FROM rights.personal WHERE party_id = %s AND identity_fingerprint = %s", (party, fingerprint)
    ).fetchone()
    return row is not None


def _party(conn: Connection, account: Account, fingerprint: bytes | None, *, counter: bool) -> int | None:
    """The person in the land register: oneself, or at the counter who has the number, where the officer may know."""
    if not counter:
        return account.party_id if account.scopes is None else None
    if fingerprint is None:
        return None
    row = conn.execute(
        "SELECT party_id FROM rights.personal WHERE identity_fingerprint = %s AND rights.sees_party(party_id, 'person.reveal')",
        (fingerprint,),
    ).fetchone()
    return int(row["party_id"]) if row else None


def _sealed(
    sealer: Sealer, key: UUID, applicant: schemas.ApplicantIn, fingerprint: bytes | None
) -> tuple[bytes | None, ...]:
    def seal(name: str, value: str | None) -> bytes | None:
        return sealer.seal(value, f"dossier.{name}:{key}") if value else None

    name = applicant.name.strip()
    if not name:
        raise Malformed("no-name", "Say who applies.", "Hãy ghi tên người nộp hồ sơ.")
    number = identity_digits(applicant.identity_number) if applicant.identity_number else None
    phone = phone_digits(applicant.phone) if applicant.phone else None
    return (
        seal("name", name),
        seal("identity", number),
        fingerprint,
        seal("phone", phone),
        seal("address", applicant.address),
    )


def act(
    conn: Connection, crs: FabricCrs, sealer: Sealer, account: Account, dossier: UUID, action: str, body: schemas.ActIn
) -> dict[str, Any]:
    """Do one step. Where it decides on the map, the drawing is committed, rights follow and the applicant is told in the same transaction.

    Raises what `refusals` names, and for a map: EditRefused, Stale, Busy.
    """
    conn.execute("SELECT dossier.lock(%s)", (dossier,))  # before the parcels: one order everywhere
    kind = conn.execute(
        "SELECT a.kind, a.map, a.effect, d.code FROM dossier.dossier d JOIN dossier.action a"
        " ON a.version_id = d.version_id AND a.from_step = d.step AND a.code = %s WHERE d.id = %s AND d.revision = %s"
        " AND dossier.has_desk(a.role, a.place, d)",  # whom it is not for is told so by dossier.act, before anything about the map
        (action, dossier, body.revision),
    ).fetchone()
    change_set, written, followed = None, None, []
    if kind and kind["kind"] == "propose_map":
        binding.submit(conn, crs, account, dossier)
    elif kind and (
        kind["map"] == "required" or (kind["map"] == "optional" and binding.waiting(conn, dossier) is not None)
    ):
        change_set, written = binding.commit(conn, crs, account, dossier, body.digest)
        followed = binding.follow(conn, change_set, f"Hồ sơ {kind['code']}")
    if kind:
        _effect(conn, sealer, account, dossier, kind["effect"], body)
    detail: dict[str, Any] = {}
    if body.register_stays:
        detail["register_stays"] = True
    if body.promised_at:
        detail["promised_at"] = body.promised_at.isoformat()
    if followed:
        detail["rights"] = followed
    conn.execute(
        "SELECT dossier.act(%s, %s, %s, %s, %s, %s)",
        (dossier, action, body.revision, body.note, Jsonb(detail), change_set),
    )
    if kind:
        _check_entered(conn, dossier, kind["effect"], body)
    return {"written": written, "rights": followed}


def _effect(
    conn: Connection, sealer: Sealer, account: Account, dossier: UUID, effect: str, body: schemas.ActIn
) -> None:
    """What an act does to the register of rights, before the dossier moves: a registration, a block, the lifting of one."""
    if any(getattr(body, entry) is not None for of, entry in ENTRIES.items() if of != effect):
        raise Malformed(
            "no-such-effect",
            "This step does not change the register of rights in that way.",
            "Bước này không thực hiện việc đăng ký như vậy.",
        )
    if body.registration is not None:
        registered = rights.register(conn, sealer, account, body.registration)
        subjects = _subjects(conn, dossier)
        if subjects and not {parcel.id for parcel in registered.parcels} & set(subjects):
            raise Malformed(
                "registration-elsewhere",
                "The registration is not about a parcel of this dossier.",
                "Nội dung đăng ký không thuộc thửa đất của hồ sơ này.",
            )
    if body.block is not None:
        for parcel in _subjects(conn, dossier):
            rights.put_block(conn, account, str(parcel), body.block)
    if body.lift is not None:
        rights.lift_block(conn, account, *body.lift)


def _check_entered(conn: Connection, dossier: UUID, effect: str, body: schemas.ActIn) -> None:
    """A step that is there to change the register does, or says why it stays; where the dossier changed the map, rights have followed it."""
    entry = ENTRIES.get(effect)
    if entry is None or getattr(body, entry) is not None:
        return
    if body.register_stays:
        if not (body.note or "").strip():
            raise Malformed(
                "note-needed", "Say why the register stays as it is.", "Hãy ghi rõ lý do giữ nguyên nội dung đăng ký."
            )
        return
    mapped = conn.execute(
        "SELECT 1 FROM dossier.event WHERE dossier_id = %s AND change_set IS NOT NULL LIMIT 1", (dossier,)
    ).fetchone()
    if mapped is None:
        raise Malformed(
            "registration-needed",
            "This decision changes the register of rights: enter the change, or say why the register stays as it is.",
            "Quyết định này làm thay đổi sổ đăng ký: hãy nhập nội dung thay đổi, hoặc ghi rõ lý do giữ nguyên.",
        )


def _subjects(conn: Connection, dossier: UUID) -> list[int]:
    rows = conn.execute(
        "SELECT parcel_id FROM dossier.parcel WHERE dossier_id = %s AND role = 'subject' ORDER BY 1", (dossier,)
    ).fetchall()
    return [row["parcel_id"] for row in rows]


def assign(conn: Connection, dossier: UUID, body: schemas.AssignIn) -> None:
    conn.execute("SELECT dossier.assign(%s, %s, %s, %s)", (dossier, body.account, body.revision, body.note))


def reveal(conn: Connection, sealer: Sealer, account: Account, dossier: UUID, body: schemas.RevealIn) -> str | None:
    """A value of the applicant in clear, logged with its purpose.

    Raises NotFound for a dossier the reader may not see, Forbidden without the capability, Malformed for a purpose or note that says nothing.
    """
    row = conn.execute(
        "SELECT a.*, d.competent_unit, d.received_unit, d.applicant_party FROM dossier.dossier d"
        " JOIN dossier.applicant a ON a.dossier_id = d.id WHERE d.id = %s",
        (dossier,),
    ).fetchone()
    if row is None:
        raise no_such_dossier()
    unit = next(
        (one for one in (row["competent_unit"], row["received_unit"]) if account.may("person.reveal", one)), None
    )
    if unit is None:
        raise no_such_dossier()
    purpose = rights.check_purpose(conn, body.purpose, body.note)
    name = {"identity_number": "identity"}.get(body.field, body.field)
    sealed = row[f"{name}_sealed"]
    subject = f"party:{row['applicant_party']}" if row["applicant_party"] else f"dossier:{dossier}"
    rights.audit(
        conn, "person.revealed", subject, unit, {"field": body.field, "purpose": purpose, "note": body.note.strip()}
    )
    return sealer.open(sealed, f"dossier.{name}:{dossier}") if sealed is not None else None
