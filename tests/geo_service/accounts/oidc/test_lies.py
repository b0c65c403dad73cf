"""A provider that is down, slow or lies, and answers that were not meant for this browser: no session, an entry in the log, a way back."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from geo_service.accounts.oidc import people, transport
from geo_service.accounts.oidc.state import Flow
from tests.geo_service.accounts.oidc.conftest import NUMBER, Site
from tests.oidc_provider.lying import Answer
from tests.oidc_provider.running import CLIENT, CLIENT_PASSPHRASE

CONFIGURATION, TOKEN, KEYS, USERINFO = "/.well-known/openid-configuration", "/token", "/jwks", "/me"
Keys = list[RSAKey | ECKey]
Claims = dict[str, Any]


def part(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def unsigned(header: dict[str, Any], claims: Claims) -> str:
    encoded = (base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in (header, claims))
    return ".".join(encoded) + "."


def forged(make: Callable[[Claims], str]) -> Callable[[Answer], Answer]:
    """A token answer whose ID token is made anew of the claims that the provider gave."""
    return lambda answer: answer.saying(id_token=make(part(answer.json["id_token"].split(".")[1])))


def signed(keys: Keys, header: dict[str, Any] | None = None, **changes: Any) -> Callable[[Answer], Answer]:
    """The same with the provider's real key: None takes a claim away."""

    def make(claims: Claims) -> str:
        changed = {name: value for name, value in (claims | changes).items() if value is not None}
        return jwt.encode(
            {"alg": "RS256", "kid": "rsa"} | (header or {}), changed, keys[0], algorithms=["RS256", "PS256"]
        )

    return forged(make)


def test_what_the_forger_makes_is_taken_when_it_is_true(site: Site, keys: Keys) -> None:
    """So the refusals below are for what they say they are for."""
    site.liar.lies[TOKEN] = signed(keys)
    assert site.sign_in("lan").headers["location"] == "/"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://elsewhere.example"}, {"iss": None}, {"iss": ["x"]}, {"aud": "somebody-else"}, {"aud": None},
        {"aud": [CLIENT, "somebody-else"]}, {"aud": [CLIENT, "somebody-else"], "azp": CLIENT}, {"azp": "somebody-else"},
        {"aud": []}, {"nonce": "another"}, {"nonce": None}, {"nonce": 7}, {"exp": 1_000_000_000}, {"exp": None},
        {"exp": "soon"}, {"iat": None}, {"iat": 1_000_000_000}, {"iat": 9_000_000_000, "exp": 9_000_000_300},
        {"nbf": 9_000_000_000}, {"sub": None}, {"sub": ""}, {"sub": 12}, {"sub": "x" * 256}, {"sub": "a\u0000b"},
        {"at_hash": "of another token"},
    ],
    ids=repr,
)  # fmt: skip
def test_claims_that_are_not_for_us_here_and_now(crowd: Site, keys: Keys, changes: Claims) -> None:
    crowd.liar.lies[TOKEN] = signed(keys, **changes)
    crowd.refused(crowd.sign_in("lan"), "provider-untrusted")
    assert crowd.accounts() == []


def _public_key_as_secret(keys: Keys) -> OctKey:
    pem = keys[0].public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[union-attr]
    return OctKey.import_key(base64.urlsafe_b64encode(pem).decode())


@pytest.mark.parametrize(
    "make",
    [
        lambda keys, claims: unsigned({"alg": "none"}, claims),
        lambda keys, claims: unsigned({"alg": "NONE", "kid": "rsa"}, claims),
        lambda keys, claims: unsigned({"alg": "RS256", "kid": "rsa"}, claims),
        lambda keys, claims: unsigned({"kid": "rsa"}, claims),
        lambda keys, claims: jwt.encode({"alg": "HS256", "kid": "rsa"}, claims, OctKey.import_key(CLIENT_PASSPHRASE)),
        lambda keys, claims: jwt.encode({"alg": "HS256", "kid": "rsa"}, claims, _public_key_as_secret(keys)),
        lambda keys, claims: jwt.encode({"alg": "RS512", "kid": "rsa"}, claims, keys[0], algorithms=["RS512"]),
        lambda keys, claims: jwt.encode({"alg": "RS256", "kid": "rsa"}, claims, RSAKey.generate_key(2048)),
        lambda keys, claims: jwt.encode({"alg": "RS256", "kid": "new"}, claims, RSAKey.generate_key(2048)),
        lambda keys, claims: jwt.encode({"alg": "RS256", "kid": "ec"}, claims, keys[0]),
        lambda keys, claims: "not.a.token",
        lambda keys, claims: "ừ.ừ.ừ",
        lambda keys, claims: "",
    ],
    ids="none NONE no-signature no-algorithm client-secret public-key-as-secret rs512 other-key unknown-key wrong-kid words letters empty".split(),
)
def test_tokens_that_the_provider_did_not_sign(crowd: Site, keys: Keys, make: Callable[[Keys, Claims], str]) -> None:
    crowd.liar.lies[TOKEN] = forged(lambda claims: make(keys, claims))
    crowd.refused(crowd.sign_in("lan"), "provider-untrusted")
    assert crowd.accounts() == []


def test_a_key_inside_the_token_itself_is_not_believed(site: Site) -> None:
    own = RSAKey.generate_key(2048, {"kid": "own"}, private=True)
    header = {"alg": "RS256", "kid": "own", "jwk": own.as_dict(private=False)}
    site.liar.lies[TOKEN] = forged(lambda claims: jwt.encode(header, claims, own))
    site.refused(site.sign_in("lan"), "provider-untrusted")


def test_a_short_key_is_not_believed(site: Site) -> None:
    site.liar.lies[KEYS] = lambda answer: answer.saying(
        keys=[{"kty": "RSA", "kid": "rsa", "n": "x" * 170, "e": "AQAB"}]
    )
    assert "short" in site.refused(site.sign_in("lan"), "provider-untrusted")


def test_a_new_key_of_the_provider_is_found_and_invented_ones_do_not_press_it(
    site: Site, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.sign_in("lan")
    assert site.liar.asked[KEYS] == 1
    new = RSAKey.generate_key(2048, {"kid": "new", "use": "sig"}, private=True)
    site.liar.lies[KEYS] = lambda answer: answer.saying(keys=[new.as_dict(private=False)])
    site.liar.lies[TOKEN] = forged(lambda claims: jwt.encode({"alg": "RS256", "kid": "new"}, claims, new))
    for _ in range(3):
        assert site.sign_in("lan", site.another_browser()).headers["location"] == "/?sign_in_error=provider-untrusted"
    assert site.liar.asked[KEYS] == 1  # it is asked again after half a minute at the soonest
    monkeypatch.setattr(transport, "AGAIN", 0.0)
    assert site.sign_in("lan", site.another_browser()).headers["location"] == "/"
    assert site.liar.asked[KEYS] == 2
    site.liar.lies[TOKEN] = signed(keys)  # the old one is not published any more
    assert site.sign_in("lan", site.another_browser()).headers["location"] == "/?sign_in_error=provider-untrusted"


@pytest.mark.parametrize("sub", ["sub-cuc", None, "", ["sub-lan"]])
def test_user_info_of_somebody_else(crowd: Site, sub: Any) -> None:
    crowd.liar.lies[USERINFO] = lambda answer: answer.saying(sub=sub)
    assert "somebody else" in crowd.refused(crowd.sign_in("lan"), "provider-untrusted")


@pytest.mark.parametrize("verified", ["true", 1, "yes", None, [True]])
def test_only_true_is_true(site: Site, verified: Any) -> None:
    site.party(NUMBER)
    site.liar.lies[USERINFO] = lambda answer: answer.saying(citizen_id_verified=verified)
    site.sign_in("lan")
    assert not site.user()["person"]  # type: ignore[index]


def test_number_and_proof_come_from_one_document(site: Site, keys: Keys) -> None:
    """A signed number that is not verified is not verified by the userinfo endpoint's word on another."""
    site.party(NUMBER)
    site.liar.lies[TOKEN] = signed(keys, citizen_id="999099000009")
    site.sign_in("lan")
    assert not site.user()["person"]  # type: ignore[index]


@pytest.mark.parametrize("number", ["12345", "", "99909900000१", 999099000001, "999099000001; DROP", ["999099000001"]])
def test_numbers_that_are_none(site: Site, number: Any) -> None:
    site.liar.lies[USERINFO] = lambda answer: answer.saying(citizen_id=number)
    assert site.sign_in("lan").headers["location"] == "/"
    assert not site.user()["person"]  # type: ignore[index]


@pytest.mark.parametrize("name", ["", "  ", "\u0000\u202e", None, 7, "x" * 5000, "a\nb"])
def test_names_that_are_none(site: Site, name: Any) -> None:
    site.liar.lies[USERINFO] = lambda answer: answer.saying(name=name)
    assert site.sign_in("lan").headers["location"] == "/"
    shown = site.user()["name"]  # type: ignore[index]
    assert shown and shown.isprintable() and len(shown) <= 200


@pytest.mark.parametrize(
    ("path", "lie", "slug"),
    [
        (TOKEN, lambda answer: replace(answer, status=503), "provider-down"),
        (TOKEN, lambda answer: replace(answer, status=429), "provider-down"),
        (TOKEN, lambda answer: replace(answer, status=302, headers=(("Location", "/elsewhere"),)), "provider-refused"),
        (TOKEN, lambda answer: replace(answer, body=b"<html>"), "provider-untrusted"),
        (TOKEN, lambda answer: replace(answer, body=b"[]"), "provider-untrusted"),
        (TOKEN, lambda answer: replace(answer, body=b"x" * 300_000), "provider-untrusted"),
        (TOKEN, lambda answer: replace(answer, headers=(("Content-Encoding", "gzip"),)), "provider-untrusted"),
        (TOKEN, lambda answer: answer.saying(id_token=None), "provider-untrusted"),
        (KEYS, lambda answer: replace(answer, status=500), "provider-down"),
        (KEYS, lambda answer: answer.saying(keys="none"), "provider-untrusted"),
        (KEYS, lambda answer: answer.saying(keys=[{"kty": "RSA"}, 7]), "provider-untrusted"),
        (USERINFO, lambda answer: replace(answer, status=401), "provider-refused"),
        (USERINFO, lambda answer: replace(answer, status=500), "provider-down"),
    ],
)
def test_answers_that_are_none(crowd: Site, path: str, lie: Callable[[Answer], Answer], slug: str) -> None:
    back = crowd.provider.sign_in(crowd.start(), "lan")
    crowd.liar.lies[path] = lie
    crowd.refused(crowd.back(back), slug)


@pytest.mark.parametrize(
    ("lie", "slug"),
    [
        (lambda answer: answer.saying(issuer="https://elsewhere.example"), "provider-untrusted"),
        (lambda answer: answer.saying(issuer=answer.json["issuer"] + "/"), "provider-untrusted"),
        (lambda answer: answer.saying(token_endpoint="http://elsewhere.example/token"), "provider-untrusted"),
        (lambda answer: answer.saying(jwks_uri="file:///etc/passwd"), "provider-untrusted"),
        (lambda answer: answer.saying(authorization_endpoint="javascript:alert(1)"), "provider-untrusted"),
        (lambda answer: answer.saying(userinfo_endpoint="http://somebody@localhost/"), "provider-untrusted"),
        (lambda answer: answer.saying(authorization_endpoint=None), "provider-untrusted"),
        (lambda answer: replace(answer, status=404), "provider-down"),
        (lambda answer: replace(answer, body=b"{"), "provider-untrusted"),
    ],
)
def test_a_description_that_is_not_the_configured_providers(
    crowd: Site, lie: Callable[[Answer], Answer], slug: str
) -> None:
    crowd.liar.lies[CONFIGURATION] = lie
    crowd.refused(crowd.browser.get("/api/oidc/start"), slug)
    crowd.refused(crowd.browser.get("/api/oidc/start"), slug)
    assert crowd.liar.asked[CONFIGURATION] == 1  # who has just failed is left in peace for a moment


def test_a_provider_that_is_down_does_not_stop_the_rest(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "DOWN", 0.0)
    site.configure(oidc_issuer="http://localhost:1")
    site.refused(site.browser.get("/api/oidc/start"), "provider-down")
    site.configure(oidc_issuer=site.provider.issuer)
    site.liar.behind = None
    site.refused(site.browser.get("/api/oidc/start"), "provider-down")
    assert site.browser.get("/health").status_code == 200
    site.liar.behind = site.provider.port
    assert site.sign_in("lan").headers["location"] == "/"


def test_a_slow_provider_is_given_up_and_holds_nobody_else(site: Site) -> None:
    def slowly(answer: Answer) -> Answer:
        time.sleep(4)
        return answer

    site.liar.lies[CONFIGURATION] = slowly
    began = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(site.browser.get, "/api/oidc/start")
        time.sleep(0.3)
        other = site.another_browser()
        asked = time.monotonic()
        assert other.get("/api/session").status_code == 200
        assert time.monotonic() - asked < 1.0
        site.refused(waiting.result(), "provider-down")
    assert time.monotonic() - began < 3.5


def test_a_trickling_provider_is_given_up(site: Site) -> None:
    site.liar.lies[CONFIGURATION] = lambda answer: replace(answer, pause=0.1)
    began = time.monotonic()
    assert "time" in site.refused(site.browser.get("/api/oidc/start"), "provider-down")
    assert time.monotonic() - began < 4


def test_a_flooding_provider_is_given_up(site: Site) -> None:
    site.liar.lies[CONFIGURATION] = lambda answer: answer.saying(more="x" * transport.LARGEST)
    assert "too large" in site.refused(site.browser.get("/api/oidc/start"), "provider-untrusted")


# ---- answers that were not meant for this browser, or come twice ---------------------------------------------------------------


def test_another_browser_does_not_get_in_with_the_answer(site: Site) -> None:
    back = site.provider.sign_in(site.start(), "lan")
    thief = site.another_browser()
    site.refused(site.back(back, thief), "expired", thief)
    thief.get("/api/oidc/start")  # with a cookie of its own it is no better
    site.refused(site.back(back, thief), "expired", thief)


def test_somebody_elses_answer_signs_nobody_in(site: Site) -> None:
    """The attacker sends the victim's browser through the end of the attacker's own sign-in."""
    attacker = site.another_browser()
    back = site.provider.sign_in(site.start(attacker), "lan")
    site.start()
    site.refused(site.back(back), "expired")
    assert site.accounts() == []


def test_a_state_is_good_once(site: Site) -> None:
    back = site.provider.sign_in(site.start(), "lan")
    cookie = site.browser.cookies["geo_oidc"]
    assert site.back(back).headers["location"] == "/"
    for browser in (site.browser, site.another_browser()):
        browser.cookies.set("geo_oidc", cookie, path="/api/oidc")
        assert site.back(back, browser).headers["location"] == "/?sign_in_error=expired"
    assert site.log("session.refused")[-1]["detail"]["cause"] == "the state was used before"
    assert site.liar.asked[TOKEN] == 1  # the code is not even shown again
    assert len(site.log("session.opened")) == 1


def test_a_state_that_comes_twice_at_once_is_good_at_most_once(site: Site) -> None:
    back = site.provider.sign_in(site.start(), "lan")
    browsers = [site.another_browser() for _ in range(4)]
    for browser in browsers:
        browser.cookies.set("geo_oidc", site.browser.cookies["geo_oidc"], path="/api/oidc")
    with ThreadPoolExecutor(4) as pool:
        places = [answer.headers["location"] for answer in pool.map(lambda one: site.back(back, one), browsers)]
    assert places.count("/") <= 1
    assert len(site.log("session.opened")) == places.count("/")


def test_a_code_is_good_once(site: Site) -> None:
    """The code of one sign-in in the answer of another: PKCE and the provider's own memory refuse it."""
    used = parse_qs(urlsplit(site.provider.sign_in(site.start(), "lan")).query)["code"]
    other = site.another_browser()
    query = parse_qs(urlsplit(site.provider.sign_in(site.start(other), "lan")).query)
    address = f"/api/oidc/callback?{urlencode(query | {'code': used}, doseq=True)}"
    site.refused(site.back(address, other), "provider-refused", other)


@pytest.mark.parametrize(
    "change",
    [
        lambda cookie: "", lambda cookie: "x", lambda cookie: "x.y", lambda cookie: cookie[:-3],
        lambda cookie: cookie.replace(".", "A."), lambda cookie: cookie.split(".")[0] + ".", lambda cookie: "." + cookie.split(".")[1],
    ],
)  # fmt: skip
def test_a_cookie_that_is_not_ours(crowd: Site, change: Callable[[str], str]) -> None:
    back = crowd.provider.sign_in(crowd.start(), "lan")
    cookie = crowd.browser.cookies["geo_oidc"]
    crowd.browser.cookies.clear()
    crowd.browser.cookies.set("geo_oidc", change(cookie), path="/api/oidc")
    crowd.refused(crowd.back(back), "expired")


@pytest.mark.parametrize("seconds", [-601, -100_000, 120])
def test_a_sign_in_takes_ten_minutes_at_most(site: Site, seconds: int) -> None:
    back = site.provider.sign_in(site.start(), "lan")
    state = parse_qs(urlsplit(back).query)["state"][0]
    secret = site.settings.secret()
    flow = Flow.opened(site.browser.cookies["geo_oidc"], secret, state)
    late = replace(flow, begun=flow.begun + seconds)
    site.browser.cookies.clear()
    site.browser.cookies.set("geo_oidc", late.sealed(secret), path="/api/oidc")
    assert "too long" in site.refused(site.back(back), "expired")


@pytest.mark.parametrize(
    "query", ["", "code=a", "state=b", "code=a&state=%C3%AA%00", "code=a&state=b&state=c", "error=x"]
)
def test_a_callback_out_of_nowhere(crowd: Site, query: str) -> None:
    crowd.start()
    crowd.refused(crowd.back(f"/api/oidc/callback?{query}"), "expired")


@pytest.mark.parametrize("iss", [None, "https://elsewhere.example", ""])
def test_an_answer_of_another_provider(crowd: Site, iss: str | None) -> None:
    """The provider names itself in its answers (RFC 9207); one without that name or with another is not its."""
    query = {
        name: values[0]
        for name, values in parse_qs(urlsplit(crowd.provider.sign_in(crowd.start(), "lan")).query).items()
    }
    del query["iss"]
    if iss is not None:
        query["iss"] = iss
    crowd.refused(crowd.back(f"/api/oidc/callback?{urlencode(query)}"), "provider-untrusted")
    assert crowd.liar.asked[TOKEN] == 0


def test_an_error_with_a_code_is_an_error(site: Site) -> None:
    back = site.provider.sign_in(site.start(), "lan")
    site.refused(site.back(back + "&error=access_denied"), "provider-refused")
    assert site.liar.asked[TOKEN] == 0


def test_too_many_failures_from_one_address_are_not_listened_to(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "TRIES_PER_ADDRESS", 3)
    for n in range(5):
        site.back(f"/api/oidc/callback?code=a&state={n}")
    back = site.provider.sign_in(site.start(), "lan")
    assert site.back(back).headers["location"] == "/?sign_in_error=too-many-attempts"
    assert len(site.log("session.refused")) == 3
    site.conn.execute("UPDATE accounts.attempt SET at = at - interval '11 minutes'")
    assert site.sign_in("lan").headers["location"] == "/"
    for _ in range(5):  # successes do not count
        assert site.sign_in("lan", site.another_browser()).headers["location"] == "/"
