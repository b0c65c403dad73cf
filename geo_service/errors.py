"""Problem documents (RFC 9457) for every error a client can meet. The tree itself is `layers.errors`."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import orjson
import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response

from geo_service import openapi
from geo_service.dossiers import refusals
from geo_service.findings import refusals as findings_refusals
from layers.errors import Busy, EditRefused, Forbidden, Malformed, Problem

log = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"


def problem_response(document: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    """A response that carries the document; its status is the document's."""
    return Response(orjson.dumps(document), document["status"], headers, MEDIA_TYPE)


def database_problem(error: psycopg.Error) -> Problem | None:
    """A refusal of the database's own guards (accounts/sql) as a problem; None for any other error."""
    state = error.sqlstate or ""
    said = error.diag.message_primary or ""
    match state:
        case "GA002":
            return Forbidden(
                "four-eyes",
                "Who proposes does not approve: another officer has to decide.",
                "Người đề xuất không được tự duyệt: cần một cán bộ khác quyết định.",
            )
        case "GA003":
            return Forbidden(
                "not-your-unit", f"The database refused: {said}.", "Bạn không có thẩm quyền tại đơn vị này."
            )
        case "GA004":
            return Malformed("unit-ended", f"The database refused: {said}.", "Đơn vị này không còn tồn tại.")
        case "GA001" | "42501":
            return Forbidden(
                "not-allowed", "The database does not allow this.", "Cơ sở dữ liệu không cho phép việc này."
            )
        case "57014" | "55P03" | "53300":
            return Busy("busy", "The service is busy; try again.", "Hệ thống đang bận; hãy thử lại.")
    return refusals.refusal(error) or findings_refusals.refusal(error)


HTTP_WORDS = {404: ("Not found", "Không tìm thấy"), 405: ("Method not allowed", "Phương thức không được phép")}


def http_problem(request: Request, status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """A refusal of the framework as a problem."""
    title, title_vi = HTTP_WORDS.get(status, ("Bad request", "Yêu cầu không hợp lệ"))
    return problem_response(
        {
            "type": f"urn:geo-service:problem:http-{status}",
            "title": title,
            "title_vi": title_vi,
            "status": status,
            "detail": detail,
            "detail_vi": f"{title_vi}: {request.url.path}",
        },
        dict(headers) if headers else None,
    )


def not_allowed(request: Request, methods: set[str]) -> Response:
    """405 with every method of the path, of whatever route (RFC 9110 §15.5.6)."""
    return http_problem(request, 405, "Method Not Allowed", {"Allow": ", ".join(sorted(methods))})


def install(app: FastAPI) -> None:
    """Make every error of the application leave as a problem document, and the description of the interface say so."""
    app.openapi = functools.partial(openapi.describe, app)  # type: ignore[method-assign]

    @app.exception_handler(Problem)
    async def on_problem(request: Request, error: Problem) -> Response:
        if error.slug == "no-such-route" and (allowed := openapi.methods_of(app, request.url.path)):
            return not_allowed(request, allowed)  # the pages' catch-all took a GET that no route has
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

    @app.exception_handler(psycopg.Error)
    async def on_database(request: Request, error: psycopg.Error) -> Response:
        problem = database_problem(error)
        if problem is None:
            return await on_crash(request, error)
        log.warning("refused by the database", path=request.url.path, sqlstate=error.sqlstate, slug=problem.slug)
        return problem_response(problem.document(), {"Retry-After": "1"} if problem.status == Busy.status else None)

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        if error.status_code == 405 and (allowed := openapi.methods_of(app, request.url.path)):
            return not_allowed(request, allowed)
        return http_problem(request, error.status_code, str(error.detail), error.headers)

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
