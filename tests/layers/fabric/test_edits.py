"""Edits as pure functions on hand-made fabrics; shapely gives the second opinion."""

from __future__ import annotations

import random

import pytest
import shapely

from layers.errors import EditRefused, Stale
from layers.fabric import edits, intents
from layers.fabric.model import Face, PastChange, State, difference
from layers.fabric.planar import directed, doubled_area, face_doubled_area
from tests.layers.fabric.fabrics import at, face, grid_state, polygons, ring, same_ground


def run(state: State, *items: dict) -> State:
    return edits.apply(intents.parse(list(items)), state)


def mm(x: float, y: float) -> dict:
    return {"mm": at(x, y)}


def check(before: State, after: State) -> None:
    assert same_ground(before.faces.values(), after.faces.values())
    assert sum(face_doubled_area(f.rings) for f in before.faces.values()) - sum(
        face_doubled_area(f.rings) for f in after.faces.values()
    ) == _outer_change(after)


def _outer_change(after: State) -> int:
    """Doubled area that refining outer segments cost: zero unless a point on the outer ring was rounded off its line."""
    return sum(doubled_area((chain[0], *chain[:0:-1])) for chain in after.refined)


def test_split_straight_through() -> None:
    before = grid_state(3, 3)
    after = run(before, {"type": "split_by_line", "parcel": 5, "line": [mm(5, 22), mm(13, 23)]})
    check(before, after)
    assert 5 not in after.faces and {-1, -2} <= after.faces.keys()
    delta = difference(before, after)
    assert {f.id for f in delta.retired} == {4, 5, 6}
    assert delta.causes == {4: "adjacent", 6: "adjacent", -1: "subject", -2: "subject"}
    assert after.faces[4].facts == before.faces[4].facts, "a neighbour's legal facts do not change"


def test_pieces_are_numbered_from_the_north() -> None:
    after = run(grid_state(3, 3), {"type": "split_by_line", "parcel": 5, "line": [mm(5, 22), mm(13, 22)]})
    assert max(p[1] for p in after.faces[-1].rings[0]) > max(p[1] for p in after.faces[-2].rings[0])


def test_split_by_bent_line_and_along_existing_vertices() -> None:
    before = grid_state(3, 3)
    after = run(before, {"type": "split_by_line", "parcel": 5, "line": [mm(6, 15), mm(9, 20), mm(12, 30)]})
    check(before, after)
    assert not set(after.faces[4].vertices) - before.faces[4].vertices, "cut ends on corners need no new points"


@pytest.mark.parametrize("miss", [-1, 0, 1])
def test_split_from_a_side_that_was_hit_within_a_millimetre(miss: int) -> None:
    """A hand that snaps to a slanting side cannot name a whole millimetre on it; the end must not count as inside."""
    slanting = face(1, ring((0, 0), (30, 0), (31.003, 20.007), (-1.009, 19.003)))
    before = State({1: slanting})
    a, b = slanting.rings[0][1], slanting.rings[0][2]
    hit = (round(a[0] + (b[0] - a[0]) * 0.3) + miss, round(a[1] + (b[1] - a[1]) * 0.3))
    after = run(before, {"type": "split_by_line", "parcel": 1, "line": [{"mm": hit}, mm(-5, 8)]})
    assert len(after.faces) == 2
    total = sum(face_doubled_area(f.rings) for f in after.faces.values())
    assert face_doubled_area(slanting.rings) - total == _outer_change(after), (
        "the outer side bent by the rounding, and only so"
    )
    assert shapely.is_valid(polygons(after.faces.values())).all()


def test_split_into_many_by_crossing_lines() -> None:
    before = grid_state(3, 3)
    after = run(
        before,
        {
            "type": "split_by_line",
            "parcel": 5,
            "lines": [[mm(5, 20), mm(13, 20)], [mm(5, 25), mm(13, 25)], [mm(9, 14), mm(9, 31)]],
        },
    )
    check(before, after)
    assert len(after.faces) == 9 - 1 + 6


def test_split_at_the_outer_ring_refines_it() -> None:
    before = grid_state(2, 2)
    after = run(before, {"type": "split_by_line", "parcel": 1, "line": [mm(-1, 7), mm(7, 7.0007)]})
    assert len(after.refined) == 1
    check(before, after)


def test_split_of_a_parcel_with_a_hole() -> None:
    outer = ring((0, 0), (30, 0), (30, 30), (0, 30))
    hole = ring((10, 10), (10, 20), (20, 20), (20, 10))
    before = State({1: face(1, outer, hole), 2: face(2, ring((10, 10), (20, 10), (20, 20), (10, 20)))})
    after = run(before, {"type": "split_by_line", "parcel": 1, "line": [mm(-1, 15), mm(31, 15)]})
    check(before, after)
    assert len(after.faces) == 3
    assert all(len(f.rings) == 1 for f in after.faces.values())


def test_line_from_hole_to_boundary_does_not_divide() -> None:
    outer = ring((0, 0), (30, 0), (30, 30), (0, 30))
    hole = ring((10, 10), (10, 20), (20, 20), (20, 10))
    state = State({1: face(1, outer, hole), 2: face(2, ring((10, 10), (20, 10), (20, 20), (10, 20)))})
    with pytest.raises(EditRefused) as refused:
        run(state, {"type": "split_by_line", "parcel": 1, "line": [mm(-1, 15), mm(11, 15)]})
    assert refused.value.slug == "line-does-not-divide"
    assert refused.value.where


def test_closed_line_inside_makes_an_island() -> None:
    before = grid_state(3, 3)
    loop = [mm(8, 18), mm(10, 18), mm(10, 22), mm(8, 22), mm(8, 18)]
    after = run(before, {"type": "split_by_line", "parcel": 5, "line": loop})
    check(before, after)
    assert sorted(len(after.faces[k].rings) for k in (-1, -2)) == [1, 2]


@pytest.mark.parametrize(
    ("line", "slug"),
    [
        ([(5, 22), (9, 22)], "line-ends-inside"),
        ([(50, 22), (60, 22)], "line-misses"),
        ([(6, 15), (12, 15)], "line-misses"),
        ([(7, 22), (7, 22)], "no-line"),
    ],
)
def test_lines_that_cannot_split(line, slug) -> None:
    with pytest.raises(EditRefused) as refused:
        run(grid_state(3, 3), {"type": "split_by_line", "parcel": 5, "line": [mm(*p) for p in line]})
    assert refused.value.slug == slug
    assert refused.value.detail_vi


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("area", [1.0, 29.9, 45.0, 89.0])
def test_split_by_area(area, side) -> None:
    before = grid_state(3, 3)
    after = run(
        before, {"type": "split_by_area", "parcel": 5, "area_m2": area, "along": [mm(6, 15), mm(12, 17)], "side": side}
    )
    check(before, after)
    pieces = sorted((after.faces[k] for k in (-1, -2)), key=_to_the_left)
    wanted = pieces[1] if side == "left" else pieces[0]
    assert wanted.area_m2 == pytest.approx(area, abs=0.01)


def _to_the_left(f: Face) -> float:
    """How far a face lies to the left of the direction (6, 2)."""
    (shape,) = polygons([f])
    return 6 * shape.centroid.y - 2 * shape.centroid.x


def test_area_larger_than_the_parcel() -> None:
    with pytest.raises(EditRefused, match="only 90"):
        run(grid_state(3, 3), {"type": "split_by_area", "parcel": 5, "area_m2": 90.1, "along": [mm(6, 15), mm(12, 15)]})


def test_merge_restores_what_was_split() -> None:
    before = grid_state(3, 3)
    after = run(
        before,
        {"type": "split_by_line", "parcel": 5, "line": [mm(5, 22), mm(13, 23)]},
        {"type": "merge", "parcels": [-1, -2]},
    )
    check(before, after)
    assert after.faces[-3].area_m2 == 90.0


def test_merge_around_a_court_leaves_a_hole() -> None:
    before = grid_state(3, 3)
    after = run(before, {"type": "merge", "parcels": [1, 2, 3, 4, 6, 7, 8, 9]})
    check(before, after)
    assert len(after.faces[-1].rings) == 2


def test_merge_with_a_pinch_point() -> None:
    """Seven of nine: the two left over touch the merged one's shell and each other only in points."""
    before = grid_state(3, 3)
    after = run(before, {"type": "merge", "parcels": [1, 2, 3, 4, 6, 7, 8]})
    check(before, after)
    merged = after.faces[-1]
    assert len(merged.rings) == 2, "the court touches the shell in one point and is a hole"


def test_merge_of_parcels_that_only_touch() -> None:
    with pytest.raises(EditRefused) as refused:
        run(grid_state(3, 3), {"type": "merge", "parcels": [1, 5]})
    assert refused.value.slug == "not-adjacent"


def test_merge_across_units() -> None:
    state = State(
        {
            1: face(1, ring((0, 0), (6, 0), (6, 15), (0, 15))),
            2: face(2, ring((6, 0), (12, 0), (12, 15), (6, 15)), unit="00008"),
        }
    )
    with pytest.raises(EditRefused) as refused:
        run(state, {"type": "merge", "parcels": [1, 2]})
    assert refused.value.slug == "merge-across-units"


def test_move_point_takes_all_faces_along() -> None:
    before = grid_state(3, 3)
    after = run(before, {"type": "move_point", "from": mm(6, 15), "to": mm(6.5, 15.5)})
    check(before, after)
    assert {f.id for f in difference(before, after).created} == {1, 2, 4, 5}


@pytest.mark.parametrize(
    ("old", "new", "slug"),
    [
        ((6, 15), (40, 15), "invalid-face"),
        ((0, 15), (1, 15), "outer-limit"),
        ((7, 15), (8, 15), "no-such-point"),
        ((6, 15), (6, 15), "nothing-changes"),
    ],
)
def test_moves_that_are_refused(old, new, slug) -> None:
    state = grid_state(3, 3)
    with pytest.raises(EditRefused) as refused:
        edits.delta(intents.parse([{"type": "move_point", "from": mm(*old), "to": mm(*new)}]), state)
    assert refused.value.slug == slug
    assert refused.value.where, "the place of the trouble is named"


def test_move_boundary() -> None:
    before = grid_state(3, 3)
    after = run(
        before,
        {"type": "move_boundary", "old": [mm(6, 15), mm(6, 30)], "new": [mm(6, 15), mm(7, 20), mm(5.5, 26), mm(6, 30)]},
    )
    check(before, after)
    assert {f.id for f in difference(before, after).created} == {4, 5}


def test_move_boundary_with_a_junction() -> None:
    state = run(grid_state(3, 3), {"type": "split_by_line", "parcel": 4, "line": [mm(-1, 22), mm(7, 22)]})
    with pytest.raises(EditRefused) as refused:
        run(
            state,
            {
                "type": "move_boundary",
                "old": [mm(6, 15), mm(6, 22), mm(6, 30)],
                "new": [mm(6, 15), mm(7, 20), mm(6, 30)],
            },
        )
    assert refused.value.slug == "junction"


def test_add_point_on_both_sides() -> None:
    before = grid_state(3, 3)
    after = run(before, {"type": "add_point", "segment": [mm(6, 30), mm(6, 15)], "at": mm(6.001, 20)})
    check(before, after)
    assert at(6, 20) in after.faces[4].vertices & after.faces[5].vertices


def test_transfer_keeps_both_names() -> None:
    before = grid_state(3, 3)
    after = run(before, {"type": "transfer", "from": 5, "to": 4, "line": [mm(8, 14), mm(8, 31)], "piece": mm(7, 20)})
    check(before, after)
    assert after.faces[4].area_m2 == pytest.approx(120) and after.faces[5].area_m2 == pytest.approx(60)
    assert after.faces.keys() == before.faces.keys()


def test_transfer_of_a_piece_that_does_not_touch() -> None:
    with pytest.raises(EditRefused) as refused:
        run(
            grid_state(3, 3),
            {"type": "transfer", "from": 5, "to": 4, "line": [mm(8, 14), mm(8, 31)], "piece": mm(10, 20)},
        )
    assert refused.value.slug == "not-adjacent"


def test_split_and_merge_the_rest_in_one_act() -> None:
    before = grid_state(3, 3)
    after = run(
        before,
        {"type": "split_by_line", "parcel": 5, "line": [mm(10, 14), mm(10, 31)]},
        {"type": "merge", "parcels": [-2, 6]},
    )
    check(before, after)
    assert sorted(round(after.faces[k].area_m2) for k in (-1, -3)) == [60, 120]


def test_reclassify_changes_no_segment() -> None:
    before = grid_state(2, 2)
    after = run(before, {"type": "reclassify", "parcel": 1, "land_use": "TMD"})
    assert after.faces[1].rings == before.faces[1].rings
    assert difference(before, after).causes == {1: "subject"}


def test_revert_of_something_that_moved_on() -> None:
    state = State({1: grid_state(1, 1).faces[1]}, past={7: PastChange(7, {1: 99}, ())})
    with pytest.raises(Stale):
        run(state, {"type": "revert", "seq": 7})


def test_same_draft_twice_gives_the_same() -> None:
    items = intents.parse([{"type": "split_by_area", "parcel": 5, "area_m2": 31.7, "along": [mm(0, 0), mm(3, 1)]}])
    assert edits.apply(items, grid_state(3, 3)) == edits.apply(items, grid_state(3, 3))


@pytest.mark.parametrize("seed", range(30))
def test_random_walk_stays_a_partition(seed: int) -> None:
    """40 random edits, hostile ones included: what is accepted keeps a perfect partition, what is refused changes nothing."""
    rng = random.Random(seed)
    state = first = grid_state(4, 4)
    done = 0
    for _ in range(60):
        keys = list(state.faces)
        f = state.faces[rng.choice(keys)]
        corner = rng.choice(sorted(f.vertices))
        box = [
            min(p[0] for p in f.rings[0]),
            min(p[1] for p in f.rings[0]),
            max(p[0] for p in f.rings[0]),
            max(p[1] for p in f.rings[0]),
        ]

        def somewhere(box: list[int] = box) -> dict:
            return {"mm": (rng.randint(box[0] - 2000, box[2] + 2000), rng.randint(box[1] - 2000, box[3] + 2000))}

        other = state.edges.get(rng.choice(directed(f.rings))[::-1], f.id)
        item = rng.choice(
            [
                {"type": "split_by_line", "parcel": f.id, "line": [somewhere() for _ in range(rng.randint(2, 4))]},
                {
                    "type": "split_by_area",
                    "parcel": f.id,
                    "area_m2": max(0.01, f.area_m2 * rng.random()),
                    "along": [somewhere(), somewhere()],
                },
                {"type": "merge", "parcels": [f.id, other]},
                {
                    "type": "move_point",
                    "from": {"mm": corner},
                    "to": {"mm": (corner[0] + rng.randint(-900, 900), corner[1] + rng.randint(-900, 900))},
                },
                {
                    "type": "transfer",
                    "from": f.id,
                    "to": other,
                    "line": [somewhere(), somewhere()],
                    "piece": somewhere(),
                },
                {"type": "add_point", "segment": [{"mm": p} for p in rng.choice(directed(f.rings))], "at": somewhere()},
            ]
        )
        try:
            work = intents.parse([item])
            edits.delta(work, state)
            state = edits.apply(work, state)
            done += 1
        except EditRefused:
            continue
    assert done > 10
    check(first, state)
