"""The reconciliation report: JSON for machines and one self-contained page for people (Vietnamese first, English
beside it).

Numbers and dates are written the Vietnamese way (1.234,5 · 22/11/2026). The page lists at most `SHOWN` entries of a
kind and says how many more there are; the JSON always holds all of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone
from html import escape
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

SHOWN = 1000
HANOI_TIME = timezone(timedelta(hours=7))
Row = dict[str, Any]


def write_report(facts: dict[str, Any], folder: Path, stem: str) -> list[Path]:
    """Write ``STEM.report.json`` and ``STEM.report.html``; the folder is made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / f"{stem}.report.html"
    data = folder / f"{stem}.report.json"
    data.write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")
    page.write_text(render(facts), encoding="utf-8")
    return [page, data]


def number(value: float | None, decimals: int = 0) -> str:
    """1234567.8 → 1.234.567,8 (thousands with points, decimals with a comma)."""
    if value is None:
        return "–"
    return f"{value:,.{decimals}f}".replace(",", "\x00").replace(".", ",").replace("\x00", ".")


def moment(iso: str) -> str:
    """An ISO instant as Hanoi time, 22/11/2026 09:05."""
    if not iso:
        return "–"
    return datetime.fromisoformat(iso).astimezone(HANOI_TIME).strftime("%d/%m/%Y %H:%M")


def render(facts: dict[str, Any]) -> str:
    """The page as HTML text."""
    page = resources.files("layers.exchange").joinpath("report.html").read_text(encoding="utf-8")
    title = f"Báo cáo đối soát · {facts['file']['name']}"
    parts = [_head(facts), _cards(facts), _balance(facts), *_sections(facts), _sources(facts)]
    return Template(page).substitute(title=escape(title), body="\n".join(parts))


def _both(vi: str, en: str) -> str:
    return f'{escape(vi)} <span class="en" lang="en">{escape(en)}</span>'


def _head(facts: dict[str, Any]) -> str:
    seq = f"seq {number(facts['seq'])}" if facts["seq"] is not None else ""
    verdict = (
        _both("Đã nhập vào bản đồ", "entered") if facts["changed"] else _both("Không có gì thay đổi", "nothing changed")
    )
    kind = "ok" if facts["changed"] else "same"
    return (
        f"<header><p class='eyebrow'>{_both('Báo cáo đối soát nhập dữ liệu', 'Import reconciliation report')}</p>"
        f"<h1>{escape(facts['file']['name'])}</h1>"
        f"<p class='meta'><b>{escape(facts['unit'].get('name', ''))}</b> "
        f"({escape(facts['unit'].get('code', ''))}) · lớp {escape(facts['file']['layer'])} · "
        f"{moment(facts['at'])} · <span class='tag {kind}'>{verdict}</span> {seq}</p></header>"
    )


def _card(value: str, vi: str, en: str, tone: str = "") -> str:
    return (
        f"<div class='card {tone}'><b>{value}</b><span>{escape(vi)}</span><small lang='en'>{escape(en)}</small></div>"
    )


def _cards(facts: dict[str, Any]) -> str:
    faces = facts["faces"]
    cards = [
        _card(number(facts["rows"]), "đối tượng trong tệp", "objects in the file"),
        _card(
            number(facts["parcels_entered"]),
            "đối tượng được nhập",
            "objects entered",
            "good" if facts["parcels_entered"] else "",
        ),
        _card(number(faces.get("parcels", 0)), "thửa trên bản đồ", "faces on the map"),
    ]
    warn = [
        (len(facts["not_entered"]), "không nhập được", "not entered"),
        (len(facts["duplicates"]), "trùng", "duplicates"),
        (faces.get("overlaps", 0), "vùng chồng lấn", "overlaps"),
        (len(facts["registered_overlaps"]), "lấn đất đã đăng ký", "on registered land"),
        (faces.get("gaps", 0), "khoảng hở", "gaps"),
        (len(facts["area_mismatches"]), "diện tích lệch > 1 %", "stated area off > 1 %"),
        (len(facts["repairs"]), "hình sửa lỗi", "repaired shapes"),
    ]
    cards += [_card(number(n), vi, en, "warn" if n else "zero") for n, vi, en in warn]
    return f"<section class='cards'>{''.join(cards)}</section>"


BALANCE = (
    ("parcels", "Thửa được nhập", "Parcels entered"),
    ("claims", "Phần chồng lấn (tính cho mỗi bên)", "Land claimed several times (once per claim)"),
    ("registered", "Trên đất đã đăng ký, không nhập", "On registered land, not entered"),
    ("duplicates", "Trùng, không nhập lại", "Duplicates, not entered again"),
    ("vanished", "Nhỏ hơn lưới 1 mm", "Below the 1 mm grid"),
    ("noding", "Thay đổi do khớp nút", "Moved by noding"),
)
OUT = (
    ("parcels", "Thửa được nhập", "Parcels entered"),
    ("overlap_faces", "Vùng tranh chấp (chồng lấn)", "Disputed faces (overlaps)"),
    ("gap_faces", "Vùng chưa xác định (khoảng hở)", "Unassigned faces (gaps)"),
)


def _balance(facts: dict[str, Any]) -> str:
    area = facts["area"]

    def table(lines: Sequence[tuple[str, str, str]], total: str, vi: str, en: str) -> str:
        body = "".join(f"<tr><td>{_both(v, e)}</td><td class='n'>{number(area[k], 4)}</td></tr>" for k, v, e in lines)
        foot = f"<tr><td>{_both(vi, en)}</td><td class='n'>{number(area[total], 4)}</td></tr>"
        return f"<table><tbody>{body}</tbody><tfoot>{foot}</tfoot></table>"

    mark = "khớp từng mm² · exact" if area["balanced"] else "KHÔNG KHỚP · NOT BALANCED"
    tone = "ok" if area["balanced"] else "bad"
    title = _both("Cân đối diện tích (m²)", "Area balance (m²)")
    came = table(BALANCE, "in", "Diện tích trong tệp", "Area in the file")
    went = table(OUT, "out", "Diện tích vào bản đồ", "Area entered")
    head = f"<h2>{title} <span class='tag {tone}'>{mark}</span></h2>"
    return f"<section>{head}<div class='two'>{came}{went}</div></section>"


Column = tuple[str, str, Callable[[Row], str], bool]


def _text(key: str) -> Callable[[Row], str]:
    return lambda row: escape(str(row.get(key, "")))


def _num(key: str, decimals: int = 2) -> Callable[[Row], str]:
    return lambda row: number(row.get(key), decimals)


def _ids(row: Row) -> str:
    return " ↔ ".join(escape(i) for i in row["source_ids"])


def _why(row: Row) -> str:
    detail = f" · {row['detail']}" if row.get("detail") else ""
    return _both(row["why_vi"], row["why"]) + escape(detail)


ROW: Column = ("Dòng", "row", _num("row", 0), True)
ID: Column = ("Mã nguồn", "source id", _text("source_id"), False)
NAME: Column = ("Tên", "name", _text("name"), False)
AREA: Column = ("Diện tích (m²)", "area", _num("area_m2", 4), True)
EAST: Column = ("Y (đông)", "easting", _num("x", 3), True)
NORTH: Column = ("X (bắc)", "northing", _num("y", 3), True)


def _same_as(row: Row) -> str:
    return _both(row["of_vi"], row["of"])


# what is listed: key of the facts, Vietnamese, English, columns
LISTS: tuple[tuple[str, str, str, list[Column]], ...] = (
    (
        "overlaps",
        "Chồng lấn trong tệp",
        "Overlaps inside the file",
        [NAME, ("Giữa", "between", _ids, False), AREA, EAST, NORTH],
    ),
    ("gaps", "Khoảng hở", "Gaps", [NAME, AREA, EAST, NORTH]),
    (
        "registered_overlaps",
        "Lấn đất đã đăng ký (phần này không nhập)",
        "On registered land (this part is not entered)",
        [ROW, ID, ("Thửa đã đăng ký", "registered parcel", _text("parcel"), False), AREA],
    ),
    ("not_entered", "Không nhập được", "Not entered", [ROW, ID, ("Lý do", "why", _why, False), AREA]),
    ("duplicates", "Trùng", "Duplicates", [ROW, ID, ("Trùng với", "same as", _same_as, False)]),
    (
        "area_mismatches",
        "Diện tích ghi lệch hơn 1 % so với hình",
        "Stated area more than 1 % off the geometry",
        [
            ROW,
            ID,
            ("Cột", "column", _text("column"), False),
            ("Ghi (m²)", "stated", _num("stated_m2", 1), True),
            ("Tính (m²)", "computed", _num("computed_m2", 1), True),
            ("Lệch (%)", "off", _num("difference_percent", 2), True),
        ],
    ),
    (
        "repairs",
        "Hình được sửa",
        "Repaired shapes",
        [
            ROW,
            ID,
            ("Lỗi", "fault", _text("why"), False),
            ("Tại", "at", _text("at"), False),
            ("Trước (m²)", "before", _num("area_as_drawn_m2", 4), True),
            ("Sau (m²)", "after", _num("area_after_m2", 4), True),
        ],
    ),
    (
        "noded",
        "Diện tích thay đổi do khớp nút",
        "Area changed by noding",
        [ROW, ID, ("Thay đổi (m²)", "change", _num("area_change_m2", 6), True)],
    ),
    (
        "multipart",
        "Thửa nhiều phần",
        "Parcels of several parts",
        [ROW, ID, ("Số phần", "parts", _num("parts", 0), True)],
    ),
    (
        "adjacent",
        "Thửa liền kề được thêm điểm",
        "Registered neighbours that got points",
        [
            ("Thửa", "parcel", _text("parcel"), False),
            ("Điểm thêm", "points added", _num("points_added", 0), True),
            ("Thay đổi (m²)", "area change", _num("area_change_m2", 6), True),
        ],
    ),
)


def _sections(facts: dict[str, Any]) -> list[str]:
    return [_listing(vi, en, facts[key], columns) for key, vi, en, columns in LISTS]


def _listing(vi: str, en: str, rows: list[Row], columns: list[Column]) -> str:
    """A section with a table, or one line that says there is nothing."""
    head = f"<h2>{_both(vi, en)} <span class='count'>{number(len(rows))}</span></h2>"
    if not rows:
        return f"<section class='none'>{head}</section>"
    th = "".join(f"<th class='{'n' if right else ''}'>{_both(v, e)}</th>" for v, e, _, right in columns)
    body = "".join(
        "<tr>"
        + "".join(f"<td class='{'n' if right else ''}'>{cell(row)}</td>" for _, _, cell, right in columns)
        + "</tr>"
        for row in rows[:SHOWN]
    )
    more = ""
    if len(rows) > SHOWN:
        rest = number(len(rows) - SHOWN)
        more = (
            f"<p class='more'>{_both(f'… và {rest} dòng nữa trong tệp JSON', f'and {rest} more in the JSON file')}</p>"
        )
    is_open = " open" if len(rows) <= 30 else ""
    table = f"<table><thead><tr>{th}</tr></thead><tbody>{body}</tbody></table>"
    inside = f"<summary>{head}</summary><div class='scroll'>{table}</div>{more}"
    return f"<section><details{is_open}>{inside}</details></section>"


def _sources(facts: dict[str, Any]) -> str:
    crs, file = facts["crs"], facts["file"]
    by = {
        "user": ("người dùng khai báo", "declared by the user"),
        "file": ("tệp ghi", "said by the file"),
        "detected": ("nhận biết theo vị trí", "detected by the place"),
    }
    away = crs["distance_to_place_m"]
    lines = [
        (
            "Hệ tọa độ",
            "Coordinate system",
            f"{crs['used']} ({by[crs['declared_by']][0]} · {by[crs['declared_by']][1]})",
        ),
        ("Phép chuyển", "Operation", crs["operation"]),
        ("Cách vị trí đơn vị", "Distance to the unit's place", "–" if away is None else f"{number(away)} m"),
        ("Dịch chuyển lớn nhất khi làm tròn", "Largest rounding move", f"{number(facts['moved_max_mm'], 3)} mm"),
        (
            "Đối tượng được thêm điểm ranh giới",
            "Objects that got boundary points",
            number(facts["rows_with_new_points"]),
        ),
        (
            "Cấu hình thuộc tính",
            "Attribute profile",
            f"{facts['profile']}: " + ", ".join(f"{k} ← {v}" for k, v in facts["columns"].items()),
        ),
        ("Cột không dùng", "Unused columns", ", ".join(facts["unused_columns"]) or "–"),
        ("Tệp", "File", f"{number(file['bytes'])} byte · SHA-256 {file['sha256']}"),
        ("Thời gian", "Timing", " · ".join(f"{k} {number(v, 2)} s" for k, v in facts["seconds"].items())),
    ]
    notes = "".join(f"<li>{_both(n['vi'], n['en'] if n['en'] != n['vi'] else '')}</li>" for n in facts["notes"])
    rows = "".join(f"<tr><th>{_both(vi, en)}</th><td>{escape(value)}</td></tr>" for vi, en, value in lines)
    block = f"<h3>{_both('Ghi chú', 'Notes')}</h3><ul>{notes}</ul>" if notes else ""
    title = _both("Nguồn và cách xử lý", "Source and handling")
    return f"<section><h2>{title}</h2><table class='facts'><tbody>{rows}</tbody></table>{block}</section>"
