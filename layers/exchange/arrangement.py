"""Faces of a planar set of noded segments, and how often each labelled boundary winds around every face.

The labels are carried across the edges exactly (winding numbers), so a sliver of a square millimetre is assigned as
safely as a block. Integer millimetres throughout."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import shapely

from layers.fabric.segments import Ints, Objects, Rings, oriented, rings_of, segments


@dataclass(frozen=True, slots=True)
class Arrangement:
    """``faces``: bounded faces as integer-scaled polygons; ``winding[f]``: {label: how often its boundary winds around
    face f}, without zeros. ``rings``: the faces' oriented rings."""

    faces: Objects
    rings: Rings
    winding: list[dict[int, int]]


def arrange(edges: Ints, label: Ints) -> Arrangement:
    """Arrange noded directed edges ``(n, 4)`` of closed boundaries; ``label`` names the boundary of each.

    The edges may meet only in common end points. Edges that cancel within one label bound nothing of it."""
    key, net_label, net = _net(edges, label)
    if len(key) == 0:
        empty = np.zeros(0, dtype=object)
        return Arrangement(empty, rings_of(empty, scale=1.0), [])
    # rows of `key` are sorted, so equal edges are neighbours
    new = np.concatenate([[True], (key[1:] != key[:-1]).any(axis=1)])
    undirected = key[new]
    lines = shapely.linestrings(undirected.reshape(-1, 2, 2).astype(float))
    faces = np.asarray(shapely.get_parts(shapely.polygonize(lines)))
    rings = oriented(rings_of(faces, scale=1.0))
    left, right = _sides(undirected, rings)
    steps: list[list[tuple[int, int]]] = [[] for _ in range(len(undirected))]
    for edge, who, count in zip((np.cumsum(new) - 1).tolist(), net_label.tolist(), net.tolist(), strict=True):
        steps[edge].append((who, count))
    return Arrangement(faces, rings, _propagate(len(faces), left, right, steps))


def _net(edges: Ints, label: Ints) -> tuple[Ints, Ints, Ints]:
    """Sum of directed edges per label: (undirected edge, label, net count in its canonical direction)."""
    swap = (edges[:, 0] > edges[:, 2]) | ((edges[:, 0] == edges[:, 2]) & (edges[:, 1] > edges[:, 3]))
    canon = np.where(swap[:, None], edges[:, [2, 3, 0, 1]], edges)
    rows = np.column_stack([canon, label])
    order = np.lexsort(rows.T[::-1])
    rows = rows[order]
    sign = np.where(swap[order], -1, 1)
    if len(rows) == 0:
        return canon, label, sign
    new = np.flatnonzero(np.concatenate([[True], (rows[1:] != rows[:-1]).any(axis=1)]))
    net = np.add.reduceat(sign, new)
    kept = new[net != 0]
    return rows[kept, :4], rows[kept, 4], net[net != 0].astype(np.int64)


def _sides(undirected: Ints, rings: Rings) -> tuple[Ints, Ints]:
    """The face on the left and on the right of each canonical edge; −1 outside."""
    a, b, face = segments(rings)
    edges = np.concatenate([a, b], axis=1)
    swap = (edges[:, 0] > edges[:, 2]) | ((edges[:, 0] == edges[:, 2]) & (edges[:, 1] > edges[:, 3]))
    canon = np.where(swap[:, None], edges[:, [2, 3, 0, 1]], edges)
    at = _rows_in(canon, undirected)
    left = np.full(len(undirected), -1, dtype=np.int64)
    right = np.full(len(undirected), -1, dtype=np.int64)
    left[at[~swap]] = face[~swap]
    right[at[swap]] = face[swap]
    return left, right


def _rows_in(rows: Ints, table: Ints) -> Ints:
    """For each row its place in ``table``, which holds every row once."""
    both = np.concatenate([table, rows])
    low = both.min(axis=0)
    span = both.max(axis=0) - low + 1
    a = (both[:, 0] - low[0]) * span[1] + (both[:, 1] - low[1])
    b = (both[:, 2] - low[2]) * span[3] + (both[:, 3] - low[3])
    order = np.lexsort((np.arange(len(both)), b, a))
    new = np.concatenate([[True], (a[order][1:] != a[order][:-1]) | (b[order][1:] != b[order][:-1])])
    first = order[new]
    out = np.empty(len(both), dtype=np.int64)
    out[order] = first[np.cumsum(new) - 1]
    return out[len(table) :]


def _propagate(count: int, left: Ints, right: Ints, steps: list[list[tuple[int, int]]]) -> list[dict[int, int]]:
    """Winding numbers by walking from the outside across edges."""
    ways: list[list[tuple[int, int, int]]] = [[] for _ in range(count + 1)]
    for edge, (a, b) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        if a != b:
            ways[b].append((a, edge, 1))
            ways[a].append((b, edge, -1))
    winding: list[dict[int, int] | None] = [None] * count + [{}]
    queue = deque([-1])
    while queue:
        here = queue.popleft()
        mine = winding[here]
        for there, edge, sign in ways[here]:
            if winding[there] is None:
                new = dict(mine or {})
                for who, net in steps[edge]:
                    value = new.get(who, 0) + sign * net
                    if value:
                        new[who] = value
                    else:
                        del new[who]
                winding[there] = new
                queue.append(there)
    out = []
    for w in winding[:count]:
        if w is None:
            raise ArithmeticError("a face of the arrangement is not connected to the outside")
        out.append(w)
    return out
