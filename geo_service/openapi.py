"""The description of the interface (OpenAPI): what FastAPI cannot know of it.

Who has to be signed in, read off the dependencies of each route; the header that changes need; and every refusal, as a problem document. A route adds
only what is particular to it (`responses=`), for instance 409.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field

MEDIA_TYPE = "application/problem+json"
SESSION, TOKEN = "session", "token"
SAFE = frozenset({"GET", "HEAD"})
WORDS = {
    400: "The request is not what it claims to be",
    401: "Sign in first",
    403: "Not allowed",
    404: "There is no such thing, or not for this person",
    408: "The request came too slowly",
    409: "Somebody else was quicker",
    413: "Too large",
    422: "A value cannot be read, or the wish cannot be met",
    429: "Too many requests",
    503: "Busy, try again",
    507: "No room to store this",
}
HEADER = {
    "name": "X-Requested-With",
    "in": "header",
    "required": True,
    "description": "Proof that another site did not make the browser ask. Not looked at when an access token is shown.",
    "schema": {"type": "string", "const": "geo-service"},
}
SCHEMES = {
    SESSION: {
        "type": "apiKey",
        "in": "cookie",
        "name": "geo_session",
        "description": "`__Host-geo_session` over HTTPS",
    },
    TOKEN: {"type": "http", "scheme": "bearer", "description": "A personal access token, within its scopes"},
}
OPEN = frozenset({("DELETE", "/api/session")})  # signing out harms nobody
FOLLOWS = {
    "/api/drafts": ("draft_id", "/api/drafts/{draft_id}"),
    "/api/me/tokens": ("token_id", "/api/me/tokens/{token_id}"),
    "/api/accounts": ("account_id", "/api/accounts/{account_id}"),
    "/api/dossiers": ("dossier_id", "/api/dossiers/{dossier_id}"),
}
"""What a POST makes has an `id`, and what can be asked about it begins with this path."""
ALSO_401 = frozenset({("POST", "/api/session")})  # signing in needs nobody signed in, and can fail


class ProblemDocument(BaseModel):
    """What is wrong (RFC 9457), in English and in Vietnamese. Some problems say more in members of their own."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(pattern=r"^urn:geo-service:problem:[a-z0-9-]+$")
    title: str
    title_vi: str
    status: int
    detail: str
    detail_vi: str


def answers(model: type[BaseModel], status: int = 200) -> dict[int | str, dict[str, Any]]:
    """For `responses=`: what a route answers that writes its answer itself."""
    return {status: {"model": model}}


def describe(app: FastAPI) -> dict[str, Any]:
    """The document; made once."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        components = document.setdefault("components", {})
        components["securitySchemes"] = SCHEMES
        components.setdefault("schemas", {})["Problem"] = ProblemDocument.model_json_schema()
        for route in routes_of(app.routes):
            for method in (route.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}:
                operation = document["paths"].get(route.path_format, {}).get(method.lower())
                if operation is not None:
                    _complete(route, method, operation)
        for path, (name, below) in FOLLOWS.items():
            document["paths"][path]["post"]["responses"]["201"]["links"] = dict(_links(document["paths"], name, below))
        app.openapi_schema = document
    return app.openapi_schema


def routes_of(routes: Any) -> Iterator[APIRoute]:
    """Routes of an application with those of the routers it includes."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif (router := getattr(route, "original_router", None)) is not None:
            yield from routes_of(router.routes)


def methods_of(app: FastAPI, path: str) -> set[str]:
    """Methods that the interface has at a path."""
    found = (
        route.methods or set()
        for route in routes_of(app.routes)
        if route.include_in_schema and route.path_regex.match(path)
    )
    return set().union(*found)


def _links(paths: dict[str, Any], name: str, below: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in paths.items():
        if path == below or (path.startswith(f"{below}/") and path.count("{") == 1):
            for operation in operations.values():
                key = operation["operationId"]
                yield key, {"operationId": key, "parameters": {name: "$response.body#/id"}}


def _complete(route: APIRoute, method: str, operation: dict[str, Any]) -> None:
    called = {call.__name__ for call in _calls(route.dependant)}
    statuses = sorted({*_refusals(route, method, called, operation), *_declared(operation)})
    if method not in SAFE and "csrf_guard" in called:
        operation.setdefault("parameters", []).append(HEADER)
    for status in statuses:
        operation["responses"].pop(str(status), None)  # so that they come in order
        operation["responses"][str(status)] = {
            "description": WORDS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    operation["responses"].pop("4XX", None)
    if said := route.responses.get(200, {}).get("content"):
        operation["responses"]["200"]["content"] = said
    if "get_signed_in" in called:
        operation["security"] = [{SESSION: []}, {TOKEN: []}]
    elif "get_gate" in called and (method, route.path) not in OPEN:
        operation["security"] = [{SESSION: []}]
    elif called & {"get_access", "get_gate"}:
        operation["security"] = [{}, {SESSION: []}, {TOKEN: []}]


def _declared(operation: dict[str, Any]) -> list[int]:
    return [int(code) for code in operation["responses"] if code.isdecimal() and int(code) >= 400]


def _refusals(route: APIRoute, method: str, called: set[str], operation: dict[str, Any]) -> Iterator[int]:
    yield 503
    if route.path.startswith(("/api/", "/live")):
        yield 429
    if method not in SAFE and "csrf_guard" in called:
        yield 403
    if (called & {"get_signed_in", "get_gate"} or (method, route.path) in ALSO_401) and (
        method,
        route.path,
    ) not in OPEN:
        yield from (401, 403)
    if "{" in route.path or route.path.startswith("/api/oidc/"):
        yield 404
    if operation.get("parameters"):
        yield 422
    if "requestBody" in operation:
        yield from (400, 408, 413, 422)


def _calls(dependant: Dependant) -> Iterator[Any]:
    for one in dependant.dependencies:
        if hasattr(one.call, "__name__"):
            yield one.call
        yield from _calls(one)
