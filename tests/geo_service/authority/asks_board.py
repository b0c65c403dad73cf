"""A valid question to every route of the leaders' board and of the figures for analysts."""

from __future__ import annotations

from tests.geo_service.authority import desk
from tests.geo_service.authority.asking import TODAY, Ask, ask, items_have, simply
from tests.geo_service.authority.world import UNIT, Person, Place, World

BANDS = {"items": [{"share": 0, "name_vi": "Chưa đạt", "name_en": "Not met"}]}

simply("/api/board/outlines")
simply("/api/board/bands")


@ask("GET", "/api/board", "counted: a dossier of the unit")
def board(world: World, _person: Person, place: Place) -> Ask:
    desk.opened(world, place)
    return Ask(f"/api/board?unit={UNIT[place]}", shows=lambda answer: answer.json()["total"]["waiting"] > 0)


@ask("GET", "/api/board/units", "counted: a dossier of the unit")
def board_units(world: World, _person: Person, place: Place) -> Ask:
    desk.opened(world, place)
    return Ask(
        f"/api/board/units?unit={UNIT[place]}",
        shows=lambda answer: any(one["waiting"] for one in answer.json()["items"]),
    )


@ask("GET", "/api/board/steps", "counted: a dossier of the unit")
def board_steps(world: World, _person: Person, place: Place) -> Ask:
    desk.opened(world, place, step="received")
    return Ask(f"/api/board/steps?unit={UNIT[place]}", shows=lambda answer: len(answer.json()["items"]) > 0)


@ask("GET", "/api/board/forecast", placed=False)
def board_forecast(_world: World, _person: Person, _place: Place) -> Ask:
    return Ask("/api/board/forecast")


@ask("GET", "/api/board/dossiers", "shown: a dossier of the unit")
def board_dossiers(world: World, _person: Person, place: Place) -> Ask:
    for row in world.conn.execute(
        "SELECT id FROM dossier.dossier WHERE status = 1 AND procedure = %s", [desk.SPLIT]
    ).fetchall():
        desk.act(world, row["id"], "refuse")
    key = desk.opened(world, place)
    return Ask(
        f"/api/board/dossiers?unit={UNIT[place]}&cell=waiting&procedure={desk.SPLIT}", shows=items_have("id", key)
    )


@ask("PUT", "/api/board/bands", placed=False)
def put_bands(_world: World, _person: Person, _place: Place) -> Ask:
    return Ask("/api/board/bands", BANDS)


@ask("GET", "/api/statistics/dossiers", "counted: a dossier of the unit")
def facts(world: World, _person: Person, place: Place) -> Ask:
    key = desk.opened(world, place)
    before = world.one("SELECT max(id::text) AS k FROM dossier.dossier WHERE id::text < %s", key)["k"]
    after = f"&after={before}" if before else ""
    return Ask(f"/api/statistics/dossiers?from={TODAY}&to={TODAY}{after}", shows=items_have("dossier_id", key))


@ask("GET", "/api/statistics/stays", placed=False)
def stays(world: World, _person: Person, place: Place) -> Ask:
    desk.opened(world, place, step="received")
    return Ask(f"/api/statistics/stays?from={TODAY}&to={TODAY}", shows=lambda answer: len(answer.json()["items"]) > 0)
