"""Registering the rights of an administrative unit: bitemporal, in the caller's transaction, with the database's checks fired at the end."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import psycopg

from layers.db import Connection
from layers.errors import Malformed, NotFound, Problem, Stale
from layers.register.rights.certificates import normalise_serial, recognise
from layers.register.rights.model import NewCertificate, Registration, Sealer
from layers.register.rights.parties import find_or_make
from layers.register.rights.shares import require_whole

CONSTRAINTS = "rights.rrr_shares, rights.member_shares"
CLOSE = "recorded = 'empty'"  # no longer believed; the database writes since when


@dataclass(frozen=True)
class Registered:
    """The unit, its new rights, and everybody who got one."""

    ba_unit: int
    rights: list[int]
    parties: list[int]
    parcels: list[int]


def register(conn: Connection, sealer: Sealer, wish: Registration) -> Registered:
    """Write a registration.

    Raises Malformed (shares, serials, numbers, parcels of another unit, a certificate or land that has its rights already), NotFound (an
    administrative unit or party that is not there for the caller), Stale (somebody else registered meanwhile).
    """
    if not wish.source.strip():
        raise Malformed("no-source", "Name the document this rests on.", "Hãy ghi văn bản làm căn cứ đăng ký.")
    _check_shares(conn, wish)
    try:
        with conn.transaction():
            conn.execute(f"SET CONSTRAINTS {CONSTRAINTS} DEFERRED")
            done = _write(conn, sealer, wish)
            conn.execute(f"SET CONSTRAINTS {CONSTRAINTS} IMMEDIATE; SET CONSTRAINTS {CONSTRAINTS} DEFERRED")
            return done
    except psycopg.Error as error:
        raise refusal(error) from error


def _check_shares(conn: Connection, wish: Registration) -> None:
    """What the database says too, in words a person understands. Rights with an end of their own are left to it."""
    types = {
        row["code"]: row for row in conn.execute("SELECT code, class, name_vi, name_en, exclusive FROM rights.rrr_type")
    }
    shares = defaultdict(list)
    for right in wish.rights:
        kind = types.get(right.type)
        if kind is None or kind["class"] != right.cls or (right.party is None and right.cls == "right"):
            raise Malformed(
                "bad-right",
                f"“{right.type[:40]}” is not a {right.cls}, or says not whose it is.",
                f"“{right.type[:40]}” không phải loại quyền hợp lệ hoặc thiếu chủ thể.",
            )
        if right.valid_to is not None and right.valid_to <= wish.valid_from:
            raise Malformed("bad-dates", "A right ends after it begins.", "Ngày kết thúc phải sau ngày bắt đầu.")
        if kind["exclusive"]:
            shares[right.type].append(right)
    for code, held in shares.items():
        if all(right.valid_to is None for right in held):
            require_whole(
                (right.share for right in held), types[code]["name_en"].lower(), types[code]["name_vi"].lower()
            )


def _write(conn: Connection, sealer: Sealer, wish: Registration) -> Registered:
    ba_unit = _unit(conn, wish)
    parcels = _link(conn, ba_unit, wish)
    # Found while what they hold now still lets the caller see them.
    holders = [find_or_make(conn, sealer, right.party) if right.party else None for right in wish.rights]
    _end_rights(conn, ba_unit, wish)
    certificates = _certificates(conn, ba_unit, wish)
    rights = []
    for right, party in zip(wish.rights, holders, strict=True):
        row = conn.execute(
            """
            INSERT INTO rights.rrr (ba_unit, class, type, party_id, share_num, share_den, certificate_id, source, valid)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, daterange(%s, %s)) RETURNING id
            """,
            (ba_unit, right.cls, right.type, party, right.share.numerator, right.share.denominator,
             certificates.get(normalise_serial(right.certificate.serial)) if right.certificate else None,
             wish.source.strip(), wish.valid_from, right.valid_to),
        ).fetchone()  # fmt: skip
        rights.append(int(row["id"]))  # type: ignore[index]
    return Registered(ba_unit, rights, sorted({party for party in holders if party is not None}), parcels)


def _unit(conn: Connection, wish: Registration) -> int:
    if wish.ba_unit is not None:
        found = conn.execute("SELECT unit FROM rights.ba_unit WHERE id = %s", (wish.ba_unit,)).fetchone()
        if found is None or found["unit"] != wish.unit:
            raise NotFound("no-such-ba-unit", "There is no such unit of rights.", "Không có đơn vị đăng ký này.")
        return wish.ba_unit
    if not wish.parcels or not wish.rights:
        raise Malformed(
            "nothing-to-register",
            "A new registration names at least one parcel and one right.",
            "Đăng ký mới phải có ít nhất một thửa đất và một quyền.",
        )
    row = conn.execute(
        "INSERT INTO rights.ba_unit (kind, unit, name) VALUES (%s, %s, %s) RETURNING id",
        (wish.kind, wish.unit, wish.name.strip()),
    ).fetchone()
    return int(row["id"])  # type: ignore[index]


def _link(conn: Connection, ba_unit: int, wish: Registration) -> list[int]:
    rows = conn.execute(
        "SELECT id, parcel_id, lower(valid) AS since, upper(valid) AS until FROM rights.ba_unit_parcel"
        " WHERE ba_unit = %s AND upper_inf(recorded) AND (upper_inf(valid) OR upper(valid) > %s) ORDER BY parcel_id",
        (ba_unit, wish.valid_from),
    ).fetchall()
    if wish.parcels is None:
        return [row["parcel_id"] for row in rows]
    wanted = set(wish.parcels)
    for row in rows:
        if row["parcel_id"] in wanted:
            continue
        conn.execute(f"UPDATE rights.ba_unit_parcel SET {CLOSE} WHERE id = %s", (row["id"],))
        if wish.mode == "change" and row["since"] < wish.valid_from:
            _insert_link(conn, ba_unit, row["parcel_id"], row["since"], wish.valid_from)
    there = {row["parcel_id"] for row in rows}
    for parcel in sorted(wanted - there):
        _insert_link(conn, ba_unit, parcel, wish.valid_from, None)
    return sorted(wanted)


def _insert_link(conn: Connection, ba_unit: int, parcel: int, since: date, until: date | None) -> None:
    conn.execute(
        "INSERT INTO rights.ba_unit_parcel (ba_unit, parcel_id, valid) VALUES (%s, %s, daterange(%s, %s))",
        (ba_unit, parcel, since, until),
    )


def _end_rights(conn: Connection, ba_unit: int, wish: Registration) -> None:
    """Close what is on record and still holds on the day; in a change, what held before that day is recorded anew with its end."""
    rows = conn.execute(
        f"UPDATE rights.rrr SET {CLOSE}"
        " WHERE ba_unit = %s AND upper_inf(recorded) AND (%s OR upper_inf(valid) OR upper(valid) > %s)"
        " RETURNING class, type, party_id, share_num, share_den, certificate_id, source, lower(valid) AS since",
        (ba_unit, wish.mode == "correction", wish.valid_from),
    ).fetchall()
    if wish.mode == "correction":
        return
    for row in rows:
        if row["since"] < wish.valid_from:
            conn.execute(
                "INSERT INTO rights.rrr (ba_unit, class, type, party_id, share_num, share_den, certificate_id, source, valid)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, daterange(%s, %s))",
                (ba_unit, row["class"], row["type"], row["party_id"], row["share_num"], row["share_den"],
                 row["certificate_id"], row["source"], row["since"], wish.valid_from),
            )  # fmt: skip


def _certificates(conn: Connection, ba_unit: int, wish: Registration) -> dict[str, int]:
    """Ids by serial. New certificates supersede those in force of the unit that the registration does not name."""
    named: dict[str, NewCertificate] = {}
    for right in wish.rights:
        if right.certificate is not None:
            named.setdefault(normalise_serial(right.certificate.serial), right.certificate)
    rows = conn.execute(
        "SELECT id, serial FROM rights.certificate WHERE ba_unit = %s AND status = 'in_force'", (ba_unit,)
    ).fetchall()
    found = {row["serial"]: int(row["id"]) for row in rows}
    gone = [found.pop(serial) for serial in list(found) if serial not in named]
    if gone and (named or not wish.rights):
        conn.execute(
            "UPDATE rights.certificate SET status = 'superseded', status_at = now() WHERE id = ANY(%s)", (gone,)
        )
    for serial, certificate in named.items():
        if serial in found:
            continue
        generation = recognise(serial, certificate.issued_on)
        row = conn.execute(
            "INSERT INTO rights.certificate (ba_unit, generation, serial, book_number, issued_on, issuer)"
            " VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
            (
                ba_unit,
                generation.code,
                serial,
                certificate.book_number or None,
                certificate.issued_on,
                certificate.issuer,
            ),
        ).fetchone()
        found[serial] = int(row["id"])  # type: ignore[index]
    return found


CONSTRAINT_WORDS: dict[str, tuple[type[Problem], str, str, str]] = {
    "one_land_unit": (
        Malformed,
        "land-has-rights",
        "The rights of this land are registered already; register the change there.",
        "Thửa đất này đã có đăng ký quyền; hãy đăng ký biến động trên đơn vị đăng ký đó.",
    ),
    "certificate_serial": (
        Malformed,
        "serial-taken",
        "This certificate is on record already.",
        "Số phát hành này đã có trong sổ.",
    ),
}
"""Refusals that a constraint of one name stands for."""
SQLSTATE_WORDS: dict[str, tuple[type[Problem], str, str, str]] = {
    "GR004": (
        Malformed,
        "other-unit",
        "A parcel lies in another commune than the registration.",
        "Có thửa đất nằm ngoài đơn vị hành chính của đăng ký.",
    ),
    "23P01": (  # exclusion violation
        Stale,
        "rights-moved",
        "Somebody else registered these rights meanwhile, or a holder is named twice.",
        "Có người khác vừa đăng ký, hoặc một người được ghi hai lần.",
    ),
    "23505": (  # unique violation
        Stale,
        "party-moved",
        "Somebody else is recording this person; try again.",
        "Có người khác đang ghi người này; hãy thử lại.",
    ),
    "23503": (  # foreign key violation
        Malformed,
        "unknown-reference",
        "A parcel or unit does not exist.",
        "Thửa đất hoặc đơn vị không tồn tại.",
    ),
    "23514": (Malformed, "bad-value", "A value is out of bounds.", "Giá trị không hợp lệ."),
}
"""Refusals of a kind, where no constraint is named above."""


def refusal(error: psycopg.Error) -> Problem | psycopg.Error:
    """What the database refused, as a problem a person understands; any other error comes back as it is."""
    state = error.sqlstate or ""
    if state in ("GR001", "GR002"):
        total = json.loads(error.diag.message_detail or "{}").get("total", "?")
        return Malformed(
            "shares", f"The shares sum to {total}, not to 1.", f"Tổng tỷ lệ là {total}, không phải 1.", total=total
        )
    words = CONSTRAINT_WORDS.get(error.diag.constraint_name or "") or SQLSTATE_WORDS.get(state)
    if words is None:
        return error
    kind, slug, detail, detail_vi = words
    return kind(slug, detail, detail_vi)
