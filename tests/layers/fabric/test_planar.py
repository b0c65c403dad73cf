"""Catalogue of plane cases: noding and putting faces together."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.fabric.planar import (
    TooClose,
    assemble,
    crossings,
    directed,
    doubled_area,
    inside,
    node,
    orient,
)
from tests.layers.fabric.fabrics import canonical

SQUARE = ((0, 0), (100, 0), (100, 100), (0, 100))


def test_orient_is_positive_on_the_left() -> None:
    assert orient((0, 0), (10, 0), (5, 1)) > 0
    assert orient((0, 0), (10, 0), (5, -1)) < 0
    assert orient((0, 0), (10, 0), (99, 0)) == 0


@pytest.mark.parametrize(
    ("s", "t", "on_s", "on_t"),
    [
        pytest.param(((0, 0), (10, 10)), ((0, 10), (10, 0)), [(5, 5)], [(5, 5)], id="proper crossing"),
        pytest.param(((0, 0), (10, 0)), ((5, 0), (5, 9)), [(5, 0)], [], id="end on the other's inside"),
        pytest.param(((0, 0), (10, 0)), ((10, 0), (20, 0)), [], [], id="end to end"),
        pytest.param(((0, 0), (10, 0)), ((4, 0), (20, 0)), [(4, 0)], [(10, 0)], id="overlap in line"),
        pytest.param(((0, 0), (10, 0)), ((2, 0), (8, 0)), [(2, 0), (8, 0)], [], id="one inside the other"),
        pytest.param(((0, 0), (10, 0)), ((0, 1), (10, 1)), [], [], id="parallel"),
        pytest.param(((0, 0), (3, 1)), ((1, 1), (1, -1)), [(1, 0)], [(1, 0)], id="crossing rounds to the grid"),
        pytest.param(((0, 0), (10, 0)), ((0, 0), (10, 0)), [], [], id="the same"),
        pytest.param(((0, 0), (10, 0)), ((10, 0), (0, 0)), [], [], id="the same backwards"),
    ],
)
def test_crossings(s, t, on_s, on_t) -> None:
    assert crossings(s, t) == (on_s, on_t)


def test_crossing_of_huge_coordinates_is_exact() -> None:
    big = 2**33
    on_s, on_t = crossings(((0, 0), (big, big)), ((0, big), (big, 1)))
    # exact: x = big² / (2·big − 1), which rounds to big/2
    assert on_s == on_t == [(big // 2, big // 2)]


def test_node_cuts_boundary_and_line() -> None:
    chains, new = node(directed((SQUARE,)), [((50, -10), (50, 110))])
    assert chains == {
        ((0, 0), (100, 0)): [(0, 0), (50, 0), (100, 0)],
        ((100, 100), (0, 100)): [(100, 100), (50, 100), (0, 100)],
    }
    assert ((50, 0), (50, 100)) in new


def test_node_line_along_the_boundary_gives_nothing_new() -> None:
    chains, new = node(directed((SQUARE,)), [((0, 0), (100, 0))])
    assert not chains and not new


def test_node_line_that_crosses_itself() -> None:
    _, new = node(directed((SQUARE,)), [((10, 10), (90, 90)), ((90, 90), (90, 10)), ((90, 10), (10, 90))])
    assert {p for s in new for p in s} >= {(50, 50)}


def test_node_fold_back_is_one_line() -> None:
    _, new = node([], [((0, 0), (10, 0)), ((10, 0), (4, 0))])
    assert new == {((0, 0), (4, 0)), ((4, 0), (10, 0))}


def two_lobes() -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return [*directed((((0, 0), (10, 0), (10, 10), (0, 10)),)), *directed((((10, 10), (20, 10), (20, 20), (10, 20)),))]


def test_assemble_two_lobes_that_touch_are_two_faces() -> None:
    assert len(assemble(two_lobes())) == 2


def test_assemble_hole_that_touches_the_shell() -> None:
    hole = ((0, 0), (40, 60), (60, 40))
    (found,) = assemble([*directed((SQUARE,)), *directed((hole,))])
    assert canonical(found) == canonical((SQUARE, hole))
    assert doubled_area(found[1]) < 0


def test_assemble_two_holes_that_touch_each_other() -> None:
    one, two = ((20, 20), (20, 40), (40, 40), (40, 20)), ((40, 40), (40, 60), (60, 60), (60, 40))
    (found,) = assemble([*directed((SQUARE,)), *directed((one,)), *directed((two,))])
    assert len(found) == 3


def test_assemble_island_in_a_hole() -> None:
    hole, island = ((20, 20), (20, 80), (80, 80), (80, 20)), ((40, 40), (60, 40), (60, 60), (40, 60))
    found = assemble([*directed((SQUARE, hole)), *directed((island,))])
    assert sorted(len(face) for face in found) == [1, 2]


def test_assemble_refuses_what_does_not_close() -> None:
    with pytest.raises(ValueError, match="close"):
        assemble([((0, 0), (1, 0)), ((1, 0), (1, 1))])


def test_inside_counts_holes() -> None:
    hole = ((20, 20), (20, 80), (80, 80), (80, 20))
    assert inside((20, 20), (SQUARE, hole))
    assert not inside((100, 100), (SQUARE, hole))
    assert not inside((300, 20), (SQUARE, hole))


points = st.tuples(st.integers(-60, 160), st.integers(-60, 160))


@given(st.lists(points, min_size=2, max_size=6))
def test_noded_lines_share_end_points_only(line) -> None:
    """Whatever is drawn over the square, after noding no two pieces cross, and the faces cover exactly the square."""
    cuts = [pair for pair in pairwise(line) if pair[0] != pair[1]]
    try:
        chains, new = node(directed((SQUARE,)), cuts)
    except TooClose:
        return
    boundary = [piece for s in directed((SQUARE,)) for chain in [chains.get(s, list(s))] for piece in pairwise(chain)]
    pieces = [*boundary, *new]
    for i, s in enumerate(pieces):
        for t in pieces[i + 1 :]:
            assert crossings(s, t) == ([], []), (s, t)
    ring = tuple(a for a, _ in boundary)
    kept = {s for s in new if inside((s[0][0] + s[1][0], s[0][1] + s[1][1]), (ring,))}
    while True:  # dangling ends bound nothing
        ends: dict[tuple[int, int], int] = {}
        for s in [*boundary, *kept]:
            for p in s:
                ends[p] = ends.get(p, 0) + 1
        loose = {s for s in kept if ends[s[0]] == 1 or ends[s[1]] == 1}
        if not loose:
            break
        kept -= loose
    faces = assemble([*boundary, *kept, *((b, a) for a, b in kept)])
    assert sum(doubled_area(r) for f in faces for r in f) == doubled_area(ring)
