"""The guarded cache: what was begun before an eviction is never kept after it."""

from __future__ import annotations

from layers.tiles.cache import Entry, TileCache
from layers.tiles.cover import span
from layers.tiles.render import Tile

HERE = (105.84, 21.02, 105.841, 21.021)
TILE = Tile(16, *span(HERE, 16)[:2])
FAR = Tile(16, TILE.x + 50, TILE.y)
ENTRY = Entry(b"x" * 100, '"1"')


def test_hit_after_store() -> None:
    cache = TileCache(10_000)
    assert cache.store(cache.begin(TILE), ENTRY)
    assert cache.get(TILE) is ENTRY


def test_rendered_before_eviction_is_not_kept() -> None:
    cache = TileCache(10_000)
    ticket = cache.begin(TILE)
    assert cache.evict(HERE) == [TILE]
    assert not cache.store(ticket, ENTRY)
    assert cache.get(TILE) is None


def test_begun_after_eviction_is_kept() -> None:
    cache = TileCache(10_000)
    old = cache.begin(TILE)
    cache.evict(HERE)
    new = cache.begin(TILE)
    assert cache.store(new, ENTRY)
    assert not cache.store(old, Entry(b"old", '"0"'))
    assert cache.get(TILE) is ENTRY


def test_eviction_leaves_others_alone_and_none_means_all() -> None:
    cache = TileCache(10_000)
    for tile in (TILE, FAR):
        cache.store(cache.begin(tile), ENTRY)
    cache.evict(HERE)
    assert cache.get(FAR) is ENTRY and cache.get(TILE) is None
    cache.evict(None)
    assert len(cache) == 0 and cache.size == 0


def test_neighbour_tile_that_draws_the_buffer_is_evicted() -> None:
    """An edit just across a tile's edge is still drawn by that tile, in its buffer."""
    x0, _, x1, _ = span(HERE, 20)
    west = 105.84 - 360 / 2**20 * 0.01
    touched = span((west, 21.02, west, 21.02), 20)
    assert touched[2] - touched[0] in (0, 1) and x0 <= x1
    edge = 360 / 2**20 * round((105.84 + 180) / 360 * 2**20) - 180
    just_east = span((edge + 1e-7, 21.02, edge + 1e-7, 21.02), 20)
    assert just_east[2] - just_east[0] == 1, "both sides of the edge"


def test_limit_drops_the_least_used() -> None:
    cache = TileCache(1_000)
    tiles = [Tile(16, n, 0) for n in range(4)]
    for tile in tiles[:3]:
        cache.store(cache.begin(tile), ENTRY)
    cache.get(tiles[0])
    cache.store(cache.begin(tiles[3]), ENTRY)
    assert cache.get(tiles[0]) and cache.get(tiles[3]) and not cache.get(tiles[1])
    assert cache.size <= 1_000
