"""Passwords: which are good enough (NIST SP 800-63B §5.1.1.2) and how they are kept (argon2id, RFC 9106).

Length counts, composition rules do not; what is common, repeated, sequential or says the login is refused. Text is
compared after NFKC, so a Vietnamese letter typed as one code point or as two is the same password.
"""

from __future__ import annotations

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from layers.errors import Malformed

SHORTEST = 12
LONGEST = 256
_COMMON = frozenset(
    """
    password passw0rd p@ssword p@ssw0rd matkhau matkhaumanh qwerty qwertyuiop asdfghjkl zxcvbnm letmein welcome admin
    administrator changeme secret iloveyou anhyeuem emyeuanh hanoi thanglong vietnam diachinh geoservice geo-service
    abc abcd dragon football
    """.split()
)
_SEQUENCES = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")

_hasher = PasswordHasher()  # RFC 9106, second recommended option: 64 MiB, 3 passes, 4 lanes
_at_once = threading.BoundedSemaphore(4)  # 64 MiB each: a burst of sign-ins must not eat the memory
_NOBODY = _hasher.hash("nobody has this password")  # compared with when the login is unknown: the same time is spent


def normalise(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _octets(password: str) -> bytes:
    return normalise(password).encode("utf-8", "surrogatepass")  # JSON can carry half a letter; it is no error


def check_new(password: str, login: str) -> None:
    """Raise Malformed, saying why, when a new password is too weak."""
    text = normalise(password)
    lowered = text.lower()
    core = lowered.strip("0123456789!@#$%^&*()-_=+.,?/ ")
    if len(text) < SHORTEST:
        _refuse(f"it has {len(text)} characters, at least {SHORTEST} are needed", f"cần ít nhất {SHORTEST} ký tự")
    if len(text) > LONGEST:
        _refuse(f"it has more than {LONGEST} characters", f"dài quá {LONGEST} ký tự")
    if len(set(lowered)) < 5:
        _refuse("it repeats a few characters", "lặp lại vài ký tự")
    if login and login in lowered:
        _refuse("it contains the login", "chứa tên đăng nhập")
    if core in _COMMON or not core or any(lowered == word * (len(lowered) // len(word)) for word in _COMMON):
        _refuse("it is a common password or only digits", "quá phổ biến hoặc chỉ gồm chữ số")
    if any(lowered in line or lowered in line[::-1] for line in _SEQUENCES):
        _refuse("it is a sequence", "là một dãy liên tiếp")


def _refuse(why: str, why_vi: str) -> None:
    raise Malformed("weak-password", f"The password is too weak: {why}.", f"Mật khẩu quá yếu: {why_vi}.")


def make_hash(password: str) -> str:
    """What is stored."""
    with _at_once:
        return _hasher.hash(_octets(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the one that was stored. `None` (no such account) costs as much time and is False."""
    with _at_once:
        try:
            return _hasher.verify(stored or _NOBODY, _octets(password)) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)
