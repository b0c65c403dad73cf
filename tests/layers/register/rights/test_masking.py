"""Masks, numbers and shares."""

from __future__ import annotations

from fractions import Fraction

import pytest

from layers.errors import Malformed
from layers.register.rights.masking import identity_digits, mask_address, mask_identity, mask_phone, phone_digits
from layers.register.rights.parties import check_name
from layers.register.rights.shares import parse_share, require_whole, share_text


def test_masks_show_the_end_only() -> None:
    assert mask_identity("999190000123") == "•••••••••123"
    assert mask_identity("123") == "•••"
    assert mask_phone("0912345678") == "••••••••78"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("Số 7 Phố Hoa Sữa, Phường Ba Đình, Hà Nội", "•••, Phường Ba Đình, Hà Nội"),
        ("Số 7, Phố Hoa Sữa, Phường Ba Đình, Hà Nội", "•••, Phường Ba Đình, Hà Nội"),
        ("Số 7 Phố Hoa Sữa, Hà Nội", "•••, Hà Nội"),
        ("Số 7 Phố Hoa Sữa", "•••"),
        (" , ", "•••"),
    ],
)
def test_an_address_keeps_its_last_two_parts(address: str, shown: str) -> None:
    assert mask_address(address) == shown


@pytest.mark.parametrize("number", ["999190000001", "999 190 000 001", "999.190.000.001", "012345678"])
def test_identity_numbers(number: str) -> None:
    assert identity_digits(number).isdecimal()


@pytest.mark.parametrize(
    "number", ["", "12345678", "1234567890", "99919000000x", "９９９１９００００００１", "9991900000012"]
)
def test_wrong_numbers_are_refused_without_being_repeated(number: str) -> None:
    with pytest.raises(Malformed) as error:
        identity_digits(number)
    assert not number or number not in str(error.value.document())


def test_phones() -> None:
    assert phone_digits("+84 912 345 678") == phone_digits("0912345678") == "0912345678"
    with pytest.raises(Malformed):
        phone_digits("12345")


@pytest.mark.parametrize(
    ("text", "share"), [("1/3", Fraction(1, 3)), ("2/4", Fraction(1, 2)), ("1", Fraction(1)), ("50%", Fraction(1, 2))]
)
def test_shares(text: str, share: Fraction) -> None:
    assert parse_share(text) == share


@pytest.mark.parametrize(
    "text", ["", "0", "0/1", "3/2", "0.33", "0,5", "1/0", "-1/2", "1/2/3", "120%", "a/b", "1/10000000"]
)
def test_what_is_no_share(text: str) -> None:
    with pytest.raises(Malformed):
        parse_share(text)


def test_a_whole_is_exact() -> None:
    require_whole([Fraction(1, 3)] * 3, "x", "x")
    require_whole([], "x", "x")
    with pytest.raises(Malformed, match="sum to 2/3"):
        require_whole([Fraction(1, 3)] * 2, "x", "x")
    assert [share_text(1, 1), share_text(2, 6)] == ["1", "2/6"]


@pytest.mark.parametrize("name", ["", "   ", "=1+1", "<script>", "@x", "+84", "x" * 301, "A\nB\x07"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(Malformed):
        check_name(name)


def test_names() -> None:
    assert check_name("  Nguyễn  Thị Hoa ") == "Nguyễn Thị Hoa"
    assert check_name("Công ty TNHH A&B (1) - Chi nhánh Hà Nội")
