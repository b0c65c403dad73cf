"""What a change is called, whether it lasts, and how it is ranked."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagery.change.indices import INDICES
from imagery.runs import ranking, transitions
from imagery.runs.persistence import Seen, as_series, judge, monitor, words
from imagery.runs.ranking import rank_score
from imagery.runs.transitions import NAMES, WORDS, group_of, land_rule_of, transition_of
from tests.imagery.runs.ground import BANDS, COVER

relaxed = settings(max_examples=25, deadline=None)
START = datetime(2022, 1, 5, tzinfo=UTC)


def of(cover: str) -> dict[str, float | None]:
    bands = {name: np.array([[value]], np.float32) for name, value in zip(BANDS, COVER[cover], strict=True)}
    return {name: float(function(bands)[0, 0]) for name, (function, _) in INDICES.items()}


@pytest.mark.parametrize(
    ("before", "after", "land_use", "code"),
    [
        ("rice", "roof", "LUC", "to_built"),
        ("tree", "roof", "RSX", "to_built"),
        ("water", "roof", "MNC", "to_built"),
        ("soil", "roof", "LUC", "to_built"),
        ("rice", "soil", "LUC", "to_bare"),
        ("water", "soil", "NTS", "to_bare"),
        ("rice", "water", "LUK", "to_water"),
        ("soil", "water", None, "to_water"),
        ("roof", "rice", "ODT", "to_vegetation"),
        ("roof", "soil", "ODT", "demolished"),
        ("rice", "rice", "LUC", "other"),
    ],
)
def test_a_change_is_named_after_what_is_there_before_and_after(
    before: str, after: str, land_use: str | None, code: str
) -> None:
    assert transition_of(of(before), of(after), land_use) == code


def test_without_short_wave_infrared_built_and_bare_are_not_told_apart() -> None:
    blind = {"ndbi": None, "bsi": None}
    assert transition_of(of("rice") | blind, of("roof") | blind, "LUC") == "other"
    assert transition_of(of("rice") | blind, of("water") | blind, "LUC") == "to_water"


def test_building_on_rice_land_has_a_name_only_once_it_lasts() -> None:
    assert land_rule_of("to_built", "LUC", "one_pair") is None
    assert land_rule_of("to_built", "ODT", "confirmed_later") is None
    rule = land_rule_of("to_built", "LUK+ONT", "series_break")
    assert rule is not None and rule.code == "built_on_rice" and rule.source


def test_every_row_of_the_tables_has_a_grade_a_source_and_known_words() -> None:
    for rule in transitions.rules():
        assert rule.grade in "ABCD" and rule.source and rule.conditions and rule.transition in WORDS
        assert all(variable.rsplit("_", 1)[0] in NAMES for variable, _, _ in rule.conditions)
    assert all(rule.code in WORDS and rule.grade in "ABCD" for rule in transitions.land_rules())
    groups = set(transitions.land_groups().values())
    assert {group for group, _ in ranking.weights()} <= groups | {""}
    with (files("layers.register") / "data" / "land_use.csv").open(encoding="utf-8") as lines:
        assert {row["code"] for row in csv.DictReader(lines)} <= set(transitions.land_groups())


# ---- persistence ---------------------------------------------------------------------------------------------------------


def seen(cover: str, day: int, *, observed: bool = True) -> Seen:
    return Seen(START + timedelta(days=day), of(cover), observed)


@pytest.mark.parametrize(
    ("later", "persistence"),
    [
        ((), "one_pair"),
        (("roof",), "one_pair"),
        (("roof", "roof"), "confirmed_later"),
        (("rice",), "contradicted_later"),
        (("roof", "rice"), "contradicted_later"),
        (("roof", "rice", "roof"), "confirmed_later"),
    ],
)
def test_two_later_dates_confirm_and_a_return_contradicts(later: Sequence[str], persistence: str) -> None:
    dates = [seen(cover, 60 + 30 * n) for n, cover in enumerate(later)]
    found = judge(seen("rice", 0), seen("roof", 30), dates, [])
    assert found.persistence == persistence
    assert set(words(found, len(later))) == {"vi", "en"}


def test_a_later_date_under_clouds_says_nothing() -> None:
    dates = [seen("rice", 60, observed=False), seen("rice", 90, observed=False)]
    assert judge(seen("rice", 0), seen("roof", 30), dates, []).persistence == "one_pair"


def season(day: float) -> float:
    """NDVI of two rice crops a year as one wave sees them."""
    return 0.5 + 0.25 * np.sin(2 * np.pi * day / 365.25)


def series(days: Sequence[float], value: float | None, seed_: int) -> list[Seen]:
    noise = np.random.default_rng(seed_).normal(0, 0.03, len(days))
    return [
        Seen(START + timedelta(days=day), {"ndvi": (season(day) if value is None else value) + e}, True)
        for day, e in zip(days, noise.tolist(), strict=True)
    ]


@relaxed
@given(st.integers(0, 500))
def test_a_break_in_the_season_is_seen_and_the_season_itself_is_none(seed_: int) -> None:
    history = series(range(0, 700, 30), None, seed_)
    before = series([720], None, seed_ + 1)[0]
    built = series([750, 780, 810], 0.05, seed_ + 2)
    harvest = series([750, 780, 810], None, seed_ + 3)
    assert judge(before, built[0], built[1:], history).persistence == "series_break"
    assert judge(before, harvest[0], harvest[1:], history).persistence != "series_break"
    assert judge(before, built[0], built[1:], history[:5]).persistence != "series_break"


def test_too_short_a_history_is_not_watched() -> None:
    days = np.arange(20) * 10.0
    history = np.column_stack([days, np.zeros(20)])
    assert monitor(history, np.array([[300.0, 9.0], [310.0, 9.0]])) is None
    longer = np.column_stack([days * 3, np.zeros(20)])
    assert monitor(longer, np.array([[600.0, 9.0], [610.0, 9.0]])) is not None
    assert monitor(longer, np.array([[600.0, 9.0]])) is None


def test_a_series_is_kept_in_the_order_of_time_with_gaps_as_null() -> None:
    kept = as_series([seen("roof", 30), Seen(START, {"ndvi": float("nan")}, False)])
    assert [one["date"][:10] for one in kept] == ["2022-01-05", "2022-02-04"]  # type: ignore[index]
    assert kept[0]["ndvi"] is None and kept[0]["observed"] is False and kept[1]["ndvi"] == 0.1064


# ---- rank ----------------------------------------------------------------------------------------------------------------


def test_what_lasts_on_protected_land_comes_before_what_may_be_harvest() -> None:
    best = rank_score(0.9, "LUC", "built_on_rice", 1000, "confirmed_later", observed=1, edge=0)
    assert best > rank_score(0.9, "LUC", "to_built", 1000, "one_pair", observed=1, edge=0)
    assert best > rank_score(0.9, "ODT", "to_built", 1000, "confirmed_later", observed=1, edge=0)
    assert best > rank_score(0.9, "LUC", "built_on_rice", 1000, "confirmed_later", observed=0.6, edge=0.2)
    assert rank_score(0.9, "LUC", "to_bare", 500, "contradicted_later", observed=1, edge=0) < 1


@relaxed
@given(
    st.floats(0, 1),
    st.sampled_from(["LUC", "ODT", "MNC", "???", None]),
    st.sampled_from(sorted(WORDS)),
    st.floats(1, 1e6),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_a_rank_is_never_negative_and_grows_with_probability(
    p: float, land_use: str | None, transition: str, area: float, observed: float, edge: float
) -> None:
    low = rank_score(p / 2, land_use, transition, area, "one_pair", observed=observed, edge=edge)
    assert 0 <= low <= rank_score(p, land_use, transition, area, "one_pair", observed=observed, edge=edge)
    assert group_of("???") is None
