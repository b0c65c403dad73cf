"""Shares are exact fractions, never decimals: one third three times is one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from layers.errors import Malformed

LARGEST_DENOMINATOR = 1_000_000


def parse_share(text: str) -> Fraction:
    """`1/3`, `1` or `50%` as a fraction above 0 and up to 1.

    Raises Malformed for anything else, decimals included (`0.33` is not a third).
    """
    compact = text.replace(" ", "")
    if found := re.fullmatch(r"([0-9]{1,7})(?:/([0-9]{1,7}))?", compact):
        num, den = int(found[1]), int(found[2] or 1)
    elif found := re.fullmatch(r"([0-9]{1,3})%", compact):
        num, den = int(found[1]), 100
    else:
        num, den = 0, 1
    if not (0 < num <= den <= LARGEST_DENOMINATOR):
        raise Malformed(
            "bad-share",
            f"“{text[:20]}” is not a share: write a fraction such as 1/2, at most 1.",
            f"“{text[:20]}” không phải tỷ lệ hợp lệ: hãy ghi phân số như 1/2, không quá 1.",
        )
    return Fraction(num, den)


def share_text(num: int, den: int) -> str:
    """`1/2` as it was written down; a whole is `1`."""
    return "1" if num == den else f"{num}/{den}"


def require_whole(shares: Iterable[Fraction], what: str, what_vi: str) -> None:
    """Raise Malformed unless the shares sum to exactly one; none at all is nothing held, and fine."""
    held = list(shares)
    total = sum(held, Fraction(0))
    if held and total != 1:
        raise Malformed(
            "shares",
            f"The shares of {what} sum to {total}, not to 1.",
            f"Tổng tỷ lệ của {what_vi} là {total}, không phải 1.",
            total=str(total),
        )
