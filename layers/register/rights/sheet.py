"""Export and import of a unit's rights as the national PL3 sheet. The sheet tells what holds today; the past stays in the register.

Lines that share a parcel or a certificate belong to one registration and are entered together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from layers.db import Connection
from layers.errors import Malformed, Problem
from layers.register.rights import reading, sheet_file
from layers.register.rights.model import GROUP_KINDS, Member, NewParty, NewRight, Registration, Sealer, today
from layers.register.rights.registering import register
from layers.register.rights.shares import share_text
from layers.register.rights.sheet_file import SheetForm
from layers.register.rights.sheet_rows import KINDS, Line, Refused, check

SOURCE = "Phiếu PL3"


@dataclass(frozen=True)
class RowReport:
    """What became of a line of the file (numbered as a spreadsheet does)."""

    row: int
    entered: bool
    why: str = ""
    why_vi: str = ""


@dataclass(frozen=True)
class Report:
    """`rows` by line number; `entered` counts registrations."""

    entered: int
    rows: list[RowReport] = field(default_factory=list)

    @property
    def refused(self) -> int:
        """Lines that did not enter."""
        return sum(not row.entered for row in self.rows)


# ---- export --------------------------------------------------------------------------------------------------------


def export_sheet(conn: Connection, sealer: Sealer, unit: str, form: SheetForm = "xlsx") -> bytes:
    """Rights of a unit with names and numbers in clear, as a file. The export is logged.

    One line for each parcel, right and person (or member of a group)."""
    rows = list(_rows(conn, sealer, unit))
    conn.execute(
        "SELECT audit.write('rights.exported', %s, %s, %s)", (f"unit:{unit}", unit, Jsonb({"rows": len(rows)}))
    )
    return sheet_file.write(rows, form)


def _rows(conn: Connection, sealer: Sealer, unit: str) -> Iterator[dict[str, str]]:
    ids = [row["id"] for row in conn.execute("SELECT id FROM rights.ba_unit WHERE unit = %s ORDER BY id", (unit,))]
    exclusive = {row["code"] for row in conn.execute("SELECT code FROM rights.rrr_type WHERE exclusive")}
    for at in range(0, len(ids), 1_000):
        units = reading.describe(conn, ids[at : at + 1_000])
        parcels: dict[int, list[dict[str, Any]]] = {}
        for row in reading.parcel_rows(conn, ids[at : at + 1_000]):
            parcels.setdefault(row["ba_unit"], []).append(row)
        people = reading.parties(conn, (r["party_id"] for u in units for r in u["rights"] if r["party_id"] is not None))
        for one in units:
            certificates = {row["id"]: row for row in one["certificates"]}
            for parcel in parcels.get(one["id"], []):
                for right in one["rights"]:
                    if right["type"] in exclusive and right["party_id"] in people:
                        common = _common(unit, parcel, right, certificates.get(right["certificate_id"]))
                        for person in _people(sealer, people, right["party_id"]):
                            yield common | person


def _common(
    unit: str, parcel: dict[str, Any], right: dict[str, Any], certificate: dict[str, Any] | None
) -> dict[str, str]:
    area = parcel["official_area_m2"] if parcel["official_area_m2"] is not None else parcel["area_m2"]
    return {
        "unit": unit,
        "serial": certificate["serial"] if certificate else "",
        "issued_on": _written(certificate["issued_on"]) if certificate else "",
        "book_number": (certificate["book_number"] or "") if certificate else "",
        "parcel_code": parcel["code"] or "",
        "sheet": parcel["sheet"] or "",
        "number": parcel["number"] or "",
        "parcel_address": parcel["address"] or "",
        "area": "" if area is None else f"{area:.1f}",
        "use_1": parcel["land_use"] or "",
        "share": share_text(right["share_num"], right["share_den"]),
        "right_type": right["type"],
        "valid_from": _written(right["valid_from"]),
        "source": right["source"],
    }


def _written(day: date) -> str:
    return f"{day.day:02}/{day.month:02}/{day.year}"


def _people(sealer: Sealer, people: dict[int, dict[str, Any]], key: int) -> Iterator[dict[str, str]]:
    holder = people[key]
    common = {"legal_person": KINDS[holder["kind"]]}
    if holder["kind"] not in GROUP_KINDS:
        yield common | _person(sealer, holder)
        return
    common["group_name"] = holder["name"]
    if not holder["members"]:
        yield common
    for member, num, den in holder["members"]:
        yield common | _person(sealer, people[member]) | {"member_share": share_text(num, den)}


def _person(sealer: Sealer, row: dict[str, Any]) -> dict[str, str]:
    if row["kind"] == "organisation":
        return {"organisation_name": row["name"], "organisation_number": row["organisation_number"] or ""}
    values = {
        name: sealer.open(row[f"{name}_sealed"], f"{name}:{row['id']}") if row[f"{name}_sealed"] is not None else ""
        for name in ("identity", "address")
    }
    return {
        "person_name": row["name"],
        "birth": str(row["birth_year"] or ""),
        "identity_number": values["identity"],
        "person_address": values["address"],
    }


# ---- import --------------------------------------------------------------------------------------------------------


def import_sheet(conn: Connection, sealer: Sealer, unit: str, data: bytes, *, partial: bool = False) -> Report:
    """Enter a sheet of one unit. All lines or none, unless `partial`: then what is sound enters and the rest is reported.

    Raises Malformed when the file is no sheet or holds no line."""
    found = [check(conn, unit, number, row) for number, row in sheet_file.read(data)]
    if not found:
        raise Malformed(
            "empty-sheet", "The sheet holds no line with a unit code in column B.", "Bảng không có dòng dữ liệu nào."
        )
    report: dict[int, RowReport] = {}
    registrations = 0
    with conn.transaction() as whole:
        for group in _together(found):
            results = _enter(conn, sealer, unit, group)
            registrations += all(row.entered for row in results)
            report |= {row.row: row for row in results}
        refused = sum(not row.entered for row in report.values())
        if refused and not partial:
            raise psycopg.Rollback(whole)
        conn.execute(
            "SELECT audit.write('rights.imported', %s, %s, %s)",
            (f"unit:{unit}", unit, Jsonb({"registrations": registrations, "refused": refused})),
        )
    if refused and not partial:
        registrations = 0
        report = {key: _held_back(row) if row.entered else row for key, row in report.items()}
    return Report(registrations, [report[key] for key in sorted(report)])


def _held_back(row: RowReport) -> RowReport:
    return RowReport(
        row.row,
        False,
        "Sound, but other lines are not: nothing was entered.",
        "Hợp lệ, nhưng có dòng khác sai: chưa nhập gì.",
    )


def _together(found: list[Line | Refused]) -> list[list[Line | Refused]]:
    """Lines in groups: two belong together when a chain of common parcels and certificates leads from one to the other."""
    leader: dict[str, str] = {}

    def lead(name: str) -> str:
        while leader.setdefault(name, name) != name:
            leader[name] = name = leader[leader[name]]
        return name

    for line in found:
        own = lead(f"line {line.number}")
        for name in line.names:
            leader[lead(name)] = own
    groups: dict[str, list[Line | Refused]] = {}
    for line in found:
        groups.setdefault(lead(f"line {line.number}"), []).append(line)
    return list(groups.values())


def _enter(conn: Connection, sealer: Sealer, unit: str, group: list[Line | Refused]) -> list[RowReport]:
    """Register what a group of lines says; one that is wrong keeps the others out."""
    wrong = [line for line in group if isinstance(line, Refused)]
    sound = [line for line in group if isinstance(line, Line)]
    if wrong:
        where = wrong[0].number
        return [RowReport(line.number, False, line.why, line.why_vi) for line in wrong] + [
            RowReport(
                line.number,
                False,
                f"Line {where} of the same land is wrong.",
                f"Dòng {where} của cùng thửa đất bị sai.",
            )
            for line in sound
        ]
    try:
        register(conn, sealer, _registration(unit, sound))
    except Problem as problem:
        return [RowReport(line.number, False, problem.detail, problem.detail_vi) for line in sound]
    return [RowReport(line.number, True) for line in sound]


def _registration(unit: str, lines: list[Line]) -> Registration:
    """Lines of the same land as one registration. Raises Malformed where they contradict each other."""
    holders: dict[tuple[object, ...], list[Line]] = {}
    for line in lines:
        who = (line.group_name or line.holder) if line.holder in GROUP_KINDS else line.who
        holders.setdefault((line.right_type, line.holder, who, line.certificate), []).append(line)
    shares = {key: _agreed({line.share for line in held}) for key, held in holders.items()}
    for kind in {key[0] for key in shares}:
        mine = [key for key in shares if key[0] == kind]
        if all(shares[key] is None for key in mine):
            shares |= dict.fromkeys(mine, Fraction(1, len(mine)))
    rights = []
    for key, held in holders.items():
        share = shares[key]
        if share is None:
            raise Malformed("share-missing", "Some shares are given and some are not.", "Có dòng thiếu tỷ lệ quyền.")
        first = held[0]
        party = _group(held) if first.holder in GROUP_KINDS else first.who
        rights.append(NewRight(first.right_type, party, share, certificate=first.certificate))
    days = [day for line in lines if (day := line.valid_from or (line.certificate and line.certificate.issued_on))]
    return Registration(
        unit=unit,
        source=next((line.source for line in lines if line.source), SOURCE),
        valid_from=max(days, default=today()),
        rights=tuple(rights),
        parcels=tuple({line.parcel for line in lines}),
    )


def _agreed(shares: set[Fraction | None]) -> Fraction | None:
    """The one share that the lines of a holder (one for each parcel) name."""
    if len(shares) != 1:
        raise Malformed("shares-differ", "The same holder has two shares.", "Một chủ thể có hai tỷ lệ khác nhau.")
    return shares.pop()


def _group(lines: list[Line]) -> NewParty:
    """The group that lines of its members name; without shares, all members have the same."""
    members: dict[NewParty, Fraction | None] = {}
    for line in lines:
        if line.who is not None and members.setdefault(line.who, line.member_share) != line.member_share:
            raise Malformed(
                "shares-differ", "The same member has two shares.", "Một thành viên có hai tỷ lệ khác nhau."
            )
    if any(share is None for share in members.values()):
        if any(share is not None for share in members.values()):
            raise Malformed("share-missing", "Some shares are given and some are not.", "Có dòng thiếu tỷ lệ quyền.")
        members = dict.fromkeys(members, Fraction(1, len(members)))
    name = lines[0].group_name or ", ".join(member.name for member in members)
    return NewParty(
        lines[0].holder, name, members=tuple(Member(who, share) for who, share in members.items() if share is not None)
    )
