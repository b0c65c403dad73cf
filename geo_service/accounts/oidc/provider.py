"""One provider: where it is, what its keys are, and what of its answers is believed (OpenID Connect Core 1.0 §3.1, RFC 9700).

An ID token is believed only with a signature by a key the provider publishes, with an algorithm on our list; never one without signature, and
never one keyed with a secret that we hold too. It must come from the configured issuer, be meant for us alone, be fresh, and carry the nonce of
the browser's own sign-in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import structlog
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from geo_service.accounts.oidc.config import OidcConfig
from geo_service.accounts.oidc.refusal import SignInRefused
from geo_service.accounts.oidc.state import Flow
from geo_service.accounts.oidc.transport import SECONDS, Document, Kept, ask
from layers.errors import Malformed
from layers.register.rights.masking import identity_digits

log = structlog.get_logger(__name__)

ALGORITHMS = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC"}
SKEW = 60  # s our clock and theirs may differ
OLDEST = 600  # s an ID token may be old: longer than any sign-in of ours takes
RSA_BITS = 2048
CONFIGURATION = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class Metadata:
    """What we use of the provider's description of itself."""

    authorization: str
    token: str
    keys: str
    userinfo: str | None
    secret_in_body: bool
    names_itself: bool
    """Whether its answers carry `iss` (RFC 9207)."""


@dataclass(frozen=True)
class Person:
    """Somebody as the provider proved them. `identity_number`: digits, and only when the provider says it has verified it."""

    subject: str
    acr: str | None = None
    name: str | None = field(default=None, repr=False)
    identity_number: str | None = field(default=None, repr=False)


class Provider:
    """Belongs to one event loop. Raises SignInRefused everywhere."""

    def __init__(self, config: OidcConfig, *, seconds: float = SECONDS) -> None:
        self.config = config
        self._seconds = seconds
        self._metadata = Kept(self._discover)
        self._keys = Kept(self._fetch_keys)

    async def address(self, flow: Flow, redirect_uri: str) -> str:
        """Where the browser goes to sign in."""
        metadata = await self._metadata.get()
        asked = {
            "response_type": "code",
            "client_id": self.config.client_id,
            "redirect_uri": redirect_uri,
            "scope": self.config.scopes,
            "state": flow.state,
            "nonce": flow.nonce,
            "code_challenge": flow.challenge,
            "code_challenge_method": "S256",
        }
        if self.config.wished:
            asked["acr_values"] = self.config.wished
        return f"{metadata.authorization}{'&' if urlsplit(metadata.authorization).query else '?'}{urlencode(asked)}"

    async def check_sender(self, iss: str | None) -> None:
        """An answer of a provider that names itself must name itself, so that none of another provider is taken for it (RFC 9207)."""
        metadata = await self._metadata.get()
        if iss != self.config.issuer and (iss is not None or metadata.names_itself):
            raise SignInRefused("provider-untrusted", "the answer is from another issuer")

    async def person(self, flow: Flow, code: str, redirect_uri: str) -> Person:
        """Who the code stands for; an empty one: the provider gave none."""
        if not code:
            raise SignInRefused("provider-refused", "an error instead of a code, or cancelled")
        metadata = await self._metadata.get()
        answer = await self._redeem(metadata, flow, code, redirect_uri)
        if not isinstance(answer.get("id_token"), str):
            raise SignInRefused("provider-untrusted", "no ID token")
        access_token = answer.get("access_token")
        claims = await self._verified(answer["id_token"], flow.nonce, access_token)
        documents = [claims]
        if (
            metadata.userinfo
            and isinstance(access_token, str)
            and access_token.isascii()
            and access_token.isprintable()
        ):
            info = await ask(
                "GET", metadata.userinfo, self._seconds, headers={"Authorization": f"Bearer {access_token}"}
            )
            if info.get("sub") != claims["sub"]:
                raise SignInRefused("provider-untrusted", "user info of somebody else")
            documents.append(info)
        acr = claims.get("acr") if isinstance(claims.get("acr"), str) else None
        if not self.config.is_enough(acr):
            raise SignInRefused("level-too-low", "the level of assurance is too low")
        return Person(claims["sub"], acr, self._name(documents), self._identity_number(documents))

    async def _discover(self) -> Metadata:
        found = await ask("GET", self.config.issuer.rstrip("/") + CONFIGURATION, self._seconds)
        if found.get("issuer") != self.config.issuer:
            raise SignInRefused("provider-untrusted", "it calls itself by another name")
        methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return Metadata(
            self._endpoint(found, "authorization_endpoint"),
            self._endpoint(found, "token_endpoint"),
            self._endpoint(found, "jwks_uri"),
            self._endpoint(found, "userinfo_endpoint") if found.get("userinfo_endpoint") else None,
            "client_secret_basic" not in methods,
            found.get("authorization_response_iss_parameter_supported") is True,
        )

    def _endpoint(self, found: Document, name: str) -> str:
        address = found.get(name)
        if not isinstance(address, str) or not self.config.may_be_asked(address):
            raise SignInRefused("provider-untrusted", f"its {name} is no protected address")
        return address

    async def _fetch_keys(self) -> list[Document]:
        metadata = await self._metadata.get()
        keys = (await ask("GET", metadata.keys, self._seconds)).get("keys")
        if not isinstance(keys, list):
            raise SignInRefused("provider-untrusted", "its keys cannot be read")
        return [key for key in keys if isinstance(key, dict)]

    async def _redeem(self, metadata: Metadata, flow: Flow, code: str, redirect_uri: str) -> Document:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": flow.verifier,
        }
        headers = {}
        secret = self.config.client_secret
        if secret is None or metadata.secret_in_body:
            form |= {"client_id": self.config.client_id} | ({"client_secret": secret} if secret else {})
        else:
            pair = f"{quote_plus(self.config.client_id)}:{quote_plus(secret)}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode("ascii")).decode("ascii")
        return await ask("POST", metadata.token, self._seconds, data=form, headers=headers)

    async def _verified(self, token: str, nonce: str, access_token: Any) -> dict[str, Any]:
        """The claims of an ID token that holds in every respect."""
        try:
            header = jws.extract_compact(token.encode("ascii")).headers()
            keys = await self._keys.get(lambda keys: _fitting(keys, header) is not None)
            key = _fitting(keys, header)
            if key is None:
                raise SignInRefused("provider-untrusted", "signed with an unknown key or algorithm")
            claims = jwt.decode(token, _imported(key), algorithms=[header["alg"]]).claims
            jwt.JWTClaimsRegistry(
                leeway=SKEW,
                iss={"essential": True, "value": self.config.issuer},
                sub={"essential": True},
                aud={"essential": True, "value": self.config.client_id},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True},
            ).validate(claims)
        except JoseError as error:
            raise SignInRefused("provider-untrusted", f"the ID token does not hold ({type(error).__name__})") from error
        except (ValueError, TypeError, KeyError) as error:  # bytes that no token is made of
            raise SignInRefused("provider-untrusted", "the ID token cannot be read") from error
        if reason := self._wrong(claims, nonce, access_token):
            raise SignInRefused("provider-untrusted", reason)
        return claims

    def _wrong(self, claims: dict[str, Any], nonce: str, access_token: Any) -> str | None:
        """What is wrong with claims whose signature, issuer and times are right."""
        us, subject = self.config.client_id, claims["sub"]
        if claims["aud"] not in (us, [us]) or claims.get("azp", us) != us:
            return "the ID token is meant for somebody else too"
        if claims["iat"] < time.time() - OLDEST:
            return "the ID token is old"
        if not isinstance(claims["nonce"], str) or not hmac.compare_digest(claims["nonce"].encode(), nonce.encode()):
            return "the ID token belongs to another sign-in"
        if not 1 <= len(subject) <= 255 or not subject.isprintable():
            return "the subject cannot be read"
        if "at_hash" in claims and claims["at_hash"] != _half_hash(access_token):
            return "the access token belongs to another ID token"
        return None

    def _name(self, documents: list[dict[str, Any]]) -> str | None:
        for document in documents:
            name = document.get(self.config.claim_name)
            if isinstance(name, str):
                clean = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())[
                    :200
                ].strip()
                if clean:
                    return clean
        return None

    def _identity_number(self, documents: list[dict[str, Any]]) -> str | None:
        """Number and proof come from the same document, the signed one first."""
        if self.config.claim_identity is None or self.config.claim_verified is None:
            return None
        for document in documents:
            number = document.get(self.config.claim_identity)
            if number is None:
                continue
            if document.get(self.config.claim_verified) is not True or not isinstance(number, str):
                return None
            try:
                return identity_digits(number)
            except Malformed:
                log.warning("the provider's identity number has another form")
                return None
        return None


def _fitting(keys: list[Document], header: dict[str, Any]) -> Document | None:
    """The one key that this header can mean. None when there is none, when there are several, and for algorithms we do not take."""
    kind = ALGORITHMS.get(str(header.get("alg")))
    kid = header.get("kid")
    found = [
        key
        for key in keys
        if kind is not None
        and key.get("kty") == kind
        and key.get("use", "sig") == "sig"
        and key.get("alg", header["alg"]) == header["alg"]
        and (kid is None or key.get("kid") == kid)
    ]
    return found[0] if len(found) == 1 else None


def _imported(key: Document) -> RSAKey | ECKey:
    if key["kty"] == "EC":
        return ECKey.import_key({name: key[name] for name in ("kty", "crv", "x", "y")})
    if len(str(key["n"])) * 6 < RSA_BITS:
        raise SignInRefused("provider-untrusted", "its key is too short")
    return RSAKey.import_key({name: key[name] for name in ("kty", "n", "e")})


def _half_hash(token: Any) -> str | None:
    """`at_hash` for algorithms that end in 256."""
    if not isinstance(token, str):
        return None
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).rstrip(b"=").decode("ascii")
