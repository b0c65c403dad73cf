"""Reading rights: of a parcel, of a person; as they are, or as of a day in law and a moment of the record. Personal columns come sealed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from layers.db import Connection
from layers.register.labels import label_of

PARTY = "p.id, p.kind, p.name, p.organisation_number, s.identity_sealed, s.phone_sealed, s.address_sealed, s.birth_year"


@dataclass(frozen=True)
class Asof:
    """`valid`: the day in law; None: what holds today or will. `recorded`: what the register believed at a moment; None: what it believes."""

    valid: date | None = None
    recorded: datetime | None = None

    def holds(self, row: str) -> str:
        """SQL condition on a table with both ranges; parameters `valid_on` and `known_at`."""
        believed = (
            f"upper_inf({row}.recorded)" if self.recorded is None else f"{row}.recorded @> %(known_at)s::timestamptz"
        )
        in_law = f"rights.stands({row}.valid)" if self.valid is None else f"{row}.valid @> %(valid_on)s::date"
        return f"{believed} AND {in_law}"

    @property
    def parameters(self) -> dict[str, Any]:
        return {"valid_on": self.valid, "known_at": self.recorded}


NOW = Asof()


def ba_units_on(conn: Connection, parcel: int, asof: Asof = NOW) -> list[int]:
    """Units of rights on a parcel: its own, and those of parcels it came from that are no more and were not registered anew."""
    rows = conn.execute(
        f"SELECT DISTINCT l.ba_unit FROM rights.ba_unit_parcel l"
        f" WHERE l.parcel_id IN (SELECT rights.ancestry(%(parcel)s)) AND {asof.holds('l')} ORDER BY 1",
        {"parcel": parcel, **asof.parameters},
    ).fetchall()
    return [row["ba_unit"] for row in rows]


def ba_units_of(conn: Connection, parties: Iterable[int], asof: Asof = NOW) -> list[int]:
    """Units in which one of the parties holds something."""
    rows = conn.execute(
        f"SELECT DISTINCT r.ba_unit FROM rights.rrr r WHERE r.party_id = ANY(%(parties)s) AND {asof.holds('r')} ORDER BY 1",
        {"parties": sorted(parties), **asof.parameters},
    ).fetchall()
    return [row["ba_unit"] for row in rows]


def own_parties(conn: Connection) -> list[int]:
    """The party of who acts in this transaction, and the groups it is a member of."""
    row = conn.execute("SELECT rights.own_parties() AS ids").fetchone()
    return list(row["ids"]) if row else []


def describe(
    conn: Connection, ba_units: list[int], asof: Asof = NOW, *, only_parties: list[int] | None = None
) -> list[dict[str, Any]]:
    """Units with certificates, rights and parcels; `party_id` of a right leads into `parties`.

    `only_parties`: nothing of anybody else, for who asks as a holder and not as an officer.
    """
    wanted = {"ids": ba_units, "parties": only_parties, **asof.parameters}
    mine = "" if only_parties is None else " AND r.party_id = ANY(%(parties)s)"
    units = conn.execute(
        "SELECT b.id, b.kind, b.name, b.unit, u.name AS unit_name FROM rights.ba_unit b LEFT JOIN register.unit u ON u.code = b.unit"
        " WHERE b.id = ANY(%(ids)s) ORDER BY b.id",
        wanted,
    ).fetchall()
    rights = conn.execute(
        f"SELECT r.id, r.ba_unit, r.class, r.type, t.name_vi, t.name_en, r.party_id, r.share_num, r.share_den, r.certificate_id, r.source,"
        f" lower(r.valid) AS valid_from, upper(r.valid) AS valid_to FROM rights.rrr r JOIN rights.rrr_type t ON t.code = r.type"
        f" WHERE r.ba_unit = ANY(%(ids)s) AND {asof.holds('r')}{mine} ORDER BY r.class DESC, r.type, r.id",
        wanted,
    ).fetchall()
    certificates = conn.execute(
        "SELECT id, ba_unit, generation, serial, book_number, issued_on, issuer, status FROM rights.certificate"
        " WHERE ba_unit = ANY(%(ids)s) ORDER BY status, issued_on DESC, id",
        wanted,
    ).fetchall()
    if only_parties is not None:
        own = {row["certificate_id"] for row in rights}
        certificates = [row for row in certificates if row["id"] in own]
    parcels = _parcels(conn, wanted, asof)
    return [
        unit
        | {
            "certificates": [row for row in certificates if row["ba_unit"] == unit["id"]],
            "rights": [row for row in rights if row["ba_unit"] == unit["id"]],
            "parcels": [
                {"id": row["parcel_id"], "code": row["code"], "label": label_of(row["sheet"], row["number"]) or ""}
                for row in parcels
                if row["ba_unit"] == unit["id"]
            ],
        }
        for unit in units
    ]


def _parcels(conn: Connection, wanted: dict[str, Any], asof: Asof) -> list[dict[str, Any]]:
    """Linked parcels under their newest labels; one that has ended since keeps its last."""
    return conn.execute(
        f"""
        SELECT l.ba_unit, l.parcel_id, p.code, v.sheet, v.number, v.official_area_m2, v.area_m2, v.address, v.land_use
        FROM rights.ba_unit_parcel l JOIN fabric.parcel p ON p.id = l.parcel_id
        LEFT JOIN LATERAL (SELECT * FROM fabric.parcel_version v WHERE v.parcel_id = l.parcel_id ORDER BY v.id DESC LIMIT 1) v ON true
        WHERE l.ba_unit = ANY(%(ids)s) AND {asof.holds("l")} ORDER BY l.ba_unit, l.parcel_id
        """,
        wanted,
    ).fetchall()


def parcel_rows(conn: Connection, ba_units: list[int]) -> list[dict[str, Any]]:
    """The linked parcels with what a sheet says of them."""
    return _parcels(conn, {"ids": ba_units, **NOW.parameters}, NOW)


def parties(conn: Connection, ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """Parties by id, as far as the caller sees them, members included: `members` is [(party id, num, den)]."""
    wanted = sorted(set(ids))
    members = conn.execute(
        "SELECT group_id, member_id, share_num, share_den FROM rights.group_member WHERE group_id = ANY(%s) ORDER BY 1, 2",
        (wanted,),
    ).fetchall()
    wanted = sorted({*wanted, *(row["member_id"] for row in members)})
    rows = conn.execute(
        f"SELECT {PARTY} FROM rights.party p LEFT JOIN rights.personal s ON s.party_id = p.id WHERE p.id = ANY(%s)",
        (wanted,),
    ).fetchall()
    found: dict[int, dict[str, Any]] = {row["id"]: row | {"members": []} for row in rows}
    for row in members:
        if row["group_id"] in found and row["member_id"] in found:
            found[row["group_id"]]["members"].append((row["member_id"], row["share_num"], row["share_den"]))
    return found
