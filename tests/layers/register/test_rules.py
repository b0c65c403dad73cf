"""Rules of the map: what they say of pieces, in words that quote the law, and how they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from importlib.resources import files
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.rows import DictRow

from layers.crs import FabricCrs
from layers.fabric import edits, ledger
from layers.fabric.intents import parse
from layers.fabric.load import load_faces
from layers.fabric.model import Face, State
from layers.register.rules import seed
from layers.register.rules.judging import judge, stopping
from layers.register.rules.measures import depth_m, frontage, width_m
from layers.register.rules.model import Rule, Rulebook, UnitClass, Verdict
from layers.register.rules.reading import judge_delta, rulebook, unit_classes
from layers.register.rules.words import bound, number
from tests.conftest import NewDatabase
from tests.layers.fabric.fabrics import at, face, grid_batch, ring

Conn = psycopg.Connection[DictRow]
TODAY = date(2026, 11, 22)
PHUONG: dict[str, UnitClass] = {"00004": "phuong"}
QD61 = "QĐ 61/2024/QĐ-UBND"


def shipped() -> Rulebook:
    """The rules as they are shipped, read without a database."""
    rules = [
        Rule(
            row["code"],
            row["land_group"],
            row["unit_class"],
            date.fromisoformat(str(row["valid_from"])),
            date.fromisoformat(row["valid_until"]) if row["valid_until"] else None,
            row["severity"],
            tuple(str(row["moments"]).split()),
            float(row["threshold"]) if row["threshold"] else None,
            row["unit"],
            row["legal_source"],
        )  # type: ignore[arg-type]
        for name in ("national_rules.csv", "hanoi_rules.csv")
        for row in seed._rows(name)
    ]
    groups = {row["land_use"]: row["land_group"] for row in seed._rows("land_groups.csv")}
    return Rulebook(tuple(rules), groups)  # type: ignore[arg-type]


RULES = shipped()


def street(*parcels: Face, width: float = 100) -> State:
    """Parcels on a street: a road from x = 0 to `width` below them, land with a hole for them is not needed, faces beyond are `land`."""
    xs = sorted({x for one in parcels for x, y in one.rings[0] if y == at(0, 0)[1]} | {at(0, 0)[0], at(width, 0)[0]})
    top = [(x, at(0, 0)[1]) for x in reversed(xs)]
    road = face(900, ((at(0, -6)), (at(width, -6)), *top), kind="road", land_use="DGT", number=None)
    return State({one.id: one for one in (*parcels, road)})


def plot(key: int, x: float, wide: float, deep: float, **facts: object) -> Face:
    return face(key, ring((x, 0), (x + wide, 0), (x + wide, deep), (x, deep)), **facts)


def closed(state: State) -> State:
    """The state with land of somebody else beyond every boundary that has no neighbour, so that nothing is unknown."""
    outside = [(s, n) for n, s in enumerate((s for s in state.edges if s[::-1] not in state.edges), 1)]
    others = {}
    for ((ax, ay), (bx, by)), n in outside:
        far = (ax + (by - ay), ay - (bx - ax))
        others[1000 + n] = Face(1000 + n, (((bx, by), (ax, ay), far),), state.faces[next(iter(state.faces))].facts)
    return State(state.faces | others)


def intent(what: str, **values: Any) -> dict[str, Any]:
    return {"type": what, **values}


def line(*points: tuple[float, float]) -> list[dict[str, Any]]:
    return [{"mm": list(at(*point))} for point in points]


def judged(
    state: State, *work: dict[str, Any], units: dict[str, UnitClass] = PHUONG, on: date = TODAY, rules: Rulebook = RULES
) -> tuple[Verdict, ...]:
    delta = edits.delta(parse(list(work)), state)
    return judge(rules, delta.retired, delta.created, state, units, on)


def of(verdicts: Sequence[Verdict], code: str, parcel: int | None = None) -> Verdict:
    (found,) = [one for one in verdicts if one.rule == code and parcel in (None, one.parcel)]
    return found


def areas(verdicts: Sequence[Verdict]) -> dict[float | None, str]:
    return {one.measured: one.verdict for one in verdicts if one.rule == "area"}


# ---- the example --------------------------------------------------------------------------------------------------

NEIGHBOURS = closed(street(plot(1, 10, 10, 13), plot(2, 20, 6, 13)))
SPLIT = intent("split_by_line", parcel=1, line=line((9, 10.1), (21, 10.1)))  # 101 m2 in front, 29 m2 behind


def test_a_piece_of_29_m2_of_residential_land_in_a_phuong_fails_with_its_legal_source() -> None:
    verdicts = judged(NEIGHBOURS, SPLIT)
    assert areas(verdicts) == {101.0: "pass", 29.0: "fail"}
    (failed,) = [one for one in verdicts if one.rule == "area" and one.verdict == "fail"]
    assert (failed.severity, failed.threshold, failed.unit, failed.parcel < 0) == ("refuse", 50, "m2", True)
    assert QD61 in failed.text_vi and QD61 in failed.text_en and QD61 in failed.source
    assert failed.text_vi.startswith(
        "Thửa mới có diện tích 29,0 m², nhỏ hơn mức tối thiểu 50 m² đối với đất ở tại phường"
    )
    assert failed.text_en.startswith(
        "The new parcel has an area of 29.0 m², less than the minimum of 50 m² for residential land in a phường"
    )
    assert failed.stops("submit") and failed.stops("approve") and failed in stopping(verdicts, "approve")
    assert set(failed.where) <= {(a, b) for a in at_points(verdicts) for b in at_points(verdicts)}


def at_points(verdicts: Sequence[Verdict]) -> set[tuple[int, int]]:
    return {point for one in verdicts for place in one.where for point in place}


def test_that_piece_merged_with_the_neighbour_in_the_same_act_passes() -> None:
    merge = intent("merge", parcels=[-1, 2])
    verdicts = judged(NEIGHBOURS, SPLIT, merge)
    assert areas(verdicts) == {101.0: "pass", 107.0: "pass"}
    assert not stopping(verdicts, "submit") and not stopping(verdicts, "approve")
    assert {one.verdict for one in verdicts if one.rule == "access"} == {"pass"}


# ---- which parcels are judged -------------------------------------------------------------------------------------


def test_small_parcels_that_are_merged_whole_are_not_judged() -> None:
    state = closed(street(plot(1, 10, 3, 6), plot(2, 13, 3, 6)))
    assert judged(state, intent("merge", parcels=[1, 2])) == ()


def test_what_a_merger_with_a_piece_makes_is_judged_as_one_and_may_be_too_small() -> None:
    state = closed(street(plot(1, 10, 10, 13), plot(2, 20, 1, 13)))
    verdicts = judged(
        state, intent("split_by_line", parcel=1, line=line((18, -1), (18, 14))), intent("merge", parcels=[-2, 2])
    )
    assert areas(verdicts) == {104.0: "pass", 39.0: "fail"}


def test_a_boundary_that_moves_is_judged_where_the_parcel_gets_smaller() -> None:
    state = closed(street(plot(1, 10, 6, 10), plot(2, 16, 6, 10)))
    verdicts = judged(state, intent("move_boundary", old=line((16, 0), (16, 10)), new=line((16, 0), (14, 5), (16, 10))))
    assert {one.parcel for one in verdicts} == {1}
    assert of(verdicts, "area").verdict == "pass" and of(verdicts, "area").measured == 50
    assert of(verdicts, "area").text_vi.startswith("Thửa còn lại có diện tích 50,0 m², đạt mức tối thiểu 50 m²")
    further = judged(
        state, intent("move_boundary", old=line((16, 0), (16, 10)), new=line((16, 0), (13.9, 5), (16, 10)))
    )
    assert (of(further, "area").verdict, of(further, "area").measured) == ("fail", 49.5)


def test_areas_are_judged_as_they_are_printed_to_a_tenth_of_a_square_metre() -> None:
    for depth, outcome in ((5.0, "pass"), (4.995, "pass"), (4.994, "fail")):
        verdicts = judged(
            closed(street(plot(1, 10, 10, 13))), intent("split_by_line", parcel=1, line=line((9, depth), (21, depth)))
        )
        assert next(one.verdict for one in verdicts if one.rule == "area" and one.measured < 60) == outcome  # type: ignore[operator]


def test_a_neighbour_that_only_gains_a_vertex_is_left_alone() -> None:
    state = closed(street(plot(1, 10, 20, 13), plot(2, 30, 3, 13)))
    verdicts = judged(state, intent("split_by_line", parcel=1, line=line((9, 6), (31, 6))))
    assert 2 not in {one.parcel for one in verdicts} and {one.parcel for one in verdicts} == {-1, -2}


def test_facts_that_change_without_a_cut_are_not_judged() -> None:
    state = closed(street(plot(1, 10, 3, 6)))
    assert judged(state, intent("reclassify", parcel=1, land_use="TMD")) == ()


@given(depth=st.integers(1, 129), wide=st.integers(30, 200))
def test_every_piece_is_judged_once_by_its_own_area(depth: int, wide: int) -> None:
    """Independent of the module: two rectangles, their areas by multiplication, in hundredths of a square metre."""
    state = closed(street(plot(1, 10, wide / 10, 13), width=60))
    cut = line((9, depth / 10), (11 + wide / 10, depth / 10))
    found = sorted(
        (one for one in judged(state, intent("split_by_line", parcel=1, line=cut)) if one.rule == "area"),
        key=lambda one: one.measured or 0,
    )
    expected = sorted(wide * d for d in (depth, 130 - depth))
    assert [one.measured for one in found] == [pytest.approx(area / 100, abs=0.051) for area in expected]
    assert [one.verdict for one in found] == ["pass" if area >= 4995 else "fail" for area in expected]


# ---- kinds of land and units --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("use", "unit_class", "least"),
    [
        ("ODT", "phuong", 50), ("ONT", "xa_dong_bang", 80), ("ONT", "xa_trung_du", 100), ("ONT", "xa_mien_nui", 150),
        ("TMD", "phuong", 400), ("TMD", "xa_dong_bang", 800), ("SKC", "phuong", 1000), ("SKC", "xa_mien_nui", 2000),
        ("LUC", "phuong", 300), ("HNK", "xa_dong_bang", 500), ("CLN", "phuong", 500), ("NTS", "xa_trung_du", 1000),
        ("RSX", "phuong", 5000), ("RSN", "xa_mien_nui", 5000),
    ],
)  # fmt: skip
def test_the_minimum_follows_from_the_land_use_and_the_unit(use: str, unit_class: UnitClass, least: float) -> None:
    for short, outcome in ((0.1, "fail"), (0.0, "pass")):
        deep = (least - short) / 40
        state = closed(street(plot(1, 10, 40, deep + 200, land_use=use)))
        verdicts = judged(
            state, intent("split_by_line", parcel=1, line=line((9, deep), (51, deep))), units={"00004": unit_class}
        )
        found = min((one for one in verdicts if one.rule == "area"), key=lambda one: one.measured or 0)
        assert (found.verdict, found.threshold) == (outcome, least)


@pytest.mark.parametrize(
    ("use", "units", "why"),
    [("RDD", PHUONG, "chưa có mức quy định"), (None, PHUONG, "chưa có mức quy định"), ("ODT", {}, "chưa xác định")],
)
def test_land_or_a_unit_the_decision_does_not_name_is_not_testable_and_says_why(
    use: str | None, units: dict[str, UnitClass], why: str
) -> None:
    state = closed(street(plot(1, 10, 10, 13, land_use=use)))
    found = [one for one in judged(state, SPLIT, units=units) if one.rule == "area"]
    assert {one.verdict for one in found} == {"not_testable"} and all(why in one.text_vi for one in found)
    assert all(QD61 in one.text_vi and QD61 in one.text_en for one in found)
    assert not any(one.stops("approve") for one in found)


def test_before_the_decision_was_in_force_nothing_of_it_is_asked() -> None:
    assert {one.rule for one in judged(NEIGHBOURS, SPLIT, on=date(2024, 10, 6))} == {"access"}
    assert {one.rule for one in judged(NEIGHBOURS, SPLIT, on=date(2024, 10, 7))} == {
        "area",
        "frontage",
        "depth",
        "access",
        "red_line",
    }
    assert judged(NEIGHBOURS, SPLIT, on=date(2024, 7, 31)) == ()
    assert "254/2025/QH15" not in of(judged(NEIGHBOURS, SPLIT, on=date(2025, 12, 31)), "access", -2).source
    assert "254/2025/QH15" in of(judged(NEIGHBOURS, SPLIT), "access", -2).source


# ---- frontage, depth, access, red line ----------------------------------------------------------------------------


def test_a_frontage_under_four_metres_fails_and_shows_the_line() -> None:
    state = closed(street(plot(1, 10, 10, 20)))
    verdicts = judged(state, intent("split_by_line", parcel=1, line=line((13.9, -1), (13.9, 21))))
    narrow = next(one for one in verdicts if one.rule == "frontage" and one.verdict == "fail")
    assert (narrow.measured, narrow.threshold, narrow.severity) == (3.9, 4, "refuse")
    assert narrow.where == ((at(10, 0), at(13.9, 0)),)
    assert "tiếp giáp đường 3,90 m, nhỏ hơn mức tối thiểu 4 m" in narrow.text_vi and QD61 in narrow.text_en
    assert [one.measured for one in verdicts if one.rule == "frontage"] == [3.9, 6.1]


def test_a_frontage_goes_on_along_a_bend_and_ends_at_a_corner() -> None:
    piece = face(1, ring((10, 0), (12, 0), (14, 0.5), (14, 12), (10, 12)))
    road = face(900, ring((9, -6), (20, -6), (20, 20), (14, 12), (14, 0.5), (12, 0), (10, 0)), kind="road")
    found = frontage(piece, State({1: piece, 900: road}), frozenset({900}))
    assert [
        round(sum(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5 for a, b in one) / 1000, 2) for one in found.lines
    ] == [11.5, 4.06]
    assert round(found.shared_m, 2) == 15.56 and found.unknown


def test_the_depth_passes_only_once_red_lines_are_on_record_but_can_fail_without_them() -> None:
    state = closed(street(plot(1, 10, 20, 13)))
    verdicts = judged(state, intent("split_by_line", parcel=1, line=line((9, 3.5), (31, 3.5))))
    shallow = next(one for one in verdicts if one.rule == "depth" and one.parcel == -2)
    assert (shallow.verdict, shallow.measured, shallow.threshold) == ("fail", 3.5, 4), "no red line makes it deeper"
    deep = next(
        one
        for one in judged(state, intent("split_by_line", parcel=1, line=line((20, -1), (20, 14))))
        if one.rule == "depth"
    )
    assert (deep.verdict, deep.measured) == ("not_testable", 13)
    assert "chưa có lớp dữ liệu chỉ giới đường đỏ" in deep.text_vi and QD61 in deep.text_vi


def test_depth_is_the_other_side_of_the_rectangle_on_the_frontage() -> None:
    slanted = face(1, ring((0, 0), (6, 0), (8, 10), (2, 10)))
    assert depth_m(slanted, ((at(0, 0), at(6, 0)),)) == 10
    island = face(2, ring((0, 0), (4, 0), (4, 3), (0, 3)))
    around = ((at(0, 0), at(4, 0)), (at(4, 0), at(4, 3)), (at(4, 3), at(0, 3)), (at(0, 3), at(0, 0)))
    assert depth_m(island, around) == 3


def test_a_piece_behind_has_no_way_out_until_a_path_is_cut_for_it() -> None:
    state = closed(street(plot(1, 10, 20, 30)))
    across = intent("split_by_line", parcel=1, line=line((9, 15), (31, 15)))
    behind = of(judged(state, across), "access", -1)
    assert (behind.verdict, behind.severity, behind.measured) == ("fail", "warn", 0)
    assert "Điều 220" in behind.text_vi and "Điều 220" in behind.text_en
    path = [
        across,
        intent("split_by_line", parcel=-2, line=line((26, -1), (26, 16))),
        intent("reclassify", parcel=-4, kind="road", land_use="DGT"),
    ]
    delta = edits.delta(parse(path), state)
    (lane,) = [one for one in delta.created if one.facts.kind == "road" and one.id < 0]
    verdicts = judge(RULES, delta.retired, delta.created, state, PHUONG, TODAY)
    assert of(verdicts, "access", -1).verdict == "pass" and of(verdicts, "access", -1).measured == 4
    assert (of(verdicts, "path_width", lane.id).verdict, of(verdicts, "path_width", lane.id).measured) == ("pass", 4)
    assert of(verdicts, "path_width", lane.id).text_vi.startswith(
        "Lối đi rộng 4,00 m, đạt mức tối thiểu 3,5 m tại phường"
    )
    assert {one.rule for one in verdicts if one.parcel == lane.id} == {"path_width"}, "a path is no piece"


def test_a_path_that_leads_to_no_road_is_no_way_out() -> None:
    state = closed(street(plot(1, 10, 20, 30)))
    work = [
        intent("split_by_line", parcel=1, lines=[line((9, 10), (31, 10)), line((9, 15), (31, 15))]),
        intent("reclassify", parcel=-2, kind="road", land_use="DGT"),
    ]
    verdicts = judged(state, *work)
    assert of(verdicts, "access", -1).verdict == "fail"
    assert of(verdicts, "access", -3).verdict == "pass"
    assert of(verdicts, "path_width", -2).measured == 5


def test_beyond_the_land_on_record_nobody_knows_whether_there_is_a_road() -> None:
    alone = State({1: plot(1, 10, 20, 30)})
    verdicts = judged(alone, intent("split_by_line", parcel=1, line=line((9, 15), (31, 15))))
    for code in ("access", "frontage"):
        found = [one for one in verdicts if one.rule == code]
        assert {one.verdict for one in found} == {"not_testable"} and all(
            "chưa có dữ liệu" in one.text_vi for one in found
        )


def test_the_area_outside_the_red_line_is_never_claimed_to_be_tested() -> None:
    found = [one for one in judged(NEIGHBOURS, SPLIT) if one.rule == "red_line"]
    assert len(found) == 2
    assert {(one.verdict, one.severity, one.measured) for one in found} == {("not_testable", "info", None)}
    assert all("diện tích ngoài chỉ giới đường đỏ" in one.text_vi and "red line" in one.text_en for one in found)


def test_a_number_that_was_not_found_makes_its_rule_not_testable() -> None:
    verdicts = judged(NEIGHBOURS, SPLIT, units={"00004": "xa_dong_bang"})
    sides = [one for one in verdicts if one.rule in ("frontage", "depth")]
    assert len(sides) == 4 and {one.verdict for one in sides} == {"not_testable"}
    assert all("chưa có số liệu mức tối thiểu" in one.text_vi and one.threshold is None for one in sides)


# ---- paths --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "width"),
    [
        (((0, 0), (3.5, 0), (3.5, 20), (0, 20)), 3.5),
        (((0, 0), (3.49, 0), (3.49, 20), (0, 20)), 3.49),
        (((0, 0), (4, 0), (4, 8), (20, 8), (20, 12), (0, 12)), 4.0),  # an angle
        (((0, 0), (4, 0), (4, 6), (3, 6.5), (3, 7), (4, 7.5), (4, 20), (0, 20)), 3.0),  # a bottleneck
        (((0, 0), (4, 0), (3, 20), (0, 20)), 3.0),  # gets narrower towards the end
        (((0, 0), (4, 0), (6, 20), (2, 20)), 3.980),  # leaves the road at an angle: 4 m along it, 3.98 across
        (((-2, 0), (6, 0), (4, 2), (4, 20), (0, 20), (0, 2)), 4.0),  # opens to the road
        (((0, 0), (4, 0), (4, 6), (3, 6.5), (4, 7), (4, 20), (0, 20)), 3.0),  # a corner stands in the way
        (((0, 0), (4, 0), (4, 2), (0, 2)), 4.0),  # shorter than wide
    ],
)
def test_a_path_is_as_wide_as_where_it_is_narrowest(points: tuple[tuple[float, float], ...], width: float) -> None:
    path, (a, b) = face(1, ring(*points)), ring(*points[:2])
    road = Face(2, ((b, a, (a[0], a[1] - 5000)),), replace(path.facts, kind="road"))
    assert width_m(path, State({1: path, 2: road})) == pytest.approx(width, abs=0.001)


def test_a_path_narrower_than_three_and_a_half_metres_fails() -> None:
    state = closed(street(plot(1, 10, 20, 30)))
    work = [
        intent("split_by_line", parcel=1, line=line((13.4, -1), (13.4, 31))),
        intent("reclassify", parcel=-1, kind="road", land_use="DGT"),
    ]
    lane = of(judged(state, *work), "path_width")
    assert (lane.verdict, lane.measured, lane.severity) == ("fail", 3.4, "refuse")
    in_xa = of(judged(state, *work, units={"00004": "xa_dong_bang"}), "path_width")
    assert (in_xa.threshold, in_xa.verdict) == (4, "fail")


# ---- words --------------------------------------------------------------------------------------------------------


def test_numbers_are_written_as_each_language_writes_them() -> None:
    assert number(29) == ("29,0", "29.0") and number(3.456, 2) == ("3,46", "3.46")
    assert bound(3.5) == ("3,5", "3.5") and bound(50) == ("50", "50") and bound(5000) == ("5000", "5000")


# ---- the database -------------------------------------------------------------------------------------------------


def test_what_the_database_holds_is_what_is_shipped(conn: Conn) -> None:
    found = rulebook(conn, TODAY)
    assert set(found.rules) == {rule for rule in RULES.rules if rule.holds(TODAY)}
    assert dict(found.land_groups) == dict(RULES.land_groups)


def test_a_city_that_is_not_hanoi_has_the_national_rules_only(database: NewDatabase) -> None:
    with psycopg.connect(database(2193)) as conn:
        assert conn.execute("SELECT DISTINCT code FROM register.map_rule").fetchall() == [("access",)]


def test_shipping_again_leaves_an_edited_rule_alone(conn: Conn) -> None:
    conn.execute(
        "UPDATE register.map_rule SET threshold = 45 WHERE code = 'area' AND land_group = 'residential' AND unit_class = 'phuong'"
    )
    conn.execute("UPDATE register.land_group SET land_group = 'commerce' WHERE land_use = 'SKC'")
    seed.seed(conn, hanoi=True)
    seed.seed(conn, hanoi=True)
    found = rulebook(conn, TODAY)
    rule = found.find("area", "residential", "phuong", TODAY)
    assert rule is not None and rule.threshold == 45
    assert len(found.rules) == len([rule for rule in RULES.rules if rule.holds(TODAY)])
    assert found.land_groups["SKC"] == "commerce" and found.land_groups["SKK"] == "other_nonagricultural"


def test_a_rule_ends_by_its_dates_and_two_never_hold_at_once(conn: Conn) -> None:
    ward = "code = 'area' AND land_group = 'residential' AND unit_class = 'phuong'"
    new = (
        "INSERT INTO register.map_rule (code, land_group, unit_class, valid, severity, moments, threshold, unit, legal_source, grade)"
        " VALUES ('area', 'residential', 'phuong', '[2027-01-01,)', 'refuse', '{submit,approve}', 60, 'm2', 'QĐ mới', 'A')"
    )
    with pytest.raises(psycopg.errors.ExclusionViolation), conn.transaction():
        conn.execute(new)
    conn.execute(f"UPDATE register.map_rule SET valid = daterange(lower(valid), '2027-01-01') WHERE {ward}")
    conn.execute(new)
    for day, least in ((date(2026, 12, 31), 50), (date(2027, 1, 1), 60)):
        rule = rulebook(conn, day).find("area", "residential", "phuong", day)
        assert rule is not None and rule.threshold == least
    seed.seed(conn, hanoi=True)
    assert conn.execute(f"SELECT count(*) FROM register.map_rule WHERE {ward}").fetchone() == {"count": 2}


def test_a_unit_is_what_it_is_until_somebody_says_otherwise_with_a_legal_note(conn: Conn) -> None:
    row = conn.execute("SELECT code FROM register.unit WHERE unit_type = 'Xã' ORDER BY code LIMIT 1").fetchone()
    assert row is not None
    xa = row["code"]
    assert unit_classes(conn, ["00004", xa, "99999"], TODAY) == {"00004": "phuong", xa: "xa_dong_bang"}
    conn.execute(
        "INSERT INTO register.split_class (unit, unit_class, valid, legal_note)"
        " VALUES (%s, 'xa_mien_nui', '[2026-01-01,2027-01-01)', 'Quyết định công nhận xã miền núi')",
        [xa],
    )
    assert unit_classes(conn, [xa], TODAY) == {xa: "xa_mien_nui"}
    assert unit_classes(conn, [xa], date(2027, 1, 1)) == {xa: "xa_dong_bang"}
    with pytest.raises(psycopg.errors.ExclusionViolation), conn.transaction():
        conn.execute(
            "INSERT INTO register.split_class (unit, unit_class, valid, legal_note) VALUES (%s, 'phuong', '[2026-06-01,)', 'khác')",
            [xa],
        )


def test_a_draft_on_the_ledger_is_judged_by_the_rules_of_today(conn: Conn) -> None:
    load_faces(conn, grid_batch(2, 2), reason="lưới")  # 6 x 15 m in phường 00004
    crs = FabricCrs(5897)
    work = parse([intent("split_by_line", parcel=1, line=line((-1, 5), (7, 5)))])
    state = ledger.state_for(conn, crs, work)
    verdicts = judge_delta(conn, edits.delta(work, state), state)
    assert areas(verdicts) == {60.0: "pass", 30.0: "fail"}
    assert QD61 in next(one.text_vi for one in stopping(verdicts, "submit") if one.rule == "area")


def test_every_shipped_rule_has_a_source_and_a_grade() -> None:
    for name in ("national_rules.csv", "hanoi_rules.csv"):
        for row in seed._rows(name):
            assert row["legal_source"] and row["grade"] in ("A", "B", "C", "D")
            assert (row["threshold"] is None) == (row["grade"] == "D" or row["code"] == "red_line"), row
    assert (files("layers.register.rules") / "sql" / "schema.sql").is_file()
