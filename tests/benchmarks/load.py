"""Running the load generators: our own (client.py) for requests sent once, wrk (Debian) for very fast answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.report import percentile
from tests.benchmarks.service import ROOT, Server

LUA = """
local requests, at = {}, 0
function init(args)
  for path in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("GET", path)
  end
  at = math.random(#requests) - 1
end
function request()
  at = at %% #requests + 1
  return requests[at]
end
%s
function done(summary, latency, _)
  io.write(string.format('JSON{"requests":%%d,"us":%%d,"bytes":%%d,"bad":%%d,"p50":%%.1f,"p99":%%.1f,"max":%%.1f}',
    summary.requests, summary.duration, summary.bytes,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write
      + summary.errors.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end
"""


@dataclass(frozen=True)
class Load:
    """What a generator saw. `ms` in the order of `order` (places in the list of paths); empty for wrk."""

    rate: float
    p50: float
    p99: float
    requests: int
    megabytes: float
    tool: str
    ms: list[float]
    order: list[int]


def once(server: Server, paths: Sequence[str], connections: int, headers: Mapping[str, str] | None = None) -> Load:
    """Every path once. Raises RuntimeError for any answer but 200 and 204."""
    return _own(server, paths, connections, headers, None, ("200", "204"))


def _own(
    server: Server,
    paths: Sequence[str],
    connections: int,
    headers: Mapping[str, str] | None,
    seconds: float | None,
    ok: Sequence[str],
) -> Load:
    job = {
        "port": server.port,
        "paths": list(paths),
        "connections": connections,
        "headers": dict(headers or {}),
        "seconds": seconds,
    }
    answer = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.client"],
        input=json.dumps(job).encode(),
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    if answer.returncode:
        raise RuntimeError(f"the load generator failed: {answer.stderr.decode()[-800:]}")
    seen = json.loads(answer.stdout)
    bad = {status: count for status, count in seen["statuses"].items() if status not in ok}
    if bad:
        raise RuntimeError(f"unexpected answers {bad} of {len(seen['ms'])}")
    ms = seen["ms"]
    return Load(
        len(ms) / seen["wall"],
        percentile(ms, 0.5),
        percentile(ms, 0.99),
        len(ms),
        seen["bytes"] / 1e6,
        "asyncio",
        ms,
        seen["order"],
    )


def repeated(
    server: Server,
    paths: Sequence[str],
    connections: int,
    seconds: float,
    headers: Mapping[str, str] | None = None,
    ok: str = "200",
) -> Load:
    """The paths over and over for some seconds, with wrk if it can be had."""
    program = wrk()
    if program is None:
        return _own(server, paths, connections, headers, seconds, (ok,))
    with tempfile.TemporaryDirectory() as name:
        script, listing = Path(name) / "load.lua", Path(name) / "paths"
        extra = "".join(f'wrk.headers["{key}"] = {json.dumps(value)}\n' for key, value in (headers or {}).items())
        script.write_text(extra + LUA % "", encoding="utf-8")
        listing.write_text("\n".join(paths) + "\n", encoding="utf-8")
        command = [
            program,
            "-t1",
            f"-c{connections}",
            f"-d{max(1, round(seconds))}s",
            "-s",
            str(script),
            f"http://127.0.0.1:{server.port}",
        ]
        answer = subprocess.run([*command, "--", str(listing)], capture_output=True, check=False)
    text = answer.stdout.decode()
    if "JSON" not in text:
        raise RuntimeError(f"wrk failed: {answer.stderr.decode()[-400:]}{text[-400:]}")
    seen = json.loads(text.rpartition("JSON")[2])
    if seen["bad"] or not seen["requests"]:
        raise RuntimeError(f"wrk saw {seen['bad']} bad answers of {seen['requests']}")
    rate = seen["requests"] / (seen["us"] / 1e6)
    return Load(rate, seen["p50"] / 1000, seen["p99"] / 1000, seen["requests"], seen["bytes"] / 1e6, "wrk", [], [])


def wrk() -> str | None:
    """wrk; as root it is installed with apt when missing."""
    found = shutil.which("wrk")
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", "wrk"], capture_output=True, check=False)
        found = shutil.which("wrk")
    return found
