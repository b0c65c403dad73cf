"""The STAC API (1.0.0, item search included) over the catalogue of scenes, mounted at /stac.

stac-fastapi gives routes and the reading of requests; what is found comes from the tables, as the asking login sees them: everybody public scenes,
who manages imagery or runs detection all of them. Links begin with the service's public address, so that they hold behind a proxy.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any
from urllib.parse import urlencode

import attr
import shapely
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict
from stac_fastapi.api.app import StacApi
from stac_fastapi.api.models import ItemCollectionUri
from stac_fastapi.types.config import ApiSettings
from stac_fastapi.types.core import BaseCoreClient
from stac_fastapi.types.rfc3339 import str_to_interval
from stac_fastapi.types.search import BaseSearchGetRequest, BaseSearchPostRequest
from starlette.responses import HTMLResponse, Response

from geo_service.deps import get_access
from geo_service.errors import problem_response
from imagery.scenes import catalogue, stac
from imagery.scenes.catalogue import After, Scene, Wanted
from layers.db import Connection
from layers.errors import NotFound, Problem

TITLE = "Ảnh nhìn từ trên cao / Imagery from above"
DESCRIPTION = "Scenes of the electronic cadastre: satellite and aerial pictures as cloud-optimised GeoTIFF."
ABOUT = f"""<!doctype html><html lang="vi"><meta charset="utf-8"><title>{TITLE}</title><h1>{TITLE}</h1>
<p>STAC API 1.0.0: <code>/search</code> (bbox, intersects, datetime, ids, collections, limit, token), <code>/collections</code>.</p>
<p>Ảnh công khai ai cũng đọc được; ảnh khác cần mã truy cập: <code>Authorization: Bearer …</code>.</p>
<p>Everybody reads public scenes; others need an access token: <code>Authorization: Bearer …</code>.</p></html>"""
GEOJSON = "application/geo+json"
PAGE = 10
MOST = 1_000  # items of one page
SEARCH_VERTICES = 10_000
Token = Annotated[
    str | None, Query(max_length=200, description="Where the next page begins, as the link `next` has it.")
]


class _Settings(ApiSettings):
    model_config = SettingsConfigDict(env_file=None, extra="ignore")


class BadQuery(Problem):
    """A request that the STAC API cannot understand (400)."""


@attr.s
class SearchGet(BaseSearchGetRequest):
    token: Token = attr.ib(default=None)


class SearchPost(BaseSearchPostRequest):
    token: str | None = Field(None, max_length=200)

    @model_validator(mode="before")
    @classmethod
    def _is_object(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            raise ValueError("a search is a JSON object")  # noqa: TRY004  (pydantic's word for it)
        return values


@attr.s
class ItemsGet(ItemCollectionUri):
    token: Token = attr.ib(default=None)


@attr.s
class SceneClient(BaseCoreClient):
    """Answers from the tables. `service`: the application that the API is mounted in; its pools and settings are used."""

    service: FastAPI = attr.ib(kw_only=True)

    def landing_page(self, **kwargs: Any) -> Any:
        """GET /"""
        root = self._root(kwargs["request"])
        page: Any = self._landing_page(root, self.conformance_classes(), [])
        page["links"] += [
            {"rel": "service-desc", "type": "application/vnd.oai.openapi+json;version=3.0", "href": f"{root}api"},
            {"rel": "service-doc", "type": "text/html", "href": f"{root}about"},
        ]
        with self._connection(kwargs["request"]) as conn:
            page["links"] += [
                {"rel": "child", "type": "application/json", "href": f"{root}collections/{one.sensor}"}
                for one in stac.extents(conn)
            ]
        return page

    def all_collections(self, **kwargs: Any) -> Any:
        """GET /collections"""
        base, root = self._base(kwargs["request"]), self._root(kwargs["request"])
        with self._connection(kwargs["request"]) as conn:
            shown = [stac.collection(one, base) for one in stac.extents(conn)]
        links = [_link("self", f"{root}collections"), _link("root", root), _link("parent", root)]
        return {"collections": shown, "links": links, "numberReturned": len(shown), "numberMatched": len(shown)}

    def get_collection(self, collection_id: str, **kwargs: Any) -> Any:
        """GET /collections/{collection_id}"""
        with self._connection(kwargs["request"]) as conn:
            return stac.collection(_extent(conn, collection_id), self._base(kwargs["request"]))

    def item_collection(
        self,
        collection_id: str,
        bbox: Sequence[float] | None = None,
        datetime: str | None = None,
        limit: int | None = PAGE,
        token: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """GET /collections/{collection_id}/items"""
        request = kwargs["request"]
        path = f"{self._root(request)}collections/{collection_id}"
        with self._connection(request) as conn:
            _extent(conn, collection_id)
            wanted = _wanted([collection_id], None, bbox, None, datetime)
            scenes, following = _page(conn, wanted, limit, token)
        links = [_link("collection", path), _link("parent", path), *self._next_get(request, f"{path}/items", following)]
        return self._items(request, scenes, [_link("self", f"{path}/items", GEOJSON), *links])

    def get_item(self, item_id: str, collection_id: str, **kwargs: Any) -> Any:
        """GET /collections/{collection_id}/items/{item_id}"""
        with self._connection(kwargs["request"]) as conn:
            found = catalogue.listed(conn, Wanted(codes=[item_id], sensors=[collection_id]), limit=1)
        if not found:
            raise NotFound(
                "no-such-item",
                f"There is no {item_id} in {collection_id}.",
                f"Không có {item_id} trong {collection_id}.",
            )
        return stac.item(found[0], self._base(kwargs["request"]))

    def get_search(
        self,
        collections: list[str] | None = None,
        ids: list[str] | None = None,
        bbox: Sequence[float] | None = None,
        intersects: Any = None,
        datetime: str | None = None,
        limit: int | None = PAGE,
        token: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """GET /search"""
        request = kwargs["request"]
        shape = _geojson(intersects) if intersects else None
        with self._connection(request) as conn:
            scenes, following = _page(conn, _wanted(collections, ids, bbox, shape, datetime), limit, token)
        path = f"{self._root(request)}search"
        return self._items(request, scenes, [_link("self", path, GEOJSON), *self._next_get(request, path, following)])

    def post_search(self, search_request: BaseSearchPostRequest, **kwargs: Any) -> Any:
        """POST /search"""
        request = kwargs["request"]
        asked: Any = search_request  # a SearchPost
        shape = asked.intersects.model_dump() if asked.intersects else None
        wanted = _wanted(asked.collections, asked.ids, asked.bbox, shape, asked.datetime)
        with self._connection(request) as conn:
            scenes, following = _page(conn, wanted, asked.limit, asked.token)
        path = f"{self._root(request)}search"
        links = [_link("self", path, GEOJSON)]
        if following:
            body = asked.model_dump(mode="json", exclude_none=True, exclude_unset=True) | {"token": following}
            links.append({"rel": "next", "href": path, "type": GEOJSON, "method": "POST", "body": body, "merge": False})
        return self._items(request, scenes, links)

    def _items(self, request: Request, scenes: list[Scene], links: list[dict[str, Any]]) -> dict[str, Any]:
        base = self._base(request)
        return {
            "type": "FeatureCollection",
            "features": [stac.item(scene, base) for scene in scenes],
            "links": [_link("root", self._root(request)), *links],
            "numberReturned": len(scenes),
        }

    def _next_get(self, request: Request, path: str, following: str | None) -> list[dict[str, Any]]:
        if not following:
            return []
        asked = [(name, value) for name, value in request.query_params.multi_items() if name != "token"]
        return [_link("next", f"{path}?{urlencode([*asked, ('token', following)])}", GEOJSON) | {"method": "GET"}]

    def _base(self, request: Request) -> str:
        """Address of the service with a slash at its end."""
        return f"{str(self.service.state.settings.public_url or request.base_url).rstrip('/')}/"

    def _root(self, request: Request) -> str:
        return f"{self._base(request)}stac/"

    @contextmanager
    def _connection(self, request: Request) -> Iterator[Connection]:
        """A connection of the service's pools, acting for whoever asks."""
        outer = Request({**request.scope, "app": self.service})
        with contextmanager(get_access)(outer) as access:
            yield access.conn


def create_stac(service: FastAPI) -> FastAPI:
    """The API, to be mounted at /stac. Refusals leave it as the service's problem documents; a request that cannot be read is 400 here, as STAC asks."""
    settings = _Settings(
        stac_fastapi_title=TITLE,
        stac_fastapi_description=DESCRIPTION,
        stac_fastapi_version=service.version,
        stac_fastapi_landing_id="geo-service",
        openapi_url="/api",
        docs_url="",
    )
    api = StacApi(
        settings=settings,
        client=SceneClient(service=service, landing_page_id="geo-service"),
        search_get_request_model=SearchGet,
        search_post_request_model=SearchPost,
        items_get_request_model=ItemsGet,
        middlewares=[],
        stac_version="1.1.0",
    )
    app: FastAPI = api.app
    app.exception_handlers.update(service.exception_handlers)

    async def on_invalid(_request: Request, error: RequestValidationError) -> Response:
        first = (error.errors() or [{"loc": "?", "msg": "?"}])[0]
        where = ".".join(str(part) for part in first["loc"])
        problem = BadQuery("invalid-request", f"{where}: {first['msg']}", f"Tham số không hợp lệ tại {where}.")
        return problem_response(problem.document())

    async def about() -> Response:
        return HTMLResponse(ABOUT)

    app.exception_handlers[RequestValidationError] = on_invalid
    app.add_api_route("/about", about, include_in_schema=False)
    return app


# ---- what is asked --------------------------------------------------------------------------------------------------------


def _wanted(
    collections: Sequence[str] | None,
    ids: Sequence[str] | None,
    bbox: Sequence[float] | None,
    intersects: dict[str, Any] | None,
    interval: str | None,
) -> Wanted:
    """Raises BadQuery for `bbox` together with `intersects`, or a place or time that cannot be."""
    if bbox and intersects is not None:
        raise BadQuery(
            "bbox-and-intersects",
            "Say either bbox or intersects, not both.",
            "Chỉ dùng một trong hai: bbox hoặc intersects.",
        )
    area = _box(bbox) if bbox else None if intersects is None else _shape(intersects)
    since, until = _interval(interval)
    return Wanted(codes=ids or None, sensors=collections or None, intersects=area, since=since, until=until)


def _box(bbox: Sequence[float]) -> shapely.Geometry:
    """A box in degrees, of 4 or 6 numbers; one with west > east goes across the 180th meridian."""
    west, south, east, north = bbox if len(bbox) == 4 else (bbox[0], bbox[1], bbox[3], bbox[4])
    if not (-90 <= south <= north <= 90 and -180 <= west <= 180 and -180 <= east <= 180):
        raise BadQuery("bad-bbox", "bbox is west,south,east,north in degrees.", "bbox gồm tây,nam,đông,bắc theo độ.")
    if west <= east:
        return shapely.box(west, south, east, north)
    return shapely.union(shapely.box(west, south, 180, north), shapely.box(-180, south, east, north))


def _geojson(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise _no_geometry() from None
    if not isinstance(found, dict):
        raise _no_geometry()
    return found


def _shape(geometry: dict[str, Any]) -> shapely.Geometry:
    try:
        found = shapely.geometry.shape(geometry.get("geometry") or geometry)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError):
        raise _no_geometry() from None
    if found.is_empty or shapely.get_num_coordinates(found) > SEARCH_VERTICES or not _finite(found):
        raise _no_geometry()
    return shapely.make_valid(found)


def _finite(geometry: shapely.Geometry) -> bool:
    west, south, east, north = geometry.bounds
    return bool(-180 <= west <= east <= 180 and -90 <= south <= north <= 90)


def _no_geometry() -> BadQuery:
    return BadQuery(
        "bad-geometry",
        f"intersects is a GeoJSON geometry in degrees with at most {SEARCH_VERTICES} vertices.",
        f"intersects là hình học GeoJSON theo độ, không quá {SEARCH_VERTICES} đỉnh.",
    )


def _interval(text: str | None) -> tuple[dt.datetime | None, dt.datetime | None]:
    found = str_to_interval(text)  # 400 for what is no RFC 3339
    if found is None:
        return None, None
    since, until = found if isinstance(found, tuple) else (found, found)
    if since and until and since > until:
        raise BadQuery(
            "bad-interval", "The interval ends before it begins.", "Khoảng thời gian kết thúc trước khi bắt đầu."
        )
    return since, until


def _page(conn: Connection, wanted: Wanted, limit: int | None, token: str | None) -> tuple[list[Scene], str | None]:
    """Scenes of a page, and the token of the next one if there is any. Raises BadQuery for a token that is not ours."""
    try:
        after = After.read(token) if token else None
    except ValueError:
        raise BadQuery("bad-token", "The token is not one of ours.", "Mã trang không hợp lệ.") from None
    return catalogue.page(conn, wanted, min(limit or PAGE, MOST), after)


def _extent(conn: Connection, sensor: str) -> stac.Extent:
    found = stac.extents(conn, sensor)
    if not found:
        raise NotFound("no-such-collection", f"There is no collection {sensor}.", f"Không có bộ sưu tập {sensor}.")
    return found[0]


def _link(rel: str, href: str, media_type: str = "application/json") -> dict[str, Any]:
    return {"rel": rel, "href": href, "type": media_type}
