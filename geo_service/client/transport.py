"""One HTTP connection to the service; every answer that is not what was asked for becomes a `ServiceError`."""

from __future__ import annotations

import time
from typing import Any

import httpx
import orjson

TRIES = 3
PAUSE_SECONDS = 0.3
BUSY = frozenset({502, 503, 504})  # worth asking again; every request of this client only reads


class ServiceError(Exception):
    """The service refused, or could not be reached. As text it is the sentence for a person, in both languages.

    `document` is the problem document (RFC 9457) as received; `status` is None where there was no answer at all.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__(document)
        self.document = document
        self.status: int | None = document.get("status")
        self.type = str(document.get("type", "about:blank"))
        self.title = str(document.get("title", ""))
        self.detail = str(document.get("detail") or self.title)
        self.detail_vi = str(document.get("detail_vi", ""))

    def __str__(self) -> str:
        return " · ".join(text for text in (self.detail, self.detail_vi) if text)


def unreachable(base_url: str, error: Exception) -> ServiceError:
    """No answer: the address or the network is wrong, or the service is not running."""
    return ServiceError(
        {
            "type": "urn:geo-service:problem:unreachable",
            "title": "No answer",
            "title_vi": "Không có trả lời",
            "status": None,
            "detail": f"No answer from {base_url} ({error}). Is the service running, and is this its address?",
            "detail_vi": f"Không kết nối được {base_url}. Dịch vụ đã chạy chưa, địa chỉ có đúng không?",
        }
    )


def problem(answer: httpx.Response) -> ServiceError:
    """The problem document of an answer that has been read, or one made up for an answer that has none."""
    try:
        document = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict) or "detail" not in document:
        document = {
            "type": "about:blank",
            "title": "Unexpected answer",
            "title_vi": "Trả lời ngoài dự kiến",
            "detail": f"{answer.url} answered {answer.status_code}, not as this service does. Is this its address?",
            "detail_vi": f"{answer.url} trả lời {answer.status_code}, không phải dịch vụ này. Địa chỉ có đúng không?",
        }
    return ServiceError({**document, "status": answer.status_code})


class Transport:
    """GET with patience: a lost connection or a busy service is asked again, three times in all."""

    def __init__(
        self, base_url: str, *, token: str | None = None, timeout: float, transport: httpx.BaseTransport | None = None
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.timeout = timeout
        try:
            self.http = httpx.Client(
                base_url=self.base_url,
                timeout=timeout,
                transport=transport,
                headers={"User-Agent": "geo-service-client", "Accept": "application/json, application/problem+json"}
                | ({"Authorization": f"Bearer {token}"} if token else {}),
            )
        except httpx.InvalidURL as error:
            raise unreachable(self.base_url, error) from error

    def get(self, path: str, **params: object) -> dict[str, Any]:
        """The JSON object at `path`; parameters that are None are left out, a list is given once for each of its values.

        Raises ServiceError.
        """
        given = {
            name: [str(one) for one in value] if isinstance(value, list | tuple) else str(value)
            for name, value in params.items()
            if value is not None
        }
        attempt = 1
        while True:
            try:
                answer = self.http.get(path, params=given)
            except (httpx.TransportError, httpx.InvalidURL) as error:
                if attempt == TRIES:
                    raise unreachable(self.base_url, error) from error
            else:
                if answer.status_code not in BUSY or attempt == TRIES:
                    return _content(answer)
            time.sleep(PAUSE_SECONDS * attempt)
            attempt += 1


def _content(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code != httpx.codes.OK:
        raise problem(answer)
    try:
        content = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        content = None
    if not isinstance(content, dict):
        raise problem(answer)
    return content
