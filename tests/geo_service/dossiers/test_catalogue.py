"""Definitions as values: what is shipped holds, and every way of spoiling one is found, named and placed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from geo_service.dossiers.catalogue.diff import changes
from geo_service.dossiers.catalogue.loader import _read, expand, shipped
from geo_service.dossiers.catalogue.model import Definition
from geo_service.dossiers.catalogue.validate import RULES, errors, problems

ROLES = {
    "citizen": [], "reception": ["desk.reception"], "surveyor": ["edit.propose"], "land_officer": ["edit.propose"], "approver": ["edit.approve"],
    "registrar": ["rights.write", "block.write"], "inspector": [], "leader": [], "analyst": [], "administrator": ["catalogue.write"],
}  # fmt: skip
SHIPPED = {one.code: one for one in shipped()}
SPLIT = SHIPPED["1.012784"].document()

# What domain.md §6.2 lists, by hand: code, level, limit, unit.
LISTED = """
1.013978 commune 20 working_day
1.012753 city 20 working_day
1.012756 branch 17 working_day
1.013831 branch 5 working_day
1.013831-TL branch 4 working_day
1.012784 branch 12 working_day
1.012783 branch 5 working_day
1.012783-DD branch 10 working_day
1.012786 branch 10 working_day
1.012790 branch 8 working_day
1.012791 branch 45 working_day
1.013833 branch 4 working_day
1.013833-HC branch 5 working_day
1.013833-SA branch 10 working_day
1.013980 branch 8 working_day
1.012785 branch 8 working_day
1.012787 branch 8 working_day
1.012781 branch 20 working_day
1.012782 branch 20 working_day
1.013992 branch 7 working_day
1.013949 commune 15 working_day
1.013950 commune 15 working_day
1.013952 commune 15 working_day
1.013953 commune 15 working_day
1.013825 city 15 working_day
1.013826 city 15 working_day
1.013827 city 7 working_day
1.013993 branch 12 working_day
1.013995 branch 8 working_day
1.013995-TS branch 5 working_day
1.013977 branch 8 working_day
1.013977-QH branch 5 working_day
1.013988 branch 0 working_day
1.013947 branch 7 working_day
1.013979 commune 10 working_day
1.012812 commune 30 calendar_day
1.013967 commune 45 calendar_day
1.012789 branch 10 working_day
1.011441 branch 0 working_day
1.011442 branch 0 working_day
1.011443 branch 0 working_day
1.011444 branch 0 working_day
1.011445 branch 0 working_day
"""
WITHOUT_TIME = {"1.012796", "1.012818", "1.012817", "1.012805", "NB.THUHOI", "NB.KIEMTRA"}
CHANGE_CODES = set(
    "CN CD TK TA GP XV CT TL XT TC XC XN CM TG GH TN TD TS DT SN CL TH SA HC LK GT GK GA DG TQ VC BN CP DC DH".split()
)


# ---- what is shipped -----------------------------------------------------------------------------------------------


def test_every_procedure_of_the_national_list_is_shipped_with_its_level_and_time() -> None:
    for line in LISTED.split("\n")[1:-1]:
        code, level, n, unit = line.split()
        one = SHIPPED[code]
        assert (one.level, one.limit.n, one.limit.unit) == (level, int(n), unit), code
    assert SHIPPED.keys() >= WITHOUT_TIME | {f"1.013831-{case}" for case in ("TK", "TA", "CD", "GP")}
    assert len(SHIPPED) == len(shipped())


@pytest.mark.parametrize("code", SHIPPED)
def test_nothing_is_found_in_what_is_shipped(code: str) -> None:
    assert problems(SHIPPED[code], ROLES) == []


@pytest.mark.parametrize("code", SHIPPED)
def test_what_is_shipped_says_where_it_comes_from(code: str) -> None:
    one = SHIPPED[code]
    assert len(one.source) > 10 and one.result_vi != one.result_en
    assert one.change_type is None or one.change_type in CHANGE_CODES
    assert (one.kind == "internal") == code.startswith("NB.")
    assert all(fee.source for fee in one.fees)
    assert all(fee.grade in "CD" for fee in one.fees if fee.amount or fee.percent), "amounts are the operator's"


def test_all_ten_statuses_occur_and_every_kind_of_action() -> None:
    assert {step.status for one in shipped() for step in one.steps} == set(range(1, 11))
    kinds = {action.kind for one in shipped() for action in one.actions}
    declared = set(Definition.model_fields["actions"].annotation.__args__[0].model_fields["kind"].annotation.__args__)  # type: ignore[union-attr]
    assert kinds == declared


def test_what_the_system_may_hold_is_marked_so_that_it_is_not_asked_for_again() -> None:
    held = {(paper.code, paper.held_as) for one in shipped() for paper in one.documents if paper.held_as}
    assert {("gcn", "certificate"), ("giay_to_tuy_than", "identity"), ("trich_do", "extract")} <= held


def test_same_day_procedures_close_at_fifteen_hours() -> None:
    same_day = {code for code, one in SHIPPED.items() if one.limit.n == 0}
    assert same_day == {"1.013988", "1.011441", "1.011442", "1.011443", "1.011444", "1.011445"}
    assert all(SHIPPED[code].limit.cutoff == "15:00" for code in same_day)


def test_the_split_is_the_flow_that_other_code_relies_on() -> None:
    ways = {(a["from"], a["code"]): a["to"] for a in SPLIT["actions"]}
    expected = {
        ("filed", "accept"): "received", ("received", "begin"): "checking", ("filed", "refuse"): "refused",
        ("filed", "ask_supplement"): "supplement_first", ("supplement_first", "supplement"): "checking",
        ("supplement_first", "withdraw"): "withdrawn", ("checking", "ask_supplement"): "supplement", ("supplement", "supplement"): "checking",
        ("checking", "to_sketch"): "sketching", ("sketching", "propose_map"): "deciding", ("deciding", "return_map"): "sketching",
        ("deciding", "approve"): "done", ("done", "hand_out"): "returned", ("checking", "tax_slip"): "tax", ("tax", "tax_notice"): "paying",
        ("paying", "paid"): "checking", ("checking", "withdraw"): "withdrawn", ("paying", "withdraw"): "withdrawn",
        ("checking", "stop"): "stopped", ("supplement", "stop"): "stopped", ("paying", "stop"): "stopped",
    }  # fmt: skip
    assert expected.items() <= ways.items()
    approve = next(a for a in SPLIT["actions"] if a["code"] == "approve")
    assert (approve["map"], approve["paper"], approve["role"]) == ("required", "06", "approver")


def test_no_word_of_the_flows_is_left_unfilled() -> None:
    for one in shipped():
        assert not re.search(r'"\$\w+"', one.model_dump_json(by_alias=True)), one.code


def test_an_entry_that_names_what_is_nowhere_is_refused() -> None:
    flows, parts = _read("flows"), _read("parts")
    entry = {"code": "X.1", "name_vi": "a", "name_en": "b", "level": "city", "limit": {"n": 3}, "flow": "registry"}
    assert expand(entry, flows, parts).steps[0].code == "filed"
    for wrong in ({"flow": "none"}, {"documents": ["none"]}, {"fees": [{"use": "none"}]}):
        with pytest.raises(KeyError):
            expand(entry | wrong, flows, parts)
    with pytest.raises(ValidationError):
        expand(entry | {"surprise": 1}, flows, parts)


def test_definitions_are_frozen_and_strict() -> None:
    one = SHIPPED["1.012784"]
    with pytest.raises(ValidationError):
        one.name_vi = "khác"  # type: ignore[misc]
    for wrong in (
        {"code": "không được"}, {"limit": {"n": -1}}, {"limit": {"n": 1, "cutoff": "25:00"}}, {"more": 1}, {"level": "state"},
        {"name_vi": "x" * 301}, {"steps": [SPLIT["steps"][0] | {"status": 11}]}, {"steps": [SPLIT["steps"][0]] * 61},
        {"name_vi": "a\x00b"}, {"blocks": ["whim"]},
    ):  # fmt: skip
        with pytest.raises(ValidationError):
            Definition.model_validate(SPLIT | wrong)
    assert Definition.model_validate(one.document()) == one


# ---- what the rules find -------------------------------------------------------------------------------------------

Spoil = Callable[[dict[str, Any]], None]


def step(document: dict[str, Any], code: str) -> dict[str, Any]:
    return next(one for one in document["steps"] if one["code"] == code)


def action(document: dict[str, Any], start: str, code: str) -> dict[str, Any]:
    return next(one for one in document["actions"] if (one["from"], one["code"]) == (start, code))


def change(where: Callable[..., dict[str, Any]], *names: str, **values: Any) -> Spoil:
    return lambda document: where(document, *names).update({key.rstrip("_"): value for key, value in values.items()})


def without(*keys: tuple[str, str]) -> Spoil:
    def spoil(document: dict[str, Any]) -> None:
        document["actions"] = [a for a in document["actions"] if (a["from"], a["code"]) not in keys]

    return spoil


def leading_nowhere(document: dict[str, Any]) -> None:
    """Two steps that send a dossier to and fro for ever."""
    lost = step(document, "received") | {"status": 4}
    document["steps"] += [lost | {"code": "here"}, lost | {"code": "there"}]
    move = action(document, "received", "begin")
    document["actions"] += [
        move | {"from": "checking", "code": "lose", "to": "here"}, move | {"from": "here", "code": "go", "to": "there"},
        move | {"from": "there", "code": "go", "to": "here"},
    ]  # fmt: skip


BREAKAGES: list[tuple[str, str, Spoil]] = [
    ("P01", "steps", lambda d: d.update(steps=[], actions=[])),
    ("P01", "steps.filed.status", change(step, "filed", status=2, clock="running")),
    ("P02", "steps", lambda d: d["steps"].append(step(d, "checking"))),
    ("P02", "documents", lambda d: d["documents"].append(d["documents"][0])),
    ("P02", "fees", lambda d: d["fees"].append(d["fees"][0])),
    ("P02", "fields.1.choices", lambda d: d["fields"][1]["choices"].append(d["fields"][1]["choices"][0])),
    ("P02", "actions", lambda d: d["actions"].append(d["actions"][0])),
    ("P02", "actions.filed/accept.to", lambda d: d["actions"][0].update(to="nowhere")),
    ("P02", "actions.nowhere/accept.from", lambda d: d["actions"][0].update({"from": "nowhere"})),
    ("P03", "steps.done", without(("done", "hand_out"))),
    ("P03", "steps.here", leading_nowhere),
    ("P03", "steps.refused", lambda d: d["actions"].append(action(d, "filed", "accept") | {"from": "refused"})),
    ("P03", "steps.checking.role", change(step, "checking", role="nobody")),
    ("P03", "steps.refused.role", change(step, "refused", role="reception")),
    ("P03", "steps", lambda d: (d.update(steps=[s for s in d["steps"] if s["code"] != "returned"]), without(("done", "hand_out"))(d))),
    ("P04", "steps.sketching", without(("checking", "to_sketch"), ("deciding", "return_map"))),
    ("P05", "actions.received/begin", change(action, "received", "begin", to="supplement")),
    ("P05", "actions.filed/accept", change(action, "filed", "accept", to="checking")),
    ("P06", "steps.checking.role", change(step, "checking", role="wizard")),
    ("P06", "actions.filed/accept.role", change(action, "filed", "accept", role="nobody")),
    ("P07", "steps.checking.role", change(step, "checking", role="citizen")),
    ("P07", "steps.tax.role", change(step, "tax", role="land_officer")),
    ("P07", "steps.supplement.role", change(step, "supplement", role="land_officer")),
    ("P07", "steps.supplement.role", change(step, "supplement", role="partner")),
    ("P07", "actions.filed/accept.role", change(action, "filed", "accept", role="citizen")),
    ("P07", "actions.received/begin.role", change(action, "received", "begin", role="partner")),
    ("P08", "steps.tax", without(("tax", "withdraw"))),
    ("P09", "actions.deciding/approve.role", change(action, "deciding", "approve", role="leader")),
    ("P09", "actions.sketching/propose_map.role", change(action, "sketching", "propose_map", role="leader")),
    ("P09", "actions.sketching/propose_map.from", change(step, "sketching", map=False)),
    ("P09", "actions.received/begin.role", change(action, "received", "begin", effect="block")),
    ("P10", "steps.supplement.reason", change(step, "supplement", reason=None)),
    ("P10", "steps.checking.reason", change(step, "checking", reason="survey")),
    ("P10", "steps.filed.clock", change(step, "filed", clock="running")),
    ("P10", "steps.done.clock", change(step, "done", clock="running")),
    ("P10", "steps.checking.clock", change(step, "checking", clock="none", days=None)),
    ("P10", "steps.supplement.clock", change(step, "supplement", clock="running", reason=None)),
    ("P11", "limit.n", lambda d: d["limit"].update(n=501)),
    ("P11", "limit.n", lambda d: d["limit"].update(n=0, unit="calendar_day")),
    ("P11", "limit.cutoff", lambda d: d["limit"].update(cutoff="15:00", unit="working_hour")),
    ("P12", "limit.n", lambda d: d["limit"].update(n=7)),
    ("P13", "actions.filed/accept.to", change(action, "filed", "accept", to="refused", kind="accept")),
    ("P13", "actions.supplement/supplement.role", change(action, "supplement", "supplement", role="reception")),
    ("P13", "actions.checking/apologise.to", change(action, "checking", "apologise", to="sketching")),
    ("P13", "actions.checking/ask_supplement.note", change(action, "checking", "ask_supplement", note=False)),
    ("P13", "actions.received/begin.effect", change(action, "received", "begin", effect="rights")),
    ("P14", "actions.filed/accept.paper", change(action, "filed", "accept", paper=None)),
    ("P14", "actions.supplement_first/supplement.paper", change(action, "supplement_first", "supplement", paper=None)),
    ("P14", "actions.filed/refuse.paper", change(action, "filed", "refuse", paper="02")),
    ("P14", "actions.checking/stop.paper", change(action, "checking", "stop", paper=None)),
    ("P14", "actions.received/begin.paper", change(action, "received", "begin", paper="05")),
    ("P14", "actions.filed/accept.documents", change(action, "filed", "accept", documents=False)),
    ("P15", "actions.checking/to_sketch.map", change(action, "checking", "to_sketch", map="optional")),
    ("P15", "actions.deciding/approve.map", lambda d: (step(d, "sketching").update(map=False), step(d, "done").update(map=True))),
    ("P15", "steps.sketching.map", change(action, "deciding", "approve", map="none")),
    ("P15", "steps.supplement.map", change(step, "supplement", map=True)),
    ("P16", "name_en", lambda d: d.update(name_en=" ")),
    ("P16", "result_vi", lambda d: d.update(result_vi="")),
    ("P16", "steps.received.name_vi", change(step, "received", name_vi="")),
    ("P16", "fields.1.choices.0.name_en", lambda d: d["fields"][1]["choices"][0].update(name_en="")),
    ("P17", "fields.1.choices", lambda d: d["fields"][1].update(choices=[])),
    ("P17", "fees.0.percent", lambda d: d["fees"][0].update(percent=2)),
    ("P17", "fees.0.exempt.0", lambda d: d["fees"][0].update(exempt=[{"field": "act", "values": ["gift"]}])),
    ("P18", "source", lambda d: d.update(source="")),
]  # fmt: skip


def spoilt(spoil: Spoil) -> Definition:
    document: dict[str, Any] = SHIPPED["1.012784"].document()
    spoil(document)
    return Definition.model_validate(document)


def named(path: str, definition: Definition) -> str:
    """A path with the codes of steps and actions in place of their numbers."""
    part, _, rest = path.partition(".")
    number, _, rest = rest.partition(".")
    match part, number:
        case "steps", str() if number:
            name = definition.steps[int(number)].code
        case "actions", str() if number:
            name = f"{definition.actions[int(number)].from_step}/{definition.actions[int(number)].code}"
        case _:
            return path
    return ".".join(filter(None, (part, name, rest)))


@pytest.mark.parametrize(
    ("code", "path", "spoil"), BREAKAGES, ids=[f"{c}-{p}-{i}" for i, (c, p, _) in enumerate(BREAKAGES)]
)
def test_a_spoilt_definition_is_found_out(code: str, path: str, spoil: Spoil) -> None:
    definition = spoilt(spoil)
    found = problems(definition, ROLES)
    assert (code, path) in [(finding.code, named(finding.path, definition)) for finding in found], found
    assert all(finding.vi and finding.en and finding.vi != finding.en for finding in found)


def test_every_rule_is_broken_by_some_definition_and_keeps_its_code() -> None:
    assert [rule.code for rule in RULES] == [f"P{i:02}" for i in range(1, len(RULES) + 1)]
    assert {code for code, _, _ in BREAKAGES} == {rule.code for rule in RULES}


def test_a_warning_does_not_forbid_publishing() -> None:
    found = problems(spoilt(lambda d: d.update(source="")), ROLES)
    assert [finding.severity for finding in found] == ["warning"] and errors(found) == []


def test_a_role_that_loses_its_capability_is_found_out() -> None:
    assert [f.code for f in problems(SHIPPED["1.012784"], ROLES | {"approver": []})] == ["P09"]


def test_a_case_of_our_own_needs_no_receipt() -> None:
    assert all(a.paper is None for a in SHIPPED["NB.KIEMTRA"].actions if a.kind == "accept")


@given(st.data())
def test_no_way_of_cutting_a_definition_stops_the_rules(data: st.DataObject) -> None:
    """Whatever steps and actions are taken away: the rules answer, and what is reachable agrees with a plain count."""
    whole = data.draw(st.sampled_from(shipped()))
    steps = data.draw(st.sets(st.integers(0, len(whole.steps) - 1), max_size=3))
    actions = data.draw(st.sets(st.integers(0, len(whole.actions) - 1), max_size=6))
    cut = whole.model_copy(
        update={
            "steps": tuple(one for i, one in enumerate(whole.steps) if i not in steps),
            "actions": tuple(one for i, one in enumerate(whole.actions) if i not in actions),
        }
    )
    found = problems(cut, ROLES)
    codes = {one.code for one in cut.steps}
    seen = {cut.steps[0].code}
    for _ in codes:
        seen |= {a.to for a in cut.actions if a.from_step in seen and {a.from_step, a.to} <= codes}
    unreached = {cut.steps[int(f.path.split(".")[1])].code for f in found if f.code == "P04"}
    assert unreached == codes - seen


# ---- differences ---------------------------------------------------------------------------------------------------


def test_differences_are_named_by_code() -> None:
    before = SHIPPED["1.012784"]

    def spoil(d: dict[str, Any]) -> None:
        d["limit"]["n"] = 10
        step(d, "checking")["days"] = 2
        d["documents"] = d["documents"][:-1]
        d["fees"][1]["amount"] = 9
        d["steps"][8], d["steps"][9] = d["steps"][9], d["steps"][8]

    said = {change.path: (change.before, change.after) for change in changes(before, spoilt(spoil))}
    assert said["limit.n"] == (12, 10)
    assert said["steps.checking.days"] == (4, 2)
    assert said["documents.giay_to_tuy_than"][1] is None
    assert said["fees.le_phi_gcn.counter.amount"] == (25000, 9)
    assert said["steps.order"][0] != said["steps.order"][1]
    assert len(said) == 5
    assert changes(before, before) == [] == changes(None, before)
