"""Where the files of scenes lie: big objects in a folder or a bucket, and a path for each that GDAL opens.

An object appears whole or not at all: a folder gets it by renaming a finished file that has reached the disk, a bucket by an upload that it shows
only once it is complete (unfinished parts of one that was killed are the bucket's own to expire). What is being made lies in a passing folder on this
machine, locked for as long as its maker lives; `sweep_passing` clears what a killed maker left.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import obstore
from obstore.store import LocalStore, ObjectStore, from_url

PASSING = "passing"
LOCK = ".lock"
BUCKET_PATHS = {"s3": "/vsis3/", "gs": "/vsigs/", "az": "/vsiaz/"}
"""What GDAL calls a bucket; it reads the same AWS_…, GOOGLE_… and AZURE_… variables."""


class ImageStore:
    """Objects in a folder, or in a bucket (`s3://bucket/prefix` with the usual AWS_… variables)."""

    def __init__(self, address: str, passing: Path | None = None) -> None:
        self.address = address
        self.folder: Path | None = None
        self._prefix = ""
        if "://" in address:
            parts = urlsplit(address)
            if parts.scheme not in BUCKET_PATHS:
                raise ValueError(f"{address}: a folder, or one of {', '.join(f'{name}://' for name in BUCKET_PATHS)}")
            self._store: ObjectStore = from_url(address)
            self._prefix = f"{BUCKET_PATHS[parts.scheme]}{parts.netloc}{parts.path}".rstrip("/") + "/"
            self.passing_folder = passing or Path(tempfile.gettempdir()) / f"geo-images-{os.getuid()}"
        else:
            self.folder = Path(address).expanduser().resolve()
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._store = LocalStore(self.folder)
            self.passing_folder = self.folder / PASSING  # on the same disk, so that finished files are renamed
        self.passing_folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @contextmanager
    def passing(self) -> Iterator[Path]:
        """An empty folder of one's own to make files in, gone when the block ends, however it ends."""
        while True:  # a sweep may take a new folder in the moment before it is locked
            place = self.passing_folder / uuid4().hex
            place.mkdir(mode=0o700)
            with _locked(place) as lock:
                if lock is None or not (place / LOCK).exists():
                    continue
                try:
                    yield place
                finally:
                    shutil.rmtree(place, ignore_errors=True)
                return

    def sweep_passing(self) -> int:
        """Remove what makers that are no more have left; how many folders."""
        swept = 0
        for place in self.passing_folder.iterdir():
            with _locked(place) as lock:
                if lock is not None:
                    shutil.rmtree(place, ignore_errors=True)
                    swept += 1
        return swept

    def put(self, key: str, path: Path) -> None:
        """Move a finished file into the store under `key`; a file in a folder store has then reached the disk."""
        if self.folder is None:
            obstore.put(self._store, key, path)
            path.unlink()
            return
        target = self.folder / key
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _to_disk(path)
        try:
            path.replace(target)
        except OSError:  # from another disk: copied beside its place first
            with self.passing() as place:
                copy = Path(shutil.copyfile(path, place / "copy"))
                _to_disk(copy)
                copy.replace(target)
            path.unlink()
        for folder in (target.parent, target.parent.parent):
            _to_disk(folder)

    def remove(self, key: str) -> None:
        """Remove an object, and in a folder store the empty folders it leaves; nothing happens when it is not there."""
        with contextlib.suppress(FileNotFoundError):
            obstore.delete(self._store, key)
        if self.folder is not None:
            with contextlib.suppress(OSError):
                (self.folder / key).parent.rmdir()

    def groups(self, prefix: str) -> list[str]:
        """Names of the groups of objects below `prefix`: for `scenes` the ids in `scenes/<id>/…`."""
        found = obstore.list_with_delimiter(self._store, prefix)
        return sorted(str(name).rstrip("/").rsplit("/", 1)[-1] for name in found["common_prefixes"])

    def keys(self, prefix: str) -> list[str]:
        """Keys of the objects below `prefix`."""
        return sorted(meta["path"] for batch in obstore.list(self._store, prefix) for meta in batch)

    def size(self, key: str) -> int:
        """Bytes of an object. Raises FileNotFoundError."""
        return int(obstore.head(self._store, key)["size"])

    def gdal_path(self, key: str) -> str:
        """What rasterio opens: the file itself, or the bucket's address as GDAL knows it."""
        return str(self.folder / key) if self.folder is not None else f"{self._prefix}{key}"

    def fetch(self, key: str, path: Path) -> Path:
        """A file on this machine with an object's content: the object itself, or a copy at `path`."""
        if self.folder is not None:
            return self.folder / key
        with path.open("wb") as file:
            for chunk in obstore.get(self._store, key):
                file.write(chunk)
        return path

    def read(self, key: str, start: int, length: int) -> bytes:
        """`length` bytes of an object from `start` on. Raises FileNotFoundError."""
        return bytes(obstore.get_range(self._store, key, start=start, length=length))


@contextmanager
def _locked(place: Path) -> Iterator[int | None]:
    """Hold the lock of a passing folder; None when its maker holds it or it has just gone. A killed maker's lock is free."""
    try:
        handle = os.open(place / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:
        yield None
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield handle
    finally:
        os.close(handle)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
