"""The search box: every form in which people write a parcel, a unit or a place."""

from __future__ import annotations

import unicodedata
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from layers.crs import FabricCrs
from layers.fabric import intents, ledger
from layers.fabric.load import load_faces
from layers.register.search import plain, search
from tests.layers.fabric.fabrics import at, grid_batch

CRS = FabricCrs(5897)


@pytest.fixture(scope="module")
def land(databases) -> Any:
    """Ba Đình: sheet 12 with 36 parcels, number 5 split since. Ngọc Hà: the same sheet and numbers. One old sheet."""
    url = databases.create()
    with psycopg.connect(url, row_factory=dict_row) as conn:
        first = grid_batch(6, 6)
        first.attributes["sheet"] = "12"
        second = grid_batch(6, 6, x0=585_100)
        second.attributes["sheet"], second.attributes["unit"] = "12", "00008"
        load_faces(conn, first, reason="một")
        load_faces(conn, second, reason="hai")
        line = [{"mm": at(23, 7)}, {"mm": at(31, 7)}]
        ledger.commit(
            conn,
            CRS,
            intents.parse([{"type": "split_by_line", "parcel": 5, "line": line}]),
            reason="tách",
            author=None,
            base_seq=2,
        )
        conn.execute(
            "INSERT INTO register.sheet_alias (old_unit, old_sheet, unit, sheet, valid_from, legal_document)"
            " VALUES ('00006', '3', '00008', '12', '2025-07-01', 'thử')"
        )
        conn.commit()
        yield conn
    databases.drop(url)


def find(land: Any, query: str, limit: int = 10) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = search(land, CRS, query, limit)["items"]
    return items


def parcels(land: Any, query: str) -> list[int]:
    return [item["parcel_id"] for item in find(land, query) if item["type"] == "parcel"]


def test_code(land) -> None:
    code = land.execute("SELECT code FROM fabric.parcel WHERE id = 7").fetchone()["code"]
    for query in (code, code.upper(), f"  {code} "):
        (item,) = find(land, query)
        assert item["type"] == "parcel" and item["matched"] == "code" and item["parcel_id"] == 7 and item["current"]
        assert item["code"] == code and item["title"] == "Tờ 12, thửa 7" and item["title_en"] == "Sheet 12, parcel 7"
        assert item["subtitle"] == "Phường Ba Đình · 90,0 m² · ODT" and item["subtitle_en"] == "Ba Dinh · 90.0 m² · ODT"
        w, s, e, n = item["bounds"]
        assert w < item["lon"] < e and s < item["lat"] < n


def test_a_code_nobody_has(land) -> None:
    assert search(land, CRS, "w7zzzzzzzzzz") == {"items": [], "note": "no-such-code"}


@pytest.mark.parametrize(
    "query",
    ["12/7", "12 / 7", "12 7", "tờ 12 thửa 7", "to 12 thua 7", "TỜ 12 THỬA 7", "Tờ bản đồ số 12, thửa đất số 7", "tờ số 12; thửa số 7",
     "thửa 7 tờ 12", "thửa đất số 7, tờ bản đồ số 12", "thua 7, to 12"],
)  # fmt: skip
def test_sheet_and_number_in_every_unit(land, query: str) -> None:
    assert parcels(land, query) == [7, 43]


@pytest.mark.parametrize(
    "query",
    ["phường Ba Đình tờ 12 thửa 7", "tờ 12 thửa 7 phường Ba Đình", "ba dinh 12/7", "Ba Đình 12 7", "00004 12 7", "00004, 12/7",
     "P. Ba Đình, tờ 12, thửa 7", "thửa 7 tờ 12 phường Ba Đình", "thua 7 to 12, ba dinh", "Thửa đất số 7, tờ bản đồ số 12, phường Ba Đình"],
)  # fmt: skip
def test_sheet_and_number_in_one_unit(land, query: str) -> None:
    assert parcels(land, query) == [7]
    assert find(land, query)[0]["matched"] == "label"


def test_decomposed_diacritics(land) -> None:
    assert parcels(land, unicodedata.normalize("NFD", "phường Ba Đình tờ 12 thửa 7")) == [7]


def test_unit_that_has_no_such_parcel(land) -> None:
    assert parcels(land, "phường Hồng Hà tờ 12 thửa 7") == []
    assert parcels(land, "phường Không Có tờ 12 thửa 7") == []
    assert parcels(land, "12/700") == []


def test_the_old_number_after_a_split(land) -> None:
    (item,) = (i for i in find(land, "00004 12/5") if i["type"] == "parcel")
    assert item["parcel_id"] == 5 and not item["current"] and item["matched"] == "old_label"
    new = parcels(land, "00004 12/37") + parcels(land, "00004 12/38")
    assert sorted(new) == [73, 74]
    assert parcels(land, "12/5") == [41, 5], "what stands comes before what is gone"


@pytest.mark.parametrize("query", ["00006 3 7", "00006 3/7", "phường Vĩnh Phúc tờ 3 thửa 7", "vinh phuc 3/7", "3/7"])
def test_sheets_from_before_2025(land, query: str) -> None:
    (item,) = (i for i in find(land, query) if i["type"] == "parcel")
    assert item["parcel_id"] == 43 and item["matched"] == "old_label" and item["current"]
    assert item["title"] == "Tờ 12, thửa 7", "the title says what it is called today"


@pytest.mark.parametrize(
    ("query", "code"),
    [("Hồng Hà", "00097"), ("phường Hồng Hà", "00097"), ("00097", "00097"), ("hoan kiem", "00070"), ("Hoàn Kiếm", "00070"),
     ("phuong hoan kiem", "00070"), ("HOÀN KIẾM", "00070"), ("Phúc Xá", "00097"), ("phuc xa", "00097"), ("Trúc Bạch", "00004")],
)  # fmt: skip
def test_units_of_today_and_before(land, query: str, code: str) -> None:
    item = find(land, query)[0]
    assert item["type"] == "unit" and item["code"] == code and item["parcel_id"] is None
    assert 105 < item["lon"] < 106.1 and 20.5 < item["lat"] < 21.5


def test_a_former_name_is_told(land) -> None:
    item = find(land, "Phúc Xá")[0]
    assert item["title"] == "Phường Hồng Hà"
    assert "Phường Phúc Xá, Quận Ba Đình" in item["subtitle"] and "before 7/2025" in item["subtitle_en"]


INSIDE = CRS.lonlat(at(9, 22))  # parcel 8


@pytest.mark.parametrize(
    "query",
    [f"{INSIDE[1]}, {INSIDE[0]}", f"{INSIDE[0]}, {INSIDE[1]}", f"{INSIDE[1]} {INSIDE[0]}", f"{INSIDE[1]},{INSIDE[0]}", f"{INSIDE[1]};{INSIDE[0]}",
     "X=2325022 Y=585009", "x = 2325022, y = 585009", "X: 2325022.0; Y: 585009.0", "2325022 585009", "585009 2325022", "N=2325022 E=585009",
     "2325022,000 585009,000", "2.325.022,00 585.009,00", "X=2.325.022,00 Y=585.009,00", "2,325,022.00 585,009.00"],
)  # fmt: skip
def test_coordinates(land, query: str) -> None:
    (item,) = find(land, query)
    assert item["type"] == "place" and item["matched"] == "coordinates"
    assert item["parcel_id"] == 8 and item["code"]
    assert (item["lon"], item["lat"]) == pytest.approx(INSIDE, abs=2e-8)


def test_how_coordinates_are_written_back(land) -> None:
    (item,) = find(land, "2.325.500,25 588.000,5")
    assert item["title"] == "X = 2325500,250; Y = 588000,500" and item["title_en"] == "X = 2325500.250; Y = 588000.500"
    assert item["parcel_id"] is None and item["code"] is None
    assert (item["lon"], item["lat"]) == pytest.approx(CRS.lonlat((588_000_500, 2_325_500_250)))


@pytest.mark.parametrize("query", ["", "   ", "\x00", "\t\n"])
def test_nothing(land, query: str) -> None:
    assert search(land, CRS, query) == {"items": [], "note": None}


@pytest.mark.parametrize(
    "query",
    ["%", "_", "%%%%", "\\", "%s", "%(q)s", "'; DROP TABLE fabric.parcel; --", '"', "''", "a" * 5000, "9" * 200, "1/" * 100, "12/%",
     "tờ % thửa %", "tờ ' thửa \"", "\x00tờ\x0012", "🏠", "\ud7ff\uffff", "{}", "$1", "X= Y=", "X=.. Y=,,", "+ -", "NaN NaN", "inf, inf",
     "1e999 1e999", "91.5, 200.1", "-99999999999 99999999999", "99999999999999999999 99999999999999999999", "12,345,678,901,234 1,2,3",
     "tờ 99999999999999999999 thửa 99999999999999999999", "(((", "[a-", "\u202e\u200b", "w7" + "é" * 10],
)  # fmt: skip
def test_garbage_finds_nothing_and_breaks_nothing(land, query: str) -> None:
    found = search(land, CRS, query)
    assert [item for item in found["items"] if item["type"] == "parcel"] == []
    assert found["note"] or found["items"]
    assert land.execute("SELECT 1 AS alive").fetchone() == {"alive": 1}


def test_wildcards_mean_themselves(land) -> None:
    assert parcels(land, "% 12/7") == [] and parcels(land, "_a dinh 12/7") == [] and parcels(land, "%dinh 12/7") == []
    assert find(land, "%") == [] and find(land, "_") == []


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_limit(land, limit: int) -> None:
    assert len(find(land, "12/7", limit)) == min(limit, len(find(land, "12/7", 50)))
    assert len(find(land, "phường", limit)) == limit


def test_plain() -> None:
    assert plain("Đống Đa, phường Ô Chợ Dừa") == "dong da, phuong o cho dua"
