"""The embedded cluster: a private PostgreSQL + PostGIS that several processes of one data folder share.

What holds:

- The folder `postgres` is complete whenever it exists: it is made under another name and renamed.
- Every process that uses the cluster holds a shared lock on `cluster.users`. The last one out stops the server; one
  that was killed has lost its lock without stopping anything, and the next process adopts the server it left.
- Starting, stopping and looking are serialised by `cluster.lock`.
- `start()` pins the cluster: it then stays up, with or without users, until `stop()` or a reboot.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from geo_service.embedded import config, process
from geo_service.embedded.binaries import Binaries, ClusterError, choose, installed
from geo_service.embedded.database import DATABASE, ensure_database

ROLE = "geo"
LOGINS = ("geo_public", "geo_gate", "geo_service", "geo_analyst")  # made by the migrations, see geo_service.database
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 100  # bytes; the kernel allows 107
START_PATIENCE = 900  # s; recovery after a crash replays up to max_wal_size


@dataclass(frozen=True)
class Postmaster:
    """A running server, as its own lock file describes it."""

    pid: int
    socket_dir: Path
    state: str


@dataclass(frozen=True)
class Status:
    """What `geo-service db status` shows."""

    state: Literal["absent", "stopped", "running"]
    data: Path
    major: int | None
    pid: int | None
    url: str | None
    users: list[int]
    pinned: bool


class Cluster:
    """One data folder's cluster. `durable=False` switches fsync off, for tests that never kill the server."""

    def __init__(
        self, root: Path, *, durable: bool = True, candidates: Callable[[], list[Binaries]] = installed
    ) -> None:
        self.root = Path(os.path.realpath(root))
        self.data = self.root / "postgres"
        self.durable = durable
        self._candidates = candidates
        self._users: int | None = None
        self._lock: int | None = None

    # ---- using it -------------------------------------------------------------------------------------------------

    @contextmanager
    def session(self) -> Iterator[str]:
        """Use the cluster: its address, with the server up for as long as the block lasts."""
        url = self.hold()
        try:
            yield url
        finally:
            self.release()

    def hold(self) -> str:
        """Become a user of the cluster, starting or adopting the server; returns the address of the database."""
        if self._users is not None:
            raise RuntimeError("this Cluster object already holds the cluster")
        with self._alone():
            users = process.open_lock(self._users_file, self._owner)
            try:
                process.try_lock(users, fcntl.LOCK_SH)
                self._ensure_running()
                ensure_database(self.url("postgres"), self.url())
            except BaseException:
                os.close(users)
                raise
            self._users = users
        return self.url()

    def release(self) -> None:
        """Stop using the cluster; the last user stops the server, unless it is pinned."""
        if self._users is None:
            return
        with self._alone():
            users, self._users = self._users, None
            try:
                if process.try_lock(users, fcntl.LOCK_EX) and not self._pinned:
                    self._stop()
            finally:
                os.close(users)

    def recover(self) -> bool:
        """Restart a server that died under its users; True when it had died. The supervisor calls this."""
        if self._postmaster() is not None:
            return False
        with self._alone():
            self._ensure_running()
        return True

    def url(self, database: str = DATABASE) -> str:
        """libpq address of a database of this cluster."""
        running = self._postmaster()
        folder = running.socket_dir if running else self._socket_dir()
        return f"postgresql://{ROLE}@/{database}?host={quote(str(folder), safe='')}&port=5432"

    # ---- operating it ---------------------------------------------------------------------------------------------

    def start(self) -> str:
        """Start the server and keep it up until `stop()`, also when nobody uses it."""
        with self._alone():
            self._ensure_running()
            ensure_database(self.url("postgres"), self.url())
            self._pin_file.write_text(_boot_id(), encoding="ascii")
        return self.url()

    def stop(self) -> bool:
        """Stop the server; False when it was not running. Raises ClusterError while a process uses it."""
        if not self.data.exists():
            return False
        with self._alone(), self._no_users():
            self._pin_file.unlink(missing_ok=True)
            return self._stop()

    def reset(self) -> None:
        """Stop the server and delete all its data. Raises ClusterError while a process uses it."""
        if not self.root.exists():
            return
        with self._alone(), self._no_users():
            self._stop()
            if self.data.exists():
                self.data.rename(self.data.with_name(f"postgres.old-{os.getpid()}"))
            self._sweep()

    def status(self) -> Status:
        """What is there now; starts nothing and changes nothing."""
        running = self._postmaster()
        major = self._data_major()
        return Status(
            state="running" if running else "stopped" if major else "absent",
            data=self.data,
            major=major,
            pid=running.pid if running else None,
            url=self.url() if running else None,
            users=process.lock_holders(self._users_file),
            pinned=self._pinned,
        )

    def psql(self, arguments: Sequence[str] = ()) -> int:
        """Run psql on the database with the caller's terminal; returns its exit code."""
        with self.session() as url:
            return run_psql([self._binaries.path("psql"), url, *arguments])

    # ---- locks ----------------------------------------------------------------------------------------------------

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else starts, stops or counts users meanwhile; the folder exists and the owner can enter it."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            owner = self._owner
            process.check_reachable(self.root, owner)
            guard = process.exclusive(self.root / "cluster.lock", owner)
            self._lock = guard.__enter__()
        except PermissionError as error:
            raise ClusterError(
                "cluster-permission",
                f"{error.filename} belongs to another user; run as that user or set GEO_DATA_DIR.",
                f"{error.filename} thuộc về người dùng khác; hãy chạy bằng người dùng đó hoặc đặt GEO_DATA_DIR.",
            ) from None
        try:
            yield
        finally:
            self._lock = None
            guard.__exit__(None, None, None)

    @contextmanager
    def _no_users(self) -> Iterator[None]:
        users = process.open_lock(self._users_file, self._owner)
        try:
            if not process.try_lock(users, fcntl.LOCK_EX):
                pids = ", ".join(map(str, process.lock_holders(self._users_file))) or "?"
                raise ClusterError(
                    "cluster-in-use",
                    f"The database is in use by process {pids}; stop it first.",
                    f"Tiến trình {pids} đang dùng cơ sở dữ liệu; hãy dừng nó trước.",
                )
            yield
        finally:
            os.close(users)

    @property
    def _users_file(self) -> Path:
        return self.root / "cluster.users"

    @property
    def _pin_file(self) -> Path:
        return self.root / "cluster.keep"

    @property
    def _pinned(self) -> bool:
        with suppress(FileNotFoundError):
            return self._pin_file.read_text(encoding="ascii") == _boot_id()
        return False

    # ---- facts ----------------------------------------------------------------------------------------------------

    @property
    def _owner(self) -> process.Owner:
        return process.owner_for(self.data if self.data.exists() else self.root)

    @property
    def _binaries(self) -> Binaries:
        return choose(self._candidates(), self._data_major())

    def _data_major(self) -> int | None:
        """Major version that wrote the data; None while there is none, or it is another user's."""
        with suppress(FileNotFoundError, PermissionError):
            return int((self.data / "PG_VERSION").read_text(encoding="ascii"))
        return None

    def _postmaster(self) -> Postmaster | None:
        """The live server, or None: a pid file whose process is dead or is something else counts for nothing."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return None
        if len(lines) < 5 or not lines[0].isdigit() or not process.belongs(int(lines[0]), self.data):
            return None
        return Postmaster(int(lines[0]), Path(lines[4]), lines[7].strip() if len(lines) > 7 else "starting")

    def _socket_dir(self) -> Path:
        """Beside the data, or under the system's temporary folder when that path is too long for a socket."""
        folder = self.root / "run"
        if len(os.fsencode(folder / SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
            return folder
        digest = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"geo-service-{digest}"

    # ---- start and stop, under the lock ---------------------------------------------------------------------------

    def _ensure_running(self) -> None:
        """Leave a server that accepts connections. Survives stale files, orphans, and a server still on its way."""
        failure = ""
        for _ in range(3):
            if (running := self._postmaster()) is None:
                failure = self._start()
            elif self._wait_ready(running):
                return
        raise ClusterError(
            "cluster-start",
            f"PostgreSQL did not start; see {self._log_dir}. It said: {failure or 'nothing'}",
            f"PostgreSQL không khởi động được; xem {self._log_dir}. Thông báo: {failure or 'không có'}",
        )

    def _wait_ready(self, running: Postmaster) -> bool:
        """Wait while the server recovers or shuts down; False when it is gone."""
        deadline = time.monotonic() + START_PATIENCE
        while time.monotonic() < deadline:
            now = self._postmaster()
            if now is None or now.pid != running.pid:
                return False
            if now.state == "ready":
                return True
            time.sleep(0.05)
        return False

    def _start(self) -> str:
        """Start a server on complete data; returns what it said if it failed."""
        owner, binaries = self._owner, self._binaries
        self._folders(owner)
        if self._data_major() is None:
            self._initialise(owner, binaries)
        process.end_orphans(self.data)
        # Lock files of a dead server can name a pid that lives on: a zombie, or another program of the same user.
        for stale in (self.data / "postmaster.pid", *self._socket_dir().glob(f"{SOCKET_NAME}*")):
            stale.unlink(missing_ok=True)
        self._configure(owner)
        log = self._log_dir / "startup.log"
        log.unlink(missing_ok=True)
        options = ["-s", "-w", "-t", str(START_PATIENCE), "-D", str(self.data), "-l", str(log)]
        answer = owner.run([binaries.path("pg_ctl"), "start", *options], cwd=self.root)
        if answer.returncode == 0:
            return ""
        lines = [answer.stdout]
        for path in sorted(self._log_dir.glob("*.log"), key=lambda path: path.stat().st_mtime):
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines() or lines
        return " ".join(" ".join(lines[-6:]).split())

    def _stop(self) -> bool:
        running = self._postmaster()
        if running is None:
            if self.data.exists():
                process.end_orphans(self.data)
            return False
        with suppress(ProcessLookupError):
            os.kill(running.pid, signal.SIGINT)  # fast shutdown: roll back, check-point, end
        deadline = time.monotonic() + 120
        while process.belongs(running.pid, self.data):
            if time.monotonic() > deadline:
                with suppress(ProcessLookupError):
                    os.kill(running.pid, signal.SIGQUIT)
                deadline += 60
            time.sleep(0.02)
        return True

    @property
    def _log_dir(self) -> Path:
        return self.root / "log"

    def _folders(self, owner: process.Owner) -> None:
        """The owner's own folders. A socket folder that somebody else put in the temporary folder is not used."""
        for folder in (self._log_dir, self._socket_dir()):
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700)
                owner.give(folder)
            if folder.is_symlink() or folder.stat().st_uid != owner.uid:
                raise ClusterError(
                    "cluster-permission",
                    f"{folder} does not belong to '{owner.name}'; remove it or set GEO_DATA_DIR.",
                    f"{folder} không thuộc về '{owner.name}'; hãy xoá nó hoặc đặt GEO_DATA_DIR.",
                )

    def _initialise(self, owner: process.Owner, binaries: Binaries) -> None:
        """Make the data folder. A run that was cut short leaves only a folder of another name, removed here."""
        self._sweep()
        if self.data.exists() and any(self.data.iterdir()):
            raise ClusterError(
                "cluster-foreign",
                f"{self.data} holds files that are not a PostgreSQL cluster; move them away or set GEO_DATA_DIR.",
                f"{self.data} chứa tệp không phải của PostgreSQL; hãy chuyển đi hoặc đặt GEO_DATA_DIR.",
            )
        draft = self.data.with_name(f"postgres.new-{os.getpid()}")
        draft.mkdir(mode=0o700)
        owner.give(draft)
        options = ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", f"--username={ROLE}", "--auth=peer"]
        if not self.durable:
            options.append("--no-sync")
        holding = () if self._lock is None else (self._lock,)  # nobody sweeps a folder that initdb still fills
        answer = owner.run([binaries.path("initdb"), "-D", str(draft), *options], cwd=self.root, holding=holding)
        if answer.returncode:
            raise ClusterError(
                "cluster-initdb",
                f"PostgreSQL could not create its data in {self.data}: {' '.join(answer.stdout.split()[-60:])}",
                f"PostgreSQL không tạo được dữ liệu trong {self.data}: {' '.join(answer.stdout.split()[-60:])}",
            )
        draft.rename(self.data)

    def _sweep(self) -> None:
        """Remove what an interrupted initialisation or reset left."""
        for left in [*self.root.glob("postgres.new-*"), *self.root.glob("postgres.old-*")]:
            shutil.rmtree(left, ignore_errors=True)

    def _configure(self, owner: process.Owner) -> None:
        memory, cores = config.machine_memory(), config.machine_cores()
        files = {
            "postgresql.conf": config.postgresql_conf(
                socket_dir=self._socket_dir(), log_dir=self._log_dir, memory=memory, cores=cores, durable=self.durable
            ),
            "pg_hba.conf": config.pg_hba_conf(),
            "pg_ident.conf": config.pg_ident_conf(owner.name, (ROLE, *LOGINS)),
        }
        if not (self.data / "local.conf").exists():
            files["local.conf"] = "# An operator's own settings; they win over postgresql.conf.\n"
        for name, text in files.items():
            path = self.data / name
            path.write_text(text, encoding="utf-8")
            owner.give(path)


def run_psql(command: Sequence[str]) -> int:
    """Run a terminal program; Ctrl-C is its own to handle, as in any psql session."""
    previous = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return subprocess.run(command, check=False).returncode
    finally:
        signal.signal(signal.SIGINT, previous)


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
