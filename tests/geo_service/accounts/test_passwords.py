"""Which passwords are accepted, and how they are kept."""

from __future__ import annotations

import unicodedata

import pytest

from geo_service.accounts import passwords
from layers.errors import Malformed

GOOD = "thửa đất nhà tôi 35"


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "at least 12"),
        ("", "at least 12"),
        ("x" * 300, "more than 256"),
        ("aaaaaaaaaaaaaaa", "repeats"),
        ("ababababababab", "repeats"),
        ("password123456", "common"),
        ("MatKhau@2026!!", "common"),
        ("482910573628", "only digits"),
        ("qwertyqwertyqwerty", "common"),
        ("abcdefghijklmno", "sequence"),
        ("0987654321098", "only digits"),
        ("my-name-is-canbo-1", "contains the login"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(password: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        passwords.check_new(password, "canbo")


@pytest.mark.parametrize("password", [GOOD, "correct horse battery", "Tr0ng-lúa-mùa-xuân", "k3v9-w2xq-77mz"])
def test_long_uncommon_passwords_are_accepted(password: str) -> None:
    passwords.check_new(password, "canbo")


def test_only_the_right_password_matches_and_the_hash_says_how_it_was_made() -> None:
    stored = passwords.make_hash(GOOD)
    assert stored.startswith("$argon2id$")
    assert stored != passwords.make_hash(GOOD), "salted"
    assert passwords.matches(stored, GOOD)
    assert not passwords.matches(stored, GOOD + " ")
    assert not passwords.matches(None, GOOD)
    assert not passwords.matches("not a hash", GOOD)
    assert not passwords.is_outdated(stored)


def test_the_nobody_hash_opens_nothing() -> None:
    assert not passwords.matches(None, "nobody has this password")


def test_both_ways_to_type_a_vietnamese_letter_are_one_password() -> None:
    composed, decomposed = unicodedata.normalize("NFC", GOOD), unicodedata.normalize("NFD", GOOD)
    assert composed != decomposed
    assert passwords.matches(passwords.make_hash(composed), decomposed)


def test_a_hash_with_weaker_parameters_is_outdated() -> None:
    old = "$argon2id$v=19$m=1024,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$1mHmNfDNJ5LS9TFpOvGYbKgCdJGnLbIsFUHdvuwMpnI"
    assert passwords.is_outdated(old)
