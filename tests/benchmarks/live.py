"""Live rows: commit → event bytes at the subscribers, and catching up."""

from __future__ import annotations

import json
import random
import re
import resource
import socket
import subprocess
import sys
import time

from layers.crs import FabricCrs
from layers.db import connect
from layers.errors import Problem
from layers.fabric import ledger
from tests.benchmarks import edits
from tests.benchmarks.city import SRID, City
from tests.benchmarks.report import Results, percentile
from tests.benchmarks.service import ROOT, Server

MISSED = 10_000


def commits(city: City, count: int, pause: float, seed: int) -> dict[int, float]:
    """Edits in the hot area; seq to the monotonic time at which COMMIT was sent."""
    crs = FabricCrs(SRID)
    sent: dict[int, float] = {}
    with connect(city.url) as conn:
        editor = edits.Editor(conn, crs, random.Random(seed), edits.boxes(conn)[1])
        while len(sent) < count:
            _, data, seq = editor.draw()
            conn.rollback()
            try:
                done = ledger.commit(conn, crs, edits.parsed(data), reason="benchmark", author="officer", base_seq=seq)
            except Problem:
                conn.rollback()
                continue
            now = time.perf_counter()
            conn.commit()
            sent[done.seq] = now
            time.sleep(pause)
    return sent


def subscribe(
    city: City, server: Server, subscribers: int, count: int, pause: float, seed: int
) -> tuple[list[float], int]:
    """Milliseconds of every delivery, and how many events were lost, doubled or out of order over all subscribers."""
    command = [sys.executable, "-m", "tests.benchmarks.subscribers", str(server.port), str(subscribers)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError("the subscribers could not connect")
        sent = commits(city, count, pause, seed)
        time.sleep(1.0)
        process.stdin.write("stop\n")
        process.stdin.flush()
        streams = json.loads(process.stdout.read())
    wanted = sorted(sent)
    ms, wrong = [], 0
    for stream in streams:
        got = [seq for seq, _ in stream["seen"]]
        if got != wanted:
            wrong += len(set(wanted) - set(got)) + (len(got) - len(set(got))) or 1
        wrong += stream["resyncs"]
        ms += [(when - sent[seq]) * 1000 for seq, when in stream["seen"] if seq in sent]
    return ms, wrong


def run(results: Results, city: City, server: Server, count: int) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wrong = 0
    for subscribers, pause in ((1, 0.02), (100, 0.05), (1_000, 0.15)):
        if subscribers + 50 > hard:
            results.failed.append(f"{subscribers} subscribers: only {hard} open files are allowed")
            continue
        commits_made = count if subscribers < 1_000 else max(30, count // 3)
        ms, bad = subscribe(city, server, subscribers, commits_made, pause, 41 + subscribers)
        wrong += bad
        results.add(f"sse_{subscribers}_p50", percentile(ms, 0.5), f"{commits_made} commits, {len(ms):,} deliveries")
        results.add(f"sse_{subscribers}_p99", percentile(ms, 0.99), f"largest {max(ms):.0f} ms")
    results.add("sse_lost", wrong)
    if wrong:
        results.wrong.append(f"{wrong} events were lost, doubled or out of order at the subscribers")


def _stream_until(server: Server, after: int, last: int) -> tuple[float, list[int]]:
    """Seconds until event `last` came over /live?after=…, and every seq that came."""
    seqs: list[int] = []
    with socket.create_connection(("127.0.0.1", server.port), 30) as line:
        started = time.perf_counter()
        line.sendall(f"GET /live?after={after} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        tail = b""
        while not seqs or seqs[-1] < last:
            data = line.recv(1 << 18)
            if not data:
                break
            text = tail + data
            end = 0
            for match in re.finditer(rb"id: (\d+)\nevent: (\w+)\n", text):
                end = match.end()
                if match[2] == b"resync":
                    raise RuntimeError("catch-up was answered with resync")
                seqs.append(int(match[1]))
            tail = text[max(end, len(text) - 60) :]
        return time.perf_counter() - started, seqs


def _check_range(results: Results, how: str, seqs: list[int], after: int, last: int) -> None:
    if seqs != list(range(after + 1, last + 1)):
        results.wrong.append(f"catch-up {how}: {last - after} events expected, {len(seqs)} came or the order was wrong")


def catch_up(results: Results, city: City, server: Server, key: str) -> None:
    """A map that missed 10,000 events comes back. `server` was just started, unless the key says memory."""
    with connect(city.url) as conn:
        last = ledger.head(conn)
    after = max(1, last - MISSED)
    note = f"{last - after:,} events" + ("" if last - after == MISSED else " (fewer were made)")
    if key == "catch_up":
        seconds, seqs = _stream_until(server, after, last)
        results.add(key, seconds, note)
        _check_range(results, "from the table", seqs, after, last)
        started = time.perf_counter()
        seqs, at = [], after
        while at < last:
            items = json.loads(server.get(f"/api/changes?after={at}&limit=1000")[2])["items"]
            seqs += [item["seq"] for item in items]
            at = seqs[-1]
        results.add("catch_up_pages", time.perf_counter() - started, note)
        _check_range(results, "by pages", seqs, after, last)
        return
    seconds, seqs = _stream_until(server, after, last)
    results.add(key, seconds, note)
    _check_range(results, "from memory", seqs, after, last)
