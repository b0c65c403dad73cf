"""Odd addresses, values and texts, and what refusals give away."""

from __future__ import annotations

from uuid import uuid4

from tests.geo_service.attacks.core import REVEAL, Answers, attack, refused
from tests.geo_service.authority.ground import CANARIES, Ground
from tests.geo_service.authority.world import Person

SQL = (
    "' OR 1=1 --",
    "'; DROP TABLE rights.party; --",
    "1) UNION SELECT name FROM rights.party --",
    "%' OR '%'='",
    "\\'; SELECT pg_sleep(9)--",
    "$$;--",
    "${7*7}{{7*7}}",
)
SPELLINGS = (
    "//{0}", "/{0}/", "/{0}//", "/./{0}", "/health/../{0}", "/health/%2e%2e/{0}", "/{upper}", "/{0};a=1", "/{0}%20", "/{0}.json", "/{0}%2f", "/%61pi{rest}",
    "/{0}%00", "/{0}#x", "/{0}?", "/tiles/../{0}", "/assets/../{0}", "/{flat}", "/{0}/../{last}",
)  # fmt: skip
TEXTS = (
    ("/api/search", "q"), ("/api/faces", "unit"), ("/live", "cells"), ("/api/accounts", "q"), ("/api/audit", "kind"), ("/api/drafts", "status"),
    ("/api/oidc/start", "return_to"), ("/api/oidc/callback", "state"), ("/api/faces", "date"), ("/api/editing", "ids"), ("/api/parcels", "lon"),
)  # fmt: skip
NOWHERE = (
    "/api/parcels/999999", "/api/parcels/zzz", "/api/changes/99", "/tiles/fabric/1/1/1.mvt", "/api/faces?at=99", "/api/nothing",
)  # fmt: skip

# ---- addresses -----------------------------------------------------------------------------------------------------


@attack("the same path, spelled otherwise")
def path_tricks(g: Ground, who: Person) -> Answers:
    for path in ("api/accounts", f"api/drafts/{g.ids['draft']}", f"api/parcels/{g.ids['held']}/rights", "api/audit"):
        last = path.rpartition("/")[2]
        for spelled in SPELLINGS:
            yield g.ask(
                who,
                "GET",
                spelled.format(path, upper=path.upper(), rest=path[3:], flat=path.replace("/", "%2f"), last=last),
            )


@attack("files outside the pages")
def traversal(g: Ground, who: Person) -> Answers:
    secret = (g.world.settings.data_dir / "personal.key").read_text(encoding="utf-8")
    for up in ("../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%5c", "....//", "%252e%252e%252f", "..;/"):
        for start in ("/", "/assets/", "/tiles/fabric/", "/thua-dat/"):
            for target in ("data/personal.key", "../data/personal.key", "../../data/secret.key"):
                answer = g.ask(who, "GET", f"{start}{up}{up}{target}")
                assert secret not in answer.text
                yield answer


@attack("values of another type")
def type_confusion(g: Ground, who: Person) -> Answers:
    for value in (
        True,
        None,
        [],
        {},
        [g.ids["party"]],
        {"$ne": None},
        {"id": g.ids["party"]},
        -1,
        2**63,
        1e308,
        "NaN",
        "\u0000",
        [[[]]],
    ):
        yield from refused(g.ask(who, "POST", "/api/parties/search", {"identity_number": value, "purpose": "dossier"}))
        yield from refused(g.ask(who, "POST", "/api/session", {"login": value, "password": value}))
        yield from refused(g.ask(who, "POST", "/api/me/corrections", {"field": value, "value": "x"}))
    for body in (
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"{",
        b'{"login": "a", "login": "dong-nghiep"',
        b"\xff\xfe",
        b"[" * 9_000,
    ):
        yield from refused(
            g.ask(who, "POST", "/api/session", content=body, headers={"Content-Type": "application/json"})
        )


@attack("ids that are none")
def odd_ids(g: Ground, who: Person) -> Answers:
    for key in ("0", "-1", "1e3", "NaN", "null", "true", "9" * 40, "%C2%B9", "*", "me", "[1]", "1%00", "1' OR '1'='1"):
        yield g.ask(who, "GET", f"/api/changes/{key}")
        for url in (f"/api/parcels/{key}/rights", f"/api/drafts/{key}"):
            yield from refused(g.ask(who, "GET", url))
        yield from refused(
            g.ask(who, "POST", f"/api/parties/{key}/reveal", REVEAL), g.ask(who, "DELETE", f"/api/me/sessions/{key}")
        )


# ---- SQL in text ---------------------------------------------------------------------------------------------------


@attack("SQL in every text of a query")
def sql_in_query(g: Ground, who: Person) -> Answers:
    for text in SQL:
        for url, name in TEXTS:
            answer = g.ask(who, "GET", url, params={name: text})
            assert answer.status_code < 500 and answer.elapsed.total_seconds() < 8
            yield answer


@attack("SQL in every text of a body, a path and a header")
def sql_in_body(g: Ground, who: Person) -> Answers:
    for text in SQL:
        for method, url, body in (
            ("POST", "/api/session", {"login": text, "password": text, "code": text}),
            ("POST", "/api/parties/search", {"identity_number": text, "purpose": text}),
            ("POST", f"/api/parties/{g.ids['party']}/reveal", REVEAL | {"purpose": text}),
            ("PUT", f"/api/me/consents/{text}", {"given": True}),
            ("POST", "/api/me/password", {"old": text, "new": text}),
            ("GET", f"/api/parcels/{text}", None),
            ("GET", f"/api/parcels/{text}/rights", None),
            ("PATCH", f"/api/units/{text}", {"ended_on": "2020-01-01", "successor": text}),
        ):
            answer = g.ask(
                who,
                method,
                url,
                body,
                headers={"User-Agent": text, "X-Request-ID": text, "Authorization": f"Basic {text}"},
            )
            assert answer.status_code < 500, (method, url)
            yield answer
    g.world.conn.execute("DELETE FROM accounts.attempt")


# ---- what refusals tell --------------------------------------------------------------------------------------------


@attack("texts of refusals")
def refusal_texts(g: Ground, who: Person) -> Answers:
    for url in (f"/api/drafts/{g.ids['draft']}", f"/api/drafts/{uuid4()}", *NOWHERE):
        answer = g.ask(who, "GET", url)
        for word in ("Traceback", "psycopg", "SELECT ", "geo_service.", "/work", "site-packages", "rights."):
            assert word not in answer.text, (url, word)
        yield answer


@attack("unknown ids against somebody else's")
def existence(g: Ground, who: Person) -> Answers:
    """The two answers are the same, but for what was typed."""
    pairs = (
        ("DELETE", "/api/me/sessions/{}", None, g.ids["session"]),
        ("DELETE", "/api/me/tokens/{}", None, g.ids["token"]),
        ("POST", "/api/parties/{}/reveal", REVEAL, g.ids["party"]),
        ("POST", "/api/blocks/{}/lift", {"reason": "x", "source": "x"}, g.ids["block"]),
        ("POST", "/api/corrections/{}/decision", {"accepted": False, "note": "x"}, g.ids["correction"]),
        ("GET", "/api/drafts/{}", None, g.ids["draft"]),
        ("POST", "/api/drafts/{}/commit", {"reason": "x"}, g.ids["submitted"]),
        ("PATCH", "/api/accounts/{}", {"name": "x"}, g.ids["account"]),
    )
    askers = (
        who,
        *(
            g.world.people[name]
            for name in ("registrar", "reception", "land officer", "approver", "inspector")
            if who.account
        ),
    )
    for person in askers:
        for method, url, body, theirs in pairs:
            unknown = uuid4() if "drafts" in url else 987654
            one, other = (g.ask(person, method, url.format(key), body) for key in (theirs, unknown))
            said = [answer.text.replace(str(unknown), "?").replace(str(theirs), "?") for answer in (one, other)]
            assert one.status_code == other.status_code and said[0] == said[1], (person.who, url)
            yield from (one, other)


@attack("searching for a number that is held elsewhere against one that nobody has")
def existence_of_number(g: Ground, who: Person) -> Answers:
    for person in (who, *(g.world.people[name] for name in ("registrar", "reception", "inspector") if who.account)):
        bodies = [{"identity_number": number, "purpose": "dossier"} for number in (CANARIES["number"], "999075000123")]
        one, other = (g.ask(person, "POST", "/api/parties/search", body) for body in bodies)
        assert (one.status_code, one.content) == (other.status_code, other.content)
        yield from (one, other)


@attack("logins that exist against those that do not")
def existence_of_login(g: Ground, who: Person) -> Answers:
    g.world.conn.execute("UPDATE accounts.account SET disabled = true WHERE login = 'analyst'")
    bodies = [
        {"login": login, "password": "không phải mật khẩu này"}
        for login in ("door", "dong-nghiep", "nobody-at-all", "analyst")
    ]
    answers = [g.ask(who, "POST", "/api/session", body) for body in bodies]
    g.world.conn.execute("UPDATE accounts.account SET disabled = false WHERE login = 'analyst'")
    g.world.conn.execute("DELETE FROM accounts.attempt")
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1
    yield from answers
