"""What a verdict says, in Vietnamese and English, with the law it rests on."""

from __future__ import annotations

from typing import Literal

from layers.register.rules.model import Code, LandGroup, Rule, UnitClass

GROUPS: dict[LandGroup, tuple[str, str]] = {
    "residential": ("đất ở", "residential land"),
    "commerce": ("đất thương mại, dịch vụ", "land of commerce and services"),
    "other_nonagricultural": ("đất phi nông nghiệp khác", "other non-agricultural land"),
    "annual_crops": ("đất trồng cây hằng năm", "land of annual crops"),
    "perennial_crops": ("đất trồng cây lâu năm, nuôi trồng thủy sản", "land of perennial crops or aquaculture"),
    "production_forest": ("đất rừng sản xuất", "production forest"),
}
CLASSES: dict[UnitClass, tuple[str, str]] = {
    "phuong": ("phường", "a phường"),
    "xa_dong_bang": ("xã đồng bằng", "a xã of the plain"),
    "xa_trung_du": ("xã trung du", "a xã of the midland"),
    "xa_mien_nui": ("xã miền núi", "a xã of the mountains"),
}
MEASURES: dict[Code, tuple[str, str]] = {
    "area": ("diện tích", "area"),
    "frontage": ("chiều rộng mặt tiếp giáp đường", "frontage to a road"),
    "depth": ("chiều sâu so với chỉ giới đường đỏ", "depth from the red line"),
    "access": ("lối ra đường", "access to a road"),
    "path_width": ("chiều rộng lối đi", "width of the path"),
    "red_line": ("diện tích ngoài chỉ giới đường đỏ", "area outside the red line"),
}
FOUND: dict[Code, tuple[str, str]] = {
    "area": ("có diện tích", "has an area of"),
    "frontage": ("tiếp giáp đường", "meets a road along"),
    "depth": ("có chiều sâu tính từ mép đường chỉ", "reaches from the edge of the road only"),
    "path_width": ("rộng", "has a width of"),
}
UNITS: dict[Literal["m", "m2"], str] = {"m": "m", "m2": "m²"}
Reason = Literal["no-class", "no-group", "no-threshold", "no-red-line", "no-sides", "edge"]
REASONS: dict[Reason, tuple[str, str]] = {
    "no-class": ("chưa xác định đơn vị thuộc phường hay xã nào", "it is not on record what kind of unit this is"),
    "no-group": ("loại đất này chưa có mức quy định", "this land use comes under no minimum"),
    "no-threshold": ("chưa có số liệu mức tối thiểu", "the number the law asks for is not on record"),
    "no-red-line": ("chưa có lớp dữ liệu chỉ giới đường đỏ", "the layer of red lines is not on record"),
    "no-sides": ("không phân định được hai bên lối đi", "its two sides cannot be told apart"),
    "edge": ("phía ngoài ranh giới thửa chưa có dữ liệu", "what lies beyond part of its boundary is not on record"),
}
Pair = tuple[str, str]


def number(value: float, decimals: int = 1) -> Pair:
    """A number as it is written in Vietnamese and in English."""
    text = f"{value:.{decimals}f}"
    return text.replace(".", ","), text


def bound(value: float) -> Pair:
    """A threshold, without zeros that say nothing."""
    text = f"{value:g}" if value < 1e5 else f"{value:.0f}"
    return text.replace(".", ","), text


def whose(group: LandGroup | None, unit_class: UnitClass | None) -> Pair:
    """For what land, and where: ` đối với đất ở tại phường`."""
    vi = f" đối với {GROUPS[group][0]}" if group else ""
    en = f" for {GROUPS[group][1]}" if group else ""
    if unit_class:
        vi, en = f"{vi} tại {CLASSES[unit_class][0]}", f"{en} in {CLASSES[unit_class][1]}"
    return vi, en


def who(*, drafted: bool) -> Pair:
    """A parcel that the edit makes, or one that it leaves smaller."""
    return ("Thửa mới", "The new parcel") if drafted else ("Thửa còn lại", "The remaining parcel")


def compared(
    rule: Rule, measured: float, group: LandGroup | None, unit_class: UnitClass | None, *, passes: bool, drafted: bool
) -> Pair:
    """A measured value beside what the law asks for."""
    assert rule.threshold is not None
    subject, what, here = who(drafted=drafted), FOUND[rule.code], whose(group, unit_class)
    if rule.code == "path_width":
        subject = ("Lối đi", "The path")
    found, least, unit = number(measured, 1 if rule.unit == "m2" else 2), bound(rule.threshold), UNITS[rule.unit]
    against = ("đạt", "at least") if passes else ("nhỏ hơn", "less than")
    return (
        f"{subject[0]} {what[0]} {found[0]} {unit}, {against[0]} mức tối thiểu {least[0]} {unit}{here[0]} ({rule.source}).",
        f"{subject[1]} {what[1]} {found[1]} {unit}, {against[1]} the minimum of {least[1]} {unit}{here[1]} ({rule.source}).",
    )


def connected(rule: Rule, measured: float, *, passes: bool, drafted: bool) -> Pair:
    """Whether a parcel meets a road."""
    found = number(measured, 2)
    parcel = who(drafted=drafted)
    if passes:
        return (
            f"{parcel[0]} tiếp giáp đường hoặc lối đi {found[0]} m ({rule.source}).",
            f"{parcel[1]} meets a road or path along {found[1]} m ({rule.source}).",
        )
    return (
        f"{parcel[0]} không tiếp giáp đường hay lối đi nào: cần có lối ra đường công cộng ({rule.source}).",
        f"{parcel[1]} meets no road or path: it needs a way to a public road ({rule.source}).",
    )


def untested(code: Code, reason: Reason, source: str, *, at_most: float | None = None) -> Pair:
    """Why a rule could not be tested. `at_most`: what is known of the value all the same, m."""
    what, why = MEASURES[code], REASONS[reason]
    known = ("", "")
    if at_most is not None:
        vi, en = number(at_most, 2)
        known = (f" (tính từ mép đường: {vi} m)", f" (from the edge of the road: {en} m)")
    return (
        f"Chưa kiểm tra được {what[0]}{known[0]}: {why[0]} ({source}).",
        f"The {what[1]} could not be tested{known[1]}: {why[1]} ({source}).",
    )
