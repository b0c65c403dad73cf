"""Signing in at a real provider: which account one is, and what the session is worth."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import ECKey, RSAKey

from geo_service.accounts import service
from geo_service.accounts.oidc.people import account_of
from geo_service.accounts.oidc.provider import Person
from geo_service.app import create_app
from geo_service.database import address_of
from geo_service.personal.vault import Vault
from geo_service.settings import Settings
from layers.db import connect
from tests.geo_service.accounts.oidc.conftest import NUMBER, OTHER_NUMBER, REDIRECT, USERS, Site
from tests.geo_service.accounts.people import OURS, PASSWORD, person
from tests.geo_service.site import problem
from tests.oidc_provider import running
from tests.oidc_provider.running import STRONG, WEAK


def test_somebody_new_gets_an_account_without_a_person(site: Site) -> None:
    answer = site.sign_in("lan", return_to="/#map=17/21.03/105.85&parcel=w7epx")
    assert (answer.status_code, answer.headers["location"]) == (303, "/#map=17/21.03/105.85&parcel=w7epx")
    assert answer.headers["cache-control"] == "no-store"
    user = site.user()
    assert user is not None
    assert user["login"].startswith("oidc-") and user["name"] == "Hoàng Thị Lan"
    assert (user["level"], user["person"], user["capabilities"], user["roles"], user["demo"]) == (
        2,
        False,
        {},
        [],
        False,
    )
    first = site.accounts()
    assert site.sign_in("lan", site.another_browser()).headers["location"] == "/"
    assert site.accounts() == first
    assert [entry["detail"].get("method") for entry in site.log("session.opened")] == ["oidc", "oidc"]
    assert site.log("session.opened")[0]["detail"]["factor"] == STRONG
    assert len(site.log("account.made")) == len(site.log("account.linked")) == 1
    everything = json.dumps(site.conn.execute("SELECT kind, subject, detail FROM audit.entry").fetchall())
    assert "Lan" not in everything and NUMBER not in everything and "sub-lan" not in everything


def test_the_cookie_of_the_way_is_short_lived_hidden_and_gone_afterwards(site: Site) -> None:
    answer = site.browser.get("/api/oidc/start")
    cookie = answer.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("geo_oidc=", "httponly", "samesite=lax", "max-age=600", "path=/api/oidc"))
    assert answer.headers["cache-control"] == "no-store"
    assert "code_challenge_method=S256" in answer.headers["location"]
    assert site.back(site.provider.sign_in(answer.headers["location"], "lan")).status_code == 303
    assert [cookie.name for cookie in site.browser.cookies.jar] == ["geo_session"]


def test_a_person_of_the_register_is_known_by_the_verified_number(site: Site) -> None:
    party = site.party(OTHER_NUMBER)
    site.sign_in("cuc")
    user = site.user()
    assert user is not None and user["person"] and user["level"] == 1
    assert [account["party_id"] for account in site.accounts()] == [party]


def test_a_number_that_is_not_verified_links_nobody(site: Site) -> None:
    site.party(NUMBER)
    site.sign_in("mai")
    user = site.user()
    assert user is not None and not user["person"]


def test_a_person_who_is_registered_later_is_found_at_the_next_sign_in(site: Site) -> None:
    site.sign_in("lan")
    party = site.party(NUMBER)
    site.sign_in("lan", site.another_browser())
    assert [account["party_id"] for account in site.accounts()] == [party]
    assert site.user()["person"]  # type: ignore[index]


def test_names_and_mail_addresses_link_nobody(site: Site) -> None:
    person(site.conn, "canbo", "land_officer", demo=False)
    person(site.conn, "canbo@example.org", "administrator", demo=False)
    site.sign_in("tre")
    user = site.user()
    assert user is not None and user["login"].startswith("oidc-") and user["roles"] == []
    assert len(site.accounts()) == 3


def test_staff_are_linked_by_the_operator_only(site: Site) -> None:
    officer = person(site.conn, "canbo", "land_officer", demo=False)
    site.conn.execute("UPDATE accounts.account SET party_id = %s WHERE id = %s", [site.party(NUMBER), officer])
    assert "operator" in site.refused(site.sign_in("lan"), "not-linked")
    assert site.log("session.refused")[-1]["subject"] == f"account:{officer}"
    service.link_identity(site.conn, officer, site.provider.issuer, "sub-lan")
    site.sign_in("lan")
    user = site.user()
    assert user is not None and user["login"] == "canbo" and user["level"] == 2
    assert user["capabilities"]["edit.propose"] == ["*"]


def test_a_weak_assurance_gives_no_authority(site: Site) -> None:
    officer = person(site.conn, "canbo", "land_officer", demo=False)
    service.link_identity(site.conn, officer, site.provider.issuer, "sub-cuc")
    site.sign_in("cuc")
    user = site.user()
    assert user is not None and user["login"] == "canbo"
    assert (user["level"], user["capabilities"]) == (1, {})
    assert user["needs"] is not None


def test_the_same_person_with_another_subject_is_the_same_account(site: Site) -> None:
    """A provider may name people anew; the verified number says who it is."""
    site.party(NUMBER)
    site.sign_in("lan")
    site.conn.execute("UPDATE accounts.identity SET subject = 'as it was'")
    site.sign_in("lan", site.another_browser())
    assert len(site.accounts()) == 1
    assert site.conn.execute("SELECT count(*) AS n FROM accounts.identity").fetchone() == {"n": 2}


def test_an_identity_does_not_pass_from_one_person_to_another(site: Site) -> None:
    other, _ = site.party(OTHER_NUMBER), site.party(NUMBER)
    service.link_identity(site.conn, person(site.conn, "dan", demo=False), site.provider.issuer, "sub-lan")
    site.conn.execute("UPDATE accounts.account SET party_id = %s", [other])
    assert "another person" in site.refused(site.sign_in("lan"), "not-linked")


def test_a_demonstration_account_is_nobodys_by_number(site: Site) -> None:
    account = person(site.conn, "dan", "citizen", demo=True)
    site.conn.execute("UPDATE accounts.account SET party_id = %s WHERE id = %s", [site.party(NUMBER), account])
    site.refused(site.sign_in("lan"), "not-linked")


def test_a_closed_account_stays_closed(site: Site) -> None:
    account = person(site.conn, "dan", demo=False)
    service.link_identity(site.conn, account, site.provider.issuer, "sub-lan")
    service.change(site.conn, account, disabled=True)
    site.refused(site.sign_in("lan"), "disabled")
    site.conn.execute("DELETE FROM accounts.identity")
    site.conn.execute("UPDATE accounts.account SET party_id = %s", [site.party(NUMBER)])
    site.refused(site.sign_in("lan"), "disabled")


def test_too_weak_is_told_where_a_least_level_is_set(site: Site) -> None:
    site.configure(oidc_acr_least=STRONG)
    site.refused(site.sign_in("cuc"), "level-too-low")
    site.refused(site.sign_in("tre"), "level-too-low")
    assert site.accounts() == []
    site.configure(oidc_acr_least=WEAK)
    site.sign_in("cuc")
    assert site.user() is not None


def test_who_cancels_is_brought_back(site: Site) -> None:
    site.refused(site.back(site.provider.cancel(site.start())), "provider-refused")


def test_the_session_before_ends(site: Site) -> None:
    person(site.conn, "dan", "citizen")
    assert site.browser.post("/api/session", json={"login": "dan", "password": PASSWORD}).status_code == 200
    before = site.browser.cookies["geo_session"]
    site.sign_in("lan")
    assert site.user()["login"] != "dan"  # type: ignore[index]
    site.browser.cookies.clear()
    site.browser.cookies.set("geo_session", before)
    assert site.user() is None


def test_one_new_person_from_two_browsers_at_once_is_one_account(site: Site) -> None:
    browsers = [site.another_browser() for _ in range(4)]
    back = [site.provider.sign_in(site.start(browser), "lan") for browser in browsers]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(site.back, back, browsers))
    assert [answer.headers["location"] for answer in answers] == ["/"] * 4
    assert len(site.accounts()) == 1


def test_two_sign_ins_of_one_new_person_wait_for_each_other(site: Site, database_url: str) -> None:
    vault, lan = Vault(site.settings.personal_secret()), Person("sub-lan", name="Lan")
    gate = address_of(database_url, "geo_gate", site.settings)
    with ThreadPoolExecutor(1) as pool, connect(gate) as one, connect(gate) as two:
        first = account_of(one, vault, site.provider.issuer, lan, demo=True)
        second = pool.submit(account_of, two, vault, site.provider.issuer, lan, demo=True)
        with pytest.raises(TimeoutError):
            second.result(0.3)
        one.commit()
        assert second.result(5) == first


def test_a_person_stays_with_the_account_that_has_it(site: Site) -> None:
    """An officer whom the operator has linked, and who is known as a citizen already, keeps the two apart."""
    site.party(NUMBER)
    site.sign_in("lan")
    site.conn.execute("DELETE FROM accounts.identity")
    service.link_identity(
        site.conn, person(site.conn, "canbo", "surveyor", demo=False), site.provider.issuer, "sub-lan"
    )
    officer = site.another_browser()
    site.sign_in("lan", officer)
    user = site.user(officer)
    assert user is not None and user["login"] == "canbo" and not user["person"]


def test_an_account_that_has_the_login_already_is_not_taken_over(site: Site) -> None:
    site.sign_in("lan")
    site.conn.execute("DELETE FROM accounts.identity")
    site.sign_in("lan", site.another_browser())
    assert len(site.accounts()) == 2


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "\\\\elsewhere.example", "/\t/elsewhere.example",
        "javascript:alert(1)", "elsewhere", "", "/api/oidc/start", "/ok\r\nSet-Cookie: a=b", "/" + "x" * 3000, "/a\\b",
    ],
)  # fmt: skip
def test_one_comes_back_to_this_site_only(site: Site, wanted: str) -> None:
    assert site.sign_in("lan", return_to=wanted).headers["location"] == "/"


@pytest.mark.parametrize(
    ("algorithm", "method"), [("RS256", "client_secret_post"), ("PS256", "client_secret_basic"), ("ES256", "none")]
)
def test_every_algorithm_and_way_of_naming_ourselves(
    site: Site, keys: list[RSAKey | ECKey], algorithm: str, method: str
) -> None:
    secret = {"client_secret": None} if method == "none" else {}
    client = (
        running.client(REDIRECT, id_token_signed_response_alg=algorithm, token_endpoint_auth_method=method) | secret
    )
    client = {name: value for name, value in client.items() if value is not None}
    site.liar.lies["/.well-known/openid-configuration"] = lambda answer: answer.saying(
        token_endpoint_auth_methods_supported=[method]
    )
    with running.running(clients=[client], users=USERS, keys=keys, issuer=site.liar.url, signed_claims=True) as other:
        site.liar.behind = other.port
        site.configure(**({"oidc_client_secret": None} if method == "none" else {}))
        site.party(NUMBER)
        assert site.sign_in("lan").headers["location"] == "/"
    user = site.user()
    assert user is not None and user["person"] and user["name"] == "Hoàng Thị Lan"


def test_where_no_provider_is_configured_there_is_none(database_url: str, tmp_path: Path) -> None:
    app = create_app(Settings(database_url=database_url, data_dir=tmp_path / "data", rates="off"))
    with TestClient(app, headers=OURS) as browser:
        for path in ("/api/oidc/start", "/api/oidc/callback"):
            problem(browser.get(path), 404, "no-provider")
        assert browser.get("/api/session").json()["sign_in"] == {"oidc": None}
