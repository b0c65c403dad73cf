"""The score interval, against figures that others computed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagery.findings.precision import wilson


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [  # Newcombe 1998, Stat. Med. 17, 857, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_that_of_the_literature(hits: int, n: int, low: float, high: float) -> None:
    share = wilson(hits, n)
    assert (share.low, share.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share_and_mirrors(case: tuple[int, int]) -> None:
    hits, n = case
    share, mirrored = wilson(hits, n), wilson(n - hits, n)
    assert share.low is not None and share.high is not None and share.value is not None
    assert 0 <= share.low <= share.value + 1e-12 and share.value <= share.high + 1e-12 <= 1 + 2e-12
    assert mirrored.low == pytest.approx(1 - share.high, abs=1e-12)


def test_nothing_counted_is_no_share() -> None:
    assert wilson(0, 0).value is None
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)
