"""Open maps, a process of its own: `python -m tests.benchmarks.subscribers PORT COUNT CELLS`.

Says `ready` when every stream has its `hello`; on `stop` it writes when each stream had each event (monotonic s).
"""

from __future__ import annotations

import asyncio
import json
import re
import resource
import sys
import time
from typing import Any

import uvloop

EVENT = re.compile(rb"id: (\d+)\nevent: (\w+)\n")


class Stream(asyncio.Protocol):
    def __init__(self, path: str, ready: asyncio.Semaphore) -> None:
        self.path = path
        self.ready = ready
        self.tail = b""
        self.greeted = False
        self.seen: list[tuple[int, float]] = []
        self.resyncs = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.transport.write(
            f"GET {self.path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        text = self.tail + data
        if not self.greeted and b"event: hello" in text:
            self.greeted = True
            self.ready.release()
        end = 0
        for match in EVENT.finditer(text):
            end = match.end()
            if match[2] == b"resync":
                self.resyncs += 1
            self.seen.append((int(match[1]), now))
        self.tail = text[max(end, len(text) - 60) :]


async def main(port: int, count: int, cells: str) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Semaphore(0)
    path = "/live" + (f"?cells={cells}" if cells else "")
    streams = []
    for _ in range(count):
        _, stream = await loop.create_connection(lambda: Stream(path, ready), "127.0.0.1", port)
        streams.append(stream)
    for _ in range(count):
        await ready.acquire()
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    json.dump([{"seen": stream.seen, "resyncs": stream.resyncs} for stream in streams], sys.stdout)
    sys.stdout.flush()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else ""))
