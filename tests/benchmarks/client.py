"""Load generator, a process of its own: `python -m tests.benchmarks.client` reads a job (JSON) and writes what it saw.

Kept-alive connections on plain sockets with the least Python that can read a response. `requests` are sent once each,
over `connections` connections, every connection taking the next one as soon as it has its answer.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import uvloop


class Connection(asyncio.Protocol):
    """One connection: sends the next request when the last answer is complete."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.buffer = bytearray()
        self.need: int | None = None
        self.chunked = False
        self.current = -1
        self.waiting = False
        self.began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.send()

    def send(self) -> None:
        request = self.job.take()
        if request is None:
            self.transport.close()
            self.job.closed()
            return
        self.current, data = request
        self.waiting = True
        self.buffer.clear()
        self.need, self.chunked = None, False
        self.began = time.perf_counter()
        self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.need is None and not self.chunked:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self.buffer[:end]).lower()
            self.status = int(head[9:12])
            at = head.find(b"content-length:")
            if at >= 0:
                self.need = end + 4 + int(head[at + 15 :].split(b"\r\n", 1)[0])
            elif b"transfer-encoding: chunked" in head:
                self.chunked = True
            else:
                self.need = end + 4
        if self.chunked:
            if not self.buffer.endswith(b"0\r\n\r\n"):
                return
        elif self.need is None or len(self.buffer) < self.need:
            return
        self.waiting = False
        self.job.note(self.current, self.status, time.perf_counter() - self.began, len(self.buffer))
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.waiting and not self.job.done.done():
            self.job.done.set_exception(exc or ConnectionError(f"closed before the answer to request {self.current}"))


class Job:
    def __init__(self, description: dict[str, Any]) -> None:
        lines = "".join(f"{name}: {value}\r\n" for name, value in description.get("headers", {}).items())
        self.requests = [
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode() for path in description["paths"]
        ]
        self.port = int(description["port"])
        self.connections = int(description["connections"])
        self.seconds = description.get("seconds")
        self.taken = 0
        self.open = 0
        self.ms: list[float] = []
        self.order: list[int] = []
        self.statuses: dict[int, int] = {}
        self.bytes = 0
        self.until = 0.0

    def take(self) -> tuple[int, bytes] | None:
        if self.seconds is None and self.taken >= len(self.requests):
            return None
        if self.seconds is not None and time.perf_counter() >= self.until:
            return None
        number = self.taken % len(self.requests)
        self.taken += 1
        return number, self.requests[number]

    def note(self, number: int, status: int, seconds: float, size: int) -> None:
        self.ms.append(seconds * 1000)
        self.order.append(number)
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.bytes += size

    def closed(self) -> None:
        self.open -= 1
        if self.open == 0 and not self.done.done():
            self.done.set_result(None)

    async def run(self) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = loop.create_future()
        self.open = min(self.connections, len(self.requests))
        began = time.perf_counter()
        self.until = began + (self.seconds or 0)
        for _ in range(self.open):
            await loop.create_connection(lambda: Connection(self), "127.0.0.1", self.port)
        await self.done
        wall = time.perf_counter() - began
        return {"ms": self.ms, "order": self.order, "statuses": self.statuses, "bytes": self.bytes, "wall": wall}


if __name__ == "__main__":
    result = uvloop.run(Job(json.load(sys.stdin)).run())
    json.dump(result, sys.stdout)
