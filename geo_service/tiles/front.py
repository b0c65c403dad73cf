"""Tiles that are in the cache, answered before the framework is asked. Nearly all tile requests are of this kind.

What it answers is byte for byte what the route would: only requests without a query, only while the feed is connected, only from the guarded
cache. They are counted by the cache and not written to the request log.
"""

from __future__ import annotations

from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from layers.tiles.render import Tile

PREFIX, SUFFIX = "/tiles/fabric/", ".mvt"
MVT = b"application/vnd.mapbox-vector-tile"


class TileFront:
    """ASGI middleware around the application; `state` is the application's, filled when it starts."""

    def __init__(self, app: ASGIApp, state: Any) -> None:
        self.app = app
        self.state = state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET" and not scope["query_string"]:
            path: str = scope["path"]
            if path.startswith(PREFIX) and path.endswith(SUFFIX) and await self._answered(path, scope, send):
                return
        await self.app(scope, receive, send)

    async def _answered(self, path: str, scope: Scope, send: Send) -> bool:
        numbers = path[len(PREFIX) : -len(SUFFIX)].split("/")
        if len(numbers) != 3 or not all(n.isdecimal() and n.isascii() and len(n) < 8 for n in numbers):
            return False
        hub = getattr(self.state, "hub", None)
        if hub is None or not hub.connected:
            return False
        tile = Tile(int(numbers[0]), int(numbers[1]), int(numbers[2]))
        entry = self.state.tiles.cache.peek(tile)
        if entry is None:
            return False
        etag = entry.etag.encode()
        headers = [(b"etag", etag), (b"cache-control", b"no-cache"), (b"vary", b"Accept-Encoding")]
        asked = next((value for name, value in scope["headers"] if name == b"if-none-match"), b"")
        if etag in asked:
            status, body = 304, b""
        elif not entry.body:
            status, body = 204, b""
        else:
            status, body = 200, entry.body
            headers += [
                (b"content-type", MVT),
                (b"content-encoding", b"gzip"),
                (b"content-length", str(len(body)).encode()),
            ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return True
