"""Hearing of the end while there is still time to say goodbye.

uvicorn waits for open responses before it runs the lifespan's end, and a stream never ends by itself; so the streams
have to hear of the signal first. Entered by the lifespan, in the main thread of a server process.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def before_the_end(goodbye: Callable[[], None]) -> Iterator[None]:
    """Call `goodbye` in the event loop when SIGINT or SIGTERM arrives, then let the server do what it does on it.

    Does nothing outside the main thread (as in tests): no signal arrives there.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(goodbye)
        if callable(previous := before[signal.Signals(number)]):
            previous(number, frame)

    for number in before:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, previous in before.items():
            if signal.getsignal(number) is handle:
                signal.signal(number, previous)
