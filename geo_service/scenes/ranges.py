"""Answering range requests (RFC 9110 §14) for objects of a bucket."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fastapi.responses import Response, StreamingResponse

from imagery.scenes.store import ImageStore

CHUNK = 4 * 1024**2
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def bucket_response(
    store: ImageStore, key: str, size: int, asked: str | None, headers: dict[str, str], media_type: str
) -> Response:
    """An object, or the one range of it that is asked for; several ranges at once are answered with the whole."""
    wanted = _range(asked, size)
    if wanted is None:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    start, end = wanted
    headers = headers | {"Content-Length": str(end - start)}
    if (start, end) != (0, size):
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    status = 206 if "Content-Range" in headers else 200
    return StreamingResponse(_parts(store, key, start, end), status, headers, media_type)


def _parts(store: ImageStore, key: str, start: int, end: int) -> Iterator[bytes]:
    for at in range(start, end, CHUNK):
        yield store.read(key, at, min(CHUNK, end - at))


def _range(asked: str | None, size: int) -> tuple[int, int] | None:
    """First byte and the one behind the last; None for a range that lies outside."""
    match = RANGE.fullmatch(asked or "")
    if match is None or not any(match.groups()):
        return 0, size
    first, last = match.groups()
    if not first:  # the last bytes
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1 if last else size, size)
    return (start, end) if start < end else None
