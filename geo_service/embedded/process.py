"""Operating-system side of the embedded cluster: who runs it, which processes belong to it, who holds a lock.

PostgreSQL refuses to run as root, so root hands its programs to another user; an ordinary user runs them as itself.
A process is recognised as part of a cluster by two facts that cannot be stale: its executable is `postgres` and its
working folder is the data folder. A pid read from a file proves nothing.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from geo_service.embedded.binaries import ClusterError

SYSTEM_USER = "postgres"


@dataclass(frozen=True)
class Owner:
    """The operating-system user the server runs as."""

    uid: int
    gid: int
    name: str

    @property
    def drops(self) -> bool:
        """True when this process is root and must hand programs over to the owner."""
        return os.geteuid() == 0 and self.uid != 0

    def run(
        self, command: Sequence[str | Path], *, cwd: Path, holding: Sequence[int] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as the owner with a small, fixed environment; output captured, no exception on failure.

        The locks in `holding` are inherited: should this process be killed, they stay taken until the program ends.
        """
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        return subprocess.run(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            umask=0o077,
            pass_fds=holding,
            start_new_session=True,  # Ctrl-C at the terminal must reach the service only
            user=self.uid if self.drops else None,
            group=self.gid if self.drops else None,
            extra_groups=[] if self.drops else None,
        )

    def give(self, path: Path) -> None:
        """Make the owner own a path this process created."""
        if self.drops:
            os.chown(path, self.uid, self.gid)


def owner_for(folder: Path) -> Owner:
    """Who must run the cluster kept below `folder`.

    root → the folder's owner when that is not root, else the system user `postgres`. Anyone else → oneself.
    """
    if os.geteuid() != 0:
        return _lookup(os.geteuid())
    if folder.exists() and (uid := folder.stat().st_uid) != 0:
        return _lookup(uid)
    try:
        return _lookup(pwd.getpwnam(SYSTEM_USER).pw_uid)
    except KeyError:
        raise ClusterError(
            "cluster-user",
            f"There is no system user '{SYSTEM_USER}' to run the database as; install the package postgresql-common.",
            f"Không có người dùng hệ thống '{SYSTEM_USER}' để chạy cơ sở dữ liệu; hãy cài gói postgresql-common.",
        ) from None


def _lookup(uid: int) -> Owner:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise ClusterError(
            "cluster-user",
            f"User id {uid} has no name in /etc/passwd, and PostgreSQL needs one; add the user or set DATABASE_URL.",
            f"Mã người dùng {uid} không có tên trong /etc/passwd; hãy thêm người dùng hoặc đặt DATABASE_URL.",
        ) from None
    return Owner(entry.pw_uid, entry.pw_gid, entry.pw_name)


def check_reachable(folder: Path, owner: Owner) -> None:
    """Raise ClusterError naming the folder that stops the owner from entering `folder` (root's own home, usually)."""
    if not owner.drops:
        return
    for step in [*reversed(folder.parents), folder]:
        if step.exists() and owner.run(["/bin/sh", "-c", 'cd -- "$1"', "sh", step], cwd=Path("/")).returncode:
            raise ClusterError(
                "cluster-unreachable",
                f"The database user '{owner.name}' cannot enter {step} (mode {step.stat().st_mode & 0o777:o}). "
                "Set GEO_DATA_DIR to a folder it can reach, such as /var/lib/geo-service.",
                f"Người dùng '{owner.name}' không vào được {step}. Hãy đặt GEO_DATA_DIR vào thư mục khác, "
                "ví dụ /var/lib/geo-service.",
            )


def belongs(pid: int, data: Path) -> bool:
    """Whether process `pid` is alive and a PostgreSQL process of the cluster in `data` (a zombie is not)."""
    try:
        program = Path(f"/proc/{pid}/exe").readlink()
        folder = Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return False
    return program.name.removesuffix(" (deleted)") == "postgres" and folder == data  # deleted: package upgraded


def members(data: Path) -> list[int]:
    """Every process of the cluster in `data`, the postmaster's orphans included."""
    return [int(entry.name) for entry in Path("/proc").glob("[0-9]*") if belongs(int(entry.name), data)]


def end_orphans(data: Path, grace: float = 0.3, patience: float = 5.0) -> None:
    """Wait until no process of a cluster without postmaster is left, so that its shared memory is free.

    Idle backends notice the postmaster's death at once; those in a long statement are told to quit, then killed.
    Nothing acknowledged is lost: it is in the write-ahead log.
    """
    started = time.monotonic()
    while left := members(data):
        waited = time.monotonic() - started
        if waited > grace:
            for pid in left:
                _kill(pid, signal.SIGQUIT if waited < patience else signal.SIGKILL)
        if waited > 2 * patience:
            raise ClusterError(
                "cluster-orphans",
                f"Processes {left} of a crashed database server do not end; end them and try again.",
                f"Các tiến trình {left} của máy chủ cơ sở dữ liệu bị sự cố không kết thúc; hãy dừng chúng rồi thử lại.",
            )
        time.sleep(0.02)


def _kill(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def open_lock(path: Path, owner: Owner) -> int:
    """A descriptor to lock on. Programs inherit it only where asked, so a server we start keeps no lock of ours."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if owner.drops and os.fstat(descriptor).st_uid != owner.uid:
        os.fchown(descriptor, owner.uid, owner.gid)
    return descriptor


@contextmanager
def exclusive(path: Path, owner: Owner, patience: float = 900.0) -> Iterator[int]:
    """Hold the lock at `path` alone, and give its descriptor; waits while another starts or stops the cluster."""
    descriptor = open_lock(path, owner)
    try:
        deadline = time.monotonic() + patience
        while not try_lock(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise ClusterError(
                    "cluster-busy",
                    f"Another process {lock_holders(path)} has been starting or stopping the database for too long.",
                    f"Tiến trình khác {lock_holders(path)} đang khởi động hoặc dừng cơ sở dữ liệu quá lâu.",
                )
            time.sleep(0.02)
        yield descriptor
    finally:
        os.close(descriptor)


def try_lock(descriptor: int, kind: int) -> bool:
    """Take a flock without waiting; False when someone else has it."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock_holders(path: Path) -> list[int]:
    """Pids that took a flock on `path`, as the kernel lists them (empty when it does not say)."""
    try:
        inode = path.stat().st_ino
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return []
    fields = [line.split() for line in lines if " FLOCK " in line and "->" not in line]
    return sorted({int(field[4]) for field in fields if int(field[5].rsplit(":", 1)[1]) == inode})
