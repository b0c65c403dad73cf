"""How much a request may send."""

from __future__ import annotations

import contextlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo_service.errors import problem_response
from layers.errors import TooLarge


class BodyLimit:
    """ASGI middleware: refuses a body over `limit` bytes, by its declared length at once, by what arrives otherwise."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self.limit:
            await self._refuse(scope, receive, send)
            return
        received, over, answered = 0, False, False

        async def counted() -> Message:
            nonlocal received, over
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.limit:
                over = True
                raise _Over
            return message

        async def noted(message: Message) -> None:
            nonlocal answered
            if over and not answered:
                return  # what the application makes of the body that broke off
            answered = True
            await send(message)

        with contextlib.suppress(_Over):
            await self.app(scope, counted, noted)
        if over and not answered:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = TooLarge(
            "too-large",
            f"The request is larger than {self.limit // 1024**2} MiB.",
            f"Yêu cầu lớn hơn {self.limit // 1024**2} MiB.",
        )
        await problem_response(problem.document())(scope, receive, send)


class _Over(Exception):  # noqa: N818
    pass
