"""How papers say times, numbers and names in Vietnamese. Pure; local time is that of Hanoi."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
UNITS = {"working_day": "ngày làm việc", "calendar_day": "ngày", "working_hour": "giờ làm việc"}
CHANNELS = {1: "Trực tiếp", 2: "Trực tuyến", 3: "Bưu chính công ích"}
KINDS = {0: "Bản chính", 1: "Bản sao", 2: "Bản điện tử"}
UNDRAWABLE = "□"
DRAWABLE = (
    (0x20, 0x7E), (0xA1, 0xAC), (0xAE, 0x17F), (0x1A0, 0x1A1), (0x1AF, 0x1B0), (0x1E00, 0x1E9B), (0x1EA0, 0x1EF9), (0x2010, 0x2015),
    (0x2018, 0x201E), (0x2020, 0x2022), (0x2026, 0x2026), (0x2030, 0x2030), (0x2032, 0x2033), (0x20AB, 0x20AC), (0x2116, 0x2116),
    (0x2190, 0x2193), (0x2260, 0x2260), (0x2264, 0x2265), (0x25A1, 0x25A1),
)  # fmt: skip
"""Signs that the fonts of the templates have a glyph for; tests draw every one of them."""


def local(moment: str | datetime) -> datetime:
    """A moment, or its ISO 8601 text, in Hanoi's time."""
    return (datetime.fromisoformat(moment) if isinstance(moment, str) else moment).astimezone(HANOI)


def day(moment: str | datetime | None) -> str | None:
    """`22/11/2026`."""
    return f"{local(moment):%d/%m/%Y}" if moment else None


def day_in_words(moment: str | datetime) -> str:
    """`ngày 05 tháng 11 năm 2026`; days below 10 and months 1 and 2 with a nought, so that nobody adds a digit (NĐ 30/2020, annex I)."""
    when = local(moment)
    month = f"{when.month:02d}" if when.month <= 2 else str(when.month)
    return f"ngày {when.day:02d} tháng {month} năm {when.year}"


def moment_in_words(moment: str | datetime | None) -> str | None:
    """`15 giờ 05 phút, ngày 22 tháng 11 năm 2026`."""
    if moment is None:
        return None
    when = local(moment)
    return f"{when.hour:02d} giờ {when.minute:02d} phút, {day_in_words(when)}"


def moment(at: str | datetime) -> str:
    """`15 giờ 05 phút, 22/11/2026`, where a table has little room."""
    when = local(at)
    return f"{when.hour:02d} giờ {when.minute:02d} phút, {day(when)}"


def limit_in_words(limit: dict[str, Any] | None) -> str | None:
    """`12 ngày làm việc`; a limit of no days is that of the same day."""
    if not limit or limit.get("n") is None:
        return None
    if int(limit["n"]) == 0:
        return "trong ngày làm việc"
    return f"{limit['n']} {UNITS[limit['unit']]}"


def number(value: float, places: int) -> str:
    """`1.234,50`: a point between thousands, a comma before decimals."""
    return f"{value:,.{places}f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def coordinate(metres: float) -> str:
    """`2325045,000`: as coordinate lists write it, without points between thousands."""
    return f"{metres:.3f}".replace(".", ",")


def area(m2: float) -> str:
    """m² to one decimal (TT 26/2024 art. 13)."""
    return f"{number(m2, 1)} m²"


def parcel_in_words(parcel: dict[str, Any]) -> str:
    """`thửa đất số 12, tờ bản đồ số 3, Phường Ba Đình; diện tích 90,0 m²`."""
    parts = [f"thửa đất số {parcel['number']}" if parcel["number"] else "thửa đất chưa có số"]
    if parcel["sheet"]:
        parts.append(f"tờ bản đồ số {parcel['sheet']}")
    if parcel["unit"]:
        parts.append(parcel["unit"])
    return f"{', '.join(parts)}; diện tích {area(parcel['area_m2'])}"


def first_capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def drawable(value: Any) -> Any:
    """A value for a template, with composed letters and every sign that the fonts lack replaced by □: a paper says that something is there
    rather than fail or stay silent. Dicts and lists are gone through."""
    if isinstance(value, dict):
        return {key: drawable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [drawable(one) for one in value]
    if isinstance(value, str):
        flat = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\t", " ").replace("\u00a0", " ")
        return "".join(sign if sign == "\n" or _has_glyph(ord(sign)) else UNDRAWABLE for sign in flat)
    return value


def _has_glyph(sign: int) -> bool:
    return any(first <= sign <= last for first, last in DRAWABLE)
