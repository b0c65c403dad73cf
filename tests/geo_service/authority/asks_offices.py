"""A valid question to every route of the catalogue, the calendar and the codes of counters: everybody reads, the city's administrator writes."""

from __future__ import annotations

from typing import Any

from psycopg.types.json import Jsonb

from tests.geo_service.authority import desk
from tests.geo_service.authority.asking import Ask, ask, items_have, simply
from tests.geo_service.authority.world import UNIT, Person, Place, World

# ---- procedures ----------------------------------------------------------------------------------------------------

simply("/api/procedures")
simply("/api/procedures/{code}", f"/api/procedures/{desk.SPLIT}")
simply("/api/procedures/{code}/versions", f"/api/procedures/{desk.SPLIT}/versions")
simply("/api/catalogue")
simply("/api/catalogue/{code}", f"/api/catalogue/{desk.SPLIT}")
simply("/api/agencies")

CHANGES = {"limit": {"n": 9, "unit": "working_day", "cutoff": None}}
LATER = "2099-01-01"
VARIED = {"from": LATER, "changes": CHANGES, "legal_document": "Quyết định thử"}


def definition(world: World, code: str) -> dict[str, Any]:
    """A sound definition under another code."""
    row = world.one(
        "SELECT definition FROM dossier.procedure_version WHERE procedure = %s AND status = 'published' ORDER BY version LIMIT 1",
        desk.SPLIT,
    )
    return dict(row["definition"]) | {"code": code}


def drafted(world: World) -> str:
    """A procedure of its own with a draft; its code."""
    code = f"T.{next(world.numbers)}"
    world.conn.execute("SELECT dossier.save_draft(%s, NULL)", [Jsonb(definition(world, code))])
    return code


def published(world: World) -> str:
    code = drafted(world)
    world.conn.execute(
        "SELECT dossier.enact(v.procedure, accounts.today(), v.edited_at) FROM dossier.procedure_version v WHERE v.procedure = %s AND v.status = 'draft'",
        [code],
    )
    return code


def varied(world: World, place: Place) -> str:
    """A procedure of its own that a unit does otherwise."""
    code = published(world)
    world.conn.execute(
        "SELECT dossier.put_variation(%s, %s, %s::date, NULL, %s, 'Quyết định thử')",
        [code, UNIT[place], LATER, Jsonb(CHANGES)],
    )
    return code


@ask("GET", "/api/procedures/{code}/draft", placed=False)
def read_draft(world: World, _person: Person, _place: Place) -> Ask:
    return Ask(f"/api/procedures/{drafted(world)}/draft")


@ask("PUT", "/api/procedures/{code}/draft", placed=False)
def save_draft(world: World, _person: Person, _place: Place) -> Ask:
    code = f"T.{next(world.numbers)}"
    return Ask(f"/api/procedures/{code}/draft", {"definition": definition(world, code), "seen": None})


@ask("DELETE", "/api/procedures/{code}/draft", placed=False)
def drop_draft(world: World, _person: Person, _place: Place) -> Ask:
    return Ask(f"/api/procedures/{drafted(world)}/draft")


@ask("POST", "/api/procedures/{code}/draft/check", placed=False)
def check_draft(world: World, _person: Person, _place: Place) -> Ask:
    return Ask(f"/api/procedures/{drafted(world)}/draft/check")


@ask("POST", "/api/procedures/{code}/draft/publish", placed=False)
def publish_draft(world: World, _person: Person, _place: Place) -> Ask:
    return Ask(f"/api/procedures/{drafted(world)}/draft/publish", {"from": LATER})


@ask("POST", "/api/procedures/{code}/end", placed=False)
def end_procedure(world: World, _person: Person, _place: Place) -> Ask:
    return Ask(f"/api/procedures/{published(world)}/end", {"from": LATER})


@ask("GET", "/api/procedures/{code}/variations", "shown: that of the unit")
def list_variations(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/procedures/{varied(world, place)}/variations", shows=items_have("unit", UNIT[place]))


@ask("GET", "/api/procedures/{code}/variations/{unit}")
def read_variation(world: World, _person: Person, place: Place) -> Ask:
    return Ask(
        f"/api/procedures/{varied(world, place)}/variations/{UNIT[place]}", shows=items_have("unit", UNIT[place])
    )


@ask("PUT", "/api/procedures/{code}/variations/{unit}")
def put_variation(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/procedures/{published(world)}/variations/{UNIT[place]}", VARIED)


@ask("DELETE", "/api/procedures/{code}/variations/{unit}")
def end_variation(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/procedures/{varied(world, place)}/variations/{UNIT[place]}?from={LATER}")


@ask("POST", "/api/variations", "many at once")
def put_variations(world: World, _person: Person, place: Place) -> Ask:
    return Ask("/api/variations", {"items": [VARIED | {"procedure": published(world), "unit": UNIT[place]}]})


@ask("PUT", "/api/agencies", "the code of the unit's counter")
def put_agencies(_world: World, _person: Person, place: Place) -> Ask:
    return Ask("/api/agencies", {"items": [{"unit": UNIT[place], "code": f"H26.9{int(UNIT[place])}"}]})


# ---- the working calendar ------------------------------------------------------------------------------------------

DAY = {"kind": "holiday", "name_vi": "Ngày thử", "name_en": "Trial day", "source": "thử", "grade": "D"}
HOURS = {
    "valid_from": "2035-01-01", "opens": "08:00", "lunch_from": "12:00", "lunch_until": "13:00", "closes": "17:00", "source": "thử", "grade": "D",
}  # fmt: skip
OUTAGE = {"from": "2036-01-05T08:00:00+07:00", "until": "2036-01-05T12:00:00+07:00", "note": "thử"}
THRESHOLDS = {"amber_days": 2, "amber_share": 0.8, "answer_amber_hours": 4, "answer_red_hours": 8}
simply("/api/calendar")
simply("/api/calendar/thresholds")
simply("/api/calendar/outages")


@ask("PUT", "/api/calendar/hours", placed=False)
def put_hours(_world: World, _person: Person, _place: Place) -> Ask:
    return Ask("/api/calendar/hours", HOURS)


@ask("PUT", "/api/calendar/thresholds", placed=False)
def put_thresholds(_world: World, _person: Person, _place: Place) -> Ask:
    return Ask("/api/calendar/thresholds", THRESHOLDS)


@ask("POST", "/api/calendar/outages", placed=False)
def add_outage(_world: World, _person: Person, _place: Place) -> Ask:
    return Ask("/api/calendar/outages", OUTAGE)


@ask("PATCH", "/api/calendar/outages/{outage_id}", placed=False)
def change_outage(world: World, _person: Person, _place: Place) -> Ask:
    key = world.one(
        "INSERT INTO dossier.outage (from_at, until_at, note) VALUES ('2036-01-06 08:00+07', '2036-01-06 12:00+07', 'thử') RETURNING id"
    )["id"]
    return Ask(f"/api/calendar/outages/{key}", {"announced": True})


@ask("PUT", "/api/calendar/days/{day}", placed=False)
def put_day(_world: World, _person: Person, _place: Place) -> Ask:
    return Ask("/api/calendar/days/2034-06-05", DAY)


@ask("DELETE", "/api/calendar/days/{day}", placed=False)
def drop_day(world: World, _person: Person, _place: Place) -> Ask:
    world.conn.execute(
        "INSERT INTO dossier.calendar_day (day, kind, name_vi, name_en, source, grade) VALUES ('2034-06-06', 'holiday', 'x', 'x', 'x', 'D')"
        " ON CONFLICT (day) DO UPDATE SET kind = 'holiday'"
    )
    return Ask("/api/calendar/days/2034-06-06")
