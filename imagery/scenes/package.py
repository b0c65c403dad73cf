"""What was delivered: a file, a folder, or an archive that is read where it lies. Names inside, their bytes, and the path of each that GDAL opens."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from layers.errors import Malformed, NotFound, TooLarge

TEXT_LIMIT = 32 * 1024**2
MEMBER_LIMIT = 20_000
CHUNK = 4 * 1024**2
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Package:
    """`names` are relative with `/`; a single file is a package of one name. `gdal_root` is put before a name for GDAL."""

    root: Path
    kind: str  # file, folder, zip, tar
    names: tuple[str, ...]

    @property
    def label(self) -> str:
        """Its name for people, without endings."""
        return self.root.name if self.kind == "folder" else _bare(self.root.name)

    def gdal_path(self, name: str) -> str:
        """What rasterio opens."""
        if self.kind == "file":
            return str(self.root)
        if self.kind == "folder":
            return str(self.root / name)
        return f"/vsi{self.kind}/{{{self.root}}}/{name}"

    def text(self, name: str) -> str:
        """A small text file. Raises TooLarge for one that is no metadata."""
        data = self._bytes(name)
        if len(data) > TEXT_LIMIT:
            raise TooLarge("metadata-too-large", f"{name} is too large for metadata.", f"Tệp {name} quá lớn.")
        return data.decode("utf-8", errors="replace")

    def _bytes(self, name: str) -> bytes:
        if self.kind == "zip":
            with zipfile.ZipFile(self.root) as archive, archive.open(name) as member:
                return member.read(TEXT_LIMIT + 1)
        if self.kind == "tar":
            with tarfile.open(self.root, "r:") as tape:
                found = tape.extractfile(name)
                return found.read(TEXT_LIMIT + 1) if found else b""
        with (self.root if self.kind == "file" else self.root / name).open("rb") as file:
            return file.read(TEXT_LIMIT + 1)

    def sha256(self, used: Iterable[str], progress: Progress | None = None) -> bytes:
        """Of the file or archive itself; of a folder: of the files that are used, in the order of their names."""
        if self.kind != "folder":
            return _digest([self.root], progress)
        return _digest([self.root / name for name in sorted(set(used))], progress)


def open_package(path: Path) -> Package:
    """The package at `path`. Raises NotFound for nothing there, Malformed for an archive that cannot be read."""
    path = path.expanduser().resolve()
    if not path.exists():
        raise NotFound("no-such-file", f"There is no {path}.", f"Không có tệp {path}.")
    if path.is_dir():
        names = tuple(sorted(str(file.relative_to(path).as_posix()) for file in path.rglob("*") if file.is_file()))
        if not names:
            raise Malformed("empty-folder", f"The folder {path.name} is empty.", f"Thư mục {path.name} trống.")
        return Package(path, "folder", names)
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return Package(path, "zip", _members(name for name in archive.namelist() if not name.endswith("/")))
        if path.suffix.lower() == ".tar" and tarfile.is_tarfile(path):
            with tarfile.open(path, "r:") as tar:
                return Package(path, "tar", _members(member.name for member in tar if member.isfile()))
    except (zipfile.BadZipFile, tarfile.TarError, OSError) as error:
        raise Malformed(
            "broken-archive",
            f"The archive {path.name} is damaged: {error}.",
            f"Tệp nén {path.name} bị hỏng: {error}.",
        ) from error
    return Package(path, "file", (path.name,))


def _members(names: Iterable[str]) -> tuple[str, ...]:
    found = []
    for name in names:
        found.append(name)
        if len(found) > MEMBER_LIMIT:
            raise TooLarge(
                "too-many-members", "The archive holds too many files for one scene.", "Tệp nén chứa quá nhiều tệp."
            )
    return tuple(sorted(found))


def _digest(files: list[Path], progress: Progress | None) -> bytes:
    digest, done, total = hashlib.sha256(), 0, sum(file.stat().st_size for file in files)
    for file in files:
        with file.open("rb") as content:
            while chunk := content.read(CHUNK):
                digest.update(chunk)
                done += len(chunk)
                if progress:
                    progress("hash", done, total)
    return digest.digest()


def _bare(name: str) -> str:
    for ending in (".zip", ".tar", ".SAFE"):
        name = name.removesuffix(ending)
    return name.rsplit(".", 1)[0] if "." in name else name
