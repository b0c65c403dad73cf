"""The security papers are complete, and what they point to is there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ASVS = ROOT / "docs" / "security" / "asvs.md"
# How many of each section are of level 1 or 2 in ASVS 5.0.0: section: the numbers, as ranges.
LEVELS_1_AND_2 = """
1.1:1-2 1.2:1-9 1.3:1-11 1.4:1-3 1.5:1-2  2.1:1-3 2.2:1-3 2.3:1-4 2.4:1  3.2:1-2 3.3:1-4 3.4:1-6 3.5:1-5 3.7:1-2
4.1:1-3 4.2:1 4.3:1-2 4.4:1-4  5.1:1 5.2:1-3 5.3:1-2 5.4:1-3  6.1:1-3 6.2:1-12 6.3:1-4 6.4:1-4 6.5:1-5 6.6:1-3 6.8:1-4
7.1:1-3 7.2:1-4 7.3:1-2 7.4:1-5 7.5:1-2 7.6:1-2  8.1:1-2 8.2:1-3 8.3:1 8.4:1  9.1:1-3 9.2:1-4
10.1:1-2 10.2:1-2 10.3:1-4 10.4:1-11 10.5:1-5 10.6:1-2 10.7:1-3  11.1:1-2 11.2:1-3 11.3:1-3 11.4:1-4 11.5:1 11.6:1
12.1:1-3 12.2:1-2 12.3:1-4  13.1:1 13.2:1-5 13.3:1-2 13.4:1-5  14.1:1-2 14.2:1-4 14.3:1-3
15.1:1-3 15.2:1-3 15.3:1-7  16.1:1 16.2:1-5 16.3:1-4 16.4:1-3 16.5:1-3  17.1:1 17.2:1-4 17.3:1-2
"""
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| (met|n/a|open) \| ([^|]+) \|$")
NAMED = re.compile(r"`((?:geo_service|layers|scripts|tests|docs)/[\w./-]+)`(\s*\(verify)?")


def required() -> list[str]:
    numbers = []
    for part in LEVELS_1_AND_2.split():
        section, _, span = part.partition(":")
        first, _, last = span.partition("-")
        numbers += [f"{section}.{n}" for n in range(int(first), int(last or first) + 1)]
    return numbers


def rows() -> list[tuple[str, str, str, str]]:
    lines = [line for line in ASVS.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d", line)]
    matches = [ROW.match(line) for line in lines]
    assert all(matches), [line for line, match in zip(lines, matches, strict=True) if not match]
    return [match.groups() for match in matches if match]  # type: ignore[misc]


def test_every_requirement_has_one_line_in_order() -> None:
    numbers = [row[0] for row in rows()]
    assert len(required()) == 253
    assert numbers == required()
    assert Counter(numbers).most_common(1)[0][1] == 1


def test_what_is_met_says_where_and_what_is_not_says_why() -> None:
    for number, about, _state, where in rows():
        assert about.strip() and len(where.strip()) > 3, number


@pytest.mark.parametrize("paper", [ASVS, ROOT / "SECURITY.md"], ids=lambda path: path.name)
def test_the_files_it_names_exist(paper: Path) -> None:
    missing = [
        match[1]
        for line in paper.read_text(encoding="utf-8").splitlines()
        for match in NAMED.finditer(line)
        if "(verify" not in line and not (ROOT / match[1]).exists()
    ]
    assert missing == []
