"""The list of scenes, their files, and who sees which."""

from __future__ import annotations

import rasterio
from fastapi.testclient import TestClient

from imagery.scenes.sensors import COMMON_NAMES
from tests.geo_service.scenes.conftest import Gallery
from tests.geo_service.site import problem


def codes(client: TestClient, **asked: object) -> list[str]:
    answer = client.get("/api/scenes", params=asked)
    assert answer.status_code == 200, answer.text
    return [item["code"] for item in answer.json()["items"]]


def test_everybody_sees_public_scenes_and_officers_all(gallery: Gallery) -> None:
    private = gallery.scenes["private"]
    everything = sorted(gallery.scenes.values(), key=lambda scene: scene.datetime, reverse=True)
    public = [scene.code for scene in everything if scene.public]
    for client in (gallery.visitor, gallery.dan):
        assert codes(client) == public
        problem(client.get(f"/api/scenes/{private.id}"), 404, "no-such-scene")
        problem(client.get(f"/api/scenes/{private.id}/files/data.tif"), 404, "no-such-scene")
    for client in (gallery.quan, gallery.thanh):
        assert codes(client) == [scene.code for scene in everything]
        assert client.get(f"/api/scenes/{private.id}").json()["public"] is False
        assert (
            client.get(f"/api/scenes/{private.id}/files/data.tif").headers["cache-control"] == "private, max-age=3600"
        )


def test_a_scene_says_what_a_map_needs(gallery: Gallery) -> None:
    scene = gallery.scenes["s2"]
    shown = gallery.visitor.get(f"/api/scenes/{scene.id}").json()
    assert shown["title"] == "Sentinel-2 L2A 48QWJ 2024-02-03"
    assert shown["datetime"].startswith("2024-02-03T03:29:41")
    assert shown["footprint"]["type"] == "MultiPolygon"
    west, south, east, north = shown["bounds"]
    assert 105.8 < west < east < 105.9 and 21 < south < north < 21.1
    assert [band["common_name"] for band in shown["bands"]][:3] == ["blue", "green", "red"]
    assert shown["cloud_cover"] == 0 and shown["gsd"] == 10
    assert set(shown["files"]) == {"data", "visual", "mask"}
    assert {"code", "vi", "en"} == set(shown["notes"][0])


def test_the_list_is_asked_by_time_place_sensor_and_in_pages(gallery: Gallery) -> None:
    client = gallery.visitor
    assert codes(client, sensor="orthophoto", until="2021-03-04") == [
        "ortho_2021-20210304",
        "far-20200101",
        "ortho_2019-20190304",
    ]
    assert codes(client, since="2021-03-05", sensor="orthophoto") == ["ortho_2023-20230304"]
    assert codes(client, bbox="105,20.5,106,21.5", elsewhere="false")[0] == gallery.scenes["s2"].code
    assert codes(client, bbox="105,10,106,11") == ["far-20200101"] == codes(client, elsewhere="true")
    pages, cursor = [], None
    while True:
        answer = client.get("/api/scenes", params={"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        pages.append([item["code"] for item in answer["items"]])
        if not (cursor := answer["next"]):
            break
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [code for page in pages for code in page] == codes(client)
    problem(client.get("/api/scenes?bbox=1,2,3"), 422, "bad-bbox")
    problem(client.get("/api/scenes?since=gestern"), 422, "bad-date")
    problem(client.get("/api/scenes?cursor=xyz"), 422, "bad-cursor")


def test_files_are_served_with_ranges_and_gdal_reads_them(gallery: Gallery) -> None:
    scene = gallery.scenes["2021"]
    path = f"/api/scenes/{scene.id}/files/data.tif"
    whole = gallery.visitor.get(path)
    assert whole.status_code == 200
    assert whole.headers["content-type"] == "image/tiff; application=geotiff; profile=cloud-optimized"
    assert whole.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert 'filename="ortho_2021-20210304-data.tif"' in whole.headers["content-disposition"]
    part = gallery.visitor.get(path, headers={"Range": "bytes=4-11"})
    assert (part.status_code, part.content) == (206, whole.content[4:12])
    assert part.headers["content-range"] == f"bytes 4-11/{len(whole.content)}"
    assert gallery.visitor.get(path, headers={"Range": f"bytes={len(whole.content)}-"}).status_code == 416
    head = gallery.visitor.head(path)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(whole.content)), b"")
    with rasterio.MemoryFile(whole.content) as memory, memory.open() as data:
        assert data.count == 3
    problem(gallery.visitor.get(f"/api/scenes/{scene.id}/files/mask.tif"), 404, "no-such-file")
    problem(gallery.visitor.get(f"/api/scenes/{scene.id}/files/..%2f..%2fpersonal.key"), 404)
    problem(gallery.visitor.get(f"/api/scenes/{scene.id}/files/secret"), 404, "no-such-file")


def test_the_upload_form_learns_sensors_and_limit(gallery: Gallery) -> None:
    shown = gallery.visitor.get("/api/scene-sensors").json()
    assert shown["limit_bytes"] == 6_000_000
    assert set(shown["bands"]) == COMMON_NAMES
    assert {"code": "naip", "name_vi": "NAIP", "name_en": "NAIP", "licence": "PDDL-1.0"} in shown["items"]
