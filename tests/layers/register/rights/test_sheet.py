"""The PL3 sheet: out and in again is the same; every bad line says why, and one bad line keeps all out."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from openpyxl import Workbook, load_workbook

from layers.db import connect
from layers.errors import Malformed
from layers.register.rights import sheet_file
from layers.register.rights.model import NewCertificate, NewParty
from layers.register.rights.sheet import Report, export_sheet, import_sheet
from layers.register.rights.sheet_file import SheetForm
from tests.layers.register.rights import holders
from tests.layers.register.rights.holders import (
    CERTIFICATE,
    COMPANY,
    COUPLE,
    LAN,
    OURS,
    SEN,
    TRUC,
    VAULT,
    Conn,
    enter,
    right,
)

GOOD = {
    "unit": OURS, "serial": "BX 123456", "issued_on": "01/03/2015", "book_number": "CS-01", "person_name": "Nguyễn Thị Ngọc Lan",
    "birth": "1990", "identity_number": "999190000001", "person_address": "Số 7, Phường Ba Đình, Hà Nội", "sheet": "1", "number": "1",
}  # fmt: skip


def sheet(*rows: dict[str, str]) -> bytes:
    return sheet_file.write(rows, "csv")


def fill(conn: Conn) -> None:
    enter(conn, right(COUPLE, certificate=CERTIFICATE), parcels=(1, 2))
    enter(conn, right(COMPANY, certificate=NewCertificate("AA 06654954", date(2025, 2, 1), "CS-02")), parcels=(3,))
    thirds = Fraction(1, 3)
    enter(
        conn,
        *(
            right(who, str(thirds), certificate=NewCertificate(f"CX 00000{i}", date(2016, 1, i)))
            for i, who in enumerate((LAN, SEN, TRUC), 1)
        ),
        parcels=(4,),
    )
    enter(conn, right(replace(LAN, identity_number=None, name="Không Số")), parcels=(5,))
    enter(conn, right(NewParty("community", "Cộng đồng thôn Sen Trắng")), parcels=(6,))


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_round_trip(land: Conn, database: Callable[[], str], form: SheetForm) -> None:
    fill(land)
    first = export_sheet(land, VAULT, OURS, form)
    with connect(database()) as other:
        holders.land(other)
        report = import_sheet(other, VAULT, OURS, first)
        assert (report.entered, report.refused) == (5, 0), report
        second = export_sheet(other, VAULT, OURS, form)
        again = import_sheet(other, VAULT, OURS, first)
    assert list(sheet_file.read(second)) == list(sheet_file.read(first))
    assert len(list(sheet_file.read(first))) == 4 + 1 + 3 + 1 + 1
    assert again.entered == 0 and {row.why for row in again.rows if "already" in row.why}


def test_exports_and_imports_are_logged_without_names(land: Conn) -> None:
    fill(land)
    export_sheet(land, VAULT, OURS)
    import_sheet(land, VAULT, OURS, sheet(GOOD | {"number": "9", "serial": "CX 777777", "issued_on": "2016-05-05"}))
    rows = land.execute("SELECT kind, subject, unit, detail::text FROM audit.entry ORDER BY id").fetchall()
    assert [row["kind"] for row in rows] == ["rights.exported", "rights.imported"]
    assert all(
        row["subject"] == "unit:00004" and "Lan" not in row["detail"] and "999" not in row["detail"] for row in rows
    )


def test_the_workbook_keeps_zeros_and_holds_no_formula(land: Conn) -> None:
    enter(land, right(NewParty("person", "Lan", identity_number="001190000001", address="=HYPERLINK(1)")))
    cells = [
        cell for row in load_workbook(io.BytesIO(export_sheet(land, VAULT, OURS))).active.iter_rows() for cell in row
    ]  # type: ignore[union-attr]
    by_value = {cell.value: cell for cell in cells}
    assert "001190000001" in by_value and by_value["=HYPERLINK(1)"].data_type == "s"
    text = export_sheet(land, VAULT, OURS, "csv").decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    ((_, row),) = sheet_file.read(text.encode())
    assert row["person_address"] == "=HYPERLINK(1)"


def test_national_columns_stand_where_the_sheet_has_them() -> None:
    by_key = {column.key: column for column in sheet_file.columns()}
    assert (
        by_key["unit"].index == 2
        and by_key["identity_number"].heading == "Số CCCD"
        and by_key["parcel_code"].index == 19
    )
    assert {column.grade for column in sheet_file.columns()} == {"C", "D", "own"}
    assert [column.index for column in sheet_file.columns()] == list(range(2, 57))


def entered(conn: Conn, *rows: dict[str, str], partial: bool = False) -> Report:
    return import_sheet(conn, VAULT, OURS, sheet(*rows), partial=partial)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"identity_number": "12345"}, "12 digits"),
        ({"identity_number": "1190000001"}, "leading zeros"),
        ({"serial": "BXX 1"}, "not the serial"),
        ({"issued_on": "01/03/2001"}, "were issued"),
        ({"issued_on": "31/02/2015"}, "not a date"),
        ({"issued_on": ""}, "go together"),
        ({"serial": ""}, "go together"),
        ({"number": "999"}, "no parcel 1/999"),
        ({"sheet": "", "number": ""}, "names no parcel"),
        ({"parcel_code": "w7er8dsrxfw5"}, "no parcel “w7er8dsrxfw5”"),
        ({"parcel_code": "w7"}, "no parcel"),
        ({"share": "0.5"}, "not a share"),
        ({"share": "1/2"}, "sum to 1/2"),
        ({"unit": "00008"}, "of unit “00008”"),
        ({"person_name": ""}, "names nobody"),
        ({"person_name": "=cmd()"}, "signs that no name has"),
        ({"legal_person": "Người lạ"}, "no kind of holder"),
        ({"birth": "1700"}, "out of range"),
        ({"valid_from": "hôm qua"}, "not a date"),
        ({"right_type": "lease-hold"}, "is not a right"),
        ({"organisation_name": "Công ty", "organisation_number": "?"}, "not the number of an organisation"),
    ],
)
def test_bad_lines_say_why(land: Conn, wrong: dict[str, str], why: str) -> None:
    report = entered(
        land,
        GOOD | {"number": "2", "serial": "CX 111111", "issued_on": "1/1/2016", "identity_number": ""},
        GOOD | wrong,
    )
    assert report.entered == 0 and report.refused == 2
    bad = report.rows[1]
    assert bad.row == 3 and why in bad.why and bad.why_vi and bad.why_vi != bad.why
    assert "other lines" in report.rows[0].why
    assert land.execute("SELECT count(*) AS n FROM rights.ba_unit").fetchone() == {"n": 0}


def test_a_line_is_told_everything_at_once(land: Conn) -> None:
    (row,) = entered(land, GOOD | {"identity_number": "1", "serial": "?", "number": "999"}).rows
    assert all(part in row.why for part in ("12 digits", "serial", "1/999"))


def test_partial_enters_what_is_sound_but_never_half_a_certificate(land: Conn) -> None:
    other = GOOD | {
        "number": "2",
        "serial": "CX 222222",
        "identity_number": "999080000002",
        "person_name": "Trần Văn Sen",
    }
    report = entered(land, GOOD, other, other | {"identity_number": "1"}, partial=True)
    assert report.entered == 1
    assert [(row.row, row.entered) for row in report.rows] == [(2, True), (3, False), (4, False)]
    assert "Line 4 of the same land" in report.rows[1].why


def test_shares_that_nobody_wrote_are_equal_and_husband_and_wife_are_one_holder(land: Conn) -> None:
    second = GOOD | {"identity_number": "999080000002", "person_name": "Trần Văn Sen Hồng"}
    assert entered(land, GOOD, second).entered == 1
    assert (
        land.execute("SELECT share_num, share_den FROM rights.rrr").fetchall() == [{"share_num": 1, "share_den": 2}] * 2
    )
    pair = [row | {"legal_person": "Vợ chồng", "number": "2", "serial": "CX 222222"} for row in (GOOD, second)]
    assert entered(land, *pair).entered == 1
    assert land.execute("SELECT count(*) AS n FROM rights.group_member").fetchone() == {"n": 2}
    with_some = [
        GOOD | {"number": "3", "serial": "CX 333333", "share": "1/2"},
        second | {"number": "3", "serial": "CX 333333"},
    ]
    assert "some are not" in entered(land, *with_some).rows[0].why


def test_a_label_that_two_parcels_bear_is_ambiguous(land: Conn) -> None:
    change = land.execute(
        "INSERT INTO fabric.change_set (kind, reason, base_seq) VALUES ('renumber', 'x', 1) RETURNING id"
    ).fetchone()["id"]  # type: ignore[index]
    land.execute("UPDATE fabric.parcel_version SET retired_by = %s WHERE parcel_id = 2", (change,))
    land.execute(
        "INSERT INTO fabric.parcel_version (parcel_id, unit, kind, sheet, number, created_by, geom)"
        " SELECT parcel_id, unit, kind, sheet, '1', %s, geom FROM fabric.parcel_version WHERE parcel_id = 2",
        (change,),
    )
    land.commit()
    assert "are several" in entered(land, GOOD).rows[0].why
    code = land.execute("SELECT code FROM fabric.parcel WHERE id = 3").fetchone()["code"]  # type: ignore[index]
    assert "not the same parcel" in entered(land, GOOD | {"parcel_code": code}).rows[0].why
    assert entered(land, GOOD | {"parcel_code": code.upper(), "sheet": "", "number": ""}).entered == 1


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"PK\x03\x04 not a zip", b"STT,x\r\n", b"a\0b", b'1,"00004'])
def test_files_that_are_no_sheet(land: Conn, data: bytes) -> None:
    with pytest.raises(Malformed):
        import_sheet(land, VAULT, OURS, data)


def test_a_workbook_as_an_office_keeps_it(land: Conn) -> None:
    """Two lines of headings, numbers and dates as such, a semicolon CSV of the same."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.append(["PHỤ LỤC 3"])
    page.append(["STT", *(column.heading for column in sheet_file.columns())])
    row: list[object] = [None] * 56
    row[0], row[1], row[2], row[3] = 1, OURS, "BX123456", date(2015, 3, 1)
    row[7], row[8], row[10], row[21], row[22] = "Lê Thị Trúc Xanh", date(1985, 5, 5), 123456789, 1, 7.0
    page.append(row)
    out = io.BytesIO()
    book.save(out)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(["STT", "Mã"] + [""] * 54)
    writer.writerow(
        [
            "" if cell is None else "01/03/2015" if i == 3 else "1985" if i == 8 else str(cell)
            for i, cell in enumerate(row)
        ]
    )
    (from_csv,) = sheet_file.read(text.getvalue().replace("7.0", "7").encode())
    (from_book,) = sheet_file.read(out.getvalue())
    assert from_csv[1]["identity_number"] == from_book[1]["identity_number"] == "123456789"
    assert import_sheet(land, VAULT, OURS, out.getvalue()).entered == 1
    assert land.execute("SELECT birth_year FROM rights.personal").fetchone() == {"birth_year": 1985}
