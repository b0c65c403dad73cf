"""Profiles: which column is which fact."""

from __future__ import annotations

import pandas as pd
import pytest

from layers.exchange.profile import apply_profile, built_in_profiles, detect_profile, load_profile, parse_profile
from layers.exchange.refused import ImportRefused


def test_built_in_profiles_are_sound() -> None:
    assert {p.name for p in built_in_profiles()} >= {"generic", "linz", "inspire", "pl3", "edigeo", "drawing"}


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        (["gid", "linz_id", "appellatio", "parcel_int", "calc_area"], "linz"),
        (["ID", "APPELLATIO", "PARCEL_INT", "CALC_AREA"], "linz"),
        (["nationalCadastralReference", "inspireId_localId", "label"], "inspire"),
        (["soTo", "soThua", "dienTich"], "pl3"),
        (["whatever"], "generic"),
    ],
)
def test_detected_by_columns_in_any_case(columns: list[str], name: str) -> None:
    assert detect_profile(columns).name == name


def test_linz_appellations_and_kinds() -> None:
    frame = pd.DataFrame(
        {
            "ID": [1, 2, 3],
            "APPELLATIO": ["Lot 12 DP 345", "Crown Land", None],
            "PARCEL_INT": ["DCDB", "Road", "Hydro"],
            "SURVEY_ARE": [1000.0, 0.0, None],
            "CALC_AREA": [1003.0, 20.0, 7.0],
        }
    )
    mapped = apply_profile(load_profile("linz"), frame, "U1")
    facts = mapped.facts
    assert facts["kind"].tolist() == ["land", "road", "water"]
    assert (facts["sheet"][0], facts["number"][0]) == ("DP 345", "Lot 12")
    assert facts["number"][1] == "Crown Land"
    assert facts["source_id"].tolist() == ["1", "2", "3"]
    assert facts["official_area_m2"].isna().tolist() == [False, True, True]
    assert set(mapped.stated) == {"SURVEY_ARE", "CALC_AREA"}


def test_hectares_values_and_constants() -> None:
    profile = parse_profile(
        "name: x\n"
        "columns: {official_area_m2: a, land_use: u}\n"
        "values: {land_use: {rice: LUC}}\n"
        "constants: {address: Đồng Trên}\n"
        "area_unit: ha\n",
        "x.yaml",
    )
    mapped = apply_profile(profile, pd.DataFrame({"A": [0.5], "U": ["Rice"], "z": [1]}), "U1")
    row = mapped.facts.iloc[0]
    assert (row["official_area_m2"], row["land_use"], row["address"]) == (5000.0, "LUC", "Đồng Trên")
    assert mapped.unused == ["z"]


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("name: x\nname: y\n", 2, "twice"),
        ("columns:\n  kind: [a, {b: c}]\n", 2, "single value"),
        ("columns: 5\n", 1, "expected"),
        ("split: {column: a}\n", 1, "pattern"),
        ("split:\n  column: a\n  pattern: '('\n", 3, "regular expression"),
        ("split:\n  column: a\n  pattern: '(?P<colour>.)'\n", 3, "facts"),
        ("nonsense: 1\n", 1, "unknown key"),
    ],
)
def test_faults_name_their_line(text: str, line: int, word: str) -> None:
    with pytest.raises(ImportRefused, match=word) as refused:
        parse_profile(text, "p.yaml")
    assert refused.value.where == [line]
    assert f"line {line}" in refused.value.detail
    assert f"dòng {line}" in refused.value.detail_vi
