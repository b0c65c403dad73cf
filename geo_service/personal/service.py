"""What a person may know and say of the own data, in the caller's transaction. Nothing here takes an id from outside: it is always oneself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from geo_service.accounts.models import Account
from geo_service.personal import corrections, schemas
from geo_service.rights import service as rights
from layers.db import Connection
from layers.errors import Malformed, NotFound
from layers.register.rights import reading
from layers.register.rights.model import Sealer


def require_person(account: Account) -> int:
    """The party of who is signed in.

    Raises NotFound where the account is not linked to one, and for an access token: it stands for no person.
    """
    if account.party_id is None or account.scopes is not None:
        raise NotFound(
            "no-person",
            "Your account is not linked to a person in the land register.",
            "Tài khoản của bạn chưa được liên kết với người có tên trong sổ địa chính.",
        )
    return account.party_id


def own_data(conn: Connection, sealer: Sealer, account: Account) -> schemas.OwnData:
    """The person with values in clear, and every right held alone or in a group."""
    party = require_person(account)
    own = reading.own_parties(conn)
    units = reading.describe(conn, reading.ba_units_of(conn, own), only_parties=own)
    shown = rights.present(conn, sealer, units, "plain", only=party)
    found = reading.parties(conn, [party])
    if party not in found:
        raise NotFound("no-person", "The person is not on record.", "Không tìm thấy người này trong sổ địa chính.")
    return schemas.OwnData(
        party=rights.party_out(sealer, found, party, "plain"),
        birth_year=found[party]["birth_year"],
        rights=[right for unit in shown for right in schemas.OwnRight.of(unit)],
    )


def accesses(conn: Connection, account: Account) -> list[schemas.LookedAt]:
    """Who looked at one's data, newest first."""
    require_person(account)
    rows = conn.execute(
        """
        SELECT a.at, a.role AS who_role, r.name_vi AS who_role_vi, r.name_en AS who_role_en, a.unit, u.name AS unit_name, a.kind, a.detail,
               p.name_vi AS purpose_vi, p.name_en AS purpose_en
        FROM rights.accesses() a LEFT JOIN accounts.role r ON r.code = a.role LEFT JOIN register.unit u ON u.code = a.unit
        LEFT JOIN rights.purpose p ON p.code = a.detail ->> 'purpose' ORDER BY a.id DESC
        """
    ).fetchall()
    return [
        schemas.LookedAt.model_validate(row | {"what": _what(row), "note": row["detail"].get("note")}) for row in rows
    ]


def _what(row: dict[str, Any]) -> str:
    if row["kind"] == "person.revealed":
        return str(row["detail"].get("field", "revealed"))
    return "search" if row["kind"] == "person.searched" else str(row["kind"])


def consents(conn: Connection, account: Account) -> list[schemas.Consent]:
    """Every purpose that needs a consent, with the person's newest word on it."""
    party = require_person(account)
    rows = conn.execute(
        """
        SELECT p.code AS purpose, p.name_vi, p.name_en, coalesce(c.given, false) AS given, c.at FROM rights.purpose p
        LEFT JOIN LATERAL (SELECT given, at FROM rights.consent c WHERE c.party_id = %s AND c.purpose = p.code ORDER BY id DESC LIMIT 1) c ON true
        WHERE p.basis = 'consent' ORDER BY p.code
        """,
        (party,),
    ).fetchall()
    return [schemas.Consent.model_validate(row) for row in rows]


def give_consent(conn: Connection, account: Account, purpose: str, given: bool) -> schemas.Consent:
    """Agree, or take it back; both stay on record.

    Raises NotFound for a purpose that asks for no consent.
    """
    party = require_person(account)
    if not any(one.purpose == purpose for one in consents(conn, account)):
        raise NotFound("no-such-purpose", "There is no such purpose.", "Không có mục đích này.")
    conn.execute("INSERT INTO rights.consent (party_id, purpose, given) VALUES (%s, %s, %s)", (party, purpose, given))
    rights.audit(conn, "consent.given" if given else "consent.withdrawn", f"party:{party}", None, {"purpose": purpose})
    return next(one for one in consents(conn, account) if one.purpose == purpose)


def ask_correction(
    conn: Connection, sealer: Sealer, account: Account, body: schemas.CorrectionIn
) -> schemas.Correction:
    """Record what the person says is wrong.

    Raises Malformed for a value that cannot be one, or when too many requests are open.
    """
    party = require_person(account)
    mine = corrections.of_party(conn, sealer, party)
    if sum(one.status == "open" for one in mine) >= corrections.MOST_OPEN:
        raise Malformed(
            "too-many-open",
            "Wait until your open requests are decided.",
            "Hãy chờ các yêu cầu đang mở được giải quyết.",
        )
    made = corrections.ask(conn, sealer, party, body)
    rights.audit(conn, "correction.asked", f"party:{party}", None, {"correction": made.id, "field": body.field})
    return made


def export(conn: Connection, sealer: Sealer, account: Account) -> schemas.Export:
    """Everything on record about the person."""
    party = require_person(account)
    person = own_data(conn, sealer, account)
    done = schemas.Export(
        exported_at=datetime.now(UTC),
        person=person,
        accesses=accesses(conn, account),
        consents=consents(conn, account),
        corrections=corrections.of_party(conn, sealer, party),
    )
    rights.audit(conn, "person.exported", f"party:{party}", None, {"rights": len(person.rights)})
    return done
