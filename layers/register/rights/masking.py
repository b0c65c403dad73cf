"""What may be shown of an identity number, a phone and an address to whoever has not stated a purpose; and what a number must look like."""

from __future__ import annotations

import re

from layers.errors import Malformed

DOT = "•"


def identity_digits(text: str) -> str:
    """The digits of an identity number: 12 (citizen identity card) or 9 (the older card), spaces and dots between them forgiven.

    Raises Malformed without repeating the number.
    """
    digits = re.sub(r"[\s.\-]", "", text)
    if not re.fullmatch(r"[0-9]{9}|[0-9]{12}", digits):
        raise Malformed(
            "bad-identity-number",
            "An identity number has 12 digits, an older one 9.",
            "Số định danh có 12 chữ số, số chứng minh nhân dân cũ có 9 chữ số.",
        )
    return digits


def phone_digits(text: str) -> str:
    """A Vietnamese phone number with its leading 0; `+84` and `84` are the country's prefix.

    Raises Malformed without repeating the number.
    """
    digits = re.sub(r"[\s.\-()]", "", text)
    digits = re.sub(r"^(\+?84)(?=[1-9]\d{8,9}$)", "0", digits)
    if not re.fullmatch(r"0[0-9]{9,10}", digits):
        raise Malformed(
            "bad-phone",
            "A phone number has ten digits and begins with 0.",
            "Số điện thoại có mười chữ số, bắt đầu bằng 0.",
        )
    return digits


def mask_identity(number: str) -> str:
    """The last three digits."""
    return DOT * (len(number) - 3) + number[-3:] if len(number) > 3 else DOT * len(number)


def mask_phone(number: str) -> str:
    """The last two digits."""
    return DOT * (len(number) - 2) + number[-2:] if len(number) > 2 else DOT * len(number)


def mask_address(address: str) -> str:
    """The last two parts (commune and city); of an address with two parts only the last, of one part nothing."""
    parts = [part.strip() for part in address.split(",") if part.strip()]
    return ", ".join([DOT * 3, *parts[1:][-2:]])
