"""Following the live feed: Server-Sent Events read line by line, taken up again after every break at the last seq."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, Literal, NamedTuple, cast

import httpx
import orjson

from geo_service.client.transport import ServiceError, Transport, problem, unreachable

SILENCE_SECONDS = 45.0  # the service says something every 15 s; three times nothing is a dead connection
SHORTEST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
FINAL = frozenset(range(400, 500)) - {408, 425, 429}  # asking again would give the same answer


class LiveEvent(NamedTuple):
    """`change`: one event of the feed. `resync`: too much was missed, open the state again."""

    event: Literal["change", "resync"]
    seq: int
    data: dict[str, Any]


def parse(chunks: Iterable[bytes]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and JSON data of each event (WHATWG HTML §9.2.6). Lines end at \\n only, never at U+2028 and the like."""
    name, data, rest = "message", b"", b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for raw in lines:
            line = raw.removesuffix(b"\r")
            field, _, value = line.partition(b":")
            value = value.removeprefix(b" ")
            if not line:
                if data:
                    yield name, orjson.loads(data)
                name, data = "message", b""
            elif field == b"event":
                name = value.decode()
            elif field == b"data":
                data += value


def follow(
    transport: Transport, head: Callable[[], int], cells: Iterable[str] | None, last: int, patience: float
) -> Generator[LiveEvent, None, None]:
    """Events after seq `last`, in order, none twice. Contract at `Client.live`."""
    viewport = {"cells": ",".join(cells)} if cells else {}
    waits = httpx.Timeout(transport.timeout, read=SILENCE_SECONDS)
    pause, lost_at = SHORTEST_PAUSE, None
    while True:
        reason: Exception = ConnectionError("the stream ended")
        try:
            params = {**viewport, "after": str(last)}
            with transport.http.stream("GET", "/live", params=params, timeout=waits) as answer:
                if answer.status_code != httpx.codes.OK:
                    answer.read()
                    raise problem(answer)
                for name, data in parse(answer.iter_bytes()):
                    pause, lost_at = SHORTEST_PAUSE, None
                    if name == "hello" and data["seq"] < last and (newest := head()) < last:
                        last = newest  # another database stands there now
                        yield LiveEvent("resync", last, {"seq": last})
                    elif name in {"change", "resync"} and data["seq"] > last:
                        last = data["seq"]
                        yield LiveEvent(cast("Literal['change', 'resync']", name), last, data)
        except ServiceError as error:
            if error.status in FINAL:
                raise
            reason = error
        except (httpx.TransportError, orjson.JSONDecodeError) as error:
            reason = error
        lost_at = lost_at or time.monotonic()
        if time.monotonic() - lost_at >= patience:
            raise reason if isinstance(reason, ServiceError) else unreachable(transport.base_url, reason)
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
