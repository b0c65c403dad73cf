"""Where the bytes of papers lie: an object store, each object under the SHA-256 of its content.

The same bytes twice are one object. An object appears whole or not at all: a folder gets it under a passing name that is then linked to the real
one, a bucket by one conditional request (`If-None-Match: *`). What is read is hashed again before anybody sees it.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, ClassVar, Self

import obstore
import structlog
from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, ObjectStore, from_url

from layers.errors import Problem, TooLarge

log = structlog.get_logger(__name__)

OBJECTS = "sha256"
PREVIEWS = "preview"


class FileLost(Problem):
    """Bytes that are on record cannot be given: gone from the store, or no longer those that were put in."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "A stored file is damaged"
    title_vi: ClassVar[str] = "Tệp lưu trữ bị hỏng"


@dataclass(frozen=True)
class Received:
    """What a client sent: an open file without a name (it is gone when the process is), its length in bytes and its SHA-256."""

    file: IO[bytes]
    size: int
    sha256: bytes

    def content(self) -> bytes:
        self.file.seek(0)
        return self.file.read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        most = f"{limit / 1024**2:.0f}"
        raise TooLarge("file-too-large", f"A file may have at most {most} MB.", f"Mỗi tệp không được quá {most} MB.")


class FileStore:
    """Objects in a folder, or in a bucket (`s3://bucket/prefix` with the usual AWS_… variables). What is still coming in is in `incoming`."""

    def __init__(self, address: str, incoming: Path) -> None:
        self.incoming = incoming
        incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder: Path | None = None
        if "://" in address:
            self._store: ObjectStore = from_url(address)
        else:
            self.folder = Path(address).expanduser().resolve()
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._store = LocalStore(self.folder)

    async def receive(self, chunks: AsyncIterator[bytes], limit: int) -> Received:
        """Write what arrives to a nameless file, hashing on the way. Raises TooLarge past `limit` bytes; then, or if the client goes, nothing is left."""
        file = tempfile.TemporaryFile(dir=self.incoming)  # noqa: SIM115  (closed by who gets it)
        digest, size = hashlib.sha256(), 0
        try:
            async for chunk in chunks:
                size += len(chunk)
                _check_size(size, limit)
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return Received(file, size, digest.digest())

    def keep(self, data: bytes, sha256: bytes) -> bool:
        """Keep bytes; whether they are new. Once this returns, neither a kill nor a power cut takes them away.

        An object that has gone bad is mended by the good bytes.
        """
        path = _object(sha256)
        new = self._create(path, data)
        if not new:
            if self._intact(path, sha256) is not None:
                return False
            obstore.put(self._store, path, data, use_multipart=False)
        if self.folder is not None:
            _settle(self.folder / path, self.folder)
        return new

    def read(self, sha256: bytes) -> bytes:
        """The bytes of an object. Raises FileLost when they are not there or not what they were."""
        data = self._intact(_object(sha256), sha256)
        if data is None:
            log.error("stored file is lost or damaged", sha256=sha256.hex())
            raise FileLost(
                "file-lost",
                "The stored file is gone or no longer what was handed in, so it is not shown; the operator can see this in the log.",
                "Tệp lưu trữ đã mất hoặc không còn đúng như lúc nộp nên không được hiển thị; lỗi đã ghi vào nhật ký cho quản trị viên.",
            )
        return data

    def preview(self, sha256: bytes, name: str, make: Callable[[], bytes]) -> bytes:
        """A picture made of an object: kept under the object's hash and a name that says how it was made, so it is made once."""
        path = f"{PREVIEWS}/{sha256.hex()[:2]}/{sha256.hex()}/{name}"
        try:
            return bytes(obstore.get(self._store, path).bytes())
        except FileNotFoundError:
            data = make()
            self._create(path, data)
            return data

    def _intact(self, path: str, sha256: bytes) -> bytes | None:
        try:
            data = bytes(obstore.get(self._store, path).bytes())
        except FileNotFoundError:
            return None
        return data if hashlib.sha256(data).digest() == sha256 else None

    def _create(self, path: str, data: bytes) -> bool:
        try:
            obstore.put(self._store, path, data, mode="create", use_multipart=False)
        except AlreadyExistsError:
            return False
        return True


def _object(sha256: bytes) -> str:
    name = sha256.hex()
    return f"{OBJECTS}/{name[:2]}/{name}"


def _settle(path: Path, folder: Path) -> None:
    """Ask the disk to keep a file and the names that lead to it."""
    for place in (path, *(parent for parent in path.parents if parent.is_relative_to(folder))):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
