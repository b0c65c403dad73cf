"""Certificates of all generations, by serial and date."""

from __future__ import annotations

from datetime import date

import pytest

from layers.errors import Malformed
from layers.register.rights.certificates import generations, normalise_serial, recognise


@pytest.mark.parametrize(
    ("serial", "day", "code"),
    [
        ("AA 06654954", date(2025, 1, 1), "gcn2025"),  # eight digits: the new form, although it begins with A
        ("aa06654954", date(2026, 6, 1), "gcn2025"),
        ("AĐ 00000001", date(2025, 5, 5), "gcn2025"),
        ("BX 123456", date(2014, 7, 1), "gcn2014"),
        ("CĐ 987654", date(2018, 2, 3), "gcn2014"),
        ("CX 000001", date(2024, 12, 31), "gcn2014"),
        ("DĐ 123456", date(2022, 2, 2), "gcn2014"),
        ("BA 111111", date(2009, 12, 10), "gcn2009"),
        ("BM-222.222", date(2014, 6, 30), "gcn2009"),
        ("AB 123456", date(2004, 7, 1), "gcn2004"),
        ("AP 654321", date(2009, 12, 9), "gcn2004"),
        ("A 123456", date(1995, 4, 4), "gcn1993"),
        ("Đ 123456", date(2001, 1, 1), "gcn1993"),
        ("Y 000001", date(2004, 6, 30), "gcn1993"),
    ],
)
def test_generation_follows_from_serial_and_date(serial: str, day: date, code: str) -> None:
    assert recognise(serial, day).code == code


@pytest.mark.parametrize(
    "serial",
    [
        "",
        "123456",
        "AA 0665495",
        "AA 066549541",
        "ABC 123456",
        "A 12345",
        "A 1234567",
        "AA",
        "A1 123456",
        "WW 1234567",
        "A 12345678",
    ],
)
def test_what_is_no_serial(serial: str) -> None:
    with pytest.raises(Malformed) as error:
        normalise_serial(serial)
    assert error.value.slug == "bad-serial"


@pytest.mark.parametrize(
    ("serial", "day"),
    [
        ("AA 06654954", date(2024, 12, 31)),  # the new form, before there was one
        ("BX 123456", date(2009, 12, 9)),
        ("BX 123456", date(2025, 1, 1)),
        ("CX 123456", date(2010, 1, 1)),
        ("AB 123456", date(2012, 1, 1)),
        ("A 123456", date(2004, 7, 1)),
        ("ZZ 123456", date(2015, 1, 1)),
        ("A 123456", date(1900, 1, 1)),
    ],
)
def test_a_form_that_was_not_issued_then_is_refused(serial: str, day: date) -> None:
    with pytest.raises(Malformed) as error:
        recognise(serial, day)
    assert error.value.slug in ("serial-and-date", "bad-serial")


def test_every_line_of_the_table_says_how_sure_it_is() -> None:
    assert {generation.grade for generation in generations()} <= set("ABCD")
    assert all(generation.first_day <= generation.last_day and generation.name_vi for generation in generations())
