"""What is particular to each partner: where it is, what it signs with, how patiently it is asked. The deployment's to say (GEO_PARTNERS, JSON)."""

from __future__ import annotations

import functools
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from geo_service.accounts.oidc.config import LOOPBACK

Code = Literal["tax", "payment", "portal", "notification"]
CODES: tuple[Code, ...] = get_args(Code)


def _bare(address: str) -> str:
    """An address without user, query or fragment, and without a slash at its end."""
    parts = urlsplit(address)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("must be an https:// address without user, query or fragment")
    return address.rstrip("/")


class Partner(BaseModel):
    """One partner.

    `keys`: its Ed25519 public keys, 32 bytes in base64url (the `x` of a JWK, RFC 8037); two of them while it changes its key. `name`: what it calls
    itself in `iss` and we call it in `aud`. `tries`: then a message is dead until a person decides. A pause doubles from `first_pause_s` up to
    `longest_pause_s`. `opens_after` failures in a row open the breaker, from `first_open_s` up to `longest_open_s`. `answer_days`: working days within
    which it is expected to answer a question (grade D: five for the tax office).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: Annotated[str, Field(max_length=300), AfterValidator(_bare)]
    keys: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")], ...], Field(min_length=1, max_length=4)
    ]
    name: Annotated[str | None, Field(min_length=1, max_length=100)] = None
    pay_address: Annotated[str | None, Field(max_length=300), AfterValidator(lambda v: v and _bare(v))] = None
    timeout_s: Annotated[float, Field(gt=0, le=60)] = 10
    at_once: Annotated[int, Field(ge=1, le=64)] = 8
    tries: Annotated[int, Field(ge=1, le=1_000)] = 30
    first_pause_s: Annotated[float, Field(gt=0, le=3_600)] = 1
    longest_pause_s: Annotated[float, Field(gt=0, le=86_400)] = 3_600
    opens_after: Annotated[int, Field(ge=1, le=1_000)] = 5
    first_open_s: Annotated[float, Field(gt=0, le=3_600)] = 2
    longest_open_s: Annotated[float, Field(gt=0, le=3_600)] = 15
    answer_days: Annotated[int, Field(ge=1, le=100)] = 5

    @property
    def lease_s(self) -> float:
        """How long a message is kept from other workers while it is being sent."""
        return 2 * self.timeout_s

    def pay_page(self, order: UUID) -> str:
        """Where a person pays an order (payment partner)."""
        return f"{self.pay_address or self.address}/pay/{order}"


Book = dict[Code, Partner]
_BOOK: TypeAdapter[Book] = TypeAdapter(Book)


@functools.lru_cache(maxsize=8)
def read_book(text: str | None, production: bool) -> Book:
    """The partners of a deployment; none without text. Raises ValueError that says what is wrong, never with a value."""
    if not text:
        return {}
    try:
        book = _BOOK.validate_json(text)
    except ValidationError as error:
        first: dict[str, Any] = dict(error.errors(include_input=False, include_url=False)[0])
        where = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"GEO_PARTNERS: {where or 'the whole'}: {first['msg']}") from None
    for code, partner in book.items():
        for address in (partner.address, partner.pay_address):
            if address and address.startswith("http://") and (production or urlsplit(address).hostname not in LOOPBACK):
                raise ValueError(
                    f"GEO_PARTNERS: {code}: must be an https:// address (http:// only for this machine, in development)"
                )
    return book
