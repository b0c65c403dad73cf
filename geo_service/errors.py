"""Problem documents (RFC 9457) for every error a client can meet. The tree itself is `layers.errors`."""

from __future__ import annotations

from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response

from layers.errors import Busy, EditRefused, Malformed, Problem

log = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"


def problem_response(document: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    """A response that carries the document; its status is the document's."""
    return Response(orjson.dumps(document), document["status"], headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make every error of the application leave as a problem document."""

    @app.exception_handler(Problem)
    async def on_problem(request: Request, error: Problem) -> Response:
        headers = {"Retry-After": "1"} if error.status in (429, 503) else None
        document = error.document()
        if isinstance(error, EditRefused):
            document["segments"] = request.app.state.crs.segments_geojson(error.where, error.detail, error.detail_vi)
        return problem_response(document, headers)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(_request: Request, error: RequestValidationError) -> Response:
        places = [
            {"where": ".".join(str(part) for part in item["loc"]), "message": item["msg"]} for item in error.errors()
        ]
        first = places[0] if places else {"where": "?", "message": "?"}
        problem = Malformed(
            "invalid-request",
            f"{first['where']}: {first['message']}",
            f"Tham số không hợp lệ tại {first['where']}.",
            errors=places,
        )
        return problem_response(problem.document())

    @app.exception_handler(PoolTimeout)
    async def on_busy(_request: Request, _error: PoolTimeout) -> Response:
        problem = Busy("busy", "The service is busy; try again.", "Hệ thống đang bận; hãy thử lại.")
        return problem_response(problem.document(), {"Retry-After": "1"})

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        titles = {404: ("Not found", "Không tìm thấy"), 405: ("Method not allowed", "Phương thức không được phép")}
        title, title_vi = titles.get(error.status_code, ("Bad request", "Yêu cầu không hợp lệ"))
        return problem_response(
            {
                "type": f"urn:geo-service:problem:http-{error.status_code}",
                "title": title,
                "title_vi": title_vi,
                "status": error.status_code,
                "detail": str(error.detail),
                "detail_vi": f"{title_vi}: {request.url.path}",
            },
            dict(error.headers) if error.headers else None,
        )

    @app.exception_handler(Exception)
    async def on_crash(request: Request, error: Exception) -> Response:
        log.error("unexpected error", path=request.url.path, exc_info=error)
        return problem_response(
            {
                "type": "urn:geo-service:problem:internal",
                "title": "Something went wrong here",
                "title_vi": "Có lỗi trong hệ thống",
                "status": 500,
                "detail": "The error was logged; nothing was changed.",
                "detail_vi": "Lỗi đã được ghi lại; không có gì bị thay đổi.",
            }
        )
