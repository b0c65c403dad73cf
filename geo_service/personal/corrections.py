"""Requests for correction of personal data: asked by the person, decided by a registrar of a commune where the person holds something.

Values are sealed in the request too. What a granted request replaces is kept, sealed, with it: nothing is lost and nothing is in clear.
"""

from __future__ import annotations

from typing import Any

import psycopg

from geo_service.accounts.models import Account
from geo_service.personal import schemas
from geo_service.rights.service import audit
from layers.db import Connection
from layers.errors import NotFound, Stale
from layers.register.rights.masking import identity_digits, phone_digits
from layers.register.rights.model import PERSONAL_FIELDS, Sealer
from layers.register.rights.parties import check_name

MOST_OPEN = 20
REQUESTS = """
    SELECT c.id, c.party_id AS party, p.name AS party_name, c.field, c.value_sealed, c.note, c.status, c.created_at, c.decided_at, c.decision_note
    FROM rights.correction c JOIN rights.party p ON p.id = c.party_id
"""
SEALED = {
    "phone": "SELECT phone_sealed AS sealed FROM rights.personal WHERE party_id = %s",
    "address": "SELECT address_sealed AS sealed FROM rights.personal WHERE party_id = %s",
    "identity_number": "SELECT identity_sealed AS sealed FROM rights.personal WHERE party_id = %s",
}
REPLACE = {
    "phone": "UPDATE rights.personal SET phone_sealed = %(sealed)s WHERE party_id = %(party)s",
    "address": "UPDATE rights.personal SET address_sealed = %(sealed)s WHERE party_id = %(party)s",
    "identity_number": "UPDATE rights.personal SET identity_sealed = %(sealed)s, identity_fingerprint = %(fingerprint)s"
    " WHERE party_id = %(party)s",
}
CHECKS = {"name": check_name, "identity_number": identity_digits, "phone": phone_digits}


def _context(party: int, field: str) -> str:
    return f"correction {field}:{party}"


def _out(sealer: Sealer, row: dict[str, Any]) -> schemas.Correction:
    value = sealer.open(row["value_sealed"], _context(row["party"], row["field"]))
    return schemas.Correction.model_validate(row | {"value": value})


def of_party(conn: Connection, sealer: Sealer, party: int) -> list[schemas.Correction]:
    """All requests of a person, newest first."""
    rows = conn.execute(REQUESTS + " WHERE c.party_id = %s ORDER BY c.id DESC LIMIT 500", (party,)).fetchall()
    return [_out(sealer, row) for row in rows]


def to_decide(conn: Connection, sealer: Sealer) -> list[schemas.Correction]:
    """Open requests of people who hold something where the account registers rights, oldest first."""
    rows = conn.execute(
        REQUESTS + " WHERE c.status = 'open' AND rights.sees_party(c.party_id, 'rights.write')"
        " AND c.party_id IS DISTINCT FROM accounts.acting_party() ORDER BY c.id LIMIT 200"
    ).fetchall()
    return [_out(sealer, row) for row in rows]


def ask(conn: Connection, sealer: Sealer, party: int, body: schemas.CorrectionIn) -> schemas.Correction:
    value = CHECKS[body.field](body.value) if body.field in CHECKS else body.value
    row = conn.execute(
        "INSERT INTO rights.correction (party_id, field, value_sealed, note) VALUES (%s, %s, %s, %s) RETURNING id",
        (party, body.field, sealer.seal(value, _context(party, body.field)), body.note.strip()),
    ).fetchone()
    found = conn.execute(REQUESTS + " WHERE c.id = %s", (row["id"],)).fetchone()  # type: ignore[index]
    assert found is not None
    return _out(sealer, found)


def decide(
    conn: Connection, sealer: Sealer, account: Account, correction: int, body: schemas.DecisionIn
) -> schemas.Correction:
    """Grant or refuse a request; a granted value takes the place of the old one.

    Raises NotFound for a request of another commune, for one's own, and for one that does not exist; Stale when it is decided already or the new
    identity number belongs to somebody else.
    """
    row = conn.execute(
        REQUESTS + " WHERE c.id = %s AND rights.sees_party(c.party_id, 'rights.write') FOR UPDATE OF c", (correction,)
    ).fetchone()
    if row is None or row["party"] == account.party_id:
        raise NotFound("no-such-correction", "There is no such request.", "Không có yêu cầu này.")
    if row["status"] != "open":
        raise Stale("correction-decided", "This request is decided already.", "Yêu cầu này đã được giải quyết.")
    request = _out(sealer, row)
    previous = _apply(conn, sealer, request) if body.accepted else None
    conn.execute(
        "UPDATE rights.correction SET status = %s, decided_at = now(), decision_note = %s, previous_sealed = %s WHERE id = %s",
        ("accepted" if body.accepted else "refused", body.note.strip() or "–", previous, correction),
    )
    audit(
        conn, "correction.accepted" if body.accepted else "correction.refused", f"party:{request.party}", None,
        {"correction": correction, "field": request.field},
    )  # fmt: skip
    found = conn.execute(REQUESTS + " WHERE c.id = %s", (correction,)).fetchone()
    assert found is not None
    return _out(sealer, found)


def _apply(conn: Connection, sealer: Sealer, request: schemas.Correction) -> bytes | None:
    """Put the new value in place; returns the old one, sealed for the request."""
    party, field = request.party, request.field
    if field == "other":  # done by hand, as a registration
        return None
    if field == "name":
        conn.execute("UPDATE rights.party SET name = %s WHERE id = %s", (request.value, party))
        return sealer.seal(request.party_name, _context(party, f"previous {field}"))
    name = PERSONAL_FIELDS[field]
    row = conn.execute(SEALED[field], (party,)).fetchone()
    if row is None:
        conn.execute("SELECT rights.begin_personal(%s)", (party,))
    sealed = sealer.seal(request.value, f"{name}:{party}")
    try:
        conn.execute(
            REPLACE[field],
            {"sealed": sealed, "party": party, "fingerprint": sealer.fingerprint(request.value)},
        )
    except psycopg.errors.UniqueViolation as error:
        raise Stale(
            "identity-taken", "This identity number belongs to another record.", "Số định danh này thuộc về hồ sơ khác."
        ) from error
    if row is None or row["sealed"] is None:
        return None
    return sealer.seal(sealer.open(row["sealed"], f"{name}:{party}"), _context(party, f"previous {field}"))
