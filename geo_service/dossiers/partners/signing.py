"""Signed messages: one compact JWS (RFC 7515) each, Ed25519 (RFC 8037, RFC 9864), both ways.

A message says who it is from (`iss`) and for (`aud`), when it was signed (`iat`, five minutes either way), which message it is (`jti`, the same at every
try), what it is about and what it says. It is believed only under a key the deployment has been given for that partner.
"""

from __future__ import annotations

import time
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.errors import DecodeError, JoseError
from joserfc.jwk import OKPKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

ALGORITHM = "Ed25519"
MEDIA_TYPE = "application/jose"
SKEW = 300  # s
LONGEST = 65_536  # characters of a message
MESSAGE = r"^[\x21-\x7e]{1,100}$"


class Refused(Exception):  # noqa: N818  (the field's word)
    """A message that is not believed. `slug` is one of `words.REFUSALS`."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


class Claims(BaseModel):
    """What a message says. `dossier`: the code of a dossier; `data`: by kind."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    jti: Annotated[str, Field(pattern=MESSAGE)]
    iss: Annotated[str, Field(max_length=100)]
    aud: Annotated[str, Field(max_length=100)]
    iat: int
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$")]
    dossier: Annotated[str, Field(pattern=r"^[0-9A-Z.-]{1,60}$")] | None = None
    data: dict[str, Any] = Field(default_factory=dict)

    def says(self) -> tuple[str, str | None, dict[str, Any]]:
        """The content, without who, when and which."""
        return self.kind, self.dossier, self.data


@dataclass(frozen=True)
class Signer:
    """Signs as `name` with the private key that 32 secret bytes are."""

    name: str
    key: OKPKey
    public: str
    """The public half, 32 bytes in base64url: what partners are given."""

    @classmethod
    def of(cls, name: str, seed: bytes) -> Signer:
        """Raises ValueError unless the seed has 32 bytes."""
        public = _text(Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw())
        return cls(name, OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": public, "d": _text(seed)}), public)

    def sign(
        self,
        audience: str,
        message: str,
        kind: str,
        dossier: str | None,
        data: dict[str, Any],
        now: float | None = None,
    ) -> str:
        """A compact JWS; signed anew at each try, so that it is fresh."""
        claims = {
            "jti": message,
            "iss": self.name,
            "aud": audience,
            "iat": int(time.time() if now is None else now),
            "kind": kind,
            "dossier": dossier,
            "data": data,
        }
        header = {"alg": ALGORITHM, "typ": "JOSE"}
        return jws.serialize_compact(header, orjson.dumps(claims), self.key, algorithms=[ALGORITHM])


def verify(token: str, keys: Iterable[str], *, issuer: str, audience: str, now: float | None = None) -> Claims:
    """What a message says, if it holds in every respect at `now`.

    Raises Refused: unreadable, wrong-signature, wrong-sender, wrong-addressee, wrong-time.
    """
    claims = _claims(_payload(token, keys))
    if claims.iss != issuer:
        raise Refused("wrong-sender")
    if claims.aud != audience:
        raise Refused("wrong-addressee")
    if abs(claims.iat - (time.time() if now is None else now)) > SKEW:
        raise Refused("wrong-time")
    return claims


def read(token: str) -> Claims:
    """What a message says that was believed when it came. Raises Refused: unreadable."""
    try:
        return _claims(jws.extract_compact(token.encode("ascii")).payload)
    except (JoseError, ValueError):
        raise Refused("unreadable") from None


def _payload(token: str, keys: Iterable[str]) -> bytes:
    if len(token) > LONGEST:
        raise Refused("unreadable")
    for key in keys:
        public = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": key})
        try:
            return jws.deserialize_compact(token.encode("ascii"), public, algorithms=[ALGORITHM]).payload
        except (DecodeError, ValueError, TypeError, KeyError):  # bytes that no message is made of
            raise Refused("unreadable") from None
        except JoseError:  # another key, no signature, an algorithm that is not ours
            continue
    raise Refused("wrong-signature")


def _claims(payload: bytes) -> Claims:
    try:
        return Claims.model_validate_json(payload)
    except ValidationError:
        raise Refused("unreadable") from None


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
