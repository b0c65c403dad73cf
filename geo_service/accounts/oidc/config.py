"""What is particular to one identity provider. Nothing of it is built in: addresses, claim names and levels are the deployment's to say."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

CALLBACK = "/api/oidc/callback"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class OidcConfig:
    """One provider and what we think of its answers. Raises ValueError, naming the variable, for what must not be started with.

    `acr_levels` are the provider's levels of assurance from the weakest to the strongest; below `acr_least` nobody gets in, from `acr_strong` on a
    session counts as one with a second factor. A level that is not listed is below all. An identity number counts only while the provider says,
    with the claim `claim_verified`, that it has verified it.
    """

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    redirect_uri: str | None = None
    scopes: str = "openid profile"
    acr_levels: tuple[str, ...] = ()
    acr_least: str | None = None
    acr_strong: str | None = None
    claim_name: str = "name"
    claim_identity: str | None = None
    claim_verified: str | None = None
    production: bool = False

    def __post_init__(self) -> None:
        if not self.may_be_asked(self.issuer):
            raise ValueError(
                "GEO_OIDC_ISSUER must be an https:// address (http:// only for this machine, in development)"
            )
        if not self.client_id:
            raise ValueError("GEO_OIDC_CLIENT_ID must be set with GEO_OIDC_ISSUER")
        if self.production and not self.redirect_uri:
            raise ValueError(
                f"GEO_OIDC_REDIRECT_URI must be set in production: this service's own address with {CALLBACK}"
            )
        if self.redirect_uri and not (
            urlsplit(self.redirect_uri).path == CALLBACK
            and self.redirect_uri.startswith(("https://",) if self.production else ("https://", "http://"))
        ):
            raise ValueError(f"GEO_OIDC_REDIRECT_URI must be an https:// address that ends in {CALLBACK}")
        if "openid" not in self.scopes.split():
            raise ValueError("GEO_OIDC_SCOPES must contain openid")
        for name, level in (("LEAST", self.acr_least), ("STRONG", self.acr_strong)):
            if level is not None and level not in self.acr_levels:
                raise ValueError(f"GEO_OIDC_ACR_{name} must be one of GEO_OIDC_ACR_LEVELS")
        if (self.claim_identity is None) != (self.claim_verified is None):
            raise ValueError("GEO_OIDC_CLAIM_IDENTITY and GEO_OIDC_CLAIM_VERIFIED are set together or not at all")

    def may_be_asked(self, address: str) -> bool:
        """Whether an address of the provider is protected on its way: HTTPS, or this very machine while developing."""
        try:
            parts = urlsplit(address)
            host = parts.hostname
        except ValueError:
            return False
        if not host or parts.username or parts.password or parts.fragment:
            return False
        return parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK and not self.production)

    def is_enough(self, acr: str | None) -> bool:
        """Whether somebody assured like this gets in at all."""
        return self.acr_least is None or self._rank(acr) >= self._rank(self.acr_least)

    def is_strong(self, acr: str | None) -> bool:
        """Whether this assurance counts as a second factor."""
        return self.acr_strong is not None and self._rank(acr) >= self._rank(self.acr_strong)

    @property
    def wished(self) -> str:
        """What we ask the provider for: the levels that are strong, the least demanding first; else those that are enough."""
        least = self.acr_strong or self.acr_least
        return " ".join(self.acr_levels[self._rank(least) :]) if least else ""

    def _rank(self, acr: str | None) -> int:
        return self.acr_levels.index(acr) if acr in self.acr_levels else -1
