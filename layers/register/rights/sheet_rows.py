"""One line of the PL3 sheet, checked: what it says, or every reason why it says nothing that can be entered."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TypeVar

from layers.db import Connection
from layers.errors import Malformed, Problem
from layers.register.rights.certificates import normalise_serial, recognise
from layers.register.rights.masking import identity_digits
from layers.register.rights.model import GROUP_KINDS, NewCertificate, NewParty, PartyKind, today
from layers.register.rights.parties import check_name
from layers.register.rights.shares import parse_share

KINDS: dict[PartyKind, str] = {
    "person": "Cá nhân",
    "organisation": "Tổ chức",
    "household": "Hộ gia đình",
    "couple": "Vợ chồng",
    "community": "Cộng đồng dân cư",
    "group": "Nhóm người sử dụng đất",
}
"""Column M as people write it."""
T = TypeVar("T")


@dataclass(frozen=True)
class Line:
    """What a line says: somebody (perhaps as a member of a group) has a right in a parcel."""

    number: int
    parcel: int
    who: NewParty | None
    holder: PartyKind
    group_name: str
    share: Fraction | None
    member_share: Fraction | None
    certificate: NewCertificate | None
    right_type: str
    valid_from: date | None
    source: str
    names: frozenset[str]


@dataclass(frozen=True)
class Refused:
    """Why a line cannot be entered, in English and in Vietnamese. `names`: certificate and parcels as written, so that what belongs together is
    found although the line is wrong."""

    number: int
    why: str
    why_vi: str
    names: frozenset[str] = frozenset()


class _Checks:
    """Collects what is wrong, so that a line is told all of it at once."""

    def __init__(self) -> None:
        self.wrong: list[Problem] = []

    def take(self, check: Callable[[], T]) -> T | None:
        try:
            return check()
        except Problem as problem:
            self.wrong.append(problem)
            return None


def check(conn: Connection, unit: str, number: int, row: dict[str, str]) -> Line | Refused:
    """The line, or all that is wrong with it."""
    checks = _Checks()
    checks.take(lambda: _unit(unit, row))
    holder = checks.take(lambda: _holder(row))
    who = checks.take(lambda: _who(row, holder)) if holder else None
    certificate = checks.take(lambda: _certificate(row))
    parcel = checks.take(lambda: _parcel(conn, unit, row))
    share = checks.take(lambda: _share(row["share"]))
    member_share = checks.take(lambda: _share(row["member_share"]))
    valid_from = checks.take(lambda: _day(row["valid_from"]))
    if checks.wrong or parcel is None or holder is None:
        reasons = checks.wrong
        return Refused(
            number, " ".join(one.detail for one in reasons), " ".join(one.detail_vi for one in reasons), _names(row)
        )
    return Line(
        number, parcel, who, holder, row["group_name"], share, member_share, certificate, row["right_type"] or "land_use",
        valid_from, row["source"], _names(row) | {f"parcel {parcel}"},
    )  # fmt: skip


def _names(row: dict[str, str]) -> frozenset[str]:
    """What certificate and parcel are called in the line."""
    names = {
        "serial": re.sub(r"[\s.\-]", "", row["serial"]).upper(),
        "code": row["parcel_code"].lower(),
        "label": f"{row['sheet']}/{row['number']}" if row["sheet"] and row["number"] else "",
    }
    return frozenset(f"{what} {name}" for what, name in names.items() if name)


def _unit(unit: str, row: dict[str, str]) -> None:
    if row["unit"] != unit:
        raise Malformed(
            "other-unit", f"The line is of unit “{row['unit'][:12]}”.", f"Dòng thuộc đơn vị “{row['unit'][:12]}”."
        )


def _holder(row: dict[str, str]) -> PartyKind:
    """Column M; where it is empty, an organisation or a person by what is filled in."""
    text = row["legal_person"].casefold()
    if not text:
        return "organisation" if row["organisation_name"] else "person"
    for kind, name in KINDS.items():
        if text == name.casefold():
            return kind
    raise Malformed(
        "bad-holder",
        f"“{row['legal_person'][:40]}” is no kind of holder.",
        f"Không có loại “{row['legal_person'][:40]}”.",
    )


def _who(row: dict[str, str], holder: PartyKind) -> NewParty | None:
    """Who the line names; nobody only where a group is known by its name alone."""
    if row["organisation_name"]:
        return NewParty(
            "organisation", check_name(row["organisation_name"]), organisation_number=row["organisation_number"] or None
        )
    if row["person_name"]:
        number = row["identity_number"]
        if number.isdecimal() and len(number) in (10, 11):
            raise Malformed(
                "lost-zeros",
                "The identity number lost its leading zeros: format the column as text.",
                "Số định danh bị mất số 0 ở đầu: hãy định dạng cột là văn bản.",
            )
        return NewParty(
            "person",
            check_name(row["person_name"]),
            identity_number=identity_digits(number) if number else None,
            address=row["person_address"] or None,
            birth_year=_birth_year(row["birth"]),
        )
    if holder in GROUP_KINDS and row["group_name"]:
        check_name(row["group_name"])
        return None
    raise Malformed("nobody", "The line names nobody.", "Dòng không ghi tên người hoặc tổ chức.")


def _birth_year(text: str) -> int | None:
    if not text:
        return None
    year = int(text) if re.fullmatch(r"\d{4}", text) else _day(text).year  # type: ignore[union-attr]
    if not 1850 <= year <= today().year:
        raise Malformed("bad-birth", "The year of birth is out of range.", "Năm sinh không hợp lệ.")
    return year


def _certificate(row: dict[str, str]) -> NewCertificate | None:
    if not row["serial"] and not row["issued_on"]:
        return None
    day = _day(row["issued_on"])
    if not row["serial"] or day is None:
        raise Malformed(
            "half-a-certificate", "Serial and date of a certificate go together.", "Cần cả số phát hành và ngày cấp."
        )
    recognise(row["serial"], day)
    return NewCertificate(normalise_serial(row["serial"]), day, row["book_number"] or None)


def _parcel(conn: Connection, unit: str, row: dict[str, str]) -> int:
    """By code, or by sheet and number of today's map; where both are given they must mean the same parcel."""
    by_code = by_label = None
    if row["parcel_code"]:
        found = conn.execute(
            "SELECT p.id FROM fabric.parcel p JOIN fabric.parcel_version v ON v.parcel_id = p.id AND v.retired_by IS NULL"
            " WHERE p.code = %s AND v.unit = %s",
            (row["parcel_code"].lower()[:12], unit),
        ).fetchall()
        by_code = found[0]["id"] if found and len(row["parcel_code"]) == 12 else None
        if by_code is None:
            raise Malformed(
                "no-such-parcel",
                f"There is no parcel “{row['parcel_code'][:20]}” in the unit today.",
                f"Hiện không có thửa “{row['parcel_code'][:20]}” trong đơn vị.",
            )
    if row["sheet"] and row["number"]:
        label = f"{row['sheet'][:20]}/{row['number'][:20]}"
        found = conn.execute(
            "SELECT parcel_id AS id FROM fabric.parcel_version WHERE unit = %s AND sheet = %s AND number = %s AND retired_by IS NULL",
            (unit, row["sheet"], row["number"]),
        ).fetchall()
        ids = [one["id"] for one in found]
        if by_code is not None and by_code not in ids:
            raise Malformed(
                "two-parcels", f"Code and sheet/number {label} are not the same parcel.",
                f"Mã thửa và tờ/thửa {label} không cùng một thửa.",
            )  # fmt: skip
        if by_code is None and len(ids) != 1:
            raise Malformed(
                "no-such-parcel" if not ids else "ambiguous-parcel",
                f"There {'is no' if not ids else 'are several'} parcel {label} in the unit today.",
                f"{'Không có' if not ids else 'Có nhiều'} thửa {label} trong đơn vị hiện nay.",
            )
        by_label = ids[0]
    parcel = by_code if by_code is not None else by_label
    if parcel is None:
        raise Malformed("no-parcel", "The line names no parcel.", "Dòng không ghi thửa đất.")
    return int(parcel)


def _share(text: str) -> Fraction | None:
    return parse_share(text) if text else None


def _day(text: str) -> date | None:
    """A day as 31/12/2020 or 2020-12-31."""
    if not text:
        return None
    try:
        if found := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        return date.fromisoformat(text)
    except ValueError as error:
        raise Malformed(
            "bad-date",
            f"“{text[:20]}” is not a date (day/month/year).",
            f"“{text[:20]}” không phải ngày (ngày/tháng/năm).",
        ) from error
