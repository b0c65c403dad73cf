"""Stands in front of the provider, at the address it is known by, and changes what it says: `liar.lies["/token"] = lambda answer: …`."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import urlsplit

import httpx

HOP = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive", "date"})


@dataclass(frozen=True)
class Answer:
    """An answer on its way. `json` reads it, `saying` gives one with other members; `pause`: seconds before each byte of the body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    pause: float = 0

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document

    def saying(self, **members: Any) -> Answer:
        return replace(self, body=json.dumps(self.json | members).encode())


Lie = Callable[[Answer], Answer]


@dataclass
class Liar:
    """`asked` counts requests by path. `behind` is where the provider itself listens; None: nobody is there."""

    url: str
    behind: int | None = None
    lies: dict[str, Lie] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        name = urlsplit(path).path
        self.asked[name] += 1
        answer = Answer(502, (), b"")
        if self.behind is not None:
            kept = {key: value for key, value in headers.items() if key.lower() not in HOP}
            came = httpx.request(
                method,
                f"http://127.0.0.1:{self.behind}{path}",
                headers=kept,
                content=body,
                timeout=10,
                follow_redirects=False,
            )
            left = tuple((key, value) for key, value in came.headers.multi_items() if key.lower() not in HOP)
            answer = Answer(came.status_code, left, came.content)
        lie = self.lies.get(name)
        return lie(answer) if lie else answer


@contextmanager
def lying() -> Iterator[Liar]:
    """A liar that tells the truth until it is told otherwise."""

    class Handler(BaseHTTPRequestHandler):
        liar: ClassVar[Liar]

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            answer = self.liar.ask(self.command, self.path, dict(self.headers.items()), body)
            try:
                self.send_response_only(answer.status)
                for name, value in answer.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                for piece in (bytes([byte]) for byte in answer.body) if answer.pause else [answer.body]:
                    time.sleep(answer.pause)
                    self.wfile.write(piece)
            except (BrokenPipeError, ConnectionResetError):  # who asked does not wait any longer
                pass

    for method in ("GET", "POST"):
        setattr(Handler, f"do_{method}", Handler.handle_any)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    liar = Handler.liar = Liar(f"http://localhost:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield liar
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
