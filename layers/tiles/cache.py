"""Tile cache of one process, guarded by the feed: a tile whose rendering began before an eviction is never stored after it.

Not thread-safe; used from one event loop.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from layers.tiles.cover import span
from layers.tiles.render import Tile


@dataclass(slots=True)
class Entry:
    """A rendered tile, compressed, and its entity tag."""

    body: bytes
    etag: str

    @property
    def size(self) -> int:
        return len(self.body) + 200


@dataclass(slots=True, eq=False)
class Ticket:
    """Permission to store one tile; an eviction of the tile takes it back."""

    tile: Tile
    valid: bool = True


@dataclass
class TileCache:
    """Least recently used tiles up to `limit` bytes."""

    limit: int
    size: int = 0
    hits: int = 0
    refused: int = 0
    _entries: OrderedDict[Tile, Entry] = field(default_factory=OrderedDict)
    _tickets: dict[Tile, set[Ticket]] = field(default_factory=dict)

    def get(self, tile: Tile) -> Entry | None:
        entry = self._entries.get(tile)
        if entry is None:
            return None
        self._entries.move_to_end(tile)
        self.hits += 1
        return entry

    def peek(self, tile: Tile) -> Entry | None:
        """Like `get`, for a caller that asks again when there is nothing: a miss is not counted here."""
        return self.get(tile) if tile in self._entries else None

    def begin(self, tile: Tile) -> Ticket:
        """Call before the database is asked; give the ticket back to `store` or `abandon`."""
        ticket = Ticket(tile)
        self._tickets.setdefault(tile, set()).add(ticket)
        return ticket

    def store(self, ticket: Ticket, entry: Entry) -> bool:
        """Keep a rendered tile, unless it was evicted since `begin`."""
        self.abandon(ticket)
        if not ticket.valid:
            self.refused += 1
            return False
        self._drop(ticket.tile)
        self._entries[ticket.tile] = entry
        self.size += entry.size
        while self.size > self.limit and self._entries:
            self._drop(next(iter(self._entries)))
        return True

    def abandon(self, ticket: Ticket) -> None:
        waiting = self._tickets.get(ticket.tile)
        if waiting is not None:
            waiting.discard(ticket)
            if not waiting:
                del self._tickets[ticket.tile]

    def evict(self, bounds: Sequence[float] | None) -> list[Tile]:
        """Forget every tile that draws something inside `bounds` (degrees; None: everything). Returns the tiles concerned."""
        gone = [tile for tile in {*self._entries, *self._tickets} if bounds is None or _touches(tile, bounds)]
        for tile in gone:
            self._drop(tile)
            for ticket in self._tickets.pop(tile, ()):
                ticket.valid = False
        return gone

    def _drop(self, tile: Tile) -> None:
        entry = self._entries.pop(tile, None)
        if entry is not None:
            self.size -= entry.size

    def __len__(self) -> int:
        return len(self._entries)


def _touches(tile: Tile, bounds: Sequence[float]) -> bool:
    x0, y0, x1, y1 = span(bounds, tile.z)
    return x0 <= tile.x <= x1 and y0 <= tile.y <= y1
