"""Finding PostgreSQL programs that have PostGIS beside them, or saying which package to install."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from layers.errors import Problem

DEBIAN_ROOT = Path("/usr/lib/postgresql")
OLDEST_MAJOR = 15
DISTRIBUTION_MAJOR = {"bookworm": 15, "trixie": 17, "noble": 16, "plucky": 17}


class ClusterError(Problem):
    """The embedded cluster cannot be found, started or used; says what to do about it."""

    status = 503
    title = "The embedded database cannot be used"
    title_vi = "Không dùng được cơ sở dữ liệu nhúng"


@dataclass(frozen=True, order=True)
class Binaries:
    """One installed PostgreSQL: its major version and the folder of its server programs."""

    major: int
    bindir: Path

    def path(self, name: str) -> str:
        return str(self.bindir / name)

    @property
    def postgis(self) -> bool:
        """Whether this server can `CREATE EXTENSION postgis`."""
        return (_share(self) / "extension" / "postgis.control").is_file()


def _share(binaries: Binaries) -> Path:
    program = binaries.bindir / "pg_config"
    if program.is_file():
        answer = subprocess.run([program, "--sharedir"], capture_output=True, text=True, check=False)
        if answer.returncode == 0:
            return Path(answer.stdout.strip())
    return Path("/usr/share/postgresql") / str(binaries.major)


def _version(bindir: Path) -> int | None:
    if not all(os.access(bindir / name, os.X_OK) for name in ("postgres", "initdb", "pg_ctl")):
        return None
    answer = subprocess.run([bindir / "postgres", "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"\)\s+(\d+)", answer.stdout)
    return int(found[1]) if found else None


def installed(root: Path = DEBIAN_ROOT, search_path: str | None = None) -> list[Binaries]:
    """Every PostgreSQL server on this machine, newest first: Debian's folders, then `pg_config` on the path."""
    folders = sorted(root.glob("*/bin"))
    if program := shutil.which("pg_config", path=search_path):
        answer = subprocess.run([program, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(answer.stdout.strip() or "/nonexistent"))
    found = {Binaries(major, folder) for folder in folders if (major := _version(folder)) is not None}
    return sorted(found, reverse=True)


def distribution_major() -> int:
    """The PostgreSQL major that this Debian or Ubuntu release packages (15 when the release is unknown)."""
    try:
        release = Path("/etc/os-release").read_text(encoding="utf-8")
    except OSError:
        return OLDEST_MAJOR
    found = re.search(r"^VERSION_CODENAME=(\w+)", release, re.MULTILINE)
    return DISTRIBUTION_MAJOR.get(found[1], OLDEST_MAJOR) if found else OLDEST_MAJOR


def choose(candidates: Iterable[Binaries], data_major: int | None = None) -> Binaries:
    """The server to run: the one that wrote the data, or the newest with PostGIS when there is no data yet.

    Raises ClusterError naming the apt package when there is none.
    """
    servers = sorted(candidates, reverse=True)
    usable = [server for server in servers if server.major >= OLDEST_MAJOR and server.postgis]
    if data_major is not None:
        for server in usable:
            if server.major == data_major:
                return server
        have = ", ".join(str(server.major) for server in usable) or "none"
        package = f"postgresql-{data_major}-postgis-3"
        raise ClusterError(
            "cluster-version",
            f"The data was written by PostgreSQL {data_major}, but the versions with PostGIS here are: {have}. "
            f"Install {package} (apt-get install {package}), or move the data over with pg_dump.",
            f"Dữ liệu do PostgreSQL {data_major} ghi, nhưng máy này chỉ có: {have}. Hãy cài {package} "
            f"(apt-get install {package}) hoặc chuyển dữ liệu bằng pg_dump.",
        )
    if usable:
        return usable[0]
    major = next((server.major for server in servers if server.major >= OLDEST_MAJOR), distribution_major())
    package = f"postgresql-{major}-postgis-3"
    what, what_vi = ("PostGIS is", "PostGIS") if servers else ("PostgreSQL with PostGIS is", "PostgreSQL và PostGIS")
    raise ClusterError(
        "postgis-missing",
        f"{what} not installed. Install it with: apt-get install {package} (or set DATABASE_URL).",
        f"Chưa cài {what_vi}. Hãy cài bằng: apt-get install {package} (hoặc đặt DATABASE_URL).",
    )
