"""A valid question to every route of scenes, detection runs and findings."""

from __future__ import annotations

import httpx

from tests.geo_service.authority import desk, imagery
from tests.geo_service.authority.asking import Ask, ask, items_have, simply
from tests.geo_service.authority.world import FIRST, UNIT, Person, Place, World

Z, X, Y = imagery.TILE

# ---- pictures ------------------------------------------------------------------------------------------------------


@ask("GET", "/tiles/scenes/{scene_id}/{z}/{x}/{y}.{form}", "of a public scene", placed=False)
def tile(world: World, _person: Person, _place: Place) -> Ask:
    return Ask(f"/tiles/scenes/{imagery.scene(world)}/{Z}/{X}/{Y}.webp", shows=lambda answer: answer.status_code == 200)


@ask("GET", "/tiles/scenes/{scene_id}/{z}/{x}/{y}.{form}", "of a scene that is not public", placed=False)
def hidden_tile(world: World, _person: Person, _place: Place) -> Ask:
    return Ask(f"/tiles/scenes/{imagery.scene(world, public=False)}/{Z}/{X}/{Y}.webp")


@ask("GET", "/tiles/scenes/{scene_id}/{z}/{x}/{y}@2x.{form}", "of a scene that is not public", placed=False)
def large_tile(world: World, _person: Person, _place: Place) -> Ask:
    return Ask(f"/tiles/scenes/{imagery.scene(world, public=False)}/{Z}/{X}/{Y}@2x.png")


@ask("GET", "/api/scenes/{scene_id}/chip.{form}", "of a scene that is not public", placed=False)
def chip(world: World, _person: Person, _place: Place) -> Ask:
    return Ask(f"/api/scenes/{imagery.scene(world, public=False)}/chip.png?bbox={imagery.BOX}")


@ask("GET", "/api/scenes/{scene_id}/looks", "of a scene that is not public", placed=False)
def looks(world: World, _person: Person, _place: Place) -> Ask:
    return Ask(f"/api/scenes/{imagery.scene(world, public=False)}/looks")


# ---- findings ------------------------------------------------------------------------------------------------------


@ask("GET", "/api/findings", "shown: a finding of the unit")
def list_findings(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/findings?unit={UNIT[place]}", shows=items_have("id", str(imagery.finding(world, place))))


@ask("GET", "/api/findings/counts", "counted: a finding of the unit")
def count_findings(world: World, _person: Person, place: Place) -> Ask:
    imagery.finding(world, place)
    return Ask(
        f"/api/findings/counts?unit={UNIT[place]}", shows=lambda answer: answer.json()["state"].get("open", 0) > 0
    )


@ask("GET", "/api/findings/precision", "counted: a verdict in the unit")
def precision(world: World, _person: Person, place: Place) -> Ask:
    imagery.judged(world, imagery.finding(world, place))
    return Ask(
        "/api/findings/precision", shows=lambda answer: any(one["code"] == UNIT[place] for one in answer.json()["unit"])
    )


@ask("GET", "/api/findings/{finding_id}")
def read_finding(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/findings/{imagery.finding(world, place)}")


@ask("GET", "/api/findings/{finding_id}/chip/{moment}.png")
def finding_chip(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/findings/{imagery.finding(world, place)}/chip/before.png")


@ask("POST", "/api/findings/{finding_id}/verdict")
def judge(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/findings/{imagery.finding(world, place)}/verdict", {"verdict": "confirmed", "revision": 1})


@ask("POST", "/api/findings/{finding_id}/dossier", "open an inspection")
def inspect(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/findings/{imagery.finding(world, place)}/dossier", {})


@ask("POST", "/api/findings/{finding_id}/photos", "send a photo of the ground")
def send_photo(world: World, _person: Person, place: Place) -> Ask:
    return Ask(
        f"/api/findings/{imagery.finding(world, place)}/photos?name=anh.png",
        content=desk.png(next(world.numbers)),
        media="image/png",
    )


@ask("GET", "/api/findings/{finding_id}/photos/{sha256}")
def read_photo(world: World, _person: Person, place: Place) -> Ask:
    key = imagery.finding(world, place)
    return Ask(f"/api/findings/{key}/photos/{imagery.photo(world, key)}?width=200")


@ask("GET", "/tiles/findings/{z}/{x}/{y}.mvt", "shown: a finding of the unit")
def finding_tile(world: World, _person: Person, place: Place) -> Ask:
    key = imagery.finding(world, place)
    run = world.one("SELECT run_id FROM imagery.finding WHERE id = %s", key)["run_id"]
    return Ask(
        f"/tiles/findings/{_tile_of_parcel(world, FIRST[place] + 4)}.mvt?run={run}",
        shows=lambda answer: answer.status_code == 200,
    )


def _tile_of_parcel(world: World, parcel: int) -> str:
    """z/x/y of a tile that shows the middle of it."""
    row = world.one(
        "SELECT ST_X(c) AS x, ST_Y(c) AS y FROM (SELECT ST_Centroid(geom_3857) AS c FROM fabric.parcel_version"
        " WHERE parcel_id = %s AND retired_by IS NULL) v",
        parcel,
    )
    half, side = 20_037_508.342789244, 2 * 20_037_508.342789244 / 2**16
    return f"16/{int((row['x'] + half) / side)}/{int((half - row['y']) / side)}"


# ---- forecasts -----------------------------------------------------------------------------------------------------


@ask("GET", "/api/forecasts", "shown: how a forecast did", placed=False)
def list_forecasts(world: World, _person: Person, _place: Place) -> Ask:
    return Ask("/api/forecasts", shows=items_have("id", str(imagery.forecast(world, "own"))))


@ask("GET", "/tiles/forecasts/{forecast_id}/{z}/{x}/{y}.mvt", "shown: a parcel of the unit")
def forecast_tile(world: World, _person: Person, place: Place) -> Ask:
    return Ask(
        f"/tiles/forecasts/{imagery.forecast(world, place)}/{_tile_of_parcel(world, FIRST[place] + 4)}.mvt",
        shows=lambda answer: answer.status_code == 200,
    )


# ---- scenes ---------------------------------------------------------------------------------------------------------

simply("/api/scene-sensors")


@ask("GET", "/api/scenes", "shown: a public scene", placed=False)
def list_scenes(world: World, _person: Person, _place: Place) -> Ask:
    return Ask("/api/scenes", shows=items_have("id", str(imagery.scene(world))))


@ask("GET", "/api/scenes", "shown: a scene that is not public", placed=False)
def list_hidden_scenes(world: World, _person: Person, _place: Place) -> Ask:
    return Ask("/api/scenes", shows=items_have("id", str(imagery.scene(world, public=False))))


@ask("GET", "/api/scenes/{scene_id}", "that is public", placed=False)
def read_scene(world: World, _person: Person, _place: Place) -> Ask:
    return Ask(f"/api/scenes/{imagery.scene(world)}")


@ask("GET", "/api/scenes/{scene_id}", "that is not public", placed=False)
def read_hidden_scene(world: World, _person: Person, _place: Place) -> Ask:
    return Ask(f"/api/scenes/{imagery.scene(world, public=False)}")


@ask("GET", "/api/scenes/{scene_id}/files/{name}", "of a public scene", placed=False)
def read_file(world: World, _person: Person, _place: Place) -> Ask:
    return Ask(f"/api/scenes/{imagery.scene(world)}/files/data.tif")


@ask("GET", "/api/scenes/{scene_id}/files/{name}", "of a scene that is not public", placed=False)
def read_hidden_file(world: World, _person: Person, _place: Place) -> Ask:
    return Ask(f"/api/scenes/{imagery.scene(world, public=False)}/files/data.tif")


@ask("POST", "/api/scenes", "send a picture", placed=False)
def send_scene(world: World, _person: Person, _place: Place) -> Ask:
    return Ask(
        "/api/scenes?name=anh.tif&licence=CC0-1.0", content=imagery.picture(next(world.numbers)), media="image/tiff"
    )


@ask("DELETE", "/api/scenes/{scene_id}", placed=False)
def remove_scene(world: World, _person: Person, _place: Place) -> Ask:
    return Ask(f"/api/scenes/{imagery.scene(world)}")


@ask("GET", "/api/scene-uploads", placed=False)
def list_uploads(_world: World, _person: Person, _place: Place) -> Ask:
    return Ask("/api/scene-uploads")


@ask("GET", "/api/scene-uploads/{upload_id}", placed=False)
def read_upload(world: World, _person: Person, _place: Place) -> Ask:
    return Ask(f"/api/scene-uploads/{imagery.upload(world)}")


# ---- the catalogue as STAC ------------------------------------------------------------------------------------------

simply("/stac")
simply("/stac/{path}", "/stac/collections")


@ask("GET", "/stac/{path}", "shown: a public scene", placed=False)
def search_catalogue(world: World, _person: Person, _place: Place) -> Ask:
    return Ask(f"/stac/search?ids={imagery.code(world, imagery.scene(world))}", shows=_has_one)


@ask("GET", "/stac/{path}", "shown: a scene that is not public", placed=False)
def search_hidden_catalogue(world: World, _person: Person, _place: Place) -> Ask:
    return Ask(f"/stac/search?ids={imagery.code(world, imagery.scene(world, public=False))}", shows=_has_one)


def _has_one(answer: httpx.Response) -> bool:
    return len(answer.json()["features"]) == 1


# ---- detection runs -------------------------------------------------------------------------------------------------


@ask("GET", "/api/runs", "shown: a run in the unit")
def list_runs(world: World, _person: Person, place: Place) -> Ask:
    return Ask("/api/runs", shows=items_have("id", str(imagery.run(world, place))))


@ask("GET", "/api/runs/{run_id}")
def read_run(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/runs/{imagery.run(world, place)}")


@ask("POST", "/api/runs", "look for change in the unit")
def start_run(world: World, _person: Person, place: Place) -> Ask:
    before, after = imagery.pair(world)
    return Ask("/api/runs", {"before": str(before), "after": str(after), "unit": UNIT[place]})


@ask("POST", "/api/runs", "look for change in the whole city", placed=False)
def start_city_run(world: World, _person: Person, _place: Place) -> Ask:
    before, after = imagery.pair(world)
    return Ask("/api/runs", {"before": str(before), "after": str(after)})


@ask("POST", "/api/runs/{run_id}/cancel")
def cancel_run(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/runs/{imagery.run(world, place)}/cancel")
