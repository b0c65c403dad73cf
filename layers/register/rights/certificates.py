"""Generations of land certificates, told apart by serial and date of issue. The table is data, each line with its grade of certainty."""

from __future__ import annotations

import csv
import functools
import re
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

from layers.errors import Malformed

_SERIAL = re.compile(r"([A-ZĐ]{1,2})(\d{6,8})")


@dataclass(frozen=True)
class Generation:
    """One printed form: when it was issued, what its serials look like. `grade` A to D: how sure the source is (A is the law itself)."""

    code: str
    first_day: date
    last_day: date
    letters: re.Pattern[str]
    digits: int
    name_vi: str
    name_en: str
    grade: str

    def has_form(self, letters: str, digits: str) -> bool:
        return len(digits) == self.digits and self.letters.fullmatch(letters) is not None

    def was_issued_on(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


@functools.cache
def generations() -> tuple[Generation, ...]:
    """All known forms, newest first."""
    with (files("layers.register.rights") / "data" / "certificate_generations.csv").open(encoding="utf-8") as lines:
        return tuple(
            Generation(
                row["generation"],
                date.fromisoformat(row["first_day"]) if row["first_day"] else date(1988, 1, 1),  # the Land Law of 1987
                date.fromisoformat(row["last_day"]) if row["last_day"] else date.max,
                re.compile(row["letters"]),
                int(row["digits"]),
                row["name_vi"],
                row["name_en"],
                row["grade"],
            )
            for row in csv.DictReader(lines)
        )


def normalise_serial(serial: str) -> str:
    """A serial as the register keeps it: capital letters, one space, digits: `aa06654954` is `AA 06654954`.

    Raises Malformed for what is no serial of any generation.
    """
    found = _SERIAL.fullmatch(re.sub(r"[\s.\-]", "", serial).upper())
    if found is None or not any(generation.has_form(*found.groups()) for generation in generations()):
        raise Malformed(
            "bad-serial",
            f"“{serial[:40]}” is not the serial of a land certificate (one or two letters and six or eight digits).",
            f"“{serial[:40]}” không phải số phát hành giấy chứng nhận (một hoặc hai chữ cái và sáu hoặc tám chữ số).",
        )
    return f"{found[1]} {found[2]}"


def recognise(serial: str, issued_on: date) -> Generation:
    """The form of a certificate. Letters alone do not tell: `AA 06654954` (eight digits) is the newest form, `AA 066549` that of 2004.

    Raises Malformed for a serial of no generation, or of none that was issued on that day.
    """
    letters, digits = normalise_serial(serial).split(" ")
    fitting = [generation for generation in generations() if generation.has_form(letters, digits)]
    for generation in fitting:
        if generation.was_issued_on(issued_on):
            return generation
    periods = ", ".join(
        f"{g.first_day.isoformat()} – {'' if g.last_day == date.max else g.last_day.isoformat()}" for g in fitting
    )
    raise Malformed(
        "serial-and-date",
        f"Certificates like “{letters} {digits}” were issued {periods}, not on {issued_on.isoformat()}.",
        f"Giấy chứng nhận dạng “{letters} {digits}” được cấp trong {periods}, không phải ngày {issued_on.isoformat()}.",
    )
