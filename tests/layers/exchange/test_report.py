"""The readable page: Vietnamese numbers and dates, everything listed, nothing unescaped."""

from __future__ import annotations

from typing import Any

from layers.exchange.account import Account
from layers.exchange.report import SHOWN, moment, number, render

AREA = (
    "in",
    "out",
    "parcels",
    "claims",
    "overlap_faces",
    "gap_faces",
    "registered",
    "duplicates",
    "vanished",
    "noding",
)


def facts(**changes: Any) -> dict[str, Any]:
    account = Account(faces={"parcels": 0, "overlaps": 0, "gaps": 0}, area=dict.fromkeys(AREA, 0))
    return {
        "file": {"name": "a<b>.gpkg", "bytes": 10, "sha256": "ff", "layer": "l"},
        "unit": {"code": "00145", "name": "Phường Long Biên"},
        "at": "2026-11-22T02:05:00+00:00",
        "changed": False,
        "seq": None,
        "crs": {"used": "EPSG:5897", "declared_by": "file", "operation": "none", "distance_to_place_m": 12.0},
        "profile": "generic",
        "columns": {},
        "unused_columns": [],
        "notes": [],
        "seconds": {"read": 1.5},
        **account.to_json(),
        **changes,
    }


def test_numbers_and_dates_the_vietnamese_way() -> None:
    assert number(1234567.891, 2) == "1.234.567,89"
    assert number(None) == "–"
    assert moment("2026-11-22T02:05:00+00:00") == "22/11/2026 09:05"


def test_page_is_whole_and_escaped() -> None:
    page = render(facts())
    assert "a&lt;b&gt;.gpkg" in page
    assert "<b>.gpkg" not in page
    assert "khớp từng mm²" in page
    assert "http" not in page


def test_an_unbalanced_account_is_shouted() -> None:
    broken = Account(area=dict.fromkeys(AREA, 0) | {"in": 1})
    assert not broken.balanced
    assert "NOT BALANCED" in render(facts(area=broken.to_json()["area"]))


def test_long_lists_say_how_many_more() -> None:
    gaps = [{"name": f"gap {i}", "area_m2": 0.5, "x": 1.0, "y": 2.0} for i in range(SHOWN + 7)]
    page = render(facts(gaps=gaps))
    assert "gap 0<" in page
    assert "và 7 dòng nữa" in page
