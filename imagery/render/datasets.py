"""A bounded pool of open data sets, and how GDAL is tuned for small random reads.

A GDAL data set must not be used by two threads at once, and opening one costs as much as reading a tile; so each open one is lent to one reader at
a time and kept for the next. GDAL's own settings belong to a thread (rasterio.Env), so every thread that reads enters `gdal()`.
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Iterator

import rasterio
from rasterio.errors import RasterioIOError
from rasterio.io import DatasetReader

from layers.errors import Problem

CACHE = 128 * 1024**2
"""Bytes of GDAL's cache of decoded blocks, for the whole process (rasterio takes bytes, where GDAL itself takes megabytes)."""
SETTINGS = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",  # never list a bucket to look for side-car files
    "GDAL_CACHEMAX": CACHE,
    "GDAL_NUM_THREADS": "1",  # one tile, one core: the pool's threads are the parallelism
    "GDAL_INGESTED_BYTES_AT_OPEN": "32768",  # the whole header of a COG in one request
    "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES": "YES",
    "GDAL_HTTP_MULTIPLEX": "YES",
    "GDAL_HTTP_TIMEOUT": "20",
    "GDAL_HTTP_CONNECTTIMEOUT": "5",
    "GDAL_HTTP_MAX_RETRY": "2",
    "VSI_CACHE": "TRUE",
    "VSI_CACHE_SIZE": str(4 * 1024**2),  # of each open file
    "CPL_VSIL_CURL_CACHE_SIZE": str(64 * 1024**2),
}


class ImageLost(Problem):
    """A file that is on record cannot be read."""

    status = 500
    title = "An image file cannot be read"
    title_vi = "Không đọc được tệp ảnh"


def gdal() -> rasterio.Env:
    """The settings, for a `with` in each thread that reads."""
    return rasterio.Env(**SETTINGS)


class Datasets:
    """Open data sets by path, at most `limit` that nobody uses."""

    def __init__(self, limit: int = 32) -> None:
        self._limit = limit
        self._idle: OrderedDict[tuple[str, int], DatasetReader] = OrderedDict()
        self._lock = threading.Lock()
        self._number = 0
        self._forgotten: dict[str, int] = {}

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator[DatasetReader]:
        """The data set at `path`, for this thread alone until the `with` ends. Raises ImageLost."""
        before = self._number
        dataset = self._take(path) or _opened(path)
        try:
            yield dataset
        except BaseException:
            dataset.close()  # it may be in any state
            raise
        self._give_back(path, dataset, before)

    def forget(self, path: str) -> None:
        """Close what is open of a file that is about to go."""
        with self._lock:
            self._number += 1
            self._forgotten[path] = self._number
            gone = [self._idle.pop(key) for key in [key for key in self._idle if key[0] == path]]
        for dataset in gone:
            dataset.close()

    def close(self) -> None:
        with self._lock:
            gone = list(self._idle.values())
            self._idle.clear()
        for dataset in gone:
            dataset.close()

    def __len__(self) -> int:
        return len(self._idle)

    def _take(self, path: str) -> DatasetReader | None:
        with self._lock:
            key = next((key for key in reversed(self._idle) if key[0] == path), None)
            return self._idle.pop(key) if key else None

    def _give_back(self, path: str, dataset: DatasetReader, taken: int) -> None:
        gone: DatasetReader | None = None
        with self._lock:
            if self._forgotten.get(path, 0) > taken:
                gone = dataset
            else:
                self._number += 1
                self._idle[path, self._number] = dataset
                if len(self._idle) > self._limit:
                    gone = self._idle.popitem(last=False)[1]
        if gone is not None:
            gone.close()


def _opened(path: str) -> DatasetReader:
    try:
        return rasterio.open(path)
    except RasterioIOError as error:
        raise lost() from error


def lost() -> ImageLost:
    return ImageLost(
        "image-lost",
        "The image file of this scene is gone or damaged; the operator can see this in the log.",
        "Tệp ảnh đã mất hoặc bị hỏng; quản trị viên xem được lỗi này trong nhật ký.",
    )
