"""The life of a draft over HTTP: preview, commit, and what happens when others are quicker."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from geo_service.drafts.schemas import Draft
from layers.db import connect
from layers.fabric.audit import audit
from tests.geo_service.site import Site, a_site, commit, cut, draft, mm, problem


@pytest.fixture(scope="module")
def site(databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    url = databases.create()
    with a_site(url, tmp_path_factory.mktemp("site")) as made:
        yield made
        with connect(url) as conn:
            assert audit(conn).clean
    databases.drop(url)


def test_from_draft_to_change(site: Site) -> None:
    made = site.an.post("/api/drafts", json={"reason": "tách", "intents": [cut(12)]})
    assert made.status_code == 201
    read = Draft.model_validate(made.json())
    assert read.status == "open" and read.base_seq == read.seq and read.committed_seq is None
    assert made.json()["id"] in [item["id"] for item in site.an.get("/api/drafts").json()["items"]]
    before = site.content()
    seen = site.an.post(f"/api/drafts/{read.id}/preview").json()
    assert site.content() == before, "looking changes nothing"
    assert not seen["rebased"] and seen["intents"] == made.json()["intents"]
    affected = {item["id"]: item for item in seen["affected"]}
    assert affected.keys() == {11, 13, 12, -1, -2}
    for neighbour in (11, 13):
        one = affected[neighbour]
        assert one["role"] == "adjacent" and one["vertices_added"] == 1 and one["max_shift_mm"] == 0
        assert one["area_before_m2"] == one["area_after_m2"] == 90 and one["area_change_m2"] == 0
    assert affected[12]["area_before_m2"] == 90 and affected[12]["area_after_m2"] is None
    assert {affected[-1]["area_after_m2"], affected[-2]["area_after_m2"]} == {42, 48}
    assert seen["certificate"]["area_difference_m2"] == 0 and seen["certificate"]["area_before_m2"] == 270
    assert {(f["id"], f["properties"]["role"]) for f in seen["created"]["features"]} == {
        (11, "adjacent"), (13, "adjacent"), (-1, "subject"), (-2, "subject"),
    }  # fmt: skip
    assert sorted(pair["shared_m2"] for pair in seen["lineage"]) == [42, 48]

    done = site.an.post(f"/api/drafts/{read.id}/commit", json={"reason": "tách thửa", "digest": seen["digest"]})
    assert done.status_code == 200, done.text
    answer = done.json()
    assert answer["seq"] == before["seq"] + 1 and answer["change_set"]["kind"] == "split"
    new = [item for item in answer["parcels"] if item["new"]]
    assert [(item["label"], item["area_m2"]) for item in new] == [("1/101", 48), ("1/102", 42)]
    gone = site.visitor.get("/api/parcels/12").json()
    assert gone["status"] == "retired" and {s["id"] for s in gone["successors"]} == {item["id"] for item in new}
    by_code = site.visitor.get(f"/api/parcels/{new[0]['code']}").json()
    assert by_code["id"] == new[0]["id"] and by_code["status"] == "current"
    after = Draft.model_validate(site.an.get(f"/api/drafts/{read.id}").json())
    assert after.status == "committed" and after.committed_seq == answer["seq"] and after.reason == "tách thửa"
    assert after.updated_at > after.created_at == read.created_at


def test_commit_without_preview_and_never_twice(site: Site) -> None:
    key = draft(site.an, cut(14))
    assert site.an.post(f"/api/drafts/{key}/commit", json={"reason": "một"}).status_code == 200
    before = site.content()
    for _ in range(2):
        again = problem(site.an.post(f"/api/drafts/{key}/commit", json={"reason": "hai"}), 409, "draft-closed")
        assert again["committed_seq"] == before["seq"]
    problem(site.an.post(f"/api/drafts/{key}/preview"), 409, "draft-closed")
    problem(site.an.put(f"/api/drafts/{key}", json={"reason": "x"}), 409, "draft-closed")
    assert site.an.delete(f"/api/drafts/{key}").status_code == 204
    assert site.content() == before


def test_a_draft_is_its_officers_own(site: Site) -> None:
    key = draft(site.an, cut(16))
    before = site.content()
    for other in (site.binh, site.chi):
        problem(other.get(f"/api/drafts/{key}"), 404, "no-such-draft")
        problem(other.put(f"/api/drafts/{key}", json={"reason": "x"}), 404, "no-such-draft")
        problem(other.delete(f"/api/drafts/{key}"), 404, "no-such-draft")
        problem(other.post(f"/api/drafts/{key}/preview"), 404, "no-such-draft")
        problem(other.post(f"/api/drafts/{key}/commit", json={"reason": "x"}), 404, "no-such-draft")
        assert other.get("/api/drafts").json()["items"] == []
    problem(site.an.get(f"/api/drafts/{uuid4()}"), 404, "no-such-draft")
    assert site.content() == before


def test_undo_and_discard(site: Site) -> None:
    key = draft(site.an, cut(18), cut(20))
    assert len(site.an.put(f"/api/drafts/{key}", json={"intents": [cut(18)]}).json()["intents"]) == 1
    seen = site.an.post(f"/api/drafts/{key}/preview", json={"intents": [cut(18, 5)]}).json()
    assert seen["intents"] == site.an.get(f"/api/drafts/{key}").json()["intents"]
    assert site.an.put(f"/api/drafts/{key}", json={"intents": []}).json()["intents"] == []
    problem(site.an.post(f"/api/drafts/{key}/commit", json={"reason": "x"}), 422, "nothing-changes")
    problem(site.an.post(f"/api/drafts/{key}/preview"), 422, "nothing-changes")
    for _ in range(2):
        assert site.an.delete(f"/api/drafts/{key}").status_code == 204
    assert site.an.get(f"/api/drafts/{key}").json()["status"] == "discarded"
    problem(site.an.post(f"/api/drafts/{key}/commit", json={"reason": "x"}), 409, "draft-closed")
    assert key not in [item["id"] for item in site.an.get("/api/drafts").json()["items"]]


def test_somebody_else_split_it_meanwhile(site: Site) -> None:
    key = draft(site.an, cut(32))
    seen = site.an.post(f"/api/drafts/{key}/preview").json()
    won = commit(site.binh, cut(32, 5))
    before = site.content()
    for answer in (
        site.an.post(f"/api/drafts/{key}/preview"),
        site.an.post(f"/api/drafts/{key}/commit", json={"reason": "x"}),
        site.an.post(f"/api/drafts/{key}/commit", json={"reason": "x", "digest": seen["digest"]}),
    ):
        stale = problem(answer, 409, "stale-draft")
        assert [(w["seq"], w["kind"]) for w in stale["winners"]] == [(won["seq"], "split")]
        assert [f["id"] for f in stale["base"]["features"]] == [32]
        assert {f["id"] for f in stale["mine"]["features"]} >= {-1, -2}
        assert {f["id"] for f in stale["theirs"]["features"]} == {p["id"] for p in won["parcels"] if p["new"]}
    assert site.content() == before
    refused = problem(site.an.post(f"/api/drafts/{key}/preview", json={"rebase": True}), 422, "no-such-parcel")
    assert refused["segments"]["type"] == "FeatureCollection"


def test_somebody_else_moved_the_point_meanwhile(site: Site) -> None:
    """The boundary that was drawn with is gone, although no parcel that the draft names by number has ended."""
    move = {"type": "move_point", "from": mm(24, 60), "to": mm(24.5, 60.5)}
    key = draft(site.an, move)
    won = commit(site.binh, {"type": "move_point", "from": mm(24, 60), "to": mm(24.2, 60)})
    stale = problem(site.an.post(f"/api/drafts/{key}/preview"), 409, "stale-draft")
    assert won["seq"] in [w["seq"] for w in stale["winners"]]
    assert stale["base"]["features"] and stale["mine"]["features"] and stale["theirs"]["features"]


def test_a_neighbour_that_only_adds_a_point_is_no_conflict(site: Site) -> None:
    key = draft(site.an, cut(52))
    seen = site.an.post(f"/api/drafts/{key}/preview").json()
    commit(site.binh, cut(53, 4))
    again = site.an.post(f"/api/drafts/{key}/preview").json()
    assert again["rebased"] and not seen["rebased"]
    done = site.an.post(f"/api/drafts/{key}/commit", json={"reason": "tách", "digest": seen["digest"]})
    assert done.status_code == 200, done.text
    (piece,) = (p for p in done.json()["parcels"] if p["new"] and p["area_m2"] == 42)
    rings = site.visitor.get(f"/api/parcels/{piece['id']}").json()["rings"]
    assert len(rings[0]) == 5, "with the neighbour's point on its side"


def test_another_digest_than_reviewed(site: Site) -> None:
    key = draft(site.an, cut(36))
    seen = site.an.post(f"/api/drafts/{key}/preview").json()
    site.an.put(f"/api/drafts/{key}", json={"intents": [cut(36, 9)]})
    before = site.content()
    problem(site.an.post(f"/api/drafts/{key}/commit", json={"reason": "x", "digest": seen["digest"]}), 409)
    assert site.content() == before


def test_officer_of_another_unit(site: Site) -> None:
    for intents in (
        [cut(72)],
        [{"type": "reclassify", "parcel": 72, "land_use": "TMD"}],
        [{"type": "merge", "parcels": [72, 73]}],
        [{"type": "move_point", "from": mm(12, 105), "to": mm(12.1, 105)}],
        [cut(72), {"type": "reclassify", "parcel": 101, "land_use": "TMD"}],
    ):
        key = draft(site.chi, *intents)
        before = site.content()
        refused = problem(site.chi.post(f"/api/drafts/{key}/preview"), 403, "not-your-unit")
        assert "00004" in refused["detail"]
        problem(site.chi.post(f"/api/drafts/{key}/commit", json={"reason": "x"}), 403, "not-your-unit")
        assert site.content() == before
    done = commit(site.chi, {"type": "reclassify", "parcel": 101, "land_use": "TMD"})
    assert done["change_set"]["kind"] == "reclassify"


def test_nobody_reverts_in_a_unit_that_is_not_theirs(site: Site) -> None:
    done = commit(site.an, cut(76))
    key = draft(site.chi, {"type": "revert", "seq": done["seq"]})
    problem(site.chi.post(f"/api/drafts/{key}/commit", json={"reason": "x"}), 403, "not-your-unit")


def test_taking_a_change_back(site: Site) -> None:
    done = commit(site.an, cut(78))
    back = commit(site.binh, {"type": "revert", "seq": done["seq"]})
    assert back["change_set"]["kind"] == "revert"
    assert site.visitor.get("/api/parcels/78").json()["status"] == "current"
    key = draft(site.binh, {"type": "revert", "seq": done["seq"]})
    before = site.content()
    problem(site.binh.post(f"/api/drafts/{key}/commit", json={"reason": "x"}), 409)
    assert site.content() == before
    for seq in (1, 2):
        key = draft(site.binh, {"type": "revert", "seq": seq})
        problem(site.binh.post(f"/api/drafts/{key}/preview"), 422, "cannot-revert-load")
    key = draft(site.binh, {"type": "revert", "seq": 10**6})
    problem(site.binh.post(f"/api/drafts/{key}/preview"), 404, "no-such-change")


@pytest.mark.parametrize(
    ("intent", "slug"),
    [
        ({"type": "split_by_line", "parcel": 91, "line": [mm(1, 140), mm(2, 141)]}, "line-ends-inside"),
        ({"type": "split_by_line", "parcel": 91, "line": [mm(500, 140), mm(502, 141)]}, "line-misses"),
        ({"type": "split_by_area", "parcel": 91, "area_m2": 91, "along": [mm(0, 0), mm(1, 0)]}, "area-too-large"),
        ({"type": "merge", "parcels": [91, 94]}, "not-adjacent"),
        ({"type": "merge", "parcels": [91, 91]}, "merge-needs-two"),
        ({"type": "move_point", "from": mm(0, 150), "to": mm(1, 149)}, "outer-limit"),
        ({"type": "move_point", "from": mm(3, 150), "to": mm(1, 149)}, "no-such-point"),
        ({"type": "move_point", "from": mm(6, 135), "to": mm(40, 135)}, "invalid-face"),
        ({"type": "add_point", "segment": [mm(1, 2), mm(3, 4)], "at": mm(2, 3)}, "no-such-boundary"),
        ({"type": "reclassify", "parcel": 4711, "land_use": "TMD"}, "no-such-parcel"),
        ({"type": "renumber", "parcel": -3, "sheet": "1", "number": "1"}, "no-such-parcel"),
    ],
)
def test_refused_edits_name_the_place(site: Site, intent: dict, slug: str) -> None:
    key = draft(site.an, intent)
    before = site.content()
    for answer in (
        site.an.post(f"/api/drafts/{key}/preview"),
        site.an.post(f"/api/drafts/{key}/commit", json={"reason": "x"}),
    ):
        segments = problem(answer, 422, slug)["segments"]
        assert segments["type"] == "FeatureCollection"
        for feature in segments["features"]:
            assert feature["properties"]["message"] and feature["properties"]["message_vi"]
    assert site.content() == before
