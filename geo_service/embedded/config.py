"""Configuration files of the embedded cluster, derived from the machine it runs on."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

MIB = 1024**2
GIB = 1024**3
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  (the kernel's, not a file of ours)


def machine_memory() -> int:
    """Bytes of memory this process may use: the machine's, or the container's limit when that is smaller."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            text = Path(limit).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit():
            total = min(total, int(text))
    return total


def machine_cores() -> int:
    """Cores this process may run on."""
    return len(os.sched_getaffinity(0))


def shared_memory() -> str:
    """Where parallel queries share memory: POSIX, unless /dev/shm is closed or tiny, as in a container or chroot."""
    try:
        size = os.statvfs(SHARED_MEMORY)
        is_open = SHARED_MEMORY.stat().st_mode & 0o002
    except OSError:
        return "sysv"
    return "posix" if is_open and size.f_frsize * size.f_blocks >= 256 * MIB else "sysv"


def postgresql_conf(*, socket_dir: Path, log_dir: Path, memory: int, cores: int, durable: bool) -> str:
    """The whole of postgresql.conf. It is rewritten at every start; an operator's own lines go to `local.conf`.

    The database shares the machine with the service and with raster work, so it takes a quarter of the memory for
    its own cache, at most 2 GiB, and leaves the rest to the page cache. JIT costs more than it gives for the
    short statements of tiles and look-ups. `durable=False` is for tests that never kill the server.
    """
    lines = {
        "listen_addresses": "''",
        "unix_socket_directories": _quoted(socket_dir),
        "unix_socket_permissions": "0700",
        "port": "5432",
        "max_connections": "100",
        "shared_buffers": _megabytes(min(memory // 4, 2 * GIB), at_least=32),
        "effective_cache_size": _megabytes(memory // 2, at_least=64),
        "work_mem": _megabytes(min(memory // 400, 64 * MIB), at_least=4),
        "maintenance_work_mem": _megabytes(min(memory // 16, 1 * GIB), at_least=32),
        "max_wal_size": _megabytes(min(memory // 4, 4 * GIB), at_least=256),
        "min_wal_size": "80MB",
        "checkpoint_timeout": "15min",
        "wal_compression": "on",
        "synchronous_commit": "on",
        "random_page_cost": "1.1",
        "effective_io_concurrency": "100",
        "dynamic_shared_memory_type": shared_memory(),
        "jit": "off",
        "deadlock_timeout": "100ms",  # commits take milliseconds: look for a deadlock long before the lock timeout
        "max_worker_processes": str(max(8, cores)),
        "max_parallel_workers": str(max(2, cores)),
        "max_parallel_workers_per_gather": str(max(1, cores // 2)),
        "max_parallel_maintenance_workers": str(max(1, cores // 2)),
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "lc_messages": "'C'",
        "logging_collector": "on",
        "log_directory": _quoted(log_dir),
        "log_filename": "'postgresql-%a.log'",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_checkpoints": "off",
        "log_error_verbosity": "terse",  # no DETAIL: it can quote a row
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "cluster_name": "'geo-service'",
    }
    if not durable:
        lines |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum_naptime": "10min"}
    body = "\n".join(f"{name} = {value}" for name, value in lines.items())
    return f"# Written by geo-service at every start; put your own lines into local.conf.\n{body}\n" + (
        "include 'local.conf'\n"
    )


def pg_hba_conf() -> str:
    """Only the socket, only system users that `pg_ident_conf` maps: there is no password to leak."""
    return "# Written by geo-service at every start.\nlocal all all peer map=geo\n"


def pg_ident_conf(owner: str, roles: Iterable[str]) -> str:
    """root and the user who runs the server may connect as one of `roles`."""
    names = dict.fromkeys([owner, "root"])
    lines = [f'geo "{name}" {role}\n' for name in names for role in roles]
    return "# Written by geo-service at every start.\n" + "".join(lines)


def _megabytes(size: int, *, at_least: int) -> str:
    return f"{max(size // MIB, at_least)}MB"


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("\\", "\\\\").replace("'", "''") + "'"
