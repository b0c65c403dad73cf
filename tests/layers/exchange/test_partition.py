"""Named geometry cases of the partition, and a property test with shapely's coverage checks as second opinion."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from layers.exchange.partition import Partition, partition
from layers.fabric.segments import Objects, open_segments
from layers.sample.generate import generate

E0, N0 = 585_000.0, 2_325_000.0


def at(*points: tuple[float, float]) -> Polygon:
    """A polygon near Hanoi's middle from small coordinates in metres."""
    return Polygon([(E0 + x, N0 + y) for x, y in points])


def square(x: float, y: float, size: float = 10.0) -> Polygon:
    return box(E0 + x, N0 + y, E0 + x + size, N0 + y + size)


def split(*polygons: Any, rows: list[int] | None = None) -> Partition:
    made = partition(np.array(polygons, dtype=object), np.array(rows or range(len(polygons)), dtype=np.int64))
    check(made)
    return made


def check(made: Partition) -> None:
    """The contract of `FaceBatch`: grid, directions, validity, and exactly the outer rings left open."""
    faces: Objects = made.geometry
    coords = shapely.get_coordinates(faces)
    assert (coords == np.round(coords * 1000) / 1000.0).all()
    scaled = shapely.transform(faces, lambda c: np.round(c * 1000))
    assert shapely.is_valid(scaled).all()
    assert shapely.is_ccw(shapely.get_exterior_ring(faces)).all()
    holes = [shapely.get_interior_ring(f, i) for f in faces for i in range(shapely.get_num_interior_rings(f))]
    assert not shapely.is_ccw(holes).any() if holes else True
    left = open_segments(faces)
    assert (left.count == 1).all()
    lines = shapely.linestrings(np.stack([left.start, left.end], axis=1).astype(float))
    outer = shapely.get_parts(shapely.polygonize(lines))
    area = sum(made.double_mm2.tolist())
    assert sum(round(2 * p.area) for p in outer) == area, "the outer rings have no holes"


def kinds(made: Partition) -> list[int]:
    return sorted(len(who) for who in made.claims)


def test_clean_neighbours_keep_every_vertex() -> None:
    a = at((0, 0), (10, 0), (10, 5), (10, 10), (0, 10))
    b = at((10, 0), (20, 0), (20, 10), (10, 10), (10, 5))
    made = split(a, b)
    assert len(made.noded) == 0
    assert [shapely.get_num_coordinates(g) for g in made.geometry] == [6, 6]


def test_t_vertex_is_put_into_both_sides() -> None:
    made = split(square(0, 0), square(10, 0, 5), square(10, 5, 5))
    assert kinds(made) == [1, 1, 1]
    whole = next(g for g, who in zip(made.geometry, made.claims, strict=True) if who == (0,))
    assert shapely.get_num_coordinates(whole) == 6
    assert made.noded.tolist() == [0]


def test_t_vertex_off_the_line_by_rounding() -> None:
    made = split(
        at((0, 0), (30.001, 7), (30, 20), (0, 20)),
        at((0, 0), (10.0003, 2.333), (10, -5)),
        at((10.0003, 2.333), (30.001, 7), (10, -5)),
    )
    assert kinds(made) == [1, 1, 1]
    assert max(shapely.get_num_coordinates(made.geometry)) == 6


def test_gap_between_parcels_becomes_a_face() -> None:
    ring = [square(x, y) for x in (0, 10, 20) for y in (0, 10, 20) if (x, y) != (10, 10)]
    made = split(*ring)
    assert kinds(made) == [0] + [1] * 8
    gap = made.claims.index(())
    assert made.double_mm2[gap] == 2 * 100 * 10**6


def test_overlap_becomes_a_face_with_both_claims() -> None:
    made = split(square(0, 0), square(8, 0))
    assert kinds(made) == [1, 1, 2]
    both = made.claims.index((0, 1))
    assert made.double_mm2[both] == 2 * 20 * 10**6
    assert made.row_double_mm2 == {0: 200_000_000, 1: 200_000_000}


def test_polygon_inside_another_is_an_overlap_though_nothing_crosses() -> None:
    made = split(square(0, 0, 30), square(10, 10))
    assert kinds(made) == [1, 2]
    assert made.geometry[made.claims.index((0,))].interiors


def test_hole_filled_by_its_own_parcel() -> None:
    outer = square(0, 0, 30).difference(square(10, 10))
    made = split(outer, square(10, 10))
    assert kinds(made) == [1, 1]
    assert len(made.noded) == 0


def test_empty_hole_is_a_gap() -> None:
    made = split(square(0, 0, 30).difference(square(10, 10)))
    assert kinds(made) == [0, 1]


def test_pinch_two_holes_that_touch() -> None:
    shell = square(0, 0, 40).difference(square(10, 10)).difference(square(20, 20))
    made = split(shell, square(10, 10), square(20, 20))
    assert kinds(made) == [1, 1, 1]


def test_multipart_keeps_its_row() -> None:
    made = split(square(0, 0), square(30, 0), rows=[0, 0])
    assert made.claims == [(0,), (0,)]


def test_parts_of_one_row_that_overlap_are_one_face() -> None:
    made = split(square(0, 0), square(5, 0), rows=[0, 0])
    assert made.claims == [(0,)]
    assert made.double_mm2[0] == 2 * 150 * 10**6


def test_bowtie_is_read_by_the_even_odd_rule() -> None:
    made = split(at((0, 0), (10, 10), (10, 0), (0, 10)), square(20, 0))
    assert kinds(made) == [1, 1, 1]
    assert list(made.broken) == [0]
    assert "intersection" in made.broken[0].lower()


def test_self_touching_ring() -> None:
    made = split(at((0, 0), (20, 0), (20, 10), (10, 0.0), (0, 10)))
    assert kinds(made) == [1, 1]
    assert 0 in made.broken


def test_duplicate_polygon_is_an_overlap_of_its_whole_area() -> None:
    made = split(square(0, 0), square(0, 0))
    assert made.claims == [(0, 1)]


def test_sliver_narrower_than_the_grid_vanishes_and_is_listed() -> None:
    made = split(square(0, 0), at((10, 0), (10.0004, 5), (10, 10)), at((50, 50), (50.0002, 50), (50, 50.0002)))
    assert kinds(made) == [1]
    assert {v.row for v in made.vanished} == {1, 2}


def test_sliver_of_one_millimetre_stays() -> None:
    made = split(square(0, 0), at((10, 0), (10.001, 5), (10, 10)))
    assert kinds(made) == [1, 1]


def test_parcel_cut_in_two_by_an_overlap_keeps_its_row() -> None:
    made = split(at((0, 4), (30, 4), (30, 6), (0, 6)), at((10, 0), (20, 0), (20, 10), (10, 10)))
    assert kinds(made) == [1, 1, 1, 1, 2]
    assert sum(who == (0,) for who in made.claims) == 2


def test_thousands_of_kilometres_are_refused() -> None:
    with pytest.raises(ValueError, match="500 km"):
        partition(np.array([square(0, 0), square(1e6, 0)], dtype=object), np.array([0, 1]))


@st.composite
def noisy_coverages(draw: st.DrawFn) -> Objects:
    """A grid of quadrilaterals whose corners are digitised separately, some lost, some doubled, some turned over."""
    n = draw(st.integers(2, 5))
    noise = draw(st.sampled_from([0.0, 0.0005, 0.002, 0.03, 1.0, 4.0]))
    size = draw(st.sampled_from([0.01, 1.0, 10.0]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    i, j = (a.ravel() for a in np.meshgrid(np.arange(n), np.arange(n)))
    corners = np.stack([np.stack(c, 1) for c in ((i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1))], 1).astype(float)
    corners += np.sin(corners[:, :, ::-1] * 2.1) * 0.25
    xy = corners * size + rng.normal(0, 1, corners.shape) * noise * min(1.0, size / 10) + (E0, N0)
    keep = rng.random(len(xy)) < draw(st.sampled_from([1.0, 0.8]))
    keep[0] = True
    polygons = list(shapely.polygons(xy[keep]))
    polygons += [polygons[k] for k in rng.integers(0, len(polygons), draw(st.integers(0, 2)))]
    return np.array(polygons, dtype=object)


@given(noisy_coverages())
@settings(max_examples=150, deadline=None)
def test_any_noisy_coverage_becomes_a_partition(polygons: Objects) -> None:
    made = partition(polygons, np.arange(len(polygons)))
    if len(made.geometry) == 0:
        assert len(made.vanished) == len(polygons)
        return
    check(made)
    scaled = shapely.transform(made.geometry, lambda c: np.round((c - (E0, N0)) * 1000))
    assert shapely.coverage_is_valid(scaled)
    listed = {r for who in made.claims for r in who} | {v.row for v in made.vanished}
    assert listed == set(range(len(polygons)))


def test_a_perfect_coverage_passes_untouched() -> None:
    faces = generate(1, 400, 5).geometry
    made = partition(faces, np.arange(len(faces)))
    check(made)
    assert len(made.noded) == 0
    assert shapely.equals_exact(made.geometry, faces).all()
