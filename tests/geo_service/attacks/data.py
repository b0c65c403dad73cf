"""Somebody else's data by its id, through one's own data, and in what everybody may read."""

from __future__ import annotations

from geo_service.accounts import sessions
from layers.tiles.cover import span
from tests.geo_service.accounts.people import PASSWORD
from tests.geo_service.attacks.core import REVEAL, Answers, attack, refused
from tests.geo_service.authority.asking import CRS
from tests.geo_service.authority.ground import CANARIES, Ground
from tests.geo_service.authority.world import Person
from tests.layers.fabric.fabrics import at

# ---- ids -----------------------------------------------------------------------------------------------------------


@attack("the rights on somebody else's parcel")
def rights_of_others(g: Ground, who: Person) -> Answers:
    for key in ("parcel", "held"):
        yield from refused(
            *(
                g.ask(who, "GET", f"/api/parcels/{g.ids[key]}/rights{tail}")
                for tail in ("", "?at=1", "?date=2021-01-01", "?all=true", "?unit=00004")
            )
        )


@attack("the rights on somebody else's parcel, its code written otherwise")
def rights_by_code(g: Ground, who: Person) -> Answers:
    code = g.world.one("SELECT code FROM fabric.parcel WHERE id = %s", g.ids["held"])["code"]
    spelled = (
        code,
        code.upper(),
        f"%20{code}%20",
        f"{code}%00",
        f"0{g.ids['held']}",
        f"+{g.ids['held']}",
        "\uff12\uff18",
        f"1,{g.ids['held']}",
        f"{g.ids['held']}%2F..%2F1",
    )
    yield from refused(*(g.ask(who, "GET", f"/api/parcels/{text}/rights") for text in spelled))


@attack("one's own parcel as a door to the neighbour's")
def own_as_door(g: Ground, who: Person) -> Answers:
    for query in (
        "",
        f"?ba_unit={g.ids['ba_unit']}",
        f"?parcel={g.ids['held']}",
        f"?party={g.ids['party']}&code={g.ids['held']}",
    ):
        yield g.ask(who, "GET", f"/api/parcels/1/rights{query}")


@attack("unmasking a person by id")
def unmask(g: Ground, who: Person) -> Answers:
    yield from refused(
        *(
            g.ask(who, "POST", f"/api/parties/{g.ids['party']}/reveal", REVEAL | {"field": field})
            for field in ("phone", "address", "identity_number")
        )
    )


@attack("unmasking whoever there is, id after id")
def unmask_all(g: Ground, who: Person) -> Answers:
    yield from refused(*(g.ask(who, "POST", f"/api/parties/{key}/reveal", REVEAL) for key in range(12)))


@attack("searching people by identity number")
def search_number(g: Ground, who: Person) -> Answers:
    for number in (CANARIES["number"], "999 075 000 009", "999075000001"):
        yield from refused(g.ask(who, "POST", "/api/parties/search", {"identity_number": number, "purpose": "dossier"}))


@attack("a colleague's draft by id")
def drafts_by_id(g: Ground, who: Person) -> Answers:
    for key in (g.ids["draft"], g.ids["submitted"]):
        url = f"/api/drafts/{key}"
        yield from refused(
            *(
                g.ask(who, method, url, body)
                for method, body in (("GET", None), ("PUT", {"reason": "x"}), ("DELETE", None))
            )
        )
        for tail, body in (
            ("preview", {}),
            ("submit", {"reason": "x"}),
            ("return", {"note": "x"}),
            ("commit", {"reason": "x"}),
        ):
            yield from refused(g.ask(who, "POST", f"{url}/{tail}", body))


@attack("lists of drafts with filters")
def drafts_by_filter(g: Ground, who: Person) -> Answers:
    queries = (
        "",
        "?status=submitted",
        "?status=mine&owner=dong-nghiep",
        "?owner=*",
        "?status=all",
        "?status=submitted&status=mine",
        "?account=1",
    )
    yield from refused(*(g.ask(who, "GET", f"/api/drafts{query}") for query in queries))


@attack("accounts, by list, filter and id")
def accounts(g: Ground, who: Person) -> Answers:
    yield from refused(
        *(
            g.ask(who, "GET", f"/api/accounts{query}")
            for query in ("", "?q=a", "?q=%25", "?after=-1", "?limit=200", f"/{g.ids['account']}")
        )
    )
    yield from refused(
        g.ask(who, "GET", "/api/roles"), g.ask(who, "PATCH", f"/api/accounts/{g.ids['account']}", {"name": "Khác"})
    )


@attack("taking over an account through its password or second factor")
def take_over(g: Ground, who: Person) -> Answers:
    url = f"/api/accounts/{g.ids['account']}"
    yield from refused(
        g.ask(who, "POST", f"{url}/password", {"password": PASSWORD}), g.ask(who, "POST", f"{url}/totp/reset")
    )


@attack("giving oneself a role")
def role_for_oneself(g: Ground, who: Person) -> Answers:
    for role in ("registrar", "administrator", "inspector"):
        for unit in ("00008", None):
            yield from refused(
                g.ask(who, "POST", f"/api/accounts/{who.account or 1}/assignments", {"role": role, "unit": unit})
            )


@attack("ending somebody's role")
def end_role(g: Ground, who: Person) -> Answers:
    yield from refused(g.ask(who, "DELETE", f"/api/accounts/{g.ids['account']}/assignments/{g.ids['assignment']}"))


@attack("moving a unit into another")
def move_unit(g: Ground, who: Person) -> Answers:
    yield from refused(
        g.ask(who, "PATCH", "/api/units/00008", {"ended_on": "2020-01-01", "successor": "00004"}),
        g.ask(who, "POST", "/api/units", {"code": "X", "name": "X"}),
    )


@attack("somebody else's sessions")
def sessions_of_others(g: Ground, who: Person) -> Answers:
    yield from refused(
        *(g.ask(who, "DELETE", f"/api/me/sessions/{key}") for key in (g.ids["session"], 0, -1, 2**53, 2**70))
    )
    yield g.ask(who, "GET", f"/api/me/sessions?account={g.ids['account']}")


@attack("somebody else's access tokens")
def tokens_of_others(g: Ground, who: Person) -> Answers:
    yield from refused(g.ask(who, "DELETE", f"/api/me/tokens/{g.ids['token']}"))
    yield g.ask(who, "GET", f"/api/me/tokens?account={g.ids['account']}")


@attack("the audit log")
def audit_log(g: Ground, who: Person) -> Answers:
    queries = (
        "",
        "/state",
        f"?subject=party:{g.ids['party']}",
        "?kind=person",
        "?actor=dong-nghiep",
        "?unit=00008",
        "?limit=500",
    )
    yield from refused(*(g.ask(who, "GET", f"/api/audit{query}") for query in queries))


@attack("requests for correction of others")
def corrections_of_others(g: Ground, who: Person) -> Answers:
    yield from refused(
        g.ask(who, "GET", "/api/corrections"),
        g.ask(who, "POST", f"/api/corrections/{g.ids['correction']}/decision", {"accepted": True, "note": "x"}),
    )
    yield g.ask(who, "GET", f"/api/me/corrections?party={g.ids['party']}")


@attack("lifting a block, or putting one on a rival's land")
def blocks(g: Ground, who: Person) -> Answers:
    words = {"reason": "x", "source": "x"}
    yield from refused(
        g.ask(who, "POST", f"/api/blocks/{g.ids['block']}/lift", words),
        g.ask(who, "POST", f"/api/parcels/{g.ids['held']}/blocks", words | {"kind": "seizure"}),
    )


@attack("registering somebody else's land as one's own")
def register(g: Ground, who: Person) -> Answers:
    body = {
        "unit": "00008",
        "source": "x",
        "valid_from": "2024-01-01",
        "rights": [{"party": {"id": g.world.parties["own"]}}],
    }
    for more in (
        {"ba_unit": g.ids["ba_unit"]},
        {"parcels": [str(g.ids["held"])]},
        {"ba_unit": g.ids["ba_unit"], "mode": "correction"},
    ):
        yield from refused(g.ask(who, "POST", "/api/rights/registrations", body | more))


# ---- one's own data as a door --------------------------------------------------------------------------------------


@attack("one's own data with somebody else's id")
def me_with_id(g: Ground, who: Person) -> Answers:
    for path in ("person", "accesses", "export", "consents", "corrections"):
        for query in (
            "",
            f"?party={g.ids['party']}",
            f"?party_id={g.ids['party']}&id={g.ids['party']}",
            f"/{g.ids['party']}",
        ):
            answer = g.ask(
                who,
                "GET",
                f"/api/me/{path}{query}",
                headers={"X-Party": str(g.ids["party"]), "X-Account-Id": str(g.ids["account"])},
            )
            assert answer.is_success <= (who.account is not None)
            yield answer


@attack("extra members in a body")
def mass_assignment(g: Ground, who: Person) -> Answers:
    extra = {
        "role": "administrator",
        "roles": ["registrar"],
        "level": 2,
        "owner": "dong-nghiep",
        "status": "submitted",
        "party_id": g.ids["party"],
        "account_id": g.ids["account"],
        "demo": True,
        "capabilities": {"rights.read": ["*"]},
        "unit": None,
    }
    for method, url, body in (
        ("POST", "/api/me/corrections", {"field": "other", "value": "x"}),
        ("PUT", "/api/me/consents/disclosure", {"given": True}),
        ("POST", "/api/me/tokens", {"name": "x", "scopes": ["read"], "days": 1}),
        ("POST", "/api/me/password", {"old": PASSWORD, "new": PASSWORD}),
        ("POST", "/api/session", {"login": "citizen", "password": PASSWORD}),
        ("POST", "/api/drafts", {"reason": "x"}),
        ("POST", "/api/accounts", {"login": "mine", "name": "x", "password": PASSWORD}),
    ):
        yield from refused(*(g.ask(who, method, url, body | {name: value}) for name, value in extra.items()))


@attack("a token with more than its owner has")
def strong_token(g: Ground, who: Person) -> Answers:
    for scopes in (["*"], ["admin"], ["person.reveal"], ["read", "rights.read"], ["READ"], [""], []):
        yield from refused(g.ask(who, "POST", "/api/me/tokens", {"name": "x", "scopes": scopes, "days": 1}))


@attack("a token of one's own on what a person reads")
def own_token(g: Ground, who: Person) -> Answers:
    if who.account is None:
        return
    token = Person("", account=who.account, scope="read")
    g.world.open(token)
    bearer = {"Cookie": None, "Authorization": f"Bearer {token.secret}"}
    for url in (
        "/api/me/person",
        "/api/me/export",
        f"/api/parcels/{g.ids['held']}/rights",
        "/api/parcels/1/rights",
        "/api/accounts",
        "/api/audit",
    ):
        yield from refused(g.ask(who, "GET", url, headers=bearer))
    g.world.conn.execute("DELETE FROM accounts.token WHERE token_hash = %s", [sessions.digest(token.secret)])


# ---- what everybody may read ---------------------------------------------------------------------------------------


@attack("the search box")
def search_box(g: Ground, who: Person) -> Answers:
    for words in (*CANARIES.values(), "Phạm", "pham hai duong", "999075", "BX", "dong-nghiep", "kín"):
        yield g.ask(who, "GET", "/api/search", params={"q": words, "limit": 50})


@attack("history and details of changes")
def history(g: Ground, who: Person) -> Answers:
    for key in (1, g.ids["parcel"], g.ids["held"], g.ids["changed"]):
        yield from (
            g.ask(who, "GET", f"/api/parcels/{key}{tail}")
            for tail in ("", "/history", "/lineage", "/history?names=true")
        )
    for seq in range(1, 4):
        yield g.ask(who, "GET", f"/api/changes/{seq}?names=true&full=1")


@attack("time travel")
def time_travel(g: Ground, who: Person) -> Answers:
    for seq in range(5):
        for url in (
            f"/api/parcels/{g.ids['changed']}?at={seq}",
            f"/api/faces?at={seq}",
            f"/api/parcels/{g.ids['held']}/rights?at={seq}",
            f"/api/parcels/{g.ids['held']}/history?at={seq}",
        ):
            yield g.ask(who, "GET", url)
    for moment in ("2000-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "0001-01-01", "infinity", "now"):
        yield g.ask(who, "GET", "/api/faces", params={"date": moment})


@attack("all faces, page after page")
def export_faces(g: Ground, who: Person) -> Answers:
    after: int | None = 0
    while after is not None:
        answer = g.ask(who, "GET", f"/api/faces?after={after}&limit=7")
        after = answer.json()["next"]
        yield answer
    yield g.ask(who, "GET", "/api/faces?unit=00008&fields=*&include=holders")


@attack("tiles of every zoom, now")
def tiles(g: Ground, who: Person) -> Answers:
    yield from _tiles(g, who, "")


@attack("tiles of the past")
def past_tiles(g: Ground, who: Person) -> Answers:
    for seq in (1, 2, 3):
        yield from _tiles(g, who, f"?at={seq}")


def _tiles(g: Ground, who: Person, query: str) -> Answers:
    lon, lat = CRS.lonlat(at(115, 7))
    for zoom in (*range(5, 23, 3), 16, 17, 18):
        x, y, *_ = span((lon, lat, lon, lat), zoom)
        yield g.ask(who, "GET", f"/tiles/fabric/{zoom}/{x}/{y}.mvt{query}")


@attack("the feed")
def feed(g: Ground, who: Person) -> Answers:
    yield from (
        g.ask(who, "GET", f"/api/changes{query}") for query in ("", "?after=2", "?limit=1000", "?names=true&reason=1")
    )


@attack("the live stream, from the beginning")
def live(g: Ground, who: Person) -> Answers:
    for query in ("?after=0", "?after=2&cells=", "?cells=12/3252/1803&after=0"):
        yield g.ask(who, "GET", f"/live{query}")
    yield g.ask(who, "GET", "/live", headers={"Last-Event-ID": "0"})


@attack("points for editing")
def editing(g: Ground, who: Person) -> Answers:
    yield from refused(g.ask(who, "GET", f"/api/editing?ids={g.ids['parcel']}"))


@attack("the interface's description, health and files")
def description(g: Ground, who: Person) -> Answers:
    yield from (
        g.ask(who, "GET", url)
        for url in (
            "/openapi.json",
            "/health",
            "/",
            "/assets/map.js",
            "/docs",
            "/redoc",
            "/metrics",
            "/.env",
            "/data/personal.key",
        )
    )


# ---- caches --------------------------------------------------------------------------------------------------------


@attack("an officer's answer out of a cache")
def caches(g: Ground, who: Person) -> Answers:
    officer = g.world.people["city officer"]
    for url in (f"/api/parcels/{g.ids['changed']}/history", "/api/changes/3", f"/api/parcels/{g.ids['held']}/rights"):
        told = g.world.send(officer, "GET", url)
        assert told.is_success and "no-store" in told.headers["cache-control"], (
            "what an officer reads is kept by no cache"
        )
        conditions = {
            "If-None-Match": told.headers.get("etag", "*"),
            "If-Modified-Since": "Wed, 01 Jan 2070 00:00:00 GMT",
        }
        answer = g.ask(who, "GET", url, headers=conditions)
        assert answer.status_code != 304
        yield answer
        yield g.ask(who, "GET", url, headers={"Cache-Control": "only-if-cached", "Range": "bytes=0-9999"})
