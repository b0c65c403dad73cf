"""A valid question to every route of land, accounts, rights and drafts."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from geo_service.accounts.oidc.state import Flow
from layers.tiles.cache import span
from tests.geo_service.accounts.people import PASSWORD
from tests.geo_service.authority.asking import CRS, Ask, ask, items_have, own_account, simply
from tests.geo_service.authority.world import COLLEAGUE, FIRST, UNIT, Person, Place, World
from tests.layers.fabric.fabrics import at

# ---- for everybody -------------------------------------------------------------------------------------------------

simply("/health")
simply("/openapi.json")
simply("/assets/{path}", "/assets/map.js")
simply("/{path:path}", "/thua-dat/12")
simply("/api/map")
simply("/api/units")
simply("/api/land-use")
simply("/api/timeline")
simply("/api/changes")
simply("/live")


@ask("GET", "/api/search", "a sheet and number")
def search(_world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/search?q={UNIT[place]} 1/5", shows=lambda answer: len(answer.json()["items"]) > 0)


@ask("GET", "/api/parcels", "what lies at a place")
def parcels_at(_world: World, _person: Person, place: Place) -> Ask:
    lon, lat = CRS.lonlat(at(3 if place == "own" else 103, 7))
    return Ask(f"/api/parcels?lon={lon}&lat={lat}", shows=lambda answer: len(answer.json()["items"]) > 0)


@ask("GET", "/api/parcels/{code}", "a parcel, without persons")
def parcel(_world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/parcels/{FIRST[place]}")


@ask("GET", "/api/parcels/{code}/lineage")
def lineage(_world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/parcels/{FIRST[place]}/lineage")


@ask("GET", "/api/parcels/{code}/history", "with reasons and officers' names")
def history(_world: World, _person: Person, place: Place) -> Ask:
    return Ask(
        f"/api/parcels/{FIRST[place]}/history", shows=lambda answer: answer.json()["items"][0]["reason"] is not None
    )


@ask("GET", "/api/changes/{seq}", "with reason and officers' names")
def change(_world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/changes/{1 if place == 'own' else 2}", shows=lambda answer: answer.json()["reason"] is not None)


@ask("GET", "/api/faces", "faces of a unit")
def faces(_world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/faces?unit={UNIT[place]}&limit=1", shows=lambda answer: len(answer.json()["items"]) > 0)


@ask("GET", "/tiles/fabric/{z}/{x}/{y}.mvt")
def tile(_world: World, _person: Person, place: Place) -> Ask:
    lon, lat = CRS.lonlat(at(3 if place == "own" else 103, 7))
    x, y, *_ = span((lon, lat, lon, lat), 18)
    return Ask(f"/tiles/fabric/18/{x}/{y}.mvt", shows=lambda answer: bool(answer.content))


# ---- session and account -------------------------------------------------------------------------------------------


@ask("GET", "/api/session", "who one is", placed=False)
def session(_world: World, person: Person, _place: Place) -> Ask:
    return Ask("/api/session", shows=lambda answer: (answer.json()["user"] or {}).get("login") == person.login)


@ask("POST", "/api/session", "sign in, with a right password", placed=False, spends=True)
def sign_in(_world: World, _person: Person, _place: Place) -> Ask:
    return Ask("/api/session", {"login": "door", "password": PASSWORD})


@ask("DELETE", "/api/session", "sign out", placed=False, spends=True)
def sign_out(_world: World, _person: Person, _place: Place) -> Ask:
    return Ask("/api/session")


simply("/api/oidc/start", "/api/oidc/start?return_to=/thua-dat/12")


@ask("GET", "/api/oidc/callback", "sign in, proven by the provider", placed=False, spends=True)
def sign_in_by_provider(world: World, _person: Person, _place: Place) -> Ask:
    flow = Flow.begin("/thua-dat/12")
    world.provider.subject = f"subject-{next(world.numbers)}"
    return Ask(
        f"/api/oidc/callback?state={flow.state}&code=x", cookie=f"geo_oidc={flow.sealed(world.settings.secret())}"
    )


@ask("POST", "/api/me/totp", "begin one's second factor", placed=False)
def begin_totp(world: World, person: Person, _place: Place) -> Ask:
    world.second_factor(own_account(world, person), begun=False)
    return Ask("/api/me/totp")


@ask("POST", "/api/me/totp/confirm", "with a right code", placed=False, spends=True)
def confirm_totp(world: World, person: Person, _place: Place) -> Ask:
    return Ask("/api/me/totp/confirm", {"code": world.second_factor(own_account(world, person), begun=True)})


@ask("POST", "/api/me/password", "with the right old password", placed=False, spends=True)
def change_password(world: World, person: Person, _place: Place) -> Ask:
    world.password(own_account(world, person))
    return Ask("/api/me/password", {"old": PASSWORD, "new": PASSWORD})


simply("/api/me/sessions")
simply("/api/me/tokens")


@ask("DELETE", "/api/me/sessions/{session_id}", "one's own / somebody else's")
def end_session(world: World, person: Person, place: Place) -> Ask:
    return Ask(
        f"/api/me/sessions/{world.session_id(own_account(world, person) if place == 'own' else world.account())}"
    )


@ask("POST", "/api/me/tokens", placed=False)
def make_token(world: World, person: Person, _place: Place) -> Ask:
    world.conn.execute("DELETE FROM accounts.token WHERE account_id = %s AND name = 'sổ tay'", [person.account])
    return Ask("/api/me/tokens", {"name": "sổ tay", "scopes": ["read"], "days": 1})


@ask("DELETE", "/api/me/tokens/{token_id}", "one's own / somebody else's")
def revoke_token(world: World, person: Person, place: Place) -> Ask:
    owner = own_account(world, person) if place == "own" else world.account()
    other = Person("", account=owner, scope="read")
    world.open(other)
    return Ask(f"/api/me/tokens/{world.one('SELECT max(id) AS id FROM accounts.token')['id']}")


# ---- one's own data ------------------------------------------------------------------------------------------------

for own_path in ("/api/me/person", "/api/me/accesses", "/api/me/export", "/api/me/consents", "/api/me/corrections"):
    simply(own_path)


@ask("PUT", "/api/me/consents/{purpose}", placed=False)
def consent(_world: World, _person: Person, _place: Place) -> Ask:
    return Ask("/api/me/consents/disclosure", {"given": True})


@ask("POST", "/api/me/corrections", placed=False)
def ask_correction(world: World, _person: Person, _place: Place) -> Ask:
    world.conn.execute(
        "UPDATE rights.correction SET status = 'refused', decided_at = now(), decision_note = 'x' WHERE status = 'open'"
    )
    return Ask("/api/me/corrections", {"field": "other", "value": "xem lại", "note": ""})


# ---- administration ------------------------------------------------------------------------------------------------

simply("/api/roles")
simply("/api/audit/state")


@ask("GET", "/api/accounts", "list people; shown: somebody of the unit")
def list_people(world: World, _person: Person, place: Place) -> Ask:
    key = world.account(("surveyor",), UNIT[place])
    return Ask(f"/api/accounts?after={key - 1}", shows=items_have("id", key))


@ask("POST", "/api/accounts", "make an account without a role", placed=False)
def add_person(world: World, _person: Person, _place: Place) -> Ask:
    return Ask("/api/accounts", {"login": f"fresh{next(world.numbers)}", "name": "Người mới", "password": PASSWORD})


@ask("PATCH", "/api/accounts/{account_id}", "rename somebody of the unit")
def change_person(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/accounts/{world.account(('surveyor',), UNIT[place])}", {"name": "Tên khác"})


@ask("POST", "/api/accounts/{account_id}/password", "of somebody of the unit")
def set_password(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/accounts/{world.account(('surveyor',), UNIT[place])}/password", {"password": PASSWORD})


@ask("POST", "/api/accounts/{account_id}/totp/reset", "of somebody of the unit")
def reset_totp(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/accounts/{world.account(('surveyor',), UNIT[place])}/totp/reset")


@ask("POST", "/api/accounts/{account_id}/assignments", "a role in the unit, to somebody else")
def give_role(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/accounts/{world.account()}/assignments", {"role": "surveyor", "unit": UNIT[place]})


@ask("POST", "/api/accounts/{account_id}/assignments", "a role in the whole city, to somebody else", placed=False)
def give_city_role(world: World, _person: Person, _place: Place) -> Ask:
    return Ask(f"/api/accounts/{world.account()}/assignments", {"role": "surveyor", "unit": None})


@ask("POST", "/api/accounts/{account_id}/assignments", "a role in the unit, to oneself")
def give_oneself(world: World, person: Person, place: Place) -> Ask:
    return Ask(f"/api/accounts/{own_account(world, person)}/assignments", {"role": "inspector", "unit": UNIT[place]})


@ask("DELETE", "/api/accounts/{account_id}/assignments/{assignment_id}", "of somebody in the unit")
def end_role(world: World, _person: Person, place: Place) -> Ask:
    key = world.account()
    return Ask(f"/api/accounts/{key}/assignments/{world.assignment(key, 'surveyor', UNIT[place])}")


@ask("POST", "/api/units", placed=False)
def add_unit(world: World, _person: Person, _place: Place) -> Ask:
    return Ask("/api/units", {"code": f"T{next(world.numbers)}", "name": "Đơn vị thử"})


@ask("PATCH", "/api/units/{code}", "a unit becomes part of the unit")
def end_unit(world: World, _person: Person, place: Place) -> Ask:
    code = f"T{next(world.numbers)}"
    world.conn.execute(
        "INSERT INTO register.unit (code, name, name_en, unit_type) VALUES (%s, 'Đơn vị thử', '', '')", [code]
    )
    return Ask(f"/api/units/{code}", {"ended_on": "2099-01-01", "successor": UNIT[place]})


@ask("GET", "/api/audit", "shown: an entry of the unit")
def read_log(world: World, _person: Person, place: Place) -> Ask:
    key = world.one("SELECT audit.write('test.seen', 'x', %s) AS id", UNIT[place])["id"]
    return Ask("/api/audit?kind=test.seen", shows=items_have("id", key))


# ---- editing -------------------------------------------------------------------------------------------------------


@ask("GET", "/api/editing", "points to snap to")
def editing(_world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/editing?ids={FIRST[place]}")


@ask("POST", "/api/drafts", "begin one about land of the unit")
def create_draft(world: World, _person: Person, place: Place) -> Ask:
    return Ask("/api/drafts", {"intents": [world.intent(place)]})


@ask("GET", "/api/drafts", "one's own")
def list_drafts(world: World, person: Person, place: Place) -> Ask:
    return Ask("/api/drafts", shows=items_have("id", world.draft(place, person.login)))


@ask("GET", "/api/drafts", "colleagues' that wait for a decision")
def drafts_to_decide(world: World, _person: Person, place: Place) -> Ask:
    world.conn.execute("UPDATE work.draft SET status = 'discarded' WHERE status = 'submitted'")
    return Ask("/api/drafts?status=submitted", shows=items_have("id", world.draft(place, COLLEAGUE, "submitted")))


OWN, OWN_WAITS, THEIRS, WAITS = "one's own", "one's own, submitted", "a colleague's", "a colleague's, submitted"
DRAFTS: dict[str, tuple[bool, str]] = {
    OWN: (True, "open"), OWN_WAITS: (True, "submitted"), THEIRS: (False, "open"), WAITS: (False, "submitted"),
}  # fmt: skip


def about_draft(method: str, tail: str, body: Any, *states: str) -> None:
    """The same question about drafts of different owners and states."""
    for state in states:
        own, status = DRAFTS[state]

        def build(world: World, person: Person, place: Place, own: bool = own, status: str = status) -> Ask:
            key = world.draft(place, person.login if own else COLLEAGUE, status)
            return Ask(f"/api/drafts/{key}{tail}", body)

        ask(method, "/api/drafts/{draft_id}" + tail, state)(build)


about_draft("GET", "", None, OWN, THEIRS, WAITS)
about_draft("PUT", "", {"reason": "vì lẽ khác"}, OWN, THEIRS)
about_draft("DELETE", "", None, OWN, WAITS)
about_draft("POST", "/preview", {}, OWN, THEIRS, WAITS)
about_draft("POST", "/submit", {"reason": "vì vậy"}, OWN, THEIRS)
about_draft("POST", "/return", {"note": "xem lại"}, OWN_WAITS, WAITS)
about_draft("POST", "/commit", {"reason": "vì vậy"}, OWN_WAITS, THEIRS, WAITS)


# ---- rights and people ---------------------------------------------------------------------------------------------

simply("/api/purposes")


@ask("GET", "/api/parcels/{code}/rights", "who holds what")
def read_rights(_world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/parcels/{FIRST[place]}/rights", shows=lambda answer: len(answer.json()["ba_units"]) == 1)


@ask("POST", "/api/parcels/{code}/blocks")
def put_block(_world: World, _person: Person, place: Place) -> Ask:
    return Ask(
        f"/api/parcels/{FIRST[place] + 2}/blocks", {"kind": "dispute", "reason": "Đang tranh chấp", "source": "Đơn thử"}
    )


@ask("POST", "/api/blocks/{block_id}/lift")
def lift_block(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/blocks/{world.block(place)}/lift", {"reason": "Đã hòa giải", "source": "Biên bản thử"})


@ask("POST", "/api/rights/registrations", "a transfer in the unit")
def register(world: World, _person: Person, place: Place) -> Ask:
    right = {"type": "land_use", "party": {"kind": "person", "name": f"Người nhận {uuid4().hex[:4]}"}}
    body = {
        "unit": UNIT[place],
        "ba_unit": world.ba_units[place],
        "source": "Hồ sơ thử",
        "valid_from": "2024-01-01",
        "rights": [right],
    }
    return Ask("/api/rights/registrations", body)


@ask("POST", "/api/parties/search", "a holder in the unit, by identity number")
def search_party(_world: World, _person: Person, place: Place) -> Ask:
    number = "999190000001" if place == "own" else "999075000009"
    return Ask(
        "/api/parties/search",
        {"identity_number": number, "purpose": "dossier"},
        lambda answer: len(answer.json()["items"]) == 1,
    )


@ask("POST", "/api/parties/{party_id}/reveal", "the phone of a holder in the unit")
def reveal(world: World, _person: Person, place: Place) -> Ask:
    body = {"field": "phone", "purpose": "dossier", "note": "Hồ sơ chuyển nhượng"}
    return Ask(f"/api/parties/{world.parties[place]}/reveal", body, lambda answer: answer.json()["value"] is not None)


@ask("GET", "/api/corrections", "shown: that of a holder in the unit")
def list_corrections(world: World, _person: Person, place: Place) -> Ask:
    world.conn.execute(
        "UPDATE rights.correction SET status = 'refused', decided_at = now(), decision_note = 'x' WHERE status = 'open'"
    )
    return Ask("/api/corrections", shows=items_have("id", world.correction(place)))


@ask("POST", "/api/corrections/{correction_id}/decision", "on that of a holder in the unit")
def decide_correction(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/corrections/{world.correction(place)}/decision", {"accepted": True, "note": "đúng"})
