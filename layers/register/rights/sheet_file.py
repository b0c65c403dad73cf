"""The national PL3 sheet as a file: XLSX or CSV to rows of text and back. Its columns are data (data/pl3_columns.csv, each with its grade).

The text of the regulation was not at hand: columns B to AX follow public copies of the sheet (grade C), three of them are not known and stay empty,
and what a register needs beyond them stands in columns of our own after AX.
"""

from __future__ import annotations

import csv
import functools
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from typing import Literal

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import WriteOnlyCell
from openpyxl.utils import column_index_from_string
from openpyxl.utils.exceptions import InvalidFileException

from layers.errors import Malformed, TooLarge

SheetForm = Literal["xlsx", "csv"]
MOST_ROWS = 100_000
LARGEST_UNPACKED = 300 * 1024**2
_FORMULA = re.compile(r"^'?[=+\-@\t\r]")


@dataclass(frozen=True)
class Column:
    """`use`: used (written and read), out (written only), empty (left empty, not read)."""

    index: int
    key: str
    heading: str
    grade: str
    use: str


@functools.cache
def columns() -> tuple[Column, ...]:
    with (files("layers.register.rights") / "data" / "pl3_columns.csv").open(encoding="utf-8") as lines:
        return tuple(
            Column(column_index_from_string(row["letter"]), row["key"], row["heading"], row["grade"], row["use"])
            for row in csv.DictReader(lines)
        )


def write(rows: Iterable[dict[str, str]], form: SheetForm) -> bytes:
    """A file with one line of headings. Every value is text: a number keeps its leading zeros, and nothing becomes a formula."""
    width = max(column.index for column in columns())
    heading = [""] * width
    heading[0] = "STT"
    for column in columns():
        heading[column.index - 1] = column.heading
    lines = [heading]
    for number, row in enumerate(rows, 1):
        line = [""] * width
        line[0] = str(number)
        for column in columns():
            line[column.index - 1] = row.get(column.key, "") if column.use != "empty" else ""
        lines.append(line)
    return _write_csv(lines) if form == "csv" else _write_xlsx(lines)


def _write_csv(lines: list[list[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    for line in lines:
        writer.writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in line])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def _write_xlsx(lines: list[list[str]]) -> bytes:
    book = Workbook(write_only=True)
    page = book.create_sheet("PL3")
    for line in lines:
        cells = []
        for text in line:
            cell = WriteOnlyCell(page, value=text or None)
            if text:
                cell.data_type = "s"
                cell.number_format = "@"
            cells.append(cell)
        page.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number in the file (from 1) and values by column key. Lines before the first with a unit code in column B are headings.

    Raises Malformed for a file that is neither XLSX nor CSV in UTF-8, TooLarge.
    """
    lines = _read_xlsx(data) if data[:2] == b"PK" else _read_csv(data)
    used = [column for column in columns() if column.use == "used"]
    begun = False
    for number, line in enumerate(lines, 1):
        if number > MOST_ROWS:
            raise TooLarge("too-many-rows", f"More than {MOST_ROWS} rows.", f"Nhiều hơn {MOST_ROWS} dòng.")
        if not any(line[1:]):
            continue
        begun = begun or (len(line) > 1 and line[1].isdecimal())
        if begun:
            yield (
                number,
                {column.key: line[column.index - 1] if column.index <= len(line) else "" for column in used},
            )


def _read_csv(data: bytes) -> Iterator[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable() from error
    if "\0" in text:
        raise _unreadable()
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    try:
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            yield [_unquoted(cell.strip()) for cell in line]
    except csv.Error as error:
        raise _unreadable() from error


def _unquoted(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _read_xlsx(data: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > LARGEST_UNPACKED:
                raise TooLarge("too-large", "The file is too large when unpacked.", "Tệp quá lớn khi giải nén.")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for line in book.worksheets[0].iter_rows(values_only=True):
            yield [_cell_text(cell) for cell in line]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, SyntaxError, OSError) as error:
        raise _unreadable() from error


def _cell_text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _unreadable() -> Malformed:
    return Malformed(
        "not-a-sheet",
        "The file is neither an Excel workbook nor CSV in UTF-8.",
        "Tệp không phải bảng Excel hay CSV (UTF-8).",
    )
