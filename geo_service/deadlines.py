"""How long a request may take: to send its body, and to be answered.

A body that has not arrived in time gets 408. An answer that has not begun in time becomes 503: an asynchronous route is then cancelled; one that
works in a thread cannot be stopped from outside without pulling its connection away from under it, so it runs until the database's
`statement_timeout` ends it, and whatever it says is dropped. `given_up` lets the connection's dependency roll back instead of committing.

Left to the proxy in front: a client that trickles its header lines, or reads its answer drop by drop. uvicorn closes only connections that stay
silent after an answer (`timeout_keep_alive`); it has no clock for the first bytes.
"""

from __future__ import annotations

import asyncio
import inspect

import structlog
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo_service.errors import problem_response
from geo_service.limits import PICTURES, UPLOADS
from layers.errors import Busy, Problem

log = structlog.get_logger(__name__)

BODY_SECONDS = 30.0
ANSWER_SECONDS = 60.0
ENDLESS = frozenset({"/live"})
UPLOAD_PATIENCE = 10  # a scan of 20 MB over a slow line takes that many times longer
PICTURE_PATIENCE = 240  # two hours for a scene of 2 GB
WATCH = "geo.deadline"


class TooSlow(Problem):
    status = 408
    title = "The request came too slowly"
    title_vi = "Yêu cầu gửi quá chậm"


def given_up(request: HTTPConnection) -> bool:
    """Whether this request has been answered with 503 already: what it did must not be committed."""
    watch = request.scope.get(WATCH)
    return watch is not None and watch.late


class Deadlines:
    """ASGI middleware. Costs a timer and one small object for each request."""

    def __init__(
        self, app: ASGIApp, *, body_seconds: float = BODY_SECONDS, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        self.app = app
        self.body_seconds = body_seconds
        self.answer_seconds = answer_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in ENDLESS:
            await self.app(scope, receive, send)
            return
        watch = _Watch(self, scope, receive, send)
        scope[WATCH] = watch
        await watch.run(self.app)


def _patience(scope: Scope) -> int:
    """How many times longer than others this request may take."""
    if scope["method"] != "POST":
        return 1
    if PICTURES.fullmatch(scope["path"]):
        return PICTURE_PATIENCE
    return UPLOAD_PATIENCE if UPLOADS.fullmatch(scope["path"]) else 1


class _Watch:
    """One request: what has come, what has been said, and what to do when time is over. Lives in the event loop's thread."""

    def __init__(self, limits: Deadlines, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope, self.receive, self.send = scope, receive, send
        self.loop = asyncio.get_running_loop()
        patience = _patience(scope)
        self.answer_seconds = limits.answer_seconds * patience
        self.body_seconds = limits.body_seconds * patience
        self.body_ends = self.loop.time() + self.body_seconds
        self.whole = False  # the body has come to its end
        self.started = False  # the application has begun to answer
        self.slow = False  # the body did not come in time
        self.late = False  # the answer did not begin in time
        self.cancelled = False  # by us
        self.refusal: asyncio.Task[None] | None = None
        self.task: asyncio.Task[object] | None = None

    async def run(self, app: ASGIApp) -> None:
        self.task = asyncio.current_task()
        timer = self.loop.call_later(self.answer_seconds, self._too_late)
        try:
            await app(self.scope, self._receive, self._send)
        except _BodyTooSlow:
            pass
        except asyncio.CancelledError:
            if not self._only_by_us():
                raise
        finally:
            timer.cancel()
            if self.refusal is not None:
                await self.refusal
        if self.slow and not self.started and not self.late:
            await self._refuse(self._slow_problem(), {"Connection": "close"})

    def _only_by_us(self) -> bool:
        """Whether the cancellation that ended the route was ours; it is then taken back."""
        return self.cancelled and self.task is not None and self.task.uncancel() == 0

    async def _receive(self) -> Message:
        if self.whole:  # from now on one waits here only for the client to go away
            return await self.receive()
        try:
            async with asyncio.timeout_at(self.body_ends):
                message = await self.receive()
        except TimeoutError:
            self.slow = True
            raise _BodyTooSlow from None
        self.whole = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def _send(self, message: Message) -> None:
        if self.late or (self.slow and not self.started):
            return  # what the application makes of being given up
        self.started = True
        await self.send(message)

    def _too_late(self) -> None:
        if self.started or self.slow:
            return
        self.late = True
        route = self.scope.get("endpoint")
        log.error("took too long", path=self.scope["path"], method=self.scope["method"])
        self.refusal = self.loop.create_task(self._refuse(self._late_problem(), {"Retry-After": "10"}))
        if inspect.iscoroutinefunction(route) and self.task is not None:
            self.cancelled = self.task.cancel()

    async def _refuse(self, problem: Problem, headers: dict[str, str]) -> None:
        await problem_response(problem.document(), headers)(self.scope, self.receive, self.send)

    def _slow_problem(self) -> Problem:
        seconds = round(self.body_seconds)
        return TooSlow(
            "too-slow",
            f"The request did not arrive whole within {seconds} s.",
            f"Yêu cầu không được gửi đủ trong {seconds} giây.",
        )

    def _late_problem(self) -> Problem:
        seconds = round(self.answer_seconds)
        return Busy(
            "took-too-long",
            f"There was no answer within {seconds} s and the request was given up; look at the state before trying again.",
            f"Không có kết quả trong {seconds} giây nên yêu cầu đã bị bỏ; hãy xem lại trạng thái trước khi thử lại.",
        )


class _BodyTooSlow(Exception):  # noqa: N818  (caught here)
    pass
