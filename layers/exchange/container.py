"""From a path to something OGR can open: size limits, archives, DGN v8, truncated files, layers.

Everything here refuses with `ImportRefused` before a single geometry is read.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import tarfile
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyogrio

from layers.exchange.refused import ImportRefused

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
VECTOR_SUFFIXES = {
    ".gpkg", ".shp", ".geojson", ".json", ".gml", ".xml", ".dxf", ".dgn", ".thf", ".fgb", ".tab", ".mif",
    ".kml", ".sqlite",
    ".csv",
}  # fmt: skip
DEFAULT_MAX_BYTES = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer as OGR lists it; ``geometry`` is OGR's name of the type (``None``: no geometry)."""

    name: str
    geometry: str | None

    @property
    def polygonal(self) -> bool:
        kind = self.geometry or ""
        return "Polygon" in kind or "Surface" in kind

    @property
    def mixed(self) -> bool:
        return self.geometry in ("Unknown", "GeometryCollection")


@dataclass(frozen=True, slots=True)
class Opened:
    """A file ready to read: ``target`` is what OGR opens, ``layers`` what is in it."""

    path: Path
    target: str
    layers: tuple[Layer, ...]
    size: int
    sha256: str


@contextlib.contextmanager
def opened(path: Path, *, max_bytes: int = DEFAULT_MAX_BYTES) -> Iterator[Opened]:
    """Open a vector file, or the one inside a zip or tar archive.

    Raises ImportRefused: missing, empty, too large, DGN v8, not a vector file, cut off."""
    size = _check_size(path, max_bytes)
    with path.open("rb") as stream:
        head = stream.read(8)
    if head == OLE:
        raise ImportRefused(
            "dgn-v8",
            "DGN v8 cannot be read; export the map as DGN v7, DXF or GPKG.",
            "Không đọc được DGN V8; hãy xuất bản đồ sang DGN V7, DXF hoặc GPKG.",
            [path.name],
        )
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        target = str(path)
        if tarfile.is_tarfile(path):
            target = _from_tar(path, Path(folder), max_bytes)
        elif zipfile.is_zipfile(path) or path.suffix.lower() in (".zip", ".kmz"):
            target = _from_zip(path, Path(folder), max_bytes)
        _check_whole(Path(target))
        yield Opened(path, target, _layers(path, target), size, _digest(path))


def _check_size(path: Path, max_bytes: int) -> int:
    if not path.is_file():
        raise ImportRefused("no-file", f"There is no file {path.name}.", f"Không có tệp {path.name}.", [path.name])
    size = path.stat().st_size
    if size == 0:
        raise ImportRefused("empty-file", f"{path.name} is empty.", f"Tệp {path.name} rỗng.", [path.name])
    if size > max_bytes:
        raise ImportRefused(
            "file-too-large",
            f"{path.name} has {size:,} bytes; at most {max_bytes:,} are accepted. Divide the file by sheet or unit.",
            f"Tệp {path.name} có {size:,} byte; chỉ nhận tối đa {max_bytes:,} byte. Hãy chia tệp theo tờ hoặc theo xã.",
            [path.name],
        )
    return size


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _too_large_inside(path: Path, total: int, max_bytes: int) -> None:
    if total > max_bytes:
        raise ImportRefused(
            "file-too-large",
            f"{path.name} unpacks to {total:,} bytes; at most {max_bytes:,} are accepted.",
            f"Tệp {path.name} giải nén thành {total:,} byte; chỉ nhận tối đa {max_bytes:,} byte.",
            [path.name],
        )


def _from_zip(path: Path, folder: Path, max_bytes: int) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            _too_large_inside(path, sum(i.file_size for i in archive.infolist()), max_bytes)
            bad = archive.testzip()
            if bad is not None:
                raise zipfile.BadZipFile(bad)  # noqa: TRY301  (told like any other damage)
            archive.extractall(folder)  # noqa: S202  (zipfile keeps names inside the folder; the size was checked)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise ImportRefused(
            "broken-archive",
            f"{path.name} is a damaged or protected zip archive ({error}).",
            f"Tệp nén {path.name} bị hỏng hoặc có mật khẩu ({error}).",
            [path.name],
        ) from error
    return _only_dataset(path, folder)


def _from_tar(path: Path, folder: Path, max_bytes: int) -> str:
    try:
        with tarfile.open(path) as archive:
            _too_large_inside(path, sum(m.size for m in archive.getmembers()), max_bytes)
            archive.extractall(folder, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ImportRefused(
            "broken-archive",
            f"{path.name} is a damaged tar archive ({error}).",
            f"Tệp nén {path.name} bị hỏng ({error}).",
            [path.name],
        ) from error
    return _only_dataset(path, folder)


def _only_dataset(path: Path, folder: Path) -> str:
    found = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix.lower() in VECTOR_SUFFIXES)
    exchange = [p for p in found if p.suffix.lower() == ".thf"]
    found = exchange or [p for p in found if not p.name.lower().endswith(".shp.xml") and p.suffix.lower() != ".csv"]
    if len(found) == 1:
        return str(found[0])
    names = [p.name for p in found]
    if not found:
        raise ImportRefused(
            "nothing-inside",
            f"There is no vector file inside {path.name}.",
            f"Trong tệp nén {path.name} không có tệp bản đồ vector.",
            sorted(p.name for p in folder.rglob("*") if p.is_file())[:20],
        )
    raise ImportRefused(
        "several-inside",
        f"{path.name} holds several vector files ({', '.join(names[:8])}); send one at a time.",
        f"Tệp nén {path.name} chứa nhiều tệp bản đồ ({', '.join(names[:8])}); hãy gửi từng tệp.",
        names,
    )


def _check_whole(path: Path) -> None:
    """Formats that know their own length are compared with the file: what was cut off is not read halfway."""
    suffix = path.suffix.lower()
    with path.open("rb") as stream:
        head = stream.read(100)
    if head[:8] == OLE:
        raise ImportRefused(
            "dgn-v8",
            "DGN v8 cannot be read; export the map as DGN v7, DXF or GPKG.",
            "Không đọc được DGN V8; hãy xuất bản đồ sang DGN V7, DXF hoặc GPKG.",
            [path.name],
        )
    if suffix == ".shp" and len(head) == 100 and int.from_bytes(head[24:28], "big") * 2 > path.stat().st_size:
        raise _truncated(path, "the shapefile is shorter than its header says")
    if suffix == ".dgn" and not _dgn_ends(path):
        raise _truncated(path, "the drawing has no end mark")
    if head[:15] == b"SQLite format 3":
        try:
            with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as db:
                verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise _truncated(path, str(error)) from error
        if verdict != "ok":
            raise _truncated(path, str(verdict))


def _dgn_ends(path: Path) -> bool:
    """DGN v7 is a chain of elements, each telling its length in words, closed by FFFF."""
    data = path.read_bytes()
    at = 0
    while at + 4 <= len(data):
        if data[at : at + 2] == b"\xff\xff":
            return True
        at += 4 + 2 * int.from_bytes(data[at + 2 : at + 4], "little")
    return at + 2 == len(data) and data[at:] == b"\xff\xff"


def _truncated(path: Path, why: str) -> ImportRefused:
    return ImportRefused(
        "damaged-file",
        f"{path.name} is damaged or was cut off ({why}).",
        f"Tệp {path.name} bị hỏng hoặc bị cắt cụt ({why}).",
        [path.name],
    )


def _layers(path: Path, target: str) -> tuple[Layer, ...]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            listed = pyogrio.list_layers(target)
    except Exception as error:
        text = str(error)
        if "DGNv8" in text:
            raise ImportRefused(
                "dgn-v8",
                "DGN v8 cannot be read; export the map as DGN v7, DXF or GPKG.",
                "Không đọc được DGN V8; hãy xuất bản đồ sang DGN V7, DXF hoặc GPKG.",
                [path.name],
            ) from error
        raise ImportRefused(
            "unreadable",
            f"{path.name} is not a vector file that can be read, or it was cut off.",
            f"Tệp {path.name} không phải tệp bản đồ vector đọc được, hoặc đã bị cắt cụt.",
            [path.name],
            reason=_plain(text, target, path),
        ) from error
    return tuple(Layer(str(name), None if kind is None else str(kind)) for name, kind in listed)


def _plain(text: str, target: str, path: Path) -> str:
    """A library's message without paths of this machine."""
    return text.replace(target, path.name).replace(str(path.parent), "")[:300]


def choose_layer(source: Opened, wanted: str | None) -> Layer:
    """The layer asked for, or the only polygon layer; linework files have one mixed layer.

    Raises ImportRefused naming the layers there are."""
    names = [item.name for item in source.layers]
    if wanted is not None:
        for item in source.layers:
            if item.name == wanted:
                return item
        raise ImportRefused(
            "no-such-layer",
            f"There is no layer “{wanted}”. The file has: {', '.join(names)}.",
            f"Không có lớp “{wanted}”. Tệp có các lớp: {', '.join(names)}.",
            names,
        )
    polygonal = [item for item in source.layers if item.polygonal]
    candidates = polygonal or [item for item in source.layers if item.mixed]
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        kinds = ", ".join(f"{item.name} ({item.geometry or '–'})" for item in source.layers) or "–"
        raise ImportRefused(
            "no-polygons",
            f"The file has no polygon layer: {kinds}.",
            f"Tệp không có lớp vùng (polygon): {kinds}.",
            names,
        )
    several = [item.name for item in candidates]
    raise ImportRefused(
        "several-layers",
        f"The file has several polygon layers; name one with --layer: {', '.join(several)}.",
        f"Tệp có nhiều lớp vùng; hãy chọn một lớp bằng --layer: {', '.join(several)}.",
        several,
    )
