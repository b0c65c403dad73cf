"""Range requests on objects of a bucket are answered as slices of the whole."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from geo_service.scenes.ranges import bucket_response
from imagery.scenes.store import ImageStore

CONTENT = bytes(range(256)) * 4


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=10-99", slice(10, 100)),
        ("bytes=1000-", slice(1000, None)),
        ("bytes=1000-5000", slice(1000, None)),
        ("bytes=-24", slice(-24, None)),
        ("bytes=-5000", slice(None)),
        (None, slice(None)),
        ("bytes=-", slice(None)),
        ("bytes=1-2,4-5", slice(None)),
        ("rows=1-2", slice(None)),
    ],
)
def test_a_range_is_a_slice(tmp_path: Path, asked: str | None, wanted: slice) -> None:
    store = ImageStore(str(tmp_path / "images"))
    (tmp_path / "a").write_bytes(CONTENT)
    store.put("scenes/1/a", tmp_path / "a")
    answer = bucket_response(store, "scenes/1/a", len(CONTENT), asked, {"Accept-Ranges": "bytes"}, "image/tiff")

    async def body() -> bytes:
        return b"".join([part async for part in answer.body_iterator])  # type: ignore[attr-defined, misc]

    assert asyncio.run(body()) == CONTENT[wanted]
    start, end, _ = wanted.indices(len(CONTENT))
    partial = (start, end) != (0, len(CONTENT))
    assert answer.status_code == (206 if partial else 200)
    assert answer.headers["content-length"] == str(end - start)
    assert answer.headers.get("content-range") == (f"bytes {start}-{end - 1}/{len(CONTENT)}" if partial else None)


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=9-5", "bytes=-0"])
def test_a_range_outside_is_416(tmp_path: Path, asked: str) -> None:
    answer = bucket_response(ImageStore(str(tmp_path)), "x", 1024, asked, {}, "image/tiff")
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */1024")
