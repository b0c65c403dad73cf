"""Pictures that are sent: received whole, converted by the worker with progress, refused with a reason; removed again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from geo_service.app import BODY_LIMIT
from geo_service.scenes.worker import ATTEMPTS, convert_next
from imagery.scenes import catalogue
from imagery.scenes.store import ImageStore
from layers.db import connect
from tests.geo_service.scenes.conftest import Gallery, rgb
from tests.geo_service.site import problem
from tests.imagery.scenes.conftest import files_in
from tests.imagery.scenes.deliveries import write_tif


@pytest.fixture
def picture(tmp_path: Path) -> bytes:
    return fresh(tmp_path)


def fresh(folder: Path) -> bytes:
    """A picture that nobody else has sent."""
    return write_tif(folder / "a.tif", rgb(7, 50), size=1, tags={"x": os.urandom(8).hex()}).read_bytes()


def send(gallery: Gallery, content: bytes, who: str = "quan", **told: Any) -> dict[str, Any]:
    answer = getattr(gallery, who).post(
        "/api/scenes", params={"name": "ảnh bay.tif", "datetime": "2024-05-06"} | told, content=content
    )
    assert answer.status_code == 202, answer.text
    upload: dict[str, Any] = answer.json()
    return upload


def now(gallery: Gallery, upload: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = gallery.quan.get(f"/api/scene-uploads/{upload['id']}").json()
    return shown


def test_a_picture_that_is_sent_becomes_a_scene_and_can_be_removed(gallery: Gallery, picture: bytes) -> None:
    before = files_in(gallery.store)
    upload = send(gallery, picture, title="Ảnh bay 2024", licence="CC-BY-4.0", public="false")
    assert (upload["state"], upload["progress"], upload["bytes"]) == ("queued", 0, len(picture))
    problem(gallery.quan.post("/api/scenes?name=a.tif", content=b""), 422, "empty-file")
    assert convert_next(gallery.url, gallery.store)
    done = now(gallery, upload)
    assert (done["state"], done["progress"], done["name"]) == ("done", 1, "ảnh bay.tif"), done
    scene = gallery.quan.get(f"/api/scenes/{done['scene_id']}").json()
    assert (scene["title"], scene["public"], scene["licence"]) == ("Ảnh bay 2024", False, "CC-BY-4.0")
    assert scene["datetime"].startswith("2024-05-06")
    assert len(files_in(gallery.store)) == len(before) + 2  # what was sent is gone, data and visual are there
    problem(gallery.quan.post("/api/scenes?name=b.tif&datetime=2024-05-06", content=picture), 409, "scene-exists")
    problem(gallery.thanh.delete(f"/api/scenes/{scene['id']}"), 403, "no-authority")
    problem(gallery.visitor.delete(f"/api/scenes/{scene['id']}"), 401)
    assert gallery.quan.delete(f"/api/scenes/{scene['id']}").status_code == 204
    problem(gallery.quan.delete(f"/api/scenes/{scene['id']}"), 404, "no-such-scene")
    assert files_in(gallery.store) == before
    again = send(gallery, picture)
    assert convert_next(gallery.url, gallery.store)
    assert now(gallery, again)["state"] == "done"
    assert now(gallery, upload)["scene_id"] is None
    assert not convert_next(gallery.url, gallery.store)
    shown = gallery.quan.get("/api/scene-uploads").json()["items"]
    assert [item["id"] for item in shown[:2]] == [again["id"], upload["id"]]


def test_a_refusal_says_why_in_both_languages_and_leaves_nothing(gallery: Gallery, tmp_path: Path) -> None:
    before = files_in(gallery.store)
    nowhere = write_tif(tmp_path / "a.tif", rgb(3), crs=None).read_bytes()
    upload = send(gallery, nowhere)
    assert convert_next(gallery.url, gallery.store)
    shown = now(gallery, upload)
    assert (shown["state"], shown["problem"], shown["scene_id"]) == ("refused", "no-crs", None)
    assert "no CRS" in shown["message_en"] and "hệ tọa độ" in shown["message_vi"]
    assert files_in(gallery.store) == before
    far = write_tif(tmp_path / "b.tif", rgb(4), west_north=(585_000, 1_500_000)).read_bytes()
    first, second = send(gallery, far), send(gallery, far, elsewhere="true")
    assert convert_next(gallery.url, gallery.store) and convert_next(gallery.url, gallery.store)
    assert now(gallery, first)["problem"] == "outside-the-city"
    assert now(gallery, second)["state"] == "done"


def test_what_is_wrong_without_looking_at_the_file_is_refused_before_it_is_kept(
    gallery: Gallery, picture: bytes
) -> None:
    before = files_in(gallery.store)
    for told, slug in (
        ({"datetime": "hôm qua"}, "bad-date"),
        ({"sensor": "sputnik"}, "unknown-sensor"),
        ({"bands": "red,red"}, "bad-band-names"),
        ({"name": ""}, "invalid-request"),
        ({"crs": "1"}, "invalid-request"),
    ):
        problem(gallery.quan.post("/api/scenes", params={"name": "a.tif"} | told, content=picture), 422, slug)
    problem(gallery.visitor.post("/api/scenes?name=a.tif", content=picture), 401)
    for client in (gallery.thanh, gallery.dan):
        problem(client.post("/api/scenes?name=a.tif", content=picture), 403, "no-authority")
        problem(client.get("/api/scene-uploads"), 403, "no-authority")
    problem(gallery.quan.post("/api/scenes?name=a.tif", content=picture, headers={"X-Requested-With": ""}), 403, "csrf")
    problem(gallery.quan.get("/api/scene-uploads/00000000-0000-4000-8000-000000000000"), 404, "no-such-upload")
    assert files_in(gallery.store) == before


def test_a_picture_past_the_limit_is_refused_announced_or_not(gallery: Gallery) -> None:
    before = files_in(gallery.store)
    problem(gallery.quan.post("/api/scenes?name=a.tif", content=b"x" * 6_000_001), 413)

    def drops() -> Iterator[bytes]:
        for _ in range(70):
            yield b"x" * 100_000

    problem(gallery.quan.post("/api/scenes?name=a.tif", content=drops()), 413)
    assert files_in(gallery.store) == before


def test_a_name_cannot_lead_out_of_the_store(gallery: Gallery, picture: bytes) -> None:
    upload = send(gallery, picture, name="../../../../etc/đường\\..\\x/../ảnh?.tif")
    with connect(gallery.url) as conn:
        row = conn.execute("SELECT key FROM imagery.upload WHERE id = %s", [upload["id"]]).fetchone()
    assert row and row["key"] == f"uploads/{upload['id']}/ảnh_.tif"
    assert convert_next(gallery.url, gallery.store)
    assert now(gallery, upload)["state"] == "done"


def test_progress_is_seen_while_the_worker_works(gallery: Gallery, tmp_path: Path) -> None:
    big = write_tif(tmp_path / "b.tif", rgb(9, 1_300), size=0.1).read_bytes()
    assert len(big) > BODY_LIMIT  # pictures have a limit of their own
    upload = send(gallery, big)
    worker = threading.Thread(target=convert_next, args=(gallery.url, gallery.store))
    seen = []
    worker.start()
    while worker.is_alive():
        shown = now(gallery, upload)
        seen.append((shown["state"], shown["step"], shown["progress"]))
    worker.join()
    shares = [share for state, _, share in seen if state == "converting"]
    assert shares == sorted(shares) and len(set(shares)) >= 2, seen
    assert now(gallery, upload)["progress"] == 1


KILLED = """
import os, signal, sys
from geo_service.scenes import worker
from imagery.scenes.store import ImageStore
class Deadly(worker._Report):
    def __call__(self, stage, done, total):
        super().__call__(stage, done, total)
        if stage == "verify": os.kill(os.getpid(), signal.SIGKILL)
worker._Report = Deadly
worker.convert_next(sys.argv[1], ImageStore(sys.argv[2]))
"""


def kill_a_worker(gallery: Gallery) -> None:
    command = [sys.executable, "-c", KILLED, gallery.url, gallery.store.address]
    assert subprocess.run(command, timeout=60, check=False).returncode == -signal.SIGKILL


def test_an_upload_whose_worker_was_killed_is_taken_up_again(gallery: Gallery, picture: bytes) -> None:
    upload = send(gallery, picture)
    kill_a_worker(gallery)
    assert now(gallery, upload)["state"] == "converting"
    with connect(gallery.url, autocommit=True) as conn:
        assert catalogue.sweep(conn, gallery.store)  # the half-written files; not what was sent
    assert convert_next(gallery.url, gallery.store)
    assert now(gallery, upload)["state"] == "done"


def test_an_upload_that_kills_every_worker_is_given_up(gallery: Gallery, picture: bytes) -> None:
    upload = send(gallery, picture)
    kill_a_worker(gallery)
    with connect(gallery.url) as conn:
        counted = conn.execute(
            "UPDATE imagery.upload SET attempts = %s WHERE id = %s AND attempts = 1", (ATTEMPTS, upload["id"])
        ).rowcount
    assert counted == 1
    assert convert_next(gallery.url, gallery.store)
    shown = now(gallery, upload)
    assert (shown["state"], shown["problem"]) == ("failed", "worker-died")
    assert not convert_next(gallery.url, gallery.store)
    with connect(gallery.url, autocommit=True) as conn:
        catalogue.sweep(conn, gallery.store)
    assert upload["id"] not in " ".join(files_in(gallery.store))


def test_two_workers_do_not_take_the_same_upload(gallery: Gallery, tmp_path: Path) -> None:
    uploads = [send(gallery, fresh(tmp_path)) for _ in range(4)]
    took: list[bool] = []

    def work() -> None:
        while convert_next(gallery.url, ImageStore(gallery.store.address)):
            took.append(True)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert len(took) == 4
    assert {now(gallery, upload)["state"] for upload in uploads} == {"done"}
