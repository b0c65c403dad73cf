"""What a browser keeps while its owner is at the provider: a signed cookie, good for ten minutes, from that browser only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time
from dataclasses import asdict, dataclass

import orjson

from geo_service.accounts.oidc.refusal import SignInRefused

SECONDS = 600
LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
LONGEST_RETURN = 2000


@dataclass(frozen=True)
class Flow:
    """One sign-in under way. `state` comes back in the address, `nonce` inside the ID token, `verifier` is what the code is worth only with."""

    state: str
    nonce: str
    verifier: str
    return_to: str
    begun: int

    @classmethod
    def begin(cls, return_to: str) -> Flow:
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, local_path(return_to), int(time.time()))

    @property
    def challenge(self) -> str:
        """The S256 challenge of PKCE (RFC 7636)."""
        return _text(hashlib.sha256(self.verifier.encode("ascii")).digest())

    def sealed(self, secret: str) -> str:
        """The cookie's value. It is the browser's own and need not be hidden from it, only kept from being made elsewhere."""
        content = _text(orjson.dumps(asdict(self)))
        return f"{content}.{_text(_signature(secret, content))}"

    @classmethod
    def opened(cls, cookie: str | None, secret: str, state: str) -> Flow:
        """The flow that this browser began and that this answer belongs to. Raises SignInRefused."""
        if not cookie:
            raise SignInRefused("expired", "this browser began no sign-in")
        content, _, signature = cookie.partition(".")
        if not hmac.compare_digest(_text(_signature(secret, content)).encode(), signature.encode("utf-8", "replace")):
            raise SignInRefused("expired", "the cookie is not ours")
        flow = cls(**orjson.loads(base64.urlsafe_b64decode(content + "=" * (-len(content) % 4))))
        if not -60 <= time.time() - flow.begun <= SECONDS:
            raise SignInRefused("expired", "it took too long")
        if not hmac.compare_digest(flow.state.encode(), state.encode("utf-8", "replace")):
            raise SignInRefused("expired", "the state is that of another sign-in")
        return flow


def local_path(wanted: str) -> str:
    """A place on this site to go back to; anything that a browser could take for another site becomes the first page."""
    ours = len(wanted) <= LONGEST_RETURN and LOCAL.fullmatch(wanted) and not wanted.startswith("/api/")
    return wanted if ours else "/"


def _signature(secret: str, content: str) -> bytes:
    key = hmac.new(secret.encode(), b"openid connect flow", hashlib.sha256).digest()
    return hmac.new(key, content.encode("utf-8", "replace"), hashlib.sha256).digest()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
