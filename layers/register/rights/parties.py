"""Making and finding parties. Personal values leave Python sealed or not at all."""

from __future__ import annotations

import re
from fractions import Fraction

from layers.db import Connection
from layers.errors import Malformed, NotFound
from layers.register.rights.masking import identity_digits, phone_digits
from layers.register.rights.model import GROUP_KINDS, Member, NewParty, Sealer
from layers.register.rights.shares import require_whole

NAME_SIGNS = re.compile(r"[^\W\d_][\w .,'’()/&–-]*")


def check_name(name: str) -> str:
    """A name with single spaces.

    Raises Malformed for an empty one, or one with signs that no name has (a formula, markup, control characters).
    """
    text = " ".join(name.split())
    if not NAME_SIGNS.fullmatch(text) or len(text) > 300:
        raise Malformed(
            "bad-name", "The name is empty or has signs that no name has.", "Tên bị trống hoặc có ký tự lạ."
        )
    return text


def no_such_party() -> NotFound:
    """The same for a party that does not exist and for one the caller may not see."""
    return NotFound("no-such-party", "There is no such person or organisation.", "Không có người hoặc tổ chức này.")


def find_or_make(conn: Connection, sealer: Sealer, wish: NewParty) -> int:
    """Id of the party. One that the number names is taken as it is on record: a name written otherwise is no reason to refuse.

    Raises NotFound for an id the caller does not see, Malformed for bad values.
    """
    if wish.id is not None:
        if conn.execute("SELECT id FROM rights.party WHERE id = %s", (wish.id,)).fetchone() is None:
            raise no_such_party()
        return wish.id
    if (wish.kind in GROUP_KINDS) < bool(wish.members):
        raise Malformed(
            "bad-group", "Only a group has members.", "Chỉ nhóm, hộ, vợ chồng hoặc cộng đồng có thành viên."
        )
    if wish.identity_number and wish.kind != "person":
        raise Malformed("bad-party", "Only a person has an identity number.", "Chỉ cá nhân có số định danh cá nhân.")
    number = identity_digits(wish.identity_number) if wish.identity_number else None
    phone = phone_digits(wish.phone) if wish.phone else None
    organisation = _organisation_number(wish)
    name = check_name(wish.name)
    fingerprint = sealer.fingerprint(number) if number else None
    if fingerprint or organisation:
        found = conn.execute("SELECT rights.known_party(%s, %s) AS id", (fingerprint, organisation)).fetchone()
        if found and found["id"] is not None:
            return int(found["id"])
    row = conn.execute(
        "INSERT INTO rights.party (kind, name, organisation_number) VALUES (%s, %s, %s) RETURNING id",
        (wish.kind, name, organisation),
    ).fetchone()
    party = int(row["id"])  # type: ignore[index]
    address = " ".join(wish.address.split()) if wish.address else None
    values = {"identity": number, "phone": phone, "address": address}
    if any(values.values()) or wish.birth_year is not None:
        _add_personal(conn, sealer, party, values, fingerprint, wish.birth_year)
    _add_members(conn, sealer, party, wish.members)
    return party


def _organisation_number(wish: NewParty) -> str | None:
    if not wish.organisation_number:
        return None
    number = re.sub(r"[\s.]", "", wish.organisation_number).upper()
    if wish.kind != "organisation" or not re.fullmatch(r"[0-9A-Z-]{4,20}", number):
        raise Malformed(
            "bad-organisation-number",
            f"“{wish.organisation_number[:20]}” is not the number of an organisation.",
            f"“{wish.organisation_number[:20]}” không phải mã số tổ chức.",
        )
    return number


def _add_personal(
    conn: Connection,
    sealer: Sealer,
    party: int,
    values: dict[str, str | None],
    fingerprint: bytes | None,
    birth_year: int | None,
) -> None:
    sealed = {name: sealer.seal(value, f"{name}:{party}") if value else None for name, value in values.items()}
    conn.execute(
        """
        INSERT INTO rights.personal (party_id, identity_sealed, identity_fingerprint, phone_sealed, address_sealed, birth_year)
        VALUES (%(party)s, %(identity)s, %(fingerprint)s, %(phone)s, %(address)s, %(birth_year)s)
        """,
        {**sealed, "party": party, "fingerprint": fingerprint, "birth_year": birth_year},
    )


def _add_members(conn: Connection, sealer: Sealer, group: int, members: tuple[Member, ...]) -> None:
    if not members:
        return
    require_whole((member.share for member in members), "the members of the group", "các thành viên")
    shares: dict[int, Fraction] = {}
    for member in members:
        party = find_or_make(conn, sealer, member.party)
        if party in shares:
            raise Malformed("twice-in-group", "Somebody is in the group twice.", "Một người có tên hai lần trong nhóm.")
        shares[party] = member.share
    for party, share in shares.items():
        conn.execute(
            "INSERT INTO rights.group_member (group_id, member_id, share_num, share_den) VALUES (%s, %s, %s, %s)",
            (group, party, share.numerator, share.denominator),
        )
