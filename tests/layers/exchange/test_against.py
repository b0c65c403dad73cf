"""New polygons beside and on registered land."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Polygon, box

from layers.exchange.against import Existing, Joined, join
from layers.fabric.segments import open_segments

E0, N0 = 585_000.0, 2_325_000.0


def square(x: float, y: float, size: float = 10.0, height: float | None = None) -> Polygon:
    return box(E0 + x, N0 + y, E0 + x + size, N0 + y + (height or size))


def registered(*polygons: Polygon) -> Existing:
    ids = np.arange(len(polygons), dtype=np.int64) + 100
    shaped = shapely.orient_polygons(np.array(polygons, dtype=object))
    return Existing(ids, ids + 1000, shaped, pd.DataFrame({"kind": ["land"] * len(polygons)}))


def bring(existing: Existing, *polygons: Polygon) -> Joined:
    made = join(np.array(polygons, dtype=object), np.arange(len(polygons), dtype=np.int64), existing)
    check(existing, made)
    return made


def check(existing: Existing, made: Joined) -> None:
    """Afterwards old (or replaced) and new faces are one partition."""
    old = [made.replaced.get(i, p) for i, p in enumerate(existing.geometry)]
    left = open_segments(np.array([*old, *made.geometry], dtype=object))
    assert (left.count == 1).all()
    whole = shapely.transform(np.array([*old, *made.geometry], dtype=object), lambda c: np.round((c - (E0, N0)) * 1000))
    assert shapely.is_valid(whole).all()
    assert shapely.coverage_is_valid(whole)


def test_the_same_again_is_a_duplicate_and_changes_nothing() -> None:
    made = bring(registered(square(0, 0), square(10, 0)), square(10, 0), square(0, 0))
    assert made.duplicates == {0: (1,), 1: (0,)}
    assert len(made.geometry) == 0
    assert made.replaced == {}
    assert made.duplicate_double_mm2 == 2 * 2 * 100 * 10**6


def test_a_duplicate_without_the_points_its_neighbours_brought() -> None:
    with_point = Polygon([(E0, N0), (E0 + 10, N0), (E0 + 10, N0 + 5), (E0 + 10, N0 + 10), (E0, N0 + 10)])
    made = bring(registered(with_point, square(10, 0, 5), square(10, 5, 5)), square(0, 0))
    assert made.duplicates == {0: (0,)}
    assert len(made.geometry) == 0
    assert made.replaced == {}


def test_part_on_registered_land_is_not_entered() -> None:
    made = bring(registered(square(0, 0)), square(8, 2, 10, 6))
    assert made.overlaps == [(0, 0, 2 * 12 * 10**6)]
    assert made.claims == [(0,)]
    assert made.double_mm2.tolist() == [2 * 48 * 10**6]
    assert set(made.replaced) == {0}
    assert shapely.get_num_coordinates(made.replaced[0]) == 7


def test_wholly_on_registered_land_changes_nothing() -> None:
    made = bring(registered(square(0, 0), square(10, 0)), square(5, 2, 10, 6))
    assert len(made.geometry) == 0
    assert made.replaced == {}
    assert {(row, e) for row, e, _ in made.overlaps} == {(0, 0), (0, 1)}


def test_new_neighbour_brings_its_corner_to_the_registered_side() -> None:
    made = bring(registered(square(0, 0), square(0, 10)), square(10, 3, 4))
    assert set(made.replaced) == {0}
    assert shapely.get_num_coordinates(made.replaced[0]) == 7


def test_new_neighbour_takes_the_registered_points() -> None:
    made = bring(registered(square(0, 0, 5), square(0, 5, 5)), square(5, 0, 10))
    assert made.replaced == {}
    assert shapely.get_num_coordinates(made.geometry[0]) == 6


def test_a_sliver_between_old_and_new_is_a_gap_face() -> None:
    made = bring(
        registered(square(0, 0)),
        Polygon([(E0 + 10, N0), (E0 + 20, N0), (E0 + 20, N0 + 10), (E0 + 10, N0 + 10), (E0 + 10.2, N0 + 5)]),
    )
    assert sorted(len(who) for who in made.claims) == [0, 1]


def test_holes_of_the_registered_fabric_are_left_alone() -> None:
    ring = square(0, 0, 30).difference(square(10, 10))
    made = bring(registered(ring), square(30, 0, 30))
    assert made.claims == [(0,)]
    filled = bring(registered(ring), square(10, 10))
    assert filled.claims == [(0,)]


@given(st.integers(0, 2**32), st.sampled_from([0.0004, 0.01, 2.0]))
@settings(max_examples=80, deadline=None)
def test_anything_beside_anything(seed: int, noise: float) -> None:
    rng = np.random.default_rng(seed)
    old = [square(x, y) for x in (0, 10, 20) for y in (0, 10, 20) if rng.random() < 0.6] or [square(0, 0)]
    base = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], dtype=float)
    new = []
    for _ in range(int(rng.integers(1, 5))):
        corner = rng.integers(-1, 4, 2) * 10
        new.append(Polygon(base * 10 + corner + rng.normal(0, noise, (4, 2)) + (E0, N0)))
    made = bring(registered(*old), *new)
    rows = (
        {r for who in made.claims for r in who}
        | set(made.duplicates)
        | {r for r, _, _ in made.overlaps}
        | {v.row for v in made.vanished}
    )
    assert rows == set(range(len(new)))
    entered = sum(made.double_mm2.tolist())
    claimed = sum(a * max(1, len(w)) for a, w in zip(made.double_mm2.tolist(), made.claims, strict=True) if w)
    listed = sum(a for _, _, a in made.overlaps) + made.duplicate_double_mm2
    assert claimed + listed == sum(made.row_double_mm2.values())
    assert entered >= 0
