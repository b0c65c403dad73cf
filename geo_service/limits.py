"""How much a request may send."""

from __future__ import annotations

import contextlib
import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo_service.errors import problem_response
from layers.errors import TooLarge

UPLOADS = re.compile(r"/api/dossiers/[^/]+/documents/?|/api/findings/[^/]+/photos/?")
"""Paths whose POST carries a file as it is."""
PICTURES = re.compile(r"/api/scenes/?")
"""The path whose POST carries a scene as it is."""


class BodyLimit:
    """ASGI middleware: refuses a body over `limit` bytes, by its declared length at once, by what arrives otherwise. Files and scenes have their own."""

    def __init__(
        self, app: ASGIApp, limit: int, document_limit: int | None = None, picture_limit: int | None = None
    ) -> None:
        self.app = app
        self.limit = limit
        self.document_limit = document_limit or limit
        self.picture_limit = picture_limit or limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._limit_of(scope)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            await _refuse(limit, scope, receive, send)
            return
        received, over, answered = 0, False, False

        async def counted() -> Message:
            nonlocal received, over
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
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
            await _refuse(limit, scope, receive, send)

    def _limit_of(self, scope: Scope) -> int:
        if scope["method"] != "POST":
            return self.limit
        if PICTURES.fullmatch(scope["path"]):
            return self.picture_limit
        return self.document_limit if UPLOADS.fullmatch(scope["path"]) else self.limit


async def _refuse(limit: int, scope: Scope, receive: Receive, send: Send) -> None:
    size = limit // 1024**2
    problem = TooLarge("too-large", f"The request is larger than {size} MiB.", f"Yêu cầu lớn hơn {size} MiB.")
    await problem_response(problem.document())(scope, receive, send)


class _Over(Exception):  # noqa: N818
    pass
