"""Being taken for somebody else: headers, cookies, secrets, other sites, the identity provider."""

from __future__ import annotations

import json
from uuid import uuid4

from geo_service.accounts import sessions
from geo_service.accounts.oidc.state import Flow
from tests.geo_service.accounts.people import PASSWORD
from tests.geo_service.attacks.core import REVEAL, Answers, attack, refused
from tests.geo_service.authority.ground import Ground
from tests.geo_service.authority.world import Person

# ---- headers, cookies, tokens --------------------------------------------------------------------------------------

INSIDE = {
    "X-Forwarded-For": "127.0.0.1",
    "X-Real-IP": "127.0.0.1",
    "X-Forwarded-User": "dong-nghiep",
    "X-Remote-User": "dong-nghiep",
    "Remote-User": "dong-nghiep",
    "X-Authenticated-User": "dong-nghiep",
    "X-User-Id": "1",
    "X-Role": "administrator",
    "X-Forwarded-Host": "localhost",
    "Forwarded": "for=127.0.0.1;host=localhost",
    "Host": "localhost",
    "X-Original-URL": "/api/accounts",
    "X-Rewrite-URL": "/api/accounts",
    "X-Forwarded-Prefix": "/api/accounts",
    "X-Internal": "1",
}


@attack("headers that pretend to be the proxy")
def proxy_headers(g: Ground, who: Person) -> Answers:
    for url in (
        "/api/accounts",
        f"/api/parcels/{g.ids['held']}/rights",
        f"/api/drafts/{g.ids['submitted']}",
        "/api/audit",
    ):
        yield from refused(*(g.ask(who, "GET", url, headers={name: value}) for name, value in INSIDE.items()))
    yield g.ask(
        who,
        "GET",
        "/health",
        headers={"X-Original-URL": "/api/accounts", "X-Rewrite-URL": f"/api/drafts/{g.ids['draft']}"},
    )


@attack("another method in a header or the query")
def method_override(g: Ground, who: Person) -> Answers:
    for method in ("GET", "POST"):
        for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
            yield g.ask(who, method, f"/api/me/sessions/{g.ids['session']}?_method=DELETE", headers={name: "DELETE"})
            yield g.ask(who, method, f"/api/accounts/{g.ids['account']}?_method=PATCH", headers={name: "PATCH"})


@attack("methods that nobody thinks of")
def odd_methods(g: Ground, who: Person) -> Answers:
    for method in ("HEAD", "OPTIONS", "TRACE", "PATCH", "CONNECT", "PROPFIND", "DEBUG"):
        for url in (
            f"/api/drafts/{g.ids['draft']}",
            f"/api/parcels/{g.ids['held']}/rights",
            "/api/accounts",
            "/api/me/export",
        ):
            answer = g.ask(who, method, url)
            assert not answer.is_success, (method, url)
            yield answer


@attack("a session chosen by the attacker")
def fixation(g: Ground, who: Person) -> Answers:
    chosen = "chosen-by-the-attacker-0123456789"
    answer = g.ask(
        who,
        "POST",
        "/api/session",
        {"login": "door", "password": PASSWORD},
        headers={"Cookie": f"geo_session={chosen}"},
    )
    assert answer.is_success and chosen not in str(answer.headers)
    yield answer
    later = g.ask(g.attackers[0], "GET", "/api/session", headers={"Cookie": f"geo_session={chosen}"})
    assert later.json()["user"] is None
    g.world.conn.execute(
        "DELETE FROM accounts.session WHERE account_id = (SELECT id FROM accounts.account WHERE login = 'door')"
    )
    yield later


@attack("an officer's secret where it does not belong")
def secret_elsewhere(g: Ground, who: Person) -> Answers:
    for secret in (g.ids["secret"], g.ids["pat"]):
        places = [
            {"url": f"/api/drafts?{name}={secret}"}
            for name in ("token", "access_token", "geo_session", "authorization", "session")
        ]
        places += [
            {"url": "/api/drafts", "headers": {"Cookie": None, "Authorization": f"{scheme} {secret}"}}
            for scheme in ("Basic", "Token", "Digest", "")
        ]
        places += [
            {"url": "/api/drafts", "headers": {"Cookie": None, name: secret}}
            for name in ("X-Auth-Token", "X-Session", "X-API-Key")
        ]
        places += [
            {"url": "/api/drafts", "headers": {"Cookie": f"{name}={secret}"}}
            for name in ("session", "GEO_SESSION", "__Host-geo_session", "geo_session2")
        ]
        yield from refused(*(g.ask(who, "GET", place["url"], headers=place.get("headers", {})) for place in places))


@attack("forged, altered and stored forms of a secret")
def forged(g: Ground, who: Person) -> Answers:
    real = g.ids["secret"]
    row = g.world.one("SELECT encode(token_hash, 'hex') AS k FROM accounts.session WHERE id = %s", g.ids["session"])
    for secret in (
        real[:-1],
        real + "x",
        real.upper(),
        real.replace("-", "%2D"),
        row["k"],
        f"\\x{row['k']}",
        "",
        "null",
        "1",
        "1|2|",
        "%",
        "_" * 20,
        "geo_pat_",
        "geo_pat_%",
        real + "; admin=1",
    ):
        answer = g.ask(who, "GET", f"/api/drafts/{g.ids['submitted']}", headers={"Cookie": f"geo_session={secret}"})
        assert answer.status_code == (403 if secret.startswith(real + ";") else 401) or secret.startswith(real + ";"), (
            secret
        )
        yield (
            answer
            if not secret.startswith(real + ";")
            else g.ask(who, "GET", "/api/session", headers={"Cookie": "geo_session=x"})
        )
        yield from refused(
            g.ask(
                who,
                "GET",
                "/api/accounts",
                headers={"Cookie": None, "Authorization": f"Bearer {secret.split(';')[0] + '!'}"},
            )
        )


@attack("a session that has ended")
def ended(g: Ground, who: Person) -> Answers:
    gone = g.world.session(g.ids["account"])
    g.world.conn.execute(
        "UPDATE accounts.session SET revoked_at = now() WHERE token_hash = %s", [sessions.digest(gone)]
    )
    old = g.world.session(g.ids["account"])
    g.world.conn.execute(
        "UPDATE accounts.session SET created_at = now() - interval '9 days' WHERE token_hash = %s",
        [sessions.digest(old)],
    )
    yield from refused(
        *(
            g.ask(who, "GET", f"/api/drafts/{g.ids['draft']}", headers={"Cookie": f"geo_session={secret}"})
            for secret in (gone, old)
        )
    )
    g.world.conn.execute(
        "DELETE FROM accounts.session WHERE token_hash = ANY(%s)", [[sessions.digest(gone), sessions.digest(old)]]
    )


@attack("an officer's browser, led by another site")
def csrf(g: Ground, who: Person) -> Answers:
    cookie = {"Cookie": f"geo_session={g.ids['secret']}"}
    for sent in (
        {"X-Requested-With": None},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"X-Requested-With": "XMLHttpRequest"},
    ):
        for method, url, body in (
            ("POST", "/api/me/tokens", {"name": "x", "scopes": ["read"], "days": 1}),
            ("DELETE", f"/api/me/sessions/{g.ids['session']}", None),
            ("POST", "/api/me/totp", None),
            ("POST", f"/api/parties/{g.ids['party']}/reveal", REVEAL),
            ("PUT", "/api/me/consents/disclosure", {"given": True}),
        ):
            yield from refused(g.ask(who, method, url, body, headers=cookie | sent))
    form = cookie | {"X-Requested-With": None, "Content-Type": "text/plain"}
    yield from refused(
        g.ask(
            who,
            "POST",
            "/api/me/tokens",
            headers=form,
            content=json.dumps({"name": "x", "scopes": ["read"], "days": 1}),
        )
    )


@attack("reading an answer from another site")
def cors(g: Ground, who: Person) -> Answers:
    for url in ("/api/session", "/api/me/export", f"/api/parcels/{g.ids['held']}/rights", "/api/map"):
        for method in ("GET", "OPTIONS"):
            answer = g.ask(
                who,
                method,
                url,
                headers={
                    "Origin": "https://evil.example",
                    "Access-Control-Request-Method": "GET",
                    "Access-Control-Request-Headers": "authorization",
                },
            )
            assert not any(name.startswith("access-control-allow") for name in answer.headers), url
            yield answer


# ---- sign-in by a provider -----------------------------------------------------------------------------------------


@attack("a way back from the provider to another site")
def open_redirect(g: Ground, who: Person) -> Answers:
    for there in (
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "javascript:alert(1)",
        "/%09/evil.example",
        "/\t/evil.example",
        "/api/session",
    ):
        flow = Flow.begin(there)
        g.world.provider.subject = f"traveller-{uuid4().hex}"
        before = g.world.one("SELECT max(id) AS id FROM accounts.account")["id"]
        answer = g.ask(
            who,
            "GET",
            f"/api/oidc/callback?state={flow.state}&code=x",
            headers={"Cookie": f"geo_oidc={flow.sealed(g.world.settings.secret())}"},
        )
        where = answer.headers["location"]
        assert (
            where.startswith("/")
            and "evil.example" not in where.replace("/%09/evil.example", "")
            and not where.startswith(("//", "/\\"))
        ), where
        g.world.conn.execute("DELETE FROM accounts.identity WHERE account_id > %s", [before])
        g.world.conn.execute("DELETE FROM accounts.account WHERE id > %s", [before])
        yield answer


@attack("the provider's answer to somebody else's sign-in")
def foreign_flow(g: Ground, who: Person) -> Answers:
    flow, mine = Flow.begin("/"), Flow.begin("/")
    for cookie, state in (
        ("", flow.state), (f"geo_oidc={mine.sealed(g.world.settings.secret())}", flow.state), (f"geo_oidc={flow.sealed('another secret')}", flow.state),
        (f"geo_oidc={flow.sealed(g.world.settings.secret())[:-2]}", flow.state), ("geo_oidc=x.y", "x"),
    ):  # fmt: skip
        answer = g.ask(who, "GET", f"/api/oidc/callback?state={state}&code=x", headers={"Cookie": cookie})
        assert answer.headers["location"].startswith("/?sign_in_error=") and "geo_session=" not in str(answer.headers)
        yield answer
    g.world.conn.execute("DELETE FROM accounts.attempt")
