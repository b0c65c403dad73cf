"""Sealing of personal data: AES-256-GCM under a key that the database never sees, and keyed fingerprints to search by.

The deployment's key (32 bytes) is not used itself: HKDF-SHA-256 (RFC 5869) derives one key for sealing and one for fingerprints, so neither tells
anything of the other. What is sealed is bound to its place ("identity:17"): a value copied to another row does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = b"\x01"
NONCE = 12  # bytes, random: safe for 2^32 values under one key (NIST SP 800-38D)


class SealBrokenError(Exception):
    """A sealed value does not open: another key, another place, or altered bytes. Says nothing of the content."""


class Vault:
    """Seals, opens and fingerprints with one deployment's key."""

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise ValueError("the key has 32 bytes")
        self._cipher = AESGCM(_derive(key, b"geo-service seal"))
        self._fingerprint_key = _derive(key, b"geo-service fingerprint")

    def seal(self, text: str, context: str) -> bytes:
        """Version byte, nonce, ciphertext and tag. `context` says where the value belongs and must be given to open it."""
        nonce = secrets.token_bytes(NONCE)
        return VERSION + nonce + self._cipher.encrypt(nonce, text.encode("utf-8"), context.encode("utf-8"))

    def open(self, sealed: bytes, context: str) -> str:
        """The text. Raises SealBrokenError."""
        data = bytes(sealed)
        if data[:1] != VERSION:
            raise SealBrokenError
        try:
            return self._cipher.decrypt(data[1 : 1 + NONCE], data[1 + NONCE :], context.encode("utf-8")).decode("utf-8")
        except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce and a tag
            raise SealBrokenError from None

    def fingerprint(self, identity_number: str) -> bytes:
        """HMAC-SHA-256 of the digits of an identity number: the same for the same number, useless without the key."""
        digits = re.sub(r"\D", "", identity_number)
        return hmac.new(self._fingerprint_key, digits.encode("ascii"), hashlib.sha256).digest()


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=purpose).derive(key)
