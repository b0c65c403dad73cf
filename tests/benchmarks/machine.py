"""What the machine is, and what processes cost."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg

TICK = os.sysconf("SC_CLK_TCK")


def facts(url: str) -> dict[str, Any]:
    """Cores, memory, versions. No names, no paths."""
    model = ""
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    with psycopg.connect(url) as conn:
        row = conn.execute("SELECT current_setting('server_version'), postgis_lib_version(), postgis_geos_version()")
        server, postgis, geos = row.fetchone() or ("?", "?", "?")
        fsync = conn.execute("SHOW fsync").fetchone()
        buffers = conn.execute("SHOW shared_buffers").fetchone()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "Processor": f"{len(os.sched_getaffinity(0))} cores, {model}",
        "Memory": f"{memory / 1024**3:.0f} GiB",
        "Database": f"PostgreSQL {server.split()[0]}, PostGIS {postgis}, GEOS {geos.split('-')[0]}, "
        f"fsync {fsync[0] if fsync else '?'}, shared_buffers {buffers[0] if buffers else '?'}",
        "Python": f"{platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in ("fastapi", "uvicorn", "psycopg", "shapely")),
    }


def tree(pid: int) -> list[int]:
    """A process and all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
            except (OSError, IndexError, ValueError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def memory(pids: Iterable[int]) -> int:
    """Bytes of memory (PSS: what several share is counted once) of some processes."""
    total = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def cpu(pids: Iterable[int]) -> float:
    """CPU seconds some processes, and their ended children, have used."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(int(value) for value in fields[11:15])
    return total / TICK
