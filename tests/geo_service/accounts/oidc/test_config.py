"""Settings of a provider: what the service refuses to start with, and what the levels mean."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from geo_service.accounts.oidc.config import OidcConfig
from geo_service.database import LOGINS, Login
from geo_service.settings import Settings, SettingsError
from tests.geo_service.accounts.people import as_login

GOOD = {
    "oidc_issuer": "https://id.example",
    "oidc_client_id": "geo",
    "oidc_redirect_uri": "https://land.example/api/oidc/callback",
}
PRODUCTION = {"env": "production", "secret_key": "q7" + "0123456789abcdefghij" * 2, "personal_key": "4f" * 32}


def load(**changes: Any) -> OidcConfig:
    config = Settings.load(**(GOOD | changes)).oidc()
    assert config is not None
    return config


def test_a_provider_is_optional_and_a_good_one_is_taken() -> None:
    assert Settings.load().oidc() is None
    assert load().issuer == "https://id.example"
    assert load(**PRODUCTION).production
    assert load(oidc_issuer="http://localhost:3000").issuer == "http://localhost:3000"


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"oidc_issuer": "http://id.example"}, "GEO_OIDC_ISSUER"),
        ({"oidc_issuer": "id.example"}, "GEO_OIDC_ISSUER"),
        ({"oidc_issuer": "https://somebody@id.example"}, "GEO_OIDC_ISSUER"),
        ({"oidc_issuer": "https://[id.example"}, "GEO_OIDC_ISSUER"),
        (PRODUCTION | {"oidc_issuer": "http://localhost:3000"}, "GEO_OIDC_ISSUER"),
        ({"oidc_client_id": ""}, "GEO_OIDC_CLIENT_ID"),
        ({"oidc_redirect_uri": "https://land.example/"}, "GEO_OIDC_REDIRECT_URI"),
        (PRODUCTION | {"oidc_redirect_uri": "http://land.example/api/oidc/callback"}, "GEO_OIDC_REDIRECT_URI"),
        (PRODUCTION | {"oidc_redirect_uri": None}, "GEO_OIDC_REDIRECT_URI"),
        ({"oidc_scopes": "profile"}, "GEO_OIDC_SCOPES"),
        ({"oidc_acr_least": "high"}, "GEO_OIDC_ACR_LEAST"),
        ({"oidc_acr_levels": "low high", "oidc_acr_strong": "higher"}, "GEO_OIDC_ACR_STRONG"),
        ({"oidc_claim_identity": "number"}, "GEO_OIDC_CLAIM_VERIFIED"),
        ({"oidc_claim_verified": "verified"}, "GEO_OIDC_CLAIM_IDENTITY"),
    ],
)
def test_a_provider_that_must_not_be_trusted_stops_the_start(changes: dict[str, Any], word: str) -> None:
    with pytest.raises(SettingsError, match=word):
        Settings.load(**(GOOD | changes))  # None: not set


def test_levels_are_in_order_and_unknown_ones_below_all() -> None:
    config = load(oidc_acr_levels="low mid high", oidc_acr_least="mid", oidc_acr_strong="high")
    assert [config.is_enough(acr) for acr in (None, "other", "low", "mid", "high")] == [False, False, False, True, True]
    assert [config.is_strong(acr) for acr in (None, "other", "low", "mid", "high")] == [False] * 4 + [True]
    assert config.wished == "high"
    assert load(oidc_acr_levels="low mid high", oidc_acr_least="mid").wished == "mid high"
    plain = load(oidc_acr_levels="low mid high")
    assert (plain.wished, plain.is_enough(None), plain.is_strong("high")) == ("", True, False)


def test_secrets_of_the_provider_are_not_shown() -> None:
    word = "not for everybody's eyes"
    settings = Settings.load(**GOOD, oidc_client_secret=word)
    assert word not in repr(settings) and word not in repr(settings.oidc())


@pytest.mark.parametrize("login", LOGINS)
def test_only_the_gate_asks_who_has_a_number(database_url: str, settings: Settings, login: Login) -> None:
    with as_login(database_url, settings, login) as plain:
        if login == "geo_gate":
            assert plain.execute("SELECT * FROM accounts.person_by_number(%s)", [b"x" * 32]).fetchall() == []
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                plain.execute("SELECT * FROM accounts.person_by_number(%s)", [b"x" * 32])
