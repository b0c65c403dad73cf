"""Logs: one event a line, JSON in production, coloured text in development; and one line for each request.

A request is logged by method, path, status and duration. The query string, cookies, other headers and the body are
never logged: they can carry names, identity numbers and tokens.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from typing import Any

import orjson
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geo_service.settings import Settings

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
QUIET_LOGGERS = ("uvicorn.error", "alembic", "httpx", "httpx2", "procrastinate")
QUIET = frozenset({"/health", "/metrics"})  # asked for every few seconds by machines

log = structlog.get_logger("geo_service.request")


def configure(settings: Settings) -> None:
    """Send structlog's events and those of the standard library to stderr in one format. May be called again."""
    level = getattr(logging, settings.log_level.upper())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    render: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_dump)]
        if settings.json_logs
        else [_pretty()]
    )
    handler = _Stderr()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render]
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    logging.getLogger("uvicorn.access").setLevel(logging.ERROR)  # requests are logged here, without their query
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True


class _Stderr(logging.Handler):
    """Writes to what is stderr at that moment, so that redirecting it later works."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
        except Exception:  # noqa: BLE001  (a log line must never break what it tells of)
            self.handleError(record)


def _pretty() -> structlog.typing.Processor:
    # Plain tracebacks: the rich ones print local variables, and those can be passwords.
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)


def _dump(event: Any, default: Any = None, **_: Any) -> str:
    return orjson.dumps(event, default=default or repr).decode()


class RequestLog:
    """ASGI middleware: gives each request an id (`X-Request-ID`, taken over when a proxy sent one) and logs its end.

    The id is bound to every event that is logged while the request is handled. Costs a few microseconds; a stream is
    logged when it ends, with the time it was open.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _given_id(scope) or f"{time.time_ns():x}"
        header = (b"x-request-id", request_id.encode())
        started = time.perf_counter()
        status = 500  # what a client sees when the application dies before answering

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", [])
                message["headers"] = [*message["headers"], header]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_id)
            finally:
                if scope["path"] not in QUIET or status >= 400:
                    log.log(
                        logging.ERROR if status >= 500 else logging.INFO,
                        "request",
                        method=scope["method"],
                        path=scope["path"],
                        status=status,
                        ms=round((time.perf_counter() - started) * 1000, 1),
                    )


def _given_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            text = str(value.decode("latin-1"))
            return text if REQUEST_ID.fullmatch(text) else None
    return None
